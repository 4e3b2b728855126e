"""Counts that are published together: which to withhold so that nobody can compute a small one, and the attack on that.

The tables of a document, tables that share cells, the months of a year and what was published before are one system of
sums. An attacker knows every sum, every cell that is shown, and that no withheld count is zero. An integer programme
asks for the smallest and the largest value that each withheld cell may have then; a cell is safe when they differ.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

Cell = Hashable
SMALL = 3
"""The largest small count; for petitions 4."""
_MOST_ROUNDS = 10_000


@dataclass(frozen=True)
class Sum:
    """A count that is the sum of others."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass
class Counts:
    """The counts of tables that are published together. A cell that stands in several tables is one cell.

    :ivar values: cell → its count.
    :ivar sums: which counts are sums of others.
    :ivar shown: cells that were published earlier as they are, and can no longer be withheld.
    :ivar tables: name → the cells of a table.

    >>> counts = Counts()
    >>> counts.add("月报", pd.DataFrame({"办结": [9, 2], "在办": [8, 7]}, index=["甲", "乙"]))
    >>> withheld = counts.protected()
    >>> ("乙", "办结") in withheld, len(withheld)
    (True, 4)
    >>> counts.recovered(withheld)
    []
    """

    values: dict[Cell, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    shown: set[Cell] = field(default_factory=set)
    tables: dict[str, list[Cell]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        counts: pd.DataFrame,
        cell: Callable[[Hashable, Hashable], Cell] = lambda row, column: (row, column),
        total: str = "合计",
    ) -> None:
        """Add a table without totals; its totals are added as cells of their own.

        :param cell: gives the cell of a row and a column; equal cells of several tables are the same count.
        :raises ValueError: a count is below 0, or a cell that is known already has another count.
        """
        full = counts.astype("int64").copy()
        full[total] = full.sum(axis=1)
        full.loc[total] = full.sum()
        if (full < 0).to_numpy().any():
            raise ValueError("counts below zero")
        for row in full.index:
            for column in full.columns:
                self._put(cell(row, column), int(full.loc[row, column]))
        inner_rows, inner_columns = list(counts.index), list(counts.columns)
        for row in full.index:
            self.add_sum(cell(row, total), [cell(row, column) for column in inner_columns])
        for column in full.columns:
            self.add_sum(cell(total, column), [cell(row, column) for row in inner_rows])
        self.tables[name] = [cell(row, column) for row in full.index for column in full.columns]

    def add_sum(self, total: Cell, parts: Iterable[Cell]) -> None:
        """Add that a count is the sum of others, for instance a year's of its months'."""
        self.sums.append(Sum(total, tuple(parts)))

    def _put(self, cell: Cell, value: int) -> None:
        if self.values.setdefault(cell, value) != value:
            raise ValueError(f"{cell!r} has two counts: {self.values[cell]} and {value}")

    def protected(self, small: int = SMALL, withheld: Collection[Cell] = ()) -> set[Cell]:
        """Return the cells to withhold: small ones, those given, and further ones until no small one can be computed.

        Where nothing else can protect a cell, every cell of its tables is withheld.
        """
        hidden = {cell for cell, value in self.values.items() if 1 <= value <= small} | set(withheld)
        hidden -= self.shown
        for _round in range(_MOST_ROUNDS):
            unsafe = self._unsafe(hidden)
            if not unsafe:
                return hidden
            more = self._cheapest(unsafe[0], hidden)
            hidden |= {more} if more is not None else self._whole_tables(unsafe, hidden)
        raise AssertionError("every round withholds a cell")

    def impossible(self, withheld: Collection[Cell]) -> list[str]:
        """Return the names of the tables that hold a cell that cannot be protected, whatever is withheld."""
        unsafe = set(self._unsafe(set(withheld)))
        return [name for name, cells in self.tables.items() if unsafe & set(cells)]

    def recovered(self, withheld: Collection[Cell], small: int = SMALL) -> list[Cell]:
        """Return the withheld small cells that an attacker can compute."""
        return [cell for cell in self._unsafe(set(withheld)) if 1 <= self.values[cell] <= small]

    def _unsafe(self, hidden: set[Cell]) -> list[Cell]:
        """Return the withheld cells that can be computed, the smallest first; those that nothing helps are left out."""
        if not hidden:
            return []
        attack = Attack(self.values, self.sums, hidden)
        found = [
            cell
            for cell in sorted(hidden, key=lambda one: (self.values[one], repr(one)))
            if attack.largest(cell, above=self.values[cell]) == self.values[cell]
            and attack.smallest(cell, below=self.values[cell]) == self.values[cell]
        ]
        return [cell for cell in found if not self._is_given_up(cell, hidden)]

    def _is_given_up(self, cell: Cell, hidden: set[Cell]) -> bool:
        """Return whether everything that may be withheld around a cell is, so that what is left was shown earlier."""
        around = {one for total in self.sums for one in self._cells(total) if cell in self._cells(total)}
        tables = {one for cells in self.tables.values() if cell in cells for one in cells}
        return not (1 <= self.values[cell] <= SMALL) and (around | tables) <= hidden | self.shown

    @staticmethod
    def _cells(total: Sum) -> tuple[Cell, ...]:
        return (total.total, *total.parts)

    def _cheapest(self, cell: Cell, hidden: set[Cell]) -> Cell | None:
        """Return the cheapest cell to withhold beside another one, None without one; totals cost far more."""
        totals = {total.total for total in self.sums}
        reached, found = {cell}, dict[Cell, int]()
        for step in range(2):  # beside it, then beside what is withheld around it
            beside = [total for total in self.sums if reached & set(self._cells(total))]
            for one in (one for total in beside for one in self._cells(total)):
                if one not in hidden and one not in self.shown and self.values[one]:
                    found.setdefault(one, step)
            reached |= {one for total in beside for one in self._cells(total) if one in hidden}
        return min(found, key=lambda one: (one in totals, found[one], self.values[one], repr(one)), default=None)

    def _whole_tables(self, unsafe: Sequence[Cell], hidden: set[Cell]) -> set[Cell]:
        for cell in unsafe:
            whole = {one for cells in self.tables.values() if cell in cells for one in cells} - hidden - self.shown
            if whole:
                return whole
        rest = set(self.values) - hidden - self.shown
        if not rest:
            raise Unprotectable(self.impossible(hidden) or list(self.tables))
        return rest


class Unprotectable(Exception):
    """Tables that cannot be published, since what was published earlier already gives a small count away."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__("、".join(tables))
        self.tables = tuple(tables)


class Attack:
    """What an attacker can compute of withheld counts: the range of each, by integer programmes.

    Every solution is kept as a witness, so that most ranges need no programme of their own.

    :param hidden: the withheld cells; all others are known.
    """

    def __init__(self, values: Mapping[Cell, int], sums: Sequence[Sum], hidden: Collection[Cell]) -> None:
        from scipy.sparse import coo_array

        self._place = {cell: place for place, cell in enumerate(sorted(hidden, key=repr))}
        rows, columns, factors, right = [], [], [], []
        for total in sums:
            terms = [*((part, 1) for part in total.parts), (total.total, -1)]
            unknown = [(cell, factor) for cell, factor in terms if cell in self._place]
            if unknown:
                right.append(-sum(factor * values[cell] for cell, factor in terms if cell not in self._place))
                rows += [len(right) - 1] * len(unknown)
                columns += [self._place[cell] for cell, _factor in unknown]
                factors += [factor for _cell, factor in unknown]
        self._matrix = coo_array((factors, (rows, columns)), shape=(len(right), len(self._place))).tocsr()
        self._right = np.array(right, dtype=float)
        truth = np.array([values[cell] for cell in self._place], dtype=float)
        self._least = np.minimum(truth, 1.0)  # zeros are shown, unless a whole table is withheld
        self._low, self._high = truth.copy(), truth.copy()

    def largest(self, cell: Cell, above: float = np.inf) -> float:
        """Return the largest value that a cell may have; one above a bound is enough."""
        place = self._place[cell]
        if self._high[place] <= above:
            self._solve(place, -1)
        return float(self._high[place])

    def smallest(self, cell: Cell, below: float = -np.inf) -> float:
        """Return the smallest value that a cell may have; one below a bound is enough."""
        place = self._place[cell]
        if self._low[place] >= below:
            self._solve(place, 1)
        return float(self._low[place])

    def ranges(self) -> Iterator[tuple[Cell, float, float]]:
        """Yield each withheld cell with its smallest and its largest value."""
        for cell in self._place:
            yield cell, self.smallest(cell), self.largest(cell)

    def _solve(self, place: int, sign: int) -> None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        goal = np.zeros(len(self._place))
        goal[place] = sign
        bounds = Bounds(self._least, np.full(len(self._place), self._right_most()))
        constraints = LinearConstraint(self._matrix, self._right, self._right) if len(self._right) else ()
        found = milp(goal, integrality=np.ones(len(goal)), bounds=bounds, constraints=constraints)
        if found.x is None:
            raise AssertionError(f"the true counts are a solution: {found.message}")
        solution = np.round(found.x)
        self._low, self._high = np.minimum(self._low, solution), np.maximum(self._high, solution)

    def _right_most(self) -> float:
        """Return a bound that no count of the tables reaches."""
        return float(np.abs(self._right).sum() + self._high.sum() + 1_000)
