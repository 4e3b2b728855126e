"""The audit log: an append-only file of JSON lines, each chained to the one before it by a SHA-256 hash.

It records imports, publications, key openings and re-marks. A line that was changed, removed from the middle or
inserted breaks the chain, and :func:`verify` names it. Lines cut from the end leave a shorter chain that is still
valid; to detect that, keep :func:`head` elsewhere. Details are counts, file names and hashes; the only person named is
the one who acted.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _

START = "0" * 64
LOCK_SECONDS = 30
_TAIL = 1 << 16

Detail = str | int | float | bool | None
Fields = dict[str, Detail | dict[str, Detail]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: its number from 1, time (UTC), action, person, details and the hashes of the chain."""

    number: int
    at: str
    action: str
    person: str
    details: dict[str, Detail]
    previous: str
    hash: str


def record(path: Path, action: str, person: str, **details: Detail) -> Entry:
    """Append one entry durably and return it.

    :param path: the log; it and its folder are created when absent.
    :param action: what was done, such as ``ledger.import``.
    :param person: who did it.
    :param details: plain values: counts, file names, hashes, reasons.
    :raises filelock.Timeout: another process held the log for longer than ``LOCK_SECONDS``.
    """
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock", timeout=LOCK_SECONDS), path.open("a+b") as file:
        number, previous, torn = _last(file)
        entry = _chained(number + 1, action, person, details, previous)
        file.write((b"\n" if torn else b"") + _line(entry))
        file.flush()
        os.fsync(file.fileno())
    return entry


def entries(path: Path) -> Iterator[Entry]:
    """Yield the well-formed entries of the log, oldest first; none where there is no log."""
    for _number, line in _lines(path):
        entry = _parse(line)
        if entry is not None:
            yield entry


def verify(path: Path) -> list[Problem]:
    """Return a problem for every line that is malformed or does not follow from the line before it."""
    problems, previous, expected = [], START, 1
    for number, line in _lines(path):
        entry = _parse(line)
        if entry is None:
            problems.append(_broken(path, number, _("the line is not an entry of the log, or was cut off")))
            continue
        if entry.hash != _digest(entry):
            problems.append(_broken(path, number, _("the entry was altered: its hash does not fit its text")))
        elif (entry.previous, entry.number) != (previous, expected):
            problems.append(_broken(path, number, _("the entry does not follow the one before it")))
        previous, expected = entry.hash, entry.number + 1
    return problems


def head(path: Path) -> str:
    """Return the hash of the newest entry, 64 zeros for an empty log; kept elsewhere it proves that no line was cut."""
    if not path.exists():
        return START
    with path.open("rb") as file:
        return _last(file)[1]


def _chained(number: int, action: str, person: str, details: dict[str, Detail], previous: str) -> Entry:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return _sealed(Entry(number, at, action, person, details, previous, ""))


def _sealed(entry: Entry) -> Entry:
    return replace(entry, hash=_digest(entry))


def _fields(entry: Entry) -> Fields:
    return {field.name: getattr(entry, field.name) for field in fields(entry)}


def _digest(entry: Entry) -> str:
    hashed = _fields(entry)
    del hashed["hash"]
    return sha256(_text(hashed).encode()).hexdigest()


def _line(entry: Entry) -> bytes:
    return (_text(_fields(entry)) + "\n").encode()


def _text(values: Fields) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _parse(line: bytes) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    whole = isinstance(entry.number, int) and isinstance(entry.hash, str) and isinstance(entry.details, dict)
    return entry if whole else None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def _last(file: BinaryIO) -> tuple[int, str, bool]:
    """Return the number and hash of the newest entry, and whether a crash cut the last line off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    for line in reversed(tail.splitlines()):
        entry = _parse(line)
        if entry is not None:
            return entry.number, entry.hash, not tail.endswith(b"\n")
    return 0, START, bool(tail) and not tail.endswith(b"\n")


def _broken(path: Path, number: int, what: str) -> Problem:
    where = Where(path.name, item=_("line {number}").format(number=number))
    return Problem(where, what, _("compare with a copy kept elsewhere; find out who changed the file"))
