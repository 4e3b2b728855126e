"""Observation rounds (观摩评比): the judges' scores, trimmed means, rankings, and subsidies by reward (以奖代补)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.frames import named_rows
from govkit.institutions.observation import LEAST_TO_TRIM, ranking
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, UNIT, known, of_place, rests_on, with_last, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["MEAN_NOTE", "Observation", "r"]

CENTRES = {"township": "乡镇（街道）服务中心", "village": "村级服务中心"}
MEAN_NOTE = (
    f"评委不少于{LEAST_TO_TRIM}名的，去掉一个最高分和一个最低分后平均；不足{LEAST_TO_TRIM}名的直接平均。"
    "平均分相同的为同一名次，其后的名次空出；名次按未四舍五入的平均分排列。"
)
SCOPE_NOTE = "公开材料没有说明观摩的中心数是每轮还是合计，这里按合计、同一中心只计一次。"


@dataclass(frozen=True)
class Round:
    """One round: its title and day, and for each kind of centre the scores and the ranking as a table."""

    title: str
    day: pd.Timestamp
    tables: tuple[tuple[str, pd.DataFrame], ...]


class Observation:
    """The rounds and subsidies of a place, from January to the month's end.

    Ranks are over all centres of a round, also in a township unit's report.
    """

    def __init__(self, f: "Figures", audience: str = "internal") -> None:
        self.f, self.public = f, audience == "public"
        self.year = f.period.year_to_date()
        self.names = f.snapshot.places.names

    @cached_property
    def held(self) -> pd.DataFrame:
        """The rounds of the year to date in which a centre of the place was judged; for the district all."""
        rows = within(self._known("observation_rounds"), "held_on", self.year).sort_values(["held_on", "round_id"])
        if self.f.place.level == "district":
            return rows
        return rows[rows["round_id"].isin(of_place(self.scores, self.f.place)["round_id"])]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every judge's score given up to the month's end, the whole district's, with the level of the centre."""
        rows = self._known("observation_scores")
        return rows.assign(level=[self.f.snapshot.places[code].level for code in rows["place"]])

    @cached_property
    def subsidies(self) -> pd.DataFrame:
        """The place's subsidies of the year to date, the largest first."""
        rows = within(known(self.f, "observation_subsidies"), "granted_on", self.year)
        return rows.sort_values(["amount", "place"], ascending=[False, True])

    def _known(self, code: str) -> pd.DataFrame:
        """Return the whole district's rows up to the month's end: a rank needs all that were ranked."""
        return known(self.f.snapshot.figures("", self.f.period.code), code)

    @rests_on("observation_rounds")
    def summary(self) -> str:
        """Return how many rounds there were, the centres observed and the subsidies paid, in words."""
        if self.held.empty:
            return f"{self.year.label}没有观摩评比。"
        seen = of_place(self.scores, self.f.place)
        seen = seen[seen["round_id"].isin(self.held["round_id"])].drop_duplicates("place")
        counts = seen["level"].value_counts()
        centres = wording.joined(f"{title}{counts[level]}个" for level, title in CENTRES.items() if level in counts)
        meetings = [wording.date(day) for day in self.held["meeting_on"].dropna()]
        meeting = f"召开观摩推进会{len(meetings)}次（{'、'.join(meetings)}）。" if meetings else ""
        return (
            f"{self.year.label}开展观摩评比{len(self.held)}次，观摩{centres}。{meeting}{SCOPE_NOTE}{self._paid_words()}"
        )

    def _paid_words(self) -> str:
        if self.subsidies.empty:
            return ""
        total = wording.number(self.subsidies["amount"].sum(), "元")
        return f"以奖代补{self.subsidies['place'].nunique()}个单位，共{total}。"

    @rests_on("observation_rounds")
    def rounds_listing(self) -> pd.DataFrame:
        """Return a row per round: subject, day, meeting, centres and judges."""
        by_round = self.scores.groupby("round_id")
        judges = by_round["judge_no"].nunique()
        centres = self.scores.drop_duplicates(["round_id", "place"]).groupby(["round_id", "level"]).size()
        rows = [
            (
                row.title,
                f"{row.held_on:%Y-%m-%d}",
                f"{row.meeting_on:%Y-%m-%d}" if pd.notna(row.meeting_on) else wording.NOTHING,
                *(int(centres.get((row.round_id, level), 0)) for level in CENTRES),
                int(judges.get(row.round_id, 0)),
            )
            for row in named_rows(self.held)
        ]
        return pd.DataFrame(rows, columns=["观摩主题", "观摩日期", "观摩推进会", "乡镇中心", "村级中心", "评委"])

    def rounds(self) -> Iterator[Round]:
        """Yield each round with its tables, the oldest first."""
        for row in named_rows(self.held):
            judged = self.scores[self.scores["round_id"] == row.round_id]
            tables = [
                (title, self._ranked(judged[judged["level"] == level]))
                for level, title in CENTRES.items()
                if (judged["level"] == level).any()
            ]
            yield Round(row.title, row.held_on, tuple((title, table) for title, table in tables if len(table)))

    def _ranked(self, judged: pd.DataFrame) -> pd.DataFrame:
        """Return the place's own centres: rank, name, each judge's score (not for the public), mean."""
        ranked = ranking(judged)
        townships = {code: self.f.snapshot.places[code].township for code in ranked["place"]}
        ranked = of_place(ranked.assign(township=ranked["place"].map(townships)), self.f.place)
        columns: dict[str, Sequence[object]] = {
            "名次": [
                f"并列{rank}" if tied else str(rank) for rank, tied in zip(ranked["rank"], ranked["tied"], strict=True)
            ],
            UNIT: ranked["place"].map(self.names).tolist(),
        }
        if not self.public:
            grid = judged.pivot(index="place", columns="judge_no", values="score").reindex(ranked["place"])
            columns |= {f"评委{number}": [_score(value) for value in grid[number]] for number in grid}
        return pd.DataFrame(columns | {"平均分": [_score(value, 2) for value in ranked["score"]]})

    @rests_on("observation_subsidies")
    def no_subsidies(self) -> str:
        """Return that no subsidy was paid in the year to date, in words."""
        return f"{self.year.label}没有以奖代补。"

    @rests_on("observation_subsidies")
    def subsidy_table(self) -> pd.DataFrame:
        """Return a row per subsidy of the year to date and a last row for all."""
        known_rounds = self._known("observation_rounds")
        titles = dict(zip(known_rounds["round_id"], known_rounds["title"], strict=True))
        rows = [
            (self.names[row.place], titles.get(row.round_id, row.round_id), f"{row.granted_on:%Y-%m-%d}", row.amount)
            for row in named_rows(self.subsidies)
        ]
        table = pd.DataFrame(rows, columns=[UNIT, "观摩主题", "奖补日期", "奖补金额（元）"])
        if len(table) > 1:
            table = with_last(table, TOTAL, "", "", table["奖补金额（元）"].sum())
        return table


def _score(value: object, digits: int = 1) -> str:
    return wording.NOTHING if wording.is_missing(value) else f"{wording.rounded(float(value), digits):.{digits}f}"  # type: ignore[arg-type]
