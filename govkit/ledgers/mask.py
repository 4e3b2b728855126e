"""Masks for personal data and suppression of small counts, for readers outside the office (去标识化, not anonymity).

Names and telephone numbers keep what common practice shows (surname + 某, 138****1234); an ID number is hidden whole,
since its check digit would give hidden digits away.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from govkit.core.masks import mask_name, mask_phone
from govkit.ledgers.declare import Ledger, Personal
from govkit.ledgers.disclosure import SMALL, Counts, Sum

__all__ = ["MASKS", "NOTE", "SMALL", "WITHHELD", "Suppressed", "free_texts", "masked", "suppress", "suppress_list"]


def free_texts(ledger: Ledger) -> list[str]:
    """Return the public columns of a ledger that hold free text, which may name anybody.

    >>> from govkit.institutions import ledgers
    >>> free_texts(ledgers()["decisions"])
    ['title', 'venue']
    """
    return [
        column.name
        for column in ledger.columns
        if column.kind == "text"
        and column.public
        and not column.personal
        and not column.refers_to
        and column.name not in ledger.key
    ]


def masked(frame: pd.DataFrame, ledger: Ledger, wording: Callable[[str], str] | None = None) -> pd.DataFrame:
    """Return a copy of a ledger's frame without private columns and with personal cells masked.

    :param frame: rows of the ledger; columns that it does not declare are kept as they are.
    :param wording: gives the public wording of a free text; without it free texts are kept, for readers who may see
        them.

    >>> rows = pd.DataFrame({"parties": ["王小明"], "summary": ["兄弟间起纠纷"]})
    >>> from govkit.institutions import ledgers
    >>> masked(rows, ledgers()["disputes"]).to_dict("list")
    {'parties': ['王某']}
    """
    hidden = [column.name for column in ledger.columns if not column.public and column.name in frame]
    shown = frame.drop(columns=hidden)
    for column in ledger.columns:
        if column.personal and column.name in shown:
            mask = MASKS[column.personal]
            shown[column.name] = shown[column.name].map(mask, na_action="ignore").astype("str")
    if wording is not None:
        for name in shown.columns.intersection(free_texts(ledger)):
            shown[name] = shown[name].map(wording, na_action="ignore").astype("str")
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


WITHHELD = "*"
NOTE = f"“{WITHHELD}”为人数、件数较少或可据以推算而不公开的数。"

Cell = tuple[int, int]


@dataclass(frozen=True)
class Suppressed:
    """A table with its totals as last row and column (``full``), and which of its cells are withheld (``withheld``)."""

    full: pd.DataFrame
    withheld: pd.DataFrame

    @property
    def shown(self) -> pd.DataFrame:
        """The table with its totals as text, withheld cells shown as ``*``."""
        return self.full.astype("str").mask(self.withheld, WITHHELD)


def suppress(counts: pd.DataFrame, small: int = SMALL, total: str = "合计") -> Suppressed:
    """Return a table of counts with its totals and the cells that must be withheld.

    Cells from 1 to ``small``, totals included, are withheld, and further cells from which they could be computed; zeros
    are shown. Where nothing else can protect a small cell, the whole table is withheld. An attack by integer programmes
    (:mod:`govkit.ledgers.disclosure`) finds none of them.

    :param counts: whole numbers from 0 up, without totals.
    :param small: the largest count that is withheld.
    :param total: the heading of the totals.
    :raises ValueError: a count is below 0.

    >>> suppress(pd.DataFrame({"办结": [9, 2], "在办": [8, 7]}, index=["甲", "乙"])).shown.loc["乙"].tolist()
    ['*', '*', '9']
    """
    if (counts < 0).to_numpy().any():
        raise ValueError("counts below zero")
    full = counts.astype("int64").copy()
    full[total] = full.sum(axis=1)
    full.loc[total] = full.sum()
    values = {(i, j): count for i, row in enumerate(full.to_numpy().tolist()) for j, count in enumerate(row)}
    hidden = _protected(values, {cell for cell, value in values.items() if 1 <= value <= small}, full.shape)
    if len(hidden) < len(values) and sum(values[cell] == 1 for cell in hidden) > 1:
        # Along a cycle the counts may be one more and one less in turn, unless a 1 would become a zero either way.
        hidden = _attacked(values, full.shape, hidden, small)
    grid = [[(i, j) in hidden for j in range(full.shape[1])] for i in range(full.shape[0])]
    return Suppressed(full, pd.DataFrame(grid, index=full.index, columns=full.columns))


def suppress_list(counts: pd.Series, small: int = SMALL, total: str = "合计") -> pd.Series:
    """Return counts and their total as text, small ones and those that reveal them as ``*``; see :func:`suppress`.

    >>> suppress_list(pd.Series([2, 9, 5])).tolist()
    ['*', '9', '*', '16']
    """
    return suppress(counts.to_frame("count"), small, total).shown["count"]


def _protected(values: dict[Cell, int], small: set[Cell], shape: tuple[int, int]) -> set[Cell]:
    """Return the cells to withhold: the small ones, and others so that each withheld cell lies on a cycle of them.

    A cell is safe when the withheld cells form a cycle through it in the graph of rows and columns.
    """
    hidden = set(small)
    costs = {cell: _cost(cell, value, shape) for cell, value in values.items() if value > 0}
    for cell in sorted(small, key=lambda c: values[c]):
        way = _cheapest_way(cell, costs, hidden)
        if way is None:
            return set(values)
        hidden.update(way)
    return hidden


def _attacked(values: dict[Cell, int], shape: tuple[int, int], hidden: set[Cell], small: int) -> set[Cell]:
    """Return the cells to withhold so that none of them can be computed."""
    last_row, last_column = shape[0] - 1, shape[1] - 1
    sums = [Sum((i, last_column), tuple((i, j) for j in range(last_column))) for i in range(shape[0])]
    sums += [Sum((last_row, j), tuple((i, j) for i in range(last_row))) for j in range(shape[1])]
    more = Counts(dict(values), sums, tables={"": list(values)}).protected(small, hidden)
    return {cell for cell in values if cell in more}


def _cost(cell: Cell, value: int, shape: tuple[int, int]) -> int:
    """Return the cost of withholding a cell: its count, and much more for a total, which readers need most."""
    at_margin = (cell[0] == shape[0] - 1) + (cell[1] == shape[1] - 1)
    return value + at_margin * 1_000_000


def _cheapest_way(cell: Cell, costs: dict[Cell, int], hidden: set[Cell]) -> list[Cell] | None:
    """Return the cells on the cheapest path from a cell's row to its column that avoids the cell, None without one."""
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
