"""A review accepts or returns a question as it stands; a paper can ask for accepted questions only."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from govkit.cli.bank import bank as bank_commands
from govkit.core.errors import UsageError
from govkit.core.files import shipped
from govkit.exams.bank.bank import bank_stats, load_bank
from govkit.exams.bank.review import review, verdicts
from govkit.exams.paper.assembly import eligible
from govkit.exams.paper.blueprint import read_blueprint

DAY = date(2026, 3, 2)
TEXT = """sources: {甲法: {law: 甲法, version: 2026年文本}}
questions:
- {id: a-1, type: 判断, stem: 一, key: 对, points: 1, source: 甲法}
- {id: a-2, type: 判断, stem: 二, key: 错, points: 1, source: 甲法, reviewed: 2025-01-01}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "题库").mkdir()
    (tmp_path / "题库" / "甲.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "题库"


def reviewed(folder: Path) -> dict[str, date | None]:
    return {question.id: question.reviewed for question in load_bank(folder)}


def test_a_verdict_names_person_day_and_version_of_the_law(folder: Path) -> None:
    question = load_bank(folder).by_id()["a-1"]
    review(folder, question, "张某", accepted=True, comment="已核对", on=DAY)
    verdict = verdicts(folder)["a-1"]
    assert (verdict.person, verdict.day, verdict.law) == ("张某", DAY, "甲法 2026年文本")
    assert reviewed(folder) == {"a-1": DAY, "a-2": date(2025, 1, 1)}


def test_a_returned_question_is_not_reviewed_whatever_its_file_says(folder: Path) -> None:
    question = load_bank(folder).by_id()["a-2"]
    with pytest.raises(UsageError):
        review(folder, question, "张某", accepted=False, on=DAY)
    review(folder, question, "张某", accepted=False, comment="答案有误", on=DAY)
    assert reviewed(folder) == {"a-1": None, "a-2": None}


def test_an_edit_ends_a_review(folder: Path) -> None:
    review(folder, load_bank(folder).by_id()["a-1"], "张某", accepted=True, on=DAY)
    (folder / "甲.yaml").write_text(TEXT.replace("stem: 一", "stem: 改过"), encoding="utf-8")
    assert reviewed(folder)["a-1"] is None


def test_a_blueprint_may_ask_for_reviewed_questions_only(folder: Path) -> None:
    review(folder, load_bank(folder).by_id()["a-1"], "张某", accepted=True, on=DAY)
    blueprint = read_blueprint(shipped("quizzes") / "blueprints" / "township.yaml")
    questions = list(load_bank(folder))
    pool, left_out = eligible(replace(blueprint, reviewed_only=True), questions, {})
    assert [question.id for question in pool] == ["a-1", "a-2"]
    review(folder, questions[1], "张某", accepted=False, comment="答案有误", on=DAY)
    pool, left_out = eligible(replace(blueprint, reviewed_only=True), list(load_bank(folder)), {})
    assert ([question.id for question in pool], left_out["unreviewed"]) == (["a-1"], 1)


def test_the_command_records_and_lists(folder: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(
        bank_commands, ["review", str(folder), "a-1", "--accept", "--by", "李某", "--on", "2026-03-02"]
    )
    assert done.exit_code == 0, done.output
    listed = runner.invoke(bank_commands, ["review", str(folder)])
    assert "李某" in listed.output
    assert "未审定" in listed.output
    assert runner.invoke(bank_commands, ["review", str(folder), "a-9", "--accept"]).exit_code == 2
    assert runner.invoke(bank_commands, ["review", str(folder), "a-1"]).exit_code == 2


def test_the_shipped_bank_says_that_no_one_in_charge_reviewed_it() -> None:
    assert bank_stats(load_bank(shipped("quizzes")), DAY).reviewed == 0
    assert "0" in CliRunner().invoke(bank_commands, ["stats"]).output.splitlines()[-1]
