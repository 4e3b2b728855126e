"""The tables of a room in PostgreSQL, and the statements that read and write them.

Each row carries the number of the change that wrote it and the pen (:mod:`govkit.room.postgres`) it was written with.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from govkit.room.store import TABLES, AnswerRow, Row, StoreFailure, Table

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
    return (
        f"INSERT INTO {table.name} SELECT {values}, %s, %s FROM json_array_elements(%s::json) "  # noqa: S608
        + table.on_conflict("change", "pen")
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
