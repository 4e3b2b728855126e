"""Tables of questions in spreadsheets (.xlsx, .csv): each cell as the text it shows, titles by their known names.

A table begins at the first row that names a stem and an answer, below any title rows, on every sheet that has one.
Titles are compared without spaces, stars, colons and remarks in brackets; a sheet's name may give the type of its rows.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.formats.interchange import Dropped, NoQuestion
from govkit.exams.bank.formats.limits import MAX_QUESTIONS, open_archive, read_bytes, read_text, refused
from govkit.exams.bank.formats.office import by_office
from govkit.exams.bank.formats.settled import settled
from govkit.exams.bank.formats.xlsx_write import EXTRA, LETTERS, PICTURES, USUAL

MAX_COLUMNS = 64
HEADER_ROWS = 20
"""Rows from the top of a sheet in which its titles are looked for."""
_OTHER_NAMES = {
    "题型": "类型 题目类型 试题类型 题目题型 试题题型 题类",
    "题干": "题目 试题 问题 题目内容 试题内容 题干内容 问题内容 题目描述 题目名称 题目标题 试题题干 题面 内容",
    "答案": "正确答案 标准答案 参考答案 正确选项 试题答案 题目答案 答案内容",
    "选项": "备选项 候选项 备选答案 选项内容 选择项 答案选项 全部选项",
    "解析": "答案解析 试题解析 题目解析 题解 详解 解答 解释 答案说明",
    "分值": "分数 题目分数 试题分数 题目分值 每题分值 本题分值 本题分数",
    "难度": "难易度 难易程度 难度系数 难度等级 题目难度 试题难度",
    "知识点": "章节 所属章节 考点 分类 题目分类 试题分类 所属分类 类别 知识模块 所属知识点",
    "题号": "编号 题目编号 试题编号",
    "法规": "出处 依据 来源",
}
NAMES: dict[str, str] = {
    **{title: title for title in (*USUAL, *EXTRA, "选项")},
    **{name: title for title, names in _OTHER_NAMES.items() for name in names.split()},
}
"""The titles that are read, by each of their names."""
IGNORED = frozenset({"序号", "序", "备注", ""})
"""Titles without a meaning for a question; a column of them is left out without a word."""
_OPTION = re.compile(r"(?:备选项|候选项|选项|选择|答案)?([A-Z]|\d{1,2})(?:选项|项)?")
_REMARK = re.compile(r"[(\[【〔〈<](?![A-Z]\W)[^)\]】〕〉>]*[)\]】〕〉>]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its sheet, its number there, and the texts of its cells by title."""

    sheet: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, title: str) -> str:
        return self.cells.get(title, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as text: its name, whether it is hidden, and its lines from the first on."""

    name: str
    hidden: bool
    lines: list[list[str]]


def tables(path: Path) -> tuple[list[Row], list[list[str]], list[Problem]]:
    """Return the rows of all tables of a file, the rows of its pictures, and the problems of its sheets and titles.

    :raises InputError: the file cannot be read at all.
    """
    sheets = sheets_of(path)
    pictures = next((sheet.lines[1:] for sheet in sheets if sheet.name == PICTURES), [])
    rows: list[Row] = []
    problems: list[Problem] = []
    asked = [sheet for sheet in sheets if sheet.name != PICTURES and any(map(any, sheet.lines))]
    for sheet in asked:
        found, told = table_of(path, sheet, alone=len(asked) == 1)
        rows += found
        problems += told
    if asked and not rows and not any(problem.severity == "error" for problem in problems):
        problems = [replace(problem, severity="error") for problem in problems]
    if not asked:
        problems.append(Problem(Where(str(path)), _("no questions in it"), _("name a file with questions")))
    return rows, pictures, problems


def title_of(text: str) -> str:
    """Return the known title that a heading stands for, or the heading without its decoration.

    >>> title_of(" 正确答案（必填）* "), title_of("选项 Ａ"), title_of("选项(B)"), title_of("选项3"), title_of("省份")
    ('答案', '选项A', '选项B', '选项C', '省份')
    """
    plain = re.sub(r"[\s*:.、_~-]+", "", unicodedata.normalize("NFKC", text))
    short = _REMARK.sub("", re.sub(r"[(\[【]([A-Z])[)\]】]", r"\1", plain.upper()))
    if option := _OPTION.fullmatch(short):
        mark = option.group(1)
        index = int(mark) - 1 if mark.isdigit() else LETTERS.index(mark)
        bare = short == mark and mark.isdigit()
        return f"选项{LETTERS[index]}" if 0 <= index < len(LETTERS) and not bare else short
    return settled().titles.get(text.strip()) or NAMES.get(short, short)


def table_of(path: Path, sheet: Sheet, alone: bool) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a sheet's table and the problems of its titles.

    :param alone: whether it is the only sheet, of which any two known titles will do.
    """
    problems: list[Problem] = []
    if sheet.hidden:
        what = _("the sheet “{name}” is hidden; it is read all the same").format(name=sheet.name)
        problems.append(Problem(Where(str(path), sheet.name), what, _("delete it if it is not wanted"), "warning"))
    if any(any(line[MAX_COLUMNS:]) for line in sheet.lines):
        what = _("there are cells beyond column {limit}").format(limit=MAX_COLUMNS)
        problems.append(Problem(Where(str(path), sheet.name), what, _("delete the columns that are not needed")))
    start = _header(sheet.lines, alone)
    if start is None:
        what = _("no row of titles with 题干 and 答案 on the sheet “{name}”; it is left out").format(name=sheet.name)
        repair = _("write the titles 题型, 题干, 答案 above the questions")
        return [], [*problems, NoQuestion(Where(str(path), sheet.name), what, repair)]
    width = max(map(len, sheet.lines[start:]))
    heading = sheet.lines[start] + [""] * (width - len(sheet.lines[start]))
    titles = [title_of(text) for text in heading]
    problems += _titles(path, sheet, start + 1, heading, titles)
    rows = [
        Row(sheet.name, number, dict(zip(titles, line, strict=False)))
        for number, line in enumerate(sheet.lines[start + 1 :], start + 2)
        if any(line) and [title_of(text) for text in line] != titles
    ]
    return rows, problems


def _header(lines: list[list[str]], alone: bool) -> int | None:
    """Return the index of the row of titles; in a file of one sheet any two known titles will do."""
    best: tuple[int, int] | None = None
    for index, line in enumerate(lines[:HEADER_ROWS]):
        titles = {title_of(text) for text in line if text and len(text) <= 20}
        known = {title for title in titles if title in NAMES or title.startswith("选项")}
        if "题干" in known and known & {"答案", "选项", "选项A", "评分标准"}:
            return index
        if alone and len(known) >= 2 and (best is None or len(known) > best[0]):
            best = len(known), index
    return best[1] if best else None


def _titles(path: Path, sheet: Sheet, number: int, heading: list[str], titles: list[str]) -> Iterator[Problem]:
    where = Where(str(path), sheet.name, _("row {row}").format(row=number))
    for title in ("题干", "答案"):
        if title not in titles:
            what = _("the column “{title}” is missing").format(title=title)
            yield Problem(where, what, _("add it to the row of titles"))
    for title, text in zip(titles, heading, strict=True):
        if title not in NAMES and title not in IGNORED and not re.fullmatch("选项[A-Z]", title):
            what = _("the column “{title}” is left out").format(title=text)
            yield Dropped(where, what, _("a question keeps nothing of this name"))
    for title in dict.fromkeys(title for title in titles if title not in IGNORED and titles.count(title) > 1):
        shown = "、".join(text for text, each in zip(heading, titles, strict=True) if each == title)
        what = _("“{text}” stand for the same column").format(text=shown)
        yield Problem(where, what, _("keep one of them"))
    below = sheet.lines[number:]
    for column, title in enumerate(titles):
        if not title and (filled := [line[column] for line in below if column < len(line) and line[column]]):
            what = _("a column without a title holds “{text}”").format(text=filled[0][:40])
            yield Problem(where, what, _("write its title, or empty it"))


def sheets_of(path: Path) -> list[Sheet]:
    """Return the sheets of a spreadsheet as text.

    :raises InputError: it cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return [Sheet("", False, _csv_lines(path))]
    try:
        if path.suffix.lower() == ".xls":
            return _old_workbook(path)
        return _workbook(path)
    except InputError:
        raise
    except Exception as error:
        what = _("not a readable workbook: {reason}").format(reason=str(error)[:200])
        raise refused(path, what, _("save it again in Excel as .xlsx")) from None


def _csv_lines(path: Path) -> list[list[str]]:
    text = read_text(path)
    first = next((line for line in text.split("\n") if line.strip()), "")
    mark = max(",\t;|", key=first.count)
    try:
        lines = list(csv.reader(StringIO(text), delimiter=mark, strict=True))
    except csv.Error as error:
        what = _("not a readable table: {reason}").format(reason=str(error)[:200])
        raise refused(path, what, _("save it again in Excel as .xlsx")) from None
    return [[cell.strip() for cell in line[: MAX_COLUMNS + 1]] for line in lines[: MAX_QUESTIONS + HEADER_ROWS]]


def _old_workbook(path: Path) -> list[Sheet]:
    """Return the sheets of an .xls; its cells show the same once it is converted."""
    if read_bytes(path).startswith(b"PK"):
        return _workbook(path)
    with TemporaryDirectory() as folder:
        return _workbook(by_office(path, Path(folder), "xlsx"))


def _workbook(path: Path) -> list[Sheet]:
    from openpyxl import load_workbook

    open_archive(path)  # refuses zip bombs before openpyxl opens the workbook
    with catch_warnings(action="ignore"):  # of styles and extensions that no question depends on
        book = load_workbook(path, read_only=True, data_only=True)
    try:
        return [Sheet(sheet.title, sheet.sheet_state != "visible", list(_lines(sheet))) for sheet in book.worksheets]
    finally:
        book.close()


def _lines(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_row=MAX_QUESTIONS + HEADER_ROWS, max_col=MAX_COLUMNS + 1):
        yield _trimmed(shown(cell.value, getattr(cell, "number_format", "")) for cell in row)


def _trimmed(cells: Iterable[str]) -> list[str]:
    line = list(cells)
    while line and not line[-1]:
        line.pop()
    return line


def shown(value: object, number_format: str) -> str:
    """Return the text that a cell shows.

    >>> shown(0.85, "0%"), shown(datetime(1998, 11, 4), 'yyyy"年"m"月"d"日"'), shown(3.0, "General"), shown(True, "")
    ('85%', '1998年11月4日', '3', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (datetime, date)):
        return _shown_date(value, number_format)
    if isinstance(value, (int, float)):
        number = Decimal(repr(value))
        return f"{_plain(number * 100)}%" if "%" in number_format else _plain(number)
    return str(value).replace("\r\n", "\n").strip()


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _shown_date(value: date, number_format: str) -> str:
    moment = f" {value:%H:%M}" if isinstance(value, datetime) and (value.hour or value.minute) else ""
    form = number_format.lower().replace('"', "")
    if "年" in form:
        day = f"{value.day}日" if "d" in form else ""
        month = f"{value.month}月" if "m" in form else ""
        return f"{value.year}年{month}{day}{moment}"
    if "/" in form:
        return f"{value.year}/{value.month}/{value.day}{moment}"
    return f"{value:%Y-%m-%d}{moment}"
