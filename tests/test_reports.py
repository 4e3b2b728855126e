"""Every report of the catalogue renders for a month at each level it claims, and says whose it is and of what."""

from pathlib import Path

import pytest

from govkit.book import Book
from govkit.ledgers.period import Period
from govkit.rendering import Plan, planned, render_all
from govkit.reports.batch import Rendered
from govkit.reports.catalogue import reports

MONTH = "2015-09"
PLACES = {"district": "示范区", "township": "阳庙镇", "village": "北西尚村"}
CLAIMS = [(report.name, level, report.audiences[-1]) for report in reports() for level in report.levels]
Shown = dict[tuple[str, str, str], tuple[Rendered, str]]


@pytest.fixture(scope="module")
def rendered(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Return what became of each report, level and audience, with its HTML."""
    plans = [
        planned(name, str(sample_store), MONTH, places=[PLACES[level]], audience=audience)
        for name, level, audience in CLAIMS
    ]
    jobs = tuple(job for plan in plans for job in plan.jobs)
    folder = tmp_path_factory.mktemp("reports")
    results = render_all(Plan(jobs, ("html",), plans[0].ready), folder, 2, lambda _rendered: None)
    pages = [(folder / one.outputs["html"]).read_text("utf-8") if one.outputs else "" for one in results]
    return dict(zip(CLAIMS, zip(results, pages, strict=True), strict=True))


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_it_renders_and_names_place_month_and_sources(rendered: Shown, name: str, level: str, audience: str) -> None:
    result, page = rendered[name, level, audience]
    assert result.problems == ()
    for said in (PLACES[level], Period.month(MONTH).label, "样例数据", "台账版本", "报告模板"):
        assert said in page


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_it_names_no_person(rendered: Shown, sample_book: Book, name: str, level: str, audience: str) -> None:
    _result, page = rendered[name, level, audience]
    people = {
        person
        for ledger, column in (
            ("grid_staff", "name"),
            ("agency_services", "applicant"),
            ("disputes", "parties"),
            ("mediation_attempts", "mediator"),
            ("conduct_cases", "person"),
        )
        for person in sample_book.ledger(ledger)[column]
        if len(person) > 2  # two characters may stand in a sentence by chance
    }
    assert people
    assert not [person for person in people if person in page]
