"""A room in this process, without sockets: seats that answer as the page does and record what was acknowledged.

The checks use only what a candidate may request: every acknowledged answer is there in its newest version, and nobody
else's. The power cuts, the full disk and the seeded bugs share them.
"""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import apsw

from govkit.room.domain.sessions import Secret, csrf_of, session_row
from govkit.room.http.app import CandidateApp
from govkit.room.http.service import DATABASE_FILE, SECRET_FILE, RoomService
from govkit.room.opening import CreatedRoom, NewRoom, create_room
from govkit.room.storage.sqlite import SqliteStore
from tests.room.serving import _kept

CHOICES = tuple(f"q{at}" for at in range(1, 11))
WRITTEN = "w1"
"""The question whose answer names its candidate."""

SEATS = 6


@dataclass
class Seat:
    """One candidate's browser: what it sent, and what was acknowledged."""

    room_id: str
    candidate: str
    sent: dict[tuple[str, int], str] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return f"token-of-{self.candidate}".ljust(43, "x")

    def packet(self, *questions: str) -> dict[str, Any]:
        """Return new answers to some questions, each with the next version."""
        return {"answers": [self._answer(question) for question in questions], "tab": "1"}

    def _answer(self, question: str) -> dict[str, Any]:
        version = self.newest[question] = self.newest.get(question, 0) + 1
        answer = f"{self.candidate} {version}" if question == WRITTEN else "ABCD"[(version + int(self.candidate)) % 4]
        self.sent[question, version] = answer
        return {"question": question, "answer": answer, "version": version}

    async def call(self, service: RoomService, name: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Call the room: POST with a body, GET without."""
        status, content = await ask(service, f"/r/{self.room_id}/api/{name}", self.token, body)
        return status, json.loads(content)

    async def save(
        self, service: RoomService, *questions: str, packet: dict[str, Any] | None = None, name: str = "answers"
    ) -> int:
        """Send answers, record what is acknowledged, and return the status."""
        status, told = await self.call(service, name, packet or self.packet(*questions))
        for each in told.get("saved", ()):
            self.saved[each["question"]] = max(each["version"], self.saved.get(each["question"], 0))
        return status

    async def missing(self, service: RoomService) -> list[str]:
        """Return the problems in what the room stores for this seat."""
        status, told = await self.call(service, "state?answers=1")
        if status != 200:
            return [f"{self.candidate} is not signed in any more"]
        kept, found = told.get("answers", {}), []
        for question, version in self.saved.items():
            if question not in kept or kept[question]["version"] < version:
                found.append(f"{self.candidate}: {question} was saved at {version}, kept {kept.get(question)}")
        for question, each in kept.items():
            if self.sent.get((question, each["version"])) != each["answer"]:
                found.append(f"{self.candidate}: {question} never was {each}")
        return found


async def ask(service: RoomService, path: str, token: str, body: Any = None) -> tuple[int, bytes]:
    """Send one request to the candidates' application; return status and body."""
    plain, _mark, query = path.partition("?")
    content = b"" if body is None else json.dumps(body).encode()
    headers = [
        (b"host", b"127.0.0.1"),
        (b"cookie", f"room={token}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"x-room-csrf", csrf_of(token).encode()),
    ]
    scope = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "path": plain,
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    async def send(message: Any) -> None:
        sent.append(message)

    await CandidateApp(service)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def open_service(folder: Path, **store: Any) -> RoomService:
    """Start a room service on a folder that may contain a room."""
    folder.mkdir(parents=True, exist_ok=True)
    return RoomService.of(folder, SqliteStore(folder / DATABASE_FILE, **store))


def close_service(service: RoomService) -> None:
    """Close the files, also on a failed disk."""
    with suppress(apsw.Error):
        service.store.close()


@cache
def _made() -> tuple[CreatedRoom, bytes]:
    exam = _kept(SEATS, 10)
    secret = Secret(exam / SECRET_FILE)
    return create_room(NewRoom(str(exam)), secret), (exam / SECRET_FILE).read_bytes()


async def seated(service: RoomService) -> list[Seat]:
    """Create a room, open it, sign everybody in."""
    made, _secret = _made()
    await service.save(made.rows)
    room = service.registry.rooms[made.room_id]
    await service.save([room.row._replace(opened=service.clock.now())])
    seats = [Seat(made.room_id, number) for number in room.sittings]
    await service.save([session_row(seat.token, made.room_id, seat.candidate, "active", 0.0) for seat in seats])
    return seats


def new_folder(folder: Path) -> Path:
    """Create a data folder with the secret of the room that all tests share."""
    folder.mkdir(parents=True)
    (folder / SECRET_FILE).write_bytes(_made()[1])
    return folder


async def answering(
    service: RoomService, seat: Seat, chance: random.Random, gone: Callable[[], bool], most: int = 1000
) -> None:
    """Save as a page does until the disk fails: a refused packet is sent again, sometimes twice."""
    for _ in range(most):
        packet = seat.packet(*chance.sample(CHOICES, chance.randint(1, 3)), WRITTEN)
        twice = chance.random() < 0.2
        while not gone():
            calls = [seat.save(service, packet=packet) for _ in range(1 + twice)]
            statuses = await asyncio.gather(*calls)
            if statuses == [200] * len(calls):
                break
        if gone():
            return


async def all_missing(service: RoomService, seats: list[Seat]) -> list[str]:
    """Return the problems of all seats together."""
    return [each for seat in seats for each in await seat.missing(service)]


def integrity(path: Path) -> str:
    """Return SQLite's integrity check of a file, "ok" without problems."""
    connection = apsw.Connection(str(path))
    try:
        return str(connection.execute("PRAGMA integrity_check").get)
    except apsw.Error as error:
        return str(error)
    finally:
        connection.close()
