"""The versioned store: Delta Lake tables under one URL, and a table of commits that makes imports atomic.

Each ledger is one Delta table. An import may write several of them and becomes visible by one row appended to the
``_commits`` table, which names the Delta version of every ledger; readers use the versions of one commit only. Tables
written by an import that died before that row was appended are never read. The append carries a Delta application
transaction, so that of two concurrent imports one is refused, also on an object store.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from govkit.core import audit
from govkit.core.errors import InputError, InternalError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.ledgers.check import Checked, Intake, shown
from govkit.ledgers.commit import COMMIT_SCHEMA, NOTHING, Change, Commit, Source, commit_from, commit_row
from govkit.ledgers.declare import Ledger
from govkit.ledgers.places import Places

_COMMITS = "_commits"
FORMAT = 1
"""The format of a store; the description of its table of commits names it. Stores of 0.1.0 name none: they have 1."""
_FORMAT_NAME = "govkit store, format "
_WRITER = "govkit"
AUDIT_LOG = "audit.jsonl"
TOWNSHIP = "township"
"""The column that the store adds to every ledger: the code of the township unit (or district) of a row's place."""


class Store:
    """The ledgers under a local folder, or under any URL that Delta Lake accepts.

    >>> Store(snapshot.store.url).commit_at().version
    1
    """

    def __init__(self, url: str | Path) -> None:
        self.url = str(url)

    def commits(self) -> list[Commit]:
        """Return every commit, oldest first; none where nothing was ever imported.

        :raises InputError: a newer version of govkit wrote the store.
        :raises InternalError: the table of commits is damaged.
        """
        table = self._open(_COMMITS)
        if table is None:
            return []
        self._refuse_newer(table)
        rows = self._rows(_COMMITS, table).sort_by("version").to_pylist()
        return [commit_from(row) for row in rows]

    def commit_at(self, version: int | None = None) -> Commit:
        """Return a commit by its version, the latest by default; version 0 is the empty store.

        :raises InputError: the store has no such version.
        """
        commits = self.commits()
        if version is None:
            return commits[-1] if commits else NOTHING
        if version == 0:
            return NOTHING
        for commit in commits:
            if commit.version == version:
                return commit
        raise InputError(
            Problem(
                Where(self.url),
                _("The store has no version {version}").format(version=version),
                _("`govkit ledger log` lists the versions there are"),
            )
        )

    def read(self, ledger: Ledger, version: int | None = None, commit: Commit | None = None) -> pd.DataFrame:
        """Return a ledger's rows, sorted by key, with the declared dtypes and the column ``township``.

        :param version: the version to read, the latest by default.
        :param commit: the commit to read, where it is known already.
        :raises InternalError: the ledger's table is gone or damaged.
        """
        at = commit or self.commit_at(version)
        if ledger.code not in at.tables:
            return _typed(ledger.empty().assign(**{TOWNSHIP: pd.Series(dtype="str")}), ledger)
        table = self._open(ledger.code, at.tables[ledger.code])
        if table is None:
            raise InternalError(self._damaged(ledger.code))
        return _typed(self._rows(ledger.code, table).to_pandas(), ledger)

    def import_(self, intake: Intake, places: Places, person: str, note: str = "") -> Commit | None:
        """Write an intake as one commit and return it; return None if it changes nothing.

        In a journal, the intake's rows replace a unit's rows of that year; in a register, a unit's rows.

        :param intake: the checked files.
        :param person: who imports.
        :param note: a remark that documents made from this data will carry.
        :raises InputError: the intake has errors, a key is taken by another unit, or somebody else wrote meanwhile.
        :raises InternalError: the store cannot be written.
        """
        if intake.errors:
            raise InputError(intake.problems)
        before = self.commit_at()
        updates = [self._merged(checked, places, before) for checked in intake.ledgers]
        updates = [update for update in updates if update.differs]
        if not updates:
            return None
        return self._append(
            before,
            action="import",
            person=person,
            note=note,
            sources=[Source.of(path) for path in intake.sources],
            changes=[update.change for update in updates],
            tables=dict(before.tables) | {u.ledger.code: self._write(u.ledger.code, _arrow(u.frame)) for u in updates},
        )

    def put(
        self,
        checked: Checked,
        places: Places,
        person: str,
        *,
        based_on: int | None = None,
        paths: Sequence[Path] = (),
        note: str = "",
        replacing: Mapping[str, Sequence[str]] | None = None,
    ) -> Commit | None:
        """Add the checked rows or replace those of the same key, as one commit that can be undone.

        :param based_on: the version that the person saw; rows that changed since are refused.
        :param paths: the files that the rows came from; none where they were entered by hand.
        :param replacing: code name → values; rows that hold one of these values and are not among the new are removed.
        :return: the commit; None if it changes nothing.
        :raises InputError: a row is wrong, or changed since ``based_on``.
        """
        refuse(checked.problems)
        ledger, before = checked.ledger, self.commit_at()
        old, new = self.read(ledger, commit=before), _with_township(checked.accepted, places)
        if based_on is not None:
            _refuse_changed_meanwhile(ledger, self.read(ledger, based_on), old, new)
        gone = _keys(old, ledger).isin(_keys(new, ledger))
        for name, values in (replacing or {}).items():
            gone |= old[name].isin(list(values)).to_numpy(dtype=bool)
        kept = old[~gone]
        update = _Update(ledger, old, _typed(pd.concat([kept, new], ignore_index=True), ledger))
        if not update.differs:
            return None
        return self._append(
            before,
            action="import",
            person=person,
            note=note,
            sources=[Source.of(path) for path in paths] or [Source.of_entry(ledger, new)],
            changes=[update.change],
            tables=dict(before.tables) | {ledger.code: self._write(ledger.code, _arrow(update.frame))},
        )

    def undo(self, person: str, version: int | None = None) -> Commit:
        """Undo the latest import that was not undone before, as a commit of its own, and return that commit.

        :param version: undo only if this is the version to be undone.
        :raises InputError: there is no import to undo, or it is another version.
        """
        commits = self.commits()
        undone = {commit.undoes for commit in commits}
        last = next((c for c in reversed(commits) if c.action == "import" and c.version not in undone), None)
        if last is not None and version not in (None, last.version):
            raise InputError(
                Problem(
                    Where(self.url),
                    _("Version {version} is not the latest any more: {person} changed the store since").format(
                        version=version, person=last.person
                    ),
                    _("Take back what came later first, with `govkit ledger undo`, or correct the row itself"),
                )
            )
        if last is None:
            raise InputError(
                Problem(
                    Where(self.url), _("There is no import to undo"), _("`govkit ledger log` lists what was imported")
                )
            )
        tables = self.commit_at(last.version - 1).tables
        changes = [Change(c.ledger, c.removed, c.changed, c.added, c.rows - c.added + c.removed) for c in last.changes]
        return self._append(
            commits[-1],
            action="undo",
            person=person,
            changes=changes,
            tables=tables,
            sources=last.sources,
            undoes=last.version,
        )

    def log_problems(self) -> list[Problem]:
        """Return a problem for every line of the audit log that was changed, and for every commit it does not hold.

        :raises InputError: the store is behind a URL, and keeps no audit log.
        """
        if "://" in self.url:
            raise InputError(
                Problem(
                    Where(self.url),
                    _("A store behind a URL keeps no audit log"),
                    _("`govkit ledger log` lists its commits, which the storage service protects"),
                )
            )
        log = Path(self.url) / AUDIT_LOG
        logged = {entry.details.get("version") for entry in audit.entries(log) if entry.action.startswith("ledger.")}
        return audit.verify(log) + [
            Problem(
                Where(AUDIT_LOG),
                _("The log lacks the entry of version {version}").format(version=commit.version),
                _("compare with a copy kept elsewhere; find out who changed the file"),
            )
            for commit in self.commits()
            if commit.version not in logged
        ]

    def log_head(self) -> str:
        """Return the hash of the newest entry of the audit log, 64 zeros where there is none."""
        return audit.head(Path(self.url) / AUDIT_LOG)

    def _merged(self, checked: Checked, places: Places, before: Commit) -> "_Update":
        ledger = checked.ledger
        old = self.read(ledger, commit=before)
        new = _with_township(checked.accepted, places)
        kept = old[~_scope(old, ledger).isin(set(_scope(new, ledger)))]
        _refuse_taken_keys(ledger, kept, new, places)
        frame = _typed(pd.concat([kept, new], ignore_index=True), ledger)
        return _Update(ledger, old, frame)

    def _append(
        self,
        before: Commit,
        *,
        action: str,
        person: str,
        sources: Sequence[Source],
        changes: Sequence[Change],
        tables: Mapping[str, int],
        note: str = "",
        undoes: int | None = None,
    ) -> Commit:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        commit = Commit(before.version + 1, now, person, action, note, tuple(sources), tuple(changes), tables, undoes)
        row = pa.Table.from_pylist([commit_row(commit)], schema=COMMIT_SCHEMA)
        mark = CommitProperties(app_transactions=[Transaction(_WRITER, commit.version)])
        base = self._created(_COMMITS, row.schema)
        if _latest(base) != before.version:
            raise InputError(_written_meanwhile(self.url))
        self._write_delta(base, _COMMITS, row, mode="append", mark=mark)
        self._record(commit)
        return commit

    def _record(self, commit: Commit) -> None:
        """Record the commit in the audit log; a store behind a URL has none."""
        if "://" not in self.url:
            hashes = "、".join(f"{source.name} {source.sha256}" for source in commit.sources)
            action = f"ledger.{commit.action}"
            audit.record(Path(self.url) / AUDIT_LOG, action, commit.person, version=commit.version, sources=hashes)

    def _write(self, code: str, table: pa.Table) -> int:
        """Overwrite a ledger's table and return the version of this write, not of a concurrent one."""
        base = self._created(code, table.schema)
        return self._write_delta(base, code, table, mode="overwrite")

    def _created(self, code: str, schema: pa.Schema) -> DeltaTable:
        """Return a table, created empty if absent, since two writers that create one do not conflict."""
        table = self._open(code)
        if table is not None:
            return table
        try:
            description = f"{_FORMAT_NAME}{FORMAT}" if code == _COMMITS else None
            return DeltaTable.create(self._path(code), schema, mode="error", description=description)
        except (OSError, DeltaError) as error:
            table = self._open(code)
            if table is None:
                raise InternalError(self._unwritable(code, error)) from error
            return table

    def _write_delta(
        self,
        base: DeltaTable,
        code: str,
        table: pa.Table,
        *,
        mode: Literal["append", "overwrite"],
        mark: CommitProperties | None = None,
    ) -> int:
        schema_mode: Literal["overwrite"] | None = "overwrite" if mode == "overwrite" else None
        try:
            write_deltalake(base, table, mode=mode, schema_mode=schema_mode, commit_properties=mark)
        except CommitFailedError as error:
            raise InputError(_written_meanwhile(self.url)) from error
        except (OSError, DeltaError) as error:
            raise InternalError(self._unwritable(code, error)) from error
        return base.version()

    def _refuse_newer(self, commits: DeltaTable) -> None:
        found = (commits.metadata().description or "").removeprefix(_FORMAT_NAME)
        if found.isdigit() and int(found) > FORMAT:
            what = _("A newer version of govkit wrote the store (format {found}; this program reads up to {known})")
            raise InputError(
                Problem(
                    Where(self.url),
                    what.format(found=found, known=FORMAT),
                    _("Install the newer version of govkit, or choose another store"),
                )
            )

    def _unwritable(self, code: str, error: Exception) -> Problem:
        return Problem(
            Where(self.url, code),
            _("The store cannot be written ({reason})").format(reason=error),
            _("Check that the folder may be written and the disk is not full"),
        )

    def _open(self, code: str, version: int | None = None) -> DeltaTable | None:
        try:
            return DeltaTable(self._path(code), version=version)
        except TableNotFoundError:
            return None
        except (OSError, DeltaError) as error:
            raise InternalError(self._damaged(code)) from error

    def _rows(self, code: str, table: DeltaTable) -> pa.Table:
        try:
            return table.to_pyarrow_table()
        except (OSError, DeltaError, pa.ArrowException) as error:
            raise InternalError(self._damaged(code)) from error

    def _damaged(self, code: str) -> Problem:
        return Problem(
            Where(self.url, code),
            _("The store's table “{code}” is gone or damaged").format(code=code),
            _("Restore the store's folder from a backup"),
        )

    def _path(self, code: str) -> str:
        return f"{self.url.rstrip('/')}/{code}"


@dataclass(frozen=True)
class _Update:
    ledger: Ledger
    old: pd.DataFrame
    frame: pd.DataFrame

    @cached_property
    def change(self) -> Change:
        old, new = _fingerprints(self.old, self.ledger), _fingerprints(self.frame, self.ledger)
        added, removed = len(new.index.difference(old.index)), len(old.index.difference(new.index))
        both = new.index.intersection(old.index)
        changed = int((new.loc[both] != old.loc[both]).sum())
        return Change(self.ledger.code, added, changed, removed, len(self.frame))

    @property
    def differs(self) -> bool:
        return bool(self.change.added or self.change.changed or self.change.removed)


def _fingerprints(frame: pd.DataFrame, ledger: Ledger) -> pd.Series:
    hashes = pd.util.hash_pandas_object(frame[[*ledger.names, TOWNSHIP]].astype("str"), index=False)
    return pd.Series(hashes.to_numpy(), index=_keys(frame, ledger))


def _keys(frame: pd.DataFrame, ledger: Ledger) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[list(ledger.key)].astype("str"))


def _with_township(rows: pd.DataFrame, places: Places) -> pd.DataFrame:
    return rows.assign(**{TOWNSHIP: rows["place"].map(lambda code: places[code].township).astype("str")})


def _refuse_changed_meanwhile(ledger: Ledger, seen: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Refuse rows that differ between the store and the version that the person saw."""
    keys = _keys(new, ledger)
    then, now = (_fingerprints(frame, ledger).reindex(keys).fillna(0) for frame in (seen, old))
    refuse(
        [
            Problem(
                Where(ledger.title, item="、".join(map(str, key))),
                _("Somebody else entered or changed this row meanwhile"),
                _("Call the row up again and make your change there"),
            )
            for key in keys[(then != now).to_numpy()]
        ]
    )


def _scope(frame: pd.DataFrame, ledger: Ledger) -> pd.Series:
    if ledger.standing:
        return frame[TOWNSHIP]
    years: pd.Series[int] = frame[ledger.dated].dt.year
    return frame[TOWNSHIP] + "|" + years.astype("str")


def _refuse_taken_keys(ledger: Ledger, kept: pd.DataFrame, new: pd.DataFrame, places: Places) -> None:
    key = list(ledger.key)
    taken = kept.merge(new[key], on=key)
    if taken.empty:
        return
    raise InputError(
        Problem(
            Where(
                ledger.title,
                places.names.get(row[TOWNSHIP], row[TOWNSHIP]),
                "、".join(shown(row[name]) for name in key),
            ),
            _("This number is already used by a row of {unit} in the store").format(
                unit=places.names.get(row["place"], row["place"])
            ),
            _("Give the new row another number, or correct that unit's ledger first"),
        )
        for row in taken.head(200).to_dict("records")
    )


def _latest(commits: DeltaTable) -> int:
    return int(max(commits.to_pyarrow_table(columns=["version"])["version"].to_pylist(), default=0))


def _typed(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    dtypes = {column.name: column.dtype for column in ledger.columns} | {TOWNSHIP: "str"}
    frame = frame.reindex(columns=list(dtypes)).astype(dtypes)
    return frame.sort_values(list(ledger.key), ignore_index=True)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)


def _written_meanwhile(url: str) -> Problem:
    return Problem(
        Where(url),
        _("Somebody else changed the store at the same moment; nothing of this import was kept"),
        _("Import again"),
    )
