import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from govkit.core.errors import InternalError
from govkit.core.html import plain
from govkit.rendering import content as r
from govkit.rendering.content import blocks as b
from govkit.rendering.content import wording
from govkit.rendering.content.blocks import Grid


def cells(frame: pd.DataFrame, **formats: str) -> list[tuple[str, ...]]:
    return list(Grid.of(frame, "", formats).rows)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1393, "", "1393"),
        (1393.0, "", "1393"),
        (12345, "", "12,345"),
        (98.45, "{:.1f}%", "98.5%"),
        (0.98455, "{:.1%}", "98.5%"),
        (2.25, "{:.1f}", "2.3"),
        (2.25, "", "2.3"),
        (None, "", "—"),
        (float("nan"), "{:.1f}", "—"),
        (float("inf"), "{:.1f}%", "—"),
        (pd.NaT, "", "—"),
        (pd.NA, "", "—"),
        (True, "", "是"),
        (dt.date(2015, 9, 1), "", "2015年9月1日"),
        (pd.Timestamp("2015-09-01"), "", "2015年9月1日"),
        ("", "", "—"),
        ("甲\n乙", "", "甲 乙"),
    ],
)
def test_a_cell_is_worded(value: object, form: str, shown: str) -> None:
    frame = pd.DataFrame({"数": pd.Series([value], dtype=object)})
    assert cells(frame, **({"数": form} if form else {})) == [(shown,)]


@pytest.mark.parametrize(
    ("values", "shown"),
    [([100, 96.55], ["100.0", "96.6"]), ([100.0, 95.0], ["100", "95"]), ([1, None, 2.5], ["1.0", "—", "2.5"])],
)
def test_the_numbers_of_a_column_have_the_same_decimals(values: list[object], shown: list[str]) -> None:
    assert [row[0] for row in cells(pd.DataFrame({"数": pd.Series(values, dtype=object)}))] == shown


@pytest.mark.parametrize(
    ("values", "align"),
    [
        ([1, 2], "right"),
        ([1.5, None], "right"),
        (["240余", "15"], "right"),
        (["98.5%", "—"], "right"),
        (["600人次以上", "3件"], "right"),
        (["甲", "乙"], "left"),
        (["3", "乙"], "left"),
        (["2015年9月1日"], "left"),
        ([None, None], "left"),
        ([True, False], "left"),
    ],
)
def test_figures_stand_right_and_text_left(values: list[object], align: str) -> None:
    assert Grid.of(pd.DataFrame({"列": pd.Series(values, dtype=object)}), "", {}).aligns == (align,)


def test_columns_of_the_same_name_both_appear() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["数", "数"])
    assert cells(frame) == [("1", "2")]


@pytest.mark.parametrize("name", ["found", "resolved_count", "", 3 * " "])
def test_a_column_without_a_chinese_name_is_a_fault(name: str) -> None:
    with pytest.raises(InternalError, match="中文名称"):
        b.table(pd.DataFrame({name: [1]}), "表")


def test_a_table_without_rows_is_a_fault_unless_told_what_to_print() -> None:
    empty = pd.DataFrame({"单位": []})
    with pytest.raises(InternalError, match="没有数据行"):
        b.table(empty, "排查情况")
    assert b.table(empty, "排查情况", empty="本月无此类事项。").text == "本月无此类事项。"


def widths(columns: int, text: str = "甲") -> tuple[str, list[float]]:
    sheet = Grid.of(pd.DataFrame({f"列{n}": [text] for n in range(columns)}), "", {})
    return sheet.size(), [float(share) for share in sheet.widths().split(",")]


@pytest.mark.parametrize(("columns", "size"), [(3, "normal"), (7, "normal"), (8, "small"), (12, "tiny")])
def test_wide_tables_take_smaller_type(columns: int, size: str) -> None:
    assert widths(columns)[0] == size


@pytest.mark.parametrize("columns", [1, 2, 7, 8, 13])
def test_widths_add_to_the_text_width(columns: int) -> None:
    assert sum(widths(columns, "很长的一段文字" * 5)[1]) == pytest.approx(1)


def test_long_text_takes_the_room_that_figures_leave() -> None:
    sheet = Grid.of(pd.DataFrame({"序号": [1], "事项": ["很长的一段说明文字" * 20], "数": [12]}), "", {})
    first, long, last = (float(share) for share in sheet.widths().split(","))
    assert long > 0.7
    assert first * 73 >= wording.half_widths("序号") + 2
    assert last * 73 >= wording.half_widths("12") + 2


@pytest.mark.parametrize(("text", "width"), [("甲a", 3), ("（1）", 5), ("e\u0301", 1), ("", 0)])
def test_half_widths_count_chinese_twice(text: str, width: int) -> None:
    assert wording.half_widths(text) == width


def test_values_fill_a_sentence_and_braces_without_values_stay() -> None:
    assert b.say("共{n}。", n="1393件").text == "共1393件。"
    assert b.say("{n}").text == "{n}"
    assert b.say("共{n}。", n="{x}").text == "共{x}。"


@pytest.mark.parametrize("text", ["共{missing}。", "共{0}。", "共{n"])
def test_a_sentence_that_cannot_be_filled_is_a_fault(text: str) -> None:
    with pytest.raises(InternalError, match="无法填写"):
        b.say(text, n="1")


@pytest.mark.parametrize(
    "call",
    [
        lambda: b.say(" "),
        lambda: b.title(""),
        lambda: b.section(""),
        lambda: b.section("节", 5),
        lambda: b.section("节", 0),
        lambda: b.provenance([]),
        lambda: b.notice(""),
    ],
)
def test_empty_blocks_are_faults(call: Callable[[], object]) -> None:
    with pytest.raises(InternalError):
        call()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "ab"),
        ("a\x00b\x1bc", "abc"),
        (" 甲\n\t乙 ", "甲 乙"),
        ("　甲", "　甲"),
        ("\ud800甲", "甲"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_text_is_one_line_without_controls(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_html_for_jupyterlab_is_escaped() -> None:
    frame = pd.DataFrame({"名<i>": ["<script>alert(1)</script>"]})
    shown = [
        b.title("<b>"),
        b.say("<b>"),
        b.table(frame, "<b>", note="<b>"),
        b.provenance({"<b>": "<b>"}),
        b.notice("<b>"),
    ]
    assert not [block.html for block in shown if "<b>" in block.html or "<script" in block.html or "<i>" in block.html]


def test_the_public_names_exist_and_display(capsys: pytest.CaptureFixture[str]) -> None:
    assert all(hasattr(r, name) for name in r.__all__)
    assert r.say("一句话。") is None
    assert "一句话。" in capsys.readouterr().out


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = r.nothing_like_it


def test_headings_wrap_before_cells_do() -> None:
    heads = [f"第{number}季度发现问题（个）" for number in range(6)]
    sheet = Grid.of(pd.DataFrame([["样例样例十二村", *range(6)]], columns=["单位", *heads]), "表", {})
    room = {"normal": 73, "small": 84, "tiny": 98}[sheet.size()]
    first, *others = (float(share) * room for share in sheet.widths().split(","))
    assert first >= 14
    assert all(10 <= other < 20 for other in others)
