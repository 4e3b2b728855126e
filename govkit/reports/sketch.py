"""A sheet of drawing paper in millimetres, from which a chart's SVG and PNG are made.

Charts of a report are a few boxes, lines and words; placing them on paper directly costs a fraction of what axes with
ticks and a layout search cost, and puts every word where we say. Fonts are taken by file, and a word that
no font can draw is a Fault.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from typing import Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports.fonts import chart_font, font_for

DPI = 200
_MM_PER_PT = 25.4 / 72


class Sketch:
    """A figure of a given size; positions are millimetres from its top left corner."""

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
        """Draw a line through points, NaN breaking it; ``dot`` is the size of a round mark at each, in points."""
        from matplotlib.lines import Line2D

        mark = {"marker": "o", "markersize": dot, "markeredgewidth": 0} if dot else {}
        shape = Line2D(xs, ys, color=colour, linewidth=width, transform=self._paper, **mark)  # type: ignore[arg-type]
        self.figure.add_artist(shape)

    def text(
        self, x: float, y: float, words: str, size: float, across: str = "left", *, colour: str = "#222222"
    ) -> None:
        """Write one or more lines, their middle at ``y``; a character no font has is a Fault."""
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
        """Return the SVG alone, for a screen that must not wait."""
        with self._every_glyph():
            return self._svg()

    @contextmanager
    def _every_glyph(self) -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # a missing glyph is only a warning to matplotlib
            try:
                yield
            except UserWarning as warning:
                raise Fault(Problem(self.place, str(warning), _("Write another character"))) from warning

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
    """Return how wide the longest line of ``words`` is at a type size in points."""
    path = str(chart_font().path)
    return max(sum(_ems(char, path) for char in line) for line in words.split("\n")) * size * _MM_PER_PT


@lru_cache(maxsize=8192)
def _ems(char: str, path: str) -> float:
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    font = get_font(path)
    if not font.get_char_index(ord(char)):
        return 1.0  # another font draws it, or drawing it is refused
    return font.load_char(ord(char), LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM


def wrapped(words: str, room_mm: float, size: float) -> str:
    """Return ``words`` broken into lines that fit ``room_mm``; Chinese breaks anywhere."""
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
