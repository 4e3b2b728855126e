"""Observation rounds and subsidies: exact ranks, over the district for a township unit; no judges' scores in public."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.observation_and_subsidies import Observation
from govkit.reports.public_notice import Notice
from tests.reports.conftest import Bent


def test_the_year_is_the_published_one(snapshot: Snapshot) -> None:
    report = Observation(snapshot.figures("", "2015-12"))
    said = report.summary()
    for words in ("观摩评比4次", "服务中心6个", "村级服务中心12个", "2015年9月29日", "6个单位", "46,000元"):
        assert words in said
    table = report.subsidy_table()
    assert table["奖补金额（元）"].tolist() == [20000, 10000, 5000, 5000, 3000, 3000, 46000]


@pytest.mark.parametrize(("month", "rounds", "subsidies"), [("2015-02", 0, 0), ("2015-03", 1, 0), ("2015-10", 4, 6)])
def test_what_came_later_is_not_known(snapshot: Snapshot, month: str, rounds: int, subsidies: int) -> None:
    report = Observation(snapshot.figures("", month))
    assert (len(report.rounds_listing()), len(report.subsidies)) == (rounds, subsidies)


def test_a_township_unit_sees_its_own_centres_with_their_ranks_in_the_whole_round(
    snapshot: Snapshot, bent: Bent
) -> None:
    rows = snapshot.ledger("observation_scores")
    rows = rows[rows["round_id"] == "GM2015-04"].copy()
    whole = Observation(bent("", "2015-12", observation_scores=rows))
    own = Observation(bent("阳庙镇", "2015-12", observation_scores=rows))
    (one,) = own.rounds()
    ((_title, mine),) = one.tables
    ((_title, all_),) = next(iter(r for r in whole.rounds() if r.tables)).tables
    assert mine["单位"].tolist() == ["北西尚村"]
    assert mine["名次"].tolist() == all_.loc[all_["单位"] == "北西尚村", "名次"].tolist()


def test_scores_stand_under_their_judges_and_the_mean_is_trimmed(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("observation_scores")
    rows = rows[(rows["round_id"] == "GM2015-04") & (rows["judge_no"] <= 3)].copy()
    rows["score"] = rows["judge_no"].map({1: 60.0, 2: 80.0, 3: 99.0}).astype("Float64")
    (one, *_rest) = [r for r in Observation(bent("", "2015-12", observation_scores=rows)).rounds() if r.tables]
    ((_title, table),) = one.tables
    assert set(table["平均分"]) == {"80.00"}
    assert table["名次"].tolist() == ["并列1"] * 6
    assert table.iloc[0, 2:5].tolist() == ["60.0", "80.0", "99.0"]


def test_the_public_sees_means_and_no_judge(snapshot: Snapshot) -> None:
    for one in Observation(snapshot.figures("", "2015-12"), "public").rounds():
        for _title, table in one.tables:
            assert list(table.columns) == ["名次", "单位", "平均分"]


def test_a_village_posts_its_own_subsidy(snapshot: Snapshot) -> None:
    (row,) = Notice(snapshot.figures("北西尚村", "2015-10")).subsidies().to_dict("records")
    assert (row["奖补金额"], row["奖补日期"]) == ("5000元", pd.Timestamp("2015-09-29"))
    assert Notice(snapshot.figures("北西尚村", "2015-08")).subsidies().empty
    assert Notice(snapshot.figures("马村", "2015-10")).subsidies().empty
