"""Blueprints: values read, and every mistake with its line."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.exams.bank.questions import QuestionType
from govkit.exams.paper.blueprint import BANDS, read_blueprint
from govkit.exams.paper.policies import Policy
from tests.exams.builders import BLUEPRINT, blueprint_file


def test_a_blueprint_is_read(tmp_path: Path) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    assert (blueprint.exam, blueprint.date, blueprint.minutes) == ("district", date(2015, 10, 20), 90)
    assert (blueprint.total, blueprint.pass_mark, blueprint.tolerance) == (Decimal(100), Decimal(60), Decimal("0.02"))
    assert (blueprint.all_forms, blueprint.share, blueprint.exposure) == (("A", "B", "M"), 8, None)
    assert blueprint.rate_base == "present"
    assert dict(blueprint.bands) == BANDS
    second = blueprint.sections[1]
    assert (second.type, second.count, second.points) == (QuestionType.MULTIPLE_CHOICE, 10, Decimal(3))
    assert second.policy(second.type) == Policy("partial_half_each")
    ((topic, wanted),) = blueprint.topics
    assert (topic, wanted.low, wanted.by, wanted.line) == ("四议两公开", Decimal(6), "count", 17)


@pytest.mark.parametrize(
    ("given", "low", "high", "by"),
    [
        ("7", 7, 7, "count"),
        ("{min: 2}", 2, 10**6, "count"),
        ("{max: 5}", 0, 5, "count"),
        ("{min: 2, max: 5}", 2, 5, "count"),
        ("{points: 10}", 10, 10, "points"),
        ("{min_points: 10, max_points: 12.5}", 10, Decimal("12.5"), "points"),
    ],
)
def test_amounts(tmp_path: Path, given: str, low: int, high: int, by: str) -> None:
    text = BLUEPRINT.replace("{min: 6}", given)
    ((_topic, wanted),) = read_blueprint(blueprint_file(tmp_path, text)).topics
    assert (wanted.low, wanted.high, wanted.by) == (Decimal(low), Decimal(high), by)


def test_forms_share_nothing_unless_the_blueprint_allows_it(tmp_path: Path) -> None:
    assert read_blueprint(blueprint_file(tmp_path, BLUEPRINT.replace("share_at_most: 8", ""))).share == 0


def test_a_policy_may_carry_a_percentage_and_a_case_names_its_parts(tmp_path: Path) -> None:
    text = BLUEPRINT.replace("policy: partial_half_each", "policy: {name: moodle, wrong: -33.33333}")
    text = text.replace("{type: numeric,", "{type: 案例, policy: {多选: rexams_true, fill_in: per_blank},")
    blueprint = read_blueprint(blueprint_file(tmp_path, text))
    assert blueprint.sections[1].policy(QuestionType.MULTIPLE_CHOICE) == Policy("moodle", Decimal("-33.33333"))
    case = blueprint.sections[-1]
    assert case.policy(QuestionType.MULTIPLE_CHOICE) == Policy("rexams_true")
    assert case.policy(QuestionType.FILL_IN) == Policy("per_blank")
    assert case.policy(QuestionType.SINGLE_CHOICE) == Policy("all_or_nothing")


MISTAKES = [
    ("date: 2015-10-20", "date: 明天", 3),
    ("date: 2015-10-20", "date: 2015-02-30", 3),
    ("minutes: 90", "minutes: 0", 4),
    ("minutes: 90", "minutes: 1.5", 4),
    ("total: 100", "total: 99", 5),
    ("total: 100", "total: NaN", 5),
    ("total: 100", "total: 1e99", 5),
    ("pass_mark: 60", "pass_mark: 101", 6),
    ("pass_mark: 60", "pass_mark: sixty", 6),
    ("forms: [A, B]", "forms: [A, A]", 7),
    ("forms: [A, B]", "forms: [A, M]", 7),
    ("forms: [A, B]", "forms: [../x]", 7),
    ("exam: district", "exam: ../../etc", 1),
    ("resit: M", "resit: a/b", 8),
    ("type: single_choice", "type: riddle", 10),
    ("count: 20, points: 2", "count: 20", 10),
    ("count: 20", "count: -20", 10),
    ("policy: partial_half_each", "policy: guess", 11),
    ("policy: partial_half_each", "policy: per_blank", 11),
    ("policy: partial_half_each", "policy: {name: moodle, wrong: 50}", 11),
    ("policy: partial_half_each", "policy: {name: per_option, wrong: -50}", 11),
    ("{min: 6}", "{min: 6, max: 2}", 17),
    ("{min: 6}", "{at_least: 6}", 17),
    ("{min: 6}", "lots", 17),
    ("{min: 6}", "{min: 60}", 17),
    ("tolerance: 0.02", "tolerance: 2", 18),
    ("tolerance: 0.02", "tolerance: 0.02, bands: {easy: [1, 0]}", 18),
    ("share_at_most: 8", "share_at_most: some", 19),
    ("share_at_most: 8", "share_at_most: 8\nanswer_key: here", 20),
    ("points: 2}", "points: 2, difficulty: {simple: 3}}", 10),
]


@pytest.mark.parametrize(("good", "bad", "line"), MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, good: str, bad: str, line: int) -> None:
    with pytest.raises(InputError) as refused:
        read_blueprint(blueprint_file(tmp_path, BLUEPRINT.replace(good, bad, 1)))
    assert f"第 {line} 行" in [problem.where.item for problem in refused.value.problems]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = BLUEPRINT.replace("date: 2015-10-20", "date: x").replace("pass_mark: 60", "pass_mark: 600")
    with pytest.raises(InputError) as refused:
        read_blueprint(blueprint_file(tmp_path, text))
    assert [problem.where.part for problem in refused.value.problems] == ["date", "pass_mark"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "exam: [",
        "a: &x 1\nb: *x\n",
        "exam: 1\nexam: 2\n",
        "!!python/object:os.system x",
        "\x00",
        "[" * 5000,
    ],
)
def test_hostile_yaml_is_a_problem(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_blueprint(blueprint_file(tmp_path, text))


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_blueprint(tmp_path / "none.yaml")


SHIPPED = sorted(shipped("quizzes/blueprints").glob("*.yaml"))


def test_blueprints_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= {"district", "township"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_blueprints_are_whole(path: Path) -> None:
    assert read_blueprint(path).total == 100
