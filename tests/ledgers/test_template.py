import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.datavalidation import DataValidation

from govkit.core.errors import InternalError
from govkit.ledgers.check import check_files
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.template import HEADER_ROW, sheet_title, write_template
from tests.ledgers.books import DISPUTES, LEDGERS, PLACES, TODAY, check
from tests.ledgers.test_check import sample


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(LEDGERS, PLACES, tmp_path_factory.mktemp("template") / "模板.xlsx")


@pytest.fixture(scope="module")
def workbook(template: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(template)


def test_sheets(workbook: openpyxl.Workbook) -> None:
    assert workbook.sheetnames == ["填表说明", *(ledger.title for ledger in LEDGERS), "字典"]
    assert workbook["字典"].sheet_state == "hidden"
    assert all(len(name) <= 31 for name in workbook.sheetnames)


def test_a_long_title_makes_a_sheet_name_that_excel_takes() -> None:
    ledger = Ledger(
        code="x", title="甲/乙" * 20, about="", columns=DISPUTES.columns, key=DISPUTES.key, dated=DISPUTES.dated
    )
    assert sheet_title(ledger) == ("甲_乙" * 20)[:31]


def test_an_untouched_template_is_reported_as_without_rows_and_nothing_else(template: Path) -> None:
    intake = check(template)
    assert {p.what for p in intake.problems} == {"工作表只有表头，没有数据"}
    assert len(intake.problems) == len(LEDGERS)


def fill(template: Path, target: Path, ledger: Ledger, *rows: dict[str, Any]) -> Path:
    """Fill in one sheet as staff would and delete the others."""
    filled = openpyxl.load_workbook(template)
    for name in filled.sheetnames:
        if name not in ("填表说明", "字典", ledger.title):
            del filled[name]
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        for letter, name in enumerate(ledger.names, start=1):
            filled[ledger.title].cell(number, letter, row.get(name))
    filled.save(target)
    return target


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_a_filled_in_template_passes_the_checker(template: Path, tmp_path: Path, ledger: Ledger) -> None:
    rows = [sample(ledger, 1), sample(ledger, 2)]
    intake = check_files([fill(template, tmp_path / "a.xlsx", ledger, *rows)], [ledger], PLACES, TODAY)
    assert intake.problems == ()
    assert len(intake.ledgers[0].accepted) == 2


def test_the_year_filled_in_above_is_held_against_the_rows(template: Path, tmp_path: Path) -> None:
    path = fill(template, tmp_path / "a.xlsx", DISPUTES, sample(DISPUTES))
    workbook = openpyxl.load_workbook(path)
    title = workbook[DISPUTES.title]["A2"]
    assert "年度：" in title.value
    title.value = title.value.replace("年度：　　　　", "年度：2014年")
    workbook.save(path)
    assert ["不在本台账所属的2014年" in problem.what for problem in check(path).errors] == [True]


def validations(workbook: openpyxl.Workbook, ledger: Ledger) -> dict[str, DataValidation]:
    sheet = workbook[ledger.title]
    return {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}


def words_of(workbook: openpyxl.Workbook, formula: str) -> list[str]:
    """Return the words that a drop-down offers."""
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    return [cells[0].value for cells in workbook["字典"][formula.split("!")[1].replace("$", "")]]


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_every_column_is_marked_formatted_and_validated(workbook: openpyxl.Workbook, ledger: Ledger) -> None:
    sheet = workbook[ledger.title]
    found = validations(workbook, ledger)
    for cell, column in zip(sheet[HEADER_ROW], ledger.columns, strict=True):
        assert isinstance(cell, Cell)
        assert cell.comment is not None
        rule = found[f"{cell.column_letter}{HEADER_ROW + 1}"]
        assert cell.value == ("*" if column.required else "") + column.heading
        assert ("必填" in cell.comment.text) is column.required
        assert column.note in cell.comment.text
        assert not str(rule.error).isascii()
        assert sheet.column_dimensions[cell.column_letter].width >= 9
        _holds_the_declaration(workbook, column, rule, sheet.column_dimensions[cell.column_letter].number_format)


def _holds_the_declaration(
    workbook: openpyxl.Workbook, column: Column, rule: DataValidation, number_format: str
) -> None:
    kinds = {"text": "textLength", "date": "date", "integer": "whole", "number": "decimal"}
    assert rule.type == kinds.get(column.kind, "list")
    if column.kind == "text":
        assert number_format == "@"
    elif column.kind == "date":
        assert number_format == "yyyy-mm-dd"
    elif column.kind == "place":
        names = {place.name for level in column.levels for place in PLACES.at(level)}
        assert set(words_of(workbook, str(rule.formula1))) == names
    elif column.kind in ("choice", "flag"):
        assert words_of(workbook, str(rule.formula1)) == list(column.choices)
    else:
        assert column.minimum is None or float(str(rule.formula1)) == column.minimum
        assert column.maximum is None or float(str(rule.formula2)) == column.maximum


def test_header_is_frozen_and_repeated_in_print(workbook: openpyxl.Workbook) -> None:
    sheet = workbook[DISPUTES.title]
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"
    assert sheet.print_title_rows == f"$1:${HEADER_ROW}"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)


def test_a_wide_ledger_is_printed_over_several_pages_with_its_numbers_repeated(workbook: openpyxl.Workbook) -> None:
    pages = {ledger.code: workbook[ledger.title].page_setup.fitToWidth for ledger in LEDGERS}
    assert (pages["decisions"], pages["disputes"], pages["grids"]) == (3, 1, 1)
    assert workbook[LEDGERS[0].title].print_title_cols == "$A:$A"


def test_no_year_is_invented(workbook: openpyxl.Workbook) -> None:
    for ledger in LEDGERS:
        above = workbook[ledger.title]["A2"].value
        assert not any(c.isdigit() for c in above)


def test_the_guide_names_every_column_with_its_words_and_note(workbook: openpyxl.Workbook) -> None:
    texts = {cell.value for row in workbook["填表说明"] for cell in row}
    for ledger in LEDGERS:
        assert ledger.title in texts
        assert {column.heading for column in ledger.columns} <= texts
        assert {column.note for column in ledger.columns if column.note} <= texts


def test_equal_declarations_give_equal_bytes(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Later":
            return cls(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr("openpyxl.writer.excel.datetime.datetime", Later)
    assert write_template(LEDGERS, PLACES, tmp_path / "b.xlsx").read_bytes() == template.read_bytes()


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="目录可写"):
        write_template([DISPUTES], PLACES, tmp_path / "无" / "a.xlsx")


def test_the_colours_of_the_headings_are_those_that_the_guides_name(template: Path) -> None:
    workbook = openpyxl.load_workbook(template)
    guide = "".join(str(row[0]) for row in workbook["填表说明"].iter_rows(values_only=True))
    staff = (Path(__file__).parents[2] / "docs" / "guides" / "员工指南.md").read_text(encoding="utf-8")
    assert all("橙底带“*”的列必填，灰底的列有内容才填" in words for words in (guide, staff))
    head = next(row for row in workbook[DISPUTES.title].iter_rows(max_row=5) if str(row[0].value).startswith("*"))
    for cell, column in zip(head, DISPUTES.columns, strict=False):
        red, green, blue = (int(cell.fill.fgColor.rgb[at : at + 2], 16) for at in (2, 4, 6))
        assert (str(cell.value).startswith("*"), red > green > blue, red == green == blue) == (
            column.required,
            column.required,
            not column.required,
        )
