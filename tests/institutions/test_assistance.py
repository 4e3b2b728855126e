import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions.assistance import GIVEN, HOUSEHOLDS, INSTITUTION, households_by_measure
from govkit.ledgers.period import Period
from tests.institutions.frames import frame, measure
from tests.ledgers.books import PLACES, book, cells, check

YEAR = Period.months("2015-01", "2015-12")
ROW: dict[str, Any] = {"household_id": "H1", "place": "马村", "measure": "一般救助", "given_on": dt.date(2015, 5, 4)}


def errors(tmp_path: Path, *rows: dict[str, Any]) -> list[str]:
    intake = check(book(tmp_path / "a.xlsx", {GIVEN.title: cells(rows, GIVEN)}))
    return [str(problem) for problem in intake.errors]


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ({}, True),
        ({"given_on": dt.date(2015, 9, 1)}, True),
        ({"measure": "养殖项目"}, False),
        ({"household_id": "H2"}, False),
    ],
)
def test_a_household_helped_twice_by_one_measure_is_refused(
    second: dict[str, Any], refused: bool, tmp_path: Path
) -> None:
    reported = errors(tmp_path, ROW, ROW | second)
    assert bool(reported) is refused
    assert not refused or all("H1" in words and "一般救助" in words for words in reported)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"measure": "安排就业", "persons": 1}, False),
        ({"measure": "安排就业"}, True),
        ({"persons": 1}, True),
        ({"measure": "养殖"}, False),
    ],
)
def test_jobs_say_how_many_persons(changes: dict[str, Any], refused: bool, tmp_path: Path) -> None:
    assert bool(errors(tmp_path, ROW | changes)) is refused


def test_overlapping_measures_never_add_up_to_more_than_the_households() -> None:
    day = dt.datetime(2015, 5, 4)
    given = [("A", "一般救助"), ("A", "养殖项目"), ("A", "安排就业"), ("B", "一般救助")]
    rows = frame(GIVEN, *({"household_id": who, "measure": what, "given_on": day} for who, what in given))
    table = households_by_measure(rows, YEAR).set_index("measure")["households"]
    assert table["一般救助"] == 2
    assert table.iloc[-1] == 2
    assert table.iloc[:-1].sum() == 4


def test_the_mean_rise_leaves_out_households_without_one() -> None:
    day = dt.datetime(2015, 2, 2)
    rows = frame(HOUSEHOLDS, *({"paired_on": day, "income_rise": rise} for rise in (1000, 1112, None)))
    assert measure("assistance", "H11")({"assisted_households": rows}, PLACES.district, YEAR) == 1056
    assert measure("assistance", "H11")({"assisted_households": rows.iloc[2:]}, PLACES.district, YEAR) is None


def test_the_sample_overlaps_within_its_households(snapshot: Snapshot) -> None:
    table = households_by_measure(snapshot.ledger("assistance_measures"), YEAR)
    counts = table["households"].tolist()
    assert sum(counts[:-1]) > counts[-1] == 157


@pytest.mark.parametrize(
    ("given", "assessed", "warned"),
    [(["2015-05-06"], "2015-05-06", 0), (["2015-05-06"], "2015-05-05", 1), ([], "2015-05-06", 1), ([], None, 1)],
)
def test_a_rise_assessed_before_any_measure_is_a_contradiction(
    snapshot: Snapshot, given: list[str], assessed: str | None, warned: int
) -> None:
    frames = dict(snapshot.frames)
    one = frames["assisted_households"].head(1).assign(assessed_on=pd.Timestamp(assessed or "NaT"))
    rows = frames["assistance_measures"].head(len(given)).assign(household_id=one["household_id"].iloc[0])
    frames["assistance_measures"] = rows.assign(given_on=pd.to_datetime(given))
    frames["assisted_households"] = one
    found = [problem for look in INSTITUTION.contradictions for problem in look(frames, snapshot.places)]
    assert len(found) == warned
