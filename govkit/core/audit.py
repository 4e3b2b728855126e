"""The audit log: an append-only file of JSON lines, each chained to the one before it by a SHA-256 hash.

It records imports, publications, key openings and re-marks. :func:`verify` names every line that was changed, removed,
inserted or moved. Lines cut from the end, or a chain computed anew, are found by a hash kept elsewhere: the file
``….head`` beside the log has the newest one, the store's commits name their entries, and :func:`head` is to be noted on
paper. Details are counts, file names and hashes; the only person named is the one who acted. Where a person must be
erased, a line is redacted: its chain stays, and a later entry names it with the hash of what is left of it.
"""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from govkit.core.errors import Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _

START = "0" * 64
LOCK_SECONDS = 30
HEAD = ".head"
"""What the name of the file with the newest hash adds to the log's."""
SHORTEST = 16
"""How many digits of a hash that was noted on paper are enough."""
REDACTED = "redacted"
"""The detail of an entry that names the lines that it redacts."""
_TAIL = 1 << 16

Detail = str | int | float | bool | None
Fields = dict[str, Detail | dict[str, Detail]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: its number from 1, time (UTC), action, person, details and the hashes of the chain.

    The salt keeps the hash from telling what a redacted line said. Logs of 0.1.0 and redacted lines have none.
    """

    number: int
    at: str
    action: str
    person: str
    details: dict[str, Detail]
    previous: str
    hash: str
    salt: str = ""


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
        atomic_write(_head_file(path), f"{entry.number} {entry.hash}\n".encode(), durable=False)
    return entry


def entries(path: Path) -> Iterator[Entry]:
    """Yield the well-formed entries of the log, oldest first; none where there is no log."""
    for _number, line in _lines(path):
        entry = _parse(line)
        if entry is not None:
            yield entry


def verify(path: Path, heads: Iterable[str] = (), redacting: Collection[str] | None = None) -> list[Problem]:
    """Return a problem for every line that is malformed or does not follow from the line before it.

    A line that a later entry redacted is right as that entry left it.

    :param heads: hashes kept elsewhere (their first 16 digits are enough) of entries that the log must hold.
    :param redacting: the hashes of the entries whose redactions count, all by default.
    """
    problems, previous, expected, found = [], START, 1, {START}
    redacted = _redacted(path, redacting)
    for number, line in _lines(path):
        entry = _parse(line)
        if entry is None:
            problems.append(_broken(path, number, _("the line is not an entry of the log, or was cut off")))
            continue
        known = redacted.get(entry.hash) == sha256(line).hexdigest()
        if not known and (entry.hash != _digest(entry) or line != _line(entry)):
            problems.append(_broken(path, number, _("the entry was altered: its hash does not fit its text")))
        elif (entry.previous, entry.number) != (previous, expected):
            problems.append(_broken(path, number, _("the entry does not follow the one before it")))
        else:
            found.add(entry.hash)
        previous, expected = entry.hash, entry.number + 1
    wanted = dict.fromkeys([*_kept_head(path), *("".join(head.split()).lower() for head in heads)])
    return problems + [
        _lost(path, head) for head in wanted if head not in found and not any(_begins(one, head) for one in found)
    ]


def redactions(path: Path, change: Callable[[str], str]) -> dict[str, bytes]:
    """Return the hash of each entry whose words a change would alter → the line that it would become.

    :param change: takes a word of an entry (a detail, or its action) and returns what may stay of it.
    """
    changed = {}
    for _number, line in _lines(path):
        entry = _parse(line)
        if entry is None:
            continue
        details = {
            name: change(value) if isinstance(value, str) and name != REDACTED else value
            for name, value in entry.details.items()
        }
        if details != entry.details:
            changed[entry.hash] = _line(replace(entry, details=details, salt=""))
    return changed


def redaction(lines: dict[str, bytes]) -> str:
    """Return the detail ``redacted`` of the entry that announces redactions: each entry's hash, and its new line's."""
    return " ".join(f"{entry}:{sha256(line).hexdigest()}" for entry, line in lines.items())


def redact(path: Path, lines: dict[str, bytes]) -> None:
    """Replace lines of the log by what :func:`redactions` left of them; an entry must have announced it.

    :raises filelock.Timeout: another process held the log for longer than ``LOCK_SECONDS``.
    """
    from filelock import FileLock

    if not lines:
        return
    with FileLock(f"{path}.lock", timeout=LOCK_SECONDS):
        whole = []
        for _number, line in _lines(path):
            entry = _parse(line)
            whole.append(line if entry is None else lines.get(entry.hash, line))
        atomic_write(path, b"".join(whole))


def _redacted(path: Path, redacting: Collection[str] | None) -> dict[str, str]:
    """Return the hash of each redacted entry → the hash of the line that is left of it."""
    pairs: dict[str, str] = {}
    for entry in entries(path):
        said = entry.details.get(REDACTED)
        if isinstance(said, str) and entry.hash == _digest(entry) and (redacting is None or entry.hash in redacting):
            pairs |= dict(part.split(":", 1) for part in said.split() if ":" in part)
    return pairs


def _begins(whole: str, head: str) -> bool:
    return SHORTEST <= len(head) < len(whole) and whole.startswith(head)


def head(path: Path) -> str:
    """Return the hash of the newest entry, 64 zeros for an empty log; kept elsewhere it proves that no line was cut."""
    return newest(path)[1]


def newest(path: Path) -> tuple[int, str]:
    """Return the number and the hash of the newest entry, 0 and 64 zeros for an empty log."""
    if not path.exists():
        return 0, START
    with path.open("rb") as file:
        return _last(file)[:2]


def _head_file(path: Path) -> Path:
    return path.with_name(path.name + HEAD)


def _kept_head(path: Path) -> list[str]:
    """Return the newest hash as the file beside the log has it; logs of 0.1.0 have no such file."""
    kept = _head_file(path)
    return kept.read_text("utf-8", errors="replace").split()[-1:] or ["?"] if kept.exists() else []


def _chained(number: int, action: str, person: str, details: dict[str, Detail], previous: str) -> Entry:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return _sealed(Entry(number, at, action, person, details, previous, "", token_hex(16)))


def _sealed(entry: Entry) -> Entry:
    return replace(entry, hash=_digest(entry))


def _fields(entry: Entry) -> Fields:
    values: Fields = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return values if entry.salt else {name: value for name, value in values.items() if name != "salt"}


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
            yield from enumerate(file, start=1)


def _last(file: BinaryIO) -> tuple[int, str, bool]:
    """Return the number and hash of the newest entry, and whether a crash cut the last line off."""
    size = file.seek(0, os.SEEK_END)
    length = _TAIL
    while True:
        start = file.seek(max(0, size - length))
        tail = file.read(size - start)
        torn = bool(tail) and not tail.endswith(b"\n")
        for line in reversed(tail.split(b"\n")):
            entry = _parse(line)
            if entry is not None:
                return entry.number, entry.hash, torn
        if start == 0:
            return 0, START, torn
        length *= 4  # the entry of an import of many files is long


def _broken(path: Path, number: int, what: str) -> Problem:
    where = Where(path.name, item=_("line {number}").format(number=number))
    return Problem(where, what, _("compare with a copy kept elsewhere; find out who changed the file"))


def _lost(path: Path, head: str) -> Problem:
    return Problem(
        Where(path.name),
        _("the log does not hold the entry {hash} any more: lines were cut off, or the log was written anew").format(
            hash=head[:SHORTEST]
        ),
        _("compare with a copy kept elsewhere; find out who changed the file"),
    )
