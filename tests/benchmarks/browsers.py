"""Minimal browsers, so that one core can simulate thousands of candidates: raw HTTP, one connection each."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from govkit.room.domain.sessions import csrf_of

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"set-cookie: ([\w-]+)=([^;]*)", re.IGNORECASE)


class Wire(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._buffer = bytearray()
        self._reply: asyncio.Future[tuple[int, bytes, bytes]] | None = None
        self.closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        length = _LENGTH.search(head)
        whole = end + 4 + (int(length.group(1)) if length else 0)
        if len(self._buffer) >= whole and self._reply is not None and not self._reply.done():
            self._reply.set_result((int(head[9:12]), head, bytes(self._buffer[end + 4 : whole])))
            del self._buffer[:whole]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed = True
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(ConnectionResetError())

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Send a request; return status, head and body of the reply."""
        if self.closed:
            raise ConnectionResetError
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass
class Browser:
    """A candidate's browser: cookies, the newest version of each answer, and what was acknowledged."""

    port: int
    room_id: str
    candidate: str
    pin: str
    cookies: dict[str, str] = field(default_factory=dict)
    sent: dict[tuple[str, int], str] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)
    wire: Wire | None = None
    slowest: float = 0.0

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
        """Send a request, over a new connection if there is none; return status and body."""
        began = time.perf_counter()
        if self.wire is None or self.wire.closed:
            _transport, self.wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", self.port)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip", f"Cookie: {cookies}"]
        if method == "POST":
            mark = csrf_of(self.cookies.get("room", ""))
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}", f"X-Room-CSRF: {mark}"]
        status, head, content = await self.wire.ask("\r\n".join([*lines, "", ""]).encode() + body)
        for name, value in _COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()
        self.slowest = max(self.slowest, time.perf_counter() - began)
        return status, content

    async def sign_in(self) -> None:
        """Fetch the form and send it."""
        status, _page = await self.ask("GET", f"/r/{self.room_id}/")
        assert status == 200, status
        form = urlencode({"candidate": self.candidate, "pin": self.pin, "csrf": self.cookies["room-form"]}).encode()
        status, _page = await self.ask("POST", f"/r/{self.room_id}/sign-in", form, "application/x-www-form-urlencoded")
        assert status == 303, status

    async def paper(self) -> int:
        """Fetch the paper, which contains the saved answers; return its size in bytes."""
        status, page = await self.ask("GET", f"/r/{self.room_id}/paper")
        assert status == 200, status
        return len(page)

    def packet(self, *questions: str) -> bytes:
        """Return new answers, each with the next version."""
        return json.dumps({"answers": [self._answer(question) for question in questions], "tab": "1"}).encode()

    def _answer(self, question: str) -> dict[str, Any]:
        version = self.newest[question] = self.newest.get(question, 0) + 1
        answer = f"{self.candidate} {version}" if question == "w1" else "ABCD"[(version + int(self.candidate)) % 4]
        self.sent[question, version] = answer
        return {"question": question, "answer": answer, "version": version}

    async def send(self, packet: bytes, name: str = "answers") -> int:
        """Send answers, record which are acknowledged, and return the status."""
        status, content = await self.ask("POST", f"/r/{self.room_id}/api/{name}", packet)
        if status == 200:
            for each in json.loads(content)["saved"]:
                self.saved[each["question"]] = max(each["version"], self.saved.get(each["question"], 0))
        return status

    def close(self) -> None:
        """Close the connection."""
        if self.wire is not None:
            self.wire.close()

    async def missing(self) -> list[str]:
        """Return the problems in what the room stores for this candidate."""
        told = dict(self.saved)
        status, content = await self.ask("GET", f"/r/{self.room_id}/api/state?answers=1")
        if status != 200:
            return [f"{self.candidate}: {status} {content[:80]!r}"]
        return self.wrong(told, json.loads(content).get("answers", {}))

    def wrong(self, told: dict[str, int], kept: dict[str, Any]) -> list[str]:
        """Return what was acknowledged and is not stored, and what is stored and was never sent."""
        lost = [
            f"{self.candidate}: {question} was saved at {version}, kept {kept.get(question)}"
            for question, version in told.items()
            if question not in kept or kept[question]["version"] < version
        ]
        foreign = [
            f"{self.candidate}: {question} never was {each}"
            for question, each in kept.items()
            if self.sent.get((question, each["version"])) != each["answer"]
        ]
        return lost + foreign
