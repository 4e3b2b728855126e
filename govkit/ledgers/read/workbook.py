"""Reading of workbooks, in the capped child: the archive is looked at first, then its cells are read."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import (
    Address,
    Outline,
    column_letters,
    column_number,
    inspect,
    is_encrypted,
    unreadable,
)
from govkit.ledgers.read.marks import as_shown
from govkit.ledgers.read.other_marks import outlines as other_outlines
from govkit.ledgers.read.sheet import Area, Sheet, State

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

__all__ = ["column_letters", "column_number", "read_xlsx", "unreadable"]

Cell = str | float | dt.date | None


_STATES: dict[str, State] = {"Hidden": "hidden", "VeryHidden": "veryHidden"}
MAX_MERGED = 100_000


def read_xlsx(path: Path) -> dict[str, Sheet]:
    """Return sheet name → sheet of a .xlsx workbook, hidden sheets included.

    TRUE and FALSE are text, since a frame would turn them into 1 and 0; a failed formula is its error as text.

    :raises InputError: the file is no readable .xlsx workbook.
    """
    return _sheets(path, inspect(path))


def read_other_workbook(path: Path) -> dict[str, Sheet]:
    """Return sheet name → sheet of an old .xls workbook (WPS: .et) or an OpenDocument one (.ods).

    :raises InputError: the file is neither, is encrypted or is damaged.
    """
    from python_calamine import CalamineError

    if not path.stat().st_size:
        raise InputError(
            Problem(Where(path.name), _("The file is empty"), _("Save the workbook again and import that copy"))
        )
    if protected := is_encrypted(path):
        raise InputError(protected)
    try:
        sheets = _sheets(path, {}, other=True)
    except CalamineError as error:
        raise InputError(unreadable(path)) from error
    if not sheets:
        raise InputError(unreadable(path))
    return sheets


def _sheets(path: Path, outlines: dict[str, Outline], *, other: bool = False) -> dict[str, Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    found = other_outlines(path) if other else []
    workbook = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    if other:
        outlines = dict(zip((each.name for each in workbook.sheets_metadata), found, strict=False))
    seen: dict[str, str] = {}
    return {
        each.name: _sheet(
            workbook.get_sheet_by_name(each.name), str(each.visible).rpartition(".")[2], outlines.get(each.name), seen
        )
        for each in workbook.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet
    }


def _sheet(sheet: "CalamineSheet", visible: str, outline: Outline | None, seen: dict[str, str]) -> Sheet:
    rows = _rows(sheet, seen)
    outline = outline or Outline(sheet.name)
    for (row, column), how in outline.marks.shown.items():
        raw = rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None
        if isinstance(raw, int | float):
            rows[row - 1][column - 1] = as_shown(float(raw), how)
    areas = (sheet.merged_cell_ranges or [])[:MAX_MERGED]
    merged: list[Area] = outline.merged or [
        (top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in areas
    ]
    return Sheet(
        sheet.name,
        _frame(rows, outline.flaws),
        tuple(sorted(merged)),
        _STATES.get(visible, "visible"),
        tuple(sorted(set(outline.marks.hidden_rows))),
        tuple(sorted(set(outline.marks.hidden_columns))),
        outline.from_1904,
    )


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
