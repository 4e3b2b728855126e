"""The Excel template (填报模板), generated from the declarations; what its drop-downs allow passes the checker."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from govkit.core.files import atomic_write
from govkit.ledgers.cells import EXCEL_EPOCH, MAX_TEXT
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.dictionary import KIND_TITLES, allowed
from govkit.ledgers.export import bytes_of
from govkit.ledgers.frame_check import EARLIEST
from govkit.ledgers.places import Places
from govkit.ledgers.read.workbook import column_letters

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

GUIDE_SHEET = "填表说明"
LISTS_SHEET = "字典"
HEADER_ROW = 3
LAST_ROW = 5_000
"""The last row with drop-downs."""
_INLINE_LIST = 250
_PAGE_WIDTH = 170
"""Characters across a legible landscape A4 page; a wider ledger is printed over several pages."""
_LATEST = dt.date(2100, 12, 31)
_FORMATS = {
    "date": "yyyy-mm-dd",
    "integer": "0",
    "number": "0.##",
    "text": "@",
    "choice": "@",
    "flag": "@",
    "place": "@",
}
_WIDTHS = {"date": 13, "integer": 11, "number": 11, "text": 18, "choice": 14, "flag": 9, "place": 18}
_GUIDE = (
    "一、每张工作表是一本台账，一行填一条记录；没有内容的台账请删除整张工作表，不要留空表。",
    "二、橙底带“*”的列必填，灰底的列有内容才填；请勿改动表头文字，也不要合并单元格。",
    "三、日期写成“2015-09-01”的样式；有下拉箭头的单元格请从列表中选择。",
    "四、编号、电话等列已设为文本格式，前面的0和较长的数字会原样保留。",
    "五、第二行的“填报单位”“年度”请填写；填写年度后，导入时会核对每行日期是否属于该年度。",
    "六、导入前可先检查；有问题的单元格会标色并附批注，改好后再次导入即可。",
)


def write_template(ledgers: Sequence[Ledger], places: Places, target: Path) -> Path:
    """Write a template workbook with a sheet for each ledger, and return its path.

    Equal declarations and places give equal bytes.

    :param ledgers: the ledgers to include, in this order.
    :param places: the places that drop-downs offer.
    :param target: the ``.xlsx`` file to write.
    :raises InternalError: the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> with TemporaryDirectory() as folder:
    ...     written = write_template([ledgers()["disputes"]], shipped_places(), Path(folder) / "模板.xlsx")
    ...     written.name, written.stat().st_size > 5000
    ('模板.xlsx', True)
    """
    atomic_write(target, bytes_of(template_book(ledgers, places), "govkit"))
    return target


def template_book(ledgers: Sequence[Ledger], places: Places) -> "Workbook":
    """Return a template workbook: a guide, a sheet for each ledger, the hidden lists; see :func:`write_template`."""
    from openpyxl import Workbook

    book = Workbook()
    guide = book.worksheets[0]
    guide.title = GUIDE_SHEET
    lists = _Lists(book.create_sheet(LISTS_SHEET), places)
    for ledger in ledgers:
        _ledger_sheet(book, ledger, lists)
    _fill_guide(guide, ledgers)
    book.move_sheet(LISTS_SHEET, len(ledgers))
    book[LISTS_SHEET].sheet_state = "hidden"
    return book


class _Lists:
    """The hidden sheet of long lists, one column each, written when a drop-down first needs it."""

    def __init__(self, sheet: "Worksheet", places: Places) -> None:
        self.sheet = sheet
        self.places = places
        self.ranges: dict[tuple[str, ...], str] = {}
        self.columns = count(1)

    def formula(self, column: Column) -> str:
        """Return the formula of a drop-down with the column's words: the words themselves, or a range of this sheet."""
        words = self._words(column)
        inline = ",".join(words)
        if len(inline) <= _INLINE_LIST and not any(c in word for word in words for c in ',"'):
            return f'"{inline}"'
        return self.ranges.get(words) or self._written(words)

    def _words(self, column: Column) -> tuple[str, ...]:
        if column.kind != "place":
            return column.choices
        return tuple(place.name for level in column.levels for place in self.places.at(level))

    def _written(self, words: tuple[str, ...]) -> str:
        number = next(self.columns)
        for row, word in enumerate(words, start=1):
            self.sheet.cell(row, number, word)
        letters = column_letters(number)
        self.ranges[words] = f"{LISTS_SHEET}!${letters}$1:${letters}${len(words)}"
        return self.ranges[words]


def _ledger_sheet(book: "Workbook", ledger: Ledger, lists: _Lists) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(sheet_title(ledger))
    last = column_letters(len(ledger.columns))
    for row, words in ((1, ledger.title), (2, "填报单位：　　　　　　　　　　年度：　　　　")):
        sheet.merge_cells(f"A{row}:{last}{row}")
        sheet.cell(row, 1, words).alignment = Alignment(horizontal="center" if row == 1 else "left", vertical="center")
    sheet["A1"].font = Font(size=16, bold=True)
    for number, column in enumerate(ledger.columns, start=1):
        _column(sheet, number, column, lists)
    sheet.row_dimensions[1].height = 30
    sheet.row_dimensions[HEADER_ROW].height = 32
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    wide = sum(sheet.column_dimensions[column_letters(number)].width for number in range(1, len(ledger.columns) + 1))
    _set_up_print(sheet, pages_across=max(1, round(wide / _PAGE_WIDTH)))
    sheet.print_title_rows = f"1:{HEADER_ROW}"
    sheet.print_title_cols = "A:A"


def sheet_title(ledger: Ledger) -> str:
    """Return the name of the ledger's sheet: its title without characters that Excel forbids, at most 31 long.

    >>> from govkit.institutions import ledgers
    >>> sheet_title(ledgers()["disputes"])
    '矛盾纠纷台账'
    """
    return re.sub(r"[\[\]:*?/\\]", "_", ledger.title)[:31]


def _set_up_print(sheet: "Worksheet", pages_across: int = 1) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_across, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer = sheet.oddFooter
    if footer is not None and footer.center is not None:
        footer.center.text = "第 &P 页，共 &N 页"


def _column(sheet: "Worksheet", number: int, column: Column, lists: _Lists) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    letters = column_letters(number)
    heading = f"*{column.heading}" if column.required else column.heading
    cell = sheet.cell(HEADER_ROW, number, heading)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFF8CBAD" if column.required else "FFEDEDED")
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    thin = Side(style="thin")
    cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
    cell.comment = Comment(_help(column), "govkit", height=110, width=260)
    dimension = sheet.column_dimensions[letters]
    dimension.width = max(_WIDTHS[column.kind], 2 * len(heading) + 2)
    dimension.number_format = _FORMATS[column.kind]
    validation = _validation(column, lists)
    validation.add(f"{letters}{HEADER_ROW + 1}:{letters}{LAST_ROW}")
    sheet.add_data_validation(validation)


def _help(column: Column) -> str:
    words = [f"{KIND_TITLES[column.kind]}，{'必填' if column.required else '选填'}", allowed(column), column.note]
    return "\n".join(word for word in words if word)


def _validation(column: Column, lists: _Lists) -> "DataValidation":
    from openpyxl.worksheet.datavalidation import DataValidation

    kind: Literal["list", "date", "whole", "decimal", "textLength"]
    low: str | None
    high: str | None
    match column.kind:
        case "choice" | "flag" | "place":
            kind, low, high, words = "list", lists.formula(column), None, "请从下拉列表中选择。"
        case "date":
            kind, low, high = "date", _serial(EARLIEST), _serial(_LATEST)
            words = "请填写日期，如 2015-09-01。"
        case "integer" | "number":
            kind = "whole" if column.kind == "integer" else "decimal"
            low, high = _limit(column.minimum, -1e15), _limit(column.maximum, 1e15)
            words = f"请填写{KIND_TITLES[column.kind]}{('，' + allowed(column)) if allowed(column) else ''}，不带单位。"
        case "text":
            kind, low, high, words = "textLength", "0", str(MAX_TEXT), f"请填写文字，不超过{MAX_TEXT}字。"
    return DataValidation(
        type=kind,
        operator="between" if high is not None else None,
        formula1=low,
        formula2=high,
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="填写有误",
        error=words,
        showInputMessage=bool(column.note),
        promptTitle=column.title[:32] if column.note else None,
        prompt=column.note[:255] or None,
        errorStyle="warning" if column.synonyms or column.kind == "place" else "stop",
    )


def _serial(day: dt.date) -> str:
    return str((day - EXCEL_EPOCH).days)


def _limit(value: float | None, otherwise: float) -> str:
    return f"{otherwise if value is None else value:.15g}"


def _fill_guide(sheet: "Worksheet", ledgers: Sequence[Ledger]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.append([GUIDE_SHEET])
    for words in _GUIDE:
        sheet.append([words])
    for ledger in ledgers:
        sheet.append([])
        sheet.append([ledger.title, ledger.about])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        sheet.append(["列名", "必填", "类型", "允许填写", "说明"])
        for column in ledger.columns:
            required = "是" if column.required else "否"
            sheet.append([column.heading, required, KIND_TITLES[column.kind], allowed(column), column.note])
    sheet["A1"].font = Font(size=16, bold=True)
    for letter, width in zip("ABCDE", (24, 8, 10, 48, 48), strict=True):
        sheet.column_dimensions[letter].width = width
    for cells in sheet.iter_rows(min_row=len(_GUIDE) + 2, min_col=4):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    _set_up_print(sheet)
