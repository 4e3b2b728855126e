"""Rows of totals, checked against the rows that they add up."""

from collections.abc import Container, Iterator

import pandas as pd

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Said, is_blank, reader
from govkit.ledgers.declare import Column
from govkit.ledgers.places import Places
from govkit.ledgers.read.table import Table


def wrong_totals(table: Table, frame: pd.DataFrame, unread: Container[str]) -> Iterator[Problem]:
    """Yield a warning for each number in a row of totals that its rows do not add up to.

    :param frame: the table's typed rows.
    :param unread: columns with cells that could not be read, whose sums are unknown.
    """
    numbers = table.rows.index.to_numpy()
    for total in table.totals:
        inside = (numbers >= total.rows[0]) & (numbers <= total.rows[1])
        for column in table.ledger.columns:
            raw = total.values.get(column.name)
            if is_blank(raw) or column.name in unread or not _adds_up(total.label, column):
                continue
            stated = reader(column, Places(()), None, table.scales.get(column.name))(raw)
            stated = stated.value if isinstance(stated, Said) else stated
            summed = float(frame[column.name][inside].sum())
            if isinstance(stated, int | float) and abs(float(stated) - summed) > 1e-6 * max(1.0, abs(summed)):
                yield Problem(
                    table.where(total.row, column.name),
                    _("“{label}” says {stated}, but its rows add up to {summed}").format(
                        label=total.label, stated=f"{float(stated):.15g}", summed=f"{round(summed, 6):.15g}"
                    ),
                    _("Find the row that is missing or wrong, or correct the total"),
                    severity="warning",
                )


def _adds_up(label: str, column: Column) -> bool:
    """Return whether the numbers of a column are added up in a row of totals: neither shares nor averages are."""
    added = column.kind in {"integer", "number"} and column.unit not in {"%", "分"}
    return added and not any(word in label for word in ("平均", "均值"))
