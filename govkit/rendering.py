"""From what is asked for (a report, a month, units) to a table of rendering jobs, and their run."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govkit import publication
from govkit.book import Book, hold, located, open_book
from govkit.errors import Problem, UsageError, Where
from govkit.i18n import gettext as _
from govkit.institutions import indicators
from govkit.ledgers.declare import Level
from govkit.ledgers.places import Place
from govkit.reports.batch import LIMITS, NAME, Job, Limits, Rendered, named, render
from govkit.reports.catalogue import Report, check_parameters, find_report
from govkit.reports.cluster import cluster
from govkit.reports.formats import FORMATS
from govkit.reports.nursery import forks, nursery
from govkit.reports.press import Ready
from govkit.request import Request, format_names
from govkit.slices import Slices

MODULES = ("govkit.reports.workshop", "govkit.book", "govkit.figures", "govkit.publication", "pypdf")
HELD = ("govkit.book:read_whole", "govkit.book:hold")
LEVELS: tuple[Level, ...] = ("district", "township", "village")


@dataclass(frozen=True)
class Plan:
    """The jobs to run, the formats to write, what every report needs at hand, and the mark of the request."""

    jobs: tuple[Job, ...]
    formats: tuple[str, ...]
    ready: Ready
    mark: str = ""


def get_ready() -> None:
    """Start what reports are made in, so that it imports while the plan is made."""
    if forks():
        nursery(MODULES)


def planned(
    name: str,
    store: str,
    period: str,
    *,
    level: str = "",
    places: Sequence[str] = (),
    audience: str = "internal",
    formats: str | Iterable[str] = FORMATS,
    extra: Mapping[str, str] | None = None,
    as_of: int | None = None,
    name_template: str = NAME,
) -> Plan:
    """Return the plan for a report; a month without rows, an unknown unit, level, format or parameter is refused."""
    report = find_report(name)
    _refuse_unclaimed(report, level, audience)
    given, wanted = _typed(report, extra or {}), _formats(formats)
    mark = Request(name, store, period, level, places, audience, wanted, extra or {}, as_of, name_template).mark
    book = open_book(store, as_of)
    month = book.month(period)
    hold(book)
    url = located(book.store.url)
    slices = Slices(book, whole=report.reads != "place")
    jobs = []
    for unit in _units(book, report, level, places):
        parameters = {"period": month.code, "place": unit.code, "audience": audience, "store": url}
        parameters |= {"version": book.commit.version} | given
        labels = {"period": month.code, "place": unit.name, "place_code": unit.code, "level": unit.level}
        labels |= {"audience": audience}
        words = labels | {"title": report.title, "report": name, "audience": "公开" if audience == "public" else ""}
        jobs.append(
            Job(
                report,
                check_parameters(report, parameters),
                named(name_template, words),
                labels,
                slices.of(unit),
                frozenset({"store", "version"}),
            )
        )
    held = (url, book.commit.version, month.code, *_asked(report))
    ready = Ready(MODULES, *HELD, held, publication.GATE, (url, book.commit.version))
    return Plan(tuple(jobs), wanted, ready, mark)


def render_all(
    plan: Plan,
    folder: Path,
    workers: int,
    progress: Callable[[Rendered], None],
    *,
    dask: str = "",
    force: bool = False,
    limits: Limits = LIMITS,
    person: str = "",
) -> list[Rendered]:
    """Run a plan on this machine, or on the cluster whose scheduler is at ``dask``.

    See :func:`govkit.reports.batch.render` for what it leaves and returns. What was published, and what the gate
    refused, goes into the store's audit log under the name of ``person``, by default whoever is at the machine; of what
    is refused no older file stays behind.
    """

    def noted(rendered: Rendered) -> None:
        publication.record(str(plan.ready.gate_arguments[0]), person or publication.login(), rendered, folder)
        progress(rendered)

    with cluster(dask) if dask else nullcontext() as executor:
        return render(
            plan.jobs,
            folder,
            plan.formats,
            workers,
            noted,
            executor=executor,
            ready=plan.ready,
            limits=limits,
            force=force,
            mark=plan.mark,
        )


def _asked(report: Report) -> tuple[str, str]:
    """Return the codes of indicators that stand in a report's notebook, and of those whose trend it shows."""
    text = report.path.read_text(encoding="utf-8")
    codes = [code for code in dict.fromkeys(re.findall(r"\w+", text)) if code in indicators()]
    trends = [code for code in codes if f'trend(\\"{code}' in text]
    return " ".join(codes), " ".join(trends)


def _units(book: Book, report: Report, level: str, places: Sequence[str]) -> list[Place]:
    if places:
        return [book.place(place) for place in places]
    levels = report.levels if level == "all" else (level or report.levels[0],)
    return [place for one in LEVELS if one in levels for place in book.places.at(one)]


def _refuse_unclaimed(report: Report, level: str, audience: str) -> None:
    problems = [
        Problem(
            Where(report.name, item=option),
            _("The report is not made for “{value}”").format(value=value),
            _("Choose one of: {choices}").format(choices="、".join(filter(None, choices))),
        )
        for option, value, choices in (
            ("--level", level, (*report.levels, "all", "")),
            ("--audience", audience, report.audiences),
        )
        if value not in choices
    ]
    if problems:
        raise UsageError(problems)


def _formats(asked: str | Iterable[str]) -> tuple[str, ...]:
    names = format_names(asked)
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise UsageError(
            Problem(
                Where("--format", item=unknown[0]),
                _("There is no format “{value}”").format(value=unknown[0]),
                _("Choose one of: {choices}").format(choices="、".join(FORMATS)),
            )
        )
    return names


def _typed(report: Report, extra: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters given as text in the types that the report declares; what cannot be read stays text."""
    types = {parameter.name: parameter.type for parameter in report.parameters}
    return {name: value if types.get(name) == "str" else _literal(value) for name, value in extra.items()}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False}.get(text.lower(), text)
