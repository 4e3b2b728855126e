"""What an institution module declares, so that the machinery can find it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from govkit.ledgers.declare import Ledger
from govkit.ledgers.indicator import Frames, Measure
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

Fact = Callable[[Frames, Places, Period], object]
"""A published fact that is no plain count: takes frames, places and the year to date, returns what the ledgers say."""


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A kind of overdue matter: which rows of a ledger are late at a period's end, and why.

    ``late`` and ``due`` take the ledger's frame and return a Series: whether a row is late, the day it was due;
    ``subject`` returns a row's matter in words that name no person.
    """

    label: str
    ledger: Ledger
    late: Callable[[Any, Period], Any]
    due: Callable[[Any], Any]
    subject: Callable[[Any], Any]
    rule: str


@dataclass(frozen=True, kw_only=True)
class Institution:
    """One system of the district: its ledgers, its indicators, how the published figures are computed, what is overdue.

    ``published`` maps a published figure's code and item (``data/published.csv``) to the indicator or the fact that
    computes it.
    """

    code: str
    title: str
    ledgers: tuple[Ledger, ...]
    indicators: tuple[Measure, ...]
    published: Mapping[tuple[str, str], Measure | Fact]
    overdue: tuple[Overdue, ...] = ()
