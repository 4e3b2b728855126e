"""Which units reported which months: what tells no row from no report, and what a figure rests on.

A unit has reported a month when any journal holds a row of it dated in the month. A ledger that it must report each
month it has reported once the ledger holds a row of it of that year; a register once it has reported anything at all.
Workbooks come by township unit, so a village has reported what its township unit has; the district reports its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from govkit.institutions import ledgers
from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Frames, Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places

UNREPORTED = "未报送"
"""Printed in place of a number that nobody reported."""
State = Literal["none", "part", "whole"]
MONTHLY = frozenset(
    {
        "decisions",
        "agency_services",
        "disputes",
        "mediation_attempts",
        "service_visits",
        "conduct_inspections",
        "suggestions",
    }
)
"""The ledgers that every unit has rows of in a year."""


@dataclass(frozen=True, slots=True)
class Rests:
    """The units that a figure rests on.

    :ivar whole: the codes of the units that reported every month of the period.
    :ivar part: code → the months, counted from year 0, that a unit did not report, where it reported others.
    :ivar none: the codes of the units that reported nothing of it.
    :ivar single: whether it is the figure of one unit that reports for itself.
    :ivar own: whether the place itself, which reports too, did not.
    """

    whole: tuple[str, ...]
    part: Mapping[str, tuple[int, ...]]
    none: tuple[str, ...]
    single: bool = False
    own: bool = False

    @property
    def silent(self) -> bool:
        """Whether a zero would stand for a report that is missing: nobody reported, or not the place itself."""
        return self.nothing or self.own

    @property
    def nothing(self) -> bool:
        """Whether nobody reported anything, so that there is no figure at all."""
        return not self.whole and not self.part

    @property
    def complete(self) -> bool:
        """Whether every unit reported all of it."""
        return not self.part and not self.none

    @property
    def lacking(self) -> tuple[str, ...]:
        """The codes of the units that did not report all of it."""
        return (*self.none, *self.part)

    @property
    def words(self) -> str:
        """How many units of how many it rests on, or the months that a single unit lacks; empty if it is complete.

        >>> Rests(("a",), {}, ("b", "c")).words
        '1/3个单位'
        >>> Rests((), {"a": (2015 * 12 + 8,)}, (), single=True).words
        '缺9月'
        """
        if self.complete or (self.single and self.nothing):
            return ""
        if self.single:
            [months] = self.part.values()
            return f"缺{month_numbers(months)}"
        count = f"{len(self.whole)}/{len(self.whole) + len(self.lacking)}个单位"
        return f"{count}报全" if self.part else count


class Reported:
    """Who reported what, by the rows of a snapshot.

    >>> snapshot.reported.of(snapshot.measure("G4"), snapshot.places.district, Period.month("2015-09")).complete
    True
    """

    def __init__(self, frames: Frames, places: Places) -> None:
        self._frames, self._places = frames, places
        self._years: dict[str, dict[str, frozenset[int]]] = {}
        self._known: dict[tuple[tuple[str, ...], str, Period], Rests] = {}

    @cached_property
    def townships(self) -> list[str]:
        """The codes of the township units."""
        return [place.code for place in self._places.at("township")]

    @cached_property
    def months(self) -> Mapping[str, frozenset[int]]:
        """The code of each township unit, and of the district → the months that it reported, counted from year 0."""
        found: dict[str, set[int]] = {code: set() for code in (*self.townships, self._places.district.code)}
        for code, ledger in ledgers().items():
            frame = self._frames[code]
            if ledger.standing or frame.empty:
                continue
            days = frame[ledger.dated].dt
            pairs = frame[["township"]].assign(month=days.year * 12 + days.month - 1).dropna().drop_duplicates()
            for unit, month in zip(pairs["township"], pairs["month"], strict=True):
                found.setdefault(str(unit), set()).add(int(month))
        return {unit: frozenset(held) for unit, held in found.items()}

    def read_all(self) -> None:
        """Read what every ledger says, so that it can be handed to other processes."""
        _ = self.months
        for ledger in ledgers().values():
            self.years(ledger)

    def units(self, measure: Indicator, period: Period) -> set[str]:
        """Return the township units, and the district for its own rows, that have rows of an indicator's ledger.

        Rows of the period's years, of a register any; and in the period's months rows of any journal.
        """
        first = 0 if measure.span == "stock" else period.start.year
        held = self.years(measure.ledger)
        units = {unit for unit, years in held.items() if any(first <= year <= period.end.year for year in years)}
        if measure.ledger.standing:
            return set(held)
        return {unit for unit in units if self._state(measure.ledger, unit, period, measure.span)[0] != "none"}

    def expected(self, measure: Measure) -> int:
        """Return how many township units a value of the whole district rests on; 1 where only the district counts."""
        return len(self.townships) if "township" in measure.levels else 1

    def of(self, measure: Measure, place: Place, period: Period) -> Rests:
        """Return what an indicator's value of a place rests on."""
        if place.level not in measure.levels:
            return Rests((place.code,), {}, (), single=True)
        key = (("measure", measure.code), place.code, period)
        if key not in self._known:
            parts = (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
            span = measure.counted_over(period) if isinstance(measure, Ratio) else period
            needed = [(part.ledger, part.span) for part in parts]
            levels = {
                level for part in parts for level in ([part.level] if part.level else part.ledger["place"].levels)
            }
            self._known[key] = self._rests(needed, self._reporters(place, levels), place, span)
        return self._known[key]

    def of_ledgers(self, codes: Sequence[str], place: Place, period: Period) -> Rests:
        """Return what something counted from the rows of some ledgers, dated up to a period's end, rests on."""
        key = (tuple(codes), place.code, period)
        if key not in self._known:
            needed = [ledgers()[code] for code in codes]
            levels = {level for one in needed for level in one["place"].levels}
            wanted: list[tuple[Ledger, str]] = [(one, "flow") for one in needed]
            self._known[key] = self._rests(wanted, self._reporters(place, levels), place, period)
        return self._known[key]

    def of_month(self, place: Place, period: Period) -> Rests:
        """Return which units below a place, or it itself, reported anything of a period, whatever the ledger."""
        return self._rests([], self._reporters(place, {"township"}), place, period)

    def of_own(self, place: Place, period: Period) -> Rests:
        """Return whether a place reported anything of a period for itself; the district for its own ledgers."""
        return self._rests([], [place.township], place, period)

    def years(self, ledger: Ledger) -> Mapping[str, frozenset[int]]:
        """Return unit → the years that it has rows of in a ledger."""
        if ledger.code not in self._years:
            frame = self._frames[ledger.code]
            years = frame[ledger.dated].dt.year.groupby(frame["township"]).unique()
            self._years[ledger.code] = {
                str(unit): frozenset(int(year) for year in held if year == year)  # noqa: PLR0124 - NaN
                for unit, held in years.items()
            }
        return self._years[ledger.code]

    def due(self, period: Period) -> list[int]:
        """Return the months of a period, none before the first that anybody reported."""
        first = min((min(held) for held in self.months.values() if held), default=0)
        start, end = (day.year * 12 + day.month - 1 for day in (period.start, period.end))
        return list(range(max(start, first), end + 1)) or [end]

    def _reporters(self, place: Place, levels: Collection[str]) -> list[str]:
        """Return the units that a place's rows of some levels come from."""
        if place.level != "district":
            return [place.township]
        below = self.townships if {"township", "village"} & set(levels) else []
        return [*below, *([place.code] if "district" in levels or not below else [])]

    def _rests(self, needed: Iterable[tuple[Ledger, str]], units: Sequence[str], place: Place, period: Period) -> Rests:
        wanted = list(needed)
        whole: list[str] = []
        part: dict[str, tuple[int, ...]] = {}
        none: list[str] = []
        for unit in units:
            states = [self._state(ledger, unit, period, span) for ledger, span in wanted]
            states = states or [self._months_state(unit, self.due(period))]
            if any(state == "none" for state, _ in states):
                none.append(unit)
            elif lacking := sorted({month for _, months in states for month in months}):
                part[unit] = tuple(lacking)
            else:
                whole.append(unit)
        return Rests(tuple(whole), part, tuple(none), single=len(units) == 1, own=place.code in none)

    def _state(self, ledger: Ledger, unit: str, period: Period, span: str) -> tuple[State, tuple[int, ...]]:
        years = self.years(ledger).get(unit, frozenset())
        if ledger.standing:
            return ("whole" if years or self.months.get(unit) else "none"), ()
        first = 0 if span == "stock" else period.start.year
        if ledger.code in MONTHLY and not any(first <= year <= period.end.year for year in years):
            return "none", ()
        due = self.due(period)
        return self._months_state(unit, due if span == "flow" else due[-1:])

    def _months_state(self, unit: str, due: Sequence[int]) -> tuple[State, tuple[int, ...]]:
        sent = self.months.get(unit, frozenset())
        lacking = tuple(month for month in due if month not in sent)
        return ("none" if len(lacking) == len(due) else "part" if lacking else "whole"), lacking


@lru_cache(maxsize=256)
def month_numbers(months: tuple[int, ...]) -> str:
    """Return months of a year in words, those that follow each other as a span.

    >>> month_numbers((2015 * 12, 2015 * 12 + 1, 2015 * 12 + 2, 2015 * 12 + 8))
    '1—3月、9月'
    """
    spans: list[list[int]] = []
    for month in months:
        if spans and spans[-1][1] == month - 1 and month % 12:
            spans[-1][1] = month
        else:
            spans.append([month, month])
    return "、".join(f"{a % 12 + 1}月" if a == b else f"{a % 12 + 1}—{b % 12 + 1}月" for a, b in spans)
