"""The kernel that runs a notebook's cells: IPython's own, prepared before a fork and served over a socket after it.

Everything that speaks to the outside (streams, sockets, event loop, threads) is made in the process that serves; what
is made before, by :func:`prepared`, starts no thread and opens no port.
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
from types import SimpleNamespace
from typing import Any

from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait
from traitlets.config import Config
from zmq import Frame

from govkit.rendering.engine.client import IOPUB, KEY, SHELL
from govkit.rendering.engine.framing import Closed, Wire

_INLINE = "module://matplotlib_inline.backend_inline"


class WarmKernel(IPythonKernel):
    """An IPython kernel whose channels are a wire."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False

    def serve_on(self, wire: Wire) -> None:
        """Send replies and outputs over ``wire`` from now on, and catch what this process prints."""
        publisher = _Publisher(wire)
        self.session.pid = os.getpid()  # type: ignore[union-attr]
        self.shell_stream = _Channel(wire, SHELL)
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        self.iopub_thread, self.iopub_socket = publisher, publisher
        self.shell.displayhook.pub_socket = publisher  # type: ignore[union-attr]
        self.shell.display_pub.pub_socket = publisher  # type: ignore[union-attr]
        sys.stdout, sys.stderr = (_Stream(self.session, publisher, name, watchfd="force") for name in _STREAMS)
        self._stdout, self._stderr = sys.stdout, sys.stderr

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Keep going: the client sends a cell only after the answer to the one before."""


_STREAMS = ("stdout", "stderr")


def prepared() -> WarmKernel:
    """Return this process's kernel, made if it is not there yet; imports what IPython needs, starts no thread."""
    os.environ.setdefault("MPLBACKEND", _INLINE)
    config = Config({"HistoryManager": {"enabled": False}})
    kernel: WarmKernel = WarmKernel.instance(session=Session(key=KEY), config=config, log=logging.getLogger(__name__))
    IPKernelApp.instance(kernel=kernel)  # where %matplotlib looks for it
    return kernel


def serve(end: socket.socket, memory: int = 0) -> None:
    """Serve the prepared kernel over a socket until the other end closes; for a process that ends afterwards.

    ``memory`` caps the address space in bytes (0: no cap); a cell that wants more gets a MemoryError.
    """
    kernel = prepared()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernel itself listens to it while a cell runs
    _limit(memory)
    _reseed()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    answering = loop.create_task(_answer(kernel, Wire(end)))
    answering.add_done_callback(lambda _done: loop.stop())
    loop.run_forever()  # until the other end closes, or a cell calls exit(), which stops the loop
    if answering.done() and not isinstance(answering.exception(), Closed):
        answering.result()


async def _answer(kernel: WarmKernel, wire: Wire) -> None:
    kernel.io_loop = IOLoop.current()
    kernel.serve_on(wire)
    while True:
        parts = await wire.get(SHELL)
        await kernel.dispatch_shell([Frame(part) for part in parts])


def _limit(memory: int) -> None:
    if memory:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _reseed() -> None:
    """Give the process randomness of its own; numpy alone does not do it after a fork."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


class _Channel:
    """What the kernel takes for a socket: messages sent to it go over the wire."""

    def __init__(self, wire: Wire, channel: bytes) -> None:
        self.wire, self.channel = wire, channel

    def send_multipart(self, parts: Iterable[Any], *_args: Any, **_options: Any) -> None:
        try:
            self.wire.send(self.channel, parts)
        except Closed:  # nobody reads this report any more
            os._exit(1)

    def flush(self, *_args: Any) -> None:
        """Do nothing: what was sent is sent."""


class _Publisher(_Channel, IOPubThread):
    """What the kernel and its streams take for the thread that publishes outputs: publishes at once, without one."""

    thread = None  # type: ignore[assignment]

    def __init__(self, wire: Wire) -> None:
        _Channel.__init__(self, wire, IOPUB)
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
