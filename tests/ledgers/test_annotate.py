import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from govkit.core.errors import InternalError, Problem, Where
from govkit.ledgers.annotate import annotate
from tests.ledgers.books import book, cells, check, csv_file, dispute, disputes_book
from tests.ledgers.read.bad_files import ole

SHEET = "矛盾纠纷台账"
RED, YELLOW = "FFFFC7CE", "FFFFEB9C"


def annotated(path: Path, target: Path | None = None) -> openpyxl.Workbook:
    made = annotate(path, check(path).problems, target or path.parent)
    assert made is not None
    assert made != path
    assert made.name.count("待修改") == 1
    return openpyxl.load_workbook(made)


def test_every_offending_cell_is_filled_and_commented(tmp_path: Path) -> None:
    rows = [[*row, extra] for row, extra in zip(cells([dispute(place="无此村", kind="?")]), ["意见", "x"], strict=True)]
    sheet = annotated(book(tmp_path / "a.xlsx", {SHEET: rows}))[SHEET]
    fills = {cell.coordinate: cell.fill.fgColor.rgb for row in sheet for cell in row if cell.comment}
    assert fills == {"B2": RED, "E2": RED, "K1": YELLOW}
    assert "没有名为“无此村”的单位" in sheet["B2"].comment.text
    assert "→" in sheet["E2"].comment.text
    assert sheet["A2"].fill.fgColor.rgb not in (RED, YELLOW)


def test_several_problems_of_a_cell_share_one_comment(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute())
    where = Where("a.xlsx", SHEET, "B2")
    made = annotate(path, [Problem(where, "甲事", "改甲"), Problem(where, "乙事", "改乙", "warning")], tmp_path)
    assert made is not None
    cell = openpyxl.load_workbook(made)[SHEET]["B2"]
    assert "甲事" in cell.comment.text
    assert "乙事" in cell.comment.text
    assert cell.fill.fgColor.rgb == RED


def test_the_list_comes_first_and_leads_to_the_cells(tmp_path: Path) -> None:
    workbook = annotated(disputes_book(tmp_path / "a.xlsx", dispute(place="无此村")))
    sheet = workbook.worksheets[0]
    assert (sheet.title, workbook.active) == ("问题清单", sheet)
    assert [cell.value for cell in sheet[1]] == ["序号", "工作表", "单元格", "类别", "问题", "修改办法"]
    assert [cell.value for cell in sheet[2]][1:4] == [SHEET, "B2", "必须修改"]
    assert sheet["C2"].hyperlink.location == f"'{SHEET}'!B2" or sheet["C2"].hyperlink.target == f"#'{SHEET}'!B2"


def test_what_the_user_had_stays(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(place="无此村", summary="=CONCATENATE(A2,B2)"))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[SHEET]
    sheet.column_dimensions["A"].width = 33
    sheet["D2"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet["B2"].comment = Comment("我的批注", "某人")
    sheet["L9"] = "=1+1"
    sheet["L9"].data_type = "s"
    sheet["A1"].number_format = "0.00"
    workbook.save(path)
    before = path.read_bytes()
    copy = annotated(path)[SHEET]
    assert path.read_bytes() == before
    assert copy.column_dimensions["A"].width == 33
    assert copy["D2"].fill.fgColor.rgb == "FF00FF00"
    assert (copy["G2"].value, copy["G2"].data_type) == ("=CONCATENATE(A2,B2)", "f")
    assert copy["L9"].data_type == "s"
    assert copy["C2"].value == dt.datetime(2015, 3, 2)
    assert copy["B2"].comment.text.startswith("我的批注")


def test_a_csv_comes_back_as_a_workbook_whose_text_is_text(tmp_path: Path) -> None:
    rows = cells([dispute(place="无此村", summary="=HYPERLINK(1)", parties="张\x07样例")])
    copy = annotated(csv_file(tmp_path / "纠纷[1].csv", rows))["纠纷_1_"]
    assert (copy["G2"].value, copy["G2"].data_type) == ("=HYPERLINK(1)", "s")
    assert (copy["B2"].value, copy["B2"].fill.fgColor.rgb, copy["F2"].value) == ("无此村", RED, "张样例")


def test_a_repaired_copy_passes_and_a_second_copy_marks_only_the_remaining_mistakes(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(place="无此村", kind="?"))
    annotated(path)
    copy = tmp_path / "a-待修改.xlsx"
    workbook = openpyxl.load_workbook(copy)
    workbook[SHEET]["B2"] = "马村"
    workbook.save(copy)
    again = annotated(copy)
    assert again.sheetnames.count("问题清单") == 1
    assert (again[SHEET]["B2"].comment, again[SHEET]["B2"].fill.fgColor.rgb == RED) == (None, False)
    assert again[SHEET]["E2"].fill.fgColor.rgb == RED
    workbook[SHEET]["E2"] = "其他"
    workbook.save(copy)
    assert check(copy).problems == ()


def test_a_problem_in_a_merged_area_marks_its_first_cell(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(1), dispute(2))
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].merge_cells("B2:B3")
    workbook.save(path)
    sheet = annotated(path)[SHEET]
    assert "“所在村”未填写" in sheet["B2"].comment.text


def test_problems_of_the_sheet_or_the_file_are_in_the_list_only(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute())
    problems = [Problem(Where("a.xlsx"), "甲事", "改甲"), Problem(Where("a.xlsx", "无此表", "B2"), "=乙事", "改乙")]
    made = annotate(path, problems, tmp_path)
    assert made is not None
    sheet = openpyxl.load_workbook(made).worksheets[0]
    assert [(row[4].value, row[4].data_type) for row in sheet.iter_rows(min_row=2)] == [("甲事", "s"), ("=乙事", "s")]


def test_too_many_marks_are_left_out_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govkit.ledgers.annotate.MAX_MARKS", 20)
    count = 25
    path = disputes_book(tmp_path / "a.xlsx", *(dispute(n) for n in range(count)))
    problems = [Problem(Where("a.xlsx", SHEET, f"B{n + 2}"), "错", "改") for n in range(count)]
    made = annotate(path, problems, tmp_path)
    assert made is not None
    workbook = openpyxl.load_workbook(made)
    assert sum(cell.comment is not None for (cell,) in workbook[SHEET].iter_rows(min_col=2, max_col=2)) == 20
    assert "另有5个单元格未标色" in str(workbook.worksheets[0].cell(count + 2, 5).value)


def _encrypted(path: Path) -> None:
    ole(path, "EncryptedPackage")


def _damaged(path: Path) -> None:
    path.write_bytes(disputes_book(path, dispute()).read_bytes()[:900])


def _no_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


@pytest.mark.parametrize("make", [_encrypted, _damaged, _no_workbook])
def test_what_cannot_be_opened_comes_back_as_nothing(tmp_path: Path, make: object) -> None:
    path = tmp_path / "a.xlsx"
    make(path)  # type: ignore[operator]
    assert annotate(path, [Problem(Where("a.xlsx"), "甲", "乙")], tmp_path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_file_without_problems_of_its_own_comes_back_as_nothing(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute())
    assert annotate(path, [Problem(Where("b.xlsx", SHEET, "B2"), "甲", "乙")], tmp_path) is None


def test_a_folder_that_is_not_there_is_an_internal_error_with_a_repair(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(place="无此村"))
    with pytest.raises(InternalError, match="目录可写"):
        annotate(path, check(path).problems, tmp_path / "无")
