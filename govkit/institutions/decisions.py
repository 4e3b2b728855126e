"""Democratic decision-making, 四议两公开 ("4+2"): the register of decisions, and whether each kept the rules."""

from dataclasses import dataclass
from itertools import pairwise

import narwhals as nw
import pandas as pd

from govkit.core.i18n import gettext as _
from govkit.institutions.institution import Fact, Institution, listed
from govkit.institutions.rulebook import Quorum, quorum
from govkit.ledgers.declare import (
    Column,
    Ledger,
    Rule,
    choice,
    date,
    flag,
    in_order,
    integer,
    narrative,
    needed_when,
    not_above,
    number,
    person,
    place,
    text,
)
from govkit.ledgers.indicator import Frames, Indicator, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

SUBJECTS = (
    "误工补贴",
    "集体收益使用",
    "公益事业建设",
    "土地承包",
    "集体经济项目",
    "宅基地安排",
    "征地补偿",
    "集体财产处分",
    "其他",
)
"""The matters of Art. 24 of the Organic Law (2018 text) in office shorthand, and everything else."""

LAND = "征地补偿"
MEMBERS_MEETING = "党员大会"
PROCEDURE = "四议两公开程序"
VILLAGE_MEETINGS = ("村民会议", "户代表会议", "村民代表会议", "村民小组会议")

_STEPS = (
    date("proposed_on", "提议日期", note="第一步 村党支部会提议"),
    date("conferred_on", "商议日期", required=False, note="第二步 村“两委”会商议"),
    date("deliberated_on", "审议日期", required=False, note="第三步 党员大会审议"),
    date("resolved_on", "决议日期", required=False, note="第四步 村民代表会议或村民会议决议"),
    date("published_on", "决议公开日期", required=False, note="第五步 决议公开"),
    date("result_published_on", "结果公开日期", required=False, note="第六步 实施结果公开"),
)
STEP_TITLES = {
    "proposed_on": "提议",
    "conferred_on": "商议",
    "deliberated_on": "审议",
    "resolved_on": "决议",
    "published_on": "决议公开",
    "result_published_on": "实施结果公开",
}
_members_entitled = integer("members_entitled", "应到党员", unit="人", required=False)
_members_present = integer("members_present", "实到党员", unit="人", required=False)
_members_agreeing = integer("members_agreeing", "党员赞成", unit="人", required=False)
_voters_entitled = integer(
    "voters_entitled", "应到代表", unit="人", required=False, note="村民代表、户代表或村民应到人数"
)
_voters_present = integer("voters_present", "实到代表", unit="人", required=False)
_voters_agreeing = integer("voters_agreeing", "代表赞成", unit="人", required=False)
_members_opposing = integer("members_opposing", "党员反对", unit="人", required=False)
_voters_opposing = integer("voters_opposing", "代表反对", unit="人", required=False)
_land_area = number("land_area", "征地面积", unit="亩", required=False)
_compensation = number("compensation", "补偿金额", unit="万元", required=False)


def _votes_within(who: str, agreeing: Column, opposing: Column, present: Column) -> Rule:
    """Return the rule that the votes for and against are no more than those present; a blank counts as none."""
    return Rule(
        columns=(opposing.name, agreeing.name, present.name),
        holds=lambda f: f[agreeing.name].fillna(0) + f[opposing.name].fillna(0) <= f[present.name].fillna(2**31),
        what=_(
            "{who} for ({{{agreeing}}}) and against ({{{opposing}}}) are more than those present ({{{present}}})"
        ).format(who=who, agreeing=agreeing.name, opposing=opposing.name, present=present.name),
        repair=_("Check the three numbers against the record of the meeting"),
    )


DECISIONS = Ledger(
    code="decisions",
    title="重大事项决策台账",
    synonyms=("四议两公开", "四议两公开台账", "4+2"),
    about="农村重大事项决策记录：一项决策一行，记“四议两公开”六步日期、到会与表决、两次公开和两级监督。",
    key=("decision_id",),
    dated="proposed_on",
    columns=(
        text("decision_id", "决策编号"),
        place(),
        text("title", "事项名称"),
        choice("subject", "事项类别", SUBJECTS),
        flag("concern", "群众关心事项", note="群众反映强烈、通过“四议两公开”解决的问题填“是”"),
        *_STEPS,
        _members_entitled,
        _members_present,
        _members_agreeing,
        _members_opposing,
        choice("meeting", "决议会议", VILLAGE_MEETINGS, required=False, synonyms={"代表会议": "村民代表会议"}),
        _voters_entitled,
        _voters_present,
        _voters_agreeing,
        _voters_opposing,
        text("venue", "会议地点", required=False),
        person("chair", "主持人", required=False, public=False),
        narrative("dissent", "不同意见", required=False, note="有不同意见的写要点；没有的写“无”"),
        date("township_supervised_on", "乡镇监督日期", required=False),
        date("district_supervised_on", "区级监督日期", required=False),
        _land_area,
        _compensation,
        integer("households", "涉及户数", unit="户", required=False),
        number("land_share", "占全村土地", unit="%", required=False, maximum=100),
        number("villager_share", "涉及村民", unit="%", required=False, maximum=100),
    ),
    rules=(
        not_above(_members_present, _members_entitled),
        not_above(_members_agreeing, _members_present),
        not_above(_voters_present, _voters_entitled),
        not_above(_voters_agreeing, _voters_present),
        _votes_within("党员", _members_agreeing, _members_opposing, _members_present),
        _votes_within("代表", _voters_agreeing, _voters_opposing, _voters_present),
        needed_when(_members_entitled, lambda f: f["deliberated_on"].notna(), "审议日期已填"),
        needed_when(_members_present, lambda f: f["deliberated_on"].notna(), "审议日期已填"),
        needed_when(_members_agreeing, lambda f: f["deliberated_on"].notna(), "审议日期已填"),
        needed_when(_voters_entitled, lambda f: f["resolved_on"].notna(), "决议日期已填"),
        needed_when(_voters_present, lambda f: f["resolved_on"].notna(), "决议日期已填"),
        needed_when(_voters_agreeing, lambda f: f["resolved_on"].notna(), "决议日期已填"),
        in_order(_STEPS[4], _STEPS[5]),
    ),
)


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that a decision broke, and its article; ``unchecked`` where counts or rules are missing."""

    what: str
    article: str = ""
    unchecked: bool = False

    def __str__(self) -> str:
        return f"{self.what}（{self.article}）" if self.article else self.what


def breaches(decision: pd.Series, *, merged_first_steps: bool = False) -> list[str]:
    """Return the rules that a decision broke so far, in words; see :func:`breaches_of`."""
    return [str(breach) for breach in breaches_of(decision, merged_first_steps=merged_first_steps)]


def breaches_of(decision: pd.Series, *, merged_first_steps: bool = False) -> list[Breach]:
    """Return the rules that a decision broke so far, none for one that complies; steps to come are no breach.

    :param decision: a row of the ledger of decisions.
    :param merged_first_steps: accept a missing 商议, since one person holds both posts (a local practice).
    """
    found = [*_order_breaches(decision, merged_first_steps), *_land_breaches(decision)]
    if pd.notna(decision["deliberated_on"]):
        found += _vote_breaches(
            decision, "members", quorum(MEMBERS_MEETING, decision["deliberated_on"].date()), MEMBERS_MEETING
        )
    if pd.notna(decision["resolved_on"]):
        meeting = decision["meeting"] if pd.notna(decision["meeting"]) else "村民代表会议"
        found += _vote_breaches(decision, "voters", quorum(meeting, decision["resolved_on"].date()), meeting)
    return found


def _order_breaches(decision: pd.Series, merged_first_steps: bool) -> list[Breach]:
    steps = [name for name in STEP_TITLES if not (merged_first_steps and name == "conferred_on")]
    days = {name: decision[name] for name in steps}
    reached = max((number for number, name in enumerate(steps) if pd.notna(days[name])), default=-1)
    missing = [STEP_TITLES[name] for name in steps[:reached] if pd.isna(days[name])]
    found = [Breach(f"缺少“{step}”一步", PROCEDURE) for step in missing]
    done = [name for name in steps if pd.notna(days[name])]
    found += [
        Breach(f"“{STEP_TITLES[later]}”早于“{STEP_TITLES[first]}”", PROCEDURE)
        for first, later in pairwise(done)
        if days[later] < days[first]
    ]
    return found


def _vote_breaches(decision: pd.Series, side: str, rule: Quorum | None, meeting: str) -> list[Breach]:
    if rule is None:
        return [Breach(f"{meeting}：决议日期没有已知的适用规则，未作核对", unchecked=True)]
    counts = [decision[f"{side}_{part}"] for part in ("entitled", "present", "agreeing")]
    if any(pd.isna(count) for count in counts):
        return [Breach(f"{meeting}：应到、实到、赞成人数不全，未作核对", unchecked=True)]
    entitled, present, agreeing = map(int, counts)
    found = []
    if not rule.attended(present, entitled):
        found.append(Breach(f"{meeting}应到{entitled}人、实到{present}人，未达到会人数", rule.citation))
    if not rule.carried(agreeing, present, entitled):
        found.append(Breach(f"{meeting}赞成{agreeing}人，未过半数", rule.citation))
    return found


def _land_breaches(decision: pd.Series) -> list[Breach]:
    if decision["subject"] != LAND or pd.isna(decision["published_on"]):
        return []
    missing = [c.title for c in (_land_area, _compensation) if pd.isna(decision[c.name])]
    return [Breach(f"征地事项公开时未公布{title}") for title in missing]


_resolved = "resolved_on"


def _had_all_four_steps(period: Period) -> nw.Expr:
    return (
        ~(nw.col("conferred_on").is_null() | nw.col("deliberated_on").is_null() | nw.col("resolved_on").is_null())
        & (nw.col("conferred_on") >= nw.col("proposed_on"))
        & (nw.col("deliberated_on") >= nw.col("conferred_on"))
        & (nw.col("resolved_on") >= nw.col("deliberated_on"))
    )


DECIDED = Indicator(
    code="D4",
    label="按程序决策重大事项",
    unit="项",
    definition="决议日期在期内，且提议、商议、审议、决议四步齐全、次序正确的决策数",
    ledger=DECISIONS,
    dated=_resolved,
    rows=_had_all_four_steps,
)
CONCERNS_SOLVED = Indicator(
    code="D5",
    label="解决群众关心问题",
    unit="个",
    definition="标为群众关心事项、决议日期在期内、决议已公开的决策数",
    ledger=DECISIONS,
    dated=_resolved,
    rows=lambda period: nw.col("concern") & ~nw.col("published_on").is_null(),
)
PROPOSED = Indicator(
    code="decisions_proposed",
    label="提议重大事项",
    synonyms=("提议事项",),
    unit="项",
    definition="提议日期在期内的决策数",
    ledger=DECISIONS,
)
RESOLVED = Indicator(
    code="decisions_resolved",
    label="决议事项",
    unit="项",
    definition="决议日期在期内的决策数",
    ledger=DECISIONS,
    dated=_resolved,
)
PUBLISHED = Indicator(
    code="decisions_published",
    label="决议公开",
    unit="项",
    definition="决议公开日期在期内的决策数",
    ledger=DECISIONS,
    dated="published_on",
)
RESULTS_PUBLISHED = Indicator(
    code="results_published",
    label="实施结果公开",
    unit="项",
    definition="实施结果公开日期在期内的决策数",
    ledger=DECISIONS,
    dated="result_published_on",
)
SUPERVISED = Indicator(
    code="decisions_supervised",
    label="乡镇监督到场",
    unit="项",
    definition="决议日期在期内、有乡镇监督日期的决策数",
    ledger=DECISIONS,
    dated=_resolved,
    rows=lambda period: ~nw.col("township_supervised_on").is_null(),
)
IN_ORDER_RATE = Ratio(
    code="decisions_in_order_rate",
    label="程序规范率",
    unit="%",
    definition="按程序决策重大事项数占决议事项数的百分比",
    numerator=DECIDED,
    denominator=RESOLVED,
)


def _land_case(column: str) -> Fact:
    """Return the fact that gives a figure of the land decision in 北西尚村 (D7)."""

    def fact(frames: Frames, places: Places, period: Period) -> object:
        rows = frames["decisions"]
        rows = rows[(rows["place"] == places.find("北西尚村").code) & (rows["subject"] == LAND)]
        if rows.empty:
            return None
        row = rows.iloc[0]
        return (row["resolved_on"] - row["proposed_on"]).days / 7 if column == "weeks" else float(row[column])

    return fact


INSTITUTION = Institution(
    code="decisions",
    title="民主决策",
    ledgers=(DECISIONS,),
    indicators=(
        DECIDED,
        CONCERNS_SOLVED,
        PROPOSED,
        RESOLVED,
        PUBLISHED,
        RESULTS_PUBLISHED,
        SUPERVISED,
        IN_ORDER_RATE,
    ),
    published={
        ("D1", ""): listed("decision_items"),
        ("D2", ""): listed("six_must_nots"),
        ("D7", "征地面积"): _land_case("land_area"),
        ("D7", "涉及户数"): _land_case("households"),
        ("D7", "占全村土地"): _land_case("land_share"),
        ("D7", "涉及村民"): _land_case("villager_share"),
        ("D7", "用时"): _land_case("weeks"),
    },
)
