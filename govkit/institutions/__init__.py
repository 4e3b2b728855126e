"""The district's institutions, one module each with its ledgers, rules and indicators.

To add one, write a module here that declares ``INSTITUTION``; it is found by itself. ``MODULES`` gives the order of
institutions in reports; those that it does not name come last, by name.
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
    """Return every institution, in the order of reports.

    >>> [institution.title for institution in institutions()][:4]
    ['基本情况', '民主决策', '便民服务', '矛盾纠纷预防化解']
    """
    others = sorted({module.name for module in iter_modules(__path__)} - set(MODULES))
    modules = [import_module(f"{__name__}.{name}") for name in (*MODULES, *others)]
    return tuple(module.INSTITUTION for module in modules if hasattr(module, "INSTITUTION"))


def ledgers() -> dict[str, Ledger]:
    """Return code → ledger for every ledger.

    >>> ledgers()["disputes"].title
    '矛盾纠纷台账'
    """
    return {ledger.code: ledger for institution in institutions() for ledger in institution.ledgers}


def indicators() -> dict[str, Measure]:
    """Return code → indicator for every indicator.

    >>> indicators()["G6"].label
    '化解率'
    """
    return {indicator.code: indicator for institution in institutions() for indicator in institution.indicators}
