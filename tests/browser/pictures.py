"""Pictures of every notebook in JupyterLab, to be looked at: ``python -m tests.browser.pictures FOLDER [NAME…]``.

Each notebook is run over the sample district and its exam at 1366 × 768 and 1920 × 1080. There is a picture of the
first screen and one of the whole notebook; what is cut or runs beyond its box is printed.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from govkit.cli import run
from govkit.core.files import shipped
from govkit.demo.demonstration import hold_exam
from govkit.rendering.catalogue import Report
from govkit.rendering.fonts import font_folder
from tests.browser.conftest import CHROMIUM, running_lab
from tests.browser.notebooks import ERRORS
from tests.browser.test_notebook_looks import BEYOND, CUT

SIZES = ((1366, 768), (1920, 1080))
TALLEST = 12_000
PLACES = {"district": "", "township": "阳庙镇", "village": "北西尚村"}
SETTLED = 1500
"""Milliseconds for drawing, after which a picture is taken."""
FAILED = f"{ERRORS}, .gk-problem-box"
TO_THE_TOP = "() => document.querySelectorAll('.jp-WindowedPanel-outer').forEach(each => { each.scrollTop = 0 })"
BOTTOM = """() => Math.max(...Array.from(document.querySelectorAll('.jp-Notebook .jp-Cell'))
  .map(cell => cell.getBoundingClientRect().bottom))"""
IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'


def main(folder: Path, wanted: list[str]) -> int:
    """Take the pictures; return how many notebooks have something cut or did not run."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as office, sync_playwright() as playwright:
        root = Path(office)
        books = [str(path) for path in sorted(shipped("data/sample").glob("*.xlsx"))]
        assert (
            run(["ledger", "import", *books, "--store", str(root / "sample"), "--by", "样例", "--note", "样例数据"])
            == 0
        )
        hold_exam(root / "demo" / "exam", "样例", lambda _step: None)
        how: dict[str, Any] = {
            "args": ["--no-sandbox", "--disable-gpu", "--lang=zh-CN"],
            "env": with_chinese_fonts(root),
        }
        browser = playwright.chromium.launch(executable_path=CHROMIUM, **how)
        with running_lab(root, root / "sample", copied=True) as (address, token, _root):
            names = [path for path in sorted((root / "notebooks").rglob("[!.]*.ipynb")) if _wanted(path, wanted)]
            for path in names:
                _fill_in(path)
            bad = 0
            for width, height in SIZES:
                for path in names:
                    url = f"{address}/lab/tree/{path.relative_to(root).as_posix()}?token={token}&reset"
                    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
                    found = _pictured(context.new_page(), url, folder / f"{path.stem}-{width}")
                    context.close()
                    bad += bool(found)
                    print(f"{path.stem} {width}: {found or 'nothing is cut'}", flush=True)
        browser.close()
    return bad


def with_chinese_fonts(folder: Path) -> dict[str, str | float | bool]:
    """Return an environment in which a browser finds the fonts of reports, where the system has no Chinese ones."""
    dirs = "".join(f"<dir>{path}</dir>" for path in (font_folder(), "/usr/share/fonts"))
    (folder / "fonts.conf").write_text(f"<fontconfig>{dirs}<cachedir>{folder}</cachedir></fontconfig>", "utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}


def _wanted(path: Path, wanted: list[str]) -> bool:
    return ".ipynb_checkpoints" not in path.parts and (not wanted or path.stem in wanted)


def _fill_in(path: Path) -> None:
    """Give a report that is not made for the district a place."""
    if path.parent.name != "reports" or "district" in Report(path).levels:
        return
    place = PLACES[Report(path).levels[0]]
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = "".join(cell["source"]).replace('place: str = ""', f'place: str = "{place}"')
    path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def _pictured(page: Any, url: str, picture: Path) -> list[str]:
    """Run a notebook, take its pictures and return what is wrong: what is cut, runs beyond its box, or failed."""
    size = page.viewport_size
    try:
        page.goto(url)
        page.wait_for_selector('.jp-StatusBar-Widget >> text="Python 3 (ipykernel) | 空闲"', timeout=90_000)
        page.get_by_role("menuitem", name="运行", exact=True).click()
        page.get_by_text("运行所有单元格", exact=True).click()
        page.locator(".jp-Notebook .jp-OutputArea-output").first.wait_for(timeout=120_000)
        page.wait_for_selector(IDLE, state="attached", timeout=120_000)
        page.wait_for_timeout(SETTLED)
        page.evaluate(TO_THE_TOP)
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=f"{picture}.png")
        page.set_viewport_size({"width": size["width"], "height": TALLEST})
        page.wait_for_timeout(SETTLED)
        height = min(TALLEST, max(size["height"], page.evaluate(BOTTOM) + 20))
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height}
        page.screenshot(path=f"{picture}-whole.png", clip=clip)
        found = [*page.evaluate(CUT), *page.evaluate(BEYOND), *page.locator(FAILED).all_inner_texts()]
    except Exception as error:  # the other notebooks are wanted all the same
        page.screenshot(path=f"{picture}-failed.png")
        found = [str(error)[:300]]
    return [str(each) for each in found]


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1]), sys.argv[2:]) else 0)
