"""A process that has imported everything and forks a child for each piece of work, so that no child pays for imports.

The nursery is a process of its own, because a process may be forked safely only while it has one thread, and the
process that asks (a command line that has read the store, a worker of a cluster) long has more. Each piece of work
has a pair of sockets to itself: the child answers on it, the nursery adds how the child ended, and closing the other
end ends the child with everything it started. When the process that asked is gone, so is the nursery, and all of its
children.

The work is named: a function ``module:name`` that gets the child's socket.
"""

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from govkit.reports.wire import Closed, Wire

WORK, DONE = b"w", b"e"
LOG = "GOVKIT_ENGINE_LOG"
"""Names a file for what the nursery and its children say on standard error; without it nothing is kept."""
_PR_SET_PDEATHSIG = 1
_GRACE = 10


class Nursery:
    """The handle of a nursery process; safe from several threads."""

    def __init__(self, modules: Iterable[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        start = "import sys; from govkit.reports.nursery import main; main(int(sys.argv[1]), sys.argv[2:])"
        command = [sys.executable, "-c", start, str(theirs.fileno()), *modules]
        log = Path(os.environ.get(LOG, os.devnull)).open("ab")
        self._process = subprocess.Popen(  # noqa: S603
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        log.close()
        theirs.close()
        self._control = ours
        self._asking = threading.Lock()

    @property
    def pid(self) -> int:
        """The nursery's process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Return whether the nursery still runs."""
        return self._process.poll() is None

    def ask(self, work: str) -> Wire:
        """Have ``work`` done in a child of its own and return the wire to it; raises ``Closed`` if the nursery died."""
        ours, theirs = socket.socketpair()
        try:
            with self._asking, theirs:
                socket.send_fds(self._control, [json.dumps(work).encode() + b"\n"], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise Closed from error
        return Wire(ours)

    def close(self) -> None:
        """End the nursery and everything that it started."""
        self._control.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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
    from govkit.reports import kernel

    kernel.prepared()
    for module in ("govkit.reports.engine", *modules):
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
        if json.loads(data) == WARM:
            self._warm(end)
        else:
            self._fork(json.loads(data), end)
        return True

    def _fork(self, work: str, end: socket.socket) -> None:
        child = os.fork()
        if child == 0:
            self._forget_all_but(end)
            _be_child(work, end)
        with suppress(OSError):  # the child does the same; whoever comes first
            os.setpgid(child, child)
        self.ends[child] = end
        self.poll.register(end, 0)

    def _forget_all_but(self, end: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.control.close()
        for other in self.ends.values():
            other.close()

    def _warm(self, end: socket.socket) -> None:
        """Load something in a child and hold it here, so that every later child has it."""

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


WARM = "warm"


def _be_child(work: str, end: socket.socket) -> None:
    """Do the work and end; nothing of the nursery goes on in the child."""
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        module, _colon, name = work.partition(":")
        getattr(importlib.import_module(module), name)(end)
        code = 0
    except BaseException:  # noqa: BLE001 (nobody else could tell)
        last_words()
    finally:
        os._exit(code)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)

