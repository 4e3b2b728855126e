"""A kernel made before a fork and served after it, and the client and manager by which nbclient reaches it.

The kernel is IPython's own. What it needs to speak to the outside (streams, sockets, event loop, threads) is made in
the process that serves; :func:`prepare_kernel`, which runs before the fork, starts no thread and opens no port.
"""

import asyncio
import logging
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NoReturn, Protocol

from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.client import KernelClient
from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait
from traitlets.config import Config
from zmq import Frame

from govkit.rendering.engine.forkserver import die_with_parent, log_exception
from govkit.rendering.engine.framing import IOPUB, SHELL, Connection, ConnectionClosed

_KEY = b"a pair of sockets that nobody else can reach"
"""Jupyter warns of unsigned messages; these need no secret, so the key is none."""
_INLINE = "module://matplotlib_inline.backend_inline"
_STREAMS = ("stdout", "stderr")


class WarmKernel(IPythonKernel):
    """An IPython kernel whose channels are those of a connection."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False

    def serve_on(self, connection: Connection) -> None:
        """Send replies and outputs over ``connection`` from now on, and catch what this process prints."""
        publisher = _Publisher(connection)
        self.session.pid = os.getpid()  # type: ignore[union-attr]
        self.shell_stream = _Sender(connection, SHELL)
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        self.iopub_thread, self.iopub_socket = publisher, publisher
        self.shell.displayhook.pub_socket = publisher  # type: ignore[union-attr]
        self.shell.display_pub.pub_socket = publisher  # type: ignore[union-attr]
        sys.stdout, sys.stderr = (_Stream(self.session, publisher, name, watchfd="force") for name in _STREAMS)
        self._stdout, self._stderr = sys.stdout, sys.stderr

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Do nothing after an error: the client sends a cell only after the reply to the one before."""


def prepare_kernel() -> WarmKernel:
    """Return this process's kernel, made at the first call; imports what IPython needs, starts no thread."""
    os.environ.setdefault("MPLBACKEND", _INLINE)
    config = Config({"HistoryManager": {"enabled": False}})
    kernel: WarmKernel = WarmKernel.instance(session=Session(key=_KEY), config=config, log=logging.getLogger(__name__))
    IPKernelApp.instance(kernel=kernel)  # where %matplotlib looks for it
    return kernel


def serve_kernel(end: socket.socket, memory: int = 0) -> None:
    """Serve the prepared kernel over a socket until the other end closes; for a process that ends afterwards.

    :param memory: a cap on the address space in bytes (0: none); a cell that wants more gets a MemoryError.
    """
    kernel = prepare_kernel()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernel itself listens to it while a cell runs
    _limit(memory)
    _reseed()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    answering = loop.create_task(_answer(kernel, Connection(end)))
    answering.add_done_callback(lambda _done: loop.stop())
    loop.run_forever()  # until the other end closes, or a cell calls exit(), which stops the loop
    if answering.done() and not isinstance(answering.exception(), ConnectionClosed):
        answering.result()


async def _answer(kernel: WarmKernel, connection: Connection) -> None:
    kernel.io_loop = IOLoop.current()
    kernel.serve_on(connection)
    while True:
        parts = await connection.get(SHELL)
        await kernel.dispatch_shell([Frame(part) for part in parts])


def _limit(memory: int) -> None:
    if memory:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _reseed() -> None:
    """Give the process randomness of its own, which numpy and ``random`` do not do after a fork."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


class _Sender:
    """What the kernel takes for a socket: messages sent to it go to a channel of the connection."""

    def __init__(self, connection: Connection, channel: bytes) -> None:
        self.connection, self.channel = connection, channel

    def send_multipart(self, parts: Iterable[Any], *_args: Any, **_options: Any) -> None:
        try:
            self.connection.send(self.channel, parts)
        except ConnectionClosed:  # nobody reads this report any more
            os._exit(1)

    def flush(self, *_args: Any) -> None:
        """Do nothing: messages are sent at once."""


class _Publisher(_Sender, IOPubThread):
    """What the kernel and its streams take for the thread that publishes outputs: publishes at once, without one."""

    thread = None  # type: ignore[assignment]

    def __init__(self, connection: Connection) -> None:
        _Sender.__init__(self, connection, IOPUB)
        self.io_loop = _Timers()  # type: ignore[assignment]

    def schedule(self, call: Callable[[], object]) -> None:
        call()


class _Timers:
    """What a stream takes for an event loop: calls a function later, from a thread of its own."""

    def call_later(self, seconds: float, call: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, call)
        timer.daemon = True
        timer.start()


class _Stream(OutStream):
    """A standard stream whose text is published in the order it was written."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._publishing = threading.RLock()
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]

    def _flush(self) -> None:
        with self._publishing:
            super()._flush()  # type: ignore[no-untyped-call]


class KernelProcess(Protocol):
    """The process in which a kernel is served."""

    def interrupt(self) -> None:
        """Interrupt the running cell."""

    def end(self) -> int | None:
        """Kill the process unless it has ended; return its exit code, negative for a signal, None if unknown."""


class WarmManager:
    """A kernel that is served already, as nbclient knows a kernel manager."""

    has_kernel = True
    ipykernel = True

    def __init__(self, connection: Connection, process: KernelProcess) -> None:
        self.connection, self.process = connection, process
        self._codes: list[int | None] = []

    def client(self, **_options: Any) -> "WarmClient":
        """Return the client of this kernel."""
        return WarmClient(self.connection)

    def is_alive(self) -> bool:
        """Return whether the kernel can still answer."""
        return not self.connection.closed

    def interrupt_kernel(self) -> None:
        """Interrupt the running cell."""
        self.process.interrupt()

    def shutdown_kernel(self, now: bool = False) -> int | None:  # noqa: ARG002 (nbclient's call)
        """End the kernel; return its exit code, negative for a signal, its own if it had ended before."""
        if not self._codes:
            self._codes.append(self.process.end())
            self.connection.close()
        return self._codes[0]

    def cleanup_resources(self) -> None:
        """Do nothing: a kernel without ports leaves no files behind."""


class WarmClient(KernelClient):
    """A client that reaches its kernel over a connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(session=Session(key=_KEY))
        self.connection = connection
        self._shell_channel = _ClientChannel(connection, self.session, SHELL)
        self._iopub_channel = _IopubChannel(connection, self.session, IOPUB)
        self._stdin_channel = self._control_channel = self._hb_channel = self._shell_channel

    shell_channel = property(lambda self: self._shell_channel)
    iopub_channel = property(lambda self: self._iopub_channel)
    stdin_channel = control_channel = hb_channel = shell_channel

    def start_channels(self, *_args: Any, **_options: Any) -> None:
        """Do nothing: the connection is open."""

    def stop_channels(self) -> None:
        """Do nothing: the manager closes the connection."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return at once: the kernel was prepared before its process existed."""

    def is_alive(self) -> bool:
        """Return whether the kernel can still answer."""
        return not self.connection.closed


class _ClientChannel:
    def __init__(self, connection: Connection, session: Session, channel: bytes) -> None:
        self.connection, self.session, self.channel = connection, session, channel

    def send(self, message: dict[str, Any]) -> None:
        try:
            self.connection.send(self.channel, self.session.serialize(message))
        except ConnectionClosed as error:
            raise DeadKernelError("Kernel died") from error

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            parts = await self.connection.get(self.channel, timeout)
        except ConnectionClosed as error:
            raise DeadKernelError("Kernel died") from error
        _identities, frames = self.session.feed_identities(parts)
        message: dict[str, Any] = self.session.deserialize(frames)
        return message


class _IopubChannel(_ClientChannel):
    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        try:
            return await super().get_msg(timeout)
        except DeadKernelError:  # nbclient learns it from the shell channel, and cancels what waits here
            await asyncio.get_running_loop().create_future()
            raise


class _ForkedKernel:
    """A kernel in a child of this very process."""

    def __init__(self, child: int) -> None:
        self.child = child

    def interrupt(self) -> None:
        os.kill(self.child, signal.SIGINT)

    def end(self) -> int:
        with suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        _gone, status = os.waitpid(self.child, 0)
        return os.waitstatus_to_exitcode(status)


def fork_kernel(memory: int = 0) -> WarmManager:
    """Return a kernel in a child of this process, which must have prepared one and have no second thread.

    :param memory: as for :func:`serve_kernel`.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _be_kernel(theirs, ours, memory)
    theirs.close()
    return WarmManager(Connection(ours), _ForkedKernel(child))


def _be_kernel(end: socket.socket, other: socket.socket, memory: int) -> NoReturn:
    try:
        other.close()
        die_with_parent()
        serve_kernel(end, memory)
    except BaseException:
        log_exception()
    finally:
        os._exit(0)
