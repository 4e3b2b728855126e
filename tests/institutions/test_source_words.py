"""The source's own nouns: no altered one is shown, and workbooks with the former headings are still read."""

import json
import re
from pathlib import Path

import openpyxl
import pytest

from govkit import reports
from govkit.core.files import shipped
from govkit.figures.reconcile import published_figures
from govkit.figures.snapshot import Snapshot
from govkit.institutions import indicators, institutions, ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places

ALTERED = re.compile(
    "后进村|增收项目|发展致富项目|培训村后备干部|扩大成|扩大为|观摩会|区便民服务中心|部门主要负责人带队|选一个落后村"
)
"""What the source calls otherwise: 落后村, 开发致富项目, 培养后备干部, 建立, 观摩推进会, 行政服务中心, 区直部门领导."""


def test_no_declaration_alters_the_sources_nouns() -> None:
    words = [(figure.code, figure.fact + figure.item + figure.note) for figure in published_figures()]
    words += [(one.code, one.title) for one in institutions()]
    words += [(code, ledger.title + ledger.about) for code, ledger in ledgers().items()]
    words += [(code, column.title + column.note) for code, one in ledgers().items() for column in one.columns]
    words += [(code, measure.label + measure.definition) for code, measure in indicators().items()]
    assert [(code, text) for code, text in words if ALTERED.search(text)] == []


@pytest.mark.parametrize("path", sorted(shipped("notebooks/reports").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_report_alters_the_sources_nouns(path: Path) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    module = Path(reports.__file__).with_name(f"{path.stem}.py")
    assert ALTERED.findall(source + module.read_text("utf-8")) == []


OLD = {
    "部门结对台账": (
        ["结对编号", "结对后进村", "区直部门", "带队负责人", "结对日期", "发展思路", "增收项目"],
        ["JD-01", "北西尚村", "区农业局", "王建军", "2015-01-12", "发展设施蔬菜", "蔬菜大棚"],
    ),
    "增收项目台账": (
        ["项目编号", "所在村", "项目名称", "项目类型", "启动日期", "预计年增收（万元）", "终止日期"],
        ["XM-01", "北西尚村", "蔬菜大棚", "种植", "2015-03-02", 3, None],
    ),
    "村后备干部台账": (
        ["人员编号", "所在村", "姓名", "培养岗位", "列入日期", "培训日期"],
        ["HB-01", "北西尚村", "王建军", "村委会主任", "2015-01-12", "2015-05-06"],
    ),
    "观摩评比台账": (
        ["观摩编号", "组织单位", "观摩主题", "观摩日期", "观摩会日期"],
        ["GM-01", "示范区", "党群服务中心建设观摩", "2015-09-28", "2015-09-29"],
    ),
    "帮扶户台账": (
        ["户编号", "所在村", "户主", "帮扶人", "致困原因", "结对日期", "月增收（元）"],
        ["BFH-01", "北西尚村", "王建军", "村委会主任", "疾病或残疾", "2015-02-12", 800],
    ),
}
"""Sheets as workbooks of earlier versions have them: title → headings and a row."""


def test_workbooks_with_the_former_headings_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in OLD.items():
        sheet = book.create_sheet(title)
        sheet.append([f"示范区2015年{title}"])
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "旧台账.xlsx")
    intake = check_files([tmp_path / "旧台账.xlsx"], ledgers().values(), shipped_places())
    assert [str(problem.what) for problem in intake.errors] == []
    read = {checked.ledger.code: checked.accepted for checked in intake.ledgers}
    assert set(read) == {
        "department_pairings",
        "income_projects",
        "reserve_cadres",
        "observation_rounds",
        "assisted_households",
    }
    assert read["department_pairings"]["income_project"].tolist() == ["蔬菜大棚"]
    assert read["department_pairings"]["place"].tolist() == ["yangmiao-02"]
    assert f"{read['reserve_cadres']['trained_on'].iloc[0]:%Y-%m-%d}" == "2015-05-06"
    assert f"{read['observation_rounds']['meeting_on'].iloc[0]:%Y-%m-%d}" == "2015-09-29"


def test_the_subsidies_were_paid_at_the_meeting(snapshot: Snapshot) -> None:
    meeting = snapshot.ledger("observation_rounds")["meeting_on"].dropna()
    paid = snapshot.ledger("observation_subsidies")["granted_on"]
    assert {f"{day:%Y-%m-%d}" for day in [*paid, *meeting]} == {"2015-09-29"}
    assert snapshot.indicator("observation_subsidy", period="2015-09") == 46_000
    assert snapshot.indicator("observation_subsidy", period="2015-10") == 0


def test_fifteen_departments_set_up_thirty_nine_teams(snapshot: Snapshot) -> None:
    assert (snapshot.indicator("team_departments"), snapshot.indicator("help_teams")) == (15, 39)
