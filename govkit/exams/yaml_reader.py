"""YAML of blueprints and question banks: a tree of texts with line numbers, and one typed reader over it.

Nothing is guessed to be a number or a date, nothing is executed. Anchors and aliases, duplicate names, deep nesting and
outsized files are refused, as problems with their line.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from govkit.core.errors import Problem, Severity, Where
from govkit.core.i18n import gettext as _

MAX_BYTES = 5_000_000
MAX_DEPTH = 20
LARGEST_NUMBER = Decimal(10**6)

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class YamlText:
    """A scalar as text; empty for null."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence."""

    items: tuple["YamlNode", ...]
    line: int


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A mapping by name; ``lines`` are the lines of the names."""

    entries: dict[str, "YamlNode"]
    line: int
    lines: dict[str, int] = field(default_factory=dict)

    def get(self, name: str) -> "YamlNode | None":
        """Return a value, None where it is missing or empty."""
        node = self.entries.get(name)
        return None if isinstance(node, YamlText) and not node.text else node

    def line_of(self, name: str) -> int:
        """Return the line of a name; of the mapping where the name is not in it."""
        return self.lines.get(name, self.line)


YamlNode = YamlText | YamlList | YamlMap


def read_yaml(path: Path) -> tuple[YamlNode | None, list[Problem]]:
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
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> tuple[YamlNode | None, list[Problem]]:
    r"""Return the tree of a YAML text; ``source`` is named in the problems.

    >>> tree, problems = parse_yaml("exam: district\nforms: [A, B]", "blueprint.yaml")
    >>> tree.entries["forms"].items[1], problems
    (YamlText(text='B', line=2), [])
    """
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
        return YamlText("", 1), []
    tree = _node(node, source, problems)
    return tree, problems


def read_values(path: Path) -> dict[str, Any]:
    """Return the texts, lists and mappings of a YAML file that holds a mapping; empty where it cannot be read."""
    tree, problems = read_yaml(path)
    values = _values(tree) if tree is not None and not problems else None
    return values if isinstance(values, dict) else {}


def at(source: str, line: int) -> Where:
    """Return the place of a line."""
    return Where(source, item=_("line {number}").format(number=line))


class YamlReader:
    """Typed access to the values of one file; what does not fit is gathered in ``problems``.

    A value that is missing and one that is empty are the same. Every method returns an empty value of its type where
    it notes a problem, so that reading goes on to the next one.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def note(self, line: int, what: str, repair: str, severity: Severity = "error") -> None:
        """Add a problem at a line."""
        self.problems.append(Problem(at(self.source, line), what, repair, severity))

    def problem(self, mapping: YamlMap, name: str, what: str, repair: str) -> None:
        """Add a problem with a value of a mapping."""
        item = _("line {number}").format(number=mapping.line_of(name))
        self.problems.append(Problem(Where(self.source, name, item), what, repair))

    def unknown(self, mapping: YamlMap, known: Collection[str], of: str) -> None:
        """Note a problem for each name of a mapping that is not in ``known``; ``of`` describes the mapping."""
        for name in mapping.entries:
            if name not in known:
                what = _("unknown field “{name}” in {of}").format(name=name, of=of)
                self.problem(mapping, name, what, _("use one of {known}").format(known=", ".join(sorted(known))))

    def text(self, mapping: YamlMap, name: str, *, required: bool = False) -> str:
        """Return a text, empty if it is missing."""
        value = mapping.get(name)
        if isinstance(value, YamlText):
            return value.text
        if value is not None:
            self.problem(mapping, name, _("“{name}” is not a text").format(name=name), _("write one text"))
        elif required:
            self.missing(mapping, name, _("a text"))
        return ""

    def number(
        self, mapping: YamlMap, name: str, *, required: bool = False, most: Decimal | None = None
    ) -> Decimal | None:
        """Return a number exactly as written, None if it is missing; with ``most`` it must lie from 0 to that."""
        if required and mapping.get(name) is None:
            self.missing(mapping, name, _("a number"))
        text = self.text(mapping, name)
        if not text:
            return None
        number = decimal_of(text)
        if number is None:
            what = _("“{value}” in “{name}” is no number").format(value=shown(text), name=name)
            self.problem(mapping, name, what, _("write a number"))
        elif most is not None and not 0 <= number <= most:
            self.misfit(mapping, name, _("a number from 0 to {most}").format(most=most))
        else:
            return number
        return None

    def whole(self, mapping: YamlMap, name: str, *, required: bool = False, least: int = 0) -> int | None:
        """Return a whole number from ``least`` on, None if it is missing."""
        number = self.number(mapping, name, required=required)
        if number is None:
            return None
        if number != int(number) or not least <= number <= LARGEST_NUMBER:
            self.misfit(mapping, name, _("a whole number from {least}").format(least=least))
            return None
        return int(number)

    def day(self, mapping: YamlMap, name: str, *, required: bool = False) -> date | None:
        """Return a date (ISO), None if it is missing."""
        if required and mapping.get(name) is None:
            self.missing(mapping, name, _("a date such as 2015-10-20"))
        text = self.text(mapping, name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            what = _("“{value}” in “{name}” is no date").format(value=shown(text), name=name)
            self.problem(mapping, name, what, _("write it as 2025-12-31"))
            return None

    def texts(self, mapping: YamlMap, name: str) -> tuple[str, ...]:
        """Return a list of texts; one text stands for a list of one."""
        value = mapping.get(name)
        if value is None:
            return ()
        items = value.items if isinstance(value, YamlList) else (value,)
        found = [item.text for item in items if isinstance(item, YamlText)]
        if len(found) != len(items):
            self.problem(mapping, name, _("“{name}” is not a list of texts").format(name=name), _("write “[…, …]”"))
        return tuple(text for text in found if text)

    def mapping(self, mapping: YamlMap, name: str) -> YamlMap:
        """Return a mapping, an empty one if it is missing."""
        value = mapping.get(name)
        if isinstance(value, YamlMap):
            return value
        if value is not None:
            self.misfit(mapping, name, _("a mapping"))
        return YamlMap({}, mapping.line_of(name))

    def missing(self, mapping: YamlMap, name: str, wanted: str) -> None:
        """Note a problem: a value is missing."""
        what = _("“{name}” is missing").format(name=name)
        self.problem(mapping, name, what, _("Give {wanted}").format(wanted=wanted))

    def misfit(self, mapping: YamlMap, name: str, wanted: str) -> None:
        """Note a problem: a value does not fit."""
        what = _("“{value}” does not fit {name}").format(value=shown(mapping.get(name)), name=name)
        self.problem(mapping, name, what, _("Give {wanted}").format(wanted=wanted))


def decimal_of(value: Any) -> Decimal | None:
    """Return the finite number that a text writes, None if it writes none.

    >>> decimal_of("0.72"), decimal_of("NaN"), decimal_of("sixty")
    (Decimal('0.72'), None, None)
    """
    try:
        number = Decimal(value) if isinstance(value, str) and len(value) <= 40 else Decimal("NaN")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def shown(value: "YamlNode | str | None") -> str:
    """Return a value as a problem quotes it, cut where it is long."""
    text = value if isinstance(value, str) else str(_values(value)) if value is not None else ""
    return text if len(text) <= 60 else text[:57] + "…"


def _values(node: YamlNode) -> Any:
    if isinstance(node, YamlList):
        return [_values(item) for item in node.items]
    if isinstance(node, YamlMap):
        return {name: _values(entry) for name, entry in node.entries.items()}
    return node.text


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


def _node(node: yaml.Node, source: str, problems: list[Problem]) -> YamlNode:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _map(node, source, problems)
    if isinstance(node, yaml.SequenceNode):
        return YamlList(tuple(_node(each, source, problems) for each in node.value), line)
    text = str(node.value)
    bare = not getattr(node, "style", None)  # the C parser says "", the Python one None
    return YamlText("" if bare and text.lower() in _NULLS else text.strip(), line)


def _map(node: yaml.MappingNode, source: str, problems: list[Problem]) -> YamlMap:
    found = YamlMap({}, node.start_mark.line + 1)
    for name_node, value in node.value:
        line = name_node.start_mark.line + 1
        name = str(name_node.value) if isinstance(name_node, yaml.ScalarNode) else "?"
        if name in found.entries:
            what = _("“{name}” appears twice, first in line {line}").format(name=name, line=found.lines[name])
            problems.append(Problem(at(source, line), what, _("keep one")))
        found.entries[name] = _node(value, source, problems)
        found.lines[name] = line
    return found


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
