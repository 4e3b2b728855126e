import datetime as dt
from typing import Any

import pandas as pd
import pytest

from govkit.institutions.decisions import DECISIONS, INSTITUTION, STEP_TITLES, breaches
from govkit.ledgers.period import Period
from tests.ledgers.books import PLACES

STEPS = list(STEP_TITLES)
GOOD: dict[str, Any] = {
    "decision_id": "JC-1",
    "place": "yangmiao-02",
    "title": "样例事项",
    "subject": "公益事业建设",
    "concern": True,
    "meeting": "村民代表会议",
    "members_entitled": 30,
    "members_present": 20,
    "members_agreeing": 16,
    "voters_entitled": 45,
    "voters_present": 30,
    "voters_agreeing": 16,
    **{step: dt.datetime(2015, 3, 1 + number) for number, step in enumerate(STEPS)},
}


def decision(**changes: Any) -> pd.Series:
    """Return one row as the store returns it."""
    row = GOOD | changes
    frame = pd.DataFrame({c.name: pd.Series([row.get(c.name)], dtype=c.dtype) for c in DECISIONS.columns})
    return frame.iloc[0]


def day(number: int) -> dt.datetime:
    return dt.datetime(2015, 3, number)


BREACHES = [
    ("all in order", {}, []),
    ("still under way", dict.fromkeys(STEPS[3:]), []),
    ("only proposed", dict.fromkeys(STEPS[1:]), []),
    ("all on one day", dict.fromkeys(STEPS, day(1)), []),
    ("no conferring", {"conferred_on": None}, ["缺少“商议”"]),
    ("no members' meeting", {"deliberated_on": None}, ["缺少“审议”"]),
    ("two steps missing", {"conferred_on": None, "deliberated_on": None}, ["缺少“商议”", "缺少“审议”"]),
    ("published without a resolution", {"resolved_on": None}, ["缺少“决议”"]),
    ("result public, decision not", {"published_on": None}, ["缺少“决议公开”"]),
    ("deliberated before conferred", {"conferred_on": day(4)}, ["“审议”早于“商议”"]),
    ("resolved first of all", {"resolved_on": dt.datetime(2015, 2, 1)}, ["“决议”早于“审议”"]),
    ("published before resolved", {"published_on": day(3)}, ["“决议公开”早于“决议”"]),
    ("members: exactly 2/3 came", {"members_entitled": 30, "members_present": 20}, []),
    ("members: one below 2/3", {"members_present": 19}, ["党员大会应到30人、实到19人，未达到会人数"]),
    ("members: exactly half agree", {"members_agreeing": 15}, ["党员大会赞成15人，未过半数"]),
    ("members: one above half", {"members_agreeing": 16}, []),
    ("voters: exactly 2/3 came", {"voters_present": 30}, []),
    ("voters: one below 2/3", {"voters_present": 29}, ["村民代表会议应到45人、实到29人，未达到会人数"]),
    ("voters: exactly half agree", {"voters_agreeing": 15}, ["村民代表会议赞成15人，未过半数"]),
    ("voters: one above half", {"voters_agreeing": 16}, []),
    ("both fail", {"voters_present": 29, "voters_agreeing": 14}, ["未达到会人数", "未过半数"]),
    ("assembly: half came", {"meeting": "村民会议", "voters_entitled": 60}, ["村民会议应到60人、实到30人"]),
    ("assembly: more than half came", {"meeting": "村民会议", "voters_entitled": 59}, []),
    ("meeting not stated", {"meeting": None, "voters_present": 29}, ["村民代表会议应到45人"]),
    ("no counts", {"voters_present": None}, ["人数不全，未作核对"]),
    ("not yet resolved, bad counts", {**dict.fromkeys(STEPS[3:]), "voters_present": 1}, []),
    ("land, all public", {"subject": "征地补偿", "land_area": 10, "compensation": 5}, []),
    ("land, area not public", {"subject": "征地补偿", "compensation": 5}, ["未公布征地面积"]),
    ("land, nothing public", {"subject": "征地补偿"}, ["未公布征地面积", "未公布补偿金额"]),
    ("land, not published yet", {"subject": "征地补偿", "published_on": None, "result_published_on": None}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in BREACHES], ids=[row[0] for row in BREACHES])
def test_breaches(changes: dict[str, Any], expected: list[str]) -> None:
    found = breaches(decision(**changes))
    assert len(found) == len(expected), found
    for words, breach in zip(expected, found, strict=True):
        assert words in breach


def test_the_first_two_steps_may_be_one_by_local_practice() -> None:
    merged = decision(conferred_on=None)
    assert breaches(merged, merged_first_steps=True) == []
    assert len(breaches(merged)) == 1


def test_a_breach_cites_what_it_rests_on() -> None:
    assert "第二十六条" in breaches(decision(voters_present=29))[0]


def test_no_rule_known_for_the_day_is_said_not_passed() -> None:
    later = {step: dt.datetime(2026, 3, 1 + number) for number, step in enumerate(STEPS)}
    assert breaches(decision(**later)) == ["村民代表会议：决议日期没有已知的适用规则，未作核对"]


YEAR = Period.months("2015-01", "2015-12")
COUNTED = [
    # changes, D4 (by the rules), D5 (concerns solved), resolved
    ({}, 1, 1, 1),
    ({"concern": False}, 1, 0, 1),
    ({"published_on": None}, 1, 0, 1),
    ({"conferred_on": None}, 0, 1, 1),
    ({"conferred_on": day(9)}, 0, 1, 1),
    (dict.fromkeys(STEPS[:4], day(5)), 1, 1, 1),
    (dict.fromkeys(STEPS[3:]), 0, 0, 0),
    ({"resolved_on": dt.datetime(2016, 1, 1)}, 0, 0, 0),
    ({"resolved_on": dt.datetime(2015, 12, 31)}, 1, 1, 1),
]


@pytest.mark.parametrize(("changes", "by_the_rules", "concerns", "resolved"), COUNTED)
def test_what_is_counted(changes: dict[str, Any], by_the_rules: int, concerns: int, resolved: int) -> None:
    known = {indicator.code: indicator for indicator in INSTITUTION.indicators}
    frames = {"decisions": decision(**changes).to_frame().T.astype(dtypes()).assign(township="yangmiao")}
    measured = [known[code](frames, PLACES.district, YEAR) for code in ("D4", "D5", "decisions_resolved")]
    assert measured == [by_the_rules, concerns, resolved]


def dtypes() -> dict[str, str]:
    return {column.name: column.dtype for column in DECISIONS.columns}
