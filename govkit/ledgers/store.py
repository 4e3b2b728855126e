"""The versioned store: Delta Lake tables under one URL, and a table of commits that makes imports atomic.

Each ledger is one Delta table. An import may write several of them and becomes visible by one row appended to the
``_commits`` table, which names the Delta version of every ledger; readers use the versions of one commit only. Tables
written by an import that died before that row was appended are never read. The append carries a Delta application
transaction, so that of two concurrent imports one is refused, also on an object store.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from govkit.core import audit
from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.files import REGISTER, atomic_write
from govkit.core.i18n import gettext as _
from govkit.ledgers import audit_log, corrections, ledger_tables
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.check import Checked, Intake
from govkit.ledgers.commit import ERASE, NOTHING, VACUUM, Change, Commit, Source
from govkit.ledgers.commit_table import CommitTable
from govkit.ledgers.corrections import Correction
from govkit.ledgers.declare import Ledger
from govkit.ledgers.delta_tables import Tables, written_meanwhile
from govkit.ledgers.places import Places
from govkit.ledgers.register import no_register, places_in_force, read_register
from govkit.ledgers.scope import Plan, keys, refuse_changed_meanwhile, replaced, updated, with_township
from govkit.ledgers.submission import Submission


class Store:
    """The ledgers under a local folder, or under any URL that Delta Lake accepts.

    :param remember: keep the newest rows in memory, for many small commits in a row.

    >>> Store(snapshot.store.url).commit_at().version
    1
    """

    def __init__(self, url: str | Path, *, remember: bool = False) -> None:
        self.url = str(url)
        self.tables = Tables(self.url, remember=remember)
        self.commit_table = CommitTable(self.tables)

    def commits(self) -> list[Commit]:
        """Return every commit, oldest first; none where nothing was ever imported.

        :raises InputError: a newer version of govkit wrote the store.
        :raises InternalError: the table of commits is damaged.
        """
        return self.commit_table.read()

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
                if commit.dropped:
                    raise InputError(_dropped(self.url, commits, version))
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
        return ledger_tables.read(self.tables, ledger, at)

    def count(self, code: str, at: Commit) -> int:
        """Return how many rows a ledger has as of a commit; none are read."""
        return int(self.tables.opened(code, at.tables[code]).count()) if code in at.tables else 0

    def plan(self, intake: Intake, places: Places, *, complete: bool = False, month: str = "") -> Plan:
        """Return what an import would do; nothing is written.

        :param intake: the checked files.
        :param complete: the files hold all rows of their township units and years (registers: of their township
            units), so that what they lack is removed wherever it stands; by default an import covers the units and
            months that its tables have rows of.
        :raises InputError: the intake has errors, or a number is taken by a row that the import does not cover.
        """
        if intake.errors:
            raise InputError(intake.problems)
        before = self.commit_at()
        made = []
        for checked in intake.ledgers:
            new = with_township(checked.accepted, places)
            part = ledger_tables.part(self.tables, checked.ledger, before, new)
            made.append(updated(checked, part, places, complete=complete, month=month))
        return Plan(before, intake, places, tuple(update for update in made if update.differs), complete, month)

    def import_(
        self, intake: Intake, places: Places, person: str, note: str = "", *, replace: bool = False
    ) -> Commit | None:
        """Write an intake as one commit and return it; return None if it changes nothing.

        :param intake: the checked files.
        :param person: who imports.
        :param note: a remark that documents made from this data will carry.
        :param replace: accept that more rows are removed than added.
        :raises InputError: see :meth:`plan` and :meth:`carry_out`.
        :raises InternalError: the store cannot be written.
        """
        return self.carry_out(self.plan(intake, places), person, note, replace=replace)

    def carry_out(
        self, plan: Plan, person: str, note: str = "", *, replace: bool = False, reports: Sequence[Submission] = ()
    ) -> Commit | None:
        """Do what a plan says as one commit and return it; return None if it changes nothing.

        :param replace: accept that more rows are removed than added.
        :param reports: what units report with it; they make a commit also where no row changes.
        :raises InputError: more rows would be removed than added, or the store was changed since so that the plan
            would do something else.
        :raises InternalError: the store cannot be written.
        """
        refuse(() if replace else plan.losses)
        if not plan.updates and not reports:
            return None
        return self.tables.retried(lambda: self._carried_out(plan, person, note, reports))

    def _carried_out(self, plan: Plan, person: str, note: str, reports: Sequence[Submission]) -> Commit | None:
        with self.tables.writing():
            self._refuse_other_register(plan.places)
            plan = self._renewed(plan)
            if not plan.updates and not reports:
                return None
            return self._append(
                plan.before,
                action="import" if plan.updates else "report",
                person=person,
                note=note,
                sources=[Source.of(path) for path in plan.intake.sources] or Source.of_reports(reports),
                changes=plan.changes,
                tables=dict(plan.before.tables)
                | {u.ledger.code: ledger_tables.write(self.tables, u, plan.before) for u in plan.updates},
                reports=reports,
            )

    def _renewed(self, plan: Plan) -> Plan:
        """Return the plan as of the store's latest version, which must do the same."""
        if self.commit_at() == plan.before:
            return plan
        renewed = self.plan(plan.intake, plan.places, complete=plan.complete, month=plan.month)
        if renewed.updates and [_effect(change) for change in renewed.changes] != [
            _effect(change) for change in plan.changes
        ]:
            raise InputError(written_meanwhile(self.url))
        return renewed

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
        ledger, new = checked.ledger, with_township(checked.accepted, places)
        sources = [Source.of(path) for path in paths] or [Source.of_entry(ledger, new)]

        def once() -> Commit | None:
            with self.tables.writing():
                self._refuse_other_register(places)
                before = self.commit_at()
                part = ledger_tables.part(self.tables, ledger, before, new, replacing)
                if based_on is not None:
                    seen = ledger_tables.part(self.tables, ledger, self.commit_at(based_on), new).rows
                    refuse_changed_meanwhile(ledger, seen, part.rows, new)
                gone = keys(part.rows, ledger).isin(keys(new, ledger))
                for name, values in (replacing or {}).items():
                    gone |= part.rows[name].isin(list(values)).to_numpy(dtype=bool)
                update = replaced(ledger, part, gone, new)
                if not update.differs:
                    return None
                tables = dict(before.tables) | {ledger.code: ledger_tables.write(self.tables, update, before)}
                return self._append(
                    before,
                    action="import",
                    person=person,
                    note=note,
                    sources=sources,
                    changes=[update.change],
                    tables=tables,
                )

        return self.tables.retried(once)

    def undo(self, person: str, version: int | None = None) -> Commit:
        """Undo the latest import that was not undone before, as a commit of its own, and return that commit.

        :param version: undo only if this is the version to be undone.
        :raises InputError: there is no import to undo, or it is another version.
        """
        with self.tables.writing():
            commits = self.commits()
            last = self.undoable(commits)
            if last is not None and version not in (None, last.version):
                raise InputError(_not_the_latest(self.url, version, last))
            if last is None:
                raise InputError(_nothing_to_undo(self.url))
            return self._append(
                commits[-1],
                action="undo",
                person=person,
                changes=[
                    Change(c.ledger, c.removed, c.changed, c.added, c.rows - c.added + c.removed) for c in last.changes
                ],
                tables=self.commit_at(last.version - 1).tables,
                sources=last.sources,
                undoes=last.version,
            )

    def undoable(self, commits: Sequence[Commit] | None = None) -> Commit | None:
        """Return the latest import or correction that was not undone before."""
        commits = self.commits() if commits is None else commits
        undone = {commit.undoes for commit in commits}
        those = (c for c in reversed(commits) if c.action not in ("undo", ERASE, VACUUM))
        return next((c for c in those if c.version not in undone), None)

    def install_register(self, path: Path, person: str) -> Places:
        """Check a register of places and install it into the store's folder.

        :param path: a CSV file as :func:`govkit.ledgers.register.written_register` gives it.
        :raises InputError: the register is wrong, or lacks a place that the store has rows of; the store keeps the one
            it had.
        """
        places, folder = read_register(path), self.tables.folder
        if folder is None:
            raise InputError(no_register(self.url))
        with self.tables.writing():
            refuse(self._lacking(places))
            audit.record(self._log(), "register.install", person, sha256=Source.of(path).sha256)
            atomic_write(folder / REGISTER, path.read_bytes())
        return places

    def _lacking(self, places: Places) -> list[Problem]:
        """Return a problem for each place that the store has rows of and a register lacks."""
        held: Counter[str] = Counter()
        for code, version in self.commit_at().tables.items():
            table = None if code == corrections.CODE else self.tables.open(code, version)
            if table is not None:
                held.update(self.tables.rows(code, table, ["place"])["place"].to_pylist())
        known, former = places.names, places_in_force(self.url).names
        return [
            Problem(
                Where(REGISTER, item=code),
                _("The store has {count} rows of “{name}”, which the register lacks").format(
                    count=count, name=former.get(code, code)
                ),
                _("Keep the place's code in the register, or take those rows out of the store first"),
            )
            for code, count in sorted(held.items())
            if code not in known
        ]

    def _refuse_other_register(self, places: Places) -> None:
        """Refuse rows that were checked against another register than the one in force by now."""
        if places_in_force(self.url).all != places.all:
            raise InputError(
                Problem(
                    Where(self.url, REGISTER),
                    _("Somebody else changed the register of places meanwhile"),
                    _("Import again"),
                )
            )

    def corrections(self, version: int | None = None, commit: Commit | None = None) -> list[Correction]:
        """Return the corrections in force as of a version, the latest by default."""
        at = commit or self.commit_at(version)
        if corrections.CODE not in at.tables:
            return []
        table = self.tables.opened(corrections.CODE, at.tables[corrections.CODE])
        return corrections.read(self.tables.rows(corrections.CODE, table))

    def correct(self, correction: Correction, ledger: Ledger, places: Places) -> Commit:
        """Enter a correction, apply it to the row that the store holds, and return the commit of both.

        :param correction: a correction without a number.
        :raises InputError: the row has another value than the correction expects, or the right one is refused; the
            value is corrected already.
        """
        with self.tables.writing():
            before = self.commit_at()
            known, rows = self.corrections(commit=before), self.read(ledger, commit=before)
            refuse(corrections.repeated(correction, known, ledger))
            checked = corrections.corrected_row(correction, ledger, rows, places)
            changes, tables = [], dict(before.tables)
            if checked is not None:
                new = with_township(checked.accepted, places)
                part = ledger_tables.part(self.tables, ledger, before, new)
                update = replaced(ledger, part, keys(part.rows, ledger).isin(keys(new, ledger)), new)
                version = ledger_tables.write(self.tables, update, before)
                changes, tables = [update.change], tables | {ledger.code: version}
            numbered = replace(correction, number=before.version + 1)
            source = Source.of_words(_("correction of {ledger} {row}").format(ledger=ledger.title, row=correction.row))
            return self._append(
                before,
                action="correct",
                person=correction.person,
                sources=[source],
                changes=changes,
                tables=tables | {corrections.CODE: self._write_corrections([*known, numbered])},
            )

    def withdraw(self, number: int, person: str) -> Commit:
        """Withdraw a correction; the row stays as it is until its file is imported again.

        :raises InputError: there is no such correction.
        """
        with self.tables.writing():
            before = self.commit_at()
            known = self.corrections(commit=before)
            kept = [one for one in known if one.number != number]
            if len(kept) == len(known):
                raise InputError(corrections.unknown(self.url, number))
            return self._append(
                before,
                action="withdraw",
                person=person,
                sources=[Source.of_words(_("correction {number}").format(number=number))],
                changes=[],
                tables=dict(before.tables) | {corrections.CODE: self._write_corrections(kept)},
            )

    def _write_corrections(self, those: Sequence[Correction]) -> int:
        base = self.tables.created(corrections.CODE, corrections.SCHEMA)
        return self.tables.write(base, corrections.CODE, corrections.written(those), mode="overwrite")

    def log_problems(self, *heads: str) -> list[Problem]:
        """Return what is wrong with the audit log: see :func:`govkit.ledgers.audit_log.problems`.

        :param heads: hashes of entries, noted elsewhere, that the log must hold.
        :raises InputError: the store is behind a URL, and keeps no audit log.
        """
        return audit_log.problems(self._log(), self.commits(), heads)

    def log_head(self) -> tuple[int, str]:
        """Return the number and the hash of the newest entry of the audit log, 0 and 64 zeros where there is none.

        :raises InputError: the store is behind a URL, and keeps no audit log.
        """
        return audit.newest(self._log())

    def _log(self) -> Path:
        if self.tables.folder is None:
            raise InputError(
                Problem(
                    Where(self.url),
                    _("A store behind a URL keeps no audit log"),
                    _("`govkit ledger log` lists its commits, which the storage service protects"),
                )
            )
        return self.tables.folder / AUDIT_LOG

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
        reports: Sequence[Submission] = (),
    ) -> Commit:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        version, told = before.version + 1, tuple(reports)
        commit = Commit(version, now, person, action, note, tuple(sources), tuple(changes), tables, undoes, "", told)
        base = self.commit_table.opened_at(before.version)
        if self.tables.folder is not None:  # the log announces what the commit row then makes visible
            commit = replace(commit, entry=audit_log.announce(self._log(), commit))
        self.commit_table.append(base, commit)
        return commit


def _effect(change: Change) -> tuple[str, int, int, int]:
    return change.ledger, change.added, change.changed, change.removed


def _not_the_latest(url: str, version: int | None, last: Commit) -> Problem:
    return Problem(
        Where(url),
        _("Version {version} is not the latest any more: {person} changed the store since").format(
            version=version, person=last.person
        ),
        _("Take back what came later first, with `govkit ledger undo`, or correct the row itself"),
    )


def _nothing_to_undo(url: str) -> Problem:
    return Problem(Where(url), _("There is no import to undo"), _("`govkit ledger log` lists what was imported"))


def _dropped(url: str, commits: Sequence[Commit], version: int) -> Problem:
    oldest = min(commit.version for commit in commits if not commit.dropped)
    return Problem(
        Where(url),
        _("The rows of version {version} were dropped by retention").format(version=version),
        _("The oldest version that can be read is {version}").format(version=oldest),
    )
