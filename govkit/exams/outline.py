"""A YAML file read with the line of every value, so that problems can name it; hostile files are refused.

No tags beyond YAML's own, no anchors and aliases, a cap on size and depth, no key twice.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from govkit.errors import InputProblems, Problem, Where, refuse
from govkit.i18n import gettext as _

LARGEST = 1_000_000

Place = tuple[str | int, ...]


@dataclass(slots=True)
class Outline:
    """Plain values of a YAML mapping, the line of each, and the problems found while reading it."""

    source: str
    data: dict[str, Any]
    lines: dict[Place, int]
    problems: list[Problem] = field(default_factory=list)

    def where(self, *place: str | int) -> Where:
        """Return the place of a value, or of the nearest one around it that is there."""
        known = next((place[:end] for end in range(len(place), 0, -1) if place[:end] in self.lines), ())
        item = _("line {number}").format(number=self.lines.get(known, 1))
        return Where(self.source, ".".join(map(str, place)), item)

    def problem(self, place: Place, what: str, repair: str) -> None:
        """Note a problem at a place."""
        self.problems.append(Problem(self.where(*place), what, repair))

    def at(self, *place: str | int) -> Any:
        """Return the value at a place, None if it is not there."""
        value: Any = self.data
        for step in place:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def text(self, *place: str | int, default: str | None = None) -> str:
        """Return a text; note a problem if it is not there and has no default, or is none."""
        value = self.at(*place)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
        if value is None and default is not None:
            return default
        self._expected(place, value, _("a text"))
        return default or ""

    def whole(self, *place: str | int, default: int | None = None, least: int = 0) -> int:
        """Return a whole number from ``least`` on; note a problem otherwise."""
        value = self.at(*place)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        if value is None and default is not None:
            return default
        self._expected(place, value, _("a whole number from {least}").format(least=least))
        return default if default is not None else least

    def number(self, *place: str | int, default: Decimal | None = None, most: Decimal | None = None) -> Decimal:
        """Return a number from 0 to ``most``, as written; note a problem otherwise."""
        value = self.at(*place)
        if value is None and default is not None:
            return default
        number = decimal_of(value)
        if number is not None and 0 <= number <= (most if most is not None else Decimal(10**6)):
            return number
        self._expected(place, value, _("a number, not negative") if most is None else f"0–{most}")
        return default if default is not None else Decimal(0)

    def day(self, *place: str | int) -> date:
        """Return a date; note a problem otherwise."""
        value = self.at(*place)
        if type(value) is date:
            return value
        self._expected(place, value, _("a date such as 2015-10-20"))
        return date(1, 1, 1)

    def names(self, *place: str | int, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of different texts; note a problem otherwise."""
        value = self.at(*place)
        if value is None:
            return default
        if isinstance(value, list) and all(isinstance(name, (str, int)) for name in value):
            names = tuple(str(name) for name in value)
            if len(set(names)) == len(names):
                return names
        self._expected(place, value, _("a list of different names"))
        return default

    def mapping(self, *place: str | int) -> dict[str, Any]:
        """Return a mapping, empty if it is not there; note a problem otherwise."""
        value = self.at(*place)
        if value is None or isinstance(value, dict):
            return value or {}
        self._expected(place, value, _("a mapping"))
        return {}

    def only(self, place: Place, allowed: frozenset[str]) -> None:
        """Note a problem for every name in the mapping at a place that is not one of ``allowed``."""
        for name in self.mapping(*place):
            if name not in allowed:
                what = _("“{name}” is not known here").format(name=name)
                self.problem((*place, name), what, _("Use one of: {names}").format(names=", ".join(sorted(allowed))))

    def _expected(self, place: Place, value: Any, wanted: str) -> None:
        name = ".".join(map(str, place))
        if value is None:
            self.problem(place, _("“{name}” is missing").format(name=name), _("Give {wanted}").format(wanted=wanted))
        else:
            what = _("“{value}” does not fit {name}").format(value=shown(value), name=name)
            self.problem(place, what, _("Give {wanted}").format(wanted=wanted))


def read_outline(path: Path) -> Outline:
    """Return the outline of a YAML file that holds a mapping.

    :raises InputProblems: it cannot be read, is too large, is no YAML (with line and column) or no mapping.
    """
    node = _composed(path)
    lines: dict[Place, int] = {}
    problems: list[Problem] = []
    data = _walked(node, (), path.name, lines, problems)
    refuse(problems)
    return Outline(path.name, data, lines)


def decimal_of(value: Any) -> Decimal | None:
    """Return a YAML number as the decimal that was written, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def shown(value: Any) -> str:
    """Return a value as quoted in a problem, cut where it is long."""
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _composed(path: Path) -> yaml.Node:
    try:
        text = path.read_bytes().decode("utf-8-sig") if path.stat().st_size <= LARGEST else None
    except (OSError, UnicodeDecodeError) as error:
        what = _("The file cannot be read as UTF-8 text ({reason})").format(reason=type(error).__name__)
        raise InputProblems(Problem(Where(str(path)), what, _("Check the name; save it as UTF-8"))) from None
    if text is None:
        raise InputProblems(Problem(Where(str(path)), _("The file is too large"), _("Split it")))
    try:
        _no_aliases(text)
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputProblems(_malformed(path, error)) from None
    if not isinstance(node, yaml.MappingNode):
        raise InputProblems(Problem(Where(path.name), _("The file holds no mapping"), _("Write “name: value” lines")))
    return node


def _no_aliases(text: str) -> None:
    for token in yaml.scan(text, yaml.SafeLoader):
        if isinstance(token, (yaml.AliasToken, yaml.AnchorToken)):
            raise yaml.MarkedYAMLError(problem=_("anchors and aliases are not taken"), problem_mark=token.start_mark)


def _malformed(path: Path, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    item = _("line {line}, column {column}").format(line=mark.line + 1, column=mark.column + 1) if mark else ""
    reason = getattr(error, "problem", None) or type(error).__name__
    what = _("The YAML cannot be read: {reason}").format(reason=reason)
    return Problem(Where(path.name, item=item), what, _("Check indentation, colons and quotes there"))


def _walked(node: yaml.Node, place: Place, source: str, lines: dict[Place, int], problems: list[Problem]) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_walked(child, (*place, index), source, lines, problems) for index, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapped(node, place, source, lines, problems)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        return str(node.value)


def _mapped(
    node: yaml.MappingNode, place: Place, source: str, lines: dict[Place, int], problems: list[Problem]
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name_node, child in node.value:
        name = str(name_node.value)
        if name in data:
            item = _("line {number}").format(number=name_node.start_mark.line + 1)
            what = _("“{name}” stands twice").format(name=name)
            problems.append(Problem(Where(source, item=item), what, _("Keep one of them")))
        data[name] = _walked(child, (*place, name), source, lines, problems)
        lines[*place, name] = name_node.start_mark.line + 1
    return data
