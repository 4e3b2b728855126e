"""Indicators (指标): name, unit, definition and computation of figures.

An indicator is declared over one ledger as narwhals expressions and called with frames, a scope and a period; the same
declaration runs on pandas, DuckDB and Dask. Its ``span`` selects the rows that count:

- ``flow``: rows dated within the period (disputes found this month);
- ``stock``: rows dated up to the period's end (grids that exist);
- ``month_end``: rows dated in the period's last month (average visitors now).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import narwhals as nw
from narwhals.typing import IntoFrame, IntoLazyFrame

from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places

if TYPE_CHECKING:
    import pandas as pd

Span = Literal["flow", "stock", "month_end"]
Frames = Mapping[str, "pd.DataFrame"]
"""Ledger code → its rows, with the store's ``township`` column."""
NativeFrames = Mapping[str, IntoFrame]
"""Frames of any engine that narwhals knows: pandas, DuckDB, Dask."""

Value = float | None

UNIT_COLUMNS: dict[Level, str] = {"township": "township", "village": "place"}
LEVELS: tuple[Level, ...] = ("district", "township", "village")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A count or a sum over a ledger's rows.

    :ivar code: the code; a published figure's own where it computes one (``G4``).
    :ivar label: the Chinese name.
    :ivar unit: the unit, such as ``件``.
    :ivar definition: the definition in Chinese.
    :ivar ledger: the ledger whose rows are counted.
    :ivar value: returns the expression to compute; the number of rows by default.
    :ivar level: count only rows of places of this level (a township unit's own centre, not its villages').
    :ivar rows: takes the period and returns a further condition on rows.
    :ivar dated: the column with the day that counts; the ledger's own date by default.
    :ivar span: the rows that count; see the module.
    :ivar decimals: decimals shown.
    :ivar cumulative: whether a year to date makes sense.
    :ivar lower_is_better: whether ranks go from the lowest value.
    :ivar synonyms: other names that people call it by.

    >>> from govkit.institutions import indicators
    >>> found = indicators()["G4"]
    >>> found(snapshot.frames, snapshot.places.district, Period.months("2015-01", "2015-12"))
    1393.0
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
    synonyms: tuple[str, ...] = ()

    def __call__(self, frames: NativeFrames, scope: Place, period: Period) -> float | None:
        """Return the value for one scope and period; 0 where no row counts.

        :param frames: ledger code → frame, of any engine that narwhals knows.
        :param scope: the district, a township unit or a village.
        :param period: the days to count over.
        """
        picked = self._picked(frames, scope, period).select(self.value().alias("value")).collect()
        value = picked["value"][0] if len(picked) else None
        return 0.0 if value is None or value != value else float(value)  # noqa: PLR0124 - NaN

    def by_unit(
        self, frames: NativeFrames, places: Places, scope: Place, period: Period, level: Level
    ) -> dict[str, float | None]:
        """Return place code → value for the units of ``level`` within the scope; a unit without rows has 0."""
        column = UNIT_COLUMNS[level]
        grouped = self._picked(frames, scope, period).group_by(column).agg(self.value().alias("value")).collect()
        found = dict(zip(grouped[column].to_list(), grouped["value"].to_list(), strict=True))
        return {place.code: float(found.get(place.code) or 0) for place in places.at(level, scope.code)}

    def over(
        self, frames: NativeFrames, places: Places, periods: Sequence[Period], within: Place | None = None
    ) -> dict[str, list[Value]]:
        """Return place code → its value in each period; a count takes a single grouping.

        :param within: the place that is asked for, with the places below it; the district by default.
        """
        scope = within or places.district
        if self.value is not nw.len:
            return self._over_each(frames, places, periods, scope)
        inside = [self._within(p).fill_null(value=False).cast(nw.Int64).alias(f"_{at}") for at, p in enumerate(periods)]
        units = list(UNIT_COLUMNS.values())
        frame = self._of_its_level(frames, places, periods, scope).select(*units, *inside)
        totals: dict[str, list[Value]] = {place.code: [0.0] * len(periods) for place in places.below(scope.code)}
        for township, place, *counts in frame.group_by(units).agg(nw.all().sum()).collect().iter_rows():
            for code in {place, township, places.district.code} & totals.keys():
                totals[code] = [
                    (total or 0.0) + float(count) for total, count in zip(totals[code], counts, strict=True)
                ]
        return totals

    def _over_each(
        self, frames: NativeFrames, places: Places, periods: Sequence[Period], scope: Place
    ) -> dict[str, list[Value]]:
        """Return the same as :meth:`over` for a value that is no count: a grouping for each level over all periods."""
        frame = self._of_its_level(frames, places, periods, scope)
        dated = [frame.filter(self._within(p)).with_columns(nw.lit(at).alias("_at")) for at, p in enumerate(periods)]
        whole = nw.concat(dated).with_columns(nw.lit(places.district.code).alias("_district"))
        values: dict[str, list[Value]] = {place.code: [0.0] * len(periods) for place in places.below(scope.code)}
        for level, unit in (*UNIT_COLUMNS.items(), ("district", "_district")):
            found = whole.group_by("_at", unit).agg(self.value().alias("value")).collect().select(unit, "_at", "value")
            own = {place.code for place in places.at(level, scope.code)}
            for code, at, value in found.iter_rows():
                if code in own and value == value:  # noqa: PLR0124 - NaN
                    values[code][at] = float(value or 0)
        return values

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers it is computed from."""
        return (self.ledger,)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of the units that it is counted at, the district first: none below its lowest rows.

        >>> from govkit.institutions import indicators
        >>> indicators()["visitors"].levels
        ('district', 'township')
        """
        counted = {self.level} if self.level else {*self.ledger["place"].levels}
        return LEVELS[: max(LEVELS.index(level) for level in counted) + 1]

    def _picked(self, frames: NativeFrames, scope: Place, period: Period) -> "nw.LazyFrame[IntoLazyFrame]":
        wanted = [self._within(period)]
        if scope.level != "district":
            wanted.append(nw.col(UNIT_COLUMNS[scope.level]) == scope.code)
        if self.level:
            wanted.append(_at_level(self.level, scope))
        return nw.from_native(frames[self.ledger.code]).lazy().filter(*wanted)  # one filter, since each copies the rows

    def _of_its_level(
        self, frames: NativeFrames, places: Places, periods: Sequence[Period], scope: Place
    ) -> "nw.LazyFrame[IntoLazyFrame]":
        """Return the rows of a scope at the indicator's level, for a lazy engine those of the periods alone."""
        frame = nw.from_native(frames[self.ledger.code]).lazy()
        wanted = []
        if scope.level != "district":
            wanted.append(nw.col(UNIT_COLUMNS[scope.level]) == scope.code)
        if self.level:
            wanted.append(_at_level(self.level, places.district))
        if not frame.implementation.is_pandas():  # which would copy the rows, and skips no file by it
            day = nw.col(self.dated or self.ledger.dated)
            wanted.append(day <= _midnight(max(period.end for period in periods)))
            if self.span != "stock":
                wanted.append(day >= _midnight(min(map(self._start, periods))))
        return frame.filter(*wanted) if wanted else frame

    def _start(self, period: Period) -> dt.date:
        return period.start if self.span == "flow" else Period.month(period.code).start

    def _within(self, period: Period) -> nw.Expr:
        """Return the condition that a row counts in a period."""
        day = nw.col(self.dated or self.ledger.dated)
        within = day <= _midnight(period.end)
        if self.span != "stock":
            within &= day >= _midnight(self._start(period))
        return within & self.rows(period) if self.rows else within


def _at_level(level: Level, scope: Place) -> nw.Expr:
    """Return the condition that a row's place is of a level; below the district no row is the district's own."""
    no_village = nw.col("place") == nw.col("township")
    if level == "village":
        return ~no_village
    is_district = (nw.col("place") == scope.code) & nw.lit(scope.level == "district")
    return is_district if level == "district" else no_village & ~is_district


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One indicator over another: a rate in percent, or an average; None where the denominator is 0.

    :ivar from_january: count both over the year up to the period's end, since matters of the last month alone had
        hardly time to end.
    :ivar synonyms: other names that people call it by.

    >>> from govkit.institutions import indicators
    >>> rate = indicators()["G6"]
    >>> round(rate(snapshot.frames, snapshot.places.district, Period.month("2015-12")), 1)
    98.5
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
    synonyms: tuple[str, ...] = ()

    def __call__(self, frames: NativeFrames, scope: Place, period: Period) -> float | None:
        """Return the value for one scope."""
        period = self.counted_over(period)
        return self.divided(self.numerator(frames, scope, period), self.denominator(frames, scope, period))

    def by_unit(
        self, frames: NativeFrames, places: Places, scope: Place, period: Period, level: Level
    ) -> dict[str, float | None]:
        """Return place code → value for the units of ``level`` within the scope."""
        period = self.counted_over(period)
        above = self.numerator.by_unit(frames, places, scope, period, level)
        below = self.denominator.by_unit(frames, places, scope, period, level)
        return {code: self.divided(above[code], below[code]) for code in above}

    def over(
        self, frames: NativeFrames, places: Places, periods: Sequence[Period], within: Place | None = None
    ) -> dict[str, list[Value]]:
        """Return place code → its value in each period, for the places within a place, the district by default."""
        spans = [self.counted_over(period) for period in periods]
        above, below = (part.over(frames, places, spans, within) for part in (self.numerator, self.denominator))
        return {code: list(map(self.divided, above[code], below[code])) for code in above}

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The ledgers it is computed from."""
        return tuple(dict.fromkeys((*self.numerator.ledgers, *self.denominator.ledgers)))

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of the units that both its parts are counted at."""
        return tuple(level for level in self.numerator.levels if level in self.denominator.levels)

    def counted_over(self, period: Period) -> Period:
        """Return the days over which both parts are counted for a period."""
        return period.year_to_date() if self.from_january else period

    def divided(self, above: float | None, below: float | None) -> float | None:
        """Return the rate or average of two counts; None where the denominator is 0."""
        if above is None or not below:
            return None
        return above / below * (100 if self.unit == "%" else 1)


Measure = Indicator | Ratio


def done_by(column: str, period: Period) -> nw.Expr:
    """Return the condition that the day in ``column`` is not after the period's end; a blank does not hold."""
    return nw.col(column) <= _midnight(period.end)


def not_done_by(column: str, period: Period) -> nw.Expr:
    """Return the condition that ``column`` was still blank at the period's end."""
    return nw.col(column).is_null() | (nw.col(column) > _midnight(period.end))


def known_by(column: str, period: Period) -> nw.Expr:
    """Return the condition that the day in ``column`` is blank or not after the period's end."""
    return nw.col(column).is_null() | (nw.col(column) <= _midnight(period.end))


def _midnight(day: dt.date) -> nw.Expr:
    return nw.lit(dt.datetime.combine(day, dt.time()))


class Values:
    """Values of indicators over one set of frames, each computed once for all places.

    >>> [values] = snapshot.values.of(snapshot.measure("G4"), [Period.month("2015-09")])
    >>> len(values), values["yangmiao"]
    (111, 32.0)

    All places' values come from one grouping, so a table of a hundred units costs as much as one value.
    """

    def __init__(self, frames: NativeFrames, places: Places, *, scoped: bool = False) -> None:
        """Keep the frames.

        :param scoped: compute the values of the places asked for alone, where an engine reads only their rows.
        """
        self._frames, self._places, self._scoped = frames, places, scoped
        self._known: dict[tuple[str, Period, str], dict[str, Value]] = {}

    def of(self, measure: Measure, periods: Sequence[Period], within: Place | None = None) -> list[Mapping[str, Value]]:
        """Return place code → value, a mapping for each of the periods.

        :param within: the place whose values, and those of the places below it, are enough.
        """
        scope = within if self._scoped and within is not None and within.level != "district" else None
        if scope and all((measure.code, period, "") in self._known for period in periods):
            scope = None
        code = scope.code if scope else ""
        missing = [period for period in dict.fromkeys(periods) if (measure.code, period, code) not in self._known]
        if missing:
            compute = self._ratio if isinstance(measure, Ratio) else self._counts
            values = compute(measure, missing, scope)  # type: ignore[arg-type]  # each takes its own kind
            self._known |= {(measure.code, period, code): every for period, every in zip(missing, values, strict=True)}
        return [self._known[measure.code, period, code] for period in periods]

    def _counts(self, measure: Indicator, periods: Sequence[Period], scope: Place | None) -> list[dict[str, Value]]:
        over = measure.over(self._frames, self._places, periods, scope)
        return [{place: values[at] for place, values in over.items()} for at in range(len(periods))]

    def _ratio(self, measure: Ratio, periods: Sequence[Period], scope: Place | None) -> list[dict[str, Value]]:
        """Return a ratio's values from those of its parts, which other indicators may need too."""
        spans = [measure.counted_over(period) for period in periods]
        parts = (self.of(part, spans, scope) for part in (measure.numerator, measure.denominator))
        return [
            {place: measure.divided(above[place], below[place]) for place in above.keys() & below.keys()}
            for above, below in zip(*parts, strict=True)
        ]

    def compute(self, needed: Iterable[tuple[Measure, Sequence[Period]]]) -> None:
        """Compute values ahead of their use."""
        for measure, periods in needed:
            self.of(measure, periods)
