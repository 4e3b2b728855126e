"""Disputes and grids: settlement by level, age, the one-month rule, grids that are short of staff."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.disputes_and_grids import AGES, Disputes
from tests.reports.conftest import NAT, Bent


@pytest.fixture(scope="module")
def report(snapshot: Snapshot) -> Disputes:
    return Disputes(snapshot.figures("", "2015-09"))


def test_the_levels_add_up_to_what_was_settled(report: Disputes) -> None:
    settled = int(report.f["disputes_settled"].year_to_date or 0)
    assert report.ladder()["化解（件）"].sum() == report.ladder_by_unit()["合计"].iloc[-1] == settled
    assert report.ladder()["化解层级"].tolist() == ["网格", "村", "乡镇", "区"]
    assert f"化解矛盾纠纷{settled}件" in report.ladder_sentence()


def test_open_and_kinds_agree_with_the_indicators(report: Disputes) -> None:
    assert len(report.open) == report.f["disputes_open"].value == report.ages()["合计"].iloc[-1]
    total = report.kinds().iloc[-1]
    assert total["排查（件）"] == report.f["G4"].year_to_date
    assert total["化解（件）"] + total["未化解（件）"] == total["排查（件）"]


@pytest.mark.parametrize(
    ("found", "age"),
    [
        ("2015-09-30", "30天以内"),
        ("2015-08-31", "30天以内"),
        ("2015-08-30", "31—60天"),
        ("2015-08-01", "31—60天"),
        ("2015-07-31", "61—90天"),
        ("2015-07-02", "61—90天"),
        ("2015-07-01", "90天以上"),
    ],
)
def test_ages_at_their_bounds(snapshot: Snapshot, bent: Bent, found: str, age: str) -> None:
    rows = snapshot.ledger("disputes").head(1).assign(found_on=pd.Timestamp(found), settled_on=NAT)
    report = Disputes(bent("", "2015-09", disputes=rows))
    assert report.open["age"].tolist() == [age]
    assert report.ages()[list(AGES)].iloc[-1].sum() == 1


def test_what_is_settled_after_the_month_is_open_in_it(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes").head(1)
    rows = rows.assign(found_on=pd.Timestamp("2015-08-20"), settled_on=pd.Timestamp("2015-10-01"), settled_level="区")
    report = Disputes(bent("", "2015-09", disputes=rows))
    assert len(report.open) == 1
    assert report.found["settled_level"].isna().all()
    assert report.ladder_sentence() == "2015年1—9月没有化解矛盾纠纷。"
    assert "其中超过30天的1件" in report.month_rule()


def test_enough_staff_in_the_sample(report: Disputes) -> None:
    assert report.short_grids().empty
    assert report.staffing()["缺员"].iloc[-1] == 0
    assert report.staffing_sentence().endswith("各网格人数和四类职责齐全。")


@pytest.mark.parametrize(("kept", "missing"), [(3, 1), (1, 3), (0, 4)])
def test_a_grid_short_of_four_is_warned_of(snapshot: Snapshot, bent: Bent, kept: int, missing: int) -> None:
    staff = snapshot.ledger("grid_staff")
    grid = staff[staff["place"] == "yangmiao-02"].drop_duplicates("role").head(kept)
    report = Disputes(bent("北西尚村", "2015-09", grid_staff=grid))
    assert report.staffing()["缺员"].tolist() == [missing]
    assert len(report.short_grids()["缺少职责"].iloc[0].split("、")) == missing
    assert f"网格员总数不足，少{missing}名" in report.staffing_sentence()


def test_the_brothers_course_in_order_and_without_names(report: Disputes, snapshot: Snapshot) -> None:
    ((name, course),) = report.cases()
    assert name == "兄弟家庭纠纷"
    assert course["日期"].is_monotonic_increasing
    assert [text[-3:] for text in course["经过"]][1:4] == ["未成功", "未成功", "：成功"]
    said = "".join(course["经过"])
    people = snapshot.ledger("mediation_attempts").dropna(subset="case_name")["mediator"]
    assert not [person for person in people if person in said]
