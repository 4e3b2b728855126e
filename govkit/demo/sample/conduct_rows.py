"""Sample supervisors, inspections and cases of conduct (S), petitions and the three backlog cases (X).

No petitioner is named; all but X1 of the petitions is the sample's own.
"""

import datetime as dt
import random
from collections.abc import Iterator
from itertools import cycle

from govkit.demo.sample.common import (
    YEAR,
    Row,
    Rows,
    between,
    code_of,
    known_by_year_end,
    month_days,
    person,
    phone,
    some_day,
    unit_of,
    workdays_on,
)
from govkit.institutions.petitions import NATIONAL
from govkit.ledgers.places import Place, Places

_FINDINGS = (
    "公开栏更新不及时",
    "会议记录不完整",
    "台账登记漏项",
    "值班人员不在岗",
    "票据附件不齐",
    "代办事项未按时回复",
    "公示期间未留照片",
)
_INSPECTIONS_A_MONTH = (5, 3, 5, 5, 6, 6, 5, 5, 6, 5, 6, 6)
_CASES: tuple[tuple[tuple[int, int], tuple[tuple[str | None, int], ...]], ...] = (
    ((1, 19), (("警告", 40),)),
    ((3, 12), (("严重警告", 52),)),
    ((4, 21), (("警告", 45),)),
    ((5, 26), (("撤销党内职务", 70),)),
    ((7, 14), (("严重警告", 50), ("严重警告", 50))),
    ((8, 20), (("撤销党内职务", 64),)),
    ((9, 22), (("严重警告", 48),)),
    ((12, 8), ((None, 0),)),
)
"""S5 and S6: the day each of the eight cases was filed; for each person the sanction and the days until it."""


def conduct_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of conduct by ledger code."""
    return {
        "conduct_supervisors": [_supervisor(rng, village, places) for village in places.at("village")],
        "conduct_inspections": list(_inspections(rng, places)),
        "conduct_cases": list(_cases(rng, places)),
    }


def _supervisor(rng: random.Random, village: Place, places: Places) -> Row:
    return {
        "supervisor_id": f"JDY-{code_of(village, places)}",
        "place": village.code,
        "name": person(rng),
        "phone": phone(rng),
        "appointed_on": between(rng, dt.date(YEAR, 1, 12), dt.date(YEAR, 2, 13)),
    }


def _inspections(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield inspections of each township unit by month: its villages in turn, each ninth of the unit itself."""
    for township in places.at("township"):
        villages = places.at("village", township.code)
        rng.shuffle(villages)
        visited, number = cycle(villages), 0
        for month, count in enumerate(_INSPECTIONS_A_MONTH, 1):
            for day in sorted(rng.sample(month_days(month), count + rng.randint(-1, 1))):
                number += 1
                place = township if number % 9 == 0 else next(visited)
                yield _inspection(rng, place, number, day, places)


def _inspection(rng: random.Random, place: Place, number: int, day: dt.date, places: Places) -> Row:
    findings = rng.choices((0, 1, 2, 3), (42, 34, 16, 8))[0]
    due = workdays_on(day + dt.timedelta(days=rng.choice((10, 10, 15))), 0) if findings else None
    late = rng.random() < unit_of(place, places).late_rectifications
    return {
        "inspection_id": f"DC{YEAR}-{unit_of(place, places).letters}-{number:03}",
        "place": place.code,
        "inspected_on": day,
        "focus": rng.randint(1, 6),
        "method": rng.randint(1, 10),
        "findings": findings,
        "finding": rng.choice(_FINDINGS) if findings else None,
        "due_on": due,
        "rectified_on": _rectified(rng, day, due, late) if due else None,
    }


def _rectified(rng: random.Random, day: dt.date, due: dt.date, late: bool) -> dt.date | None:
    if late:
        return known_by_year_end(workdays_on(due, rng.randint(4, 40)))
    return known_by_year_end(between(rng, day + dt.timedelta(days=2), due))


def _cases(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield the cases, only in villages with invented names, so that none points to a real person."""
    villages = rng.sample([place for place in places.at("village") if "样例" in place.name], len(_CASES))
    for number, ((filed, persons), village) in enumerate(zip(_CASES, villages, strict=True), 1):
        filed_on = dt.date(YEAR, *filed)
        for order, (sanction, days) in enumerate(persons, 1):
            yield {
                "case_id": f"AJ{YEAR}-{number:02}",
                "person_no": order,
                "place": village.code,
                "person": person(rng),
                "filed_on": filed_on,
                "sanction": sanction,
                "decided_on": workdays_on(filed_on + dt.timedelta(days=days), 0) if sanction else None,
            }


PETITIONS = 66
BACKLOG = ("司家寨", "梁庄", "马村")  # X1

_PETITION_MONTHS = (1.6, 1.3, 1.4, 1.3, 1.2, 1.1, 0.9, 0.8, 0.8, 0.7, 0.6, 0.6)
_PETITION_SUBJECTS = {
    "征地补偿": 16,
    "宅基地": 18,
    "惠农补贴": 14,
    "社会保障": 14,
    "劳资": 10,
    "环境": 9,
    "村务公开": 9,
    "其他": 10,
}
_FINISH_DAYS = 60
_EXTENDED_DAYS = 90


def petitions_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of petitions by ledger code."""
    days = sorted(some_day(rng, _PETITION_MONTHS) for _ in range(PETITIONS))
    return {
        "petitions": [_petition(rng, number, day, places) for number, day in enumerate(days, 1)],
        "backlog_cases": list(_backlog(rng, places)),
    }


def _petition(rng: random.Random, number: int, received: dt.date, places: Places) -> Row:
    unit = rng.choice(places.at("township"))
    village = rng.choice(places.at("village", unit.code))
    slow = number % 13 == 0
    accepted = workdays_on(received, rng.randint(12, 15) if slow else rng.randint(1, 8))
    return {
        "petition_id": f"XF{YEAR}-{number:03}",
        "place": rng.choice((unit.code, village.code)),
        "channel": rng.choices(("来信", "来访", "网上", "电话"), (20, 40, 25, 15))[0],
        "subject": rng.choices(list(_PETITION_SUBJECTS), list(_PETITION_SUBJECTS.values()))[0],
        "basis": NATIONAL,
        "received_on": received,
        "transferred_on": known_by_year_end(workdays_on(received, 1)),
        "accepted_on": known_by_year_end(accepted),
        **(_petition_course(rng, number, accepted) if known_by_year_end(accepted) else {}),
    }


def _petition_course(rng: random.Random, number: int, accepted: dt.date) -> Row:
    """Return the course of a petition: one in nine is extended, one in eleven is late, one in eight is reviewed."""
    extended, late = number % 9 == 0, number % 11 == 0
    limit = _EXTENDED_DAYS if extended else _FINISH_DAYS
    taken = limit + rng.randint(5, 40) if late else rng.randint(limit - 30, limit - 4)
    finished = workdays_on(accepted + dt.timedelta(days=taken), 0)
    course: Row = {
        "extended_on": known_by_year_end(workdays_on(accepted + dt.timedelta(days=50), 0)) if extended else None,
        "finished_on": known_by_year_end(finished),
    }
    asked = workdays_on(finished + dt.timedelta(days=12), 0)
    if number % 8 == 0 and known_by_year_end(asked):
        taken = rng.randint(64, 80) if number % 16 == 0 else rng.randint(12, 26)
        course["review_requested_on"] = asked
        course["review_decided_on"] = known_by_year_end(workdays_on(asked + dt.timedelta(days=taken), 0))
    return course


def _backlog(rng: random.Random, places: Places) -> Iterator[Row]:
    for number, name in enumerate(BACKLOG, 1):
        yield {
            "case_id": f"JA{YEAR}-{number:02}",
            "place": places.find(name).code,
            "arisen_on": dt.date(rng.randint(1998, 2003), 1, 1),
            "listed_on": dt.date(YEAR, 3, 16),
            "resolved_on": between(rng, dt.date(YEAR, 8, 3), dt.date(YEAR, 11, 27)),
        }
