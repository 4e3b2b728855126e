"""Reading of workbooks, in the capped child: the archive is looked at first, then its cells are read."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from govkit.ledgers.read.archive import Address, column_letters, column_number, inspect, unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

__all__ = ["column_letters", "column_number", "read_xlsx", "unreadable"]

Cell = str | float | dt.date | None


def read_xlsx(path: Path) -> dict[str, pd.DataFrame]:
    """Return sheet name → raw cells, hidden sheets included.

    A frame's index holds Excel's row numbers, its columns Excel's column numbers (1 = A). Cells are text, float, date
    or None; TRUE and FALSE are text, since a frame would turn them into 1 and 0; a failed formula is its error as text.

    :raises InputError: the file is no readable .xlsx workbook.
    """
    from python_calamine import CalamineWorkbook

    outlines = inspect(path)
    workbook = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    seen: dict[str, str] = {}
    return {
        name: _frame(_rows(workbook.get_sheet_by_name(name), seen), outlines[name].flaws if name in outlines else {})
        for name in workbook.sheet_names
    }


def _rows(sheet: "CalamineSheet", seen: dict[str, str]) -> list[list[Cell]]:
    return [[_cell(cell, seen) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _cell(cell: object, seen: dict[str, str]) -> Cell:
    """Return a cell as frames hold it, equal texts as one object."""
    if isinstance(cell, str):
        return seen.setdefault(cell, cell) if cell else None
    if cell is True or cell is False:
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return cell
    if isinstance(cell, dt.datetime):
        return cell.date()
    return cell if isinstance(cell, dt.date) else str(cell)


def _frame(rows: list[list[Cell]], flaws: dict[Address, str]) -> pd.DataFrame:
    if flaws:
        _put(rows, flaws)
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame.columns = pd.RangeIndex(1, frame.shape[1] + 1)
    return frame


def _put(rows: list[list[Cell]], flaws: dict[Address, str]) -> None:
    """Set these cells, extending the rows: the reader leaves out an area that holds failed formulas only."""
    height = max(row for row, _ in flaws)
    width = max(len(rows[0]) if rows else 0, *(column for _, column in flaws))
    rows += ([] for _ in range(height - len(rows)))
    for row in rows:
        row.extend([None] * (width - len(row)))
    for (number, column), words in flaws.items():
        if rows[number - 1][column - 1] is None:
            rows[number - 1][column - 1] = words
