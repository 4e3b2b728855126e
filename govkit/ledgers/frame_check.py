"""The check of typed rows against their declaration: blanks, ranges, keys, days and rules."""

import datetime as dt
from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from govkit.core.i18n import gettext as _
from govkit.ledgers.columns import Failure
from govkit.ledgers.declare import Column, Ledger, Rule

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

EARLIEST = dt.date(1980, 1, 1)


def check_frame(
    ledger: Ledger, frame: pd.DataFrame, today: dt.date | None = None, unreadable: Collection[tuple[int, str]] = ()
) -> list[Failure]:
    """Return what typed rows break of the declaration: blanks, ranges, keys, days and row rules.

    :param unreadable: rows and columns that are blank because they could not be read, which is reported already.
    """
    return [
        *_blanks(ledger, frame, unreadable),
        *_column_failures(ledger, frame),
        *_future_or_ancient(ledger, frame, today or dt.date.today()),
        *(failure for rule in ledger.rules for failure in _rule_failures(rule, frame)),
    ]


@cache
def schema_of(ledger_code: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> "DataFrameSchema":
    """Return the pandera schema of a declaration: dtypes, ranges and the key; blanks are looked for beside it."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {column.name: pa.Column(column.dtype, list(_value_checks(column)), nullable=True) for column in columns},
        unique=list(key),
        name=ledger_code,
        strict=True,
    )


def _value_checks(column: Column) -> Iterator["Check"]:
    import pandera.pandas as pa

    if column.minimum is not None:
        yield pa.Check.ge(column.minimum, name="minimum", error="minimum")
    if column.maximum is not None:
        yield pa.Check.le(column.maximum, name="maximum", error="maximum")


def _blanks(ledger: Ledger, frame: pd.DataFrame, unreadable: Collection[tuple[int, str]]) -> Iterator[Failure]:
    for column in (column for column in ledger.columns if column.required):
        words = (
            _("“{column}” is blank").format(column=column.title),
            _("Fill it in; this column may not be left blank"),
        )
        for row in np.flatnonzero(frame[column.name].isna().to_numpy(dtype=bool)).tolist():
            if (row, column.name) not in unreadable:
                yield Failure(row, column.name, *words)


def _column_failures(ledger: Ledger, frame: pd.DataFrame) -> Iterator[Failure]:
    import pandera.errors as pe

    try:
        schema_of(ledger.code, ledger.columns, ledger.key).validate(frame[ledger.names], lazy=True)
    except pe.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return
    repeated = cases["check"] == "multiple_fields_uniqueness"
    rows = cases.loc[repeated, "index"].dropna().drop_duplicates().astype(int)
    keys = frame.loc[rows, list(ledger.key)].dropna()
    for row, values in zip(keys.index, keys.itertuples(index=False), strict=True):
        yield Failure(
            int(row),
            ledger.key[-1],
            _("“{value}” stands there more than once; it must be unique").format(value="、".join(map(shown, values))),
            _("Delete the repeated row, or give it a number of its own"),
        )
    single = cases[~repeated & cases["index"].notna()]
    said: dict[tuple[str, str, str], tuple[str, str]] = {}  # the same words for many rows
    for check, name, value, row in single[["check", "column", "failure_case", "index"]].itertuples(index=False):
        words = (check, name, str(value))
        if words not in said:
            said[words] = _range_failure(check, ledger[name], value)
        yield Failure(int(row), name, *said[words])


def _range_failure(check: str, column: Column, value: object) -> tuple[str, str]:
    match check:
        case "minimum":
            return (
                _("{value} is too small").format(value=shown(value)),
                _("Write a number not below {limit}").format(limit=shown(column.minimum)),
            )
        case "maximum":
            return (
                _("{value} is too large").format(value=shown(value)),
                _("Write a number not above {limit}").format(limit=shown(column.maximum)),
            )
    raise AssertionError(check)


def _future_or_ancient(ledger: Ledger, frame: pd.DataFrame, today: dt.date) -> Iterator[Failure]:
    for column in ledger.columns:
        if column.kind != "date" or not len(frame):
            continue
        days = frame[column.name]
        wrong = (days < pd.Timestamp(EARLIEST)) | (days > pd.Timestamp(today))
        for row in np.flatnonzero(wrong.to_numpy(dtype=bool)):
            yield Failure(
                int(row),
                column.name,
                _("{day} cannot be right: it lies before {earliest} or in the future").format(
                    day=shown(days.iloc[row]), earliest=EARLIEST.year
                ),
                _("Correct the year"),
            )


def _rule_failures(rule: Rule, frame: pd.DataFrame) -> Iterator[Failure]:
    if frame.empty:
        return
    watched = _Watched(frame)
    holds = rule.holds(cast(pd.DataFrame, watched)).fillna(True).to_numpy(dtype=bool)
    for row in np.flatnonzero(~holds):
        values = {name: shown(frame.at[frame.index[int(row)], name]) for name in frame.columns}
        yield Failure(
            int(row),
            rule.columns[0],
            rule.what.format(**values),
            rule.repair.format(**values),
            rule.severity,
            (*rule.columns, *watched.seen),
        )


class _Watched:
    """A frame that records which columns a rule reads, since a rule is not checked where one is unreadable."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.seen: dict[str, None] = {}

    def __getitem__(self, column: str) -> pd.Series:
        self.seen[column] = None
        return self.frame[column]

    def __getattr__(self, name: str) -> object:
        return getattr(self.frame, name)


def shown(value: object) -> str:
    """Return a typed value as messages quote it.

    >>> shown(3.0), shown(dt.date(2015, 9, 1)), shown(None)
    ('3', '2015-09-01', '（空）')
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return _("(blank)")
    if isinstance(value, pd.Timestamp | dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
