"""What all sample rows share: the days of the year, invented persons, and the traits of the township units."""

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from govkit.ledgers.places import Place, Places

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
    """Return the days from ``first`` to ``last``, both included; only workdays unless ``worked`` is False."""
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
    """Return a random day of the year: its month by twelve weights, its day uniformly."""
    month = rng.choices(range(1, 13), months)[0]
    return rng.choice(month_days(month, worked=worked))


def between(rng: random.Random, first: dt.date, last: dt.date, *, worked: bool = True) -> dt.date:
    """Return a random day from ``first`` to ``last``; ``last`` if no day of the span is worked."""
    return rng.choice(days_between(first, last, worked=worked) or (last,))


def workdays_on(day: dt.date, count: int) -> dt.date:
    """Return the workday that lies ``count`` workdays after ``day`` (0: ``day`` itself or the next workday)."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    for _ in range(count):
        day = workdays_on(day + dt.timedelta(days=1), 0)
    return day


def known_by_year_end(day: dt.date) -> dt.date | None:
    """Return the day, or None after 31 December, when the ledgers were closed."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The traits of one township unit; shares are between 0 and 1 and differ, so that rankings are meaningful."""

    letters: str
    size: float
    open_disputes: int
    slow_disputes: float
    late_services: float
    late_rectifications: float
    supervised: float


UNITS = {
    "苏家作乡": Unit(
        letters="SJZ",
        size=1.15,
        open_disputes=1,
        slow_disputes=0.03,
        late_services=0.05,
        late_rectifications=0.16,
        supervised=0.97,
    ),
    "阳庙镇": Unit(
        letters="YM",
        size=1.25,
        open_disputes=6,
        slow_disputes=0.10,
        late_services=0.09,
        late_rectifications=0.30,
        supervised=0.93,
    ),
    "宁郭镇": Unit(
        letters="NG",
        size=1.05,
        open_disputes=4,
        slow_disputes=0.07,
        late_services=0.13,
        late_rectifications=0.22,
        supervised=0.88,
    ),
    "李万街道": Unit(
        letters="LW",
        size=1.00,
        open_disputes=2,
        slow_disputes=0.05,
        late_services=0.03,
        late_rectifications=0.12,
        supervised=0.99,
    ),
    "文苑街道": Unit(
        letters="WY",
        size=0.85,
        open_disputes=3,
        slow_disputes=0.08,
        late_services=0.07,
        late_rectifications=0.38,
        supervised=0.91,
    ),
    "文昌街道": Unit(
        letters="WC",
        size=0.92,
        open_disputes=5,
        slow_disputes=0.12,
        late_services=0.16,
        late_rectifications=0.26,
        supervised=0.84,
    ),
}


def unit_of(place: Place, places: Places) -> Unit:
    """Return the traits of a township unit, or of the unit of a village."""
    return UNITS[places[place.township].name]


def code_of(place: Place, places: Places) -> str:
    """Return the code of a place in the sample's numbers, e.g. YM02 for the second village of 阳庙镇."""
    if place.level == "district":
        return "SFQ"
    return unit_of(place, places).letters + place.code.partition("-")[2]


def weight(village: Place, places: Places) -> float:
    """Return the relative activity of a village, the same in every institution."""
    return unit_of(village, places).size * random.Random(village.code).uniform(0.6, 1.5)


def shared_out(total: int, villages: Sequence[Place], places: Places) -> list[Place]:
    """Return ``total`` villages, each at least once and otherwise by weight (largest remainders), in register order."""
    weights = [weight(village, places) for village in villages]
    exact = [(total - len(villages)) * share / sum(weights) for share in weights]
    counts = [1 + math.floor(share) for share in exact]
    by_remainder = sorted(range(len(villages)), key=lambda n: math.floor(exact[n]) - exact[n])
    for number in by_remainder[: total - sum(counts)]:
        counts[number] += 1
    return [village for village, count in zip(villages, counts, strict=True) for _ in range(count)]


class Numbers:
    """The sample's running numbers: a prefix, the year, the village, and a count in each village."""

    def __init__(self, prefix: str, places: Places) -> None:
        self._prefix = prefix
        self._places = places
        self._counts: Counter[str] = Counter()

    def next(self, village: str) -> str:
        """Return the next number of the village with this code, like JF2015-YM02-007."""
        self._counts[village] += 1
        return f"{self._prefix}{YEAR}-{code_of(self._places[village], self._places)}-{self._counts[village]:03}"
