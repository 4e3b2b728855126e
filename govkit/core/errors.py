"""Problems in the user's input, and the errors that carry them.

A :class:`Problem` names the place, the mistake (with the offending value quoted) and the repair. Problems are gathered
and reported all at once. The exit code follows the class of the error: 0 done, 1 problems in the user's input, 2 wrong
usage, 3 an internal error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]
PROBLEMS = "application/vnd.govkit.problems+json"
"""The type of a notebook output that carries problems as values."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a problem: a source (file, notebook), a part of it (sheet, section), an item (cell, line).

    >>> str(Where("纠纷.xlsx", "矛盾纠纷台账", "B17"))
    '纠纷.xlsx · 矛盾纠纷台账 · B17'
    """

    source: str
    part: str = ""
    item: str = ""

    def __str__(self) -> str:
        return " · ".join(word for word in (self.source, self.part, self.item) if word)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the user's input; a ``warning`` is reported but refuses nothing.

    :ivar also: the other items of the same part that it is about, where one cause explains several mistakes.

    >>> print(Problem(Where("纠纷.xlsx", item="C3"), "没有名为“无此村”的单位", "请从下拉列表中选择"))
    纠纷.xlsx · C3: 没有名为“无此村”的单位 → 请从下拉列表中选择
    """

    where: Where
    what: str
    repair: str
    severity: Severity = "error"
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: {self.what} → {self.repair}"

    def as_dict(self) -> dict[str, str]:
        """Return the problem as flat text fields for ``--json``."""
        fields = {"where": str(self.where), "what": self.what, "repair": self.repair, "severity": self.severity}
        return fields | ({"also": "、".join(self.also)} if self.also else {})


class GovkitError(Exception):
    """Base of the errors that govkit raises on purpose: its problems and the exit code they lead to.

    :param problems: one problem or several.
    :ivar problems: the problems, in the order given.
    :ivar exit_code: the exit code of a command that ends with this error.
    """

    exit_code = 3
    _published = False

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def _render_traceback_(self) -> list[str]:
        """Publish the problems as a notebook output, a box and values, and return the lines that IPython shows."""
        from IPython.display import display

        from govkit.core.error_box import box_of, lines

        if not self._published:  # IPython calls it twice: to show the error, and to keep it
            values = [asdict(problem) for problem in self.problems]
            display({PROBLEMS: values, **box_of(self)}, raw=True)
        self._published = True
        return lines(self.problems)


class InputError(GovkitError):
    """The user's input was refused; nothing was changed."""

    exit_code = 1


class UsageError(GovkitError):
    """The command was called with unknown names or options that do not fit."""

    exit_code = 2


class InternalError(GovkitError):
    """Something failed that is not the user's input: a missing font, a dead engine, a file that cannot be written."""

    exit_code = 3


def problems_of(outputs: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """Return the problems that the outputs of an executed notebook's cell carry, see :data:`PROBLEMS`."""
    found = [one for output in outputs for one in output.get("data", {}).get(PROBLEMS, ())]
    return [
        Problem(Where(**one["where"]), one["what"], one["repair"], one["severity"], tuple(one["also"])) for one in found
    ]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise all problems if any of them is an error; do nothing if all are warnings.

    :raises InputError: at least one problem has the severity ``error``.
    """
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
