"""Rows in one SQLite file: one writer thread, group commit, acknowledged after the commit is on the disk.

While one commit is written to the disk, arriving requests gather for the next one, so that a save costs only a share
of a commit. A batch goes to SQLite as one JSON text for each table: the writer then needs the interpreter lock a few
times a batch instead of a few times a row, which matters beside a busy event loop.
"""

import asyncio
import json
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import apsw

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.room.domain.records import TABLES, Row, StoreFailure, Table, batches
from govkit.room.storage.files import copy_sqlite, network_drive
from govkit.room.storage.schema import migrate_sqlite

MIN_VERSION = (3, 51, 3)
"""Older versions of SQLite can corrupt a database in WAL mode (fixed in 3.51.3)."""

_KINDS = {str: "TEXT", int: "INTEGER", float: "REAL"}


class _Commit(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None]"


class SqliteStore:
    """A store in the file ``path``, which is created if it does not exist.

    :param vfs: the name of the VFS below SQLite, for fault tests.
    :param synchronous: FULL; anything less loses acknowledged answers when the power fails.
    :raises InputError: the file lies on a network drive, where SQLite's locks are unreliable, or a newer version of
        govkit wrote it.
    """

    def __init__(self, path: Path, *, vfs: str | None = None, synchronous: str = "FULL") -> None:
        _refuse_old_library()
        _refuse_network_drive(path)
        self.path = path
        self._vfs = vfs
        self._connection = self._connect(synchronous)
        self._commits: queue.SimpleQueue[_Commit | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="room-writer", daemon=True)
        self._thread.start()

    def load(self) -> Iterator[Row]:
        """Yield every row, table by table."""
        for table in TABLES.values():
            make: Any = table.row._make
            for values in self._connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}"):  # noqa: S608 - our own names
                yield make(values)

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when ``rows`` are on the disk."""
        done = asyncio.get_running_loop().create_future()
        self._commits.put(_Commit(rows, done))
        return done

    def changes(self) -> Sequence[Row]:
        """Return nothing: no other server writes to this file."""
        return ()

    def listen(self, notify: Callable[[], None]) -> None:
        """Do nothing: there is no other server."""

    async def refresh(self) -> None:
        """Do nothing: there is no other server."""

    async def backup(self, path: Path) -> None:
        """Write a copy of the database to ``path`` atomically, while saving continues."""
        await asyncio.to_thread(self._copy, path)

    def close(self) -> None:
        """Write the pending commits and close the file."""
        self._commits.put(None)
        self._thread.join()
        self._connection.close()

    def _connect(self, synchronous: str) -> apsw.Connection:
        connection = apsw.Connection(str(self.path), vfs=self._vfs)
        connection.set_busy_timeout(5000)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(
            "PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON"
        )  # macOS does not reach the disk without it
        connection.execute("PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=33554432")
        migrate_sqlite(connection, self.path)
        for table in TABLES.values():
            connection.execute(_create(table))
        with suppress(OSError):
            self.path.chmod(0o600)
        return connection

    def _work(self) -> None:
        for commits in batches(self._commits):
            failure = self._write([row for commit in commits for row in commit.rows])
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                commits[0].done.get_loop().call_soon_threadsafe(_settle, commits, failure)

    def _write(self, rows: list[Row]) -> StoreFailure | None:
        """Commit rows in one transaction; return why it failed, with none of them stored."""
        groups: dict[type[Row], list[Row]] = defaultdict(list)
        for row in rows:
            groups[type(row)].append(row)
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for kind, group in groups.items():
                execute(_insert(TABLES[kind]), (json.dumps(group, ensure_ascii=False),))
            execute("COMMIT")
        except Exception as error:  # the writer must survive any error, and nothing is acknowledged
            self._roll_back()
            return StoreFailure(type(error).__name__)
        return None

    def _roll_back(self) -> None:
        with suppress(apsw.Error):
            if not self._connection.getautocommit():
                self._connection.execute("ROLLBACK")

    def _copy(self, path: Path) -> None:
        source = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=self._vfs)
        try:
            copy_sqlite(source, path)
        finally:
            source.close()


def _settle(commits: list[_Commit], failure: StoreFailure | None) -> None:
    for commit in commits:
        if commit.done.done():
            continue
        if failure is None:
            commit.done.set_result(None)
        else:
            commit.done.set_exception(StoreFailure(*failure.args))


@cache
def _create(table: Table) -> str:
    hints = get_type_hints(table.row)
    columns = [f"{name} {_column(hints[name])}" for name in table.columns]
    key = ", ".join(table.columns[: table.key])
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(columns)}, PRIMARY KEY ({key})) STRICT, WITHOUT ROWID"


def _column(hint: Any) -> str:
    kinds = [kind for kind in _KINDS if hint == kind or hint == kind | None]
    return _KINDS[kinds[0]] + ("" if hint is not kinds[0] else " NOT NULL")


@cache
def _insert(table: Table) -> str:
    """Return the INSERT statement whose parameter is a JSON list of rows."""
    values = ", ".join(f"value ->> {index}" for index in range(len(table.columns)))
    return f"INSERT INTO {table.name} SELECT {values} FROM json_each(?) WHERE true {table.on_conflict()}"  # noqa: S608 - our own names


def _refuse_old_library() -> None:
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < MIN_VERSION:
        what = _("SQLite {version} is too old for a room").format(version=apsw.sqlite_lib_version())
        raise InputError(Problem(Where("apsw"), what, _("Install a newer apsw: pip install -U apsw")))


def _refuse_network_drive(path: Path) -> None:
    kind = network_drive(path.resolve())
    if kind:
        what = _("The room's data lies on a network drive ({kind})").format(kind=kind)
        raise InputError(Problem(Where(str(path)), what, _("Choose a folder on this computer's own disk")))
