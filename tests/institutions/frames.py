"""Rows as the store returns them, for tests of rules and indicators."""

from typing import Any

import pandas as pd

from govkit.institutions import institutions
from govkit.institutions.institution import Fact, Institution
from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from tests.ledgers.books import PLACES


def frame(ledger: Ledger, *rows: dict[str, Any]) -> pd.DataFrame:
    """Return typed rows of a ledger; absent cells are blank, the township follows from the place."""
    made = {c.name: pd.Series([row.get(c.name) for row in rows], dtype=c.dtype) for c in ledger.columns}
    townships = [PLACES[row["place"]].township if "place" in row else "yangmiao" for row in rows]
    return pd.DataFrame(made).assign(township=pd.Series(townships, dtype="str"))


def measure(institution: str, code: str) -> Measure:
    """Return an indicator of an institution."""
    found = next(known for known in institutions() if known.code == institution)
    return next(indicator for indicator in found.indicators if indicator.code == code)


def fact(institution: Institution, code: str, item: str = "") -> Fact:
    """Return the fact that computes a published figure."""
    found = institution.published[code, item]
    assert not isinstance(found, Indicator | Ratio)
    return found
