"""The other end of a warm kernel: what nbclient takes for a kernel's manager and client."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from jupyter_client.client import KernelClient
from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError

from govkit.rendering.engine.framing import Closed, Wire

SHELL, IOPUB = b"s", b"i"
KEY = b"a pair of sockets that nobody else can reach"
"""Jupyter warns of unsigned messages; these need no secret, so the key is none."""


class WarmClient(KernelClient):
    """A client that speaks to its kernel over a wire."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(session=Session(key=KEY))
        self.wire = wire
        self._shell_channel = _Channel(wire, self.session, SHELL)
        self._iopub_channel = _Iopub(wire, self.session, IOPUB)
        self._stdin_channel = self._control_channel = self._hb_channel = self._shell_channel

    shell_channel = property(lambda self: self._shell_channel)
    iopub_channel = property(lambda self: self._iopub_channel)
    stdin_channel = control_channel = hb_channel = shell_channel

    def start_channels(self, *_args: Any, **_options: Any) -> None:
        """Do nothing: the wire is there."""

    def stop_channels(self) -> None:
        """Do nothing: the manager closes the wire."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return at once: a warm kernel is ready when it is there."""

    def is_alive(self) -> bool:
        """Return whether the kernel can still answer."""
        return not self.wire.closed


class _Channel:
    def __init__(self, wire: Wire, session: Session, letter: bytes) -> None:
        self.wire, self.session, self.letter = wire, session, letter

    def send(self, message: dict[str, Any]) -> None:
        try:
            self.wire.send(self.letter, self.session.serialize(message))
        except Closed as error:
            raise DeadKernelError("Kernel died") from error

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            parts = await self.wire.get(self.letter, timeout)
        except Closed as error:
            raise DeadKernelError("Kernel died") from error
        _identities, frames = self.session.feed_identities(parts)
        message: dict[str, Any] = self.session.deserialize(frames)
        return message


class _Iopub(_Channel):
    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            return await super().get_msg(timeout)
        except DeadKernelError:  # whoever waits for the reply is told; here nothing comes any more
            await asyncio.get_running_loop().create_future()
            raise


class WarmManager:
    """A warm kernel that is already running, as nbclient knows a kernel manager. Closing it ends the kernel."""

    has_kernel = True
    ipykernel = True

    def __init__(self, wire: Wire, interrupt: Callable[[], None], end_kernel: Callable[[], int | None]) -> None:
        self.wire = wire
        self._interrupt, self._end_kernel = interrupt, end_kernel
        self._ended: list[int | None] = []

    def client(self, **_options: Any) -> WarmClient:
        """Return the client of this kernel."""
        return WarmClient(self.wire)

    def is_alive(self) -> bool:
        """Return whether the kernel can still answer."""
        return not self.wire.closed

    def interrupt_kernel(self) -> None:
        """Interrupt the running cell."""
        self._interrupt()

    def shutdown_kernel(self, now: bool = False) -> int | None:  # noqa: ARG002 (nbclient's call)
        """End the kernel; returns its exit code if it had ended before, negative for a signal."""
        if not self._ended:
            self._ended.append(self._end_kernel())
            self.wire.close()
        return self._ended[0]

    def cleanup_resources(self) -> None:
        """Do nothing: a warm kernel leaves nothing behind."""


def forked(memory: int = 0) -> WarmManager:
    """Return a kernel in a child of this process, which must have prepared one and have no second thread."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _serve(theirs, ours, memory)
    theirs.close()

    return WarmManager(Wire(ours), lambda: os.kill(child, signal.SIGINT), lambda: _end(child))


def _end(child: int) -> int:
    """End a child that may have ended already, and return its exit code."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _gone, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _serve(end: socket.socket, other: socket.socket, memory: int) -> NoReturn:
    from govkit.rendering.engine import kernel
    from govkit.rendering.engine.forkserver import die_with_parent, last_words

    try:
        other.close()
        die_with_parent()
        kernel.serve(end, memory)
    except BaseException:  # nobody else could tell
        last_words()
    finally:
        os._exit(0)
