"""Marking: totals computed by hand, exactness, and agreement with a second, slow computation."""

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.core.frames import named_rows
from govkit.exams.bank.questions import MatchKey
from govkit.exams.exam import mark_exam, open_exam, simulate_exam
from govkit.exams.folder import read_table
from govkit.exams.marking.marking import shown_points
from govkit.exams.marking.responses import parts_of
from govkit.exams.paper.policies import credit
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, assembled, short, single, tiny


def marks_of(exam: Path) -> dict[tuple[str, str], tuple[str, str]]:
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    return {(row.candidate, row.form): (row.mark, row.passed) for row in named_rows(frame)}


ROSTER = (
    "01,苏家作乡,A,present 02,阳庙镇,A,absent 03,宁郭镇,A,present 03,宁郭镇,M,present 04,宁郭镇,A,实考 05,宁郭镇,A,违纪"
)


def test_marks_worked_by_hand(tmp_path: Path) -> None:
    """Absent and disqualified candidates have no mark, a blank paper has 0, the resit is marked separately."""
    assert marks_of(tiny(tmp_path, ROSTER, ANSWERS)) == {
        ("01", "A"): ("10", "true"),
        ("03", "A"): ("3.5", "false"),
        ("04", "A"): ("0", "false"),
        ("03", "M"): ("7", "true"),
    }


def test_marks_csv_is_what_was_returned(tmp_path: Path) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    returned = mark_exam(exam, PASSPHRASE, PERSON).frame
    written = read_table(exam / "marks.csv", ("candidate", "form", "mark", "passed")).to_pandas().astype("str")
    assert written.to_dict("records") == returned.to_dict("records")


THIRDS = """\
exam: thirds
title: 三分之一
date: 2015-10-20
minutes: 30
total: 3
pass_mark: 2
forms: [A]
sections:
  - {type: matching, count: 3, points: 1, policy: per_pair}
"""


def test_three_times_two_thirds_is_two_and_passes(tmp_path: Path) -> None:
    """Three times 2/3 is exactly 2, which binary floats may miss."""
    from tests.exams.builders import matching

    questions = [matching(f"p{number}", count=3, points="1") for number in range(3)]
    exam = assembled(tmp_path, THIRDS, questions)
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n01,王某,甲,委员,A,present\n", "utf-8")
    (exam / "responses.csv").write_text("candidate,form,question,answer\n", "utf-8")
    items = open_exam(exam, PASSPHRASE, PERSON, "test").sheet.items()
    rows = []
    for name, item in items.items():
        assert isinstance(item.question.key, MatchKey)
        one, two, _three = item.question.key.pairs
        rows.append(f"01,A,{name},{one[0]}={one[1]};{two[0]}={two[1]}")
    (exam / "responses.csv").write_text("candidate,form,question,answer\n" + "\n".join(rows) + "\n", "utf-8")
    assert marks_of(exam) == {("01", "A"): ("2", "true")}


@pytest.mark.parametrize(
    ("points", "text"),
    [(Fraction(0), "0"), (Fraction(100), "100"), (Fraction(7, 2), "3.5"), (Fraction(2, 3), "0.6667"),
     (Fraction(1, 8), "0.125"), (Fraction(1, 20000), "0.0001"), (Fraction(200, 3), "66.6667")],
)  # fmt: skip
def test_points_as_text(points: Fraction, text: str) -> None:
    assert shown_points(points) == text


def test_the_fast_route_marks_like_one_answer_after_the_other(tmp_path: Path) -> None:
    exam = assembled(tmp_path)
    simulate_exam(exam, PASSPHRASE, PERSON, seed=3, candidates=60, passes=(20, 50))
    opened = open_exam(exam, PASSPHRASE, PERSON, "test")
    items = opened.sheet.items()
    totals: dict[tuple[str, str], Fraction] = {}
    for row in read_table(exam / "responses.csv", ("candidate", "form", "question", "answer")).to_pylist():
        item = items[row["question"]]
        earned = credit(item.question, parts_of(item.question, row["answer"]), item.policy)
        place = (row["candidate"], row["form"])
        totals[place] = totals.get(place, Fraction(0)) + earned
    marked = {
        (candidate, form.form): opened.marks.total(form.form, row)
        for form in opened.marks.forms.values()
        for row, candidate in enumerate(form.candidates)
    }
    assert marked == totals


def test_the_order_of_responses_never_changes_a_mark(tmp_path: Path) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    before = marks_of(exam)
    header, *rows = (exam / "responses.csv").read_text("utf-8-sig").splitlines()
    random.Random(1).shuffle(rows)
    (exam / "responses.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    assert marks_of(exam) == before


@pytest.mark.parametrize("name", ["paper-A.json", "paper-M.json", "blueprint.yaml"])
@pytest.mark.parametrize("change", [lambda content: content + b" ", lambda content: content.replace(b"6", b"1", 1)])
def test_a_file_altered_after_sealing_is_found(tmp_path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    (exam / name).write_bytes(change((exam / name).read_bytes()))
    with pytest.raises(InputError) as refused:
        mark_exam(exam, PASSPHRASE, PERSON)
    assert [Path(problem.where.source).name for problem in refused.value.problems] == [name]
    assert not (exam / "marks.csv").exists()


def test_a_missing_paper_is_found(tmp_path: Path) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    (exam / "paper-M.json").unlink()
    with pytest.raises(InputError, match="缺少文件"):
        mark_exam(exam, PASSPHRASE, PERSON)


BY_HAND = """\
exam: essay
title: 简答
date: 2015-10-20
minutes: 30
total: 12
pass_mark: 6
forms: [A]
sections:
  - {type: single_choice, count: 1, points: 2}
  - {type: short_answer, count: 1, points: 10}
manual: {threshold: 2}
"""


def test_no_marks_while_a_short_answer_waits(tmp_path: Path) -> None:
    exam = assembled(tmp_path, BY_HAND, [single("s1"), short("w1")])
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n01,王五,甲,委员,A,present\n", "utf-8")
    (exam / "responses.csv").write_text("candidate,form,question,answer\n01,A,w1,先登记\n", "utf-8")
    marked = mark_exam(exam, PASSPHRASE, PERSON)
    assert marked.frame.empty
    assert marked.marks.pending == (("01", "A", "w1"),)
    assert not (exam / "marks.csv").exists()
    assert "先登记" in (exam / "manual" / "queue.csv").read_text("utf-8")


def test_a_blank_short_answer_needs_no_marker(tmp_path: Path) -> None:
    exam = assembled(tmp_path, BY_HAND, [single("s1"), short("w1")])
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n01,王五,甲,委员,A,present\n", "utf-8")
    (exam / "responses.csv").write_text("candidate,form,question,answer\n01,A,w1,  \n01,A,s1,A\n", "utf-8")
    assert marks_of(exam) == {("01", "A"): ("2", "false")}


def test_the_pass_mark_itself_passes(tmp_path: Path) -> None:
    answers = [("01", "A", "m1", "A,C"), ("01", "A", "f1", "104")]
    assert marks_of(tiny(tmp_path, "01,甲,A,present", answers)) == {("01", "A"): ("6", "true")}
    assert Decimal("6") == 6
