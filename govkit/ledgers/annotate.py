"""An annotated copy of the user's workbook with every refused cell marked (待修改).

The copy keeps data, widths and formulas; marks of an earlier copy are removed first, so that a repaired copy can be
checked and marked again. The list of problems is its first sheet.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write, regular_file
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import plain
from govkit.ledgers.read.archive import inspect
from govkit.ledgers.read.sheets import MAX_FILE, read_csv

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

LIST_SHEET = "问题清单"
SUFFIX = "-待修改"
MAX_MARKS = 2_000
"""Cells marked in one workbook; more comments make Excel slow."""
MAX_LISTED = 10_000
MAX_OPENED = 200_000_000
"""Bytes of unpacked XML up to which a workbook is opened for marking; openpyxl needs about ten times that."""
_COLOURS = {"error": "FFFFC7CE", "warning": "FFFFEB9C"}
_AUTHOR = "govkit"
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_CSV_SHEET = re.compile(r"[\[\]:*?/\\]")


def annotate(path: Path, problems: Sequence[Problem], target_dir: Path) -> Path | None:
    """Write ``<stem>-待修改.xlsx`` with the file's problems marked, and return its path.

    Each cell that a problem names is filled (errors red, warnings yellow) and gets a comment with its problems. A CSV
    file becomes a workbook.

    :param path: the file that was checked.
    :param problems: problems of this file and others; those of others are ignored.
    :param target_dir: the folder to write to.
    :return: None, with nothing written, where none of the problems is this file's or it cannot be opened (encrypted,
        damaged, too large).
    :raises InternalError: the copy cannot be written.
    """
    mine = [problem for problem in problems if problem.where.source == path.name]
    book = _opened(path) if mine else None
    if book is None:
        return None
    _remove_earlier_marks(book)
    by_cell = _by_cell(book, mine)
    for (sheet, cell), found in list(by_cell.items())[:MAX_MARKS]:
        _mark(book[sheet][cell], found)
    _list_problems(book, mine, left_out=max(0, len(by_cell) - MAX_MARKS))
    target = target_dir / f"{path.stem}{SUFFIX}.xlsx"
    content = io.BytesIO()
    book.save(content)
    atomic_write(target, content.getvalue())
    return target


def _opened(path: Path) -> "Workbook | None":
    from openpyxl import load_workbook

    try:
        regular_file(path, MAX_FILE)
    except InputError:
        return None
    if path.suffix.lower() == ".csv":
        return _from_csv(path)
    try:
        inspect(path)
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_OPENED:
                return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about dropped extensions, none of which holds data
            return load_workbook(path)
    except Exception:  # openpyxl raises anything; the problems are shown without a copy
        return None


def _from_csv(path: Path) -> "Workbook | None":
    from openpyxl import Workbook

    try:
        cells = read_csv(path)
    except (InputError, OSError):
        return None
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _CSV_SHEET.sub("_", path.stem).strip("'")[:31] or "CSV"
    for row, values in zip(cells.index, cells.itertuples(index=False), strict=True):
        for column, value in enumerate(values, start=1):
            if isinstance(value, str):
                _write_text(sheet.cell(int(row), column), value)
    return book


def _write_text(cell: "Cell | MergedCell", words: str) -> None:
    """Write text as text, since openpyxl takes a leading "=" for a formula that Excel would run."""
    cell.value = "".join(c for c in words if c in "\n\t" or c >= " ")[:32_767]
    cell.data_type = "s"
    cell.number_format = "@"


def _remove_earlier_marks(book: "Workbook") -> None:
    from openpyxl.styles import PatternFill

    if LIST_SHEET in book.sheetnames and len(book.sheetnames) > 1:
        del book[LIST_SHEET]
    for sheet in book.worksheets:
        for cell in list(getattr(sheet, "_cells", {}).values()):
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment = None
                if cell.fill.fgColor.rgb in _COLOURS.values():
                    cell.fill = PatternFill()


def _by_cell(book: "Workbook", problems: Iterable[Problem]) -> dict[tuple[str, str], list[Problem]]:
    found: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        place = _place(book, problem.where)
        if place:
            found.setdefault(place, []).append(problem)
    return found


def _place(book: "Workbook", where: Where) -> tuple[str, str] | None:
    """Return the sheet and cell that a problem names; in a merged area its first cell."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    sheet = sheets.get(where.part) or (sheets.get(_CSV_SHEET.sub("_", where.part)[:31]) if where.part else None)
    if sheet is None or not _CELL.fullmatch(where.item):
        return None
    for area in sheet.merged_cells.ranges:
        if where.item in area:
            return sheet.title, str(area.start_cell.coordinate)
    return sheet.title, where.item


def _mark(cell: "Cell | MergedCell", problems: Sequence[Problem]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    worst = "error" if any(problem.severity == "error" for problem in problems) else "warning"
    cell.fill = PatternFill("solid", fgColor=_COLOURS[worst])
    own = [f"{cell.comment.text}\n"] if cell.comment else []
    words = "\n".join([*own, *(f"{_tidy(problem.what)}。\n→ {_tidy(problem.repair)}。" for problem in problems)])
    comment = Comment(words[:8_000], _AUTHOR)
    comment.width, comment.height = 320, min(400, 30 + 18 * (words.count("\n") + 1 + len(words) // 24))
    cell.comment = comment


def _list_problems(book: "Workbook", problems: Sequence[Problem], left_out: int) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(LIST_SHEET, 0)
    sheet.append([_("No."), _("Sheet"), _("Cell"), _("Kind"), _("What is wrong"), _("How to fix it")])
    for number, problem in enumerate(problems[:MAX_LISTED], start=1):
        row = number + 1
        kind = _("must be fixed") if problem.severity == "error" else _("please check")
        sheet.cell(row, 1, number)
        for column, words in enumerate(
            (problem.where.part, problem.where.item, kind, problem.what, problem.repair), start=2
        ):
            _write_text(sheet.cell(row, column), words)
        sheet.cell(row, 4).fill = PatternFill("solid", fgColor=_COLOURS[problem.severity])
        place = _place(book, problem.where)
        if place:
            sheet.cell(row, 3).hyperlink = f"#'{place[0].replace(chr(39), chr(39) * 2)}'!{place[1]}"
            sheet.cell(row, 3).font = Font(color="FF0563C1", underline="single")
    _list_omissions(sheet, len(problems) - MAX_LISTED, left_out)
    for letter, width in zip("ABCDEF", (6, 22, 10, 10, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for cells in sheet.iter_rows(min_row=2, min_col=5):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    sheet.sheet_view.tabSelected = True
    book.active = 0


def _list_omissions(sheet: "Worksheet", unlisted: int, unmarked: int) -> None:
    for words in (
        _("{count} more problems are not listed; fix these first and check again").format(count=unlisted)
        if unlisted > 0
        else "",
        _("{count} more cells are not marked; they are in this list only").format(count=unmarked) if unmarked else "",
    ):
        if words:
            _write_text(sheet.cell(sheet.max_row + 1, 5), words)


def _tidy(words: str) -> str:
    return plain(words) if not words.isprintable() else words
