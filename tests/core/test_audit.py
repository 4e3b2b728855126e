"""The audit log: entries form a chain, and every change is found."""

import json
import random
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from govkit.core import audit


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "exam" / "audit.jsonl"
    for number in range(3):
        audit.record(path, "key.open", "张老师", reason="阅卷", count=number)
    return path


def test_entries_chain_and_verify(log: Path) -> None:
    first, second, third = audit.entries(log)
    assert (first.previous, second.previous, third.previous) == (audit.START, first.hash, second.hash)
    assert (first.person, first.details) == ("张老师", {"reason": "阅卷", "count": 0})
    assert audit.head(log) == third.hash
    assert audit.verify(log) == []


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    missing = tmp_path / "audit.jsonl"
    assert (list(audit.entries(missing)), audit.verify(missing), audit.head(missing)) == ([], [], audit.START)


def altered(line: str) -> str:
    return json.dumps(json.loads(line) | {"person": "李老师"}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("spoil", "bad_line"),
    [
        (lambda lines: [lines[0], altered(lines[1]), lines[2]], "2"),
        (lambda lines: [lines[0], lines[2]], "2"),
        (lambda lines: [lines[1], lines[2]], "1"),
        (lambda lines: [lines[0], lines[0], lines[1], lines[2]], "2"),
        (lambda lines: [lines[1], lines[0], lines[2]], "1"),
        (lambda lines: [lines[0], "not json", lines[1], lines[2]], "2"),
        (lambda lines: [lines[0], '{"number": 2}', lines[1], lines[2]], "2"),
        (lambda lines: [lines[0], "[" * 100_000, lines[1], lines[2]], "2"),
        (lambda lines: [lines[0], "", lines[1], lines[2]], "2"),
        (lambda lines: [lines[0], lines[1].replace(",", ", "), lines[2]], "2"),
    ],
    ids=[
        "altered",
        "removed",
        "first removed",
        "doubled",
        "swapped",
        "not JSON",
        "not an entry",
        "deep nesting",
        "blank line",
        "blanks between",
    ],
)
def test_every_change_is_found_at_its_line(log: Path, spoil: Callable[[list[str]], list[str]], bad_line: str) -> None:
    lines = log.read_text("utf-8").splitlines()
    log.write_text("\n".join(spoil(lines)) + "\n", "utf-8")
    problems = audit.verify(log)
    assert problems
    assert bad_line in problems[0].where.item


def test_a_line_cut_off_by_a_crash_is_kept_and_reported_and_the_chain_goes_on(log: Path) -> None:
    log.write_bytes(log.read_bytes() + b'{"number": 4, "at"')
    audit.record(log, "key.open", "张老师")
    problems = audit.verify(log)
    assert [problem.where.item for problem in problems] == ["第 4 行"]
    assert [entry.number for entry in audit.entries(log)] == [1, 2, 3, 4]


def test_many_writers_leave_one_whole_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writers = [threading.Thread(target=audit.record, args=(path, "import", f"人{n}")) for n in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(audit.entries(path))) == 12
    assert audit.verify(path) == []


def test_an_entry_longer_than_a_page_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit.record(path, "ledger.import", "张老师", sources="、".join(["a.xlsx " + "0" * 64] * 4000))
    audit.record(path, "ledger.import", "张老师")
    assert audit.verify(path) == []


@pytest.mark.parametrize("left", [0, 1, 2])
def test_lines_cut_from_the_end_are_found_by_the_hash_kept_beside(log: Path, left: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:left]))
    assert [problem.where.source for problem in audit.verify(log)] == ["audit.jsonl"]


def test_a_process_that_died_before_it_kept_the_newest_hash_is_no_change(log: Path) -> None:
    kept = log.with_name(log.name + audit.HEAD)
    before = kept.read_bytes()
    audit.record(log, "key.open", "张老师")
    kept.write_bytes(before)
    assert audit.verify(log) == []
    kept.write_bytes(b"")
    assert len(audit.verify(log)) == 1


@pytest.mark.parametrize("noted", [lambda h: h, lambda h: h[:16].upper(), lambda h: f"{h[:8]} {h[8:16]} {h[16:]}"])
def test_a_hash_noted_on_paper_may_be_shortened_and_spaced(log: Path, noted: Callable[[str], str]) -> None:
    assert audit.verify(log, [noted(audit.head(log))]) == []
    assert len(audit.verify(log, [noted(sha256(b"").hexdigest())])) == 1
    assert len(audit.verify(log, [audit.head(log)[:15]])) == 1


def rechained(lines: list[bytes], start: int) -> list[bytes]:
    """Return the lines from ``start`` on with numbers and hashes computed anew, as a forger would."""
    previous = json.loads(lines[start - 1])["hash"] if start else audit.START
    made = lines[:start]
    for number, line in enumerate(lines[start:], start + 1):
        fields = json.loads(line) | {"number": number, "previous": previous}
        del fields["hash"]
        previous = sha256(text(fields).encode()).hexdigest()
        made.append((text(fields | {"hash": previous}) + "\n").encode())
    return made


def text(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def forged(lines: list[bytes], kind: str, dice: random.Random) -> bytes:
    """Return a log with one random change."""
    lines, at = list(lines), dice.randrange(len(lines))
    match kind:
        case "edit":
            line = bytearray(lines[at])
            place = dice.randrange(len(line))
            line[place] = (line[place] + dice.randrange(1, 256)) % 256
            lines[at] = bytes(line)
        case "insert":
            lines.insert(at, dice.choice([b"\n", b" ", lines[dice.randrange(len(lines))]]))
        case "delete":
            del lines[at : at + dice.randrange(1, 4)]
        case "reorder":
            other = dice.choice([index for index in range(len(lines)) if index != at])
            lines[at], lines[other] = lines[other], lines[at]
        case "truncate":
            whole = b"".join(lines)
            return whole[: dice.randrange(len(whole))]
        case "rechain":
            fields = json.loads(lines[at])
            match dice.randrange(3):
                case 0:
                    lines[at] = text(fields | {"person": "李老师"}).encode()
                case 1 if len(lines) > at + 1:
                    del lines[at]
                case _:
                    lines.insert(at, text(fields | {"action": "key.refused"}).encode())
            lines = rechained(lines, at)
    return b"".join(lines)


@pytest.mark.slow
def test_every_random_change_is_found_against_a_noted_hash(tmp_path: Path) -> None:
    """1,000 edits, insertions, deletions, reorders, truncations and chains computed anew; the file beside is forged."""
    log, dice = tmp_path / "audit.jsonl", random.Random(12)
    for number in range(30):
        audit.record(log, dice.choice(["ledger.import", "key.open"]), dice.choice(["张三", "王五"]), count=number)
    whole, noted = log.read_bytes(), audit.head(log)
    kinds = ["edit", "insert", "delete", "reorder", "truncate", "rechain"]
    missed = []
    for number in range(1000):
        kind = kinds[number % len(kinds)]
        log.write_bytes(forged(whole.splitlines(keepends=True), kind, dice))
        log.with_name(log.name + audit.HEAD).write_text(f"1 {audit.head(log)}\n")
        if not audit.verify(log, [noted]):
            missed.append((number, kind))
    assert missed == []
    log.write_bytes(whole)
    log.with_name(log.name + audit.HEAD).write_text(f"30 {noted}\n")
    assert audit.verify(log, [noted]) == []
