"""Forms by hand: what a heading means, what stays blank and why, and what of the office's own file is kept."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, Side

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.figures.forms.fill import fill_form
from govkit.figures.forms.grid import read_form
from govkit.figures.forms.headings import Lexicon, factor, read_period
from govkit.figures.forms.write import written
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.period import Period

MONTH = Period.month("2015-09")
TITLE = "2015年9月基层治理情况统计表"


def form(folder: Path, rows: list[list[Any]], *, title: str = TITLE, lines: bool = True) -> Path:
    """A workbook with a title and a table of lines from row 2 on; None is a blank cell."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "表"
    sheet["A1"] = title
    side = Side(style="thin")
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if lines:
                cell.border = Border(side, side, side, side)
    path = folder / "表.xlsx"
    book.save(path)
    return path


def filled(snapshot: Snapshot, path: Path, **options: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The values by address, and the reasons of what stays blank."""
    done = fill_form(snapshot, path, **options).as_dict(path)
    values: Any = done["filled"]
    blank: Any = done["blank"]
    return {one["cell"]: one["value"] for one in values}, {one["cell"]: one["reason"] for one in blank}


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("排查矛盾纠纷", 125),
        ("排查矛盾纠纷（件）", 125),
        ("排 查 数（件）", 125),
        ("1．排查数", 125),
        ("（一）纠纷排查数(单位：件)", 125),
        ("2015年9月排查数", 125),
        ("本月排查矛盾纠纷件数", 125),
        ("1-9月排查数", 1024),
        ("本年累计排查数", 1024),
        ("1月至本月排查数（件）", 1024),
        ("上月排查数", 103),
        ("第三季度排查数", 315),
        ("全区排查数", 125),
        ("阳庙镇排查数", 32),
        ("按时办结率（%）", 91.5),
        ("1—9月化解率", 95.0),
        ("G4", 125),
    ],
)
def test_a_heading_that_is_understood(heading: str, expected: float, snapshot: Snapshot, tmp_path: Path) -> None:
    values, blank = filled(snapshot, form(tmp_path, [[heading, None]]))
    assert (values, blank) == ({"B2": expected}, {})


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("排查数（人）", "计量单位不相符"),
        ("窗口接待（人）", "计量单位不相符"),
        ("1-9月化解率（件）", "计量单位不相符"),
        ("9月化解率", "从1月起累计"),
        ("化解率（%）", "从1月起累计"),
        ("本月化解率", "从1月起累计"),
        ("1-9月村级网格", "期末数"),
        ("排查数（涉农）", "涉农"),
        ("其中：排查数", "不认识"),
        ("未化解矛盾纠纷", "不认识"),
        ("排查数同比", "不认识"),
        ("比上月增减", "不认识"),
        ("累计排查数", "不认识"),
        ("截至9月底排查数", "不认识"),
        ("2015年9月3日排查数", "不认识"),
        ("排查数计划", "不认识"),
        ("2013年9月排查数", "没有"),
        ("2016年1-3月排查数", "没有"),
        ("无此村排查数", "不认识"),
        ("阳庙镇", "没有写明指标"),
        ("备注", "填表人"),
    ],
)
def test_a_heading_that_stays_blank(heading: str, reason: str, snapshot: Snapshot, tmp_path: Path) -> None:
    values, blank = filled(snapshot, form(tmp_path, [["排查数", None], [heading, None]]))
    assert values == {"B2": 125}
    assert reason in blank["B3"]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("2015年9月涉农矛盾纠纷统计表", "涉农"),
        ("2015年9月党员干部矛盾纠纷情况表", "干部"),
        ("2015年9月矛盾纠纷统计表（不含信访）", "不含"),
    ],
)
def test_a_title_that_limits_leaves_all_blank_until_it_is_waved_through(
    title: str, reason: str, snapshot: Snapshot, tmp_path: Path
) -> None:
    path = form(tmp_path, [["排查数", None], ["化解数", None]], title=title)
    values, blank = filled(snapshot, path)
    assert values == {}
    assert all(reason in said for said in blank.values())
    assert list(tmp_path.iterdir()) == [path], "nothing is written"


def test_words_that_change_nothing_can_be_named(snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["排查数（内部）", None]], title="2015年9月平安建设统计表")
    assert fill_form(snapshot, path).count == 0
    assert fill_form(snapshot, path, ignore=["平安建设", "内部"]).count == 1


TRAPS: dict[str, tuple[list[list[Any]], dict[str, float]]] = {
    "a heading is missing": (
        [["乡镇", "排查数", None, "化解数"], ["阳庙镇", None, None, None], ["宁郭镇", None, None, None]],
        {"B3": 32, "D3": 21, "B4": 17, "D4": 9},
    ),
    "two indicators cross": ([["项目", "排查数"], ["化解数", None]], {}),
    "a group of another institution": ([["项目", "民主决策"], ["排查数", None]], {}),
    "a group of the same institution": ([["项目", "矛盾纠纷"], ["排查数", None]], {"B3": 125}),
    "years as numbers": ([["项目", 2014, 2015], ["排查数", None, None]], {}),
    "a year as a number": ([["项目", 2014], ["排查数", None]], {}),
    "a total over some units": (
        [["乡镇", "排查数"], ["阳庙镇", None], ["宁郭镇", None], ["合计", None]],
        {"B3": 32, "B4": 17},
    ),
    "two places cross": ([["项目", "阳庙镇"], ["宁郭镇排查数", None]], {}),
    "a target beside it": ([["排查数", 100, None]], {}),
    "units in a column": (
        [["项目", "计量单位", "数量"], ["排查数", "件", None], ["化解数", "人", None], ["帮扶资金", "万元", None]],
        {"C3": 125, "C5": 2.205},
    ),
    "closed cells": (
        [["乡镇", "排查数", "化解数"], ["阳庙镇", "—", None], ["宁郭镇", None, "/"]],
        {"C3": 21, "B4": 17},
    ),
    "a formula stays": ([["乡镇", "排查数", "合计"], ["阳庙镇", None, "=B3*1"]], {"B3": 32}),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap(name: str, snapshot: Snapshot, tmp_path: Path) -> None:
    rows, expected = TRAPS[name]
    values, _blank = filled(snapshot, form(tmp_path, rows))
    if name == "units in a column":
        money = snapshot.indicator("H7", "", "2015-09")
        assert money is not None
        expected = expected | {"C5": round(money / 10_000, 4)}
    assert values == expected


@pytest.mark.parametrize(
    ("wanted", "unit", "times"),
    [
        ("元", "元", 1),
        ("万元", "元", 1e-4),
        ("元", "万元", 1e4),
        ("亿元", "万元", 1e-4),
        ("人", "名", 1),
        ("件", "起", 1),
        ("人", "人次", None),
        ("%", "件", None),
        ("户", "人", None),
    ],
)
def test_units(wanted: str, unit: str, times: float | None) -> None:
    assert factor(wanted, unit) == times


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("2015年9月", "2015年9月"),
        ("2015年1—9月", "2015年1—9月"),
        ("2015年1月至9月", "2015年1—9月"),
        ("2015-08", "2015年8月"),
        ("2015年第三季度", "2015年7—9月"),
        ("2015年上半年", "2015年1—6月"),
        ("2015年度", "2015年1—12月"),
        ("8月份", "2015年8月"),
        ("去年同期", "2014年9月"),
        ("13月", None),
        ("2015年9月3日", None),
    ],
)
def test_periods(words: str, label: str | None) -> None:
    when, rest = read_period(words, MONTH)
    assert (when.period.label if when else None) == label
    assert not rest or words in {"13月", "2015年9月3日"}


def test_the_form_and_the_options_must_agree(snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["排查数", None]], title="填报单位：阳庙镇    2015年9月情况统计表")
    wrong: list[dict[str, Any]] = [{"period": "2015-08"}, {"place": "宁郭镇"}]
    for options in wrong:
        with pytest.raises(InputError):
            fill_form(snapshot, path, **options)
    assert filled(snapshot, path, place="阳庙镇", period="2015-09")[0] == {"B2": 32}


def test_a_form_without_a_month_asks_for_one(snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["排查数", None]], title="情况统计表")
    with pytest.raises(InputError, match="--period"):
        fill_form(snapshot, path)
    assert filled(snapshot, path, period="2015-09")[0] == {"B2": 125}


def test_a_note_is_shown_to_whoever_fills_in_the_form(snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["排查数", None]], title=f"{TITLE}\n注：含上年结转")
    done = fill_form(snapshot, path)
    assert done.count == 1
    assert ["含上年结转" in problem.what for problem in done.problems(path)] == [True]


def test_the_offices_own_file_is_kept(snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["乡镇", "排查数", "1-9月化解率"], ["阳庙镇", None, None], ["合计", "=SUM(B3:B3)", None]])
    book = load_workbook(path)
    sheet = book["表"]
    sheet.merge_cells("A1:C1")
    sheet.column_dimensions["B"].width = 33
    sheet["B3"].font = Font(bold=True)
    sheet["B3"].number_format = "#,##0"
    sheet["C3"].number_format = "0.0%"
    sheet["B3"].comment = Comment("上级的批注", "上级")
    book.save(path)
    before = path.read_bytes()
    done = fill_form(snapshot, path)
    assert path.read_bytes() == before
    copy = load_workbook(done.path or "")["表"]
    rate = snapshot.indicator("G6", "阳庙镇", "2015-09")
    assert rate is not None
    assert (copy["B3"].value, copy["C3"].value, copy["B4"].value) == (32, round(rate / 100, 3), "=SUM(B3:B3)")
    assert (copy["B3"].font.b, copy["B3"].number_format, copy.column_dimensions["B"].width) == (True, "#,##0", 33)
    assert [str(area) for area in copy.merged_cells.ranges] == ["A1:C1"]
    comment = copy["B3"].comment
    assert comment
    assert comment.text.startswith("上级的批注\n排查矛盾纠纷（G4），阳庙镇，2015年9月，32件。口径：")
    assert "矛盾纠纷台账，台账版本 1" in comment.text


def test_a_word_form_gets_comments(snapshot: Snapshot, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph(TITLE)
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(1, 0).text = "排查数", "1-9月化解率"
    blank = table.cell(0, 1).paragraphs[0]
    blank.alignment = WD_ALIGN_PARAGRAPH.CENTER
    blank._p.get_or_add_pPr().append(parse_xml(f"<w:rPr {nsdecls('w')}><w:b/></w:rPr>"))
    path = tmp_path / "表.docx"
    document.save(str(path))
    done = fill_form(snapshot, path)
    copy = Document(str(done.path))
    assert [copy.tables[0].cell(row, 1).text for row in (0, 1)] == ["125", "95.0"]
    assert copy.tables[0].cell(0, 1).paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert copy.tables[0].cell(0, 1).paragraphs[0].runs[0].bold
    assert [comment.text.split("，")[0] for comment in copy.comments] == ["排查矛盾纠纷（G4）", "化解率（G6）"]


@pytest.mark.parametrize("name", ["表.xlsx", "表.docx"])
def test_the_child_reads_and_writes_what_its_functions_do(name: str, snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("xlsx"):
        form(tmp_path, [["排查数", None], ["化解数", None]])
    else:
        document = Document()
        document.add_paragraph(TITLE)
        table = document.add_table(2, 2)
        table.cell(0, 0).text, table.cell(1, 0).text = "排查数", "化解数"
        document.save(str(path))
    done = fill_form(snapshot, path)
    (grid,) = read_form(path)
    assert {answer.cell for answer in done.answers[grid.name]} <= set(grid.distinct())
    again = tmp_path / f"again{path.suffix}"
    again.write_bytes(written(path, done.answers))
    assert done.path is not None
    assert [texts(copy) for copy in (again, done.path)] == [texts(again)] * 2


def texts(path: Path) -> list[str]:
    """Return the texts of a form's cells."""
    (grid,) = read_form(path)
    return [cell.text for cell in grid.distinct()]


@pytest.mark.parametrize("name", ["表-已填.xlsx", "表.xlsx", "表.docx"])
def test_nothing_is_overwritten(name: str, snapshot: Snapshot, tmp_path: Path) -> None:
    path = form(tmp_path, [["排查数", None]])
    (tmp_path / "表-已填.xlsx").write_bytes(b"edited by hand")
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(InputError):
        fill_form(snapshot, path, tmp_path / name)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)


def entities(path: Path) -> None:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{lines}]><Types>&a11;</Types>')


HOSTILE = {
    "not there": lambda _path: None,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("排查数"),
    "old or encrypted": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "a bomb": bomb,
    "entities": entities,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("suffix", [".xlsx", ".docx", ".xlsm", ".doc", ".csv"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_form_is_refused(name: str, suffix: str, snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / f"表{suffix}"
    make: Any = HOSTILE[name]
    make(path)
    with pytest.raises(InputError):
        fill_form(snapshot, path)
    assert {one.name for one in tmp_path.iterdir()} <= {path.name}


def test_the_command(sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = form(tmp_path, [["排查数", None], ["其他", None]])
    store = ["--store", str(sample_store)]
    assert run(["ledger", "fill", str(path), *store, "-o", str(tmp_path / "好.xlsx")]) == 0
    said = capsys.readouterr()
    assert "填写 1 格，留空 1 格" in said.out
    assert "不认识的文字：其他" in said.out + said.err
    assert run(["ledger", "fill", str(path), *store, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["filled"][0]["cell"], told["filled"][0]["value"], told["blank"][0]["cell"]) == ("B2", 125, "B3")
    empty = form(tmp_path, [["其他", None]])
    assert run(["ledger", "fill", str(empty), *store, "-o", str(tmp_path / "无.xlsx")]) == 1
    assert not (tmp_path / "无.xlsx").exists()


def test_a_place_with_a_name_of_two_is_not_guessed(snapshot: Snapshot) -> None:
    lexicon = Lexicon(snapshot.places, MONTH)
    for place in snapshot.places:
        assert place.code in lexicon.read(place.name).places


def test_an_offices_own_word_for_an_indicator_is_understood(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form(tmp_path, [["单位", "纠纷调处数"], ["示范区", None]])
    assert filled(snapshot, path)[0] == {}
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    (tmp_path / "表格用语.csv").write_text("表头,指标\n纠纷调处数,排查矛盾纠纷\n", encoding="utf-8")
    assert filled(snapshot, path)[0] == {"B3": 125}


def test_an_offices_word_for_an_unknown_indicator_is_a_problem(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    (tmp_path / "表格用语.csv").write_text("表头,指标\n纠纷调处数,无此指标\n", encoding="gb18030")
    with pytest.raises(InputError, match="无此指标"):
        filled(snapshot, form(tmp_path, [["单位", "排查数"], ["示范区", None]]))
