"""What goes wrong, told so that the reader can mend it.

Anything wrong with a user's input is a :class:`Problem`: where it is, what is wrong (with the offending value) and
how to repair it. Problems are gathered and shown all at once. Exit codes follow the class of the error:
0 done, 1 problems in the user's input, 2 usage, 3 a fault of ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a problem: a source (file, notebook), a part of it (sheet, section), an item (cell, line)."""

    source: str
    part: str = ""
    item: str = ""

    def __str__(self) -> str:
        return " · ".join(word for word in (self.source, self.part, self.item) if word)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the user's input. A ``warning`` is shown but refuses nothing."""

    where: Where
    what: str
    repair: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.what} → {self.repair}"

    def as_dict(self) -> dict[str, str]:
        """Return the problem as flat text fields for ``--json``."""
        return {"where": str(self.where), "what": self.what, "repair": self.repair, "severity": self.severity}


class GovkitError(Exception):
    """Base of every error the kit raises on purpose; carries its problems and the exit code they mean."""

    exit_code = 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InputError(GovkitError):
    """The user's input was refused; nothing was changed."""

    exit_code = 1


class UsageError(GovkitError):
    """The command was called in a way it does not take."""

    exit_code = 2


class InternalError(GovkitError):
    """Something of ours failed: a missing font, an engine that died, a file that cannot be written."""

    exit_code = 3


def refuse(problems: Sequence[Problem]) -> None:
    """Raise :class:`InputError` with all ``problems`` if any of them is an error; warnings pass."""
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
