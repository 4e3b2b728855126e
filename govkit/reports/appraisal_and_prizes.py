"""Appraisal and prizes (考评与奖励): the 100-point table, the units' points, their ranking, prizes and pay.

The official table, the places of each prize and the pay formula are the office's to supply. Where the table is not
supplied, the illustrative one is used and labelled so; where a setting is missing, nothing is computed from it.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.reported import UNREPORTED
from govkit.institutions.appraisal import (
    ILLUSTRATIVE,
    PRIZES,
    UNDECIDED,
    Item,
    Table,
    appraisal_table,
    appraise,
    awarded,
    performance_pay,
    prize_amounts,
    prize_places,
    ranking,
)
from govkit.institutions.rulebook import known_setting, official_texts
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import with_last

if TYPE_CHECKING:
    from govkit.figures.figure import Figures
    from govkit.ledgers.indicator import Measure
    from govkit.ledgers.period import Period
    from govkit.ledgers.places import Place

__all__ = ["TIE_NOTE", "Appraisal", "r"]

LAST_MONTH = 12
UNDECIDED_NOTE = f"“{UNDECIDED}”：总分相同的单位跨过了名额线，奖给谁由考评单位决定。"
TIE_NOTE = "总分相同的列为同一名次，其后的名次空出；名次按四舍五入到两位小数的总分排列。"


def table_in_use(name: str, f: "Figures") -> Table:
    """Return the table a month is appraised by: the one named, else that of the settings, else the illustrative one."""
    return appraisal_table(name or known_setting("考评表", f.period.end) or ILLUSTRATIVE, f.period.end)


class Appraisal:
    """The appraisal of a place's villages, counted from January to the month's end.

    Villages are ranked over the whole district, also in a township unit's report.

    :param table: the name of the rule file.
    :param pay_base: the performance pay in yuan that the formula starts from; 0 if not supplied.
    """

    def __init__(self, f: "Figures", table: str = "", pay_base: float = 0) -> None:
        self.f, self.pay_base = f, pay_base
        self.year = f.period.year_to_date()
        self.table = table_in_use(table, f)
        self.names = f.snapshot.places.names

    @property
    def table_remark(self) -> str:
        """A warning that the table in use is illustrative; empty for an official one."""
        if not self.table.illustrative:
            return ""
        said = "本报告采用示意考评表，只说明计算方法；考评表的项目和权重官方文本待填"
        return f"{said}，得分、名次和奖次不得作为考评结果使用。"

    def layers(self) -> pd.DataFrame:
        """Return the three layers of the appraisal (P1) with their official texts."""
        texts = official_texts("appraisal_layers")
        return pd.DataFrame({"层次": [text.group for text in texts], "官方文本": [text.text for text in texts]})

    def items(self) -> pd.DataFrame:
        """Return a row per item of the table: number, area, item, weight, where its points come from; last the sum."""
        rows = [(str(i.number), i.area, i.title, _plain(i.weight), self._source(i)) for i in self.table.items]
        rows.append(("合计", "", "", _plain(sum(i.weight for i in self.table.items)), ""))
        return pd.DataFrame(rows, columns=["序号", "考评内容", "考评项目", "权重（分）", "得分依据"])

    def _source(self, item: Item) -> str:
        if not item.evidence:
            return "人工填报，取最近一次"
        label = self.f.snapshot.measure(item.evidence).label
        how = "按百分比得分" if item.deduction is None else f"每件扣{_plain(item.deduction)}分"
        return f"指标“{label}”，{how}" + ("，没有可评事项的给满分" if item.full_without_case else "")

    @cached_property
    def points(self) -> pd.DataFrame:
        """Every village of the district: its points by item, its total, the items it lacks."""
        return appraise(
            self.table, self.f.snapshot.frames, self.f.snapshot.places, self.year, unknown=self.unknown_in(self.year)
        )

    def unknown_in(self, year: "Period") -> "Callable[[Measure, Place], bool]":
        """Return whether a unit did not report every month of a year that an indicator is counted from."""
        reported = self.f.snapshot.reported
        return lambda measure, unit: not reported.of(measure, unit, year).complete

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The place's own villages that have a total, best first, ranked over the district."""
        rows = ranking(self.points)
        rows["township"] = [self.f.snapshot.places[code].township for code in rows["place"]]
        own = {unit.code for unit in self.f.snapshot.places.at("village", self.f.place.code)}
        return rows[rows["place"].isin(own)].reset_index(drop=True)

    def ranking(self, limit: int = 0) -> pd.DataFrame:
        """Return the ranking: rank, village, township unit, points by item, total; all or the first ``limit``."""
        rows = self.ranked.head(limit) if limit else self.ranked
        points = self.points.set_index("place").loc[rows["place"]]
        columns: dict[str, Sequence[object]] = {
            "名次": [_rank(rank, tied) for rank, tied in zip(rows["rank"], rows["tied"], strict=True)],
            "村": rows["place"].map(self.names).tolist(),
        }
        if self.f.place.level == "district":
            columns["所属单位"] = rows["township"].map(self.names).tolist()
        for item in self.table.items:
            columns[f"第{item.number}项"] = [_points(value) for value in points[str(item.number)]]
        return pd.DataFrame(columns | {"总分": [_points(total) for total in rows["total"]]})

    def ranking_sentence(self) -> str:
        """Return how many villages have a total, the mean, how many are tied, in words."""
        units, ranked = len(self._own_points), self.ranked
        if ranked.empty:
            return f"{self.year.label}没有各项得分齐全的村，不排名次。{self.missing_sentence()}"
        tied = int(ranked["tied"].sum())
        whole = "" if self.f.place.level == "district" else "与全区其他村"
        ties = f"{whole}总分相同的{tied}个村，名次前注明“并列”。" if tied else f"没有{whole}总分相同的村。"
        return (
            f"按{self.year.label}累计，参加考评的村{units}个，各项得分齐全、参加排名的{len(ranked)}个，"
            f"平均{_points(ranked['total'].mean())}分，最高{_points(ranked['total'].max())}分，"
            f"最低{_points(ranked['total'].min())}分；{ties}{self.missing_sentence()}"
        )

    @property
    def _own_points(self) -> pd.DataFrame:
        own = {unit.code for unit in self.f.snapshot.places.at("village", self.f.place.code)}
        return self.points[self.points["place"].isin(own)]

    def missing_sentence(self) -> str:
        """Return the items without points that keep villages out of the ranking, in words; empty if none."""
        numbers = self._own_points["missing"].explode().dropna().astype("int64").value_counts(sort=False).sort_index()
        missing = wording.joined((f"缺第{number}项的{count}个村" for number, count in numbers.items()), "、")
        return f"不参加排名的：{missing}。" if missing else ""

    def by_unit(self) -> pd.DataFrame:
        """Return a row per township unit, best mean first: villages ranked, mean, highest, lowest, in the first ten."""
        groups = self.ranked.groupby("township", sort=False)
        rows = [
            (
                self.names[str(code)],
                len(rows),
                float(rows["total"].mean()),
                _points(rows["total"].max()),
                _points(rows["total"].min()),
                int((rows["rank"] <= 10).sum()),
            )
            for code, rows in groups
        ]
        table = pd.DataFrame(rows, columns=["乡镇（街道）", "排名的村", "平均分", "最高分", "最低分", "前十名"])
        table = table.sort_values("平均分", ascending=False, kind="stable", ignore_index=True)
        named = set(table["乡镇（街道）"])
        silent = [self.names[unit] for unit in self.f.snapshot.reported.of_month(self.f.place, self.year).none]
        for name in silent:
            if name not in named:
                table = with_last(table.astype("object"), name, UNREPORTED, float("nan"), *[UNREPORTED] * 3)
        return table

    def by_month(self) -> pd.DataFrame:
        """Return a row per month up to this one: the mean points of each item and the mean total, since January."""
        rows = []
        for month in self.f.period.last_months(int(self.f.period.code[-2:])):
            if month.start < self.f.snapshot.span[0].start:
                continue
            year = month.year_to_date()
            points = appraise(
                self.table,
                self.f.snapshot.frames,
                self.f.snapshot.places,
                year,
                scope=self.f.place,
                unknown=self.unknown_in(year),
            )
            means = [_points(points[str(item.number)].astype("float64").mean()) for item in self.table.items]
            rows.append((month.code, *means, _points(points["total"].astype("float64").mean())))
        return pd.DataFrame(rows, columns=["月份", *(f"第{item.number}项" for item in self.table.items), "平均总分"])

    def prize_tiers(self) -> pd.DataFrame:
        """Return the prizes (P3): amount and how many places, where the office has supplied it."""
        amounts = prize_amounts(self.f.period.end)
        places = [known_setting(f"{prize}名额", self.f.period.end) for prize in PRIZES]
        return pd.DataFrame(
            {
                "奖次": PRIZES,
                "标准（元）": [wording.number(amounts.get(prize)) for prize in PRIZES],
                "名额": [place or wording.UNKNOWN for place in places],
            }
        )

    @property
    def has_cutoffs(self) -> bool:
        """Whether the office has said how many places each prize has."""
        return all(known_setting(f"{prize}名额", self.f.period.end) for prize in PRIZES)

    def prize_sentence(self) -> str:
        """Return how far prizes can be decided, in words."""
        said = "奖励标准为公开数字；获奖单位和名额未公开。"
        if not self.has_cutoffs:
            return f"{said}各奖次名额没有填写（设置文件里的一等奖名额、二等奖名额、三等奖名额），本报告不评定奖次。"
        when = "" if self.year.end.month == LAST_MONTH else f"奖励在年终评定，下表为按{self.year.label}得分的试算。"
        return f"{said}{when}{UNDECIDED_NOTE if (self.awards()['奖次'] == UNDECIDED).any() else ''}"

    def awards(self) -> pd.DataFrame:
        """Return the villages with a prize, undecided ties included; needs the cut-offs."""
        on = self.f.period.end
        rows, amounts = awarded(self._ranked_over_all, prize_places(on)), prize_amounts(on)
        rows = rows[(rows["prize"] != "") & rows["place"].isin(self.ranked["place"])]
        return pd.DataFrame(
            {
                "奖次": rows["prize"].tolist(),
                "名次": [_rank(rank, tied) for rank, tied in zip(rows["rank"], rows["tied"], strict=True)],
                "村": rows["place"].map(self.names).tolist(),
                "总分": [_points(total) for total in rows["total"]],
                "奖金（元）": [wording.number(amounts.get(prize)) for prize in rows["prize"]],
            }
        )

    @cached_property
    def _ranked_over_all(self) -> pd.DataFrame:
        return ranking(self.points)

    def pay_sentence(self) -> str:
        """Return the formula of performance pay, or what is missing to compute it, in words."""
        formula = known_setting("绩效报酬办法", self.f.period.end)
        lacking = [
            word
            for word, given in (("绩效报酬办法（设置文件）", formula), ("绩效报酬基数（生成参数）", self.pay_base))
            if not given
        ]
        said = "考评结果与绩效报酬挂钩，办法没有公开。"
        if lacking:
            return f"{said}没有填写{wording.joined(lacking)}，不计算绩效报酬。"
        base = wording.number(self.pay_base, "元")
        return f"{said}以下按设置的“{formula}”办法、每村基数{base}试算，平均分取全区参加排名的村的平均分。"

    @property
    def has_pay(self) -> bool:
        """Whether formula and base are supplied, and there is a total to pay by."""
        return bool(known_setting("绩效报酬办法", self.f.period.end) and self.pay_base) and len(self.ranked) > 0

    def pay(self) -> pd.DataFrame:
        """Return a row per total of the ranking: villages with it, what each is paid, the difference from the base."""
        mean = round(float(self._ranked_over_all["total"].mean()), 2)
        rows = []
        for _total, group in self.ranked.groupby("total", sort=False):
            total = float(group["total"].iloc[0])
            amount = performance_pay(self.pay_base, total, mean, self.f.period.end)
            gap = round(amount - self.pay_base, 2)
            rows.append((_points(total), len(group), f"{amount:.2f}", f"{gap:+.2f}" if gap else "0"))
        return pd.DataFrame(rows, columns=["总分", "村数", "绩效报酬（元）", "比基数增减（元）"])


def _rank(rank: int, tied: bool) -> str:
    return f"并列{rank}" if tied else str(rank)


def _points(value: object) -> str:
    return wording.NOTHING if wording.is_missing(value) else f"{wording.rounded(float(value), 2):.2f}"  # type: ignore[arg-type]


def _plain(value: object) -> str:
    return wording.number(float(value), digits=None) if float(value).is_integer() else f"{float(value):g}"  # type: ignore[arg-type]
