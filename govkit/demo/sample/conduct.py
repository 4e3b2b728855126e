"""Sample supervisors, inspections and cases of the supervision of conduct (S)."""

import datetime as dt
import random
from collections.abc import Iterator
from itertools import cycle

from govkit.demo.sample.common import (
    YEAR,
    Row,
    Rows,
    between,
    known_by_year_end,
    month_days,
    person,
    phone,
    workdays_on,
)
from govkit.demo.sample.units import code_of, unit_of
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


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
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
    """Yield a few inspections a month in each township unit: its villages in turn, now and then the unit itself."""
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
    """Yield the cases, only in villages whose names are invented: nobody is to be taken for a real person."""
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
