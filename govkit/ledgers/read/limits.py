"""Limits of text files, looked at before anything reads them as a table; the limit is named, and the place."""

from pathlib import Path

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import MAX_COLUMNS, column_letters

MAX_TEXT_ROWS = 2_000_000
MAX_LINE = 1_000_000
"""Bytes of one line; a cell holds 2,000 characters, a ledger some tens of columns."""
_CHUNK = 1 << 20
_SEPARATORS = (b",", b"\t", b";", b"|")
_IN_TEXTS = 10
"""Separators that a column's text may hold itself, on average, in the lines that are looked at."""


def refuse_long(path: Path) -> None:
    """Refuse a text file with a line, or with more lines, than a ledger can have.

    :raises InputError: the file is beyond a limit.
    """
    lines, length, ending = 0, 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if not lines and b"\n" not in chunk and b"\r" in chunk:
                ending = b"\r"
            first, *others = chunk.split(ending) if chunk.count(ending) < 2 else _ends(chunk, ending)
            if length + len(first) > MAX_LINE:
                _refuse_line(path, lines + 1)
            if not lines:
                _refuse_columns(path, chunk.split(ending, 1_000)[:1_000])
            lines += chunk.count(ending)
            length = len(others[-1]) if others else length + len(first)
            if lines > MAX_TEXT_ROWS:
                _refuse_rows(path)


def _ends(chunk: bytes, ending: bytes) -> list[bytes]:
    """Return what stands before the first line end and after the last; no line between is longer than a chunk."""
    return [chunk[: chunk.index(ending)], chunk[chunk.rindex(ending) + 1 :]]


def refuse_wide(path: Path, sheet: str, cells: pd.DataFrame) -> None:
    """Refuse a table with more columns than a ledger can have.

    :raises InputError: the table is too wide.
    """
    if cells.shape[1] > MAX_COLUMNS:
        _refuse_far(path, sheet, 1, cells.shape[1])


def _refuse_columns(path: Path, lines: list[bytes]) -> None:
    for number, line in enumerate(lines, start=1):
        columns = 1 + max(line.count(separator) for separator in _SEPARATORS)
        if columns > MAX_COLUMNS * _IN_TEXTS:
            _refuse_far(path, "", number, columns)


def _refuse_far(path: Path, sheet: str, row: int, column: int) -> None:
    raise InputError(
        Problem(
            Where(path.name, sheet, f"{column_letters(column)}{row}"),
            _("A cell lies far outside the table, at column {column}, row {row}").format(column=column, row=row),
            _("Delete the stray cells to the right of and below the table, or copy the rows into a new workbook"),
        )
    )


def _refuse_line(path: Path, line: int) -> None:
    raise InputError(
        Problem(
            Where(path.name, item=_("line {number}").format(number=line)),
            _("The line is longer than {limit} bytes").format(limit=MAX_LINE),
            _("Open it in Excel or WPS and save it again as CSV or .xlsx"),
        )
    )


def _refuse_rows(path: Path) -> None:
    raise InputError(
        Problem(
            Where(path.name),
            _("The file has more than {limit} rows").format(limit=MAX_TEXT_ROWS),
            _("Split the ledger by township unit or by year"),
        )
    )
