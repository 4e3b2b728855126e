"""Masks for personal data: what of a ledger may be seen outside the office (去标识化, not anonymity).

The forms follow common practice (domain notes: phone 138****1234, surname + 某); an ID number shows nothing of itself,
since its check digit would give hidden digits away.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from govkit.core.masks import mask_name, mask_phone
from govkit.ledgers.declare import Ledger, Personal


def masked(frame: Any, ledger: Ledger) -> Any:
    """Return a copy of a ledger's frame as the public may see it: private columns gone, personal cells masked."""
    hidden = [column.name for column in ledger.columns if not column.public and column.name in frame]
    shown = frame.drop(columns=hidden)
    for column in ledger.columns:
        if column.personal and column.name in shown:
            mask = MASKS[column.personal]
            shown[column.name] = shown[column.name].map(mask, na_action="ignore").astype("str")
    return shown


def _hide(_: str) -> str:
    return "******"


MASKS: dict[Personal, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": _hide,
    "address": _hide,
    "narrative": _hide,
}


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
