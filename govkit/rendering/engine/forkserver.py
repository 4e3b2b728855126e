"""A process that has imported everything and forks a child for each piece of work, so that no child pays for imports.

The nursery is a process of its own, because a process may be forked safely only while it has one thread, and the
process that asks (a command line that has read the store, a worker of a cluster) long has more. Each piece of work
has a pair of sockets to itself: the child answers on it, the nursery adds how the child ended, and closing the other
end ends the child with everything it started. When the process that asked is gone, so is the nursery, and all of its
children.

The work is named: a function ``module:name`` that gets the child's socket.
"""

import atexit
import ctypes
import gc
import importlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from govkit.rendering.engine.framing import Closed, Wire

WORK, DONE = b"w", b"e"
_HOLD = "hold"
LOG = "GOVKIT_ENGINE_LOG"
"""Names a file for what the nursery and its children say on standard error; without it nothing is kept."""
_PR_SET_PDEATHSIG = 1
_GRACE = 10


class Nursery:
    """The handle of a nursery process; safe from several threads."""

    def __init__(self, modules: Iterable[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        start = "import sys; from govkit.rendering.engine.forkserver import main; main(int(sys.argv[1]), sys.argv[2:])"
        command = [sys.executable, "-c", start, str(theirs.fileno()), *modules]
        with Path(os.environ.get(LOG, os.devnull)).open("ab") as log, theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env=_environment(),
            )
        self._control = ours
        self._asking, self._holding = threading.Lock(), threading.Lock()
        self._asked = self._lost = False
        self._held: set[tuple[str, ...]] = set()

    @property
    def pid(self) -> int:
        """The nursery's process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Return whether the nursery still runs, as far as anybody knows."""
        return not self._lost and self._process.poll() is None

    def give_up(self) -> None:
        """Say that the nursery hung up: it is about to end, though the system may not say so yet."""
        self._lost = True

    def ask(self, work: str) -> Wire:
        """Have ``work`` done in a child of its own and return the wire to it; raises ``Closed`` if the nursery died."""
        ours, theirs = socket.socketpair()
        try:
            with self._asking, theirs:
                self._asked = True
                socket.send_fds(self._control, [work.encode()], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise Closed from error
        return Wire(ours)

    def hold(self, load: str, hold: str, arguments: Iterable[object]) -> None:
        """Have every child born from now on hold what ``load(*arguments)`` returns, given to ``hold``; done once.

        ``load`` runs in this process, which may have read it already, while the nursery still imports. If it fails
        nothing is held, and each child has to fetch for itself what it needs.
        """
        key = (load, hold, *map(str, arguments))
        with self._holding:
            if key in self._held:
                return
            self._held.add(key)
            try:
                loaded = pickle.dumps(named(load)(*arguments), 5)
            except Exception:  # every child will say what is wrong, in its own place
                return
            wire = self.ask(_HOLD)
            with suppress(Closed):
                wire.send(WORK, [hold.encode(), loaded])
                wire.receive(DONE)
            wire.close()

    def close(self) -> None:
        """End the nursery and everything that it started."""
        self._control.close()
        if not self._asked:
            self._process.kill()  # it still imports, and has started nothing
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """Return the nursery's environment: this one, the same places to import from, one thread for numeric work.

    The children share the cores among them; and a library that starts threads when it is imported had better not.
    """
    places = os.pathsep.join(path for path in sys.path if path)
    return {"OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", **os.environ, "PYTHONPATH": places}


def die_with_parent() -> None:
    """Have the system kill this process when its parent ends, where it can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def last_words() -> None:
    """Write the current exception where the nursery's errors go, even if this process caught its own streams."""
    os.write(_said, traceback.format_exc().encode())


_said = os.dup(2)


def main(control: int, modules: Iterable[str]) -> None:
    """Be a nursery: get everything ready, then fork a child for whatever is asked for."""
    asked = socket.socket(fileno=control)
    _get_ready(modules)
    _Children(asked).run()


def _get_ready(modules: Iterable[str]) -> None:
    from govkit.rendering.engine.jsonschema_lite import import_schemas

    import_schemas()
    from govkit.rendering.engine import kernel

    kernel.prepared()
    from govkit.rendering.engine.papermill_engine import runs_here

    runs_here("python3")
    for module in ("govkit.rendering.engine.running", *modules):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what every child shares is not touched by the children's garbage collector


class _Children:
    """The children of a nursery, each with the socket on which its end is told."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.ends: dict[int, socket.socket] = {}
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
            ready = dict(self.poll.poll())
            if self.control.fileno() in ready and not self._take():
                break
            self._hang_up(ready)
            if self.awake in ready:
                os.read(self.awake, 4096)
                self._bury()
        for child in self.ends:
            _kill(child)

    def _take(self) -> bool:
        """Fork a child for the next request; False when the one who asks is gone."""
        try:
            data, descriptors, _flags, _address = socket.recv_fds(self.control, 1024, 1)
        except OSError:
            return False
        if not data:
            return False
        end = socket.socket(fileno=descriptors[0])
        if data.decode() == _HOLD:
            self._hold(end)
        else:
            self._fork(data.decode(), end)
        return True

    def _fork(self, work: str, end: socket.socket) -> None:
        child = os.fork()
        if child == 0:
            self._forget()
            _be_child(lambda: named(work)(end))
        with suppress(OSError):  # the child does the same; whoever comes first
            os.setpgid(child, child)
        self.ends[child] = end
        self.poll.register(end, 0)

    def _forget(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.control.close()
        for other in self.ends.values():
            other.close()

    def _hold(self, end: socket.socket) -> None:
        """Keep here what the one who asks has loaded, say so."""
        wire = Wire(end)
        with suppress(Closed):
            hold, loaded = wire.receive(WORK)
            named(hold.decode())(pickle.loads(loaded))  # noqa: S301 (whoever started this process wrote it)
            gc.freeze()
            wire.send(DONE, [b""])
        wire.close()

    def _hang_up(self, ready: dict[int, int]) -> None:
        """Kill the children whose asker closed the wire."""
        for child, end in self.ends.items():
            if ready.get(end.fileno(), 0) & (select.POLLHUP | select.POLLERR):
                self.poll.unregister(end)
                _kill(child)

    def _bury(self) -> None:
        """Tell how each child that ended did, and end what it left running."""
        for child in list(self.ends):
            gone, status = os.waitpid(child, os.WNOHANG)
            if gone:
                end = self.ends.pop(child)
                with suppress(KeyError, ValueError):
                    self.poll.unregister(end)
                _kill(child)
                with suppress(Closed):
                    Wire(end).send(DONE, [str(os.waitstatus_to_exitcode(status)).encode()])
                end.close()


def _be_child(work: Callable[[], object]) -> NoReturn:
    """Do the work and end; nothing of the nursery goes on in the child."""
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        work()
        code = 0
    except BaseException:  # nobody else could tell
        last_words()
    finally:
        os._exit(code)


def named(work: str) -> Callable[..., Any]:
    """Return the function that ``module:name`` names."""
    module, _colon, name = work.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def forks() -> bool:
    """Return whether reports are made in forks here; ``GOVKIT_ENGINE=pool`` does without, as Windows must."""
    return hasattr(os, "fork") and os.environ.get("GOVKIT_ENGINE") != "pool"


def nursery(modules: Iterable[str] = ()) -> Nursery:
    """Return this process's nursery, started if there is none or it died; ``modules`` are imported by a new one."""
    global _nursery  # noqa: PLW0603
    with _starting:
        if _nursery is None or not _nursery.is_alive:
            _nursery = Nursery(modules)
        return _nursery


def close_nursery() -> None:
    """End this process's nursery, with everything it started."""
    global _nursery  # noqa: PLW0603
    with _starting:
        if _nursery is not None:
            _nursery.close()
        _nursery = None


def ended(wire: Wire) -> int | None:
    """Return how a nursery's child ended: its exit code, negative for a signal, None if it did not or nobody knows."""
    if not wire.closed:
        return None
    try:
        return int(wire.receive(DONE)[0])
    except Closed:
        return None


_nursery: Nursery | None = None
_starting = threading.Lock()
atexit.register(close_nursery)
