"""The explorer's data: every indicator as a matrix of units and months, and the frames of its tabs.

The matrix of an indicator is computed once; a choice of units and months is a slice of it. Where it has no number, the
word beside it says why: the indicator is not counted for such units, the unit has not reported, or there is nothing to
divide by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan

import numpy as np
import pandas as pd

from govkit.core.errors import Where
from govkit.core.i18n import gettext as _
from govkit.figures.figure import BELOW, TOTAL, UNIT, ranks
from govkit.figures.snapshot import Snapshot
from govkit.figures.tidy import Cells
from govkit.institutions import institutions
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES, Place
from govkit.rendering.content import wording
from govkit.rendering.content.charts import DARK, INK, LABEL_PT, LIGHT, MIDDLE, SMALL_PT, WIDTH_MM, Sketch, width_mm

MOST_LINES = 6
NOT_COUNTED, NOT_REPORTED, NOTHING = _("not counted at this level"), _("not reported"), wording.NOTHING
"""What stands where an indicator has no number: see :meth:`Survey.words`."""
_BINS = 8
_SPANS = {
    "flow": "计入日期在期内的记录",
    "stock": "计入截至期末的全部记录",
    "month_end": "计入期末当月的记录",
}


@dataclass(frozen=True, kw_only=True)
class View:
    """A selection: an indicator for the units of a level within a place, over months.

    ``units`` narrows the units down (all without it); with ``to_date`` a month shows the year up to its end.
    """

    code: str
    place: str
    level: Level
    months: tuple[str, ...]
    units: tuple[str, ...] = ()
    to_date: bool = False


class Survey:
    """The indicators of a snapshot as matrices."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._matrices: dict[tuple[str, bool], tuple[pd.DataFrame, pd.DataFrame]] = {}

    @cached_property
    def periods(self) -> list[Period]:
        """Every month from the first to the last with rows in the ledgers, oldest first."""
        first, last = self.snapshot.span
        count = (last.end.year - first.end.year) * 12 + last.end.month - first.end.month + 1
        return last.last_months(count)

    @property
    def months(self) -> list[str]:
        """The months' codes, like ``2015-09``, oldest first."""
        return [period.code for period in self.periods]

    def catalogue(self) -> dict[str, dict[str, str]]:
        """Return institution title → label of each of its indicators → the indicator's code."""
        found = {i.title: {f"{m.label}（{m.unit}）": m.code for m in i.indicators} for i in institutions()}
        return {title: measures for title, measures in found.items() if measures}

    def about(self, code: str) -> list[tuple[str, str]]:
        """Return the terms of an indicator: unit, definition, numerator, denominator, ledgers."""
        measure = self.snapshot.measure(code)
        terms = [
            ("指标", f"{measure.label}（{measure.code}）"),
            ("计量单位", measure.unit),
            ("定义", measure.definition),
        ]
        if isinstance(measure, Ratio):
            terms += [(word, f"{m.label}：{m.definition}") for word, m in _parts(measure)]
            terms += [("统计区间", "始终从当年1月1日起计")] if measure.from_january else []
        else:
            terms += [("统计方式", _SPANS[measure.span])]
        terms += [("统计层级", "、".join(LEVEL_TITLES[level] for level in measure.levels))]
        return [*terms, ("台账", "、".join(ledger.title for ledger in measure.ledgers))]

    def levels(self, place: str) -> list[Level]:
        """Return the levels whose units can be listed at a place: its own and those below."""
        level: Level | None = self.snapshot.place(place).level
        found = []
        while level:
            found.append(level)
            level = BELOW.get(level)
        return found

    def below(self, place: str) -> list[Place]:
        """Return the units one step below a place; none for a village."""
        level = BELOW.get(self.snapshot.place(place).level)
        return self.snapshot.places.at(level, place) if level else []

    def drilled(self, view: View, place: str) -> View:
        """Return the view moved to a place: the units below it, or the village itself."""
        level = self.snapshot.place(place).level
        return replace(view, place=place, level=BELOW.get(level, level), units=())

    def units(self, view: View) -> list[Place]:
        """Return the units a view shows, in the register's order."""
        within = self.snapshot.places.at(view.level, view.place)
        return [unit for unit in within if not view.units or unit.code in view.units]

    def matrix(self, code: str, *, to_date: bool = False) -> pd.DataFrame:
        """Return an indicator's values for every place (rows, by code) and every month (columns); no value is NaN."""
        return self._computed(code, to_date)[0]

    def words(self, code: str, *, to_date: bool = False) -> pd.DataFrame:
        """Return why a cell of :meth:`matrix` has no number; empty where it has one.

        The reasons are :data:`NOT_COUNTED` (at the place's level), :data:`NOT_REPORTED` (by the place's township unit
        in that year) and :data:`NOTHING` (to divide by).
        """
        return self._computed(code, to_date)[1]

    def _computed(self, code: str, to_date: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
        if (code, to_date) not in self._matrices:
            measure, places = self.snapshot.measure(code), list(self.snapshot.places)
            spans = [p.year_to_date() for p in self.periods] if to_date and measure.cumulative else self.periods
            values, above, below = (numbers.T for numbers in Cells(self.snapshot, places).of(measure, spans))
            uncounted = np.array([place.level not in measure.levels for place in places])[:, None]
            unknown = np.isnan(above) | np.isnan(below) if isinstance(measure, Ratio) else np.isnan(values)
            reasons = np.where(unknown, NOT_REPORTED, np.where(np.isnan(values), NOTHING, "")).astype(object)
            codes = [place.code for place in places]
            self._matrices[code, to_date] = (
                pd.DataFrame(np.where(uncounted, np.nan, values), codes, self.months),
                pd.DataFrame(np.where(uncounted, NOT_COUNTED, reasons), codes, self.months),
            )
        return self._matrices[code, to_date]

    def values(self, view: View) -> pd.DataFrame:
        """Return the numbers of a view: a row per unit (by code), a column per month; no value is NaN."""
        whole = self.matrix(view.code, to_date=view.to_date)
        return whole.loc[[unit.code for unit in self.units(view)], list(view.months)]

    def worded(self, view: View, places: Sequence[str]) -> pd.DataFrame:
        """Return the numbers of places in a view's months, and in place of a missing one the word for it."""
        numbers, words = (
            found.loc[list(places), list(view.months)] for found in self._computed(view.code, view.to_date)
        )
        return numbers.astype(object).where(numbers.notna(), words)

    def table(self, view: View) -> pd.DataFrame:
        """Return a row per unit with a column per month, and one for the whole place; words where there is no value."""
        codes = [unit.code for unit in self.units(view)]
        names = [self.snapshot.places.names[code] for code in codes]
        if view.level != self.snapshot.place(view.place).level:
            codes, names = [*codes, view.place], [*names, f"{self.snapshot.place(view.place).name}{TOTAL}"]
        table = self.worded(view, codes).infer_objects()
        table.insert(0, UNIT, names)
        return table.reset_index(drop=True)

    def trend(self, view: View) -> pd.DataFrame:
        """Return a column of values per line, a row per month: up to six chosen units, else the place as a whole."""
        if view.units and len(view.units) <= MOST_LINES:
            lines = self.values(view).T
            return lines.set_axis([self.snapshot.places.names[code] for code in lines.columns], axis=1)
        return self._whole(view).to_frame(self.snapshot.place(view.place).name)

    def ranking(self, view: View) -> pd.DataFrame:
        """Return rank, unit and value in the last month, the best first; equals share a rank, no value comes last."""
        measure = self.snapshot.measure(view.code)
        last = self.values(view).iloc[:, -1]
        listed = [None if np.isnan(value) else value for value in last]
        named = {UNIT: [self.snapshot.places.names[code] for code in last.index], "值": last.to_numpy()}
        frame = pd.DataFrame({"名次": ranks(listed, lower_is_better=measure.lower_is_better), **named}, last.index)
        frame = frame.sort_values("值", ascending=measure.lower_is_better, kind="stable")
        shown = self.worded(view, list(frame.index)).iloc[:, -1]
        return frame.assign(值=shown).infer_objects().reset_index(drop=True)

    def distribution(self, view: View) -> pd.DataFrame:
        """Return how many units have a value in each interval in the last month; intervals are equally wide."""
        values = self.values(view).iloc[:, -1].dropna().to_numpy()
        if not len(values):
            return pd.DataFrame({"区间": [], "单位数": []})
        digits = self.snapshot.measure(view.code).decimals
        step = 10.0**-digits
        steps = np.floor(np.round(values / step, 6) + 0.5)
        low, high = steps.min(), steps.max()
        width = max(1.0, np.ceil((high - low + 1) / _BINS))
        bins = ((steps - low) // width).astype(int)
        starts = [low + width * at for at in range(int(bins.max()) + 1)]
        labels = [_interval(start * step, min(start + width - 1, high) * step, digits) for start in starts]
        return pd.DataFrame({"区间": labels, "单位数": np.bincount(bins, minlength=len(labels))})

    def spread(self, view: View) -> list[tuple[str, float]]:
        """Return the smallest, the quartiles and the largest of the units' values in the last month."""
        values = self.values(view).iloc[:, -1].dropna()
        names = ("最小", "下四分位", "中位数", "上四分位", "最大")
        return list(zip(names, values.quantile([0, 0.25, 0.5, 0.75, 1]).tolist(), strict=True)) if len(values) else []

    def without_value(self, view: View) -> list[tuple[str, int]]:
        """Return how many of the units have no value in the last month, by the word for it."""
        words = self.words(view.code, to_date=view.to_date)
        found = words.loc[[unit.code for unit in self.units(view)], view.months[-1]]
        return [(str(word), int(count)) for word, count in found[found != ""].value_counts().items()]

    def nothing(self, view: View) -> str:
        """Return the reason and the remedy when a view has nothing to show; otherwise an empty text."""
        measure = self.snapshot.measure(view.code)
        if view.level not in measure.levels:
            what = _("“{label}” is not counted for each {level}: list {choices} instead")
            choices = "、".join(LEVEL_TITLES[level] for level in measure.levels)
            return what.format(label=measure.label, level=LEVEL_TITLES[view.level], choices=choices)
        blank = [ledger.title for ledger in measure.ledgers if self.snapshot.frames[ledger.code].empty]
        if blank:
            return _("The store holds no rows of {ledgers} yet: import that workbook first").format(
                ledgers="、".join(dict.fromkeys(blank))
            )
        values = self.values(view)
        if values.isna().all(axis=None) and NOT_REPORTED in {word for word, _count in self.without_value(view)}:
            return _("No unit listed has reported {ledgers} in these months").format(
                ledgers="、".join(dict.fromkeys(ledger.title for ledger in measure.ledgers))
            )
        if values.isna().all(axis=None):
            return _("There is nothing to divide by in these months: choose other months or a larger unit")
        if not values.to_numpy(na_value=0).any() and not np.any(self._whole(view).fillna(0)):
            return _("Every value is 0 here: no row of the ledger falls into these months and units")
        return ""

    def _whole(self, view: View) -> pd.Series:
        return self.matrix(view.code, to_date=view.to_date).loc[[view.place], list(view.months)].iloc[0]


def _parts(measure: Ratio) -> list[tuple[str, Indicator]]:
    return [("分子", measure.numerator), ("分母", measure.denominator)]


def _interval(first: float, last: float, digits: int) -> str:
    ends = [wording.number(end, digits=digits) for end in (first, last)]
    return "—".join(dict.fromkeys(ends))


def shown(value: float | str, measure: Measure) -> str:
    """Return a value, or the word in its place, as the tables show it."""
    return value if isinstance(value, str) else wording.number(value, digits=measure.decimals)


_ROW_MM = 6.0
_LINE_MM = 4.4
_TOP, _FLOOR, _HEIGHT = 8.0, 52.0, 60.0
_COLOURS = (DARK, "#b3541e", "#2e7d5b", "#8a4f9e", "#8a7a1f", "#5b7ba3")


def bars(names: Sequence[str], numbers: Sequence[float], labels: Sequence[str]) -> str:
    """Return the SVG of horizontal bars in the given order, each with its label; a missing number has no bar."""
    sketch = Sketch(WIDTH_MM, _ROW_MM * len(names) + 2, Where(_("chart")))
    left = max(width_mm(name, LABEL_PT) for name in names) + 3
    room = WIDTH_MM - left - max(width_mm(label, LABEL_PT) for label in labels) - 3
    largest = max((number for number in numbers if not isnan(number)), default=0) or 1
    for at, (name, number, label) in enumerate(zip(names, numbers, labels, strict=True)):
        y = 1 + _ROW_MM * (at + 0.5)
        length = 0 if isnan(number) else room * max(number, 0) / largest
        sketch.text(left - 2, y, name, LABEL_PT, "right")
        sketch.box(left, y - _ROW_MM * 0.3, length, _ROW_MM * 0.6, MIDDLE)
        sketch.text(left + length + 1.5, y, label, LABEL_PT)
    sketch.line([left, left], [1, 1 + _ROW_MM * len(names)], INK)
    return sketch.svg()


def lines(frame: pd.DataFrame, worded: Callable[[float], str]) -> str:
    """Return the SVG of a line per column over the rows' labels, named at its end; a missing number is a gap."""
    sketch = Sketch(WIDTH_MM, _HEIGHT, Where(_("chart")))
    highest = frame.max().max()
    top = float(highest) if highest > 0 else 1.0
    left = max(width_mm(worded(value), SMALL_PT) for value in (0.0, top)) + 3
    right = WIDTH_MM - max(width_mm(name, SMALL_PT) for name in frame.columns) - 4
    pitch = (right - left) / max(len(frame) - 1, 1)
    xs = [left + 3 + (pitch - 3 / max(len(frame) - 1, 1)) * at for at in range(len(frame))]
    for value, y in ((0.0, _FLOOR), (top, _TOP)):
        sketch.line([left, right], [y, y], INK if value == 0 else LIGHT)
        sketch.text(left - 1.5, y, worded(value), SMALL_PT, "right")
    _months(sketch, list(frame.index), xs)
    ends = {}
    for (name, column), colour in zip(frame.items(), _COLOURS, strict=False):
        ys = [_FLOOR - (_FLOOR - _TOP) * value / top for value in column]
        sketch.line(xs, ys, colour, 1.6, dot=4)
        known = [y for y in ys if not isnan(y)]
        if known:
            ends[str(name)] = (known[-1], colour)
    for name, y in _apart({name: y for name, (y, _colour) in ends.items()}).items():
        sketch.text(right + 2, y, name, SMALL_PT, colour=ends[name][1])
    if len(frame.columns) == 1:
        _points(sketch, xs, frame.iloc[:, 0], top, worded)
    return sketch.svg()


def _months(sketch: Sketch, months: list[str], xs: list[float]) -> None:
    step = max(1, -(-len(months) * 16 // int(WIDTH_MM)))
    for at in range(len(months) - 1, -1, -step):
        sketch.text(xs[at], _FLOOR + 4, months[at], SMALL_PT, "center")


def _points(
    sketch: Sketch, xs: list[float], column: "pd.Series[float]", top: float, worded: Callable[[float], str]
) -> None:
    if len(column) > 18:
        return
    for x, value in zip(xs, column, strict=True):
        if not isnan(value):
            sketch.text(x, _FLOOR - (_FLOOR - _TOP) * value / top - 3.4, worded(value), SMALL_PT, "center")


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Return heights of names moved apart to avoid overlaps."""
    placed: dict[str, float] = {}
    last = -_LINE_MM
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        placed[name] = last = max(y, last + _LINE_MM)
    over = max(0.0, last - (_HEIGHT - 2))
    return {name: y - over for name, y in placed.items()}
