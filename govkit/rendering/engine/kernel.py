"""A kernel made before a fork and served after it, and the client and manager by which nbclient reaches it.

The kernel is IPython's own. What it needs to speak to the outside (streams, sockets, event loop, threads) is made in
the process that serves; :func:`prepare_kernel`, which runs before the fork, starts no thread and opens no port.
"""

import asyncio
import atexit
import os
import random
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, Protocol

import ipykernel_launcher
from ipykernel import iostream
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.application import BaseIPythonApplication
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
_MEMORY = ":memory:"
"""Where the history is kept, as nbclient asks of a kernel."""
_END_SECONDS = 5
"""How long a kernel may take to end, as in jupyter_client, before it is killed."""
_LOOK_SECONDS = 0.005


class WarmKernel(IPythonKernel):
    """An IPython kernel whose channels are those of a connection."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False

    def serve_on(self, connection: Connection) -> None:
        """Send replies and outputs over ``connection`` from now on, and catch what this process prints."""
        app, publisher = IPKernelApp.instance(), _Publisher(connection)
        self.session.pid = os.getpid()  # type: ignore[union-attr]
        self.shell_stream = _Sender(connection, SHELL)
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        self.iopub_thread, self.iopub_socket = publisher, publisher
        self.shell.displayhook.pub_socket = publisher  # type: ignore[union-attr]
        self.shell.display_pub.pub_socket = publisher  # type: ignore[union-attr]
        app.session, app.iopub_thread, app.iopub_socket = self.session, publisher, publisher
        app.init_io()  # type: ignore[no-untyped-call]
        app.displayhook.get_execution_count = lambda: self.execution_count
        self._stdout, self._stderr = sys.stdout, sys.stderr

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Do nothing after an error: the client sends a cell only after the reply to the one before."""


def prepare_kernel(*, users_settings: bool = False) -> WarmKernel:
    """Return this process's kernel, made at the first call; imports what IPython needs, starts no thread.

    :param users_settings: read IPython's configuration files and give the kernel the user's profile, as a kernel of
        its own process does; a report does without, so that it is the same for everyone.
    """
    if not IPKernelApp.initialized():
        _make_kernel(IPKernelApp.instance(outstream_class=f"{__name__}.{OutStream.__name__}"), users_settings)
    return WarmKernel.instance()


def _make_kernel(app: IPKernelApp, users_settings: bool) -> None:
    """Make the kernel as ipykernel's application does, but for its sockets and threads."""
    import_module("IPython.extensions.storemagic")
    os.environ.setdefault("MPLBACKEND", _INLINE)
    sys.argv = [ipykernel_launcher.__file__, "-f", _connection_file(), f"--HistoryManager.hist_file={_MEMORY}"]
    if users_settings:
        BaseIPythonApplication.initialize(app, sys.argv[1:])
    else:
        app.update_config(Config({"HistoryManager": {"hist_file": _MEMORY}, "IPKernelApp": {"connection_file": "-"}}))
    app.init_pdb()  # type: ignore[no-untyped-call]
    own = {"session": Session(key=_KEY), "log": app.log, "profile_dir": app.profile_dir, "user_ns": app.user_ns}
    app.kernel = WarmKernel.instance(parent=app, **own)
    app.init_shell()  # type: ignore[no-untyped-call]


def _connection_file() -> str:
    """Return the name that a file with the kernel's ports would have; there is none, as there are no ports."""
    return str(Path(tempfile.gettempdir()) / f"tmp{secrets.token_hex(4)}.json")


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


def end_interpreter() -> None:
    """Do what an interpreter does when it ends: wait for threads, then call what was registered with atexit."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()


async def _answer(kernel: WarmKernel, connection: Connection) -> None:
    kernel.io_loop = IOLoop.current()
    kernel.serve_on(connection)
    _settle(kernel)
    while True:
        parts = await connection.get(SHELL)
        await kernel.dispatch_shell([Frame(part) for part in parts])


def _settle(kernel: WarmKernel) -> None:
    """Do in the process that serves what depends on its folder and environment, as ipykernel's application does."""
    app, shell = IPKernelApp.instance(), kernel.shell
    shell.init_environment()  # type: ignore[union-attr]
    shell.starting_dir = str(Path.cwd())  # type: ignore[union-attr]
    shell.history_manager.dir_hist[:] = [Path.cwd()]  # type: ignore[union-attr]
    if app.profile_dir is not None:
        for step in (app.init_gui_pylab, app.init_extensions, app.init_code):
            step()  # type: ignore[no-untyped-call]


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
        threading.Thread(target=self._later, args=(seconds, call), name="Flush", daemon=True).start()

    def _later(self, seconds: float, call: Callable[[], object]) -> None:
        time.sleep(seconds)
        call()


class OutStream(iostream.OutStream):
    """A standard stream whose text is published in the order it was written."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._publishing = threading.RLock()
        super().__init__(*args, watchfd="force", **options)  # type: ignore[no-untyped-call]

    def _flush(self) -> None:
        with self._publishing:
            super()._flush()  # type: ignore[no-untyped-call]


class KernelProcess(Protocol):
    """The process in which a kernel is served."""

    def interrupt(self) -> None:
        """Interrupt the running cell."""

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended, but no longer than so many seconds."""

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

    def shutdown_kernel(self, now: bool = False) -> int | None:
        """End the kernel; return its exit code, negative for a signal, its own if it had ended before.

        :param now: kill it, without time for what its cells registered with atexit.
        """
        if not self._codes:
            if not now:
                self.connection.finish()
                self.process.wait(_END_SECONDS)
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

    def wait(self, seconds: float) -> None:
        last = time.monotonic() + seconds
        while not os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT) and time.monotonic() < last:
            time.sleep(_LOOK_SECONDS)

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
        end_interpreter()
    except BaseException:
        log_exception()
    finally:
        os._exit(0)
