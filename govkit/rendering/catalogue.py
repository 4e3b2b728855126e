"""The catalogue of reports: one notebook each, with its metadata and its typed parameters.

A report notebook's metadata holds ``govkit``: ``title``, ``description``, ``levels``, ``audiences``, ``indicators``,
``trends`` and, where no unit may be missing, ``needs_all_units``; its parameters are declared as
:mod:`govkit.rendering.declaration` reads them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.rendering.declaration import Parameter, declared_parameters, read_values

FOLDER = "notebooks/reports"


@dataclass(frozen=True)
class Report:
    """A report notebook on disk.

    >>> report = find_report("village_profile")
    >>> report, report.levels, report.audiences
    (Report('village_profile', '一村一表'), ('village',), ('internal',))
    >>> report.parameters[0].name, report.parameters[0].type
    ('period', 'str')
    """

    path: Path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.title!r})"

    @property
    def name(self) -> str:
        """The report's name in commands: the notebook's file name without its ending."""
        return self.path.stem

    @cached_property
    def notebook(self) -> Any:
        """The notebook's JSON; do not change it."""
        return json.loads(self.path.read_bytes())

    @property
    def title(self) -> str:
        """The report's Chinese name."""
        return str(self._about.get("title", self.name))

    @property
    def description(self) -> str:
        """The report's purpose, in a sentence."""
        return str(self._about.get("description", ""))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels it can be rendered for."""
        return tuple(self._about.get("levels", ("district",)))

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences it can be rendered for."""
        return tuple(self._about.get("audiences", ("internal",)))

    @property
    def default_audience(self) -> str:
        """The audience where none is named: internal, or the only one that the report is made for."""
        return self.audiences[0] if len(self.audiences) == 1 else "internal"

    @property
    def reads(self) -> str:
        """The rows it reads: ``place``, those of its own place only, or ``all``, the default."""
        return str(self._about.get("reads", "all"))

    @property
    def needs_all_units(self) -> bool:
        """Whether it is refused while units have not reported the month, unless that is asked for."""
        return bool(self._about.get("needs_all_units", False))

    @property
    def indicators(self) -> tuple[str, ...]:
        """The codes of the indicators that it shows, to be computed once for a whole batch."""
        return tuple(self._about.get("indicators", ()))

    @property
    def trends(self) -> tuple[str, ...]:
        """The codes of the indicators whose trend over months it shows."""
        return tuple(self._about.get("trends", ()))

    @cached_property
    def sha256(self) -> str:
        """The hash of the notebook file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that its ``parameters`` cell declares."""
        return declared_parameters(self.notebook)

    @property
    def _about(self) -> Mapping[str, Any]:
        about: Mapping[str, Any] = self.notebook["metadata"].get("govkit", {})
        return about


def reports(folder: Path | None = None) -> list[Report]:
    """Return every report of a folder, by name; of the shipped ones by default."""
    return [Report(path) for path in sorted((folder or shipped(FOLDER)).glob("*.ipynb"))]


def find_report(name: str, folder: Path | None = None) -> Report:
    """Return a report by its name.

    :raises UsageError: there is no such report; the problem lists the names.
    """
    known = {report.name: report for report in reports(folder)}
    if name not in known:
        raise UsageError(
            Problem(
                Where("report", item=name),
                _("There is no report “{value}”").format(value=name),
                _("Choose one of: {choices}").format(choices="、".join(known)),
            )
        )
    return known[name]


def running_values(
    report: Report, given: Mapping[str, Any], unknown: Iterable[str] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of a running notebook's parameters, and the problems of those missing, unknown or wrong.

    :param given: the names of the notebook, its parameters among them.
    :param unknown: names that were assigned as parameters and are none.
    """
    names = [parameter.name for parameter in report.parameters]
    problems = [
        Problem(
            Where(report.name, item=name),
            _("The parameter has no value"),
            _("Run the cell of the parameters first: choose “Run All Cells”"),
        )
        for name in names
        if name not in given
    ]
    wanted = {name: given[name] for name in names if name in given} | dict.fromkeys(unknown)
    values, faults = read_values(report.name, report.parameters, wanted, report.audiences)
    return values, [*problems, *faults]


def find_notebook(name: str) -> Report:
    """Return a shipped notebook by its path below ``notebooks`` without the ending, or a report by its name.

    >>> find_notebook("exams/mark").title, find_notebook("services").title
    ('评分和改答案重评', '便民服务情况')

    :raises UsageError: there is no such notebook.
    """
    path = shipped(f"notebooks/{name}.ipynb")
    return Report(path) if path.is_file() else find_report(name)


def check_parameters(report: Report, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given parameters as the report uses them: checked, and synonyms resolved.

    :raises InputError: unknown names, wrong types, values of another form; all problems at once.
    """
    values, problems = read_values(report.name, report.parameters, given, report.audiences)
    refuse(problems)
    return values
