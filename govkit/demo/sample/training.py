"""Sample training sessions and first secretaries (T1, T2, T6)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, between, month_days, person, phone
from govkit.demo.sample.units import code_of
from govkit.institutions.training import CADRES, REPRESENTATIVES
from govkit.ledgers.places import Places

DISTRICT_ATTENDANCES = (451, 459)  # T1 (450余), first half-year
TOWNSHIP_ATTENDANCES = (2201, 2299)  # T2 (2200余)
SENT_FROM_ABOVE = {"市级": 8, "区级": 21, "驻地单位": 10}  # T6: 39 in all
SENT_BY_TOWNSHIPS = 48  # T6

_DISTRICT_MONTHS = (1, 2, 3, 4, 4, 5, 6, 6)
_TOWNSHIP_MONTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
_SUBJECTS = ("“四议两公开”工作法", "便民服务代办流程", "矛盾纠纷调解方法", "村级财务公开", "党风政风监督")
_FORMS = ("领导授课", "典型村介绍", "案例研讨")


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    return {
        "training_sessions": [*_district_sessions(rng, places), *_township_sessions(rng, places)],
        "first_secretaries": list(_secretaries(rng, places)),
    }


def _district_sessions(rng: random.Random, places: Places) -> Iterator[Row]:
    counts = _split(rng, rng.randint(*DISTRICT_ATTENDANCES), len(_DISTRICT_MONTHS))
    planned = [(month, CADRES, count) for month, count in zip(_DISTRICT_MONTHS, counts, strict=True)]
    planned += [(month, "驻村第一书记", rng.randint(36, 46)) for month in (9, 11)]
    for number, (month, audience, count) in enumerate(planned, 1):
        session = _session(rng, audience, month, count)
        yield session | {"session_id": f"PX{YEAR}-SFQ-{number:02}", "place": places.district.code}


def _township_sessions(rng: random.Random, places: Places) -> Iterator[Row]:
    units = places.at("township")
    counts = iter(_split(rng, rng.randint(*TOWNSHIP_ATTENDANCES), len(units) * len(_TOWNSHIP_MONTHS)))
    for unit in units:
        for month in _TOWNSHIP_MONTHS:
            session = _session(rng, REPRESENTATIVES, month, next(counts))
            yield session | {"session_id": f"PX{YEAR}-{code_of(unit, places)}-{month:02}", "place": unit.code}


def _session(rng: random.Random, audience: str, month: int, count: int) -> Row:
    return {
        "subject": rng.choice(_SUBJECTS),
        "audience": audience,
        "form": rng.choice(_FORMS),
        "held_on": rng.choice(month_days(month)),
        "attendances": count,
    }


def _split(rng: random.Random, total: int, parts: int) -> list[int]:
    """Return ``parts`` numbers near each other that add up to ``total``."""
    counts = [total // parts] * parts
    for number in range(total % parts):
        counts[number] += 1
    for _ in range(parts):
        giving, taking = rng.sample(range(parts), 2)
        moved = rng.randint(0, counts[giving] // 4)
        counts[giving] -= moved
        counts[taking] += moved
    return counts


def _secretaries(rng: random.Random, places: Places) -> Iterator[Row]:
    senders = [sender for sender, count in SENT_FROM_ABOVE.items() for _ in range(count)] + ["乡镇"] * SENT_BY_TOWNSHIPS
    villages = rng.sample(places.at("village"), len(senders))
    for sender, village in zip(senders, villages, strict=True):
        above = sender != "乡镇"
        body = "样例单位" if above else places[village.township].name
        yield {
            "secretary_id": f"DYSJ-{code_of(village, places)}",
            "place": village.code,
            "name": person(rng),
            "phone": phone(rng),
            "sent_by": sender,
            "sending_body": f"{sender}{body}" if above else body,
            "posted_on": between(rng, dt.date(YEAR, 1, 5), dt.date(YEAR, 2, 10)),
            "trained_on": between(rng, dt.date(YEAR, 3, 2), dt.date(YEAR, 5, 29)),
        }
