"""Charts of a printed report: sober, legible in grey, as wide as the text block.

Each function returns a :class:`Chart`, which carries SVG (text as outlines), PNG, a caption that export numbers
图1, 图2 …, and words for readers who do not see it. No title stands inside a picture. A chart with nothing to draw and
a character without a glyph are Faults. Fonts are taken by file; no global state of matplotlib is used.
"""

import base64
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports import wording
from govkit.reports.fonts import font_for
from govkit.reports.literal import plain
from govkit.reports.tables import display_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM = 156.0
DPI = 200
DARK, MIDDLE, LIGHT, INK = "#1f3a5f", "#5b7ba3", "#b9c7d9", "#222222"
LABEL_PT, SMALL_PT = 10.5, 9.0


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
    """Return horizontal bars, longest first (``sort``), each with its value; the bar labelled ``mark`` is darker."""
    rows = _rows(frame, label, value, caption)
    rows = sorted(rows, key=lambda row: -row[1]) if sort else rows
    shown = [wording.number(number, unit, digits=digits) for _name, number in rows]

    def draw(axes: "Axes") -> None:
        names, numbers = [name for name, _n in rows], [number for _n, number in rows]
        axes.barh(range(len(rows)), numbers, height=0.62, color=[DARK if name == mark else MIDDLE for name in names])
        axes.invert_yaxis()
        _ticks(axes, "y", range(len(rows)), names, caption)
        for at, (number, text) in enumerate(zip(numbers, shown, strict=True)):
            _text(axes, max(number, 0), at, f" {text}", caption, va="center", ha="left")
        _bare(axes, ("top", "right", "bottom"))
        axes.set_xticks([])
        axes.set_xlim(min(0, *numbers), max(*numbers, 0) * _room(shown, names) or 1)
        axes.axvline(0, color=INK, linewidth=0.8)

    said = wording.joined((f"{name}{text}" for (name, _n), text in zip(rows, shown, strict=True)), last="、")
    return _chart(draw, 8.0 * len(rows) + 6, caption, alt or _words(caption, said))


def shares(frame: Any, label: str, value: str, *, caption: str = "", unit: str = "", alt: str = "") -> Chart:
    """Return bars of parts of a whole, each with its value and its share; negative parts are a Fault."""
    rows = _rows(frame, label, value, caption)
    whole = sum(number for _name, number in rows)
    if whole <= 0 or any(number < 0 for _name, number in rows):
        raise _fault(_("the parts do not make a whole"), _("Give counts that are not negative, not all zero"), caption)
    shown = [f"{wording.number(number, unit)}（{wording.percent(number, whole)}）" for _name, number in rows]

    def draw(axes: "Axes") -> None:
        numbers = [number / whole * 100 for _name, number in rows]
        axes.barh(range(len(rows)), [100] * len(rows), height=0.62, color="#eef1f5")
        axes.barh(range(len(rows)), numbers, height=0.62, color=MIDDLE)
        axes.invert_yaxis()
        _ticks(axes, "y", range(len(rows)), [name for name, _n in rows], caption)
        for at, text in enumerate(shown):
            _text(axes, 101, at, text, caption, va="center", ha="left")
        _bare(axes, ("top", "right", "bottom", "left"))
        axes.set_xticks([])
        axes.set_xlim(0, 101 + max(map(display_width, shown)) * 1.6)

    said = wording.joined((f"{name}{text}" for (name, _n), text in zip(rows, shown, strict=True)), last="、")
    return _chart(draw, 8.0 * len(rows) + 6, caption, alt or _words(caption, said))


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
    """Return a line over months in the frame's order, each point with its value.

    The month ``mark`` (else the last) stands out. A missing month is a gap in the line.
    """
    names, numbers = _series(frame, label, value, caption)
    current = names.index(mark) if mark in names else len(names) - 1
    points = [(at, number) for at, number in enumerate(numbers) if number == number]  # noqa: PLR0124 (not NaN)
    shown = {at: wording.number(number, digits=digits) for at, number in points}

    def draw(axes: "Axes") -> None:
        axes.plot(range(len(names)), numbers, color=MIDDLE, linewidth=1.6, marker="o", markersize=3.5)
        top, bottom = max(number for _at, number in points), min(0.0, *(number for _at, number in points))
        span = (top - bottom) or 1
        for at, number in points:
            size = LABEL_PT if at == current else SMALL_PT
            below = at > 0 and _dips(numbers, at)
            place = number - span * 0.06 if below else number + span * 0.05
            _text(axes, at, place, shown[at], caption, ha="center", va="top" if below else "bottom", size=size)
        if current in shown:
            axes.plot([current], [numbers[current]], marker="o", markersize=7.5, color=DARK)
        _ticks(axes, "x", range(len(names)), names, caption, size=SMALL_PT)
        _bare(axes, ("top", "right", "left"))
        axes.set_yticks([])
        axes.set_ylim(bottom - span * (0.12 if _low(points, span) else 0), top + span * 0.2)
        axes.set_xlim(-0.5, len(names) - 0.5)
        if unit:
            _text(
                axes,
                0.0,
                1.0,
                f"单位：{unit}",
                caption,
                ha="left",
                va="bottom",
                size=SMALL_PT,
                transform=axes.transAxes,
            )

    said = wording.joined((f"{names[at]}{text}{unit}" for at, text in shown.items()), last="、")
    return _chart(draw, 48, caption, alt or _words(caption, said))


def timeline(frame: Any, day: str, label: str, *, caption: str = "", alt: str = "") -> Chart:
    """Return the dated course of a matter from top to bottom, one dot a row, in the order of the days."""
    rows = [(d, plain(text)) for d, text in zip(frame[day].tolist(), frame[label].tolist(), strict=True)]
    rows = sorted((row for row in rows if not wording.is_missing(row[0])), key=lambda row: str(row[0]))
    if not rows:
        raise _nothing(caption)
    days = [wording.date(d) for d, _text_ in rows]

    def draw(axes: "Axes") -> None:
        axes.plot([0, 0], [0, len(rows) - 1], color=LIGHT, linewidth=2, zorder=1)
        axes.plot([0] * len(rows), range(len(rows)), "o", color=DARK, markersize=7, zorder=2)
        for at, (when, (_d, text)) in enumerate(zip(days, rows, strict=True)):
            _text(axes, -0.03, at, when, caption, ha="right", va="center")
            _text(axes, 0.03, at, text, caption, ha="left", va="center")
        axes.invert_yaxis()
        axes.set_axis_off()
        axes.set_xlim(-0.3, 0.9)
        axes.set_ylim(len(rows) - 0.5, -0.5)

    said = wording.joined((f"{when}{text}" for when, (_d, text) in zip(days, rows, strict=True)), last="；")
    return _chart(draw, 9.0 * len(rows) + 4, caption, alt or _words(caption, said))


def _chart(draw: Callable[["Axes"], None], height_mm: float, caption: str, alt: str) -> Chart:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_MM / 25.4, height_mm / 25.4), dpi=DPI, layout="constrained")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a missing glyph is only a warning to matplotlib
        try:
            draw(figure.add_subplot())
            return Chart(_svg(figure), _png(figure), plain(caption), plain(alt))
        except UserWarning as warning:
            raise _fault(str(warning), _("Write another character"), caption) from warning


def _svg(figure: "Figure") -> str:
    from matplotlib import rc_context

    buffer = BytesIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "govkit"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


def _png(figure: "Figure") -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _rows(frame: Any, label: str, value: str, caption: str) -> list[tuple[str, float]]:
    names, numbers = _series(frame, label, value, caption)
    return [(name, number) for name, number in zip(names, numbers, strict=True) if number == number]  # noqa: PLR0124


def _series(frame: Any, label: str, value: str, caption: str) -> tuple[list[str], list[float]]:
    """Return labels and numbers, NaN where missing; a Fault if there is no number at all."""
    names = [plain(name) for name in frame[label].tolist()]
    numbers = [float("nan") if wording.is_missing(number) else float(number) for number in frame[value].tolist()]
    if all(number != number for number in numbers):  # noqa: PLR0124
        raise _nothing(caption)
    return names, numbers


def _ticks(
    axes: "Axes", which: str, places: Sequence[int], names: list[str], caption: str, *, size: float = LABEL_PT
) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(list(places), names)
    axis.set_tick_params(length=0)
    for tick, name in zip(axis.get_ticklabels(), names, strict=True):
        tick.set_fontproperties(_font(name, caption, size))
        tick.set_parse_math(False)


def _text(axes: "Axes", x: float, y: float, text: str, caption: str, *, size: float = LABEL_PT, **how: Any) -> None:
    how.setdefault("color", INK)
    axes.text(x, y, text, fontproperties=_font(text, caption, size), parse_math=False, **how)


def _font(text: str, caption: str, size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=font_for(text, Where(_("chart"), caption)).path, size=size)


def _low(points: list[tuple[int, float]], span: float) -> bool:
    return min(number for _at, number in points) < span * 0.12


def _dips(numbers: list[float], at: int) -> bool:
    """Return whether the line comes down to a point and rises again, so that its label fits below only."""
    return at + 1 < len(numbers) and numbers[at - 1] > numbers[at] < numbers[at + 1]


def _bare(axes: "Axes", sides: Sequence[str]) -> None:
    for side in sides:
        axes.spines[side].set_visible(False)


def _room(shown: list[str], names: list[str]) -> float:
    """Return how much longer than the longest bar the axis must be for the value behind it to fit."""
    free = 82 - max(map(display_width, names)) - max(map(display_width, shown)) - 2
    return 1 + (max(map(display_width, shown)) + 2) / max(free, 10)


def _words(caption: str, said: str) -> str:
    return f"{caption}：{said}" if caption else said


def _nothing(caption: str) -> Fault:
    return _fault(
        _("the chart has nothing to draw"), _("Render a period that has data, or leave the chart out"), caption
    )


def _fault(what: str, repair: str, caption: str) -> Fault:
    return Fault(Problem(Where(_("chart"), caption), what, repair))
