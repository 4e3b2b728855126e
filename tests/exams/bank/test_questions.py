"""Questions: faces without keys, hashes of content, sources in force."""

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from govkit.exams.bank.questions import (
    ChoiceKey,
    Option,
    Question,
    QuestionType,
    Source,
    face_of,
    face_record,
    key_of,
    key_record,
)
from tests.exams.strategies import questions

QUESTION = Question(
    id="a-1",
    type=QuestionType.SINGLE_CHOICE,
    stem="谁提议？",
    points=Decimal(2),
    key=ChoiceKey(("B",)),
    topic="知识点甲",
    difficulty=0.7,
    options=(Option("A", "党员大会"), Option("B", "村党支部")),
    explanation="解析甲",
    source=Source("法规甲", "第一条", "2018年文本", date(2019, 1, 1), date(2025, 12, 31), "S"),
)


def test_a_face_shows_no_key() -> None:
    shown = repr(asdict(QUESTION.face()))
    assert "谁提议？" in shown
    for secret in ("解析甲", "知识点甲", "法规甲", "0.7", "right", "key"):
        assert secret not in shown


@pytest.mark.parametrize("change", [{"stem": "谁来提议？"}, {"key": ChoiceKey(("A",))}, {"options": ()}])
def test_content_changes_the_hash(change: dict[str, Any]) -> None:
    assert replace(QUESTION, **change).content_hash != QUESTION.content_hash


@pytest.mark.parametrize(
    "change",
    [{"id": "b-2"}, {"points": Decimal(5)}, {"difficulty": 0.1}, {"topic": ""}, {"source": None}, {"author": "甲"}],
)
def test_circumstances_do_not(change: dict[str, Any]) -> None:
    assert replace(QUESTION, **change).content_hash == QUESTION.content_hash


def test_the_hash_is_stable_between_runs() -> None:
    assert QUESTION.content_hash == "e5c34a56666cd939c6718c3ce7df56029b0210a2633df3d4f3a1644ed607b9f0"


@pytest.mark.parametrize(
    ("on", "reviewed", "usable"),
    [
        (date(2018, 12, 31), None, False),
        (date(2019, 1, 1), None, True),
        (date(2025, 12, 31), None, True),
        (date(2026, 1, 1), None, False),
        (date(2026, 3, 1), date(2025, 12, 31), False),
        (date(2026, 3, 1), date(2026, 1, 1), True),
        (date(2026, 3, 1), date(2026, 3, 2), False),
        (date(2018, 1, 1), date(2017, 1, 1), False),
    ],
)
def test_usable_while_in_force_or_reviewed_since(on: date, reviewed: date | None, usable: bool) -> None:
    assert replace(QUESTION, reviewed=reviewed).usable(on) is usable


def test_a_case_needs_all_its_parts_usable() -> None:
    part = replace(QUESTION, id="c.1")
    case = Question("c", QuestionType.CASE, "案情", Decimal(2), None, parts=(part,))
    assert case.usable(date(2025, 1, 1))
    assert not case.usable(date(2026, 1, 1))
    assert [item.id for item in case.items()] == ["c.1"]


@given(question=questions())
@settings(max_examples=60, deadline=None)
def test_records_give_back_face_and_keys(question: Question) -> None:
    assert face_of(face_record(question.face())) == question.face()
    for item in question.items():
        assert item.key is not None
        assert key_of(item.type, key_record(item.key)) == item.key
