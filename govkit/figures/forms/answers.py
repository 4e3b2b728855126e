"""Questions to figures: which indicator, place, period and unit a blank cell asks for, and its value.

A cell is answered only where every word of its headings is understood and they agree; a wrong number is worse than a
blank.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from govkit.core.i18n import gettext as _
from govkit.figures.forms.grid import Cell, Grid
from govkit.figures.forms.headings import (
    NUMBERED,
    UNIT_HEADINGS,
    Lexicon,
    Meaning,
    When,
    factor,
    form_words,
    squeezed,
)
from govkit.figures.forms.questions import Question, questions
from govkit.figures.periods import months_held
from govkit.figures.tidy import Cells
from govkit.institutions import indicators
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES, Place

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

MAX_DECIMALS = 6


@dataclass(frozen=True)
class Answer:
    """What goes into a cell, and the words that cite it."""

    cell: Cell
    value: float | str
    decimals: int
    cited: str


@dataclass(frozen=True)
class Unanswered:
    """A cell that stays blank, and why."""

    cell: Cell
    headings: str
    reason: str


class _Unknown(Exception):
    """A question cannot be answered; its text is the reason."""


@dataclass(frozen=True)
class FormContext:
    """What the form as a whole says: where, when, in which units; and what of its title is not understood."""

    place: Place
    place_given: bool
    when: When
    units: tuple[str, ...] = ()
    left_over: str = ""


class Answers:
    """The answers to the questions of one table of a form."""

    def __init__(self, snapshot: "Snapshot", grid: Grid, lexicon: Lexicon, context: FormContext) -> None:
        self.snapshot, self.grid, self.lexicon, self.context = snapshot, grid, lexicon, context
        self.read = cache(lexicon.read)
        self.questions = questions(grid)

    def all(self) -> tuple[list[Answer], list[Unanswered]]:
        """Return the answers, and the cells that stay blank."""
        answers, unanswered = [], []
        for question in self.questions:
            try:
                answers.append(self._answer(question))
            except _Unknown as unknown:
                headings = " / ".join(
                    cell.text.replace("\n", "") for cell in (*question.left[::-1], *question.above[::-1])
                )
                unanswered.append(Unanswered(question.cell, headings, str(unknown)))
        return answers, unanswered

    def _answer(self, question: Question) -> Answer:
        meanings = self._meanings(question)
        if question.unclear:
            raise _Unknown(_("another line of headings lies between it and its own"))
        if any(meaning.remark for meaning in meanings):
            raise _Unknown(_("left to whoever fills in the form"))
        if unknown := [meaning.unknown for meaning in meanings if meaning.unknown]:
            raise _Unknown(_("these words are not understood: {words}").format(words="、".join(dict.fromkeys(unknown))))
        if self.context.left_over:
            said = _("the title may limit what is counted: {words}").format(words=self.context.left_over)
            raise _Unknown(said)
        measure = self._measure(meanings)
        place = self._place(question, meanings, measure)
        when = self._when(meanings)
        value = self._value(measure, place, when, is_total=any(meaning.total for meaning in meanings))
        unit = self._unit(meanings, measure)
        shown, decimals, cited = self._worded(measure, place, when, value, unit)
        if question.cell.percent and unit == "%":
            shown, decimals = round(shown / 100, decimals + 2), decimals + 2
        return Answer(question.cell, shown, decimals, cited)

    def _meanings(self, question: Question) -> list[Meaning]:
        found = [self._beside(cell) for cell in question.left]
        return found + [_numbered(cell) or self.read(cell.text) for cell in question.above]

    def _beside(self, cell: Cell) -> Meaning:
        """Return the meaning of a heading at the left, which its own column's heading may explain."""
        head = next((squeezed(up.text) for up in _above(self.grid, cell)), "")
        if head in NUMBERED or head in form_words("remark"):
            return Meaning()
        meaning = _numbered(cell) or self.read(cell.text)
        if head in UNIT_HEADINGS and meaning.unknown and self.lexicon.is_unit(squeezed(cell.text)):
            return Meaning(unit=squeezed(cell.text))
        return meaning

    def _measure(self, meanings: Sequence[Meaning]) -> Measure:
        named = [meaning.measures for meaning in meanings if meaning.measures]
        codes = frozenset.intersection(*named) if named else frozenset()
        if not named:
            raise _Unknown(_("no indicator is named"))
        if len(codes) != 1:
            listed = "、".join(indicators()[code].label for code in sorted(frozenset.union(*named)))
            raise _Unknown(_("several indicators may be meant: {names}").format(names=listed))
        measure = indicators()[next(iter(codes))]
        own = {ledger.code for ledger in measure.ledgers}
        for meaning in meanings:
            if meaning.groups and not meaning.groups & own:
                raise _Unknown(_("the headings above it are about something else"))
        return measure

    def _place(self, question: Question, meanings: Sequence[Meaning], measure: Measure) -> Place:
        named = [self._codes(meaning) for meaning in meanings if meaning.places]
        if any(meaning.total for meaning in meanings):
            if named:
                raise _Unknown(_("a total and a place are both named"))
            return self._total(question)
        places = [self.snapshot.places[code] for code in set().union(*named)]
        inside = [p for p in places if all(self._agrees(p, codes) for codes in named)]
        if named and len(inside) > 1:
            inside = [p for p in inside if self.context.place.code in self.snapshot.places.line(p.code)]
        if named and len(inside) != 1:
            raise _Unknown(_("the place is not certain"))
        place = inside[0] if named else self.context.place
        if place.level not in measure.levels:
            raise _Unknown(_("Not counted at this level: {level}").format(level=LEVEL_TITLES[place.level]))
        return place

    def _codes(self, meaning: Meaning) -> set[str]:
        """Return the places of a heading; 全镇 is the form's own place where it is of that level."""
        own = self.context.place
        level = {f"*{own.level}": {own.code}, "*district": {self.snapshot.places.district.code}}
        return set().union(*(level.get(code, set()) if code.startswith("*") else {code} for code in meaning.places))

    def _agrees(self, place: Place, codes: set[str]) -> bool:
        """Return whether a place is one of those, or lies in one of them: 阳庙镇 beside one of its villages."""
        return bool(codes & set(self.snapshot.places.line(place.code)))

    def _total(self, question: Question) -> Place:
        """Return the place that a total is of: the one whose units are exactly those that the table lists."""
        vertical = next((c for c in question.left if self.read(c.text).total), None)
        cell = vertical or next(c for c in question.above if self.read(c.text).total)
        line = [
            other
            for other in self.grid.distinct()
            if other.kind == "text" and (other.column == cell.column if vertical else other.row == cell.row)
        ]
        listed: set[str] = set()
        for other in line:
            listed |= set(self.read(other.text).places)
        for place in self.snapshot.places:
            below = {p.code for p in self.snapshot.places if p.parent == place.code}
            if below and below == listed:
                return place
        raise _Unknown(_("the total is not over all units of one place"))

    def _when(self, meanings: Sequence[Meaning]) -> When:
        named = list(dict.fromkeys(meaning.when for meaning in meanings if meaning.when))
        if len(named) > 1:
            raise _Unknown(_("several periods are named"))
        return named[0] if named else When(self.context.when.period)

    def _unit(self, meanings: Sequence[Meaning], measure: Measure) -> str:
        named = list(dict.fromkeys(meaning.unit for meaning in meanings if meaning.unit))
        if not named:
            named = [unit for unit in self.context.units if factor(unit, measure.unit) is not None][:1]
            if not named and self.context.units:
                listed = "、".join(self.context.units)
                raise _Unknown(_("the unit does not fit: {unit}").format(unit=listed))
        if len(named) > 1:
            raise _Unknown(_("several units are named"))
        return named[0] if named else measure.unit

    def _value(self, measure: Measure, place: Place, when: When, *, is_total: bool) -> float:
        period = when.period
        _refuse_period(measure, when)
        first, last = self.snapshot.span
        if period.start < first.start or period.end > last.end:
            raise _Unknown(_("The ledgers hold no rows for {period}").format(period=period.label))
        cells = Cells(self.snapshot, [place])
        reported, expected = cells.reported(measure, [period])
        if reported[0][0] < (expected if place.level == "district" else 1):
            raise _Unknown(_("not all units have reported"))
        value = float(cells.of(measure, [period])[0][0][0])
        if math.isnan(value) or not months_held(period, first, last):
            raise _Unknown(_("there is no value: nothing was counted"))
        if is_total:
            self._check_total(measure, place, period)
        return value

    def _check_total(self, measure: Measure, place: Place, period: Period) -> None:
        """Refuse a total that is more than the sum of the units listed: the place has rows of its own."""
        units = [other for other in self.snapshot.places if other.parent == place.code]
        parts = (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
        for part in parts:
            values = Cells(self.snapshot, [place, *units]).of(part, [period])[0][0]
            if any(unit.level not in part.levels for unit in units) or abs(values[0] - sum(values[1:])) > 1e-6:
                raise _Unknown(_("the total is not the sum of the units listed"))

    def _worded(self, measure: Measure, place: Place, when: When, value: float, unit: str) -> tuple[float, int, str]:
        """Return a value in the unit that is asked for, its decimals, and the words that cite it."""
        times = factor(unit, measure.unit)
        if times is None:
            raise _Unknown(_("the unit does not fit: {unit}").format(unit=unit))
        decimals = min(MAX_DECIMALS, measure.decimals + max(0, round(-math.log10(times))))
        shown = round(value * times, decimals)
        period = measure.counted_over(when.period) if isinstance(measure, Ratio) else when.period
        parts = [f"{measure.label}（{measure.code}）", place.name, period.label, f"{shown:.{decimals}f}{unit}"]
        titles = "、".join(ledger.title for ledger in measure.ledgers)
        version = self.snapshot.commit.version
        return shown, decimals, "，".join(parts) + f"。口径：{measure.definition}。来源：{titles}，台账版本 {version}。"


def _numbered(cell: Cell) -> Meaning | None:
    return Meaning(unknown=cell.text) if cell.kind == "number" else None


def _above(grid: Grid, cell: Cell) -> list[Cell]:
    """Return the heading of a cell's column: the first words above it in a line that is not like its own."""
    row = cell.row - 1
    first: list[Cell] = []
    while (other := grid.cells.get((row, cell.column))) is not None:
        if other.kind == "text":
            first = [other]
        row = other.row - 1
    return first


def _refuse_period(measure: Measure, when: When) -> None:
    """Refuse a single month for a rate that counts from January, and a span for what is counted on one day.

    Beside the month's own counts such a rate would look wrong, and the office may mean the month's.
    """
    start = when.period.start
    if isinstance(measure, Ratio) and measure.from_january and start != when.period.year_to_date().start:
        raise _Unknown(_("it is counted from January, and a single month is asked for"))
    parts: tuple[Indicator, ...] = (
        (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
    )
    single = (start.year, start.month) == (when.period.end.year, when.period.end.month)
    if not single and any(part.span == "stock" or not part.cumulative for part in parts):
        raise _Unknown(_("it is counted at a day, and several months are asked for"))
