"""The entry form: one row of a ledger, made from its declaration alone, checked while a person writes."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as ipw
import pandas as pd

from govkit.core.errors import GovkitError, InputError, Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.cells import is_blank, reader
from govkit.ledgers.check import Checked, check_record, dangling
from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.dictionary import allowed
from govkit.ledgers.frame_check import shown
from govkit.ledgers.places import Places
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Store
from govkit.widgets.look import FilePreview
from govkit.widgets.opening import opens, over_store
from govkit.widgets.panel import (
    Kind,
    Panel,
    button,
    heading,
    html,
    notice,
    on_change,
    on_click,
    panel,
    problems,
    show,
    told,
)

MOST_NUMBERS = 3000
"""The largest number of rows whose numbers are offered; in a larger ledger the number is typed."""


class Draft:
    """A row of a ledger, new or called up from the store, not saved yet.

    ``based_on`` is the store's version when the row was called up; a row that somebody changed later is not
    overwritten.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.store, self.ledger = store, ledger
        self.places = places_in_force(store.url)
        self.editing = False
        self.refresh()

    def refresh(self) -> None:
        """Read the latest version of the store."""
        commit = self.store.commit_at()
        self.based_on = commit.version
        self.rows = self.store.read(self.ledger, commit=commit)
        self._referred = {
            column.refers_to[0]: self.store.read(ledgers()[column.refers_to[0]], commit=commit)
            for column in self.ledger.columns
            if column.refers_to
        }

    def numbers(self) -> list[str]:
        """Return the numbers of the stored rows, e.g. ``JF-001、2``; none where there are too many."""
        if len(self.rows) > MOST_NUMBERS:
            return []
        return ["、".join(map(shown, row)) for row in self.rows[list(self.ledger.key)].itertuples(index=False)]

    def referred(self, name: str) -> list[str]:
        """Return the numbers of another ledger that a column may refer to."""
        refers = self.ledger[name].refers_to
        numbers = [] if refers is None else self._referred[refers[0]][refers[1]].unique().tolist()
        return numbers if len(numbers) <= MOST_NUMBERS else []

    def new(self) -> None:
        """Begin a new row."""
        self.editing = False
        self.refresh()

    def call_up(self, number: str) -> dict[str, Any]:
        """Return the stored row of a number as code name → value, places by name.

        :raises InputError: there is no such row.
        """
        self.refresh()
        key = [shown(part.strip()) for part in number.replace(",", "、").replace("，", "、").split("、")]
        keys = self.rows[list(self.ledger.key)].map(shown)
        found = self.rows[(keys == key).all(axis=1)] if len(key) == len(self.ledger.key) else self.rows.head(0)
        if found.empty:
            titles = "、".join(self.ledger[name].title for name in self.ledger.key)
            raise InputError(
                Problem(
                    Where(self.ledger.title),
                    _("There is no row “{value}”").format(value=number),
                    _("Write {titles} as they stand in the ledger").format(titles=titles),
                )
            )
        self.editing = True
        return {name: self._written(name, found.iloc[0][name]) for name in self.ledger.names}

    def check(self, values: Mapping[str, Any]) -> dict[str, list[Problem]]:
        """Return the problems by code name of their column; warnings do not prevent saving."""
        names = {column.title: column.name for column in self.ledger.columns}
        found: dict[str, list[Problem]] = {}
        for problem in (*self._checked(values).problems, *self._taken(values), *self._lost(values)):
            found.setdefault(names[problem.where.part], []).append(problem)
        return found

    def save(self, values: Mapping[str, Any], person: str) -> Commit | None:
        """Save the row as one commit and return it, or None if the store already holds exactly this row.

        :raises InputError: the row has errors, no person is named, or somebody else changed the row meanwhile.
        """
        if is_blank(person):
            raise InputError(
                Problem(
                    Where(_("entered by")),
                    _("Nobody is named who enters this"),
                    _("Write your name; the record keeps it"),
                )
            )
        errors = [p for found in self.check(values).values() for p in found if p.severity == "error"]
        if errors:
            raise InputError(errors)
        commit = self.store.put(self._checked(values), self.places, person.strip(), based_on=self.based_on)
        self.editing = True
        self.refresh()
        return commit

    def _checked(self, values: Mapping[str, Any]) -> Checked:
        return check_record(self.ledger, values, self.places)

    def _taken(self, values: Mapping[str, Any]) -> list[Problem]:
        """Return a problem if a new row has the number of an existing one."""
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
        """Return a warning for each reference to a row that does not exist."""
        row = {name: [None if is_blank(values.get(name)) else values[name]] for name in self.ledger.names}
        return dangling([self.ledger], {self.ledger.code: pd.DataFrame(row), **self._referred})

    def _written(self, name: str, value: Any) -> Any:
        """Return a stored value as text for its field."""
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


_STYLE = {"description_width": "9em"}
_FIELD = ipw.Layout(width="430px", min_width="430px")


@opens("entry")
def enter(ledger: str = "disputes", person: str = "", store: str = "") -> Any:
    """Return the entry form with a choice of ledgers; without a store near by, an offer of the sample.

    :param ledger: the code or title of the first ledger.
    :param person: the name that goes on record.
    :param store: the store; the one in the current folder or above it by default.
    :raises UsageError: there is no such ledger.
    :raises InputError: a parameter is wrong, or the store named cannot be used.

    Example::

        enter("矛盾纠纷台账", "张三")
    """
    known(ledger)
    return over_store(store, lambda snapshot: EntryDesk(snapshot.store, ledger, person).panel, filled=False)


class EntryDesk:
    """A choice of ledgers above the form of the chosen one; the person's name is kept. Above it files are looked at."""

    def __init__(self, store: Store, ledger: str = "disputes", person: str = "") -> None:
        self.store = store
        self.form = EntryForm(store, ledger, person)
        titles = [(one.title, code) for code, one in ledgers().items()]
        self.ledger = ipw.Dropdown(
            options=titles, value=self.form.draft.ledger.code, description=_("Ledger"), style=_STYLE, layout=_FIELD
        )
        on_change(self.ledger, self._choose)
        self.preview = FilePreview(store)
        looking = ipw.Accordion([self.preview.panel], titles=(_("How a file is read"),))
        self.panel = panel(looking, self.ledger, self.form.panel)

    def _choose(self, code: str) -> None:
        self.form = EntryForm(self.store, code, self.form.person.value)
        self.panel.children = [*self.panel.children[:-1], self.form.panel]


class EntryForm(Panel):
    """The form of one ledger; it displays itself. ``fields`` has the widget of each column by code name.

    :param store: the store to save to.
    :param ledger_code: the code or title of the ledger.
    :param person: the name that goes on record.
    :raises UsageError: there is no such ledger.

    Example::

        EntryForm(govkit.open("store").store, "disputes", "张三")
    """

    def __init__(self, store: Store, ledger_code: str, person: str = "") -> None:
        self.draft = Draft(store, known(ledger_code))
        self.saved: Commit | None = None
        self._touched: set[str] = set()
        self._build(person)
        self._offer()
        self._show_problems()

    def values(self) -> dict[str, Any]:
        """Return the values of the fields by code name; blank is None."""
        return {name: field.value or None for name, field in self.fields.items()}

    def save(self) -> Commit | None:
        """Save the row and return its commit; None, with every problem shown, if it was not saved."""
        self._touched = set(self.fields)
        self._show_problems()
        try:
            commit = self.draft.save(self.values(), self.person.value)
        except GovkitError as error:
            refused = notice(_("Not saved: fix what is marked, then save again"), "error")
            show(self.message, refused, told(error))
            return None
        self._lock()
        self._offer()
        if commit is None:
            self._say(_("Nothing changed: the store already holds exactly this row"), "note")
            return None
        self.saved, self.undo_button.disabled = commit, False
        done = _("added") if commit.changes[0].added else _("changed")
        self._say(_("Saved as version {version}: 1 row {done}").format(version=commit.version, done=done), "good")
        return commit

    def undo(self) -> Commit | None:
        """Undo the last save of this form; refused if somebody else changed the store since."""
        if self.saved is None:
            return None
        try:
            commit = self.draft.store.undo(self.person.value, self.saved.version)
        except GovkitError as error:
            show(self.message, told(error))
            return None
        self.draft.editing = self.draft.editing and not self.saved.changes[0].added
        self.saved, self.undo_button.disabled = None, True
        self.draft.refresh()
        self._lock()
        self._offer()
        words = _("Version {undone} is taken back; the store is at version {version}.")
        self._say(words.format(undone=commit.undoes, version=commit.version), "good")
        return commit

    def call_up(self, number: str) -> None:
        """Fill the form with the stored row of a number, to be changed."""
        try:
            row = self.draft.call_up(number)
        except GovkitError as error:
            show(self.message, told(error))
            return
        self.fill(row)
        self._say(_("Row {number} is called up: change it and save").format(number=number), "note")

    def fill(self, row: dict[str, Any]) -> None:
        """Set fields by code name and blank the others; they are checked once."""
        with self._quietly():
            for name, field in self.fields.items():
                blank = None if isinstance(field, ipw.DatePicker | ipw.Dropdown) else ""
                field.value = row.get(name) if row.get(name) is not None else blank
        self._touched = {name for name, value in row.items() if value is not None}
        self._lock()
        self._show_problems()

    def clear(self) -> None:
        """Begin a new row."""
        self.draft.new()
        self.number.value = ""
        self.fill({})
        self._say("", "note")

    def _build(self, person: str) -> None:
        ledger = self.draft.ledger
        self.person = ipw.Text(value=person, description=_("Entered by"), style=_STYLE, layout=_FIELD)
        self.number = ipw.Combobox(
            description=_("Existing row"), placeholder=_call_up_hint(ledger), continuous_update=False,
            style=_STYLE, layout=_FIELD,
        )  # fmt: skip
        self.fields = {column.name: _field(column, self.draft) for column in ledger.columns}
        self.remarks = {name: ipw.HTML(layout=ipw.Layout(margin="0 0 0 10px")) for name in self.fields}
        for name, field in self.fields.items():
            on_change(field, self._typed(name))
        self.message = ipw.HTML()
        self.undo_button = ipw.Button(description=_("Undo"), icon="undo", disabled=True)
        on_click(self.undo_button, self.undo)
        self._arrange(ledger)

    def _arrange(self, ledger: Ledger) -> None:
        keep = _("A later import of this unit's workbook restates its rows: enter this row there too.")
        about = html(heading(ledger.title), notice(ledger.about, "note"), notice(keep, "note"))
        call = button(_("Call up"), lambda: self.call_up(self.number.value), icon="search")
        rows = [ipw.HBox([field, self.remarks[name]]) for name, field in self.fields.items()]
        save = button(_("Save"), self.save, icon="check", main=True)
        new = button(_("New row"), self.clear, icon="plus")
        head = [about, self.person, ipw.HBox([self.number, call])]
        self.panel = panel(*head, *rows, ipw.HBox([save, self.undo_button, new]), self.message)

    def _typed(self, name: str) -> Callable[[Any], None]:
        def changed(_new: Any) -> None:
            if not self._quiet:
                self._touched.add(name)
                self._say("", "note")
                self._show_problems()

        return changed

    def _show_problems(self) -> None:
        """Show the problems of each field beside it, or its hint; untouched fields are not reported."""
        found = self.draft.check(self.values())
        for name, remark in self.remarks.items():
            wrong = found.get(name, []) if name in self._touched else []
            show(remark, problems(wrong, placed=False) if wrong else notice(_hint(self.draft.ledger[name]), "note"))

    def _lock(self) -> None:
        """Lock the number of a stored row: a row of another number is a new row."""
        for name in self.draft.ledger.key:
            self.fields[name].disabled = self.draft.editing

    def _offer(self) -> None:
        self.number.options = self.draft.numbers()
        for name, field in self.fields.items():
            if self.draft.ledger[name].refers_to:
                field.options = self.draft.referred(name)

    def _say(self, words: str, kind: Kind) -> None:
        show(self.message, notice(words, kind) if words else "")


def known(name: str) -> Ledger:
    """Return the ledger of a code or a title.

    :raises UsageError: there is no such ledger.
    """
    for code, ledger in ledgers().items():
        if name in (code, ledger.title, ledger.title.removesuffix("台账")):
            return ledger
    raise UsageError(
        Problem(
            Where(name),
            _("There is no ledger “{value}”").format(value=name),
            _("Choose one of: {choices}").format(choices="、".join(ledgers())),
        )
    )


def _field(column: Column, draft: Draft) -> Any:
    """Return the widget of a column; numbers are typed as text, because a number field would correct them silently."""
    words = {"description": _described(column), "tooltip": allowed(column), "style": _STYLE, "layout": _FIELD}
    if column.kind == "date":
        return ipw.DatePicker(**words)
    if column.kind in ("choice", "flag"):
        return ipw.Dropdown(options=[("", None), *((word, word) for word in column.choices)], value=None, **words)
    if column.kind == "place":
        return ipw.Combobox(options=_names(column, draft.places), placeholder=_("Type to search"), **words)
    if column.refers_to:
        return ipw.Combobox(placeholder=_("Type to search"), **words)
    return ipw.Textarea(rows=3, **words) if column.personal == "narrative" else ipw.Text(**words)


def _described(column: Column) -> str:
    return f"{'* ' if column.required else ''}{column.heading}"


def _names(column: Column, places: Places) -> list[str]:
    return [place.name for level in column.levels for place in places.at(level)]


def _hint(column: Column) -> str:
    needed = _("required") if column.required else ""
    limits = allowed(column) if column.kind in ("integer", "number") else ""
    return "；".join(word for word in (needed, column.note, limits) if word)


def _call_up_hint(ledger: Ledger) -> str:
    return "、".join(ledger[name].title for name in ledger.key)
