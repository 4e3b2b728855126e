"""The dashboard in a browser: the explorer's table equals the panel's, the drawings, WCAG 2.2 AA, a phone."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from govkit.figures.snapshot import Snapshot
from govkit.ledgers.declare import Level
from govkit.widgets.dashboard import Dashboard, answers
from govkit.widgets.explore_data import Survey, View, shown

axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def url(snapshot: Snapshot) -> Iterator[str]:
    found = answers(snapshot, "2015-09", None, lambda _total: lambda _label: None)
    with Dashboard(found, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.url
        running.shutdown()


@pytest.fixture(params=[390, 1366])
def reader(request: pytest.FixtureRequest, chromium: Any, url: str) -> Iterator[Any]:
    """Return a page with the dashboard; what its policy forbids or its script trips over fails the test."""
    context = chromium.new_context(viewport={"width": request.param, "height": 800}, locale="zh-CN")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url)
    page.wait_for_selector("#view table")
    yield page
    assert said == []
    context.close()


def test_the_explorer_shows_what_the_panel_shows(reader: Any, snapshot: Snapshot) -> None:
    survey = Survey(snapshot)
    wanted: list[tuple[str, str, Level]] = [
        ("G6", "sfq", "township"),
        ("visitors", "sfq", "township"),
        ("G4", "yangmiao", "village"),
    ]
    for code, place, level in wanted:
        (title,) = [title for title, measures in survey.catalogue().items() if code in measures.values()]
        reader.locator("[name=institution]").select_option(title)
        reader.locator("[name=indicator]").select_option(code)
        reader.locator("[name=place]").select_option(place)
        view = View(code=code, place=place, level=level, months=tuple(survey.months))
        table, measure = survey.table(view), snapshot.measure(code)
        expect(reader.locator("#view .name")).to_contain_text(measure.label)
        rows = [[row[0], *(shown(value, measure) for value in row[1:])] for row in table.itertuples(index=False)]
        expect(reader.locator("#view tbody tr")).to_have_count(len(rows))
        lines = reader.locator("#view tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        assert lines == rows
        reader.get_by_label("排名").check()
        ranking = survey.ranking(view)
        expect(reader.locator("#view thead")).to_contain_text("名次")
        ranked = reader.locator("#view tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].slice(0, 3).map(c => c.textContent))"
        )
        assert ranked == [[row[1], row[0], shown(row[2], measure)] for row in ranking.itertuples(index=False)]
        reader.get_by_label("趋势").check()
        expect(reader.locator("#view svg circle").first).to_be_visible()
        reader.get_by_label("表格").check()


def test_it_is_accessible_and_fits(reader: Any) -> None:
    for tab in ("表格", "趋势", "排名"):
        reader.get_by_label(tab).check()
        found = axe_module.Axe().run(reader, options={"runOnly": STANDARDS})
        assert found.response["violations"] == []
        assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
