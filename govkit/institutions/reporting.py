"""Who must report which ledger each month, and who has (报送): by the rules of ``data/rules/reporting.csv``.

A unit has reported a ledger for a month where a collected workbook of it was taken, where it declared that there was
nothing (零报告), or where the store holds rows of it in that month. A month for which nothing was ever collected is
judged by township unit, since whole years of workbooks are imported then: see :func:`reported`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, cast

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.institutions.rulebook import NOT_SUPPLIED, Row, in_force, rule_file, rule_rows
from govkit.ledgers import submission
from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places

if TYPE_CHECKING:
    from govkit.ledgers.commit import Commit
    from govkit.ledgers.store import Store

RULES = "reporting"
LEVELS: Mapping[str, Level] = {"村": "village", "乡镇": "township", "区": "district"}


class Held(Protocol):
    """What a snapshot holds: the rows of its ledgers, the register of places, its commits."""

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Ledger code → rows."""

    @property
    def places(self) -> Places:
        """The register of places."""

    @property
    def commits(self) -> "Sequence[Commit]":
        """The commits up to the snapshot's version, oldest first."""


@dataclass(frozen=True)
class Duty:
    """That units of a level report a ledger each month; ``day`` of the month after, where the office supplied it."""

    ledger: str
    level: Level
    day: int | None
    mark: str
    source: str

    def due(self, month: Period) -> dt.date | None:
        """Return the last day for a month's report; None where no day is supplied.

        >>> Duty("disputes", "village", 5, "示意", "").due(Period.month("2015-09"))
        datetime.date(2015, 10, 5)
        """
        if self.day is None:
            return None
        after = Period.month(f"{month.end + dt.timedelta(days=1):%Y-%m}")
        return min(after.start + dt.timedelta(days=self.day - 1), after.end)


@dataclass(frozen=True)
class Reporting:
    """Who has reported a ledger for a period; every expected unit is in one of ``reported``, ``nil``, ``missing``.

    :ivar ledger: the ledger's code.
    :ivar period: the period.
    :ivar expected: the units that must report, or that may have rows of a ledger that nobody reports each month; codes
        in the order of the register.
    :ivar reported: those of them whose rows came in for every month of the period.
    :ivar nil: those of them that declared for every month that there was nothing, or in some and sent rows in others
        none of which holds a row.
    :ivar missing: those of them that did not report for at least one month.
    :ivar returned: those of the missing whose workbook was sent back.
    :ivar collected: whether reports of the period were collected unit by unit; if not, a township unit's workbook
        stands for its villages.
    """

    ledger: str
    period: Period
    expected: tuple[str, ...]
    reported: tuple[str, ...]
    nil: tuple[str, ...]
    missing: tuple[str, ...]
    returned: tuple[str, ...]
    collected: bool
    places: Places = field(repr=False, compare=False)

    @property
    def complete(self) -> bool:
        """Whether no unit is missing."""
        return not self.missing

    @property
    def silent(self) -> bool:
        """Whether units are expected, and not one of them has reported: a figure over them is 未报送, never 0."""
        return bool(self.expected) and len(self.missing) == len(self.expected)

    @property
    def share(self) -> tuple[int, int]:
        """How many units have reported, a declared nothing included, and how many are expected."""
        return len(self.expected) - len(self.missing), len(self.expected)

    def within(self, place: str) -> "Reporting":
        """Return the same of the units in a place: itself and those below it.

        :param place: the code of a place.
        """
        inside = {code for code in self.expected if place in self.places.line(code)}

        def kept(codes: Iterable[str]) -> tuple[str, ...]:
            return tuple(code for code in codes if code in inside)

        return replace(
            self,
            expected=kept(self.expected),
            reported=kept(self.reported),
            nil=kept(self.nil),
            missing=kept(self.missing),
            returned=kept(self.returned),
        )

    def townships(self) -> "dict[str, Reporting]":
        """Return the same by township unit, in the order of the register; units with nobody expected are left out."""
        return {place.code: part for place in self.places.at("township") if (part := self.within(place.code)).expected}


def duties(on: dt.date) -> tuple[Duty, ...]:
    """Return who must report which ledger each month, by the rules in force on a day.

    :raises InputError: a rule names no ledger, no level, or no day of a month.

    >>> [duty.level for duty in duties(dt.date(2015, 9, 30)) if duty.ledger == "disputes"]
    ['village']
    """
    problems = [problem for row in rule_rows(RULES) for problem in _wrong(row)]
    if problems:
        raise InputError(problems)
    return tuple(
        Duty(row["ledger"], LEVELS[row["level"]], _day(row), row["mark"], row["source"])
        for row in rule_rows(RULES)
        if in_force(row, on)
    )


def reported(source: "Held | Store", ledger: str, period: str | Period) -> Reporting:
    """Return which units have reported a ledger for a month or for every month of a period.

    Where reports of a month were collected (``govkit ledger collect``), a unit has reported a ledger that it must
    report each month with a workbook that was taken, a declared nothing, or a row in that month. For other months and
    other ledgers a township unit's workbook stands for the unit and its villages: it has reported a ledger of each
    month once the store holds a row of it in that year, and any other ledger once the store holds a row of it in any.

    :param source: a snapshot, or a store as of its latest version.
    :param ledger: the ledger's code.
    :param period: a month like ``2015-09``, or a period.
    :raises InputError: the period is no month, or the rules of reporting are wrong.

    >>> reported(snapshot, "disputes", "2015-09").share
    (104, 104)
    """
    span = Period.month(period) if isinstance(period, str) else period
    held = cast("Held", source) if hasattr(source, "frames") else opened(source)
    declared, kept = ledgers()[ledger], submission.in_force(held.commits)
    owed = [duty for duty in duties(span.end) if duty.ledger == ledger]
    levels = tuple(duty.level for duty in owed) or declared["place"].levels
    expected = [place for place in held.places if place.level in levels]
    collected = {one.submission.month for one in kept}
    months = [month.code for month in span.last_months(_length(span))] if span.start > dt.date(1949, 1, 1) else []
    asked = [month for month in months if owed and month in collected]
    given = {one.submission.key: one.submission for one in kept if one.submission.ledger == ledger}
    taken = {s.key: s for one in kept if (s := one.submission).ledger == ledger and s.accepted}
    present = _present(held.frames[ledger], declared) if asked else set()
    vouched = _vouched(held, declared, span, strict=bool(owed)) if len(asked) < len(months) or not months else None
    found: dict[str, list[str]] = {"reported": [], "nil": [], "missing": []}
    for place in expected:
        found[_state(place, asked, taken, present=present, vouched=vouched, ledger=ledger)].append(place.code)
    lost = set(found["missing"])
    returned = [
        place.code
        for place in expected
        if place.code in lost
        and any((one := given.get((place.code, ledger, month))) and not one.accepted for month in asked)
    ]
    codes = tuple(place.code for place in expected)
    return Reporting(
        ledger,
        span,
        codes,
        tuple(found["reported"]),
        tuple(found["nil"]),
        tuple(found["missing"]),
        tuple(returned),
        bool(asked),
        held.places,
    )


def _state(
    place: Place,
    asked: Sequence[str],
    taken: Mapping[submission.Key, submission.Submission],
    *,
    present: set[tuple[str, str]],
    vouched: set[str] | None,
    ledger: str,
) -> str:
    if vouched is not None and place.township not in vouched:
        return "missing"
    nil = bool(asked) and vouched is None
    for month in asked:
        one = taken.get((place.code, ledger, month))
        if (place.code, month) in present:
            nil = False
        elif one is None:
            return "missing"
        elif one.state != "nil":
            nil = False
    return "nil" if nil else "reported"


def opened(store: "Store") -> Held:
    """Return a store as of its latest version, read ledger by ledger when they are asked for."""
    return _Opened(store)


class _Opened:
    def __init__(self, store: "Store") -> None:
        from govkit.ledgers.register import places_in_force

        self.store, self.commits, self.places = store, store.commits(), places_in_force(store.url)
        self.frames = _Frames(store, self.commits[-1] if self.commits else store.commit_at())


class _Frames(dict[str, pd.DataFrame]):
    def __init__(self, store: "Store", commit: "Commit") -> None:
        super().__init__()
        self.store, self.commit = store, commit

    def __missing__(self, code: str) -> pd.DataFrame:
        self[code] = self.store.read(ledgers()[code], commit=self.commit)
        return self[code]


def _present(rows: pd.DataFrame, ledger: Ledger) -> set[tuple[str, str]]:
    """Return the units and months that a ledger has rows of."""
    if ledger.standing or rows.empty:
        return set()
    months = rows[ledger.dated].dt.strftime("%Y-%m")
    return set(zip(rows["place"], months, strict=True))


def _vouched(held: Held, ledger: Ledger, span: Period, *, strict: bool) -> set[str]:
    """Return the township units whose workbooks stand for themselves and their villages."""
    if strict and not ledger.standing:
        rows = held.frames[ledger.code]
        years = rows[ledger.dated].dt.year
        return set(rows.loc[(years >= span.start.year) & (years <= span.end.year), "township"])
    return {str(code) for one in ledgers() for code in held.frames[one]["township"].unique()}


def _length(span: Period) -> int:
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1


def _day(row: Row) -> int | None:
    return None if row["due_day"] in {"", NOT_SUPPLIED} else int(row["due_day"])


def _wrong(row: Row) -> Iterator[Problem]:
    where = Where(rule_file(RULES), item="、".join((row["ledger"], row["level"])))
    if row["ledger"] not in ledgers():
        yield Problem(
            where,
            _("There is no ledger “{value}”").format(value=row["ledger"]),
            _("Choose one of: {choices}").format(choices="、".join(ledgers())),
        )
    if row["level"] not in LEVELS:
        yield Problem(
            where,
            _("“{value}” is not one of the words allowed here").format(value=row["level"]),
            _("Choose one of: {choices}").format(choices="、".join(LEVELS)),
        )
    day = row["due_day"]
    if day not in {"", NOT_SUPPLIED} and not (day.isdecimal() and 1 <= int(day) <= 31):
        yield Problem(
            where,
            _("“{value}” is no day of a month").format(value=day),
            _("Write a number from 1 to 31, or leave it blank"),
        )
