"""The roster (考生名册): the candidates registered for each form of an exam, and their attendance.

``roster.csv``: candidate (准考证号), name, unit, post, form, status. One row for each candidate and form; who takes the
resit as well has a second row with the resit's form.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core.errors import Problem, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.folder import read_table, row_problems, write_table

if TYPE_CHECKING:
    import pandas as pd

ROSTER_FILE = "roster.csv"
COLUMNS = ("candidate", "name", "unit", "post", "form", "status")

PRESENT, ABSENT, DISQUALIFIED, REGISTERED = "present", "absent", "disqualified", ""

# Spellings that trainers use; registered is the state before the exam.
STATUSES = {
    **{word: word for word in (PRESENT, ABSENT, DISQUALIFIED, REGISTERED)},
    "实考": PRESENT,
    "到考": PRESENT,
    "缺考": ABSENT,
    "取消": DISQUALIFIED,
    "违纪": DISQUALIFIED,
    "registered": REGISTERED,
    "应考": REGISTERED,
}


def read_roster(folder: Path, forms: tuple[str, ...], resit: str) -> "pd.DataFrame":
    """Return the roster of an exam folder as text columns, ``status`` in one spelling.

    :raises InputError: a row without number, an unknown form or status, one candidate twice (but for the resit).
    """
    path = folder / ROSTER_FILE
    table = read_table(path, ("candidate", "form"), ("name", "unit", "post", "status")).to_pandas()
    roster: pd.DataFrame = table[list(COLUMNS)].astype("str").apply(lambda column: column.str.strip())
    refuse(_problems(path, roster, forms, resit))
    return roster.assign(status=roster["status"].map(STATUSES))


def write_roster(folder: Path, roster: "pd.DataFrame") -> None:
    """Write the roster of an exam folder atomically."""
    write_table(folder / ROSTER_FILE, roster[list(COLUMNS)])


def _problems(path: Path, roster: "pd.DataFrame", forms: tuple[str, ...], resit: str) -> list[Problem]:
    unknown_form = ~roster["form"].isin(forms)
    unknown_status = ~roster["status"].isin(STATUSES)
    nameless = roster["candidate"] == ""
    sitting = roster["candidate"] + roster["form"].eq(resit).map({True: "\x1fresit", False: ""})
    twice = sitting.duplicated() & ~nameless
    known, statuses = ", ".join(forms), ", ".join(word for word in STATUSES if word)
    return [
        *_for(path, nameless, roster["candidate"], _("A candidate has no number"), _("Give the admission number")),
        *_for(
            path,
            unknown_form,
            roster["form"],
            _("Form “{value}” is unknown"),
            _("Use one of: {names}").format(names=known),
        ),
        *_for(
            path,
            unknown_status,
            roster["status"],
            _("Status “{value}” is unknown"),
            _("Use one of: {names}").format(names=statuses),
        ),
        *_for(
            path,
            twice,
            roster["candidate"],
            _("Candidate {value} appears twice"),
            _("Keep one of the rows"),
        ),
    ]


def _for(path: Path, bad: "pd.Series[bool]", values: "pd.Series[str]", what: str, repair: str) -> list[Problem]:
    rows = bad.to_numpy().nonzero()[0].tolist()
    return row_problems(path, rows, [what.format(value=values.iloc[row]) for row in rows], repair)
