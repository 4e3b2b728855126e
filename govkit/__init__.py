"""Reporting and training kit for the four basic institutions of grassroots governance.

In a notebook: ``book = govkit.open()``, then ``book.ledger("disputes")`` and ``book.indicator("G4", by="township")``.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "open"]

if TYPE_CHECKING:
    from govkit.figures.snapshot import open_book as open  # noqa: A004 - the name a notebook calls


def __getattr__(name: str) -> Any:
    if name == "open":  # loaded when asked for, so that the command line starts quickly
        from govkit.figures.snapshot import open_book

        return open_book
    raise AttributeError(name)
