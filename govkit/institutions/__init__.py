"""The district's institutions, one module each: its ledgers, its rules, its indicators, together.

To add one, write a module here that declares ``INSTITUTION``; everything else finds it. ``MODULES`` says in which order
reports tell them; one that it does not name comes after those, by name.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Measure

MODULES = (
    "district",
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
    others = sorted({module.name for module in iter_modules(__path__)} - set(MODULES))
    modules = [import_module(f"{__name__}.{name}") for name in (*MODULES, *others)]
    return tuple(module.INSTITUTION for module in modules if hasattr(module, "INSTITUTION"))


def ledgers() -> dict[str, Ledger]:
    """Return every ledger by its code."""
    return {ledger.code: ledger for institution in institutions() for ledger in institution.ledgers}


def indicators() -> dict[str, Measure]:
    """Return every indicator by its code."""
    return {indicator.code: indicator for institution in institutions() for indicator in institution.indicators}
