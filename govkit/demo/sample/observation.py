"""Sample observation rounds, their scores, and the subsidies of the last round (V2–V5)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows
from govkit.ledgers.places import Place, Places

JUDGES = 7
_ROUNDS = (
    ((3, 25), "“四议两公开”示范村观摩", None),
    ((5, 27), "便民服务示范点观摩", None),
    ((7, 29), "矛盾纠纷调解室观摩", None),
    ((9, 28), "党群服务中心建设观摩", (9, 29)),
)
"""V2 and V4: the day of each round, its subject, the day of the meeting."""

SUBSIDIES = {"苏家作": 20000, "南张": 10000, "辛庄": 5000, "北西尚": 5000, "宁郭": 3000, "住郭庄": 3000}
"""V5, in yuan."""
_LEVEL_OF_SUBSIDY = {20000: 96, 10000: 93, 5000: 90, 3000: 87}
_OTHER_VILLAGES = 6


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    return {
        "observation_rounds": [_round(number, places) for number in range(1, len(_ROUNDS) + 1)],
        "observation_scores": list(_scores(rng, places)),
        "observation_subsidies": list(_subsidies(places)),
    }


def _round_id(number: int) -> str:
    return f"GM{YEAR}-{number:02}"


def _day(number: int) -> dt.date:
    return dt.date(YEAR, *_ROUNDS[number - 1][0])


def _round(number: int, places: Places) -> Row:
    _, title, meeting = _ROUNDS[number - 1]
    return {
        "round_id": _round_id(number),
        "place": places.district.code,
        "title": title,
        "held_on": _day(number),
        "meeting_on": dt.date(YEAR, *meeting) if meeting else None,
    }


def _scores(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield the judges' scores: six township and twelve village centres in all (V3), three villages in each round."""
    rewarded = [places.find(name) for name in SUBSIDIES]
    others = [place for place in places.at("village") if "样例" in place.name]
    villages = [*rng.sample(others, _OTHER_VILLAGES), *rewarded]
    townships = places.at("township")
    seen = {1: (townships[:2], villages[:2]), 2: (townships[2:4], villages[2:4])}
    seen |= {3: (townships[4:], villages[4:6]), 4: ([], villages[6:])}
    for number, (units, centres) in seen.items():
        for place in (*units, *centres):
            yield from _judged(rng, number, place, places)


def _judged(rng: random.Random, number: int, place: Place, places: Places) -> Iterator[Row]:
    amount = next((amount for name, amount in SUBSIDIES.items() if places.find(name) == place), 0)
    level = _LEVEL_OF_SUBSIDY.get(amount) or rng.randint(80, 92)
    for judge in range(1, JUDGES + 1):
        yield {
            "round_id": _round_id(number),
            "place": place.code,
            "judge_no": judge,
            "scored_on": _day(number),
            "score": level + rng.choice((-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)),
        }


def _subsidies(places: Places) -> Iterator[Row]:
    for name, amount in SUBSIDIES.items():
        yield {
            "round_id": _round_id(len(_ROUNDS)),
            "place": places.find(name).code,
            "amount": float(amount),
            "granted_on": dt.date(YEAR, 10, 15),
        }
