import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.chart import BarChart, Reference

from govkit.ledgers.read.workbook import read_xlsx
from tests.ledgers.books import book, check, dispute, disputes_book, rewritten, sheet_xml


def test_cells_keep_their_kind_and_excels_row_and_column(tmp_path: Path) -> None:
    rows = [[], [None, None, "字", 1.5, True, dt.date(2015, 9, 1), dt.datetime(2015, 9, 1, 8), 1]]
    cells = read_xlsx(book(tmp_path / "a.xlsx", {"甲": rows}))["甲"].cells
    assert list(cells.loc[2])[2:] == ["字", 1.5, "TRUE", dt.date(2015, 9, 1), dt.date(2015, 9, 1), 1.0]
    assert cells.loc[2, 1] is None


def test_true_is_not_taken_for_one(tmp_path: Path) -> None:
    cells = read_xlsx(book(tmp_path / "a.xlsx", {"甲": [[1], [True], [0], [False]]}))["甲"].cells
    assert cells[1].tolist() == [1.0, "TRUE", 0.0, "FALSE"]


def test_hidden_sheets_are_read_and_chart_sheets_hold_nothing(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    first = workbook.worksheets[0]
    first["A1"] = 1
    hidden = workbook.create_sheet("隐藏")
    hidden["A1"] = "在"
    hidden.sheet_state = "hidden"
    chart = BarChart()
    chart.add_data(Reference(first, min_col=1, min_row=1))
    workbook.create_chartsheet("图").add_chart(chart)
    workbook.save(tmp_path / "a.xlsx")
    sheets = read_xlsx(tmp_path / "a.xlsx")
    assert (sheets["隐藏"].cells.loc[1, 1], sheets["隐藏"].state) == ("在", "hidden")
    assert "图" not in sheets


def test_a_mark_of_our_own_in_the_users_text_stays_text(tmp_path: Path) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>_x0000_2015-99-99</t></is></c></row>'
    path = rewritten(book(tmp_path / "a.xlsx", {"甲": [[1]]}), {"xl/worksheets/sheet1.xml": sheet_xml(cell)})
    assert read_xlsx(path)["甲"].cells.loc[1, 1] == "\x002015-99-99"


def test_failed_formulas_beyond_the_last_value_are_seen(tmp_path: Path) -> None:
    row = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="C3" t="e"><v>#N/A</v></c><c r="D3"><f>A1</f></c></row>'
    )
    path = rewritten(book(tmp_path / "a.xlsx", {"甲": [[1]]}), {"xl/worksheets/sheet1.xml": sheet_xml(row)})
    cells = read_xlsx(path)["甲"].cells
    assert (cells.loc[3, 3], cells.loc[3, 4], cells.loc[2, 1]) == ("#N/A", "#未计算!", None)


def test_failed_formulas_are_found_wherever_a_chunk_ends(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{r}"><c r="A{r}" t="e"><v>#N/A</v></c><c r="B{r}"><v>{r}</v></c></row>' for r in range(1, 40_001)
    )
    path = rewritten(book(tmp_path / "a.xlsx", {"甲": [[1]]}), {"xl/worksheets/sheet1.xml": sheet_xml(rows)})
    assert (read_xlsx(path)["甲"].cells[1] == "#N/A").all()


def test_a_computed_formula_gives_its_value(tmp_path: Path) -> None:
    row = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"甲"</f><v>甲</v></c></row>'
    path = rewritten(book(tmp_path / "a.xlsx", {"甲": [[1]]}), {"xl/worksheets/sheet1.xml": sheet_xml(row)})
    assert list(read_xlsx(path)["甲"].cells.loc[1]) == [2.0, "甲"]


def test_sheets_kept_elsewhere_in_the_archive_are_looked_at_too(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"甲": [[1]]})
    far = sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with zipfile.ZipFile(path) as archive:
        rels = archive.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1.xml", b"other/s.xml")
        types = archive.read("[Content_Types].xml").replace(b"worksheets/sheet1.xml", b"other/s.xml")
    rewritten(path, {"xl/_rels/workbook.xml.rels": rels, "[Content_Types].xml": types, "xl/other/s.xml": far})
    problem = check(path).errors[0]
    assert (problem.where.part, problem.where.item) == ("甲", "XFD1048576")


def test_the_reader_never_sees_what_it_would_abort_on(tmp_path: Path) -> None:
    far = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    path = rewritten(disputes_book(tmp_path / "a.xlsx", dispute()), {"xl/worksheets/sheet1.xml": far})
    assert "XFD1048576" in str(check(path).errors[0])


def test_text_that_begins_like_a_formula_is_text(tmp_path: Path) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>=1+1</t></is></c></row>'
    path = rewritten(book(tmp_path / "a.xlsx", {"甲": [[1]]}), {"xl/worksheets/sheet1.xml": sheet_xml(cell)})
    assert read_xlsx(path)["甲"].cells.loc[1, 1] == "=1+1"
