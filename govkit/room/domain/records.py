"""What a room stores, as rows, and what a store of rows must do.

Everything a room knows is a row of one of the tables below. The rules decide which rows a request produces; the store
makes them durable; only then are they applied to memory and acknowledged. Loading after a crash and receiving what
another server wrote are the same step: rows applied to memory.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol, TypeVar

MAX_BATCH = 2000
"""How many calls of :meth:`Store.commit` one transaction takes."""

Commit = TypeVar("Commit")


class RoomRow(NamedTuple):
    """A room. ``opened``, ``paused``, ``closed`` and ``stopped`` (the sum of pauses) are room seconds.

    ``setting`` is the JSON of a :class:`govkit.room.domain.room.Setting`; ``extra`` is seconds given to everyone.
    """

    room_id: str
    setting: str
    opened: float | None = None
    paused: float | None = None
    stopped: float = 0.0
    closed: float | None = None
    extra: float = 0.0


class PaperRow(NamedTuple):
    """A form of a room: the bytes of its paper, as text."""

    room_id: str
    form: str
    content: str


class SittingRow(NamedTuple):
    """One candidate in one room. ``candidate`` is the admission number, ``pin`` a keyed hash.

    ``started`` is running time, ``submitted`` room seconds.
    """

    room_id: str
    candidate: str
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
    room_id: str
    candidate: str
    state: str
    at: float


class AnswerRow(NamedTuple):
    """The newest answer saved in time. ``question`` is the id of a question, or of a part of a case."""

    room_id: str
    candidate: str
    question: str
    version: int
    answer: str
    at: float


class LateRow(NamedTuple):
    """An answer received when none was accepted; the trainer decides about it."""

    room_id: str
    candidate: str
    question: str
    version: int
    answer: str
    at: float
    reason: str


class IncidentRow(NamedTuple):
    """Something the page noticed: hidden, blur, fullscreen, offline, tabs, paste."""

    room_id: str
    candidate: str
    serial: int
    kind: str
    seconds: float
    at: float


class FeedbackRow(NamedTuple):
    """The feedback of a practice room after closing, as JSON: question → text."""

    room_id: str
    content: str


class ClockRow(NamedTuple):
    """The last heartbeat of the room clock: room seconds, the monotonic clock then, and the boot id."""

    serial: int
    seconds: float
    monotonic: float
    boot: str


Row = RoomRow | PaperRow | SittingRow | SessionRow | AnswerRow | LateRow | IncidentRow | FeedbackRow | ClockRow


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of one kind are stored; their first ``key`` fields are the primary key.

    A row replaces the one of equal key; where ``newest`` names a field, only if that field is not smaller.
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
        """Return the ON CONFLICT clause by which a row replaces the one of equal key; ``more`` are extra columns."""
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
"""All tables, in loading order: a room before its sittings, a sitting before its answers."""


def batches(commits: "SimpleQueue[Commit | None]") -> Iterator[list[Commit]]:
    """Yield the commits of a queue in batches until it yields None; block while it is empty."""
    while (first := commits.get()) is not None:
        batch, ended = [first], False
        while len(batch) < MAX_BATCH and not ended and not commits.empty():
            commit = commits.get()
            ended = commit is None
            if commit is not None:
                batch.append(commit)
        yield batch
        if ended:
            return


class StoreFailure(Exception):
    """Rows could not be made durable; none of them is stored."""


class StoreConflict(StoreFailure):
    """Another server changed the state these rows were decided from: read its changes and decide again."""


class Store(Protocol):
    """Where rows are stored. All methods are called from the server's event loop."""

    def load(self) -> Iterable[Row]:
        """Return every row, in the order of :data:`TABLES`."""
        ...

    def commit(self, rows: Sequence[Row]) -> "asyncio.Future[None]":
        """Return a future that is done when all ``rows`` are durable, or fails with :class:`StoreFailure`.

        Commits become durable in the order of the calls.
        """
        ...

    def changes(self) -> Sequence[Row]:
        """Return the rows received from other servers since the last call."""
        ...

    def listen(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` on the running loop whenever :meth:`changes` has something, from now on."""
        ...

    async def refresh(self) -> None:
        """Wait until :meth:`changes` includes everything that other servers committed before this call.

        :raises StoreFailure: the store cannot be read.
        """
        ...

    async def backup(self, path: Path) -> None:
        """Write a copy of everything committed so far to ``path``, while the room goes on."""
        ...

    def close(self) -> None:
        """Finish the pending commits and close."""
        ...
