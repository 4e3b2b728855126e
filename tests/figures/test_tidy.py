"""Indicators as tidy frames: periods, units, numbers beside an independent count, and NaN where nothing is known."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.figures.table import Table
from govkit.figures.tidy import LABELS, wilson
from govkit.institutions import indicators
from govkit.ledgers.indicator import Indicator, Ratio


@pytest.mark.parametrize(
    ("periods", "dtype", "codes"),
    [
        ("month", "period[M]", [f"2015-{month:02}" for month in range(1, 13)]),
        ("季度", "period[Q-DEC]", ["2015Q1", "2015Q2", "2015Q3", "2015Q4"]),
        ("year", "period[Y-DEC]", ["2015"]),
        ("2015-09", "period[M]", ["2015-09"]),
        ("2015年9月", "period[M]", ["2015-09"]),
        ("2015年第三季度", "period[Q-DEC]", ["2015Q3"]),
        ("2015-Q3", "period[Q-DEC]", ["2015Q3"]),
        (2015, "period[Y-DEC]", ["2015"]),
        ("2015-11:2015-12", "period[M]", ["2015-11", "2015-12"]),
        (["2015-09", "2015-03", "2015-09"], "period[M]", ["2015-09", "2015-03"]),
        (pd.Period("2015-09", "M"), "period[M]", ["2015-09"]),
        (pd.period_range("2015Q1", "2015Q2", freq="Q"), "period[Q-DEC]", ["2015Q1", "2015Q2"]),
    ],
)
def test_periods_are_read(snapshot: Snapshot, periods: Any, dtype: str, codes: list[str]) -> None:
    table = snapshot.indicator("G4", periods=periods)
    assert str(table["period"].dtype) == dtype
    assert table["period"].astype(str).tolist() == codes


@pytest.mark.parametrize(
    ("periods", "problems"),
    [
        ("2015-13", ["不是月份、季度或年度"]),
        ("2015Q5", ["不是月份、季度或年度"]),
        ("2015-9", ["不是月份、季度或年度"]),
        ("weekly", ["不是月份、季度或年度"]),
        ("", ["不是月份、季度或年度"]),
        ("2015-03:", ["不是月份、季度或年度"]),
        ("2015-03:2015Q2", ["不是月份、季度或年度"]),
        (2015.5, ["不是月份、季度或年度"]),
        (pd.Period("2015-09-01", "D"), ["不是月份、季度或年度"]),
        ("2016", ["台账里没有2016年1—12月的记录"]),
        (["2014-12", "2015-13", "2016-01"], ["台账里没有2014年12月", "不是月份", "台账里没有2016年1月"]),
        (["2015-01", "2015Q1"], ["混在一起"]),
        ([], ["一个时期也没有"]),
        ("2015-09:2015-03", ["不是月份、季度或年度"]),
    ],
)
def test_what_is_no_period_is_refused(snapshot: Snapshot, periods: Any, problems: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        snapshot.indicator("G4", periods=periods)
    said = [problem.what for problem in refused.value.problems]
    assert len(said) == len(problems)
    assert all(part in what for part, what in zip(problems, said, strict=True))


def test_months_quarters_and_the_year_are_what_pandas_counts(snapshot: Snapshot) -> None:
    rows = snapshot.frames["disputes"]
    for freq, periods in (("M", "month"), ("Q", "quarter"), ("Y", "year")):
        counted = rows.groupby(["township", rows["found_on"].dt.to_period(freq)]).size()
        table = snapshot.indicator("G4", by="township", periods=periods).set_index(["place", "period"])["value"]
        expected = counted.reindex(table.index, fill_value=0)
        assert table.tolist() == expected.tolist()


def test_a_rate_comes_with_its_numerator_and_denominator(snapshot: Snapshot) -> None:
    table: Any = snapshot.indicator(["G6", "H11", "G4"], by="township", periods=["2015-03", "2015-12"]).set_index(
        "code"
    )
    assert table.loc["G4", ["numerator", "denominator"]].isna().all(axis=None)
    rate, average = table.loc["G6"], table.loc["H11"]
    assert rate["value"].tolist() == (rate["numerator"] / rate["denominator"] * 100).tolist()
    assert average["value"].dropna().tolist() == (average["numerator"] / average["denominator"]).dropna().tolist()
    assert rate["unit"].unique().tolist() == ["%"]
    rows: Any = snapshot.frames["disputes"]
    end = pd.Timestamp("2015-03-31")  # the rate counts from January
    found = rows[rows["found_on"] <= end]
    settled = found[found["settled_on"] <= end]
    march = rate[rate["period"] == pd.Period("2015-03")].set_index("place")
    assert march["denominator"].to_dict() == found.groupby("township").size().astype(float).to_dict()
    assert march["numerator"].to_dict() == settled.groupby("township").size().astype(float).to_dict()


@pytest.mark.slow
def test_the_table_agrees_with_every_indicator_called_by_itself(snapshot: Snapshot) -> None:
    for level in ("district", "township"):
        codes = list(snapshot.indicators(level).index)
        table: Any = snapshot.indicator(codes, by=level, periods="2015-06").set_index(["code", "place"])["value"]
        for code, unit in product(codes, snapshot.places.at(level)):
            alone = indicators()[code](snapshot.frames, unit, snapshot.month("2015-06"))
            value = table[code, unit.code]
            assert (pd.isna(value) and not alone) or value == pytest.approx(alone)


def test_a_hundred_villages_and_twelve_months_take_one_count_for_each_indicator(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    count = Indicator.over

    def counting(self: Indicator, *args: Any) -> Any:
        counted.append(self.code)
        return count(self, *args)

    monkeypatch.setattr(Indicator, "over", counting)
    fresh = Snapshot(snapshot.store, places=snapshot.places)
    fresh.frames = snapshot.frames
    codes = ["G4", "G5", "decisions_in_order_rate", "D4"]  # a rate is made from its parts, which are counted once
    for _again in range(2):
        assert len(fresh.indicator(codes, by="village", periods="month")) == 4 * 104 * 12
    assert sorted(counted) == ["D4", "G4", "G5", "decisions_resolved"]


def test_numbers_are_numbers_and_a_table_is_a_frame(snapshot: Snapshot) -> None:
    table = snapshot.indicator(["G4", "visitors"], by="township", periods="quarter")
    assert isinstance(table, Table)
    assert isinstance(table, pd.DataFrame)
    assert {str(table[name].dtype) for name in ("value", "numerator", "denominator")} == {"float64"}
    assert {str(table[name].dtype) for name in ("reported", "expected", "months")} == {"int64"}
    assert len(table) == 2 * 6 * 4
    assert set(table.columns) <= set(LABELS)
    assert table.labelled().columns.tolist()[:3] == ["时期", "单位编码", "单位"]


def test_a_year_to_date_counts_from_january(snapshot: Snapshot) -> None:
    months = snapshot.indicator("G4", periods="month")["value"]
    to_date = snapshot.indicator("G4", periods="month", to_date=True)
    assert to_date["value"].tolist() == months.cumsum().tolist()
    assert to_date["months"].tolist() == list(range(1, 13))


def test_a_wide_table_has_a_column_for_each_unit_and_indicator(snapshot: Snapshot) -> None:
    long = snapshot.indicator(["G4", "G6"], by="township", periods="quarter")
    wide = snapshot.indicator(["G4", "G6"], by="township", periods="quarter", wide=True)
    assert isinstance(wide.index, pd.PeriodIndex)
    assert wide.columns.names == ["指标", "单位"]
    assert wide["化解率"].columns.tolist() == [unit.name for unit in snapshot.places.at("township")]
    columns: Any = list(wide.columns)
    for label, name in columns:
        own = long[(long["label"] == label) & (long["place_name"] == name)]
        assert wide[label, name].tolist() == own["value"].tolist()
    one_unit = snapshot.indicator(["G4", "G6"], "阳庙镇", periods="month", wide=True)
    assert one_unit.columns.tolist() == ["排查矛盾纠纷", "化解率"]
    assert snapshot.indicator("G4", "阳庙镇", periods="month", wide=True).columns.tolist() == ["阳庙镇"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: s.indicator("visitors", by="village"), "不按这一级统计：村"),
        (lambda s: s.indicator("visitors", "北西尚"), "不按这一级统计：村"),
        (lambda s: s.indicator(["G4", "visitors"], by="村", periods="month"), "不按这一级统计：村"),
        (lambda s: s.indicator("T1", by="township"), "不按这一级统计：乡镇（街道）"),
        (lambda s: s.compare("visitors", by="village"), "不按这一级统计：村"),
        (lambda s: s.indicator("G4", "北西尚", by="township"), "没有这一级的单位"),
        (lambda s: s.indicator("G4", period="2015-09", periods="2015"), "同时给了"),
        (lambda s: s.indicator(["G6"], interval=1.5), "不是置信水平"),
        (lambda s: s.indicator(["G6"], interval=0.95, wide=True), "宽表只放数值"),
        (lambda s: s.indicator([]), "没有写指标"),
    ],
)
def test_what_cannot_be_answered_is_refused(snapshot: Snapshot, call: Callable[[Snapshot], Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        call(snapshot)
    assert said in refused.value.problems[0].what


def test_the_district_is_a_level_too(snapshot: Snapshot) -> None:
    assert snapshot.indicator("G4", by="district", period="2015-09").to_dict() == {"示范区": 125.0}
    assert snapshot.indicator("visitors", by="district", periods="2015")["place"].tolist() == ["sfq"]


def test_a_unit_that_did_not_report_has_no_number(partial: Snapshot) -> None:
    series = partial.indicator("G4", by="township", period="2015-09")
    assert series[series.isna()].index.tolist() == ["阳庙镇"]
    assert partial.indicator("G4", "阳庙镇", "2015-09") is None
    villages = partial.indicator(["G4", "G6"], "阳庙镇", by="village", periods="month")
    assert villages[["value", "numerator", "denominator"]].isna().all(axis=None)
    whole = partial.indicator("G4", periods="2015")
    assert whole[["reported", "expected"]].to_numpy().tolist() == [[5, 6]]
    assert whole["value"].item() == len(partial.frames["disputes"])


def test_a_unit_that_reported_none_has_zero(snapshot: Snapshot) -> None:
    rows = snapshot.frames["disputes"]
    counted = rows[rows["found_on"].dt.to_period("M") == pd.Period("2015-09")].groupby("place").size()
    villages: Any = snapshot.indicator("G4", by="village", periods="2015-09").set_index("place")["value"]
    silent = villages.index.difference(counted.index)
    assert len(silent) > 0
    assert (villages[silent] == 0).all()
    assert villages.notna().all()


@settings(max_examples=10, deadline=None)
@given(st.sets(st.sampled_from(["sujiazuo", "yangmiao", "ningguo", "liwan", "wenyuan", "wenchang"])), st.data())
def test_nan_is_where_no_row_of_the_year_is(snapshot: Snapshot, kept: set[str], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["G4", "G6", "C9", "visitors", "H7", "G2", "D4"]))
    frames = dict(snapshot.frames)
    for ledger in indicators()[code].ledgers:
        rows = frames[ledger.code]
        frames[ledger.code] = rows[rows["township"].isin(kept)]
    part = Snapshot(snapshot.store, places=snapshot.places)
    part.frames = frames
    table: Any = part.indicator(code, by="township", periods="month").set_index("place")
    for unit in snapshot.places.at("township"):
        values = table.loc[unit.code, "value"]
        if unit.code not in kept:
            assert values.isna().all()
        elif isinstance(indicators()[code], Ratio):
            assert (values.notna() == (table.loc[unit.code, "denominator"] > 0)).all()
        else:
            assert values.notna().all()


def test_changes_are_from_the_period_before_and_the_year_before(snapshot: Snapshot) -> None:
    table: Any = snapshot.compare(["G4", "G6"], by="township", periods="quarter")
    values = snapshot.indicator(["G4", "G6"], by="township", periods="quarter")
    assert table["value"].equals(values["value"])
    found = table[(table["code"] == "G4") & (table["place"] == "yangmiao")]
    assert found["before"].tolist()[1:] == found["value"].tolist()[:-1]
    assert np.isnan(found["before"].iloc[0])
    assert found["change"].dropna().tolist() == found["value"].diff().dropna().tolist()
    assert found["change_rate"].dropna().tolist() == pytest.approx(
        (found["value"].pct_change() * 100).dropna().tolist()
    )
    rates = table[table["code"] == "G6"]
    assert rates["change"].notna().any()
    assert rates["change_rate"].isna().all()
    assert table[["year_before", "year_change", "year_change_rate"]].isna().all(axis=None)


def test_a_year_before_is_found_where_the_ledgers_hold_it(snapshot: Snapshot) -> None:
    rows = snapshot.frames["disputes"]
    earlier = rows.assign(dispute_id="old" + rows["dispute_id"], found_on=rows["found_on"] - pd.DateOffset(years=1))
    both = Snapshot(snapshot.store, places=snapshot.places)
    both.frames = dict(snapshot.frames) | {"disputes": pd.concat([rows, earlier.head(700)], ignore_index=True)}
    table = both.compare("G4", periods="2015-09")
    then = (earlier.head(700)["found_on"].dt.to_period("M") == pd.Period("2014-09")).sum()
    assert table["year_before"].item() == then > 0
    assert table["year_change"].item() == table["value"].item() - then


@given(st.integers(0, 3000), st.integers(0, 3000), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_holds_its_proportion(successes: int, failures: int, confidence: float) -> None:
    trials = successes + failures
    low, high = (limit.item() for limit in wilson(successes, trials, confidence))
    if not trials:
        assert np.isnan(low)
        assert np.isnan(high)
        return
    assert 0 <= low <= successes / trials <= high <= 1
    limits = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((limits.low, limits.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(5, 4), (-1, 4), (0, 0), (np.nan, 5), (2, np.nan)])
def test_what_is_no_proportion_has_no_interval(successes: float, trials: float) -> None:
    assert np.isnan([limit.item() for limit in wilson(successes, trials)]).all()


def test_a_rate_has_an_interval_and_a_count_has_none(snapshot: Snapshot) -> None:
    table: Any = snapshot.indicator(["T4", "G4", "H11"], by="township", periods="2015", interval=0.9).set_index("code")
    rates = table.loc["T4"]
    assert ((rates["low"] <= rates["value"]) & (rates["value"] <= rates["high"])).all()
    low, high = wilson(rates["numerator"], rates["denominator"], 0.9)
    assert rates["low"].tolist() == (low * 100).tolist()
    assert rates["high"].tolist() == (high * 100).tolist()
    assert table.loc[["G4", "H11"], ["low", "high"]].isna().all(axis=None)
