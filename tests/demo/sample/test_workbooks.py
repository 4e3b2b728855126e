"""The workbooks: the same bytes each time, as staff fill them, accepted whole."""

import io
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from govkit.core.errors import InternalError
from govkit.core.files import shipped
from govkit.demo.sample.common import Rows
from govkit.demo.sample.workbooks import write
from govkit.institutions import ledgers
from govkit.ledgers.check import Intake

UNITS = ("苏家作乡", "阳庙镇", "宁郭镇", "李万街道", "文苑街道", "文昌街道", "示范区")
NAMES = tuple(f"样例-{unit}2015年台账.xlsx" for unit in UNITS)
NOTES = "填表说明"


def members(content: bytes) -> list[tuple[str, tuple[int, ...], bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(member.filename, member.date_time, archive.read(member)) for member in archive.infolist()]


@pytest.fixture(scope="module")
def opened(books: dict[str, bytes]) -> dict[str, Workbook]:
    return {name: load_workbook(io.BytesIO(content)) for name, content in books.items()}


@pytest.fixture(scope="module")
def cells(opened: dict[str, Workbook]) -> list[object]:
    sheets = [sheet for book in opened.values() for sheet in book if sheet.title != NOTES]
    return [cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


def test_one_workbook_for_each_township_unit_and_one_for_the_district(books: dict[str, bytes]) -> None:
    assert tuple(books) == NAMES


def test_the_shipped_workbooks_are_what_the_generator_writes(books: dict[str, bytes]) -> None:
    """Compared unpacked: a compressor of another make may pack the same content differently."""
    shipped_books = {path.name: path.read_bytes() for path in shipped("data/sample").glob("*.xlsx")}
    assert shipped_books.keys() == books.keys()
    for name, content in books.items():
        assert members(shipped_books[name]) == members(content), (
            f"{name}: run python -m govkit.demo.sample -o data/sample"
        )


def test_they_are_small(books: dict[str, bytes]) -> None:
    assert sum(map(len, books.values())) < 3_000_000


def test_the_checker_has_nothing_to_say(intake: Intake) -> None:
    assert [str(problem) for problem in intake.problems] == []


def test_every_row_arrives_as_it_was_meant(
    frames: dict[str, pd.DataFrame], framed: Callable[[Rows], dict[str, pd.DataFrame]], rows: Rows
) -> None:
    for code, meant in framed(rows).items():
        pd.testing.assert_frame_equal(frames[code], meant, obj=code)
    assert frames.keys() == rows.keys()


def test_each_workbook_holds_its_own_unit(opened: dict[str, Workbook]) -> None:
    for unit, book in zip(UNITS, opened.values(), strict=True):
        titles = {sheet["A1"].value for sheet in book if sheet.title != NOTES}
        assert all(title.startswith(f"{unit}2015年") and "样例数据" in title for title in titles)
        assert {sheet.title for sheet in book} - {NOTES} <= {ledger.title for ledger in ledgers().values()}


def test_the_notes_say_that_it_is_a_sample(opened: dict[str, Workbook]) -> None:
    for book in opened.values():
        text = "".join(str(row[0]) for row in book[NOTES].iter_rows(values_only=True))
        assert all(word in text for word in ("样例数据", "人名全部虚构", "年份2015为推定"))


def test_header_and_numbers_stay_in_view(opened: dict[str, Workbook]) -> None:
    for sheet in (sheet for book in opened.values() for sheet in book if sheet.title != NOTES):
        assert sheet.freeze_panes is not None
        corner = sheet[sheet.freeze_panes]
        assert sheet.cell(corner.row - 1, 1).value == "序号"
        assert sheet.column_dimensions["B"].width >= 10


@pytest.mark.parametrize(
    ("habit", "pattern"),
    [
        ("a day with slashes", r"2015/\d{1,2}/\d{1,2}"),
        ("a day in words", r"2015年\d{1,2}月\d{1,2}日"),
        ("a day with dots", r"2015\.\d{1,2}\.\d{1,2}"),
        ("full-width digits", r"[０-９]+"),
        ("another word for failed", r"失败|调解失败"),
        ("a tick", r"√"),
        ("a village without 村", r"北西尚|苏家作样例\d\d"),
        ("a total", r"合计"),
    ],
)
def test_they_are_written_as_staff_write(cells: list[object], habit: str, pattern: str) -> None:
    assert any(isinstance(cell, str) and re.fullmatch(pattern, cell) for cell in cells), habit


def test_no_cell_is_a_formula(cells: list[object]) -> None:
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith("=")]


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_else(tmp_path: Path, books: dict[str, bytes]) -> None:
    (tmp_path / NAMES[0]).write_bytes(b"old")
    paths = write(tmp_path)
    assert [path.name for path in paths] == list(NAMES)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == books
    assert stat.S_IMODE(paths[0].stat().st_mode) & 0o444


def test_a_folder_that_cannot_be_is_a_fault_that_names_it(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InternalError) as raised:
        write(blocked / "folder")
    assert str(blocked) in str(raised.value)
