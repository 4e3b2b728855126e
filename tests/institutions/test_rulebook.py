import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.institutions.rulebook import NOT_SUPPLIED, official_texts, quorum, rule_rows, setting

IN_2015 = dt.date(2015, 9, 1)

ATTENDANCE = [
    # meeting, entitled, present, whether enough came
    ("党员大会", 30, 20, True),  # exactly 2/3 meets "at least 2/3"
    ("党员大会", 30, 19, False),
    ("党员大会", 31, 20, False),  # 20.67 needed
    ("党员大会", 31, 21, True),
    ("村民代表会议", 45, 30, True),
    ("村民代表会议", 45, 29, False),
    ("户代表会议", 300, 200, True),
    ("户代表会议", 300, 199, False),
    ("村民小组会议", 99, 66, True),
    ("村民小组会议", 99, 65, False),
    ("村民会议", 200, 100, False),  # exactly half fails "more than half"
    ("村民会议", 200, 101, True),
    ("村民会议", 201, 101, True),
    ("村民会议", 201, 100, False),
    ("村民代表会议", 3_000_000_000, 2_000_000_000, True),  # no rounding
    ("村民代表会议", 3_000_000_001, 2_000_000_000, False),
]


@pytest.mark.parametrize(("meeting", "entitled", "present", "enough"), ATTENDANCE)
def test_attendance(meeting: str, entitled: int, present: int, enough: bool) -> None:
    rule = quorum(meeting, IN_2015)
    assert rule is not None
    assert rule.attended(present, entitled) is enough


VOTES = [
    # meeting, entitled, present, agreeing, carried
    ("村民代表会议", 45, 40, 20, False),  # exactly half of those present
    ("村民代表会议", 45, 40, 21, True),
    ("村民代表会议", 45, 41, 21, True),
    ("村民代表会议", 45, 41, 20, False),
    ("村民会议", 200, 120, 60, False),
    ("村民会议", 200, 120, 61, True),
    ("党员大会", 30, 20, 15, False),  # of those entitled, not of those present
    ("党员大会", 30, 20, 16, True),
    ("党员大会", 31, 21, 15, False),
    ("党员大会", 31, 21, 16, True),
]


@pytest.mark.parametrize(("meeting", "entitled", "present", "agreeing", "carried"), VOTES)
def test_votes(meeting: str, entitled: int, present: int, agreeing: int, carried: bool) -> None:
    rule = quorum(meeting, IN_2015)
    assert rule is not None
    assert rule.carried(agreeing, present, entitled) is carried


@pytest.mark.parametrize(
    ("meeting", "article"),
    [
        ("村民会议", "第二十二条"),
        ("户代表会议", "第二十二条"),
        ("村民代表会议", "第二十六条"),
        ("村民小组会议", "第二十八条"),
    ],
)
def test_a_rule_cites_its_article_and_version(meeting: str, article: str) -> None:
    rule = quorum(meeting, IN_2015)
    assert rule is not None
    assert rule.citation == f"《村民委员会组织法》（2018年修正文本）{article}"


def test_what_rests_on_custom_is_not_cited_as_a_law() -> None:
    rule = quorum("党员大会", IN_2015)
    assert rule is not None
    assert (rule.mark, rule.citation.startswith("《")) == ("W", False)


@pytest.mark.parametrize(
    ("meeting", "day", "known"),
    [
        ("村民代表会议", dt.date(2025, 12, 31), True),
        ("村民代表会议", dt.date(2026, 1, 1), False),  # amended; the new text was not read
        ("党员大会", dt.date(2026, 1, 1), True),
        ("茶话会", IN_2015, False),
    ],
)
def test_the_version_in_force_on_the_day(meeting: str, day: dt.date, known: bool) -> None:
    assert (quorum(meeting, day) is not None) is known


LISTS = [
    ("decision_items", {"": 15}),
    ("six_must_nots", {"": 6}),
    ("service_rules", {"区三个一": 3, "乡镇三个统一": 3, "村五个一": 5}),
    ("supervision_focuses", {"": 6}),
    ("inspection_methods", {"": 10}),
    ("model_centre_checklist", {"": 1}),
]


@pytest.mark.parametrize(("name", "counts"), LISTS)
def test_official_lists_have_their_length_and_no_invented_text(name: str, counts: dict[str, int]) -> None:
    texts = official_texts(name)
    assert Counter(text.group for text in texts) == counts
    assert {text.text for text in texts} == {NOT_SUPPLIED}
    for group, count in counts.items():
        assert [text.number for text in texts if text.group == group] == list(range(1, count + 1))


DEADLINES = "matter,basis,step,days,counted,article,effective_from,effective_to,source,mark,note\n"
TWO = DEADLINES + "信访,国家规定,办结,60,日,,2000-01-01,{end},甲,S,\n信访,国家规定,办结,30,日,,{start},,乙,S,\n"
OVERLAPS = [
    # end of the older rule, start of the newer, refused
    ("2009-12-31", "2010-01-01", False),
    ("2010-01-01", "2010-01-01", True),
    ("", "2010-01-01", True),
    ("2009-12-31", "", True),
]


@pytest.mark.parametrize(("end", "start", "refused"), OVERLAPS)
def test_rules_whose_dates_overlap_are_refused(
    end: str, start: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadlines.csv").write_text(TWO.format(end=end, start=start), encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    if not refused:
        assert len(rule_rows("deadlines")) == 2
        return
    with pytest.raises(InputError) as raised:
        rule_rows("deadlines")
    problem = raised.value.problems[0]
    assert problem.where.source == "deadlines.csv"
    assert "信访、国家规定、办结" in problem.what
    assert problem.repair


def test_a_day_that_is_none_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deadlines.csv").write_text(TWO.format(end="2009-13-01", start="2010-01-01"), encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    with pytest.raises(InputError) as raised:
        rule_rows("deadlines")
    assert str(raised.value.problems[0].where) == "deadlines.csv · 第 2 行"
    assert "2009-13-01" in raised.value.problems[0].what


@pytest.mark.parametrize("path", sorted(shipped("data/rules").glob("*.csv")), ids=lambda path: path.stem)
def test_every_shipped_rule_file_is_read_and_says_where_it_comes_from(path: Path) -> None:
    for row in rule_rows(path.stem):
        assert row["source"]
        assert row["mark"] in {"S", "W", "G", "U", "示意"}


@pytest.mark.parametrize("name", ["一等奖名额", "绩效报酬办法", "没有的设置"])
def test_a_setting_nobody_supplied_is_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        setting(name, IN_2015)
    assert name in raised.value.problems[0].what


BAD_FILES = [
    ("no header", "", "缺少matter"),
    ("a column short", DEADLINES.replace("days,", ""), "缺少days列"),
    ("no number", TWO.replace("60", "六十").format(end="2009-12-31", start="2010-01-01"), "六十"),
]


@pytest.mark.parametrize(("content", "expected"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES])
def test_a_rule_file_that_cannot_be_read_is_refused(
    content: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadlines.csv").write_text(content, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    with pytest.raises(InputError, match=expected):
        rule_rows("deadlines")


def test_a_rule_file_may_come_from_excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deadlines.csv").write_text(TWO.format(end="2009-12-31", start="2010-01-01"), encoding="gb18030")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    assert rule_rows("deadlines")[1]["source"] == "乙"
