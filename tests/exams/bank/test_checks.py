"""Checks of a bank: flaws, near duplicates, give-aways, patterns of keys, lapsed sources."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from govkit.core.files import shipped
from govkit.exams.bank.bank import Bank, band, bank_stats
from govkit.exams.bank.checks import NEAR, check_bank, similarity
from govkit.exams.bank.questions import ChoiceKey, Option, Question, QuestionType, Source, TruthKey

ON = date(2025, 6, 1)
SOURCE = Source("甲法", "第一条", "一版", mark="S")
STEMS = (
    "村党支部做什么",
    "两委怎样商议",
    "决议之后先做何事",
    "网格员由谁担任",
    "信访几日办结",
    "公文用什么纸",
    "调解要不要收费",
    "谁来监督",
)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_LANG", "en")


def choice(name: str, stem: str, texts: tuple[str, ...], right: str, **more: Any) -> Question:
    options = tuple(Option(letter, text) for letter, text in zip("ABCDEF", texts, strict=False))
    question = Question(
        name, QuestionType.SINGLE_CHOICE, stem, Decimal(1), ChoiceKey(tuple(right)), options=options, source=SOURCE
    )
    return replace(question, **more)


GOOD = choice("a-1", "谁提议？", ("村党支部", "党员大会", "村民小组"), "A")


def told(*questions: Question, on: date = ON) -> list[tuple[str, str]]:
    return [(problem.severity, problem.what) for problem in check_bank(Bank(questions), on)]


def test_a_sound_question_is_let_be() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("change", "severity", "word"),
    [
        ({"key": None}, "error", "there is no key"),
        ({"key": ChoiceKey(("D",))}, "error", "“D”"),
        ({"key": TruthKey(True)}, "error", "does not fit"),
        ({"options": (*GOOD.options[:2], Option("C", " "))}, "error", "option C has no text"),
        ({"type": QuestionType.MULTIPLE_CHOICE, "key": ChoiceKey(("A", "B", "C"))}, "warning", "covers all options"),
        ({"type": QuestionType.MULTIPLE_CHOICE, "key": ChoiceKey(("A",))}, "warning", "only one option"),
        ({"source": None}, "warning", "cites no source"),
        ({"source": replace(SOURCE, in_force_to=date(2025, 5, 31))}, "warning", "lapsed on 2025-05-31"),
        ({"source": replace(SOURCE, in_force_from=date(2025, 6, 2))}, "warning", "not yet in force"),
        ({"enemies": ("z-9",)}, "error", "“z-9”"),
        ({"enemies": ("a-1",)}, "error", "“a-1”"),
        ({"options": (*GOOD.options[:2], Option("C", "以上都对"))}, "warning", "all the others"),
        ({"options": (Option("A", "由村党支部经过充分讨论之后提出建议"), *GOOD.options[1:])}, "warning", "much longer"),
        ({"points": Decimal(0)}, "error", "“0” points"),
        ({"difficulty": 1.2}, "error", "“1.2”"),
    ],
)
def test_one_thing_wrong(change: dict[str, Any], severity: str, word: str) -> None:
    found = told(replace(GOOD, **change))
    assert len(found) == 1
    assert found[0][0] == severity
    assert word in found[0][1]


@pytest.mark.parametrize(
    ("last", "reviewed", "flagged"),
    [
        (date(2025, 12, 31), None, True),
        (date(2025, 12, 31), date(2025, 12, 31), True),
        (date(2025, 12, 31), date(2026, 1, 1), False),
        (None, None, False),
    ],
)
def test_an_amended_law_is_flagged_until_reviewed(last: date | None, reviewed: date | None, flagged: bool) -> None:
    question = replace(GOOD, source=replace(SOURCE, in_force_to=last), reviewed=reviewed)
    assert bool(told(question, on=date(2026, 1, 1))) is flagged
    assert told(question, on=date(2025, 12, 31)) == []


def test_ids_used_twice() -> None:
    assert ("error", "question a-1: the id is used twice") in told(GOOD, replace(GOOD, stem="两委怎样商议"))


def test_near_duplicates_are_told_unless_enemies() -> None:
    stem = "按照四议两公开工作法村里的重大事项由谁首先提议"
    one = replace(GOOD, stem=stem)
    other = replace(GOOD, id="a-2", stem=f"请问，{stem}", options=GOOD.options[::-1])
    assert similarity(one, other) >= NEAR
    assert [what for _severity, what in told(one, other)] == ["question a-1: reads like a-2 (96 of 100)"]
    assert told(replace(one, enemies=("a-2",)), other) == []


def many(rights: str, texts: tuple[str, ...] = ("甲方案", "乙方案", "丙方案", "丁方案")) -> list[Question]:
    """Return unlike questions with these right letters."""
    return [
        choice(f"m-{n}", f"{STEMS[n % len(STEMS)]}{chr(0x4E00 + 7 * n) * 9}", texts, right)
        for n, right in enumerate(rights)
    ]


@pytest.mark.parametrize(
    ("rights", "uneven"),
    [
        ("ABCD" * 6, False),
        ("A" * 12 + "BCD" * 4, False),
        ("A" * 16 + "BCD" * 4, True),
        ("ABCDA" * 4, False),
        ("A" * 19, False),
        ("A" * 20, True),
    ],
)
def test_uneven_letters_by_chi_square_from_five_expected_a_letter(rights: str, uneven: bool) -> None:
    found = [what for _severity, what in told(*many(rights)) if "letters" in what]
    assert bool(found) is uneven


@pytest.mark.parametrize(("right", "given_away"), [("A", True), ("B", False)])
def test_the_longest_option_is_right_too_often(right: str, given_away: bool) -> None:
    questions = many(right * 24, ("最长的一个方案", "乙方案", "丙方案", "丁方案"))
    assert any("longest option" in what for _severity, what in told(*questions)) is given_away


@pytest.mark.parametrize(("true", "false", "uneven"), [(20, 20, False), (30, 10, True), (4, 4, False)])
def test_uneven_truths(true: int, false: int, uneven: bool) -> None:
    values = [True] * true + [False] * false
    questions = [
        replace(question, type=QuestionType.TRUE_FALSE, options=(), key=TruthKey(value))
        for question, value in zip(many("A" * len(values)), values, strict=True)
    ]
    assert any("statements are true" in what for _severity, what in told(*questions)) is uneven


def test_parts_of_a_case_are_looked_at() -> None:
    part = replace(GOOD, id="c-1.1", source=None, options=(*GOOD.options[:2], Option("C", "以上都对")))
    case = Question("c-1", QuestionType.CASE, "案情", Decimal(1), None, parts=(part,))
    assert {what for _severity, what in told(case)} == {
        "question c-1: it cites no source",
        "question c-1: an option speaks of all the others",
    }


def test_a_problem_has_the_question_s_place() -> None:
    from govkit.exams.bank.checks import check_path

    _bank, problems = check_path(shipped("quizzes"), date(2026, 2, 1))
    assert all(Path(problem.where.source).suffix == ".yaml" and "line" in problem.where.item for problem in problems)


@pytest.mark.parametrize(
    ("difficulty", "label"),
    [(None, "未定"), (0.0, "难"), (0.54, "难"), (0.55, "中"), (0.74, "中"), (0.75, "易"), (1.0, "易")],
)
def test_bands(difficulty: float | None, label: str) -> None:
    assert band(replace(GOOD, difficulty=difficulty)) == label


def test_stats_count_by_type_topic_and_difficulty() -> None:
    part = replace(GOOD, id="c-1.1")
    bank = Bank(
        (
            replace(GOOD, topic="甲", difficulty=0.9, explanation="因为", reviewed=ON),
            replace(GOOD, id="a-2", topic="乙", source=replace(SOURCE, in_force_to=date(2020, 1, 1))),
            Question("c-1", QuestionType.CASE, "案情", Decimal(1), None, topic="乙", parts=(part, part)),
        )
    )
    stats = bank_stats(bank, ON)
    assert (stats.questions, stats.items, stats.points, stats.usable) == (3, 4, Decimal(3), 2)
    assert (stats.reviewed, stats.explained) == (1, 1)
    assert stats.table() == [
        ["知识点", "单选", "案例", "合计"],
        ["甲", "1", "", "1"],
        ["乙", "1", "1", "2"],
        ["合计", "2", "1", "3"],
    ]
    assert stats.as_dict()["cells"][0] == {"topic": "甲", "type": "单选", "difficulty": "易", "questions": 1}
    assert sum(stats.cells.values()) == 3


@pytest.mark.parametrize(("twos", "found"), [(0, True), (2, True), (3, False)])
def test_multiple_choices_with_as_many_right_options_are_reported(twos: int, found: bool) -> None:
    keys = ["AB"] * twos + ["ABC"] * (10 - twos)
    questions = [
        choice(f"m-{n}", f"第{n}件事{'甲乙丙丁戊己庚辛壬癸'[n] * 8}", ("一", "二", "三", "四"), key)
        for n, key in enumerate(keys)
    ]
    asked = [replace(question, type=QuestionType.MULTIPLE_CHOICE) for question in questions]
    assert any("multiple choices have 3 right options" in what for _severity, what in told(*asked)) is found
