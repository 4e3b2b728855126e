"""What each blank cell of a form asks: the headings beside it and above it."""

from collections.abc import Iterator
from dataclasses import dataclass

from govkit.figures.forms.grid import Cell, Grid

LEFT, UP = (0, -1), (-1, 0)


@dataclass(frozen=True)
class Question:
    """A blank cell and its headings, the nearest first.

    :ivar unclear: whether a line of other headings lies between the cell and whatever heads it.
    """

    cell: Cell
    left: tuple[Cell, ...]
    above: tuple[Cell, ...]
    unclear: bool = False


def questions(grid: Grid) -> list[Question]:
    """Return a question for each blank cell that has a heading."""
    found = []
    for cell in grid.distinct():
        if cell.kind == "blank" and cell.drawn:
            (left, beside), (above, over) = (_headings(grid, cell, step) for step in (LEFT, UP))
            if not above and left and _heads_a_column(grid, left[0]):
                continue
            if not left and above and _heads_a_row(grid, above[0]):
                continue
            if left or above:
                found.append(Question(cell, left, above, beside or over))
    return found


def _headings(grid: Grid, cell: Cell, step: tuple[int, int]) -> tuple[tuple[Cell, ...], bool]:
    """Return the headings on one side: the run of words that is next in that direction, blanks before it skipped.

    Also return whether nothing was found since a line of other headings lies before it.
    """
    found: list[Cell] = []
    for other in _towards(grid, cell, step):
        across = other.kind in {"blank", "number"} and _is_other_line(grid, cell, other, step)
        if other.kind == "text" or (other.kind == "number" and (across or step == LEFT or _is_first(grid, other))):
            found.append(other)
        elif across and not found:
            return (), True
        elif found or not other.drawn:
            break
    return tuple(found), False


def _is_first(grid: Grid, number: Cell) -> bool:
    """Return whether no words stand above a number, so that it is the heading itself, such as a year."""
    return all(other.kind != "text" for other in _towards(grid, number, UP))


def _towards(grid: Grid, cell: Cell, step: tuple[int, int]) -> Iterator[Cell]:
    row, column = cell.row + step[0], cell.column + step[1]
    seen = {id(cell)}
    while (row, column) in grid.cells:
        other = grid.cells[row, column]
        if id(other) not in seen:
            seen.add(id(other))
            yield other
        row, column = row + step[0], column + step[1]


def _is_other_line(grid: Grid, cell: Cell, other: Cell, step: tuple[int, int]) -> bool:
    """Return whether a cell lies in a line of headings, so that what comes after it belongs to other cells.

    Going up, that is a row with words or numbers in half of the columns where the cell's own row is blank; going left
    likewise with columns. A lone number is an entry.
    """
    size = grid.width if step == UP else max(row for row, _c in grid.cells)
    lines = ((grid.cells.get(_at(other, n, step)), grid.cells.get(_at(cell, n, step))) for n in range(1, size + 1))
    over = [one.kind if one else "" for one, mine in lines if mine and mine.kind == "blank"]
    filled = over.count("text") + over.count("number")
    return 2 * filled >= len(over) and (over.count("text") > 0 or filled > 1)


def _at(cell: Cell, number: int, step: tuple[int, int]) -> tuple[int, int]:
    return (cell.row, number) if step == UP else (number, cell.column)


def _heads_a_column(grid: Grid, heading: Cell) -> bool:
    below = grid.cells.get((heading.last_row + 1, heading.column))
    return below is not None and below.kind == "blank" and below.drawn


def _heads_a_row(grid: Grid, heading: Cell) -> bool:
    right = grid.cells.get((heading.row, heading.last_column + 1))
    return right is not None and right.kind == "blank" and right.drawn
