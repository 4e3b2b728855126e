"""Banks as YAML: what is read, bad files refused with line and value, round trips."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from govkit.core.errors import InputError, UsageError
from govkit.core.files import shipped
from govkit.exams.bank.bank import Bank, load_bank, read_bank, save_bank
from govkit.exams.bank.questions import BlanksKey, NumericKey, QuestionType
from tests.exams.strategies import banks

BAD = Path(__file__).parent / "bad_banks"

# file: the line of the first problem, and a word of its text
BAD_FILES = {
    "alias.yaml": (1, "“t”"),
    "bad_date.yaml": (7, "2026年2月30日"),
    "bad_id.yaml": (2, "1/2"),
    "blanks_do_not_match.yaml": (5, "2"),
    "case_does_not_add_up.yaml": (5, "5"),
    "case_without_parts.yaml": (2, "a-1"),
    "control_character.yaml": (4, "U+0007"),
    "difficulty_out_of_range.yaml": (7, "7"),
    "duplicate_field.yaml": (5, "stem"),
    "duplicate_ids.yaml": (7, "a-1"),
    "empty.yaml": (1, "no questions"),
    "empty_option.yaml": (5, "B"),
    "malformed.yaml": (7, "line 4"),
    "match_incomplete.yaml": (7, "prompt"),
    "missing_key.yaml": (2, "no key"),
    "missing_option.yaml": (6, "“D”"),
    "missing_picture.yaml": (7, "图1.png"),
    "missing_stem.yaml": (2, "stem"),
    "not_a_list.yaml": (1, "questions"),
    "not_utf8.yaml": (None, "17"),
    "order_incomplete.yaml": (6, "B,C"),
    "picture_outside.yaml": (7, "../../../etc/passwd"),
    "points_not_a_number.yaml": (6, "两分"),
    "rubric_does_not_add_up.yaml": (5, "3"),
    "tag.yaml": (1, "not a question"),
    "too_deep.yaml": (1, "20"),
    "truth_unreadable.yaml": (5, "也许"),
    "two_keys_in_single_choice.yaml": (6, "2"),
    "unknown_field.yaml": (7, "colour"),
    "unknown_file_field.yaml": (1, "title"),
    "unknown_source.yaml": (7, "某法"),
    "unknown_type.yaml": (3, "抢答"),
    "zero_points.yaml": (6, "0"),
}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_LANG", "en")


def test_the_table_names_every_bad_file() -> None:
    assert {file.name for file in BAD.iterdir()} == set(BAD_FILES)


@pytest.mark.parametrize(("name", "line", "word"), [(name, *told) for name, told in BAD_FILES.items()])
def test_bad_files_are_refused_with_line_and_value(name: str, line: int | None, word: str) -> None:
    with pytest.raises(InputError) as refused:
        load_bank(BAD / name)
    told = refused.value.problems[0]
    assert told.where.source.endswith(name)
    assert line is None or told.where.item.startswith(f"line {line}")
    assert word in told.what
    assert told.repair


def test_malformed_yaml_has_a_column() -> None:
    _bank, problems = read_bank(BAD / "malformed.yaml")
    assert problems[0].where.item == "line 7, column 1"


def test_all_problems_of_a_folder_at_once() -> None:
    _bank, problems = read_bank(BAD)
    told = {Path(problem.where.source).name for problem in problems}
    assert told == set(BAD_FILES)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no question files"):
        load_bank(tmp_path)


def test_defaults_sources_and_forms_of_keys(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "sources: {甲法: {law: 甲法, version: 一版, in_force_to: 2025-12-31}}", "utf-8"
    )
    (tmp_path / "a.yaml").write_text(
        """
topic: 甲
source: 甲法 第一条
points: 2
questions:
- {id: a-1, type: fill_in, stem: 先____后__, key: [提议, [三分之二, 2/3]]}
- {id: a-2, type: 数值, stem: 几人？, key: 15, unit: 人, source: 甲法, points: 1}
- {id: a-3, type: 判断, stem: 对吗？, key: null_is_no_key, topic: 乙}
""".replace("null_is_no_key", "true"),
        "utf-8",
    )
    bank = load_bank(tmp_path)
    first, second, third = bank
    assert first.stem == "先____后____"
    assert first.key == BlanksKey((("提议",), ("三分之二", "2/3")))
    assert (first.topic, third.topic) == ("甲", "乙")
    assert first.source is not None
    assert (first.source.article, first.source.version) == ("第一条", "一版")
    assert second.source is not None
    assert second.source.article == ""
    assert isinstance(second.key, NumericKey)
    assert (first.points, second.points) == (Decimal(2), Decimal(1))
    assert bank.place("a-2").item == "line 7"


@pytest.mark.parametrize("nothing", ["null", "~", "", "''"])
def test_an_empty_key_is_no_key(tmp_path: Path, nothing: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        f"questions:\n- {{id: a-1, type: 单选, stem: 谁？, options: [甲, 乙], points: 1, key: {nothing}}}\n", "utf-8"
    )
    _bank, problems = read_bank(file)
    assert [problem.what for problem in problems] == ["question a-1: there is no key"]


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"#" * 5_000_001)
    with pytest.raises(InputError, match="larger than"):
        load_bank(file)


@given(bank=banks())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_folder_gives_back_what_was_saved(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("saved") / "bank"
    save_bank(bank, folder)
    found = load_bank(folder).by_id()
    assert {name: question.content_hash for name, question in found.items()} == {
        question.id: question.content_hash for question in bank
    }


def test_a_full_folder_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(UsageError):
        save_bank(Bank(()), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_enemies_are_mutual() -> None:
    from dataclasses import replace
    from decimal import Decimal

    from govkit.exams.bank.questions import Question, TruthKey

    one = Question("a", QuestionType.TRUE_FALSE, "甲", Decimal(1), TruthKey(True), enemies=("b",))
    bank = Bank((one, replace(one, id="b", enemies=("a",))))
    assert bank.enemies() == {frozenset({"a", "b"})}


def test_the_example_of_the_format_s_description_loads(tmp_path: Path) -> None:
    quizzes = shipped("quizzes")
    block = (quizzes / "FORMAT.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "a.yaml").write_text(block, "utf-8")
    (tmp_path / "sources.yaml").write_bytes((quizzes / "sources.yaml").read_bytes())
    assert [question.id for question in load_bank(tmp_path)] == ["sy-001"]
