"""The monthly bulletin: how the month compares with the same month of the year before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from govkit.reports import wording

if TYPE_CHECKING:
    from govkit.figures import Figures

THAN = "去年同月"


def year_before(f: "Figures", codes: Iterable[str]) -> str:
    """Return in a sentence how the month's figures differ from a year before; an empty text without data of then."""
    before = f.period.year_before()
    if before.start < f.book.span[0].start:
        return ""
    frames = f.book.frames_of(f.place)
    told = (_told(f, code, f.book.measure(code)(frames, f.place, before)) for code in codes)
    return f"与上年相比，{'；'.join(told)}。"


def _told(f: "Figures", code: str, before: float | None) -> str:
    figure = f[code]
    unit, digits = figure.measure.unit, figure.measure.decimals or None
    change = wording.change(figure.value, before, unit, than=THAN, is_rate=figure.is_rate, digits=digits)
    return f"{figure.measure.label}{change}"
