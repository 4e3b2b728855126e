"""The site of reports, opened from a folder in a browser: search, links between months, WCAG 2.2 AA, a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from govkit.cli import run

axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def site(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site of two months."""
    folder = tmp_path_factory.mktemp("site")
    words = ["report", "publish", str(folder / "网站"), "--reports", "conduct", "--rendered", str(folder / "reports")]
    assert run([*words, "--period", "2015-08", "--period", "2015-09", "--store", str(sample_store)]) == 0
    return folder / "网站"


@pytest.fixture(params=[390, 1366])
def visitor(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """Return a page without a network, on a phone and on a PC, that notes what it asks for and what fails."""
    context = chromium.new_context(viewport={"width": request.param, "height": 800}, offline=True, locale="zh-CN")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    yield page
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_search_and_walk_the_months(visitor: Any, site: Path) -> None:
    visitor.goto((site / "index.html").as_uri())
    visitor.get_by_role("link", name="2015年9月").click()
    words = visitor.get_by_role("searchbox", name="搜索单位、报告和正文")
    words.fill("阳庙 监督")
    first = visitor.locator(".results li").first
    expect(first.get_by_role("link")).to_have_text("阳庙镇 党风政风监督情况")
    words.fill("没有这样的词")
    expect(visitor.get_by_role("status")).to_have_text("没有找到")
    words.fill("党风政风")
    expect(visitor.get_by_role("status")).to_have_text("找到7份")
    words.fill("监督重点")
    expect(visitor.locator(".results mark").first).to_have_text("监督重点")
    words.fill("阳庙")
    visitor.locator(".results li a").first.click()
    expect(visitor.locator("h1")).to_contain_text("阳庙镇")
    visitor.get_by_role("link", name="上月").click()
    expect(visitor.locator("main")).to_contain_text("2015年8月")
    visitor.get_by_role("link", name="目录").click()
    expect(visitor.locator(":target")).to_have_text("阳庙镇")


@pytest.mark.parametrize("path", ["index.html", "2015-09/index.html", "2015-09/conduct/yangmiao.html"])
def test_the_pages_are_accessible_and_fit(visitor: Any, site: Path, path: str) -> None:
    visitor.goto((site / path).as_uri())
    found = axe_module.Axe().run(visitor, options={"runOnly": STANDARDS})
    assert found.response["violations"] == []
    assert visitor.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
