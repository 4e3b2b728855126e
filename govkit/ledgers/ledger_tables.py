"""The rows of ledgers in the store's Delta tables: read whole or in part, and written so that other years stay.

A journal is partitioned by the year of its own date: an import replaces the files of the years that it touches and no
other. Rows stand by place within a file, so that a reader who asks for one place skips nearly all of them. Registers,
and tables that earlier versions wrote, are replaced whole.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Ledger
from govkit.ledgers.delta_tables import YEAR, Tables, as_arrow
from govkit.ledgers.scope import TOWNSHIP, Part, Update, keys, typed, years_of


def read(tables: Tables, ledger: Ledger, at: Commit, where: pc.Expression | None = None) -> pd.DataFrame:
    """Return a ledger's rows as of a commit, sorted by key.

    :param where: a condition on the rows; files that cannot meet it are not read.
    :raises InternalError: the ledger's table is gone or damaged.
    """
    if ledger.code not in at.tables:
        return typed(ledger.empty(), ledger)
    table = tables.opened(ledger.code, at.tables[ledger.code])
    return typed(tables.rows(ledger.code, table, where=where).to_pandas(), ledger)


def part(
    tables: Tables,
    ledger: Ledger,
    at: Commit,
    new: pd.DataFrame,
    holding: Mapping[str, Sequence[str]] | None = None,
) -> Part:
    """Return the rows of the years that new rows are of, and of those where rows of the same numbers stand.

    :param holding: code name → values; the years of rows that hold one of these values count too.
    """
    table = tables.opened(ledger.code, at.tables[ledger.code]) if ledger.code in at.tables else None
    if table is None or not table.metadata().partition_columns:
        return Part(read(tables, ledger, at))
    looked_for = {ledger.key[0]: new[ledger.key[0]].tolist(), **(holding or {})}
    condition, schema = pc.scalar(False), tables.dataset(ledger.code, table).schema
    for name, values in looked_for.items():
        condition |= pc.field(name).isin(pa.array(values, schema.field(name).type))
    columns = list(dict.fromkeys((YEAR, *ledger.key, *looked_for)))
    found = tables.rows(ledger.code, table, columns, condition).to_pandas()
    held = keys(found, ledger).isin(keys(new, ledger))
    for name, values in (holding or {}).items():
        held |= found[name].isin(list(values)).to_numpy(dtype=bool)
    years = sorted({*map(int, years_of(new, ledger)), *map(int, found.loc[np.asarray(held), YEAR])})
    rows = read(tables, ledger, at, pc.field(YEAR).isin(years))
    return Part(rows, tuple(years), table.count() - len(rows))


def write(tables: Tables, update: Update, before: Commit) -> int:
    """Overwrite the part of a ledger's table that an update touches, and return the version of this write.

    :raises InputError: somebody else wrote the table meanwhile.
    :raises InternalError: the table cannot be written.
    """
    ledger, rows = update.ledger, kept(update.frame, update.ledger)
    base = tables.created(ledger.code, rows.schema)
    years, onto = update.part.years, before.tables.get(ledger.code)
    return tables.write(base, ledger.code, rows, mode="overwrite", years=years, onto=onto)


def kept(frame: pd.DataFrame, ledger: Ledger) -> pa.Table:
    """Return rows as the store keeps them: by place, and in a journal with their year."""
    ordered = frame.sort_values([TOWNSHIP, "place", ledger.dated], kind="stable")
    if not ledger.standing:
        ordered = ordered.assign(**{YEAR: years_of(ordered, ledger).astype("int32")})
    return as_arrow(ordered)
