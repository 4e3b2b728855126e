"""Supervision of conduct: inspections by focus and method, rectification, cases and the persons sanctioned."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions.conduct import SANCTIONS
from govkit.institutions.rulebook import official_texts
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import TOTAL, known, rests_on, with_last, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Conduct", "r"]

SOURCE_NOTE = "案件按起计算，同案数人计一起；处分按人计算。一起案件可能处分数人，也可能尚未处分，两数不必相等。"


class Conduct:
    """The inspections and cases of a place, the year to date and as of the month's end."""

    def __init__(self, f: "Figures", audience: str = "internal") -> None:
        self.f, self.public = f, audience == "public"
        self.year = f.period.year_to_date()

    @cached_property
    def inspections(self) -> pd.DataFrame:
        """The inspections of the year to date; rectification after the month's end is not yet known."""
        return within(known(self.f, "conduct_inspections"), "inspected_on", self.year)

    @rests_on("conduct_inspections")
    def by_focus(self) -> pd.DataFrame:
        """Return a row per focus (六项重点内容): its official name, inspections, findings, findings rectified."""
        return self._by("focus", "supervision_focuses", "监督重点")

    @rests_on("conduct_inspections")
    def by_method(self) -> pd.DataFrame:
        """Return a row per method (十项方法), like :meth:`by_focus`."""
        return self._by("method", "inspection_methods", "监督方法")

    def _by(self, column: str, official: str, title: str) -> pd.DataFrame:
        rows = []
        for text in official_texts(official):
            picked = self.inspections[self.inspections[column] == text.number]
            rows.append((f"第{text.number}项", text.text, *_counts(picked)))
        table = pd.DataFrame(
            rows, columns=["序号", title, "检查（次）", "发现问题（次）", "问题（个）", "已整改（次）"]
        )
        return with_last(table, TOTAL, wording.NOTHING, *_counts(self.inspections))

    @rests_on("conduct_inspections")
    def rectification(self) -> pd.DataFrame:
        """Return the inspections with findings by state: rectified in time, late, still within the term, overdue."""
        rows = self.inspections[self.inspections["findings"] > 0]
        end, done = pd.Timestamp(self.f.period.end), rows["rectified_on"].notna()
        in_time, due = rows["rectified_on"] <= rows["due_on"], rows["due_on"] <= end
        states = {
            "按期整改": done & in_time,
            "超期整改": done & ~in_time,
            "整改期内": ~done & ~due,
            "逾期未整改": ~done & due,
        }
        return pd.DataFrame(
            [
                (state, int(which.sum()), wording.percent(int(which.sum()), len(rows)).removesuffix("%"))
                for state, which in states.items()
            ],
            columns=["整改情况", "检查（次）", "占比（%）"],
        )

    @rests_on("conduct_inspections")
    def nothing_found(self) -> str:
        """Return that no inspection of the year to date found anything, in words."""
        return f"{self.year.label}检查没有发现问题。"

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The persons in cases filed up to the month's end; a sanction decided later is not yet known."""
        rows = known(self.f, "conduct_cases")
        rows.loc[rows["decided_on"].isna(), "sanction"] = pd.NA
        return rows

    @property
    def shows_cases(self) -> bool:
        """Whether cases and sanctions are shown: internally only."""
        return not self.public

    @rests_on("conduct_cases")
    def cases_sentence(self) -> str:
        """Return how many cases (S5) were filed and how many persons sanctioned (S6) in the year to date, in words."""
        if not self.shows_cases:
            return "案件查处和处分由纪检部门统一公布，本报告不公布。"
        filed, sanctioned = self._filed, self._sanctioned
        if filed == 0 and len(sanctioned) == 0:
            return f"{self.year.label}没有查处农村党员干部案件。"
        return f"{self.year.label}立案查处农村党员干部案件{filed}起，给予党纪处分{len(sanctioned)}人。{SOURCE_NOTE}"

    @rests_on("conduct_cases")
    def sanctions(self) -> pd.DataFrame:
        """Return a row per sanction with its persons; without rows for the public."""
        if not self.shows_cases:
            return pd.DataFrame(columns=["党纪处分", "人数"])
        counts = self._sanctioned["sanction"].value_counts().reindex(SANCTIONS, fill_value=0).astype("int64")
        shown = pd.concat([counts, pd.Series({TOTAL: counts.sum()})])
        table = shown.rename_axis("党纪处分").reset_index(name="人数")
        return table.assign(人数=table["人数"].astype("str"))

    @property
    def has_sanctions(self) -> bool:
        """Whether there is a table of sanctions to show."""
        return self.shows_cases and len(self._sanctioned) > 0

    def warnings(self) -> str:
        """Return contradictions between cases and persons, as a remark."""
        pending = self.cases[self.cases["sanction"].isna()]
        if not len(pending) or self.public:
            return ""
        count = pending.drop_duplicates(["case_id", "person_no"])
        return f"提示：已立案{len(count)}人尚无处分记录，案件数与处分人数因此可能不同，只作提示，不作更正。"

    @property
    def _filed(self) -> int:
        return int(within(self.cases, "filed_on", self.year)["case_id"].nunique())

    @property
    def _sanctioned(self) -> pd.DataFrame:
        rows = within(self.cases, "decided_on", self.year)
        return rows[rows["sanction"].notna()]


def _counts(rows: pd.DataFrame) -> tuple[int, int, int, int]:
    found = rows[rows["findings"] > 0]
    return len(rows), len(found), int(rows["findings"].sum()), int(found["rectified_on"].notna().sum())
