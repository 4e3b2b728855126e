"""Search for the table on a sheet: below titles, across blank rows, above totals and signatures."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import is_blank, plain
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.read.workbook import column_letters

HEADER_WITHIN = 15
SHEETS_WITHOUT_ROWS = ("填表说明", "说明", "字典", "问题清单", "目录", "封面")
_IGNORED_HEADINGS = {"序号", "编号序列", "备注", "填报人", "填报日期"}
_FOOTER = re.compile(
    r"(合计|总计|小计)(\W|\d|$)|(填表人|填报人|审核人|制表人|负责人)(签字|签名|签章|盖章)?(:|$)|(注|备注|说明):"
)
_UNUSED_SHEET = re.compile(r"(Sheet|工作表)\s*\d*")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年|年度?\s*:\s*((?:19|20)\d{2})(?!\d)")


@dataclass(frozen=True)
class Table:
    """The rows of one ledger found on one sheet.

    :ivar letters: code name → Excel's column letters.
    :ivar rows: raw cells, indexed by Excel's row number, with code names as columns.
    :ivar year: the year that the sheet's title or name states.
    :ivar problems: problems of the header.
    """

    ledger: Ledger
    file: str
    sheet: str
    letters: dict[str, str]
    rows: pd.DataFrame
    year: int | None
    problems: tuple[Problem, ...] = ()

    def where(self, row: int, column: str) -> Where:
        """Return the place of a cell in Excel's own terms."""
        return Where(self.file, self.sheet, f"{self.letters.get(column, 'A')}{row}")


def find_table(file: str, sheet: str, cells: pd.DataFrame, ledgers: Iterable[Ledger]) -> Table | Problem | None:
    """Return the table on a sheet.

    :param cells: raw cells, as :func:`~govkit.ledgers.read.sheets.read_sheets` returns them.
    :param ledgers: the ledgers it may be of.
    :return: a Problem where the sheet has no header of any ledger; None for a sheet that is not meant to hold one.

    >>> from govkit.institutions import ledgers
    >>> rows = [["网格编号", "所在村", "网格名称", "划定日期"], ["W1", "马村", "一网格", "2015-01-01"]]
    >>> cells = pd.DataFrame(rows, index=[1, 2], columns=[1, 2, 3, 4])
    >>> find_table("a.xlsx", "网格", cells, ledgers().values()).where(2, "place").item
    'B2'
    """
    if plain(sheet) in SHEETS_WITHOUT_ROWS:
        return None
    choices = list(ledgers)
    rows = _headings(cells.iloc[:HEADER_WITHIN])
    titled = [(ledger, _titles(ledger)) for ledger in choices]
    best = max(
        (_match(row, headings, ledger, titles, sheet) for row, headings in rows.items() for ledger, titles in titled),
        key=lambda match: match.score,
        default=None,
    )
    if best is None or best.score < 0.5:
        return _no_header(file, sheet, cells, choices)
    return _table(file, sheet, cells, best)


@dataclass(frozen=True)
class _Match:
    row: int
    ledger: Ledger
    columns: dict[str, int]
    repeated: tuple[str, ...]
    strangers: tuple[tuple[int, str], ...]
    score: float


_Heading = tuple[int, str, str]
"""A cell that may be a header: its column's number, its normalised heading, its text."""


def _headings(cells: pd.DataFrame) -> dict[int, list[_Heading]]:
    """Return the filled cells of each row, normalised once, since every ledger is matched against them."""
    numbers = [int(str(number)) for number in cells.columns]
    return {
        row: [(n, _heading(raw), plain(raw)) for n, raw in zip(numbers, values, strict=True) if not is_blank(raw)]
        for row, values in zip(cells.index, cells.itertuples(index=False, name=None), strict=True)
    }


def _titles(ledger: Ledger) -> dict[str, Column]:
    return {form: column for column in ledger.columns for form in _header_forms(column)}


def _match(row: int, headings: list[_Heading], ledger: Ledger, titles: dict[str, Column], sheet: str) -> _Match:
    columns: dict[str, int] = {}
    repeated, strangers = [], []
    for number, heading, written in headings:
        column = titles.get(heading)
        if column is None:
            strangers.append((number, written))
        elif column.name in columns:
            repeated.append(column.title)
        else:
            columns[column.name] = number
    required = [column.name for column in ledger.columns if column.required]
    share = len(columns.keys() & set(required)) / len(required)
    named = 0.2 if columns and plain(sheet) in (ledger.title, *_short_titles(ledger)) else 0.0
    clutter = 0.001 * len(strangers)
    score = share + named + 0.01 * len(columns) - clutter if len(columns) > 1 else 0.0
    return _Match(row, ledger, columns, tuple(repeated), tuple(strangers), score)


def _header_forms(column: Column) -> set[str]:
    return {_heading(column.title), _heading(column.heading)}


def _short_titles(ledger: Ledger) -> tuple[str, ...]:
    return (ledger.title.removesuffix("台账"), ledger.title[:31])


@lru_cache(maxsize=10_000)  # the same few headings are matched against every ledger
def _heading(raw: str | float) -> str:
    """Return a header cell without blanks, required marks and the unit in brackets."""
    return re.sub(r"\(.*?\)|\*|\s", "", plain(raw))


def _table(file: str, sheet: str, cells: pd.DataFrame, match: _Match) -> Table:
    body = cells.loc[match.row + 1 :]
    taken = body[list(match.columns.values())].set_axis(list(match.columns), axis=1)
    rows = _without_footer(taken[~_blank_rows(taken)], body)
    letters = {name: column_letters(number) for name, number in match.columns.items()}
    table = Table(match.ledger, file, sheet, letters, rows, _year_stated(file, sheet, cells, match.row))
    return Table(**{**vars(table), "problems": tuple(_header_problems(table, match))})


def _blank_rows(cells: pd.DataFrame) -> pd.Series:
    blank = pd.Series(data=True, index=cells.index)
    for number in range(cells.shape[1]):  # the first cell settles most rows; check the others only
        left = cells.iloc[:, number][blank]
        if isinstance(left.dtype, pd.StringDtype):
            left = left[~left.str.contains(r"\w", na=False)]
        blank[blank] = left.map(is_blank).astype(bool).reindex(blank.index[blank], fill_value=False)
        if not blank.any():
            break
    return blank


def _without_footer(rows: pd.DataFrame, body: pd.DataFrame) -> pd.DataFrame:
    last = len(rows)
    while last and _is_footer(body.loc[rows.index[last - 1]]):
        last -= 1
    return rows.iloc[:last]


def _is_footer(cells: pd.Series) -> bool:
    first = next((plain(raw) for raw in cells if not is_blank(raw)), "")
    return bool(_FOOTER.match(re.sub(r"\s", "", first)))


def _header_problems(table: Table, match: _Match) -> Iterable[Problem]:
    for column in match.ledger.columns:
        if column.required and column.name not in match.columns:
            yield Problem(
                Where(table.file, table.sheet, f"A{match.row}"),
                _("The column “{column}” is missing").format(column=column.heading),
                _("Add a column with this heading in row {row}, or copy the rows into the template").format(
                    row=match.row
                ),
            )
    for title in match.repeated:
        yield Problem(
            Where(table.file, table.sheet, f"A{match.row}"),
            _("The column “{column}” stands there twice").format(column=title),
            _("Delete or rename one of the two columns"),
        )
    for number, heading in match.strangers:
        if heading not in _IGNORED_HEADINGS:
            yield Problem(
                Where(table.file, table.sheet, f"{column_letters(number)}{match.row}"),
                _("The column “{column}” does not belong to this ledger; it was not read").format(column=heading[:40]),
                _("If it was meant to be read, correct its heading as in the template"),
                severity="warning",
            )
    if table.rows.empty:
        yield Problem(
            Where(table.file, table.sheet, f"A{match.row + 1}"),
            _("The sheet has a header but no rows"),
            _("Fill in the rows, or delete the sheet from the workbook"),
        )


def _no_header(file: str, sheet: str, cells: pd.DataFrame, ledgers: list[Ledger]) -> Problem | None:
    titles = "、".join(ledger.title for ledger in ledgers[:12])
    blank = cells.empty or cells.map(is_blank).all(axis=None)
    if blank and _UNUSED_SHEET.fullmatch(plain(sheet)):
        return None  # Excel and WPS put such sheets into every new workbook
    if blank:
        return Problem(
            Where(file, sheet),
            _("The sheet is empty"),
            _("Fill it in, or delete the sheet from the workbook"),
        )
    return Problem(
        Where(file, sheet, "A1"),
        _("No header of a known ledger was found in the first {count} rows").format(count=HEADER_WITHIN),
        _("Use the headings of the template; the ledgers are: {titles}").format(titles=titles),
    )


def _year_stated(file: str, sheet: str, cells: pd.DataFrame, header: int) -> int | None:
    above = [plain(raw) for raw in cells.loc[: header - 1].to_numpy().ravel() if not is_blank(raw)]
    for words in (*above, plain(sheet), plain(file)):
        years = {before or after for before, after in _YEAR.findall(words)}
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None
