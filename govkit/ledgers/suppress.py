"""Small counts withheld in a published table, together with what would give them away (complementary suppression).

A table of counts with row totals, column totals and a grand total is a set of equations: each line adds up to its
total. Drawn as a graph (lines as nodes, withheld cells as edges between a row and a column), a withheld cell can be
computed from the rest exactly when it lies on no cycle of withheld cells. So cells are withheld, the smallest first,
until each lies on one. Only cells above zero are taken: round a cycle of them one may be added and taken off in turn
without any count falling below zero, hence no withheld cell is certain.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

SMALL = 3
"""Counts of 1 to 3 are small (domain notes; petitions up to 4)."""
WITHHELD = "*"
NOTE = f"“{WITHHELD}”为人数、件数较少或可据以推算而不公开的数。"

Cell = tuple[int, int]


@dataclass(frozen=True)
class Suppressed:
    """Which cells of a table with totals are withheld: a frame of truth values, the last row and column the totals."""

    full: pd.DataFrame
    withheld: pd.DataFrame

    @property
    def shown(self) -> pd.DataFrame:
        """The table with its totals as text, withheld cells as ``*``."""
        return self.full.astype("str").mask(self.withheld, WITHHELD)


def suppress(counts: pd.DataFrame, small: int = SMALL, total: str = "合计") -> Suppressed:
    """Return a table of counts with its totals and which of its cells must be withheld.

    ``counts`` holds whole numbers not below zero, without totals. Cells from 1 to ``small`` are withheld, totals like
    any other; zeros are shown. Where nothing else can protect a small cell, the whole table is withheld.
    """
    if (counts < 0).to_numpy().any():
        raise ValueError("counts below zero")
    full = counts.astype("int64").copy()
    full[total] = full.sum(axis=1)
    full.loc[total] = full.sum()
    values = {(i, j): int(full.iloc[i, j]) for i in range(full.shape[0]) for j in range(full.shape[1])}
    hidden = _protected(values, {cell for cell, value in values.items() if 1 <= value <= small}, full.shape)
    grid = [[(i, j) in hidden for j in range(full.shape[1])] for i in range(full.shape[0])]
    return Suppressed(full, pd.DataFrame(grid, index=full.index, columns=full.columns))


def suppress_list(counts: pd.Series, small: int = SMALL, total: str = "合计") -> pd.Series:
    """Return a list of counts with their total as text, small ones and what would give them away as ``*``."""
    return suppress(counts.to_frame("count"), small, total).shown["count"]


def _protected(values: dict[Cell, int], small: set[Cell], shape: tuple[int, int]) -> set[Cell]:
    """Return the small cells and the further cells that put each of them, and each of those, on a cycle."""
    hidden = set(small)
    costs = {cell: _cost(cell, value, shape) for cell, value in values.items() if value > 0}
    for cell in sorted(small, key=lambda c: values[c]):
        way = _cheapest_way(cell, costs, hidden)
        if way is None:
            return set(values)
        hidden.update(way)
    return hidden


def _cost(cell: Cell, value: int, shape: tuple[int, int]) -> int:
    """Return what withholding a cell costs: its count; a total much more, for it is what readers look for."""
    at_margin = (cell[0] == shape[0] - 1) + (cell[1] == shape[1] - 1)
    return value + at_margin * 1_000_000


def _cheapest_way(cell: Cell, costs: dict[Cell, int], hidden: set[Cell]) -> list[Cell] | None:
    """Return the cells of the cheapest way from the cell's row to its column that avoids the cell; None without one."""
    start, goal = ("row", cell[0]), ("column", cell[1])
    queue: list[tuple[int, tuple[str, int], list[Cell]]] = [(0, start, [])]
    seen = set()
    while queue:
        cost, node, way = heapq.heappop(queue)
        if node == goal:
            return way
        if node in seen:
            continue
        seen.add(node)
        for step, other in _steps(node, costs):
            if step != cell and other not in seen:
                extra = 0 if step in hidden else costs[step]
                heapq.heappush(queue, (cost + extra, other, [*way, step]))
    return None


def _steps(node: tuple[str, int], costs: dict[Cell, int]) -> Iterator[tuple[Cell, tuple[str, int]]]:
    side, number = node
    for row, column in costs:
        if side == "row" and row == number:
            yield (row, column), ("column", column)
        if side == "column" and column == number:
            yield (row, column), ("row", row)
