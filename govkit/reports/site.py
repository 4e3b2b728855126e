"""A static site of a month's reports in a folder: planned, rendered, checked, and only then put in place.

Nothing in the folder changes before every page is made and checked: the changed files are written beside the site, and
then moved into it, pages before indexes. ``.govkit-site.json`` keeps which files are the site's own; others are never
replaced or removed.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from govkit.core.errors import InputError, InternalError, Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.ledgers.places import Place, Places
from govkit.rendering.batch import Rendered
from govkit.rendering.catalogue import Report, find_report, reports
from govkit.rendering.declaration import INTERNAL, PUBLIC
from govkit.rendering.manifest import locked
from govkit.reports.plan import Plan, planned, render_all
from govkit.reports.publication import is_refused, note, privacy_check_of
from govkit.reports.site_pages import INDEX, SEARCH, Contents, Page

MANIFEST = ".govkit-site.json"
FORMAT = 1
STAGING = ".govkit-site"
HTML = "html"
_OURS = re.compile(r"index\.html|\d{4}-\d{2}/(index\.html|search\.js|\w+/[\w.\-]+\.html)")
_PAGE = re.compile(r"(\d{4}-\d{2})/(\w+)/([\w.\-]+)\.html")


@dataclass(frozen=True)
class Request:
    """What to publish: the months and reports (all that the audience may read without any) of a store."""

    store: str
    periods: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    audience: str = PUBLIC
    with_missing: bool = False


@dataclass
class Published:
    """What came of it.

    :ivar pages: how many reports the site has for the months asked for.
    :ivar written: how many files were written; what has not changed is not.
    :ivar unchanged: how many files of the site were right already.
    :ivar removed: how many files of the site's own were removed, since they are no longer part of it.
    :ivar problems: why reports are missing; errors if the site was left as it was or reports were withheld.
    :ivar is_in_place: False if reports failed and the site was therefore left as it was.
    """

    pages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)
    is_in_place: bool = True


def publish(
    request: Request,
    folder: Path,
    rendered_to: Path,
    *,
    workers: int,
    progress: Callable[[int], Callable[[str], None]],
    person: str,
) -> Published:
    """Render what is asked for, and bring the site in ``folder`` up to date; return what came of it.

    A public report that the privacy check refuses is left out, and taken off the site if it was there. If a report
    fails for another reason, the site stays as it was.

    :param rendered_to: the folder that keeps the rendered reports, so that what has not changed is not rendered again.
    :param progress: called with the number of reports; returns what is called with the name of each finished one.
    :param person: the name for the audit log.
    :raises InputError: there is no such store or month, the folder is no site of ours, or one for another audience.
    :raises UsageError: there is no such report, or it is not made for the audience.
    """
    snapshot = open_snapshot(request.store)
    months = [snapshot.month(period).code for period in request.periods or ("",)]
    chosen = _chosen(request)
    site = _Site(folder, request.audience)
    plans = [(month, report, _planned(report, month, request, snapshot)) for month in months for report in chosen]
    done = progress(sum(len(plan.jobs) for _month, _report, plan in plans))
    results = {
        Page(month, report.name, rendered.job.labels["place_code"]): rendered
        for month, report, plan in plans
        for rendered in render_all(plan, rendered_to, workers, lambda one: done(one.job.stem), person=person)
    }
    failed = [one for one in results.values() if one.status == "failed" and not is_refused(one)]
    if failed:
        return Published(problems=[problem for one in failed for problem in one.problems], is_in_place=False)
    asked = {(month, report.name) for month in months for report in chosen}
    with locked(folder):
        fresh, problems = _checked(site, snapshot, results, rendered_to, person)
        published = site.update(fresh, asked, snapshot.places)
    published.problems = problems
    return published


def _checked(
    site: "_Site", snapshot: Snapshot, results: Mapping[Page, Rendered], folder: Path, person: str
) -> tuple[dict[Page, bytes], list[Problem]]:
    """Return the reports to publish, and why others are not: each public page is checked as it will stand there."""
    problems = [problem for one in results.values() for problem in one.problems]
    fresh = {page: (folder / one.outputs[HTML]).read_bytes() for page, one in results.items() if one.status != "failed"}
    if site.audience == INTERNAL:
        return fresh, problems
    check = privacy_check_of(snapshot)
    contents = site.contents(fresh, snapshot.places)
    for page, report in list(fresh.items()):
        found = check.check(page.path, contents.report_page(page, report))
        if any(problem.severity == "error" for problem in found):
            problems += found
            del fresh[page]
            note(snapshot.store.url, person, "refused", file=page.path)
    return fresh, problems


def _chosen(request: Request) -> list[Report]:
    """Return the reports asked for; without any all that the audience may read: public ones for insiders too."""
    readable = {INTERNAL, PUBLIC} if request.audience == INTERNAL else {request.audience}
    chosen = [find_report(name) for name in dict.fromkeys(request.reports)] or [
        report for report in reports() if readable & set(report.audiences)
    ]
    wrong = [report for report in chosen if not readable & set(report.audiences)]
    if wrong:
        what = _("The report is not made for the public")
        repair = _("Leave it out, or publish an internal site with --internal")
        raise UsageError([Problem(Where(report.name), what, repair) for report in wrong])
    return chosen


def _planned(report: Report, month: str, request: Request, snapshot: Snapshot) -> Plan:
    own = request.audience if request.audience in report.audiences else PUBLIC
    url, version_ = snapshot.store.url, snapshot.commit.version
    return planned(
        report.name,
        url,
        month,
        level="all",
        audience=own,
        formats=HTML,
        as_of=version_,
        with_missing=request.with_missing,
    )


class _Site:
    """The site in a folder, as its manifest knows it.

    :param audience: the audience that it is for; any by default.
    :raises InputError: the folder holds something else, or a site for another audience, or a manifest that is none.
    """

    def __init__(self, folder: Path, audience: str = "") -> None:
        self.folder, self.audience = folder, audience
        self.files: dict[str, str] = {}
        self.places: dict[str, Place] = {}
        self.reports: dict[str, tuple[str, str]] = {}
        self._read()

    def update(self, fresh: Mapping[Page, bytes], asked: set[tuple[str, str]], places: Places) -> Published:
        """Put reports in place, beside the pages of other months and reports, and return what came of it.

        :param asked: the months and reports whose pages are ``fresh``, and no others.
        """
        kept = {
            page: (self.folder / page.path).read_bytes()
            for page in self._pages()
            if (page.month, page.report) not in asked and (self.folder / page.path).is_file()
        }
        contents = self.contents([*kept, *fresh], places)
        published = self._put(dict(made(contents, kept | dict(fresh))), contents)
        published.pages = len(fresh)
        return published

    def contents(self, pages: Iterable[Page], places: Places) -> Contents:
        """Return what the site has with these pages; older pages' units and reports that are gone are still known."""
        units = {place.code for place in places}
        older = [place for code, place in self.places.items() if code not in units]
        titles = {report.name: (report.title, report.description) for report in reports()}
        return Contents(pages, Places([*places, *older]), self.reports | titles, self.audience)

    def _put(self, files: Mapping[str, bytes], contents: Contents) -> Published:
        """Write the files that differ beside the site, move them into it, and remove what is no longer part of it.

        :raises InternalError: a file cannot be written; before the first is moved, the site is as it was.
        """
        staging = self.folder / STAGING
        changed = [path for path, content in files.items() if self._sha256(path) != _sha256(content)]
        stale = [path for path, sha256 in self.files.items() if path not in files and self._sha256(path) == sha256]
        manifest = self._manifest({path: _sha256(content) for path, content in files.items()}, contents)
        try:
            shutil.rmtree(staging, ignore_errors=True)
            for path, content in [*((path, files[path]) for path in changed), (MANIFEST, manifest)]:
                (staging / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (staging / path).write_bytes(content)
            for path in [*changed, MANIFEST]:
                (staging / path).replace(self.folder / path)
            for path in stale:
                (self.folder / path).unlink()
        except OSError as error:
            what = _("The file cannot be written ({reason})").format(reason=error.strerror or error)
            repair = _("Close it in other programs, and check that the folder may be written and the disk has room")
            raise InternalError(Problem(Where(error.filename or str(self.folder)), what, repair)) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        for parent in sorted({self.folder / parent for path in stale for parent in Path(path).parents}, reverse=True):
            if parent != self.folder and not any(parent.iterdir()):
                parent.rmdir()
        return Published(written=len(changed), unchanged=len(files) - len(changed), removed=len(stale))

    def _sha256(self, path: str) -> str:
        try:
            return _sha256((self.folder / path).read_bytes())
        except OSError:
            return ""

    def _pages(self) -> list[Page]:
        found = (_PAGE.fullmatch(path) for path in self.files)
        return [Page(match[1], match[2], match[3]) for match in found if match]

    def _manifest(self, hashes: Mapping[str, str], contents: Contents) -> bytes:
        """Return the manifest: what the site is made of, and what its pages are about."""
        codes = {code for page in contents.pages for code in contents.places.line(page.place)}
        content = {
            "software": f"govkit {version('govkit')}",
            "format": FORMAT,
            "audience": self.audience,
            "reports": {name: contents.reports[name] for name in sorted({page.report for page in contents.pages})},
            "places": [[p.code, p.name, p.level, p.parent] for p in contents.places if p.code in codes],
            "files": dict(sorted(hashes.items())),
        }
        return json.dumps(content, ensure_ascii=False, indent=1).encode()

    def _read(self) -> None:
        path = self.folder / MANIFEST
        if not path.exists():
            self._refuse_taken()
            return
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            self.files = {str(name): str(sha256) for name, sha256 in content["files"].items()}
            self.places = {one[0]: Place(*one) for one in content["places"]}
            self.reports = {name: (title, about) for name, (title, about) in content["reports"].items()}
            fits = int(content["format"]) <= FORMAT and all(map(_OURS.fullmatch, self.files))
            audience = str(content["audience"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            fits, audience = False, ""
        if not fits:
            what = _("the manifest of the site cannot be read, or a newer version of govkit has written it")
            raise InputError(Problem(Where(str(path)), what, _("Name another folder, or remove the site")))
        if audience != (self.audience or audience):
            what = _("this folder holds a site for another audience")
            repair = _("Keep the internal and the public site in two folders")
            raise InputError(Problem(Where(str(self.folder)), what, repair))

    def _refuse_taken(self) -> None:
        """Make the folder; refuse one that holds files that are not a site's, except hidden ones."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not [one for one in self.folder.iterdir() if not one.name.startswith(".")]:
                return
            what = _("the folder holds files, but no site of reports")
        except OSError as error:
            what = _("the folder cannot be made ({reason})").format(reason=error.strerror or error)
        raise InputError(Problem(Where(str(self.folder)), what, _("Name an empty folder for the site")))


def published_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a site by path, as they were published; a file that was changed since is left out.

    :raises InputError: the folder holds no site, or its manifest cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        what = _("there is no site of reports in this folder")
        raise InputError(Problem(Where(str(folder)), what, _("Make one with `govkit report publish`")))
    hashes = _Site(folder).files
    found = {path: (folder / path).read_bytes() for path in hashes if (folder / path).is_file()}
    return {path: content for path, content in found.items() if _sha256(content) == hashes[path]}


def made(contents: Contents, reports_: Mapping[Page, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a site by path: pages first, the index of all months last."""
    pages = {page.path: contents.report_page(page, reports_[page]) for page in contents.pages}
    yield from pages.items()
    for month in contents.months:
        yield f"{month}/{SEARCH}", contents.search_index(month, pages)
        yield f"{month}/{INDEX}", contents.month_index(month)
    yield INDEX, contents.site_index()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
