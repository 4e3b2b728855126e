"""Durable saves a second: the room's SQLite file against PostgreSQL with one writer and with two, in the same run.

``pytest tests/benchmarks/test_room_stores.py --benchmark-enable -s`` prints them. Both are on this computer's disk.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from govkit.room.postgres import PostgresStore
from govkit.room.sqlite import SqliteStore
from govkit.room.store import AnswerRow, Store
from tests.room.database import BINARIES, database

SAVES = 20_000
IN_FLIGHT = 1000


async def save_all(store: Store, name: str) -> None:
    """Save as so many pages do, each waiting for its answer before the next."""

    async def page(number: int) -> None:
        for at in range(SAVES // IN_FLIGHT):
            await store.commit([AnswerRow(name, str(number), f"q{at % 50}", at, "A", 1.0)])

    await asyncio.gather(*(page(number) for number in range(IN_FLIGHT)))


def rate(name: str, stores: Sequence[Store]) -> float:
    async def run() -> float:
        for store in stores:
            list(store.load())
            store.listen(store.since)
        begun = time.perf_counter()
        await asyncio.gather(*(save_all(store, f"{name}{at}") for at, store in enumerate(stores)))
        taken = time.perf_counter() - begun
        for store in stores:
            store.close()
        return taken

    found = SAVES * len(stores) / asyncio.run(run())
    sys.stdout.write(f"{name}: {found:,.0f} durable saves a second\n")
    return found


@pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed")
def test_durable_saves(tmp_path: Path) -> None:
    alone = rate("SQLite", [SqliteStore(tmp_path / "x")])
    with database() as server:
        one = rate("PostgreSQL, one server", [PostgresStore(server.create("one"))])
        url = server.create("two")
        two = rate("PostgreSQL, two servers", [PostgresStore(url), PostgresStore(url)])
    sys.stdout.write(f"ratios to SQLite: {one / alone:.2f}, {two / alone:.2f}\n")
