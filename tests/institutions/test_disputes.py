import datetime as dt
from typing import Any

import pytest

from govkit.institutions.disputes import ATTEMPTS, CASE, DISPUTES, INSTITUTION
from govkit.ledgers.period import Period
from tests.institutions.frames import fact, frame
from tests.ledgers.books import PLACES, check, dispute, disputes_book

SEPTEMBER = Period.month("2015-09")


OVERDUE = [
    # found, settled, late at the end of September (one month, Art. 33)
    (dt.datetime(2015, 9, 1), None, False),
    (dt.datetime(2015, 8, 31), None, True),  # 30 days are over with 30 September
    (dt.datetime(2015, 8, 1), dt.datetime(2015, 9, 30), False),
    (dt.datetime(2015, 8, 1), dt.datetime(2015, 10, 1), True),
]


@pytest.mark.parametrize(("found", "settled", "late"), OVERDUE)
def test_overdue(found: dt.datetime, settled: dt.datetime | None, late: bool) -> None:
    rows = frame(DISPUTES, {"found_on": found, "settled_on": settled})
    overdue = INSTITUTION.overdue[0]
    assert overdue.late(rows, SEPTEMBER).tolist() == [late]
    assert overdue.due(rows).tolist() == [found + dt.timedelta(days=30)]


ATTEMPTS_OF_THE_CASE = [
    ("as published: two failed, then settled", ["未成功", "未成功", "成功"], (2, 9 / 7)),
    ("settled at once", ["成功"], (0, 0)),
    ("not settled yet", ["未成功", "未成功"], (None, None)),
    ("no such case", [], (None, None)),
]


@pytest.mark.parametrize(
    ("outcomes", "expected"), [row[1:] for row in ATTEMPTS_OF_THE_CASE], ids=[row[0] for row in ATTEMPTS_OF_THE_CASE]
)
def test_the_case_of_the_brothers(outcomes: list[str], expected: tuple[int | None, float | None]) -> None:
    days = [dt.datetime(2015, 9, 1 + 9 * n // max(1, len(outcomes) - 1)) for n in range(len(outcomes))]
    rows = [
        {"attempt": n + 1, "held_on": day, "outcome": outcome, "case_name": CASE}
        for n, (day, outcome) in enumerate(zip(days, outcomes, strict=True))
    ]
    frames = {"mediation_attempts": frame(ATTEMPTS, *reversed(rows))}
    facts = [fact(INSTITUTION, "G9", item) for item in ("未成功次数", "用时")]
    assert tuple(compute(frames, PLACES, SEPTEMBER) for compute in facts) == expected


@pytest.mark.parametrize(
    ("written", "kept"), [("村", "村"), ("街道", "乡镇"), ("村级", "村"), ("区级", "区"), ("县", None)]
)
def test_synonyms(tmp_path: Any, written: str, kept: str | None) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute(found_level=written)))
    assert intake.ledgers[0].accepted["found_level"].tolist() == ([kept] if kept else [])


def test_deleting_rows_moves_only_what_counts_them() -> None:
    rows = frame(DISPUTES, *({"dispute_id": f"{n}", "found_on": dt.datetime(2015, 9, 1)} for n in range(20)))
    known = {indicator.code: indicator for indicator in INSTITUTION.indicators}
    before = known["G4"]({"disputes": rows}, PLACES.district, SEPTEMBER)
    after = known["G4"]({"disputes": rows.iloc[10:]}, PLACES.district, SEPTEMBER)
    assert (before, after) == (20, 10)
