"""Workbooks written for users: a panel's table, and bytes that do not depend on time or machine."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from govkit.core.spreadsheet import guard, starts_a_formula

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_MOMENT = dt.datetime(2000, 1, 1)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def bytes_of(book: "Workbook", creator: str, moment: dt.datetime = _MOMENT) -> bytes:
    """Return a workbook's bytes with every time stamp set to one moment, so that equal content gives equal bytes.

    Texts are guarded: no cell is a live formula.

    :param creator: the author named in its properties.
    :param moment: the moment, by default a constant.
    """
    guard(book)
    book.properties.creator = creator
    book.properties.created = moment
    saved, tidy = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(tidy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            member = zipfile.ZipInfo(name, moment.timetuple()[:6])
            member.create_system = 3  # the default differs on Windows
            target.writestr(member, content, zipfile.ZIP_DEFLATED)
    return tidy.getvalue()


CellValue = str | int | float | None
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST, _NARROWEST = 60.0, 8.0


def workbook(title: str, frame: pd.DataFrame, terms: Sequence[tuple[str, str]], decimals: int) -> bytes:
    """Return the bytes of a workbook with a table and, on a second sheet, the definitions of its figures.

    Text stays text even where it starts like a formula.

    :param title: the name of the first sheet.
    :param frame: the table.
    :param terms: pairs of term and definition.
    :param decimals: the decimals that numbers are shown with; they are stored unrounded.
    """
    about = pd.DataFrame(list(terms), columns=["项目", "内容"])
    return book_of([Sheet(title, frame, decimals, [16.0] * len(frame.columns)), Sheet("说明", about)])


@dataclass(frozen=True)
class Sheet:
    """A sheet to write: its name, its rows, the decimals of its numbers and the widths of its columns.

    :ivar decimals: by default none for a column of whole numbers, else two.
    :ivar widths: by default as the cells need, up to a limit.
    """

    title: str
    frame: pd.DataFrame
    decimals: int | None = None
    widths: Sequence[float] | None = None


def book_of(sheets: Sequence[Sheet]) -> bytes:
    """Return the bytes of a workbook: a bold line of headings that stays in view, days as days, numbers as numbers.

    Text stays text even where it starts like a formula; a missing value is a blank cell.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write(book.create_sheet(sheet.title), sheet)
    return bytes_of(book, "govkit")


def _write(page: "Worksheet", sheet: Sheet) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for number, heading in enumerate(map(str, sheet.frame.columns), start=1):
        cells = [_plain(value) for value in sheet.frame.iloc[:, number - 1].tolist()]
        decimals = _decimals(cells) if sheet.decimals is None else sheet.decimals
        put(page.cell(1, number), heading)
        page.cell(1, number).font = Font(bold=True)
        for row, value in enumerate(cells, start=2):
            if value is not None:
                put(page.cell(row, number), value, decimals)
        width = sheet.widths[number - 1] if sheet.widths else _width([heading, *map(_shown, cells)])
        page.column_dimensions[get_column_letter(number)].width = width
    page.freeze_panes = "A2"


def put(cell: "Cell | MergedCell", value: str | float | dt.datetime, decimals: int = 0) -> None:
    """Write a value into a cell; text never becomes a formula, a character that no sheet can hold becomes �."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
        cell.data_type = "s"
        cell.quotePrefix = starts_a_formula(value)
        return
    cell.value = value
    if isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, float):
        cell.number_format = f"0.{'0' * decimals}" if decimals else "0"


def _plain(value: object) -> str | float | dt.datetime | None:
    """Return a value as a cell holds it: 是 or 否, a day, a number, or text."""
    value = value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):  # type: ignore[arg-type]
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(None).to_pydatetime()
    if isinstance(value, int | float):
        return value if isfinite(value) else str(value)
    return str(value)


def _decimals(cells: Sequence[object]) -> int:
    return 2 if any(isinstance(cell, float) and not cell.is_integer() for cell in cells) else 0


def _shown(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value:.2f}" if isinstance(value, float) else str("" if value is None else value)


def _width(cells: Sequence[str]) -> float:
    """Return the width that the longest line needs, a Chinese character counted as two."""
    lines = (line for cell in cells for line in cell.split("\n"))
    longest = max((sum(2 if east_asian_width(char) in "WF" else 1 for char in line) for line in lines), default=0)
    return min(max(longest + 2.0, _NARROWEST), _WIDEST)
