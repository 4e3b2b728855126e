"""Small counts are withheld, and none of what is withheld can be computed from what is shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from govkit.ledgers.mask import SMALL, suppress, suppress_list

TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=5)
)


def range_of(full: pd.DataFrame, withheld: pd.DataFrame, row: int, column: int) -> tuple[float, float]:
    """Return the bounds of a cell that follow from the shown cells and totals."""
    rows, columns = full.shape
    at = {(i, j): i * columns + j for i in range(rows) for j in range(columns)}
    sums, results = [], []
    for i in range(rows):
        sums.append({at[i, j]: 1 if j < columns - 1 else -1 for j in range(columns)})
        results.append(0)
    for j in range(columns):
        sums.append({at[i, j]: 1 if i < rows - 1 else -1 for i in range(rows)})
        results.append(0)
    for (i, j), place in at.items():
        if not withheld.iloc[i, j]:
            sums.append({place: 1})
            results.append(int(full.to_numpy()[i, j]))
    matrix = np.zeros((len(sums), rows * columns))
    for number, line in enumerate(sums):
        for place, factor in line.items():
            matrix[number, place] = factor
    goal = np.zeros(rows * columns)
    goal[at[row, column]] = 1
    least = linprog(goal, A_eq=matrix, b_eq=results, bounds=(0, 10_000))
    greatest = linprog(-goal, A_eq=matrix, b_eq=results, bounds=(0, 10_000))
    assert least.success
    assert greatest.success
    return least.fun, -greatest.fun


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_no_withheld_cell_is_certain(rows: list[list[int]]) -> None:
    result = suppress(pd.DataFrame(rows))
    for i, j in zip(*np.nonzero(result.withheld.to_numpy()), strict=True):
        least, greatest = range_of(result.full, result.withheld, int(i), int(j))
        assert greatest - least > 0.5


@settings(deadline=None)
@given(TABLES)
def test_every_small_count_is_withheld(rows: list[list[int]]) -> None:
    result = suppress(pd.DataFrame(rows))
    small = (result.full >= 1) & (result.full <= SMALL)
    assert not (small & ~result.withheld).to_numpy().any()


@settings(deadline=None)
@given(TABLES)
def test_a_table_without_small_counts_is_shown_whole(rows: list[list[int]]) -> None:
    result = suppress(pd.DataFrame(rows) * (SMALL + 1))
    assert not result.withheld.to_numpy().any()


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([5, 7, 9], ["5", "7", "9", "21"]),
        ([1, 7, 9], ["*", "*", "9", "17"]),  # the next smallest goes with it
        ([1, 2, 9], ["*", "*", "9", "12"]),  # two small ones protect each other
        ([0, 2, 9], ["0", "*", "*", "11"]),  # a zero reveals nothing and protects nothing
        ([2, 0], ["*", "0", "*"]),  # the total would be the cell
        ([4, 0], ["4", "0", "4"]),  # just above the limit
        ([3, 4, 5], ["*", "*", "5", "12"]),  # the limit itself is small
        ([0, 0], ["0", "0", "0"]),
        ([1], ["*", "*"]),
    ],
)
def test_a_list(counts: list[int], shown: list[str]) -> None:
    assert suppress_list(pd.Series(counts)).tolist() == shown


def test_a_table_with_one_small_cell_hides_a_rectangle() -> None:
    result = suppress(pd.DataFrame([[1, 20, 30], [10, 40, 50], [60, 70, 80]]))
    assert result.withheld.to_numpy().tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, False, False],
        [False, False, False, False],
    ]


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        suppress(pd.DataFrame([[-1]]))
