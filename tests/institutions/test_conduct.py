import datetime as dt

import pytest

from govkit.institutions.conduct import CASES, INSPECTIONS, INSTITUTION
from govkit.ledgers.period import Period
from tests.institutions.frames import frame
from tests.ledgers.books import PLACES

YEAR = Period.months("2015-01", "2015-09")
KNOWN = {indicator.code: indicator for indicator in INSTITUTION.indicators}


def test_a_case_of_several_persons_counts_once_and_each_sanction_counts() -> None:
    day, sanctions = dt.datetime(2015, 5, 1), ["警告", "严重警告", "撤销党内职务", None]
    rows = [
        {"case_id": "A", "person_no": n, "filed_on": day, "sanction": word, "decided_on": word and day}
        for n, word in enumerate(sanctions, start=1)
    ]
    frames = {"conduct_cases": frame(CASES, *rows)}
    codes = ("S5", "sanctioned", "warned", "seriously_warned", "removed_from_post")
    assert [KNOWN[code](frames, PLACES.district, YEAR) for code in codes] == [1, 3, 1, 1, 1]


RECTIFIED = [
    # findings, due, done, counted as rectified, overdue at the end of September
    (2, dt.datetime(2015, 9, 30), dt.datetime(2015, 9, 30), 1, False),
    (2, dt.datetime(2015, 9, 29), dt.datetime(2015, 10, 1), 0, True),
    (2, dt.datetime(2015, 9, 29), None, 0, True),
    (2, dt.datetime(2015, 9, 30), None, 0, True),  # the period's last day is over
    (2, dt.datetime(2015, 10, 1), None, 0, False),
    (0, None, None, 0, False),
]


@pytest.mark.parametrize(("findings", "due", "done", "rectified", "late"), RECTIFIED)
def test_rectification(
    findings: int, due: dt.datetime | None, done: dt.datetime | None, rectified: int, late: bool
) -> None:
    row = {"inspected_on": dt.datetime(2015, 9, 1), "findings": findings, "due_on": due, "rectified_on": done}
    rows = frame(INSPECTIONS, row)
    assert KNOWN["inspections_rectified"]({"conduct_inspections": rows}, PLACES.district, YEAR) == rectified
    assert INSTITUTION.overdue[0].late(rows, YEAR).fillna(value=False).tolist() == [late]
