import datetime as dt
import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.rendering.content import wording as w


@pytest.mark.parametrize(
    ("value", "unit", "kind", "text"),
    [
        (1372, "件", "E", "1372件"),
        (9999, "件", "E", "9999件"),
        (10000, "元", "E", "10,000元"),
        (240, "件", "A", "240余件"),
        (1900, "", "A", "1900余"),
        (600, "人次", "L", "600人次以上"),
        (98.5, "%", "R", "98.5%"),
        (95, "", "R", "95%"),
        ("实现全覆盖", "", "N", "实现全覆盖"),
        (None, "条", "U", "官方文本待填"),
        (3, "条", "U", "官方文本待填"),
        (None, "件", "E", "—"),
        (float("nan"), "件", "A", "—"),
        (0, "件", "E", "0件"),
    ],
)
def test_a_figure_is_worded_by_its_kind(value: Any, unit: str, kind: w.Kind, text: str) -> None:
    assert w.figure(value, unit, kind) == text


@given(st.integers(0, 10**9), st.sampled_from(["A", "L"]))
def test_approximate_and_least_figures_never_render_as_exact(value: int, kind: w.Kind) -> None:
    text = w.figure(value, "件", kind)
    assert text != w.number(value, "件")
    assert ("余" if kind == "A" else "以上") in text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.25, 1, "0.3"), (2.25, 1, "2.3"), (98.45, 1, "98.5"), (-0.04, 1, "0.0"), (2.5, 0, "3"), (1.005, 2, "1.01")],
)
def test_rounding_is_half_up(value: float, digits: int, text: str) -> None:
    assert w.number(value, digits=digits) == text


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, float("inf")])
def test_no_value_is_a_dash(missing: Any) -> None:
    assert w.number(missing, "件") == "—"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (157, 145, "比上月增加12件，增长8.3%"),
        (145, 157, "比上月减少12件，下降7.6%"),
        (12, 12, "与上月持平"),
        (0, 0, "与上月持平"),
        (12, 0, "比上月增加12件"),
        (0, 12, "比上月减少12件，下降100.0%"),
        (12, None, "上月无数据"),
        (12, float("nan"), "上月无数据"),
        (None, 12, "本月无数据"),
        (100_001, 100_000, "比上月增加1件，增长不足0.1%"),
        (30_000, 10_000, "比上月增加20,000件，增长200.0%"),
        (1.5, 2, "比上月减少0.5件，下降25.0%"),
    ],
)
def test_change_of_counts(now: float | None, before: float | None, text: str) -> None:
    assert w.change(now, before, "件") == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (98.5, 97.3, "比上月提高1.2个百分点"),
        (97.3, 98.5, "比上月下降1.2个百分点"),
        (98.51, 98.49, "与上月持平"),
        (0, 0, "与上月持平"),
        (98.5, None, "上月无数据"),
    ],
)
def test_change_of_rates_is_in_percentage_points(now: float, before: float | None, text: str) -> None:
    assert w.change(now, before, is_rate=True) == text


def test_change_is_the_difference_of_what_is_printed() -> None:
    now, before = 98.55, 97.34
    assert (w.number(now, digits=1), w.number(before, digits=1)) == ("98.6", "97.3")
    assert w.change(now, before, is_rate=True) == "比上月提高1.3个百分点"


def test_change_against_another_period() -> None:
    assert w.change(5, 4, "件", than="上年同月") == "比上年同月增加1件，增长25.0%"


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_change_never_divides_by_zero_and_never_says_minus(now: int, before: int) -> None:
    text = w.change(now, before, "件")
    assert "-" not in text
    assert ("持平" in text) == (now == before)
    assert ("%" in text) == (before > 0 and now != before)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1372, 1393, "98.5%"), (0, 5, "0.0%"), (5, 5, "100.0%"), (1, 0, "—"), (None, 5, "—"), (1, None, "—")],
)
def test_percent(part: float | None, whole: float | None, text: str) -> None:
    assert w.percent(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (143000, "14.3万元"),
        (2_400_000, "240万元"),
        (1056, "1056元"),
        (15000, "1.5万元"),
        (10050, "10,050元"),
        (9.5, "9.50元"),
        (None, "—"),
    ],
)
def test_money(value: float | None, text: str) -> None:
    assert w.yuan(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "一"),
        (9, "九"),
        (10, "十"),
        (11, "十一"),
        (19, "十九"),
        (20, "二十"),
        (21, "二十一"),
        (90, "九十"),
        (99, "九十九"),
    ],
)
def test_numerals(value: int, text: str) -> None:
    assert w.numeral(value) == text


def test_numerals_are_all_different() -> None:
    assert len({w.numeral(value) for value in range(1, 100)}) == 99


@pytest.mark.parametrize("value", [0, 100, -1])
def test_numerals_outside_1_to_99_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="1 to 99"):
        w.numeral(value)


@pytest.mark.parametrize(("level", "text"), [(1, "二、"), (2, "（二）"), (3, "2."), (4, "（2）")])
def test_heading_numbers(level: int, text: str) -> None:
    assert w.heading_number(level, 2) == text


@pytest.mark.parametrize(
    "value",
    ["2015-09-01", "2015-09-01T08:00:00", dt.date(2015, 9, 1), dt.datetime(2015, 9, 1, 8), pd.Timestamp("2015-09-01")],
)
def test_dates_have_no_leading_zeros(value: object) -> None:
    assert w.date(value) == "2015年9月1日"


@pytest.mark.parametrize("value", ["2015-09", "2015-09-30", dt.date(2015, 9, 30), pd.Period("2015-09", "M")])
def test_months(value: object) -> None:
    assert w.month(value) == "2015年9月"
    assert w.year_to_date(value) == "2015年1—9月"


def test_january_is_its_own_year_to_date() -> None:
    assert w.year_to_date("2015-01") == "2015年1月"


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["甲"], "甲"), (["甲", "乙"], "甲和乙"), (["甲", "乙", "丙"], "甲、乙和丙")]
)
def test_lists_in_a_sentence(items: list[str], text: str) -> None:
    assert w.joined(items) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_is_digits_only(value: float) -> None:
    assert re.fullmatch(r"-?\d{1,4}(\.\d+)?|-?\d{1,3}(,\d{3})+(\.\d+)?", w.number(value))
