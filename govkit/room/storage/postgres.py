"""Rows in PostgreSQL, shared by several servers, possibly on several computers.

Each server keeps all rooms in memory and decides by the changes it has seen. A batch of rows is one transaction. It
begins by incrementing the change number in the only row of ``meta``: that lock orders the batches of all servers, so
"what came after change 17" misses nothing. Inside the lock a commit is refused (:class:`StoreConflict`) when another
server has changed the same room or sitting and this one had not seen it when it decided: the request is then handled
again.

A *writer* is the name of one connection's writing. When a connection breaks it is unknown whether its last batch was
stored; the next connection takes a new writer, commits decided before are refused, and what the old writer may have
stored is read.
"""

import asyncio
import json
import queue
import secrets
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.room.domain.clock import boot_id
from govkit.room.domain.records import ClockRow, Row, StoreConflict, StoreFailure, batches
from govkit.room.storage.postgres_tables import (
    address_of,
    changed_by_others,
    groups_of,
    insert,
    one_value,
    parsed,
    read_rows,
    tables,
    without_secrets,
)
from govkit.room.storage.schema import SCHEMA, migrate_postgres

if TYPE_CHECKING:
    from psycopg import Connection

POLL_SECONDS = 0.8
"""How long a server waits for a notification before it polls."""

JOIN_SECONDS = 2.5
"""How long a joining server waits for the heartbeat of another one."""

_PAUSE_SECONDS = 0.02
_RECONNECT_SECONDS = 0.3
_SESSION = f"""
SET search_path TO {SCHEMA}; SET synchronous_commit TO on; SET client_encoding TO 'UTF8';
SET idle_in_transaction_session_timeout TO '5s'; SET lock_timeout TO '8s'
"""


class _Commit(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None]"
    seen: int
    writer: str

    def concerns(self) -> set[tuple[str, str]]:
        """Return what the commit was decided from: rooms, as (room_id, ""), and sittings."""
        found = set()
        for row in self.rows:
            if not isinstance(row, ClockRow):
                found |= {(row.room_id, ""), (row.room_id, getattr(row, "candidate", ""))}
        return found


class _Changes(NamedTuple):
    """What the reader found, and how many of our own batches had begun: those are applied to memory first."""

    rows: list[Row]
    change: int
    writer: str
    begun: int
    refreshes: "list[asyncio.Future[None]]"


class PostgresStore:
    """A store in the database at ``url``; missing tables are created, old ones migrated.

    :raises UsageError: psycopg is missing, or the address cannot be read.
    :raises InputError: the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._given = parsed(url)
        self._lock = threading.Lock()
        self._writer_name = secrets.token_hex(8)
        self._floor: int | None = None
        self._seen = self._last_written = 0
        self._connection: Connection[Any] | None = self._first()
        self._commits: queue.SimpleQueue[_Commit | None] = queue.SimpleQueue()
        self._begun = self._ended = 0
        self._held: deque[_Changes] = deque()
        self._changes: deque[_Changes] = deque()
        self._notify: Callable[[], None] = _nothing
        self._refreshes: list[asyncio.Future[None]] = []
        self._wake_reader, self._wake_sender = socket.socketpair()
        self._closing = threading.Event()
        self._reader: threading.Thread | None = None
        self._writer = threading.Thread(target=self._work, name="room-writer", daemon=True)
        self._writer.start()

    @property
    def address(self) -> str:
        """Where the database is, without user and password."""
        return address_of(self._given)

    def secret_fingerprint(self, own: str = "") -> str:
        """Return the fingerprint of the secret that all servers of this database share; the first ``own`` is stored."""
        connection = self._ready()
        with connection.transaction():
            if own:
                connection.execute("UPDATE meta SET secret = %s WHERE secret = ''", (own,))
            return str(one_value(connection, "SELECT secret FROM meta"))

    def fill(self, rows: Iterable[Row]) -> bool:
        """Write the rows of another store, all or none, into an empty database; return whether it was empty."""
        connection = self._ready()
        with connection.transaction():
            count = "UPDATE meta SET change = 1 WHERE change = 0 RETURNING change"
            empty = connection.execute(count).fetchone() is not None
            if empty:
                self._put(connection, rows, 1)
        return empty

    def load(self) -> Iterable[Row]:
        """Return every row, table by table; the heartbeat is that of a running server if there is one."""
        rows, self._seen = read_rows(self._ready(), -1, "")
        self._last_written = self._seen
        return [self._latest(row) if isinstance(row, ClockRow) else row for row in rows]

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when ``rows`` are on the database server's disk."""
        done = asyncio.get_running_loop().create_future()
        with self._lock:
            seen = self._seen if self._floor is None else min(self._seen, self._floor)
            self._commits.put(_Commit(rows, done, seen, self._writer_name))
        return done

    def changes(self) -> Sequence[Row]:
        """Return the rows received from other servers since the last call."""
        rows: list[Row] = []
        while self._changes:
            found = self._changes.popleft()
            rows += found.rows
            with self._lock:
                self._seen = found.change
                self._floor = None if found.writer == self._writer_name else self._floor
        return rows

    def listen(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` on the running loop whenever :meth:`changes` has something."""
        self._notify = notify
        loop = asyncio.get_running_loop()
        self._reader = threading.Thread(target=self._read_on, args=(loop,), name="room-reader", daemon=True)
        self._reader.start()

    async def refresh(self) -> None:
        """Wait until :meth:`changes` includes everything committed by now.

        :raises StoreFailure: the database cannot be read.
        """
        refreshed = asyncio.get_running_loop().create_future()
        with self._lock:
            self._refreshes.append(refreshed)
        self._wake()
        await refreshed

    async def backup(self, path: Path) -> None:
        """Write everything committed to a SQLite file, with which one computer can continue alone."""
        from govkit.room.storage.sqlite import SqliteStore

        rows = await asyncio.to_thread(self._everything)
        temporary = path.with_name(path.name + ".tmp")
        for each in (temporary, *(temporary.with_name(temporary.name + end) for end in ("-wal", "-shm"))):
            each.unlink(missing_ok=True)
        copy = SqliteStore(temporary)
        try:
            await copy.commit(rows)
        finally:
            await asyncio.to_thread(copy.close)
        temporary.replace(path)

    def close(self) -> None:
        """Write the pending commits and disconnect."""
        self._closing.set()
        self._commits.put(None)
        self._writer.join()
        self._wake()
        if self._reader is not None:
            self._reader.join()
        self._disconnect()
        self._wake_reader.close()
        self._wake_sender.close()

    # --- connections -------------------------------------------------------------------------------------------------

    def _first(self) -> "Connection[Any]":
        import psycopg

        try:
            connection = self._connect()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (SCHEMA,))
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                migrate_postgres(connection, self.address)
                for statement in tables():
                    connection.execute(statement)
            _refuse_unsafe(connection, self.address)
        except psycopg.Error as error:
            reason = without_secrets(str(error), self._given)
            what = _("The database cannot be used ({reason})").format(reason=reason)
            repair = _("See that it runs, may be reached from here, and that its user may create tables")
            raise InputError(Problem(Where(self.address), what, repair)) from None
        return connection

    def _connect(self) -> "Connection[Any]":
        import psycopg

        connection = psycopg.connect(**self._given, autocommit=True)
        connection.execute(_SESSION)
        return connection

    def _ready(self) -> "Connection[Any]":
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _everything(self) -> list[Row]:
        with self._connect() as connection:
            return read_rows(connection, -1, "")[0]

    def _latest(self, last: ClockRow) -> ClockRow:
        """Return the heartbeat to continue from: this computer's own, or the next one of a running server."""
        here, ends = boot_id(), time.monotonic() + JOIN_SECONDS
        while (not here or last.boot != here) and time.monotonic() < ends:
            row = self._ready().execute(f"SELECT {', '.join(ClockRow._fields)} FROM clock").fetchone()  # noqa: S608
            if row is not None and row != last:
                return ClockRow(0, row[1], time.monotonic(), here)
            self._closing.wait(_PAUSE_SECONDS)
        return last

    # --- writing, in a thread of its own -----------------------------------------------------------------------------

    def _work(self) -> None:
        for commits in batches(self._commits):
            self._begun += 1
            failures = self._write(commits)
            self._call(commits[0].done.get_loop(), self._settle, commits, failures)

    def _write(self, commits: list[_Commit]) -> list[StoreFailure | None]:
        """Write commits in one transaction; return why each failed, None for success."""
        connection = None
        try:
            connection = self._ready()
            with connection.transaction():
                change = int(one_value(connection, "UPDATE meta SET change = change + 1 RETURNING change"))
                failures = self._conflicts(connection, commits)
                rows = [row for each, bad in zip(commits, failures, strict=True) if bad is None for row in each.rows]
                self._put(connection, rows, change)
                connection.execute("SELECT pg_notify(%s, %s)", (SCHEMA, self._writer_name))
        except Exception as error:  # the writer must survive any error, and nothing is acknowledged
            broken = connection is not None and connection.broken
            self._change_writer()
            kind = StoreConflict if broken else StoreFailure
            return [kind(type(error).__name__)] * len(commits)
        self._last_written = change
        return failures

    def _put(self, connection: "Connection[Any]", rows: Iterable[Row], change: int) -> None:
        for table, group in groups_of(rows):
            connection.execute(insert(table), (change, self._writer_name, json.dumps(group, ensure_ascii=False)))

    def _conflicts(self, connection: "Connection[Any]", commits: list[_Commit]) -> list[StoreFailure | None]:
        """Return a conflict for each commit about something changed elsewhere that this server had not seen."""
        oldest = min(each.seen for each in commits)
        unseen: dict[tuple[str, str], int] = {}
        for *key, change in connection.execute(changed_by_others(), {"seen": oldest, "writer": self._writer_name}):
            unseen[tuple(key)] = max(change, unseen.get(tuple(key), 0))
        return [
            StoreConflict()
            if each.writer != self._writer_name
            or (unseen and any(unseen.get(key, 0) > each.seen for key in each.concerns()))
            else None
            for each in commits
        ]

    def _change_writer(self) -> None:
        """Take a new writer after a failure: it is unknown what the old one stored after its last good batch."""
        self._disconnect()
        with self._lock:
            self._writer_name = secrets.token_hex(8)
            self._floor = self._last_written if self._floor is None else min(self._floor, self._last_written)
        self._wake()

    # --- reading, in a thread of its own -----------------------------------------------------------------------------

    def _wake(self) -> None:
        with suppress(OSError):
            self._wake_sender.send(b"!")

    def _read_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read what others write until the store closes; reconnect when the connection breaks."""
        position = (self._seen, self._writer_name)
        while not self._closing.is_set():
            try:
                with self._connect() as connection, selectors.DefaultSelector() as selector:
                    connection.execute(f"LISTEN {SCHEMA}")
                    for each in (connection, self._wake_reader):
                        selector.register(each, selectors.EVENT_READ)
                    while not self._closing.is_set():
                        position = self._follow(connection, position, loop)
                        self._await_change(connection, selector)
            except Exception as error:  # the reader must survive any error
                self._call(loop, self._refreshed, self._taken_refreshes(), StoreFailure(type(error).__name__))
                self._closing.wait(_RECONNECT_SECONDS)

    def _follow(
        self, connection: "Connection[Any]", position: tuple[int, str], loop: asyncio.AbstractEventLoop
    ) -> tuple[int, str]:
        refreshes = self._taken_refreshes()
        try:
            with self._lock:
                writer, floor = self._writer_name, self._floor
            start = position[0] if writer == position[1] or floor is None else min(position[0], floor)
            rows, change = read_rows(connection, start, writer)
        except Exception as error:
            self._call(loop, self._refreshed, refreshes, StoreFailure(type(error).__name__))
            raise
        if refreshes or change != position[0] or writer != position[1]:
            self._call(loop, self._arrived, _Changes(rows, change, writer, self._begun, refreshes))
        return change, writer

    def _await_change(self, connection: "Connection[Any]", selector: selectors.BaseSelector) -> None:
        """Return when another server wrote, when a refresh is requested, or after a while."""
        self._closing.wait(_PAUSE_SECONDS)
        while True:
            events = selector.select(POLL_SECONDS)
            woken = any(key.fileobj is self._wake_reader for key, _mask in events)
            if woken:
                self._wake_reader.recv(4096)
            others = [note for note in connection.notifies(timeout=0) if note.payload != self._writer_name]
            if woken or others or not events:
                return

    def _taken_refreshes(self) -> "list[asyncio.Future[None]]":
        with self._lock:
            refreshes, self._refreshes = self._refreshes, []
        return refreshes

    def _call(self, loop: asyncio.AbstractEventLoop, call: Callable[..., None], *given: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(call, *given)

    # --- on the event loop -------------------------------------------------------------------------------------------

    def _settle(self, commits: list[_Commit], failures: list[StoreFailure | None]) -> None:
        for commit, failure in zip(commits, failures, strict=True):
            if not commit.done.done():
                _resolve(commit.done, failure)
        asyncio.get_running_loop().call_soon(self._end)  # after those that waited: the loop keeps the order

    def _end(self) -> None:
        self._ended += 1
        self._deliver()

    def _arrived(self, found: _Changes) -> None:
        self._held.append(found)
        self._deliver()

    def _deliver(self) -> None:
        """Pass on what others wrote once our own earlier batches are in memory, or an old row would remain there."""
        while self._held and self._held[0].begun <= self._ended:
            found = self._held.popleft()
            self._changes.append(found)
            try:
                self._notify()
            finally:
                self._refreshed(found.refreshes, None)

    def _refreshed(self, refreshes: "list[asyncio.Future[None]]", failure: StoreFailure | None) -> None:
        for each in refreshes:
            if not each.done():
                _resolve(each, failure)


def _nothing() -> None:
    """Do nothing."""


def _resolve(future: "asyncio.Future[None]", failure: StoreFailure | None) -> None:
    if failure is None:
        future.set_result(None)
    else:
        future.set_exception(type(failure)(*failure.args))


def _refuse_unsafe(connection: "Connection[Any]", address: str) -> None:
    """Refuse a database that loses acknowledged rows, or cannot store every text."""
    problems = []
    if one_value(connection, "SHOW fsync") != "on":
        what = _("The database runs with fsync off: what it calls saved is lost when the power fails")
        problems.append(Problem(Where(address), what, _("Set fsync = on in postgresql.conf")))
    if one_value(connection, "SHOW server_encoding") != "UTF8":
        what = _("The database cannot hold every text")
        problems.append(Problem(Where(address), what, _("Create it with the encoding UTF8")))
    if problems:
        connection.close()
        raise InputError(problems)
