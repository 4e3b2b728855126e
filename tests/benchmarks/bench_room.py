"""The room under load, with the generator on the same machine: ``python -m tests.benchmarks.bench_room``.

``--short`` saves for 30 s instead of 10 minutes; ``--only NAME…`` runs some parts. pytest does not collect it: it
prints figures, and checks that nothing acknowledged is missing at the end.
"""

# ruff: noqa: T201 (it prints what it measured)

import argparse
import asyncio
import gc
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import uvloop

from govkit.room.http.server import _allow_many_files
from tests.benchmarks.browsers import Browser
from tests.room.serving import RunningRoom, Server, exam_folder, serving

HALL, CROWD = 1263, 3000
EVERY = 5.0
CHOICES = [f"q{at}" for at in range(1, 51)]
Times = list[float]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--short", action="store_true")
    asked.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    given = asked.parse_args()
    _allow_many_files()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before")
    for name in given.only:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder), given.short)


@contextmanager
def hall(folder: Path, count: int, opened: bool = True) -> Iterator[tuple[RunningRoom, list[Browser]]]:
    """A server with one room whose papers are rendered, and its candidates' browsers."""
    with serving(folder) as server:
        room = server.room(exam_folder(folder / "exam", count, singles=50), opened, minutes=600)
        began = time.monotonic()
        while (made := room.look()["prepared"]) < count:
            time.sleep(0.2)
        print(f"  {made} papers made in {time.monotonic() - began:.1f} s after the room was")
        yield room, [Browser(server.port, room.id, number, pin) for number, pin in room.pins.items()]


def run(work: Awaitable[None]) -> None:
    async def whole() -> None:
        await work

    gc.collect()
    gc.freeze()
    uvloop.run(whole())


# --- sign-in and paper -----------------------------------------------------------------------------------------------


def start(name: str, count: int, spread: float) -> Callable[[Path, bool], None]:
    def part(folder: Path, _short: bool) -> None:
        with hall(folder, count) as (room, browsers):
            before = _processor(room.server)
            run(_start(name, browsers, spread))
            spent = [(now - then) / count * 1000 for now, then in zip(_processor(room.server), before, strict=True)]
            print(f"  processor time of the server {spent[0]:.2f} ms a candidate, of the generator {spent[1]:.2f} ms")
            _footprint(room.server)

    return part


async def _start(name: str, browsers: list[Browser], spread: float) -> None:
    sizes: list[int] = []
    slowest: Times = []

    async def one(browser: Browser) -> None:
        await browser.sign_in()
        sizes.append(await browser.paper())
        slowest.append(browser.slowest)

    times, whole = await _timed(one, browsers, spread)
    told(f"{name}: {len(browsers)} sign-ins and papers over {spread:g} s, 3 requests each", times, whole)
    print(f"  p99 of the slowest of the 3 requests {_p99(slowest) * 1000:.0f} ms")
    print(f"  a paper is {sum(sizes) / len(sizes):,.0f} bytes on the wire")


def opening(folder: Path, _short: bool) -> None:
    with hall(folder, CROWD, opened=False) as (room, browsers):
        run(_opening(room, browsers))


async def _opening(room: RunningRoom, browsers: list[Browser]) -> None:
    """All are signed in and wait; the room opens and all fetch the paper at the same moment."""
    for at in range(0, len(browsers), 50):
        await asyncio.gather(*(browser.sign_in() for browser in browsers[at : at + 50]))
    await asyncio.to_thread(room.act, "open")
    times, whole = await _timed(Browser.paper, browsers, 0)
    told(f"opening: {len(browsers)} who wait get the paper at one moment, 1 request each", times, whole)


async def _timed(
    one: Callable[[Browser], Awaitable[object]], browsers: list[Browser], spread: float
) -> tuple[Times, float]:
    """Run a function for each browser at a random moment within ``spread`` seconds; return durations and the total."""
    chance, times, began = random.Random(1), [], time.perf_counter()

    async def at_its_moment(browser: Browser, after: float) -> None:
        await asyncio.sleep(after)
        here = began + after
        await one(browser)
        times.append(time.perf_counter() - here)

    await asyncio.gather(*(at_its_moment(browser, chance.random() * spread) for browser in browsers))
    return times, time.perf_counter() - began


# --- saving ----------------------------------------------------------------------------------------------------------


def saving(folder: Path, short: bool) -> None:
    with hall(folder, HALL) as (room, browsers):
        run(_saving(room.server, browsers, 30 if short else 600))


async def _saving(server: Server, browsers: list[Browser], seconds: float) -> None:
    await _seated(browsers)
    times: Times = []
    ends = time.perf_counter() + seconds
    watching = asyncio.create_task(_watch(server, seconds))

    async def one(browser: Browser, chance: random.Random) -> None:
        here = time.perf_counter() + chance.random() * EVERY
        while here < ends:
            await asyncio.sleep(max(0.0, here - time.perf_counter()))
            assert await browser.send(browser.packet(chance.choice(CHOICES))) == 200
            times.append(time.perf_counter() - here)
            here += EVERY

    await asyncio.gather(*(one(browser, random.Random(browser.candidate)) for browser in browsers))
    await watching
    told(f"saving: {len(browsers)} candidates, one answer every {EVERY:g} s", times, seconds)
    await _nothing_missing(browsers)


def submitting(folder: Path, _short: bool) -> None:
    with hall(folder, HALL) as (room, browsers):
        run(_submitting(browsers))
        _footprint(room.server)


async def _submitting(browsers: list[Browser]) -> None:
    await _seated(browsers)
    packets = {browser.candidate: browser.packet(*CHOICES) for browser in browsers}

    async def one(browser: Browser) -> None:
        assert await browser.send(packets[browser.candidate], "submit") == 200

    for name, spread in (("submitting", 1.0), ("handed in again, all at one moment", 0.0)):
        times, whole = await _timed(one, browsers, spread)
        told(f"{name}: {len(browsers)} × {len(CHOICES)} answers over {spread:g} s", times, whole)
    await _nothing_missing(browsers)


def submitting_at_once(folder: Path, _short: bool) -> None:
    with hall(folder, HALL) as (_room, browsers):
        run(_submitting_at_once(browsers))


async def _submitting_at_once(browsers: list[Browser]) -> None:
    await _seated(browsers)
    packets = {browser.candidate: browser.packet(*CHOICES) for browser in browsers}

    async def one(browser: Browser) -> None:
        assert await browser.send(packets[browser.candidate], "submit") == 200

    times, whole = await _timed(one, browsers, 0)
    told(f"submitting: {len(browsers)} × {len(CHOICES)} answers at one moment", times, whole)
    await _nothing_missing(browsers)


def flood(folder: Path, short: bool) -> None:
    with hall(folder, 256) as (room, browsers):
        run(_flood(browsers, 5 if short else 20))
        _footprint(room.server)


async def _flood(browsers: list[Browser], seconds: float) -> None:
    await _seated(browsers)
    times: Times = []
    ends = time.perf_counter() + seconds

    async def one(browser: Browser, chance: random.Random) -> None:
        while (here := time.perf_counter()) < ends:
            assert await browser.send(browser.packet(chance.choice(CHOICES))) == 200
            times.append(time.perf_counter() - here)

    await asyncio.gather(*(one(browser, random.Random(browser.candidate)) for browser in browsers))
    told(f"flood: {len(browsers)} browsers that save without a pause", times, seconds)
    await _nothing_missing(browsers)


async def _seated(browsers: list[Browser]) -> None:
    for at in range(0, len(browsers), 50):
        await asyncio.gather(*(browser.sign_in() for browser in browsers[at : at + 50]))
        await asyncio.gather(*(browser.paper() for browser in browsers[at : at + 50]))


async def _nothing_missing(browsers: list[Browser]) -> None:
    found = [each for browser in browsers for each in await browser.missing()]
    assert not found, found[:5]
    print("  every answer that was called saved is there at its newest version")


# --- figures ----------------------------------------------------------------------------------------------------


def told(what: str, times: Times, whole: float) -> None:
    times.sort()
    p50, p99 = times[(len(times) - 1) // 2], _p99(times)
    print(f"{what}\n  {len(times)} in {whole:.2f} s, {len(times) / whole:,.0f} a second; ", end="")
    print(f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms; ", end="")
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)


def _p99(times: Times) -> float:
    return sorted(times)[int(0.99 * (len(times) - 1))]


def _processor(server: Server) -> tuple[float, float]:
    """Return the processor time in seconds of the server and of this generator."""
    assert server.process is not None
    used = psutil.Process(server.process.pid).cpu_times()
    return used.user + used.system, time.process_time()


async def _watch(server: Server, seconds: float) -> None:
    for at in range(6):
        print(f"  after {seconds * at / 5:.0f} s:", end="")
        _footprint(server)
        if at < 5:
            await asyncio.sleep(seconds / 5)


def _footprint(server: Server) -> None:
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    log = sum(path.stat().st_size for path in server.data.glob("room.sqlite*")) / 2**20
    memory = process.memory_info().rss / 2**20
    print(f"  server: {memory:.0f} MiB, {process.num_fds()} open files, {log:.0f} MiB database", flush=True)


PARTS: dict[str, Callable[[Path, bool], None]] = {
    "spread": start("spread", HALL, 4),
    "barrier": start("barrier", HALL, 0),
    "crowd": start("crowd", CROWD, 0),
    "opening": opening,
    "saving": saving,
    "submitting": submitting,
    "at-once": submitting_at_once,
    "flood": flood,
}

if __name__ == "__main__":
    main()
