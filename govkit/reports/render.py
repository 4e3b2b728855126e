"""Reports from a notebook or a script: what there is, and one call that renders. ``govkit`` re-exports both."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem
from govkit.core.html import render as filled
from govkit.figures.snapshot import hold, open_snapshot
from govkit.ledgers.places import LEVEL_TITLES
from govkit.rendering.batch import Rendered
from govkit.rendering.catalogue import Report, find_report, reports
from govkit.rendering.declaration import AUDIENCE_TITLES
from govkit.rendering.formats import FORMATS
from govkit.reports.parameters import check_request
from govkit.reports.plan import planned, render_all

_STATUSES = ("rendered", "unchanged", "failed")


class Reports(list[Report]):
    """The catalogue of reports. A notebook shows it as a table."""

    def __repr__(self) -> str:
        return "\n".join(f"{report.name:<26}{report.title}" for report in self)

    def _repr_html_(self) -> str:
        rows = [
            (
                report.name,
                report.title,
                "、".join(title for level, title in LEVEL_TITLES.items() if level in report.levels),
                "、".join(AUDIENCE_TITLES.get(audience, audience) for audience in report.audiences),
                report.description,
            )
            for report in self
        ]
        return filled("reports/reports.html", rows=rows)


class Results(list[Rendered]):
    """The outcome of a call of :func:`render`, one entry a report. A notebook shows it as a table with links.

    :ivar folder: the folder that holds the files.
    """

    def __init__(self, results: Iterable[Rendered], folder: Path) -> None:
        super().__init__(results)
        self.folder = folder

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status in _STATUSES if (count := self._count(status)))
        return f"{type(self).__name__}({counts or 'no reports'}, folder={str(self.folder)!r})"

    def _repr_html_(self) -> str:
        rows = [
            {
                "name": result.job.labels.get("place") or result.job.stem,
                "status": result.status,
                "files": [(fmt, (self.folder / file).as_posix()) for fmt, file in result.outputs.items()],
                "problems": result.problems,
            }
            for result in self
        ]
        return filled("reports/results.html", folder=str(self.folder), rows=rows)

    @property
    def files(self) -> list[Path]:
        """The files of all reports, as paths."""
        return [self.folder / file for result in self for file in result.outputs.values()]

    @property
    def problems(self) -> list[Problem]:
        """The problems of the reports that failed; empty if all went well."""
        return [problem for result in self for problem in result.problems]

    def _count(self, status: str) -> int:
        return sum(result.status == status for result in self)


def list_reports() -> Reports:
    """Return the reports, by name, each with its title, levels, audiences, parameters and indicators.

    >>> list_reports()[-1]
    Report('village_profile', '一村一表')
    >>> [report.name for report in list_reports() if "public" in report.audiences]
    ['conduct', 'monthly_bulletin', 'observation_and_subsidies', 'public_notice']
    """
    return Reports(reports())


def render(
    name: str,
    *,
    store: str | Path = "",
    period: str = "",
    level: str = "",
    places: str | Sequence[str] = (),
    audience: str | None = None,
    formats: str | Iterable[str] = FORMATS,
    folder: str | Path = "reports",
    parameters: Mapping[str, Any] | None = None,
    version: int | None = None,
    workers: int = 0,
    force: bool = False,
    with_missing: bool = False,
) -> Results:
    """Render a report into a folder and return what came of each unit; what has not changed is not made again.

    :param name: a name that :func:`list_reports` gives.
    :param store: a folder or a URL; by default the one that :func:`govkit.open` finds.
    :param period: a month like ``2015-09``; the latest of the ledgers by default.
    :param level: every unit of ``district``, ``township`` or ``village``, or ``all``; the report's first by default.
    :param places: units by name or code, instead of a level.
    :param audience: ``internal`` or ``public``; by default internal, or the only one that the report is made for. A
        public report passes the privacy check or is not written.
    :param formats: any of ``html``, ``docx``, ``pdf``; also one text with commas.
    :param folder: where the files and ``manifest.json`` go; it is made if it does not exist.
    :param parameters: further parameters of the report, such as ``{"issuer": "示范区办公室"}``.
    :param version: a version of the store; the latest by default.
    :param workers: how many reports at the same time; by default one a core.
    :param force: render what has not changed, too.
    :param with_missing: render a bulletin although units have not reported the month; it says who is missing.
    :raises InputError: there is no such store, month, unit, level or audience, a parameter is wrong, unknown, or has
        an argument of its own, or units are missing; all problems at once, before anything is written.
    :raises UsageError: there is no such report or format.

    A report that fails raises nothing: its entry has the status ``failed`` and its problems. ::

        results = govkit.render("monthly_bulletin", period="2015-09", places="阳庙镇", formats="html")
        results.files       # [PosixPath('reports/基层四项基础制度运行情况通报-2015-09-阳庙镇.html')]
        results.problems    # []
    """
    asked: dict[str, Any] = {"level": level, "audience": audience, "extra": parameters}
    checked = check_request(find_report(name), store=store, period=period, places=places, version=version, **asked)
    snapshot = open_snapshot(store, version)
    hold(snapshot)
    plan = planned(
        name,
        snapshot.store.url,
        snapshot.month(period).code,
        places=checked["places"],
        formats=formats,
        as_of=snapshot.commit.version,
        with_missing=with_missing,
        **asked,
    )
    done = render_all(plan, Path(folder), workers or usable_cores(), lambda _rendered: None, force=force)
    return Results(done, Path(folder))


def usable_cores() -> int:
    """Return how many cores this process may use, at most 64."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(64, usable))
