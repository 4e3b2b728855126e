"""Rows of a frame with the types of their columns, which pandas knows only when it runs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def named_rows(frame: "pd.DataFrame") -> Iterator[Any]:
    """Yield each row as a named tuple of its cells, without the index."""
    return frame.itertuples(index=False)
