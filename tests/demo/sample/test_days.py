"""The sample's calendar."""

import datetime as dt
import random

import pytest

from govkit.demo.sample.common import (
    between,
    days_between,
    is_workday,
    known_by_year_end,
    month_end,
    some_day,
    workdays_on,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2015-{text}")


@pytest.mark.parametrize(
    ("text", "worked"),
    [
        ("01-01", False),
        ("01-03", False),
        ("01-05", True),
        ("02-17", True),
        ("02-18", False),
        ("02-24", False),
        ("02-25", True),
        ("06-27", False),
        ("06-30", True),
        ("10-07", False),
        ("10-08", True),
        ("12-31", True),
    ],
)
def test_offices_work_on_weekdays_that_are_no_holidays(text: str, worked: bool) -> None:
    assert is_workday(day(text)) is worked


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [("03-02", 0, "03-02"), ("03-07", 0, "03-09"), ("03-06", 1, "03-09"), ("09-30", 1, "10-08"), ("02-17", 2, "02-26")],
)
def test_workdays_are_counted_over_weekends_and_holidays(start: str, count: int, end: str) -> None:
    assert workdays_on(day(start), count) == day(end)


def test_a_span_without_a_workday_falls_to_its_last_day() -> None:
    assert between(random.Random(1), day("10-02"), day("10-04")) == day("10-04")
    assert days_between(day("10-02"), day("10-04")) == ()


def test_days_come_only_from_months_with_weight() -> None:
    rng = random.Random(1)
    months = [0.0] * 12
    months[1] = 1.0
    assert {some_day(rng, months).month for _ in range(50)} == {2}


def test_what_comes_after_the_year_is_not_known() -> None:
    assert known_by_year_end(day("12-31")) == day("12-31")
    assert known_by_year_end(dt.date(2016, 1, 1)) is None


def test_month_ends() -> None:
    assert [month_end(month).day for month in (1, 2, 4, 12)] == [31, 28, 30, 31]
