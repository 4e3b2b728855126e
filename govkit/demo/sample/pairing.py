"""Sample pairings of departments with villages, help teams, and the hard problems solved (H1–H3, T7)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, between, known_by_year_end, person, some_day, workdays_on
from govkit.demo.sample.onestop import ITEMS
from govkit.demo.sample.units import code_of
from govkit.institutions.pairing import CONTACT, TEAM
from govkit.ledgers.places import Places

PAIRS = 15  # H1
TEAMS = 39  # T7
SOLVED = (42, 47)  # H2 (40余)
UNSOLVED = 5

_PROBLEMS = ("村内道路未硬化", "灌溉机井老化", "村集体无收入来源", "活动场所破旧", "自来水管网漏损", "垃圾清运不及时")
_IDEAS = ("发展设施蔬菜", "发展乡村旅游", "发展特色养殖", "盘活集体厂房")
_PROJECTS = ("蔬菜大棚", "农家乐", "肉羊养殖", "厂房出租")


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
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
    departments = list(ITEMS)
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
