import warnings
from collections.abc import Callable

import pandas as pd
import pymupdf
import pytest
from lxml import etree

from govkit.core.errors import InternalError
from govkit.rendering.content import charts as c

FRAME = pd.DataFrame({"单位": ["苏家作乡", "阳庙镇"], "数": [31, 29], "日": ["2015-09-01", "2015-09-02"]})
DRAW: dict[str, Callable[[pd.DataFrame], c.Chart]] = {
    "bars": lambda frame: c.bars(frame, "单位", "数", caption="各单位", unit="件"),
    "shares": lambda frame: c.shares(frame, "单位", "数", caption="各单位", unit="件"),
    "trend": lambda frame: c.trend(frame, "单位", "数", caption="各单位", unit="件"),
    "timeline": lambda frame: c.timeline(frame, "日", "单位", caption="各单位"),
}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_chart_is_text_width_in_both_pictures(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    chart = draw(FRAME)
    width = etree.fromstring(chart.svg.encode()).get("width")
    assert float(width.removesuffix("pt")) == pytest.approx(156 / 25.4 * 72, abs=0.1)
    assert pymupdf.Pixmap(chart.png).width == pytest.approx(156 / 25.4 * 200, abs=1)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_the_text_of_the_svg_is_outlines(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    chart = draw(FRAME)
    root = etree.fromstring(chart.svg.encode())
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}use"))) >= len("苏家作乡阳庙镇")


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_alt_text_says_what_the_chart_shows(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    chart = draw(FRAME)
    assert chart.alt.startswith("各单位：")
    assert "阳庙镇" in chart.alt
    assert chart._repr_mimebundle_()[1]["govkit"]["alt"] == chart.alt


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_drawing_twice_gives_the_same_bytes(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    assert draw(FRAME) == draw(FRAME)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_chart_with_nothing_to_draw_is_a_fault(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    for empty in (FRAME.iloc[:0], FRAME.assign(数=float("nan"), 日=None)):
        with pytest.raises(InternalError, match="没有可画的内容"):
            draw(empty)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_character_without_a_glyph_is_a_fault_that_names_it(draw: Callable[[pd.DataFrame], c.Chart]) -> None:
    with pytest.raises(InternalError, match="U\\+1F600"):
        draw(FRAME.assign(单位=["好😀", "乙"]))


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
@pytest.mark.parametrize("name", ["$x^2$", "$", "<b>&", "\\frac{1}{2}", "_a_", "𠮷村"])
def test_names_are_drawn_as_typed(draw: Callable[[pd.DataFrame], c.Chart], name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert name in draw(FRAME.assign(单位=[name, "乙"])).alt


def test_a_missing_month_is_a_gap_and_not_zero() -> None:
    chart = c.trend(FRAME.assign(数=[float("nan"), 29]), "单位", "数")
    assert chart.alt == "阳庙镇29"


@pytest.mark.parametrize("numbers", [[0, 0], [-5, 5], [-5, -3], [1, 10**9]])
def test_bars_of_any_size_are_drawn(numbers: list[int]) -> None:
    assert c.bars(FRAME.assign(数=numbers), "单位", "数").png


@pytest.mark.parametrize("numbers", [[0, 0], [5, -1]])
def test_parts_that_make_no_whole_are_a_fault(numbers: list[int]) -> None:
    with pytest.raises(InternalError, match="不能合成整体"):
        c.shares(FRAME.assign(数=numbers), "单位", "数")


@pytest.mark.parametrize("count", [1, 38])
def test_as_many_bars_as_a_page_holds(count: int) -> None:
    chart = c.bars(pd.DataFrame({"村": [f"第{n}村" for n in range(count)], "数": range(count)}), "村", "数")
    assert pymupdf.Pixmap(chart.png).height <= 206 / 25.4 * 200


def test_more_bars_than_a_page_holds_are_a_fault() -> None:
    with pytest.raises(InternalError, match="超过一页"):
        c.bars(pd.DataFrame({"村": [f"第{n}村" for n in range(41)], "数": range(41)}), "村", "数")


@pytest.mark.parametrize("name", ["甲", "很长的名称" * 12, "W" * 60])
def test_words_stay_inside_the_picture(name: str) -> None:
    frame = FRAME.assign(单位=[name, "乙"], 数=[123456789, 1])
    for draw in DRAW.values():
        svg = draw(frame).svg.encode()
        page = pymupdf.open(stream=svg, filetype="svg")[0]
        room = pymupdf.Rect(-0.5, -0.5, page.rect.width + 0.5, page.rect.height + 0.5)
        assert all(drawing["rect"] in room for drawing in page.get_drawings())


def test_no_global_figure_is_left() -> None:
    import matplotlib.pyplot as plt

    before = dict(plt.rcParams)
    c.bars(FRAME, "单位", "数")
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before


def test_a_name_that_ends_in_a_digit_stands_apart_from_its_value() -> None:
    months = pd.DataFrame({"月份": ["2015-01", "2015-02"], "数": [121, 95]})
    assert c.trend(months, "月份", "数", unit="件").alt == "2015-01：121件、2015-02：95件"
    assert c.bars(FRAME, "单位", "数", unit="件").alt.startswith(f"{FRAME['单位'].iloc[0]}")
