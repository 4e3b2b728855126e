"""The rules of sentences, each as a table: what is zero, undefined or trivial is not told; changes go by magnitude."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.figures.snapshot import Snapshot
from govkit.reports.sentences import (
    Account,
    best_units,
    change_in_count,
    change_in_rate,
    most_of,
    parts_of,
    sentence,
    units_behind,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (None, 3, ""),
        (3, None, ""),
        (NAN, 3, ""),
        (0, 0, ""),
        (3, 3, "与上月持平"),
        (3, 0, "比上月增加3件"),
        (0, 3, "比上月减少3件"),
        (9, 8, "比上月增加1件"),  # of so few a percentage says nothing
        (11, 10, "比上月增加1件，增长10.0%"),
        (104, 100, "比上月略增4件"),
        (96, 100, "比上月略减4件"),
        (105, 100, "比上月增加5件，增长5.0%"),
        (149, 100, "比上月增加49件，增长49.0%"),
        (150, 100, "比上月明显增加50件，增长50.0%"),
        (50, 100, "比上月明显减少50件，下降50.0%"),
        (200, 100, "比上月增加100件，是上月的2倍"),
        (250, 100, "比上月增加150件，是上月的2.5倍"),
        (100_001, 100_000, "比上月增加1件"),
    ],
)
def test_a_change_of_a_count_goes_by_its_magnitude(now: Any, before: Any, said: str) -> None:
    assert change_in_count(now, before, "件").replace(".0倍", "倍") == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (None, 90.0, ""),
        (90.0, None, ""),
        (98.54, 98.5, "与上月持平"),
        (98.5, 97.6, "比上月略升0.9个百分点"),
        (98.5, 97.5, "比上月提高1.0个百分点"),
        (97.6, 98.5, "比上月略降0.9个百分点"),
        (90.0, 98.5, "比上月下降8.5个百分点"),
    ],
)
def test_a_change_of_a_rate_is_in_points(now: Any, before: Any, said: str) -> None:
    assert change_in_rate(now, before) == said


@pytest.mark.parametrize(
    ("whole", "parts", "said"),
    [
        (0, [("警告", 0), ("严重警告", 0)], ""),
        (None, [("警告", None)], ""),
        (2, [("警告", 0), ("严重警告", 2)], "均为严重警告"),
        (3, [("警告", 1), ("严重警告", 2)], "其中警告1人、严重警告2人"),
        (3, [("警告", 1), ("严重警告", 0)], "其中警告1人"),
    ],
)
def test_parts_that_are_zero_are_not_listed(whole: Any, parts: Any, said: str) -> None:
    assert parts_of(whole, parts, "人") == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ""),
        ({"甲镇": 90.0}, ""),
        ({"甲镇": 90.0, "乙镇": None}, ""),
        ({"甲镇": 100.0, "乙镇": 100.0}, ""),
        ({"甲镇": 99.0, "乙镇": 90.0}, "甲镇（99.0%）居前"),
        ({"甲镇": 99.0, "乙镇": 98.0, "丙镇": 90.0}, "甲镇（99.0%）、乙镇（98.0%）居前"),
        ({"甲镇": 99.0, "乙镇": 99.0, "丙镇": 90.0, "丁镇": 91.0}, "甲镇、乙镇（99.0%）居前"),
        ({"甲镇": 99.0, "乙镇": 99.0, "丙镇": 90.0}, ""),  # most are first: nobody is ahead
    ],
)
def test_the_best_units_are_named_where_some_are_ahead(values: Any, said: str) -> None:
    assert best_units(values) == said


@pytest.mark.parametrize(
    ("values", "whole", "named", "said"),
    [
        ({"甲镇": 90.0}, None, True, ""),
        ({"甲镇": 93.1}, 96.0, True, ""),
        ({"甲镇": 93.0}, 96.0, True, "甲镇（93.0%）"),
        ({"甲镇": 93.0, "乙镇": 80.0}, 96.0, True, "乙镇（80.0%）、甲镇（93.0%）"),
        ({"甲镇": 93.0, "乙镇": 80.0}, 96.0, False, "2个单位"),
        (
            {f"{n}镇": 10.0 * k for k, n in enumerate("甲乙丙丁")},
            96.0,
            True,
            "甲镇（0.0%）、乙镇（10.0%）、丙镇（20.0%）等4个单位",
        ),
    ],
)
def test_units_behind_are_named_by_the_offices_setting(values: Any, whole: Any, named: bool, said: str) -> None:
    assert units_behind(values, whole, named=named) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [({"甲镇": 0}, ""), ({"甲镇": 5, "乙镇": 0}, "甲镇（5件）"), ({"甲镇": 2, "乙镇": 5}, "乙镇（5件）、甲镇（2件）")],
)
def test_units_with_none_are_not_named(values: Any, said: str) -> None:
    assert most_of(values, "件", named=True) == said


@given(st.lists(st.sampled_from(["", "甲1件", "乙2件；", "丙。"]), max_size=5))
def test_a_sentence_ends_once_or_is_empty(clauses: list[str]) -> None:
    said = sentence(*clauses)
    assert said == "" or (
        said.endswith("。") and said.count("。") == 1 and "，，" not in said and said[0] not in "，；"
    )


def test_no_figure_is_told_twice_and_no_zero_at_all(snapshot: Snapshot) -> None:
    f = snapshot.figures("", "2015-09")
    account = Account(f)
    assert account.count("排查", "G4") == f"排查{f['G4']}"
    assert account.count("排查", "G4") == ""
    assert account.year("累计排查", "G4") == f"累计排查{f['G4'].ytd}"
    assert account.year("累计排查", "排查矛盾纠纷") == ""
    assert not f["T3"].value
    assert account.count("考试参考", "T3") == account.rate("通过率", "T4") == ""


def test_a_year_that_is_the_month_is_not_told_again(snapshot: Snapshot) -> None:
    f = snapshot.figures("", "2015-01")
    account = Account(f)
    assert account.count("排查", "G4")
    assert account.year("累计排查", "G4") == ""


def test_few_persons_are_withheld_and_other_counts_are_not(snapshot: Snapshot) -> None:
    f = snapshot.figures("文昌街道", "2015-09")
    assert 1 <= (f["H9"].value or 0) <= 3
    assert "不公开具体数" in Account(f, withheld=3, few=frozenset({"H9"})).count("安排就业", "H9")
    assert Account(f, withheld=3).count("安排就业", "H9") == f"安排就业{f['H9']}"


def test_units_with_few_matters_are_not_compared(snapshot: Snapshot) -> None:
    values = Account(snapshot.figures("阳庙镇", "2015-03")).units("G6", "G4")
    bases = snapshot.figures("阳庙镇", "2015-03").values_by_unit("G4", to_date=True)
    few = set(bases.loc[bases.iloc[:, 1] < 5, "单位"])
    assert few
    assert {name for name, value in values.items() if pd.isna(value)} >= few
