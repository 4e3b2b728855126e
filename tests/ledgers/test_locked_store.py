"""A store in a folder that one may not read is told as that, never as no store, an empty one or a damaged one."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import govkit
from govkit.cli import run
from govkit.core.errors import InputError
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Store
from govkit.reports.cache_key import Request
from govkit.widgets.explore import explore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="file rights of this kind are not on Windows")
NOBODY = 65534


@contextmanager
def without_rights() -> Iterator[None]:
    """Act as a user whom file rights hold for; root is let in everywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def office(sample_store: Path) -> Iterator[Path]:
    """Return a folder, which everyone may enter, with a copy of the store."""
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    folder.chmod(0o755)
    shutil.copytree(sample_store, folder / "store")
    for path in (folder / "store").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder
    for path in (folder / "store", *(folder / "store").rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


def a_data_file(store: Path) -> Path:
    return next((store / "disputes").glob("*/part-*.parquet"))


LOCKED: dict[str, Callable[[Path], Path]] = {
    "the folder above": lambda office: office,
    "the store": lambda office: office / "store",
    "its commits": lambda office: office / "store" / "_commits",
    "a ledger": lambda office: office / "store" / "disputes",
    "a log": lambda office: office / "store" / "disputes" / "_delta_log",
    "a file of data": lambda office: a_data_file(office / "store"),
}


@pytest.mark.parametrize("case", LOCKED)
def test_opening_and_reading_it_names_the_right_that_lacks(office: Path, case: str) -> None:
    LOCKED[case](office).chmod(0o000)
    with without_rights(), pytest.raises(InputError) as refused:
        open_snapshot(office / "store").frames["disputes"]
    office.chmod(0o755)
    (problem,) = refused.value.problems
    assert str(office) in problem.where.source
    assert "没有权限" in problem.what
    assert "请管理台账库的人" in problem.repair


@pytest.mark.parametrize("words", ["ledger log", "ledger log --verify", "reconcile", "ledger correct list"])
@pytest.mark.parametrize("mode", [0o000, 0o600, 0o100])
def test_a_command_says_so_and_writes_nothing(
    office: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: str,
    mode: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    (office / "store").chmod(mode)
    with without_rights():
        assert run([*words.split(), "--store", str(office / "store")]) == 1
    assert "没有权限" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_it_says_so_and_writes_nothing(office: Path) -> None:
    (office / "store").chmod(0o000)
    with without_rights():
        with pytest.raises(InputError, match="没有权限"):
            govkit.render("services", store=office / "store", folder=office / "reports")
        assert Request("services", str(office / "store"), "2015-09").cache_key == ""
    assert not (office / "reports").exists()


def test_an_import_into_it_says_so(office: Path, sample_workbooks: list[Path]) -> None:
    intake = check_files(sample_workbooks[:1], ledgers().values(), shipped_places())
    (office / "store").chmod(0o000)
    with without_rights(), pytest.raises(InputError, match="没有权限"):
        Store(office / "store").import_(intake, places_in_force(str(office / "store")), "测试")


def test_the_nearest_store_is_named_though_it_is_locked(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office)
    (office / "store").chmod(0o000)
    with without_rights():
        with pytest.raises(InputError, match="没有权限"):
            open_snapshot()
        offered = explore()
    assert "没有权限" in offered.alone


def test_where_nothing_is_it_says_that_nothing_is(office: Path) -> None:
    with without_rights(), pytest.raises(InputError, match="没有台账库"):
        open_snapshot(office / "no store")
