"""Marking and item analysis against the obvious way of marking, one answer after the other, in the same run.

``pytest tests/benchmarks/test_marking_speed.py --benchmark-enable -s`` prints seconds and ratios; GOVKIT_CANDIDATES
sets the size of the large sitting (100000).
"""

import os
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from govkit.core.files import shipped
from govkit.exams.bank.bank import load_bank
from govkit.exams.exam import Opened, mark_exam, open_exam, preview_rekey, rekey, simulate_exam
from govkit.exams.marking.marking import mark, marks_frame
from govkit.exams.marking.responses import parts_of, read_responses
from govkit.exams.paper.policies import credit
from govkit.exams.results.analysis import analyse
from tests.exams.builders import PASSPHRASE, PERSON, assembled

pytestmark = pytest.mark.no_cover


def timed(name: str, work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = work()
    taken = time.perf_counter() - begun
    sys.stdout.write(f"{name}: {taken:.2f} s\n")
    return taken, result


def sitting(folder: Path, candidates: int) -> Path:
    text = shipped("quizzes/blueprints/district.yaml").read_text("utf-8")
    exam = assembled(folder, text, list(load_bank(shipped("quizzes"))), "2026")
    low, high = int(candidates * 0.94), int(candidates * 0.96)
    simulate_exam(exam, PASSPHRASE, PERSON, seed=1, candidates=candidates, passes=(low, high))
    return exam


def one_after_the_other(opened: Opened) -> dict[tuple[str, str], Fraction]:
    items, given = opened.sheet.items(), opened.responses
    totals: dict[tuple[str, str], Fraction] = {}
    for row in range(len(given)):
        item = items[given.questions[given.question[row]]]
        place = (given.candidates[given.candidate[row]], given.forms[given.form[row]])
        earned = credit(item.question, parts_of(item.question, given.answers[given.answer[row]]), item.policy)
        totals[place] = totals.get(place, Fraction(0)) + earned
    return totals


def test_a_sitting_of_1300(tmp_path: Path) -> None:
    exam = sitting(tmp_path, 1300)
    opened = open_exam(exam, PASSPHRASE, PERSON, "benchmark")
    plain, _totals = timed("one answer after the other, 50 × 1300", lambda: one_after_the_other(opened))

    def mark_and_analyse() -> None:
        responses = read_responses(exam, opened.roster, opened.papers)
        marks = mark(responses, opened.roster, opened.sheet)
        marks_frame(marks, opened.blueprint.pass_mark)
        analyse(marks, opened.blueprint.resit)

    ours, _none = timed("read, check, mark and analyse, 50 × 1300", mark_and_analyse)
    sys.stdout.write(f"ratio: {plain / ours:.1f}\n")
    mark_exam(exam, PASSPHRASE, PERSON)
    name = next(iter(opened.sheet.forms["A"]))
    timed("preview of a correction", lambda: preview_rekey(exam, PASSPHRASE, PERSON, question=name, change="void_full"))
    timed("re-mark", lambda: rekey(exam, PASSPHRASE, PERSON, question=name, change="void_full", reason="x"))


def test_a_large_sitting(tmp_path: Path) -> None:
    candidates = int(os.environ.get("GOVKIT_CANDIDATES", "100000"))
    exam = sitting(tmp_path, candidates)
    begun = time.perf_counter()
    _taken, opened = timed(f"read, check and mark, 50 × {candidates}", lambda: open_exam(exam, PASSPHRASE, PERSON, "b"))
    timed("marks as a table", lambda: marks_frame(opened.marks, opened.blueprint.pass_mark))
    timed("analyse", lambda: analyse(opened.marks, opened.blueprint.resit))
    sys.stdout.write(f"in all: {time.perf_counter() - begun:.2f} s\n")
