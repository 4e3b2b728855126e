"""Import of exam results into their ledger (考试成绩台账), checked by its rules, in one commit.

The ledger holds one row for a candidate and sitting: the first sitting is its exam ``<exam>``, the resit its exam
``<exam>（补考）``, which no other exam can be called. A later import replaces both, with the rows of candidates who are
no longer on the roster.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core import audit
from govkit.core.errors import Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.folder import BLUEPRINT_FILE, MARKS_FILE
from govkit.exams.paper.blueprint import Blueprint
from govkit.exams.paper.key import AUDIT_FILE
from govkit.exams.paper.paper import digest
from govkit.exams.paper.roster import ABSENT, REGISTERED, ROSTER_FILE
from govkit.exams.results.results import joined_marks, read_marked
from govkit.institutions.exam_results import ABSENT as LEDGER_ABSENT
from govkit.institutions.exam_results import DISTRICT_EXAM, RESULTS, SAT, TOWNSHIP_EXAM
from govkit.ledgers.check import Checked, check_tables
from govkit.ledgers.commit import Commit
from govkit.ledgers.read.table import Table
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from govkit.ledgers.places import Places

KINDS = {"district": DISTRICT_EXAM, "township": TOWNSHIP_EXAM, "other": "其他"}
CANDIDATES = {"cadre": "干部", "member": "党员", "representative": "村民代表"}


class _RosterTable(Table):
    """The rows of a roster with their marks; a problem's place is the line of the roster."""

    def where(self, row: int, column: str) -> Where:
        return Where(self.file, self.letters[column], _("line {number}").format(number=row))


def import_results(
    folder: Path, store: str, person: str, *, kind: str = "district", candidate: str = "cadre", note: str = ""
) -> Commit | None:
    """Import the results of a marked exam into a store and return the commit, None if the store holds them already.

    :param kind: "district", "township" or "other": the exam's kind in the ledger.
    :param candidate: "cadre", "member" or "representative": for candidates whose post on the roster is none of these.
    :param note: a remark that documents made from this data will carry.
    :raises InputError: the exam is not marked, its marks or roster were changed since, or the ledger's rules refuse a
        row. Nothing is imported then.
    """
    places = places_in_force(store)
    blueprint, roster, marks = read_marked(folder)
    refuse(_still_to_come(folder, blueprint))
    checked = _checked(ledger_rows(blueprint, joined_marks(roster, marks), kind, candidate), places)
    commit = Store(store).put(
        checked,
        places,
        person,
        paths=[folder / MARKS_FILE],
        note=note,
        replacing={"exam_id": [blueprint.exam, _resit(blueprint), *checked.accepted["exam_id"].unique()]},
    )
    if commit is not None:
        source = digest((folder / MARKS_FILE).read_bytes())
        audit.record(
            folder / AUDIT_FILE,
            "exam.to_store",
            person,
            version=commit.version,
            rows=len(checked.accepted),
            sha256=source,
        )
    return commit


def ledger_rows(blueprint: Blueprint, marked: "pd.DataFrame", kind: str, candidate: str) -> "pd.DataFrame":
    """Return the rows of the ledger as texts, by code name; the index is the line of the roster.

    Who was disqualified sat, without a mark and without passing.

    :param marked: the roster with mark and passed, in the order of its file.
    """
    import pandas as pd

    sat = marked["status"] != ABSENT
    words = {ABSENT: LEDGER_ABSENT, REGISTERED: None}
    rows = {
        "exam_id": marked["form"].eq(blueprint.resit).map({True: _resit(blueprint), False: blueprint.exam}),
        "candidate_no": marked["candidate"],
        "place": marked["unit"],
        "name": marked["name"],
        "candidate": marked["post"].where(marked["post"].isin(CANDIDATES.values()), CANDIDATES[candidate]),
        "kind": KINDS[kind],
        "held_on": blueprint.date.isoformat(),
        "status": marked["status"].map(lambda status: words.get(status, SAT)),
        "mark": marked["mark"].where(sat),
        "full_mark": str(blueprint.total),
        "passed": marked["passed"].map({True: "是", False: "否"}).where(sat, None),
    }
    return pd.DataFrame(rows).set_index(marked.index + 2)[list(RESULTS.names)].astype(object)


def _still_to_come(folder: Path, blueprint: Blueprint) -> list[Problem]:
    """Return a problem when the day of the exam is in the future, in place of the ledger's for each row."""
    if blueprint.date <= date.today():
        return []
    where = Where(str(folder / BLUEPRINT_FILE), "date", _("line {number}").format(number=blueprint.line("date")))
    what = _("The exam is on {day}, which is still to come").format(day=blueprint.date)
    return [Problem(where, what, _("Return the results after that day; those of a trial stay out of the ledgers"))]


def _resit(blueprint: Blueprint) -> str:
    return f"{blueprint.exam}（补考）"


def _checked(rows: "pd.DataFrame", places: "Places") -> Checked:
    titles: dict[str, Any] = {column.name: column.title for column in RESULTS.columns}
    return check_tables(RESULTS, [_RosterTable(RESULTS, ROSTER_FILE, RESULTS.title, titles, rows, None)], places)
