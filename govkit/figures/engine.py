"""Frames that an engine scans in the store's files, so that a ledger need not fit into memory.

``govkit.open(store, engine="duckdb")`` counts in DuckDB, ``engine="dask"`` on the cluster of the current
``distributed.Client``. Indicators are the same functions as with pandas; a scan reads the columns, years and places
that they ask for.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Ledger
from govkit.ledgers.ledger_tables import kept
from govkit.ledgers.scope import TOWNSHIP, typed
from govkit.ledgers.store import Store

if TYPE_CHECKING:
    import duckdb

Engine = Literal["pandas", "duckdb", "dask"]
MEMORY = "2GB"
"""What DuckDB may use beyond what Arrow and Python hold; more goes to a temporary file."""


def engine_named(name: str) -> Engine:
    """Return the engine of a name, ``pandas`` for an empty one.

    :raises UsageError: there is no such engine, or it is not installed.
    """
    known = {str(one): one for one in get_args(Engine)}
    if (name or "pandas") not in known:
        what = _("“{value}” is no engine").format(value=name)
        repair = _("Choose one of: {choices}").format(choices="、".join(known))
        raise UsageError(Problem(Where("engine", item=name), what, repair))
    engine: Engine = known[name or "pandas"]
    try:
        importlib.import_module({"dask": "dask.dataframe"}.get(engine, engine))
    except ImportError as error:
        what = _("“{value}” is not installed").format(value=name)
        repair = _("Install it: pip install 'govkit[{extra}]'").format(extra=name)
        raise UsageError(Problem(Where("engine", item=name), what, repair)) from error
    return engine


class Scans(Mapping[str, Any]):
    """Ledger code → its rows as a frame of an engine, which reads nothing before it is asked to compute."""

    def __init__(self, store: Store, commit: Commit, engine: Engine) -> None:
        self._store, self._commit = store, commit
        self._make = _MAKERS[engine]()
        self._made: dict[str, Any] = {}

    def __getitem__(self, code: str) -> Any:
        if code not in self._made:
            ledger, tables = ledgers()[code], self._store.tables
            table = tables.opened(code, self._commit.tables[code]) if code in self._commit.tables else None
            data = None if table is None else tables.dataset(code, table)
            local = table is not None and tables.folder is not None
            self._made[code] = self._make(ledger, data, table.file_uris() if table and local else [])
        return self._made[code]

    def days(self, ledger: Ledger) -> tuple[Any, Any]:
        """Return the first and the last day of a journal, as the store notes them of each file; NaT without rows."""
        if ledger.code not in self._commit.tables:
            return pd.NaT, pd.NaT
        table = self._store.tables.opened(ledger.code, self._commit.tables[ledger.code])
        files = pa.table(table.get_add_actions(flatten=True)).to_pandas()
        names = f"min.{ledger.dated}", f"max.{ledger.dated}"
        if not set(names) <= set(files.columns):
            return pd.NaT, pd.NaT
        return files[names[0]].min(), files[names[1]].max()

    def __iter__(self) -> Iterator[str]:
        return iter(ledgers())

    def __len__(self) -> int:
        return len(ledgers())


Make = Callable[[Ledger, ds.Dataset | None, list[str]], Any]
"""Makes a frame from a ledger, its rows as an Arrow data set (None without any) and its files if they are local."""


def _in_duckdb() -> Make:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False})

    def make(ledger: Ledger, data: ds.Dataset | None, files: list[str]) -> "duckdb.DuckDBPyRelation":
        if data is None or not files:
            rows = connection.from_arrow(_nothing(ledger) if data is None else data)
        else:
            rows = connection.read_parquet(files, hive_partitioning=False, union_by_name=True)
        return rows.project(", ".join(_selected(ledger, rows.columns)))

    return make


def _selected(ledger: Ledger, held: list[str]) -> Iterator[str]:
    """Yield the columns of a selection; one that the store has not yet, since it was declared later, is blank."""
    kinds = {"date": "TIMESTAMP", "integer": "BIGINT", "number": "DOUBLE", "flag": "BOOLEAN"}
    for column in ledger.columns:
        blank = f'CAST(NULL AS {kinds.get(column.kind, "VARCHAR")}) AS "{column.name}"'
        yield f'"{column.name}"' if column.name in held else blank
    yield f'"{TOWNSHIP}"'


def _on_dask() -> Make:
    import dask.dataframe as dd

    def make(ledger: Ledger, data: ds.Dataset | None, files: list[str]) -> Any:  # noqa: ARG001 - Arrow reads any file
        empty = typed(ledger.empty(), ledger)
        parts = [] if data is None else list(data.get_fragments())
        if data is None or not parts:
            return dd.from_pandas(empty, npartitions=1)  # type: ignore[no-untyped-call]
        return dd.from_map(_part, parts, ledger=ledger, schema=data.schema, meta=empty)  # type: ignore[no-untyped-call]

    return make


def _part(fragment: ds.Fragment, ledger: Ledger, schema: pa.Schema) -> pd.DataFrame:
    """Return the rows of one file as a worker reads them."""
    return typed(fragment.to_table(schema=schema).to_pandas(), ledger)


def _nothing(ledger: Ledger) -> pa.Table:
    return kept(typed(ledger.empty(), ledger), ledger)


_MAKERS: dict[Engine, Callable[[], Make]] = {"duckdb": _in_duckdb, "dask": _on_dask}
