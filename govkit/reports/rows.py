"""Rows of a ledger up to a month's end, and their counts by unit.

A month's report does not use what happened later: later rows are left out, later days are blank.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pandas as pd

from govkit.figures.reported import UNREPORTED
from govkit.institutions import ledgers
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

UNIT = "单位"
TOTAL = "合计"
OWN = "本级"
"""The row of the place itself among the units below it."""
TERMS = frozenset({"due_on"})
"""Columns of deadlines, which are set in advance and stay even if they lie after the month."""


_Method = TypeVar("_Method", bound=Callable[..., Any])


def rests_on(*codes: str) -> Callable[[_Method], _Method]:
    """Return a decorator for a report's tables and sentences that are counted from the rows of some ledgers.

    A table then says over which units it is (:meth:`govkit.figures.figure.Figures.marked`). A sentence of a place of
    which nobody reported says that in place of its numbers.

    :param codes: the ledgers' codes.
    """

    def decorator(method: _Method) -> _Method:
        @wraps(method)
        def told(self: Any, *arguments: Any, **named: Any) -> Any:
            made = method(self, *arguments, **named)
            if isinstance(made, pd.DataFrame):
                return self.f.marked(made, *codes)
            return _of_those_reported(self.f, made, codes) if made else made

        return cast("_Method", told)

    return decorator


def _of_those_reported(f: "Figures", said: str, codes: Sequence[str]) -> str:
    """Return a sentence; what it denies holds for the units only that have reported."""
    words = f.rests_on(*codes).words
    denied = "没有" in said and bool(words)
    return unreported(f, *codes) or (f"已报送的单位（{words}）：{said}" if denied else said)


def unreported(f: "Figures", *codes: str) -> str:
    """Return the sentence that nobody of the place has reported some ledgers this year; empty where anybody has."""
    if not f.rests_on(*codes).silent:
        return ""
    named = "、".join(ledgers()[code].title for code in codes)
    return f"{f.period.year_to_date().label}{named}{UNREPORTED}。"


def known(f: "Figures", code: str) -> pd.DataFrame:
    """Return the place's rows of a ledger up to the month's end, later days blank, apart from deadlines."""
    ledger, frame = ledgers()[code], of_place(f.snapshot.frames[code], f.place)
    end = pd.Timestamp(f.period.end)
    frame = frame[frame[ledger.dated] <= end].copy()
    for column in ledger.columns:
        if column.kind == "date" and column.name not in TERMS:
            frame[column.name] = frame[column.name].where(frame[column.name] <= end)
    return frame


def of_place(frame: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the rows of a place and what lies below it."""
    column = {"township": "township", "village": "place"}.get(place.level)
    return frame if column is None else frame[frame[column] == place.code]


def within(frame: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    """Return the rows whose day lies in a period."""
    inside = (frame[column] >= pd.Timestamp(period.start)) & (frame[column] <= pd.Timestamp(period.end))
    return frame[inside.fillna(value=False).astype(bool)]


def units(f: "Figures") -> list[Place]:
    """Return the units one level below the place; the village itself for a village."""
    return f.snapshot.places.at(f.unit_level, f.place.code) if f.unit_level else [f.place]


def unit_codes(f: "Figures", frame: pd.DataFrame) -> pd.Series:
    """Return the code of the unit that each row counts for in a table of :func:`units`."""
    return frame["township"] if f.place.level == "district" else frame["place"]


def tally(
    f: "Figures", frame: pd.DataFrame, groups: pd.Series, order: Sequence[Any], total: str = TOTAL
) -> pd.DataFrame:
    """Return a row per unit with the count of its rows in each group, their sum, and a last row for all.

    Rows of the place itself, which belong to no unit below it, are counted in a row of their own, if there are any.
    """
    codes = unit_codes(f, frame)
    wanted = [place.code for place in units(f)]
    own = [f.place.code] if f.unit_level and (codes == f.place.code).any() else []
    counts = pd.crosstab(codes, groups).reindex(index=own + wanted, columns=list(order), fill_value=0)
    counts[total] = counts.sum(axis=1)
    counts.index = pd.Index([OWN if code in own else f.snapshot.places.names[code] for code in counts.index])
    if f.unit_level:
        counts.loc[TOTAL] = counts.sum()
    return counts.rename_axis(columns=None).reset_index(names=UNIT)


def with_last(table: pd.DataFrame, *cells: str | float) -> pd.DataFrame:
    """Return a table with one more row."""
    table = table.reset_index(drop=True)
    table.loc[len(table)] = list(cells)
    return table


def with_sums(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a last row that sums its whole numbers; its first column names the rows."""
    return with_last(table, TOTAL, *table.iloc[:, 1:].sum().astype("int64").tolist())


def counted(groups: pd.Series, order: Sequence[Any], heading: str, count: str) -> pd.DataFrame:
    """Return a row per group of ``order`` with its count, zeros included."""
    counts = groups.value_counts().reindex(list(order), fill_value=0)
    return pd.DataFrame({heading: list(order), count: counts.astype("int64").tolist()})
