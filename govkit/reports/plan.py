"""From a request (a report, a month, units) to rendering jobs, and their run."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.files import digest, login_name, own_files
from govkit.core.i18n import gettext as _
from govkit.figures.missing import silent_units
from govkit.figures.snapshot import INTERNAL, Snapshot, hold, located, open_snapshot, read_whole
from govkit.institutions import indicators, ledgers
from govkit.ledgers.declare import Level
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.rendering.batch import LIMITS, NAME, Job, Limits, Rendered, cluster, render, stem_from_template
from govkit.rendering.catalogue import Report, find_report
from govkit.rendering.engine import worker
from govkit.rendering.engine.forkserver import can_fork, fork_server
from govkit.rendering.engine.worker import WorkerSetup
from govkit.rendering.formats import FORMATS
from govkit.rendering.manifest import hashed
from govkit.rendering.privacy import text_views
from govkit.reports import publication
from govkit.reports.cache_key import Request, format_names
from govkit.reports.parameters import all_or_none, check_request, place_of, words_of

LEVELS: tuple[Level, ...] = ("district", "township", "village")


class InputHashes:
    """The hashes of the data that each place's report reads, so that only what has changed is rendered again.

    :param whole: every report reads the whole district, whatever its place.
    """

    def __init__(self, snapshot: Snapshot, *, whole: bool = False) -> None:
        self.snapshot, self.whole = snapshot, whole

    def of(self, place: Place) -> dict[str, str]:
        """Return the hashes of what a place's report reads: one by each ledger's code, and one of everything else."""
        column = {"township": "township", "village": "place"}.get(place.level)
        if self.whole or column is None:
            return self._district
        groups = {code: rows.get(place.code, "") for code, rows in self._by[column].items()}
        return groups | self._shared | {"reported": self._reported([place.township])}

    def _reported(self, units: Sequence[str]) -> str:
        """Return the hash of what units have reported, which tells a zero from a report that is missing."""
        reported, places = self.snapshot.reported, self.snapshot.places
        years = {ledger.code: reported.years(ledger) for ledger in ledgers().values()}
        held = [
            [
                unit,
                sorted(reported.months.get(unit, ())),
                {code: sorted(of.get(unit, ())) for code, of in years.items()},
            ]
            for unit in units
        ]
        accepted = sorted(one for one in reported.accepted if places[one[0]].township in units)
        return hashed([held, sorted(reported.collected), accepted])[:32]

    @cached_property
    def _district(self) -> dict[str, str]:
        units = [*self.snapshot.reported.townships, self.snapshot.places.district.code]
        rows = {code: _digest(rows) for code, rows in self._rows.items()}
        return rows | self._shared | {"reported": self._reported(units)}

    @cached_property
    def _by(self) -> dict[str, dict[str, dict[str, str]]]:
        """Each ledger's hashes, by ``township`` and by ``place``; a township unit's is made of its places' hashes."""
        units: dict[str, dict[str, dict[str, str]]] = {"township": {}, "place": {}}
        for code, rows in self._rows.items():
            frame = self.snapshot.frames[code]
            found = {keys: _digest(part) for keys, part in rows.groupby([frame["township"], frame["place"]])}
            units["place"][code] = {str(place): rows_hash for (_township, place), rows_hash in found.items()}
            within: dict[str, list[list[str]]] = defaultdict(list)
            for (township, place), rows_hash in found.items():
                within[str(township)].append([str(place), rows_hash])
            units["township"][code] = {unit: hashed(places)[:32] for unit, places in within.items()}
        return units

    @cached_property
    def _rows(self) -> dict[str, pd.Series]:
        """A 64-bit hash of every row of each ledger, in the order of its key."""
        return {
            code: pd.Series(pd.util.hash_pandas_object(frame, index=False, categorize=True), index=frame.index)
            for code, frame in self.snapshot.frames.items()
        }

    @cached_property
    def _shared(self) -> dict[str, str]:
        first, last = self.snapshot.span
        places = [[place.code, place.name, place.level, place.township] for place in self.snapshot.places]
        own = digest(own_files(self.snapshot.store.url))
        return {"shared": hashed([places, first.code, last.code, self.snapshot.remarks(), own])[:32]}


def _digest(rows: pd.Series) -> str:
    return hashed([len(rows), np.ascontiguousarray(rows.to_numpy()).tobytes().hex()])[:32]


@dataclass(frozen=True)
class Plan:
    """The jobs to run, the formats to write, the store they read, the set-up of the workers, the cache key."""

    jobs: tuple[Job, ...]
    formats: tuple[str, ...]
    store: str
    setup: WorkerSetup
    cache_key: str = ""


def start_fork_server() -> None:
    """Start the fork server of this process, so that it imports while the plan is made."""
    if can_fork():
        fork_server(preload)


def preload() -> None:
    """Import what the workers of every report need; for a fork server."""
    worker.preload()
    for module in ("govkit.figures.figure", "govkit.reports.parameters", "pypdf"):
        import_module(module)


def hold_for_the_public(snapshot: Snapshot) -> None:
    """Cache a snapshot in this process, and load what the privacy check of every document needs; for a fork server."""
    hold(snapshot)
    text_views.preload()


def planned(
    name: str,
    store: str,
    period: str,
    *,
    level: str = "",
    places: Sequence[str] = (),
    audience: str | None = None,
    formats: str | Iterable[str] = FORMATS,
    extra: Mapping[str, Any] | None = None,
    as_of: int | None = None,
    name_template: str = NAME,
    with_missing: bool = False,
) -> Plan:
    """Return the plan of a report; the parameters are those of :func:`govkit.reports.render.render`.

    :param extra: further parameters of the report, as values or as text.
    :param as_of: a version of the store; the latest by default.
    :param name_template: what the files are called, with names in braces.
    :param with_missing: render a report that needs all units although some have not reported the month.
    :raises InputError: there is no such store, month, unit, level or audience, a parameter is wrong, unknown, or has
        an option of its own, all problems at once; or units have not reported the month.
    :raises UsageError: there is no such report or format.
    """
    report = find_report(name)
    checked = check_request(
        report,
        store=store,
        period=period,
        level=level,
        places=places,
        audience=audience,
        version=as_of,
        extra=extra,
    )
    wanted, named = _formats(formats), checked.pop("places")
    request = Request(
        name, store, period, level, places, audience, wanted, extra or {}, as_of, name_template, with_missing
    )
    cache_key = request.cache_key  # before the store is read: a later commit then makes the request anew
    snapshot = open_snapshot(store, as_of)
    month, units = all_or_none(lambda: snapshot.month(period), lambda: _units(snapshot, report, level, named))
    if report.needs_all_units and not with_missing:
        refuse(_missing(snapshot, units, month))
    hold(snapshot)
    url, version, audience = located(snapshot.store.url), snapshot.commit.version, checked["audience"]
    shared = checked | {"period": month.code, "store": url, "version": version}
    jobs = tuple(_jobs(report, units, shared, InputHashes(snapshot, whole=report.reads != "place"), name_template))
    codes, trends = _indicators(report)
    read = partial(read_whole, month=month.code, codes=codes, trends=trends, audience=audience)
    setup = WorkerSetup(
        preload=preload,
        load=partial(read, url, version),
        receive=hold if audience == INTERNAL else hold_for_the_public,
        privacy_check=partial(publication.privacy_check, url, version),
    )
    return Plan(jobs, wanted, url, setup, cache_key)


def _missing(snapshot: Snapshot, units: Sequence[Place], month: Period) -> list[Problem]:
    """Return a problem for each unit of the places that has not reported a month."""
    found = dict.fromkeys(
        code for unit in units for code in silent_units(snapshot.reported, snapshot.places, unit, month)
    )
    return [
        Problem(
            Where(snapshot.places.names[code], item=month.label),
            _("The ledgers of this month have not been reported"),
            _("Import them first, or add --with-missing: the document then says who is missing"),
        )
        for code in found
    ]


def _jobs(
    report: Report, units: Iterable[Place], shared: Mapping[str, Any], hashes: InputHashes, name_template: str
) -> Iterator[Job]:
    """Yield the job of each unit."""
    month, audience = shared["period"], shared["audience"]
    for unit in units:
        yield Job(
            report,
            {**shared, "place": unit.code},
            stem_from_template(name_template, words_of(report, unit, month, audience)),
            {"period": month, "place": unit.name, "place_code": unit.code, "level": unit.level, "audience": audience},
            hashes.of(unit),
            frozenset({"store", "version"}),
        )


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
    """Run a plan and return what came of each report, as :func:`govkit.rendering.batch.render` does.

    The store's audit log records what was published and what the privacy check refused; older files of a refused report
    are deleted.

    :param dask: the address of a cluster's scheduler; by default the reports are rendered on this machine.
    :param force: render what has not changed, too.
    :param person: the name for the audit log; by default the login name.
    :raises InputError: a report is for the public, and the audit log may not be written.
    """
    publication.require_log(plan.store, plan.jobs)

    def recorded(rendered: Rendered) -> None:
        publication.record(plan.store, person or login_name(), rendered, folder)
        progress(rendered)

    with cluster(dask) if dask else nullcontext() as executor:
        return render(
            plan.jobs,
            folder,
            plan.formats,
            workers,
            recorded,
            executor=executor,
            setup=plan.setup,
            limits=limits,
            force=force,
            cache_key=plan.cache_key,
        )


def _indicators(report: Report) -> tuple[str, str]:
    """Return the codes of a report's indicators and of its trends, separated by blanks; refuse an unknown code."""
    known = indicators()
    refuse(
        [
            Problem(
                Where(report.name, item=code),
                _("There is no indicator “{value}”").format(value=code),
                _("Correct the list of indicators in the notebook's metadata"),
            )
            for code in dict.fromkeys((*report.indicators, *report.trends))
            if code not in known
        ]
    )
    return " ".join(report.indicators), " ".join(report.trends)


def _units(snapshot: Snapshot, report: Report, level: str, places: Sequence[str]) -> list[Place]:
    """Return the places of a request; all problems of the places that are named at once."""
    if places:
        return all_or_none(*(partial(place_of, snapshot, report, place) for place in places))
    levels = report.levels if level == "all" else (level or report.levels[0],)
    return [place for one in LEVELS if one in levels for place in snapshot.places.at(one)]


def _formats(formats: str | Iterable[str]) -> tuple[str, ...]:
    names = format_names(formats)
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
