"""The room's process killed at random moments under load; ``--full -s`` runs 1,000 kills.

``GOVKIT_KILL_SECONDS`` ends a full run early; the number of kills is printed.
"""

import asyncio
import os
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from govkit.room.http.service import DATABASE_FILE
from tests.benchmarks.browsers import Browser
from tests.faults.seats import integrity
from tests.room.serving import Server, copied_exam, serving

SHORT, FULL = 8, 1000
CANDIDATES = 24
ITEMS = [*(f"q{at}" for at in range(1, 51)), "w1"]


@dataclass
class Load:
    """Browsers that save continuously, and what was acknowledged."""

    server: Server
    browsers: list[Browser]
    ended: bool = False
    refused: list[int] = field(default_factory=list)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for browser in self.browsers:
                group.create_task(self._saving(browser))

    async def _saving(self, browser: Browser) -> None:
        chance = random.Random(browser.candidate)
        while not self.ended:
            packet = browser.packet(*chance.sample(ITEMS, chance.randint(1, 4)))
            while not self.ended and not await self._sent(browser, packet):
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.015)

    async def _sent(self, browser: Browser, packet: bytes) -> bool:
        try:
            status = await browser.send(packet)
        except OSError:
            return False
        if status != 200:
            self.refused.append(status)
        return status == 200


def look(data: Path, copy: Path) -> str:
    """Return SQLite's integrity check of the files after a kill, without changing them."""
    copy.mkdir()
    for name in (DATABASE_FILE, f"{DATABASE_FILE}-wal"):
        if (data / name).exists():
            shutil.copy(data / name, copy / name)
    found = integrity(copy / DATABASE_FILE)
    shutil.rmtree(copy)
    return found


async def killed_and_back(load: Load, chance: random.Random, folder: Path) -> float:
    """Kill the server, sometimes again while it starts, check, and return the seconds until it served again.

    The limit of three seconds is on processor time, because the test machine may be busy.
    """
    load.server.kill()
    assert await asyncio.to_thread(look, load.server.data, folder / "copy") == "ok"
    if chance.random() < 0.1:
        await killed_while_starting(load.server, chance)
    began = time.monotonic()
    await asyncio.to_thread(load.server.start)
    checker = load.browsers[0]
    probe = Browser(load.server.port, checker.room_id, checker.candidate, checker.pin, dict(checker.cookies))
    assert (await probe.ask("GET", f"/r/{checker.room_id}/api/state"))[0] == 200
    took = time.monotonic() - began
    probe.close()
    assert load.server.process is not None
    assert sum(psutil.Process(load.server.process.pid).cpu_times()[:2]) <= 3
    for browser in load.browsers:  # each over a separate connection, beside its saving
        other = Browser(**{**browser.__dict__, "wire": None})
        assert await other.missing() == []
        other.close()
    return took


async def killed_while_starting(server: Server, chance: random.Random) -> None:
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await asyncio.sleep(chance.uniform(0.05, 0.8))
    assert server.process is not None
    server.process.kill()
    await asyncio.gather(starting, return_exceptions=True)
    server.process.wait()


async def kills(server: Server, browsers: list[Browser], count: int, seconds: float, folder: Path) -> None:
    chance, ends = random.Random(6), time.monotonic() + seconds
    took: list[float] = []
    for browser in browsers:
        await browser.sign_in()
        await browser.paper()
    load = Load(server, browsers)
    running = asyncio.create_task(load.run())
    while len(took) < count and time.monotonic() < ends:
        await asyncio.sleep(chance.uniform(0.02, 0.6))
        took.append(await killed_and_back(load, chance, folder))
    load.ended = True
    await running
    for browser in browsers:
        assert await browser.missing() == []
        browser.close()
    assert load.refused == []
    told = sum(version for browser in browsers for version in browser.saved.values())
    took.sort()
    print(
        f"{len(took)} kills, {told} versions acknowledged, serving again: median {took[len(took) // 2]:.2f} s, ", end=""
    )
    print(f"longest {took[-1]:.2f} s; load average {os.getloadavg()[0]:.1f}")
    assert told > 20 * len(took)


def test_nothing_saved_is_lost_by_kills(tmp_path: Path, full: bool) -> None:
    seconds = float(os.environ.get("GOVKIT_KILL_SECONDS", "7200" if full else "20"))
    with serving(tmp_path) as server:
        room = server.room(copied_exam(tmp_path, CANDIDATES), minutes=600)
        browsers = [Browser(server.port, room.id, number, pin) for number, pin in room.pins.items()]
        asyncio.run(kills(server, browsers, FULL if full else SHORT, seconds, tmp_path))
    assert integrity(server.data / DATABASE_FILE) == "ok"
