"""How long the server waits for slow clients: long enough for a weak Wi-Fi, not for one who means harm.

uvicorn waits for ever for the rest of a request. Here each connection notes since when it owes something, and a look
around every second ends those that owe it too long: no timer for each request.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn import Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 15.0
"""For the head of a request, or a first one after connecting."""

REST_SECONDS = 60.0
"""For the body, and for taking the reply."""

MOST_HEAD = 32 << 10

WHOLE = "govkit.whole"
"""The extension of a scope that takes a whole reply, head and body, and sends it at once.

uvicorn looks at every header of every reply with two patterns and writes head and body apart; a third of the time of a
small reply goes into that.
"""


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to waiting."""

    owes = "head"
    since = 0.0
    head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self.since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Take in data; a head that grows too large ends the connection."""
        super().data_received(data)
        if self.owes == "head":
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Expect the rest of the head."""
        super().on_message_begin()
        self.owes, self.since, self.head_bytes = "head", self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """Expect the body, and then that the reply is taken."""
        super().on_headers_complete()
        self.owes = "rest"
        if not self.flow.write_paused and self.cycle.scope["method"] != "HEAD":
            self.scope["extensions"] = {WHOLE: partial(_send_whole, self.cycle)}  # type: ignore[dict-item]

    def on_response_complete(self) -> None:
        """Expect nothing: uvicorn ends idle connections itself."""
        super().on_response_complete()
        if self.owes == "rest":
            self.owes = ""

    def overdue(self, now: float) -> bool:
        """Tell whether the client owes something for too long."""
        return bool(self.owes) and now - self.since > (HEAD_SECONDS if self.owes == "head" else REST_SECONDS)


def _send_whole(cycle: RequestResponseCycle, head: bytes, body: bytes) -> None:
    """Send a reply; ``head`` has every line of the head, but for the empty one at its end."""
    if cycle.disconnected:
        return
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"".join((head, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


async def watch(server: Server) -> None:
    """End connections that are overdue, once a second."""
    while True:
        await asyncio.sleep(1)
        now = asyncio.get_running_loop().time()
        connections: Any = list(server.server_state.connections)
        for connection in connections:
            if connection.overdue(now):
                connection.transport.abort()
