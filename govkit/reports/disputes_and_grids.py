"""Disputes and grids: settlement by level 网格→村→乡镇→区, open disputes by age, the grids' staff."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.frames import named_rows
from govkit.institutions.disputes import KINDS, LADDER, MEDIATION_DAYS, ROLES
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, counted, known, rests_on, tally, with_sums, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Disputes", "r"]

AGES = ("30天以内", "31—60天", "61—90天", "90天以上")
_AGE_LIMITS = (-1, 30, 60, 90, 100_000)
ATTEMPTS = ("一次", "两次", "三次及以上")
STAFF_A_GRID = 4
"""一格四员: manager, assistant, police officer and supervisor (G1), so at least four to a grid (G3 ≥ 4 × G2)."""


class Disputes:
    """The disputes, mediations, grids and teams of a place, the year to date and as of the month's end."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.year = f.period.year_to_date()

    @cached_property
    def found(self) -> pd.DataFrame:
        """Every dispute found up to the month's end; what was settled later is still open."""
        rows = known(self.f, "disputes")
        rows.loc[rows["settled_on"].isna(), ["settled_level", "agreement"]] = pd.NA
        return rows

    @cached_property
    def settled(self) -> pd.DataFrame:
        """The disputes settled in the year to date, whenever they were found."""
        return within(self.found, "settled_on", self.year)

    @cached_property
    def open(self) -> pd.DataFrame:
        """The disputes open at the month's end, with their days since they were found, the oldest first."""
        rows = self.found[self.found["settled_on"].isna()]
        days = (pd.Timestamp(self.f.period.end) - rows["found_on"]).dt.days
        return rows.assign(days=days, age=_ages(days)).sort_values(["days", "dispute_id"], ascending=[False, True])

    @rests_on("disputes")
    def ladder(self) -> pd.DataFrame:
        """Return a row per level: how many were settled there in the year to date, and their share."""
        table = counted(self.settled["settled_level"], LADDER, "化解层级", "化解（件）")
        table["占比（%）"] = [wording.percent(n, len(self.settled)).removesuffix("%") for n in table["化解（件）"]]
        return table

    @rests_on("disputes")
    def ladder_by_unit(self) -> pd.DataFrame:
        """Return a row per unit: how many of its disputes each level settled in the year to date."""
        return tally(self.f, self.settled, self.settled["settled_level"], LADDER)

    @rests_on("disputes")
    def ladder_sentence(self) -> str:
        """Return how many disputes each level settled, in words."""
        if self.settled.empty:
            return f"{self.year.label}没有化解矛盾纠纷。"
        ladder = self.ladder()
        counts = dict(zip(ladder["化解层级"], ladder["化解（件）"], strict=True))
        village = counts["网格"] + counts["村"]
        return (
            f"{self.year.label}化解矛盾纠纷{len(self.settled)}件，其中在网格和村化解{village}件，"
            f"占{wording.percent(village, len(self.settled))}；上交乡镇（街道）化解{counts['乡镇']}件，"
            f"占{wording.percent(counts['乡镇'], len(self.settled))}；上交区化解{counts['区']}件，"
            f"占{wording.percent(counts['区'], len(self.settled))}。"
        )

    @rests_on("disputes")
    def kinds(self) -> pd.DataFrame:
        """Return a row per kind: found in the year to date, settled of those, still open of those."""
        rows = within(self.found, "found_on", self.year)
        done = rows["settled_on"].notna()
        table = counted(rows["kind"], KINDS, "纠纷类型", "排查（件）")
        table["化解（件）"] = counted(rows["kind"][done], KINDS, "", "n")["n"]
        table["未化解（件）"] = table["排查（件）"] - table["化解（件）"]
        return with_sums(table.sort_values("排查（件）", ascending=False, kind="stable"))

    @rests_on("disputes")
    def ages(self) -> pd.DataFrame:
        """Return a row per unit that has open disputes: how many, by days since they were found."""
        table = tally(self.f, self.open, self.open["age"], AGES)
        return table[table[TOTAL] > 0].reset_index(drop=True)

    def open_listing(self, limit: int = 20) -> pd.DataFrame:
        """Return the open disputes, the oldest first: number, village, kind, found on, days, attempts so far."""
        rows = self.open.head(limit)
        tried = self.attempts.groupby("dispute_id").size()
        return pd.DataFrame(
            {
                "纠纷编号": rows["dispute_id"],
                "所在村": rows["place"].map(self.f.snapshot.places.names),
                "纠纷类型": rows["kind"],
                "排查日期": rows["found_on"].dt.strftime("%Y-%m-%d"),
                "天数": rows["days"],
                "调解次数": rows["dispute_id"].map(tried).fillna(0).astype("int64"),
            }
        )

    @rests_on("disputes")
    def month_rule(self) -> str:
        """Return how the one-month rule was kept, in words, with its source."""
        days = (self.settled["settled_on"] - self.settled["found_on"]).dt.days
        quick, late = int((days <= MEDIATION_DAYS).sum()), int((self.open["days"] > MEDIATION_DAYS).sum())
        said = (
            f"{self.year.label}化解的{len(days)}件中，{quick}件在排查后{MEDIATION_DAYS}天内化解，"
            f"占{wording.percent(quick, len(days))}，{len(days) - quick}件超过{MEDIATION_DAYS}天。"
            if len(days)
            else ""
        )
        rule = (
            "人民调解一般在一个月内调结（《人民调解工作若干规定》第三十三条），"
            f"本报告从排查之日起按{MEDIATION_DAYS}天计算。"
        )
        end = wording.date(self.f.period.end)
        if self.open.empty:
            return f"{rule}{said}截至{end}没有未化解的矛盾纠纷。"
        aged = f"，其中超过{MEDIATION_DAYS}天的{late}件" if late else f"，都没有超过{MEDIATION_DAYS}天"
        return f"{rule}{said}截至{end}未化解{len(self.open)}件{aged}。"

    @cached_property
    def attempts(self) -> pd.DataFrame:
        """Every attempt at mediation up to the month's end."""
        return known(self.f, "mediation_attempts")

    @rests_on("mediation_attempts")
    def attempts_by_level(self) -> pd.DataFrame:
        """Return a row per level: attempts of the year to date, how many succeeded, the share."""
        rows = within(self.attempts, "held_on", self.year)
        table = counted(rows["level"], LADDER, "调解层级", "调解（次）")
        table["成功（次）"] = counted(rows["level"][rows["outcome"] == "成功"], LADDER, "", "n")["n"]
        table = with_sums(table)
        table["成功率（%）"] = [
            wording.percent(won, tried).removesuffix("%")
            for won, tried in zip(table["成功（次）"], table["调解（次）"], strict=True)
        ]
        return table

    @rests_on("mediation_attempts")
    def attempts_needed(self) -> pd.DataFrame:
        """Return how many of the disputes settled in the year to date took one, two, or more attempts."""
        tried = self.attempts[self.attempts["dispute_id"].isin(self.settled["dispute_id"])].groupby("dispute_id").size()
        return counted(tried.clip(upper=3).map(dict(enumerate(ATTEMPTS, 1))), ATTEMPTS, "调解次数", "化解（件）")

    @rests_on("grids", "grid_staff")
    def staffing(self) -> pd.DataFrame:
        """Return a row per unit: grids, staff by role, staff in all, and how many are short of four to a grid."""
        grids, staff = known(self.f, "grids"), known(self.f, "grid_staff")
        table = tally(self.f, grids, pd.Series("网格", index=grids.index), ["网格"]).drop(columns=TOTAL)
        roles = tally(self.f, staff, staff["role"], ROLES, total="网格员合计")
        table = table.merge(roles, on="单位", how="left").fillna(0)
        table = table.astype(dict.fromkeys(table.columns[1:], "int64"))
        table["缺员"] = (STAFF_A_GRID * table["网格"] - table["网格员合计"]).clip(lower=0)
        return table

    def short_grids(self) -> pd.DataFrame:
        """Return the grids with fewer than four staff or without one of the four roles."""
        grids, staff = known(self.f, "grids"), known(self.f, "grid_staff")
        of_grid = {code: rows["role"] for code, rows in staff.groupby("grid_id")}
        none = pd.Series(dtype="str")
        have = [of_grid.get(code, none) for code in grids["grid_id"]]
        table = pd.DataFrame(
            {
                "网格": grids["name"].tolist(),
                "所在村": grids["place"].map(self.f.snapshot.places.names).tolist(),
                "网格员": [len(roles) for roles in have],
                "缺少职责": ["、".join(role for role in ROLES if role not in set(roles)) for roles in have],
            }
        )
        return table[(table["网格员"] < STAFF_A_GRID) | (table["缺少职责"] != "")].reset_index(drop=True)

    @rests_on("grids", "grid_staff")
    def staffing_sentence(self) -> str:
        """Return how many grids and staff there are, with a warning where a grid is short."""
        grids, staff, short = len(known(self.f, "grids")), len(known(self.f, "grid_staff")), len(self.short_grids())
        needed = STAFF_A_GRID * grids
        said = (
            f"现有村级网格{grids}个、网格员{staff}名；按“一格四员”每个网格不少于{STAFF_A_GRID}名，应有{needed}名以上。"
        )
        if staff < needed:
            said += f"提示：网格员总数不足，少{needed - staff}名，请核对网格员台账。"
        return said + (f"提示：{short}个网格人数不足或缺少职责。" if short else "各网格人数和四类职责齐全。")

    @rests_on("mediation_teams")
    def teams(self) -> pd.DataFrame:
        """Return a row per tier of the ladder: mediation teams and their members."""
        rows = known(self.f, "mediation_teams")
        table = counted(rows["tier"], LADDER, "层级", "调解队伍（支）")
        table["人数"] = rows.groupby("tier")["members"].sum().reindex(LADDER, fill_value=0).astype("int64").tolist()
        return with_sums(table[table["调解队伍（支）"] > 0])

    def cases(self) -> list[tuple[str, pd.DataFrame]]:
        """Return the named cases mediated up to the month's end: name, and its dated course without any person."""
        named = self.attempts[self.attempts["case_name"].notna()]
        return [(str(name), self._course(rows.sort_values("attempt"))) for name, rows in named.groupby("case_name")]

    def _course(self, rows: pd.DataFrame) -> pd.DataFrame:
        dispute = self.found[self.found["dispute_id"].isin(rows["dispute_id"])]
        events = [(row.found_on, f"{row.found_level}排查发现，登记为{row.kind}") for row in named_rows(dispute)]
        events += [(row.held_on, f"第{row.attempt}次调解（{row.level}）：{row.outcome}") for row in named_rows(rows)]
        events += [
            (
                row.settled_on,
                f"在{row.settled_level}一级化解" + (f"，达成{row.agreement}" if pd.notna(row.agreement) else ""),
            )
            for row in named_rows(dispute)
            if pd.notna(row.settled_on)
        ]
        return pd.DataFrame(events, columns=["日期", "经过"])


def _ages(days: pd.Series) -> pd.Series:
    return pd.cut(days, _AGE_LIMITS, labels=AGES).astype("str")
