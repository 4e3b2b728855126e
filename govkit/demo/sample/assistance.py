"""Sample households helped, and what each received (H6–H11)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, between, person
from govkit.demo.sample.units import Numbers, shared_out
from govkit.institutions.assistance import JOB, PROJECTS, RELIEF
from govkit.ledgers.places import Place, Places

HOUSEHOLDS = 157  # H6
MONEY = 143_000  # H7
PROJECT_COUNT = 59  # H8
JOB_COUNT = 39  # H9: one person a household
RELIEVED = 103  # H10: 44 of the 157 are helped by projects and jobs alone
RISE = 1056  # H11


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    villages = rng.sample(places.at("village"), 92)
    numbers = Numbers("BFH", places)
    owners = [(numbers.next(village.code), village) for village in shared_out(HOUSEHOLDS, villages, places)]
    households = [_household(rng, number, village) for number, village in owners]
    for row, rise in zip(households, _rises(rng), strict=True):
        row["income_rise"] = float(rise)
    return {"assisted_households": households, "assistance_measures": list(_measures(rng, households))}


def _household(rng: random.Random, number: str, village: Place) -> Row:
    return {
        "household_id": number,
        "place": village.code,
        "head": person(rng),
        "helper": rng.choice(("村党支部书记", "村委会主任")),
        "cause": rng.choices(("文化程度低", "无收入来源", "疾病或残疾"), (25, 30, 45))[0],
        "paired_on": between(rng, dt.date(YEAR, 2, 2), dt.date(YEAR, 3, 31)),
    }


def _rises(rng: random.Random) -> list[int]:
    """Return each household's rise in monthly income: their mean is the published one."""
    rises = [RISE] * HOUSEHOLDS
    for _ in range(HOUSEHOLDS * 2):
        giving, taking = rng.sample(range(HOUSEHOLDS), 2)
        moved = min(rng.randrange(0, 300, 10), rises[giving] - 200)
        rises[giving] -= moved
        rises[taking] += moved
    return rises


def _measures(rng: random.Random, households: list[Row]) -> Iterator[Row]:
    """Yield the measures: everybody gets relief, a project or a job, many two of them, nobody one twice."""
    order = rng.sample(households, len(households))
    relieved, others = order[:RELIEVED], order[RELIEVED:]
    with_project = [*others[:30], *relieved[: PROJECT_COUNT - 30]]
    with_job = [*others[30:], *relieved[-(JOB_COUNT - len(others[30:])) :]]
    money = iter(_shares(rng, MONEY, RELIEVED + PROJECT_COUNT))
    for household in relieved:
        yield _measure(rng, household, RELIEF, next(money), None)
    for household in with_project:
        yield _measure(rng, household, rng.choice(PROJECTS), next(money), None)
    for household in with_job:
        yield _measure(rng, household, JOB, None, 1)


def _shares(rng: random.Random, total: int, parts: int) -> list[float]:
    """Return whole hundreds that add up to ``total``."""
    shares = [1] * parts
    for _ in range(total // 100 - parts):
        shares[rng.randrange(parts)] += 1
    return [share * 100.0 for share in shares]


def _measure(rng: random.Random, household: Row, measure: str, money: float | None, persons: int | None) -> Row:
    return {
        "household_id": household["household_id"],
        "place": household["place"],
        "measure": measure,
        "given_on": between(rng, dt.date(YEAR, 4, 1), dt.date(YEAR, 12, 18)),
        "money": money,
        "persons": persons,
    }
