"""The audit log: an append-only file of JSON lines, each chained to the one before it by a SHA-256 hash.

It records imports, publications, key openings and re-marks. A line altered, removed from the middle or put in later
breaks the chain, and :func:`verify` names it. Lines cut from the end leave a shorter chain that is still whole: whoever
must notice that keeps :func:`head` somewhere else. Details are counts, names of files and hashes; the only person
named is the one who acted.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _

START = "0" * 64
LOCK_SECONDS = 30
_TAIL = 1 << 16

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, as written."""

    number: int
    at: str
    action: str
    person: str
    details: dict[str, Detail]
    previous: str
    hash: str


def record(path: Path, action: str, person: str, **details: Detail) -> Entry:
    """Append one entry durably and return it. ``details`` are plain values: counts, file names, hashes, reasons."""
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
    """Yield the well-formed entries of the log, oldest first; nothing when there is no log."""
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
    """Return the hash of the newest entry (64 zeros when the log is empty), to be noted outside the log."""
    if not path.exists():
        return START
    with path.open("rb") as file:
        return _last(file)[1]


def _chained(number: int, action: str, person: str, details: dict[str, Detail], previous: str) -> Entry:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return _sealed(Entry(number, at, action, person, details, previous, ""))


def _sealed(entry: Entry) -> Entry:
    return Entry(**{**_fields(entry), "hash": _digest(entry)})


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


def _digest(entry: Entry) -> str:
    fields = _fields(entry)
    del fields["hash"]
    return sha256(_text(fields).encode()).hexdigest()


def _line(entry: Entry) -> bytes:
    return (_text(_fields(entry)) + "\n").encode()


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _parse(line: bytes) -> Entry | None:
    try:
        fields = json.loads(line)
        entry = Entry(**fields)
    except (ValueError, TypeError, RecursionError):
        return None
    whole = isinstance(entry.number, int) and isinstance(entry.hash, str) and isinstance(entry.details, dict)
    return entry if whole else None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def _last(file: BinaryIO) -> tuple[int, str, bool]:
    """Return number and hash of the newest entry, and whether the last line was cut off by a crash."""
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
