"""The manual queue: blind, two markers, a third where they differ."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.exams.exam import analyse_exam, mark_exam, rekey
from govkit.exams.folder import read_table
from govkit.exams.marking.manual import HandMark, agreed, write_hand_marks
from govkit.exams.marking.responses import Response, write_responses
from tests.exams.builders import PASSPHRASE, PERSON, assembled, short, single

ESSAY = """\
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

TEXTS = {"0101": "先登记", "0202": "=HYPERLINK(1)", "0303": "再受理"}


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    exam = assembled(tmp_path, ESSAY, [single("s1"), short("w1")])
    rows = [f"{number},王{number},宁郭镇,委员,A,present" for number in TEXTS]
    (exam / "roster.csv").write_text("\n".join(["candidate,name,unit,post,form,status", *rows]) + "\n", "utf-8")
    essays = [Response(number, "A", "w1", text) for number, text in TEXTS.items()]
    write_responses(exam, [*essays, *(Response(number, "A", "s1", "A") for number in TEXTS)])
    assert mark_exam(exam, PASSPHRASE, PERSON).frame.empty
    return exam


def queue(exam: Path) -> dict[str, str]:
    """Token by answer."""
    rows = read_table(exam / "manual" / "queue.csv", ("token", "question", "points", "answer")).to_pylist()
    return {row["answer"]: row["token"] for row in rows}


def given_marks(exam: Path, number: int, marker: str, points: dict[str, str]) -> None:
    tokens = queue(exam)
    write_hand_marks(exam, number, [HandMark(tokens[text], Fraction(mark), marker) for text, mark in points.items()])


def test_the_queue_is_blind(exam: Path) -> None:
    text = (exam / "manual" / "queue.csv").read_text("utf-8-sig")
    assert text.splitlines()[0] == "token,question,points,answer"
    for known in [*TEXTS, "王", "宁郭镇"]:
        assert known not in text


def test_the_order_of_the_queue_tells_nothing_of_the_roster(tmp_path: Path) -> None:
    exam = assembled(tmp_path, ESSAY, [single("s1"), short("w1")])
    numbers = [f"{number:03d}" for number in range(60)]
    rows = [f"{number},王,甲,委员,A,present" for number in numbers]
    (exam / "roster.csv").write_text("\n".join(["candidate,name,unit,post,form,status", *rows]) + "\n", "utf-8")
    write_responses(exam, [Response(number, "A", "w1", f"答{number}") for number in numbers])
    mark_exam(exam, PASSPHRASE, PERSON)
    order = [answer.removeprefix("答") for answer in queue(exam)]
    assert sorted(order) == numbers
    assert order != numbers


def test_an_answer_that_looks_like_a_formula_is_no_formula(exam: Path) -> None:
    assert ",'=HYPERLINK(1)" in (exam / "manual" / "queue.csv").read_text("utf-8-sig")
    assert "=HYPERLINK(1)" in queue(exam)


def test_two_markers_who_agree_settle_it(exam: Path) -> None:
    given_marks(exam, 1, "赵", {"先登记": "7", "=HYPERLINK(1)": "0", "再受理": "3"})
    marked = mark_exam(exam, PASSPHRASE, PERSON)
    assert len(marked.queue.waiting) == 3
    given_marks(exam, 2, "钱", {"先登记": "8", "=HYPERLINK(1)": "0", "再受理": "8"})
    marked = mark_exam(exam, PASSPHRASE, PERSON)
    assert marked.queue.thirds == (queue(exam)["再受理"],)
    assert marked.frame.empty
    given_marks(exam, 3, "孙", {"再受理": "7"})
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    assert dict(zip(frame["candidate"], frame["mark"], strict=True)) == {"0101": "9.5", "0202": "2", "0303": "9.5"}
    assert analyse_exam(exam, PASSPHRASE, PERSON).items["question"].tolist() == ["s1", "w1"]


def test_a_correction_keeps_what_was_marked_by_hand(exam: Path) -> None:
    for number, marker in ((1, "赵"), (2, "钱")):
        given_marks(exam, number, marker, dict.fromkeys(queue(exam), "6"))
    assert set(mark_exam(exam, PASSPHRASE, PERSON).frame["mark"]) == {"8"}
    effect = rekey(exam, PASSPHRASE, PERSON, question="s1", change="key", answer="B", reason="答案有误")
    assert set(effect.changes["after"]) == {"6"}
    voided = rekey(exam, PASSPHRASE, PERSON, question="w1", change="void_full", reason="题目超纲")
    assert set(voided.changes["after"]) == {"10"}


BAD = [
    ("token,points,marker\nnone,5,赵\n", "编号“none”"),
    ("token,points,marker\n{token},11,赵\n", "“11”不在 0 到 10"),
    ("token,points,marker\n{token},-1,赵\n", "“-1”"),
    ("token,points,marker\n{token},NaN,赵\n", "“NaN”"),
    ("token,points,marker\n{token},5,\n", "没有评卷人"),
    ("token,points,marker\n{token},5,赵\n{token},5,赵\n", "重复"),
    ("token,points\n{token},5\n", "缺少列"),
]


@pytest.mark.parametrize(("content", "told"), BAD)
def test_a_bad_marker_s_file_is_told(exam: Path, content: str, told: str) -> None:
    (exam / "manual" / "marker-1.csv").write_text(content.format(token=queue(exam)["先登记"]), "utf-8")
    with pytest.raises(InputError, match=told):
        mark_exam(exam, PASSPHRASE, PERSON)


def test_nobody_marks_an_answer_twice(exam: Path) -> None:
    for number in (1, 2):
        given_marks(exam, number, "赵", {"先登记": "5"})
    with pytest.raises(InputError, match="赵 对作答"):
        mark_exam(exam, PASSPHRASE, PERSON)


AGREED = [
    ((7, 8), 2, Fraction(15, 2)),
    ((6, 8), 2, Fraction(7)),
    ((5, 8), 2, None),
    ((5, 8, 6), 2, Fraction(11, 2)),
    ((5, 8, 7), 2, Fraction(15, 2)),
    ((4, 8, 6), 2, Fraction(7)),
    ((0, 10, 5), 2, Fraction(15, 2)),
]


@pytest.mark.parametrize(("points", "threshold", "mark"), AGREED)
def test_what_markers_come_to(points: tuple[int, ...], threshold: int, mark: Fraction | None) -> None:
    assert agreed([Fraction(each) for each in points], Fraction(threshold)) == mark


@given(st.lists(st.integers(0, 10), min_size=3, max_size=3), st.integers(0, 10))
def test_three_markers_always_come_to_a_mark_between_theirs(points: list[int], threshold: int) -> None:
    mark = agreed([Fraction(each) for each in points], Fraction(threshold))
    assert mark is not None
    assert min(points) <= mark <= max(points)
