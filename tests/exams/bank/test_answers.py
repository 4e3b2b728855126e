"""Answers as text: decoding, encoding, and the spellings of numbers."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govkit.exams.bank.answers import UnreadableAnswer, blank_right, decode, encode, normal, numeric_right, read_number
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Key,
    MatchKey,
    NumericKey,
    Option,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)
from tests.exams.strategies import questions

OPTIONS = tuple(Option(letter, f"选项{letter}") for letter in "ABCD")
PROMPTS = tuple(Option(number, f"左{number}") for number in "123")


def question(kind: QuestionType) -> Question:
    keys: dict[QuestionType, Key] = {
        QuestionType.FILL_IN: BlanksKey((("甲",), ("乙",))),
        QuestionType.TRUE_FALSE: TruthKey(True),
        QuestionType.MATCHING: MatchKey((("1", "A"), ("2", "B"), ("3", "C"))),
        QuestionType.SHORT_ANSWER: RubricKey(()),
        QuestionType.NUMERIC: NumericKey(Decimal(1)),
    }
    prompts = PROMPTS if kind is QuestionType.MATCHING else ()
    return Question("q", kind, "?", Decimal(1), keys.get(kind, ChoiceKey(("A",))), options=OPTIONS, prompts=prompts)


SINGLE, MULTIPLE, TRUTH = QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE, QuestionType.TRUE_FALSE
FILL, NUMBER, ORDER, MATCH = QuestionType.FILL_IN, QuestionType.NUMERIC, QuestionType.ORDERING, QuestionType.MATCHING


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        (SINGLE, "A", ("A",)),
        (SINGLE, " b ", ("B",)),
        (SINGLE, "Ｃ", ("C",)),
        (MULTIPLE, "C,A", ("A", "C")),
        (MULTIPLE, "AC", ("A", "C")),
        (MULTIPLE, "Ａ、Ｃ，A", ("A", "C")),
        (TRUTH, "T", ("T",)),
        (TRUTH, "√", ("T",)),
        (TRUTH, "错误", ("F",)),
        (TRUTH, "×", ("F",)),
        (FILL, "提议␟审议", ("提议", "审议")),
        (FILL, "提议", ("提议", "")),
        (FILL, "␟审议", ("", "审议")),
        (NUMBER, " 98.5% ", ("98.5%",)),
        (ORDER, "C,A,B", ("C", "A", "B")),
        (ORDER, "CAB", ("C", "A", "B")),
        (MATCH, "1=B;3=A", ("B", "", "A")),
        (MATCH, "３＝ａ；1＝B", ("B", "", "A")),
        (SINGLE, "", ()),
        (MULTIPLE, "  ", ()),
        (FILL, "␟", ()),
        (MATCH, "1=;2=", ()),
    ],
)
def test_decode(kind: QuestionType, text: str, parts: tuple[str, ...]) -> None:
    assert decode(question(kind), text) == parts
    assert decode(question(kind).face(), text) == parts


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SINGLE, "E"),
        (SINGLE, "AB"),
        (MULTIPLE, "A,Z"),
        (TRUTH, "也许"),
        (FILL, "一␟二␟三"),
        (ORDER, "A,A"),
        (MATCH, "9=A"),
        (MATCH, "1=Z"),
        (QuestionType.CASE, "A"),
    ],
)
def test_unreadable(kind: QuestionType, text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        decode(question(kind), text)


@given(asked=questions(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_encode_is_undone_by_decode(asked: Question, data: st.DataObject) -> None:
    for item in asked.items():
        ids = [option.id for option in item.options]
        parts: tuple[str, ...]
        match item.type:
            case QuestionType.SINGLE_CHOICE:
                parts = (data.draw(st.sampled_from(ids)),)
            case QuestionType.MULTIPLE_CHOICE:
                parts = tuple(sorted(data.draw(st.sets(st.sampled_from(ids), min_size=1))))
            case QuestionType.ORDERING:
                parts = tuple(data.draw(st.permutations(ids)))
            case QuestionType.MATCHING:
                parts = tuple(data.draw(st.sampled_from(["", *ids])) for _prompt in item.prompts)
            case QuestionType.FILL_IN:
                parts = tuple(
                    data.draw(st.sampled_from(["", "甲", "a b", "1,2"])) for _blank in range(item.face().blanks)
                )
            case _:
                parts = ("T",)
        assert decode(item, encode(item, parts)) == (parts if any(parts) else ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三分之二", "2/3"),
        ("三分之二", "２／３"),
        ("百分之八十五", "85%"),
        ("85％", "85%"),
        ("十五日", "15日"),
        ("15 日", "15日"),
        ("二百四十万", "240万"),
        ("2,400,000", "240万"),
        ("一千二百六十三", "1263"),
        ("１，２６３", "1263"),
        ("一万二千", "12000"),
        ("1.2万", "12000"),
        ("二〇一五", "2015"),
        ("两公开", "二公开"),
        ("提 议。", "提议"),
        ("ABC", "ａｂｃ"),
        ("一百零五", "105"),
    ],
)
def test_the_same_written_otherwise(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"), [("15", "50"), ("十", "百"), ("万鑫", "10000鑫"), ("审议", "商议"), ("1,2", "12")]
)
def test_not_the_same(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("98.5", True),
        ("98.5%", True),
        ("９８．４５％", True),
        ("98.55", True),
        ("98.44999", False),
        ("98.5500001", False),
        ("197/2", True),
        ("", False),
        ("约98.5", False),
        ("1/0", False),
        ("9" * 400, False),
        ("1e5", False),
    ],
)
def test_numbers_within_the_tolerance_to_the_last_digit(text: str, right: bool) -> None:
    assert numeric_right(NumericKey(Decimal("98.5"), Decimal("0.05"), "%"), text) is right


def test_a_unit_may_follow() -> None:
    assert read_number("四十二 人", "人") == 42
    assert read_number("42户", "人") is None


def test_blanks_accept_each_of_their_answers() -> None:
    key = BlanksKey((("三分之二", "67%"), ("15",)))
    assert blank_right(key, 0, "2/3")
    assert blank_right(key, 0, "67％")
    assert blank_right(key, 1, "十五")
    assert not blank_right(key, 1, "三分之二")
