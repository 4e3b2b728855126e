"""The explorer's charts: SVG outlines in the reports' fonts, so that a machine without Chinese fonts shows them too."""

from collections.abc import Callable, Sequence
from math import isnan

import pandas as pd

from govkit.errors import Where
from govkit.i18n import gettext as _
from govkit.reports.charts import DARK, INK, LABEL_PT, LIGHT, MIDDLE, SMALL_PT, WIDTH_MM
from govkit.reports.sketch import Sketch, width_mm

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
    highest = frame.max(axis=None)
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
    """Return the heights of names moved apart, so that none covers another."""
    placed: dict[str, float] = {}
    last = -_LINE_MM
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        placed[name] = last = max(y, last + _LINE_MM)
    over = max(0.0, last - (_HEIGHT - 2))
    return {name: y - over for name, y in placed.items()}
