"""The public notice of a village: decisions and results, land, subsidies, services; no person, no small count."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions.decisions import LAND
from govkit.ledgers.mask import NOTE, SMALL, suppress
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.decision_register import as_known
from govkit.reports.rows import known, rests_on, within
from govkit.reports.services import Services

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["NOTE", "Notice", "r"]

_PUBLIC = ("applied_on", "due_on", "finished_on", "matter", "place", "township")


class Notice:
    """The public notice of a village for a month, from columns without personal data only."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.year = f.period.year_to_date()
        self.services = Services(f)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """The decisions made public up to the month's end."""
        rows = as_known(self.f)
        return rows[rows["published_on"].notna()].sort_values("published_on")

    @rests_on("decisions")
    def resolutions(self) -> pd.DataFrame:
        """Return the resolutions made public in the month."""
        rows = within(self.decisions, "published_on", self.f.period)
        return pd.DataFrame(
            {
                "事项名称": rows["title"],
                "事项类别": rows["subject"],
                "决议会议": rows["meeting"],
                "决议日期": rows["resolved_on"],
                "决议公开日期": rows["published_on"],
            }
        )

    @rests_on("decisions")
    def results(self) -> pd.DataFrame:
        """Return the decisions whose result was made public in the month."""
        rows = within(self.decisions, "result_published_on", self.f.period)
        return pd.DataFrame(
            {
                "事项名称": rows["title"],
                "事项类别": rows["subject"],
                "决议日期": rows["resolved_on"],
                "结果公开日期": rows["result_published_on"],
            }
        )

    def waiting(self) -> pd.DataFrame:
        """Return the resolutions of earlier months whose result is not public yet."""
        rows = self.decisions[self.decisions["result_published_on"].isna()]
        rows = rows[rows["published_on"] < pd.Timestamp(self.f.period.start)]
        return pd.DataFrame(
            {"事项名称": rows["title"], "决议日期": rows["resolved_on"], "决议公开日期": rows["published_on"]}
        )

    @rests_on("decisions")
    def land(self) -> pd.DataFrame:
        """Return the year's published land cases: area, compensation, households; blanks are named."""
        rows = within(self.decisions, "published_on", self.year)
        rows = rows[rows["subject"] == LAND]
        return pd.DataFrame(
            {
                "事项名称": rows["title"],
                "征地面积": [_amount(value, "亩") for value in rows["land_area"]],
                "补偿金额": [_amount(value, "万元") for value in rows["compensation"]],
                "涉及户数": [_households(value) for value in rows["households"]],
                "决议公开日期": rows["published_on"],
            }
        )

    @rests_on("observation_subsidies")
    def subsidies(self) -> pd.DataFrame:
        """Return the year's subsidies by reward of the village: observation, day, amount."""
        rows = within(known(self.f, "observation_subsidies"), "granted_on", self.year).sort_values("granted_on")
        rounds = self.f.snapshot.frames["observation_rounds"]
        titles = dict(zip(rounds["round_id"], rounds["title"], strict=True))
        return pd.DataFrame(
            {
                "奖补事由": [titles.get(code, code) for code in rows["round_id"]],
                "奖补日期": rows["granted_on"].tolist(),
                "奖补金额": [wording.number(amount, "元") for amount in rows["amount"]],
            }
        )

    @rests_on("agency_services")
    def agency(self) -> pd.DataFrame:
        """Return the year's agency work by matter: done, under way, in all; small counts withheld.

        The year's, for a village's month would be withheld nearly completely. Matters with few cases are one row,
        for an application for a disability card, say, would identify the applicant.
        """
        counts = self._agency_counts()
        common = counts.sum(axis=1) > SMALL
        shown = counts[common].sort_index()
        if (~common).any():
            shown.loc["其他事项"] = counts[~common].sum()
        return suppress(shown).shown.rename_axis(index="代办事项", columns=None).reset_index()

    def _agency_counts(self) -> pd.DataFrame:
        rows = within(known(self.f, "agency_services")[list(_PUBLIC)], "applied_on", self.year)
        state = rows["finished_on"].notna().map({True: "已办结（件）", False: "在办（件）"})
        return pd.crosstab(rows["matter"], state).reindex(columns=["已办结（件）", "在办（件）"], fill_value=0)

    @rests_on("agency_services")
    def agency_sentence(self) -> str:
        """Return a sentence on agency work, also where there was none."""
        said = "村级便民服务点由代办员为村民全程代办。"
        return said if len(self._agency_counts()) else f"{said}{self.year.label}没有代办服务记录。"

    def items(self) -> pd.DataFrame:
        """Return the items of the township's centre, with their department."""
        rows = self.services.items
        return pd.DataFrame({"事项名称": rows["name"], "办理部门": rows["department"]})


def _amount(value: float | None, unit: str) -> str:
    return "未填" if pd.isna(value) else wording.number(value, unit)


def _households(value: float | None) -> str:
    """Return the number of households; one to three are withheld, for they would identify them."""
    if pd.isna(value):
        return wording.NOTHING
    return "较少，不公开" if 1 <= value <= SMALL else wording.number(value, "户")
