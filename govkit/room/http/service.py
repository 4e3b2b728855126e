"""What the candidates' port and the trainer's port share: the rooms, the store, the clock, the secret."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from govkit.room.domain.clock import BEAT_SECONDS, RoomClock
from govkit.room.domain.records import ClockRow, Row, Store, StoreConflict, StoreFailure
from govkit.room.domain.room import Hall, Room, Sitting
from govkit.room.domain.sessions import Secret, Tries
from govkit.room.http.prerendered import Press
from govkit.room.http.request import Packed

DATABASE_FILE = "room.sqlite"
SECRET_FILE = "room.secret"  # noqa: S105 - the name of a file
AUDIT_FILE = "room-audit.jsonl"
MOST_CONFLICTS = 5
"""How often a request is judged again because another server changed what it was judged by."""

T = TypeVar("T")


@dataclass(slots=True)
class Desk:
    """A server's rooms and what it keeps them with."""

    folder: Path
    store: Store
    hall: Hall
    clock: RoomClock
    secret: Secret
    tries: Tries
    pages: "Pages"
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path, store: Store) -> "Desk":
        """Return the desk of a data folder, everything loaded."""
        hall = Hall(store.load())
        clock = RoomClock(hall.beat)
        return cls(folder, store, hall, clock, Secret(folder / SECRET_FILE), Tries(), Pages())

    def now(self) -> tuple[float, float]:
        """Return the room seconds and the wall clock (seconds since 1970)."""
        return self.clock.now(), self.clock.wall()

    async def keep(self, rows: Sequence[Row]) -> None:
        """Make rows durable and take them into memory.

        :raises StoreFailure: the store could not keep them; nothing is changed then.
        """
        try:
            await self.store.commit(rows)
        except StoreFailure:
            self.hall.drop(rows)
            raise
        self.hall.take(rows)

    def hear(self) -> None:
        """Take in what other servers wrote."""
        rows, known = self.store.since(), set(self.hall.rooms)
        self.hall.take(rows)
        for row in rows:
            if isinstance(row, ClockRow):
                self.clock.follow(row)
        for name in set(self.hall.rooms) - known:
            self.prepare(self.hall.rooms[name])

    async def catch_up(self) -> None:
        """Take in everything that other servers have committed by now.

        :raises StoreFailure: the store cannot be asked.
        """
        await self.store.refresh()
        self.hear()

    async def settled(self, handle: Callable[[], Awaitable[T]]) -> T:
        """Handle a request, again if another server was quicker: by then what that one did is heard."""
        for _time in range(MOST_CONFLICTS):
            try:
                return await handle()
            except StoreConflict:
                await self.catch_up()
        return await handle()

    def prepare(self, room: Room) -> None:
        """Begin to make the papers of a room, in the background."""
        task = asyncio.create_task(self.pages.prepare(room))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def beats(self) -> None:
        """Write down the room time every second, and hear what other servers wrote."""
        while True:
            with suppress(StoreFailure):
                await self.keep([self.clock.beat()])
            self.hear()
            await asyncio.sleep(BEAT_SECONDS)


class Pages:
    """The candidates' papers, made once and kept compressed."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], Packed] = {}
        self._presses: dict[tuple[str, str], Press] = {}

    def paper(self, room: Room, sitting: Sitting, ending: bytes, gzip: bool) -> bytes:
        """Return a candidate's paper with what is of this moment at its end."""
        key = (room.row.room, sitting.row.number)
        packed = self._pages.get(key) or self._made(key, room, sitting)
        return packed.gzip(ending) if gzip else packed.plain(ending)

    def prepared(self, room: Room) -> int:
        """Return how many candidates' papers are made."""
        return sum((room.row.room, number) in self._pages for number in room.sittings)

    async def prepare(self, room: Room) -> None:
        """Make the papers of everyone in a room ahead of the start, leaving room for requests in between."""
        for number, sitting in list(room.sittings.items()):
            key = (room.row.room, number)
            if key not in self._pages and not sitting.row.void:
                self._made(key, room, sitting)
                await asyncio.sleep(0.001)

    def _made(self, key: tuple[str, str], room: Room, sitting: Sitting) -> Packed:
        made = self._pages[key] = Packed(self._press(room, sitting.row.form).page(sitting.row.number, sitting.row.name))
        return made

    def _press(self, room: Room, form: str) -> Press:
        key = (room.row.room, form)
        if key not in self._presses:
            self._presses[key] = Press(room.sheets[form].paper, room.face)
        return self._presses[key]
