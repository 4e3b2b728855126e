"""Reading the named fields of a YAML tree as texts, numbers and dates; every mismatch becomes a problem."""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from govkit.errors import Problem, Severity
from govkit.exams.yamltree import Branch, Leaf, Row, at
from govkit.i18n import gettext as _


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
