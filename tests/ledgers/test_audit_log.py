"""The store's audit log: ``govkit ledger log --verify`` names every line that was changed or removed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core import audit
from govkit.core.errors import InputError
from govkit.ledgers.store import AUDIT_LOG, Store
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


def test_a_store_behind_a_url_keeps_no_log() -> None:
    with pytest.raises(InputError, match="没有审计日志"):
        Store("s3://bucket/store").log_problems()
