"""The monthly bulletin: the comparison with a year before, and what of it the public reads.

In public a count of one to three matters of persons is withheld together with what would give it away. Below the
district nearly every count of a month is of that size, so there the public reads of the year and of no single matter.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from govkit.ledgers.mask import SMALL, WITHHELD, suppress_list
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, UNIT

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

THAN = "去年同月"
FEW = "数量较少（不公开具体数）"


def detailed(f: "Figures", audience: str) -> bool:
    """Return whether the bulletin tells the month's agency work and disputes: to the office, and of the district."""
    return audience != "public" or f.place.level == "district"


def year_before(f: "Figures", codes: Iterable[str]) -> str:
    """Return in a sentence how the month's figures differ from a year before; an empty text without data of then."""
    before = f.period.year_before()
    if before.start < f.snapshot.span[0].start:
        return ""
    told = [_told(f, code, f.snapshot.values.of(f.snapshot.measure(code), [before])[0][f.place.code]) for code in codes]
    return f"{'；'.join(told)}。"


class Told:
    """The month's counts of persons and their matters in words; in public a small one is withheld."""

    def __init__(self, f: "Figures", audience: str) -> None:
        self.f, self.public = f, audience == "public"

    def __getitem__(self, code: str) -> str:
        return _few(self.f[code].value, str(self.f[code])) if self.public else str(self.f[code])


def agency_in_public(f: "Figures") -> str:
    """Return the year's agency work as a township unit or a village makes it public, in words."""
    return f"本年累计办结代办服务{_few(f['C9'].year_to_date, f['C9'].ytd)}。"


def disputes_in_public(f: "Figures") -> str:
    """Return the year's disputes as a township unit or a village makes them public, in words."""
    found, settled = (int(f[code].year_to_date or 0) for code in ("G4", "G5"))
    shown = suppress_list(pd.Series({"化解": settled, "未化解": found - settled}))
    said = f"本年累计排查矛盾纠纷{FEW if shown[TOTAL] == WITHHELD else f['G4'].ytd}"
    if found == 0:
        return f"{said}。"
    if WITHHELD in set(shown):
        return f"{said}，化解情况因数量较少或可据以推算，不公开具体件数。"
    return f"{said}，化解{f['G5'].ytd}，化解率{f['G6'].ytd}。"


def units_in_public(f: "Figures", count: str, rate: str) -> pd.DataFrame:
    """Return a row per unit with a count and a rate of the year; where the count is withheld, so is the rate."""
    table = f.by_unit([count, rate], to_date=True)
    first, second = table.columns[1:]
    values = f.values_by_unit(count, to_date=True).set_index(UNIT).iloc[:, 0].astype("int64")
    hidden = (suppress_list(values) == WITHHELD).to_numpy()
    return table.assign(**{name: table[name].mask(hidden, WITHHELD) for name in (first, second)})


def _few(value: float | None, words: str) -> str:
    return FEW if value is not None and 1 <= value <= SMALL else words


def _told(f: "Figures", code: str, before: float | None) -> str:
    figure = f[code]
    unit, digits = figure.measure.unit, figure.measure.decimals or None
    change = wording.change(figure.value, before, unit, than=THAN, is_rate=figure.is_rate, digits=digits)
    return f"{figure.measure.label}{change}"
