"""A form as grids of cells: the sheets of a workbook, or the tables of a Word document. Runs in the capped child."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import inspect, refuse_members, unreadable

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_CELLS = 100_000
MARKS = "-—–－/×✕xX*…"
"""A cell of these alone is closed to whoever fills in the form."""
_NUMBER = re.compile(r"[\d,.，]+%?")
Kind = Literal["text", "number", "filled", "blank"]


@dataclass(frozen=True)
class Cell:
    """A cell of a form, or a merged area.

    :ivar row: its first row, from 1.
    :ivar column: its first column, from 1.
    :ivar last_row: its last row.
    :ivar last_column: its last column.
    :ivar text: its words; empty where it is blank.
    :ivar kind: ``filled`` for formulas, and for dashes in cells that take no entry.
    :ivar drawn: whether a line is drawn around it, or it is a cell of a Word table.
    :ivar percent: whether its number is shown as a percentage.
    """

    row: int
    column: int
    last_row: int
    last_column: int
    text: str
    kind: Kind
    drawn: bool = True
    percent: bool = False


@dataclass
class Grid:
    """One table of a form.

    :ivar name: the sheet's name, or the number of the table in the document.
    :ivar cells: every address → its cell; the addresses of a merged area have the same one.
    :ivar context: words outside of the table that belong to it: titles, units, who fills it in.
    """

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    context: list[str] = field(default_factory=list)

    def add(self, cell: Cell) -> None:
        """Put a cell at all of its addresses."""
        for row in range(cell.row, cell.last_row + 1):
            for column in range(cell.column, cell.last_column + 1):
                self.cells[row, column] = cell

    def distinct(self) -> Iterator[Cell]:
        """Yield each cell once, row by row."""
        for (row, column), cell in sorted(self.cells.items()):
            if (row, column) == (cell.row, cell.column):
                yield cell

    @property
    def width(self) -> int:
        """The number of its last column."""
        return max((column for _row, column in self.cells), default=0)


def read_form(path: Path) -> list[Grid]:
    """Return the tables of a form.

    :raises InputError: the file is damaged, hostile, too large or of another kind.
    """
    match path.suffix.lower():
        case ".xlsx":
            return _read_workbook(path)
        case ".docx":
            return _read_document(path)
    what = _("Files of the kind “{suffix}” are not filled in").format(suffix=path.suffix)
    raise InputError(Problem(Where(path.name), what, _("Save the form as .xlsx or .docx")))


def _read_workbook(path: Path) -> list[Grid]:
    from openpyxl import load_workbook

    inspect(path)
    try:
        book = load_workbook(path)
    except Exception as error:  # openpyxl raises anything
        raise InputError(unreadable(path)) from error
    if sum(sheet.max_row * sheet.max_column for sheet in book.worksheets) > MAX_CELLS:
        raise InputError(_too_large(path))
    return [_sheet(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _sheet(sheet: "Worksheet") -> Grid:
    grid = Grid(sheet.title)
    areas = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    lines = any(_drawn(cell) for row in sheet.iter_rows() for cell in row)
    for cells in sheet.iter_rows():
        for cell in cells:
            row, column = cell.row or 0, cell.column or 0
            if (row, column) in grid.cells:
                continue
            area = areas.get((row, column))
            last_row, last_column = (int(area.max_row), int(area.max_col)) if area else (row, column)
            kind, text = _content(cell.value)
            drawn, percent = not lines or _drawn(cell), "%" in str(cell.number_format)
            grid.add(Cell(row, column, last_row, last_column, text, kind, drawn, percent))
    _take_titles(grid, lines)
    return grid


def _drawn(cell: Any) -> bool:
    border = cell.border
    return any(side is not None and side.style for side in (border.left, border.right, border.top, border.bottom))


def _content(value: object) -> tuple[Kind, str]:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "blank", ""
    if not isinstance(value, str):
        return ("number" if isinstance(value, int | float) else "filled"), str(value)
    words = value.strip()
    if words.startswith("=") or not words.strip(MARKS):
        return "filled", words
    return ("number" if _NUMBER.fullmatch(words) else "text"), words


def _take_titles(grid: Grid, lines: bool) -> None:
    """Move words that belong to no table to the context: those without lines around them, or alone over its width."""
    width = grid.width
    for cell in list(grid.distinct()):
        wide = cell.last_column - cell.column + 1 >= max(3, width - 1)
        own_row = {id(other) for (row, _c), other in grid.cells.items() if row == cell.row and other.kind != "blank"}
        alone = len(own_row) == 1 and not lines and cell.column <= 2 and _below_blank(grid, cell)
        if cell.kind == "text" and (not cell.drawn or wide or alone):
            grid.context.append(cell.text)
            for place in [place for place, other in grid.cells.items() if other is cell]:
                del grid.cells[place]


def _below_blank(grid: Grid, cell: Cell) -> bool:
    """Return whether a lone cell without lines is a title: nothing but other cells with words follow in its row."""
    right = grid.cells.get((cell.row, cell.last_column + 1))
    below = [other for (row, _c), other in grid.cells.items() if row == cell.last_row + 1 and other.kind == "text"]
    return right is not None and len({id(other) for other in below}) > 1


def _read_document(path: Path) -> list[Grid]:
    try:
        from docx import Document
    except ImportError as error:
        what = _("Word forms need the package python-docx")
        raise InputError(Problem(Where(path.name), what, "pip install 'govkit[word]'")) from error
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_members(path, archive.infolist())
        document = Document(str(path))
    except (InputError, MemoryError):
        raise
    except Exception as error:  # python-docx raises anything
        raise InputError(_unreadable_document(path)) from error
    grids: list[Grid] = []
    context: list[str] = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            grids.append(_table(path, block, f"{len(grids) + 1}", context[-4:]))
            context = []
        elif block.text.strip():
            context.append(block.text.strip())
    return grids


def _table(path: Path, table: Any, name: str, context: list[str]) -> Grid:
    grid = Grid(name, context=list(context))
    addresses: dict[int, list[tuple[int, int]]] = {}
    elements: dict[int, Any] = {}
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row.cells, 1 + row.grid_cols_before):
            addresses.setdefault(id(cell._tc), []).append((number, column))
            elements[id(cell._tc)] = cell
        if sum(map(len, addresses.values())) > MAX_CELLS:
            raise InputError(_too_large(path))
    for key, places in addresses.items():
        cell, (row, column), (last_row, last_column) = elements[key], min(places), max(places)
        kind, text = _content(cell.text)
        if kind == "blank" and (cell.tables or cell._tc.xpath(".//w:drawing")):
            kind = "filled"
        grid.add(Cell(row, column, last_row, last_column, text, kind))
    _take_titles(grid, lines=True)
    return grid


def _too_large(path: Path) -> Problem:
    what = _("The form has more than {limit} cells").format(limit=f"{MAX_CELLS:,}")
    return Problem(Where(path.name), what, _("Delete empty rows and columns at the end, or fill a ledger instead"))


def _unreadable_document(path: Path) -> Problem:
    repair = _("Open it in Word or WPS and save it again as .docx; if it will not open, ask for a new copy")
    return Problem(Where(path.name), _("The file is damaged or is no .docx document"), repair)
