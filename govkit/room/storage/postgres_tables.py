"""The tables of a room in PostgreSQL, and the statements that read and write them.

Each row carries the number of the change that wrote it and the
pen (:mod:`govkit.room.storage.postgres`) it was written with.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.room.domain.records import TABLES, AnswerRow, Row, StoreFailure, Table

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA = "govkit_room"
_KINDS = {str: "text", int: "bigint", float: "double precision"}


def read_rows(connection: "Connection[Any]", after: int, pen: str) -> tuple[list[Row], int]:
    """Return the rows changed after a change and not by this pen, and the newest change, all of one moment."""
    rows: list[Row] = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        change = int(one_value(connection, "SELECT change FROM ledger"))
        for table in TABLES.values() if change != after else ():
            make: Any = table.row._make
            rows += map(make, connection.execute(_changed(table), (after, pen)))
    return rows, change


def one_value(connection: "Connection[Any]", query: str) -> Any:
    """Return the first value of a query that has a row; raise StoreFailure if it has none."""
    row = connection.execute(query).fetchone()  # type: ignore[call-overload,unused-ignore]
    if row is None:
        raise StoreFailure("ledger")
    return row[0]


def groups_of(rows: Iterable[Row]) -> list[tuple[Table, list[Row]]]:
    """Return rows by their tables, one for each key: the last, or the newest where versions count."""
    groups: dict[type[Row], dict[tuple[Any, ...], Row]] = defaultdict(dict)
    for row in rows:
        table = TABLES[type(row)]
        key = tuple(row[: table.key])
        old = groups[type(row)].get(key)
        if not (isinstance(row, AnswerRow) and isinstance(old, AnswerRow) and old.version > row.version):
            groups[type(row)][key] = row
    return [(TABLES[kind], list(group.values())) for kind, group in groups.items()]


def tables() -> Iterable[str]:
    """Return the statements that make what is not there."""
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    yield "CREATE TABLE IF NOT EXISTS ledger (one int PRIMARY KEY, change bigint NOT NULL, mark text NOT NULL)"
    yield "INSERT INTO ledger VALUES (1, 0, '') ON CONFLICT DO NOTHING"
    for table in TABLES.values():
        hints = get_type_hints(table.row)
        columns = ", ".join(f"{name} {_column(hints[name])}" for name in table.columns)
        key = ", ".join(table.columns[: table.key])
        more = f"change bigint NOT NULL, pen text NOT NULL, PRIMARY KEY ({key})"
        yield f"CREATE TABLE IF NOT EXISTS {table.name} ({columns}, {more})"
        yield f"CREATE INDEX IF NOT EXISTS {table.name}_change ON {table.name} (change)"


def _column(hint: Any) -> str:
    kind = _kind(hint)
    return _KINDS[kind] + ("" if hint is not kind else " NOT NULL")


def _kind(hint: Any) -> type:
    return next(kind for kind in _KINDS if hint == kind or hint == kind | None)


@cache
def _changed(table: Table) -> str:
    return f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE change > %s AND pen <> %s"  # noqa: S608


@cache
def insert(table: Table) -> str:
    """Return the statement that takes a change, a pen and a JSON list of rows."""
    hints = get_type_hints(table.row)
    values = ", ".join(f"(value ->> {at})::{_KINDS[_kind(hints[name])]}" for at, name in enumerate(table.columns))
    return f"INSERT INTO {table.name} SELECT {values}, %s, %s FROM json_array_elements(%s::json) " + table.on_conflict(  # noqa: S608
        "change", "pen"
    )


@cache
def moved() -> str:
    """Return the question which rooms and sittings others changed: room, number ("" for the room itself), change."""
    parts = [
        f"SELECT room, {'number' if 'number' in table.columns else repr('')}, change FROM {table.name} "  # noqa: S608
        "WHERE change > %(heard)s AND pen <> %(pen)s"
        for table in TABLES.values()
        if "room" in table.columns
    ]
    return " UNION ALL ".join(parts)


_PATIENCE = {
    "connect_timeout": "3",
    "keepalives_idle": "3",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
    "application_name": "govkit",
}


def parsed(url: str) -> dict[str, Any]:
    """Return what to connect with.

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
        mend = _("Write it as postgresql://user@computer:5432/database; in a password, @ is %40, / is %2F and % is %25")
        raise UsageError(Problem(Where("--database"), what, mend))
    return {**_PATIENCE, **given}


def _torn(given: dict[str, Any]) -> bool:
    """Tell whether a password with an @ or a / in it was taken apart, so that a piece of it stands elsewhere."""
    return any("@" in str(given.get(key) or "") for key in ("host", "hostaddr", "port", "dbname"))


def address_of(given: dict[str, Any]) -> str:
    """Return where a database is, without user and password."""
    host, port, name = (str(given.get(key) or "") for key in ("host", "port", "dbname"))
    return f"postgresql://{host}{':' + port if port else ''}/{name}"


def without_secrets(text: str, given: dict[str, Any]) -> str:
    """Return a text in one line, every secret in it masked."""
    for key in ("password", "sslpassword", "passfile"):
        if given.get(key):
            text = text.replace(str(given[key]), "***")
    return " ".join(text.split())
