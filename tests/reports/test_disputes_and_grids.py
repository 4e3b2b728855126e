"""Disputes and grids: the ladder, the ages, the one-month rule, the grids that are short of staff."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.disputes_and_grids import AGES, Disputes
from tests.reports.conftest import Bent


@pytest.fixture(scope="module")
def page(snapshot: Snapshot) -> Disputes:
    return Disputes(snapshot.figures("", "2015-09"))


def test_the_levels_add_up_to_what_was_settled(page: Disputes) -> None:
    settled = int(page.f["disputes_settled"].year_to_date)
    assert page.ladder()["化解（件）"].sum() == page.ladder_by_unit()["合计"].iloc[-1] == settled
    assert page.ladder()["化解层级"].tolist() == ["网格", "村", "乡镇", "区"]
    assert f"化解矛盾纠纷{settled}件" in page.ladder_sentence()


def test_open_and_kinds_agree_with_the_indicators(page: Disputes) -> None:
    assert len(page.open) == page.f["disputes_open"].value == page.ages()["合计"].iloc[-1]
    total = page.kinds().iloc[-1]
    assert total["排查（件）"] == page.f["G4"].year_to_date
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
    rows = snapshot.ledger("disputes").head(1).assign(found_on=pd.Timestamp(found), settled_on=pd.NaT)
    page = Disputes(bent("", "2015-09", disputes=rows))
    assert page.open["age"].tolist() == [age]
    assert page.ages()[list(AGES)].iloc[-1].sum() == 1


def test_what_is_settled_after_the_month_is_open_in_it(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes").head(1)
    rows = rows.assign(found_on=pd.Timestamp("2015-08-20"), settled_on=pd.Timestamp("2015-10-01"), settled_level="区")
    page = Disputes(bent("", "2015-09", disputes=rows))
    assert len(page.open) == 1
    assert page.found["settled_level"].isna().all()
    assert page.ladder_sentence() == "2015年1—9月没有化解矛盾纠纷。"
    assert "其中超过30天的1件" in page.month_rule()


def test_enough_staff_in_the_sample(page: Disputes) -> None:
    assert page.short_grids().empty
    assert page.staffing()["缺员"].iloc[-1] == 0
    assert page.staffing_sentence().endswith("各网格人数和四类职责齐全。")


@pytest.mark.parametrize(("kept", "missing"), [(3, 1), (1, 3), (0, 4)])
def test_a_grid_short_of_four_is_warned_of(snapshot: Snapshot, bent: Bent, kept: int, missing: int) -> None:
    staff = snapshot.ledger("grid_staff")
    grid = staff[staff["place"] == "yangmiao-02"].drop_duplicates("role").head(kept)
    page = Disputes(bent("北西尚村", "2015-09", grid_staff=grid))
    assert page.staffing()["缺员"].tolist() == [missing]
    assert len(page.short_grids()["缺少职责"].iloc[0].split("、")) == missing
    assert f"网格员总数不足，少{missing}名" in page.staffing_sentence()


def test_the_brothers_course_in_order_and_without_names(page: Disputes, snapshot: Snapshot) -> None:
    ((name, course),) = page.cases()
    assert name == "兄弟家庭纠纷"
    assert course["日期"].is_monotonic_increasing
    assert [text[-3:] for text in course["经过"]][1:4] == ["未成功", "未成功", "：成功"]
    said = "".join(course["经过"])
    people = snapshot.ledger("mediation_attempts").dropna(subset="case_name")["mediator"]
    assert not [person for person in people if person in said]
