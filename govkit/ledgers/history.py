"""Changes of a store's past: old versions dropped by retention, small files joined, a person erased from every version.

Each makes new versions of the Delta tables, then replaces the table of commits in one step, which names them; readers
see the store before or after it. Only then are the files deleted that no version needs any more. A process that dies in
between leaves files that the next run deletes.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from govkit.core import audit
from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers import audit_log
from govkit.ledgers.commit import ERASE, VACUUM, Change, Commit
from govkit.ledgers.commit_table import COMMITS
from govkit.ledgers.declare import Ledger
from govkit.ledgers.delta_tables import YEAR
from govkit.ledgers.erasure import Person, cleaned, left
from govkit.ledgers.store import Store

Versions = dict[tuple[str, int], int]
"""Ledger code and version of its table → the version that replaces it."""


@dataclass(frozen=True)
class Outcome:
    """What was done.

    :ivar commit: the commit that records it.
    :ivar dropped: the versions of the store that retention dropped.
    :ivar files: how many files were deleted.
    :ivar cells: ledger code → how many cells of its newest version held a word of the person.
    """

    commit: Commit
    dropped: tuple[int, ...] = ()
    files: int = 0
    cells: Mapping[str, int] = field(default_factory=dict)


def vacuum(store: Store, person: str, keep_days: int) -> Outcome:
    """Drop the versions that are older than some days, and join the small files of the latest one.

    :param person: who does it.
    :param keep_days: how many days a version can be read for after another one followed it; the latest always can.
    :raises InputError: the store is empty, or somebody else wrote to it meanwhile.
    :raises InternalError: the store cannot be written.
    """
    with store.tables.writing():
        commits = _commits(store)
        kept = _kept(commits, keep_days)
        latest = commits[-1]
        versions = {(code, at): store.tables.compacted(code, at) for code, at in latest.tables.items()}
        past = _past(commits, kept, versions)
        commit = _replaced(store, past, _next(past, person, VACUUM))
        files = purge(store)
    gone = tuple(one.version for one in commits if not one.dropped and one.version not in kept)
    return Outcome(commit, gone, files)


def erase(store: Store, ledgers: Mapping[str, Ledger], one: Person, person: str, keep_days: int) -> Outcome:
    """Take a person's words out of every version that is kept, of the commits and of the audit log.

    The rows stay, so that counts stay; the words in them are replaced. Versions older than ``keep_days`` are dropped.

    :param ledgers: the declared ledgers by code.
    :param person: who does it.
    :raises InputError: the store is empty, or the words name somebody who acted.
    :raises InternalError: the store cannot be written, or a file still holds a word afterwards.
    """
    with store.tables.writing():
        commits = _commits(store)
        _refuse_actor(store, commits, one, person)
        kept = _kept(commits, keep_days)
        one = _with_others(store, ledgers, one, [commit for commit in commits if commit.version in kept])
        cells: Counter[str] = Counter()
        versions: Versions = {}
        for commit in (commit for commit in commits if commit.version in kept):
            for code, at in commit.tables.items():
                if (code, at) not in versions:
                    versions[code, at], cells[code] = _without(store, ledgers.get(code), code, at, one)
        folder = store.tables.folder
        log = folder / audit_log.AUDIT_LOG if folder else None
        lines = audit.redactions(log, one.without) if log else {}
        changes = [Change(code, 0, count, 0, _rows(commits, code)) for code, count in sorted(cells.items()) if count]
        past = _past([_told(commit, one) for commit in commits], kept, versions)
        commit = _replaced(store, past, _next(past, person, ERASE, changes), audit.redaction(lines))
        if log:
            audit.redact(log, lines)
        files = purge(store)
    gone = tuple(commit.version for commit in commits if not commit.dropped and commit.version not in kept)
    remains = list(left(folder, one)) if folder else []
    if remains:
        raise InternalError([_remains(path) for path in remains])
    return Outcome(commit, gone, files, {code: count for code, count in cells.items() if count})


def found(store: Store, ledgers: Mapping[str, Ledger], one: Person) -> dict[str, dict[str, int]]:
    """Return where the latest version holds words of a person: ledger code → column → how many rows."""
    latest = store.commit_at()
    one = _with_others(store, ledgers, one, [latest])
    cells = {}
    for code, at in latest.tables.items():
        changed = cleaned(_all_rows(store, code, at), one)[1]
        if changed:
            cells[code] = {name: len(rows) for name, rows in changed.items()}
    return cells


def _with_others(store: Store, ledgers: Mapping[str, Ledger], one: Person, commits: Sequence[Commit]) -> Person:
    """Return a person together with the longer names in the ledgers that contain the person's."""
    others: set[str] = set()
    for code, at in {pair for commit in commits for pair in commit.tables.items()}:
        names = (
            [column.name for column in ledgers[code].columns if column.personal == "name"] if code in ledgers else []
        )
        if names:
            rows = _all_rows(store, code, at, names)
            others |= {name for column in rows.columns for name in one.longer_names(column.drop_null().to_pylist())}
    return replace(one, others=tuple(sorted(others)))


def _all_rows(store: Store, code: str, at: int, columns: list[str] | None = None) -> pa.Table:
    return store.tables.rows(code, store.tables.opened(code, at), columns)


def purge(store: Store) -> int:
    """Delete the files of the tables that no version of the store needs, and return how many those were."""
    commits = store.commits()
    wanted: dict[str, set[int]] = {}
    for commit in commits:
        for code, at in commit.tables.items():
            wanted.setdefault(code, set()).add(at)
    count = sum(store.tables.purged(code, versions) for code, versions in wanted.items())
    return count + store.tables.purged(COMMITS, set())


def _commits(store: Store) -> list[Commit]:
    commits = store.commits()
    if not commits:
        where, repair = Where(store.url), _("Name the store with --store or GOVKIT_STORE")
        raise InputError(Problem(where, _("The store holds no versions"), repair))
    return commits


def _kept(commits: Sequence[Commit], keep_days: int) -> set[int]:
    """Return the versions to keep: the latest, and those that were the latest within so many days."""
    if keep_days < 0:
        what = _("“{value}” is no number of days").format(value=keep_days)
        raise InputError(Problem(Where("--keep-days"), what, _("Write 0 or more")))
    limit = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
    kept = {commits[-1].version}
    for commit, following in pairwise(commits):
        if not commit.dropped and following.time >= limit:
            kept.add(commit.version)
    return kept


def _replaced(store: Store, past: Sequence[Commit], commit: Commit, redacted: str = "") -> Commit:
    """Replace the table of commits in one step by the past and a commit, and return that with its log entry."""
    base = store.commit_table.opened_at(past[-1].version)
    if store.tables.folder is not None:
        details: dict[str, audit.Detail] = {audit.REDACTED: redacted} if redacted else {}
        log = store.tables.folder / audit_log.AUDIT_LOG
        commit = replace(commit, entry=audit_log.announce(log, commit, **details))
    store.commit_table.replace(base, [*past, commit])
    return commit


def _past(commits: Sequence[Commit], kept: set[int], versions: Versions) -> list[Commit]:
    """Return the commits, with new versions of tables those that are kept, without tables the others."""
    return [_renewed(commit, versions) if commit.version in kept else _dropped(commit) for commit in commits]


def _next(past: Sequence[Commit], person: str, action: str, changes: Sequence[Change] = ()) -> Commit:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return Commit(past[-1].version + 1, now, person, action, "", (), tuple(changes), past[-1].tables)


def _renewed(commit: Commit, versions: Versions) -> Commit:
    return replace(commit, tables={code: versions.get((code, at), at) for code, at in commit.tables.items()})


def _dropped(commit: Commit) -> Commit:
    return replace(commit, tables={}, dropped=True)


def _without(store: Store, ledger: Ledger | None, code: str, at: int, one: Person) -> tuple[int, int]:
    """Return the version of a table that has the rows of another one without the person, and how many cells differ."""
    table = store.tables.opened(code, at)
    rows, changed = cleaned(store.tables.rows(code, table), one, ledger.key if ledger else ())
    if not changed:
        return at, 0
    years = None
    if table.metadata().partition_columns:
        column = rows.column(YEAR).to_numpy()
        years = sorted({int(column[row]) for where in changed.values() for row in where})
        rows = rows.filter(np.isin(column, years))
    base = store.tables.created(code, rows.schema)
    version = store.tables.write(base, code, rows, mode="overwrite", years=years, onto=at)
    return version, sum(map(len, changed.values()))


def _told(commit: Commit, one: Person) -> Commit:
    """Return a commit whose remark and file names do not name a person."""
    sources = tuple(replace(source, name=one.without(source.name)) for source in commit.sources)
    return replace(commit, note=one.without(commit.note), sources=sources)


def _rows(commits: Sequence[Commit], code: str) -> int:
    return next((c.rows for commit in reversed(commits) for c in commit.changes if c.ledger == code), 0)


def _refuse_actor(store: Store, commits: Sequence[Commit], one: Person, person: str) -> None:
    acted = sorted(
        {commit.person for commit in commits if one.without(commit.person) != commit.person}
        | ({person} if one.without(person) != person else set())
    )
    if acted:
        raise InputError(
            Problem(
                Where(store.url, item="、".join(acted)),
                _("Imports were made under this name; who acted stays on record"),
                _("Name the person by telephone or identity number, or have the records kept by law decided first"),
            )
        )


def _remains(path: Path) -> Problem:
    return Problem(
        Where(str(path)),
        _("The file still holds words of the person"),
        _("Close what holds the file open, delete it if it is none of the store's, and erase again"),
    )
