"""YAML as a tree of texts with line numbers: nothing is guessed to be a number or a date, nothing is executed.

Anchors and aliases, duplicate names, deep nesting and outsized files are refused, as problems with their line.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from govkit.core.errors import InputError, Problem, Severity, Where, refuse
from govkit.core.i18n import gettext as _

MAX_BYTES = 5_000_000
MAX_DEPTH = 20

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text (an empty one for null)."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    items: tuple["Tree", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping by name; ``lines`` are the lines of the names."""

    entries: dict[str, "Tree"]
    line: int
    lines: dict[str, int] = field(default_factory=dict)


Tree = Leaf | Row | Branch


def read_tree(path: Path) -> tuple[Tree | None, list[Problem]]:
    """Return the tree of a YAML file, or None with the problems that keep it from being read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [_too_big(path)]
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        what = _("cannot be read: {reason}").format(reason=error.strerror)
        return None, [Problem(Where(str(path)), what, _("check the path and the permissions"))]
    except UnicodeDecodeError as error:
        what = _("not UTF-8 at byte {byte}").format(byte=error.start)
        return None, [Problem(Where(str(path)), what, _("save it as UTF-8"))]
    return parse_tree(text, str(path))


def parse_tree(text: str, source: str) -> tuple[Tree | None, list[Problem]]:
    """Return the tree of a YAML text; ``source`` is named in the problems."""
    try:
        problems = _refused_events(text, source)
        if problems:
            return None, problems
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        return None, [_malformed(error, source)]
    except yaml.YAMLError as error:
        what = _("not YAML: {reason}").format(reason=str(error).splitlines()[0])
        return None, [Problem(Where(source), what, _("delete the characters that YAML does not allow"))]
    if node is None:
        return Leaf("", 1), []
    tree = _tree(node, source, problems)
    return tree, problems


def at(source: str, line: int) -> Where:
    """Return the place of a line."""
    return Where(source, item=_("line {line}").format(line=line))


def _refused_events(text: str, source: str) -> list[Problem]:
    problems: list[Problem] = []
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if anchor := getattr(event, "anchor", None):
            what = _("an anchor or alias “{name}”").format(name=anchor)
            problems.append(Problem(at(source, line), what, _("write the text out")))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                what = _("nested deeper than {depth} levels").format(depth=MAX_DEPTH)
                return [*problems, Problem(at(source, line), what, _("flatten it"))]
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return problems


def _tree(node: yaml.Node, source: str, problems: list[Problem]) -> Tree:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _branch(node, source, problems)
    if isinstance(node, yaml.SequenceNode):
        return Row(tuple(_tree(each, source, problems) for each in node.value), line)
    text = str(node.value)
    bare = not getattr(node, "style", None)  # the C parser says "", the Python one None
    return Leaf("" if bare and text.lower() in _NULLS else text.strip(), line)


def _branch(node: yaml.MappingNode, source: str, problems: list[Problem]) -> Branch:
    branch = Branch({}, node.start_mark.line + 1)
    for name_node, value in node.value:
        line = name_node.start_mark.line + 1
        name = str(name_node.value) if isinstance(name_node, yaml.ScalarNode) else "?"
        if name in branch.entries:
            what = _("“{name}” stands twice, first in line {line}").format(name=name, line=branch.lines[name])
            problems.append(Problem(at(source, line), what, _("keep one")))
        branch.entries[name] = _tree(value, source, problems)
        branch.lines[name] = line
    return branch


def _malformed(error: yaml.MarkedYAMLError, source: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = _("line {line}, column {column}")
    item = place.format(line=mark.line + 1, column=mark.column + 1) if mark else ""
    what = _("not YAML: {reason}").format(reason=error.problem or error.context or "")
    if error.context_mark and mark and error.context_mark.line != mark.line:
        what += _(" (what is not ended begins in line {line})").format(line=error.context_mark.line + 1)
    return Problem(Where(source, item=item), what, _("check indentation, quotes and colons there"))


def _too_big(path: Path) -> Problem:
    what = _("larger than {limit} bytes").format(limit=MAX_BYTES)
    return Problem(Where(str(path)), what, _("split it by topic"))


Place = tuple[str | int, ...]

_LARGEST_NUMBER = Decimal(10**6)


@dataclass(slots=True)
class Outline:
    """Texts, lists and mappings of a YAML file, the line of each, and the problems found while reading them.

    A value that is not there and one that is empty are the same: None.
    """

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
        return None if value == "" else value

    def text(self, *place: str | int, default: str | None = None) -> str:
        """Return a text; note a problem if it is not there and has no default, or is none."""
        value = self.at(*place)
        if isinstance(value, str):
            return value
        if value is None and default is not None:
            return default
        self._expected(place, value, _("a text"))
        return default or ""

    def whole(self, *place: str | int, default: int | None = None, least: int = 0) -> int:
        """Return a whole number from ``least`` on; note a problem otherwise."""
        number = self.number(*place, default=None if default is None else Decimal(default))
        if number == int(number) and number >= least:
            return int(number)
        if self.at(*place) is not None:
            self._expected(place, self.at(*place), _("a whole number from {least}").format(least=least))
        return default if default is not None else least

    def number(self, *place: str | int, default: Decimal | None = None, most: Decimal = _LARGEST_NUMBER) -> Decimal:
        """Return a number from 0 to ``most``, exactly as written; note a problem otherwise."""
        value = self.at(*place)
        if value is None and default is not None:
            return default
        number = decimal_of(value)
        if number is not None and 0 <= number <= most:
            return number
        self._expected(place, value, _("a number from 0 to {most}").format(most=most))
        return default if default is not None else Decimal(0)

    def day(self, *place: str | int) -> date:
        """Return a date; note a problem otherwise."""
        value = self.at(*place)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self._expected(place, value, _("a date such as 2015-10-20"))
            return date(1, 1, 1)

    def names(self, *place: str | int, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of different texts; note a problem otherwise."""
        value = self.at(*place)
        if value is None:
            return default
        if isinstance(value, list) and all(isinstance(name, str) for name in value) and len(set(value)) == len(value):
            return tuple(value)
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

    :raises InputError: it cannot be read, is no YAML (with line and column), or holds no mapping.
    """
    tree, problems = read_tree(path)
    refuse(problems)
    if not isinstance(tree, Branch):
        what = _("The file holds no mapping")
        raise InputError(Problem(Where(path.name), what, _("Write lines of “name: value”")))
    lines: dict[Place, int] = {}
    return Outline(path.name, _plain(tree, (), lines), lines)


def decimal_of(value: Any) -> Decimal | None:
    """Return the finite number a text writes, None if it writes none."""
    try:
        number = Decimal(value) if isinstance(value, str) and len(value) <= 40 else Decimal("NaN")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def shown(value: Any) -> str:
    """Return a value as quoted in a problem, cut where it is long."""
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _plain(tree: Tree, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, tree.line)
    if isinstance(tree, Row):
        return [_plain(item, (*place, index), lines) for index, item in enumerate(tree.items)]
    if isinstance(tree, Branch):
        lines.update({(*place, name): line for name, line in tree.lines.items()})
        return {name: _plain(entry, (*place, name), lines) for name, entry in tree.entries.items()}
    return tree.text


class FieldReader:
    """Reads the fields of one file and gathers what is wrong with them in ``problems``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def say(self, line: int, what: str, repair: str, severity: Severity = "error") -> None:
        """Add a problem at a line."""
        self.problems.append(Problem(at(str(self.path), line), what, repair, severity))

    def unknown(self, branch: Branch, known: set[str], of: str) -> None:
        """Say which fields of ``branch`` are none of ``known``."""
        for name in branch.entries:
            if name not in known:
                self.say(
                    branch.lines[name],
                    _("unknown field “{name}” in {of}").format(name=name, of=of),
                    _("use one of {known}").format(known=", ".join(sorted(known))),
                )

    def text(self, branch: Branch, name: str) -> str:
        """Return a field as text; empty if it is missing."""
        value = branch.entries.get(name)
        if value is None:
            return ""
        if isinstance(value, Leaf):
            return value.text
        self.say(value.line, _("“{name}” is not a text").format(name=name), _("write one text"))
        return ""

    def words(self, branch: Branch, name: str) -> tuple[str, ...]:
        """Return a list of texts; one text stands for a list of one."""
        value = branch.entries.get(name, Row((), 0))
        items = value.items if isinstance(value, Row) else (value,)
        leaves = [item for item in items if isinstance(item, Leaf)]
        if len(leaves) != len(items):
            self.say(value.line, _("“{name}” is not a list of texts").format(name=name), _("write “[…, …]”"))
        return tuple(leaf.text for leaf in leaves if leaf.text)

    def number(self, branch: Branch, name: str) -> Decimal | None:
        """Return a field as an exact number, None if it is missing or none."""
        text = self.text(branch, name)
        if not text:
            return None
        try:
            return Decimal(text) if len(text) <= 40 else Decimal("NaN")
        except InvalidOperation:
            what = _("“{value}” in “{name}” is no number").format(value=text, name=name)
            self.say(branch.lines.get(name, branch.line), what, _("write a number"))
            return None

    def date(self, branch: Branch, name: str) -> date | None:
        """Return a field as a date (ISO), None if it is missing or none."""
        text = self.text(branch, name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            what = _("“{value}” in “{name}” is no date").format(value=text, name=name)
            self.say(branch.lines.get(name, branch.line), what, _("write it as 2025-12-31"))
            return None
