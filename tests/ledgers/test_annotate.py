import base64
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Picture
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName

from govkit.cli import main
from govkit.core.errors import InternalError, Problem, Where
from govkit.ledgers.annotate import _Limits, _provenance, annotate, write_copy
from tests.ledgers.books import MAIN, book, cells, check, csv_file, dispute, disputes_book, rewritten, sheet_xml
from tests.ledgers.read.bad_files import ole

SHEET = "矛盾纠纷台账"
RED, YELLOW = "FFFFC7CE", "FFFFEB9C"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


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
    path = disputes_book(tmp_path / "a.xlsx", dispute(1, place="无此村"), dispute(2))
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].merge_cells("B2:B3")
    workbook.save(path)
    sheet = annotated(path)[SHEET]
    assert "没有名为“无此村”的单位" in sheet["B2"].comment.text


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


def _rich_book(path: Path) -> Path:
    """Write a workbook with what users have: formats, widths, merged cells, picture, chart, filter, own note."""
    disputes_book(path, dispute(1, place="无此村"), dispute(2), dispute(3, kind="?"))
    workbook = openpyxl.load_workbook(path)
    sheet, other = workbook.worksheets[0], workbook.create_sheet("其他")
    sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height = 33, 44
    sheet["B2"].font, sheet["B2"].number_format = Font(bold=True, color="FF112233"), "@"
    sheet["B2"].border = Border(left=Side(style="thick"))
    sheet.merge_cells("L1:M2")
    sheet.auto_filter.ref, sheet.freeze_panes = "A1:J4", "A2"
    sheet["E3"].comment = Comment("我的批注", "某人")
    sheet["E4"].comment = Comment("也是我的", "某人")
    sheet.add_image(Picture(io.BytesIO(PIXEL)), "L5")
    rule: Any = CellIsRule(operator="lessThan", formula=["1"], font=Font(bold=True))  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add("C2:C9", rule)
    workbook.defined_names["全部"] = DefinedName("全部", attr_text=f"'{SHEET}'!$A$1:$J$4")
    sheet.print_area, other.print_area = "A1:J4", "A1:B2"
    chart = BarChart()
    chart.add_data(Reference(other, min_col=1, min_row=1))
    other.append([1])
    other.add_chart(chart, "C1")
    workbook.active = 1
    workbook.save(path)
    return path


def test_formats_widths_merged_cells_pictures_and_charts_stay(tmp_path: Path) -> None:
    path = _rich_book(tmp_path / "a.xlsx")
    book_, before = annotated(path), openpyxl.load_workbook(path)
    sheet, old = book_[SHEET], before[SHEET]
    assert (sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height) == (33, 44)
    assert (sheet["B2"].font.b, sheet["B2"].font.color.rgb, sheet["B2"].border.left.style) == (
        True,
        "FF112233",
        "thick",
    )
    assert (sheet["B2"].number_format, sheet["B2"].fill.fgColor.rgb) == ("@", RED)
    assert str(sheet.merged_cells) == str(old.merged_cells)
    assert (sheet.auto_filter.ref, sheet.freeze_panes) == (old.auto_filter.ref, old.freeze_panes)
    assert sheet["E3"].comment.text == "我的批注"
    assert sheet["E4"].comment.text.startswith("也是我的")
    assert "不在本列" in sheet["E4"].comment.text
    drawn: Any = (sheet, book_["其他"])
    assert [len(drawn[0]._images), len(drawn[1]._charts)] == [1, 1]
    assert len(sheet.conditional_formatting) == 1
    assert (sheet.print_area, book_["其他"].print_area) == (old.print_area, before["其他"].print_area)
    assert "全部" in book_.defined_names
    assert [[cell.value for cell in row] for row in sheet] == [[cell.value for cell in row] for row in old]
    assert [bool(view.sheet_view.tabSelected) for view in book_.worksheets] == [True, False, False]


def test_every_part_is_well_formed_and_each_comment_has_one_box(tmp_path: Path) -> None:
    path = _rich_book(tmp_path / "a.xlsx")
    for _round in range(2):
        made = annotate(path, check(path).problems, tmp_path)
        assert made is not None
        with zipfile.ZipFile(made) as archive:
            roots = {n: etree.fromstring(archive.read(n)) for n in archive.namelist() if n.endswith(("ml", ".rels"))}
        boxes = [
            [(row.text, row.getnext().text) for row in root.iter("{*}Row")] for n, root in roots.items() if ".vml" in n
        ]
        noted = [len(list(root.iter("{*}comment"))) for name, root in roots.items() if "xl/comments" in name]
        assert sorted(map(len, boxes)) == sorted(noted)
        assert all(len(set(cells_)) == len(cells_) for cells_ in boxes)
        path = made


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_child_writes_what_its_function_writes(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    wrong = [dispute(1, place="无此村"), dispute(2, found_on="三月")]
    path = disputes_book(path, *wrong) if ending == "xlsx" else csv_file(path, cells(wrong))
    problems, again = check(path).problems, tmp_path / "again.xlsx"
    copy = annotate(path, problems, tmp_path)
    assert copy is not None
    write_copy(path, problems, again, _Limits(1_000, 1_000, 0, 0), _provenance(path))
    assert members(copy) == members(again)


def members(path: Path) -> dict[str, bytes]:
    """Return the parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_users_own_comment_outlives_our_marks(tmp_path: Path) -> None:
    path = _rich_book(tmp_path / "a.xlsx")
    first = annotate(path, check(path).problems, tmp_path)
    assert first is not None
    again = annotate(first, [Problem(Where(first.name, SHEET, "A2"), "另一事", "改")], tmp_path)
    assert again is not None
    sheet = openpyxl.load_workbook(again)[SHEET]
    assert sheet["E4"].comment.text.strip() == "也是我的"
    assert sheet["B2"].comment is None
    assert {cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb in (RED, YELLOW)} == {"A2"}


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="3"/>', "B3"),
        ('<row r="1"><c r="A1"><v>1</v></c></row>', "C9"),
        ("", "A1"),
        ('<row r="5"><c r="A5"><v>1</v></c><c r="C5"><v>1</v></c></row>', "B5"),
        ('<row r="5"><c r="A5"><v>1</v></c></row>', "B2"),
        ("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", "A2"),
        ('<row r="1" s="1" customFormat="1"><c r="B1" s="1" t="n"><v>1</v></c></row>', "B1"),
    ],
    ids=["blank row", "row behind", "no rows", "cell between", "row between", "no addresses", "format"],
)
def test_a_cell_is_marked_wherever_it_lies(tmp_path: Path, rows: str, cell: str) -> None:
    path = rewritten(disputes_book(tmp_path / "a.xlsx", dispute()), {"xl/worksheets/sheet1.xml": sheet_xml(rows)})
    before = [[c.value for c in row] for row in openpyxl.load_workbook(path)[SHEET]]
    made = annotate(path, [Problem(Where("a.xlsx", SHEET, cell), "错", "改")], tmp_path)
    assert made is not None
    sheet = openpyxl.load_workbook(made)[SHEET]
    assert (sheet[cell].fill.fgColor.rgb, "错" in sheet[cell].comment.text) == (RED, True)
    assert [[c.value for c in row][: len(old)] for row, old in zip(sheet, before, strict=False)] == before


def test_a_prefix_before_every_tag_is_kept(tmp_path: Path) -> None:
    row = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
    words = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{row}</x:sheetData></x:worksheet>'
    path = rewritten(disputes_book(tmp_path / "a.xlsx", dispute()), {"xl/worksheets/sheet1.xml": words.encode()})
    made = annotate(path, [Problem(Where("a.xlsx", SHEET, at), "错", "改") for at in ("A1", "B7")], tmp_path)
    assert made is not None
    sheet = openpyxl.load_workbook(made)[SHEET]
    assert (sheet["A1"].value, sheet["A1"].fill.fgColor.rgb, sheet["B7"].fill.fgColor.rgb) == (1, RED, RED)


def test_files_of_one_name_and_copies_worked_on_never_share_a_copy(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "甲").mkdir()
    (tmp_path / "乙").mkdir()
    out.mkdir()
    paths = [
        disputes_book(tmp_path / "甲" / "a.xlsx", dispute(place="无此村")),
        disputes_book(tmp_path / "乙" / "a.xlsx", dispute(kind="?")),
        csv_file(tmp_path / "乙" / "a.csv", cells([dispute(parties=None)])),
    ]
    names = ["a-待修改.xlsx", "a-待修改(2).xlsx", "a-待修改(3).xlsx"]
    made = [annotate(path, check(path).problems, out) for path in paths]
    assert [path.name for path in made if path] == names
    assert [path.name for p in paths if (path := annotate(p, check(p).problems, out))] == names
    worked_on = openpyxl.load_workbook(out / names[0])
    worked_on[SHEET]["B2"] = "马村"
    worked_on.save(out / names[0])
    content = (out / names[0]).read_bytes()
    fourth = annotate(paths[0], check(paths[0]).problems, out)
    assert fourth is not None
    assert fourth.name == "a-待修改(4).xlsx"
    assert (out / names[0]).read_bytes() == content
    fifth = annotate(out / names[1], check(out / names[1]).problems, out)
    assert fifth is not None
    assert fifth.name == "a-待修改(5).xlsx"


def test_a_long_text_file_comes_back_as_the_list_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [dispute(n, place="无此村" if n == 9 else "马村") for n in range(20_001)]
    path = csv_file(tmp_path / "a.csv", cells(rows))
    book_ = annotated(path)
    assert "无此村" in str(book_["问题清单"]["E2"].value)
    assert book_["a"].max_row == 1


def test_problems_are_shown_where_the_copy_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(place="无此村"))
    arguments = ["ledger", "import", str(path), "-o", str(tmp_path / "无"), "--store", str(tmp_path / "store")]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--by", "样例员"])
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert "没有名为“无此村”的单位" in told
    assert "不能写入" in told or "无法写入" in told
    assert not (tmp_path / "store" / "disputes").exists()


def test_files_of_one_name_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for number, (folder, changes) in enumerate((("甲", {"place": "无此村"}), ("乙", {"kind": "?"}))):
        (tmp_path / folder).mkdir()
        paths.append(str(disputes_book(tmp_path / folder / "a.xlsx", dispute(number, **changes))))
    with pytest.raises(SystemExit):
        main(["ledger", "check", *paths, "--store", str(tmp_path / "store")])
    told = capsys.readouterr().err
    assert "甲/a.xlsx" in told
    assert "乙/a.xlsx" in told
    lists = [openpyxl.load_workbook(tmp_path / folder / "a-待修改.xlsx")["问题清单"] for folder in "甲乙"]
    assert [[row[2].value for row in sheet.iter_rows(min_row=2)] for sheet in lists] == [["B2"], ["E2"]]
