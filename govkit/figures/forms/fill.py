"""Fill a form from a snapshot: read it in the capped child, answer its questions, write a copy with citations."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core import capped
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write, regular_file
from govkit.core.i18n import gettext as _
from govkit.figures.forms.answers import Answer, Answers, FormContext, Unanswered
from govkit.figures.forms.grid import Grid, read_form
from govkit.figures.forms.headings import REPORTING, Lexicon, When, read_period, squeezed, title_left_over
from govkit.figures.forms.write import written
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.ledgers.read.archive import column_letters
from govkit.ledgers.read.sheets import died_reading

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

MAX_FORM = 20_000_000
SUFFIX = "-已填"
_FIELDS = {
    *REPORTING,
    "填报人",
    "审核人",
    "负责人",
    "制表人",
    "联系电话",
    "填报日期",
    "填报时间",
    "填表日期",
    "填表人",
    "日期",
    "制表",
}


_NOTE = "注"
_UNIT_IN_BRACKETS = re.compile(r"[(（]\s*(?:计量)?单位\s*[:：]([^()（）]*)[)）]")


@dataclass(frozen=True)
class Filled:
    """What came of a form.

    :ivar path: the copy that was written; None if nothing was.
    :ivar answers: sheet or table → the cells that were filled in.
    :ivar unanswered: sheet or table → the cells that stay blank, with the reason.
    :ivar notes: sheet or table → its notes, which may define what is counted.
    """

    path: Path | None
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    unanswered: dict[str, list[Unanswered]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of cells that were filled in."""
        return sum(map(len, self.answers.values()))

    def as_dict(self, form: Path) -> dict[str, object]:
        """Return every cell, filled in or blank, for ``--json``."""
        filled = [
            {"table": name, "cell": address(one, form), "value": one.value, "cited": one.cited}
            for name, own in self.answers.items()
            for one in own
        ]
        blank = [
            {"table": name, "cell": address(one, form), "headings": one.headings, "reason": one.reason}
            for name, own in self.unanswered.items()
            for one in own
        ]
        return {"path": str(self.path) if self.path else None, "filled": filled, "blank": blank, "notes": self.notes}

    def problems(self, form: Path) -> list[Problem]:
        """Return a warning for each note and each reason why cells stay blank, with the first cell and their number."""
        compare = _("Compare it with the definitions in the comments of the cells")
        found = [
            Problem(Where(form.name, name), _("the form has a note: {words}").format(words=note), compare, "warning")
            for name, notes in self.notes.items()
            for note in notes
        ]
        for name, cells in self.unanswered.items():
            reasons: dict[str, list[Unanswered]] = {}
            for one in cells:
                reasons.setdefault(one.reason, []).append(one)
            for reason, alike in reasons.items():
                where = Where(form.name, name, address(alike[0], form))
                what = _("left blank ({headings}): {reason}").format(headings=alike[0].headings, reason=reason)
                if len(alike) > 1:
                    what += _("; and {count} more cells for the same reason").format(count=len(alike) - 1)
                found.append(Problem(where, what, _("Fill it in by hand, or see the guide to forms"), "warning"))
        return found


def address(cell: Answer | Unanswered, form: Path) -> str:
    """Return a cell's address: B17 in a workbook, row and column in a Word table."""
    row, column = cell.cell.row, cell.cell.column
    if form.suffix.lower() == ".xlsx":
        return f"{column_letters(column)}{row}"
    return _("row {row}, column {column}").format(row=row, column=column)


def fill_form(
    snapshot: "Snapshot",
    form: Path,
    target: Path | None = None,
    *,
    period: str = "",
    place: str = "",
    ignore: Iterable[str] = (),
) -> Filled:
    """Fill a blank form of any layout and write the copy; the form itself is never changed.

    :param snapshot: the ledgers to answer from.
    :param form: a .xlsx workbook or a .docx document.
    :param target: the copy to write; ``<form>-已填`` beside the form by default.
    :param period: the month that the form is for, like ``2015-09``; by default the one that its title names.
    :param place: the unit that fills it in; by default the one that the form names, else the district.
    :param ignore: words of the form that change nothing.
    :return: what was filled in and what stays blank. With nothing to fill in, nothing is written.
    :raises InputError: the form cannot be read, names another period or place, or the copy would overwrite it.
    """
    target = target or form.with_name(f"{form.stem}{SUFFIX}{form.suffix}")
    if target.resolve() == form.resolve() or target.suffix.lower() != form.suffix.lower():
        what = _("The copy would overwrite the form, or be of another kind")
        raise InputError(
            Problem(Where(str(target)), what, _("Name another file that ends in {suffix}").format(suffix=form.suffix))
        )
    if target.exists():
        what = _("There is such a file already")
        raise InputError(Problem(Where(str(target)), what, _("Name another file with -o, or delete this one")))
    grids = _in_child(form, read_form, form.absolute())
    filled = Filled(target)
    for grid in grids:
        where = Where(form.name, grid.name)
        lexicon, context = _context(snapshot, where, grid, (period, place, frozenset(map(squeezed, ignore))))
        answers, unanswered = Answers(snapshot, grid, lexicon, context).all()
        filled.answers[grid.name], filled.unanswered[grid.name] = answers, unanswered
        filled.notes[grid.name] = [note for note in [_split(grid.context)[1].get(_NOTE)] if note]
    if not filled.count:
        return replace(filled, path=None)
    content = _in_child(form, written, form.absolute(), filled.answers)
    atomic_write(target, content)
    return filled


def _in_child(form: Path, function: Callable[..., Any], *arguments: object) -> Any:
    regular_file(form, MAX_FORM)
    try:
        return capped.call(function, *arguments)
    except capped.Died as died:
        raise InputError(died_reading(form, died)) from None


def _context(
    snapshot: "Snapshot", where: Where, grid: Grid, given: tuple[str, str, frozenset[str]]
) -> tuple[Lexicon, FormContext]:
    """Return what a table's surroundings say; what is given (period, place, words to ignore) must agree with them."""
    period, place, ignored = given
    asked = snapshot.month(period) if period else None
    latest = asked or Period.month(snapshot.span[1].code)
    lexicon = Lexicon(snapshot.places, latest, ignored)
    titles, fields = _split(grid.context)
    named = list(dict.fromkeys(when for title in titles for when in [read_period(squeezed(title), latest)[0]] if when))
    when = _agreed_period(where, asked, named)
    lexicon = replace(lexicon, base=when.period)
    unit = next((fields[name] for name in ("填报单位", "报送单位", "上报单位") if fields.get(name)), "")
    if not unit and lexicon.read(fields.get("单位", "")).places:
        unit = fields["单位"]
    chosen = _agreed_place(where, place, unit, lexicon)
    units = tuple(word for word in _split_units(fields.get("单位", "")) if lexicon.is_unit(word))
    left_over = "、".join(filter(None, (title_left_over(title, lexicon) for title in titles)))
    return lexicon, FormContext(chosen, bool(place), when, units, left_over)


def _split(context: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the titles, and the fields such as 填报单位：阳庙镇, among the words around a table."""
    titles: list[str] = []
    fields: dict[str, str] = {}
    for words in context:
        text = _UNIT_IN_BRACKETS.sub(r"  单位：\1  ", words)
        parts = [part for line in text.splitlines() for part in line.replace("　", "  ").split("  ") if part.strip()]
        for part in parts:
            name, colon, said = squeezed(part).partition(":")
            name = name.removesuffix("(盖章)").removesuffix("(公章)").removesuffix("(签字)")
            if colon and (name in _FIELDS or name in {"单位", "计量单位"}):
                fields["单位" if name == "计量单位" else name] = said
            elif colon and name in {"注", "备注", "说明", "填表说明"}:
                fields[_NOTE] = f"{fields.get(_NOTE, '')} {part}".strip()
            else:
                titles.append(part)
    return titles, fields


def _split_units(words: str) -> list[str]:
    for mark in "、,/;；":
        words = words.replace(mark, " ")
    return words.split()


def _agreed_period(where: Where, asked: Period | None, named: list[When]) -> When:
    """Return the period of a table: the one that its title names, which must end with the month that is asked for."""
    if len(named) > 1:
        raise InputError(
            Problem(where, _("The title names several periods"), _("Split the form, or shorten its title"))
        )
    if named and asked and named[0].period.end != asked.end:
        what = _("The form is for {named}, and {asked} is asked for").format(
            named=named[0].period.label, asked=asked.label
        )
        raise InputError(Problem(where, what, _("Leave --period out, or take the form of that month")))
    if not named and asked is None:
        raise InputError(Problem(where, _("The form names no period"), _("Give the month with --period, like 2015-09")))
    return named[0] if named else When(asked or named[0].period)


def _agreed_place(where: Where, asked: str, named: str, lexicon: Lexicon) -> Place:
    """Return the unit that fills in a table: the one asked for or the one that it names, else the district."""
    codes = lexicon.read(named).places if named else frozenset()
    if asked:
        place = lexicon.places.find(asked)
        if codes and place.code not in codes:
            what = _("The form is for {named}, and {asked} is asked for").format(named=named, asked=place.name)
            raise InputError(Problem(where, what, _("Leave --place out, or take that unit's form")))
        return place
    if named and len(codes) != 1:
        what = _("There is no place called “{value}”").format(value=named)
        raise InputError(Problem(where, what, _("Name the unit with --place")))
    return lexicon.places[next(iter(codes))] if codes else lexicon.places.district
