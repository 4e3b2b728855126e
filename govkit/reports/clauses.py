"""The requests of a bulletin: an office's clauses, each told only when its condition holds.

``bulletin_clauses.csv`` in the folder of rules has a clause a row: the level it is for (blank: all), its number, its
condition and its text. A condition compares figures with numbers, joined by 且::

    化解率.本年 < 98 且 逾期 > 0

A figure is an indicator's code or Chinese name, with ``.本年`` for the year to date, or a name of :data:`COUNTS`. The
text may hold such names in braces. An undefined figure fulfils no condition.
"""

import datetime as dt
import operator
import re
import string
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.institutions.rulebook import NOT_SUPPLIED, in_force, rule_file, rule_rows
from govkit.ledgers.places import LEVEL_TITLES
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

CLAUSES = "bulletin_clauses"
COUNTS = ("逾期", "未报送", "不一致")
"""What a clause may ask for besides indicators: matters overdue, units missing, contradictions between ledgers."""
YEAR = ".本年"

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "≤": operator.le,
    "≥": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION = re.compile(r"\s*([^<>=≤≥]+?)\s*(<=|>=|≤|≥|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*")


def clauses_that_hold(f: "Figures", counts: Mapping[str, float], on: dt.date) -> list[str]:
    """Return the texts of the clauses in force whose condition holds for a place's figures.

    :param counts: the values of :data:`COUNTS`.
    :raises InputError: a condition cannot be read, or names an unknown figure; all problems at once.
    """
    problems: list[Problem] = []
    texts = []
    for line, row in enumerate(rule_rows(CLAUSES), 2):
        try:
            wanted = not row["group"] or row["group"] == LEVEL_TITLES[f.place.level]
            holds = _holds(row["condition"], line, f, counts)
            text = _filled(row["text"], line, f, counts)
        except InputError as error:
            problems += error.problems
            continue
        if wanted and holds and in_force(row, on) and text and text != NOT_SUPPLIED:
            texts.append(text)
    refuse(problems)
    return texts


def _holds(condition: str, line: int, f: "Figures", counts: Mapping[str, float]) -> bool:
    return all(_compares(part, line, f, counts) for part in condition.split("且") if part.strip())


def _compares(part: str, line: int, f: "Figures", counts: Mapping[str, float]) -> bool:
    found = _CONDITION.fullmatch(part)
    if found is None:
        what = _("“{value}” is no condition").format(value=part.strip())
        raise InputError(Problem(_at(line), what, _("Write it like “化解率.本年 < 98”, several joined by “且”")))
    name, sign, limit = found.groups()
    value = _value(name, line, f, counts)
    return value is not None and _COMPARISONS[sign](value, float(limit))


def _filled(text: str, line: int, f: "Figures", counts: Mapping[str, float]) -> str:
    words = []
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        what = _("the braces of “{value}” do not match").format(value=text)
        raise InputError(Problem(_at(line), what, _("Close every brace, or leave them out"))) from error
    for before, name, _spec, _conversion in parts:
        words.append(before)
        if name is not None:
            words.append(_said(name, line, f, counts))
    return "".join(words)


def _said(name: str, line: int, f: "Figures", counts: Mapping[str, float]) -> str:
    value = _value(name, line, f, counts)
    if name in COUNTS:
        return wording.number(value)
    figure = f[name.removesuffix(YEAR)]
    return figure.ytd if name.endswith(YEAR) else str(figure)


def _value(name: str, line: int, f: "Figures", counts: Mapping[str, float]) -> float | None:
    if name in COUNTS:
        return counts.get(name, 0)
    try:
        figure = f[name.removesuffix(YEAR)]
    except InputError as error:
        choices = "、".join(COUNTS)
        repair = _("Write an indicator's code or name, with “.本年” for the year to date, or one of: {choices}")
        what = "；".join(problem.what for problem in error.problems)
        raise InputError(Problem(_at(line), what, repair.format(choices=choices))) from error
    return figure.year_to_date if name.endswith(YEAR) else figure.value


def _at(line: int) -> Where:
    return Where(rule_file(CLAUSES), item=_("line {number}").format(number=line))
