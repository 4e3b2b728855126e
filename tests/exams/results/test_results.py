"""Results: registered, sat, absent; the pass rate and its base; the resit; masks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.core.errors import InputError
from govkit.exams.exam import mark_exam
from govkit.exams.folder import read_table
from govkit.exams.paper.blueprint import Blueprint, read_blueprint
from govkit.exams.paper.roster import read_roster
from govkit.exams.results.results import (
    BASE_LABELS,
    Sitting,
    distribution,
    exam_results,
    honours,
    masked,
    resit_list,
    results,
)
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, TINY, assembled, tiny

ROSTER = """
01,苏家作乡,A,present
02,阳庙镇,A,absent
03,宁郭镇,A,present
03,宁郭镇,M,present
04,宁郭镇,A,present
05,宁郭镇,A,违纪
"""


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    return exam


def units(exam: Path, sitting: Sitting) -> dict[str, tuple[Any, ...]]:
    frame = exam_results(exam, sitting).units
    frame = frame.astype(object).where(frame.notna(), None)
    return {row[0]: tuple(row[1:]) for row in frame.itertuples(index=False, name=None)}


def test_units_worked_by_hand(exam: Path) -> None:
    """宁郭镇: 03 has 3.5, 04 has 0, 05 was disqualified and counts as having sat."""
    assert units(exam, "first") == {
        "苏家作乡": (1, 1, 0, 10.0, 1, 100.0),
        "阳庙镇": (1, 0, 1, None, 0, None),
        "宁郭镇": (3, 3, 0, 1.75, 0, 0.0),
        "合计": (5, 4, 1, 4.5, 1, 25.0),
    }


def test_the_resit_and_the_final_results(exam: Path) -> None:
    assert units(exam, "resit") == {"宁郭镇": (1, 1, 0, 7.0, 1, 100.0), "合计": (1, 1, 0, 7.0, 1, 100.0)}
    assert units(exam, "final")["合计"] == (5, 4, 1, pytest.approx(17 / 3), 2, 50.0)


def test_the_base_of_the_pass_rate_is_said(tmp_path: Path) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    assert exam_results(exam).base == "通过人数÷实考人数"


def test_the_pass_rate_may_divide_by_everyone_registered(tmp_path: Path) -> None:
    from tests.exams.builders import TINY_BANK

    text = TINY.replace("pass_mark: 6", "pass_mark: 6\npass_rate_base: registered")
    exam = assembled(tmp_path, text, TINY_BANK)
    other = tiny(tmp_path / "other", ROSTER, ANSWERS)
    for name in ("roster.csv", "responses.csv"):
        (exam / name).write_bytes((other / name).read_bytes())
    mark_exam(exam, PASSPHRASE, PERSON)
    found = exam_results(exam)
    assert (found.base, found.units.iloc[-1]["pass_rate"]) == (BASE_LABELS["registered"], 20.0)


def test_no_pass_rate_where_none_may_be_shown(exam: Path) -> None:
    roster, marks, blueprint = parts(exam)
    found = results(roster, marks, blueprint, sitting="first")
    assert found.units["pass_rate"].isna().all()
    assert found.base == "不计算通过率"


def parts(exam: Path) -> tuple[pd.DataFrame, pd.DataFrame, Blueprint]:
    """Roster, marks and a blueprint that allows no rate."""
    blueprint = read_blueprint(exam / "blueprint.yaml")
    marks = read_table(exam / "marks.csv", ("candidate", "form", "mark", "passed")).to_pandas().astype("str")
    return read_roster(exam, blueprint.all_forms, "M"), marks, replace(blueprint, rate_base="none")


def test_marks_altered_after_marking_are_found(exam: Path) -> None:
    text = (exam / "marks.csv").read_text("utf-8-sig")
    (exam / "marks.csv").write_text(text.replace("3.5,false", "9.5,true"), "utf-8-sig")
    with pytest.raises(InputError, match="阅卷之后被改动"):
        exam_results(exam)


def test_a_roster_changed_after_marking_needs_marking_again(exam: Path) -> None:
    text = (
        (exam / "roster.csv")
        .read_text("utf-8")
        .replace("02,考生02,阳庙镇,委员,A,absent", "02,考生02,阳庙镇,委员,A,present")
    )
    (exam / "roster.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match="重新阅卷"):
        exam_results(exam)
    mark_exam(exam, PASSPHRASE, PERSON)
    assert exam_results(exam).units.iloc[-1]["absent"] == 0


def test_results_before_marking_are_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        exam_results(tiny(tmp_path, ROSTER, ANSWERS))


def candidates(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["candidate", "name", "unit", "status", "mark", "passed"]
    return pd.DataFrame(rows, columns=columns)


FIVE = candidates(
    ("1", "王一", "甲", "present", 95.0, True),
    ("2", "李二", "乙", "present", 90.0, True),
    ("3", "欧阳三", "甲", "present", 90.0, True),
    ("4", "张四", "甲", "present", 59.9, False),
    ("5", "赵五", "乙", "absent", None, False),
)


def test_the_distribution_counts_everyone_once() -> None:
    bands = distribution(FIVE, 100.0)
    assert bands["label"].tolist() == [
        "60分以下",
        "60—70分（不含70分）",
        "70—80分（不含80分）",
        "80—90分（不含90分）",
        "90分及以上",
    ]
    assert bands["count"].tolist() == [1, 0, 0, 0, 3]


@pytest.mark.parametrize(("mark", "band"), [(0, 0), (59.99, 0), (60, 1), (89.9999, 3), (90, 4), (100, 4)])
def test_a_band_s_lower_end_belongs_to_it(mark: float, band: int) -> None:
    counts = distribution(candidates(("1", "王", "甲", "present", mark, True)), 100.0)["count"].tolist()
    assert counts.index(1) == band


def test_honours_keep_ties() -> None:
    assert honours(FIVE, 90)["candidate"].tolist() == ["1", "2", "3"]
    assert honours(FIVE, 90, most=2)["candidate"].tolist() == ["1", "2", "3"]
    assert honours(FIVE, 90, most=1)["candidate"].tolist() == ["1"]
    assert honours(FIVE, 90, most=0).empty


def test_who_must_resit() -> None:
    assert resit_list(FIVE)["candidate"].tolist() == ["5", "4"]
    assert resit_list(FIVE, include_absent=False)["candidate"].tolist() == ["4"]


def test_public_results_hold_no_number_and_no_given_name() -> None:
    public = masked(FIVE)
    assert "candidate" not in public
    assert public["name"].tolist() == ["王某", "李某", "欧阳某", "张某", "赵某"]
