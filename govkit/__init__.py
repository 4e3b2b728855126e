"""Reporting and training kit for the four basic institutions of grassroots governance.

In a notebook: ``snapshot = govkit.open()``, then ``snapshot.ledger("disputes")`` and
``snapshot.indicator("G4", by="township")``.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "open"]

if TYPE_CHECKING:
    from govkit.figures.snapshot import open_snapshot as open  # noqa: A004 - the name a notebook calls


def __getattr__(name: str) -> Any:
    if name == "open":  # loaded when asked for, so that the command line starts quickly
        from govkit.figures.snapshot import open_snapshot

        return open_snapshot
    raise AttributeError(name)
