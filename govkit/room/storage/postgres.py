"""Rows in PostgreSQL, shared by several servers, which may stand on several computers.

Each server keeps all rooms in memory and judges by what it has heard. A batch of rows is one transaction. It begins by
counting up the one row of the ledger: that lock puts the batches of all servers into one order, so "what came after
change 17" misses nothing. Inside the lock a deed is refused (:class:`StoreConflict`) when another server has changed
the same room or sitting and this one had not heard of it when it judged: the request is then judged again.

A *pen* is a name for one connection's writing. When a connection breaks nobody knows whether its last batch was kept;
the next connection takes a new pen, deeds judged before are refused, and what the old pen may have written is read.
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
from govkit.room.domain.clock import boot
from govkit.room.domain.records import ClockRow, Row, StoreConflict, StoreFailure, batches
from govkit.room.storage.postgres_tables import (
    SCHEMA,
    address_of,
    groups_of,
    insert,
    moved,
    one_value,
    parsed,
    read_rows,
    tables,
    without_secrets,
)

if TYPE_CHECKING:
    from psycopg import Connection

POLL_SECONDS = 0.8
"""How long a server waits to be told before it looks for itself."""

FRESH_SECONDS = 2.5
"""How long a server that joins waits for the beat of another one."""

_BREATH_SECONDS = 0.02
_AGAIN_SECONDS = 0.3
_SESSION = f"""
SET search_path TO {SCHEMA}; SET synchronous_commit TO on; SET client_encoding TO 'UTF8';
SET idle_in_transaction_session_timeout TO '5s'; SET lock_timeout TO '8s'
"""


class _Deed(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None]"
    heard: int
    pen: str

    def concerns(self) -> set[tuple[str, str]]:
        """Return what the deed was judged by: rooms, as (room, ""), and sittings."""
        found = set()
        for row in self.rows:
            if not isinstance(row, ClockRow):
                found |= {(row.room, ""), (row.room, getattr(row, "number", ""))}
        return found


class _News(NamedTuple):
    """What the reader found, and how many batches of our own had begun by then: those are taken into memory first."""

    rows: list[Row]
    change: int
    pen: str
    begun: int
    asked: "list[asyncio.Future[None]]"


class PostgresStore:
    """A store in the database at ``url``, whose tables are made when they are not there.

    :raises UsageError: psycopg is missing, or the address cannot be read.
    :raises InputError: the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._given = parsed(url)
        self._lock = threading.Lock()
        self._pen = secrets.token_hex(8)
        self._floor: int | None = None
        self._heard = self._written_last = 0
        self._connection: Connection[Any] | None = self._first()
        self._deeds: queue.SimpleQueue[_Deed | None] = queue.SimpleQueue()
        self._begun = self._ended = 0
        self._held: deque[_News] = deque()
        self._news: deque[_News] = deque()
        self._told: Callable[[], None] = _nothing
        self._asked: list[asyncio.Future[None]] = []
        self._bell, self._rope = socket.socketpair()
        self._closing = threading.Event()
        self._reader: threading.Thread | None = None
        self._writer = threading.Thread(target=self._work, name="room-writer", daemon=True)
        self._writer.start()

    @property
    def address(self) -> str:
        """Where the database is, without user and password."""
        return address_of(self._given)

    def vouch(self, mark: str = "") -> str:
        """Return the mark of the secret that all servers of this database share; the first one given is kept."""
        connection = self._ready()
        with connection.transaction():
            if mark:
                connection.execute("UPDATE ledger SET mark = %s WHERE mark = ''", (mark,))
            return str(one_value(connection, "SELECT mark FROM ledger"))

    def fill(self, rows: Iterable[Row]) -> bool:
        """Take in the rows of another store, all or none, unless some server has written here; tell whether it did."""
        connection = self._ready()
        with connection.transaction():
            count = "UPDATE ledger SET change = 1 WHERE change = 0 RETURNING change"
            empty = connection.execute(count).fetchone() is not None
            if empty:
                self._put(connection, rows, 1)
        return empty

    def load(self) -> Iterable[Row]:
        """Return every row, table by table; the beat is that of a server which is running, if there is one."""
        rows, self._heard = read_rows(self._ready(), -1, "")
        self._written_last = self._heard
        return [self._fresh(row) if isinstance(row, ClockRow) else row for row in rows]

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when ``rows`` are on the database server's disk."""
        done = asyncio.get_running_loop().create_future()
        with self._lock:
            heard = self._heard if self._floor is None else min(self._heard, self._floor)
            self._deeds.put(_Deed(rows, done, heard, self._pen))
        return done

    def since(self) -> Sequence[Row]:
        """Return the rows that other servers have written, as far as they are known here."""
        rows: list[Row] = []
        while self._news:
            news = self._news.popleft()
            rows += news.rows
            with self._lock:
                self._heard = news.change
                self._floor = None if news.pen == self._pen else self._floor
        return rows

    def listen(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` on the running loop whenever there is something in :meth:`since`."""
        self._told = heard
        loop = asyncio.get_running_loop()
        self._reader = threading.Thread(target=self._attend, args=(loop,), name="room-reader", daemon=True)
        self._reader.start()

    async def refresh(self) -> None:
        """Wait until :meth:`since` knows everything committed by now.

        :raises StoreFailure: the database cannot be asked.
        """
        asked = asyncio.get_running_loop().create_future()
        with self._lock:
            self._asked.append(asked)
        self._ring()
        await asked

    async def backup(self, path: Path) -> None:
        """Write everything committed to a SQLite file, with which one computer can go on alone."""
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
        """Commit what was called and let go."""
        self._closing.set()
        self._deeds.put(None)
        self._writer.join()
        self._ring()
        if self._reader is not None:
            self._reader.join()
        self._let_go()
        self._bell.close()
        self._rope.close()

    # --- connections -------------------------------------------------------------------------------------------------

    def _first(self) -> "Connection[Any]":
        import psycopg

        try:
            connection = self._connect()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (SCHEMA,))
                for statement in tables():
                    connection.execute(statement)
            _refuse_unsafe(connection, self.address)
        except psycopg.Error as error:
            reason = without_secrets(str(error), self._given)
            what = _("The database cannot be used ({reason})").format(reason=reason)
            mend = _("See that it runs, may be reached from here, and that its user may create tables")
            raise InputError(Problem(Where(self.address), what, mend)) from None
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

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _everything(self) -> list[Row]:
        with self._connect() as connection:
            return read_rows(connection, -1, "")[0]

    def _fresh(self, last: ClockRow) -> ClockRow:
        """Return the beat to go on from: this computer's own, or the next one of a server that is running."""
        here, ends = boot(), time.monotonic() + FRESH_SECONDS
        while (not here or last.boot != here) and time.monotonic() < ends:
            row = self._ready().execute(f"SELECT {', '.join(ClockRow._fields)} FROM clock").fetchone()  # noqa: S608
            if row is not None and row != last:
                return ClockRow(0, row[1], time.monotonic(), here)
            self._closing.wait(_BREATH_SECONDS)
        return last

    # --- writing, in a thread of its own -----------------------------------------------------------------------------

    def _work(self) -> None:
        for deeds in batches(self._deeds):
            self._begun += 1
            failures = self._write(deeds)
            self._tell(deeds[0].done.get_loop(), self._settle, deeds, failures)

    def _write(self, deeds: list[_Deed]) -> list[StoreFailure | None]:
        """Commit deeds in one transaction; return for each why not."""
        connection = None
        try:
            connection = self._ready()
            with connection.transaction():
                change = int(one_value(connection, "UPDATE ledger SET change = change + 1 RETURNING change"))
                failures = self._judge(connection, deeds)
                rows = [row for deed, bad in zip(deeds, failures, strict=True) if bad is None for row in deed.rows]
                self._put(connection, rows, change)
                connection.execute("SELECT pg_notify(%s, %s)", (SCHEMA, self._pen))
        except Exception as error:  # whatever it was: the writer must live on, and nobody be told "saved"
            broken = connection is not None and connection.broken
            self._change_pen()
            kind = StoreConflict if broken else StoreFailure
            return [kind(type(error).__name__)] * len(deeds)
        self._written_last = change
        return failures

    def _put(self, connection: "Connection[Any]", rows: Iterable[Row], change: int) -> None:
        for table, group in groups_of(rows):
            connection.execute(insert(table), (change, self._pen, json.dumps(group, ensure_ascii=False)))

    def _judge(self, connection: "Connection[Any]", deeds: list[_Deed]) -> list[StoreFailure | None]:
        """Return a conflict for each deed about something that was changed elsewhere without being heard of here."""
        least = min(deed.heard for deed in deeds)
        unheard: dict[tuple[str, str], int] = {}
        for room, number, change in connection.execute(moved(), {"heard": least, "pen": self._pen}):
            unheard[room, number] = max(change, unheard.get((room, number), 0))
        return [
            StoreConflict()
            if deed.pen != self._pen or (unheard and any(unheard.get(key, 0) > deed.heard for key in deed.concerns()))
            else None
            for deed in deeds
        ]

    def _change_pen(self) -> None:
        """After a failure: nobody knows what the old pen wrote after its last good batch."""
        self._let_go()
        with self._lock:
            self._pen = secrets.token_hex(8)
            self._floor = self._written_last if self._floor is None else min(self._floor, self._written_last)
        self._ring()

    # --- reading, in a thread of its own -----------------------------------------------------------------------------

    def _ring(self) -> None:
        with suppress(OSError):
            self._rope.send(b"!")

    def _attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read on and on what others write; start over with a new connection when one breaks."""
        position = (self._heard, self._pen)
        while not self._closing.is_set():
            try:
                with self._connect() as connection, selectors.DefaultSelector() as selector:
                    connection.execute(f"LISTEN {SCHEMA}")
                    for each in (connection, self._bell):
                        selector.register(each, selectors.EVENT_READ)
                    while not self._closing.is_set():
                        position = self._follow(connection, position, loop)
                        self._await_news(connection, selector)
            except Exception as error:  # whatever it was: the reader must live on
                self._tell(loop, self._answered, self._taken(), StoreFailure(type(error).__name__))
                self._closing.wait(_AGAIN_SECONDS)

    def _follow(
        self, connection: "Connection[Any]", position: tuple[int, str], loop: asyncio.AbstractEventLoop
    ) -> tuple[int, str]:
        asked = self._taken()
        try:
            with self._lock:
                pen, floor = self._pen, self._floor
            start = position[0] if pen == position[1] or floor is None else min(position[0], floor)
            rows, change = read_rows(connection, start, pen)
        except Exception as error:
            self._tell(loop, self._answered, asked, StoreFailure(type(error).__name__))
            raise
        if asked or change != position[0] or pen != position[1]:
            self._tell(loop, self._arrived, _News(rows, change, pen, self._begun, asked))
        return change, pen

    def _await_news(self, connection: "Connection[Any]", selector: selectors.BaseSelector) -> None:
        """Return when somebody else wrote, when somebody asks, or after a while."""
        self._closing.wait(_BREATH_SECONDS)
        while True:
            events = selector.select(POLL_SECONDS)
            rung = any(key.fileobj is self._bell for key, _mask in events)
            if rung:
                self._bell.recv(4096)
            others = [note for note in connection.notifies(timeout=0) if note.payload != self._pen]
            if rung or others or not events:
                return

    def _taken(self) -> "list[asyncio.Future[None]]":
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    def _tell(self, loop: asyncio.AbstractEventLoop, call: Callable[..., None], *given: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(call, *given)

    # --- on the event loop -------------------------------------------------------------------------------------------

    def _settle(self, deeds: list[_Deed], failures: list[StoreFailure | None]) -> None:
        for deed, failure in zip(deeds, failures, strict=True):
            if not deed.done.done():
                _resolve(deed.done, failure)
        asyncio.get_running_loop().call_soon(self._end)  # after those who waited: the loop keeps the order

    def _end(self) -> None:
        self._ended += 1
        self._deliver()

    def _arrived(self, news: _News) -> None:
        self._held.append(news)
        self._deliver()

    def _deliver(self) -> None:
        """Hand on what others wrote once our own batches before it are in memory, or an old row would stay there."""
        while self._held and self._held[0].begun <= self._ended:
            news = self._held.popleft()
            self._news.append(news)
            try:
                self._told()
            finally:
                self._answered(news.asked, None)

    def _answered(self, asked: "list[asyncio.Future[None]]", failure: StoreFailure | None) -> None:
        for each in asked:
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
    """Refuse a database that loses what it called kept, or cannot hold every text."""
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
