"""Convenience services: centres, items on offer, agency work on time, visitors a day."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, known, rests_on, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Services", "r"]

WORKS = ("新建", "改建", "修缮", "原有")


class Services:
    """The service centres of a place, their items, agency work and visitors, in a month."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.places = f.snapshot.places
        self.year = f.period.year_to_date()

    @cached_property
    def centres(self) -> pd.DataFrame:
        """The centres in use at the month's end, with their level."""
        rows = known(self.f, "service_centres")
        return rows.assign(level=[self.places[code].level for code in rows["place"]])

    @rests_on("service_centres")
    def centre_listing(self) -> pd.DataFrame:
        """Return the centres of the district and the township units, of a village its own; villages' are counted."""
        own = self.centres if self.f.place.level == "village" else self.centres[self.centres["level"] != "village"]
        order = {place.code: number for number, place in enumerate(self.places)}
        own = own.assign(_order=own["place"].map(order)).sort_values("_order")
        table = pd.DataFrame(
            {
                "中心名称": own["name"],
                "建设方式": own["works"],
                "启用日期": own["opened_on"].dt.strftime("%Y-%m-%d"),
                "面积（㎡）": own["area"],
                "投资（万元）": [wording.number(cost) for cost in own["cost"]],
                "平台上线": own["online_on"].dt.strftime("%Y-%m-%d"),
            }
        )
        return table.drop(columns=[name for name in table if table[name].isin([None, wording.NOTHING]).all()])

    @rests_on("service_centres")
    def village_centres(self) -> pd.DataFrame:
        """Return a row per way of building: the villages' centres and their area."""
        rows = self.centres[self.centres["level"] == "village"]
        counts = rows["works"].value_counts()
        return pd.DataFrame(
            [
                (works, int(counts[works]), float(rows.loc[rows["works"] == works, "area"].sum()))
                for works in WORKS
                if works in counts
            ],
            columns=["建设方式", "村级中心（处）", "面积合计（㎡）"],
        )

    @cached_property
    def items(self) -> pd.DataFrame:
        """The items on offer at the month's end at the place's own centre; below the township its township's."""
        rows = known(self._of_own_centre, "service_items")
        return rows[rows["place"] == self._of_own_centre.place.code]

    @property
    def items_at(self) -> str:
        """The name of the place whose centre offers the items."""
        return self._of_own_centre.place.name

    @cached_property
    def _of_own_centre(self) -> "Figures":
        place = self.f.place
        code = place.township if place.level == "village" else place.code
        own: Figures = self.f.snapshot.figures(code, self.f.period.code)
        return own

    def items_by_department(self) -> pd.DataFrame:
        """Return each department with its items, two departments a row, the most items first."""
        counts = self.items["department"].value_counts()
        listed = [*zip(counts.index, counts.tolist(), strict=True)]
        half = (len(listed) + 1) // 2
        right = [*listed[half:], *[(wording.NOTHING, wording.NOTHING)] * (2 * half - len(listed))]
        rows = [(*first, *second) for first, second in zip(listed[:half], right, strict=True)]
        return pd.DataFrame(rows, columns=["进驻部门", "事项（项）", "进驻部门 ", "事项（项） "])

    @rests_on("service_items")
    def items_sentence(self) -> str:
        """Return how many items of how many departments are on offer, in words."""
        if self.items.empty:
            return f"{self.items_at}服务中心没有登记办理事项。"
        stop = int(self.items["one_stop"].sum())
        said = f"{self.items_at}服务中心公布办理事项{len(self.items)}项，涉及部门{self.items['department'].nunique()}个"
        return f"{said}，其中一站式办理{stop}项。" if stop else f"{said}。"

    @cached_property
    def agency(self) -> pd.DataFrame:
        """Every piece of agency work taken up to the month's end."""
        return known(self.f, "agency_services")

    @rests_on("agency_services")
    def agency_by_matter(self, limit: int = 15) -> pd.DataFrame:
        """Return a row per matter in the year to date: taken, done, on time; the most frequent first, then the rest."""
        taken = within(self.agency, "applied_on", self.year)
        done = taken[taken["finished_on"].notna()]
        on_time = done[done["finished_on"] <= done["due_on"]]
        columns = {
            name: rows["matter"].value_counts()
            for name, rows in (("受理（件）", taken), ("办结（件）", done), ("按时（件）", on_time))
        }
        table = (
            pd.DataFrame(columns).fillna(0).astype("int64").sort_values("受理（件）", ascending=False, kind="stable")
        )
        total = table.sum()
        if len(table) > limit:
            table = pd.concat([table.head(limit), table.iloc[limit:].sum().to_frame("其他事项").T])
        table.loc[TOTAL] = total
        return table.rename_axis(columns=None).reset_index(names="代办事项")

    @rests_on("agency_services")
    def waiting(self) -> str:
        """Return how much agency work is not done at the month's end, and how much of it is past its day."""
        end = pd.Timestamp(self.f.period.end)
        left = self.agency[self.agency["finished_on"].isna()]
        late = int((left["due_on"] <= end).sum())
        if left.empty:
            return f"截至{wording.date(end)}，没有在办的代办服务。"
        overdue = f"，其中已到承诺办结日期仍未办结{late}件" if late else "，都没有超过承诺办结日期"
        return f"截至{wording.date(end)}，在办代办服务{len(left)}件{overdue}。"

    @cached_property
    def visits(self) -> pd.DataFrame:
        """The month's visitors a centre, with the average of a day it was open; none for a village."""
        rows = within(known(self.f, "service_visits"), "counted_on", self.f.period)
        order = {place.code: number for number, place in enumerate(self.places)}
        rows = rows.assign(_order=rows["place"].map(order), daily=rows["visitors"] / rows["open_days"])
        return rows.sort_values("_order")

    @rests_on("service_visits")
    def visits_by_centre(self) -> pd.DataFrame:
        """Return a row per centre: days open, visitors, visitors a day."""
        return pd.DataFrame(
            {
                "服务中心": self.visits["place"].map(self.places.names),
                "开放天数": self.visits["open_days"],
                "接待人次": self.visits["visitors"],
                "日均人次": [wording.number(value, digits=0) for value in self.visits["daily"]],
            }
        )

    @rests_on("service_visits")
    def daily_sentence(self) -> str:
        """Return the visitors a day under each reading of the published figure C8, which leaves the base open."""
        if self.visits.empty:
            return "本月没有服务中心接待人次记录。"
        daily = self.visits["daily"].astype("float64")
        if len(daily) == 1:
            return f"本月服务中心日均接待{wording.number(daily.iloc[0], '人次', digits=0)}（接待人次除以开放天数）。"
        average = wording.number(daily.mean(), "人次", digits=0)
        each = f"本月有接待记录的服务中心{len(daily)}处，平均每处日均接待{average}"
        own = daily[self.visits["place"] == self.f.place.code]
        district = f"，其中区服务中心日均{wording.number(own.iloc[0], '人次', digits=0)}" if len(own) else ""
        return (
            f"{each}{district}；各中心日均相加为{wording.number(daily.sum(), '人次', digits=0)}。"
            "公开材料称区、乡两级服务中心“日均接待600人次以上”，没有说明是各中心相加、区中心一处，还是每处平均，"
            "也没有说明统计时段。三种算法都列在这里，不能相互替代，对照公开数字时按各中心相加计算。"
        )
