"""The district's institutions, one module each: its ledgers, its rules, its indicators, together.

To add one, write a module that declares ``INSTITUTION`` and name it in ``MODULES``; everything else finds it here.
"""

from functools import cache
from importlib import import_module

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Measure

MODULES = (
    "places",
    "decisions",
    "services",
    "disputes",
    "conduct",
    "training",
    "exam_results",
    "appraisal",
    "observation",
    "facilities",
    "branches",
    "feedback",
    "pairing",
    "assistance",
    "reserve",
    "petitions",
)


@cache
def institutions() -> tuple[Institution, ...]:
    """Return every institution, in the order that reports tell them."""
    return tuple(import_module(f"{__name__}.{module}").INSTITUTION for module in MODULES)


def ledgers() -> dict[str, Ledger]:
    """Return every ledger by its code."""
    return {ledger.code: ledger for institution in institutions() for ledger in institution.ledgers}


def indicators() -> dict[str, Measure]:
    """Return every indicator by its code."""
    return {indicator.code: indicator for institution in institutions() for indicator in institution.indicators}
