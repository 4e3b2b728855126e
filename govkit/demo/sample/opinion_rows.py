"""Sample observation rounds with scores and subsidies (V2-V5), feedback channels and suggestions (I)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import LAST, YEAR, Row, Rows, between, person, phone, some_day, workdays_on
from govkit.ledgers.places import Place, Places

JUDGES = 7
_ROUNDS = (
    ((3, 25), "“四议两公开”示范村观摩", None),
    ((5, 27), "便民服务示范点观摩", None),
    ((7, 29), "矛盾纠纷调解室观摩", None),
    ((9, 28), "党群服务中心建设观摩", (9, 29)),
)
"""V2 and V4: the day of each round, its subject, the day of the meeting."""

SUBSIDIES = {"苏家作": 20000, "南张": 10000, "辛庄": 5000, "北西尚": 5000, "宁郭": 3000, "住郭庄": 3000}
"""V5, in yuan."""
PAID = (9, 29)
"""The day of the meeting at which V5 was paid."""
_LEVEL_OF_SUBSIDY = {20000: 96, 10000: 93, 5000: 90, 3000: 87}
_OTHER_VILLAGES = 6


def observation_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of observation by ledger code."""
    return {
        "observation_rounds": [_round(number, places) for number in range(1, len(_ROUNDS) + 1)],
        "observation_scores": list(_round_scores(rng, places)),
        "observation_subsidies": list(_subsidies(places)),
    }


def _round_id(number: int) -> str:
    return f"GM{YEAR}-{number:02}"


def _round_day(number: int) -> dt.date:
    return dt.date(YEAR, *_ROUNDS[number - 1][0])


def _round(number: int, places: Places) -> Row:
    _, title, meeting = _ROUNDS[number - 1]
    return {
        "round_id": _round_id(number),
        "place": places.district.code,
        "title": title,
        "held_on": _round_day(number),
        "meeting_on": dt.date(YEAR, *meeting) if meeting else None,
    }


def _round_scores(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield the judges' scores: six township and twelve village centres in all (V3), three villages in each round."""
    rewarded = [places.find(name) for name in SUBSIDIES]
    others = [place for place in places.at("village") if "样例" in place.name]
    villages = [*rng.sample(others, _OTHER_VILLAGES), *rewarded]
    townships = places.at("township")
    seen = {1: (townships[:2], villages[:2]), 2: (townships[2:4], villages[2:4])}
    seen |= {3: (townships[4:], villages[4:6]), 4: ([], villages[6:])}
    for number, (units, centres) in seen.items():
        for place in (*units, *centres):
            yield from _judged(rng, number, place, places)


def _judged(rng: random.Random, number: int, place: Place, places: Places) -> Iterator[Row]:
    amount = next((amount for name, amount in SUBSIDIES.items() if places.find(name) == place), 0)
    level = _LEVEL_OF_SUBSIDY.get(amount) or rng.randint(80, 92)
    for judge in range(1, JUDGES + 1):
        yield {
            "round_id": _round_id(number),
            "place": place.code,
            "judge_no": judge,
            "scored_on": _round_day(number),
            "score": level + rng.choice((-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)),
        }


def _subsidies(places: Places) -> Iterator[Row]:
    for name, amount in SUBSIDIES.items():
        yield {
            "round_id": _round_id(len(_ROUNDS)),
            "place": places.find(name).code,
            "amount": float(amount),
            "granted_on": dt.date(YEAR, *PAID),
        }


RECEIVED = 163  # I2
HANDLED = 127  # I2

_CHANNELS = (("QD-01", "党建网站", (1, 5)), ("QD-02", "微信平台", (1, 5)))
_TOPICS = {"基础设施": 30, "便民服务": 24, "民生保障": 18, "矛盾调解": 10, "民主决策": 9, "党风政风": 5, "其他": 4}
_SUGGESTIONS = {
    "基础设施": "建议修补村内道路、增设路灯",
    "便民服务": "建议延长服务大厅办理时间",
    "民生保障": "咨询新农合报销比例",
    "矛盾调解": "建议公布调解室值班表",
    "民主决策": "建议会议结果公示更及时",
    "党风政风": "建议加强窗口作风检查",
    "其他": "建议增加文化活动",
}
_PROMISED = 15
_DONE_MONTHS = (1, 1, 1.2, 1.2, 1.3, 1.2, 1, 1, 1.2, 1.2, 1, 0.8)
_OPEN_MONTHS = (0.2, 0.2, 0.2, 0.3, 0.3, 0.4, 0.5, 0.8, 1.2, 2, 4, 6)


def feedback_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of feedback by ledger code."""
    days = sorted(
        [(min(some_day(rng, _DONE_MONTHS), dt.date(YEAR, 12, 4)), True) for _ in range(HANDLED)]
        + [(some_day(rng, _OPEN_MONTHS), False) for _ in range(RECEIVED - HANDLED)]
    )
    suggestions = [_suggestion(rng, number, day, done, places) for number, (day, done) in enumerate(days, 1)]
    return {"feedback_channels": list(_channels(places)), "suggestions": suggestions}


def _channels(places: Places) -> Iterator[Row]:
    for number, name, day in _CHANNELS:
        opened = dt.date(YEAR, *day)
        yield {"channel_id": number, "place": places.district.code, "name": name, "opened_on": opened}


def _suggestion(rng: random.Random, number: int, received: dt.date, done: bool, places: Places) -> Row:
    place = _handler(rng, places)
    topic = rng.choices(list(_TOPICS), list(_TOPICS.values()))[0]
    return {
        "suggestion_id": f"JY{YEAR}-{number:03}",
        "place": place.code,
        "channel_id": rng.choices([number for number, _, _ in _CHANNELS], (35, 65))[0],
        "topic": topic,
        "sender": person(rng) if rng.random() < 0.5 else None,
        "phone": phone(rng) if rng.random() < 0.4 else None,
        "summary": _SUGGESTIONS[topic] if rng.random() < 0.7 else None,
        "received_on": received,
        **_suggestion_course(rng, received, place, done),
    }


def _handler(rng: random.Random, places: Places) -> Place:
    levels = ([places.district], places.at("township"), places.at("village"))
    return rng.choice(rng.choices(levels, (3, 4, 3))[0])


def _suggestion_course(rng: random.Random, received: dt.date, place: Place, done: bool) -> Row:
    """Return the course of a suggestion; one that is open at the year's end is assigned if there was time."""
    assigned = workdays_on(received, rng.randint(0, 2))
    if assigned > LAST:
        return {}
    course: Row = {
        "assigned_on": assigned,
        "assigned_level": {"district": "区", "township": "乡镇", "village": "村"}[place.level],
        "due_on": workdays_on(assigned, _PROMISED),
    }
    if done or rng.random() < 0.7:
        late = rng.random() < 0.06
        answered = workdays_on(assigned, _PROMISED + rng.randint(1, 12) if late else rng.randint(1, _PROMISED))
        course["answered_on"] = min(answered, LAST)
    if done:
        closed_by = course["answered_on"] + dt.timedelta(days=4)
        course["closed_on"] = between(rng, course["answered_on"], min(closed_by, LAST))
    return course
