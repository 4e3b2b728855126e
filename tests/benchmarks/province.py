"""A made-up province: 1,500 township units, 30,000 villages and as many agency services as asked for, month by month.

``python -m tests.benchmarks.province 1000000 store`` writes it. Rows are streamed, so that memory stays the same.
"""

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from govkit.core.files import REGISTER
from govkit.institutions import ledgers
from govkit.ledgers.commit import Change, Commit, Source
from govkit.ledgers.delta_tables import YEAR, Tables
from govkit.ledgers.ledger_tables import kept
from govkit.ledgers.places import Place, Places
from govkit.ledgers.register import written_register
from govkit.ledgers.scope import TOWNSHIP, typed
from govkit.ledgers.store import Store

TOWNSHIPS, VILLAGES = 1_500, 20
"""Township units of the province, and villages of each of them."""
YEARS = (2014, 2015)
LEDGER = ledgers()["agency_services"]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
MATTERS = ("代办医保参保登记", "代缴水费", "代办老年证", "代取快递", "代办营业执照", "代办残疾证")
_BATCH = 50
"""Township units of a batch of rows."""


def places() -> Places:
    """Return the register of the province."""
    found = [Place("province", "样例省", "district", "", "")]
    for number in range(TOWNSHIPS):
        found.append(Place(f"t{number:04}", f"样例{number:04}镇", "township", "province", ""))
        found += [
            Place(f"t{number:04}-{one:02}", f"样例{number:04}镇{one:02}村", "village", f"t{number:04}", "")
            for one in range(VILLAGES)
        ]
    return Places(found)


def batches(rows: int, year: int) -> Iterator[pa.RecordBatch]:
    """Yield a year's services in the order in which the store keeps rows: by place, then by day."""
    dice = np.random.default_rng([rows, year])
    first = 0
    schema = kept(typed(LEDGER.empty(), LEDGER), LEDGER).schema
    for start in range(0, TOWNSHIPS, _BATCH):
        units = min(_BATCH, TOWNSHIPS - start) * VILLAGES
        last = rows * (start + _BATCH) // TOWNSHIPS if start + _BATCH < TOWNSHIPS else rows
        count, number = last - first, np.arange(first, last)
        unit = np.sort(dice.integers(0, units, count))
        day = dice.integers(0, 365, count).astype("timedelta64[D]")
        order = np.lexsort((day, unit))
        unit, day = unit[order], day[order]
        applied = np.datetime64(f"{year}-01-01", "us") + day
        took = dice.integers(0, 20, count).astype("timedelta64[D]")
        finished = pa.array(applied + took, pa.timestamp("us"), mask=dice.random(count) < 0.002)
        codes = [f"t{start + at // VILLAGES:04}-{at % VILLAGES:02}" for at in range(units)]
        columns = {
            "service_id": pa.array([f"DB{year}{one:09}" for one in number]),
            "place": _chosen(codes, unit),
            "applicant": _chosen([f"{a}样{b}" for a in SURNAMES for b in "例本式板"], dice.integers(0, 80, count)),
            "phone": _chosen([f"1380000{one:04}" for one in range(9000)], dice.integers(0, 9000, count)),
            "matter": _chosen(MATTERS, dice.integers(0, len(MATTERS), count)),
            "agent": _chosen([f"{a}代办" for a in SURNAMES], dice.integers(0, 20, count)),
            "applied_on": pa.array(applied),
            "due_on": pa.array(applied + np.timedelta64(15, "D")),
            "finished_on": finished,
            TOWNSHIP: _chosen([code.split("-")[0] for code in codes], unit),
            YEAR: pa.array(np.full(count, year, dtype="int32")),
        }
        cast = [columns[field.name].cast(field.type) for field in schema]
        yield pa.RecordBatch.from_arrays(cast, schema=schema)
        first = last


def _chosen(words: "list[str] | tuple[str, ...]", at: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(at))


def write(rows: int, folder: Path) -> Store:
    """Write a province of so many services, half of them in each year, as one commit, and return its store."""
    store, schema = Store(folder), kept(typed(LEDGER.empty(), LEDGER), LEDGER).schema
    tables, version = Tables(str(folder)), 0
    tables.created(LEDGER.code, schema)
    for year in YEARS:
        reader = pa.RecordBatchReader.from_batches(schema, batches(rows // len(YEARS), year))
        version = tables.write(tables.latest(LEDGER.code), LEDGER.code, reader, mode="overwrite", years=[year])
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    change = Change(LEDGER.code, rows, 0, 0, rows)
    source = (Source.of_words("样例省"),)
    commit = Commit(1, now, "样例员", "import", "生成的样例数据", source, (change,), {LEDGER.code: version})
    store.commit_table.append(store.commit_table.opened_at(0), commit)
    (folder / REGISTER).write_text(written_register(places()), "utf-8")
    return store


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
