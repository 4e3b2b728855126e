"""The monthly bulletin: the comparison with a year before, and its public version.

In public a count of one to three matters of persons is withheld together with what would give it away. Below the
district nearly every count of a month is that small, so there the public version covers the year and no single matter.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from govkit.ledgers.mask import SMALL, WITHHELD, suppress_list
from govkit.ledgers.period import Period
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, UNIT

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Bulletin", "r"]

THAN = "去年同月"
FEW = "数量较少（不公开具体数）"


class Bulletin:
    """The month of a place for an audience. ``bulletin["H9"]`` is a count of persons in words, small ones withheld."""

    def __init__(self, f: "Figures", audience: str = "internal") -> None:
        self.f, self.public = f, audience == "public"

    def __getitem__(self, code: str) -> str:
        figure = self.f[code]
        return _few(figure.value, str(figure)) if self.public else str(figure)

    @property
    def detailed(self) -> bool:
        """Whether the month's agency work and disputes are shown: internally, and in public of the whole district."""
        return not self.public or self.f.place.level == "district"

    def year_before(self, codes: Iterable[str]) -> str:
        """Return how the month's figures differ from a year before, in words; an empty text without data of then."""
        before = self.f.period.year_before()
        if before.start < self.f.snapshot.span[0].start:
            return ""
        return f"{'；'.join(self._compared(code, before) for code in codes)}。"

    def agency_in_public(self) -> str:
        """Return the year's agency work as a township unit or a village publishes it, in words."""
        return f"本年累计办结代办服务{_few(self.f['C9'].year_to_date, self.f['C9'].ytd)}。"

    def disputes_in_public(self) -> str:
        """Return the year's disputes as a township unit or a village publishes them, in words."""
        f = self.f
        found, settled = (int(f[code].year_to_date or 0) for code in ("G4", "G5"))
        shown = suppress_list(pd.Series({"化解": settled, "未化解": found - settled}))
        said = f"本年累计排查矛盾纠纷{FEW if shown[TOTAL] == WITHHELD else f['G4'].ytd}"
        if found == 0:
            return f"{said}。"
        if WITHHELD in set(shown):
            return f"{said}，化解情况因数量较少或可据以推算，不公开具体件数。"
        return f"{said}，化解{f['G5'].ytd}，化解率{f['G6'].ytd}。"

    def units_in_public(self, count: str, rate: str) -> pd.DataFrame:
        """Return a row per unit with a count and a rate of the year; where the count is withheld, so is the rate."""
        table = self.f.by_unit([count, rate], to_date=True)
        first, second = table.columns[1:]
        values = self.f.values_by_unit(count, to_date=True).set_index(UNIT).iloc[:, 0].fillna(0).astype("int64")
        hidden = (suppress_list(values) == WITHHELD).to_numpy()
        return table.assign(**{name: table[name].mask(hidden, WITHHELD) for name in (first, second)})

    def _compared(self, code: str, before: Period) -> str:
        figure = self.f[code]
        then = self.f.value_in(code, before)
        unit, digits = figure.measure.unit, figure.measure.decimals or None
        change = wording.change(figure.value, then, unit, than=THAN, is_rate=figure.is_rate, digits=digits)
        return f"{figure.measure.label}{change}"


def _few(value: float | None, words: str) -> str:
    return FEW if value is not None and 1 <= value <= SMALL else words
