"""Tables of item analysis: Chinese headings, flags, the chart."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError, InternalError
from govkit.exams.exam import analyse_exam, mark_exam, simulate_exam
from govkit.exams.results.item_tables import (
    FLAG_LABELS,
    MOST_NAMES,
    flags_in_words,
    nearest_analysis,
    read_analysis,
    scatter,
    spread_apart,
)
from tests.exams.builders import PASSPHRASE, PERSON, TINY, TINY_BANK, assembled, tiny


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    folder = assembled(tmp_path, TINY, TINY_BANK)
    simulate_exam(folder, PASSPHRASE, PERSON, seed=1, candidates=80, passes=(40, 76))
    mark_exam(folder, PASSPHRASE, PERSON)
    analyse_exam(folder, PASSPHRASE, PERSON)
    return folder


def test_what_the_files_hold_comes_back(exam: Path) -> None:
    made = analyse_exam(exam, PASSPHRASE, PERSON)
    view = read_analysis(exam)
    assert view.papers == made.papers
    assert list(view.items["question"]) == list(made.items["question"])
    assert list(view.items["findings"]) == list(made.items["findings"])
    assert view.title == "小测验"


def test_no_english_stands_in_any_heading(exam: Path) -> None:
    view = read_analysis(exam)
    tables = [view.paper_table(), view.item_table(), view.flagged_table(), view.option_table("s1")]
    headings = [str(name) for table in tables for name in table.columns]
    assert [name for name in headings if name.isascii()] == []


def test_the_option_table_names_the_options_and_the_key(exam: Path) -> None:
    table = read_analysis(exam).option_table("s1")
    assert list(table["选项"]) == ["A", "B", "C", "D", "—"]
    assert list(table["内容"])[:2] == ["选项甲", "选项乙"]
    assert list(table["答案"]) == ["✓", "", "", "", ""]
    assert table["人数"].sum() == 80


def test_a_fill_in_has_no_options(exam: Path) -> None:
    assert len(read_analysis(exam).option_table("f1")) == 0


@pytest.mark.parametrize(
    ("findings", "said"),
    [("", ""), ("too_hard", "过难"), ("too_easy dead_distractor", "过易、有无人选的干扰项"), ("new_flag", "new_flag")],
)
def test_flags_in_words(findings: str, said: str) -> None:
    assert flags_in_words(findings) == said


def test_every_flag_has_its_words() -> None:
    from inspect import getsource

    from govkit.exams.results import analysis

    assert all(f'"{name}"' in getsource(analysis) for name in FLAG_LABELS)
    assert getsource(analysis._flags).count('": ') == len(FLAG_LABELS)


@pytest.mark.parametrize("damage", [None, "", "{}", '{"papers": {"A": {"surprise": 1}}}'])
def test_not_analysed_or_damaged(exam: Path, damage: str | None) -> None:
    if damage is None:
        (exam / "analysis.json").unlink()
    else:
        (exam / "analysis.json").write_text(damage, "utf-8")
    with pytest.raises(InputError, match="还没有做题目分析"):
        read_analysis(exam)


def test_without_any_exam_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert nearest_analysis() is None


def test_the_chart_draws_all_items(exam: Path) -> None:
    chart = scatter(read_analysis(exam).items)
    assert chart.svg.startswith("<?xml")
    assert "共4题" in chart.alt


def test_too_few_answers_give_no_chart(tmp_path: Path) -> None:
    folder = tiny(tmp_path, "01,甲,A,present", [])
    mark_exam(folder, PASSPHRASE, PERSON)
    analyse_exam(folder, PASSPHRASE, PERSON)
    with pytest.raises(InternalError, match="作答太少"):
        scatter(read_analysis(folder).items)


@given(st.lists(st.floats(6, 96), max_size=MOST_NAMES))
def test_names_beside_the_chart_never_overlap_and_stay_within_it(heights: list[float]) -> None:
    placed = spread_apart(sorted(heights))
    assert all(after - before >= 3.99 for before, after in pairwise(placed))
    assert all(5.99 <= height <= 96.01 for height in placed)
    assert len(placed) == len(heights)


def test_names_with_room_stay_beside_their_dots() -> None:
    assert spread_apart([10, 30, 96]) == [10, 30, 96]
    assert spread_apart([10, 10, 96]) == [10, 14, 96]
    assert spread_apart([10, 95, 96]) == [10, 92, 96]
