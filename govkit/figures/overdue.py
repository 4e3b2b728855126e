"""Matters of the whole district with a deadline: overdue at a month's end, or due soon after it."""

from collections.abc import Callable, Iterator

import pandas as pd

from govkit.institutions import institutions
from govkit.institutions.institution import Overdue
from govkit.ledgers.indicator import Frames
from govkit.ledgers.period import Period

_MATTER = ("类别", "place", "township", "编号", "事项", "应办日期")
DAYS_OVER = "超期天数"
DAYS_LEFT = "剩余天数"
RULE = "依据"
DAYS_AHEAD = 7
"""The days after a month's end within which a matter falls due soon, by default."""


def overdue_matters(frames: Frames, period: Period) -> pd.DataFrame:
    """Return a row per matter overdue at the period's end, the longest overdue first.

    :return: the columns 类别 (kind), ``place`` and ``township`` (codes), 编号 (number), 事项 (subject), 应办日期 (day
        due, text), 超期天数 (days overdue) and 依据 (the rule).
    """
    found = _matters(frames, period, lambda kind, frame: kind.late(frame, period), DAYS_OVER)
    return found.sort_values([DAYS_OVER, "编号"], ascending=[False, True], ignore_index=True)


def matters_due_soon(frames: Frames, period: Period, days: int) -> pd.DataFrame:
    """Return a row per matter that is open at the period's end and due within ``days`` days after it, soonest first.

    :return: the columns of :func:`overdue_matters`, with 剩余天数 (days left) instead of 超期天数.
    """
    found = _matters(frames, period, lambda kind, frame: kind.due_soon(frame, period, days), DAYS_LEFT)
    return found.sort_values([DAYS_LEFT, "编号"], ignore_index=True)


_Chosen = Callable[[Overdue, pd.DataFrame], pd.Series]


def _matters(frames: Frames, period: Period, chosen: _Chosen, days: str) -> pd.DataFrame:
    rows = [
        row
        for institution in institutions()
        for kind in institution.overdue
        for row in _rows(kind, frames[kind.ledger.code], chosen, pd.Timestamp(period.end))
    ]
    columns = [*_MATTER, days, RULE]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, "str") | {days: "int64"})


def _rows(kind: Overdue, frame: pd.DataFrame, chosen: _Chosen, end: pd.Timestamp) -> Iterator[list[object]]:
    rows = frame[chosen(kind, frame).fillna(value=False).astype(bool)]
    columns = (rows["place"], rows["township"], rows[kind.ledger.key[0]], kind.subject(rows), kind.due(rows))
    for place, township, number, subject, day in zip(*columns, strict=True):
        yield [kind.label, place, township, number, str(subject), f"{day:%Y-%m-%d}", abs((end - day).days), kind.rule]
