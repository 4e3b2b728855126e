import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.institutions.petitions import BACKLOG, INSTITUTION, PETITIONS, due
from govkit.ledgers.period import Period
from tests.institutions.frames import frame
from tests.ledgers.books import PLACES, book, cells, check

NATIONAL, HENAN = "国家规定", "河南省规定"


def day(month: int, number: int, year: int = 2015) -> dt.datetime:
    return dt.datetime(year, month, number)


DUE = [
    # step, row, due
    ("受理", {"received_on": day(3, 2)}, day(3, 17)),
    ("受理", {"received_on": day(3, 2, 2023)}, day(3, 17, 2023)),
    ("办结", {"accepted_on": day(3, 2)}, day(5, 1)),
    ("办结", {"accepted_on": day(3, 2), "extended_on": day(4, 20)}, day(5, 31)),
    ("办结", {"accepted_on": day(3, 2), "basis": HENAN}, day(4, 1)),
    ("办结", {"accepted_on": day(3, 2), "basis": HENAN, "extended_on": day(3, 30)}, day(5, 31)),
    ("办结", {"accepted_on": day(4, 30, 2022)}, day(6, 29, 2022)),  # the last day of the regulations of 2005
    ("办结", {"accepted_on": day(5, 1, 2022)}, day(6, 30, 2022)),  # the first of those of 2022
    ("办结", {"accepted_on": day(4, 30, 2005)}, None),  # no rule
    ("办结", {}, None),
    ("受理", {"received_on": day(3, 2), "basis": HENAN}, None),  # it sets no time to accept
    ("复查", {"review_requested_on": day(3, 2)}, day(4, 1)),
    ("复核", {"second_review_requested_on": day(3, 2)}, day(4, 1)),
]


@pytest.mark.parametrize(("step", "row", "expected"), DUE)
def test_due(step: str, row: dict[str, Any], expected: dt.datetime | None) -> None:
    found = due(frame(PETITIONS, {"basis": NATIONAL, **row}), step).iloc[0]
    assert (None if pd.isna(found) else found.to_pydatetime()) == expected


LATE = [
    # accepted, finished, late at the end of September: 60 days
    (day(8, 1), None, True),  # due on 30 September, which is over
    (day(8, 2), None, False),
    (day(7, 1), day(9, 30), False),
    (day(7, 1), day(10, 1), True),
]


@pytest.mark.parametrize(("accepted", "finished", "late"), LATE)
def test_overdue(accepted: dt.datetime, finished: dt.datetime | None, late: bool) -> None:
    rows = frame(PETITIONS, {"basis": NATIONAL, "accepted_on": accepted, "finished_on": finished})
    kind = next(kind for kind in INSTITUTION.overdue if kind.label == "信访办结")
    assert kind.late(rows, Period.month("2015-09")).tolist() == [late]


@pytest.mark.parametrize(("received", "soon"), [(15, False), (16, True), (22, True), (23, False)])
def test_due_soon_is_after_the_months_end_and_within_a_week(received: int, soon: bool) -> None:
    rows = frame(
        PETITIONS, {"petition_id": "A", "place": "yangmiao", "basis": NATIONAL, "received_on": day(9, received)}
    )
    found = [kind.label for kind in INSTITUTION.overdue if kind.due_soon(rows, Period.month("2015-09"), 7).any()]
    assert found == (["信访受理"] if soon else [])


HOLIDAYS = "day,kind,name,source,mark\n2024-05-01,放假,样例,样例,S\n"
OBJECTIONS = [
    # transferred, holidays of 2024 entered, warned of
    (dt.datetime(2024, 5, 6), False, "2024"),
    (dt.datetime(2024, 5, 6), True, None),
    (dt.datetime(2015, 5, 6), False, None),  # no time was set for objections then
    (None, False, None),
]


@pytest.mark.parametrize(("transferred", "entered", "year"), OBJECTIONS)
def test_holidays_that_are_not_entered_are_warned_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    transferred: dt.datetime | None,
    entered: bool,
    year: str | None,
) -> None:
    if entered:
        (tmp_path / "holidays.csv").write_text(HOLIDAYS, encoding="utf-8")
        monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    rows = frame(PETITIONS, {"basis": NATIONAL, "transferred_on": transferred, "objected_on": transferred})
    found = [problem for look in INSTITUTION.contradictions for problem in look({"petitions": rows}, PLACES)]
    assert [(problem.severity, year or "-") for problem in found] == ([("warning", year)] if year else [])
    assert all(year in problem.what and "holidays.csv" in problem.repair for problem in found if year)


GOOD = {"petition_id": "XF-1", "place": "阳庙镇", "channel": "来信", "subject": "其他", "basis": NATIONAL}


def problems(tmp_path: Path, ledger: Any, row: dict[str, Any]) -> list[tuple[str, str]]:
    intake = check(book(tmp_path / "a.xlsx", {ledger.title: cells([row], ledger)}))
    return [(problem.severity, str(problem)) for problem in intake.problems]


def test_a_day_that_no_regulation_covers_is_refused_with_place_and_repair(tmp_path: Path) -> None:
    reported = problems(tmp_path, PETITIONS, GOOD | {"received_on": dt.date(2005, 4, 30)})
    assert [severity for severity, _ in reported] == ["error"]
    assert all(words in reported[0][1] for words in ("F2", "2005-04-30", "国家规定", "deadlines.csv"))
    assert not problems(tmp_path, PETITIONS, GOOD | {"received_on": dt.date(2005, 5, 1)})


@pytest.mark.parametrize(("objected", "late"), [(dt.date(2015, 3, 9), False), (dt.date(2015, 3, 10), False)])
def test_objections_have_no_known_time_before_2022(tmp_path: Path, objected: dt.date, late: bool) -> None:
    row = GOOD | {"received_on": dt.date(2015, 3, 2), "transferred_on": dt.date(2015, 3, 2), "objected_on": objected}
    assert bool(problems(tmp_path, PETITIONS, row)) is late


BACKLOG_AGES = [(dt.date(2005, 3, 16), True), (dt.date(2005, 3, 15), False), (dt.date(2010, 1, 1), True)]


@pytest.mark.parametrize(("arisen", "refused"), BACKLOG_AGES)
def test_a_backlog_case_is_over_ten_years_old(tmp_path: Path, arisen: dt.date, refused: bool) -> None:
    row = {"case_id": "JA-1", "place": "马村", "arisen_on": arisen, "listed_on": dt.date(2015, 3, 16)}
    assert bool(problems(tmp_path, BACKLOG, row)) is refused


@pytest.mark.parametrize("ledger", [PETITIONS, BACKLOG], ids=lambda ledger: ledger.code)
def test_no_column_can_hold_a_person(ledger: Any) -> None:
    assert not [column.name for column in ledger.columns if column.personal]
