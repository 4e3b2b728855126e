"""The sealed key: everything that stays secret until marking, encrypted under the trainer's passphrase.

The file is one line of JSON in clear (format, key derivation and its parameters, salt, nonce) and then the ciphertext.
The key is derived with scrypt (RFC 7914) and the content sealed with AES-256-GCM; the clear line is authenticated with
it, so that nothing in the file can be changed unnoticed. Every opening, and every refused one, is in the audit log
of the exam folder. Rooms and sheets never import this module.
"""

import json
import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from govkit.core import audit
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Option, Question, QuestionType, key_of, key_record
from govkit.exams.paper.paper import digest
from govkit.exams.paper.policies import Policy

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
    """An opened key: its content, and the secret to seal a new version under the same passphrase."""

    content: dict[str, Any] = field(repr=False)
    _clear: dict[str, Any] = field(repr=False)
    _secret: bytes = field(repr=False)

    def reseal(self, content: dict[str, Any]) -> bytes:
        """Return ``content`` sealed under the passphrase this key was opened with; only the nonce is new."""
        return _sealed(content, self._clear, self._secret)


def seal(content: dict[str, Any], passphrase: str) -> bytes:
    """Return ``content`` (JSON values) sealed under ``passphrase`` with a new salt and nonce."""
    salt = os.urandom(16)
    clear = {"format": FORMAT, "kdf": "scrypt", **COST, "salt": _b64(salt), "cipher": "AES-256-GCM"}
    return _sealed(content, clear, _derived(passphrase, salt, COST))


def unseal(sealed: bytes, passphrase: str, source: str = KEY_FILE) -> OpenKey:
    """Return the opened key of ``sealed``.

    :raises InputError: the passphrase does not open it, or the file is no sealed key of a known version.
    """
    header, _newline, ciphertext = sealed.partition(b"\n")
    clear = _clear(header, source)
    try:
        secret = _derived(passphrase, b64decode(clear["salt"]), clear)
        plain = AESGCM(secret).decrypt(b64decode(clear["nonce"]), ciphertext, header)
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise InputError(_wrong_passphrase(source)) from None
    return OpenKey(json.loads(plain), clear, secret)


def check_passphrase(passphrase: str) -> list[Problem]:
    """Return a problem when ``passphrase`` is too short to seal a key with."""
    if len(_normal(passphrase).strip()) >= SHORTEST_PASSPHRASE:
        return []
    what = _("The passphrase has fewer than {count} characters").format(count=SHORTEST_PASSPHRASE)
    return [Problem(Where(_("passphrase")), what, _("Choose a longer one, a sentence for instance"))]


def write_key(folder: Path, sealed: bytes) -> None:
    """Write a sealed key into the exam folder atomically, replacing an earlier one."""
    atomic_write(folder / KEY_FILE, sealed)


def open_key(folder: Path, passphrase: str, person: str, reason: str) -> OpenKey:
    """Open the folder's key, record the opening with ``person`` and ``reason``, and return it.

    A refused passphrase is recorded too.
    """
    path = folder / KEY_FILE
    if not path.is_file():
        where = Where(str(path))
        raise InputError(Problem(where, _("There is no sealed key here"), _("Assemble the exam into this folder")))
    try:
        opened = unseal(path.read_bytes(), passphrase, str(path))
    except InputError:
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
    """Return one spelling (NFKC) of a passphrase, whichever input method typed it."""
    return unicodedata.normalize("NFKC", passphrase)


def _clear(header: bytes, source: str) -> dict[str, Any]:
    try:
        clear = json.loads(header) if len(header) <= _LONGEST_HEADER else None
    except (ValueError, RecursionError):
        clear = None
    if not (isinstance(clear, dict) and clear.get("format") == FORMAT and _affordable(clear)):
        what = _("This is no sealed key that this version can read")
        raise InputError(Problem(Where(source), what, _("Fetch the file that was written with the paper")))
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


SHEET_FORMAT = "govkit-keysheet/1"

Change = Literal["key", "void_full", "void_zero"]


@dataclass(frozen=True, slots=True)
class Item:
    """An item that is marked: a question with key and points, its policy, and the id of its question in the bank."""

    question: Question
    policy: Policy
    parent: str
    void: Literal["", "full", "zero"] = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of the key after the exam; ``key`` is the new key's record when ``change`` is "key".

    ``void_full`` gives everyone the points, ``void_zero`` takes the question out; the pass mark stays as it is.
    """

    number: int
    question: str
    change: Change
    key: dict[str, Any] | None
    person: str
    reason: str
    at: str
    reversed_by: str = ""


@dataclass(frozen=True, slots=True)
class KeySheet:
    """The content of a sealed key."""

    exam: str
    assembly_seed: str
    secret: str
    files: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    sealed_items: dict[str, Item]
    corrections: tuple[Correction, ...] = ()

    def items(self) -> dict[str, Item]:
        """Return every item by its id, with the corrections in force applied in their order."""
        items = dict(self.sealed_items)
        for correction in self.corrections:
            if not correction.reversed_by:
                items[correction.question] = corrected(items[correction.question], correction)
        return items


def corrected(item: Item, correction: Correction) -> Item:
    """Return an item with a correction applied."""
    if correction.change == "key":
        key = key_of(item.question.type, correction.key or {})
        return replace(item, question=replace(item.question, key=key), void="")
    return replace(item, void="full" if correction.change == "void_full" else "zero")


def altered_files(sheet: KeySheet, folder: Path) -> list[Problem]:
    """Return a problem for every sealed file (papers, blueprint) that is missing or altered in the folder."""
    problems = []
    for name, sealed in sheet.files.items():
        path = folder / name
        if not path.is_file():
            problems.append(Problem(Where(str(path)), _("The file is missing"), _("Put the original file back")))
        elif digest(path.read_bytes()) != sealed:
            what = _("The file was altered after it was sealed")
            problems.append(Problem(Where(str(path)), what, _("Put the original file back; find out who changed it")))
    return problems


def sheet_record(sheet: KeySheet) -> dict[str, Any]:
    """Return a key sheet as JSON values, to be sealed."""
    return {
        "format": SHEET_FORMAT,
        "exam": sheet.exam,
        "assembly_seed": sheet.assembly_seed,
        "secret": sheet.secret,
        "files": sheet.files,
        "forms": {form: list(ids) for form, ids in sheet.forms.items()},
        "items": [_item_record(item) for item in sheet.sealed_items.values()],
        "corrections": [{name: getattr(each, name) for name in Correction.__slots__} for each in sheet.corrections],
    }


def sheet_of(record: dict[str, Any], source: str) -> KeySheet:
    """Return the key sheet of a record.

    :raises InputError: the record is of another format or damaged.
    """
    try:
        if record["format"] != SHEET_FORMAT:
            raise ValueError(record["format"])
        items = [_item(each) for each in record["items"]]
        return KeySheet(
            exam=record["exam"],
            assembly_seed=record["assembly_seed"],
            secret=record["secret"],
            files=dict(record["files"]),
            forms={form: tuple(ids) for form, ids in record["forms"].items()},
            sealed_items={item.question.id: item for item in items},
            corrections=tuple(Correction(**each) for each in record["corrections"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        what = _("This is no sealed key that this version can read")
        raise InputError(Problem(Where(source), what, _("Fetch the file that was written with the paper"))) from None


def _item_record(item: Item) -> dict[str, Any]:
    question = item.question
    return {
        "id": question.id,
        "parent": item.parent,
        "type": question.type.value,
        "points": str(question.points),
        "options": [[option.id, option.text] for option in question.options],
        "prompts": [[prompt.id, prompt.text] for prompt in question.prompts],
        "key": key_record(question.key) if question.key else None,
        "stem": question.stem,
        "explanation": question.explanation,
        "topic": question.topic,
        "difficulty": question.difficulty,
        "policy": item.policy.name,
        "wrong": None if item.policy.wrong is None else str(item.policy.wrong),
    }


def _item(record: dict[str, Any]) -> Item:
    kind = QuestionType(record["type"])
    question = Question(
        id=record["id"],
        type=kind,
        stem=record["stem"],
        points=Decimal(record["points"]),
        key=key_of(kind, record["key"]) if record["key"] else None,
        topic=record["topic"],
        difficulty=record["difficulty"],
        options=tuple(Option(*pair) for pair in record["options"]),
        prompts=tuple(Option(*pair) for pair in record["prompts"]),
        explanation=record["explanation"],
    )
    wrong = None if record["wrong"] is None else Decimal(record["wrong"])
    return Item(question, Policy(record["policy"], wrong), record["parent"])
