"""One row of a ledger while a person writes it: what it holds, what is wrong with it, and its way into the store."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from govkit.errors import InputProblems, Problem, Where
from govkit.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.cells import is_blank, reader
from govkit.ledgers.check import Checked, check_record, shown
from govkit.ledgers.declare import Ledger
from govkit.ledgers.references import dangling
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Commit, Store

MOST_NUMBERS = 3000
"""How many rows' numbers are offered to choose from; with more, the number is typed."""


class Draft:
    """A row of a ledger, new or called up from the store, not saved yet.

    ``based_on`` is the store's version the person looks at; a row that somebody else changed since is not overwritten.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.store, self.ledger = store, ledger
        self.places = places_in_force(store.url)
        self.editing = False
        self.refresh()

    def refresh(self) -> None:
        """Look at the store's latest version."""
        commit = self.store.commit_at()
        self.based_on = commit.version
        self.rows = self.store.read(self.ledger, commit=commit)
        self._referred = {
            column.refers_to[0]: self.store.read(ledgers()[column.refers_to[0]], commit=commit)
            for column in self.ledger.columns
            if column.refers_to
        }

    def numbers(self) -> list[str]:
        """Return what rows of the store are called up by, e.g. ``JF-001、2``; none where there are too many."""
        if len(self.rows) > MOST_NUMBERS:
            return []
        return ["、".join(map(shown, row)) for row in self.rows[list(self.ledger.key)].itertuples(index=False)]

    def referred(self, name: str) -> list[str]:
        """Return the numbers of another ledger that a column may name."""
        refers = self.ledger[name].refers_to
        numbers = [] if refers is None else self._referred[refers[0]][refers[1]].unique().tolist()
        return numbers if len(numbers) <= MOST_NUMBERS else []

    def new(self) -> None:
        """Begin a new row."""
        self.editing = False
        self.refresh()

    def call_up(self, number: str) -> dict[str, Any]:
        """Return the store's row of this number as code name → value (places by name), to be changed; else refuse."""
        self.refresh()
        key = [shown(part.strip()) for part in number.replace(",", "、").replace("，", "、").split("、")]
        keys = self.rows[list(self.ledger.key)].map(shown)
        found = self.rows[(keys == key).all(axis=1)] if len(key) == len(self.ledger.key) else self.rows.head(0)
        if found.empty:
            titles = "、".join(self.ledger[name].title for name in self.ledger.key)
            raise InputProblems(
                Problem(
                    Where(self.ledger.title),
                    _("There is no row “{value}”").format(value=number),
                    _("Write {titles} as they stand in the ledger").format(titles=titles),
                )
            )
        self.editing = True
        return {name: self._written(name, found.iloc[0][name]) for name in self.ledger.names}

    def check(self, values: Mapping[str, Any]) -> dict[str, list[Problem]]:
        """Return the problems of each column that has any, by code name; warnings refuse nothing."""
        names = {column.title: column.name for column in self.ledger.columns}
        found: dict[str, list[Problem]] = {}
        for problem in (*self._checked(values).problems, *self._taken(values), *self._lost(values)):
            found.setdefault(names[problem.where.part], []).append(problem)
        return found

    def save(self, values: Mapping[str, Any], person: str) -> Commit | None:
        """Put the row into the store as one commit and return it, or None if the store holds just this row."""
        if is_blank(person):
            raise InputProblems(
                Problem(
                    Where(_("entered by")),
                    _("Nobody is named who enters this"),
                    _("Write your name; the record keeps it"),
                )
            )
        errors = [p for found in self.check(values).values() for p in found if p.severity == "error"]
        if errors:
            raise InputProblems(errors)
        commit = self.store.put(self._checked(values), self.places, person.strip(), based_on=self.based_on)
        self.editing = True
        self.refresh()
        return commit

    def _checked(self, values: Mapping[str, Any]) -> Checked:
        return check_record(self.ledger, values, self.places)

    def _taken(self, values: Mapping[str, Any]) -> list[Problem]:
        """Return a problem if a new row bears the number of one that is there."""
        key = list(self.ledger.key)
        written = [reader(self.ledger[name], self.places)(values.get(name) or "") for name in key]
        if self.editing or not (self.rows[key].map(shown) == list(map(shown, written))).all(axis=1).any():
            return []
        return [
            Problem(
                Where(self.ledger.title, self.ledger[key[-1]].title),
                _("The store already holds a row of this number"),
                _("Give the new row another number, or call that row up to change it"),
            )
        ]

    def _lost(self, values: Mapping[str, Any]) -> list[Problem]:
        """Return a warning for each number that names no row of the ledger it refers to."""
        row = {name: [None if is_blank(values.get(name)) else values[name]] for name in self.ledger.names}
        return dangling([self.ledger], {self.ledger.code: pd.DataFrame(row), **self._referred})

    def _written(self, name: str, value: Any) -> Any:
        """Return a stored value as a person would write it."""
        column = self.ledger[name]
        if pd.isna(value):
            return None
        if column.kind == "place":
            return self.places.names.get(value, value)
        if column.kind == "flag":
            return "是" if value else "否"
        if column.kind == "date":
            return value.date()
        return shown(float(value)) if column.kind in ("integer", "number") else str(value)
