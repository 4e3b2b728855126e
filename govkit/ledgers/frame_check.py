"""The check of typed rows against their declaration: blanks, ranges, keys, days and rules."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from govkit.core.i18n import gettext as _
from govkit.ledgers.columns import Failure, alike
from govkit.ledgers.declare import Column, Ledger, Rule

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

EARLIEST = dt.date(1980, 1, 1)


def check_frame(
    ledger: Ledger,
    frame: pd.DataFrame,
    today: dt.date | None = None,
    unreadable: Mapping[str, np.ndarray] | None = None,
) -> list[Failure]:
    """Return what typed rows break of the declaration: blanks, ranges, keys, days and row rules.

    :param unreadable: column → which rows are blank because they could not be read, which is reported already.
    """
    if not len(frame):
        return []
    found = [
        *_blanks(ledger, frame),
        *_column_failures(ledger, frame),
        *_future_or_ancient(ledger, frame, today or dt.date.today()),
        *(failure for number, rule in enumerate(ledger.rules) for failure in _rule_failures(rule, frame, number)),
    ]
    return [left for failure in found if (left := _readable(failure, unreadable or {}))]


def _readable(failure: Failure, unreadable: Mapping[str, np.ndarray]) -> Failure | None:
    """Return a failure without the rows in which a column that it looks at is unreadable; None where none is left."""
    rows = failure.rows
    for column in {failure.column, *failure.touched}:
        if column in unreadable:
            rows = rows[~unreadable[column][rows]]
    return failure if len(rows) == len(failure.rows) else replace(failure, rows=rows) if len(rows) else None


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


def _blanks(ledger: Ledger, frame: pd.DataFrame) -> Iterator[Failure]:
    for column in (column for column in ledger.columns if column.required):
        rows = np.flatnonzero(frame[column.name].isna().to_numpy(dtype=bool))
        if len(rows):
            what = _("“{column}” is blank").format(column=column.title)
            yield Failure(rows, column.name, what, _("Fill it in; this column may not be left blank"), kind="blank")


def _column_failures(ledger: Ledger, frame: pd.DataFrame) -> Iterator[Failure]:
    import pandera.errors as pe

    try:
        schema_of(ledger.code, ledger.columns, ledger.key).validate(frame[ledger.names], lazy=True)
    except pe.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return
    repeated = cases["check"] == "multiple_fields_uniqueness"
    rows = np.unique(cases.loc[repeated, "index"].dropna().to_numpy(dtype=np.int64))
    yield from _repeated(ledger, frame.iloc[rows][list(ledger.key)].dropna())
    single = cases[~repeated & cases["index"].notna()]
    for (check, name), own in single.groupby(["check", "column"], sort=False):
        numbers = own["index"].to_numpy(dtype=np.int64)
        order = np.argsort(numbers)
        codes, values = pd.factorize(own["failure_case"].to_numpy()[order])
        for code, where, mixed in alike(numbers[order], codes):
            yield Failure(where, name, *_range_failure(check, ledger[name], values[code]), kind=check, mixed=mixed)


def _repeated(ledger: Ledger, keys: pd.DataFrame) -> Iterator[Failure]:
    """Yield a failure for each number that stands there more than once, without its first row."""
    words = ["、".join(map(shown, values)) for values in keys.itertuples(index=False, name=None)]
    codes, values = pd.factorize(np.array(words, dtype=object))
    for code, rows, mixed in alike(keys.index.to_numpy(dtype=np.int64), codes):
        what = _("“{value}” stands there more than once; it must be unique").format(value=values[code])
        repair = _("Delete the repeated row, or give it a number of its own")
        yield Failure(rows, ledger.key[-1], what, repair, kind="repeated", mixed=mixed)


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
        if column.kind != "date":
            continue
        days = frame[column.name]
        rows = np.flatnonzero(((days < pd.Timestamp(EARLIEST)) | (days > pd.Timestamp(today))).to_numpy(dtype=bool))
        codes, values = pd.factorize(days.iloc[rows])
        for code, own, mixed in alike(rows, codes):
            what = _("{day} cannot be right: it lies before {earliest} or in the future").format(
                day=shown(values[code]), earliest=EARLIEST.year
            )
            yield Failure(own, column.name, what, _("Correct the year"), kind="day", mixed=mixed)


def _rule_failures(rule: Rule, frame: pd.DataFrame, number: int) -> Iterator[Failure]:
    watched = _Watched(frame)
    holds = rule.holds(cast(pd.DataFrame, watched)).fillna(True).to_numpy(dtype=bool)
    rows = np.flatnonzero(~holds)
    if not len(rows):
        return
    named = [name for words in (rule.what, rule.repair) for _t, name, _f, _c in Formatter().parse(words) if name]
    quoted = frame[list(dict.fromkeys(named))].iloc[rows]
    codes: np.ndarray = np.zeros_like(rows)
    if named:
        codes = quoted.groupby(list(quoted.columns), sort=False, dropna=False).ngroup().to_numpy()
    for _code, own, mixed in alike(rows, codes):
        values = {name: shown(frame.at[frame.index[int(own[0])], name]) for name in quoted.columns.astype(str)}
        words = rule.what.format(**values), rule.repair.format(**values)
        touched = (*rule.columns, *watched.seen)
        yield Failure(own, rule.columns[0], *words, rule.severity, f"rule {number}", touched, mixed)


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
