"""No value is changed in silence: each reading of a doubtful cell is said, or is a Problem."""

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pytest

from govkit.institutions import ledgers
from govkit.ledgers.check import Intake
from govkit.ledgers.declare import Ledger
from tests.ledgers.books import book, cells, check, csv_file, dispute, disputes_book, rewritten

HOUSEHOLDS, AGENCY, DECISIONS = (ledgers()[c] for c in ("assisted_households", "agency_services", "decisions"))
TEAMS = ledgers()["mediation_teams"]


def agency(number: int = 1, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"number": f"DB-{number:03}", "place": "马村", "applicant": "张样例", "phone": None}
    row |= {"matter": "户口登记", "agent": "王样例", "accepted": dt.date(2015, 3, 2), "due": dt.date(2015, 3, 20)}
    return dict(zip(AGENCY.names, (row | {"done": None} | changes).values(), strict=True))


def household(**changes: Any) -> dict[str, Any]:
    words = [HOUSEHOLDS.columns[n].choices[0] for n in (3, 4)]
    values = ["H1", "马村", "张样例", *words, dt.date(2015, 3, 2), 12.0, None]
    return dict(zip(HOUSEHOLDS.names, values, strict=True)) | changes


def accepted(intake: Intake, column: str) -> list[Any]:
    return [value for checked in intake.ledgers for value in checked.accepted[column].tolist()]


def said(intake: Intake) -> str:
    return " ".join(problem.what for problem in intake.problems if problem.severity == "warning")


def refused(intake: Intake) -> str:
    return " ".join(problem.what for problem in intake.errors)


def with_heading(path: Path, ledger: Ledger, name: str, heading: str, *rows: dict[str, Any], above: str = "") -> Path:
    head, *body = cells(rows, ledger)
    head[ledger.names.index(name)] = heading
    return book(path, {ledger.title: [*([[above]] if above else []), head, *body]})


UNITS = [
    ("月增收（元）", "", 12.0, "12", 12.0, ""),
    ("月增收（万元）", "", 0.12, "0.12", 1200.0, "乘以10000"),
    ("月增收(千元)", "", 1.2, "1.2", 1200.0, "乘以1000"),
    ("月增收（单位：万元）", "", 0.12, "0.12", 1200.0, "乘以10000"),
    ("月增收万元", "", 0.12, "0.12", 1200.0, "乘以10000"),
    ("月增收", "单位：万元", 0.12, "0.12", 1200.0, "乘以10000"),
    ("月增收", "填报单位：马村　金额单位：百元", 12.0, "12", 1200.0, "乘以100"),
    ("月增收", "单位：马村", 12.0, "12", 12.0, ""),
    ("月增收（万元）", "", "1200元", "1200元", 1200.0, "乘以10000"),
    ("月增收（必填）", "", 12.0, "12", 12.0, ""),
]


@pytest.mark.parametrize(
    ("heading", "above", "raw", "text", "value", "words"), UNITS, ids=[f"{u[0]} {u[1]}" for u in UNITS]
)
def test_the_unit_in_the_heading_counts_and_is_said(
    heading: str, above: str, raw: object, text: str, value: float, words: str, tmp_path: Path
) -> None:
    row = household(income_rise=raw)
    workbook = with_heading(tmp_path / "a.xlsx", HOUSEHOLDS, "income_rise", heading, row, above=above)
    intake = check(workbook)
    assert (intake.errors, accepted(intake, "income_rise")) == ((), [value])
    assert (words in said(intake), bool(words)) == (True, "乘以" in said(intake))
    lines = [[above]] if above else []
    head, body = cells([household(income_rise=text)], HOUSEHOLDS)
    head[HOUSEHOLDS.names.index("income_rise")] = heading
    assert accepted(check(csv_file(tmp_path / "b.csv", [*lines, head, body])), "income_rise") == [value]


@pytest.mark.parametrize("heading", ["月增收（亩）", "月增收（担）", "月增收（人）"])
def test_a_unit_that_does_not_belong_is_a_problem_of_the_heading(heading: str, tmp_path: Path) -> None:
    intake = check(with_heading(tmp_path / "a.xlsx", HOUSEHOLDS, "income_rise", heading, household()))
    assert [(p.where.item, "单位是" in p.what or "写的单位" in p.what) for p in intake.errors] == [("G1", True)]
    assert accepted(intake, "income_rise") == []


CELLS = [
    ("1200元", 1200.0, ""),
    ("0.12万元", 1200.0, "换算为1200元"),
    ("0.2萬", 2000.0, "换算为2000元"),
    ("２０００", 2000.0, ""),
    ("1,200", 1200.0, ""),
    ("约1200", None, "只是约数"),
    ("1200余元", None, "只是约数"),
    ("1200多", None, "只是约数"),
    ("30%", None, "单位是“%”"),
    ("5亩", None, "单位是“亩”"),
    ("三千", None, "不是数字"),
]


@pytest.mark.parametrize(("raw", "value", "words"), CELLS, ids=[c[0] for c in CELLS])
def test_numbers_with_a_unit_of_their_own(raw: str, value: float | None, words: str, tmp_path: Path) -> None:
    intake = check(book(tmp_path / "a.xlsx", {HOUSEHOLDS.title: cells([household(income_rise=raw)], HOUSEHOLDS)}))
    assert accepted(intake, "income_rise") == ([] if value is None else [value])
    assert words in (said(intake) if value is not None else refused(intake))


def formatted(path: Path, ledger: Ledger, row: dict[str, Any], name: str, number_format: str) -> Path:
    book(path, {ledger.title: cells([row], ledger)})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].cell(2, ledger.names.index(name) + 1).number_format = number_format
    workbook.save(path)
    return path


def decision(**changes: Any) -> dict[str, Any]:
    row = dict.fromkeys(DECISIONS.names)
    words = [
        "J1",
        "马村",
        "修路",
        next(c for c in DECISIONS.columns if c.kind == "choice").choices[-1],
        "否",
        dt.date(2015, 3, 2),
    ]
    return row | dict(zip(DECISIONS.names, words, strict=False)) | changes


@pytest.mark.parametrize(
    ("raw", "number_format", "value", "words"),
    [
        (0.35, "0%", 35.0, ""),
        (0.355, "0.00%", 35.5, ""),
        (0.07, '0.0"约"%', 7.0, ""),
        ("35%", "General", 35.0, ""),
        (35.0, "General", 35.0, ""),
        (0.35, "General", 0.35, "按原样读取"),
    ],
)
def test_a_share_is_what_the_cell_shows(
    raw: object, number_format: str, value: float, words: str, tmp_path: Path
) -> None:
    intake = check(formatted(tmp_path / "a.xlsx", DECISIONS, decision(land_share=raw), "land_share", number_format))
    assert (accepted(intake, "land_share"), words in said(intake)) == ([value], True)


def test_a_percent_cell_in_a_column_of_another_unit_is_refused(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", HOUSEHOLDS, household(income_rise=0.35), "income_rise", "0%")
    assert "单位是“%”" in refused(check(path))


def test_leading_zeros_that_the_cell_shows_are_kept(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", AGENCY, agency() | {AGENCY.names[0]: 7}, AGENCY.names[0], "00000")
    assert accepted(check(path), AGENCY.names[0]) == ["00007"]


PHONES = [
    (13800002638.0, True),
    ("13800002638", True),
    ("138 0000 2638", True),
    ("0391-3560000", True),
    ("13800002638、13900002638", True),
    ("12345", True),
    (410825198001011234.0, False),
    ("1.38E+10", False),
    ("4.10825E+17", False),
    (True, False),
    ("1380000263", False),
    ("138000026388", False),
    ("没有", False),
]


@pytest.mark.parametrize(("raw", "good"), PHONES, ids=[str(p[0]) for p in PHONES])
def test_telephone_numbers(raw: object, good: bool, tmp_path: Path) -> None:
    intake = check(book(tmp_path / "a.xlsx", {AGENCY.title: cells([agency(phone=raw)], AGENCY)}))
    assert (len(intake.errors), sum(len(checked.accepted) for checked in intake.ledgers)) == (
        (0, 1) if good else (1, 0)
    )


def test_a_long_number_is_refused_wherever_text_is_asked_for(tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(dispute_id=410825198001011234.0, summary=1e15)))
    assert [(p.where.item, "后面的数字已经丢失" in p.what) for p in intake.errors] == [("A2", True), ("G2", True)]


def merged(path: Path, area: str, ledger: Ledger, *rows: dict[str, Any]) -> Path:
    book(path, {ledger.title: cells(rows, ledger)})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].merge_cells(area)
    workbook.save(path)
    return path


def test_a_value_merged_down_counts_for_each_row_and_is_said(tmp_path: Path) -> None:
    rows = [agency(1, done=dt.date(2015, 3, 9)), agency(2), agency(3)]
    intake = check(merged(tmp_path / "a.xlsx", "I2:I4", AGENCY, *rows))
    assert [day.day for day in accepted(intake, AGENCY.names[8])] == [9, 9, 9]
    assert "1处合并单元格" in said(intake)


DITTOS = ["同上", "〃", "″", '"', " 同 上 "]


@pytest.mark.parametrize("mark", DITTOS)
def test_a_ditto_mark_is_the_cell_above_and_is_said(mark: str, tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(1), dispute(2, place=mark, found_on=mark, parties=mark)))
    assert accepted(intake, "parties") == ["张样例"] * 2
    assert accepted(intake, "place") == ["yangmiao-02"] * 2
    assert said(intake).count("同上") == 3


def test_a_ditto_mark_in_the_first_row_is_a_problem(tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(1, parties="同上")))
    assert [p.where.item for p in intake.errors] == ["F2"]


def test_values_under_a_blank_heading_are_guessed_and_said_or_a_problem(tmp_path: Path) -> None:
    head, *rows = cells([agency(1, phone="13800000001"), agency(2)], AGENCY)
    bare = [None if words == "联系电话" else words for words in head]
    intake = check(book(tmp_path / "a.xlsx", {AGENCY.title: [bare, *rows]}))
    assert (intake.errors, "按“联系电话”读取" in said(intake)) == ((), True)
    more = book(tmp_path / "b.xlsx", {AGENCY.title: [[*head, None], *([*row, "甲"] for row in rows)]})
    assert [(p.where.item, "2个值" in p.what) for p in check(more).errors] == [("J1", True)]
    numbered = book(tmp_path / "c.xlsx", {AGENCY.title: [[None, *head], *([n, *row] for n, row in enumerate(rows, 1))]})
    assert check(numbered).errors == ()


def test_a_heading_merged_over_two_columns_names_the_first_only(tmp_path: Path) -> None:
    head, *rows = cells([agency(1, phone="13800000001")], AGENCY)
    path = book(tmp_path / "a.xlsx", {AGENCY.title: [[None if w == "联系电话" else w for w in head], *rows]})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].merge_cells("C1:D1")
    workbook.save(path)
    assert "按“联系电话”读取" in said(check(path))


LINE = "JF-{},马村,2015-03-02,村,家庭纠纷,{},,,,"
QUOTES = [
    ("opened, closed two lines on", ['"甲', "乙", '丙"', "丁"], {2, 4}),
    ("opened, closed on the next line", ['"甲', '乙"', "丙"], {2, 3}),
    ("opened and never closed", ["甲", '"乙', "丙"], {3}),
    ("opened in the last line", ["甲", "乙", '"丙'], {4}),
]


@pytest.mark.parametrize(("parties", "broken"), [q[1:] for q in QUOTES], ids=[q[0] for q in QUOTES])
def test_a_broken_quote_costs_its_own_records_only(parties: list[str], broken: set[int], tmp_path: Path) -> None:
    head = ",".join(map(str, cells([])[0]))
    lines = [LINE.format(number, words) for number, words in enumerate(parties)]
    (tmp_path / "a.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    intake = check(tmp_path / "a.csv")
    assert {int(p.where.item[1:]) for p in intake.errors} == broken
    assert (intake.ledgers[0].rows_in, len(intake.ledgers[0].refused)) == (len(parties), len(broken))


def test_a_quoted_cell_with_line_breaks_is_no_broken_quote(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", cells([dispute(1, summary="一\n二，三\n四"), dispute(2)]))
    assert check(path).problems == ()


def states(path: Path, state: Literal["hidden", "veryHidden"]) -> Path:
    book(path, {"一": cells([dispute(1)]), "二": cells([dispute(2)])})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[1].sheet_state = state
    workbook.save(path)
    return path


@pytest.mark.parametrize(("state", "rows", "words"), [("hidden", 2, "隐藏的"), ("veryHidden", 1, "没有读取")])
def test_hidden_sheets_are_said(state: Literal["hidden", "veryHidden"], rows: int, words: str, tmp_path: Path) -> None:
    intake = check(states(tmp_path / "a.xlsx", state))
    assert (intake.errors, intake.ledgers[0].rows_in, words in said(intake)) == ((), rows, True)


def test_rows_hidden_by_a_filter_are_read_and_said(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", *(dispute(n) for n in range(1, 6)))
    workbook = openpyxl.load_workbook(path)
    for row in (3, 5):
        workbook.worksheets[0].row_dimensions[row].hidden = True
    workbook.save(path)
    intake = check(path)
    assert (intake.ledgers[0].rows_in, "有2行是隐藏或筛选掉的，第一处是第3行" in said(intake)) == (5, True)


def test_bare_day_numbers_of_a_1904_workbook(tmp_path: Path) -> None:
    path = disputes_book(tmp_path / "a.xlsx", dispute(found_on=40788.0, settled_on=None, settled_level=None))
    with zipfile.ZipFile(path) as archive:
        words = archive.read("xl/workbook.xml").decode()
    rewritten(path, {"xl/workbook.xml": words.replace("<workbookPr/>", '<workbookPr date1904="1"/>').encode()})
    assert [f"{day:%Y-%m-%d}" for day in accepted(check(path), "found_on")] == ["2015-09-03"]


YEARS = [
    ("填报日期：2016年1月5日", "a", None),
    ("填报日期 2016年1月", "a", None),
    ("制表时间：2016-01-05", "a", None),
    ("截至2016年1月5日", "a", None),
    ("", "2016年1月报送", None),
    ("", "阳庙镇-2016年1月上报-纠纷", None),
    ("2015年度台账　填报日期：2016年1月5日", "a", 2015),
    ("填报单位：马村　年度：2015　填报日期：2016年1月5日", "a", 2015),
    ("", "2015年纠纷", 2015),
]


@pytest.mark.parametrize(("above", "stem", "year"), YEARS)
def test_the_day_of_a_report_is_not_the_ledgers_year(above: str, stem: str, year: int | None, tmp_path: Path) -> None:
    rows = [*([[above]] if above else []), *cells([dispute(1, found_on="3月2日"), dispute(2)])]
    intake = check(book(tmp_path / f"{stem}.xlsx", {"纠纷": rows}))
    if year is None:
        assert "没有写年份" in refused(intake)
        assert "所属的" not in refused(intake)
    else:
        assert (intake.errors, "日期按2015年读取" in said(intake)) == ((), True)


def test_one_wrong_year_above_is_one_problem_whose_repair_leaves_the_days(tmp_path: Path) -> None:
    rows = [["2016年度矛盾纠纷台账"], *cells([dispute(n) for n in range(1, 9)])]
    intake = check(book(tmp_path / "a.xlsx", {"纠纷": rows}))
    assert len(intake.errors) == 1
    assert "各行日期不用改" in intake.errors[0].repair


def test_a_total_that_its_rows_do_not_add_up_to_is_said(tmp_path: Path) -> None:
    head = [column.heading for column in TEAMS.columns]
    rows = [[f"D{n}", "马村", "村", f"{n}队", float(n), "2015-03-02"] for n in (1, 2, 3)]
    sums: list[list[Any]] = [["小计", None, None, None, 3.0], rows[2], ["合计", None, None, None, 7.0]]
    intake = check(book(tmp_path / "a.xlsx", {"队伍": [head, *rows[:2], *sums]}))
    assert [p.where.item for p in intake.problems] == ["E6"]
    assert "写的是7，各行相加是6" in said(intake)
    assert intake.ledgers[0].rows_in == 3


ENCODINGS: list[tuple[str, str, str]] = [
    ("a.csv", "utf-16", ","),
    ("a.txt", "gb18030", "\t"),
    ("a.txt", "utf-8-sig", ";"),
    ("a.tsv", "utf-8", "\t"),
    ("a.csv", "gb18030", "|"),
    ("a.txt", "gb18030", "，"),
]


@pytest.mark.parametrize(("name", "encoding", "sign"), ENCODINGS)
def test_text_files_of_any_encoding_and_separator(name: str, encoding: str, sign: str, tmp_path: Path) -> None:
    rows = cells([dispute(1, parties="㙍样例"), dispute(2, summary="甲、乙")])
    lines = [sign.join("" if cell is None else str(cell) for cell in row) for row in rows]
    (tmp_path / name).write_bytes("\r\n".join(lines).encode(encoding))
    intake = check(tmp_path / name)
    assert (intake.problems, accepted(intake, "parties")) == ((), ["㙍样例", "张样例"])


MAKERS: list[Callable[[Path], Path]] = [
    lambda path: with_heading(path, HOUSEHOLDS, "income_rise", "月增收（万元）", household(income_rise=0.1)),
    lambda path: merged(path, "I2:I3", AGENCY, agency(1, done=dt.date(2015, 3, 9)), agency(2)),
]


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_said_names_a_cell_and_a_repair_in_chinese(make: Callable[[Path], Path], tmp_path: Path) -> None:
    for problem in check(make(tmp_path / "a.xlsx")).problems:
        assert problem.where.item
        assert not problem.what.isascii()
        assert not problem.repair.isascii()
