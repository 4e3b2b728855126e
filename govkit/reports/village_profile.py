"""The profile of a village (一村一表) on one page: its people and places, its month, its open matters."""

from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.frames import named_rows
from govkit.figures.reported import UNREPORTED
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.decision_register import Register
from govkit.reports.disputes_and_grids import Disputes
from govkit.reports.rows import known
from govkit.reports.services import Services

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Village", "r"]

LATEST = 3
HEADLINE = (
    "decisions_proposed",
    "decisions_resolved",
    "results_published",
    "agency_taken",
    "C9",
    "agency_on_time_rate",
    "G4",
    "disputes_settled",
    "G6",
    "disputes_open",
    "inspections",
    "inspection_findings",
)


class Village:
    """Everything of one village for one month."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.services, self.disputes = Services(f), Disputes(f)
        self.register = Register(f, whole_year=True)

    def figures(self) -> pd.DataFrame:
        """Return the indicators, two a row: the month's value and the year's."""
        cells = [(one.measure.label, one.in_month, one.ytd) for one in (self.f[code] for code in HEADLINE)]
        half = len(cells) // 2
        rows = [(*first, *second) for first, second in zip(cells[:half], cells[half:], strict=True)]
        return pd.DataFrame(rows, columns=["指标", "本月", "本年累计", "指标 ", "本月 ", "本年累计 "])

    def facts(self) -> pd.DataFrame:
        """Return the village's people and centre, latest decisions, open disputes, overdue matters, in words."""
        rows = [
            ("组织和队伍", ("grids", "grid_staff", "mediation_teams", "conduct_supervisors"), self._people()),
            ("服务中心", ("service_centres",), self._centre()),
            ("本年决策事项", ("decisions",), self._decisions()),
            ("未化解矛盾纠纷", ("disputes",), self._open()),
            ("逾期事项", ("disputes",), self._overdue()),
        ]
        told = [(title, UNREPORTED if self.f.rests_on(*codes).silent else said) for title, codes, said in rows]
        return pd.DataFrame(told, columns=["项目", "情况"])

    def _people(self) -> str:
        count = {code: len(known(self.f, code)) for code in ("grids", "grid_staff", "conduct_supervisors")}
        teams = known(self.f, "mediation_teams")
        return (
            f"网格{count['grids']}个、网格员{count['grid_staff']}名，"
            f"调解队伍{len(teams)}支{int(teams['members'].sum())}人，监督员{count['conduct_supervisors']}名"
        )

    @property
    def township(self) -> str:
        """The name of the township unit that the village belongs to."""
        return self.f.snapshot.places.names[self.f.place.township]

    def _centre(self) -> str:
        centres = [
            f"{row.name_}（{row.works}，{wording.date(row.opened_on)}启用，{wording.number(row.area, '㎡')}）"
            for row in named_rows(self.services.centres.rename(columns={"name": "name_"}))
        ]
        return "；".join(centres) or "没有登记"

    def _decisions(self) -> str:
        index = self.register.index().sort_values("提议日期", ascending=False, kind="stable")
        decisions = [f"{row.事项名称}（{row.进度}，{row.核对结果}）" for row in index.head(LATEST).itertuples()]
        return _listed(decisions, len(index), "项")

    def _open(self) -> str:
        rows = self.disputes.open_listing(LATEST)
        disputes = [
            f"{row.纠纷类型}{row.纠纷编号}（已{row.天数}天，调解{row.调解次数}次）" for row in rows.itertuples()
        ]
        return _listed(disputes, len(self.disputes.open), "件")

    def _overdue(self) -> str:
        matters = [f"{row.类别}{row.编号}（超期{row.超期天数}天）" for row in self.f.overdue(LATEST).itertuples()]
        return _listed(matters, self.f.overdue_count, "件")


def _listed(parts: list[str], count: int, unit: str) -> str:
    """Return the count and the first few in words, or that there is none."""
    if not count:
        return "没有"
    return f"{count}{unit}：" + "；".join(parts) + ("等" if count > len(parts) else "")
