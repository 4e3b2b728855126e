"""The days of the sample year: which of them an office works, and picking some."""

import datetime as dt
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

Row = dict[str, Any]
"""Column code → value: text, a day, a number, a boolean, the code of a place, or None."""
Rows = dict[str, list[Row]]
"""Ledger code → its rows."""


YEAR = 2015
FIRST = dt.date(YEAR, 1, 1)
LAST = dt.date(YEAR, 12, 31)

_HOLIDAYS = (
    ((1, 1), (1, 3)),
    ((2, 18), (2, 24)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 3)),
    ((6, 20), (6, 22)),
    ((9, 3), (9, 5)),
    ((9, 26), (9, 27)),
    ((10, 1), (10, 7)),
)
"""The public holidays of 2015, first and last day; the Saturdays and Sundays worked instead are left out."""


def is_workday(day: dt.date) -> bool:
    """Return whether an office is open: Monday to Friday and no public holiday."""
    return day.weekday() < 5 and not any(dt.date(YEAR, *a) <= day <= dt.date(YEAR, *b) for a, b in _HOLIDAYS)


@cache
def days_between(first: dt.date, last: dt.date, *, worked: bool = True) -> tuple[dt.date, ...]:
    """Return the days from ``first`` to ``last``, both counted; only workdays unless ``worked`` is False."""
    every = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in every if not worked or is_workday(day))


@cache
def month_days(month: int, *, worked: bool = True) -> tuple[dt.date, ...]:
    """Return the days of a month of the sample year."""
    return tuple(day for day in days_between(FIRST, LAST, worked=worked) if day.month == month)


def month_end(month: int) -> dt.date:
    """Return the last day of a month of the sample year."""
    return month_days(month, worked=False)[-1]


def some_day(rng: random.Random, months: Sequence[float], *, worked: bool = True) -> dt.date:
    """Return a day of the year: its month by twelve weights, within the month any day alike."""
    month = rng.choices(range(1, 13), months)[0]
    return rng.choice(month_days(month, worked=worked))


def between(rng: random.Random, first: dt.date, last: dt.date, *, worked: bool = True) -> dt.date:
    """Return some day from ``first`` to ``last``; ``last`` itself where none of them is worked."""
    return rng.choice(days_between(first, last, worked=worked) or (last,))


def workdays_on(day: dt.date, count: int) -> dt.date:
    """Return the workday that lies ``count`` workdays after ``day`` (0: ``day`` itself or the next workday)."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    for _ in range(count):
        day = workdays_on(day + dt.timedelta(days=1), 0)
    return day


def known_by_year_end(day: dt.date) -> dt.date | None:
    """Return the day, or None where the year ends before it: the ledgers were closed on 31 December."""
    return day if day <= LAST else None


PHONE_RANGE = "1380000"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_FIRST = "建国春秀玉小文志海明红永德新桂金凤保瑞长庆喜学树兰"
_SECOND = "军芳平英华强梅林霞涛花生成香山玲安峰珍旺民云福河萍"


def person(rng: random.Random) -> str:
    """Return an invented name of two or three characters."""
    given = rng.choice(_SECOND) if rng.random() < 0.15 else rng.choice(_FIRST) + rng.choice(_SECOND)
    return rng.choice(_SURNAMES) + given


def phone(rng: random.Random) -> str:
    """Return eleven digits in the sample's range."""
    return f"{PHONE_RANGE}{rng.randrange(10_000):04}"
