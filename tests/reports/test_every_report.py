"""Every report renders in three formats at each level and audience, and is the same document by every route.

The routes: the command, ``govkit.render``, nbclient and papermill with our engine for all; papermill with its own
engine for each report and audience once, in one kernel, and for two in kernels of their own; JupyterLab for three, in
``tests/browser``.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import govkit
from govkit.cli import run
from govkit.core.files import shipped
from govkit.exams.exam import mark_exam
from govkit.exams.results.bulletin import render_bulletin
from govkit.figures.reconcile import published_figures
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.period import Period
from govkit.rendering.batch import Rendered
from govkit.rendering.catalogue import find_report, reports
from govkit.rendering.formats import FORMATS, export_all
from govkit.reports.plan import planned, render_all
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, tiny
from tests.reports.linter import faults, passages
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the reports are rendered."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def rendered(sample_store: Path, folder: Path) -> Shown:
    """Return the result and the HTML of each report, level and audience."""
    plans = [
        planned(name, str(sample_store), MONTH, places=[PLACES[level]], audience=audience)
        for name, level, audience in CLAIMS
    ]
    jobs = tuple(job for plan in plans for job in plan.jobs)
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
def test_no_sentence_has_a_fault(rendered: Shown, name: str, level: str, audience: str) -> None:
    _result, page = rendered[name, level, audience]
    assert {text: found for text in passages(page) if (found := faults(text))} == {}


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
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", unchecked.replace("<wbr>", ""))
    assert [heading.startswith("（未经公开检查）") for heading in headings] == [is_public]
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


def by_papermill(store: Path, folder: Path, claim: tuple[str, str, str], **how: Any) -> Any:
    """Return a report's notebook, which says its file's name at the end, as papermill ran it."""
    name, level, audience = claim
    source = nbformat.read(find_report(name).path, as_version=4)
    source.cells.append(nbformat.v4.new_code_cell(NAMED))
    nbformat.write(source, folder / "in.ipynb")
    how |= {"parameters": asked(store, level, audience), "progress_bar": False}
    return papermill.execute_notebook(folder / "in.ipynb", folder / "out.ipynb", **how)


@pytest.mark.parametrize("claim", CLAIMS, ids="-".join)
def test_papermill_with_our_engine_gives_the_same_name_title_and_content(
    rendered: Shown, sample_store: Path, tmp_path: Path, claim: tuple[str, str, str]
) -> None:
    agrees(by_papermill(sample_store, tmp_path, claim, engine_name="govkit"), *rendered[claim])


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    """Return the manager of one running kernel, which papermill's own engine takes for every report."""
    manager = NotebookClient(nbformat.v4.new_notebook(), kernel_name="python3").create_kernel_manager()
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


SPREAD = list({(name, audience): (name, level, audience) for name, level, audience in CLAIMS}.values())
"""Each report and audience once."""


@pytest.mark.parametrize("claim", SPREAD, ids="-".join)
def test_papermill_with_its_own_engine_gives_the_same_name_title_and_content(
    rendered: Shown, sample_store: Path, started: Any, tmp_path: Path, claim: tuple[str, str, str]
) -> None:
    agrees(by_papermill(sample_store, tmp_path, claim, km=started, kernel_name="python3"), *rendered[claim])


WHOLE = [("monthly_bulletin", "village", "public"), ("services", "township", "internal")]


@pytest.mark.parametrize("claim", WHOLE, ids="-".join)
def test_so_does_a_kernel_of_its_own(
    rendered: Shown, sample_store: Path, tmp_path: Path, claim: tuple[str, str, str]
) -> None:
    agrees(by_papermill(sample_store, tmp_path, claim, kernel_name="python3"), *rendered[claim])


REQUESTS = sorted({(name, audience) for name, _level, audience in CLAIMS})


@pytest.mark.parametrize("wanted", REQUESTS, ids="-".join)
def test_the_command_and_the_call_ask_for_the_very_same_files(
    rendered: Shown, sample_store: Path, folder: Path, capsys: pytest.CaptureFixture[str], wanted: tuple[str, str]
) -> None:
    """Beside the finished files both find nothing to do: names, parameters and all that is read are the same."""
    name, audience = wanted
    levels = [level for one, level, reader in CLAIMS if (one, reader) == wanted]
    made = {level: rendered[name, level, audience][0] for level in levels}
    places = [PLACES[level] for level in levels]
    results = govkit.render(
        name, store=sample_store, period=MONTH, places=places, audience=audience, formats="html", folder=folder
    )
    assert [(one.status, one.outputs["html"], one.hashes["html"]) for one in results] == [
        ("unchanged", made[level].outputs["html"], made[level].hashes["html"]) for level in levels
    ]
    command = ["report", "render", name, "--period", MONTH, "--audience", audience, "--format", "html", "--json"]
    command += [word for place in places for word in ("--place", place)]
    assert run([*command, "--store", str(sample_store), "-o", str(folder)]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["rendered"], counted["unchanged"], counted["failed"]) == (0, len(levels), [])


@pytest.mark.parametrize("claim", [*WHOLE, ("annual_review", "district", "internal")], ids="-".join)
def test_the_command_in_another_folder_writes_the_same_file(
    rendered: Shown, sample_store: Path, tmp_path: Path, claim: tuple[str, str, str]
) -> None:
    name, level, audience = claim
    result, page = rendered[claim]
    command = ["report", "render", name, "--period", MONTH, "--place", PLACES[level], "--audience", audience]
    assert run([*command, "--format", "html", "--store", str(sample_store), "-o", str(tmp_path)]) == 0
    assert (tmp_path / f"{result.job.stem}.html").read_text(encoding="utf-8") == page


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_the_bulletin_of_an_exam_is_the_same_by_every_route(
    started: Any, tmp_path: Path, audience: Literal["internal", "public"]
) -> None:
    exam = tiny(tmp_path, "01,甲,A,present 03,乙,A,present 03,乙,M,present", ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    rendered = render_bulletin(exam, tmp_path / "out", PERSON, audience=audience, formats="html")
    page = (tmp_path / "out" / rendered.outputs["html"]).read_text(encoding="utf-8")
    given: dict[str, Any] = {"exam": str(exam), "audience": audience}
    source = shipped("notebooks/exams/result_bulletin.ipynb")
    for how in ({"engine_name": "govkit"}, {"km": started, "kernel_name": "python3"}):
        notebook = papermill.execute_notebook(source, tmp_path / "o.ipynb", given, progress_bar=False, **how)
        assert export_all(notebook, ("html",), name="result_bulletin", checked=True)["html"].decode() == page
        unchecked = export_all(notebook, ("html",), name="result_bulletin")["html"].decode()
        assert ("未经公开检查" in unchecked) is (audience == "public")


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
