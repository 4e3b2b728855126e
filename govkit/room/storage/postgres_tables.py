"""The tables of a room in PostgreSQL, the statements that read and write them, and the address of a database.

Each row carries the number of the change that wrote it, and the writer (:mod:`govkit.room.storage.postgres`).
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.room.domain.records import TABLES, AnswerRow, Row, StoreFailure, Table
from govkit.room.storage.schema import VERSION

if TYPE_CHECKING:
    from psycopg import Connection

_KINDS = {str: "text", int: "bigint", float: "double precision"}


def read_rows(connection: "Connection[Any]", after: int, writer: str) -> tuple[list[Row], int]:
    """Return the rows that others than ``writer`` wrote after a change, and the newest change, from one snapshot."""
    rows: list[Row] = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        change = int(one_value(connection, "SELECT change FROM meta"))
        for table in TABLES.values() if change != after else ():
            make: Any = table.row._make
            rows += map(make, connection.execute(_changed(table), (after, writer)))
    return rows, change


def one_value(connection: "Connection[Any]", query: str) -> Any:
    """Return the first value of a query that has a row; raise StoreFailure if it has none."""
    row = connection.execute(query).fetchone()  # type: ignore[call-overload,unused-ignore]
    if row is None:
        raise StoreFailure("meta")
    return row[0]


def groups_of(rows: Iterable[Row]) -> list[tuple[Table, list[Row]]]:
    """Return rows by table, one for each key: the last one, or the newest version of an answer."""
    groups: dict[type[Row], dict[tuple[Any, ...], Row]] = defaultdict(dict)
    for row in rows:
        table = TABLES[type(row)]
        key = tuple(row[: table.key])
        old = groups[type(row)].get(key)
        if not (isinstance(row, AnswerRow) and isinstance(old, AnswerRow) and old.version > row.version):
            groups[type(row)][key] = row
    return [(TABLES[kind], list(group.values())) for kind, group in groups.items()]


def tables() -> Iterable[str]:
    """Return the statements that create missing tables."""
    meta = "one int PRIMARY KEY, change bigint NOT NULL, secret text NOT NULL, version int NOT NULL"
    yield f"CREATE TABLE IF NOT EXISTS meta ({meta})"
    yield f"INSERT INTO meta (one, change, secret, version) VALUES (1, 0, '', {VERSION}) ON CONFLICT DO NOTHING"  # noqa: S608
    for table in TABLES.values():
        hints = get_type_hints(table.row)
        columns = ", ".join(f"{name} {_column(hints[name])}" for name in table.columns)
        key = ", ".join(table.columns[: table.key])
        more = f"change bigint NOT NULL, writer text NOT NULL, PRIMARY KEY ({key})"
        yield f"CREATE TABLE IF NOT EXISTS {table.name} ({columns}, {more})"
        yield f"CREATE INDEX IF NOT EXISTS {table.name}_change ON {table.name} (change)"


def _column(hint: Any) -> str:
    kind = _kind(hint)
    return _KINDS[kind] + ("" if hint is not kind else " NOT NULL")


def _kind(hint: Any) -> type:
    return next(kind for kind in _KINDS if hint == kind or hint == kind | None)


@cache
def _changed(table: Table) -> str:
    return f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE change > %s AND writer <> %s"  # noqa: S608


@cache
def insert(table: Table) -> str:
    """Return the INSERT statement whose parameters are a change, a writer and a JSON list of rows."""
    hints = get_type_hints(table.row)
    values = ", ".join(f"(value ->> {at})::{_KINDS[_kind(hints[name])]}" for at, name in enumerate(table.columns))
    return f"INSERT INTO {table.name} SELECT {values}, %s, %s FROM json_array_elements(%s::json) " + table.on_conflict(  # noqa: S608
        "change", "writer"
    )


@cache
def changed_by_others() -> str:
    """Return the query of what others changed: room, candidate ("" for the room itself), change."""
    parts = [
        f"SELECT room_id, {'candidate' if 'candidate' in table.columns else repr('')}, change FROM {table.name} "  # noqa: S608
        "WHERE change > %(seen)s AND writer <> %(writer)s"
        for table in TABLES.values()
        if "room_id" in table.columns
    ]
    return " UNION ALL ".join(parts)


_TIMEOUTS = {
    "connect_timeout": "3",
    "keepalives_idle": "3",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
    "application_name": "govkit",
}


def parsed(url: str) -> dict[str, Any]:
    """Return the connection parameters of an address.

    :raises UsageError: psycopg is missing, or the address cannot be read.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        what = _("A PostgreSQL database needs the package {name}").format(name=error.name or "psycopg")
        raise UsageError(Problem(Where("govkit"), what, _("Install it: pip install 'govkit[postgres]'"))) from None
    try:
        given = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else {}
    except ProgrammingError:
        given = {}
    if not given or _torn(given):  # the address is not quoted: there may be a password in it
        what = _("The address of the database cannot be read")
        repair = _(
            "Write it as postgresql://user@computer:5432/database; in a password, @ is %40, / is %2F and % is %25"
        )
        raise UsageError(Problem(Where("--database"), what, repair))
    return {**_TIMEOUTS, **given}


def _torn(given: dict[str, Any]) -> bool:
    """Return whether a password with an unquoted @ or / was split, so that a part of it is in another field."""
    return any("@" in str(given.get(key) or "") for key in ("host", "hostaddr", "port", "dbname"))


def address_of(given: dict[str, Any]) -> str:
    """Return the address of a database without user and password."""
    host, port, name = (str(given.get(key) or "") for key in ("host", "port", "dbname"))
    return f"postgresql://{host}{':' + port if port else ''}/{name}"


def without_secrets(text: str, given: dict[str, Any]) -> str:
    """Return a text on one line with every secret masked."""
    for key in ("password", "sslpassword", "passfile"):
        if given.get(key):
            text = text.replace(str(given[key]), "***")
    return " ".join(text.split())
