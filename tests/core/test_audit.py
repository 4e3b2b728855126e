"""The audit log: entries form a chain, and every change is found."""

import json
import threading
from collections.abc import Callable
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
    ],
    ids=["altered", "removed", "first removed", "doubled", "swapped", "not JSON", "not an entry", "deep nesting"],
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
