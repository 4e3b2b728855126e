"""Re-marking: preview, record with reason and person, reversal; the sealed key is unchanged."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from govkit.core import audit
from govkit.core.errors import InputError
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, Key, MatchKey, NumericKey, OrderKey, Question, TruthKey
from govkit.exams.exam import mark_exam, open_sheet, preview_rekey, rekey, reverse_rekey
from govkit.exams.marking.remark import key_from_text
from govkit.exams.paper.key import Change
from tests.exams.builders import (
    PASSPHRASE,
    PERSON,
    blanks,
    matching,
    multiple,
    numeric,
    ordering,
    short,
    single,
    tiny,
    truth,
)

ROSTER = "01,甲,A,present 02,甲,A,present 03,甲,A,present"
ANSWERS = [
    *[("01", "A", name, text) for name, text in [("s1", "A"), ("s2", "B"), ("m1", "A,C"), ("f1", "104")]],
    *[("02", "A", name, text) for name, text in [("s1", "C"), ("s2", "B"), ("f1", "104")]],
    *[("03", "A", name, text) for name, text in [("s1", "A"), ("s2", "B"), ("m1", "A")]],
]
# 01: 10, passes; 02: 5, fails; 03: 2 + 2 + 1.5 = 5.5, fails


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    return exam


def state(exam: Path) -> dict[str, bytes]:
    skipped = {"audit.jsonl", "audit.jsonl.head", "audit.jsonl.lock", "key.sealed"}
    return {path.name: path.read_bytes() for path in exam.iterdir() if path.is_file() and path.name not in skipped}


CHANGES = [
    ("s1", "key", "C", [("01", "10", "8"), ("02", "5", "7"), ("03", "5.5", "3.5")], 1, 0),
    ("s1", "void_full", "", [("02", "5", "7")], 1, 0),
    ("s1", "void_zero", "", [("01", "10", "8"), ("03", "5.5", "3.5")], 0, 0),
    ("m1", "key", "A", [("01", "10", "7"), ("03", "5.5", "7")], 1, 0),
    ("m1", "void_full", "", [("02", "5", "8"), ("03", "5.5", "7")], 2, 0),
    ("f1", "key", "105|104", [], 0, 0),
]


@pytest.mark.parametrize(("question", "change", "answer", "changed", "up", "down"), CHANGES)
def test_who_changes_and_who_crosses_the_line(
    exam: Path, *, question: str, change: Change, answer: str, changed: list[tuple[str, str, str]], up: int, down: int
) -> None:
    before = state(exam)
    seen = preview_rekey(exam, PASSPHRASE, PERSON, question=question, change=change, answer=answer)
    assert state(exam) == before
    done = rekey(exam, PASSPHRASE, PERSON, question=question, change=change, answer=answer, reason="题干有误")
    for effect in (seen, done):
        rows = effect.changes[["candidate", "before", "after"]].itertuples(index=False, name=None)
        assert list(rows) == changed
        assert (effect.now_pass, effect.now_fail) == (up, down)


def test_a_correction_is_recorded_and_can_be_reversed(exam: Path) -> None:
    before = state(exam)["marks.csv"]
    rekey(exam, PASSPHRASE, PERSON, question="s1", change="key", answer="C", reason="答案有误")
    assert state(exam)["marks.csv"] != before
    told = json.loads((exam / "remarks" / "0001.json").read_text("utf-8"))
    assert (told["question"], told["person"], told["reason"], told["now_pass"]) == ("s1", PERSON, "答案有误", 1)
    assert (exam / "remarks" / "0001.csv").read_text("utf-8-sig").count("\n") == 4

    back = reverse_rekey(exam, PASSPHRASE, "李老师", 1)
    assert (back.now_pass, back.now_fail) == (0, 1)
    assert state(exam)["marks.csv"] == before
    assert (exam / "remarks" / "0001-reversed.json").exists()
    actions = [(entry.action, entry.person) for entry in audit.entries(exam / "audit.jsonl")]
    assert [action for action in actions if "remark" in action[0]] == [
        ("exam.remark.corrected", PERSON),
        ("exam.remark.reversed", "李老师"),
    ]
    assert audit.verify(exam / "audit.jsonl") == []
    (correction,) = open_sheet(exam, PASSPHRASE, PERSON, "test").corrections
    assert correction.reversed_by.startswith("李老师")


def test_what_is_kept_in_the_folder_names_no_key_and_no_person_but_the_one_who_acted(exam: Path) -> None:
    rekey(exam, PASSPHRASE, PERSON, question="f1", change="key", answer="新答案七", reason="依据修订")
    for path in [*exam.glob("remarks/*"), exam / "audit.jsonl", exam / "marks.csv"]:
        text = path.read_text("utf-8")
        assert "新答案七" not in text
        assert "考生" not in text


def test_later_corrections_count_after_an_earlier_one_is_reversed(exam: Path) -> None:
    rekey(exam, PASSPHRASE, PERSON, question="s1", change="key", answer="C", reason="一")
    rekey(exam, PASSPHRASE, PERSON, question="m1", change="void_full", reason="二")
    reverse_rekey(exam, PASSPHRASE, PERSON, 1)
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    assert frame["mark"].tolist() == ["10", "8", "7"]


BAD = [
    ({"question": "s9", "change": "key", "answer": "A"}, "没有“s9”题"),
    ({"question": "s1", "change": "key", "answer": "A,B"}, "不能作为"),
    ({"question": "s1", "change": "key", "answer": "Z"}, "不能作为"),
    ({"question": "s1", "change": "key", "answer": ""}, "不能作为"),
    ({"question": "f1", "change": "key", "answer": "一␟二"}, "不能作为"),
    ({"question": "s1", "change": "void_full", "reason": " "}, "理由"),
]


@pytest.mark.parametrize(("request_", "told"), BAD)
def test_a_bad_correction_changes_nothing(exam: Path, request_: dict[str, Any], told: str) -> None:
    before, sealed = state(exam), (exam / "key.sealed").read_bytes()
    with pytest.raises(InputError, match=told):
        rekey(exam, PASSPHRASE, PERSON, **{"reason": "试", **request_})
    assert (state(exam), (exam / "key.sealed").read_bytes()) == (before, sealed)


@pytest.mark.parametrize("number", [0, 1, 7])
def test_only_a_correction_in_force_can_be_reversed(exam: Path, number: int) -> None:
    with pytest.raises(InputError, match="没有生效中"):
        reverse_rekey(exam, PASSPHRASE, PERSON, number)


KEYS = [
    (single(), "b", ChoiceKey(("B",))),
    (multiple(), "D、A", ChoiceKey(("A", "D"))),
    (truth(), "错", TruthKey(value=False)),
    (blanks(accepted=(("a",), ("b",))), "十五|15␟六十", BlanksKey((("十五", "15"), ("六十",)))),
    (numeric(), "97.5", NumericKey(value=Decimal("97.5"), tolerance=Decimal(0), unit="%")),
    (ordering(count=3), "C,A,B", OrderKey(("C", "A", "B"))),
    (matching(count=2), "1=B;2=A", MatchKey((("1", "B"), ("2", "A")))),
]


@pytest.mark.parametrize(("question", "text", "key"), KEYS, ids=lambda value: getattr(value, "id", None))
def test_a_key_is_written_like_an_answer(question: Question, text: str, key: Key) -> None:
    found = key_from_text(question, text)
    if isinstance(key, NumericKey):
        assert isinstance(found, NumericKey)
        assert isinstance(question.key, NumericKey)
        assert (float(found.value), found.tolerance, found.unit) == (97.5, question.key.tolerance, "%")
    else:
        assert found == key


def test_a_number_may_bring_its_tolerance() -> None:
    found = key_from_text(numeric(), "97.5% ± 0.2")
    assert isinstance(found, NumericKey)
    assert (str(found.value), str(found.tolerance)) == ("97.5", "0.2")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (ordering(count=3), "A,B"),
        (matching(count=2), "1=A"),
        (numeric(), "多"),
        (numeric(), "1±x"),
        (short(), "范文"),
        (truth(), "?"),
    ],
)
def test_what_is_no_key_is_a_problem(question: Question, text: str) -> None:
    with pytest.raises(InputError):
        key_from_text(question, text)
