"""What units reported (报送): one entry a unit, ledger and month, kept with the commit that it came with.

An entry is a part of a row of the table of commits, so it is versioned with the rows, and an undo takes back both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from govkit.ledgers.commit import Commit

State = Literal["reported", "nil", "returned"]
Key = tuple[str, str, str]
"""Unit, ledger and month of an entry."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What one unit reported of one ledger for one month.

    :ivar unit: the code of the unit that reports.
    :ivar ledger: the ledger's code; an empty text for a workbook that cannot be read at all.
    :ivar month: the month, like ``2015-09``.
    :ivar state: ``reported`` (rows came in), ``nil`` (declared: nothing this month) or ``returned`` (sent back).
    :ivar received: the day it arrived, like ``2015-10-03``.
    :ivar source: the file's name, or the words that stand for a declaration by hand.
    :ivar sha256: the hash of the file's content.
    :ivar rows: how many rows it held.
    :ivar problems: for how many problems it was sent back.
    :ivar filler: who filled it in, as the workbook says.
    :ivar saved: when the workbook was last saved, as it says itself.
    """

    unit: str
    ledger: str
    month: str
    state: State
    received: str
    source: str
    sha256: str = ""
    rows: int = 0
    problems: int = 0
    filler: str = ""
    saved: str = ""

    @property
    def key(self) -> Key:
        """Unit, ledger and month."""
        return self.unit, self.ledger, self.month

    @property
    def accepted(self) -> bool:
        """Whether the unit has reported with it: rows that were taken, or a declared nothing."""
        return self.state != "returned"


@dataclass(frozen=True, slots=True)
class Kept:
    """A submission and the commit that it came with.

    :ivar version: the store's version.
    :ivar person: who collected it.
    """

    submission: Submission
    version: int
    person: str


def in_force(commits: Sequence["Commit"]) -> list[Kept]:
    """Return the submissions of commits that were not undone, oldest first.

    :param commits: the commits of a store, oldest first.
    """
    undone = {commit.undoes for commit in commits}
    return [
        Kept(submission, commit.version, commit.person)
        for commit in commits
        if commit.version not in undone
        for submission in commit.submissions
    ]


def latest(kept: Iterable[Kept]) -> dict[Key, Kept]:
    """Return the last submission of each unit, ledger and month."""
    return {one.submission.key: one for one in kept}
