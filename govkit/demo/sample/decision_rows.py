"""Sample decisions by 四议两公开 (D): steps, attendance, votes, and a few breaches of the rules."""

import datetime as dt
import math
import random
from collections.abc import Iterator

from govkit.demo.sample.common import (
    YEAR,
    Numbers,
    Row,
    Rows,
    between,
    known_by_year_end,
    shared_out,
    some_day,
    unit_of,
    workdays_on,
)
from govkit.institutions.decisions import LAND
from govkit.ledgers.places import Place, Places

DECIDED = (246, 249)  # D4 (240余); less QUORUM_BREACHES still above 240
CONCERNS = (241, 242)  # D5 (240余), another number than D4
QUORUM_BREACHES = 3
ORDER_BREACHES = 5
PENDING = 12

_MONTHS = (0.8, 0.6, 1.3, 1.2, 1.1, 0.9, 0.9, 0.9, 1.1, 1.1, 1.1, 0.15)
_LAST_PROPOSAL = dt.date(YEAR, 12, 3)
_STEP_DAYS = {"conferred_on": (1, 3), "deliberated_on": (2, 4), "resolved_on": (2, 5), "published_on": (0, 2)}
_SUBJECTS = {
    "公益事业建设": (
        34,
        ("村内主街道硬化", "安装太阳能路灯", "修建文化广场", "疏通排水沟", "更换自来水管网", "设置垃圾收集点"),
    ),
    "土地承包": (14, ("集体机动地发包", "土地承包合同续签", "耕地流转方案")),
    "集体收益使用": (14, ("集体收益年度使用方案", "集体收益用于新农合补助", "集体收益用于老人慰问")),
    "集体经济项目": (12, ("建设蔬菜大棚", "集体厂房出租", "成立农机合作社")),
    "宅基地安排": (9, ("年度宅基地安排方案", "空闲宅基地整理")),
    "误工补贴": (8, ("村组干部误工补贴标准", "环境整治误工补贴")),
    "集体财产处分": (5, ("处置集体闲置树木", "处置旧村室房屋")),
    "其他": (4, ("修订村规民约", "低保对象民主评议")),
}
_VILLAGE_MEETINGS = {"村民代表会议": 88, "户代表会议": 7, "村民会议": 3, "村民小组会议": 2}
_SEATS = {"村民代表会议": (28, 60), "户代表会议": (180, 520), "村民会议": (600, 1500), "村民小组会议": (36, 90)}


def decisions_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of decisions by ledger code."""
    decided = rng.randint(*DECIDED)
    villages = places.at("village")
    orderly = [_decision(rng, village, places) for village in shared_out(decided - 1, villages, places)]
    for row in rng.sample(orderly, QUORUM_BREACHES):
        _lose_quorum(row)
    disorderly = [_disorderly(rng, number, places) for number in range(ORDER_BREACHES)]
    resolved = [*orderly, *disorderly]
    for row in rng.sample(resolved, len(resolved) + 1 - rng.randint(*CONCERNS)):
        row["concern"] = False
    pending = [_pending(rng, village, places) for village in rng.sample(villages, PENDING)]
    return {"decisions": _numbered([*resolved, _land_case(places), *pending], places)}


def _numbered(decisions: list[Row], places: Places) -> list[Row]:
    numbers = Numbers("JC", places)
    ordered = sorted(decisions, key=lambda row: (row["proposed_on"], row["place"]))
    return [_recorded(row) | {"decision_id": numbers.next(row["place"])} for row in ordered]


def _recorded(row: Row) -> Row:
    """Return a decision with its votes against and, where its meeting was held, the place of it."""
    for who in ("members", "voters"):
        if row.get(f"{who}_present") is not None:
            row[f"{who}_opposing"] = (row[f"{who}_present"] - row[f"{who}_agreeing"]) // 2
    if row.get("resolved_on"):
        row["venue"] = "村文化广场" if row["meeting"] == "村民会议" else "村委会会议室"
    return row


def _decision(rng: random.Random, village: Place, places: Places) -> Row:
    subject = rng.choices(list(_SUBJECTS), [share for share, _ in _SUBJECTS.values()])[0]
    proposed = min(some_day(rng, _MONTHS), _LAST_PROPOSAL)
    meeting = rng.choices(list(_VILLAGE_MEETINGS), list(_VILLAGE_MEETINGS.values()))[0]
    row: Row = {
        "place": village.code,
        "title": rng.choice(_SUBJECTS[subject][1]),
        "subject": subject,
        "concern": True,
        "proposed_on": proposed,
        **dict(_steps(rng, proposed)),
        **_members(rng, village),
        "meeting": meeting,
        **_voters(rng, village, meeting),
    }
    result = workdays_on(row["published_on"], rng.randint(8, 45))
    supervised = rng.random() < unit_of(village, places).supervised
    row["result_published_on"] = known_by_year_end(result)
    row["township_supervised_on"] = row["resolved_on"] if supervised else None
    row["district_supervised_on"] = row["resolved_on"] if rng.random() < 0.22 else None
    return row


def _steps(rng: random.Random, day: dt.date) -> Iterator[tuple[str, dt.date]]:
    for step, (least, most) in _STEP_DAYS.items():
        day = workdays_on(day, rng.randint(least, most))
        yield step, day


def _members(rng: random.Random, village: Place) -> Row:
    entitled = random.Random(f"{village.code} members").randint(24, 72)
    present = rng.randint(math.ceil(entitled * 0.72), entitled)
    return {
        "members_entitled": entitled,
        "members_present": present,
        "members_agreeing": rng.randint(max(math.ceil(present * 0.85), entitled // 2 + 1), present),
    }


def _voters(rng: random.Random, village: Place, meeting: str) -> Row:
    entitled = random.Random(f"{village.code} {meeting}").randint(*_SEATS[meeting])
    present = rng.randint(math.ceil(entitled * 0.7), math.ceil(entitled * 0.98))
    return {
        "voters_entitled": entitled,
        "voters_present": present,
        "voters_agreeing": rng.randint(math.ceil(present * 0.86), present),
    }


def _lose_quorum(row: Row) -> None:
    """Reduce the voters present to one below the quorum: two thirds, or half of the villagers' assembly."""
    entitled = row["voters_entitled"]
    present = entitled // 2 if row["meeting"] == "村民会议" else math.ceil(entitled * 2 / 3) - 1
    row["voters_present"] = present
    row["voters_agreeing"] = min(row["voters_agreeing"], present)


def _disorderly(rng: random.Random, number: int, places: Places) -> Row:
    """Return a decision with a step missing or out of order, in a village with an invented name."""
    village = rng.choice([place for place in places.at("village") if "样例" in place.name])
    row = _decision(rng, village, places)
    match number % 3:
        case 0:
            row["conferred_on"] = None
        case 1:
            row["conferred_on"], row["deliberated_on"] = row["deliberated_on"], row["conferred_on"]
        case 2:
            row |= dict.fromkeys(("deliberated_on", "members_entitled", "members_present", "members_agreeing"))
    return row


def _pending(rng: random.Random, village: Place, places: Places) -> Row:
    """Return a decision of December without a resolution by the year's end."""
    row = _decision(rng, village, places)
    row["proposed_on"] = proposed = between(rng, dt.date(YEAR, 12, 4), dt.date(YEAR, 12, 28))
    row["conferred_on"] = known_by_year_end(workdays_on(proposed, 2))
    row["deliberated_on"] = known_by_year_end(workdays_on(proposed, 6)) if proposed.day < 20 else None
    later = ["resolved_on", "published_on", "result_published_on", "township_supervised_on", "district_supervised_on"]
    later += ["meeting", "voters_entitled", "voters_present", "voters_agreeing"]
    if row["deliberated_on"] is None:
        later += ["members_entitled", "members_present", "members_agreeing"]
    return row | dict.fromkeys(later)


def _land_case(places: Places) -> Row:
    """Return the published case (D7); area, households and sum paid are invented within its bounds."""
    return {
        "place": places.find("北西尚村").code,
        "title": "大沙河项目征地补偿方案（补偿金额为样例数）",
        "subject": LAND,
        "concern": True,
        "proposed_on": dt.date(YEAR, 4, 13),
        "conferred_on": dt.date(YEAR, 4, 14),
        "deliberated_on": dt.date(YEAR, 4, 15),
        "resolved_on": dt.date(YEAR, 4, 17),
        "published_on": dt.date(YEAR, 4, 17),
        "result_published_on": dt.date(YEAR, 4, 20),
        "members_entitled": 58,
        "members_present": 55,
        "members_agreeing": 54,
        "meeting": "户代表会议",
        "voters_entitled": 558,
        "voters_present": 531,
        "voters_agreeing": 524,
        "township_supervised_on": dt.date(YEAR, 4, 17),
        "district_supervised_on": dt.date(YEAR, 4, 17),
        "land_area": 1436.0,
        "compensation": 1000.0,
        "households": 474,
        "land_share": 54.0,
        "villager_share": 85.0,
    }
