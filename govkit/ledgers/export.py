"""Workbooks written for users: a panel's table, and bytes that do not depend on time or machine."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_MOMENT = dt.datetime(2000, 1, 1)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def bytes_of(book: "Workbook", creator: str) -> bytes:
    """Return a workbook's bytes with every time stamp set to one constant, so that equal content gives equal bytes.

    :param creator: the author named in its properties.
    """
    book.properties.creator = creator
    book.properties.created = _MOMENT
    saved, tidy = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(tidy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{_MOMENT:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            member = zipfile.ZipInfo(name, _MOMENT.timetuple()[:6])
            member.create_system = 3  # the default differs on Windows
            target.writestr(member, content, zipfile.ZIP_DEFLATED)
    return tidy.getvalue()


CellValue = str | int | float | None
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(title: str, frame: pd.DataFrame, terms: Sequence[tuple[str, str]], decimals: int) -> bytes:
    """Return the bytes of a workbook with a table and, on a second sheet, the definitions of its figures.

    Text stays text even where it starts like a formula.

    :param title: the name of the first sheet.
    :param frame: the table.
    :param terms: pairs of term and definition.
    :param decimals: the decimals that numbers are shown with; they are stored unrounded.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet, about = book.worksheets[0], book.create_sheet("说明")
    sheet.title = title
    _write(sheet, [list(map(str, frame.columns)), *frame.to_numpy(dtype=object).tolist()], decimals)
    _write(about, [["项目", "内容"], *map(list, terms)], decimals)
    for page, widths in ((sheet, [16] * len(frame.columns)), (about, [14, 80])):
        for cell, width in zip(page[1], widths, strict=True):
            cell.font = Font(bold=True)
            page.column_dimensions[cell.column_letter].width = width
        page.freeze_panes = "A2"
    return bytes_of(book, "govkit")


def _write(sheet: "Worksheet", rows: Sequence[Sequence[CellValue]], decimals: int) -> None:
    for row, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            if value is None or value != value:  # noqa: PLR0124 - NaN
                continue
            cell = sheet.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
                cell.quotePrefix = value[:1] in tuple("=+-@\t\r")
            elif isinstance(value, float):
                cell.number_format = f"0.{'0' * decimals}" if decimals else "0"
