"""The row rules that ledgers share, so that a declaration can say them in a line.

Blanks are right for every rule here but :func:`needed_when`: whether a cell may be blank is the column's own matter.
"""

from collections.abc import Callable
from typing import Any

from govkit.i18n import gettext as _
from govkit.ledgers.declare import Column, Rule


def in_order(first: Column, later: Column) -> Rule:
    """``later`` is not before ``first``."""
    return Rule(
        columns=(later.name, first.name),
        holds=lambda f: f[later.name].isna() | f[first.name].isna() | (f[later.name] >= f[first.name]),
        what=_("{later_title} {{{later}}} lies before {first_title} {{{first}}}").format(
            later_title=later.title, later=later.name, first_title=first.title, first=first.name
        ),
        repair=_("Correct one of the two days"),
    )


def not_above(part: Column, whole: Column) -> Rule:
    """``part`` counts some of ``whole`` and so is not above it."""
    return Rule(
        columns=(part.name, whole.name),
        holds=lambda f: f[part.name].isna() | f[whole.name].isna() | (f[part.name] <= f[whole.name]),
        what=_("{part_title} {{{part}}} is more than {whole_title} {{{whole}}}").format(
            part_title=part.title, part=part.name, whole_title=whole.title, whole=whole.name
        ),
        repair=_("Correct one of the two numbers"),
    )


def needed_when(column: Column, when: Callable[[Any], Any], because: str) -> Rule:
    """``column`` is filled in wherever ``when`` holds; ``because`` says the case in words."""
    return Rule(
        columns=(column.name,),
        holds=lambda f: ~when(f).fillna(value=False).astype(bool) | f[column.name].notna(),
        what=_("{title} is blank, though {because}").format(title=column.title, because=because),
        repair=_("Fill in {title}").format(title=column.title),
    )


def blank_unless(column: Column, when: Callable[[Any], Any], because: str) -> Rule:
    """``column`` is blank wherever ``when`` does not hold; ``because`` says what it takes in words."""
    return Rule(
        columns=(column.name,),
        holds=lambda f: when(f).fillna(value=False).astype(bool) | f[column.name].isna(),
        what=_("{title} is filled in ({{{name}}}), but {because}").format(
            title=column.title, name=column.name, because=because
        ),
        repair=_("Clear {title}, or correct what contradicts it").format(title=column.title),
    )
