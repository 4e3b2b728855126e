"""Collecting as an office does it: a round over what arrived, the board after it, and the lists to paste to a chat."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.institutions.month.blanks import owed
from govkit.institutions.month.board import Board, board, coloured, lists
from govkit.institutions.reporting import opened
from govkit.ledgers.check import Intake
from govkit.ledgers.collect.outcome import Round
from govkit.ledgers.collect.round import Collector
from govkit.ledgers.commit import Commit
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Store
from govkit.ledgers.submission import Submission

BOARD = "报送情况.xlsx"


@dataclass(frozen=True)
class Collected:
    """What came of collecting: the round, the board after it, and the files that were written, by what they are."""

    round: Round
    board: Board
    files: dict[str, Path]


@dataclass(frozen=True)
class Collecting:
    """Collects into a store, and writes lists and board into a folder.

    :ivar store: the store, as a folder or a URL.
    :ivar person: who collects.
    :ivar target: the folder for copies sent back, lists and board.
    :ivar month: the month; by default the one that most workbooks are of.
    :ivar on: the day of the lists; today by default.
    """

    store: str
    person: str
    target: Path
    month: str = ""
    note: str = ""
    replace: bool = False
    on: dt.date | None = None

    def collect(self, paths: Sequence[Path], done: Callable[[str], None] | None = None) -> Collected:
        """Collect what lies in folders, archives and mails.

        :param done: called with the name of each workbook that was read.
        :raises InputError: nothing says which month is collected.
        :raises InternalError: the store or the folder cannot be written.
        """
        store = Store(self.store)
        collector = Collector(
            store,
            list(ledgers().values()),
            places_in_force(self.store),
            self.person,
            self.target,
            self.month,
            self.note,
            self.replace,
        )
        found = collector.collect(paths, done)
        month = Period.month(found.month) if found.month else Period.month(f"{dt.date.today():%Y-%m}")
        seen = board(opened(store), month, self.on or dt.date.today())
        return Collected(found, seen, self._written(found, seen))

    def _written(self, found: Round, seen: Board) -> dict[str, Path]:
        """Write lists and board, and return what was written."""
        self.target.mkdir(parents=True, exist_ok=True)
        problems = {one.unit.code: one.errors for one in found.of("returned") if one.unit}
        files = {}
        for name, words in lists(seen, problems).items():
            files[name] = self.target / f"{name}清单.txt"
            atomic_write(files[name], f"{words}\n".encode())
        files["报送情况"] = self.target / BOARD
        atomic_write(files["报送情况"], coloured(seen))
        return files


def declare_nil(store: str, unit: str, names: Sequence[str], month: Period, person: str) -> Commit:
    """Record that a unit declared that there was nothing to report, and return the commit.

    :param unit: the unit's name or code.
    :param names: codes or titles of ledgers; by default all that the unit reports and that hold no row of the month.
    :raises InputError: there is no such unit or ledger, or the store holds rows of it in that month.
    """
    held = opened(Store(store))
    place = held.places.find(unit)
    mine = [
        ledger for ledger in owed(month).get(place.level, []) if not names or {ledger.code, ledger.title} & set(names)
    ]
    wrong = [_unknown(name, place, month) for name in names if all(name not in {one.code, one.title} for one in mine)]
    if not mine and not wrong:
        wrong = [_unknown(_("any ledger"), place, month)]
    codes = []
    for ledger in mine:
        rows = held.frames[ledger.code]
        own = rows[rows["place"] == place.code]
        count = int((own[ledger.dated].dt.strftime("%Y-%m") == month.code).sum())
        if not count:
            codes.append(ledger.code)
        elif names:
            wrong.append(_has_rows(ledger.title, place, count))
    if not wrong and not codes:
        wrong = [_has_rows("、".join(ledger.title for ledger in mine), place, 1)]
    if wrong:
        raise InputError(wrong)
    today = dt.date.today().isoformat()
    words = _("declared by hand: {unit}").format(unit=place.name)
    entries = [Submission(place.code, code, month.code, "nil", today, words) for code in codes]
    opened_store = Store(store)
    commit = opened_store.carry_out(opened_store.plan(Intake((), ()), held.places), person, reports=entries)
    assert commit is not None  # noqa: S101 - there are entries
    return commit


def _unknown(name: str, place: Place, month: Period) -> Problem:
    titles = "、".join(ledger.title for ledger in owed(month).get(place.level, [])) or _("none")
    return Problem(
        Where(place.name, name),
        _("{unit} does not report “{name}” each month").format(unit=place.name, name=name),
        _("It reports: {titles}; data/rules/reporting.csv says so").format(titles=titles),
    )


def _has_rows(title: str, place: Place, count: int) -> Problem:
    return Problem(
        Where(place.name, title),
        _("Nothing is declared for {ledger}, but the store holds {count} rows of that month").format(
            ledger=title, count=count
        ),
        _("Ask the unit; if the rows are wrong, take them out of the store first"),
    )
