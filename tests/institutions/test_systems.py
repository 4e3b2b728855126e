"""Training, exams, facilities, branches, feedback, pairing and reserve cadres at their boundaries."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions.exam_results import RESULTS
from govkit.institutions.feedback import SUGGESTIONS, open_by_age
from govkit.institutions.pairing import INSTITUTION as PAIRING
from govkit.institutions.pairing import PAIRINGS
from govkit.institutions.reserve import PROJECTS
from govkit.institutions.services import CENTRES
from govkit.institutions.training import CADRES, REPRESENTATIVES, SESSIONS
from govkit.ledgers.period import Period
from tests.institutions.frames import fact, frame, measure
from tests.ledgers.books import PLACES, book, cells, check

YEAR = Period.months("2015-01", "2015-12")
SEPTEMBER = Period.month("2015-09")


def day(month: int, number: int = 1) -> dt.datetime:
    return dt.datetime(2015, month, number)


@pytest.mark.parametrize(
    ("place", "audience", "district", "township"),
    [
        ("sfq", CADRES, 30, 0),
        ("yangmiao", CADRES, 0, 0),
        ("sfq", REPRESENTATIVES, 0, 0),
        ("yangmiao", REPRESENTATIVES, 0, 30),
    ],
)
def test_training_is_counted_by_who_holds_it_and_for_whom(
    place: str, audience: str, district: int, township: int
) -> None:
    row = {"place": place, "audience": audience, "held_on": day(3), "attendances": 30}
    frames = {"training_sessions": frame(SESSIONS, row)}
    assert [measure("training", code)(frames, PLACES.district, YEAR) for code in ("T1", "T2")] == [district, township]


EXAMS = [
    # status and passed of each candidate: sat, rate
    ([("参考", True), ("参考", False), ("缺考", None)], 2, 50.0),
    ([("参考", True)], 1, 100.0),
    ([("缺考", None)], 0, None),
    ([], 0, None),
]


@pytest.mark.parametrize(("candidates", "sat", "rate"), EXAMS)
def test_the_pass_rate_is_of_those_who_sat(candidates: list[Any], sat: int, rate: float | None) -> None:
    rows = [
        {"candidate_no": f"{n}", "kind": "区级闭卷考试", "held_on": day(6), "status": status, "passed": passed}
        for n, (status, passed) in enumerate(candidates)
    ]
    frames = {"exam_results": frame(RESULTS, *rows)}
    assert measure("exam_results", "T3")(frames, PLACES.district, YEAR) == sat
    assert measure("exam_results", "T4")(frames, PLACES.district, YEAR) == rate
    assert "实考" in measure("exam_results", "T4").definition


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, False),
        ({"mark": 100.5}, True),
        ({"passed": None}, True),
        ({"status": "缺考"}, True),
        ({"status": "缺考", "mark": None, "passed": None}, False),
    ],
)
def test_absentees_have_no_mark_and_no_mark_is_above_full(
    changes: dict[str, Any], refused: bool, tmp_path: Path
) -> None:
    row = {
        "exam_id": "K1",
        "candidate_no": "1",
        "place": "马村",
        "name": "张样例",
        "candidate": "干部",
        "kind": "区级闭卷考试",
        "held_on": dt.date(2015, 6, 12),
        "status": "参考",
        "mark": 100,
        "full_mark": 100,
        "passed": "是",
    }
    intake = check(book(tmp_path / "a.xlsx", {RESULTS.title: cells([row | changes], RESULTS)}))
    assert bool(intake.errors) is refused


def test_facilities_are_counted_at_their_level_and_repairs_only_cost() -> None:
    works = [
        ("sfq", "新建", 240.0),
        ("yangmiao", "新建", 50.0),
        ("liwan", "改建", None),
        ("yangmiao-02", "新建", 20.0),
        ("yangmiao-03", "修缮", 5.0),
        ("yangmiao-04", "原有", 99.0),
    ]
    rows = frame(CENTRES, *({"place": p, "works": w, "cost": c, "opened_on": day(5), "name": p} for p, w, c in works))
    frames = {"service_centres": rows}
    found = {code: measure("facilities", code)(frames, PLACES.district, YEAR) for code in ("F1", "F2", "F4", "F5")}
    assert found == {"F1": 1, "F2": 1, "F4": 25, "F5": 1}
    assert measure("facilities", "F1")(frames, PLACES["yangmiao"], YEAR) == 1


@pytest.mark.parametrize(
    ("received", "closed", "handled", "still_open"),
    [
        (day(9), day(9, 30), 1, 0),
        (day(9), day(10), 0, 1),
        (day(9), None, 0, 1),
        (day(8), day(9, 15), 0, 0),
        (day(10), None, 0, 0),
    ],
)
def test_suggestions(received: dt.datetime, closed: dt.datetime | None, handled: int, still_open: int) -> None:
    frames = {"suggestions": frame(SUGGESTIONS, {"received_on": received, "closed_on": closed})}
    codes = ("suggestions_handled", "suggestions_open")
    assert [measure("feedback", code)(frames, PLACES.district, SEPTEMBER) for code in codes] == [handled, still_open]


@pytest.mark.parametrize(("age", "group"), [(0, 0), (7, 0), (8, 1), (30, 1), (31, 2), (90, 2), (91, 3)])
def test_open_suggestions_by_age(age: int, group: int) -> None:
    received = day(9, 30) - dt.timedelta(days=age)
    counts = open_by_age(frame(SUGGESTIONS, {"received_on": received}), SEPTEMBER)["count"].tolist()
    assert counts == [int(number == group) for number in range(4)]


@pytest.mark.parametrize(
    ("pairings", "ones"),
    [
        ([{"idea": "甲", "income_project": "乙"}], 3),
        ([{"idea": "甲", "income_project": "乙"}, {"idea": "甲"}], 2),
        ([], None),
    ],
)
def test_the_three_ones(pairings: list[dict[str, str]], ones: int | None) -> None:
    rows = frame(PAIRINGS, *({"place": "yangmiao-02", "paired_on": day(1), **row} for row in pairings))
    assert fact(PAIRING, "H3")({"department_pairings": rows}, PLACES, YEAR) == ones


def test_income_projects_are_cumulative_over_the_years() -> None:
    rows = frame(PROJECTS, {"started_on": dt.datetime(2013, 5, 1)}, {"started_on": day(3)})
    project_count = measure("reserve", "H5")
    assert project_count({"income_projects": rows}, PLACES.district, YEAR) == 1
    assert project_count({"income_projects": rows}, PLACES.district, YEAR.until_end()) == 2


def test_the_same_number_of_another_meaning_is_another_indicator(snapshot: Snapshot) -> None:
    codes = ("secretaries_trained_above", "help_teams", "H9")
    assert {snapshot.indicator(code, period="2015-12", to_date=True) for code in codes} == {39}
    solved, projects = (snapshot.indicator(code, period="2015-12", to_date=True) or 0 for code in ("H2", "H5"))
    assert 40 < solved < 50
    assert 20 < projects < 50
