import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.ledgers.period import Period

MONTHS = st.dates(dt.date(1952, 1, 1), dt.date(2100, 12, 31)).map(lambda day: Period.month(f"{day:%Y-%m}"))


@pytest.mark.parametrize(
    ("text", "end"),
    [("2015-09", dt.date(2015, 9, 30)), ("2016-02", dt.date(2016, 2, 29)), ("2015-02", dt.date(2015, 2, 28))],
)
def test_a_month(text: str, end: dt.date) -> None:
    assert (Period.month(text).end, Period.month(text).code) == (end, text)


@pytest.mark.parametrize(
    "text", ["2015-13", "2015-00", "2015-9", "201509", "1948-12", "9999-01", "", "九月", "2015-09-01"]
)
def test_no_month(text: str) -> None:
    with pytest.raises(InputError, match="不是有效月份"):
        Period.month(text)


LABELS = [
    (Period.month("2015-09"), "2015年9月"),
    (Period.months("2015-01", "2015-09"), "2015年1—9月"),
    (Period.months("2014-10", "2015-02"), "2014年10月—2015年2月"),
    (Period(dt.date(2015, 9, 3), dt.date(2015, 9, 4)), "2015年9月"),
]


@pytest.mark.parametrize(("period", "label"), LABELS)
def test_labels(period: Period, label: str) -> None:
    assert period.label == label


def test_neighbours() -> None:
    assert Period.month("2015-01").previous() == Period.month("2014-12")
    assert Period.month("2016-02").year_before() == Period.month("2015-02")
    assert Period.month("2015-09").year_to_date() == Period(dt.date(2015, 1, 1), dt.date(2015, 9, 30))
    assert [m.code for m in Period.month("2015-02").last_months(3)] == ["2014-12", "2015-01", "2015-02"]
    assert Period.month("2015-09").until_end().end == dt.date(2015, 9, 30)


@given(MONTHS)
def test_months_follow_each_other_without_a_gap(month: Period) -> None:
    assert month.previous().end + dt.timedelta(days=1) == month.start
    assert month.start.day == 1
    assert (month.end + dt.timedelta(days=1)).day == 1


@given(MONTHS, st.integers(1, 30))
def test_the_last_months_end_with_this_one(month: Period, count: int) -> None:
    months = month.last_months(count)
    assert len(months) == count
    assert months[-1] == month
