"""Contradictions between ledgers are warnings and refuse nothing."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions import institutions, ledgers
from govkit.institutions.decisions import breaches_of
from tests.institutions.frames import frame
from tests.ledgers.books import PLACES

DAY = dt.datetime(2015, 3, 2)
EMPTY = {code: ledger.empty().assign(township=pd.Series(dtype="str")) for code, ledger in ledgers().items()}


def reported(**rows: list[dict[str, Any]]) -> list[str]:
    frames = EMPTY | {code: frame(ledgers()[code], *many) for code, many in rows.items()}
    problems = [p for known in institutions() for look in known.contradictions for p in look(frames, PLACES)]
    assert all(problem.severity == "warning" and problem.repair for problem in problems)
    return [str(problem) for problem in problems]


def attempts(*outcomes: str) -> list[dict[str, Any]]:
    return [{"dispute_id": "A", "attempt": n, "outcome": outcome} for n, outcome in enumerate(outcomes, 1)]


@pytest.mark.parametrize(("staff", "count"), [(3, 1), (4, 0), (5, 0)])
def test_four_staff_a_grid(staff: int, count: int) -> None:
    found = reported(grids=[{"grid_id": "G"}], grid_staff=[{"staff_id": f"{n}"} for n in range(staff)])
    assert len(found) == count
    assert not found or f"网格员{staff}名" in found[0]


@pytest.mark.parametrize(
    ("settled", "outcomes", "count"),
    [
        (DAY, ("未成功", "成功"), 0),
        (DAY, ("成功", "未成功"), 1),
        (DAY, ("未成功",), 1),
        (None, ("未成功",), 0),
        (DAY, (), 0),
    ],
)
def test_settled_after_a_failed_mediation(settled: Any, outcomes: tuple[str, ...], count: int) -> None:
    disputes = [{"dispute_id": "A", "found_on": DAY, "settled_on": settled}]
    assert len(reported(disputes=disputes, mediation_attempts=attempts(*outcomes))) == count


@pytest.mark.parametrize(("sanctions", "count"), [(["警告", "警告"], 1), (["警告"], 0), ([None], 1), ([], 0)])
def test_cases_against_persons(sanctions: list[str | None], count: int) -> None:
    cases = [{"case_id": "A", "person_no": n, "sanction": word} for n, word in enumerate(sanctions)]
    assert len(reported(conduct_cases=cases)) == count


def test_the_sample_contradicts_itself_nowhere_and_a_shortened_one_does(snapshot: Snapshot) -> None:
    assert snapshot.contradictions() == []
    short = dict(snapshot.frames) | {"grid_staff": snapshot.ledger("grid_staff").head(400)}
    found = [p for known in institutions() for look in known.contradictions for p in look(short, PLACES)]
    assert ["400" in problem.what for problem in found] == [True]


def test_breaches_of_the_samples_decisions(snapshot: Snapshot) -> None:
    judged = [breaches_of(row) for _, row in snapshot.ledger("decisions").iterrows()]
    broken = [found for found in judged if any(not breach.unchecked for breach in found)]
    assert 5 <= len(broken) <= 12
    assert any("第二十" in breach.article for found in broken for breach in found)


def test_what_could_not_be_checked_is_said_to_be_unchecked() -> None:
    steps = ("proposed_on", "conferred_on", "deliberated_on", "resolved_on")
    row = {"decision_id": "A", "subject": "其他", **dict.fromkeys(steps, DAY)}
    found = breaches_of(frame(ledgers()["decisions"], row).iloc[0])
    assert [breach.unchecked for breach in found] == [True, True]
