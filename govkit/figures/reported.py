"""Which units reported which months: what tells no row from no report, and what a figure rests on.

In a month of which reports were collected unit by unit, a unit has reported a ledger that it must report each month
with a workbook that was taken, a declared nothing, or a row of that month. In other months a unit has reported when any
journal holds a row of it dated in the month: workbooks come by township unit then, so a village has reported what its
township unit has, and the district reports its own. A ledger that units must report each month they have reported once
it holds a row of them of that year; a register once they have reported anything at all.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import narwhals as nw

from govkit.institutions import ledgers
from govkit.institutions.reporting import duties
from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.indicator import Indicator, Measure, NativeFrames, Ratio
from govkit.ledgers.period import Period, month_spans
from govkit.ledgers.places import Place, Places
from govkit.ledgers.submission import in_force

UNREPORTED = "未报送"
"""Printed in place of a number that nobody reported."""
State = tuple[Literal["none", "part", "whole"], tuple[int, ...]]
"""Whether a unit reported nothing, some months or all, and the months that it did not, counted from year 0."""


@dataclass(frozen=True, slots=True)
class Rests:
    """The units that a figure rests on.

    :ivar whole: the codes of the units that reported every month of the period.
    :ivar part: code → the months, counted from year 0, that a unit did not report, where it reported others.
    :ivar none: the codes of the units that reported nothing of it.
    :ivar single: whether it is the figure of one unit that reports for itself.
    :ivar own: whether the place itself, which reports too, did not.
    :ivar villages: whether villages report for themselves.
    :ivar above: the codes of the township units none of whose units reported, themselves among them.
    """

    whole: tuple[str, ...]
    part: Mapping[str, tuple[int, ...]]
    none: tuple[str, ...]
    single: bool = False
    own: bool = False
    above: tuple[str, ...] = ()
    villages: bool = False

    @property
    def ranked(self) -> bool:
        """Whether it may be ranked: some of its units reported every month, a single one all of them."""
        return self.complete or bool(self.whole and not self.single)

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
    """Who reported what, by the rows and the collected reports of a snapshot.

    :param commits: the commits of the snapshot, which hold what was collected.

    >>> snapshot.reported.of(snapshot.measure("G4"), snapshot.places.district, Period.month("2015-09")).complete
    True
    """

    def __init__(self, frames: NativeFrames, places: Places, commits: Sequence[Commit] = ()) -> None:
        self._frames, self._places = frames, places
        self._years: dict[str, dict[str, frozenset[int]]] = {}
        self._rows: dict[str, frozenset[tuple[str, int]]] = {}
        self._duties: dict[dt.date, dict[str, tuple[Level, ...]]] = {}
        self._below: dict[tuple[str, frozenset[str]], list[Place]] = {}
        self._known: dict[tuple[tuple[str, ...], str, Period], Rests] = {}
        collected = [one.submission for one in in_force(commits)]
        self.collected = frozenset(_month_of(one.month) for one in collected)
        self.accepted = frozenset((one.unit, one.ledger, _month_of(one.month)) for one in collected if one.accepted)

    @cached_property
    def townships(self) -> list[str]:
        """The codes of the township units."""
        return [place.code for place in self._places.at("township")]

    @cached_property
    def months(self) -> Mapping[str, frozenset[int]]:
        """The code of each township unit, and of the district → the months that it reported, counted from year 0."""
        found: dict[str, set[int]] = {code: set() for code in (*self.townships, self._places.district.code)}
        for code, ledger in ledgers().items():
            if not ledger.standing:
                for place, month in self.rows(code):
                    found.setdefault(self._places[place].township, set()).add(month)
        return {unit: frozenset(held) for unit, held in found.items()}

    def rows(self, code: str) -> frozenset[tuple[str, int]]:
        """Return the places and the months that a ledger has rows of."""
        if code not in self._rows:
            day = nw.col(ledgers()[code].dated).dt
            frame = nw.from_native(self._frames[code]).lazy()
            pairs = frame.select("place", month=day.year() * 12 + day.month() - 1).drop_nulls().unique().collect()
            self._rows[code] = frozenset((str(place), int(month)) for place, month in pairs.iter_rows())
        return self._rows[code]

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
        if self.collected & set(self.due(period)):
            return {unit for unit in units if not self.of(measure, self._places[unit], period).nothing}
        return {
            unit for unit in units if self._state(measure.ledger, self._places[unit], period, measure.span)[0] != "none"
        }

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
            levels = {one for part in parts for one in ([part.level] if part.level else part.ledger["place"].levels)}
            self._known[key] = self._rests(needed, levels, place, span)
        return self._known[key]

    def of_ledgers(self, codes: Sequence[str], place: Place, period: Period) -> Rests:
        """Return what something counted from the rows of some ledgers, dated up to a period's end, rests on."""
        key = (tuple(codes), place.code, period)
        if key not in self._known:
            needed = [ledgers()[code] for code in codes]
            levels = {level for one in needed for level in one["place"].levels}
            self._known[key] = self._rests([(one, "flow") for one in needed], levels, place, period)
        return self._known[key]

    def of_month(self, place: Place, period: Period) -> Rests:
        """Return which units below a place, or it itself, reported anything of a period, whatever the ledger."""
        levels = {level for each in self.duties(period.end).values() for level in each}
        return self._rests([], levels, place, period)

    def of_own(self, place: Place, period: Period) -> Rests:
        """Return whether a place reported anything of a period for itself; the district for its own ledgers."""
        return _gathered({place.code: self._months_state(place, None, self.due(period))}, place, self._places)

    def years(self, ledger: Ledger) -> Mapping[str, frozenset[int]]:
        """Return unit → the years that it has rows of in a ledger."""
        if ledger.code not in self._years:
            found: dict[str, set[int]] = {}
            for place, month in self.rows(ledger.code):
                found.setdefault(self._places[place].township, set()).add(month // 12)
            self._years[ledger.code] = {unit: frozenset(held) for unit, held in found.items()}
        return self._years[ledger.code]

    def duties(self, on: dt.date) -> Mapping[str, tuple[Level, ...]]:
        """Return ledger code → the levels of the units that must report it each month, by the rules of a day."""
        if on not in self._duties:
            found: dict[str, tuple[Level, ...]] = {}
            for duty in duties(on):
                found[duty.ledger] = (*found.get(duty.ledger, ()), duty.level)
            self._duties[on] = found
        return self._duties[on]

    def due(self, period: Period) -> list[int]:
        """Return the months of a period, none before the first that anybody reported."""
        first = min((month for held in (*self.months.values(), self.collected) for month in held), default=0)
        start, end = (day.year * 12 + day.month - 1 for day in (period.start, period.end))
        return list(range(max(start, first), end + 1)) or [end]

    def _rests(
        self, needed: Sequence[tuple[Ledger, str]], levels: Collection[str], place: Place, period: Period
    ) -> Rests:
        due = self.due(period)
        owed = self.duties(period.end)
        asked = {level for ledger, _ in needed for level in owed.get(ledger.code, ())} if needed else set(levels)
        if asked and self.collected & set(due if any(span == "flow" for _, span in needed) or not needed else due[-1:]):
            units = self._units_below(place, frozenset(asked)) or [self._places[place.township]]
        elif place.level != "district":
            units = [self._places[place.township]]
        else:
            units = self._places.at("township") if {"township", "village"} & set(levels) else []
            units += [place] if "district" in levels or not units else []
        states = {}
        for unit in units:
            each = [self._state(ledger, unit, period, span) for ledger, span in needed]
            states[unit.code] = _worst(each or [self._months_state(unit, None, due)])
        return _gathered(states, place, self._places)

    def _units_below(self, place: Place, levels: frozenset[str]) -> list[Place]:
        """Return the units of some levels in a place, itself among them."""
        key = (place.code, levels)
        if key not in self._below:
            self._below[key] = [
                one for one in self._places if one.level in levels and place.code in self._places.line(one.code)
            ]
        return self._below[key]

    def _state(self, ledger: Ledger, place: Place, period: Period, span: str) -> State:
        years, due = self.years(ledger).get(place.township, frozenset()), self.due(period)
        due = due if span == "flow" else due[-1:]
        if ledger.standing:
            return ("whole", ()) if years or self.months.get(place.township) or self.collected else ("none", tuple(due))
        owed = ledger.code in self.duties(period.end)
        first = 0 if span == "stock" else period.start.year
        if owed and not self.collected & set(due) and not any(first <= year <= period.end.year for year in years):
            return "none", tuple(due)
        return self._months_state(place, ledger if owed else None, due)

    def _months_state(self, unit: Place, ledger: Ledger | None, due: Sequence[int]) -> State:
        """Return whether a unit reported all of the months, some, or none; by a ledger, or by any."""
        lacking = tuple(month for month in due if not self._sent(unit, ledger, month))
        return ("none" if len(lacking) == len(due) else "part" if lacking else "whole"), lacking

    def _sent(self, unit: Place, ledger: Ledger | None, month: int) -> bool:
        levels = {level for each in self.duties(_last_day(month)).values() for level in each}
        if month not in self.collected or unit.level not in levels:
            return month in self.months.get(unit.township, frozenset()) or (
                month in self.collected and unit.level == "district"
            )
        codes = [ledger.code] if ledger else [code for code, one in ledgers().items() if not one.standing]
        return any((unit.code, code, month) in self.accepted or (unit.code, month) in self.rows(code) for code in codes)


def _worst(states: Sequence[State]) -> State:
    lacking = tuple(sorted({month for _, months in states for month in months}))
    words = {word for word, _ in states}
    return ("none" if "none" in words else "part" if lacking else "whole"), lacking


def _gathered(states: Mapping[str, State], place: Place, places: Places) -> Rests:
    none = tuple(code for code, (word, _) in states.items() if word == "none")
    townships: dict[str, list[str]] = {}
    for code in states:
        townships.setdefault(places[code].township, []).append(code)
    return Rests(
        tuple(code for code, (word, _) in states.items() if word == "whole"),
        {code: months for code, (word, months) in states.items() if word == "part"},
        none,
        single=len(states) == 1,
        own=place.code in none,
        villages=any(places[code].level == "village" for code in states),
        above=tuple(unit for unit, own in townships.items() if set(own) <= set(none)),
    )


def _month_of(text: str) -> int:
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


@lru_cache(maxsize=256)
def _last_day(month: int) -> dt.date:
    return Period.month(f"{month // 12:04}-{month % 12 + 1:02}").end


@lru_cache(maxsize=256)
def month_numbers(months: tuple[int, ...]) -> str:
    """Return months of a year in words, those that follow each other as a span.

    >>> month_numbers((2015 * 12, 2015 * 12 + 1, 2015 * 12 + 2, 2015 * 12 + 8))
    '1—3月、9月'
    """
    return "、".join(f"{a % 12 + 1}月" if a == b else f"{a % 12 + 1}—{b % 12 + 1}月" for a, b in month_spans(months))
