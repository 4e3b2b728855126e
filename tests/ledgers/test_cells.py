import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.ledgers.cells import MAX_TEXT, Bad, is_blank, reader
from govkit.ledgers.declare import Column, choice, date, flag, integer, number, place, text
from tests.ledgers.books import PLACES

DAY = dt.date(2015, 9, 1)
NUMBER, INTEGER, DATE, FLAG, TEXT = (
    number("n", "数"),
    integer("i", "整数"),
    date("d", "日期"),
    flag("f", "是否"),
    text("t", "文字"),
)
WORD = choice("c", "层级", ("村", "乡镇", "区"), synonyms={"街道": "乡镇", "示范区（区）": "区"})
VILLAGE, TOWNSHIP = place(), place("单位", ("township",))

READ = [
    (DATE, DAY, DAY),
    (DATE, dt.datetime(2015, 9, 1, 8, 30), DAY),
    (DATE, "2015-09-01", DAY),
    (DATE, "2015-9-1", DAY),
    (DATE, "2015/9/1", DAY),
    (DATE, "2015.9.1", DAY),
    (DATE, "2015年9月1日", DAY),
    (DATE, "2015 年 9 月 1 号", DAY),
    (DATE, "２０１５年９月１日", DAY),
    (DATE, "２０１５．９．１", DAY),
    (DATE, "20150901", DAY),
    (DATE, 20150901.0, DAY),
    (DATE, 42248.0, DAY),
    (DATE, "2015-09-01 00:00:00", DAY),
    (DATE, " 2016-02-29 ", dt.date(2016, 2, 29)),
    (INTEGER, 12.0, 12),
    (INTEGER, "12", 12),
    (INTEGER, "１，２００", 1200),
    (INTEGER, "1,200", 1200),
    (INTEGER, "1 200", 1200),
    (INTEGER, "-3", -3),
    (INTEGER, "1e3", 1000),
    (INTEGER, float(2**53 - 1), 2**53 - 1),
    (NUMBER, "12.5", 12.5),
    (NUMBER, ".5", 0.5),
    (NUMBER, "１２．５", 12.5),
    (FLAG, "是", True),
    (FLAG, "√", True),
    (FLAG, 1.0, True),
    (FLAG, "TRUE", True),
    (FLAG, "否", False),
    (FLAG, "无", False),
    (FLAG, "0", False),
    (FLAG, "FALSE", False),
    (WORD, "乡镇", "乡镇"),
    (WORD, " 乡 镇 ", "乡镇"),
    (WORD, "街道", "乡镇"),
    (WORD, "示范区(区)", "区"),
    (VILLAGE, "北西尚村", "yangmiao-02"),
    (VILLAGE, "北西尚", "yangmiao-02"),
    (VILLAGE, "北 西 尚 村", "yangmiao-02"),
    (TOWNSHIP, "阳庙镇", "yangmiao"),
    (TEXT, "ＪＦ－００１", "JF-001"),
    (TEXT, "（甲）；乙，丙", "（甲）；乙，丙"),
    (TEXT, "　张样例\u200b ", "张样例"),
    (TEXT, "第一行\n第二行", "第一行\n第二行"),
    (TEXT, "a\x07b\x00c\r", "abc"),
    (TEXT, "=1+1", "=1+1"),
    (TEXT, 20150001.0, "20150001"),
    (TEXT, 1.5, "1.5"),
    (TEXT, DAY, "2015-09-01"),
    (TEXT, "\x002015-09-01", "2015-09-01"),
    (TEXT, "长" * MAX_TEXT, "长" * MAX_TEXT),
    (TEXT, "x" * MAX_TEXT, "x" * MAX_TEXT),
]


@pytest.mark.parametrize(("column", "raw", "value"), READ)
def test_what_is_read(column: Column, raw: object, value: object) -> None:
    read = reader(column, PLACES)(raw)
    assert read == value
    assert type(read) is type(value)


REFUSED = [
    (DATE, "三月", "不是有效日期"),
    (DATE, "2015-02-29", "不是有效日期"),
    (DATE, "2015-13-01", "不是有效日期"),
    (DATE, "15-09-01", "不是有效日期"),
    (DATE, 17.0, "不是有效日期"),
    (DATE, float("inf"), "不是有效日期"),
    (DATE, "TRUE", "不是有效日期"),
    (INTEGER, "12人", "“12人”不是整数"),
    (INTEGER, 1.5, "“1.5”不是整数"),
    (INTEGER, "九", "不是整数"),
    (INTEGER, float(2**53), "不是整数"),
    (INTEGER, "12,00", "不是整数"),
    (INTEGER, "TRUE", "不是整数"),
    (INTEGER, DAY, "不是整数"),
    (NUMBER, "约5", "不是数字"),
    (NUMBER, "1e999", "不是数字"),
    (NUMBER, float("inf"), "不是数字"),
    (NUMBER, "-", "不是数字"),
    (NUMBER, "50%", "不是数字"),
    (FLAG, "也许", "既不是“是”也不是“否”"),
    (FLAG, 2.0, "既不是“是”也不是“否”"),
    (WORD, "县", "不在本列允许"),
    (VILLAGE, "北西上村", "没有名为"),
    (VILLAGE, "阳庙镇", "不是本列应填的单位"),
    (TOWNSHIP, "马村", "不是本列应填的单位"),
    (TEXT, "长" * (MAX_TEXT + 1), "字符"),
    (TEXT, "x" * (MAX_TEXT + 1), "字符"),
    (TEXT, "#REF!", "错误值#REF!"),
    (NUMBER, "#DIV/0!", "错误值#DIV/0!"),
]


@pytest.mark.parametrize(("column", "raw", "words"), REFUSED)
def test_what_is_refused(column: Column, raw: object, words: str) -> None:
    bad = reader(column, PLACES)(raw)
    assert isinstance(bad, Bad)
    assert words in bad.what
    assert bad.repair


def test_a_long_value_is_quoted_in_part() -> None:
    bad = reader(NUMBER, PLACES)("长" * 500)
    assert isinstance(bad, Bad)
    assert len(bad.what) < 60


@pytest.mark.parametrize(
    ("raw", "blank"),
    [
        (None, True),
        ("", True),
        (" \n\u3000", True),
        ("\u200b", True),
        ("\x00", True),
        (float("nan"), True),
        (0.0, False),
        (False, False),
        ("0", False),
        ("=", False),
    ],
)
def test_blank(raw: object, blank: bool) -> None:
    assert is_blank(raw) is blank


RAW = st.none() | st.booleans() | st.floats() | st.integers() | st.dates() | st.datetimes() | st.text(max_size=30)


@given(RAW, st.sampled_from([DATE, INTEGER, NUMBER, FLAG, WORD, VILLAGE, TEXT]))
def test_any_cell_is_read_or_reported_and_never_raises(raw: object, column: Column) -> None:
    if not is_blank(raw):
        value = reader(column, PLACES)(raw)
        assert value is not None
        assert value != ""


@given(st.dates(dt.date(1980, 1, 1), dt.date(2100, 12, 31)))
def test_every_way_to_write_a_day_means_the_same_day(day: dt.date) -> None:
    read = reader(DATE, PLACES)
    serial = float((day - dt.date(1899, 12, 30)).days)
    ways = (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}", serial)
    assert {read(way) for way in ways} == {day}
