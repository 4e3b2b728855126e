"""Sample feedback channels and suggestions (I)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import LAST, YEAR, Row, Rows, between, person, phone, some_day, workdays_on
from govkit.ledgers.places import Place, Places

RECEIVED = 163  # I2
HANDLED = 127  # I2

_CHANNELS = (("QD-01", "党建网站", (1, 5)), ("QD-02", "微信平台", (1, 5)))
_TOPICS = {"基础设施": 30, "便民服务": 24, "民生保障": 18, "矛盾调解": 10, "民主决策": 9, "党风政风": 5, "其他": 4}
_SUMMARIES = {
    "基础设施": "建议修补村内道路、增设路灯",
    "便民服务": "建议延长服务大厅办理时间",
    "民生保障": "咨询新农合报销比例",
    "矛盾调解": "建议公布调解室值班表",
    "民主决策": "建议会议结果公示更及时",
    "党风政风": "建议加强窗口作风检查",
    "其他": "建议增加文化活动",
}
_PROMISED = 15
_MONTHS = (1, 1, 1.2, 1.2, 1.3, 1.2, 1, 1, 1.2, 1.2, 1, 0.8)
_OPEN_MONTHS = (0.2, 0.2, 0.2, 0.3, 0.3, 0.4, 0.5, 0.8, 1.2, 2, 4, 6)


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    days = sorted(
        [(min(some_day(rng, _MONTHS), dt.date(YEAR, 12, 4)), True) for _ in range(HANDLED)]
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
        "summary": _SUMMARIES[topic] if rng.random() < 0.7 else None,
        "received_on": received,
        **_course(rng, received, place, done),
    }


def _handler(rng: random.Random, places: Places) -> Place:
    levels = ([places.district], places.at("township"), places.at("village"))
    return rng.choice(rng.choices(levels, (3, 4, 3))[0])


def _course(rng: random.Random, received: dt.date, place: Place, done: bool) -> Row:
    """Return how far a suggestion got; what is not done by the year's end is at least assigned where there was time."""
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
