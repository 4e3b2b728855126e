"""Charts of a printed report: sober, legible in grey, as wide as the text block.

Each function returns a :class:`Chart`, which carries SVG (text as outlines), PNG, a caption that export numbers
图1, 图2 …, and an alternative text. A picture holds no title. A chart with nothing to draw and a character without a
glyph raise :class:`~govkit.core.errors.InternalError`.
"""

import base64
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import ceil, isnan
from typing import Any

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.html import plain
from govkit.core.i18n import gettext as _
from govkit.rendering.content import wording
from govkit.rendering.fonts import chart_font, font_for

DPI = 200
_MM_PER_PT = 25.4 / 72


class Sketch:
    """A drawing of a given size; positions are in millimetres from its top left corner."""

    def __init__(self, width_mm: float, height_mm: float, place: Where) -> None:
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.place = place
        self.figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), dpi=DPI)
        from_top = Affine2D().scale(1 / 25.4, -1 / 25.4).translate(0, height_mm / 25.4)
        self._paper = from_top + self.figure.dpi_scale_trans

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw a filled box from its top left corner."""
        from matplotlib.patches import Rectangle

        corner = (min(x, x + width), y)
        shape = Rectangle(corner, abs(width), height, facecolor=colour, linewidth=0, transform=self._paper)
        self.figure.add_artist(shape)

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 0.8, dot: float = 0) -> None:
        """Draw a line through points, broken at NaN; ``dot`` is the diameter of a mark at each point, in pt."""
        from matplotlib.lines import Line2D

        mark = {"marker": "o", "markersize": dot, "markeredgewidth": 0} if dot else {}
        shape = Line2D(xs, ys, color=colour, linewidth=width, transform=self._paper, **mark)  # type: ignore[arg-type]
        self.figure.add_artist(shape)

    def text(
        self, x: float, y: float, words: str, size: float, across: str = "left", *, colour: str = "#222222"
    ) -> None:
        """Write one or more lines with their middle at ``y``; raise InternalError for a character without a glyph."""
        from matplotlib.text import Text

        shape = Text(
            x, y, words, color=colour, fontproperties=_face(words, size, self.place), ha=across, va="center",
            transform=self._paper, parse_math=False, linespacing=1.15,
        )  # fmt: skip
        self.figure.add_artist(shape)

    def pictures(self) -> tuple[str, bytes]:
        """Return the SVG, its text as outlines, and the PNG; the same sketch gives the same bytes."""
        with self._every_glyph():
            return self._svg(), self._png()

    def svg(self) -> str:
        """Return the SVG alone, for panels, where drawing the PNG too would take too long."""
        with self._every_glyph():
            return self._svg()

    @contextmanager
    def _every_glyph(self) -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # a missing glyph is only a warning to matplotlib
            try:
                yield
            except UserWarning as warning:
                raise InternalError(Problem(self.place, str(warning), _("Write another character"))) from warning

    def _svg(self) -> str:
        from matplotlib import rc_context

        buffer = BytesIO()
        with rc_context({"svg.fonttype": "path", "svg.hashsalt": "govkit"}):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue().decode()

    def _png(self) -> bytes:
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3})
        return buffer.getvalue()


def width_mm(words: str, size: float) -> float:
    """Return the width of the longest line in millimetres, at a type size in points."""
    path = str(chart_font().path)
    return max(sum(_ems(char, path) for char in line) for line in words.split("\n")) * size * _MM_PER_PT


@lru_cache(maxsize=8192)
def _ems(char: str, path: str) -> float:
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    font = get_font(path)
    if not font.get_char_index(ord(char)):
        return 1.0  # another font draws it, or drawing raises
    return font.load_char(ord(char), LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM


def wrapped(words: str, room_mm: float, size: float) -> str:
    """Return a text broken into lines of at most ``room_mm`` millimetres; Chinese breaks anywhere."""
    lines = [""]
    for char in words:
        if lines[-1] and width_mm(lines[-1] + char, size) > room_mm:
            lines.append("")
        lines[-1] += char
    return "\n".join(lines)


def _face(words: str, size: float, place: Where) -> Any:
    return _properties(str(font_for(words, place).path), size)


@lru_cache(maxsize=64)
def _properties(path: str, size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=path, size=size)


WIDTH_MM = 156.0
TALLEST_MM = 205.0
DARK, MIDDLE, LIGHT, FAINT, INK = "#1f3a5f", "#5b7ba3", "#b9c7d9", "#eef1f5", "#222222"
LABEL_PT, SMALL_PT = 10.5, 9.0

_LINE_MM = 4.4
_NAME_ROOM_MM = 56.0
_GAP_MM = 2.0


@dataclass(frozen=True)
class Chart:
    """A drawn chart: SVG text, PNG bytes, its caption, and its content in words."""

    svg: str
    png: bytes
    caption: str
    alt: str

    def _repr_mimebundle_(self, **_asked: Any) -> tuple[dict[str, str], dict[str, Any]]:
        data = {
            "image/svg+xml": self.svg,
            "image/png": base64.b64encode(self.png).decode(),
            "text/plain": self.alt,
        }
        return data, {"govkit": {"caption": self.caption, "alt": self.alt, "width_mm": WIDTH_MM}}

    def __repr__(self) -> str:
        return self.alt


def bars(
    frame: Any,
    label: str,
    value: str,
    *,
    caption: str = "",
    unit: str = "",
    digits: int | None = None,
    mark: str = "",
    sort: bool = True,
    alt: str = "",
) -> Chart:
    """Return horizontal bars, each with its value.

    :param frame: a pandas frame; rows without a value are left out.
    :param label: the column of the bars' names.
    :param value: the column of their lengths, in ``unit``.
    :param digits: decimals of the printed values; by default none, or one where a value needs it.
    :param mark: the name of the bar to draw darker.
    :param sort: longest first; otherwise in the frame's order.
    :param alt: an alternative text; by default the caption and the values.
    :raises InternalError: there is no value, there are more bars than a page holds, or a character has no glyph.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"单位": ["阳庙镇", "宁郭镇"], "排查": [29, 31]})
    >>> bars(frame, "单位", "排查", caption="各单位排查数", unit="件")
    各单位排查数：宁郭镇31件、阳庙镇29件
    """
    rows = _rows(frame, label, value, caption)
    rows = sorted(rows, key=lambda row: -row[1]) if sort else rows
    names, numbers = [name for name, _n in rows], [number for _name, number in rows]
    shown = [wording.number(number, unit, digits=digits) for number in numbers]
    sketch, left, right, places = _ruled(names, shown, caption)
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    scale = (right - left) / ((high - low) or 1)
    zero = left - low * scale
    for name, number, text, (y, height) in zip(names, numbers, shown, places, strict=True):
        sketch.box(zero, y - height / 2, number * scale, height, DARK if name == mark else MIDDLE)
        sketch.text(max(zero, zero + number * scale) + 1, y, text, LABEL_PT)
    sketch.line([zero, zero], [0.5, places[-1][0] + places[-1][1]], INK)
    return _chart(sketch, caption, alt, zip(names, shown, strict=True))


def shares(frame: Any, label: str, value: str, *, caption: str = "", unit: str = "", alt: str = "") -> Chart:
    """Return bars of the parts of a whole, each with its value and its share in per cent.

    :raises InternalError: a part is negative; otherwise as :func:`bars`, whose parameters it has.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"层级": ["村", "乡镇"], "化解": [3, 1]})
    >>> shares(frame, "层级", "化解", caption="化解层级", unit="件")
    化解层级：村3件（75.0%）、乡镇1件（25.0%）
    """
    rows = _rows(frame, label, value, caption)
    names, numbers = [name for name, _n in rows], [number for _name, number in rows]
    whole = sum(numbers)
    if whole <= 0 or min(numbers) < 0:
        raise _fault(_("the parts do not make a whole"), _("Give counts that are not negative, not all zero"), caption)
    shown = [f"{wording.number(number, unit)}（{wording.percent(number, whole)}）" for number in numbers]
    sketch, left, right, places = _ruled(names, shown, caption)
    for number, text, (y, height) in zip(numbers, shown, places, strict=True):
        sketch.box(left, y - height / 2, right - left, height, FAINT)
        sketch.box(left, y - height / 2, (right - left) * number / whole, height, MIDDLE)
        sketch.text(right + 1, y, text, LABEL_PT)
    return _chart(sketch, caption, alt, zip(names, shown, strict=True))


def trend(
    frame: Any,
    label: str,
    value: str,
    *,
    caption: str = "",
    unit: str = "",
    digits: int | None = None,
    mark: str = "",
    alt: str = "",
) -> Chart:
    """Return a line over months in the frame's order, each point with its value; the axis begins at zero.

    :param frame: a pandas frame; a missing value is a gap in the line.
    :param label: the column of the months.
    :param value: the column of the values, in ``unit``.
    :param mark: the month to emphasise; by default the last.
    :raises InternalError: there is no value, or a character has no glyph.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"月份": ["8月", "9月"], "排查": [145, 157]})
    >>> trend(frame, "月份", "排查", caption="逐月排查数", unit="件")
    逐月排查数：8月145件、9月157件
    """
    names, numbers = _series(frame, label, value, caption)
    current = names.index(mark) if mark in names else len(names) - 1
    shown = {at: wording.number(number, digits=digits) for at, number in enumerate(numbers) if not isnan(number)}
    height, top, floor = 50.0, 12.0, 42.0
    pitch = (WIDTH_MM - 8) / len(names)
    xs = [4 + pitch * (at + 0.5) for at in range(len(names))]
    ys = _heights(numbers, top, floor)
    sketch = Sketch(WIDTH_MM, height, Where(_("chart"), caption))
    sketch.line([2, WIDTH_MM - 2], [floor, floor], INK)
    sketch.line(xs, ys, MIDDLE, 1.6, dot=4)
    if current in shown:
        sketch.line([xs[current]], [ys[current]], DARK, dot=8)
    for at in _legible(list(shown), [shown[at] for at in shown], pitch, current):
        size = LABEL_PT if at == current else SMALL_PT
        sketch.text(xs[at], ys[at] + (3.4 if _dips(numbers, at) else -3.2), shown[at], size, "center")
    for at in _legible(range(len(names)), names, pitch, current):
        sketch.text(xs[at], floor + 4, names[at], SMALL_PT, "center")
    if unit:
        sketch.text(2, 3, f"单位：{unit}", SMALL_PT)
    return _chart(sketch, caption, alt, [(names[at], f"{text}{unit}") for at, text in shown.items()])


def timeline(frame: Any, day: str, label: str, *, caption: str = "", alt: str = "") -> Chart:
    """Return the dated course of a matter from top to bottom, one dot a row, in the order of the days.

    :param day: the column of dates or ``YYYY-MM-DD``; rows without one are left out.
    :param label: the column of what happened.
    :raises InternalError: no row has a date, or there are more rows than a page holds.

    >>> import pandas as pd
    >>> course = pd.DataFrame({"日期": ["2015-08-11", "2015-08-03"], "进展": ["调解成功", "网格员上报"]})
    >>> timeline(course, "日期", "进展", caption="经过")
    经过：2015年8月3日网格员上报、2015年8月11日调解成功
    """
    rows = zip(frame[day].tolist(), frame[label].tolist(), strict=True)
    dated = sorted(
        ((when, plain(what)) for when, what in rows if not wording.is_missing(when)), key=lambda r: str(r[0])
    )
    if not dated:
        raise _nothing(caption)
    days = [wording.date(when) for when, _what in dated]
    line = max(width_mm(text, LABEL_PT) for text in days) + 6
    texts = [wrapped(what, WIDTH_MM - line - 6, LABEL_PT) for _when, what in dated]
    heights = [_LINE_MM * (text.count("\n") + 1) + 4 for text in texts]
    middles = [sum(heights[:at]) + height / 2 for at, height in enumerate(heights)]
    sketch = Sketch(WIDTH_MM, _fits(sum(heights), caption), Where(_("chart"), caption))
    sketch.line([line, line], [middles[0], middles[-1]], LIGHT, 2)
    for y, when, what in zip(middles, days, texts, strict=True):
        sketch.line([line], [y], DARK, dot=7)
        sketch.text(line - 3, y, when, LABEL_PT, "right")
        sketch.text(line + 3, y, what, LABEL_PT)
    return _chart(sketch, caption, alt, [(when, what) for when, (_d, what) in zip(days, dated, strict=True)])


def _ruled(names: list[str], shown: list[str], caption: str) -> tuple[Sketch, float, float, list[tuple[float, float]]]:
    """Return a sketch with the names at its left, the bars' left and right limits, each bar's middle and height."""
    labels = [wrapped(name, _NAME_ROOM_MM, LABEL_PT) for name in names]
    tallest = max(label.count("\n") for label in labels) * _LINE_MM
    pitch = max(min(8.0 + tallest, (TALLEST_MM - 2) / len(names)), 5.2 + tallest)
    left = max(width_mm(label, LABEL_PT) for label in labels) + _GAP_MM + 1.5
    right = WIDTH_MM - max(width_mm(text, LABEL_PT) for text in shown) - _GAP_MM
    sketch = Sketch(WIDTH_MM, _fits(pitch * len(names) + 2, caption), Where(_("chart"), caption))
    places = [(1 + pitch * (at + 0.5), pitch * 0.62 if tallest == 0 else 5.0) for at in range(len(names))]
    for label, (y, _height) in zip(labels, places, strict=True):
        sketch.text(left - _GAP_MM, y, label, LABEL_PT, "right")
    return sketch, left, right, places


def _heights(numbers: list[float], top: float, floor: float) -> list[float]:
    """Return each number's place between ``top`` and ``floor``; zero, or the lowest number below it, on the floor."""
    known = [number for number in numbers if not isnan(number)]
    low, high = min(0.0, *known), max(0.0, *known)
    scale = (floor - top) / ((high - low) or 1)
    return [floor - (number - low) * scale for number in numbers]


def _legible(places: Sequence[int], texts: Sequence[str], pitch: float, current: int) -> list[int]:
    """Return the places whose texts fit side by side: all, or every second, third … counted from the current one."""
    step = max(ceil((max(width_mm(text, SMALL_PT) for text in texts) + 1) / pitch), 1)
    return [at for at in places if (at - current) % step == 0]


def _dips(numbers: list[float], at: int) -> bool:
    """Return whether a point is a local minimum well above the floor, so that its label goes below it."""
    before, after = numbers[at - 1] if at else float("nan"), numbers[at + 1] if at + 1 < len(numbers) else float("nan")
    known = [number for number in numbers if not isnan(number)]
    return before > numbers[at] < after and numbers[at] > 0.25 * max(known)


def _rows(frame: Any, label: str, value: str, caption: str) -> list[tuple[str, float]]:
    names, numbers = _series(frame, label, value, caption)
    return [(name, number) for name, number in zip(names, numbers, strict=True) if not isnan(number)]


def _series(frame: Any, label: str, value: str, caption: str) -> tuple[list[str], list[float]]:
    """Return labels and numbers, NaN where missing; raise InternalError if there is no number at all."""
    names = [plain(name) for name in frame[label].tolist()]
    numbers = [float("nan") if wording.is_missing(number) else float(number) for number in frame[value].tolist()]
    if all(map(isnan, numbers)):
        raise _nothing(caption)
    return names, numbers


def _chart(sketch: Sketch, caption: str, alt: str, said: Any) -> Chart:
    words = "、".join(f"{name}{'：' if name[-1:].isdigit() else ''}{text}" for name, text in said)
    svg, png = sketch.pictures()
    return Chart(svg, png, plain(caption), plain(alt or (f"{caption}：{words}" if caption else words)))


def _fits(height: float, caption: str) -> float:
    if height <= TALLEST_MM + 1:
        return height
    what = _("the chart has more rows than a page holds")
    raise _fault(what, _("Draw the first rows only and say so in the caption, or print a table"), caption)


def _nothing(caption: str) -> InternalError:
    return _fault(
        _("the chart has nothing to draw"), _("Render a period that has data, or leave the chart out"), caption
    )


def _fault(what: str, repair: str, caption: str) -> InternalError:
    return InternalError(Problem(Where(_("chart"), caption), what, repair))
