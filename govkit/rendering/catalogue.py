"""The catalogue of reports: one notebook each, with its metadata and its typed parameters.

A report notebook's metadata holds ``govkit``: ``title``, ``description``, ``levels``, ``audiences``, ``indicators`` and
``trends``; its cell tagged ``parameters`` declares typed parameters, one a line, with a default and a comment that
explains it.
"""

import ast
import hashlib
import json
import math
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _

FOLDER = "notebooks/reports"
INTERNAL, PUBLIC = "internal", "public"
AUDIENCE_TITLES = {INTERNAL: "内部", PUBLIC: "公开"}
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its name, its type's name, its default, and its explanation."""

    name: str
    type: str
    default: Any
    help: str


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
    def reads(self) -> str:
        """The rows it reads: ``place``, those of its own place only, or ``all``, the default."""
        return str(self._about.get("reads", "all"))

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


def is_public(notebook: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Return whether a notebook run with these parameters makes a document for the public.

    The value given for ``audience`` decides, else the default that the parameters cell declares. Only ``internal`` is
    internal: an unknown audience, or one that cannot be read, counts as public and is checked.

    >>> notebook = find_report("monthly_bulletin").notebook
    >>> is_public(notebook, {}), is_public(notebook, {"audience": "public"}), is_public({"cells": []}, {})
    (False, True, True)
    """
    if "audience" in parameters:
        return bool(parameters["audience"] != INTERNAL)
    try:
        declared = {parameter.name: parameter.default for parameter in declared_parameters(notebook)}
    except (ValueError, SyntaxError, KeyError, TypeError):
        return True
    return bool(declared.get("audience") != INTERNAL)


def declared_parameters(notebook: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the parameters that a notebook's first cell tagged ``parameters`` declares.

    :raises ValueError: a default is no literal value.
    """
    cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    return tuple(found for cell in cells[:1] for found in _declared("".join(cell["source"])))


def _declared(source: str) -> Iterator[Parameter]:
    """Yield the parameters of a cell's source, ``name: type = default  # help``.

    They are those that papermill finds, whose import takes longer than a batch in which nothing has changed.
    """
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for line in ast.parse(source).body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=ast.expr() as default):
                yield Parameter(name, ast.unparse(kind), ast.literal_eval(default), comments.get(line.lineno, ""))
            case ast.Assign(targets=[ast.Name(id=name)], value=default):
                yield Parameter(name, "None", ast.literal_eval(default), comments.get(line.lineno, ""))


def check_parameters(report: Report, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given parameters if the report can be run with them.

    Only JSON values pass, because papermill writes parameters into the notebook as code.

    :raises InputError: unknown names, wrong types, values that are no JSON; all problems at once.
    """
    declared = {parameter.name: parameter for parameter in report.parameters}
    problems = [
        problem for name, value in given.items() for problem in _faults(report, declared.get(name), name, value)
    ]
    refuse(problems)
    return dict(given)


def _faults(report: Report, declared: Parameter | None, name: str, value: Any) -> list[Problem]:
    where = Where(report.name, item=name)
    if declared is None:
        names = "、".join(parameter.name for parameter in report.parameters)
        return [
            Problem(
                where,
                _("The report has no parameter “{name}”").format(name=name),
                _("Its parameters are: {names}").format(names=names),
            )
        ]
    allowed = _TYPES.get(declared.type, (object,))
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed and object not in allowed):
        return [
            Problem(
                where,
                _("{value} is not of the type {type}").format(value=_short(value), type=declared.type),
                _("Give a value like {default}").format(default=_short(declared.default)),
            )
        ]
    if not _is_plain(value):
        return [
            Problem(
                where,
                _("{value} is not a plain value").format(value=_short(value)),
                _("Give text, numbers, true or false, or lists and mappings of these"),
            )
        ]
    return []


def _is_plain(value: Any) -> bool:
    """Return whether a value is JSON and nothing else: exact types, finite numbers, text keys."""
    if value is None or type(value) in {str, int, bool}:
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) is dict and all(type(key) is str and _is_plain(item) for key, item in value.items())


def _short(value: Any) -> str:
    words = json.dumps(value, ensure_ascii=False, default=str)
    return words if len(words) <= 60 else words[:60] + "…"
