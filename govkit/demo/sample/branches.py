"""The five party branches that the published text names (B1); when they were founded is the sample's own."""

import datetime as dt
import random

from govkit.demo.sample.common import YEAR, Row, Rows, between
from govkit.ledgers.places import Places

_NAMED = (
    ("示范区行政服务中心", "服务窗口", ""),
    ("腾云电子商务产业园", "产业链", ""),
    ("浪潮云计算中心", "产业链", ""),
    ("北李万村万鑫商城", "产业链", "北李万村"),
    ("怀川物流公司", "产业链", ""),
)


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the register's rows by ledger code."""
    return {"party_branches": [_branch(rng, number, places) for number in range(len(_NAMED))]}


def _branch(rng: random.Random, number: int, places: Places) -> Row:
    name, setting, village = _NAMED[number]
    return {
        "branch_id": f"DZB-{number + 1:02}",
        "place": places.find(village).code if village else places.district.code,
        "name": name,
        "setting": setting,
        "named": True,
        "members": None,
        "founded_on": between(rng, dt.date(YEAR, 3, 2), dt.date(YEAR, 7, 31)),
    }
