"""Who has reported a ledger: by what was collected, by a declared nothing, by rows, by a township unit's workbook."""

import datetime as dt
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.institutions.reporting import Duty, duties, reported
from govkit.ledgers.check import Intake, check_files
from govkit.ledgers.period import Period
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.ledgers.submission import Submission

MONTH = "2015-09"


@pytest.fixture(scope="module")
def one_township(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store that holds the workbook of one township unit only."""
    store = Store(tmp_path_factory.mktemp("one") / "store")
    intake = check_files([*shipped("data/sample").glob("*阳庙镇*.xlsx")], ledgers().values(), shipped_places())
    store.import_(intake, shipped_places(), "测试")
    return store


def report(store: Store, *entries: tuple[str, str, str]) -> None:
    """Record what units reported: unit's name, ledger, state."""
    places = shipped_places()
    made = [
        Submission(places.find(unit).code, ledger, MONTH, state, "2015-10-01", f"{unit}.xlsx")  # type: ignore[arg-type]
        for unit, ledger, state in entries
    ]
    plan = store.plan(Intake((), ()), places)
    store.carry_out(plan, "测试", reports=made)


@pytest.mark.parametrize("code", list(ledgers()))
def test_nobody_is_missing_in_the_whole_sample(code: str, snapshot: Snapshot) -> None:
    found = reported(snapshot, code, MONTH)
    assert found.complete
    assert found.expected
    assert not found.collected


def test_of_one_township_the_other_five_are_silent_in_every_ledger(one_township: Store) -> None:
    opened = open_snapshot(one_township.url)
    names = opened.places.names
    for code in ledgers():
        parts = reported(opened, code, MONTH).townships()
        assert {names[town] for town, part in parts.items() if not part.silent} == {"阳庙镇"}, code


def test_the_order_is_the_registers_and_every_unit_stands_once(snapshot: Snapshot) -> None:
    found = reported(snapshot, "disputes", MONTH)
    assert list(found.expected) == [place.code for place in shipped_places().at("village")]
    assert sorted((*found.reported, *found.nil, *found.missing)) == sorted(found.expected)
    assert found.share == (104, 104)


def test_what_was_collected_counts_unit_by_unit(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report(store, ("马村", "disputes", "reported"), ("梁庄村", "disputes", "nil"), ("南张村", "disputes", "returned"))
    found = reported(store, "disputes", MONTH)
    names = shipped_places().names
    assert found.collected
    assert [names[code] for code in found.reported] == ["马村"]
    assert [names[code] for code in found.nil] == ["梁庄村"]
    assert [names[code] for code in found.returned] == ["南张村"]
    assert found.share == (2, 104)
    assert not found.silent
    assert reported(store, "agency_services", MONTH).silent


def test_a_newer_workbook_that_is_sent_back_leaves_the_older_one_standing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report(store, ("马村", "disputes", "reported"))
    report(store, ("马村", "disputes", "returned"))
    assert reported(store, "disputes", MONTH).share[0] == 1


def test_undo_takes_back_what_was_reported(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report(store, ("马村", "disputes", "nil"))
    report(store, ("梁庄村", "disputes", "nil"))
    store.undo("测试")
    assert reported(store, "disputes", MONTH).share[0] == 1


def test_over_several_months_a_unit_is_missing_that_missed_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    places = shipped_places()
    village = places.find("马村").code
    entries = [Submission(village, "disputes", f"2015-{month:02}", "nil", "", "口头") for month in (8, 9)]
    for entry in entries:
        store.carry_out(store.plan(Intake((), ()), places), "测试", reports=[entry])
    assert village in reported(store, "disputes", Period.months("2015-08", "2015-09")).nil
    assert village in reported(store, "disputes", Period.months("2015-07", "2015-09")).missing


@pytest.mark.parametrize(
    ("month", "day", "due"),
    [
        ("2015-09", 5, "2015-10-05"),
        ("2015-12", 5, "2016-01-05"),
        ("2015-01", 31, "2015-02-28"),
        ("2016-01", 30, "2016-02-29"),
    ],
)
def test_a_report_is_due_on_a_day_of_the_month_after(month: str, day: int, due: str) -> None:
    duty = Duty("disputes", "village", day, "示意", "")
    assert duty.due(Period.month(month)) == dt.date.fromisoformat(due)


def test_no_day_is_due_where_the_office_supplied_none() -> None:
    assert {duty.due(Period.month(MONTH)) for duty in duties(dt.date(2015, 9, 30))} == {None}
    assert {duty.mark for duty in duties(dt.date(2015, 9, 30))} == {"U"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("没有,村,5", "没有"),
        ("disputes,组,5", "组"),
        ("disputes,村,0", "0"),
        ("disputes,村,32", "32"),
        ("disputes,村,下旬", "下旬"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "ledger,level,due_day,effective_from,effective_to,source,mark,note"
    (tmp_path / "reporting.csv").write_text(f"{header}\n{line},,,本单位,S,\n", encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    with pytest.raises(InputError) as raised:
        duties(dt.date(2015, 9, 30))
    [problem] = raised.value.problems
    assert problem.where.source == "reporting.csv"
    assert f"“{said}”" in problem.what
    assert problem.repair
