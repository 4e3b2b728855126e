import base64
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from lxml import etree
from lxml import html as lxml_html

from govkit.rendering.content import blocks as b
from govkit.rendering.formats import export


@pytest.fixture
def page(bulletin: Any) -> Any:
    return lxml_html.fromstring(export(bulletin, "html").decode())


def test_the_file_asks_nothing_of_anyone(page: Any) -> None:
    assert not page.xpath("//script | //link | //iframe | //object | //base | //form")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert all(source.startswith("data:image/") for source in page.xpath("//@src"))
    assert not page.xpath("//@href | //@srcset | //@action")
    assert "url(" not in page.xpath("string(//style)")
    assert "@import" not in page.xpath("string(//style)")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_the_page_says_its_language_title_and_how_it_prints(page: Any) -> None:
    assert page.get("lang") == "zh-CN"
    assert page.xpath("string(//title)") == page.xpath("string(//h1)") == "基层四项基础制度运行情况通报"
    assert "@page { size: A4; margin: 37mm 26mm 35mm 28mm; }" in page.xpath("string(//style)")
    assert page.xpath("//meta[@name='viewport']")


def test_headings_go_down_by_one_level(page: Any) -> None:
    assert [(h.tag, h.text_content()) for h in page.xpath("//main/h2 | //main/h3")] == [
        ("h2", "一、矛盾调解化解"),
        ("h3", "（一）各单位情况"),
        ("h2", "二、便民服务"),
    ]


def test_tables_have_caption_header_cells_and_alignment(page: Any) -> None:
    table = page.xpath("//table")[0]
    assert table.xpath("string(caption)").strip() == "表1\u3000排查化解情况"
    assert [cell.get("style") for cell in table.xpath("thead//th")] == ["text-align: center;"] * 3
    row = [cell.get("style") for cell in table.xpath("tbody/tr[1]/td")]
    assert row == ["text-align: left;", "text-align: right;", "text-align: right;"]
    assert table.xpath("tbody/tr[last()]/td[1]/strong")


def test_figures_are_pictures_with_caption_and_words(page: Any) -> None:
    figures = page.xpath("//figure")
    assert [figure.xpath("string(figcaption)").strip()[:2] for figure in figures] == ["图1", "图2", "图3", "图4"]
    for figure in figures:
        (image,) = figure.xpath(".//img")
        assert len(image.get("alt")) > 10
        svg = base64.b64decode(image.get("src").partition(",")[2])
        assert etree.fromstring(svg).tag.endswith("svg")


def test_every_heading_cell_says_what_it_heads(page: Any) -> None:
    heads = page.xpath("//thead//th")
    assert heads
    assert {cell.get("scope") for cell in heads} == {"col"}


def test_every_css_class_in_the_page_is_styled(page: Any) -> None:
    style = page.xpath("string(//style)")
    used = {name for names in page.xpath("//body//@class") for name in names.split()}
    assert {name for name in used if f".{name}" not in style and name not in {"odd", "even", "header", "uri"}} == {
        "normal"
    } - ({"normal"} if ".normal" in style else set())


def test_a_link_keeps_its_address_and_sends_none_of_ours(notebook: Callable[..., Any]) -> None:
    nb = notebook(b.table(pd.DataFrame({"列": [1]})), markdown="[网站](https://example.org/a)")
    assert 'href="https://example.org/a"' in export(nb, "html").decode()
