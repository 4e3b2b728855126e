"""A process that has imported everything and forks a child for each piece of work, so that no child pays for imports.

The fork server is a process of its own, because only a process with one thread can be forked safely, and the process
that renders (a command line that has read the store, a worker of a cluster) has more. A child has two pairs of sockets:
a connection for its work, and a lifeline on which the server sends its exit code. Closing the lifeline kills the child
with everything that it started. When the process that renders is gone, the fork server and all children end.

``multiprocessing`` has a fork server too; under it, work goes on after the process that renders is killed, and every
child runs the caller's script again (docs/decisions/0002-forkserver.md).
"""

import atexit
import ctypes
import gc
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from govkit.rendering.engine.framing import TASK, Connection, ConnectionClosed

Target = Callable[[socket.socket], object]
"""What a child does: a function of a module, called with the child's end of its connection."""

LOG = "GOVKIT_ENGINE_LOG"
"""Names a file for the standard error of the fork server and its children, which is dropped otherwise."""
_START = """
import json, sys
fresh = sys.path[1:]
sys.path[:] = ["", *json.loads(sys.argv[2])]
from govkit.rendering.engine.forkserver import main
main(int(sys.argv[1]), fresh)
"""
_SETTINGS = "GOVKIT_"
"""How the names of the environment variables begin that govkit's own modules read."""
_GRAMMARS = "rfc3987_syntax"
_FORK, _CALL = "fork", "call"
_REQUEST_BYTES = 4096
_PR_SET_PDEATHSIG = 1
_CLOSE_SECONDS = 10


def can_fork() -> bool:
    """Return whether reports are made in forks here; ``GOVKIT_ENGINE=pool`` does without, as Windows must."""
    return hasattr(os, "fork") and os.environ.get("GOVKIT_ENGINE") != "pool"


class Child:
    """A child of the fork server, seen from the process that asked for it."""

    def __init__(self, connection: Connection, lifeline: socket.socket) -> None:
        self.connection = connection
        self._lifeline = lifeline

    def end(self) -> int | None:
        """Kill the child with everything it started, unless it has ended, and return its exit code.

        The code is negative for a signal; None means that the fork server is dead and nobody knows.
        """
        code = b""
        with suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_WR)
            while received := self._lifeline.recv(16):
                code += received
        self._lifeline.close()
        return int(code) if code else None

    def wait(self, seconds: float) -> None:
        """Wait until the child has ended, but no longer than so many seconds."""
        select.select([self._lifeline], [], [], seconds)

    def close(self) -> None:
        """Have the child killed, unless it has ended, without waiting for it."""
        self.connection.close()
        self._lifeline.close()


class ForkServer:
    """The handle of a fork server; safe from several threads.

    :param preload: a function of a module that imports what the children need; the server calls it first.
    """

    def __init__(self, preload: Callable[[], object] | None = None) -> None:
        ours, theirs = socket.socketpair()
        with Path(os.environ.get(LOG, os.devnull)).open("ab") as log, theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(_places())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env=_environment(),
            )
        self.environment = dict(os.environ)
        self._control = ours
        self._requesting, self._sharing = threading.Lock(), threading.Lock()
        self._has_forked = self._is_lost = False
        self._shared: set[bytes] = set()
        if preload:
            with suppress(ConnectionClosed):  # the first child that is asked for will tell
                self._call(preload)

    @property
    def pid(self) -> int:
        """The process id of the fork server."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Return whether the fork server still runs, as far as is known."""
        return not self._is_lost and self._process.poll() is None

    def mark_lost(self) -> None:
        """Record that the fork server hung up: it is about to end, though the system may not say so yet."""
        self._is_lost = True

    def fork(self, target: Target) -> Child:
        """Fork a child that calls ``target`` with its end of a connection, and return its handle.

        :raises ConnectionClosed: the fork server is dead.
        """
        self._has_forked = True
        return self._request(_FORK, target)

    def share(self, load: Callable[[], Any], receive: Callable[[Any], object]) -> None:
        """Have ``receive(load())`` called in the fork server, once, so that every later child has its effect.

        ``load`` runs in this process, which may have read it already while the server still imports. If it fails,
        nothing is shared, and each child meets the same error in its own report.

        :param load: a function of a module, or a ``functools.partial`` of one; it is shared once by what it pickles to.
        :raises ConnectionClosed: the fork server is dead.
        """
        key = pickle.dumps((load, receive))
        with self._sharing:
            if key in self._shared:
                return
            self._shared.add(key)
            try:
                value = load()
            except Exception:
                return
            self._call(receive, value)

    def close(self) -> None:
        """End the fork server and everything that it started."""
        self._control.close()
        if not self._has_forked:
            self._process.kill()  # it may still import, and does not look at its socket meanwhile
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        """Have a function called in the server itself before it forks the next child."""
        called = self._request(_CALL, _call_received)
        try:
            called.connection.send(TASK, [pickle.dumps((function, arguments), 5)])
        finally:
            called.close()

    def _request(self, kind: str, target: Target) -> Child:
        (work, their_work), (lifeline, their_lifeline) = socket.socketpair(), socket.socketpair()
        try:
            with self._requesting, their_work, their_lifeline:
                request = pickle.dumps((kind, target))
                socket.send_fds(self._control, [request], [their_work.fileno(), their_lifeline.fileno()])
        except OSError as error:
            work.close()
            lifeline.close()
            raise ConnectionClosed from error
        return Child(Connection(work), lifeline)


def _environment() -> dict[str, str]:
    """Return the server's environment: this one, with one thread for numeric work.

    The children share the cores, and a library that starts threads when it is imported cannot be forked safely.
    """
    return {"OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", **os.environ}


def _places() -> list[str]:
    """Return where this process imports from, for the server to do the same."""
    return [path for path in sys.path if path]


def fork_server(preload: Callable[[], object] | None = None) -> ForkServer:
    """Return this process's fork server, started if there is none or it died.

    What a server has read, such as rules and places, every child of it has. So there is one for each state of govkit's
    settings: who changes ``GOVKIT_RULES`` gets children that know the new rules.

    :param preload: as for :class:`ForkServer`; a server that runs already does not call it.
    """
    settings = tuple(sorted(item for item in os.environ.items() if item[0].startswith(_SETTINGS)))
    with _starting:
        server = _servers.get(settings)
        if server is None or not server.is_alive:
            server = _servers[settings] = ForkServer(preload)
        return server


def close_fork_server() -> None:
    """End this process's fork servers, with everything they started."""
    with _starting:
        for server in _servers.values():
            server.close()
        _servers.clear()


_servers: dict[tuple[tuple[str, str], ...], ForkServer] = {}
_starting = threading.Lock()
atexit.register(close_fork_server)


fresh_path: list[str] = []
"""In a fork server and its children: where an interpreter imports from that was just started, without its folder."""


def main(control: int, fresh: list[str]) -> None:
    """Run a fork server on a socket, given by its number, until the other end closes."""
    global _log  # noqa: PLW0603
    _log = os.dup(2)
    fresh_path[:] = fresh
    os.environ["PYTHONPATH"] = os.pathsep.join(_places())
    import_jsonschema()
    _Server(socket.socket(fileno=control)).run()


def import_jsonschema() -> None:
    """Import jsonschema, which nbformat and papermill import, without its optional check of IRIs.

    That check builds 39 grammars when it is imported, which takes longer than everything else a command imports; no
    notebook's schema asks for it. The package can still be imported afterwards.
    """
    if "jsonschema" in sys.modules or _GRAMMARS in sys.modules:
        return
    sys.modules[_GRAMMARS] = None  # type: ignore[assignment]
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMARS]


_log = 2


def log_exception() -> None:
    """Write the current exception to the fork server's log, even if this process has caught its own streams."""
    os.write(_log, traceback.format_exc().encode())


def die_with_parent() -> None:
    """Have the system kill this process when its parent ends, where it can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Ends(NamedTuple):
    """The server's copies of a child's sockets."""

    work: socket.socket
    lifeline: socket.socket

    def close(self) -> None:
        self.work.close()
        self.lifeline.close()


class _Server:
    """The fork server itself and its children."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, _Ends] = {}
        self.poll = select.poll()
        self.awake, wake = os.pipe()
        for descriptor in (self.awake, wake):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_called: None)
        self.poll.register(self.control, select.POLLIN)
        self.poll.register(self.awake, select.POLLIN)

    def run(self) -> None:
        while True:
            ready = {descriptor for descriptor, _event in self.poll.poll()}
            self._kill_abandoned(ready)
            if self.awake in ready:
                os.read(self.awake, 4096)
                self._bury()
            if self.control.fileno() in ready and not self._take():
                break
        for child in self.children:
            _kill(child)

    def _take(self) -> bool:
        """Serve the next request; False when the process that asks is gone."""
        try:
            data, descriptors, _flags, _address = socket.recv_fds(self.control, _REQUEST_BYTES, len(_Ends._fields))
        except OSError:
            return False
        if not data:
            return False
        ends = _Ends(*(socket.socket(fileno=descriptor) for descriptor in descriptors))
        kind, target = pickle.loads(data)  # noqa: S301 (sent by the process that started this one)
        if kind == _CALL:
            self._call(target, ends)
        else:
            self._fork(target, ends)
        return True

    def _call(self, target: Target, ends: _Ends) -> None:
        with closing(ends):
            try:
                target(ends.work)
            except Exception:  # each child meets the same error in its own report
                log_exception()
        gc.collect()
        gc.freeze()  # so that the children's garbage collectors leave the shared pages alone

    def _fork(self, target: Target, ends: _Ends) -> None:
        child = os.fork()
        if child == 0:
            self._detach()
            ends.lifeline.close()
            _be_child(lambda: target(ends.work))
        with suppress(OSError):  # the child does the same, and either may come first
            os.setpgid(child, child)
        self.children[child] = ends
        self.poll.register(ends.lifeline, select.POLLIN)

    def _detach(self) -> None:
        """Let go, in a child, of what belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.control.close()
        for other in self.children.values():
            other.close()

    def _kill_abandoned(self, ready: set[int]) -> None:
        """Kill the children whose lifeline was closed at the other end."""
        for child, ends in self.children.items():
            if ends.lifeline.fileno() in ready:
                self.poll.unregister(ends.lifeline)
                _kill(child)

    def _bury(self) -> None:
        """Report the exit code of each child that ended, and kill what it left running."""
        for child in list(self.children):
            gone, status = os.waitpid(child, os.WNOHANG)
            if gone:
                _kill(child)
                ends = self.children.pop(child)
                with suppress(KeyError):  # abandoned before it ended
                    self.poll.unregister(ends.lifeline)
                with suppress(OSError):
                    ends.lifeline.sendall(str(os.waitstatus_to_exitcode(status)).encode())
                with suppress(OSError):  # what the child started may hold a copy, which must keep nobody waiting
                    ends.work.shutdown(socket.SHUT_RDWR)
                ends.close()


def _call_received(end: socket.socket) -> None:
    """Call the function that arrives on the connection."""
    function, arguments = pickle.loads(Connection(end).receive(TASK)[0])  # noqa: S301 (as in _take)
    function(*arguments)


def _be_child(work: Callable[[], object]) -> NoReturn:
    """Do the work and end the process; nothing of the server goes on in the child."""
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        work()
        code = 0
    except BaseException:
        log_exception()
    finally:
        os._exit(code)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
