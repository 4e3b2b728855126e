"""Department pairing (部门结对) and help to households (帮扶救助): no person, and overlaps never added up."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions.assistance import JOB, MEASURES, PROJECTS, households_by_measure
from govkit.institutions.pairing import CONTACT, TEAM, THREE_ONES
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, UNIT, known, rests_on, unit_codes, units, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["OVERLAP_NOTE", "Assistance", "r"]

OVERLAP_NOTE = "一户可以得到几项措施，各类户数有交叉，不能相加；“至少一项”每户只计一次。"
RISE_NOTE = "公开材料没有说明户均月增收以哪些户为分母，这里以已核算月增收的帮扶户为分母。"
_DEPTHS = ("一项", "两项", "三项及以上")


class Assistance:
    """The pairings, hard problems and households helped of a place, from January to the month's end.

    For internal readers only: households in need of a village, and the causes, are not public.
    """

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.year = f.period.year_to_date()
        self.names = f.snapshot.places.names

    @cached_property
    def pairings(self) -> pd.DataFrame:
        """The pairings of departments and villages in force at the month's end."""
        return known(self.f, "department_pairings")

    @rests_on("department_pairings")
    def pairing_sentence(self) -> str:
        """Return departments, villages, teams and problems (H1, H2, T7), in words."""
        if self.pairings.empty:
            return "没有区直部门结对的村。"
        teams = known(self.f, "help_teams")["kind"].value_counts()
        problems = known(self.f, "hard_problems")
        solved = within(problems, "solved_on", self.year)
        return (
            f"区直部门{self.pairings['department'].nunique()}个结对落后村{self.pairings['place'].nunique()}个；"
            f"“五好”创建活动{CONTACT}{teams.get(CONTACT, 0)}个，区直部门建立{TEAM}{teams.get(TEAM, 0)}支。"
            f"{self.year.label}解决难题{len(solved)}个，月末还有{int(problems['solved_on'].isna().sum())}个没有解决。"
        )

    @rests_on("department_pairings")
    def pairing_table(self) -> pd.DataFrame:
        """Return a row per pairing: department, village, idea, income project, problems raised and solved."""
        problems = known(self.f, "hard_problems")
        raised, solved = (
            rows.groupby("pairing_id").size() for rows in (problems, problems[problems["solved_on"].notna()])
        )
        rows = self.pairings
        return pd.DataFrame(
            {
                "区直部门": rows["department"].tolist(),
                "结对落后村": rows["place"].map(self.names).tolist(),
                "发展思路": rows["idea"].tolist(),
                "致富项目": rows["income_project"].tolist(),
                "难题（个）": [int(raised.get(code, 0)) for code in rows["pairing_id"]],
                "已解决": [int(solved.get(code, 0)) for code in rows["pairing_id"]],
            }
        )

    @rests_on("department_pairings")
    def three_ones_sentence(self) -> str:
        """Return how many pairings have the three ones (H3) on record, in words."""
        whole = int(self.pairings[list(THREE_ONES)].notna().all(axis=1).sum())
        return (
            "“选择一个落后村、理出一个发展好思路、确定一个致富好项目”"
            f"三项都有记录的结对{whole}对，共{len(self.pairings)}对。"
        )

    @cached_property
    def households(self) -> pd.DataFrame:
        """The households paired in the year to date."""
        return within(known(self.f, "assisted_households"), "paired_on", self.year)

    @cached_property
    def given(self) -> pd.DataFrame:
        """The measures given in the year to date."""
        return within(known(self.f, "assistance_measures"), "given_on", self.year)

    @cached_property
    def assessed(self) -> pd.DataFrame:
        """The households paired in the year to date whose rise was assessed: only after a measure was given to them."""
        end = pd.Timestamp(self.f.period.end)
        frame = self.f.snapshot.frames["assisted_households"]
        later = set(frame.loc[frame["assessed_on"] > end, "household_id"])
        rows = self.households[self.households["income_rise"].notna()]
        given = known(self.f, "assistance_measures")["household_id"]
        return rows[rows["household_id"].isin(given) & ~rows["household_id"].isin(later)]

    @property
    def has_households(self) -> bool:
        """Whether any household of the place was paired or helped in the year to date."""
        return len(self.households) > 0 or len(self.given) > 0

    @rests_on("assisted_households")
    def household_sentence(self) -> str:
        """Return households, money, projects, jobs, relief and rise (H6–H11), in words."""
        if not self.has_households:
            return f"{self.year.label}没有结对帮扶到户的记录。"
        projects = self.given[self.given["measure"].isin(PROJECTS)]
        jobs = self.given.loc[self.given["measure"] == JOB, "persons"].sum()
        said = [
            f"{self.year.label}村党支部书记、村委会主任结对帮扶{wording.number(len(self.households), '户')}",
            f"帮扶资金{wording.number(float(self.given['money'].sum()), '元')}",
            f"养殖、种植、运输等项目{wording.number(len(projects), '个')}",
            f"安排就业{wording.number(int(jobs), '人')}",
            f"得到一般救助{wording.number(self._relieved, '户')}",
        ]
        return "，".join(said) + f"。{self._rise_words()}{OVERLAP_NOTE}"

    @property
    def _relieved(self) -> int:
        return int(self.given.loc[self.given["measure"] == MEASURES[-1], "household_id"].nunique())

    def _rise_words(self) -> str:
        rises = self.assessed["income_rise"]
        if rises.empty:
            return ""
        mean = wording.number(float(rises.mean()), "元", digits=0)
        return f"已核算月增收的{len(rises)}户，户均月增收{mean}（{RISE_NOTE.removesuffix('。')}）。"

    @rests_on("assistance_measures")
    def measures(self) -> pd.DataFrame:
        """Return a row per measure: households, each counted once, and money; last the households helped at all."""
        table = households_by_measure(self.given, self.year)
        money = self.given.groupby("measure")["money"].sum()
        amounts = [money.get(measure, 0.0) if measure in MEASURES else money.sum() for measure in table["measure"]]
        return pd.DataFrame(
            {"帮扶措施": table["measure"], "户数": table["households"], "资金（元）": [float(one) for one in amounts]}
        )

    @rests_on("assistance_measures")
    def depth(self) -> pd.DataFrame:
        """Return how many households got one, two, or more measures; these do not overlap and add up."""
        each = self.given.groupby("household_id")["measure"].nunique().clip(upper=len(_DEPTHS))
        counts = pd.Series({word: int((each == number).sum()) for number, word in enumerate(_DEPTHS, 1)})
        return _totalled(counts, "得到措施", "户数")

    @rests_on("assisted_households")
    def causes(self) -> pd.DataFrame:
        """Return how many households by cause."""
        return _totalled(self.households["cause"].value_counts().sort_index(), "致困原因", "户数")

    @rests_on("assisted_households")
    def helpers(self) -> pd.DataFrame:
        """Return how many households each kind of helper has."""
        return _totalled(self.households["helper"].value_counts().sort_index(), "帮扶人", "户数")

    @rests_on("assisted_households")
    def by_unit(self) -> pd.DataFrame:
        """Return a row per unit: households paired, households with any measure, with relief, with a project, money.

        Columns of households overlap, so no column is the sum of others; a household belongs to one unit, so each
        column adds up.
        """
        wanted = [place.code for place in units(self.f)]
        given, paired = self.given, self.households
        projects = given[given["measure"].isin(PROJECTS)]
        relief = given[given["measure"] == MEASURES[-1]]
        columns = {
            "帮扶户": paired.groupby(unit_codes(self.f, paired))["household_id"].nunique(),
            "有措施户": given.groupby(unit_codes(self.f, given))["household_id"].nunique(),
            "有项目户": projects.groupby(unit_codes(self.f, projects))["household_id"].nunique(),
            "一般救助户": relief.groupby(unit_codes(self.f, relief))["household_id"].nunique(),
            "资金（元）": given.groupby(unit_codes(self.f, given))["money"]
            .sum()
            .astype("float64")
            .round()
            .astype("int64"),
        }
        table = pd.DataFrame(columns).reindex(wanted).fillna(0).astype("int64")
        table.index = pd.Index([self.names[code] for code in wanted])
        table = table[(table > 0).any(axis=1)]
        table.loc[TOTAL] = table.sum()
        return table.rename_axis(columns=None).reset_index(names=UNIT)


def _totalled(counts: pd.Series, heading: str, count: str) -> pd.DataFrame:
    """Return counts as a table with their total."""
    return pd.DataFrame({heading: [*counts.index, TOTAL], count: [*counts.astype("int64"), int(counts.sum())]})
