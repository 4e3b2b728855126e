"""The store's audit log: ``govkit ledger log --verify`` names every line that was changed or removed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core import audit
from govkit.core.errors import InputError
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.store import Store
from tests.ledgers.books import PLACES, check, dispute, disputes_book


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store of three versions: two imports, and the undo of the second."""
    store = Store(tmp_path / "store")
    for count in (1, 2):
        rows = disputes_book(tmp_path / f"{count}.xlsx", *(dispute(number) for number in range(1, count + 1)))
        assert store.import_(check(rows), PLACES, "样例员")
    store.undo("样例员")
    return store


def log_of(store: Store) -> Path:
    return Path(store.url) / AUDIT_LOG


def test_an_untouched_log_is_whole(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    audit.record(log_of(store), "publication.passed", "样例员", files="通报.html")
    assert store.log_problems() == []
    assert run(["ledger", "log", "--verify", "--store", store.url]) == 0
    assert "审计日志完整" in capsys.readouterr().out


def test_a_store_without_imports_has_nothing_to_verify(tmp_path: Path) -> None:
    assert run(["ledger", "log", "--verify", "--store", str(tmp_path / "store")]) == 0


SPOILED: list[tuple[str, Callable[[list[str]], list[str]], str]] = [
    ("changed", lambda lines: [lines[0], lines[1].replace("样例员", "某人"), lines[2]], "第 2 行"),
    ("removed from the middle", lambda lines: [lines[0], lines[2]], "第 2 行"),
    ("cut from the end", lambda lines: lines[:2], "第 3 版"),
    ("all removed", lambda lines: lines[:0], "第 1 版"),
]


@pytest.mark.parametrize(("spoil", "named"), [row[1:] for row in SPOILED], ids=[row[0] for row in SPOILED])
def test_a_changed_log_is_reported_with_its_line(
    store: Store, capsys: pytest.CaptureFixture[str], spoil: Callable[[list[str]], list[str]], named: str
) -> None:
    lines = log_of(store).read_text("utf-8").splitlines(keepends=True)
    log_of(store).write_text("".join(spoil(lines)), "utf-8")
    assert run(["ledger", "log", "--verify", "--store", store.url]) == 1
    assert named in capsys.readouterr().err
    assert run(["ledger", "log", "--verify", "--json", "--store", store.url]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert any(named in problem["where"] + problem["what"] for problem in problems)
    assert all(problem["where"].startswith(AUDIT_LOG) and problem["repair"] for problem in problems)


def test_a_log_written_anew_is_found_by_the_hashes_in_the_commits(store: Store) -> None:
    """Whoever forges the whole chain and the file beside it is found out without a note on paper."""
    log = log_of(store)
    made = [(entry.action, entry.person, entry.details) for entry in audit.entries(log)]
    log.unlink()
    for action, person, details in made:
        audit.record(log, action, "某人" if details["version"] == 1 else person, **details)
    assert audit.verify(log) == []
    assert [problem.what for problem in store.log_problems()] == [f"日志里没有第 {n} 版的记录" for n in (1, 2, 3)]


def test_the_head_is_printed_to_be_noted_and_verified_against(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "log", "--head", "--store", store.url]) == 0
    number, noted = capsys.readouterr().out.split()
    assert (number, noted) == ("3", audit.head(log_of(store)))
    audit.record(log_of(store), "publication.passed", "样例员", files="通报.html")
    assert run(["ledger", "log", "--against", noted[:16], "--store", store.url]) == 0
    assert run(["ledger", "log", "--verify", "--against", "0123456789abcdef", "--store", store.url]) == 1
    assert "0123456789abcdef" in capsys.readouterr().err


def test_an_import_that_died_before_its_commit_is_a_warning(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    audit.record(log_of(store), "ledger.import", "样例员", version=4, sources="")
    (problem,) = store.log_problems()
    assert (problem.severity, problem.where.item) == ("warning", "第 4 条")
    assert run(["ledger", "log", "--verify", "--store", store.url]) == 0
    assert "第 4 版" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["ledger", "log"],
        ["ledger", "places"],
        ["ledger", "undo", "--by", "样例员"],
        ["ledger", "import", "again.xlsx", "--replace"],
        ["reconcile", "--period", "2015-03"],
    ],
)
def test_other_commands_warn_of_a_changed_log(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    disputes_book(tmp_path / "again.xlsx", dispute(1))
    lines = log_of(store).read_bytes().splitlines(keepends=True)
    log_of(store).write_bytes(b"".join(lines[:2]))
    run([*command, "--store", store.url])
    assert "审计日志" in capsys.readouterr().err


def test_a_store_behind_a_url_keeps_no_log() -> None:
    with pytest.raises(InputError, match="没有审计日志"):
        Store("s3://bucket/store").log_problems()
