"""Pairing and help to households: overlaps never add up to more than the households, and no person is named."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.assistance import Assistance
from tests.reports.conftest import Bent


def test_the_year_is_the_published_one(snapshot: Snapshot) -> None:
    report = Assistance(snapshot.figures("", "2015-12"))
    said = report.pairing_sentence() + report.three_ones_sentence() + report.household_sentence()
    for words in (
        "部门15个",
        "落后村15个",
        "工作队39支",
        "帮扶157户",
        "143,000元",
        "59个",
        "39人",
        "103户",
        "1056元",
        "15对",
    ):
        assert words in said
    assert "不能相加" in said


@pytest.mark.parametrize("place", ["", "阳庙镇", "苏家作乡"])
def test_overlapping_categories_never_exceed_the_households(snapshot: Snapshot, place: str) -> None:
    report = Assistance(snapshot.figures(place, "2015-12"))
    table = report.measures().set_index("帮扶措施")["户数"]
    helped = table.iloc[-1]
    assert (table.iloc[:-1] <= helped).all()
    assert helped <= len(report.households)
    depth = report.depth().set_index("得到措施")["户数"]
    assert depth["合计"] == helped == depth.iloc[:-1].sum()


def test_a_household_with_three_measures_counts_once(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("assistance_measures")
    one = rows[rows["place"] == "yangmiao-02"].head(1)
    three = pd.concat([one.assign(measure=measure) for measure in ("养殖项目", "种植项目", "一般救助")])
    report = Assistance(bent("", "2015-12", assistance_measures=three))
    assert report.measures()["户数"].tolist() == [1, 1, 0, 0, 1, 1]
    assert report.depth()["户数"].tolist() == [0, 0, 1, 1]


def test_units_add_up_to_the_district(snapshot: Snapshot) -> None:
    table = Assistance(snapshot.figures("", "2015-12")).by_unit()
    assert (table.iloc[:-1, 1:].sum() == table.iloc[-1, 1:]).all()
    assert table["帮扶户"].iloc[-1] == 157
    assert table["资金（元）"].iloc[-1] == 143_000


def test_what_came_later_is_not_known(snapshot: Snapshot) -> None:
    assert "没有" in Assistance(snapshot.figures("", "2015-01")).household_sentence()
    march = Assistance(snapshot.figures("", "2015-03"))
    assert (len(march.households), len(march.given)) == (157, 0)
    assert march.measures()["户数"].sum() == 0


@pytest.mark.parametrize("month", ["2015-03", "2015-06", "2015-09", "2015-12"])
def test_only_a_household_with_a_measure_can_be_assessed(snapshot: Snapshot, month: str) -> None:
    report = Assistance(snapshot.figures("", month))
    helped = report.measures()["户数"].iloc[-1]
    assert len(report.assessed) <= helped
    assert set(report.assessed["household_id"]) <= set(report.given["household_id"])
    assert (f"已核算月增收的{len(report.assessed)}户" in report.household_sentence()) is (len(report.assessed) > 0)
    assert report.f["households_with_rise"].year_to_date == len(report.assessed)
    if month == "2015-12":
        assert len(report.assessed) == 157


def test_no_table_names_a_head_of_household(snapshot: Snapshot) -> None:
    report = Assistance(snapshot.figures("", "2015-12"))
    heads = set(snapshot.ledger("assisted_households")["head"]) | set(snapshot.ledger("department_pairings")["leader"])
    tables = (
        report.pairing_table(),
        report.measures(),
        report.depth(),
        report.helpers(),
        report.causes(),
        report.by_unit(),
    )
    assert not [cell for table in tables for cell in table.to_numpy().ravel() if cell in heads]
