"""Reporting and training kit for the four basic institutions of grassroots governance.

What a notebook or a script needs, and nothing else::

    import govkit

    snapshot = govkit.open("demo/store")                       # the ledgers as of their newest version
    snapshot.ledgers(), snapshot.indicators()                  # what there is, as frames
    snapshot.ledger("disputes", labelled=True)                 # a DataFrame
    snapshot.indicator("G4", period="2015-09", by="township")  # a Series by township unit
    snapshot.indicator(["G4", "化解率"], by="township", periods="quarter").to_excel("指标.xlsx")
    snapshot.figures("阳庙镇", "2015-09")                       # what a report says of a place and a month
    govkit.analysis.ageing(snapshot, "矛盾纠纷", "化解日期")      # questions that analysts ask
    govkit.charts.bars(frame, "单位", "数值")                    # charts as in the reports
    govkit.list_reports()
    govkit.render("monthly_bulletin", store="demo/store", period="2015-09", folder="reports")

Everything that is wrong with a user's input is an :class:`InputError` with its :class:`Problem` values.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InputError, InternalError, Problem

if TYPE_CHECKING:
    from govkit.figures import analysis
    from govkit.figures.figure import Figures
    from govkit.figures.snapshot import Snapshot
    from govkit.figures.snapshot import open_snapshot as open  # noqa: A004 - the name a notebook calls
    from govkit.rendering.content import charts
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
    "analysis",
    "charts",
    "list_reports",
    "open",
    "parameters",
    "render",
]

# Loaded when first used: they import pandas, and the command line starts without it.
_LAZY = {
    "Figures": ("govkit.figures.figure", "Figures"),
    "Snapshot": ("govkit.figures.snapshot", "Snapshot"),
    "analysis": ("govkit.figures.analysis", ""),
    "charts": ("govkit.rendering.content.charts", ""),
    "list_reports": ("govkit.reports.render", "list_reports"),
    "open": ("govkit.figures.snapshot", "open_snapshot"),
    "parameters": ("govkit.reports.parameters", "parameters"),
    "render": ("govkit.reports.render", "render"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found: Any = import_module(module)
    found = globals()[name] = getattr(found, attribute) if attribute else found
    return found


def __dir__() -> list[str]:
    return __all__
