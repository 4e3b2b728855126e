"""The practice quiz: every type of question, immediate feedback, a resumed session."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from govkit.core.files import shipped
from govkit.exams.bank.answers import encode, right_parts
from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.questions import Question, Source
from govkit.widgets import practice_session as p
from govkit.widgets.practice import Answering, Board
from tests.exams.builders import blanks, case, matching, multiple, numeric, ordering, short, single, truth

TODAY = date(2026, 11, 23)
ALL_TYPES = [
    single("s1", "B", topic="信访", explanation="见第二条。", source=Source("信访工作条例", "第三十四条", "2022年")),
    multiple("m1", "AC", topic="信访"),
    truth("t1", value=False, topic="调解"),
    blanks("f1", (("提议",), ("三分之二", "2/3")), topic="调解"),
    numeric("n1", topic="调解"),
    ordering("o1", topic="网格"),
    matching("p1", topic="网格"),
    short("w1", topic="网格"),
    case("c1", topic="网格"),
]


def known(questions: list[Question] | None = None) -> dict[str, p.Exercise]:
    return p.exercises(ALL_TYPES if questions is None else questions, TODAY)


def fill(board: Board, question: Question, parts: tuple[str, ...]) -> None:
    """Answer as a person would, through the widgets."""
    assert board.answering is not None
    fields = board.answering._fields
    match question.type.value:
        case "single_choice" | "true_false":
            fields[0].value = parts[0]
        case "multiple_choice":
            for option, tick in zip(question.options, fields, strict=True):
                tick.value = option.id in parts
        case _:
            for field, part in zip(fields, parts, strict=True):
                field.value = part


@pytest.mark.parametrize("exercise", known().values(), ids=lambda exercise: exercise.item.id)
def test_every_type_is_answered_through_its_widgets(exercise: p.Exercise, tmp_path: Path) -> None:
    board = Board({exercise.item.id: exercise}, tmp_path / "state.json")
    board.begin.click()
    assert board.answering is not None
    question = board.answering.question
    right = right_parts(question) or ("写一段",)
    fill(board, question, right)
    assert board.answering.text() == encode(question, right)
    board.go.click()
    words = board.verdict.value
    assert ("请对照参考答案自评" if question.type.value == "short_answer" else "回答正确") in words
    assert all(field.disabled for field in board.answering._fields)
    board.go.click()
    assert "本次练习已完成" in board.head.value


def test_the_verdict_on_a_wrong_answer() -> None:
    verdict = p.judge(ALL_TYPES[0], "A")
    assert verdict.right is False
    assert verdict.answer == "B 选项乙"
    assert verdict.explanation == "见第二条。"
    assert verdict.source == "信访工作条例（2022年）第三十四条"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (ALL_TYPES[1], "A 选项甲；C 选项丙"),
        (ALL_TYPES[2], "错"),
        (ALL_TYPES[3], "提议；三分之二"),
        (ALL_TYPES[4], "98.5%"),
        (ordering("o2", 3), "A 选项甲 → B 选项乙 → C 选项丙"),
        (matching("p2", 2), "角色1 — A 选项甲；角色2 — B 选项乙"),
    ],
)
def test_the_right_answer_in_words(question: Question, words: str) -> None:
    assert p.right_answer(question) == words


@pytest.mark.parametrize(("question", "text"), [(ALL_TYPES[0], "Z"), (ALL_TYPES[4], "很多"), (ALL_TYPES[5], "A,A")])
def test_what_cannot_be_read_is_wrong_and_no_fault(question: Question, text: str) -> None:
    assert p.judge(question, text).right is False


@pytest.mark.parametrize("question", [each for each in ALL_TYPES if each.type != "case"], ids=lambda each: each.type)
def test_untouched_widgets_hold_no_answer(question: Question) -> None:
    assert Answering(question).text() == ""


def test_nothing_chosen_is_no_answer(tmp_path: Path) -> None:
    board = Board(known(), tmp_path / "state.json")
    board.begin.click()
    board.go.click()
    assert "请先作答" in board.verdict.value
    assert board.session is not None
    assert board.session.right == {}


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.json"
    board = Board(known(), state)
    board.begin.click()
    for _times in range(3):
        answer_and_go_on(board)
    again = Board(known(), state)
    assert again.session == board.session
    assert again.session is not None
    assert again.session.at == 3
    assert "接着上次的练习。" in again.head.value
    assert again.stem.value == board.stem.value


def test_an_answered_question_is_shown_answered_when_it_goes_on(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    board = Board(known([ALL_TYPES[0], ALL_TYPES[2]]), state)
    board.begin.click()
    answer(board)
    again = Board(known([ALL_TYPES[0], ALL_TYPES[2]]), state)
    assert "回答正确" in again.verdict.value
    assert again.go.description == "下一题"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"format": "govkit-practice/1"}',
        '{"format": "govkit-practice/1", "topic": "", "seed": 1, "order": ["no-such"], "at": 0}',
    ],
)
def test_a_damaged_or_foreign_state_starts_anew(content: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(content, encoding="utf-8")
    assert Board(known(), state).session is None


def test_wrong_answers_are_practised_again(tmp_path: Path) -> None:
    board = Board(known([ALL_TYPES[0], ALL_TYPES[2]]), tmp_path / "state.json")
    board.begin.click()
    assert board.session is not None
    while not board.session.done:
        assert board.answering is not None
        fill(board, board.answering.question, ("A",) if board.answering.question.id == "s1" else ("F",))
        board.go.click()
        board.go.click()
    assert board.session.wrong() == ["s1"]
    board.redo.click()
    assert board.session.order == ["s1"]


def test_a_topic_holds_only_its_questions_and_cases_stay_whole() -> None:
    session = p.start(known(), "网格", 0, seed=1)
    assert Counter(session.order) == Counter(["o1", "p1", "w1", "c1.1", "c1.2"])
    assert session.order.index("c1.2") == session.order.index("c1.1") + 1
    assert p.topics(known()) == ["全部", "信访", "调解", "网格"]


def test_a_lapsed_source_is_not_practised() -> None:
    lapsed = single("s2", source=Source("旧法", in_force_to=date(2025, 12, 31)))
    assert "s2" not in known([*ALL_TYPES, lapsed])


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    board = Board(
        known([single("s1", topic="<script>x</script>", stem="<img src=x onerror=alert(1)>")]), tmp_path / "s"
    )
    board.begin.click()
    assert "<img" not in board.stem.value
    assert "<script" not in board.head.value


def test_the_whole_shipped_bank_can_be_practised(tmp_path: Path) -> None:
    exercises = p.exercises(load_bank(shipped("quizzes")), TODAY)
    assert len(exercises) > 300
    for exercise in exercises.values():
        question = p.shown(exercise, seed=7)
        verdict = p.judge(question, encode(question, right_parts(question)) or "答")
        assert verdict.right in ((None,) if question.type.value == "short_answer" else (True,)), question.id
        assert verdict.answer, question.id


def answer(board: Board) -> None:
    assert board.answering is not None
    question = board.answering.question
    fill(board, question, right_parts(question) or ("写一段",))
    board.go.click()


def answer_and_go_on(board: Board) -> None:
    answer(board)
    board.go.click()
