"""What both ports share: the rooms, the store, the clock, the secret, the rendered papers."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from govkit.room.domain.clock import HEARTBEAT_SECONDS, RoomClock
from govkit.room.domain.records import ClockRow, Row, Store, StoreConflict, StoreFailure
from govkit.room.domain.room import Room, RoomRegistry, Sitting
from govkit.room.domain.sessions import AttemptLimit, Secret
from govkit.room.http.pages import PaperRenderer
from govkit.room.http.request import CompressedPage

DATABASE_FILE = "room.sqlite"
SECRET_FILE = "room.secret"  # noqa: S105 - the name of a file
AUDIT_FILE = "room-audit.jsonl"
MAX_CONFLICTS = 5
"""How often a request is handled again because another server changed what it was decided from."""

T = TypeVar("T")


@dataclass(slots=True)
class RoomService:
    """A server's rooms and what it stores them with."""

    folder: Path
    store: Store
    registry: RoomRegistry
    clock: RoomClock
    secret: Secret
    attempts: AttemptLimit
    papers: "PaperCache"
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path, store: Store) -> "RoomService":
        """Return the service of a data folder, with everything loaded."""
        registry = RoomRegistry(store.load())
        clock = RoomClock(registry.heartbeat)
        return cls(folder, store, registry, clock, Secret(folder / SECRET_FILE), AttemptLimit(), PaperCache())

    @property
    def rooms(self) -> dict[str, Room]:
        """All rooms by id."""
        return self.registry.rooms

    def now(self) -> tuple[float, float]:
        """Return the room seconds and the wall clock (seconds since 1970)."""
        return self.clock.now(), self.clock.wall()

    async def save(self, rows: Sequence[Row]) -> None:
        """Make rows durable and apply them to memory.

        :raises StoreFailure: the store could not write them; nothing is changed then.
        """
        try:
            await self.store.commit(rows)
        except StoreFailure:
            self.registry.discard(rows)
            raise
        self.registry.apply(rows)

    def receive(self) -> None:
        """Apply what other servers wrote."""
        rows, known = self.store.changes(), set(self.rooms)
        self.registry.apply(rows)
        for row in rows:
            if isinstance(row, ClockRow):
                self.clock.follow(row)
        for room_id in set(self.rooms) - known:
            self.prerender(self.rooms[room_id])

    async def catch_up(self) -> None:
        """Apply everything that other servers have committed by now.

        :raises StoreFailure: the store cannot be read.
        """
        await self.store.refresh()
        self.receive()

    async def retried(self, handle: Callable[[], Awaitable[T]]) -> T:
        """Handle a request, and again after another server's conflicting change has been applied."""
        for _time in range(MAX_CONFLICTS):
            try:
                return await handle()
            except StoreConflict:
                await self.catch_up()
        return await handle()

    def prerender(self, room: Room) -> None:
        """Start rendering the papers of a room in the background."""
        task = asyncio.create_task(self.papers.prerender(room))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def heartbeats(self) -> None:
        """Store the room time every second, and apply what other servers wrote."""
        while True:
            with suppress(StoreFailure):
                await self.save([self.clock.heartbeat()])
            self.receive()
            await asyncio.sleep(HEARTBEAT_SECONDS)


class PaperCache:
    """The candidates' papers, rendered once and stored compressed, by room and candidate."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], CompressedPage] = {}
        self._renderers: dict[tuple[str, str], PaperRenderer] = {}

    def page(self, room: Room, sitting: Sitting, session_data: bytes, *, gzip: bool) -> bytes:
        """Return a candidate's paper with the data of the session at its end."""
        key = (room.row.room_id, sitting.row.candidate)
        page = self._pages.get(key) or self._rendered(key, room, sitting)
        tail = session_data + self._renderer(room, sitting.row.form).tail
        return page.gzip(tail) if gzip else page.plain(tail)

    def count(self, room: Room) -> int:
        """Return how many candidates' papers are rendered."""
        return sum((room.row.room_id, candidate) in self._pages for candidate in room.sittings)

    async def prerender(self, room: Room) -> None:
        """Render the papers of all candidates of a room ahead of the start, yielding to requests in between."""
        for candidate, sitting in list(room.sittings.items()):
            key = (room.row.room_id, candidate)
            if key not in self._pages and not sitting.row.void:
                self._rendered(key, room, sitting)
                await asyncio.sleep(0.001)
        gc.collect(0)  # templates leave cyclic garbage; collecting it at the start of the exam would take 50 ms

    def _rendered(self, key: tuple[str, str], room: Room, sitting: Sitting) -> CompressedPage:
        head = self._renderer(room, sitting.row.form).head(sitting.row.candidate, sitting.row.name)
        page = self._pages[key] = CompressedPage(head)
        return page

    def _renderer(self, room: Room, form: str) -> PaperRenderer:
        key = (room.row.room_id, form)
        if key not in self._renderers:
            self._renderers[key] = PaperRenderer(room.papers[form].paper, room.info)
        return self._renderers[key]
