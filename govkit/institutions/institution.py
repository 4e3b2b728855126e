"""What an institution module declares, so that the machinery can find it."""

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
"""A published fact that is no plain count: takes frames, places and the year to date, returns what the ledgers say."""

Contradiction = Callable[[Frames, Places], Iterable[Problem]]
"""A look across ledgers: yields a warning for each thing they say against each other."""

_PUBLISHED_CODE = re.compile(r"[A-Z]\d+")


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A kind of matter that has a deadline: which rows of a ledger are overdue at a period's end, which fall due soon.

    :param done: the column with the day a matter was done; a blank is not done.
    :param due: takes the ledger's frame and returns the day each row is due, NaT where there is none.
    :param subject: takes rows and returns their matters in words that name no person.
    :param rule: the rule that sets the deadline, as documents cite it.
    :param begun: the column with the day the time began to run; the ledger's own date by default.
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
    """One system of the district: its ledgers, its indicators, how the published figures are computed, what is overdue.

    ``published`` maps a published figure's code and item (``data/published.csv``) to the indicator or the fact that
    computes it. An indicator whose own code is a published one (``G4``) is in it already and need not be named.
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
    """Return a fact: how many entries an official list has, whether or not their texts are supplied."""
    return lambda *_: sum(text.group == group for text in official_texts(name))


def month_and_day(day: dt.date) -> str:
    """Return a day as the published text writes it: 6月30日."""
    return f"{day.month}月{day.day}日"


def above(part: Measure, whole: Measure) -> Contradiction:
    """Return a look at whether a count is above the count it is part of, over all time."""

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
    """Return a warning that ledgers contradict each other; ``source`` and ``part`` say which."""
    return Problem(Where(source, part), what, repair, severity="warning")
