"""What is to be said of a ledger on a sheet: columns missing, guessed or unread; hidden and stray cells."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad, is_blank, plain
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.read.header import HEADER_WITHIN, Heading
from govkit.ledgers.read.headings import MAPPING, UNREAD_HEADINGS, Vocabulary, normal
from govkit.ledgers.read.layout import Layout, Region
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.table import Doubt, Match, Places, Table, values_of
from govkit.ledgers.read.workbook import column_letters

SHEETS_WITHOUT_ROWS = ("填表说明", "说明", "字典", "问题清单", "目录", "封面")
_FEWEST_TOGETHER = 3
"""Missing columns that are one problem."""
_UNUSED_SHEET = re.compile(r"(Sheet|工作表)\s*\d*")


def torn(file: str, sheet: Sheet, found: Sequence[Table | Problem]) -> Iterator[Problem]:
    """Yield a Problem for each cell with a broken quote that no table reads."""
    tables = [table for table in found if isinstance(table, Table)]
    for row, column in sheet.torn:
        letters = column_letters(column)
        if not any(row in table.rows.index and letters in table.letters.values() for table in tables):
            bad: object = sheet.cells.at[row, column]
            assert isinstance(bad, Bad)  # noqa: S101 - torn cells are
            yield Problem(Where(file, sheet.name, f"{letters}{row}"), bad.what, bad.repair)


def merged_down(column: Column, places: Sequence[tuple[int, int]], where: Places) -> Problem:
    """Return the warning of cells merged down a column."""
    return Problem(
        where(*places[0]),
        _("“{column}” has {count} merged cells; the value of each counts for every row that it spans").format(
            column=column.title, count=len(places)
        ),
        _("If it does not, unmerge the cells and write each row's own value"),
        severity="warning",
    )


def merged_across(where: Where, names: Mapping[int, str], span: Iterable[int], ledger: Ledger) -> Problem:
    """Return the warning of cells merged across columns."""
    titles = [ledger[names[column]].title for column in span if column in names]
    return Problem(
        where,
        _("Merged cells lie over the columns {columns}; the value counts for the first").format(
            columns="、".join(titles)
        ),
        _("Unmerge the cells and write each column's own value"),
        severity="warning",
    )


def header_problems(
    table: Table, region: Region, match: Match, where: Places, vocabulary: Vocabulary
) -> Iterator[Problem]:
    """Yield the problems of a table's columns: missing, repeated, guessed, unread; and of a table without rows."""
    row, start = region.header[-1], where(region.header[-1], 1)
    missing = [column for column in match.ledger.columns if column.name not in table.letters]
    hints: dict[str, Heading] = {}
    for heading in match.strangers:
        near = vocabulary.hint(heading.text, match.ledger, [column.name for column in missing])
        if near and near not in hints:
            hints[near] = heading
    lacking = [column for column in missing if column.required]
    unhinted = [column for column in lacking if column.name not in hints]
    if len(unhinted) >= _FEWEST_TOGETHER:
        yield _missing_columns(unhinted, match.ledger, start, row)
        lacking = [column for column in lacking if column.name in hints]
    for column in lacking:
        yield _missing_column(column, hints.get(column.name), start, where, row)
    for title in match.repeated:
        yield Problem(
            start,
            _("The column “{column}” stands there twice").format(column=title),
            _("Delete or rename one of the two columns"),
        )
    for name in match.guessed:
        heading = table_heading = match.columns[name]
        yield Problem(
            where(row, heading.column),
            _("The heading “{heading}” was read as “{column}”").format(
                heading=table_heading.text, column=match.ledger[name].title
            ),
            _("If it means something else, correct it, or settle it in {file}").format(file=MAPPING),
            severity="warning",
        )
    suggested = {heading.column: name for name, heading in hints.items() if not match.ledger[name].required}
    told = {h.column for n, h in hints.items() if match.ledger[n].required}
    for heading in match.strangers:
        if (
            normal(heading.text) not in UNREAD_HEADINGS
            and heading.column not in told
            and values_of(region, heading.column)
        ):
            yield _stranger(heading, suggested.get(heading.column), match.ledger, where(row, heading.column))
    if table.rows.empty:
        yield Problem(
            where(row + 1, 1),
            _("The sheet has a header but no rows"),
            _("Fill in the rows, or delete the sheet from the workbook"),
        )


def doubts(table: Table, region: Region, match: Match, where: Places, vocabulary: Vocabulary) -> Iterator[Doubt]:
    """Yield the headings that were guessed, and those that no column is read by."""
    row = region.header[-1]
    for name in match.guessed:
        heading = match.columns[name]
        yield Doubt(heading.text, where(row, heading.column).item, name, read=True)
    missing = [column.name for column in match.ledger.columns if column.name not in table.letters]
    for heading in match.strangers:
        if normal(heading.text) not in UNREAD_HEADINGS:
            near = vocabulary.hint(heading.text, match.ledger, missing) or ""
            yield Doubt(heading.text, where(row, heading.column).item, near, read=False)


def _missing_columns(columns: Sequence[Column], ledger: Ledger, start: Where, row: int) -> Problem:
    """Return the one Problem of a sheet that lacks several columns: its header is another one."""
    titles = "、".join(column.heading for column in columns)
    return Problem(
        start,
        _("{count} columns of “{ledger}” are missing: {titles}").format(
            count=len(columns), ledger=ledger.title, titles=titles
        ),
        _(
            "Add them in row {row}, or copy the rows into the template; settle what stands there otherwise in {file}"
        ).format(row=row, file=MAPPING),
    )


def _missing_column(column: Column, hint: Heading | None, start: Where, where: Places, row: int) -> Problem:
    what = _("The column “{column}” is missing").format(column=column.heading)
    if hint is None:
        repair = _("Add a column with this heading in row {row}, or copy the rows into the template").format(row=row)
        return Problem(start, what, repair)
    repair = _("Is it “{heading}” in {cell}? Then correct that heading, or settle it in {file}").format(
        heading=hint.text, cell=where(row, hint.column).item, file=MAPPING
    )
    return Problem(start, what, repair)


def _stranger(heading: Heading, near: str | None, ledger: Ledger, place: Where) -> Problem:
    repair = _("If it was meant to be read, correct its heading as in the template")
    if near:
        repair = _("If it is “{column}”, correct its heading, or settle it in {file}").format(
            column=ledger[near].title, file=MAPPING
        )
    return Problem(
        place,
        _("The column “{column}” does not belong to this ledger; it was not read").format(column=heading.text[:40]),
        repair,
        severity="warning",
    )


def no_header(file: str, sheet: Sheet, vocabulary: Vocabulary) -> Problem | None:
    """Return the Problem of a sheet without a ledger; None for one that is not meant to hold any."""
    cells = sheet.cells
    blank = cells.empty or cells.map(is_blank).all(axis=None)
    if plain(sheet.name) in SHEETS_WITHOUT_ROWS or (blank and _UNUSED_SHEET.fullmatch(plain(sheet.name))):
        return None  # Excel and WPS put blank sheets into every new workbook
    if blank:
        return Problem(
            Where(file, sheet.name),
            _("The sheet is empty"),
            _("Fill it in, or delete the sheet from the workbook"),
        )
    titles = "、".join(ledger.title for ledger in vocabulary.ledgers[:12])
    return Problem(
        Where(file, sheet.name, "A1"),
        _("No header of a known ledger was found in the first {count} rows").format(count=HEADER_WITHIN),
        _("Use the headings of the template; the ledgers are: {titles}").format(titles=titles),
    )


def unknown_table(file: str, sheet: Sheet, region: Region, layout: Layout) -> list[Problem]:
    """Return the Problem of a further table that is no ledger."""
    place = Places(file, sheet.name, layout.transposed)(region.header[-1], region.columns[0])
    return [
        Problem(
            place,
            _("A second table begins here that is no known ledger; its {count} rows were not read").format(
                count=len(region.body)
            ),
            _("Correct its headings, or move it to another workbook"),
        )
    ]


def very_hidden(file: str, sheet: Sheet, ledger: Ledger) -> Problem:
    """Return the warning of a ledger that Excel's own menu does not show."""
    return Problem(
        Where(file, sheet.name),
        _("The sheet is hidden so that Excel's menu does not show it, and holds “{ledger}”; it was not read").format(
            ledger=ledger.title
        ),
        _("If its rows count, copy them to a visible sheet"),
        severity="warning",
    )


def said_of_sheet(file: str, sheet: Sheet, layout: Layout, found: Sequence[Table | Problem]) -> Iterator[Problem]:
    """Yield what is to be said of hidden parts, and of cells that belong to no table."""
    if sheet.state == "hidden":
        yield Problem(
            Where(file, sheet.name),
            _("The sheet is hidden; its rows were read like any others"),
            _("If they do not count, delete the sheet"),
            severity="warning",
        )
    read = set().union(*(map(int, table.rows.index) for table in found if isinstance(table, Table)))
    hidden = [row for row in sheet.hidden_rows if row in read] if not layout.transposed else []
    if hidden:
        yield Problem(
            Where(file, sheet.name, f"A{hidden[0]}"),
            _(
                "{count} rows are hidden or filtered out, the first of them row {row}; they were read all the same"
            ).format(count=len(hidden), row=hidden[0]),
            _("If they do not count, delete them"),
            severity="warning",
        )
    yield from _stray_cells(file, sheet, layout)


def _stray_cells(file: str, sheet: Sheet, layout: Layout) -> Iterator[Problem]:
    """Yield a warning of filled cells beside and below the tables; a large sheet is looked at by column first."""
    grid = layout.regions[0].grid
    free = np.ones(grid.width, dtype=bool)
    for region in layout.regions:
        free[min(region.columns) - 1 : max(region.columns)] = False
    first = min(region.header[0] for region in layout.regions)
    columns = np.flatnonzero(free & grid.filled[first - 1 :].any(axis=0))
    if not len(columns) and grid.height > 5_000:
        return
    stray = layout.outside()
    if stray:
        yield Problem(
            Places(file, sheet.name, transposed=False)(*stray[0]),
            _("{count} cells beside or below the table were not read, the first of them “{value}”").format(
                count=len(stray), value=plain(sheet.cells.at[stray[0]])[:40]
            ),
            _("Move them into the table, or delete them"),
            severity="warning",
        )
