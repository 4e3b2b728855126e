"""Indicators (指标): what a figure is called, how it is defined, and how it is computed.

An indicator is declared over one ledger as narwhals expressions and called with frames, a scope and a period; the same
declaration runs on pandas, DuckDB and Dask. Which rows count follows from its ``span``:

- ``flow``: rows dated within the period (disputes found this month);
- ``stock``: rows dated up to the period's end (grids that exist);
- ``month_end``: rows dated in the period's last month (average visitors now).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places

Span = Literal["flow", "stock", "month_end"]
Frames = Mapping[str, Any]
"""Ledger code → its frame (pandas, DuckDB relation, Dask …), with the store's ``township`` column."""

UNIT_COLUMNS: dict[Level, str] = {"township": "township", "village": "place"}


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A count or a sum over a ledger's rows.

    ``level`` keeps the rows of places of one level (a township unit's own centre, not its villages'); ``rows`` narrows
    them further, given the period.
    """

    code: str
    label: str
    unit: str
    definition: str
    ledger: Ledger
    value: Callable[[], nw.Expr] = nw.len
    level: Level | None = None
    rows: Callable[[Period], nw.Expr] | None = None
    dated: str = ""
    span: Span = "flow"
    decimals: int = 0
    cumulative: bool = True
    lower_is_better: bool = False

    def __call__(self, frames: Frames, scope: Place, period: Period) -> float | None:
        """Return the value for one scope; 0 where there is no row, whatever the engine makes of nothing."""
        picked = self._picked(frames, scope, period).select(self.value().alias("value")).collect()
        value = picked["value"][0] if len(picked) else None
        return 0.0 if value is None or value != value else float(value)  # noqa: PLR0124 - NaN

    def by_unit(
        self, frames: Frames, places: Places, scope: Place, period: Period, level: Level
    ) -> dict[str, float | None]:
        """Return the value of each unit of ``level`` within the scope, by place code; a unit without rows has 0."""
        column = UNIT_COLUMNS[level]
        grouped = self._picked(frames, scope, period).group_by(column).agg(self.value().alias("value")).collect()
        found = dict(zip(grouped[column].to_list(), grouped["value"].to_list(), strict=True))
        return {place.code: float(found.get(place.code) or 0) for place in places.at(level, scope.code)}

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers it is computed from."""
        return (self.ledger,)

    def _picked(self, frames: Frames, scope: Place, period: Period) -> Any:
        day = nw.col(self.dated or self.ledger.dated)
        wanted = [day <= _midnight(period.end)]
        if scope.level != "district":
            wanted.append(nw.col(UNIT_COLUMNS[scope.level]) == scope.code)
        if self.span != "stock":
            start = period.start if self.span == "flow" else Period.month(period.code).start
            wanted.append(day >= _midnight(start))
        if self.level:
            wanted.append(_at_level(self.level, scope))
        if self.rows:
            wanted.append(self.rows(period))
        return nw.from_native(frames[self.ledger.code]).lazy().filter(*wanted)  # one filter: each copies the rows


def _at_level(level: Level, scope: Place) -> nw.Expr:
    """Return the rows of places of one level; what a scope below the district holds is never the district's own."""
    no_village = nw.col("place") == nw.col("township")
    if level == "village":
        return ~no_village
    is_district = (nw.col("place") == scope.code) & nw.lit(scope.level == "district")
    return is_district if level == "district" else no_village & ~is_district


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One indicator over another: a rate in percent, or an average; None where the denominator is 0.

    With ``from_january`` it is always counted over the year up to the period's end: a month alone would show a rate
    of matters that hardly had the time to end.
    """

    code: str
    label: str
    unit: str
    definition: str
    numerator: Indicator
    denominator: Indicator
    decimals: int = 1
    cumulative: bool = True
    from_january: bool = False
    lower_is_better: bool = False

    def __call__(self, frames: Frames, scope: Place, period: Period) -> float | None:
        """Return the value for one scope."""
        period = self._span(period)
        return self._divided(self.numerator(frames, scope, period), self.denominator(frames, scope, period))

    def by_unit(
        self, frames: Frames, places: Places, scope: Place, period: Period, level: Level
    ) -> dict[str, float | None]:
        """Return the value of each unit of ``level`` within the scope, by place code."""
        period = self._span(period)
        above = self.numerator.by_unit(frames, places, scope, period, level)
        below = self.denominator.by_unit(frames, places, scope, period, level)
        return {code: self._divided(above[code], below[code]) for code in above}

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers it is computed from."""
        return tuple(dict.fromkeys((*self.numerator.ledgers, *self.denominator.ledgers)))

    def _span(self, period: Period) -> Period:
        return period.year_to_date() if self.from_january else period

    def _divided(self, above: float | None, below: float | None) -> float | None:
        if above is None or not below:
            return None
        return above / below * (100 if self.unit == "%" else 1)


Measure = Indicator | Ratio


def done_by(column: str, period: Period) -> nw.Expr:
    """Return the rows whose day in ``column`` is not after the period's end; a blank is not done."""
    return nw.col(column) <= _midnight(period.end)


def not_done_by(column: str, period: Period) -> nw.Expr:
    """Return the rows that were still without the day in ``column`` at the period's end."""
    return nw.col(column).is_null() | (nw.col(column) > _midnight(period.end))


def _midnight(day: dt.date) -> nw.Expr:
    return nw.lit(dt.datetime.combine(day, dt.time()))
