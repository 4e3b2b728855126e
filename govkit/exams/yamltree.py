"""YAML as a tree of texts with line numbers: nothing is guessed to be a number or a date, nothing is executed.

Anchors and aliases, duplicate names, deep nesting and outsized files are refused, as problems with their line.
"""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from govkit.errors import Problem, Where
from govkit.i18n import gettext as _

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
