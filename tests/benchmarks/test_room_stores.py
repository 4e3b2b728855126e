"""Durable saves a second and the processor time of one: the room's SQLite file against PostgreSQL, in the same run.

``pytest tests/benchmarks/test_room_stores.py --benchmark-enable -s`` prints them: first the stores alone, then complete
servers, one and two on a database. Everything is on this computer: disk, processors, database and the load generator.
"""

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from govkit.room.domain.records import AnswerRow, Store
from govkit.room.storage.postgres import PostgresStore
from govkit.room.storage.sqlite import SqliteStore
from tests.benchmarks.browsers import Browser
from tests.room.database import BINARIES, Database, database
from tests.room.serving import Server, copied_exam, serving

SAVES = 20_000
IN_FLIGHT = 1000
BROWSERS = 256
SECONDS = 5.0
pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.postgres,
    pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    with database() as running:
        yield running


def spent(processes: Sequence[psutil.Process]) -> float:
    """Return the processor time of processes in seconds."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def backends(server: Database) -> list[psutil.Process]:
    """Return all processes of a database server."""
    first = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
    return psutil.Process(int(first)).children()


def tell(name: str, saves: float, seconds: float, costs: dict[str, float]) -> None:
    each = ", ".join(f"{cost / saves * 1e6:.0f} µs {what}" for what, cost in costs.items())
    load = os.getloadavg()[0]
    sys.stdout.write(f"{name}: {saves / seconds:,.0f} durable saves a second; each {each}; load average {load:.1f}\n")


# --- the stores by themselves ----------------------------------------------------------------------------------------


async def save_all(store: Store, name: str) -> None:
    """Save as many pages do, each waiting for its reply before the next."""

    async def page(number: int) -> None:
        for at in range(SAVES // IN_FLIGHT):
            await store.commit([AnswerRow(name, str(number), f"q{at % 50}", at, "A", 1.0)])

    await asyncio.gather(*(page(number) for number in range(IN_FLIGHT)))


def _hear(store: Store) -> None:
    """Read what other servers wrote, as a room service does."""
    store.changes()


def rate(name: str, stores: Sequence[Store], server: Database | None = None) -> float:
    async def run() -> float:
        for store in stores:
            list(store.load())
            store.listen(partial(_hear, store))
        await asyncio.sleep(0.2)
        others = backends(server) if server else []
        ours, theirs, begun = time.process_time(), spent(others), time.perf_counter()
        await asyncio.gather(*(save_all(store, f"{name}{at}") for at, store in enumerate(stores)))
        taken = time.perf_counter() - begun
        costs = {"here": time.process_time() - ours} | ({"in the database": spent(others) - theirs} if server else {})
        tell(name, SAVES * len(stores), taken, costs)
        for store in stores:
            store.close()
        return taken

    return SAVES * len(stores) / asyncio.run(run())


def test_durable_saves(tmp_path: Path, server: Database) -> None:
    alone = rate("SQLite", [SqliteStore(tmp_path / "x")])
    one = rate("PostgreSQL, one writer", [PostgresStore(server.create("one"))], server)
    url = server.create("two")
    two = rate("PostgreSQL, two writers in one process", [PostgresStore(url), PostgresStore(url)], server)
    sys.stdout.write(f"ratios to SQLite: {one / alone:.2f}, {two / alone:.2f}\n")


# --- whole servers ---------------------------------------------------------------------------------------------------


@contextmanager
def several(folder: Path, count: int, url: str = "") -> Iterator[list[Server]]:
    """Run a number of servers on one database, or one on its own file."""
    arguments = ["--database", url] if url else []
    with ExitStack() as running:
        servers = [running.enter_context(serving(folder / "0", arguments=arguments))]
        for at in range(1, count):
            (folder / str(at) / "data").mkdir(parents=True)
            shutil.copy(servers[0].data / "room.secret", folder / str(at) / "data")
            servers.append(running.enter_context(serving(folder / str(at), arguments=arguments)))
        yield servers


async def flood(browsers: list[Browser]) -> int:
    """Let browsers save without a pause; return the number of saves."""
    ends, chance, count = time.perf_counter() + SECONDS, random.Random(1), 0

    async def one(browser: Browser) -> None:
        nonlocal count
        while time.perf_counter() < ends:
            assert await browser.send(browser.packet(f"q{chance.randrange(1, 51)}")) == 200
            count += 1

    await asyncio.gather(*map(one, browsers))
    return count


async def seated(browsers: list[Browser]) -> None:
    for at in range(0, len(browsers), 50):
        await asyncio.gather(*(browser.sign_in() for browser in browsers[at : at + 50]))
        await asyncio.gather(*(browser.paper() for browser in browsers[at : at + 50]))


def served(name: str, folder: Path, count: int, server: Database | None = None) -> float:
    with several(folder, count, server.create(f"served{count}") if server else "") as servers:
        room = servers[0].room(copied_exam(folder, BROWSERS))
        while any(each.admin("GET", f"/rooms/{room.id}")["prepared"] < BROWSERS for each in servers):
            time.sleep(0.1)
        browsers = [
            Browser(servers[at % count].port, room.id, number, pin)
            for at, (number, pin) in enumerate(room.pins.items())
        ]
        ours = [psutil.Process(each.process.pid) for each in servers if each.process]

        async def run() -> float:
            await seated(browsers)
            others = backends(server) if server else []
            before, theirs, began = spent(ours), spent(others), time.perf_counter()
            saves = await flood(browsers)
            taken = time.perf_counter() - began
            costs = {"in the servers": spent(ours) - before}
            costs |= {"in the database": spent(others) - theirs} if server else {}
            tell(name, saves, taken, costs)
            assert not [each for browser in browsers for each in await browser.missing()]
            return saves / taken

        return asyncio.run(run())


def test_saves_through_servers(tmp_path: Path, server: Database) -> None:
    alone = served("A server with SQLite", tmp_path / "sqlite", 1)
    one = served("A server with PostgreSQL", tmp_path / "one", 1, server)
    two = served("Two servers with PostgreSQL", tmp_path / "two", 2, server)
    sys.stdout.write(f"ratios to SQLite: {one / alone:.2f}, {two / alone:.2f}\n")
