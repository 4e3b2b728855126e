"""The register of decisions: its selection, the words of a record, and facts after the month's end."""

from typing import Any

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.decision_register import Register
from tests.reports.conftest import Bent


def land_case(snapshot: Snapshot, **changes: Any) -> pd.DataFrame:
    """Return the decisions with the land case of 北西尚村 changed."""
    rows = snapshot.ledger("decisions")
    case = rows["subject"] == "征地补偿"
    for column, value in changes.items():
        rows.loc[case, column] = value
    return rows


def record_of_land_case(register: Register) -> dict[str, str]:
    steps = next(record.steps for record in register.records() if "大沙河" in record.title)
    return dict(zip(steps["程序"], steps["记录"], strict=True))


def test_a_month_holds_what_took_a_step_in_it(snapshot: Snapshot) -> None:
    register = Register(snapshot.figures("阳庙镇", "2015-09"))
    steps = register.rows[["proposed_on", "conferred_on", "deliberated_on", "resolved_on", "published_on"]]
    latest = register.rows[["result_published_on"]].join(steps).max(axis=1)
    assert len(register) > 0
    assert latest.between(pd.Timestamp("2015-09-01"), pd.Timestamp("2015-09-30")).all()
    assert len(register.index()) == len(list(register.records())) == len(register)


def test_the_year_holds_more_than_the_month_and_the_villages_add_up(snapshot: Snapshot) -> None:
    year = {
        unit: len(Register(snapshot.figures(unit, "2015-09"), whole_year=True))
        for unit in ("阳庙镇", *(p.name for p in snapshot.places.at("village", "yangmiao")))
    }
    assert year.pop("阳庙镇") == sum(year.values()) > len(Register(snapshot.figures("阳庙镇", "2015-09")))


def test_no_decision_is_said_so(snapshot: Snapshot) -> None:
    register = Register(snapshot.figures("北西尚村", "2015-09"))
    assert len(register) == 0
    assert register.summary() == "2015年9月没有重大事项决策记录。"


def test_the_land_case_tells_area_and_compensation(snapshot: Snapshot) -> None:
    record = record_of_land_case(Register(snapshot.figures("北西尚村", "2015-04")))
    assert "征地面积1436亩" in record["决议公开"]
    assert "补偿金额" in record["决议公开"]
    assert record["核对结果"] == "合规"


def test_what_is_still_to_do_is_no_breach(snapshot: Snapshot, bent: Bent) -> None:
    rows = land_case(snapshot, result_published_on=pd.Timestamp("2015-05-06"))
    record = record_of_land_case(Register(bent("北西尚村", "2015-04", decisions=rows)))
    assert record["核对结果"] == "已走程序合规，下一步“实施结果公开”"
    assert record["实施结果公开"] == "—"


def test_what_comes_after_the_month_is_not_known_in_it(snapshot: Snapshot, bent: Bent) -> None:
    rows = land_case(snapshot, deliberated_on=pd.Timestamp("2015-05-04"), resolved_on=pd.Timestamp("2015-05-05"))
    record = record_of_land_case(Register(bent("北西尚村", "2015-04", decisions=rows)))
    assert record["审议"] == record["决议"] == "—"


@pytest.mark.parametrize(
    ("changes", "result", "verdict"),
    [
        ({}, "合规", "合规"),
        ({"district_supervised_on": pd.NaT}, "六步程序齐全，缺区级监督记录，不能认定合规", "缺监督"),
        (
            {"township_supervised_on": pd.NaT, "district_supervised_on": pd.NaT},
            "六步程序齐全，缺乡镇、区级监督记录，不能认定合规",
            "缺监督",
        ),
        ({"result_published_on": pd.NaT}, "已走程序合规，下一步“实施结果公开”", "办理中"),
        ({"conferred_on": pd.NaT}, "存在问题1条：1. 缺少“商议”一步（四议两公开程序）", "问题1条"),
    ],
)
def test_a_matter_without_supervision_is_not_called_in_order(
    snapshot: Snapshot, bent: Bent, changes: dict[str, object], result: str, verdict: str
) -> None:
    register = Register(bent("北西尚村", "2015-04", decisions=land_case(snapshot, **changes)))
    assert record_of_land_case(register)["核对结果"] == result
    index = register.index()
    assert index.loc[index["事项名称"].str.contains("大沙河"), "核对结果"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("changes", "votes"),
    [
        ({"voters_opposing": 7}, "户代表会议：应到558，实到531，赞成524，反对7"),
        ({"voters_opposing": 3}, "户代表会议：应到558，实到531，赞成524，反对3，弃权或未表决4"),
        ({"voters_opposing": pd.NA}, "户代表会议：应到558，实到531，赞成524，反对未填"),
    ],
)
def test_the_record_has_the_votes_for_and_against(
    snapshot: Snapshot, bent: Bent, changes: dict[str, object], votes: str
) -> None:
    register = Register(bent("北西尚村", "2015-04", decisions=land_case(snapshot, **changes)))
    assert record_of_land_case(register)["决议"] == votes


def test_the_record_has_place_chair_dissent_and_room_to_sign(snapshot: Snapshot, bent: Bent) -> None:
    filled = land_case(snapshot, venue="村委会", chair="某人", dissent="一户嫌补偿低")
    record = record_of_land_case(Register(bent("北西尚村", "2015-04", decisions=filled)))
    assert record["会议地点和主持人"] == "地点：村委会；主持人：某人"
    assert record["不同意见"] == "一户嫌补偿低"
    assert "村党支部书记：" in record["签名"]
    blank = land_case(snapshot, venue=pd.NA, chair=pd.NA, dissent=pd.NA)
    record = record_of_land_case(Register(bent("北西尚村", "2015-04", decisions=blank)))
    assert (record["会议地点和主持人"], record["不同意见"]) == ("地点：未填；主持人：未填", "未填")


@pytest.mark.parametrize(
    ("changes", "breach"),
    [
        ({"land_area": pd.NA}, "征地事项公开时未公布征地面积"),
        ({"compensation": pd.NA}, "征地事项公开时未公布补偿金额"),
        ({"conferred_on": pd.NaT}, "缺少“商议”一步"),
        ({"voters_entitled": 90, "voters_present": 59, "voters_agreeing": 59}, "第二十二条"),
        ({"voters_entitled": 90, "voters_present": 60, "voters_agreeing": 30}, "赞成30人，未过半数"),
    ],
)
def test_a_breach_is_told_with_its_article(
    snapshot: Snapshot, bent: Bent, changes: dict[str, object], breach: str
) -> None:
    register = Register(bent("北西尚村", "2015-04", decisions=land_case(snapshot, **changes)))
    record = record_of_land_case(register)["核对结果"]
    assert record.startswith("存在问题1条")
    assert breach in record
    assert "存在问题1项" in register.summary()
