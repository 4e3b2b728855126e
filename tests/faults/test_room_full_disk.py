"""The disk fills up at many points while a room saves, then is freed; ``--full -s`` runs all 100 points."""

import asyncio
import itertools
import random
from pathlib import Path

from govkit.room.http.service import DATABASE_FILE, RoomService
from govkit.room.storage.sqlite import SqliteStore
from tests.faults.seats import Seat, all_missing, answering, close_service, integrity, new_folder, open_service, seated
from tests.faults.vfs import Disk

SHORT, FULL = 10, 100
STEP = 1151
"""Bytes between two points: no multiple of a page or WAL frame, so that points fall everywhere within them."""

PACKETS = 60
REFUSALS = 15
_names = itertools.count()


async def fill(folder: Path, space: int) -> tuple[list[str], int]:
    """Fill the disk after ``space`` more bytes; return the problems found and how often it was full."""
    disk = Disk(f"full-{next(_names)}", 10**9, random.Random(space))
    service = open_service(new_folder(folder), vfs=disk.name)
    if space % 2:  # so that some points fall into checkpoints
        assert isinstance(service.store, SqliteStore)
        service.store._connection.execute("PRAGMA wal_autocheckpoint=60")
    seats = await seated(service)
    disk.space = space
    freeing = asyncio.create_task(freed(disk, service, seats))
    await asyncio.gather(*(answering(service, seat, disk.chance, freeing.done, PACKETS) for seat in seats))
    freeing.cancel()
    disk.space = None
    found = freeing.result() if freeing.done() and not freeing.cancelled() else []
    found += [f"no recovery: {seat.candidate}" for seat in seats if await seat.save(service, "q1") != 200]
    found += await all_missing(service, seats)
    found += await handed_in(service, seats[0])
    close_service(service)
    disk.unregister()
    return found + await after_restart(folder, seats), disk.refused


async def freed(disk: Disk, service: RoomService, seats: list[Seat]) -> list[str]:
    """Wait until the disk has been full for a while, check, free it; return the problems found."""
    while disk.refused < REFUSALS:
        await asyncio.sleep(0.001)
    found = await all_missing(service, seats)
    status = await seats[0].save(service, packet={"answers": []}, name="submit")
    told = await seats[0].call(service, "state")
    if (status, told[1]["state"]) not in ((503, "open"), (200, "submitted")):
        found.append(f"a hand-in on a full disk: {status} {told}")
    disk.space = None
    return found


async def handed_in(service: RoomService, seat: Seat) -> list[str]:
    """Hand in after space was freed."""
    status = await seat.save(service, packet={"answers": []}, name="submit")
    return [] if status == 200 else [f"no recovery: {status}"]


async def after_restart(folder: Path, seats: list[Seat]) -> list[str]:
    service = open_service(folder)
    found = await all_missing(service, seats)
    close_service(service)
    whole = integrity(folder / DATABASE_FILE)
    return found if whole == "ok" else [whole, *found]


def test_a_full_disk_never_says_saved_and_recovers(tmp_path: Path, full: bool) -> None:
    count = FULL if full else SHORT
    outcomes = [asyncio.run(fill(tmp_path / str(point), point * STEP * FULL // count)) for point in range(count)]
    assert [each for found, _refused in outcomes for each in found] == []
    times = [refused for _found, refused in outcomes]
    print(f"{count} points, full at {sum(map(bool, times))} of them, {sum(times)} writes refused, nothing lost")
    assert sum(map(bool, times)) >= count * 0.7  # where checkpoints free space in the WAL, the disk may never be full
