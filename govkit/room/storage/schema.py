"""Versions of the room database and the migrations between them, for SQLite and PostgreSQL.

SQLite stores the version in ``PRAGMA user_version``, PostgreSQL in the table ``meta``. Version 0 is the database of
govkit 0.1.0, which stored none. A migration is one transaction, logs a warning, and leaves a copy of the old data: the
file ``room.sqlite.v0`` beside the database, or a schema ``govkit_room_v0`` in it. A newer version is refused.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.room.storage.files import copy_sqlite

if TYPE_CHECKING:
    from psycopg import Connection

VERSION = 1
SCHEMA = "govkit_room"

_RENAMED_COLUMNS = {
    "room": {"room": "room_id"},
    "paper": {"room": "room_id"},
    "sitting": {"room": "room_id", "number": "candidate"},
    "session": {"room": "room_id", "number": "candidate"},
    "answer": {"room": "room_id", "number": "candidate", "item": "question"},
    "late": {"room": "room_id", "number": "candidate", "item": "question"},
    "incident": {"room": "room_id", "number": "candidate"},
    "feedback": {"room": "room_id"},
}
"""The columns of version 0 that have another name in version 1."""

_WRITER_TABLES = ("clock", *_RENAMED_COLUMNS)

_log = logging.getLogger("govkit.room")


def migrate_sqlite(connection: apsw.Connection, path: Path) -> None:
    """Bring a SQLite file to the current version; a new file only gets its version.

    :raises InputError: a newer version of govkit wrote the file.
    """
    is_new = not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'room'").get
    found = VERSION if is_new else int(connection.execute("PRAGMA user_version").get)
    refuse_newer(found, str(path))
    if found == VERSION and not is_new:
        return
    copy = path.with_name(f"{path.name}.v{found}")
    if not is_new:
        copy_sqlite(connection, copy)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not is_new:
            for statement in _renames():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    if not is_new:
        _report(str(path), found, str(copy))


def migrate_postgres(connection: "Connection[Any]", address: str) -> None:
    """Bring the tables of a database to the current version, within the transaction of the caller.

    :param address: the database as messages name it, without its password.
    :raises InputError: a newer version of govkit wrote the tables.
    """
    if _exists(connection, "meta"):
        row = connection.execute(f"SELECT version FROM {SCHEMA}.meta").fetchone()  # noqa: S608 - our own name
        refuse_newer(row[0] if row else VERSION, address)
    elif _exists(connection, "ledger"):
        for statement in (*_copies(), *_renames(), *_renamed_bookkeeping()):
            connection.execute(statement)
        _report(address, 0, f"{SCHEMA}_v0")


def refuse_newer(found: int, place: str) -> None:
    """Refuse a database version that is newer than this program.

    :raises InputError: the version is newer.
    """
    if found > VERSION:
        what = _("A newer version of govkit wrote the room's data (version {found}; this program reads up to {known})")
        repair = _("Install the newer version of govkit, or choose another data folder or database")
        raise InputError(Problem(Where(place), what.format(found=found, known=VERSION), repair))


def _renames() -> Iterator[str]:
    for table, columns in _RENAMED_COLUMNS.items():
        for old, new in columns.items():
            yield f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}"


def _copies() -> Iterator[str]:
    yield f"CREATE SCHEMA {SCHEMA}_v0"
    for table in ("ledger", *_WRITER_TABLES):
        yield f"CREATE TABLE {SCHEMA}_v0.{table} AS TABLE {SCHEMA}.{table}"


def _renamed_bookkeeping() -> Iterator[str]:
    yield "ALTER TABLE ledger RENAME TO meta"
    yield "ALTER TABLE meta RENAME COLUMN mark TO secret"
    yield f"ALTER TABLE meta ADD COLUMN version int NOT NULL DEFAULT {VERSION}"
    for table in _WRITER_TABLES:
        yield f"ALTER TABLE {table} RENAME COLUMN pen TO writer"


def _exists(connection: "Connection[Any]", table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{SCHEMA}.{table}",)).fetchone()
    return bool(row and row[0])


def _report(place: str, found: int, copy: str) -> None:
    said = _("{place}: the room's data was migrated from version {old} to {new}; a copy of the old data is {copy}")
    _log.warning(said.format(place=place, old=found, new=VERSION, copy=copy))
