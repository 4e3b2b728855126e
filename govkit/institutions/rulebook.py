"""Rules as data (``data/rules/``): lists of official texts and the thresholds of meetings, by the date they hold on."""

import csv
import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from govkit.files import shipped

NOT_SUPPLIED = "官方文本待填"


@dataclass(frozen=True, slots=True)
class Text:
    """One numbered entry of an official list; ``text`` says 官方文本待填 where nobody has supplied it."""

    group: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Quorum:
    """When a meeting may decide and when a motion is carried, by one article of one version of a rule."""

    meeting: str
    present: Fraction
    present_strictly: bool
    agree: Fraction
    agree_of_entitled: bool
    article: str
    version: str
    source: str
    mark: str

    def attended(self, present: int, entitled: int) -> bool:
        """Return whether enough came: "at least 2/3" is met by exactly 2/3, "more than half" is not by exactly half."""
        share, needed = Fraction(present), self.present * entitled
        return share > needed if self.present_strictly else share >= needed

    def carried(self, agreeing: int, present: int, entitled: int) -> bool:
        """Return whether more than the share agreed; exactly the share is not enough."""
        return Fraction(agreeing) > self.agree * (entitled if self.agree_of_entitled else present)

    @property
    def citation(self) -> str:
        """The rule and its article, as a breach cites it."""
        return (
            f"《{self.source}》（{self.version}）{self.article}" if self.version else f"{self.article}（{self.source}）"
        )


@cache
def official_texts(name: str) -> tuple[Text, ...]:
    """Return an official list, e.g. ``decision_items`` (the 15 decision items, D1)."""
    return tuple(Text(row["group"], int(row["number"]), row["text"]) for row in _rows(name))


def quorum(meeting: str, on: dt.date) -> Quorum | None:
    """Return the thresholds in force for a meeting on a day, None where no rule is known to hold."""
    for row in _rows("quorums"):
        if row["meeting"] == meeting and _in_force(row, on):
            return Quorum(
                meeting,
                Fraction(row["present_at_least"].removesuffix("+")),
                row["present_at_least"].endswith("+"),
                Fraction(row["agree_more_than"]),
                row["agree_of"] == "entitled",
                row["article"],
                row["version"],
                row["source"],
                row["mark"],
            )
    return None


def _in_force(row: dict[str, str], on: dt.date) -> bool:
    start, end = row["effective_from"], row["effective_to"]
    return (not start or dt.date.fromisoformat(start) <= on) and (not end or on <= dt.date.fromisoformat(end))


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with shipped(f"data/rules/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))
