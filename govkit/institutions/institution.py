"""The declaration of an institution: its ledgers, indicators, published facts, deadlines and contradictions."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.institutions.rulebook import official_texts
from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Frames, Measure
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

Fact = Callable[[Frames, Places, Period], object]
"""A function of frames, places and the year to date that computes a published fact which is no indicator."""

Contradiction = Callable[[Frames, Places], Iterable[Problem]]
"""A check across ledgers that yields a warning for each contradiction."""

_PUBLISHED_CODE = re.compile(r"[A-Z]\d+")


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A kind of matter that has a deadline: which rows of a ledger are overdue at a period's end, which fall due soon.

    :param done: the column with the day a matter was done; a blank is not done.
    :param due: takes the ledger's frame and returns the day each row is due, NaT where there is none.
    :param subject: takes rows and returns their matters in words that name no person.
    :param rule: the rule that sets the deadline, as documents cite it.
    :param begun: the column with the day the time began to run; the ledger's own date by default.

    >>> from govkit.institutions import disputes
    >>> [kind] = disputes.INSTITUTION.overdue
    >>> rows = snapshot.frames["disputes"]
    >>> int(kind.late(rows, Period.month("2015-09")).sum()), int(kind.due_soon(rows, Period.month("2015-09"), 7).sum())
    (8, 2)
    """

    label: str
    ledger: Ledger
    done: str
    due: Callable[[pd.DataFrame], pd.Series]
    subject: Callable[[pd.DataFrame], pd.Series]
    rule: str
    begun: str = ""

    def late(self, frame: pd.DataFrame, period: Period) -> pd.Series:
        """Return whether each row was due by the period's end and not done by then."""
        return (self.due(frame) <= pd.Timestamp(period.end)) & open_at(frame[self.done], period.end)

    def due_soon(self, frame: pd.DataFrame, period: Period, days: int) -> pd.Series:
        """Return whether each row is open at the period's end and due within ``days`` days after it."""
        end, due = pd.Timestamp(period.end), self.due(frame)
        begun = frame[self.begun or self.ledger.dated] <= end
        return begun & (due > end) & (due <= end + pd.Timedelta(days=days)) & open_at(frame[self.done], period.end)


@dataclass(frozen=True, kw_only=True)
class Institution:
    """One institution of the district, as a module of this package declares it.

    :ivar code: the code name.
    :ivar title: the Chinese name.
    :ivar ledgers: its ledgers.
    :ivar indicators: its indicators.
    :ivar published: code and item of a published figure (``data/published.csv``) → the indicator or fact that computes
        it; an indicator whose own code is a published one (``G4``) is added by itself.
    :ivar overdue: its kinds of matters with a deadline.
    :ivar contradictions: its checks across ledgers.

    >>> from govkit.institutions import disputes
    >>> disputes.INSTITUTION.title, ("G4", "") in disputes.INSTITUTION.published
    ('矛盾纠纷预防化解', True)
    """

    code: str
    title: str
    ledgers: tuple[Ledger, ...]
    indicators: tuple[Measure, ...]
    published: Mapping[tuple[str, str], Measure | Fact] = field(default_factory=dict)
    overdue: tuple[Overdue, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def __post_init__(self) -> None:
        own = {(measure.code, ""): measure for measure in self.indicators if _PUBLISHED_CODE.fullmatch(measure.code)}
        object.__setattr__(self, "published", {**own, **self.published})


def open_at(done: pd.Series, day: dt.date) -> pd.Series:
    """Return whether each row of a column of days was still blank at the end of ``day``."""
    return done.isna() | (done > pd.Timestamp(day))


def listed(name: str, group: str = "") -> Fact:
    """Return the fact that counts the entries of an official list, supplied or not."""
    return lambda *_: sum(text.group == group for text in official_texts(name))


def month_and_day(day: dt.date) -> str:
    """Return a day as the published text writes it.

    >>> month_and_day(dt.date(2015, 6, 30))
    '6月30日'
    """
    return f"{day.month}月{day.day}日"


def above(part: Measure, whole: Measure) -> Contradiction:
    """Return the check that a count is not above the count it is part of, over all time."""

    def look(frames: Frames, places: Places) -> Iterator[Problem]:
        most = whole(frames, places.district, Period.always()) or 0
        counted = part(frames, places.district, Period.always()) or 0
        if counted > most:
            yield against(
                part.label,
                whole.label,
                _("{part} {counted:.0f} is above {whole} {most:.0f}").format(
                    part=part.label, counted=counted, whole=whole.label, most=most
                ),
                _("Correct the ledger rows that the two are counted from"),
            )

    return look


def against(source: str, part: str, what: str, repair: str) -> Problem:
    """Return the warning that two ledgers contradict each other.

    :param source: the title of the one.
    :param part: the title of the other, or the column concerned.
    """
    return Problem(Where(source, part), what, repair, severity="warning")
