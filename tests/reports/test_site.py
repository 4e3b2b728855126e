"""The static site of a month's reports: what stands in it, what it never does to a folder, what it withholds."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core.errors import InputError, UsageError
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.places import shipped_places
from govkit.rendering.catalogue import reports
from govkit.reports.site import MANIFEST, STAGING, Published, Request, made, publish
from govkit.reports.site_pages import Contents, Page
from tests.reports.sites import links

SEPTEMBER = ("2015-09",)


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the digest and the time of change of every file of a site, except its lock."""
    return {
        path.relative_to(folder).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of rendered reports that all tests share, so that each is rendered once."""
    return tmp_path_factory.mktemp("rendered")


@pytest.fixture
def published(sample_store: Path, rendered: Path, tmp_path: Path) -> Callable[..., Published]:
    """Return a way to publish to the folder ``site``."""

    def act(*, periods: tuple[str, ...] = SEPTEMBER, names: str = "conduct", audience: str = "public") -> Published:
        request = Request(str(sample_store), periods, tuple(names.split()), audience)
        return publish(
            request, tmp_path / "site", rendered, workers=2, progress=lambda _total: lambda _name: None, person="测试"
        )

    return act


def test_every_unit_and_every_report_of_a_month_is_found(tmp_path: Path) -> None:
    titles = {report.name: (report.title, report.description) for report in reports()}
    pages = [
        Page(month, report.name, place.code)
        for month in ("2015-08", "2015-09")
        for report in reports()
        for place in shipped_places()
        if place.level in report.levels
    ]
    contents = Contents(pages, shipped_places(), titles, "internal")
    text = (
        "<html>\n<body>\n<main><h1>标题</h1><p>{}</p><td>38.5%</td><p class='provenance'>版本</p></main></body></html>"
    )
    for path, content in made(contents, {page: text.format(page.place).encode() for page in pages}):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    checked, broken = links(tmp_path)
    assert broken == []
    assert checked > 4 * len(pages)
    month = (tmp_path / "2015-09" / "index.html").read_text(encoding="utf-8")
    for report in reports():
        units = sum(place.level in report.levels for place in shipped_places())
        assert month.count(f'"{report.name}/') == 2 * units
    search = (tmp_path / "2015-09" / "search.js").read_text(encoding="utf-8")
    index = json.loads(search.removeprefix("govkitSearch(").removesuffix(");\n"))
    assert sorted(index["texts"]) == sorted({"标题", *(page.place for page in pages)})
    assert ["村务公开公示", "北西尚村", "阳庙镇"] in [one[:3] for one in index["pages"]]
    assert {f"2015-09/{one[3]}" for one in index["pages"]} == {page.path for page in pages if page.month == "2015-09"}


@pytest.mark.slow
def test_a_month_is_whole_and_every_link_leads_somewhere(published: Callable[..., Published], tmp_path: Path) -> None:
    done = published()
    assert (done.pages, done.problems, done.is_in_place) == (7, [], True)
    checked, broken = links(tmp_path / "site")
    assert broken == []
    assert checked > 3 * done.pages


@pytest.mark.slow
def test_what_has_not_changed_is_not_written_again(published: Callable[..., Published], tmp_path: Path) -> None:
    first = published()
    before = files(tmp_path / "site")
    again = published()
    assert (again.written, again.unchanged, again.removed) == (0, first.written, 0)
    assert {name: one for name, one in files(tmp_path / "site").items() if name != MANIFEST} == {
        name: one for name, one in before.items() if name != MANIFEST
    }


@pytest.mark.slow
def test_months_lead_to_each_other(published: Callable[..., Published], tmp_path: Path) -> None:
    published(periods=("2015-09",))
    alone = (tmp_path / "site/2015-09/conduct/sfq.html").read_text(encoding="utf-8")
    assert "下月" not in alone
    published(periods=("2015-10",))
    assert links(tmp_path / "site")[1] == []
    september = (tmp_path / "site/2015-09/conduct/sfq.html").read_text(encoding="utf-8")
    assert '<a href="../../2015-10/conduct/sfq.html" rel="next">下月</a>' in september
    october = (tmp_path / "site/2015-10/conduct/sfq.html").read_text(encoding="utf-8")
    assert '<a href="../../2015-09/conduct/sfq.html" rel="prev">上月</a>' in october
    for month in ("2015-09", "2015-10"):
        assert month in (tmp_path / "site/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_only_stale_files_of_its_own_are_removed(published: Callable[..., Published], tmp_path: Path) -> None:
    published()
    site = tmp_path / "site"
    manifest = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    manifest["places"].append(["gone", "撤销村", "village", "yangmiao"])
    for name in ("gone", "edited"):
        page = site / f"2015-09/conduct/{name}.html"
        page.write_text("<html><body>\n</body></html>", encoding="utf-8")
        manifest["files"][f"2015-09/conduct/{name}.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    (site / "2015-09/conduct/edited.html").write_text("mine", encoding="utf-8")
    (site / "2015-09/conduct/notes.txt").write_text("mine", encoding="utf-8")
    (site / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert published().removed == 1
    names = {path.name for path in (site / "2015-09/conduct").iterdir()}
    assert "gone.html" not in names
    assert {"edited.html", "notes.txt"} <= names


@pytest.mark.slow
def test_other_reports_of_the_month_stay(published: Callable[..., Published], tmp_path: Path) -> None:
    published(names="conduct")
    published(names="observation_and_subsidies")
    month = (tmp_path / "site/2015-09/index.html").read_text(encoding="utf-8")
    assert "conduct/sfq.html" in month
    assert "observation_and_subsidies/sfq.html" in month
    assert links(tmp_path / "site")[1] == []


@pytest.mark.slow
def test_an_interruption_leaves_the_site_as_it_was(
    sample_store: Path, published: Callable[..., Published], tmp_path: Path
) -> None:
    published()
    before = files(tmp_path / "site")

    def stop(_name: str) -> None:
        raise KeyboardInterrupt

    request = Request(str(sample_store), ("2015-10",), ("conduct",))
    with pytest.raises(KeyboardInterrupt):
        publish(request, tmp_path / "site", tmp_path / "r", workers=1, progress=lambda _total: stop, person="测试")
    assert files(tmp_path / "site") == before
    (tmp_path / "site" / STAGING / "2015-09").mkdir(parents=True)  # as a killed process leaves it
    assert published().written == 0
    assert not (tmp_path / "site" / STAGING).exists()


@pytest.mark.slow
def test_a_page_that_fails_the_privacy_check_is_not_published(
    sample_store: Path, published: Callable[..., Published], rendered: Path, tmp_path: Path
) -> None:
    published()
    page = tmp_path / "site/2015-09/conduct/yangmiao.html"
    assert page.exists()
    file = next(rendered.glob("*2015-09-阳庙镇-公开.html"))
    whole, manifest = file.read_bytes(), (rendered / "manifest.json").read_bytes()
    spoiled = whole.replace(b"</main>", "<p>联系电话13800138000</p></main>".encode())
    old, new = (hashlib.sha256(content).hexdigest().encode() for content in (whole, spoiled))
    try:
        file.write_bytes(spoiled)
        (rendered / "manifest.json").write_bytes(manifest.replace(old, new))
        done = published()
    finally:
        file.write_bytes(whole)
        (rendered / "manifest.json").write_bytes(manifest)
    assert done.is_in_place
    assert done.pages == 6
    assert any("手机" in str(problem) for problem in done.problems)
    assert not page.exists()
    assert links(tmp_path / "site")[1] == []
    everything = b"".join(path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file())
    assert b"13800138000" not in everything
    assert "publication.refused" in (sample_store / AUDIT_LOG).read_text(encoding="utf-8")
    assert published().pages == 7


@pytest.mark.slow
@pytest.mark.parametrize("held", ["public", "internal"])
def test_public_and_internal_pages_never_meet(published: Callable[..., Published], tmp_path: Path, held: str) -> None:
    published(audience=held)
    before = files(tmp_path / "site")
    with pytest.raises(InputError, match="另一类读者"):
        published(audience={"public": "internal", "internal": "public"}[held])
    assert files(tmp_path / "site") == before
    assert ("内部资料" in (tmp_path / "site/index.html").read_text(encoding="utf-8")) == (held == "internal")


def test_public_is_what_is_published_unless_asked(published: Callable[..., Published], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="不供公开"):
        published(names="conduct data_quality")
    assert not (tmp_path / "site").exists() or not list((tmp_path / "site").glob("[!.]*"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.html", "my own site"),
        (MANIFEST, ""),
        (MANIFEST, "[]"),
        (MANIFEST, '{"format": 9, "audience": "public", "files": {}, "places": [], "reports": {}}'),
        (MANIFEST, '{"format": 1, "audience": "public", "files": {"../x": "0"}, "places": [], "reports": {}}'),
    ],
)
def test_a_folder_that_holds_something_else_is_refused(
    published: Callable[..., Published], tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        published()
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "site").iterdir()} == {name: content}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--period", "2015-13"], 1),
        (["--period", "九月"], 1),
        (["--reports", "no_such_report"], 2),
        (["--reports", "village_profile"], 2),
        (["--store", "no store"], 1),
    ],
)
def test_wrong_requests_are_problems(sample_store: Path, tmp_path: Path, words: list[str], code: int) -> None:
    arguments = ["report", "publish", str(tmp_path / "site"), "--rendered", str(tmp_path / "r")]
    assert run([*arguments, "--store", str(sample_store), *words]) == code
    assert not list(tmp_path.glob("site/[!.]*"))


@pytest.mark.slow
def test_the_command_says_what_it_did(
    sample_store: Path, rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", "publish", str(tmp_path / "site"), "--period", "2015-09", "--reports", "conduct"]
    words += ["--rendered", str(rendered), "--store", str(sample_store)]
    assert run([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["pages"], said["written"], said["problems"]) == (7, 10, [])
    assert run(words) == 0
    assert "7份报告；写了0个文件" in capsys.readouterr().out
    assert not list(tmp_path.glob("site/**/*.part"))
