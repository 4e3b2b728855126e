"""Whose a workbook is, for which month, what it holds: by content first, by names second."""

from pathlib import Path

import pytest

from govkit.institutions import ledgers
from govkit.ledgers.collect.delivery import Delivery
from govkit.ledgers.collect.incoming import Arrived
from govkit.ledgers.collect.recognise import Recogniser
from govkit.ledgers.places import shipped_places
from tests.ledgers.collect.arriving import MOMENT, book, grid, put

NIL_LINE = ["填报单位：马村", "月份：2015-09", "本月没有事项的选“是”（零报告）：", "是"]
COVER = {"报送单": [["2015年9月台账报送单"], ["填报单位", "南张村"], ["月份", "2015-09"], ["填表人", "甲某"]]}


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(ledgers().values(), shipped_places(), "2015-09")


def recognised(recogniser: Recogniser, folder: Path, content: bytes, name: str = "台账.xlsx") -> Delivery:
    return recogniser.recognise(Arrived(put(folder, Path(name).name, content), name, MOMENT.astimezone()))


@pytest.mark.parametrize(
    ("title", "line", "village", "name", "unit", "month"),
    [
        ("马村2015年9月矛盾纠纷台账", [], "马村", "台账.xlsx", "马村", "2015-09"),
        ("矛盾纠纷台账", ["填报单位：马村 年度：2015年 月份：9月"], "马村", "南张村.xlsx", "马村", "2015-09"),
        ("矛盾纠纷台账", ["填报单位：", "马村", "月份：", "2015年8月"], "马村", "9月.xlsx", "马村", "2015-08"),
        ("矛盾纠纷台账", ["填报单位：宁郭镇马村村委会"], "马村", "2015年9月.xlsx", "马村", "2015-09"),
        ("矛盾纠纷台账", [], "马村", "新建 Microsoft Excel 工作表.xlsx", "马村", "2015-09"),
        ("矛盾纠纷台账", ["填报日期：2015年10月8日"], "马村", "x.xlsx", "马村", "2015-09"),
        ("宁郭镇2015年9月矛盾纠纷台账", [], "马村", "x.xlsx", "宁郭镇", "2015-09"),
    ],
)
def test_content_tells_before_names_do(
    title: str,
    line: list[object],
    village: str,
    name: str,
    unit: str,
    month: str,
    recogniser: Recogniser,
    tmp_path: Path,
) -> None:
    found = recognised(recogniser, tmp_path, book([grid(village=village)], title, line=line), name)
    assert found.unit is not None
    assert (found.unit.name, found.month) == (unit, month)
    assert found.problems == []


@pytest.mark.parametrize(
    ("name", "unit", "month"),
    [
        ("马村9月.xlsx", "马村", "2015-09"),
        ("宁郭镇马村2015-08(1) - 副本.xlsx", "马村", "2015-08"),
        ("201509宁郭.xlsx", "宁郭村", "2015-09"),
        ("宁郭镇/马村/9月份报表（最终版）.xlsx", "马村", "2015-09"),
    ],
)
def test_the_name_tells_what_the_content_leaves_open(
    name: str, unit: str, month: str, recogniser: Recogniser, tmp_path: Path
) -> None:
    found = recognised(recogniser, tmp_path, book([["零报告"]], "矛盾纠纷台账"), name)
    assert found.unit is not None
    assert (found.unit.name, found.month) == (unit, month)
    assert found.nil.keys() == {"disputes"}


def test_the_cover_goes_before_everything(recogniser: Recogniser, tmp_path: Path) -> None:
    content = book([grid(village="南张村")], "2015年8月台账", more=COVER)
    found = recognised(recogniser, tmp_path, content, "马村7月.xlsx")
    assert found.unit is not None
    assert (found.unit.name, found.month, found.filler) == ("南张村", "2015-09", "甲某")


@pytest.mark.parametrize("words", ["零报告", "本月零报告", "无", "本月无", "本月无此类事项", "无记录"])
def test_a_row_that_says_only_nothing_declares_it(words: str, recogniser: Recogniser, tmp_path: Path) -> None:
    found = recognised(recogniser, tmp_path, book([[1, words]]))
    assert (list(found.nil), found.unfilled, found.problems) == (["disputes"], [], [])


def test_a_sheet_left_blank_is_no_declaration(recogniser: Recogniser, tmp_path: Path) -> None:
    found = recognised(recogniser, tmp_path, book([]))
    assert (found.nil, found.unfilled, found.codes) == ({}, ["disputes"], set())


@pytest.mark.parametrize(("answer", "nil"), [("是", True), ("√", True), (None, False), ("否", False)])
def test_the_label_in_the_sheet_needs_its_answer(
    answer: str | None, nil: bool, recogniser: Recogniser, tmp_path: Path
) -> None:
    found = recognised(recogniser, tmp_path, book([], line=[*NIL_LINE[:3], answer]))
    assert ("disputes" in found.nil) is nil


@pytest.mark.parametrize(
    ("content", "said", "item"),
    [
        (book([grid()], line=NIL_LINE), "零报告", "C2"),
        (book([grid()], "矛盾纠纷台账", line=["填报单位：无此村"]), "无此村", "A2"),
        (book([grid(), grid(2, "南张村")]), "南张村", "B4"),
        (book([["零报告"]], "矛盾纠纷台账"), "看不出是哪个单位", ""),
    ],
    ids=["rows in spite of a declared nothing", "unit nobody knows", "row of another unit", "no unit at all"],
)
def test_what_contradicts_itself_has_its_place(
    content: bytes, said: str, item: str, recogniser: Recogniser, tmp_path: Path
) -> None:
    [problem] = recognised(recogniser, tmp_path, content, "x.xlsx").problems
    assert said in problem.what
    assert problem.where.item == item
    assert problem.repair
