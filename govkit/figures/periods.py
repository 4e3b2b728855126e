"""The periods that an analyst asks for: months, quarters or years, as a pandas PeriodIndex."""

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.period import Period

PeriodsLike = str | int | pd.Period | pd.PeriodIndex | Iterable["str | int | pd.Period"]
"""``month``, ``quarter`` or ``year`` for all; ``2015-09``, ``2015Q3``, ``2015``, ``2015-03:2015-09``; or a list."""

MONTHS = {"M": 1, "Q": 3, "Y": 12}
"""Frequency → how many months a period has."""
_EVERY = {"month": "M", "months": "M", "月": "M", "quarter": "Q", "quarters": "Q", "季": "Q", "季度": "Q"}
_EVERY |= {"year": "Y", "years": "Y", "年": "Y", "年度": "Y"}
_FREQUENCIES = {"M": "M", "Q": "Q-DEC", "Y": "Y-DEC"}
_QUARTERS = dict(zip("一二三四", "1234", strict=True))
_FORMS = (
    ("M", re.compile(r"(\d{4})-(\d{2})")),
    ("M", re.compile(r"(\d{4})年(\d{1,2})月")),
    ("Q", re.compile(r"(\d{4})-?Q([1-4])")),
    ("Q", re.compile(r"(\d{4})年第?([1-4一二三四])季度?")),
    ("Y", re.compile(r"(\d{4})年?")),
)


def read_periods(wanted: PeriodsLike, first: Period, last: Period) -> pd.PeriodIndex:
    """Return the periods wanted, each once, in the order given.

    :param wanted: see :data:`PeriodsLike`.
    :param first: the first month that the ledgers hold.
    :param last: the last month that the ledgers hold.
    :raises InputError: something is no period, lies outside those months, or periods of several lengths are mixed.

    >>> year = Period.month("2015-01"), Period.month("2015-12")
    >>> read_periods("quarter", *year).astype(str).tolist()
    ['2015Q1', '2015Q2', '2015Q3', '2015Q4']
    >>> read_periods("2015年3月:2015-05", *year)
    PeriodIndex(['2015-03', '2015-04', '2015-05'], dtype='period[M]')
    """
    if isinstance(wanted, str) and _plain(wanted).lower() in _EVERY:
        frequency = _FREQUENCIES[_EVERY[_plain(wanted).lower()]]
        return pd.period_range(first.start, last.end, freq=frequency)
    items = _listed(wanted)
    found: list[pd.Period] = []
    problems: list[Problem] = []
    for item in items:
        periods = _read(item)
        if not periods:
            problems.append(_no_period(item))
        outside = [p for p in periods if p.end_time < pd.Timestamp(first.start) or p.start_time.date() > last.end]
        problems += [_outside(period, first, last) for period in outside[:1]]
        found += periods
    if not problems and len({period.freqstr for period in found}) != 1:
        problems.append(_mixed(items))
    if problems:
        raise InputError(problems)
    return pd.PeriodIndex(dict.fromkeys(found))


def days_of(period: pd.Period) -> Period:
    """Return the days of a pandas period.

    >>> days_of(pd.Period("2015Q3")).label
    '2015年7—9月'
    """
    return Period(period.start_time.date(), period.end_time.date())


def months_held(period: Period, first: Period, last: Period) -> int:
    """Return how many of a period's months the ledgers hold, the last of which may be unfinished."""
    start, end = max(period.start, first.start), min(period.end, last.end)
    return max(0, (end.year - start.year) * 12 + end.month - start.month + 1) if start <= end else 0


def _listed(wanted: object) -> list[object]:
    return list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _read(item: object) -> list[pd.Period]:
    """Return the periods of one item: one, those of a range, or none where it is no period."""
    if isinstance(item, pd.Period):
        return [item] if item.freqstr in _FREQUENCIES.values() else []
    text = _plain(str(item)) if isinstance(item, str | int) else ""
    ends = [_one(end) for end in re.split("[:至~]", text)]
    if len(ends) == 1:
        return [ends[0]] if ends[0] is not None else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0].freqstr != ends[1].freqstr:
        return []
    return list(pd.period_range(ends[0], ends[1]))


def _one(text: str) -> pd.Period | None:
    for kind, form in _FORMS:
        match = form.fullmatch(text)
        if match is None or not 1949 <= int(match[1]) <= 2200:  # the years that pandas can hold and ledgers may
            continue
        number = _QUARTERS.get(match[2], match[2]) if kind != "Y" else ""
        if kind == "M" and not 1 <= int(number) <= 12:
            continue
        written = {"M": f"{match[1]}-{number:0>2}", "Q": f"{match[1]}Q{number}", "Y": match[1]}[kind]
        return pd.Period(written, freq=_FREQUENCIES[kind])
    return None


def _no_period(item: object) -> Problem:
    return Problem(
        Where(_("period"), item=str(item)),
        _("“{value}” is no month, quarter or year").format(value=item),
        _("Write month, quarter or year for all of them, or periods like 2015-09, 2015Q3, 2015, 2015-03:2015-09"),
    )


def _outside(period: pd.Period, first: Period, last: Period) -> Problem:
    return Problem(
        Where(_("period"), item=str(period)),
        _("The ledgers hold no rows for {period}").format(period=days_of(period).label),
        _("Choose a month from {first} to {last}, or import the ledgers of that month first").format(
            first=first.code, last=last.code
        ),
    )


def _mixed(items: list[object]) -> Problem:
    return Problem(
        Where(_("period"), item="、".join(map(str, items))),
        _("Months, quarters and years are mixed, or there is no period at all"),
        _("Ask for periods of one length at a time"),
    )
