"""A sheet as it was read from a file: raw cells, and what a person sees of it that no cell holds."""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column of an area, in Excel's numbers from 1."""
State = Literal["visible", "hidden", "veryHidden"]


@dataclass(frozen=True)
class Sheet:
    """The raw cells of one sheet.

    :ivar name: the sheet's name; for a text file the file's name without its ending.
    :ivar cells: text, float, date or None, indexed by Excel's row numbers, with Excel's column numbers as columns.
        A cell that cannot be read is a :class:`~govkit.ledgers.cells.Bad`; a cell that Excel shows with a percent sign
        or with leading zeros is the text that it shows.
    :ivar merged: areas of merged cells; the value stands in their first cell.
    :ivar state: whether the sheet is hidden, and whether Excel's own menu can show it again.
    :ivar hidden_rows: rows that are hidden, by hand or by a filter.
    :ivar hidden_columns: columns that are hidden.
    :ivar from_1904: whether day numbers count from 1904, as Excel for Mac used to.
    :ivar torn: cells of a text file with a broken quote.
    """

    name: str
    cells: pd.DataFrame
    merged: tuple[Area, ...] = ()
    state: State = "visible"
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    from_1904: bool = False
    torn: tuple[tuple[int, int], ...] = ()


@dataclass
class Marks:
    """What the XML of a sheet says of its cells beside their values.

    :ivar shown: row and column → how the cell's number is shown: ``%``, or as many zeros as it has digits.
    """

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
