"""Withheld counts: an integer programme attacks what is shown of random, linked, monthly and earlier tables."""

import numpy as np
import pandas as pd
import pytest

from govkit.ledgers.disclosure import SMALL, Attack, Counts, Unprotectable
from tests.ledgers.random_tables import attacked, linked


def table(rows: list[list[int]]) -> Counts:
    counts = Counts()
    counts.add("表", pd.DataFrame(rows, index=[f"行{i}" for i in range(len(rows))]))
    return counts


CASES = {
    "nothing small": ([[9, 8], [7, 6]], 0),
    "one small count": ([[9, 2], [8, 7]], 4),
    "zeros are shown": ([[9, 0], [8, 7]], 0),
    "two small counts of one sum": ([[3, 1, 9]], None),
    "everything small": ([[1, 1], [1, 1]], None),
    "one cell": ([[2]], 4),
    "no counts": ([[0, 0]], 0),
}


@pytest.mark.parametrize("case", CASES)
def test_no_small_count_can_be_computed(case: str) -> None:
    rows, expected = CASES[case]
    counts = table(rows)
    withheld = counts.protected()
    assert counts.recovered(withheld) == []
    assert all(cell in withheld for cell, value in counts.values.items() if 1 <= value <= SMALL)
    if expected is not None:
        assert len(withheld) == expected


def test_the_small_cells_alone_are_recovered_so_the_attack_can_succeed() -> None:
    counts = table([[9, 2], [8, 7]])
    small = {cell for cell, value in counts.values.items() if 1 <= value <= SMALL}
    assert counts.recovered(small) == list(small)
    ((_cell, low, high),) = Attack(counts.values, counts.sums, small).ranges()
    assert (low, high) == (2, 2)


def test_two_tables_that_share_cells_are_protected_together() -> None:
    """Each table alone is safe; the column that both have would give the small count away."""
    first = pd.DataFrame({"办结": [9, 2, 8], "在办": [8, 7, 6]}, index=["甲", "乙", "丙"])
    alone = Counts()
    alone.add("一", first)
    withheld = alone.protected()
    both = Counts()
    both.add("一", first)
    others = [cell for cell in withheld if both.values[cell] > SMALL and "合计" not in str(cell)]
    both.shown |= set(others)  # an earlier publication showed what now would be withheld
    again = both.protected()
    assert not again & set(others)
    assert both.recovered(again) == []


def test_what_was_shown_before_can_make_a_table_impossible() -> None:
    counts = table([[9, 2], [8, 7]])
    counts.shown = {cell for cell, value in counts.values.items() if value > SMALL}
    with pytest.raises(Unprotectable) as refused:
        counts.protected()
    assert refused.value.tables == ("表",)


def test_a_month_that_is_the_difference_of_two_years_to_date_is_protected() -> None:
    counts = Counts()
    for month, done, open_ in ((8, 20, 9), (9, 22, 12)):
        frame = pd.DataFrame({"办结": [done], "在办": [open_]}, index=["本年"])
        counts.add(f"{month}月", frame, lambda row, column, month=month: (month, row, column))  # type: ignore[misc]
    for column, inside in (("办结", 2), ("在办", 3), ("合计", 5)):
        counts.values["九月", column] = inside
        counts.add_sum((9, "本年", column), [(8, "本年", column), ("九月", column)])
    counts.shown |= set(counts.tables["8月"])
    withheld = counts.protected()
    assert counts.recovered(withheld) == []
    assert (9, "本年", "办结") in withheld


def test_a_cell_cannot_have_two_counts() -> None:
    counts = table([[9, 8]])
    with pytest.raises(ValueError, match="two counts"):
        counts.add("另一张", pd.DataFrame([[1, 2]], index=["行0"]))
    with pytest.raises(ValueError, match="below zero"):
        table([[-1]])


@pytest.mark.parametrize("seed", range(3))
def test_random_linked_tables_are_not_recovered(seed: int) -> None:
    found = attacked(linked(np.random.default_rng(seed)))
    assert found.recovered == 0
    assert found.withheld > 0
