"""Reporting and training kit for the four basic institutions of grassroots governance.

What a notebook or a script needs, and nothing else::

    import govkit

    snapshot = govkit.open("demo/store")                       # the ledgers as of their newest version
    snapshot.ledger("disputes", labelled=True)                 # a DataFrame
    snapshot.indicator("G4", period="2015-09", by="township")  # a Series by township unit
    snapshot.figures("阳庙镇", "2015-09")                       # what a report says of a place and a month
    govkit.list_reports()
    govkit.render("monthly_bulletin", store="demo/store", period="2015-09", folder="reports")

Everything that is wrong with a user's input is an :class:`InputError` with its :class:`Problem` values.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InputError, InternalError, Problem

if TYPE_CHECKING:
    from govkit.figures.figure import Figures
    from govkit.figures.snapshot import Snapshot
    from govkit.figures.snapshot import open_snapshot as open  # noqa: A004 - the name a notebook calls
    from govkit.reports.parameters import parameters
    from govkit.reports.render import list_reports, render

__version__ = "0.2.0"
__all__ = [
    "Figures",
    "InputError",
    "InternalError",
    "Problem",
    "Snapshot",
    "__version__",
    "list_reports",
    "open",
    "parameters",
    "render",
]

# Loaded when first used: they import pandas, and the command line starts without it.
_LAZY = {
    "Figures": ("govkit.figures.figure", "Figures"),
    "Snapshot": ("govkit.figures.snapshot", "Snapshot"),
    "list_reports": ("govkit.reports.render", "list_reports"),
    "open": ("govkit.figures.snapshot", "open_snapshot"),
    "parameters": ("govkit.reports.parameters", "parameters"),
    "render": ("govkit.reports.render", "render"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = globals()[name] = getattr(import_module(module), attribute)
    return found


def __dir__() -> list[str]:
    return __all__
