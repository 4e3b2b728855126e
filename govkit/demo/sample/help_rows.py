"""Sample pairings, help teams and hard problems (H1-H3, T7), households helped and their measures (H6-H11)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import (
    LAST,
    YEAR,
    Numbers,
    Row,
    Rows,
    between,
    code_of,
    known_by_year_end,
    person,
    shared_out,
    some_day,
    workdays_on,
)
from govkit.demo.sample.service_rows import ITEMS
from govkit.institutions.assistance import JOB, PROJECTS, RELIEF
from govkit.institutions.pairing import CONTACT, TEAM
from govkit.ledgers.places import Place, Places

PAIRS = 15  # H1
TEAMS = 39  # T7
SOLVED = (42, 47)  # H2 (40余)
UNSOLVED = 5

_PROBLEMS = (
    "村内道路未硬化",
    "灌溉机井老化",
    "村集体无收入来源",
    "活动场所破旧",
    "自来水管网漏损",
    "垃圾清运不及时",
)
_IDEAS = ("发展设施蔬菜", "发展乡村旅游", "发展特色养殖", "盘活集体厂房")
_PROJECTS = ("蔬菜大棚", "农家乐", "肉羊养殖", "厂房出租")


def pairing_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of pairing by ledger code."""
    departments = list(ITEMS)
    villages = [place for place in places.at("village") if "样例" in place.name]
    helped = rng.sample(villages, TEAMS)
    pairings = [
        _pairing(rng, number, department, village.code)
        for number, (department, village) in enumerate(zip(departments[:PAIRS], helped, strict=False), 1)
    ]
    return {
        "department_pairings": pairings,
        "help_teams": [*_contact_points(pairings), *_teams(rng, [village.code for village in helped], places)],
        "hard_problems": list(_problems(rng, pairings)),
    }


def _pairing(rng: random.Random, number: int, department: str, village: str) -> Row:
    way = rng.randrange(len(_IDEAS))
    return {
        "pairing_id": f"JD-{number:02}",
        "place": village,
        "department": department,
        "leader": person(rng),
        "paired_on": between(rng, dt.date(YEAR, 1, 12), dt.date(YEAR, 1, 30)),
        "idea": _IDEAS[way],
        "income_project": _PROJECTS[way],
    }


def _contact_points(pairings: list[Row]) -> Iterator[Row]:
    for number, pairing in enumerate(pairings, 1):
        yield {
            "team_id": f"LXD-{number:02}",
            "place": pairing["place"],
            "kind": CONTACT,
            "department": pairing["department"],
            "formed_on": pairing["paired_on"],
        }


def _teams(rng: random.Random, villages: list[str], places: Places) -> Iterator[Row]:
    departments = list(ITEMS)[:PAIRS]  # T7: as many departments as H1, another matter
    for number, village in enumerate(villages):
        yield {
            "team_id": f"BFD-{code_of(places[village], places)}",
            "place": village,
            "kind": TEAM,
            "department": departments[number % len(departments)],
            "formed_on": between(rng, dt.date(YEAR, 3, 2), dt.date(YEAR, 3, 31)),
        }


def _problems(rng: random.Random, pairings: list[Row]) -> Iterator[Row]:
    solved = rng.randint(*SOLVED)
    for number in range(1, solved + UNSOLVED + 1):
        pairing = pairings[number % len(pairings)]
        raised = some_day(rng, (0, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0))
        yield {
            "problem_id": f"NT{YEAR}-{number:03}",
            "pairing_id": pairing["pairing_id"],
            "place": pairing["place"],
            "problem": rng.choice(_PROBLEMS),
            "raised_on": raised,
            "solved_on": known_by_year_end(workdays_on(raised, rng.randint(8, 35))) if number <= solved else None,
        }


HOUSEHOLDS = 157  # H6
MONEY = 143_000  # H7
PROJECT_COUNT = 59  # H8
JOB_COUNT = 39  # H9: one person a household
RELIEVED = 103  # H10: 44 of the 157 are helped by projects and jobs alone
RISE = 1056  # H11


def assistance_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of assistance by ledger code."""
    villages = rng.sample(places.at("village"), 92)
    numbers = Numbers("BFH", places)
    owners = [(numbers.next(village.code), village) for village in shared_out(HOUSEHOLDS, villages, places)]
    households = [_household(rng, number, village) for number, village in owners]
    for row, rise in zip(households, _rises(rng), strict=True):
        row["income_rise"] = float(rise)
    measures = list(_measures(rng, households))
    last = {row["household_id"]: row["given_on"] for row in sorted(measures, key=lambda row: row["given_on"])}
    for row in households:
        row["assessed_on"] = min(workdays_on(last[row["household_id"]], 5), LAST)
    return {"assisted_households": households, "assistance_measures": measures}


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
    """Return the rise in monthly income of each household; the mean is the published figure."""
    rises = [RISE] * HOUSEHOLDS
    for _ in range(HOUSEHOLDS * 2):
        giving, taking = rng.sample(range(HOUSEHOLDS), 2)
        moved = min(rng.randrange(0, 300, 10), rises[giving] - 200)
        rises[giving] -= moved
        rises[taking] += moved
    return rises


def _measures(rng: random.Random, households: list[Row]) -> Iterator[Row]:
    """Yield the measures: one or two different ones for each household of relief, project and job."""
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
    """Return multiples of 100 with the sum ``total``."""
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
