"""What a village posts on its board: decisions and results, land, services; no person, no small count."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions.decisions import LAND
from govkit.ledgers.suppress import suppress
from govkit.pages.decisions import as_known
from govkit.pages.rows import known, within
from govkit.pages.services import Services
from govkit.reports import wording

if TYPE_CHECKING:
    from govkit.figures import Figures

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
        """Return the resolutions of earlier months whose result is still to be made public."""
        rows = self.decisions[self.decisions["result_published_on"].isna()]
        rows = rows[rows["published_on"] < pd.Timestamp(self.f.period.start)]
        return pd.DataFrame(
            {"事项名称": rows["title"], "决议日期": rows["resolved_on"], "决议公开日期": rows["published_on"]}
        )

    def land(self) -> pd.DataFrame:
        """Return the year's land cases made public: area, compensation, households; what is blank says so."""
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

    def agency(self) -> pd.DataFrame:
        """Return the year's agency work by matter: taken and, of it, done and under way; small counts withheld.

        A year's, not a month's: a village's month would be withheld nearly whole.
        """
        rows = known(self.f, "agency_services")[list(_PUBLIC)]
        rows = within(rows, "applied_on", self.year)
        state = rows["finished_on"].notna().map({True: "已办结（件）", False: "在办（件）"})
        counts = pd.crosstab(rows["matter"], state).reindex(columns=["已办结（件）", "在办（件）"], fill_value=0)
        counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        return suppress(counts).shown.rename_axis(index="代办事项", columns=None).reset_index()

    def matters(self) -> str:
        """Return what the village's agents have been asked to do, as a list in a sentence."""
        rows = within(known(self.f, "agency_services"), "applied_on", self.year)
        names = rows["matter"].value_counts().index
        return f"本年村民办理过的代办事项有：{wording.joined(names, last='、')}。" if len(names) else "本年没有代办服务记录。"

    def items(self) -> pd.DataFrame:
        """Return what the township's centre does for villagers: item, department, whether at one stop."""
        rows = self.services.items
        return pd.DataFrame({"事项名称": rows["name"], "办理部门": rows["department"], "一站式办理": rows["one_stop"]})


def _amount(value: float, unit: str) -> str:
    return "未填" if pd.isna(value) else wording.number(value, unit)


def _households(value: float) -> str:
    """Return the number of households; one to three would tell who they are."""
    if pd.isna(value):
        return wording.NOTHING
    return "较少，不公开" if 1 <= value <= 3 else wording.number(value, "户")
