"""Sample grids, grid staff, mediation teams, disputes and mediation attempts (G)."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from govkit.demo.sample.common import (
    LAST,
    UNITS,
    YEAR,
    Numbers,
    Row,
    Rows,
    Unit,
    between,
    code_of,
    days_between,
    person,
    phone,
    shared_out,
    some_day,
    unit_of,
    workdays_on,
)
from govkit.institutions.disputes import CASE, LADDER, ROLES
from govkit.ledgers.places import Place, Places

DISPUTES_FOUND = 1393  # G4; less the open disputes of all units it is G5, 1372
STAFF = 715  # G3

_MONTHS = (1.30, 0.80, 1.05, 1.00, 0.95, 1.20, 0.90, 0.85, 1.05, 1.05, 0.95, 1.15)
_KINDS = {
    "家庭纠纷": 24,
    "邻里纠纷": 30,
    "宅基地纠纷": 13,
    "土地纠纷": 14,
    "合同纠纷": 7,
    "劳资纠纷": 6,
    "征地拆迁": 3,
    "其他": 5,
}
_SEASON = {"劳资纠纷": (12, 1, 2), "土地纠纷": (3, 4, 6, 10), "邻里纠纷": (6, 7, 9)}
_SUMMARIES = {
    "家庭纠纷": ("因赡养老人费用分担发生争执", "因分家析产意见不一", "夫妻因琐事争吵，家人请求调解"),
    "邻里纠纷": ("因排水沟走向发生争执", "因院墙滴水与邻居不和", "因共用通道堆放杂物争吵"),
    "宅基地纠纷": ("因宅基地边界不清发生争执", "翻建房屋时四至有异议"),
    "土地纠纷": ("因责任田地边被占发生争执", "因土地流转租金迟付发生争执"),
    "合同纠纷": ("因收购农产品价款未付清发生争执", "因租赁农机费用发生争执"),
    "劳资纠纷": ("因务工报酬迟付发生争执", "因工时计算意见不一"),
    "征地拆迁": ("对附属物清点数量有异议",),
    "其他": ("因车辆剐蹭赔偿意见不一", "因牲畜毁坏青苗要求赔偿"),
}
_SETTLED_AT = {"网格": 44, "村": 39, "乡镇": 14, "区": 3}
_MEAN_DAYS = {"网格": 3, "村": 7, "乡镇": 13, "区": 20}
_NO_TIME_LEFT = dt.date(YEAR, 12, 14)
_CASE_FOUND = dt.date(YEAR, 5, 11)
_CASE_ATTEMPTS = ((0, "网格", "未成功"), (3, "网格", "未成功"), (8, "村", "成功"))


@dataclass(frozen=True, slots=True)
class _Attempt:
    day: dt.date
    level: str
    outcome: str


@dataclass(frozen=True, slots=True)
class _Dispute:
    village: Place
    found: dt.date
    open: bool = False
    case: str = ""


def disputes_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of disputes by ledger code."""
    villages = places.at("village")
    disputes, attempts = _journals(rng, places)
    return {
        "grids": [_grid(rng, village, places) for village in villages],
        "grid_staff": list(_staff(rng, villages, places)),
        "mediation_teams": list(_teams(rng, places)),
        "disputes": disputes,
        "mediation_attempts": attempts,
    }


def _grid_code(village: Place, places: Places) -> str:
    return f"WG-{code_of(village, places)}"


def _grid(rng: random.Random, village: Place, places: Places) -> Row:
    return {
        "grid_id": _grid_code(village, places),
        "place": village.code,
        "name": f"{village.name}网格",
        "established_on": between(rng, dt.date(YEAR, 1, 4), dt.date(YEAR, 1, 16)),
    }


def _staff(rng: random.Random, villages: list[Place], places: Places) -> Iterator[Row]:
    """Yield one person of each role for every grid, then more assistants and some supervisors."""
    spare = Counter(village.code for village in shared_out(STAFF - 3 * len(villages), villages, places))
    for village in villages:
        extra = [rng.choice(("协管员", "协管员", "协管员", "监督员")) for _ in range(spare[village.code] - 1)]
        for number, role in enumerate((*ROLES, *extra), 1):
            yield {
                "staff_id": f"{_grid_code(village, places)}-{number:02}",
                "place": village.code,
                "grid_id": _grid_code(village, places),
                "role": role,
                "name": person(rng),
                "phone": phone(rng),
                "appointed_on": between(rng, dt.date(YEAR, 1, 19), dt.date(YEAR, 1 if number <= len(ROLES) else 6, 30)),
            }


def _teams(rng: random.Random, places: Places) -> Iterator[Row]:
    formed = dt.date(YEAR, 1, 5)
    for place in places:
        tiers = {"district": ("区",), "township": ("乡镇",), "village": ("村", "网格")}[place.level]
        for tier in tiers:
            yield {
                "team_id": f"TJ-{code_of(place, places)}{'-W' if tier == '网格' else ''}",
                "place": place.code,
                "tier": tier,
                "name": place.name + {"网格": "网格调解小组", "村": "调解委员会"}.get(tier, "矛盾纠纷调解中心"),
                "members": rng.randint(*{"区": (9, 13), "乡镇": (6, 9), "村": (3, 5), "网格": (2, 4)}[tier]),
                "formed_on": between(rng, formed, formed + dt.timedelta(days=20)),
            }


def _journals(rng: random.Random, places: Places) -> tuple[list[Row], list[Row]]:
    found = [*_ordinary(rng, places), *_still_open(rng, places), _brothers(places)]
    numbers = Numbers("JF", places)
    disputes: list[Row] = []
    attempts: list[Row] = []
    for dispute in sorted(found, key=lambda d: (d.found, d.village.code)):
        number = numbers.next(dispute.village.code)
        course = _course(rng, dispute, unit_of(dispute.village, places))
        disputes.append(_dispute_row(rng, number, dispute, course))
        attempts += [_attempt_row(rng, number, dispute, n, attempt) for n, attempt in enumerate(course, 1)]
    return disputes, attempts


def _ordinary(rng: random.Random, places: Places) -> Iterator[_Dispute]:
    count = DISPUTES_FOUND - sum(unit.open_disputes for unit in UNITS.values()) - 1
    for village in shared_out(count, places.at("village"), places):
        yield _Dispute(village, some_day(rng, _MONTHS, worked=rng.random() < 0.85))


def _still_open(rng: random.Random, places: Places) -> Iterator[_Dispute]:
    """Yield the disputes open at the year's end: some older than a month, most of December."""
    for township in places.at("township"):
        count = unit_of(township, places).open_disputes
        for number, village in enumerate(rng.sample(places.at("village", township.code), count)):
            old = number < round(count * 0.4)
            first, last = (
                (dt.date(YEAR, 10, 8), dt.date(YEAR, 11, 25)) if old else (dt.date(YEAR, 12, 2), dt.date(YEAR, 12, 29))
            )
            yield _Dispute(village, between(rng, first, last), open=True)


def _brothers(places: Places) -> _Dispute:
    """Return the published case (G9): two failed mediations, then success with the village committee."""
    township = places.find("阳庙镇")
    village = next(v for v in places.at("village", township.code) if "样例" in v.name)
    return _Dispute(village, _CASE_FOUND, case=CASE)


def _course(rng: random.Random, dispute: _Dispute, unit: Unit) -> list[_Attempt]:
    """Return the mediations of a dispute in order; the last one succeeds unless the dispute is open."""
    if dispute.case:
        return [_Attempt(dispute.found + dt.timedelta(days=d), level, how) for d, level, how in _CASE_ATTEMPTS]
    if dispute.open:
        return _failures(rng, dispute.found, LAST, "乡镇", rng.randint(1, 2))
    level = rng.choices(list(_SETTLED_AT), list(_SETTLED_AT.values()))[0]
    if dispute.found >= _NO_TIME_LEFT and level in {"乡镇", "区"}:
        level = "村"
    settled = _settled_on(rng, dispute.found, level, rng.random() < unit.slow_disputes)
    count = LADDER.index(level) if level in {"乡镇", "区"} else int(rng.random() < 0.25)
    return [*_failures(rng, dispute.found, settled, level, count), _Attempt(settled, level, "成功")]


def _settled_on(rng: random.Random, found: dt.date, level: str, slow: bool) -> dt.date:
    days = rng.randint(32, 85) if slow else min(round(rng.expovariate(1 / _MEAN_DAYS[level])), 30)
    day = found + dt.timedelta(days=days)
    if level in {"乡镇", "区"}:
        day = workdays_on(day, 0)
    if day <= LAST:
        return day
    return between(rng, max(found, _NO_TIME_LEFT), LAST)  # old disputes are settled before the year closes


def _failures(rng: random.Random, found: dt.date, until: dt.date, level: str, count: int) -> list[_Attempt]:
    """Return up to ``count`` failed mediations on different days before ``until``, rising to ``level``."""
    free = days_between(found, until - dt.timedelta(days=1), worked=level in {"乡镇", "区"})
    days = sorted(rng.sample(free, min(count, len(free))))
    top = LADDER.index(level)
    return [_Attempt(day, LADDER[max(0, top - len(days) + n)], "未成功") for n, day in enumerate(days)]


def _dispute_row(rng: random.Random, number: str, dispute: _Dispute, course: list[_Attempt]) -> Row:
    settled = next((attempt for attempt in course if attempt.outcome == "成功"), None)
    kind = "家庭纠纷" if dispute.case else _kind(rng, dispute.found.month)
    written = settled is not None and (settled.level in {"乡镇", "区"} or rng.random() < 0.35)
    return {
        "dispute_id": number,
        "place": dispute.village.code,
        "found_on": dispute.found,
        "found_level": "村" if dispute.case else rng.choices(("村", "乡镇", "区"), (82, 14, 4))[0],
        "kind": kind,
        "parties": person(rng),
        "summary": rng.choice(_SUMMARIES[kind]) if rng.random() < 0.6 else None,
        "settled_on": settled.day if settled else None,
        "settled_level": settled.level if settled else None,
        "agreement": ("书面协议" if written else "口头协议") if settled else None,
    }


def _kind(rng: random.Random, month: int) -> str:
    weights = [share * (2 if month in _SEASON.get(kind, ()) else 1) for kind, share in _KINDS.items()]
    return rng.choices(list(_KINDS), weights)[0]


def _attempt_row(rng: random.Random, number: str, dispute: _Dispute, order: int, attempt: _Attempt) -> Row:
    return {
        "dispute_id": number,
        "place": dispute.village.code,
        "attempt": order,
        "held_on": attempt.day,
        "level": attempt.level,
        "mediator": person(rng),
        "outcome": attempt.outcome,
        "case_name": dispute.case or None,
    }
