"""What a room keeps, as rows, and what a store of rows must do.

Everything a room knows is a row of one of the tables below. Rules decide which rows a request makes; the store makes
them durable; only then are they taken into memory and acknowledged. Loading after a crash, and hearing what another
server wrote, are the same step: rows taken into memory.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol, TypeVar

MOST_DEEDS = 2000
"""How many calls of :meth:`Store.commit` one transaction takes in."""

Deed = TypeVar("Deed")


class RoomRow(NamedTuple):
    """A room. ``opened``, ``paused``, ``closed`` and ``stopped`` (the sum of pauses) are room seconds.

    ``setting`` is the JSON of a :class:`govkit.room.domain.room.Setting`; ``extra`` are seconds given to everyone.
    """

    room: str
    setting: str
    opened: float | None = None
    paused: float | None = None
    stopped: float = 0.0
    closed: float | None = None
    extra: float = 0.0


class PaperRow(NamedTuple):
    """A form of a room: the bytes of its paper, as text."""

    room: str
    form: str
    content: str


class SittingRow(NamedTuple):
    """One candidate in one room. ``pin`` is a keyed hash; ``started`` is running time, ``submitted`` room seconds."""

    room: str
    number: str
    name: str
    unit: str
    form: str
    pin: str
    extra: float = 0.0
    started: float | None = None
    submitted: float | None = None
    receipt: str = ""
    void: int = 0


class SessionRow(NamedTuple):
    """A signed-in browser, by the hash of its token. ``state`` is active, takeover, moved or out."""

    token: str
    room: str
    number: str
    state: str
    at: float


class AnswerRow(NamedTuple):
    """The newest answer saved in time."""

    room: str
    number: str
    item: str
    version: int
    answer: str
    at: float


class LateRow(NamedTuple):
    """An answer that came when none was taken any more; kept, and the trainer decides."""

    room: str
    number: str
    item: str
    version: int
    answer: str
    at: float
    reason: str


class IncidentRow(NamedTuple):
    """Something the page noticed: hidden, blur, fullscreen, offline, tabs, paste."""

    room: str
    number: str
    serial: int
    kind: str
    seconds: float
    at: float


class FeedbackRow(NamedTuple):
    """What a practice room tells about each item after closing, as JSON: item → text."""

    room: str
    content: str


class ClockRow(NamedTuple):
    """The last beat of the room clock: room seconds, the monotonic clock then, and which boot that was."""

    serial: int
    seconds: float
    monotonic: float
    boot: str


Row = RoomRow | PaperRow | SittingRow | SessionRow | AnswerRow | LateRow | IncidentRow | FeedbackRow | ClockRow


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of one kind are kept: by their first ``key`` fields.

    A row replaces the one of equal key; where ``newest`` names a field, only if that is not smaller.
    """

    name: str
    row: type[Row]
    key: int
    newest: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the row's fields."""
        return self.row._fields

    def on_conflict(self, *more: str) -> str:
        """Return the clause of an INSERT by which a row replaces the one of equal key; ``more`` are further columns."""
        key = ", ".join(self.columns[: self.key])
        changes = ", ".join(f"{name} = excluded.{name}" for name in (*self.columns[self.key :], *more))
        only = f" WHERE excluded.{self.newest} >= {self.name}.{self.newest}" if self.newest else ""
        return f"ON CONFLICT ({key}) DO UPDATE SET {changes}{only}"


TABLES: dict[type[Row], Table] = {
    table.row: table
    for table in (
        Table("clock", ClockRow, 1),
        Table("room", RoomRow, 1),
        Table("paper", PaperRow, 2),
        Table("sitting", SittingRow, 2),
        Table("session", SessionRow, 1),
        Table("answer", AnswerRow, 3, newest="version"),
        Table("late", LateRow, 4),
        Table("incident", IncidentRow, 3),
        Table("feedback", FeedbackRow, 1),
    )
}
"""All tables, in the order in which they are loaded: a room before its sittings, a sitting before its answers."""


def batches(deeds: "SimpleQueue[Deed | None]") -> Iterator[list[Deed]]:
    """Yield what a queue holds, batch after batch, up to the None in it; wait while it holds nothing."""
    while (first := deeds.get()) is not None:
        batch, ended = [first], False
        while len(batch) < MOST_DEEDS and not ended and not deeds.empty():
            deed = deeds.get()
            ended = deed is None
            if deed is not None:
                batch.append(deed)
        yield batch
        if ended:
            return


class StoreFailure(Exception):
    """Rows could not be made durable; none of them counts as kept."""


class StoreConflict(StoreFailure):
    """Another server changed what these rows were judged by: hear of it and judge again."""


class Store(Protocol):
    """Where rows are kept. All methods are called from the server's event loop."""

    def load(self) -> Iterable[Row]:
        """Return every row, in the order of :data:`TABLES`."""
        ...

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when ``rows`` are durable, all of them, or fails with :class:`StoreFailure`.

        Commits are durable in the order in which they were called.
        """
        ...

    def since(self) -> Sequence[Row]:
        """Return the rows that other servers have written since the last call, as far as they are known here."""
        ...

    def listen(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` on the running loop whenever there is something in :meth:`since`, from now on."""
        ...

    async def refresh(self) -> None:
        """Wait until :meth:`since` knows everything that other servers committed before this call.

        :raises StoreFailure: the store cannot be asked.
        """
        ...

    async def backup(self, path: Path) -> None:
        """Write a copy of everything committed so far to ``path``, while the room goes on."""
        ...

    def close(self) -> None:
        """Finish what was called and let go."""
        ...
