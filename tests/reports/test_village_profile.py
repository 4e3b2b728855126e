"""The village's profile: its facts, and words where there are none."""

import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.village_profile import HEADLINE, LATEST, Village, _listed


def test_every_indicator_has_its_place(snapshot: Snapshot) -> None:
    table = Village(snapshot.figures("北西尚村", "2015-09")).figures()
    assert len(table) * 2 == len(HEADLINE)
    assert table["指标"].iloc[0] == "提议重大事项"


def test_a_rate_that_counts_from_january_is_not_the_months(snapshot: Snapshot) -> None:
    table = Village(snapshot.figures("北西尚村", "2015-09")).figures()
    rate = table[table["指标 "] == "化解率"].iloc[0]
    assert rate["本月 "] == "—"
    assert rate["本年累计 "].endswith("%")


def test_the_facts_name_the_land_case_and_no_person(snapshot: Snapshot) -> None:
    said = "".join(Village(snapshot.figures("北西尚村", "2015-09")).facts()["情况"])
    assert "大沙河" in said
    staff = snapshot.ledger("grid_staff")
    assert not [name for name in staff[staff["place"] == "yangmiao-02"]["name"] if name in said]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "没有"), (2, "2件：甲；乙"), (5, "5件：甲；乙；丙等")],
)
def test_a_list_says_when_it_goes_on(count: int, expected: str) -> None:
    assert _listed(["甲", "乙", "丙"][: min(count, LATEST)], count, "件") == expected
