"""A snapshot of a store: its ledgers, indicators and figures as of one version.

``snapshot = govkit.open()`` opens it; ``snapshot.ledger("disputes")`` and ``snapshot.indicator("G4", by="township")``
give pandas frames; ``snapshot.figures(place, period)`` gives what a report's sentences and tables are made from.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.figures.overdue import overdue_matters
from govkit.institutions import indicators, institutions, ledgers
from govkit.ledgers.check import dangling
from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Measure, Values
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.ledgers.register import places_in_force
from govkit.ledgers.store import Store
from govkit.rendering.catalogue import Report, find_report

DEFAULT_STORE = "store"
T = TypeVar("T")


def open_snapshot(store: str | Path = "", version: int | None = None) -> "Snapshot":
    """Open a store, as of a version if one is given.

    Without ``store`` it is the one ``GOVKIT_STORE`` names, else the folder ``store`` (or ``demo/store``) in this folder
    or the nearest one above it. Where there is none, that is refused.
    """
    url = str(store) or os.environ.get("GOVKIT_STORE") or _nearest_store()
    if (located(url), version) in _held:
        return _held[located(url), version]
    if not url or ("://" not in url and not Path(url).is_dir()):
        raise InputError(
            Problem(
                Where(url or DEFAULT_STORE),
                _("There is no store of ledgers here"),
                _("Import ledgers with `govkit ledger import`, or name the store with --store or GOVKIT_STORE"),
            )
        )
    return Snapshot(Store(url), version)


def read_whole(store: str, version: int, month: str = "", codes: str = "", trends: str = "") -> "Snapshot":
    """Return a store as of a version with everything read that a report may ask of it, to be handed on by pickle.

    The values of the indicators ``codes`` (words) are worked out for the month, those of ``trends`` for the year before
    it: every report of a batch asks for the same, each for its own place.
    """
    snapshot = open_snapshot(store, version)
    snapshot.frames = dict(snapshot.frames)
    snapshot.commits, snapshot.span  # noqa: B018 (read them now)
    if month:
        period = snapshot.month(month)
        snapshot.overdue(period)
        snapshot.values.know((snapshot.measure(code), period.compared()) for code in codes.split())
        snapshot.values.know((snapshot.measure(code), period.trend(snapshot.span[0])) for code in trends.split())
    return snapshot


def hold(snapshot: "Snapshot") -> None:
    """Keep a snapshot in this process: whoever opens its store as of its version gets it, and reads nothing.

    The one kept before it is let go: a process makes one batch after another.
    """
    _held.clear()
    _held[located(snapshot.store.url), snapshot.commit.version] = snapshot
    ledgers(), indicators()


def located(store: str) -> str:
    """Return where a store is, whatever folder one is in: a URL as it is, a folder by its whole path."""
    return store if "://" in store else str(Path(store).resolve())


_held: dict[tuple[str, int | None], "Snapshot"] = {}


def _nearest_store() -> str:
    for folder in (Path.cwd(), *Path.cwd().parents):
        for name in (DEFAULT_STORE, f"demo/{DEFAULT_STORE}"):
            if (folder / name / "_commits").is_dir():
                return str(folder / name)
    return ""


class Snapshot:
    """A store as of one version: its ledgers, its indicators, its places."""

    def __init__(self, store: Store, version: int | None = None, places: Places | None = None) -> None:
        self.store = store
        self.commit: Commit = store.commit_at(version)
        self.places = places or places_in_force(store.url)
        self.frames: Mapping[str, pd.DataFrame] = _Frames(store, self.commit)
        self._overdue: dict[Period, pd.DataFrame] = {}

    def ledger(self, code: str, *, labelled: bool = False) -> pd.DataFrame:
        """Return a ledger's rows. Column names are code names, or the Chinese headings with ``labelled``.

        ``frame.attrs["labels"]`` maps the one to the other. Places are kept by code; labelled frames show names.
        """
        declared = _known(ledgers(), code, _("There is no ledger “{value}”").format(value=code))
        frame = self.frames[code].copy()
        frame.attrs["labels"] = declared.labels
        if not labelled:
            return frame
        return frame[declared.names].assign(place=frame["place"].map(self.places.names)).rename(columns=declared.labels)

    def indicator(
        self, code: str, place: str = "", period: str = "", *, by: Level | None = None, to_date: bool = False
    ) -> Any:
        """Return an indicator's value for a place and a month (default: the district, the latest month).

        With ``by="township"`` or ``by="village"`` a Series by unit name; with ``to_date`` the year up to that month.
        """
        measure = self.measure(code)
        scope = self.place(place)
        span = self.month(period)
        span = span.year_to_date() if to_date else span
        if by is None:
            return measure(self.frames, scope, span)
        values = measure.by_unit(self.frames, self.places, scope, span, by)
        return pd.Series({self.places.names[unit]: value for unit, value in values.items()}, name=measure.label)

    def measure(self, code: str) -> Measure:
        """Return the declaration of an indicator."""
        return _known(indicators(), code, _("There is no indicator “{value}”").format(value=code))

    def place(self, code_or_name: str = "") -> Place:
        """Return a place by code or name; the district by default."""
        return self.places.find(code_or_name) if code_or_name else self.places.district

    def month(self, text: str = "") -> Period:
        """Return a month that the ledgers have rows for: the latest by default; one without rows is refused."""
        first, last = self.span
        if not text:
            return Period.month(last.code)
        period = Period.month(text)
        if not first.start <= period.start <= last.end:
            raise InputError(
                Problem(
                    Where(_("month"), item=text),
                    _("The ledgers hold no rows for {period}").format(period=period.label),
                    _("Choose a month from {first} to {last}, or import the ledgers of that month first").format(
                        first=first.code, last=last.code
                    ),
                )
            )
        return period

    @cached_property
    def values(self) -> Values:
        """The values of its indicators, each worked out once for all places."""
        return Values(self.frames, self.places)

    @cached_property
    def span(self) -> tuple[Period, Period]:
        """The first and the last month that any journal has a row in; an empty store is refused."""
        days = [self.frames[code][ledger.dated] for code, ledger in ledgers().items() if not ledger.standing]
        days = [column.dropna() for column in days if column.notna().any()]
        if not days:
            raise InputError(
                Problem(
                    Where(self.store.url),
                    _("The store holds no rows yet"),
                    _("Import ledgers with `govkit ledger import`, or look at `govkit demo` first"),
                )
            )
        first, last = min(column.min() for column in days), max(column.max() for column in days)
        return Period.month(f"{first:%Y-%m}"), Period.month(f"{last:%Y-%m}")

    @cached_property
    def commits(self) -> list[Commit]:
        """The commits of the store up to this version, oldest first."""
        return [commit for commit in self.store.commits() if commit.version <= self.commit.version]

    def figures(self, place: str = "", period: str = "") -> Any:
        """Return the :class:`govkit.figures.figure.Figures` of a place and a month."""
        from govkit.figures.figure import Figures

        return Figures(self, self.place(place), self.month(period))

    def overdue(self, month: Period) -> pd.DataFrame:
        """Return :func:`govkit.figures.overdue.overdue_matters` of the district at a month's end, worked out once."""
        if month not in self._overdue:
            self._overdue[month] = overdue_matters(self.frames, month)
        return self._overdue[month]

    def contradictions(self) -> list[Problem]:
        """Return what the ledgers say against each other, as warnings; nothing is mended silently."""
        told = dangling(ledgers().values(), self.frames)
        for institution in institutions():
            for look in institution.contradictions:
                told += look(self.frames, self.places)
        return told

    def remarks(self) -> list[str]:
        """Return the notes that imports carried, e.g. that the data is a sample; each once, oldest first."""
        undone = {commit.undoes for commit in self.commits}
        return list(
            dict.fromkeys(commit.note for commit in self.commits if commit.note and commit.version not in undone)
        )

    def provenance(self, report: str = "", audience: str = "", **parameters: object) -> list[tuple[str, str]]:
        """Return what a document says of where its figures come from, in the words of its readers.

        The store's version, the source files with the start of their hashes, the parameters, the hash of the report's
        template, and the version of the kit. The public is not told who imported the ledgers.
        """
        undone = {commit.undoes for commit in self.commits}
        latest = {
            source.name: source.sha256
            for commit in self.commits
            if commit.action == "import" and commit.version not in undone
            for source in commit.sources
        }
        template = find_report(report) if report else None
        imported = f"{self.commit.time.astimezone():%Y-%m-%d %H:%M}"
        by = "" if audience == "public" else f"，{self.commit.person}"
        return [
            ("台账版本", f"第{self.commit.version}版（{imported}{by}）"),
            ("来源文件", "；".join(f"{name}（{sha[:8]}）" for name, sha in sorted(latest.items()))),
            ("生成参数", _said(template, {**parameters, "audience": _AUDIENCES.get(audience, audience)})),
            ("报告模板", f"{template.title}（{template.sha256[:8]}）" if template else "无"),
            ("软件版本", f"govkit {package_version('govkit')}"),
        ]


_AUDIENCES = {"internal": "内部", "public": "公开"}
_PARAMETERS = {"period": "月份", "place": "单位", "audience": "读者"}


def _said(report: Report | None, parameters: Mapping[str, object]) -> str:
    """Return parameters in words: what a report's own are called stands in its template, up to the first comma."""
    own = {one.name: re.split("[，；（]", one.help)[0] for one in (report.parameters if report else ())}
    names = own | _PARAMETERS
    return "，".join(f"{names.get(name) or name}：{value}" for name, value in parameters.items() if value) or "默认"


class _Frames(Mapping[str, pd.DataFrame]):
    """The ledgers' frames, each read once, when first asked for."""

    def __init__(self, store: Store, commit: Commit) -> None:
        self._store, self._commit = store, commit
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, code: str) -> pd.DataFrame:
        if code not in self._read:
            self._read[code] = self._store.read(ledgers()[code], commit=self._commit)
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(ledgers())

    def __len__(self) -> int:
        return len(ledgers())


def _known(items: Mapping[str, T], code: str, what: str) -> T:
    if code not in items:
        raise InputError(Problem(Where(code), what, _("Choose one of: {choices}").format(choices="、".join(items))))
    return items[code]
