"""A thousand random changes of an audit log, each of which the noted head or the store's commits give away."""

import json
import random
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from govkit.core import audit
from govkit.ledgers.audit_log import AUDIT_LOG, problems
from govkit.ledgers.store import Store
from tests.ledgers.books import PLACES, check, dispute, disputes_book

VERSIONS, MUTATIONS = 6, 1000
Lines = list[bytes]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of some versions with other entries between them."""
    folder = tmp_path_factory.mktemp("log")
    store = Store(folder / "store")
    for count in range(1, VERSIONS + 1):
        rows = disputes_book(folder / f"{count}.xlsx", *(dispute(number) for number in range(1, count + 1)))
        assert store.import_(check(rows), PLACES, "样例员")
        audit.record(folder / "store" / AUDIT_LOG, "publication.passed", "样例员", files=f"通报{count}.html")
    return folder / "store"


def edited(lines: Lines, dice: random.Random) -> Lines:
    """Change one byte of a line."""
    at = dice.randrange(len(lines))
    line = bytearray(lines[at])
    where = dice.randrange(len(line))
    line[where] = dice.choice([byte for byte in range(256) if byte != line[where]])
    return [*lines[:at], bytes(line), *lines[at + 1 :]]


def deleted(lines: Lines, dice: random.Random) -> Lines:
    """Delete a run of lines."""
    at = dice.randrange(len(lines))
    return lines[:at] + lines[at + dice.randint(1, len(lines)) :]


def reordered(lines: Lines, dice: random.Random) -> Lines:
    """Move a line elsewhere."""
    moved = list(lines)
    at, to = dice.sample(range(len(lines)), 2)
    moved.insert(to, moved.pop(at))
    return moved


def truncated(lines: Lines, dice: random.Random) -> Lines:
    """Cut the file off at any byte."""
    whole = b"".join(lines)
    return whole[: dice.randrange(len(whole))].splitlines(keepends=True)


def repeated(lines: Lines, dice: random.Random) -> Lines:
    """Put a copy of a line somewhere."""
    copied = list(lines)
    copied.insert(dice.randint(0, len(lines)), dice.choice(lines))
    return copied


def rechained(lines: Lines, dice: random.Random) -> Lines:
    """Change, remove or add an entry and compute every hash after it anew."""
    entries = [json.loads(line) for line in lines]
    at = dice.randrange(len(entries))
    kind = dice.randrange(3)
    if kind == 0:
        entries[at]["person"] = "某人"
    elif kind == 1:
        del entries[at]
    else:
        at = dice.randrange(len(entries) - 1)  # a copy of the last one after it would be a mere new entry
        entries.insert(at, dict(entries[at]))
    previous = audit.START
    for number, entry in enumerate(entries, 1):
        entry |= {"number": number, "previous": previous}
        del entry["hash"]
        previous = entry["hash"] = sha256(_text(entry).encode()).hexdigest()
    return [(_text(entry) + "\n").encode() for entry in entries]


def forged(lines: Lines, dice: random.Random) -> Lines:
    """Change an entry and append another one that says it was redacted."""
    at = dice.randrange(len(lines))
    entry = json.loads(lines[at])
    entry["person"] = "某人"
    line = (_text(entry) + "\n").encode()
    last = json.loads(lines[-1])
    more = {**last, "number": last["number"] + 1, "previous": last["hash"], "action": "ledger.erase"}
    more["details"] = {audit.REDACTED: f"{entry['hash']}:{sha256(line).hexdigest()}"}
    del more["hash"]
    more["hash"] = sha256(_text(more).encode()).hexdigest()
    return [*lines[:at], line, *lines[at + 1 :], (_text(more) + "\n").encode()]


def _text(entry: dict[str, object]) -> str:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


KINDS: list[Callable[[Lines, random.Random], Lines]] = [
    edited,
    deleted,
    reordered,
    truncated,
    repeated,
    rechained,
    forged,
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_change_is_found(written: Path, tmp_path: Path, kind: Callable[[Lines, random.Random], Lines]) -> None:
    """The file beside the log, with its newest hash, is forged with it; the printed head and the commits are not."""
    store = Store(shutil.copytree(written, tmp_path / "store"))
    log, commits = tmp_path / "store" / AUDIT_LOG, store.commits()
    lines, noted = log.read_bytes().splitlines(keepends=True), audit.head(log)
    assert store.log_problems(noted) == []
    dice = random.Random(f"13 {kind.__name__}")
    missed = []
    for _round in range(-(-MUTATIONS // len(KINDS))):
        changed = kind(lines, dice)
        log.write_bytes(b"".join(changed))
        log.with_name(log.name + audit.HEAD).write_text(f"{audit.newest(log)[0]} {audit.head(log)}\n")
        if not any(problem.severity == "error" for problem in problems(log, commits, [noted])):
            missed.append(changed)
    assert missed == []
