"""The docs site builds without a warning, loads nothing from elsewhere, and finds Chinese words."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tests.browser.conftest import CHROMIUM

ROOT = Path(__file__).parents[2]
_LOADS = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\ssrc="([^"]*)"|<link\b[^>]*\shref="([^"]*)"|url\(([^)]*)\)"""
)

pytestmark = pytest.mark.docs


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build a site as CI does: every warning is an error."""
    options = ["-W", "--keep-going", "-q", "-b", "html", "-d", str(target.parent / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, str(source), str(target)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT / "docs", folder / "site")
    assert built.returncode == 0, built.stderr
    assert not built.stderr
    return folder / "site"


def test_every_page_is_built_and_in_the_navigation(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    sources = sorted((ROOT / "docs").rglob("*.md"))
    assert len(sources) >= 15
    for source in sources:
        page = source.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / page).is_file()
        if page.parts[0] != "decisions":  # these hang on their own index
            assert f'href="{quote(page.as_posix())}"' in home or page.name == "index.html"


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for ending in ("html", "css") for path in site.rglob(f"*.{ending}")]
    loaded = {next(filter(None, found), "") for text in texts for found in _LOADS.findall(text)}
    assert len(loaded) > 10
    assert not [address for address in loaded if re.match(r"""['"]?(https?:)?//""", address)]


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    for name in ("conf.py", "chinese_search.py"):
        (tmp_path / name).write_bytes((ROOT / "docs" / name).read_bytes())
    (tmp_path / "index.md").write_text("# 首页\n\n[没有这一节](other.md#没有)\n", encoding="utf-8")
    (tmp_path / "other.md").write_text("---\norphan: true\n---\n# 另一页\n", encoding="utf-8")
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    assert "myst.xref_missing" in built.stderr


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="the system has no Chromium: install the package chromium")
@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("密封的答案", "guides/教员指南.html"),
        ("反向代理", "guides/考场指南.html"),
        ("以奖代补", "reference/数据字典.html"),
        ("forkserver", "glossary.html"),
        ("考生", "glossary.html"),
    ],
)
def test_the_search_finds_chinese(site: Path, searched: Any, query: str, page: str) -> None:
    assert page in searched(site, query)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="the system has no Chromium: install the package chromium")
def test_the_search_finds_no_more_than_there_is(site: Path, searched: Any) -> None:
    assert not searched(site, "龘靐齉爩")


@pytest.fixture(scope="module")
def searched() -> Any:
    """Return a function that types a query into the site's search page, opened from the disk, and returns the hits."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def search(site: Path, query: str) -> list[str]:
            tab = browser.new_page()
            tab.goto(f"{(site / 'search.html').as_uri()}?q={quote(query)}")
            tab.locator("#search-results h2", has_text="搜索结果").wait_for()
            links = [link.get_attribute("href") for link in tab.locator("#search-results ul.search a").all()]
            tab.close()
            return [unquote(link.partition("#")[0].partition("?")[0]) for link in links if link]

        yield search
        browser.close()
