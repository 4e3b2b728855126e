"""A snapshot of a store: its ledgers, indicators and figures as of one version.

``snapshot = govkit.open()`` opens it; ``snapshot.ledger("disputes")`` and ``snapshot.indicator("G4", by="township")``
give pandas frames and series; ``snapshot.figures(place, period)`` gives what a report's sentences and tables are made
from.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from govkit.core.errors import GovkitError, InputError, Problem, Where
from govkit.core.files import locked, may
from govkit.core.i18n import gettext as _
from govkit.figures.engine import Engine, Scans, engine_named
from govkit.figures.figure import Figures
from govkit.figures.ledger_frames import MaskedFrames, StoredFrames
from govkit.figures.lookup import PlaceRegister
from govkit.figures.measured import Measured
from govkit.figures.overdue import DAYS_AHEAD, Matters, matters_due_soon, overdue_matters
from govkit.figures.plotting import plot_in_chinese
from govkit.figures.provenance import SAMPLE, holds_sample
from govkit.figures.public_wording import PublicWording
from govkit.figures.reported import Reported
from govkit.figures.table import Table, ledger_labels, ledger_masks, ledger_terms
from govkit.institutions import indicators, institutions, ledgers
from govkit.ledgers.check import dangling
from govkit.ledgers.commit import Commit
from govkit.ledgers.delta_tables import no_right
from govkit.ledgers.indicator import Values
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.ledgers.register import places_in_force
from govkit.ledgers.scope import TOWNSHIP
from govkit.ledgers.store import Store

DEFAULT_STORE = "store"
INTERNAL = "internal"
"""The audience that may see every row; for any other, rows are masked."""


def open_snapshot(store: str | Path = "", version: int | None = None, *, engine: str = "") -> "Snapshot":
    """Open a store of ledgers, as of its latest version or an earlier one.

    From then on pandas' ``frame.plot`` draws with a font that has Chinese characters.

    :param store: a folder or a URL. By default the one that ``GOVKIT_STORE`` names, else the folder ``store`` (or
        ``demo/store``) in the working folder or the nearest one above it.
    :param version: a version that ``govkit ledger log`` lists; the latest by default.
    :param engine: what counts: ``pandas`` (by default), ``duckdb`` or ``dask``, which read only what a figure needs
        and so count ledgers that do not fit into memory; see :mod:`govkit.figures.engine`.
    :raises InputError: there is no such store, it has no such version, or this user may not read it.
    :raises UsageError: there is no such engine, or it is not installed.

    >>> import govkit
    >>> snapshot = govkit.open()
    >>> snapshot.indicator("G4", period="2015-12", to_date=True)
    1393.0
    """
    plot_in_chinese()
    url = str(store) or os.environ.get("GOVKIT_STORE") or _nearest_store()
    named = engine_named(engine)
    if (located(url), version) in _held and named == "pandas":
        return _held[located(url), version]
    if not url or ("://" not in url and not os.path.isdir(url)):  # noqa: PTH112 - Path.is_dir raises for some names
        if url and (path := locked(url)):
            raise InputError(no_right(path))
        raise InputError(
            Problem(
                Where(url or DEFAULT_STORE),
                _("There is no store of ledgers here"),
                _("Import ledgers with `govkit ledger import`, or name the store with --store or GOVKIT_STORE"),
            )
        )
    return Snapshot(Store(url), version, engine=named)


def read_whole(
    store: str, version: int, *, month: str = "", codes: str = "", trends: str = "", audience: str = INTERNAL
) -> "Snapshot":
    """Return a snapshot that holds everything a report may need, so that it can be pickled to other processes.

    :param month: compute the indicators for this month, since every report of a batch needs them.
    :param codes: codes, separated by blanks, of the indicators to compute for the month and what it is compared with.
    :param trends: codes, separated by blanks, of the indicators to compute for each of the last twelve months.
    :param audience: mask the rows now for any audience but ``internal``, once for all reports.
    """
    snapshot = open_snapshot(store, version)
    snapshot.frames = dict(snapshot.frames)
    snapshot.commits, snapshot.span, snapshot.holds_sample  # noqa: B018 (read them now)
    snapshot.reported.read_all()
    if month:
        period = snapshot.month(month)
        snapshot.overdue(period), snapshot.due_soon(period)
        snapshot.values.compute((snapshot.measure(code), period.compared()) for code in codes.split())
        snapshot.values.compute((snapshot.measure(code), period.trend(snapshot.span[0])) for code in trends.split())
    for code in snapshot.frames if audience != INTERNAL else ():
        snapshot.public.frames[code]
    return snapshot


def hold(snapshot: "Snapshot") -> None:
    """Cache a snapshot in this process: opening its store as of its version returns it without reading anything.

    It replaces the one cached before, since a process renders one batch after another.
    """
    _held.clear()
    _held[located(snapshot.store.url), snapshot.commit.version] = snapshot
    ledgers(), indicators()


def located(store: str) -> str:
    """Return the absolute path of a store's folder; a URL is returned unchanged."""
    return store if "://" in store else str(Path(store).resolve())


_held: dict[tuple[str, int | None], "Snapshot"] = {}


def _nearest_store() -> str:
    for folder in (Path.cwd(), *Path.cwd().parents):
        for name in (DEFAULT_STORE, f"demo/{DEFAULT_STORE}"):
            commits = folder / name / "_commits"
            if os.path.isdir(commits) or (may(os.X_OK, folder) and locked(commits)):  # noqa: PTH112
                return str(folder / name)
    return ""


class Snapshot(Measured):
    """A store as of one version: its ledgers, its indicators, its places.

    Made by :func:`govkit.open`. Nothing is read before it is needed, and each ledger is read once.

    :ivar store: the store that was opened.
    :ivar commit: the version, with its time, its person and its source files.
    :ivar places: the register of places in force.
    :ivar frames: ledger code → its rows, shared with every other reader: take :meth:`ledger` for a copy.

    >>> snapshot
    Snapshot(..., version 1, ..., 2015-01 to 2015-12, 32 ledgers, ... rows)
    """

    def __init__(
        self, store: Store, version: int | None = None, places: Places | None = None, engine: Engine = "pandas"
    ) -> None:
        self.store = store
        self.commit: Commit = store.commit_at(version)
        self.places = PlaceRegister(places or places_in_force(store.url))
        self.frames: Mapping[str, pd.DataFrame] = StoredFrames(store, self.commit)
        self._scans = Scans(store, self.commit, engine) if engine != "pandas" else None
        self._overdue: dict[tuple[Period, str], Matters] = {}
        self._due_soon: dict[tuple[Period, int, str], Matters] = {}

    def __repr__(self) -> str:
        filled = sum(1 for rows in self.rows.values() if rows)
        parts = (
            repr(self.store.url),
            f"version {self.commit.version}",
            f"{self.commit.time.astimezone():%Y-%m-%d}",
            self._months,
            f"{filled} ledgers",
            f"{sum(self.rows.values()):,} rows",
        )
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        from govkit.core.html import render

        return render(
            "figures/snapshot.html",
            store=self.store.url,
            version=self.commit.version,
            time=f"{self.commit.time.astimezone():%Y-%m-%d %H:%M}",
            person=self.commit.person,
            months=self._months,
            remarks=self.remarks(),
            ledgers=[(code, ledger.title, self.rows[code]) for code, ledger in ledgers().items()],
            indicators=self.indicators()[["名称", "计量单位", "统计层级"]].reset_index().to_numpy().tolist(),
        )

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]

    @property
    def _months(self) -> str:
        try:
            first, last = self.span
        except GovkitError:  # an empty or damaged store: a repr never raises
            return "no months"
        return f"{first.code} to {last.code}"

    @cached_property
    def public(self) -> "PublicSnapshot":
        """The same version as the public may see it: private columns left out, personal data and free text masked."""
        return PublicSnapshot(self)

    def ledger(self, code: str, *, labelled: bool = False, audience: str = INTERNAL) -> Table:
        """Return a copy of a ledger's rows, in the order of its key.

        Columns are the declared ones, named by code name, and ``township`` (the code of the township unit); places are
        kept by code. ``frame.attrs["labels"]`` maps code names to Chinese headings.

        :param code: the ledger's code, Chinese name or synonym; :meth:`ledgers` lists them.
        :param labelled: name the columns by their Chinese headings and show places by name.
        :param audience: ``internal``, or ``public`` for rows without private columns and with personal data masked.
        :raises InputError: there is no such ledger; the nearest names are given.

        >>> snapshot.ledger("disputes").shape
        (1393, 11)
        >>> snapshot.ledger("矛盾纠纷台账", labelled=True)[["所在村", "所属乡镇（街道）"]].iloc[0].tolist()
        ['北李万村', '李万街道']
        >>> sorted(set(snapshot.ledger("disputes")) - set(snapshot.ledger("disputes", audience="public")))
        ['summary']
        """
        declared = self.declared(code)
        frame = Table(self.for_audience(audience).frames[declared.code])
        labels = ledger_labels(declared)
        if labelled:
            places = {name: frame[name].map(self.places.names) for name in ("place", TOWNSHIP)}
            frame = Table(frame.assign(**places).rename(columns=labels))
        else:
            frame = Table(frame.copy())
        return frame.about(labels, terms=ledger_terms(declared), origin=self.provenance(), masks=ledger_masks(declared))

    def for_audience(self, audience: str) -> "Snapshot":
        """Return this snapshot for ``internal`` readers, its public view for ``public`` and any unknown audience."""
        return self if audience == INTERNAL else self.public

    def figures(self, place: str = "", period: str = "", audience: str = INTERNAL) -> Figures:
        """Return the figures of a place and a month, for sentences and tables.

        :param place: a unit by code or name; the district by default.
        :param period: a month like ``2015-09``; the latest by default.
        :param audience: ``internal``, or ``public`` for figures whose rows are masked.
        :raises InputError: there is no such place, or the ledgers have no rows of that month.

        >>> str(snapshot.figures("阳庙镇", "2015-09")["G4"])
        '32件'
        """
        return Figures(self.for_audience(audience), self.place(place), self.month(period))

    def overdue(self, month: Period, within: Place | None = None) -> pd.DataFrame:
        """Return :func:`govkit.figures.overdue.overdue_matters` at a month's end, computed once.

        :param within: the place whose matters are wanted, and of those below it; the district by default.
        """
        scope = self._scope(within, (month, "") in self._overdue)
        key = month, scope.code if scope else ""
        if key not in self._overdue:
            self._overdue[key] = Matters(overdue_matters(self.scans, month, scope))
        return self._overdue[key].of(within)

    def due_soon(self, month: Period, days: int = DAYS_AHEAD, within: Place | None = None) -> pd.DataFrame:
        """Return :func:`govkit.figures.overdue.matters_due_soon` at a month's end, computed once.

        :param within: the place whose matters are wanted, and of those below it; the district by default.
        """
        scope = self._scope(within, (month, days, "") in self._due_soon)
        key = month, days, scope.code if scope else ""
        if key not in self._due_soon:
            self._due_soon[key] = Matters(matters_due_soon(self.scans, month, days, scope))
        return self._due_soon[key].of(within)

    def _scope(self, within: Place | None, known: bool) -> Place | None:
        """Return the place to scan for; None for the whole district, which pandas computes at once."""
        whole = known or not self.scanned or within is None or within.level == "district"
        return None if whole else within

    def contradictions(self) -> list[Problem]:
        """Return contradictions between ledgers as warnings, references to missing rows among them.

        >>> snapshot.contradictions()
        []
        """
        found = dangling(ledgers().values(), self.frames)
        for institution in institutions():
            for look in institution.contradictions:
                found += look(self.frames, self.places)
        return found

    def remarks(self) -> list[str]:
        """Return the notes of the imports, such as that the data is a sample; each once, oldest first.

        Rows of the sample are told by themselves, too.

        >>> snapshot.remarks()
        ['样例数据']
        """
        undone = {commit.undoes for commit in self.commits}
        standing = [commit for commit in self.commits if commit.version not in undone]
        notes = dict.fromkeys(commit.note for commit in standing if commit.note)
        if self.holds_sample and not any(SAMPLE in note for note in notes):
            notes[f"{SAMPLE}数据"] = None
        return list(notes)

    @cached_property
    def holds_sample(self) -> bool:
        """Whether any row is of the sample, whatever its file was called and whether its import bore a note."""
        return holds_sample(self.frames, self.places)


class PublicSnapshot(Snapshot):
    """A snapshot as the public may see it: its rows are masked, its indicators are counted over all rows.

    A count names nobody; small counts are suppressed where they are shown (:mod:`govkit.ledgers.mask`).
    """

    def __init__(self, whole: Snapshot) -> None:
        self.store, self.commit, self.places = whole.store, whole.commit, whole.places
        self.wording = PublicWording(whole.frames, whole.places)
        self.frames = MaskedFrames(whole.frames, self.wording)
        self._scans = whole._scans
        self.public = self
        self._whole = whole

    def for_audience(self, audience: str) -> Snapshot:  # noqa: ARG002 - what is masked stays masked
        """Return the view itself: it never gives back unmasked rows."""
        return self

    @cached_property
    def values(self) -> Values:
        """The values of the indicators over all rows."""
        return self._whole.values

    @cached_property
    def reported(self) -> Reported:
        """Which units reported which months and ledgers."""
        return self._whole.reported

    @cached_property
    def holds_sample(self) -> bool:
        """Whether any row is of the sample."""
        return self._whole.holds_sample

    @cached_property
    def span(self) -> tuple[Period, Period]:
        """The first and the last month that any journal has a row in."""
        return self._whole.span

    @cached_property
    def commits(self) -> list[Commit]:
        """The commits of the store up to this version, oldest first."""
        return self._whole.commits

    def overdue(self, month: Period, within: Place | None = None) -> pd.DataFrame:
        """Return the overdue matters; their subjects name no person."""
        return self._whole.overdue(month, within)

    def due_soon(self, month: Period, days: int = DAYS_AHEAD, within: Place | None = None) -> pd.DataFrame:
        """Return the matters due soon; their subjects name no person."""
        return self._whole.due_soon(month, days, within)

    def contradictions(self) -> list[Problem]:
        """Return contradictions between ledgers over all rows."""
        return self._whole.contradictions()
