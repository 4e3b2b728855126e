"""How the notebooks look at 1366 × 768: nothing is cut, wide tables scroll with their first column in place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .test_explore import open_and_run

Lab = tuple[str, str]
WIDTH, HEIGHT = 1366, 768
CUT = """() => Array.from(document.querySelectorAll(
    '.gk-panel :is(.widget-label, button, p, th, dd), .gk-start a, .jp-Notebook caption'))
  .filter(each => each.offsetParent && !each.closest('.scroll') && each.scrollWidth > each.clientWidth + 1)
  .map(each => each.innerText.slice(0, 40))"""
BEYOND = """() => Array.from(document.querySelectorAll('.jp-OutputArea-output, .jp-Notebook'))
  .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className)"""


@pytest.fixture
def small(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
    yield context.new_page()
    context.close()


def nothing_is_cut(page: Any) -> None:
    assert page.evaluate(CUT) == []
    assert page.evaluate(BEYOND) == []
    assert page.get_by_text("是否希望获取 Jupyter 官方新闻").count() == 0


def test_the_explorers_table_scrolls_sideways_beside_its_units(small: Any, jupyterlab: Lab, lab_root: Path) -> None:
    open_and_run(small, (*jupyterlab, lab_root), "explore.ipynb")
    table = small.locator(".gk-panel .scroll:visible")
    table.get_by_text("示范区合计").wait_for(timeout=60_000)
    small.get_by_text("可以左右滚动").first.wait_for()
    assert table.evaluate("box => box.scrollWidth > box.clientWidth")
    assert table.evaluate("box => box.parentElement.scrollWidth <= box.parentElement.clientWidth + 1")
    first = table.locator("tbody tr").first.locator("td").first
    before = first.bounding_box()
    table.evaluate("box => { box.scrollLeft = 300 }")
    assert first.bounding_box() == before
    assert table.evaluate("box => box.scrollLeft") > 0
    nothing_is_cut(small)
    for tab in ("趋势", "排名", "分布"):
        small.get_by_role("tab", name=tab, exact=True).click()
        small.locator(".gk-panel img:visible").wait_for()
        nothing_is_cut(small)


def test_the_start_page_leads_to_the_others(small: Any, jupyterlab: Lab, lab_root: Path) -> None:
    open_and_run(small, (*jupyterlab, lab_root), "开始.ipynb")
    small.get_by_text("快到期的事项").wait_for(timeout=60_000)
    nothing_is_cut(small)
    assert small.locator(".gk-alone:visible").count() == 0
    small.locator(".gk-start").get_by_role("link", name="指标浏览").click()
    small.get_by_role("tab", name="explore.ipynb").wait_for(timeout=30_000)
