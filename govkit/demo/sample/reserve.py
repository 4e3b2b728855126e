"""Sample reserve cadres and income projects (H4, H5)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, between, person, some_day
from govkit.demo.sample.units import Numbers, code_of, shared_out
from govkit.ledgers.places import Place, Places

TRAINED = 216  # H4
PROJECTS = (42, 48)  # H5 (40余), those of earlier years among them

_TRAINING_DAYS = (dt.date(YEAR, 5, 20), dt.date(YEAR, 10, 21))
_KINDS = {
    "种植": ("温室蔬菜种植", "怀药种植"),
    "养殖": ("肉羊养殖", "蛋鸡养殖"),
    "加工": ("面粉加工", "服装来料加工"),
    "商贸物流": ("农资配送站", "货运停车场"),
    "旅游": ("采摘园",),
    "资产出租": ("集体厂房出租", "门面房出租"),
}


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the registers' rows by ledger code."""
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
            "trained_on": rng.choice(_TRAINING_DAYS),
        }


def _projects(rng: random.Random, places: Places) -> Iterator[Row]:
    count = rng.randint(*PROJECTS)
    for number, village in enumerate(rng.sample(places.at("village"), count)):
        yield _project(rng, village, places, earlier=number < count // 3)


def _project(rng: random.Random, village: Place, places: Places, *, earlier: bool) -> Row:
    kind = rng.choice(list(_KINDS))
    day = some_day(rng, (0, 1, 3, 3, 2, 1, 1, 1, 1, 1, 0, 0))
    return {
        "project_id": f"ZS-{code_of(village, places)}",
        "place": village.code,
        "name": rng.choice(_KINDS[kind]),
        "kind": kind,
        "started_on": day.replace(year=rng.randint(2012, 2014)) if earlier else day,
        "income": float(rng.randint(2, 15)),
        "ended_on": None,
    }
