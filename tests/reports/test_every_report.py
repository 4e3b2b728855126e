"""Every report renders in three formats at each level and audience, with its place, month and sources."""

import html
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import papermill
import pytest
from nbconvert import HTMLExporter

from govkit.cli import run
from govkit.figures.reconcile import published_figures
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.period import Period
from govkit.rendering.batch import Rendered
from govkit.rendering.catalogue import find_report, reports
from govkit.rendering.formats import FORMATS, export_all
from govkit.reports.plan import planned, render_all
from tests.reports.routes import Kernel, filled_in

pytestmark = pytest.mark.slow

MONTH = "2015-09"
PLACES = {"district": "示范区", "township": "阳庙镇", "village": "北西尚村"}
CLAIMS = [
    (report.name, level, audience) for report in reports() for level in report.levels for audience in report.audiences
]
ENGLISH = re.compile(r"[A-Za-z]{3,}")
NOT_ENGLISH = re.compile(r"\b[A-Z]{2,}[\w-]*\d[\w-]*|[\w-]+\.xlsx|govkit|（[0-9a-f]{8}）|参数[a-z_]+")
"""Numbers of matters (``KS2015-SFQ``), file names, hashes, and the names of settings."""
Shown = dict[tuple[str, str, str], tuple[Rendered, str]]


@pytest.fixture(scope="module")
def rendered(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Return the result and the HTML of each report, level and audience."""
    plans = [
        planned(name, str(sample_store), MONTH, places=[PLACES[level]], audience=audience)
        for name, level, audience in CLAIMS
    ]
    jobs = tuple(job for plan in plans for job in plan.jobs)
    folder = tmp_path_factory.mktemp("reports")
    results = render_all(replace(plans[0], jobs=jobs, formats=FORMATS), folder, 2, lambda _rendered: None)
    pages = [(folder / one.outputs["html"]).read_text("utf-8") if one.outputs else "" for one in results]
    return dict(zip(CLAIMS, zip(results, pages, strict=True), strict=True))


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_it_renders_and_names_place_month_and_sources(rendered: Shown, name: str, level: str, audience: str) -> None:
    result, page = rendered[name, level, audience]
    assert result.problems == ()
    assert set(result.outputs) == set(FORMATS)
    for said in (PLACES[level], Period.month(MONTH).label, "样例数据", "台账版本", "报告模板"):
        assert said in page


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_it_speaks_chinese_only(rendered: Shown, name: str, level: str, audience: str) -> None:
    _result, page = rendered[name, level, audience]
    body = re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", page.partition("<body")[2], flags=re.DOTALL)
    assert ENGLISH.findall(NOT_ENGLISH.sub(" ", html.unescape(body))) == []


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_it_names_no_person(rendered: Shown, snapshot: Snapshot, name: str, level: str, audience: str) -> None:
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
        for person in snapshot.ledger(ledger)[column]
        if len(person) > 2  # two characters occur in sentences by chance
    }
    assert people
    assert not [person for person in people if person in page]


NAMED = "print('named', p.file_name)"


def asked(store: Path, level: str, audience: str) -> dict[str, str]:
    return {"store": str(store), "period": MONTH, "place": PLACES[level], "audience": audience}


def agrees(notebook: nbformat.NotebookNode, result: Rendered, page: str) -> None:
    """Assert that an executed notebook has the name and the content of the file that the command wrote."""
    assert export_all(notebook, ("html",), name=result.job.report.name, checked=True)["html"].decode() == page
    said = [output.text for output in notebook.cells[-1].outputs]
    assert said == [f"named {result.job.stem}\n"]
    unchecked = export_all(notebook, ("html",), name=result.job.report.name)["html"].decode()
    is_public = result.job.parameters["audience"] == "public"
    assert ("<h1>（未经公开检查）" in re.sub(r"<h1[^>]*>", "<h1>", unchecked)) is is_public
    assert (unchecked != page) is is_public
    plain = HTMLExporter().from_notebook_node(notebook)[0]
    assert bool(re.search(r"<p [^>]*font-size:2.5em[^>]*>未经公开检查</p>", plain)) is is_public
    assert ("读者：公开" in page, "-公开" in result.job.stem) == (is_public, is_public)


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_nbclient_gives_the_same_name_title_and_content(
    rendered: Shown, kernel: Kernel, sample_store: Path, name: str, level: str, audience: str
) -> None:
    notebook = filled_in(name, asked(sample_store, level, audience))
    notebook.cells.append(nbformat.v4.new_code_cell(NAMED))
    kernel(notebook)
    agrees(notebook, *rendered[name, level, audience])


ROUTES = [(*claim, "govkit") for claim in CLAIMS] + [
    ("monthly_bulletin", "village", "public", None),
    ("services", "township", "internal", None),
]


@pytest.mark.parametrize(("name", "level", "audience", "engine"), ROUTES)
def test_papermill_gives_the_same_name_title_and_content(
    rendered: Shown, sample_store: Path, tmp_path: Path, name: str, level: str, audience: str, engine: str | None
) -> None:
    source = nbformat.read(find_report(name).path, as_version=4)
    source.cells.append(nbformat.v4.new_code_cell(NAMED))
    nbformat.write(source, tmp_path / "in.ipynb")
    given = {"parameters": asked(sample_store, level, audience), "engine_name": engine, "progress_bar": False}
    notebook = papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", **given)
    agrees(notebook, *rendered[name, level, audience])


def test_the_annual_review_tells_every_published_figure(rendered: Shown) -> None:
    _result, page = rendered["annual_review", "district", "internal"]
    text = re.sub(r"<[^>]+>", " ", page)
    assert [figure.code for figure in published_figures() if not re.search(rf"\b{figure.code}\b", text)] == []
    for said in ("谁来干——主心骨", "在哪干——领路人", "怎么干——贴心人", "明白人", "好找人", "知心人", "放心人"):
        assert said in text
    assert "年份据页脚推断" in text


def test_the_list_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "list"]) == 0
    said = capsys.readouterr().out
    for report in reports():
        assert f"{report.name}  {report.title}\n    {report.description}\n" in said
    assert "层级：区、乡镇（街道）、村    读者：内部、公开" in said
    assert "whole_year" in said
    assert said.count("    period ") == said.count("    store ") == 1
    assert not re.search("：(district|township|village|internal|public)", said)
