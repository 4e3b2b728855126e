import copy
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import nbformat
import pandas as pd
import pymupdf
import pytest
from lxml import etree
from lxml import html as lxml_html

from govkit.rendering.content import blocks as b
from govkit.rendering.content import charts as c
from govkit.rendering.formats.reference import W

UNITS = ["苏家作乡", "阳庙镇", "宁郭镇", "李万街道", "文苑街道", "文昌街道"]


def output(shown: Any) -> Any:
    """Return the output that a kernel records when a block or chart displays."""
    bundle = shown._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


@pytest.fixture(scope="session")
def notebook() -> Callable[..., Any]:
    """Return a function that makes an executed notebook of blocks, without a kernel."""

    def make(*shown: Any, markdown: str = "") -> Any:
        cells = [nbformat.v4.new_markdown_cell(markdown)] if markdown else []
        cells.append(nbformat.v4.new_code_cell("show()", outputs=[output(block) for block in shown]))
        return nbformat.v4.new_notebook(cells=cells)

    return make


@pytest.fixture(scope="session")
def by_unit() -> pd.DataFrame:
    rates = [100, 96.55, 96.296, 100, 100, 95.0]
    return pd.DataFrame({"单位": UNITS, "排查（件）": [31, 29, 27, 26, 24, 20], "化解率": rates})


@pytest.fixture
def bulletin(drawn: Any) -> Any:
    """Return one of every block, as a small monthly bulletin."""
    return copy.deepcopy(drawn)


@pytest.fixture(scope="session")
def drawn(notebook: Callable[..., Any], by_unit: pd.DataFrame) -> Any:
    months = pd.DataFrame(
        {"月份": [f"{n}月" for n in range(1, 10)], "排查数": [162, 101, 149, 155, 160, 171, 158, 145, 157]}
    )
    course = pd.DataFrame({"日期": ["2015-08-03", "2015-08-11"], "进展": ["网格员上报", "村委会参与，调解成功"]})
    return notebook(
        b.title("基层四项基础制度运行情况通报", "（2015年9月）"),
        b.notice("样例数据：仅供演示。"),
        b.say("全区排查矛盾纠纷{found}，代办服务{served}。", found="1393件", served="1900余件"),
        b.section("矛盾调解化解"),
        b.section("各单位情况", 2),
        b.table(by_unit, "排查化解情况", formats={"化解率": "{:.1f}%"}, emphasise_last=True, note="注：样例。"),
        c.bars(by_unit, "单位", "排查（件）", caption="各单位排查数", unit="件"),
        c.trend(months, "月份", "排查数", caption="逐月排查数", unit="件"),
        b.section("没有内容的一节"),
        b.section("便民服务"),
        c.shares(by_unit, "单位", "排查（件）", caption="各单位占比", unit="件"),
        c.timeline(course, "日期", "进展", caption="一件纠纷的经过"),
        b.signature("示范区办公室", "2015-10-08"),
        b.provenance(
            {"台账版本": "纠纷 v31", "台账摘要": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
        ),
    )


def squeezed(text: str) -> str:
    """Return a text without spaces, line ends and places where a long word may break."""
    return re.sub(r"[\s\u200b\u00a0]", "", text)


def _docx_words(data: bytes) -> list[str]:
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))
    return ["".join(p.itertext(f"{{{W}}}t")) for p in root.iter(f"{{{W}}}p")]


def _html_words(data: bytes) -> list[str]:
    root = lxml_html.fromstring(data.decode())
    return [
        element.text_content()
        for element in root.xpath("//body//*[not(*)] | //body//h1 | //body//p | //body//td | //body//th")
    ]


def _pdf_words(data: bytes) -> list[str]:
    return [block[4] for page in pymupdf.open(stream=data).pages() for block in page.get_text("blocks")]


@pytest.fixture
def words() -> Callable[[str, bytes], list[str]]:
    """Return a function that gives the texts of a file's paragraphs and cells, squeezed."""
    readers = {"docx": _docx_words, "html": _html_words, "pdf": _pdf_words}
    return lambda fmt, data: [squeezed(text) for text in readers[fmt](data)]
