"""Blank workbooks for one month (月报空表): a unit's own name and places, a cover, and the matters still open.

The cover (报送单) names unit and month, and lists the ledgers that the unit reports; beside each it writes 有记录 or
零报告 (nothing this month). Open matters of the months before stand in their ledger's sheet, ready to be completed.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.files import atomic_write
from govkit.ledgers.collect.titles import COVER, NIL, NIL_LABEL, SOME
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.export import bytes_of, put
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.ledgers.read.workbook import column_letters
from govkit.ledgers.template import GUIDE_SHEET, HEADER_ROW, sheet_title, template_book

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_ADVICE = (
    "一、每本台账在“本月情况”里选一项：有内容的填好那张表，选“有记录”；本月确实没有的，选“零报告”。空着不选又没有内容的，算未报。",
    "二、表里已经列出的，是上月末还没有办结的事项：办结的补上办结情况，没办结的留着不动，不要删。",
    "三、新的事项接着往下填。填好后原样发回这个文件，不要改文件里的单位和月份。",
)


_GUIDE = {
    "一、": "一、每张工作表是一本台账，一行填一条记录；没有内容的，在“报送单”上选“零报告”，不用删表。",
    "五、": "五、第二行的单位和月份已经写好，请勿改动。",
}
"""The beginning of a sentence of the template's guide → what stands there in a month's workbook."""


def write_blank(
    unit: Place,
    month: Period,
    ledgers: Sequence[Ledger],
    opened: Mapping[str, pd.DataFrame],
    *,
    places: Places,
    target: Path,
) -> Path:
    """Write a unit's blank workbook for a month, and return its path; equal input gives equal bytes.

    :param ledgers: the ledgers that the unit reports, in this order.
    :param places: the register of places.
    :param opened: ledger code → the rows that are still open, as the store holds them.
    :raises InternalError: the file cannot be written.
    """
    own = Places(
        place for place in places if unit.code in places.line(place.code) or place.code in places.line(unit.code)
    )
    offered = Places(place for place in own if unit.code in places.line(place.code))
    book = template_book(ledgers, offered)
    for ledger in ledgers:
        sheet = book[sheet_title(ledger)]
        _head(sheet, unit, month, ledger)
        if ledger.code in opened:
            _rows(sheet, ledger, opened[ledger.code], places)
    _cover(book, unit, month, ledgers, opened)
    _guide(book[GUIDE_SHEET])
    atomic_write(target, bytes_of(book, "govkit"))
    return target


def blank_name(unit: Place, month: Period, places: Places) -> str:
    """Return the file name of a unit's blank workbook.

    >>> from govkit.ledgers.places import shipped_places
    >>> blank_name(shipped_places().find("马村"), Period.month("2015-09"), shipped_places())
    '宁郭镇-马村-2015-09月报.xlsx'
    """
    above = f"{places[unit.parent].name}-" if unit.level == "village" else ""
    return f"{above}{unit.name}-{month.code}月报.xlsx"


def _guide(sheet: "Worksheet") -> None:
    """Put what holds for a month's workbook in place of what holds for a year's."""
    for row in range(1, sheet.max_row + 1):
        cell = sheet.cell(row, 1)
        if isinstance(cell.value, str) and (words := _GUIDE.get(cell.value[:2])):
            put(cell, words)


def _head(sheet: "Worksheet", unit: Place, month: Period, ledger: Ledger) -> None:
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for area in list(sheet.merged_cells.ranges):
        if area.min_row == 2:
            sheet.unmerge_cells(area.coord)
    width = max(1, min(4, len(ledger.columns) - 2))
    put(sheet.cell(2, 1), f"填报单位：{unit.name}　　　月份：{month.code}")
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=width)
    put(sheet.cell(2, width + 1), NIL_LABEL)
    sheet.cell(2, width + 1).alignment = Alignment(horizontal="right", vertical="center")
    sheet.cell(2, width + 2).fill = PatternFill("solid", fgColor="FFFFF2CC")
    sheet.row_dimensions[2].height = 24
    choice = DataValidation(type="list", formula1='"是"', allow_blank=True, showInputMessage=True)
    choice.promptTitle, choice.prompt = NIL, "本月没有这类事项的，在这里选“是”；有事项的空着。"
    choice.add(f"{get_column_letter(width + 2)}2")
    sheet.add_data_validation(choice)


def _rows(sheet: "Worksheet", ledger: Ledger, rows: pd.DataFrame, places: Places) -> None:
    for number, row in enumerate(rows[ledger.names].to_dict("records"), start=HEADER_ROW + 1):
        for column, declared in enumerate(ledger.columns, start=1):
            value = _cell(row[declared.name], declared, places)
            if value is not None:
                cell = sheet.cell(number, column)
                form = sheet.column_dimensions[column_letters(column)].number_format
                put(cell, value)
                cell.number_format = form


def _cell(value: object, column: Column, places: Places) -> str | float | dt.datetime | None:
    """Return a stored value as staff write it."""
    if value is None or bool(pd.isna(value)):  # type: ignore[call-overload]
        return None
    if column.kind == "place":
        return places.names.get(str(value), str(value))
    if column.kind == "flag":
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if column.kind in {"integer", "number"}:
        number = float(str(value))
        return int(number) if number.is_integer() else number
    return str(value)


def _cover(
    book: "Workbook", unit: Place, month: Period, ledgers: Sequence[Ledger], opened: Mapping[str, pd.DataFrame]
) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(COVER, 0)
    book.active = 0
    put(sheet.cell(1, 1), f"{month.label}台账报送单")
    sheet["A1"].font = Font(size=16, bold=True)
    for row, (label, value) in enumerate((("填报单位", unit.name), ("月份", month.code), ("填表人", "")), start=2):
        put(sheet.cell(row, 1), label)
        put(sheet.cell(row, 2), value)
        sheet.cell(row, 2).number_format = "@"
    for column, heading in enumerate(("台账", "本月情况", "已列出的未办结事项"), start=1):
        put(sheet.cell(6, column), heading)
        sheet.cell(6, column).font = Font(bold=True)
    thin = Side(style="thin")
    for row, ledger in enumerate(ledgers, start=7):
        put(sheet.cell(row, 1), ledger.title)
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor="FFFFF2CC")
        put(sheet.cell(row, 3), f"{len(opened.get(ledger.code, ()))}件")
        for column in (1, 2, 3):
            sheet.cell(row, column).border = Border(left=thin, right=thin, top=thin, bottom=thin)
    last = 6 + len(ledgers)
    choice = DataValidation(type="list", formula1=f'"{SOME},{NIL}"', allow_blank=True)
    choice.add(f"B7:B{last}")
    sheet.add_data_validation(choice)
    for row, words in enumerate(_ADVICE, start=last + 2):
        put(sheet.cell(row, 1), words)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=3)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = 34
    for letter, size in zip("ABC", (26, 16, 22), strict=True):
        sheet.column_dimensions[letter].width = size
