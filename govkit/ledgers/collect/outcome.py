"""What came of a round of collecting, unit by unit."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from govkit.core.errors import Problem
from govkit.ledgers.collect.versions import Passed
from govkit.ledgers.places import Place

Result = Literal["taken", "unchanged", "returned"]


@dataclass(frozen=True)
class Outcome:
    """What came of one unit's report, or of a workbook that nobody knows the unit of.

    :ivar result: ``taken``, ``unchanged`` (the same workbooks were taken before) or ``returned``.
    :ivar rows: ledger code → rows taken.
    :ivar nil: the ledgers for which nothing was declared.
    :ivar unfilled: the ledgers whose sheets hold neither rows nor a declaration.
    :ivar files: the workbooks that counted, by their names as they were sent.
    :ivar passed: the workbooks that were passed over for newer ones.
    :ivar problems: what is wrong, warnings included.
    :ivar copies: the annotated copies.
    :ivar told_by: what the unit and the month were told by, file by file.
    :ivar version: the store's version that it became.
    """

    unit: Place | None
    result: Result
    rows: dict[str, int] = field(default_factory=dict)
    nil: tuple[str, ...] = ()
    unfilled: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    passed: tuple[Passed, ...] = ()
    problems: tuple[Problem, ...] = ()
    copies: tuple[Path, ...] = ()
    told_by: tuple[tuple[str, str], ...] = ()
    version: int | None = None

    @property
    def errors(self) -> int:
        """For how many problems it was sent back."""
        return sum(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True)
class Round:
    """What came of a round of collecting.

    :ivar month: the month that was collected.
    :ivar files: how many workbooks arrived.
    :ivar outcomes: by unit in the order of the register, those of unknown units last.
    :ivar other_months: workbooks of another month, as problems; nothing of them was taken.
    :ivar unread: what could not be opened, or is no workbook, as problems and remarks.
    :ivar noise: how many files were passed over that programs leave beside the user's.
    """

    month: str
    files: int
    outcomes: tuple[Outcome, ...]
    other_months: tuple[Problem, ...]
    unread: tuple[Problem, ...]
    noise: int = 0

    def of(self, result: Result) -> list[Outcome]:
        """Return the outcomes with a result."""
        return [outcome for outcome in self.outcomes if outcome.result == result]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, errors and warnings."""
        own = (problem for outcome in self.outcomes for problem in outcome.problems)
        return (*self.unread, *self.other_months, *own)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which something was not taken."""
        return tuple(problem for problem in self.problems if problem.severity == "error")
