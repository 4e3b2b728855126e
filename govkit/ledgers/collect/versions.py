"""Which of several workbooks of one unit and month counts: the newest, ledger by ledger, and by what rule.

The newest is the one saved last, as the workbooks say themselves; where one of them does not say it, the one that
arrived last. Equal content is one workbook. Different content with equal time is nobody's guess: it is a Problem.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.collect.delivery import Delivery
from govkit.ledgers.places import Place


@dataclass(frozen=True)
class Passed:
    """A workbook that another one of the same unit and month was taken before, and why.

    :ivar taken: the names of those that were taken.
    :ivar rule: why, in words.
    """

    delivery: Delivery
    taken: tuple[str, ...]
    rule: str


@dataclass
class Report:
    """What one unit reported for one month: the workbooks that count, each with the ledgers it counts for.

    :ivar parts: workbooks and ledger codes.
    :ivar passed: the workbooks that were passed over.
    :ivar problems: what is wrong with any of them, or with the choice.
    """

    unit: Place
    month: str
    parts: list[tuple[Delivery, set[str]]] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def deliveries(self) -> list[Delivery]:
        """The workbooks that count."""
        return [delivery for delivery, _codes in self.parts]


def reports(deliveries: Iterable[Delivery]) -> list[Report]:
    """Return the report of each unit and month; workbooks without either are left out."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in deliveries:
        if delivery.unit is not None:
            groups.setdefault((delivery.unit.code, delivery.month), []).append(delivery)
    return [_report(group) for group in groups.values()]


def newest_first(deliveries: Sequence[Delivery]) -> tuple[list[Delivery], str]:
    """Return workbooks, the newest first, and the rule in words."""
    if all(delivery.saved for delivery in deliveries):
        return sorted(deliveries, key=_saved, reverse=True), _("saved last, as the workbooks say themselves")
    return sorted(deliveries, key=lambda one: one.arrived.time, reverse=True), _("arrived last")


def _report(group: Sequence[Delivery]) -> Report:
    first = group[0]
    assert first.unit is not None  # noqa: S101 - the caller looked
    report = Report(first.unit, first.month)
    distinct = _distinct(group, report)
    ordered, rule = newest_first(distinct)
    report.problems += _equal_times(ordered)
    counted: set[str] = set()
    for delivery in ordered:
        codes = delivery.codes - counted
        newer = tuple(other.name for other, _codes in report.parts)
        if report.parts and not codes:
            report.passed.append(Passed(delivery, newer, rule))
            continue
        report.parts.append((delivery, codes))
        counted |= codes
    return report


def _distinct(group: Sequence[Delivery], report: Report) -> list[Delivery]:
    """Return the workbooks with different content, the first to arrive of equal ones."""
    kept: dict[str, Delivery] = {}
    for delivery in sorted(group, key=lambda one: one.arrived.time):
        equal = kept.setdefault(delivery.content, delivery)
        if equal is not delivery:
            report.passed.append(Passed(delivery, (equal.name,), _("equal content")))
    return list(kept.values())


def _equal_times(ordered: Sequence[Delivery]) -> Iterator[Problem]:
    by_saved = all(delivery.saved for delivery in ordered)
    for one, other in combinations(ordered, 2):
        moments = (one.saved, other.saved) if by_saved else (one.arrived.time, other.arrived.time)
        shared = one.codes & other.codes
        rivals = bool(shared) or not (one.codes or other.codes)
        newer = ordered[: ordered.index(one)]
        if (
            moments[0] == moments[1]
            and rivals
            and not any(shared <= third.codes for third in newer if third is not one)
        ):
            yield Problem(
                Where(one.name),
                _("It differs from “{other}”, of the same unit, month and time; nothing tells which one counts").format(
                    other=other.name
                ),
                _("Ask the unit which one counts, and take the other out of the folder"),
            )


def _saved(delivery: Delivery) -> dt.datetime:
    assert delivery.saved  # noqa: S101 - the caller looked
    return delivery.saved
