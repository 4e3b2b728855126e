import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govkit.institutions import ledgers
from govkit.ledgers.check import Checked, check_tables
from govkit.ledgers.declare import Ledger
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from tests.ledgers.books import (
    COLUMN,
    DISPUTES,
    LEDGERS,
    PLACES,
    TODAY,
    book,
    cells,
    check,
    csv_file,
    dispute,
    disputes_book,
)

SHEET = "矛盾纠纷台账"


def checked(*rows: dict[str, object], ledger: Ledger = DISPUTES) -> Checked:
    """Check the rows of a sheet, without a file."""
    import pandas as pd

    frame = pd.DataFrame(cells(rows, ledger), dtype=object)
    frame.index, frame.columns = pd.RangeIndex(1, len(frame) + 1), pd.RangeIndex(1, frame.shape[1] + 1)
    table = find_tables("a.xlsx", Sheet(ledger.title, frame), Vocabulary([ledger]))[0]
    assert isinstance(table, Table)
    return check_tables(ledger, [table], PLACES, TODAY)


def test_good_rows_come_out_typed(tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(1), dispute(2, place="马村", found_on="2015年3月2日")))
    assert intake.problems == ()
    accepted = intake.ledgers[0].accepted
    assert {name: str(dtype) for name, dtype in accepted.dtypes.items()} == {c.name: c.dtype for c in DISPUTES.columns}
    assert accepted["place"].tolist() == ["yangmiao-02", "ningguo-01"]
    assert accepted["found_on"].tolist() == [dt.datetime(2015, 3, 2)] * 2


BOUNDARIES = [
    ("conduct_inspections", "focus", 0, "过小"),
    ("conduct_inspections", "focus", 1, ""),
    ("conduct_inspections", "focus", 6, ""),
    ("conduct_inspections", "focus", 7, "过大"),
    ("decisions", "land_share", 100, ""),
    ("decisions", "land_share", 100.1, "过大"),
    ("decisions", "land_share", -0.1, "过小"),
    ("service_visits", "open_days", 31, ""),
    ("service_visits", "open_days", 32, "过大"),
    ("disputes", "found_on", dt.date(1980, 1, 1), ""),
    ("disputes", "found_on", dt.date(1979, 12, 31), "早于1980年"),
    ("disputes", "settled_on", TODAY, ""),
    ("disputes", "settled_on", TODAY + dt.timedelta(days=1), "晚于今天"),
    ("disputes", "settled_on", dt.date(2015, 3, 2), ""),
    ("disputes", "settled_on", dt.date(2015, 3, 1), "早于排查日期"),
]


@pytest.mark.parametrize(("code", "column", "value", "words"), BOUNDARIES)
def test_boundaries(code: str, column: str, value: object, words: str) -> None:
    ledger = ledgers()[code]
    result = checked({**sample(ledger), column: value}, ledger=ledger)
    reported = [problem.what for problem in result.problems]
    assert (len(reported), words in "".join(reported)) == (1 if words else 0, True), reported


def sample(ledger: Ledger, number: int = 1) -> dict[str, object]:
    """Return a row that keeps the rules of a ledger, with every required cell filled in."""
    if ledger is DISPUTES:
        return dispute(number)
    place = {"district": "示范区", "township": "阳庙镇", "village": "马村"}
    values = {
        "text": f"样例{number}",
        "date": dt.date(2015, 3, min(number, 28)),
        "integer": 1,
        "number": 1,
        "flag": "是",
    }
    row: dict[str, object] = {}
    for column in ledger.columns:
        if column.required:
            row[column.name] = (
                place[column.levels[-1]]
                if column.kind == "place"
                else column.choices[0]
                if column.kind == "choice"
                else values[column.kind]
            )
    return row | NEEDED_BESIDES.get(ledger.code, {})


NEEDED_BESIDES: dict[str, dict[str, object]] = {
    "conduct_inspections": {"due_on": dt.date(2015, 4, 1)},
    "exam_results": {"passed": "是"},
    "backlog_cases": {"arisen_on": dt.date(2001, 1, 1)},
}
"""Cells that a ledger's rules require beyond its required columns."""


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_a_plain_row_of_every_ledger_passes(ledger: Ledger) -> None:
    assert checked(sample(ledger, 1), sample(ledger, 2), ledger=ledger).problems == ()


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_every_required_column_is_reported_where_blank(ledger: Ledger) -> None:
    for column in ledger.columns:
        if column.required:
            result = checked({**sample(ledger), column.name: None}, sample(ledger, 2), ledger=ledger)
            assert f"“{column.title}”未填写" in [problem.what for problem in result.problems]
            assert result.rows_in == 2


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_what_a_ledger_hangs_on_is_never_blank(ledger: Ledger) -> None:
    assert all(ledger[name].required for name in ("place", ledger.dated, *ledger.key))


def test_a_column_missing_on_one_sheet_hides_nothing_of_another(tmp_path: Path) -> None:
    short = cells([dispute(1, settled_on=None, settled_level=None)], without=["settled_level"])
    full = cells([dispute(2, settled_level=None)])
    intake = check(book(tmp_path / "a.xlsx", {"一": short, "二": full}))
    assert [(p.where.part, p.where.item) for p in intake.errors] == [("二", "I2")]


def test_an_unreadable_cell_is_reported_once(tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(found_on="?", settled_on="??")))
    assert [p.where.item for p in intake.errors] == ["C2", "H2"]


def test_rows_of_several_files_are_reported_in_their_own_file(tmp_path: Path) -> None:
    one = disputes_book(tmp_path / "一.xlsx", dispute(1), dispute(2))
    two = csv_file(tmp_path / "二.csv", [["2015年"], [], *cells([dispute(3), dispute(4, kind="?")])])
    intake = check(one, two)
    assert [(p.where.source, p.where.part, p.where.item) for p in intake.errors] == [("二.csv", "二", "E5")]
    assert (len(intake.ledgers[0].accepted), intake.ledgers[0].rows_in) == (3, 4)


def test_sheets_left_empty_beside_a_filled_one_are_no_problem(tmp_path: Path) -> None:
    left = {ledger.title: cells([], ledger) for ledger in LEDGERS if ledger is not DISPUTES}
    intake = check(book(tmp_path / "a.xlsx", {"一": cells([dispute()]), "二": cells([]), **left, "三": []}))
    assert (intake.problems, [checked.rows_in for checked in intake.ledgers]) == ((), [1])


def test_a_warning_refuses_nothing(tmp_path: Path) -> None:
    rows = [[*row, "x"] for row in cells([dispute()])]
    intake = check(book(tmp_path / "a.xlsx", {SHEET: rows}))
    assert (intake.errors, len(intake.problems), intake.ledgers[0].rows_in) == ((), 1, 1)


DIRTY = {
    "dispute_id": st.sampled_from(["JF-1", "JF-2", "ＪＦ－１", "", None, "JF-3", "#REF!", "x" * 2001]),
    "place": st.sampled_from(["北西尚村", "马村", "马 村", "阳庙镇", "无此村", None]),
    "found_on": st.sampled_from([dt.date(2015, 3, 2), "2015年3月2日", "三月", None, dt.date(2030, 1, 1), 42248.0]),
    "found_level": st.sampled_from(["村", "街道", "县", None]),
    "kind": st.sampled_from(["家庭纠纷", "其他", "打架", None]),
    "parties": st.none() | st.text(max_size=5),
    "summary": st.none() | st.text(max_size=5) | st.floats(),
    "settled_on": st.sampled_from([dt.date(2015, 3, 1), dt.date(2015, 4, 1), None, "?", True]),
    "settled_level": st.sampled_from(["村", "网格", None]),
    "agreement": st.sampled_from(["口头协议", "无", None]),
}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(st.lists(st.fixed_dictionaries(DIRTY), min_size=1, max_size=8))
def test_rows_in_are_rows_accepted_and_rows_refused(rows: list[dict[str, object]]) -> None:
    """Rows of random cells, each with a village so that none reads as blank or as a footer."""
    rows = [{**row, "place": row["place"] or "马村"} for row in rows]
    result = checked(*rows)
    numbers = [int(where.item.lstrip("ABCDEFGHIJ")) for where in result.refused]
    errors = [p for p in result.problems if p.severity == "error"]
    reported = {int(item.lstrip("ABCDEFGHIJ")) for p in errors for item in (p.where.item, *p.also)}
    assert result.rows_in == len(rows)
    assert sorted(reported) == numbers
    assert len(set(numbers)) == len(numbers)
    assert all(where.item[0] == COLUMN["dispute_id"] for where in result.refused)
    assert not result.accepted["dispute_id"].duplicated().any()
