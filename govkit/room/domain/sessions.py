"""Who is who: tokens, PINs, the marks that a form or a call came from our own page, and how often one may try.

A token is 256 random bits; only its hash is kept. A PIN is eight random digits, told once; what is kept is a keyed hash
whose secret lies in a file of its own. Because PINs are random and tries are counted, the hash may be quick, so that
three thousand candidates can sign in within two seconds.
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
TRIES = 10
PER_SECONDS = 60.0
_MOST_COUNTED = 100_000


def new_token() -> str:
    """Return a token for a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is kept of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_of(token: str) -> str:
    """Return the mark that calls of this session must carry; only who has the token can work it out."""
    return sha256(b"csrf\x1f" + token.encode("utf-8", "replace")).hexdigest()[:43]


def session_row(token: str, room: str, number: str, state: str, at: float) -> SessionRow:
    """Return the row of a new session."""
    return SessionRow(token_hash(token), room, number, state, at)


def new_pin() -> str:
    """Return eight random digits."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


class Secret:
    """The secret of a data folder, made at its first use."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            atomic_write(path, secrets.token_bytes(32), private=True)
        self._key = path.read_bytes()
        self._nobody = self._mac("pin", "nobody")

    def pin_hash(self, room: str, number: str, pin: str) -> str:
        """Return the keyed hash of a candidate's PIN."""
        return self._mac("pin", room, number, pin)

    def pin_right(self, room: str, number: str, pin: str, kept: str) -> bool:
        """Tell whether a PIN is the one kept; takes the same time for any candidate, known or not."""
        return hmac.compare_digest(self.pin_hash(room, number, pin), kept or self._nobody)

    def mark(self) -> str:
        """Return what tells whether two servers have the same secret, and nothing else about it."""
        return self._mac("secret")[:32]

    def form_mark(self) -> str:
        """Return a new mark for a sign-in form: random, with the seal that it is ours."""
        drawn = secrets.token_urlsafe(16)
        return f"{drawn}.{self._mac('form', drawn)[:32]}"

    def form_marked(self, cookie: str, field: str) -> bool:
        """Tell whether a form was one of ours, sent back by the browser that got it."""
        drawn, dot, seal = cookie.partition(".")
        if not dot:
            return False
        ours = hmac.compare_digest(seal.encode(), self._mac("form", drawn)[:32].encode())
        return ours and hmac.compare_digest(cookie.encode(), field.encode())

    def _mac(self, *words: str) -> str:
        text = "\x1f".join(words).encode("utf-8", "replace")
        return hmac.digest(self._key, text, "sha256").hex()


class Tries:
    """At most ten tries a minute for an account from an address.

    They are counted for the two together: who tries at somebody's account from elsewhere uses up tries of their own,
    and candidates behind one address do not use up each other's.
    """

    def __init__(self, most: int = TRIES, seconds: float = PER_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._tries: OrderedDict[tuple[str, str, str], deque[float]] = OrderedDict()

    def exhausted(self, room: str, number: str, address: str, now: float) -> bool:
        """Tell whether no further try is allowed now."""
        times = self._tries.get((room, number, network(address)))
        return times is not None and len(times) == self._most and now - times[0] < self._seconds

    def count(self, room: str, number: str, address: str, now: float) -> None:
        """Count a try."""
        key = (room, number, network(address))
        self._tries.setdefault(key, deque(maxlen=self._most)).append(now)
        self._tries.move_to_end(key)
        while len(self._tries) > _MOST_COUNTED:
            self._tries.popitem(last=False)


@lru_cache(maxsize=1 << 14)
def network(address: str) -> str:
    """Return what is counted as one address: a device has the whole of an IPv6 network to choose from."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
