"""The sealed key: everything that must not be seen before marking, encrypted under the trainer's passphrase.

The file is one line of JSON in clear (format, key derivation and its parameters, salt, nonce) and then the ciphertext.
The key is derived with scrypt (RFC 7914) and the content sealed with AES-256-GCM; the clear line is authenticated with
it, so that nothing in the file can be changed unnoticed. Every opening, and every refused one, is in the audit log
of the exam folder. Rooms and sheets never import this module.
"""

import json
import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from govkit import audit
from govkit.errors import InputProblems, Problem, Where
from govkit.exams.table import write_bytes
from govkit.i18n import gettext as _

KEY_FILE = "key.sealed"
AUDIT_FILE = "audit.jsonl"
FORMAT = "govkit-key/1"
SHORTEST_PASSPHRASE = 8

# 64 MiB and about 0.2 s for each try; a header that asks for more than four times this is refused unread.
COST = {"n": 2**16, "r": 8, "p": 1}
_DEAREST = 4 * COST["n"] * COST["r"]
_LONGEST_HEADER = 1024


@dataclass(frozen=True, slots=True)
class OpenKey:
    """An opened key: its content, and what it takes to seal a new version under the same passphrase at once."""

    content: dict[str, Any] = field(repr=False)
    _clear: dict[str, Any] = field(repr=False)
    _secret: bytes = field(repr=False)

    def reseal(self, content: dict[str, Any]) -> bytes:
        """Return ``content`` sealed under the passphrase this key was opened with; only the nonce is new."""
        return _sealed(content, self._clear, self._secret)


def seal(content: dict[str, Any], passphrase: str) -> bytes:
    """Return ``content`` (JSON values) sealed under ``passphrase``. Two seals of the same content differ."""
    salt = os.urandom(16)
    clear = {"format": FORMAT, "kdf": "scrypt", **COST, "salt": _b64(salt), "cipher": "AES-256-GCM"}
    return _sealed(content, clear, _derived(passphrase, salt, COST))


def unseal(sealed: bytes, passphrase: str, source: str = KEY_FILE) -> OpenKey:
    """Return the opened key of ``sealed``.

    :raises InputProblems: the passphrase does not open it, or the file is no sealed key of a known version.
    """
    header, _newline, ciphertext = sealed.partition(b"\n")
    clear = _clear(header, source)
    try:
        secret = _derived(passphrase, b64decode(clear["salt"]), clear)
        plain = AESGCM(secret).decrypt(b64decode(clear["nonce"]), ciphertext, header)
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise InputProblems(_wrong_passphrase(source)) from None
    return OpenKey(json.loads(plain), clear, secret)


def check_passphrase(passphrase: str) -> list[Problem]:
    """Return a problem when ``passphrase`` is too short to seal a key with."""
    if len(_normal(passphrase).strip()) >= SHORTEST_PASSPHRASE:
        return []
    what = _("The passphrase has fewer than {count} characters").format(count=SHORTEST_PASSPHRASE)
    return [Problem(Where(_("passphrase")), what, _("Choose a longer one, a sentence for instance"))]


def write_key(folder: Path, sealed: bytes) -> None:
    """Write a sealed key into the exam folder, replacing an earlier one in one step."""
    write_bytes(folder / KEY_FILE, sealed)


def open_key(folder: Path, passphrase: str, person: str, reason: str) -> OpenKey:
    """Return the folder's key opened and record the opening, with ``person`` and ``reason``.

    A refused passphrase is recorded too.
    """
    path = folder / KEY_FILE
    if not path.is_file():
        where = Where(str(path))
        raise InputProblems(Problem(where, _("There is no sealed key here"), _("Assemble the exam into this folder")))
    try:
        opened = unseal(path.read_bytes(), passphrase, str(path))
    except InputProblems:
        audit.record(folder / AUDIT_FILE, "key.refused", person, reason=reason)
        raise
    audit.record(folder / AUDIT_FILE, "key.open", person, reason=reason)
    return opened


def _sealed(content: dict[str, Any], clear: dict[str, Any], secret: bytes) -> bytes:
    nonce = os.urandom(12)
    header = json.dumps({**clear, "nonce": _b64(nonce)}, sort_keys=True).encode()
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return header + b"\n" + AESGCM(secret).encrypt(nonce, plain, header)


def _derived(passphrase: str, salt: bytes, cost: dict[str, Any]) -> bytes:
    kdf = Scrypt(salt=salt, length=32, n=cost["n"], r=cost["r"], p=cost["p"])
    return kdf.derive(_normal(passphrase).encode())


def _normal(passphrase: str) -> str:
    """One spelling for what looks the same, whichever input method typed it."""
    return unicodedata.normalize("NFKC", passphrase)


def _clear(header: bytes, source: str) -> dict[str, Any]:
    try:
        clear = json.loads(header) if len(header) <= _LONGEST_HEADER else None
    except (ValueError, RecursionError):
        clear = None
    if not (isinstance(clear, dict) and clear.get("format") == FORMAT and _affordable(clear)):
        what = _("This is no sealed key that this version can read")
        raise InputProblems(Problem(Where(source), what, _("Fetch the file that was written with the paper")))
    return clear


def _affordable(clear: dict[str, Any]) -> bool:
    numbers = [clear.get(name) for name in ("n", "r", "p")]
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        return False
    n, r, p = (int(number or 0) for number in numbers)
    return n * r * p <= _DEAREST


def _wrong_passphrase(source: str) -> Problem:
    return Problem(Where(source), _("The passphrase does not open this key"), _("Type the passphrase again"))


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
