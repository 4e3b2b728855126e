"""Matters of the whole district with a deadline: overdue at a month's end, or due soon after it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from govkit.institutions import institutions
from govkit.institutions.institution import Overdue
from govkit.ledgers.indicator import UNIT_COLUMNS, NativeFrames, not_done_by
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.ledgers.scope import typed

_MATTER = ("类别", "place", "township", "编号", "事项", "应办日期")
DAYS_OVER = "超期天数"
DAYS_LEFT = "剩余天数"
RULE = "依据"
DAYS_AHEAD = 7
"""The days after a month's end within which a matter falls due soon, by default."""


class Matters:
    """Matters of many places, found again by township unit or village without looking through all of them."""

    def __init__(self, every: pd.DataFrame) -> None:
        self._every = every
        self._rows: dict[str, Any] = {}

    def of(self, place: Place | None) -> pd.DataFrame:
        """Return the matters of a place and of those below it, in their order; all of them for the district."""
        column = UNIT_COLUMNS.get(place.level) if place else None
        if place is None or column is None:
            return self._every
        if column not in self._rows:
            self._rows[column] = self._every.groupby(column).indices
        own: pd.DataFrame = self._every.iloc[self._rows[column].get(place.code, [])]
        return own


def overdue_matters(frames: NativeFrames, period: Period, within: Place | None = None) -> pd.DataFrame:
    """Return a row per matter overdue at the period's end, the longest overdue first.

    :param within: the place whose rows an engine reads; all of them by default.
    :return: the columns 类别 (kind), ``place`` and ``township`` (codes), 编号 (number), 事项 (subject), 应办日期 (day
        due, text), 超期天数 (days overdue) and 依据 (the rule).
    """
    found = _matters(_Open(frames, period, within), lambda kind, frame: kind.late(frame, period), DAYS_OVER)
    return found.sort_values([DAYS_OVER, "编号"], ascending=[False, True], ignore_index=True)


def matters_due_soon(frames: NativeFrames, period: Period, days: int, within: Place | None = None) -> pd.DataFrame:
    """Return a row per matter that is open at the period's end and due within ``days`` days after it, soonest first.

    :return: the columns of :func:`overdue_matters`, with 剩余天数 (days left) instead of 超期天数.
    """
    opened = _Open(frames, period, within)
    found = _matters(opened, lambda kind, frame: kind.due_soon(frame, period, days), DAYS_LEFT)
    return found.sort_values([DAYS_LEFT, "编号"], ignore_index=True)


@dataclass(frozen=True)
class _Open:
    """The matters that may be open at a period's end, as rows of pandas whatever engine they come from."""

    frames: NativeFrames
    period: Period
    within: Place | None

    def rows(self, kind: Overdue) -> pd.DataFrame:
        native = self.frames[kind.ledger.code]
        if isinstance(native, pd.DataFrame):
            return native
        wanted = [not_done_by(kind.done, self.period)]
        if self.within is not None and self.within.level != "district":
            wanted.append(nw.col(UNIT_COLUMNS[self.within.level]) == self.within.code)
        return typed(nw.from_native(native).lazy().filter(*wanted).collect().to_pandas(), kind.ledger)


_Chosen = Callable[[Overdue, pd.DataFrame], pd.Series]


def _matters(opened: _Open, chosen: _Chosen, days: str) -> pd.DataFrame:
    rows = [
        row
        for institution in institutions()
        for kind in institution.overdue
        for row in _rows(kind, opened.rows(kind), chosen, pd.Timestamp(opened.period.end))
    ]
    columns = [*_MATTER, days, RULE]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, "str") | {days: "int64"})


def _rows(kind: Overdue, frame: pd.DataFrame, chosen: _Chosen, end: pd.Timestamp) -> Iterator[list[object]]:
    rows = frame[chosen(kind, frame).fillna(value=False).astype(bool)]
    columns = (rows["place"], rows["township"], rows[kind.ledger.key[0]], kind.subject(rows), kind.due(rows))
    for place, township, number, subject, day in zip(*columns, strict=True):
        yield [kind.label, place, township, number, str(subject), f"{day:%Y-%m-%d}", abs((end - day).days), kind.rule]
