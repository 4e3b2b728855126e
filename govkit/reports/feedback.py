"""Feedback (意见建议): received, assigned by level, answered, closed; open ones by age."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions import ledgers
from govkit.institutions.feedback import LEVELS, open_by_age
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, counted, known, rests_on, tally, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["CLOSED_NOTE", "Feedback", "r"]

STATES = ("已销号", "已答复未销号", "已交办未答复", "未交办")
CLOSED_NOTE = "办理指已销号；收到后在期末前销号的才计入，以后销号的属于以后的报告。"
_WAYS = (
    ("收到到交办", "received_on", "assigned_on"),
    ("交办到答复", "assigned_on", "answered_on"),
    ("答复到销号", "answered_on", "closed_on"),
    ("收到到销号", "received_on", "closed_on"),
)


class Feedback:
    """The suggestions of a place, from January to the month's end, and those open at it; no author is named."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.year = f.period.year_to_date()

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """Every suggestion received up to the month's end, with its state and its days since then."""
        rows = known(self.f, "suggestions")
        rows.loc[rows["assigned_on"].isna(), "assigned_level"] = pd.NA
        days = (pd.Timestamp(self.f.period.end) - rows["received_on"]).dt.days
        return rows.assign(days=days, state=_states(rows))

    @cached_property
    def received(self) -> pd.DataFrame:
        """The suggestions received in the year to date."""
        return within(self.suggestions, "received_on", self.year)

    @cached_property
    def open(self) -> pd.DataFrame:
        """The suggestions not closed at the month's end, whenever received, the oldest first."""
        rows = self.suggestions[self.suggestions["closed_on"].isna()]
        return rows.sort_values(["days", "suggestion_id"], ascending=[False, True])

    @rests_on("suggestions")
    def sentence(self) -> str:
        """Return how many were received and handled (I2), and the state of the others, in words."""
        if self.received.empty and self.open.empty:
            return f"{self.year.label}没有收到意见建议，也没有未销号的意见建议。"
        closed = int(self.received["closed_on"].notna().sum())
        states = self.open["state"].value_counts()
        left = wording.joined(f"{state}{states[state]}条" for state in STATES if state in states)
        end = wording.date(self.f.period.end)
        said = (
            f"{self.year.label}收到意见建议{len(self.received)}条，办理{closed}条，"
            f"办理率{wording.percent(closed, len(self.received))}。"
        )
        return said + (f"截至{end}未销号{len(self.open)}条，其中{left}。" if len(self.open) else f"截至{end}全部销号。")

    @rests_on("feedback_channels")
    def channels(self) -> pd.DataFrame:
        """Return a row per channel: name, opening day, suggestions received, suggestions closed."""
        names = known(self.f.snapshot.figures("", self.f.period.code), "feedback_channels")
        came = self.received["channel_id"].value_counts()
        done = self.received.loc[self.received["closed_on"].notna(), "channel_id"].value_counts()
        return pd.DataFrame(
            {
                "渠道": names["name"].tolist(),
                "开通日期": names["opened_on"].dt.strftime("%Y-%m-%d").tolist(),
                "收到（条）": [int(came.get(code, 0)) for code in names["channel_id"]],
                "已销号（条）": [int(done.get(code, 0)) for code in names["channel_id"]],
            }
        )

    @rests_on("suggestions")
    def levels(self) -> pd.DataFrame:
        """Return a row per level that suggestions of the year to date were assigned to, by state."""
        words = (*LEVELS, "未交办")
        level = self.received["assigned_level"].fillna("未交办")
        counts = pd.crosstab(level, self.received["state"]).reindex(
            index=list(words), columns=list(STATES), fill_value=0
        )
        counts.insert(0, "收到", counts.sum(axis=1))
        counts = counts[counts["收到"] > 0]
        counts.loc[TOTAL] = counts.sum()
        return counts.drop(columns="未交办").rename_axis(columns=None).reset_index(names="交办层级")

    @rests_on("suggestions")
    def topics(self) -> pd.DataFrame:
        """Return a row per topic: received in the year to date, closed of those, open of those."""
        kinds = ledgers()["suggestions"]["topic"].choices
        table = counted(self.received["topic"], kinds, "建议类别", "收到（条）")
        closed = self.received[self.received["closed_on"].notna()]
        table["已销号（条）"] = counted(closed["topic"], kinds, "", "n")["n"]
        table["未销号（条）"] = table["收到（条）"] - table["已销号（条）"]
        return table.sort_values("收到（条）", ascending=False, kind="stable", ignore_index=True)

    @rests_on("suggestions")
    def ages(self) -> pd.DataFrame:
        """Return the open suggestions by age in days."""
        table = open_by_age(self.suggestions, self.f.period)
        return pd.DataFrame({"收到后天数": table["age"].astype("str"), "未销号（条）": table["count"]})

    @rests_on("suggestions")
    def nothing_open(self) -> str:
        """Return that no suggestion is open, in words."""
        return "没有未销号的意见建议。"

    @rests_on("suggestions")
    def open_by_unit(self) -> pd.DataFrame:
        """Return a row per unit with open suggestions, by state."""
        table = tally(self.f, self.open, self.open["state"], STATES[1:])
        return table[table[TOTAL] > 0].reset_index(drop=True)

    def open_listing(self, limit: int = 20) -> pd.DataFrame:
        """Return the open suggestions, the oldest first: number, unit, topic, received, state, days."""
        rows = self.open.head(limit)
        late = rows["answered_on"].isna() & (rows["due_on"] < pd.Timestamp(self.f.period.end))
        states = rows["state"].str.slice(0, 3) + late.map({True: "，逾期", False: ""})
        return pd.DataFrame(
            {
                "编号": rows["suggestion_id"].tolist(),
                "承办单位": rows["place"].map(self.f.snapshot.places.names).tolist(),
                "类别": rows["topic"].tolist(),
                "收到日期": rows["received_on"].dt.strftime("%Y-%m-%d").tolist(),
                "状态": states.tolist(),
                "天数": rows["days"].tolist(),
            }
        )

    @rests_on("suggestions")
    def pace(self) -> pd.DataFrame:
        """Return how many days each step took for suggestions of the year to date: mean, median, longest."""
        rows = []
        for word, start, end in _WAYS:
            days = (self.received[end] - self.received[start]).dt.days.dropna()
            if len(days):
                mean, median = (wording.number(float(value), digits=1) for value in (days.mean(), days.median()))
                rows.append((word, len(days), mean, median, int(days.max())))
        return pd.DataFrame(rows, columns=["环节", "条数", "平均天数", "中位天数", "最长天数"])


def _states(rows: pd.DataFrame) -> pd.Series:
    state = pd.Series(STATES[3], index=rows.index, dtype="str")
    for word, column in zip(STATES[2::-1], ("assigned_on", "answered_on", "closed_on"), strict=True):
        state[rows[column].notna()] = word
    return state
