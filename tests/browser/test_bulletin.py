"""The bulletin's notebook opened in JupyterLab and run as it is; the HTML bulletin opened in a browser."""

from pathlib import Path
from typing import Any

import pytest

from govkit.cli import run

from .notebooks import ERRORS


def test_run_all_cells_without_an_edit(page: Any, jupyterlab: tuple[str, str]) -> None:
    address, token = jupyterlab
    page.goto(f"{address}/lab/tree/notebooks/reports/monthly_bulletin.ipynb?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector('.jp-Toolbar-kernelName >> text="Python 3 (ipykernel)"', timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=60_000)
    page.wait_for_selector('.jp-StatusBar-Widget >> text="Python 3 (ipykernel) | 空闲"', timeout=60_000)
    page.get_by_role("menuitem", name="运行", exact=True).click()
    page.get_by_text("运行所有单元格", exact=True).click()
    page.wait_for_selector(".jp-RenderedHTMLCommon >> text=软件版本", state="attached", timeout=90_000)
    text = page.inner_text(".jp-Notebook")
    assert "基层四项基础制度运行情况的通报" in text
    assert "主要指标" in text
    assert "Traceback" not in text
    assert not page.query_selector_all(ERRORS)
    assert len(page.query_selector_all(".jp-OutputArea-output svg, .jp-OutputArea-output img")) >= 2


@pytest.fixture(scope="module")
def bulletin(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the rendered HTML bulletin of the district."""
    folder = tmp_path_factory.mktemp("html")
    arguments = ["report", "render", "monthly_bulletin", "--period", "2015-09", "--format", "html"]
    assert run([*arguments, "--store", str(sample_store), "-o", str(folder)]) == 0
    return next(folder.glob("*.html"))


@pytest.mark.parametrize("width", [390, 1200])
def test_the_html_is_self_contained_and_fits_the_screen(chromium: Any, bulletin: Path, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(bulletin.as_uri())
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert "基层四项基础制度运行情况的通报" in page.title()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert page.evaluate("document.scripts.length") == 0
    context.close()
