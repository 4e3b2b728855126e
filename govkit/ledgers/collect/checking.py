"""Checking of many units' rows at once: a check costs more for each call than for each row."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise

from govkit.ledgers.check import Checked, Intake
from govkit.ledgers.read.table import Table


def checked_together(
    units: Mapping[str, Sequence[Table]], check: Callable[[Sequence[Table]], Intake]
) -> dict[str, Intake]:
    """Return the checked rows of the units whose rows have no problem beside those of all others.

    A unit that is left out has to be checked by itself: it has a problem, or shares a number with another unit.

    :param units: unit → its tables.
    :param check: checks tables as one import.
    """
    owner = {table.file: unit for unit, tables in units.items() for table in tables}
    together = check([table for tables in units.values() for table in tables])
    touched = {owner.get(problem.where.source, "") for problem in together.problems}
    if "" in touched:
        return {}
    parts: dict[str, list[Checked]] = {unit: [] for unit in units if unit not in touched}
    for checked in together.ledgers:
        code = checked.ledger.code
        owners = [unit for unit, tables in units.items() for table in tables if table.ledger.code == code]
        bounds = pairwise(accumulate(checked.tables, initial=0))
        rows: dict[str, list[tuple[int, int]]] = {}
        for unit, bound in zip(owners, bounds, strict=True):
            rows.setdefault(unit, []).append(bound)
        for unit, spans in rows.items():
            if unit in parts:
                first, last = spans[0][0], spans[-1][1]
                sizes = tuple(end - start for start, end in spans)
                frame = checked.accepted.iloc[first:last].reset_index(drop=True)
                parts[unit].append(Checked(checked.ledger, frame, (), (), sizes))
    return {unit: Intake((), tuple(found)) for unit, found in parts.items()}
