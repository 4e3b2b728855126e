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
    told = [_told(f, code, f.book.values.of(f.book.measure(code), [before])[0][f.place.code]) for code in codes]
    return f"{'；'.join(told)}。"


def _told(f: "Figures", code: str, before: float | None) -> str:
    figure = f[code]
    unit, digits = figure.measure.unit, figure.measure.decimals or None
    change = wording.change(figure.value, before, unit, than=THAN, is_rate=figure.is_rate, digits=digits)
    return f"{figure.measure.label}{change}"
