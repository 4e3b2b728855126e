"""Rows that speak of rows of another ledger: what they name and is not there is told, and refuses nothing."""

from collections.abc import Iterable, Iterator

from govkit.errors import Problem, Where
from govkit.i18n import gettext as _
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.indicator import Frames

EXAMPLES = 3


def dangling(ledgers: Iterable[Ledger], frames: Frames) -> list[Problem]:
    """Return a warning for each column whose cells name rows that another ledger does not hold."""
    return [
        problem
        for ledger in ledgers
        for column in ledger.columns
        if column.refers_to
        for problem in _missing(ledger, column, frames)
    ]


def _missing(ledger: Ledger, column: Column, frames: Frames) -> Iterator[Problem]:
    assert column.refers_to  # noqa: S101 - the caller looked
    other, key = column.refers_to
    named = frames[ledger.code][column.name].dropna()
    lost = named[~named.isin(frames[other][key])].drop_duplicates()
    if lost.empty:
        return
    yield Problem(
        Where(ledger.title, column.title),
        _("{count} numbers are not in the ledger they refer to, such as {examples}").format(
            count=len(lost), examples="、".join(lost.head(EXAMPLES))
        ),
        _("Add the missing rows to that ledger, or correct the numbers"),
        severity="warning",
    )
