"""Workbooks of other programs: LibreOffice, WPS, Strict OOXML, old .xls and .et; each cell is what a person sees."""

import datetime as dt
import html
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from govkit.core.errors import Problem, Where
from govkit.institutions import ledgers
from govkit.ledgers.annotate import annotate
from govkit.ledgers.read.sheets import read_sheets
from tests import office
from tests.ledgers.books import DISPUTES, book, cells, check, dispute, disputes_book, rewritten
from tests.ledgers.read.writers import ods, xls

DECISIONS = ledgers()["decisions"]
AGENCY = ledgers()["agency_services"]
ROWS = cells([dispute(1, parties="张样例\n李样例"), dispute(2, place="马村", summary="㙍𠀀，“甲”"), dispute(3)])
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    MAIN: b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}
FIRST = "xl/worksheets/sheet1.xml"
Edit = Callable[[dict[str, bytes]], dict[str, bytes]]


def edited(path: Path, edit: Edit) -> Path:
    """Change the parts of a workbook of disputes."""
    book(path, {DISPUTES.title: ROWS})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return rewritten(path, edit(parts))


def strict(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the parts in the Strict dialect, days as ISO texts."""
    changed = dict(parts)
    for old, new in STRICT.items():
        changed = {name: content.replace(old, new) for name, content in changed.items()}
    days = re.compile(rb'<c r="([A-Z]+\d+)" s="(\d+)" t="n"><v>(\d+)</v></c>')
    epoch = dt.date(1899, 12, 30)

    def iso(match: re.Match[bytes]) -> bytes:
        day = f"{epoch + dt.timedelta(days=int(match[3])):%Y-%m-%d}".encode()
        return b'<c r="%s" s="%s" t="d"><v>%sT00:00:00</v></c>' % (match[1], match[2], day)

    changed[FIRST] = days.sub(iso, changed[FIRST])
    workbook = changed["xl/workbook.xml"]
    changed["xl/workbook.xml"] = workbook.replace(b"<workbook ", b'<workbook conformance="strict" ', 1)
    return changed


def replaced(part: str, *pairs: tuple[bytes, bytes]) -> Edit:
    """Return an edit that replaces bytes of a part."""

    def edit(parts: dict[str, bytes]) -> dict[str, bytes]:
        content = parts[part]
        for old, new in pairs:
            assert old in content, (part, old)
            content = content.replace(old, new)
        return {part: content}

    return edit


TEXT = re.compile(rb"<is><t[^>]*>(.*?)</t></is>", re.DOTALL)


def inline(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the sheet with texts of several runs in the cells, and a phonetic reading beside them."""

    def runs(match: re.Match[bytes]) -> bytes:
        words = html.unescape(match[1].decode())
        half = max(1, len(words) // 2)
        inside = f'<r><rPr><b/></rPr><t>{words[:half]}</t></r><r><t xml:space="preserve">{words[half:]}</t></r>'
        return f'<is>{inside}<rPh sb="0" eb="1"><t>ヨミ</t></rPh><phoneticPr fontId="1"/></is>'.encode()

    return {FIRST: TEXT.sub(runs, parts[FIRST])}


def phonetic(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the sheet with shared texts that have a phonetic reading, which is no part of them."""
    texts = TEXT.findall(parts[FIRST])
    numbers = iter(range(len(texts)))
    sheet = re.sub(
        rb' t="inlineStr"><is>.*?</is>', lambda _m: b' t="s"><v>%d</v>' % next(numbers), parts[FIRST], flags=re.DOTALL
    )
    reading = '<rPh sb="0" eb="1"><t>ヨミ</t></rPh>'.encode()
    strings = b"".join(b"<si><t>%s</t>%s</si>" % (words, reading) for words in texts)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    relations = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = b'<Relationship Id="rIdS" Type="%s/sharedStrings" Target="sharedStrings.xml"/></Relationships>' % relations
    rels = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", link)
    return {
        FIRST: sheet,
        "xl/sharedStrings.xml": b'<sst xmlns="%s">%s</sst>' % (MAIN, strings),
        "[Content_Types].xml": parts["[Content_Types].xml"].replace(b"</Types>", types),
        "xl/_rels/workbook.xml.rels": rels,
    }


def prefixed(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the sheet with a prefix before each of its elements."""
    sheet = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", parts[FIRST].partition(b"?>")[2] or parts[FIRST])
    return {FIRST: sheet.replace(b"xmlns=", b"xmlns:x=", 1)}


def elsewhere(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return a workbook whose sheet has another name and an absolute target."""
    rels = parts["xl/_rels/workbook.xml.rels"].replace(b"/xl/worksheets/sheet1.xml", b"/xl/worksheets/sheet7.xml")
    types = parts["[Content_Types].xml"].replace(b"worksheets/sheet1.xml", b"worksheets/sheet7.xml")
    moved = {"xl/worksheets/sheet7.xml": parts[FIRST], "xl/_rels/workbook.xml.rels": rels, "[Content_Types].xml": types}
    return moved | {FIRST: parts[FIRST].replace(b"JF-001", b"JF-999")}


WPS = (
    b'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    b'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" '
    b'xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" mc:Ignorable="xr"'
)
PROGRAMS: dict[str, Edit] = {
    "strict": strict,
    "namespaces of WPS": replaced(FIRST, (b"<worksheet ", b"<worksheet " + WPS + b" ")),
    "texts in the cells, of several runs": inline,
    "phonetic readings": phonetic,
    "prefixes": prefixed,
    "a sheet in another part": elsewhere,
    "a byte order mark": lambda parts: {FIRST: b"\xef\xbb\xbf" + parts[FIRST]},
    "a dimension that lies": replaced(FIRST, (b'<dimension ref="A1:J4"', b'<dimension ref="A1"')),
    "blank styled cells below": replaced(
        FIRST, (b"</sheetData>", b'<row r="5"><c r="A5" s="1"/><c r="B5" s="1" t="s"/></row></sheetData>')
    ),
    "custom parts of WPS": lambda _parts: {
        "docProps/custom.xml": b'<Properties><property name="KSOProductBuildVer"/></Properties>',
        "xl/cellimages.xml": b'<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>',
    },
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_workbook_of_any_dialect_reads_like_excels(name: str, tmp_path: Path) -> None:
    plain = book(tmp_path / "plain.xlsx", {DISPUTES.title: ROWS})
    intake = check(edited(tmp_path / "a.xlsx", PROGRAMS[name]))
    assert (intake.problems, intake.ledgers[0].rows_in) == ((), 3)
    assert intake.ledgers[0].accepted.equals(check(plain).ledgers[0].accepted)


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_copy_is_marked_in_the_same_dialect(name: str, tmp_path: Path) -> None:
    path = edited(tmp_path / "a.xlsx", PROGRAMS[name])
    copy = annotate(path, [Problem(Where(path.name, DISPUTES.title, "E3"), "错", "改")], tmp_path)
    assert copy is not None
    again = read_sheets(copy)
    assert list(again) == ["问题清单", DISPUTES.title]
    assert again[DISPUTES.title].cells.loc[2, 1] == "JF-001"
    with zipfile.ZipFile(copy) as archive:
        assert any("comments" in member for member in archive.namelist())


def test_a_picture_in_a_cell_is_never_its_text(tmp_path: Path) -> None:
    picture = '=DISPIMG("ID_4B1F",1)'
    path = disputes_book(tmp_path / "a.xlsx", dispute(1, summary="甲"))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(FIRST).decode()
    cell = f'<c r="G2" t="str"><f>_xlfn.DISPIMG("ID_4B1F",1)</f><v>{picture}</v></c>'
    rewritten(path, {FIRST: re.sub(r'<c r="G2".*?</c>', cell, sheet).encode()})
    assert [(p.where.item, "图片" in p.what) for p in check(path).errors] == [("G2", True)]


def decision(**changes: Any) -> dict[str, Any]:
    kind = next(c for c in DECISIONS.columns if c.kind == "choice").choices[-1]
    words = ["J1", "马村", "修路", kind, "否", dt.date(2015, 3, 2)]
    return dict.fromkeys(DECISIONS.names) | dict(zip(DECISIONS.names, words, strict=False)) | changes


WRITERS: dict[str, Callable[[Path, dict[str, list[list[Any]]]], Path]] = {"a.xls": xls, "a.et": xls, "a.ods": ods}


@pytest.mark.parametrize("name", [*WRITERS, "b.et", "b.xls", "b.xlsx"])
def test_old_and_open_workbooks_read_like_excels_whatever_their_name(name: str, tmp_path: Path) -> None:
    if name in WRITERS:
        path = WRITERS[name](tmp_path / name, {DISPUTES.title: ROWS})
    else:  # what is inside decides
        made = (
            xls(tmp_path / "x.xls", {DISPUTES.title: ROWS})
            if name == "b.xlsx"
            else book(tmp_path / "x.xlsx", {DISPUTES.title: ROWS})
        )
        path = Path(shutil.copy(made, tmp_path / name))
    intake = check(path)
    assert (intake.problems, intake.ledgers[0].rows_in) == ((), 3)
    assert intake.ledgers[0].accepted.equals(
        check(book(tmp_path / "p.xlsx", {DISPUTES.title: ROWS})).ledgers[0].accepted
    )


@pytest.mark.parametrize("name", WRITERS)
def test_the_copy_of_an_old_or_open_workbook_is_marked(name: str, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path / name, {DISPUTES.title: cells([dispute(1, kind="?"), dispute(2)])})
    copy = annotate(path, check(path).problems, tmp_path)
    assert copy is not None
    sheet = openpyxl.load_workbook(copy)[DISPUTES.title]
    assert (sheet["E2"].value, bool(sheet["E2"].comment), sheet["A3"].value) == ("?", True, "JF-002")


needs_office = [
    pytest.mark.office,
    pytest.mark.skipif(office.SOFFICE is None, reason="LibreOffice is not installed (the command soffice)"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one workbook, saved by LibreOffice as .xlsx, .xls and .ods."""
    folder = tmp_path_factory.mktemp("saved")
    share = DECISIONS.names.index("land_share") + 1
    rows = {
        DECISIONS.title: cells([decision(land_share=0.35), decision(decision_id="J2", land_share=1.0)], DECISIONS),
        AGENCY.title: cells([agency("1"), agency(7), agency("3")], AGENCY),
    }
    path = book(folder / "source.xlsx", rows)
    workbook = openpyxl.load_workbook(path)
    for row in (2, 3):
        workbook[DECISIONS.title].cell(row, share).number_format = "0%"
    sheet = workbook[AGENCY.title]
    sheet["A3"].number_format = "00000"
    sheet.merge_cells("B2:B4")
    sheet.row_dimensions[4].hidden = True
    workbook.save(path)
    lines = [line for kind in (".xlsx", ".xls", ".ods") for line in office.saved(folder / f"saved{kind}")]
    office.work(folder, [*office.opened(path), *lines, *office.closed()])
    shutil.copy(folder / "saved.xls", folder / "saved.et")
    return folder


def agency(number: object) -> dict[str, Any]:
    values = [number, "马村", "张样例", "13800000001", "户口登记", "王样例", dt.date(2015, 1, 2), dt.date(2015, 2, 2)]
    return dict(zip(AGENCY.names, values, strict=False))


class TestSavedByLibreOffice:
    pytestmark = needs_office

    @pytest.mark.parametrize("kind", [".xlsx", ".xls", ".et", ".ods"])
    def test_each_cell_is_what_it_shows(self, saved: Path, kind: str) -> None:
        intake = check(saved / f"saved{kind}")
        assert intake.errors == ()
        frames = {checked.ledger.code: checked.accepted for checked in intake.ledgers}
        assert frames["decisions"]["land_share"].tolist() == [35.0, 100.0]
        assert frames["agency_services"][AGENCY.names[0]].tolist() == ["1", "00007", "3"]
        assert frames["agency_services"]["place"].nunique() == 1
        assert frames["agency_services"][AGENCY.names[6]].dt.strftime("%Y-%m-%d").tolist() == ["2015-01-02"] * 3
        words = "\n".join(problem.what for problem in intake.problems)
        assert "合并单元格" in words
        assert "隐藏" in words
