"""WCAG 2.2 AA by axe: every HTML report, on a PC and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from govkit.reports.render import list_reports, render

axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACES = {"district": "示范区", "township": "阳庙镇", "village": "北西尚村"}
WIDTHS = (1366, 390)


@pytest.fixture(scope="module")
def pages(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the HTML of every report, at its first level."""
    folder = tmp_path_factory.mktemp("access")
    made = {}
    for report in list_reports():
        rendered = render(
            report.name, store=str(sample_store), period="2015-09", places=[PLACES[report.levels[0]]],
            audience=report.audiences[0], formats="html", folder=folder,
        )  # fmt: skip
        assert [str(problem) for one in rendered for problem in one.problems] == []
        made[report.name] = next(folder / name for one in rendered for name in one.outputs.values())
    return made


@pytest.mark.slow
def test_no_report_breaks_a_rule(chromium: Any, pages: dict[str, Path]) -> None:
    assert len(pages) == len(list_reports()) >= 14
    found: dict[tuple[str, int, str, str], str] = {}
    for width in WIDTHS:
        context = chromium.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        for name, path in pages.items():
            page.goto(path.as_uri())
            result = axe_module.Axe().run(page, options={"runOnly": STANDARDS}).response
            assert len(result["passes"]) > 5
            found |= {
                (name, width, broken["id"], broken["impact"]): broken["nodes"][0]["html"][:200]
                for broken in result["violations"]
            }
        context.close()
    assert found == {}
