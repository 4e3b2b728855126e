"""A village on one page (一村一表): what it has, what it did, what is left to do."""

from typing import TYPE_CHECKING

import pandas as pd

from govkit.pages.decisions import Register
from govkit.pages.disputes import Disputes
from govkit.pages.rows import known
from govkit.pages.services import Services
from govkit.reports import wording

if TYPE_CHECKING:
    from govkit.figures import Figures

LATEST = 5
HEADLINE = (
    "decisions_proposed",
    "D4",
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

    def base(self) -> pd.DataFrame:
        """Return what the village has, two facts a row: grids, staff, team, supervisor, centre."""
        facts = self._facts()
        half = (len(facts) + 1) // 2
        pairs = [(*facts[at], *(facts[at + half] if at + half < len(facts) else ("", ""))) for at in range(half)]
        return pd.DataFrame(pairs, columns=["项目", "内容", "项目 ", "内容 "])

    def _facts(self) -> list[tuple[str, str]]:
        staff = known(self.f, "grid_staff")
        teams = known(self.f, "mediation_teams")
        centres = self.services.centres
        roles = wording.joined((f"{role}{count}名" for role, count in staff["role"].value_counts().items()), last="、")
        centre = centres.iloc[0] if len(centres) else None
        return [
            ("所属乡镇（街道）", self.f.book.places.names[self.f.place.township]),
            ("村级网格", f"{len(known(self.f, 'grids'))}个"),
            ("网格员", f"{len(staff)}名" + (f"（{roles}）" if roles else "")),
            ("调解队伍", f"{len(teams)}支{int(teams['members'].sum())}人"),
            ("党风政风监督员", f"{len(known(self.f, 'conduct_supervisors'))}名"),
            ("服务中心", centre["name"] if centre is not None else wording.NOTHING),
            ("建设方式", centre["works"] if centre is not None else wording.NOTHING),
            ("启用日期", wording.date(centre["opened_on"]) if centre is not None else wording.NOTHING),
            ("建筑面积", wording.number(centre["area"], "㎡") if centre is not None else wording.NOTHING),
            ("本年决策事项", f"{len(self.register)}项"),
        ]

    def latest_decisions(self) -> pd.DataFrame:
        """Return the latest decisions of the year and how far they are, without their village."""
        table = self.register.index().sort_values("提议日期", ascending=False, kind="stable").head(LATEST)
        return table.drop(columns=["序号", "村"])

    def open_matters(self) -> pd.DataFrame:
        """Return the open disputes, the oldest first, without their village."""
        return self.disputes.open_listing(LATEST).drop(columns="所在村")

    def overdue(self) -> pd.DataFrame:
        """Return what is overdue, the longest first, without its unit."""
        return self.f.overdue(LATEST).drop(columns="单位")
