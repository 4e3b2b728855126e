"""Sample exam results (T3–T5). The pass mark of 60 in 100 and those absent are the sample's own."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import YEAR, Row, Rows, person
from govkit.demo.sample.units import code_of, shared_out
from govkit.institutions.exam_results import ABSENT, DISTRICT_EXAM, SAT, TOWNSHIP_EXAM
from govkit.ledgers.places import Place, Places

SAT_DISTRICT = 1263  # T3
PASSED_DISTRICT = (1195, 1205)  # T4: 95 % of T3, rounded
PASSED_TOWNSHIP = (2005, 2030)  # T5 (2000余)
ABSENTEES = 14
FAILED_TOWNSHIP = 46

_PASS_MARK = 60
_DISTRICT_DAY = dt.date(YEAR, 6, 12)
_TOWNSHIP_DAYS = (dt.date(YEAR, 7, 10), dt.date(YEAR, 7, 17), dt.date(YEAR, 8, 14))


def rows(rng: random.Random, places: Places) -> Rows:
    """Return the year's rows by ledger code."""
    return {"exam_results": [*_district(rng, places), *_township(rng, places)]}


def _district(rng: random.Random, places: Places) -> Iterator[Row]:
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


def _township(rng: random.Random, places: Places) -> Iterator[Row]:
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
