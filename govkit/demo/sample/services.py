"""Sample service centres, items, visitors and agency services (C, and F of the centres)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import (
    YEAR,
    Row,
    Rows,
    between,
    known_by_year_end,
    month_days,
    month_end,
    person,
    phone,
    some_day,
    workdays_on,
)
from govkit.demo.sample.onestop import AGENCY_MATTERS, ITEMS, TOWNSHIP_ITEMS
from govkit.demo.sample.units import Numbers, Unit, code_of, shared_out, unit_of
from govkit.ledgers.places import Place, Places

AGENCY_SERVICES = 1985  # C9 counts those finished, some 40 fewer: 1900余
DISTRICT_OPENED = dt.date(YEAR, 6, 30)  # C2
_DISTRICT_VISITORS = 214
_LISTED_FIRST = 85

_TOWNSHIP_CENTRES = {
    "苏家作乡": ("新建", (4, 8), (9, 10), 680, 92),
    "阳庙镇": ("改建", (3, 16), (9, 14), 560, 88),
    "宁郭镇": ("改建", (4, 20), (9, 16), 520, 75),
    "李万街道": ("新建", (5, 25), (9, 9), 720, 81),
    "文苑街道": ("新建", (6, 15), (9, 15), 610, 66),
    "文昌街道": ("改建", (5, 11), (9, 16), 480, 59),
}
"""F1, F2, C6: how each centre came about, when it opened and went online, its area, visitors a day at first."""

_BUILT = {"苏家作村": 24, "南张村": 22, "辛庄村": 20, "北西尚村": 20}
_BUILT_ELSEWHERE = (18, 18, 18)
_REPAIRED = (6, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4)
_MODEL = ("北李万村", 10)
"""F5: seven new village venues; F4: with the repairs and the model centre (F6) they cost 200 (万元) in all."""

_AGENCY_MONTHS = (0.60, 0.45, 0.85, 0.90, 0.95, 0.95, 1.00, 1.00, 1.25, 1.15, 1.25, 1.15)
_VISIT_MONTHS = (0.8, 0.7, 0.9, 0.9, 0.9, 0.95, 0.95, 0.95, 1.05, 1.05, 1.05, 1.03)


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    centres = [_district_centre(places), *_township_centres(places), *_village_centres(rng, places)]
    return {
        "service_centres": centres,
        "service_items": [*_district_items(rng, places), *_township_items(places)],
        "service_visits": list(_visits(rng, places)),
        "agency_services": _agency(rng, places),
    }


def _district_centre(places: Places) -> Row:
    return {
        "centre_id": "ZX-SFQ",
        "place": places.district.code,
        "name": f"{places.district.name}便民服务中心",
        "works": "新建",
        "opened_on": DISTRICT_OPENED,
        "area": 1200.0,
        "cost": 240.0,
        "online_on": dt.date(YEAR, 9, 8),
    }


def _township_centres(places: Places) -> Iterator[Row]:
    for township in places.at("township"):
        works, opened, online, area, _ = _TOWNSHIP_CENTRES[township.name]
        yield {
            "centre_id": f"ZX-{code_of(township, places)}",
            "place": township.code,
            "name": f"{township.name}便民服务中心",
            "works": works,
            "opened_on": dt.date(YEAR, *opened),
            "area": float(area),
            "cost": None,
            "online_on": dt.date(YEAR, *online),
        }


def _village_centres(rng: random.Random, places: Places) -> Iterator[Row]:
    works = _village_works(rng, places)
    for village in places.at("village"):
        how, cost = works.get(village.name, ("原有", None))
        opened = some_day(rng, (0, 0, 0, 1, 1, 2, 2, 2, 1, 1, 1, 0))
        yield {
            "centre_id": f"ZX-{code_of(village, places)}",
            "place": village.code,
            "name": f"{village.name}党群服务中心" + ("（示范中心）" if village.name == _MODEL[0] else ""),
            "works": how,
            "opened_on": opened.replace(year=rng.randint(2009, 2014)) if how == "原有" else opened,
            "area": float(rng.randrange(120, 420, 10)),
            "cost": float(cost) if cost else None,
            "online_on": None,
        }


def _village_works(rng: random.Random, places: Places) -> dict[str, tuple[str, int]]:
    names = [village.name for village in places.at("village") if "样例" in village.name]
    chosen = rng.sample(names, len(_BUILT_ELSEWHERE) + len(_REPAIRED))
    built = _BUILT | dict(zip(chosen, _BUILT_ELSEWHERE, strict=False))
    repaired = dict(zip(chosen[len(_BUILT_ELSEWHERE) :], _REPAIRED, strict=True))
    return (
        {name: ("新建", cost) for name, cost in built.items()}
        | {name: ("修缮", cost) for name, cost in repaired.items()}
        | {_MODEL[0]: ("改建", _MODEL[1])}
    )


def _district_items(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield the one-stop items: most on the day the centre opened, the rest in the weeks after."""
    pairs = [(department, name) for department, names in ITEMS.items() for name in names]
    later = set(rng.sample(range(len(pairs)), len(pairs) - _LISTED_FIRST))
    for number, (department, name) in enumerate(pairs):
        yield {
            "item_id": f"SX-SFQ-{number + 1:03}",
            "place": places.district.code,
            "name": name,
            "department": department,
            "one_stop": True,
            "listed_on": between(rng, dt.date(YEAR, 7, 13), dt.date(YEAR, 9, 16))
            if number in later
            else DISTRICT_OPENED,
        }


def _township_items(places: Places) -> Iterator[Row]:
    department_of = {name: department for department, names in ITEMS.items() for name in names}
    for township in places.at("township"):
        for number, name in enumerate(TOWNSHIP_ITEMS, 1):
            yield {
                "item_id": f"SX-{code_of(township, places)}-{number:02}",
                "place": township.code,
                "name": name,
                "department": department_of[name],
                "one_stop": False,
                "listed_on": dt.date(YEAR, *_TOWNSHIP_CENTRES[township.name][1]),
            }


def _visits(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield visitors a month for each centre, from the month it opened; the last day of June is left out."""
    yield from _centre_visits(rng, places.district, dt.date(YEAR, 7, 1), _DISTRICT_VISITORS)
    for township in places.at("township"):
        _, opened, _, _, a_day = _TOWNSHIP_CENTRES[township.name]
        yield from _centre_visits(rng, township, dt.date(YEAR, *opened), a_day)


def _centre_visits(rng: random.Random, place: Place, opened: dt.date, a_day: float) -> Iterator[Row]:
    for month in range(opened.month, 13):
        days = sum(day >= opened for day in month_days(month))
        visitors = days * a_day * _VISIT_MONTHS[month - 1] * rng.uniform(0.97, 1.03)
        yield {"place": place.code, "counted_on": month_end(month), "open_days": days, "visitors": round(visitors)}


def _agency(rng: random.Random, places: Places) -> list[Row]:
    villages = shared_out(AGENCY_SERVICES, places.at("village"), places)
    taken = sorted((some_day(rng, _AGENCY_MONTHS), village.code) for village in villages)
    agents = {village.code: [person(rng) for _ in range(rng.randint(1, 2))] for village in places.at("village")}
    numbers = Numbers("DB", places)
    return [
        {"service_id": numbers.next(code), "agent": rng.choice(agents[code])}
        | _service(rng, applied, places[code], unit_of(places[code], places))
        for applied, code in taken
    ]


def _service(rng: random.Random, applied: dt.date, village: Place, unit: Unit) -> Row:
    matter = rng.choices(list(AGENCY_MATTERS), [often for _, often in AGENCY_MATTERS.values()])[0]
    promised = AGENCY_MATTERS[matter][0]
    late = rng.random() < unit.late_services
    taken = promised + rng.randint(2, 16) if late else rng.randint(promised // 3, promised)
    return {
        "place": village.code,
        "applicant": person(rng),
        "phone": phone(rng) if rng.random() < 0.8 else None,
        "matter": matter,
        "applied_on": applied,
        "due_on": workdays_on(applied, promised),
        "finished_on": known_by_year_end(workdays_on(applied, taken)),
    }
