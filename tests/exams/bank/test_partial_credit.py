"""An answer that is worth a part of the marks gets that part, in every format that can say so; never the whole."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.exams.bank.answers import decode
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import FORMATS, convert, read
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Credit,
    NumericKey,
    Option,
    Question,
    QuestionType,
    key_of,
    key_record,
)
from govkit.exams.paper.policies import Policy, credit
from tests.exams.strategies import texts


def moodle(kind: str, answers: str, stem: str = "问") -> tuple[str, str]:
    head = f'<quiz><question type="{kind}"><name><text>问</text></name><questiontext><text>{stem}</text></questiontext>'
    return "xml", f"{head}{answers}</question></quiz>"


def answer(fraction: float, text: str, tolerance: str = "") -> str:
    more = f"<tolerance>{tolerance}</tolerance>" if tolerance else ""
    return f'<answer fraction="{fraction}"><text>{text}</text>{more}</answer>'


WORTH: dict[str, tuple[tuple[str, str], dict[str, str]]] = {
    "short answer": (
        ("gift", "::甲::最好的动物是 {=Frog =%50%Cat =%25%Dog}"),
        {"Frog": "1", "cat": "1/2", "Dog": "1/4", "鱼": "0"},
    ),
    "a format before an answer": (("gift", "一的单词{=[markdown]One =[plain]一}"), {"One": "1", "一": "1"}),
    "no equals sign": (("gift", "一的单词{One}"), {"One": "1", "Two": "0"}),
    "single choice": (("gift", "半对{~错 ~%50%半对 =全对}"), {"A": "0", "B": "1/2", "C": "1"}),
    "zero first": (("gift", "共有几个？{#=%0%5:0 =%100%9:0}"), {"9": "1", "5": "0"}),
    "two numbers": (("gift", "共有几个？{#=9:0.5 =%50%5:0}"), {"9.5": "1", "5": "1/2", "4.9": "0"}),
    "a range": (("gift", "共有几个？{#1..5}"), {"1": "1", "5": "1", "5.1": "0"}),
    "uneven choices": (("gift", "选 {~%70%甲 ~%30%乙 ~%-100%丙}"), {"A,B": "1", "A": "7/10", "A,C": "0"}),
    "even choices": (("gift", "选 {~%50%甲 ~%50%乙 ~%-100%丙}"), {"A,B": "1", "A": "0"}),
    "wildcard": (("gift", "动物 {=*青蛙 =%50%青*}"), {"大青蛙": "1", "青蛇": "1/2", "蛇": "0"}),
    "Moodle's short answer": (
        moodle("shortanswer", answer(100, "Frog") + answer(50, "Cat") + answer(0, "*")),
        {"Cat": "1/2", "x": "0"},
    ),
    "capitals": (moodle("shortanswer", "<usecase>1</usecase>" + answer(100, "QQ")), {"QQ": "1", "qq": "0"}),
    "Moodle's choice": (
        moodle("multichoice", f"<single>false</single>{answer(70, '甲')}{answer(30, '乙')}{answer(-100, '丙')}"),
        {"A": "7/10", "A,B,C": "0"},
    ),
    "thirds": (
        moodle("multichoice", f"<single>true</single>{answer(100, '甲')}{answer(33.33333, '乙')}"),
        {"B": "1/3"},
    ),
    "Moodle's numbers": (moodle("numerical", answer(100, "9", "0.1") + answer(50, "5", "1")), {"9.1": "1", "6": "1/2"}),
    "cloze": (moodle("cloze", "", "甲{1:SA:=一~%50%二}乙{1:SA:=三}"), {"一␟三": "1", "二␟三": "3/4", "␟三": "1/2"}),
}


def one(folder: Path, ending: str, text: str) -> Question:
    path = folder / f"题库.{ending}"
    path.write_text(text, encoding="utf-8")
    bank, problems = read(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    (question,) = bank
    return question


def shares(question: Question, answers: dict[str, str]) -> dict[str, str]:
    policy = Policy("all_or_nothing")
    return {text: str(credit(question, decode(question, text), policy) / Fraction(question.points)) for text in answers}


@pytest.mark.parametrize("name", WORTH)
def test_each_answer_earns_its_share(tmp_path: Path, name: str) -> None:
    (ending, text), expected = WORTH[name]
    assert shares(one(tmp_path, ending, text), expected) == expected


@pytest.mark.parametrize("form", ["yaml", "moodle", "gift", "xlsx", "qti2.1"])
@pytest.mark.parametrize("name", WORTH)
def test_a_format_keeps_the_shares_or_leaves_the_question_out_by_name(tmp_path: Path, name: str, form: str) -> None:
    (ending, text), expected = WORTH[name]
    question = one(tmp_path, ending, text)
    path = tmp_path / f"out{FORMATS[form].endings[0]}"
    told = FORMATS[form].write(Bank((question,)), path)
    bank, problems = FORMATS[form].read(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    if len(bank):
        assert [shares(each, expected) for each in bank] == [expected]
    else:
        assert any(question.id in problem.what for problem in told)


@pytest.mark.parametrize("text", ["问{=%50%甲 =%25%乙}", "问{#=%50%5:0}", "问{~%50%甲 =%30%乙}"])
def test_a_question_without_a_whole_answer_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "题库.gift").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        convert(tmp_path / "题库.gift", tmp_path / "题库.yaml")
    assert not (tmp_path / "题库.yaml").exists()


@pytest.mark.parametrize("share", ["1.5", "-0.5", "NaN"])
def test_a_share_that_is_none_is_a_flaw(tmp_path: Path, share: str) -> None:
    (tmp_path / "题库.yaml").write_text(
        "questions:\n- {id: a-1, type: 填空, stem: 甲____, key: 乙, points: 1, "
        f"credits: [{{answer: 丙, share: {share}}}]}}\n",
        encoding="utf-8",
    )
    _bank, problems = read(tmp_path / "题库.yaml")
    assert problems


partial = st.decimals("0.01", "0.99", places=2)


@st.composite
def credited(draw: st.DrawFn) -> Question:
    base = Question("a-1", QuestionType.NUMERIC, "问", Decimal(2), None)
    kind = draw(st.sampled_from(["single", "blank", "number"]))
    if kind == "single":
        options = tuple(Option(letter, text) for letter, text in zip("ABC", ("甲", "乙", "丙"), strict=True))
        key = ChoiceKey(("A",), (Credit("A", Decimal(1)), Credit("B", draw(partial))))
        return replace(base, type=QuestionType.SINGLE_CHOICE, options=options, key=key)
    if kind == "number":
        return replace(base, key=NumericKey(Decimal(9), credits=(Credit("5", draw(partial), draw(partial)),)))
    accepted, other = draw(texts), draw(texts)
    fill = BlanksKey(((accepted,),), (Credit(other, draw(partial)),), draw(st.booleans()))
    return replace(base, type=QuestionType.FILL_IN, stem="甲____乙", key=fill)


@given(question=credited())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("form", ["yaml", "moodle", "gift", "xlsx"])
def test_credits_survive(form: str, question: Question, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("credits") / f"out{FORMATS[form].endings[0]}"
    FORMATS[form].write(Bank((question,)), path)
    bank, problems = FORMATS[form].read(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    assert [each.key for each in bank] == [question.key]
    assert question.key is not None
    assert key_of(question.type, key_record(question.key)) == question.key
