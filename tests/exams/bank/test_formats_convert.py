"""Round trips through every format: no silent loss."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import FORMATS
from govkit.exams.bank.flaws import flaws
from govkit.exams.bank.questions import BlanksKey, Question, QuestionType
from tests.exams.strategies import banks, questions

FULL = ["yaml", "moodle", "xlsx", "qti2.1", "qti2.2", "qti3"]
ENDINGS = {name: form.endings[0] for name, form in FORMATS.items()}


def there_and_back(bank: Bank, name: str, folder: Path) -> tuple[Bank, list[str]]:
    path = folder / f"bank{ENDINGS[name]}"
    lost = FORMATS[name].write(bank, path)
    read, problems = FORMATS[name].read(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    return read, [problem.what for problem in lost]


def normalised(bank: Bank) -> tuple[Question, ...]:
    """Questions in a form that can be compared: 2.0 points are 2 points."""

    def one(question: Question) -> Question:
        points = Decimal(format(question.points.normalize(), "f"))
        return replace(question, points=points, parts=tuple(map(one, question.parts)))

    return tuple(one(question) for question in bank)


quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@given(question=questions())
@quick
def test_random_questions_are_sound(question: Question) -> None:
    assert [flaw for flaw in flaws(question) if flaw.severity == "error" and flaw.field != "id"] == []


def test_the_list_of_formats_is_complete() -> None:
    assert {*FULL, "gift", "aiken"} == set(FORMATS)


@pytest.mark.parametrize("name", FULL)
@given(bank=banks())
@quick
def test_full_formats_lose_nothing(name: str, bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> None:
    read, _lost = there_and_back(bank, name, tmp_path_factory.mktemp("there"))
    assert normalised(read) == normalised(bank)


@given(bank=banks(pictures=False))
@quick
def test_gift_keeps_all_it_holds_and_names_the_rest(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> None:
    read, lost = there_and_back(bank, "gift", tmp_path_factory.mktemp("gift"))
    held = [question for question in bank if _in_gift(question)]
    assert [question.content_hash for question in read] == [question.content_hash for question in held]
    assert [(q.id, q.source, q.difficulty, q.enemies, q.reviewed) for q in read] == [
        (q.id, q.source, q.difficulty, q.enemies, q.reviewed) for q in held
    ]
    for question in bank:
        assert _in_gift(question) or any(question.id in what for what in lost)


def _in_gift(question: Question) -> bool:
    several = isinstance(question.key, BlanksKey) and len(question.key.blanks) > 1
    return question.type is not QuestionType.ORDERING and not several and all(map(_in_gift, question.parts))


@given(bank=banks((QuestionType.SINGLE_CHOICE,)))
@quick
def test_aiken_keeps_plain_single_choices(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = Bank(tuple(question for question in bank if question.markup == "plain" and "\n" not in question.stem))
    if not len(plain):
        return
    read, lost = there_and_back(plain, "aiken", tmp_path_factory.mktemp("aiken"))
    assert [(q.stem, q.options, q.key) for q in read] == [(q.stem, q.options, q.key) for q in plain]
    assert any("题号" in what for what in lost)
