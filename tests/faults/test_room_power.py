"""The power fails while a room saves: nothing acknowledged is lost; ``--full -s`` runs 500 cuts."""

import asyncio
import itertools
import random
from pathlib import Path

import apsw
import pytest

from govkit.room.http.service import DATABASE_FILE, SECRET_FILE
from govkit.room.storage.sqlite import SqliteStore
from tests.faults.seats import Seat, all_missing, answering, close_service, integrity, new_folder, open_service, seated
from tests.faults.vfs import Disk

SHORT, FULL = 25, 500
_names = itertools.count()


async def cut(folder: Path, seats: list[Seat], chance: random.Random, synchronous: str) -> Disk:
    """Answer until the power fails at a step of the disk; the first time, create the room."""
    disk = Disk(f"failing-{next(_names)}", 10**9, chance)
    service = open_service(folder, vfs=disk.name, synchronous=synchronous)
    assert isinstance(service.store, SqliteStore)
    service.store._connection.execute("PRAGMA wal_autocheckpoint=12")  # so that some cuts fall into checkpoints
    if not seats:
        seats += await seated(service)
    disk.life = chance.randrange(1, 150)
    async with asyncio.TaskGroup() as group:
        for seat in seats:
            group.create_task(answering(service, seat, chance, lambda: disk.dead))
    close_service(service)
    disk.unregister()
    return disk


async def found_after(folder: Path, seats: list[Seat]) -> list[str]:
    """Start on what the cut left, as a server does, and return the problems found."""
    try:
        service = open_service(folder)
    except (apsw.Error, KeyError) as error:
        return [f"no start: {error!r}"]
    found = await all_missing(service, seats)
    close_service(service)
    whole = integrity(folder / DATABASE_FILE)
    return found if whole == "ok" else [whole, *found]


async def cuts(folder: Path, count: int, synchronous: str = "FULL", seed: int = 0) -> list[str]:
    """Cut the power repeatedly, each time starting on what the last cut left; stop at the first loss."""
    seats: list[Seat] = []
    here, syncs = new_folder(folder / "0"), 0
    for at in range(1, count + 1):
        chance = random.Random(f"{seed} {at}")
        disk = await cut(here, seats, chance, synchronous)
        syncs += disk.syncs
        after = folder / str(at)
        after.mkdir()
        (after / SECRET_FILE).write_bytes((here / SECRET_FILE).read_bytes())
        disk.aftermath(after)
        found = await found_after(after, seats)
        if found:
            return [f"cut {at}: {each}" for each in found]
        here = after
    told = sum(version for seat in seats for version in seat.saved.values())
    print(f"{count} cuts, {told} answers acknowledged, {syncs} syncs, none lost")
    assert told > 20 * count
    return []


def test_nothing_saved_is_lost_when_the_power_fails(tmp_path: Path, full: bool) -> None:
    assert asyncio.run(cuts(tmp_path, FULL if full else SHORT)) == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_with_less_than_full_synchronisation_answers_are_lost(tmp_path: Path, synchronous: str) -> None:
    assert asyncio.run(cuts(tmp_path, SHORT, synchronous))
