"""Every bad file gives a Problem in Chinese with place and repair, and leaves the store untouched."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.ledgers.check import check_files
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.sheets import read_here, read_sheets
from govkit.ledgers.store import Store
from tests.ledgers.books import LEDGERS, PLACES, TODAY, dispute, disputes_book
from tests.ledgers.read.bad_files import BAD, Bad


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.file)
def test_bad_file(bad: Bad, tmp_path: Path) -> None:
    path = tmp_path / bad.file
    bad.make(path)
    started = time.monotonic()
    intake = check_files([path], LEDGERS, PLACES, TODAY)
    assert time.monotonic() - started < 60
    found = [p for p in intake.errors if bad.words in p.what and bad.cell == p.where.item and bad.sheet == p.where.part]
    if bad.words:
        assert found, [str(problem) for problem in intake.problems]
    assert intake.errors
    for problem in intake.problems:
        assert Path(problem.where.source).name == bad.file
        assert not problem.what.isascii()
        assert not problem.repair.isascii()

    store = Store(tmp_path / "store")
    with pytest.raises(InputError) as refused:
        store.import_(intake, PLACES, "样例员")
    assert refused.value.exit_code == 1
    assert not (tmp_path / "store").exists()


def _outcome(read: Callable[[Path], dict[str, Sheet]], path: Path) -> list[str]:
    try:
        return list(read(path))
    except InputError as error:
        return [str(problem) for problem in error.problems]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.file)
def test_the_child_says_of_a_file_what_its_function_says(bad: Bad, tmp_path: Path) -> None:
    path = tmp_path / bad.file
    bad.make(path)
    assert _outcome(read_sheets, path) == _outcome(read_here, path)


def test_the_list_of_bad_files_names_each_once() -> None:
    assert len({bad.file for bad in BAD}) == len(BAD)


def test_an_unknown_village_is_reported_with_the_nearest_names(tmp_path: Path) -> None:
    intake = check_files([disputes_book(tmp_path / "a.xlsx", dispute(place="北西上村"))], LEDGERS, PLACES, TODAY)
    assert "北西尚村" in intake.errors[0].repair


def test_the_same_number_in_two_files(tmp_path: Path) -> None:
    one, two = disputes_book(tmp_path / "一.xlsx", dispute()), disputes_book(tmp_path / "二.xlsx", dispute())
    intake = check_files([one, two], LEDGERS, PLACES, TODAY)
    assert [(p.where.source, p.where.item) for p in intake.errors] == [("一.xlsx", "A2"), ("二.xlsx", "A2")]


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    one = disputes_book(tmp_path / "一.xlsx", dispute(1, place="无此村", kind="无此类"), dispute(2, parties=None))
    two = disputes_book(tmp_path / "二.xlsx", dispute(3, found_on="?"))
    (tmp_path / "三.xlsx").write_bytes(b"")
    intake = check_files([one, two, tmp_path / "三.xlsx"], LEDGERS, PLACES, TODAY)
    assert {(p.where.source, p.where.item) for p in intake.errors} == {
        ("一.xlsx", "B2"),
        ("一.xlsx", "E2"),
        ("一.xlsx", "F3"),
        ("二.xlsx", "C2"),
        ("三.xlsx", ""),
    }
