"""Limits on slow clients: enough time for weak Wi-Fi, not enough to hold connections open as an attack.

uvicorn waits without limit for the rest of a request. Here each connection records since when the client owes data, and
one check a second closes those that are overdue, without a timer for each request.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn import Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 15.0
"""Time for the head of a request, and for the first one after connecting."""

REST_SECONDS = 60.0
"""Time for the body, and for receiving the reply."""

MAX_HEAD = 32 << 10

WHOLE_REPLY = "govkit.whole_reply"
"""The scope extension that sends a whole reply, head and body, in one write.

uvicorn matches every header of every reply against two patterns and writes head and body separately, which takes a
third of the time of a small reply.
"""


class TimeoutProtocol(HttpToolsProtocol):
    """HTTP/1.1 with time limits. ``owes`` is what the client must send or receive next, ``since`` when that began."""

    owes = "head"
    since = 0.0
    head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for a request."""
        super().connection_made(transport)
        self.since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Parse data; close the connection when the head grows too large."""
        super().data_received(data)
        if self.owes == "head":
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Start waiting for the rest of the head."""
        super().on_message_begin()
        self.owes, self.since, self.head_bytes = "head", self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """Start waiting for the body, and for the client to receive the reply."""
        super().on_headers_complete()
        self.owes = "rest"
        if not self.flow.write_paused and self.cycle.scope["method"] != "HEAD":
            self.scope["extensions"] = {WHOLE_REPLY: partial(_send_whole, self.cycle)}  # type: ignore[dict-item]

    def on_response_complete(self) -> None:
        """Stop waiting; uvicorn closes idle connections itself."""
        super().on_response_complete()
        if self.owes == "rest":
            self.owes = ""

    def overdue(self, now: float) -> bool:
        """Return whether the client is over its time limit."""
        return bool(self.owes) and now - self.since > (HEAD_SECONDS if self.owes == "head" else REST_SECONDS)


def _send_whole(cycle: RequestResponseCycle, head: bytes, body: bytes) -> None:
    """Send a reply; ``head`` is the status line and headers without the final empty line."""
    if cycle.disconnected:
        return
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"".join((head, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


async def close_overdue(server: Server) -> None:
    """Close overdue connections, once a second."""
    while True:
        await asyncio.sleep(1)
        now = asyncio.get_running_loop().time()
        connections: Any = list(server.server_state.connections)
        for connection in connections:
            if connection.overdue(now):
                connection.transport.abort()
