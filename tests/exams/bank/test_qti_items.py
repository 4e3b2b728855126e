"""Single QTI items: scored as their response processing does, without feedback in their texts, or refused by name."""

from fractions import Fraction
from pathlib import Path

import pytest

from govkit.core.errors import Problem
from govkit.exams.bank.answers import decode
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import read
from govkit.exams.bank.questions import Question, TruthKey
from govkit.exams.paper.policies import Policy, credit

TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
RIGHT = "<correctResponse><value>A</value></correctResponse>"
BOTH = "<correctResponse><value>A</value><value>C</value></correctResponse>"


HEAD = '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="x" adaptive="false">'


def item(response: str, body: str, more: str = "", cardinality: str = "single", kind: str = "identifier") -> str:
    attributes = f'identifier="R" cardinality="{cardinality}" baseType="{kind}"'
    declared = f"<responseDeclaration {attributes}>{response}</responseDeclaration>"
    return f"{HEAD}{declared}<itemBody>{body}</itemBody>{more}</assessmentItem>"


def choice(*texts: str, names: str = "ABC") -> str:
    options = "".join(f'<simpleChoice identifier="{n}">{t}</simpleChoice>' for n, t in zip(names, texts, strict=False))
    prompt = "<prompt>选（　）。</prompt>"
    return f'<choiceInteraction responseIdentifier="R" maxChoices="0">{prompt}{options}</choiceInteraction>'


def processed(name: str) -> str:
    return f'<responseProcessing template="{TEMPLATES}{name}"/>'


def mapping(*entries: tuple[str, str], bounds: str = "") -> str:
    rows = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries)
    return f"<mapping {bounds}>{rows}</mapping>"


def opened(folder: Path, text: str) -> tuple[Bank, list[Problem]]:
    path = folder / "item.xml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def one(folder: Path, text: str) -> Question:
    bank, problems = opened(folder, text)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    (question,) = bank
    return question


def points(question: Question, text: str) -> Fraction:
    return credit(question, decode(question, text), Policy("all_or_nothing"))


def test_feedback_and_rubrics_are_in_no_text(tmp_path: Path) -> None:
    told = '<feedbackInline outcomeIdentifier="F" identifier="A" showHide="show">答对了</feedbackInline>'
    block = '<feedbackBlock outcomeIdentifier="F" identifier="A" showHide="show"><p>答案是甲</p></feedbackBlock>'
    rubric = '<rubricBlock view="scorer"><p>给分：甲</p></rubricBlock>'
    question = one(tmp_path, item(RIGHT, block + rubric + choice(f"甲{told}", "乙")))
    assert (question.stem, [option.text for option in question.options]) == ("选（　）。", ["甲", "乙"])


@pytest.mark.parametrize(
    ("texts", "truth"), [(("甲公司", "乙公司"), False), (("对", "错"), True), (("True", "False"), True)]
)
def test_identifiers_t_and_f_are_true_and_false_only_where_the_options_say_so(
    tmp_path: Path, texts: tuple[str, str], truth: bool
) -> None:
    text = item("<correctResponse><value>T</value></correctResponse>", choice(*texts, names="TF"))
    assert isinstance(one(tmp_path, text).key, TruthKey) is truth


def test_options_are_lettered_from_a_on(tmp_path: Path) -> None:
    question = one(
        tmp_path, item("<correctResponse><value>F</value></correctResponse>", choice("甲公司", "乙公司", names="TF"))
    )
    assert ([option.id for option in question.options], points(question, "B")) == (["A", "B"], Fraction(1))


def test_a_mapping_with_bounds_gives_the_points_it_names(tmp_path: Path) -> None:
    mapped = mapping(("A", "1"), ("C", "1"), bounds='lowerBound="0" upperBound="2" defaultValue="-1"')
    question = one(tmp_path, item(BOTH + mapped, choice("甲", "乙", "丙"), processed("map_response"), "multiple"))
    assert question.points == 2
    assert [points(question, text) for text in ("A,C", "A", "A,B", "A,B,C")] == [2, 1, 0, 1]


def test_a_text_that_is_worth_a_part_gets_a_part(tmp_path: Path) -> None:
    mapped = mapping(("York", "1"), ("york", "0.5"))
    entry = '<p>城市 <textEntryInteraction responseIdentifier="R"/></p>'
    cased = mapped.replace("/>", ' caseSensitive="true"/>')
    question = one(tmp_path, item(cased, entry, processed("map_response"), kind="string"))
    assert [points(question, text) for text in ("York", "york", "Leeds")] == [1, Fraction(1, 2), 0]


def test_a_standard_template_written_out_is_known(tmp_path: Path) -> None:
    rule = (
        '<responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">3</baseValue></setOutcomeValue></responseIf>'
        '<responseElse><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>'
        "</responseElse></responseCondition>"
    )
    question = one(tmp_path, item(RIGHT, choice("甲", "乙"), f"<responseProcessing>{rule}</responseProcessing>"))
    assert question.points == 3
    assert [points(question, text) for text in ("A", "B")] == [3, 0]


def test_each_blank_of_several_counts(tmp_path: Path) -> None:
    second = '<responseDeclaration identifier="S" cardinality="single" baseType="string">'
    second += mapping(("乙", "1")) + "</responseDeclaration>"
    entries = '<p><textEntryInteraction responseIdentifier="R"/>和<textEntryInteraction responseIdentifier="S"/></p>'
    text = item(mapping(("甲", "1")), entries, processed("map_response"), kind="string")
    question = one(tmp_path, text.replace("<itemBody>", f"{second}<itemBody>"))
    assert (int(question.points), [int(points(question, given)) for given in ("甲␟乙", "甲␟丙")]) == (2, [2, 1])


OWN = (
    '<responseProcessing><setOutcomeValue identifier="SCORE"><product>'
    '<baseValue baseType="float">2</baseValue></product></setOutcomeValue></responseProcessing>'
)
REFUSED = {
    "its own response processing": item(RIGHT, choice("甲", "乙"), OWN),
    "a template": item(RIGHT, choice("甲", "乙"), "").replace(
        "<itemBody>", '<templateDeclaration identifier="T" cardinality="single" baseType="integer"/><itemBody>'
    ),
    "a medium": item(RIGHT, '<object type="audio/mpeg" data="a.mp3"/>' + choice("甲", "乙")),
    "adaptive": item(RIGHT, choice("甲", "乙")).replace('adaptive="false"', 'adaptive="true"'),
    "wrong answers earn": item(
        RIGHT + mapping(("A", "1"), bounds='defaultValue="0.5"'), choice("甲", "乙"), processed("map_response")
    ),
    **{
        name: item(RIGHT, f'<{name} responseIdentifier="R"/>')
        for name in (
            "hottextInteraction",
            "gapMatchInteraction",
            "inlineChoiceInteraction",
            "uploadInteraction",
            "sliderInteraction",
        )
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_bank_cannot_hold_is_refused_by_name(tmp_path: Path, name: str) -> None:
    bank, problems = opened(tmp_path, REFUSED[name])
    assert len(bank) == 0
    assert [problem.severity for problem in problems] == ["error"]
    assert len(bank.refused) == 1
