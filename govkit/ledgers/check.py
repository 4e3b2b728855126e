"""The checker: from raw tables to typed rows and all their problems."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import overload

import numpy as np
import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.causes import TOLD, Causes
from govkit.ledgers.cells import reader
from govkit.ledgers.columns import EXAMPLES, Failure, alike, typed_column
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.frame_check import check_frame, shown
from govkit.ledgers.indicator import Frames
from govkit.ledgers.places import Places
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.platform_export import Platform, translated
from govkit.ledgers.read.sheets import read_sheets, source_names
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from govkit.ledgers.totals import wrong_totals


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
    refused: Sequence[Where]
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
    settled: Mapping[tuple[str, str], str] | None = None,
) -> Intake:
    """Read and check ledger files; nothing is written, and problems are returned, not raised.

    :param paths: ``.xlsx`` and ``.csv`` files.
    :param ledgers: the ledgers that their sheets may hold.
    :param places: the register of places.
    :param today: the day after which dates lie in the future; today by default.
    :param platform: read the files as exports of this platform.
    :param corrected: applies the store's corrections to a table, see :mod:`govkit.ledgers.corrections`.
    :param settled: what the office settled about headings, see :func:`~govkit.ledgers.read.headings.read_mapping`.

    >>> from govkit.core.files import shipped
    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> intake = check_files([*shipped("data/sample").glob("*阳庙镇*.xlsx")], ledgers().values(), shipped_places())
    >>> len(intake.errors), sum(len(checked.accepted) for checked in intake.ledgers) > 1000
    (0, True)
    """
    vocabulary = Vocabulary([platform.ledger] if platform else ledgers, settled)
    problems: list[Problem] = []
    tables: list[Table] = []
    for path, source in source_names(paths).items():
        try:
            sheets = read_sheets(path)
            if platform:
                sheets = {name: translated(platform, source, sheet) for name, sheet in sheets.items()}
            found = [item for sheet in sheets.values() for item in find_tables(source, sheet, vocabulary)]
        except InputError as error:
            problems += (replace(one, where=replace(one.where, source=source)) for one in error.problems)
            continue
        if any(isinstance(item, Table) and len(item.rows) for item in found):
            found = [item for item in found if not _left_empty(item)]
        problems += [item for item in found if isinstance(item, Problem)]
        tables += (item for item in found if isinstance(item, Table))
        if not any(isinstance(item, Table | Problem) for item in found):
            problems.append(_no_ledger(source))
    known = vocabulary.ledgers
    return intake_of(paths, tables, problems, places, today, corrected=corrected, others=known)


def intake_of(
    paths: Sequence[Path],
    tables: Iterable[Table],
    problems: Iterable[Problem],
    places: Places,
    today: dt.date | None = None,
    *,
    corrected: Callable[[Table], Table] | None = None,
    others: Iterable[Ledger] = (),
) -> Intake:
    """Check tables that were found in files; problems are returned, not raised.

    :param paths: the files.
    :param problems: what is wrong with the files themselves.
    :param others: the ledgers that rows may belong to instead.
    """
    by_ledger: dict[str, list[Table]] = {}
    for table in tables:
        by_ledger.setdefault(table.ledger.code, []).append(corrected(table) if corrected else table)
    known = tuple(others)
    checked = [check_tables(group[0].ledger, group, places, today, known) for group in by_ledger.values()]
    return Intake(tuple(paths), tuple(checked), tuple(problems))


def _left_empty(item: Table | Problem) -> bool:
    """Return whether a sheet of a workbook with other ledgers was left as the template made it."""
    if isinstance(item, Table):
        return item.rows.empty
    return not item.where.item and item.where.part != "" and item.severity == "error"


def check_tables(
    ledger: Ledger,
    tables: Sequence[Table],
    places: Places,
    today: dt.date | None = None,
    others: Iterable[Ledger] = (),
) -> Checked:
    """Check one ledger's rows from one or several tables; keys must be unique over all of them.

    :param others: the ledgers that rows may belong to instead.
    """
    parts = [_typed(table, places) for table in tables]
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    origin = _Origin(parts)
    unreadable: dict[str, np.ndarray] = {}
    failures: list[Failure] = []
    for start, part in zip(origin.starts, parts, strict=True):
        moved = [replace(f, rows=f.rows + start) for f in part.failures]
        for failure in moved:
            if failure.severity == "error":
                unreadable.setdefault(failure.column, np.zeros(len(frame), dtype=bool))[failure.rows] = True
        failures += [*moved, *_wrong_year(part.table, frame.iloc[start : start + len(part.rows)], start)]
    failures += [
        left
        for failure in check_frame(ledger, frame, today, unreadable)
        if (left := _not_reported_with_the_header(failure, ledger, origin))
    ]
    totals = [problem for part in parts for problem in wrong_totals(part.table, part.frame, part.unread)]
    checked = _checked(ledger, frame, origin, failures, Causes(ledger, places, tuple(others)))
    return replace(checked, problems=(*checked.problems, *totals)) if totals else checked


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


def _not_reported_with_the_header(failure: Failure, ledger: Ledger, origin: "_Origin") -> Failure | None:
    """Return a failure without the rows of sheets that lack its column, which is reported once for the sheet."""
    if not ledger[failure.column].required:
        return failure
    lacking = [n for n, part in enumerate(origin.parts) if failure.column not in part.table.letters]
    if not lacking:
        return failure
    rows = failure.rows[~np.isin(origin.parts_of(failure.rows), lacking)]
    return replace(failure, rows=rows) if len(rows) else None


@dataclass(frozen=True)
class _Part:
    table: Table
    frame: pd.DataFrame
    rows: pd.Index
    failures: list[Failure]

    @property
    def unread(self) -> set[str]:
        """The columns with cells that could not be read."""
        return {failure.column for failure in self.failures if failure.severity == "error"}


class _Origin:
    """The table and row number from which each row of several concatenated tables comes."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = parts
        self.starts = list(accumulate((len(part.rows) for part in parts[:-1]), initial=0))
        self.numbers = [part.rows.to_numpy() for part in parts]

    def __getitem__(self, row: int) -> tuple[Table, int]:
        number = bisect_right(self.starts, row) - 1 if len(self.starts) > 1 else 0
        return self.parts[number].table, int(self.numbers[number][row - self.starts[number]])

    def parts_of(self, rows: np.ndarray) -> np.ndarray:
        """Return the number of the table that each row comes from."""
        return np.searchsorted(self.starts, rows, side="right") - 1

    def split(self, failure: Failure) -> Iterator[tuple[int, Failure]]:
        """Yield a failure's rows by table: the table's number, and the failure with the numbers of the sheet's rows."""
        parts = self.parts_of(failure.rows)
        for number in np.unique(parts).tolist():
            own = failure.rows[parts == number] - self.starts[number]
            yield number, replace(failure, rows=self.numbers[number][own])


class _Refused(Sequence[Where]):
    """The places of refused rows, each made when it is asked for."""

    def __init__(self, origin: _Origin, rows: np.ndarray, key: str) -> None:
        self._origin, self._rows, self._key = origin, rows, key

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> Where: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Where]: ...

    def __getitem__(self, number: int | slice) -> Where | Sequence[Where]:
        if isinstance(number, slice):
            return _Refused(self._origin, self._rows[number], self._key)
        table, row = self._origin[int(self._rows[number])]
        return table.where(row, self._key)


def _typed(table: Table, places: Places) -> _Part:
    failures: list[Failure] = []
    columns: dict[str, pd.Series] = {}
    for column in table.ledger.columns:
        if column.name in table.rows:
            read = reader(column, places, table.year, table.scales.get(column.name))
            columns[column.name], bad = typed_column(table.rows[column.name], column, read)
            failures += bad
        else:
            columns[column.name] = pd.Series([None] * len(table.rows), dtype=column.dtype)
    return _Part(table, pd.DataFrame(columns, index=range(len(table.rows))), table.rows.index, failures)


def _wrong_year(table: Table, frame: pd.DataFrame, start: int) -> Iterator[Failure]:
    if table.year is None or table.ledger.standing or frame.empty:
        return
    column = table.ledger.dated
    days = frame[column].reset_index(drop=True)
    rows = np.flatnonzero((days.notna() & (days.dt.year != table.year)).to_numpy(dtype=bool))
    if len(rows) > 1 and len(rows) == days.notna().sum():  # one cause, said once
        years = "、".join(str(int(year)) for year in sorted(days.dt.year.dropna().unique()))
        what = _("“{words}” states the year {year}, but every row is of {years}").format(
            words=table.year_from[:40], year=table.year, years=years
        )
        repair = _("If {year} is only when it was reported, correct the year there; leave the days as they are").format(
            year=table.year
        )
        yield Failure(start + rows, column, what, repair, kind=TOLD)
        return
    codes, values = pd.factorize(days.iloc[rows])
    for code, own, mixed in alike(rows, codes):
        what = _("{day} is not in {year}, the year this ledger is for").format(day=shown(values[code]), year=table.year)
        repair = _("Correct the year, or move the row to the ledger of its own year")
        yield Failure(start + own, column, what, repair, kind="year", mixed=mixed)


def _checked(
    ledger: Ledger, frame: pd.DataFrame, origin: _Origin, failures: Iterable[Failure], causes: Causes
) -> Checked:
    tables = [part.table for part in origin.parts]
    problems = [problem for table in tables for problem in table.problems]
    refused = np.full(len(frame), any(problem.severity == "error" for problem in problems))
    by_table: list[list[Failure]] = [[] for _table in tables]
    for failure in failures:
        if failure.severity == "error":
            refused[failure.rows] = True
        for number, own in origin.split(failure):
            by_table[number].append(own)
    problems += (one for table, own in zip(tables, by_table, strict=True) for one in causes.problems(table, own))
    rows = np.flatnonzero(refused)
    accepted = frame[~refused].reset_index(drop=True) if len(rows) else frame
    lost = np.bincount(origin.parts_of(rows), minlength=len(tables))
    sizes = tuple(len(part.rows) - int(count) for part, count in zip(origin.parts, lost, strict=True))
    return Checked(ledger, accepted, _Refused(origin, rows, ledger.key[0]), tuple(problems), sizes)


def _no_ledger(source: str) -> Problem:
    return Problem(
        Where(source),
        _("The workbook holds no ledger sheet"),
        _("Fill in the sheets of the template and import that workbook"),
    )
