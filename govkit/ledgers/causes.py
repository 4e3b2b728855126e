"""From failures to problems: one problem for what has one cause, however many cells it touches.

Cells with the same mistake are one problem; so is a column of which no value can be read, with what explains it (the
values of two columns exchanged, all columns shifted, rows of another ledger, a township that is not in the register);
and what is left after a thousand different mistakes of one kind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad, is_blank, plain, reader
from govkit.ledgers.columns import UNREAD, Failure
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.places import Places
from govkit.ledgers.read.archive import column_number
from govkit.ledgers.read.table import Table

TOLD = "told"
"""The kind of a failure that tells its cause already."""
FEWEST = 3
"""Cells from which mistakes have one cause."""
MOST_CELLS = 2_000
"""Cells that one problem names; it counts all of them."""
_NAMED = 5
_SAMPLE = 50
_SELECTIVE = {"date", "choice", "place", "integer", "number", "flag"}
_TOWNSHIP = re.compile(r"(.{1,8}?(?:街道办事处|办事处|街道|镇|乡))(?=.)")
_SHORT_YEAR = re.compile(r"\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?")
_YEAR_LAST = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{4}")


class Causes:
    """What explains the failures of a ledger's tables.

    :param others: the ledgers that rows may belong to instead.
    """

    def __init__(self, ledger: Ledger, places: Places, others: Sequence[Ledger] = ()) -> None:
        self.ledger, self.places, self.others = ledger, places, others

    def problems(self, table: Table, failures: Iterable[Failure]) -> list[Problem]:
        """Return the problems of a table's failures, whose rows are the sheet's, by their first rows."""
        groups: dict[tuple[str, str, str], list[Failure]] = {}
        for failure in failures:
            groups.setdefault((failure.column, failure.kind, failure.severity), []).append(failure)
        whole = [key for key, group in groups.items() if _is_whole(table, key, group)]
        found: list[tuple[int, Problem]] = []
        if explained := self._of_the_table(table, [column for column, kind, _s in whole if kind == UNREAD]):
            groups = {key: group for key, group in groups.items() if key[2] == "warning"}
            found.append((0, explained))
        for key, group in groups.items():
            joined = self._joined(table, key, group, whole=key in whole)
            found += ((int(failure.rows[0]), _problem(table, failure)) for one in joined for failure in _apart(one))
        return [problem for _row, problem in sorted(found, key=lambda pair: pair[0])]

    def _joined(
        self, table: Table, key: tuple[str, str, str], group: Sequence[Failure], *, whole: bool
    ) -> Sequence[Failure]:
        """Return the failures of one kind in one column, those with one cause joined."""
        if whole and len(group) > 1:
            return [self._of_the_column(table, group)]
        by_unit = key[1] == UNREAD and self.ledger[key[0]].kind == "place"
        return self._by_township(table, group) if by_unit else group

    # --- the whole table --------------------------------------------------------------------------------------------

    def _of_the_table(self, table: Table, unread: Sequence[str]) -> Problem | None:
        """Return the one problem of a table whose columns are shifted or exchanged, or belong to another ledger."""
        columns = sorted(table.rows.columns, key=lambda name: _position(table, name))
        unread = [name for name in columns if name in unread and _is_selective(self.ledger[name])]
        if len(unread) < 2:
            return None
        where = table.where(int(table.rows.index[0]), unread[0])
        if other := self._other_ledger(table, columns):
            what = _("The rows look like those of “{other}”, but the headings are those of “{ledger}”")
            repair = _("Copy the rows to the sheet of “{other}”")
            words = {"other": other.title, "ledger": self.ledger.title}
            return Problem(where, what.format(**words), repair.format(**words))
        by_place = {_position(table, name): name for name in columns}
        for step, side in ((1, _("right")), (-1, _("left"))):
            beside = [(name, by_place.get(_position(table, name) + step)) for name in unread]
            if all(self._reads_as(table, name, other) for name, other in beside if other) and any(
                o for _n, o in beside
            ):
                what = _("From the column “{column}” on, all values stand one column too far to the {side}")
                repair = _("Move the cells back under their headings")
                return Problem(where, what.format(column=self.ledger[unread[0]].title, side=side), repair)
        if len(unread) == 2 and all(self._reads_as(table, *pair) for pair in (unread, unread[::-1])):
            titles = [self.ledger[name].title for name in unread]
            what = _("The values of “{one}” and “{other}” seem to be exchanged").format(one=titles[0], other=titles[1])
            return Problem(where, what, _("Exchange the two columns, or their headings"))
        return None

    def _other_ledger(self, table: Table, columns: Sequence[str]) -> Ledger | None:
        """Return the one ledger whose columns, in their order, the values of these are."""
        fitting = []
        for other in self.others:
            pairs = list(zip(other.columns, columns, strict=False))
            selective = [pair for pair in pairs if _is_selective(pair[0]) and _sample(table, pair[1])]
            if other.code == self.ledger.code or len(selective) < FEWEST or len(other.columns) > len(columns) + 2:
                continue
            if all(self._all_read(table, column, name) for column, name in selective):
                fitting.append(other)
        return fitting[0] if len(fitting) == 1 else None

    def _reads_as(self, table: Table, name: str, other: str | None) -> bool:
        """Return whether the values of another column are those of this one."""
        return other is not None and bool(_sample(table, other)) and self._all_read(table, self.ledger[name], other)

    def _all_read(self, table: Table, column: Column, name: str) -> bool:
        read = reader(column, self.places, table.year)
        return not any(isinstance(read(raw), Bad) for raw in _sample(table, name))

    # --- a column ---------------------------------------------------------------------------------------------------

    def _of_the_column(self, table: Table, group: Sequence[Failure]) -> Failure:
        """Return one failure for a column that is wrong in every row, with what may explain it."""
        first = min(group, key=lambda failure: int(failure.rows[0]))
        column = self.ledger[first.column]
        rows = np.sort(np.concatenate([failure.rows for failure in group]))
        if first.kind != UNREAD:
            what = _("“{column}” is wrong in every row: {what}").format(column=column.title, what=first.what)
            return replace(first, rows=rows, what=what, mixed=False)
        examples = "、".join(dict.fromkeys(f"“{plain(raw)[:20]}”" for raw in _sample(table, first.column)[:3]))
        what = _("No value of the column “{column}” can be read, such as {examples}").format(
            column=column.title, examples=examples
        )
        return replace(first, rows=rows, what=what, repair=self._hint(table, column) or first.repair, mixed=False)

    def _hint(self, table: Table, column: Column) -> str | None:
        sample = [plain(raw) for raw in _sample(table, column.name)]
        if _is_selective(column):
            for name in table.rows.columns:
                free = name not in self.ledger.key and self.ledger[name].kind == "text" and name != column.name
                if free and self._reads_as(table, column.name, name):
                    return _("Those of “{column}” seem to stand under “{other}”; check the headings").format(
                        column=column.title, other=self.ledger[name].title
                    )
        if column.kind == "date" and all(map(_SHORT_YEAR.fullmatch, sample)):
            return _("Write the year with four digits, like 2015-09-01")
        if column.kind == "date" and all(map(_YEAR_LAST.fullmatch, sample)):
            return _("Write the year first, like 2015-09-01")
        if column.kind == "place":
            return _(
                "If these are places of yours, add them to the register (`govkit ledger places`); "
                "otherwise this is another district's file"
            )
        return None

    def _by_township(self, table: Table, group: Sequence[Failure]) -> list[Failure]:
        """Return failures with those joined that name villages of one township unit that is not in the register."""
        units: dict[str, list[Failure]] = {}
        for failure in group:
            raw = table.rows.at[int(failure.rows[0]), failure.column]
            match = _TOWNSHIP.match(re.sub(r"\s", "", plain(raw))) if isinstance(raw, str) else None
            known = match is None or match[1] in self.places.by_name or self.places.recognised(match[1]) is not None
            units.setdefault(match[1] if match and not known else "", []).append(failure)
        joined = units.pop("", [])
        for unit, own in units.items():
            rows = np.sort(np.concatenate([failure.rows for failure in own]))
            if len(own) < 2 or len(rows) < FEWEST:
                joined += own
                continue
            what = _("“{unit}” is not in the register of places").format(unit=unit)
            repair = _(
                "If it is a unit of yours, add it and its villages (`govkit ledger places`); else correct its name"
            )
            joined.append(replace(own[0], rows=rows, what=what, repair=repair, mixed=False))
        return joined


def _is_whole(table: Table, key: tuple[str, str, str], group: Sequence[Failure]) -> bool:
    """Return whether these are the failures of all the cells that a column has."""
    column, kind, severity = key
    count = sum(len(failure.rows) for failure in group)
    if count < FEWEST or severity == "warning":
        return False
    held = column in table.rows and kind != "blank"
    return count >= (int(table.rows[column].notna().sum()) if held else len(table.rows))


def _is_selective(column: Column) -> bool:
    """Return whether not just any text is a value of the column."""
    return column.kind in _SELECTIVE or column.personal in {"phone", "id_number"}


def _position(table: Table, name: str) -> int:
    letters = table.letters[name]
    return int(letters) if letters.isdigit() else column_number(letters)


def _sample(table: Table, name: str) -> list[object]:
    """Return the first filled cells of a column."""
    head = table.rows[name].iloc[: 20 * _SAMPLE].dropna()
    return [raw for raw in head if not is_blank(raw)][:_SAMPLE]


def _apart(failure: Failure) -> list[Failure]:
    """Return a failure of few cells as one for each."""
    if len(failure.rows) >= FEWEST or failure.kind == TOLD:
        return [failure]
    return [replace(failure, rows=failure.rows[number : number + 1]) for number in range(len(failure.rows))]


def _problem(table: Table, failure: Failure) -> Problem:
    """Return the problem of a failure: its first cell, and the others where they are several."""
    first, *others = (table.where(int(row), failure.column) for row in failure.rows[:MOST_CELLS])
    also = tuple(where.item for where in others)
    what = failure.what
    if failure.mixed:
        what = _("{what}; and more of the kind").format(what=what)
    if also and failure.kind != TOLD:
        cells = "、".join([first.item, *also][:_NAMED]) + ("…" if len(failure.rows) > _NAMED else "")
        what = _("{what} ({count} cells: {cells})").format(what=what, count=len(failure.rows), cells=cells)
    return Problem(first, what, failure.repair, failure.severity, also)
