"""No file of ours carries a live formula, whichever writer made it; what is read back is what was written."""

import ast
import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import govkit
from govkit.core.spreadsheet import csv_frame, csv_text, guard, plain_text, starts_a_formula
from govkit.exams.folder import read_table, write_table
from govkit.figures.table import Table
from govkit.ledgers.annotate import annotate
from govkit.ledgers.export import Sheet, book_of, workbook
from govkit.ledgers.places import Place, Places
from govkit.ledgers.register import read_register, written_register
from govkit.ledgers.template import write_template
from tests.ledgers.books import DISPUTES, cells, check, csv_file, dispute

PACKAGE = Path(govkit.__file__).parent
FORMULAS = [
    "=1+1",
    "+1+A1",
    "-1+A1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－A1",
    "＠x",
    " =1",
    "\u3000=1",
]
HARMLESS = ["", "甲", "1+1", "a=b", "-5", "+5.25", "-1,200", "-3%", "2015-09-01", "'", "'s"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_known(text: str) -> None:
    assert starts_a_formula(text)
    assert csv_text(text) == f"'{text}".replace("\r", "\n")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert csv_text(text) == text


@given(st.text(st.sampled_from("'=+-@＝ \t\ra1")))
def test_what_is_guarded_is_read_back(text: str) -> None:
    assert plain_text(csv_text(text)) == text.replace("\r", "\n")
    assert csv_text(text)[:1] not in {"=", "@", "＝", "\t", "\r"}


def test_every_writer_of_the_package_goes_through_the_guard() -> None:
    """A module that makes CSV or workbooks must import a guard, or be a reader's or a program's own file."""
    exempt = {
        "ledgers/commit.py",  # text that is hashed and never written
        "reports/ordinary_phrases.py",  # a source file of the program, read by the program
        "ledgers/annotate.py",  # writes the XML of text cells; tested below
        "ledgers/template.py",  # ledgers.export.bytes_of guards
        "demo/sample/workbooks.py",  # ledgers.export.bytes_of guards
        "demo/month.py",  # ledgers.export.bytes_of guards
    }
    makers = {"to_csv", "to_excel", "writer", "DictWriter", "Workbook", "ExcelWriter"}
    unguarded, seen = set(), set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
        guards = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "govkit.core.spreadsheet"
            for name in node.names
        }
        name = path.relative_to(PACKAGE).as_posix()
        if calls & makers:
            seen.add(name)
            if not guards & {"guard", "csv_frame", "csv_text"}:
                unguarded.add(name)
    assert unguarded - exempt == set()
    assert exempt <= seen


def live(content: bytes) -> list[str]:
    """Return the formulas of a workbook, and its texts that an edit would turn into one."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
    return [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        or (isinstance(cell.value, str) and starts_a_formula(cell.value) and not cell.quotePrefix)
    ]


def test_exports_as_workbooks_hold_texts() -> None:
    frame = pd.DataFrame({"甲": FORMULAS, "=乙": FORMULAS})
    assert live(workbook("表", frame, [("=1", "@x")], 1)) == []
    assert live(book_of([Sheet("表", frame)])) == []


def test_a_template_with_a_places_name_like_a_formula(tmp_path: Path) -> None:
    places = Places(
        (Place("d", "=区", "district", ""), Place("t", "+镇", "township", "d"), Place("v", "@村", "village", "t"))
    )
    assert live(write_template([DISPUTES], places, tmp_path / "模板.xlsx").read_bytes()) == []


def test_annotated_copies_of_text_files_hold_texts(tmp_path: Path) -> None:
    rows = [dispute(n, place="无此村", summary=text.strip() or "x") for n, text in enumerate(FORMULAS)]
    path = csv_file(tmp_path / "a.csv", cells(rows))
    made = annotate(path, check(path).problems, tmp_path)
    assert made is not None
    assert live(made.read_bytes()) == []


def test_a_bank_as_a_workbook_holds_texts(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(FORMULAS[:1])
    assert book.worksheets[0]["A1"].data_type == "f"
    guard(book)
    book.save(tmp_path / "a.xlsx")
    assert live((tmp_path / "a.xlsx").read_bytes()) == []


def test_exports_as_csv_hold_texts_and_come_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"candidate": FORMULAS, "answer": FORMULAS[::-1], "points": range(len(FORMULAS))})
    write_table(tmp_path / "a.csv", frame)
    written = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert not [cell for row in csv.reader(io.StringIO(written, newline="")) for cell in row if starts_a_formula(cell)]
    back = read_table(tmp_path / "a.csv", ["candidate", "answer"])
    told = [text.replace("\r", "\n") for text in FORMULAS]
    assert back.column("candidate").to_pylist() == told
    assert back.column("answer").to_pylist() == told[::-1]
    table = Table(frame).to_csv(index=False)
    assert table is not None
    assert not [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row if starts_a_formula(cell)]


def test_numbers_dates_and_blanks_of_a_frame_stay() -> None:
    frame = pd.DataFrame(
        {"a": [-1.5, None], "b": pd.Series([pd.Timestamp("2015-01-01"), pd.NaT]), "c": ["=x", None], "d": [-1, 2]}
    )
    guarded = csv_frame(frame)
    assert guarded["c"].tolist() == ["'=x", None]
    assert guarded[["a", "b", "d"]].equals(frame[["a", "b", "d"]])


def test_a_register_of_places_comes_back(tmp_path: Path) -> None:
    places = Places(
        (
            Place("d", "某区", "district", ""),
            Place("t", "某镇", "township", "d"),
            Place("v", "某村", "village", "t", "=备注"),
        )
    )
    (tmp_path / "places.csv").write_text(written_register(places), encoding="utf-8")
    assert "'=备注" in written_register(places)
    assert [place.remark for place in read_register(tmp_path / "places.csv")][-1] == "=备注"
