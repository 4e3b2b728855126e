import datetime as dt

import pandas as pd
import pytest

from govkit.institutions.services import AGENCY, CENTRES, INSTITUTION, VISITS
from govkit.ledgers.period import Period
from tests.institutions.frames import fact, frame
from tests.ledgers.books import PLACES

SEPTEMBER = Period.month("2015-09")
UNITS = [PLACES.district.code, *(place.code for place in PLACES.at("township"))]


def computed(code: str, item: str, frames: dict[str, pd.DataFrame]) -> object:
    return fact(INSTITUTION, code, item)(frames, PLACES, SEPTEMBER)


@pytest.mark.parametrize(("linked", "expected"), [(7, "9月16日"), (6, None)])
def test_the_platform_links_when_the_last_unit_is_on_it(linked: int, expected: str | None) -> None:
    rows = [
        {"place": code, "opened_on": dt.datetime(2015, 6, 30), "online_on": dt.datetime(2015, 9, 10 + n)}
        for n, code in enumerate(UNITS[:linked])
    ]
    assert computed("C6", "", {"service_centres": frame(CENTRES, *rows)}) == expected


def test_the_district_centre() -> None:
    row = {"place": "sfq", "opened_on": dt.datetime(2015, 6, 30), "cost": 240.0, "area": 1200.0}
    frames = {"service_centres": frame(CENTRES, {"place": "yangmiao", "opened_on": dt.datetime(2014, 1, 1)}, row)}
    assert [computed(*key, frames) for key in (("C2", ""), ("C3", "投资"), ("C3", "面积"))] == [
        "6月30日",
        240.0,
        1200.0,
    ]
    assert computed("C2", "", {"service_centres": frame(CENTRES)}) is None


def test_visitors_a_day_are_those_of_the_last_month() -> None:
    rows = [
        {"place": "sfq", "counted_on": dt.datetime(2015, 9, 30), "open_days": 22, "visitors": 2200},
        {"place": "yangmiao", "counted_on": dt.datetime(2015, 9, 30), "open_days": 20, "visitors": 1000},
        {"place": "yangmiao", "counted_on": dt.datetime(2015, 8, 31), "open_days": 1, "visitors": 99999},
    ]
    assert computed("C8", "", {"service_visits": frame(VISITS, *rows)}) == 150.0


LATE = [
    (dt.datetime(2015, 9, 30), None, True),
    (dt.datetime(2015, 10, 1), None, False),
    (dt.datetime(2015, 9, 20), dt.datetime(2015, 9, 30), False),
    (dt.datetime(2015, 9, 20), dt.datetime(2015, 10, 1), True),
]


@pytest.mark.parametrize(("due", "finished", "late"), LATE)
def test_overdue_agency_services(due: dt.datetime, finished: dt.datetime | None, late: bool) -> None:
    rows = frame(AGENCY, {"due_on": due, "finished_on": finished})
    assert INSTITUTION.overdue[0].late(rows, SEPTEMBER).tolist() == [late]


@pytest.mark.parametrize(("finished", "rate"), [(dt.datetime(2015, 9, 20), 100.0), (dt.datetime(2015, 9, 21), 0.0)])
def test_on_time_is_not_after_the_promised_day(finished: dt.datetime, rate: float) -> None:
    known = {indicator.code: indicator for indicator in INSTITUTION.indicators}
    rows = frame(AGENCY, {"due_on": dt.datetime(2015, 9, 20), "finished_on": finished})
    assert known["agency_on_time_rate"]({"agency_services": rows}, PLACES.district, SEPTEMBER) == rate
