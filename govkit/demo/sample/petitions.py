"""Sample petitions and the three backlog cases (X). Nobody is named; all but X1 is the sample's own."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, between, known_by_year_end, some_day, workdays_on
from govkit.institutions.petitions import NATIONAL
from govkit.ledgers.places import Places

PETITIONS = 66
BACKLOG = ("司家寨", "梁庄", "马村")  # X1

_MONTHS = (1.6, 1.3, 1.4, 1.3, 1.2, 1.1, 0.9, 0.8, 0.8, 0.7, 0.6, 0.6)
_SUBJECTS = {
    "征地补偿": 16,
    "宅基地": 18,
    "惠农补贴": 14,
    "社会保障": 14,
    "劳资": 10,
    "环境": 9,
    "村务公开": 9,
    "其他": 10,
}
_DAYS = 60
_LONGEST = 90


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    days = sorted(some_day(rng, _MONTHS) for _ in range(PETITIONS))
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
        "subject": rng.choices(list(_SUBJECTS), list(_SUBJECTS.values()))[0],
        "basis": NATIONAL,
        "received_on": received,
        "transferred_on": known_by_year_end(workdays_on(received, 1)),
        "accepted_on": known_by_year_end(accepted),
        **(_course(rng, number, accepted) if known_by_year_end(accepted) else {}),
    }


def _course(rng: random.Random, number: int, accepted: dt.date) -> Row:
    """Return how a petition went on: one in nine is extended, one in eleven is late, one in eight is reviewed."""
    extended, late = number % 9 == 0, number % 11 == 0
    limit = _LONGEST if extended else _DAYS
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
