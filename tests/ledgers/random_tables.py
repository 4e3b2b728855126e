"""Random linked tables and the attack on them: ``python -m tests.ledgers.random_tables 1000``.

Each system has a table of units by states, a table of the same units by another division (the totals are shared), the
year to date of the month before, and some cells that were shown before.
"""

import sys
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govkit.ledgers.disclosure import SMALL, Attack, Counts, Unprotectable


@dataclass(frozen=True)
class Found:
    """What an attack found: cells, withheld ones, small ones, recovered ones, and whether the tables were withheld."""

    cells: int
    withheld: int
    small: int
    recovered: int
    impossible: bool


def linked(chance: np.random.Generator) -> Counts:
    """Return the counts of linked tables of a random size."""
    units = [f"村{i}" for i in range(chance.integers(2, 7))]
    states, kinds = (list(range(chance.integers(2, 5))) for _each in range(2))
    cube = chance.negative_binomial(1, 0.12, (len(units), len(states), len(kinds)))
    counts = Counts()
    counts.add(
        "按状态", pd.DataFrame(cube.sum(axis=2), units, states), lambda u, s: ("状态", u, s) if s != "合计" else (u,)
    )
    counts.add(
        "按类别", pd.DataFrame(cube.sum(axis=1), units, kinds), lambda u, k: ("类别", u, k) if k != "合计" else (u,)
    )
    if chance.random() < 0.5:
        _add_month_before(counts, cube.sum(axis=2), units, states, chance)
    return counts


def _add_month_before(
    counts: Counts, now: np.ndarray, units: list[str], states: list[int], chance: np.random.Generator
) -> None:
    """Add the year to date of the month before, which was protected and shown then."""
    before = chance.binomial(now, 0.8)
    earlier = Counts()
    earlier.add("上月", pd.DataFrame(before, units, states), lambda u, s: ("上月", u, s))
    withheld = earlier.protected()
    counts.add("上月", pd.DataFrame(before, units, states), lambda u, s: ("上月", u, s))
    counts.shown |= set(earlier.values) - withheld


def attacked(counts: Counts) -> Found:
    """Return what an attack on protected counts recovers; impossible tables are withheld, so nothing is recovered."""
    small = sum(1 <= value <= SMALL for value in counts.values.values())
    try:
        withheld = counts.protected()
    except Unprotectable:
        return Found(len(counts.values), len(counts.values), small, 0, impossible=True)
    attack = Attack(counts.values, counts.sums, withheld)
    secret = [cell for cell in withheld if 1 <= counts.values[cell] <= SMALL]
    recovered = sum(attack.smallest(cell) == attack.largest(cell) for cell in secret)
    return Found(len(counts.values), len(withheld), small, recovered, impossible=False)


def main(count: int) -> None:
    """Attack so many random systems of linked tables and print the figures."""
    started = time.perf_counter()
    found = [attacked(linked(np.random.default_rng(seed))) for seed in range(count)]
    seconds = time.perf_counter() - started
    sums = [
        sum(getattr(one, name) for one in found) for name in ("cells", "small", "withheld", "recovered", "impossible")
    ]
    sys.stdout.write(
        "{} systems: {} cells, {} small, {} withheld, {} recovered, {} impossible; {:.0f} ms each\n".format(
            count, *sums, 1000 * seconds / count
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
