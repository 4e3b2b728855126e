"""The table of one ledger on a sheet, as it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from govkit.core.errors import Problem, Where
from govkit.ledgers.cells import is_blank
from govkit.ledgers.declare import Ledger
from govkit.ledgers.read.header import Heading
from govkit.ledgers.read.layout import Region
from govkit.ledgers.read.workbook import column_letters


@dataclass(frozen=True)
class Total:
    """A row of totals: its label, the rows it stands below (as far as the total before it), and its numbers."""

    row: int
    label: str
    rows: tuple[int, int]
    values: Mapping[str, object]


@dataclass(frozen=True)
class Doubt:
    """A heading that was guessed or is not read, which a person may settle.

    :ivar heading: its words.
    :ivar place: the item of its cell.
    :ivar column: the code name of the column that it was read as, or that is nearest; empty for none.
    :ivar read: whether the column was read by it.
    """

    heading: str
    place: str
    column: str
    read: bool


@dataclass(frozen=True)
class Table:
    """The rows of one ledger found on one sheet.

    :ivar letters: code name → Excel's column letters; a row's number where records stand in columns.
    :ivar rows: raw cells, indexed by Excel's row number, with code names as columns.
    :ivar year: the year that the sheet's title or name states.
    :ivar problems: problems of the header.
    :ivar scales: code name → what one in the sheet's unit is in the column's own.
    :ivar totals: its rows of totals.
    :ivar transposed: whether records stand in columns; ``rows`` is then indexed by the column's number.
    :ivar year_from: where the year is stated.
    :ivar doubts: its headings that were guessed or are not read.
    """

    ledger: Ledger
    file: str
    sheet: str
    letters: dict[str, str]
    rows: pd.DataFrame
    year: int | None
    problems: tuple[Problem, ...] = ()
    scales: Mapping[str, Fraction] = field(default_factory=dict)
    totals: tuple[Total, ...] = ()
    transposed: bool = False
    year_from: str = ""
    doubts: tuple[Doubt, ...] = ()

    def where(self, row: int, column: str) -> Where:
        """Return the place of a cell in Excel's own terms."""
        letters = self.letters.get(column, "1" if self.transposed else "A")
        item = f"{column_letters(row)}{letters}" if self.transposed else f"{letters}{row}"
        return Where(self.file, self.sheet, item)


@dataclass(frozen=True)
class Match:
    """How well a ledger fits a table: its columns by name, those guessed, repeated, unknown, without a heading."""

    ledger: Ledger
    columns: dict[str, Heading]
    guessed: tuple[str, ...]
    repeated: tuple[str, ...]
    strangers: tuple[Heading, ...]
    nameless: tuple[Heading, ...]
    score: float


@dataclass(frozen=True)
class Places:
    """The place of a cell of a region in Excel's own terms."""

    file: str
    sheet: str
    transposed: bool

    def __call__(self, row: int, column: int) -> Where:
        """Return the place of a cell."""
        item = f"{column_letters(row)}{column}" if self.transposed else f"{column_letters(column)}{row}"
        return Where(self.file, self.sheet, item)


def values_of(region: Region, column: int) -> list[object]:
    """Return the filled cells of a column of a table."""
    cells = region.grid.cells.iloc[region.body - 1, column - 1]
    return [raw for raw in cells if not is_blank(raw)]
