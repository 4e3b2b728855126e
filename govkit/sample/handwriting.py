"""How staff write a value into a cell: mostly as they should, and at times as they do."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from govkit.ledgers.declare import Column
from govkit.ledgers.places import Places

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_DAY_FORMS = ("{0}/{1}/{2}", "{0}年{1}月{2}日", "{0}.{1}.{2}")


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's hand: what it writes, the checker reads back as the same value."""

    rng: random.Random
    places: Places

    def written(self, value: Any, column: Column) -> Any:
        """Return what stands in the cell: text, a number, a day or None."""
        match column.kind:
            case _ if value is None:
                cell = None
            case "date" if self._lapses(0.07):
                cell = self._day(value)
            case "integer" if self._lapses(0.015):
                cell = str(value).translate(_FULL_WIDTH)
            case "flag":
                cell = ("√" if value else "×") if self._lapses(0.1) else ("是" if value else "否")
            case "choice" if self._lapses(0.06):
                cell = next((other for other, listed in column.synonyms.items() if listed == value), value)
            case "place":
                cell = self._place(value)
            case _:
                cell = value
        return cell

    def _lapses(self, share: float) -> bool:
        return self.rng.random() < share

    def _day(self, day: dt.date) -> str:
        return self.rng.choice(_DAY_FORMS).format(day.year, day.month, day.day)

    def _place(self, code: str) -> str:
        place = self.places[code]
        short = place.name.removesuffix("村")
        return short if place.level == "village" and len(short) > 2 and self._lapses(0.08) else place.name
