"""The checker: from raw tables to typed rows and all their problems."""

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from govkit.core.errors import InputError, Problem, Severity, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad, is_blank, reader
from govkit.ledgers.declare import Column, Ledger, Rule
from govkit.ledgers.indicator import Frames
from govkit.ledgers.places import Places
from govkit.ledgers.read.layout import Table, find_table
from govkit.ledgers.read.platform_export import Platform, translated
from govkit.ledgers.read.sheets import read_sheets, source_names

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

EXAMPLES = 3


def dangling(ledgers: Iterable[Ledger], frames: Frames) -> list[Problem]:
    """Return a warning for each column that refers to rows that do not exist; nothing is refused."""
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


EARLIEST = dt.date(1980, 1, 1)
_SIMPLE = r"[0-9A-Za-z][-0-9A-Za-z]{0,99}"
"""Text that needs no normalisation, such as running numbers, which are many since they never repeat."""


@dataclass(frozen=True)
class Checked:
    """One ledger's rows from all files of an import; accepted and refused rows together are all rows that were read.

    :ivar accepted: the typed rows without an error.
    :ivar refused: the places of the other rows.
    :ivar problems: the problems of these rows and their header.
    :ivar tables: how many accepted rows each table gave, in their order.
    """

    ledger: Ledger
    accepted: pd.DataFrame
    refused: tuple[Where, ...]
    problems: tuple[Problem, ...]
    tables: tuple[int, ...] = ()

    @property
    def rows_in(self) -> int:
        """The number of rows that were read."""
        return len(self.accepted) + len(self.refused)


@dataclass(frozen=True)
class Intake:
    """The content of a set of files: rows by ledger, and every problem."""

    sources: tuple[Path, ...]
    ledgers: tuple[Checked, ...]
    file_problems: tuple[Problem, ...] = field(default=())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, errors and warnings, in the order of files and rows."""
        return (*self.file_problems, *(problem for checked in self.ledgers for problem in checked.problems))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which an import is refused."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def check_files(
    paths: Sequence[Path],
    ledgers: Iterable[Ledger],
    places: Places,
    today: dt.date | None = None,
    *,
    platform: Platform | None = None,
    corrected: Callable[[Table], Table] | None = None,
) -> Intake:
    """Read and check ledger files; nothing is written, and problems are returned, not raised.

    :param paths: ``.xlsx`` and ``.csv`` files.
    :param ledgers: the ledgers that their sheets may hold.
    :param places: the register of places.
    :param today: the day after which dates lie in the future; today by default.
    :param platform: read the files as exports of this platform.
    :param corrected: applies the store's corrections to a table, see :mod:`govkit.ledgers.corrections`.

    >>> from govkit.core.files import shipped
    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> intake = check_files([*shipped("data/sample").glob("*阳庙镇*.xlsx")], ledgers().values(), shipped_places())
    >>> len(intake.errors), sum(len(checked.accepted) for checked in intake.ledgers) > 1000
    (0, True)
    """
    known = [platform.ledger] if platform else list(ledgers)
    problems: list[Problem] = []
    tables: dict[str, list[Table]] = {}
    for path, source in source_names(paths).items():
        try:
            sheets = read_sheets(path)
            if platform:
                sheets = {name: translated(platform, source, name, cells) for name, cells in sheets.items()}
            found = [find_table(source, name, cells, known) for name, cells in sheets.items()]
        except InputError as error:
            problems += (replace(one, where=replace(one.where, source=source)) for one in error.problems)
            continue
        problems += [item for item in found if isinstance(item, Problem)]
        for table in (item for item in found if isinstance(item, Table)):
            tables.setdefault(table.ledger.code, []).append(corrected(table) if corrected else table)
        if not any(isinstance(item, Table | Problem) for item in found):
            problems.append(_no_ledger(source))
    checked = [check_tables(group[0].ledger, group, places, today) for group in tables.values()]
    return Intake(tuple(paths), tuple(checked), tuple(problems))


def check_tables(ledger: Ledger, tables: Sequence[Table], places: Places, today: dt.date | None = None) -> Checked:
    """Check one ledger's rows from one or several tables; keys must be unique over all of them."""
    parts = [_typed(table, places) for table in tables]
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    origin = _Origin(parts)
    unreadable: set[tuple[int, str]] = set()
    failures: list[_Failure] = []
    for start, part in zip(origin.starts, parts, strict=True):
        failures += [_Failure(f.row + start, f.column, f.what, f.repair) for f in part.failures]
        unreadable |= {(f.row + start, f.column) for f in part.failures}
        failures += _wrong_year(part.table, frame.iloc[start : start + len(part.rows)], start)
    failures += [
        failure
        for failure in check_frame(ledger, frame, today, unreadable)
        if not any((failure.row, column) in unreadable for column in (failure.column, *failure.touched))
        and not _reported_with_the_header(failure, ledger, origin)
    ]
    return _checked(ledger, tables, frame, origin, failures)


def check_record(ledger: Ledger, values: Mapping[str, object], places: Places, today: dt.date | None = None) -> Checked:
    """Check one row that a person entered; a problem's place is the ledger and the column's title.

    :param values: code name → text as it was written; a column that is absent is blank.

    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> checked = check_record(ledgers()["grids"], {"grid_id": "W1", "place": "马村"}, shipped_places())
    >>> [problem.where.part for problem in checked.problems]
    ['网格名称', '划定日期']
    """
    cells = pd.DataFrame({name: pd.Series([values.get(name)], index=[1], dtype=object) for name in ledger.names})
    letters = {column.name: column.title for column in ledger.columns}
    return check_tables(ledger, [_Record(ledger, "", ledger.title, letters, cells, None)], places, today)


class _Record(Table):
    """One row that is on no sheet; its cells are named by their titles."""

    def where(self, row: int, column: str) -> Where:  # noqa: ARG002 - there is only one row
        return Where(self.sheet, self.letters[column])


def _reported_with_the_header(failure: "_Failure", ledger: Ledger, origin: "_Origin") -> bool:
    """Return whether the column is missing from the row's sheet, which is reported once for the sheet."""
    return ledger[failure.column].required and failure.column not in origin[failure.row][0].letters


def check_frame(
    ledger: Ledger, frame: pd.DataFrame, today: dt.date | None = None, unreadable: Collection[tuple[int, str]] = ()
) -> list["_Failure"]:
    """Return what typed rows break of the declaration: blanks, ranges, keys, days and row rules.

    :param unreadable: rows and columns that are blank because they could not be read, which is reported already.
    """
    return [
        *_blanks(ledger, frame, unreadable),
        *_column_failures(ledger, frame),
        *_future_or_ancient(ledger, frame, today or dt.date.today()),
        *(failure for rule in ledger.rules for failure in _rule_failures(rule, frame)),
    ]


@dataclass(frozen=True, slots=True)
class _Failure:
    row: int
    column: str
    what: str
    repair: str
    severity: Severity = "error"
    touched: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    table: Table
    frame: pd.DataFrame
    rows: pd.Index
    failures: list[_Failure]


class _Origin:
    """The table and row number from which each row of several concatenated tables comes."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = parts
        self.starts = list(accumulate((len(part.rows) for part in parts[:-1]), initial=0))
        self.numbers = [part.rows.to_numpy() for part in parts]

    def __getitem__(self, row: int) -> tuple[Table, int]:
        number = bisect_right(self.starts, row) - 1 if len(self.starts) > 1 else 0
        return self.parts[number].table, int(self.numbers[number][row - self.starts[number]])


def _typed(table: Table, places: Places) -> _Part:
    failures: list[_Failure] = []
    columns: dict[str, pd.Series] = {}
    for column in table.ledger.columns:
        if column.name in table.rows:
            columns[column.name], bad = _typed_column(table.rows[column.name], column, places)
            failures += bad
        else:
            columns[column.name] = pd.Series([None] * len(table.rows), dtype=column.dtype)
    return _Part(table, pd.DataFrame(columns, index=range(len(table.rows))), table.rows.index, failures)


def _typed_column(raw: pd.Series, column: Column, places: Places) -> tuple[pd.Series, list[_Failure]]:
    """Return a column's typed values and failures, reading each distinct cell once since most repeat."""
    if column.kind == "text" and isinstance(raw.dtype, pd.StringDtype) and raw.str.fullmatch(_SIMPLE).all():
        return raw.astype(pd.api.types.pandas_dtype(column.dtype)).reset_index(drop=True), []
    read = reader(column, places)
    codes, distinct = pd.factorize(raw, use_na_sentinel=False)
    values = [None if is_blank(cell) else read(cell) for cell in distinct]
    bad = np.array([isinstance(value, Bad) for value in values], dtype=bool)
    good = pd.Series([None if isinstance(value, Bad) else value for value in values], dtype=object)
    typed = _as_dtype(good, column).take(codes).reset_index(drop=True)
    failures = [
        _Failure(int(row), column.name, values[codes[row]].what, values[codes[row]].repair)
        for row in np.flatnonzero(bad[codes])
    ]
    return typed, failures


def _as_dtype(values: pd.Series, column: Column) -> pd.Series:
    typed = pd.to_datetime(values, errors="coerce") if column.kind == "date" else values
    return typed.astype(pd.api.types.pandas_dtype(column.dtype))


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


def _blanks(ledger: Ledger, frame: pd.DataFrame, unreadable: Collection[tuple[int, str]]) -> Iterator[_Failure]:
    for column in (column for column in ledger.columns if column.required):
        words = (
            _("“{column}” is blank").format(column=column.title),
            _("Fill it in; this column may not be left blank"),
        )
        for row in np.flatnonzero(frame[column.name].isna().to_numpy(dtype=bool)).tolist():
            if (row, column.name) not in unreadable:
                yield _Failure(row, column.name, *words)


def _column_failures(ledger: Ledger, frame: pd.DataFrame) -> Iterator[_Failure]:
    import pandera.errors as pe

    try:
        schema_of(ledger.code, ledger.columns, ledger.key).validate(frame[ledger.names], lazy=True)
    except pe.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return
    repeated = cases["check"] == "multiple_fields_uniqueness"
    for row in cases.loc[repeated, "index"].dropna().drop_duplicates():
        values = frame.loc[int(row), list(ledger.key)]
        if values.notna().all():
            yield _Failure(
                int(row),
                ledger.key[-1],
                _("“{value}” stands there more than once; it must be unique").format(
                    value="、".join(map(shown, values))
                ),
                _("Delete the repeated row, or give it a number of its own"),
            )
    single = cases[~repeated & cases["index"].notna()]
    said: dict[tuple[str, str, str], tuple[str, str]] = {}  # the same words for many rows
    for check, name, value, row in single[["check", "column", "failure_case", "index"]].itertuples(index=False):
        words = (check, name, str(value))
        if words not in said:
            said[words] = _range_failure(check, ledger[name], value)
        yield _Failure(int(row), name, *said[words])


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


def _future_or_ancient(ledger: Ledger, frame: pd.DataFrame, today: dt.date) -> Iterator[_Failure]:
    for column in ledger.columns:
        if column.kind != "date" or not len(frame):
            continue
        days = frame[column.name]
        wrong = (days < pd.Timestamp(EARLIEST)) | (days > pd.Timestamp(today))
        for row in np.flatnonzero(wrong.to_numpy(dtype=bool)):
            yield _Failure(
                int(row),
                column.name,
                _("{day} cannot be right: it lies before {earliest} or in the future").format(
                    day=shown(days.iloc[row]), earliest=EARLIEST.year
                ),
                _("Correct the year"),
            )


def _wrong_year(table: Table, frame: pd.DataFrame, start: int) -> Iterator[_Failure]:
    if table.year is None or table.ledger.standing or frame.empty:
        return
    days = frame[table.ledger.dated]
    wrong = days.notna() & (days.dt.year != table.year)
    for row in np.flatnonzero(wrong.to_numpy(dtype=bool)):
        yield _Failure(
            start + int(row),
            table.ledger.dated,
            _("{day} is not in {year}, the year this ledger is for").format(day=shown(days.iloc[row]), year=table.year),
            _("Correct the year, or move the row to the ledger of its own year"),
        )


def _rule_failures(rule: Rule, frame: pd.DataFrame) -> Iterator[_Failure]:
    if frame.empty:
        return
    watched = _Watched(frame)
    holds = rule.holds(cast(pd.DataFrame, watched)).fillna(True).to_numpy(dtype=bool)
    for row in np.flatnonzero(~holds):
        values = {name: shown(frame.at[frame.index[int(row)], name]) for name in frame.columns}
        yield _Failure(
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


def _checked(
    ledger: Ledger,
    tables: Sequence[Table],
    frame: pd.DataFrame,
    origin: _Origin,
    failures: Iterable[_Failure],
) -> Checked:
    problems = [problem for table in tables for problem in table.problems]
    broken = any(problem.severity == "error" for problem in problems)
    refused = set(range(len(frame))) if broken else set()
    for failure in sorted(failures, key=lambda f: f.row):
        table, row = origin[failure.row]
        problems.append(Problem(table.where(row, failure.column), failure.what, failure.repair, failure.severity))
        if failure.severity == "error":
            refused.add(failure.row)
    accepted = frame.drop(index=sorted(refused)).reset_index(drop=True)
    lost = Counter(bisect_right(origin.starts, row) - 1 for row in refused)
    sizes = tuple(len(part.rows) - lost[number] for number, part in enumerate(origin.parts))
    wheres = tuple(table.where(row, ledger.key[0]) for table, row in map(origin.__getitem__, sorted(refused)))
    return Checked(ledger, accepted, wheres, tuple(problems), sizes)


def _no_ledger(source: str) -> Problem:
    return Problem(
        Where(source),
        _("The workbook holds no ledger sheet"),
        _("Fill in the sheets of the template and import that workbook"),
    )


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
