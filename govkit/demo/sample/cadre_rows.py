"""Sample training, first secretaries, exam results, appraisal scores, reserve cadres, income projects, branches.

Sources: T1-T6, P, H4, H5, B1. The pass mark of 60 in 100, the absentees and the founding days are the sample's own.
"""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import (
    YEAR,
    Numbers,
    Row,
    Rows,
    between,
    code_of,
    month_days,
    person,
    phone,
    shared_out,
    some_day,
)
from govkit.institutions.exam_results import ABSENT, DISTRICT_EXAM, SAT, TOWNSHIP_EXAM
from govkit.institutions.training import CADRES, REPRESENTATIVES
from govkit.ledgers.places import Place, Places

DISTRICT_ATTENDANCES = (451, 459)  # T1 (450余), first half-year
TOWNSHIP_ATTENDANCES = (2201, 2299)  # T2 (2200余)
SENT_FROM_ABOVE = {"市级": 8, "区级": 21, "驻地单位": 10}  # T6: 39 in all
SENT_BY_TOWNSHIPS = 48  # T6

_DISTRICT_MONTHS = (1, 2, 3, 4, 4, 5, 6, 6)
_TOWNSHIP_MONTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
_TRAINING_SUBJECTS = ("“四议两公开”工作法", "便民服务代办流程", "矛盾纠纷调解方法", "村级财务公开", "党风政风监督")
_TRAINING_FORMS = ("领导授课", "典型村介绍", "案例研讨")


def training_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of training by ledger code."""
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
        "subject": rng.choice(_TRAINING_SUBJECTS),
        "audience": audience,
        "form": rng.choice(_TRAINING_FORMS),
        "held_on": rng.choice(month_days(month)),
        "attendances": count,
    }


def _split(rng: random.Random, total: int, parts: int) -> list[int]:
    """Return ``parts`` numbers of similar size with the sum ``total``."""
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


SAT_DISTRICT = 1263  # T3
PASSED_DISTRICT = (1195, 1205)  # T4: 95 % of T3, rounded
PASSED_TOWNSHIP = (2005, 2030)  # T5 (2000余)
ABSENTEES = 14
FAILED_TOWNSHIP = 46

_PASS_MARK = 60
_DISTRICT_DAY = dt.date(YEAR, 6, 12)
_TOWNSHIP_DAYS = (dt.date(YEAR, 7, 10), dt.date(YEAR, 7, 17), dt.date(YEAR, 8, 14))


def exam_results_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of exam results by ledger code."""
    return {"exam_results": [*_district_results(rng, places), *_township_results(rng, places)]}


def _district_results(rng: random.Random, places: Places) -> Iterator[Row]:
    units = [unit for unit in places.at("township") for _ in range(12)]
    seats = [*units, *shared_out(SAT_DISTRICT + ABSENTEES - len(units), places.at("village"), places)]
    passed = rng.randint(*PASSED_DISTRICT)
    fates = [True] * passed + [False] * (SAT_DISTRICT - passed) + [None] * ABSENTEES
    rng.shuffle(fates)
    for number, (seat, fate) in enumerate(zip(seats, fates, strict=True), 1):
        yield _result(rng, seat, fate) | {
            "exam_id": f"KS{YEAR}-SFQ",
            "candidate_no": f"{YEAR}06{number:04}",
            "candidate": "干部",
            "kind": DISTRICT_EXAM,
            "held_on": _DISTRICT_DAY,
        }


def _township_results(rng: random.Random, places: Places) -> Iterator[Row]:
    passed = rng.randint(*PASSED_TOWNSHIP)
    seats = shared_out(passed + FAILED_TOWNSHIP, places.at("village"), places)
    fates = [True] * passed + [False] * FAILED_TOWNSHIP
    rng.shuffle(fates)
    days = {unit.code: _TOWNSHIP_DAYS[n % 3] for n, unit in enumerate(places.at("township"))}
    for number, (seat, fate) in enumerate(zip(seats, fates, strict=True), 1):
        yield _result(rng, seat, fate) | {
            "exam_id": f"KS{YEAR}-{code_of(places[seat.township], places)}",
            "candidate_no": f"{YEAR}07{number:04}",
            "candidate": rng.choice(("党员", "村民代表")),
            "kind": TOWNSHIP_EXAM,
            "held_on": days[seat.township],
        }


def _result(rng: random.Random, seat: Place, passed: bool | None) -> Row:
    """Return one candidate's row; ``passed`` None is an absentee."""
    marks = {True: (_PASS_MARK, 100), False: (28, _PASS_MARK - 1)}
    return {
        "place": seat.code,
        "name": person(rng),
        "status": ABSENT if passed is None else SAT,
        "mark": None if passed is None else float(rng.randint(*marks[passed])),
        "full_mark": 100.0,
        "passed": passed,
    }


_SCORED_ITEM = 6
_SCORING_DAYS = (dt.date(YEAR, 6, 26), dt.date(YEAR, 12, 25))


def appraisal_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of appraisal by ledger code."""
    scores = [
        {
            "place": village.code,
            "item_no": _SCORED_ITEM,
            "scored_on": day,
            "score": float(rng.choice((7, 7.5, 8, 8.5, 9, 9.5, 10))),
            "basis": None,
        }
        for day in _SCORING_DAYS
        for village in places.at("village")
    ]
    return {"appraisal_scores": scores}


TRAINED = 216  # H4
PROJECTS = (42, 48)  # H5 (40余), earlier years included

_RESERVE_TRAINING_DAYS = (dt.date(YEAR, 5, 20), dt.date(YEAR, 10, 21))
_PROJECT_KINDS = {
    "种植": ("温室蔬菜种植", "怀药种植"),
    "养殖": ("肉羊养殖", "蛋鸡养殖"),
    "加工": ("面粉加工", "服装来料加工"),
    "商贸物流": ("农资配送站", "货运停车场"),
    "旅游": ("采摘园",),
    "资产出租": ("集体厂房出租", "门面房出租"),
}


def reserve_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of reserve by ledger code."""
    return {"reserve_cadres": list(_cadres(rng, places)), "income_projects": list(_projects(rng, places))}


def _cadres(rng: random.Random, places: Places) -> Iterator[Row]:
    numbers = Numbers("HB", places)
    for village in shared_out(TRAINED, places.at("village"), places):
        yield {
            "cadre_id": numbers.next(village.code),
            "place": village.code,
            "name": person(rng),
            "post": rng.choice(("村党支部书记", "村委会主任", "村“两委”委员", "村监委成员")),
            "listed_on": between(rng, dt.date(YEAR, 1, 12), dt.date(YEAR, 3, 31)),
            "trained_on": rng.choice(_RESERVE_TRAINING_DAYS),
        }


def _projects(rng: random.Random, places: Places) -> Iterator[Row]:
    count = rng.randint(*PROJECTS)
    for number, village in enumerate(rng.sample(places.at("village"), count)):
        yield _project(rng, village, places, earlier=number < count // 3)


def _project(rng: random.Random, village: Place, places: Places, *, earlier: bool) -> Row:
    kind = rng.choice(list(_PROJECT_KINDS))
    day = some_day(rng, (0, 1, 3, 3, 2, 1, 1, 1, 1, 1, 0, 0))
    return {
        "project_id": f"ZS-{code_of(village, places)}",
        "place": village.code,
        "name": rng.choice(_PROJECT_KINDS[kind]),
        "kind": kind,
        "started_on": day.replace(year=rng.randint(2012, 2014)) if earlier else day,
        "income": float(rng.randint(2, 15)),
        "ended_on": None,
    }


_BRANCHES = (
    ("示范区行政服务中心", "服务窗口", ""),
    ("腾云电子商务产业园", "产业链", ""),
    ("浪潮云计算中心", "产业链", ""),
    ("北李万村万鑫商城", "产业链", "北李万村"),
    ("怀川物流公司", "产业链", ""),
)


def branches_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of branches by ledger code."""
    return {"party_branches": [_branch(rng, number, places) for number in range(len(_BRANCHES))]}


def _branch(rng: random.Random, number: int, places: Places) -> Row:
    name, setting, village = _BRANCHES[number]
    return {
        "branch_id": f"DZB-{number + 1:02}",
        "place": places.find(village).code if village else places.district.code,
        "name": name,
        "setting": setting,
        "named": True,
        "members": None,
        "founded_on": between(rng, dt.date(YEAR, 3, 2), dt.date(YEAR, 7, 31)),
    }
