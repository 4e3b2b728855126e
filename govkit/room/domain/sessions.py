"""Authentication: session tokens, PINs, CSRF tokens, and the limit of sign-in attempts.

A token is 256 random bits; only its hash is stored. A PIN is eight random digits, shown once; a keyed hash of it is
stored, whose secret lies in a file of its own. Because PINs are random and attempts are limited, the hash may be fast,
so that three thousand candidates can sign in within two seconds.
"""

import hmac
import ipaddress
import secrets
from collections import OrderedDict, deque
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from govkit.core.files import atomic_write
from govkit.room.domain.records import SessionRow

PIN_DIGITS = 8
MAX_ATTEMPTS = 10
PER_SECONDS = 60.0
_MAX_COUNTED = 100_000


def new_token() -> str:
    """Return a token for a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the hash by which a token is stored."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_of(token: str) -> str:
    """Return the CSRF token that calls of a session must carry; it cannot be computed without the session's token."""
    return sha256(b"csrf\x1f" + token.encode("utf-8", "replace")).hexdigest()[:43]


def session_row(token: str, room_id: str, candidate: str, state: str, at: float) -> SessionRow:
    """Return the row of a new session."""
    return SessionRow(token_hash(token), room_id, candidate, state, at)


def new_pin() -> str:
    """Return eight random digits."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


class Secret:
    """The secret of a data folder, created at its first use."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            atomic_write(path, secrets.token_bytes(32), private=True)
        self._key = path.read_bytes()
        self._nobody = self._mac("pin", "nobody")

    def pin_hash(self, room_id: str, candidate: str, pin: str) -> str:
        """Return the keyed hash of a candidate's PIN."""
        return self._mac("pin", room_id, candidate, pin)

    def pin_matches(self, room_id: str, candidate: str, pin: str, stored: str) -> bool:
        """Return whether a PIN matches the stored hash; takes the same time for known and unknown candidates."""
        return hmac.compare_digest(self.pin_hash(room_id, candidate, pin), stored or self._nobody)

    def fingerprint(self) -> str:
        """Return a value that is equal for equal secrets and reveals nothing about them."""
        return self._mac("secret")[:32]

    def form_token(self) -> str:
        """Return a new CSRF token for a sign-in form: random, with our signature."""
        nonce = secrets.token_urlsafe(16)
        return f"{nonce}.{self._mac('form', nonce)[:32]}"

    def form_token_valid(self, cookie: str, field: str) -> bool:
        """Return whether a form is one of ours, sent back by the browser that received it."""
        nonce, dot, signature = cookie.partition(".")
        if not dot:
            return False
        ours = hmac.compare_digest(signature.encode(), self._mac("form", nonce)[:32].encode())
        return ours and hmac.compare_digest(cookie.encode(), field.encode())

    def _mac(self, *words: str) -> str:
        text = "\x1f".join(words).encode("utf-8", "replace")
        return hmac.digest(self._key, text, "sha256").hex()


class AttemptLimit:
    """At most ten sign-in attempts a minute for an account from an address.

    They are counted for the pair: attempts at somebody's account from another address do not lock its owner out, and
    candidates behind one address do not use up each other's attempts.
    """

    def __init__(self, maximum: int = MAX_ATTEMPTS, seconds: float = PER_SECONDS) -> None:
        self._maximum = maximum
        self._seconds = seconds
        self._attempts: OrderedDict[tuple[str, str, str], deque[float]] = OrderedDict()

    def exceeded(self, room_id: str, candidate: str, address: str, now: float) -> bool:
        """Return whether no further attempt is allowed now."""
        times = self._attempts.get((room_id, candidate, network(address)))
        return times is not None and len(times) == self._maximum and now - times[0] < self._seconds

    def count(self, room_id: str, candidate: str, address: str, now: float) -> None:
        """Count an attempt."""
        key = (room_id, candidate, network(address))
        self._attempts.setdefault(key, deque(maxlen=self._maximum)).append(now)
        self._attempts.move_to_end(key)
        while len(self._attempts) > _MAX_COUNTED:
            self._attempts.popitem(last=False)


@lru_cache(maxsize=1 << 14)
def network(address: str) -> str:
    """Return what counts as one address: a device can choose any address of its IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
