"""The district's township units and villages (O)."""

from govkit.institutions.institution import Institution
from govkit.ledgers.indicator import Frames
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

NAMED_VILLAGES = ("司家寨", "苏家作", "梁庄", "北西尚", "马村", "北李万", "南张", "辛庄", "宁郭村", "住郭庄")
"""Villages that the published text names (O3)."""


def _villages(frames: Frames, places: Places, period: Period) -> int:
    return len(places.at("village"))


def _townships(frames: Frames, places: Places, period: Period) -> int:
    return len(places.at("township"))


def _named(frames: Frames, places: Places, period: Period) -> int:
    return sum(name in places.by_name for name in NAMED_VILLAGES)


INSTITUTION = Institution(
    code="places",
    title="基本情况",
    ledgers=(),
    indicators=(),
    published={("O1", ""): _villages, ("O2", ""): _townships, ("O3", ""): _named},
)
