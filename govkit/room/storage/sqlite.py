"""Rows in one SQLite file: one writer thread, group commit, acknowledged after the commit is on the disk.

While one commit is on its way to the disk, the requests that arrive meanwhile gather to the next, so that a save costs
a share of a commit only. A batch goes to SQLite as one JSON text for each table: the writer then needs the
interpreter's lock a few times a batch instead of a few times a row, which matters beside a busy event loop.
"""

import asyncio
import json
import os
import queue
import sys
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

OLDEST = (3, 51, 3)
"""Older versions of SQLite can corrupt a database in WAL mode (mended in 3.51.3)."""

_NETWORK = {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "davfs", "glusterfs", "ceph"}
_KINDS = {str: "TEXT", int: "INTEGER", float: "REAL"}


class _Deed(NamedTuple):
    rows: Sequence[Row]
    done: "asyncio.Future[None]"


class SqliteStore:
    """A store in the file ``path``, which is made when it is not there.

    :param vfs: the name of the layer below SQLite, for tests of faults.
    :param synchronous: FULL; anything less loses acknowledged answers when the power fails.
    :raises InputError: the file lies on a network drive, where SQLite's locks cannot be relied on.
    """

    def __init__(self, path: Path, *, vfs: str | None = None, synchronous: str = "FULL") -> None:
        _refuse_old_library()
        _refuse_network_drive(path)
        self.path = path
        self._vfs = vfs
        self._connection = self._connect(synchronous)
        self._deeds: queue.SimpleQueue[_Deed | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="room-writer", daemon=True)
        self._thread.start()

    def load(self) -> Iterator[Row]:
        """Yield every row, table by table."""
        for table in TABLES.values():
            make: Any = table.row._make
            for values in self._connection.execute(f"SELECT * FROM {table.name}"):  # noqa: S608 - our own names
                yield make(values)

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when ``rows`` are on the disk."""
        done = asyncio.get_running_loop().create_future()
        self._deeds.put(_Deed(rows, done))
        return done

    def since(self) -> Sequence[Row]:
        """Return nothing: no other server writes to this file."""
        return ()

    def listen(self, heard: Callable[[], None]) -> None:
        """Do nothing: there is nothing to hear."""

    async def refresh(self) -> None:
        """Do nothing: everything is known."""

    async def backup(self, path: Path) -> None:
        """Write a copy of the database to ``path`` in one step, while saving goes on."""
        await asyncio.to_thread(self._copy, path)

    def close(self) -> None:
        """Commit what was called and close the file; only the server's last step."""
        self._deeds.put(None)
        self._thread.join()
        self._connection.close()

    def _connect(self, synchronous: str) -> apsw.Connection:
        connection = apsw.Connection(str(self.path), vfs=self._vfs)
        connection.set_busy_timeout(5000)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON")  # macOS lies without it
        connection.execute("PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=33554432")
        for table in TABLES.values():
            connection.execute(_create(table))
        with suppress(OSError):
            self.path.chmod(0o600)
        return connection

    def _work(self) -> None:
        for deeds in batches(self._deeds):
            failure = self._write([row for deed in deeds for row in deed.rows])
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                deeds[0].done.get_loop().call_soon_threadsafe(_settle, deeds, failure)

    def _write(self, rows: list[Row]) -> StoreFailure | None:
        """Commit rows in one transaction; return why not, with nothing of them kept."""
        groups: dict[type[Row], list[Row]] = defaultdict(list)
        for row in rows:
            groups[type(row)].append(row)
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for kind, group in groups.items():
                execute(_insert(TABLES[kind]), (json.dumps(group, ensure_ascii=False),))
            execute("COMMIT")
        except Exception as error:  # whatever it was: the writer must live on, and nobody be told "saved"
            self._roll_back()
            return StoreFailure(type(error).__name__)
        return None

    def _roll_back(self) -> None:
        with suppress(apsw.Error):
            if not self._connection.getautocommit():
                self._connection.execute("ROLLBACK")

    def _copy(self, path: Path) -> None:
        temporary = path.with_name(path.name + ".tmp")
        temporary.unlink(missing_ok=True)
        source = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=self._vfs)
        target = apsw.Connection(str(temporary))
        try:
            with target.backup("main", source, "main") as backup:
                while not backup.done:
                    backup.step(-1)
            target.execute("PRAGMA journal_mode=DELETE")
        finally:
            target.close()
            source.close()
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o600)
        temporary.replace(path)


def _settle(deeds: list[_Deed], failure: StoreFailure | None) -> None:
    for deed in deeds:
        if deed.done.done():
            continue
        if failure is None:
            deed.done.set_result(None)
        else:
            deed.done.set_exception(StoreFailure(*failure.args))


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
    """Return the statement that takes a JSON list of rows."""
    values = ", ".join(f"value ->> {index}" for index in range(len(table.columns)))
    return f"INSERT INTO {table.name} SELECT {values} FROM json_each(?) WHERE true {table.on_conflict()}"  # noqa: S608 - our own names


def _refuse_old_library() -> None:
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < OLDEST:
        what = _("SQLite {version} is too old for a room").format(version=apsw.sqlite_lib_version())
        raise InputError(Problem(Where("apsw"), what, _("Install a newer apsw: pip install -U apsw")))


def _refuse_network_drive(path: Path) -> None:
    kind = network_drive(path.resolve())
    if kind:
        what = _("The room's data lies on a network drive ({kind})").format(kind=kind)
        raise InputError(Problem(Where(str(path)), what, _("Choose a folder on this computer's own disk")))


def network_drive(path: Path, mounts: str | None = None) -> str:
    """Return the kind of network drive a path lies on, or "" when it lies on a disk of this computer.

    :param mounts: the text of ``/proc/mounts``; the system's own when left out.
    """
    if sys.platform == "win32":
        return _windows_drive(path)
    if mounts is None:
        table = Path("/proc/mounts")
        mounts = table.read_text("utf-8", "replace") if table.exists() else ""
    found = ("", "")
    for line in mounts.splitlines():
        point, kind = [word.replace("\\040", " ") for word in line.split()[1:3]]
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= len(found[0]):
            found = (point, kind)
    kind = found[1]
    return kind if kind in _NETWORK or kind.startswith(("fuse.ss", "fuse.rclone")) else ""


def _windows_drive(path: Path) -> str:
    import ctypes

    anchor = path.anchor
    remote = anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == 4  # type: ignore[attr-defined,unused-ignore]
    return "smb" if remote else ""
