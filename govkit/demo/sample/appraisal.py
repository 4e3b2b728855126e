"""Sample scores entered by hand, for the one such item of the illustrative table, twice in the year (P)."""

import datetime as dt
import random

from govkit.demo.sample.common import YEAR, Rows
from govkit.ledgers.places import Places

_ITEM = 6
_DAYS = (dt.date(YEAR, 6, 26), dt.date(YEAR, 12, 25))


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    scores = [
        {
            "place": village.code,
            "item_no": _ITEM,
            "scored_on": day,
            "score": float(rng.choice((7, 7.5, 8, 8.5, 9, 9.5, 10))),
            "basis": None,
        }
        for day in _DAYS
        for village in places.at("village")
    ]
    return {"appraisal_scores": scores}
