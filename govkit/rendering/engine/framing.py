"""Messages over a pair of connected sockets: a channel and the parts of a message, framed by their lengths.

A kernel and its client, and a worker and the batch that started it, talk like this. No other process can reach the
sockets, and no port is opened.
"""

import asyncio
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty

SHELL, IOPUB = b"s", b"i"
"""A kernel's channels: requests with their replies, and outputs."""
TASK, RESULT = b"t", b"r"
"""A worker's channels: what to do, and what came of it."""

_HEAD = struct.Struct("!cI")
_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 18


class ConnectionClosed(EOFError):
    """The other end is closed."""


class Connection:
    """One end of a connected pair of sockets. Sending is safe from several threads, receiving is for one."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self.closed = False
        self._sending = threading.Lock()
        self._unread = bytearray()
        self._received: dict[bytes, deque[list[bytes]]] = defaultdict(deque)
        self._waiting: set[asyncio.Future[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, channel: bytes, parts: Iterable[bytes]) -> None:
        """Send a message whole.

        :raises ConnectionClosed: the other end can receive nothing any more.
        """
        parts = [bytes(part) for part in parts]
        framed = [_HEAD.pack(channel, len(parts)), *(_LENGTH.pack(len(part)) + part for part in parts)]
        try:
            with self._sending:
                self.socket.sendall(b"".join(framed))
        except OSError as error:
            raise ConnectionClosed from error

    def receive(self, channel: bytes) -> list[bytes]:
        """Wait for the next message of a channel and return its parts; messages of other channels are kept.

        :raises ConnectionClosed: the other end closed before a whole message arrived.
        :raises TimeoutError: the socket has a timeout and it has passed.
        """
        while not self._received[channel]:
            if self.closed:
                raise ConnectionClosed
            self._read()
        return self._received[channel].popleft()

    async def get(self, channel: bytes, timeout: float | None = None) -> list[bytes]:
        """Return the parts of the next message of a channel; messages of other channels are kept.

        :param timeout: seconds to wait.
        :raises queue.Empty: the timeout has passed.
        :raises ConnectionClosed: as :meth:`receive`.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while not self._received[channel]:
            if self.closed:
                raise ConnectionClosed
            await self._readable(loop, deadline)
        return self._received[channel].popleft()

    def finish(self) -> None:
        """Tell the other end that nothing more comes; what it still sends can be received."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close this end and wake every task that still waits on it."""
        self._end()
        self._wake()
        self.socket.close()

    async def _readable(self, loop: asyncio.AbstractEventLoop, deadline: float | None) -> None:
        arrived = loop.create_future()
        self._loop = loop
        if not self._waiting:
            loop.add_reader(self.socket, self._read)
        self._waiting.add(arrived)
        timer = loop.call_at(deadline, _expire, arrived) if deadline is not None else None
        try:
            await arrived
        finally:
            self._waiting.discard(arrived)
            if not self._waiting and not self.closed:
                loop.remove_reader(self.socket)
            if timer:
                timer.cancel()

    def _read(self) -> None:
        try:
            chunk = self.socket.recv(_CHUNK)
        except ConnectionError:
            chunk = b""
        if not chunk:
            self._end()
        self._unread += chunk
        self._sort()
        self._wake()

    def _end(self) -> None:
        """Mark the connection closed and stop watching the socket, whose number may soon be another one's."""
        if self._waiting and self._loop and not self.closed and not self._loop.is_closed():
            self._loop.remove_reader(self.socket)
        self.closed = True

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    def _sort(self) -> None:
        """Move every message that has arrived whole to its channel."""
        start = 0
        while (found := _framed(self._unread, start)) is not None:
            channel, parts, start = found
            self._received[channel].append(parts)
        del self._unread[:start]


def _framed(data: bytearray, start: int) -> tuple[bytes, list[bytes], int] | None:
    """Return the message that begins at ``start`` and the offset of its end; None if it is not whole yet."""
    at = start + _HEAD.size
    if len(data) < at:
        return None
    channel, count = _HEAD.unpack_from(data, start)
    parts = []
    for _number in range(count):
        if len(data) < at + _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if len(data) < at + length:
            return None
        parts.append(bytes(data[at : at + length]))
        at += length
    return channel, parts, at


def _expire(arrived: "asyncio.Future[None]") -> None:
    if not arrived.done():
        arrived.set_exception(Empty())
