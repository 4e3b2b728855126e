"""A YAML mapping as nested plain texts with the line of every value, and typed reading that gathers all problems."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from govkit.errors import InputProblems, Problem, Where, refuse
from govkit.exams.yamltree import Branch, Row, Tree, read_tree
from govkit.i18n import gettext as _

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

    :raises InputProblems: it cannot be read, is no YAML (with line and column), or holds no mapping.
    """
    tree, problems = read_tree(path)
    refuse(problems)
    if not isinstance(tree, Branch):
        what = _("The file holds no mapping")
        raise InputProblems(Problem(Where(path.name), what, _("Write lines of “name: value”")))
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
