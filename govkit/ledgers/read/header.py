"""Where a table's header is, and the heading of each of its columns."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from govkit.ledgers.read.grid import Grid, is_label
from govkit.ledgers.units import is_unit

Known = Callable[[str], float]
"""How sure it is that a text is a heading, from 0 to 1."""
HEADER_WITHIN = 15
"""Rows in which the first header of a sheet is looked for."""
MOST_HEADER_ROWS = 4


@dataclass(frozen=True)
class Heading:
    """The heading of one column of a table: its words from the top row down, and its cells."""

    column: int
    path: tuple[str, ...]
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """The lowest words, which name the column within its group; empty for a column without a heading."""
        return self.path[-1] if self.path else ""


HeaderRows = tuple[int, int]
"""First and last row of a header."""


def find_header(
    grid: Grid, first: int, last: int, knows: Known, *, strong: bool, least: float = 1.7
) -> HeaderRows | None:
    """Return the first header within some rows.

    :param strong: accept only rows of which most cells are known headings.
    :param least: how many known headings such a row has at the least.
    """
    for row in range(first, last + 1):
        cells = grid.row(row)
        if len(cells) < 2:
            continue
        if strong:
            sure = sum(knows(words) for words in {words for _column, words in cells})
            if sure >= least and 2 * sure >= len(cells):
                return rows_above(grid, row, first), rows_below(grid, row, knows)
        elif may_be_header(grid, row, cells):
            return row, rows_below(grid, row, knows)
    return None


def may_be_header(grid: Grid, row: int, cells: Sequence[tuple[int, str]]) -> bool:
    """Return whether a row of unknown words may be a header by its shape."""
    labels = [column for column, _words in cells if grid.is_label(row, column)]
    if len(labels) < len(cells) or len({words for _column, words in cells}) < max(2, len(cells) // 2):
        return False
    below = next((r for r in range(row + 1, min(row + 8, grid.height) + 1) if len(grid.row(r)) > 1), 0)
    if not below:
        return False
    span = sum(grid.area(row, column)[3] - column + 1 for column in labels)
    return span * 2 > len(grid.row(below))


def rows_above(grid: Grid, row: int, first: int) -> int:
    """Return the first row of the header that ``row`` belongs to: groups may stand above it."""
    top = row
    while top > first:
        cells = grid.row(top - 1)
        tied = any(grid.area(top - 1, c)[2] >= top for c, _words in cells)
        grouped = any(grid.area(top - 1, c)[3] > c for c, _words in cells)
        lacking = {c for c, _words in cells} & {
            c for c in range(1, grid.width + 1) if not grid.spanned(top, c) or grid.area(top, c)[0] < top
        }
        if len(cells) < 2 or not all(is_label(words) for _c, words in cells) or not (tied or grouped or lacking):
            break
        top -= 1
    return top


def rows_below(grid: Grid, row: int, knows: Known) -> int:
    """Return the last row of the header that begins in ``row``: subheadings, units and column numbers below it."""
    last = row
    while last < min(row + MOST_HEADER_ROWS - 1, grid.height):
        cells = grid.row(last)
        deepest = max((grid.area(last, c)[2] for c, _words in cells), default=last)
        if last < deepest <= row + MOST_HEADER_ROWS - 1:
            last = deepest
            continue
        if not _is_subheading(grid, last, row, knows):
            break
        last += 1
    while last < grid.height and (_are_units(grid.row(last + 1)) or _are_numbers(grid, last + 1)):
        last += 1
    return last


def _is_subheading(grid: Grid, row: int, first: int, knows: Known) -> bool:
    """Return whether the row below a header's row divides its groups."""
    below = grid.row(row + 1)
    if not below or not all(grid.is_label(row + 1, c) for c, _words in below):
        return False
    upper = {c for c, _words in grid.row(row)}
    wide = {c for u in upper for c in range(grid.area(row, u)[1], grid.area(row, u)[3] + 1) if grid.area(row, u)[3] > u}
    columns = {c for c, _words in below}
    if wide & columns:
        return columns <= wide or sum(knows(words) for _c, words in below) * 2 >= len(below)
    lacking = {c for c in columns if not grid.spanned(row, c)}
    if not lacking or any(first <= area[0] <= row for area in grid.areas):
        return False
    if len(upper) > 1 and _leaves_free(grid, row, upper - columns):
        return True
    bare = {c for c in range(min(upper), max(upper) + 1) if not grid.spanned(row, c)}
    divided = columns - lacking <= {c - 1 for c in bare}
    return divided and bare <= columns and len(columns) <= len(upper) + len(bare) - 1 and first >= row


def _leaves_free(grid: Grid, row: int, columns: set[int]) -> bool:
    """Return whether the row below leaves columns free, the first among them, that the rows after it fill."""
    after = range(row + 2, min(row + 4, grid.height) + 1)
    filled = [any(grid.text(r, c) for r in after) for c in columns]
    return bool(filled) and all(filled) and min(columns) == min(c for c, _words in grid.row(row))


def _are_units(cells: Sequence[tuple[int, str]]) -> bool:
    return bool(cells) and all(is_unit(words.strip("()（）")) and not words.isdigit() for _column, words in cells)


def _are_numbers(grid: Grid, row: int) -> bool:
    """Return whether a row numbers the columns: 1, 2, 3 or 甲, 乙, 1, 2."""
    words = [w for _c, w in grid.row(row)]
    digits = [int(w) for w in words if w.isdigit() and len(w) < 3]
    if len(digits) + sum(w in "甲乙丙丁戊ABCDEFG" for w in words) < len(words) or len(digits) < 3:
        return False
    counts = all(number in {1, before + 1} for before, number in itertools.pairwise([0, *digits]))
    return counts and len(words) * 2 > grid.width


def bands(grid: Grid, top: int, bottom: int) -> list[tuple[Heading, ...]]:
    """Return the headings of the tables that share a header, divided where headings repeat or a column is blank."""
    used = np.asarray(grid.filled[bottom:].any(axis=0))
    headed = {c: _heading(grid, top, bottom, c) for c in range(1, grid.width + 1)}
    present = [c for c in range(1, grid.width + 1) if headed[c].path or used[c - 1]]
    titled = [c for c in present if headed[c].path]
    if not titled:
        return []
    runs: list[list[int]] = []
    for column in range(min(titled), max([*titled, *(c for c in present if c > max(titled))]) + 1):
        if column not in present:
            continue
        if runs and column == runs[-1][-1] + 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    if present and present[0] < titled[0]:
        runs[0] = [c for c in present if c < titled[0]] + runs[0]
    parts = [part for run in _joined(runs, headed) for part in _periods(run, headed)]
    return [tuple(headed[column] for column in part) for part in parts]


def _joined(runs: list[list[int]], headed: dict[int, Heading]) -> list[list[int]]:
    """Return runs of columns, joined over blank columns unless both sides begin alike."""
    joined = [runs[0]]
    for run in runs[1:]:
        left = {headed[c].path for c in joined[-1] if headed[c].path}
        right = {headed[c].path for c in run if headed[c].path}
        if len(right) >= 2 and len(left) >= 2 and (right & left or len(runs) > 1):
            joined.append(run)
        else:
            joined[-1] = joined[-1] + run
    return joined


def _periods(run: list[int], headed: dict[int, Heading]) -> list[list[int]]:
    """Return a run divided where its headings begin again."""
    words = [headed[c].path for c in run]
    for period in range(2, len(run) // 2 + 1):
        if len(run) % period == 0 and words[:period] * (len(run) // period) == words and all(words[:period]):
            return [run[start : start + period] for start in range(0, len(run), period)]
    return [run]


def _heading(grid: Grid, top: int, bottom: int, column: int) -> Heading:
    path: list[str] = []
    cells: list[tuple[int, int]] = []
    for row in range(top, bottom + 1):
        if row > top and (_are_numbers(grid, row)):
            continue
        area = grid.area(row, column)
        words = grid.text(area[0], area[1])
        if not words and row < bottom and not any(top <= area[0] < bottom for area in grid.areas):
            words = _group_left(grid, row, bottom, column)
        if words and (not path or path[-1] != words):
            if row > top and _are_units(grid.row(row)):
                path[-1:] = [f"{path[-1] if path else ''}({words.strip('()（）')})"]
            else:
                path.append(words)
            cells.append((area[0], area[1]))
    if cells and cells[-1][1] < column and not any(c == column for _r, c in cells):
        return Heading(column, (), ())  # a group alone is wider than its columns: this one has no heading of its own
    return Heading(column, tuple(path), tuple(cells))


def _group_left(grid: Grid, row: int, bottom: int, column: int) -> str:
    """Return the group that a subheading belongs to where no cells are merged: the nearest words to the left."""
    if not any(grid.text(below, column) for below in range(row + 1, bottom + 1)):
        return ""
    for left in range(column - 1, 0, -1):
        if grid.text(row, left):
            return grid.text(row, left)
    return ""
