"""The layout finder: where a sheet's tables lie, and what each of its cells is for.

It needs no template: headings in one to four rows, merged or not, below titles and units; blank rows, subtotals and
totals between rows; notes and signatures below; several tables on a sheet, one below or beside another; records in
columns instead of rows. Words that are known to be headings help, but are not needed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from govkit.ledgers.read.grid import Grid, is_data
from govkit.ledgers.read.header import (
    HEADER_WITHIN,
    HeaderRows,
    Heading,
    Known,
    bands,
    find_header,
    may_be_header,
    rows_above,
    rows_below,
)
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.words import GROUP, ITEM, RUNNING_NUMBER, is_note, is_summary, is_total

Role = Literal["title", "header", "body", "total", "note", "ignored"]
MAX_TABLES = 50
MOST_TURNED = 200
"""Rows up to which a sheet of unknown headings may hold its records in columns."""
_LEAST_ALIKE = 0.9


@dataclass(frozen=True)
class Region:
    """One table on a sheet; rows and columns are the sheet's own, or swapped where the table is transposed.

    :ivar header: its header rows.
    :ivar headings: its columns that have a heading, or values without one.
    :ivar body: its rows of data.
    :ivar totals: its rows of subtotals and totals.
    :ivar last: the last row before the next table.
    """

    header: tuple[int, ...]
    headings: tuple[Heading, ...]
    body: np.ndarray
    totals: tuple[int, ...]
    last: int
    grid: Grid = field(repr=False)
    other: dict[int, Role] = field(default_factory=dict)

    @property
    def columns(self) -> list[int]:
        """The numbers of its columns."""
        return [heading.column for heading in self.headings]


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: its tables; every cell outside them is a title, a note, or stands alone.

    :ivar transposed: whether records stand in columns, so that a region's rows are the sheet's columns.
    """

    sheet: Sheet
    regions: tuple[Region, ...]
    transposed: bool = False

    def roles(self) -> dict[tuple[int, int], Role]:
        """Return row and column → role of every filled cell; a merged area's role is that of its first cell."""
        grid = Grid(self.sheet, transposed=self.transposed)
        found: dict[tuple[int, int], Role] = {}
        for region in self.regions:
            _place_roles(region, found)
        first = min((region.header[0] for region in self.regions), default=grid.height + 1)
        for row, column in np.argwhere(grid.filled) + 1:
            place = (int(row), int(column))
            if not grid.text(*place):
                found.pop(place, None)
            elif place not in found:
                found[place] = "title" if row < first else _outside(grid, place)
        return {(c, r) if self.transposed else (r, c): role for (r, c), role in found.items() if grid.text(r, c)}

    def outside(self) -> list[tuple[int, int]]:
        """Return the filled cells below or beside the tables that are no notes; nobody reads them."""
        return sorted(place for place, role in self.roles().items() if role == "ignored")


def _place_roles(region: Region, found: dict[tuple[int, int], Role]) -> None:
    columns = region.columns
    span = range(min(columns), max(columns) + 1)
    for row in region.header:
        found.update({(row, column): "header" for column in span})
    rows: dict[int, Role] = {}
    rows.update((int(row), "body") for row in region.body)
    rows.update((row, "total") for row in region.totals)
    for row, role in (rows | region.other).items():
        found.update({(row, column): role for column in (span if role in {"header", "note", "ignored"} else columns)})


def _outside(grid: Grid, place: tuple[int, int]) -> Role:
    words = grid.text(*place)
    return "note" if is_note(words) or (len(words) > 12 and isinstance(grid.raw(*place), str)) else "ignored"


def read_layout(sheet: Sheet, known: Known | None = None, *, within: int = HEADER_WITHIN) -> Layout:
    """Return the layout of a sheet.

    :param known: tells words that are headings; without it, headings are told by their shape and place alone.
    :param within: the rows in which the first header is looked for.

    >>> rows = [["马村纠纷台账", None], ["编号", "日期"], ["J1", "2015-09-03"], ["合计", 1.0], ["填表人：王某", None]]
    >>> import pandas as pd
    >>> cells = pd.DataFrame(rows, index=range(1, 6), columns=range(1, 3), dtype=object)
    >>> layout = read_layout(Sheet("纠纷", cells))
    >>> [layout.roles()[row, 1] for row in range(1, 6)]
    ['title', 'header', 'body', 'total', 'note']
    """
    knows = known or (lambda _words: 0.0)
    grid = Grid(sheet)
    head = find_header(grid, 1, min(within, grid.height), knows, strong=True) if known else None
    if head is None and known and grid.width > 1:
        turned = Grid(sheet, transposed=True) if grid.height <= 2_000 else None
        beside = find_header(turned, 1, min(8, turned.height), knows, strong=True, least=2.7) if turned else None
        if turned and beside:
            return Layout(sheet, tuple(_regions(turned, beside, knows)), transposed=True)
    head = head or find_header(grid, 1, min(within, grid.height), knows, strong=False)
    if not known and (turned := _turned(sheet, grid, head)):
        return Layout(sheet, tuple(_regions(turned, (1, rows_below(turned, 1, knows)), knows)), transposed=True)
    return Layout(sheet, tuple(_regions(grid, head, knows)) if head else ())


def _turned(sheet: Sheet, grid: Grid, head: HeaderRows | None) -> Grid | None:
    """Return the transposed sheet where its first column looks more like a header than any of its rows does.

    That is where each row holds values of one kind and the columns do not.
    """
    if grid.width < 2 or grid.height > MOST_TURNED or (head and _alike(grid, head[1]) > _LEAST_ALIKE):
        return None
    turned = Grid(sheet, transposed=True)
    labels = [c for c, _words in turned.row(1) if turned.is_label(1, c)]
    if len(labels) < max(3, len(turned.row(1))) or len({turned.text(1, c) for c in labels}) < len(labels):
        return None
    own = _alike(grid, head[1] if head else 0)
    return turned if _alike(turned, 1) > max(own, _LEAST_ALIKE - 0.05) else None


def _alike(grid: Grid, head: int) -> float:
    """Return which share of the cells below a header is of the kind that most cells of their column are."""
    most = cells = 0
    for column in range(1, grid.width + 1):
        kinds = Counter(_kind(grid, row, column) for row in range(head + 1, grid.height + 1) if grid.text(row, column))
        most, cells = most + max(kinds.values(), default=0), cells + kinds.total()
    return most / cells if cells else 0.0


def _kind(grid: Grid, row: int, column: int) -> str:
    words = grid.text(row, column)
    if grid.is_label(row, column):
        return "words"
    return "day" if re.search(r"[年月]|\d-\d|\d/\d", words) else "code" if re.search("[A-Za-z]", words) else "number"


def _regions(grid: Grid, header: HeaderRows, knows: Known) -> Iterator[Region]:
    """Yield the tables from a header on, those beside one another from left to right."""
    following: HeaderRows | None = header
    for _count in range(MAX_TABLES):
        if following is None:
            return
        top, bottom = following
        beside = bands(grid, top, bottom)
        if not beside:
            return
        following = _next_header(grid, beside, bottom, knows)
        last = following[0] - 1 if following else grid.height
        for headings in beside:
            yield _region(grid, (top, bottom), headings, last)


def _next_header(grid: Grid, bands: Sequence[Sequence[Heading]], bottom: int, knows: Known) -> HeaderRows | None:
    """Return the next header below, which begins another table; a repeated header does not."""
    own = {_squeezed(words) for band in bands for heading in band for words in heading.path}
    columns = max(len(band) for band in bands)
    for row in _thin_rows(grid, bottom + 1, columns):
        cells = grid.row(row)
        if len(cells) < 2:
            continue
        repeated = sum(_squeezed(words) in own for _c, words in cells)
        if 2 * repeated >= len(cells):
            if _starts_anew(cells, bands):
                return row, rows_below(grid, row, knows)
            continue
        sure = sum(knows(words) for words in {words for _c, words in cells})
        alone = not grid.row(row - 1) or len(grid.row(row - 1)) == 1
        labels = all(grid.is_label(row, c) for c, _w in cells)
        if labels and 2 * sure >= len(cells) and (sure >= 2.7 or (alone and sure >= 1.7 and sure >= 0.8 * len(cells))):
            return rows_above(grid, row, row - 1), rows_below(grid, row, knows)
        if _starts_unknown(grid, row, cells):
            return row, rows_below(grid, row, knows)
    return None


def _starts_anew(cells: Sequence[tuple[int, str]], bands: Sequence[Sequence[Heading]]) -> bool:
    """Return whether a header that repeats words of the one above stands in other columns or another order."""
    placed = {(h.column, _squeezed(words)) for band in bands for h in band for words in h.path}
    return sum((c, _squeezed(words)) in placed for c, words in cells) * 2 < len(cells)


def _squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


def _starts_unknown(grid: Grid, row: int, cells: Sequence[tuple[int, str]]) -> bool:
    """Return whether a row begins a table of unknown headings: labels over data, below a blank row or a title."""
    before = grid.row(row - 1)
    alone = not before or (len(before) == 1 and not grid.row(row - 2))
    if not alone or not may_be_header(grid, row, cells):
        return False
    below = next((r for r in range(row + 1, min(row + 5, grid.height) + 1) if grid.row(r)), 0)
    return bool(below) and any(is_data(grid.raw(below, c)) for c, _words in cells) and not is_total(cells[0][1])


def _thin_rows(grid: Grid, first: int, columns: int) -> Iterator[int]:
    """Yield the rows that may be something else than data: those with few cells, a total's sign, or only texts."""
    if first > grid.height:
        return
    counts = grid.filled[first - 1 :].sum(axis=1)
    thin = counts <= max(3, columns // 2)
    if grid.height - first < 3_000:
        thin[:] = True
    else:
        for column in range(min(3, grid.width)):
            thin |= grid.signs(column)[first - 1 :]
    yield from (int(row) + first for row in np.flatnonzero(thin & (counts > 0)))


def _region(grid: Grid, header: HeaderRows, headings: tuple[Heading, ...], last: int) -> Region:
    top, bottom = header
    columns = [heading.column for heading in headings]
    left, right = min(columns), max(columns)
    counts = grid.filled[bottom:last, left - 1 : right].sum(axis=1)
    body = counts > 0
    totals: list[int] = []
    other: dict[int, Role] = {}
    running = {h.column for h in headings if re.sub(r"\W", "", h.text) in RUNNING_NUMBER}
    own = {(heading.column, _squeezed(words)) for heading in headings for words in heading.path}
    head = _Head(len(headings), running, own)
    for row in _thin_rows(grid, bottom + 1, len(columns)):
        if row > last:
            break
        role = _row_role(grid, row, (left, right), head)
        if role != "body":
            body[row - bottom - 1] = False
            if role == "total":
                totals.append(row)
            elif role:
                other[row] = role
    rows = np.flatnonzero(body) + bottom + 1
    rows = _without_items(grid, rows, other, (left, right))
    rows = _without_titles(grid, rows, other, last, (left, right))
    return Region(tuple(range(top, bottom + 1)), headings, rows, tuple(totals), last, grid, other)


@dataclass(frozen=True)
class _Head:
    """What rows are held against: how many columns a header has, those of running numbers, columns and words."""

    width: int
    running: set[int]
    own: set[tuple[int, str]]


def _row_role(
    grid: Grid,
    row: int,
    span: tuple[int, int],
    head: _Head,
) -> Role | None:
    """Return what a row below a header is for; None where it is blank."""
    cells = grid.row(row, *span)
    numbered = [(c, words) for c, words in cells if c not in head.running]
    if not numbered:
        return None if not cells else "ignored" if all(words.isdigit() for _c, words in cells) else "note"
    first, words = (cells if not cells[0][1].isdigit() else numbered)[0]
    few = len(cells) <= max(2, head.width // 2)
    if _is_total(grid, row, cells, first, few):
        return "total"
    if len(cells) > 1 and 2 * sum((c, _squeezed(text)) in head.own for c, text in cells) >= len(cells):
        return "header"
    if few and (is_note(words) or all(is_note(w) or ":" in w for _c, w in cells)):
        return "note"
    area = grid.area(row, first)
    wide = area[3] - area[1] + 1 > max(1, head.width // 2)
    if len(cells) == 1 and (wide or GROUP.fullmatch(words)) and head.width > 2:
        return "note" if len(words) > 20 else "ignored"
    return "body"


def _is_total(grid: Grid, row: int, cells: Sequence[tuple[int, str]], first: int, few: bool) -> bool:
    rest = [grid.raw(row, column) for column, _words in cells if column != first]
    words = next(words for column, words in cells if column == first)
    return is_total(words) and (few or all(is_data(raw) or is_summary(raw) for raw in rest))


def _without_items(grid: Grid, rows: np.ndarray, other: dict[int, Role], span: tuple[int, int]) -> np.ndarray:
    """Return the body without the lines of a note that follow its first line, such as 1、 and 2、."""
    last = len(rows)
    start = len(rows)
    while (
        last
        and len(cells := grid.row(int(rows[last - 1]), *span)) == 1
        and isinstance(grid.raw(int(rows[last - 1]), cells[0][0]), str)
    ):
        last -= 1
        words = cells[0][1]
        if ITEM.fullmatch(words) or len(words) > 12 or other.get(int(rows[last]) - 1) == "note":
            start = last
    start = start if all(other.get(int(r)) is None for r in rows[start:]) else len(rows)
    other.update({int(row): "note" for row in rows[start:]})
    return rows[:start]


def _without_titles(
    grid: Grid, rows: np.ndarray, other: dict[int, Role], last: int, span: tuple[int, int]
) -> np.ndarray:
    """Return the body without the title of the table that begins below it."""
    while len(rows) and last < grid.height and rows[-1] >= last - 2:
        row = int(rows[-1])
        if len(grid.row(row, *span)) != 1:
            break
        other[row] = "title"
        rows = rows[:-1]
    return rows
