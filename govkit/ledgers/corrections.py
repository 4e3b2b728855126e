"""Corrections of single values whose source cannot be corrected itself: reviewed data, kept in the store.

A correction names a ledger, a row's number, a column, the value that the source has, the right one, the reason and the
person. It is applied whenever a file with that row is read. Once the source has another value, the right one included,
the correction no longer fits, and the file is refused until the correction is withdrawn.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad, is_blank, plain, reader
from govkit.ledgers.check import Checked, check_record
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.frame_check import shown
from govkit.ledgers.places import Places
from govkit.ledgers.read.table import Table

CODE = "_corrections"
"""The name of the store's table of corrections."""
SEPARATOR = "、"


@dataclass(frozen=True)
class Correction:
    """One value that is corrected.

    :ivar number: the version of the store that it came with.
    :ivar ledger: the ledger's code.
    :ivar row: the row's number; parts of a number of several columns are joined by ``、``.
    :ivar column: the column's code name.
    :ivar found: the value that the source has, as messages quote it.
    :ivar right: the right value.
    :ivar reason: why, and what it was reviewed against.
    :ivar person: who answers for it.
    :ivar day: when it was entered.
    """

    number: int
    ledger: str
    row: str
    column: str
    found: str
    right: str
    reason: str
    person: str
    day: str

    @property
    def value(self) -> str | None:
        """The right value as a cell holds it; None where the cell is to be blank."""
        return None if self.right == shown(None) else self.right


SCHEMA = pa.schema(
    [(f.name, pa.int64() if f.name == "number" else pa.string()) for f in dataclasses.fields(Correction)]
)
"""Columns of the store's table of corrections."""


def written(corrections: Iterable[Correction]) -> pa.Table:
    """Return corrections as the store keeps them."""
    return pa.Table.from_pylist([dataclasses.asdict(one) for one in corrections], schema=SCHEMA)


def read(rows: pa.Table) -> list[Correction]:
    """Return the corrections of the store's table, by number."""
    return sorted((Correction(**row) for row in rows.to_pylist()), key=lambda one: one.number)


def applied(table: Table, corrections: Iterable[Correction], places: Places) -> Table:
    """Return a table with the corrections of its rows applied, a warning for each, an error for each that does not fit.

    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> from govkit.ledgers.read.headings import Vocabulary
    >>> from govkit.ledgers.read.sheet import Sheet
    >>> from govkit.ledgers.read.tables import find_tables
    >>> lines = [["网格编号", "所在村", "网格名称", "划定日期"], ["W1", "马村", "一网格", "2015-01-01"]]
    >>> cells = pd.DataFrame(lines, index=[1, 2], columns=[1, 2, 3, 4])
    >>> found = find_tables("a.xlsx", Sheet("网格", cells), Vocabulary(ledgers().values()))[0]
    >>> one = Correction(1, "grids", "W1", "name", "一网格", "第一网格", "据划定文件", "张三", "2015-02-01")
    >>> applied(found, [one], shipped_places()).rows["name"].tolist()
    ['第一网格']
    """
    own = [one for one in corrections if one.ledger == table.ledger.code and one.column in table.rows]
    if not own or table.rows.empty or not set(table.ledger.key) <= set(table.rows.columns):
        return table
    rows, problems = table.rows.astype(object), list(table.problems)
    numbers = _numbers(rows, table.ledger, places)
    for one in own:
        for row in rows.index[(numbers == one.row).to_numpy(dtype=bool)]:
            has = said(rows.at[row, one.column], table.ledger[one.column], places)
            problems.append(_outcome(one, table, int(row), has))
            if has == one.found:
                rows.at[row, one.column] = one.value
    return dataclasses.replace(table, rows=rows, problems=tuple(problems))


def said(raw: Any, column: Column, places: Places) -> str:
    """Return a cell as corrections quote it: its value if it can be read, else its text."""
    if is_blank(raw) or raw is pd.NA or raw is pd.NaT:
        return shown(None)
    if column.kind == "place" and raw in places.names:  # as the store has it
        return places.names[raw]
    value = raw if column.kind == "flag" and isinstance(raw, bool) else reader(column, places)(raw)
    if isinstance(value, Bad):
        return plain(raw)
    if column.kind == "place":
        return places.names.get(str(value), str(value))
    if column.kind == "flag":
        return "是" if value else "否"
    return shown(float(value) if isinstance(value, int | float) else value)


def corrected_row(correction: Correction, ledger: Ledger, rows: pd.DataFrame, places: Places) -> Checked | None:
    """Return the store's row as a correction makes it; None where the store does not hold the row yet.

    :raises InputError: the row has another value than the correction expects, or the right value is refused.
    """
    held = rows[(_numbers(rows, ledger, places) == correction.row).to_numpy(dtype=bool)]
    if held.empty:
        return None
    row = held.iloc[0]
    values: Mapping[str, Any] = {
        name: None if pd.isna(row[name]) else said(row[name], ledger[name], places) for name in ledger.names
    }
    has = shown(None) if values[correction.column] is None else values[correction.column]
    if has != correction.found:
        raise InputError(
            Problem(
                Where(ledger.title, ledger[correction.column].title, correction.row),
                _("The store has “{has}” there, not “{found}”").format(has=has, found=correction.found),
                _("Look at the row again, and name the value that is there"),
            )
        )
    right = {**values, correction.column: correction.value}
    checked = check_record(ledger, right, places)
    if any(problem.severity == "error" for problem in checked.problems):
        raise InputError(checked.problems)
    return checked


def made(
    ledger: Ledger, column: str, row: str, *, found: str, right: str, reason: str, person: str, places: Places
) -> Correction:
    """Return a correction that has no number yet, its values as messages quote them.

    :param column: the column's title, heading or code name.
    :raises InputError: there is no such column, a reason or a person is missing, or the values are the same.
    """
    names = {form: c for c in ledger.columns for form in (c.name, c.title, c.heading)}
    problems = [
        Problem(Where(ledger.title), _("The correction has no {what}").format(what=what), _("The record keeps it"))
        for what, words in ((_("reason"), reason), (_("person"), person))
        if is_blank(words)
    ]
    if column not in names or names[column].name in ledger.key:
        known = SEPARATOR.join(c.title for c in ledger.columns if c.name not in ledger.key)
        problems.append(
            Problem(
                Where(ledger.title, column),
                _("There is no column “{value}” that could be corrected").format(value=column),
                _("Choose one of: {choices}").format(choices=known),
            )
        )
        raise InputError(problems)
    old, new = (said(value, names[column], places) for value in (found, right))
    if old == new:
        problems.append(
            Problem(
                Where(ledger.title, names[column].title, row),
                _("The value and its correction are the same: “{value}”").format(value=old),
                _("Write the value of the source and the right one"),
            )
        )
    if problems:
        raise InputError(problems)
    key = SEPARATOR.join(plain(part) for part in row.replace(",", SEPARATOR).replace("，", SEPARATOR).split(SEPARATOR))
    day = f"{dt.date.today():%Y-%m-%d}"
    return Correction(0, ledger.code, key, names[column].name, old, new, reason.strip(), person.strip(), day)


def repeated(correction: Correction, known: Iterable[Correction], ledger: Ledger) -> list[Problem]:
    """Return a problem if the value is corrected already."""
    same = [
        one for one in known if (one.ledger, one.row, one.column) == (ledger.code, correction.row, correction.column)
    ]
    return [
        Problem(
            Where(ledger.title, ledger[correction.column].title, correction.row),
            _("Correction {number} corrects this value already").format(number=one.number),
            _("Withdraw it with `govkit ledger correct withdraw {number}`, and enter another one if need be").format(
                number=one.number
            ),
        )
        for one in same
    ]


def unknown(url: str, number: int) -> Problem:
    """Return the problem of a correction that is not in force."""
    return Problem(
        Where(url),
        _("There is no correction {number}").format(number=number),
        _("`govkit ledger correct list` lists the corrections in force"),
    )


def _numbers(rows: pd.DataFrame, ledger: Ledger, places: Places) -> pd.Series:
    """Return the rows' numbers as corrections name them."""
    parts = [rows[name].map(lambda raw, c=ledger[name]: said(raw, c, places)) for name in ledger.key]
    number = parts[0].astype(object)
    for part in parts[1:]:
        number = number + SEPARATOR + part
    return number


def _outcome(one: Correction, table: Table, row: int, has: str) -> Problem:
    where, quoted = table.where(row, one.column), _quoted(one)
    if has == one.found:
        return Problem(
            where,
            _("Correction {number} was applied: “{found}” became “{right}” ({reason}; {person})").format(**quoted),
            _("Nothing needs to be done; once the source is corrected, the correction is to be withdrawn"),
            severity="warning",
        )
    if has == one.right:
        what = _("Correction {number} is no longer needed: the source has the right value “{right}” now")
    else:
        what = _("Correction {number} expects “{found}”, but the source has “{has}”")
    return Problem(
        where,
        what.format(has=has, **quoted),
        _("Withdraw it with `govkit ledger correct withdraw {number}`, and enter another one if need be").format(
            number=one.number
        ),
    )


def _quoted(one: Correction) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("number", "row", "found", "right", "reason", "person")}
