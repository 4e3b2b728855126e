"""How the sample's township units and villages differ: size, diligence, numbers of their own."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from govkit.demo.sample.common import YEAR
from govkit.ledgers.places import Place, Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One township unit's traits. The shares lie between 0 and 1 and differ, so that rankings have something to say."""

    letters: str
    size: float
    open_disputes: int
    slow_disputes: float
    late_services: float
    late_rectifications: float
    supervised: float


UNITS = {
    "苏家作乡": Unit(
        letters="SJZ",
        size=1.15,
        open_disputes=1,
        slow_disputes=0.03,
        late_services=0.05,
        late_rectifications=0.16,
        supervised=0.97,
    ),
    "阳庙镇": Unit(
        letters="YM",
        size=1.25,
        open_disputes=6,
        slow_disputes=0.10,
        late_services=0.09,
        late_rectifications=0.30,
        supervised=0.93,
    ),
    "宁郭镇": Unit(
        letters="NG",
        size=1.05,
        open_disputes=4,
        slow_disputes=0.07,
        late_services=0.13,
        late_rectifications=0.22,
        supervised=0.88,
    ),
    "李万街道": Unit(
        letters="LW",
        size=1.00,
        open_disputes=2,
        slow_disputes=0.05,
        late_services=0.03,
        late_rectifications=0.12,
        supervised=0.99,
    ),
    "文苑街道": Unit(
        letters="WY",
        size=0.85,
        open_disputes=3,
        slow_disputes=0.08,
        late_services=0.07,
        late_rectifications=0.38,
        supervised=0.91,
    ),
    "文昌街道": Unit(
        letters="WC",
        size=0.92,
        open_disputes=5,
        slow_disputes=0.12,
        late_services=0.16,
        late_rectifications=0.26,
        supervised=0.84,
    ),
}


def unit_of(place: Place, places: Places) -> Unit:
    """Return the traits of the township unit a village belongs to, or of the unit itself."""
    return UNITS[places[place.township].name]


def code_of(place: Place, places: Places) -> str:
    """Return the letters and number that the sample's own numbering uses: YM02 for the second village of 阳庙镇."""
    if place.level == "district":
        return "SFQ"
    return unit_of(place, places).letters + place.code.partition("-")[2]


def weight(village: Place, places: Places) -> float:
    """Return how much goes on in a village against the others; the same in every institution."""
    return unit_of(village, places).size * random.Random(village.code).uniform(0.6, 1.5)


def shared_out(total: int, villages: Sequence[Place], places: Places) -> list[Place]:
    """Return ``total`` villages, each at least once and otherwise by weight (largest remainders), in register order."""
    weights = [weight(village, places) for village in villages]
    exact = [(total - len(villages)) * share / sum(weights) for share in weights]
    counts = [1 + math.floor(share) for share in exact]
    by_remainder = sorted(range(len(villages)), key=lambda n: math.floor(exact[n]) - exact[n])
    for number in by_remainder[: total - sum(counts)]:
        counts[number] += 1
    return [village for village, count in zip(villages, counts, strict=True) for _ in range(count)]


class Numbers:
    """The sample's running numbers: a prefix, the year, the village, and a count in each village."""

    def __init__(self, prefix: str, places: Places) -> None:
        self._prefix = prefix
        self._places = places
        self._counts: Counter[str] = Counter()

    def next(self, village: str) -> str:
        """Return the next number of the village with this code, like JF2015-YM02-007."""
        self._counts[village] += 1
        return f"{self._prefix}{YEAR}-{code_of(self._places[village], self._places)}-{self._counts[village]:03}"
