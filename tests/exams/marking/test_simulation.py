"""Simulated sittings reproduce the published figures, the same for the same seed."""

from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.questions import Question
from govkit.exams.exam import analyse_exam, mark_exam, simulate_exam
from govkit.exams.marking.simulation import UNITS, invented_roster
from govkit.exams.results.results import exam_results
from tests.exams.builders import PASSPHRASE, PERSON, assembled


@pytest.fixture(scope="module")
def shipped_bank() -> list[Question]:
    return list(load_bank(shipped("quizzes")))


def shipped_exam(folder: Path, name: str, questions: list[Question]) -> Path:
    return assembled(folder, shipped(f"quizzes/blueprints/{name}.yaml").read_text("utf-8"), questions, "2026")


@pytest.mark.slow
def test_the_district_exam_passes_as_published(tmp_path: Path, shipped_bank: list[Question]) -> None:
    """T3: 1263 sat; T4: 95%, which is 1194 to 1206 passes."""
    exam = shipped_exam(tmp_path, "district", shipped_bank)
    passed = simulate_exam(exam, PASSPHRASE, PERSON, seed=1)
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    assert len(frame) == 1263
    assert int((frame["passed"] == "true").sum()) == passed
    assert 1194 <= passed <= 1206
    totals = exam_results(exam).units.iloc[-1]
    assert (totals["registered"], totals["sat"], round(totals["pass_rate"])) == (1263, 1263, 95)
    assert (analyse_exam(exam, PASSPHRASE, PERSON).papers["A"].internal_consistency or 0) > 60


def test_the_township_exam_passes_as_published(tmp_path: Path, shipped_bank: list[Question]) -> None:
    """T5: 2000余 passed; the number who sat is the sample's own, for it is not published."""
    exam = shipped_exam(tmp_path, "township", shipped_bank)
    passed = simulate_exam(exam, PASSPHRASE, PERSON, seed=1, candidates=2200, passes=(2001, 2100))
    assert 2001 <= passed <= 2100
    assert (mark_exam(exam, PASSPHRASE, PERSON).frame["passed"] == "true").sum() == passed


def test_the_same_seed_gives_the_same_sitting(tmp_path: Path) -> None:
    files = []
    for name, seed in (("one", 4), ("two", 4), ("three", 5)):
        exam = assembled(tmp_path / name)
        simulate_exam(exam, PASSPHRASE, PERSON, seed=seed, candidates=80, passes=(60, 78))
        files.append(((exam / "roster.csv").read_bytes(), (exam / "responses.csv").read_bytes()))
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_candidates_are_invented_over_the_six_township_units() -> None:
    roster = invented_roster(1263, ("A", "B"), 1, absent=12)
    assert set(roster["unit"]) == set(UNITS)
    assert roster["candidate"].is_unique
    assert roster["status"].value_counts().to_dict() == {"present": 1263, "absent": 12}
    assert abs((roster["form"] == "A").sum() - (roster["form"] == "B").sum()) <= 1
    assert roster["name"].str.len().between(2, 3).all()


def test_a_pass_rate_that_cannot_be_is_a_problem(tmp_path: Path) -> None:
    exam = assembled(tmp_path)
    with pytest.raises(InputError, match="无法使通过人数"):
        simulate_exam(exam, PASSPHRASE, PERSON, seed=1, candidates=50, passes=(60, 70))
    assert not (exam / "roster.csv").exists()


def test_a_real_roster_is_never_overwritten(tmp_path: Path) -> None:
    exam = assembled(tmp_path)
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n", "utf-8")
    with pytest.raises(InputError, match="已有考生名册"):
        simulate_exam(exam, PASSPHRASE, PERSON, seed=1)
