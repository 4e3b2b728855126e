"""A child process with capped memory and time, in which untrusted files are read.

A crash, an endless loop or a decompression bomb ends the child; its parent gets a :class:`Died` and starts another for
the next call. The child lives as long as its parent, since it takes half a second to import what reads files. It is no
sandbox: it has its parent's rights, so what it returns is as trusted as any other result of ours, and may be a pickle.
"""

import atexit
import io
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal, NoReturn, cast

from govkit.core.errors import GovkitError, InputError, InternalError, UsageError

MEMORY = 2**30
"""Bytes that one call may take beyond what the child's libraries need."""
SECONDS = 30
"""Processor seconds of one call; three times as long by the clock, for a disk or a machine that is busy."""
MAX_REPLY = 4 * 2**30
_MOST_PARTS = 100_000
_SPENT = 300 * 2**20
"""Bytes that the child may hold between two calls; beyond them the next call gets a new child."""
_LENGTH = struct.Struct("<Q")
_TAKEN = b"+"
_START = (
    "import sys; sys.path[:0] = [p for p in sys.argv[1].splitlines() if p not in sys.path];"
    "from govkit.core.capped import serve; serve()"
)
_THRIFTY = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}
"""Settings under which libraries do not reserve address space that they never use."""
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"cannot allocate memory", b"out of memory")

Reason = Literal["memory", "time", "crash"]


class Died(Exception):
    """The child ended, or gave up, before it had an answer.

    :ivar reason: the cap that it ran into, or ``crash`` for anything else.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def call(function: Callable[..., Any], *arguments: object, memory: int = MEMORY, seconds: int = SECONDS) -> Any:
    """Run a function of a module in the child and return its result.

    :param function: a function that a module defines; arguments and result can be pickled.
    :param memory: bytes of address space that it may take, where the system can limit them (not on Windows).
    :param seconds: processor seconds that it may take.
    :raises GovkitError: the function raised it.
    :raises Died: the child ended, ran into a cap, or the function raised anything else.

    >>> call(divmod, 7, 2)
    (3, 1)
    """
    with _LOCK:
        kind, value, spent = _asked((function, arguments, memory, seconds), seconds * 3)
        if spent:
            _running().end()
    if kind == "value":
        return value
    if kind == "problems":
        name, problems = value
        raise next(error for error in (InputError, UsageError, InternalError) if error.__name__ == name)(problems)
    raise Died(value)


def _asked(question: object, seconds: float) -> Any:
    """Return the child's answer; a child that ended before it took the question, idle, is replaced once."""
    for chance in (1, 2):
        child = _running()
        try:
            return child.ask(question, seconds)
        except _Untaken:
            child.end()
            if chance == 2:
                raise Died("crash") from None
        except BaseException:
            child.end()
            raise
    raise AssertionError


class _Untaken(Exception):
    """The child ended before it took the question."""


def start() -> None:
    """Start the child, so that it imports its libraries while the caller imports its own."""
    with _LOCK:
        _running()


class _Child:
    """The child as its parent sees it: pipes for questions and answers, a file for its last words."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        path = "\n".join(str(Path(entry).resolve()) for entry in sys.path if entry)
        self.process = subprocess.Popen(  # noqa: S603 - a fixed command
            [sys.executable, "-P", "-c", _START, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            env=os.environ | _THRIFTY,
        )

    def ask(self, question: object, seconds: float) -> Any:
        """Return the child's answer; raise Died where it gives none."""
        late = threading.Event()
        timer = threading.Timer(seconds, self._kill, [late])
        timer.daemon = True
        timer.start()
        try:
            assert self.process.stdin  # noqa: S101 - it is a pipe
            assert self.process.stdout  # noqa: S101 - it is a pipe
            try:
                _send(self.process.stdin, question)
                taken = self.process.stdout.read(1)
            except BrokenPipeError:
                taken = b""
            if not taken:
                raise _Untaken
            return _received(self.process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError, struct.error):
            raise Died(self._reason(late.is_set())) from None
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kill the child and close what was its."""
        global _child  # noqa: PLW0603 - there is one child a process
        _child = None if _child is self else _child
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.said):
            with suppress(OSError):
                stream.close() if stream else None

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def _kill(self, late: threading.Event) -> None:
        late.set()
        self.process.kill()

    def _reason(self, late: bool) -> Reason:
        self.process.kill()
        code = self.process.wait()
        if late or code == -getattr(signal, "SIGXCPU", 0):
            return "time"
        self.said.seek(max(0, self.said.seek(0, os.SEEK_END) - 4096))
        words = self.said.read()
        return "memory" if any(sign in words for sign in _OUT_OF_MEMORY) else "crash"


_LOCK = threading.Lock()
_child: _Child | None = None


def _running() -> _Child:
    global _child  # noqa: PLW0603 - there is one child a process
    if _child is None or not _child.alive():
        if _child is not None:
            _child.end()
        _child = _Child()
    return _child


@atexit.register
def _end() -> None:
    if _child is not None and _child.owner == os.getpid():
        _child.end()


def _send(stream: IO[bytes], message: object) -> None:
    _write(stream, _packed(message))


def _packed(message: object) -> list[memoryview]:
    """Return a message's pickle, and behind it the large buffers that the pickle refers to, which are not copied."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    return [memoryview(content), *(buffer.raw() for buffer in buffers)]


def _write(stream: IO[bytes], parts: list[memoryview]) -> None:
    stream.write(_LENGTH.pack(len(parts)))
    stream.write(b"".join(_LENGTH.pack(part.nbytes) for part in parts))
    for part in parts:
        stream.write(part)
    stream.flush()


def _received(stream: IO[bytes]) -> Any:
    """Return the next message; raise EOFError where there is none, or where it is larger than any of ours."""
    count = _LENGTH.unpack(stream.read(_LENGTH.size) or _no_more())[0]
    if count > _MOST_PARTS:
        raise EOFError
    sizes = struct.unpack(f"<{count}Q", _exactly(stream, count * _LENGTH.size))
    if sum(sizes) > MAX_REPLY:
        raise EOFError
    content, *buffers = (_exactly(stream, size) for size in sizes)
    return pickle.loads(content, buffers=buffers)  # noqa: S301 - from our own process, which has our rights


def _exactly(stream: IO[bytes], size: int) -> bytearray:
    content = bytearray(size)
    left = memoryview(content)
    while left:
        read = cast(io.BufferedReader, stream).readinto(left)
        if not read:
            raise EOFError
        left = left[read:]
    return content


def _no_more() -> NoReturn:
    raise EOFError


# --- in the child ----------------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer calls until standard input ends; anything that a library prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError):
        while True:
            function, arguments, memory, seconds = _received(sys.stdin.buffer)
            answers.write(_TAKEN)
            answers.flush()
            kind, value = _answer(function, arguments, memory, seconds)
            _uncap()
            parts = _packed((kind, value, _resident() > _SPENT))
            del value  # the parts hold a copy of large tables: both, beside the parent's own, would be too much
            _write(answers, parts)
            del parts


def _answer(function: Callable[..., Any], arguments: tuple[object, ...], memory: int, seconds: int) -> tuple[str, Any]:
    try:
        _cap(memory, seconds)
        return "value", function(*arguments)
    except GovkitError as error:
        return "problems", (type(error).__name__, error.problems)
    except MemoryError:
        return "died", "memory"
    except Exception as error:
        words = str(error).lower().encode(errors="replace")
        return "died", "memory" if any(sign in words for sign in _OUT_OF_MEMORY) else "crash"


def _cap(memory: int, seconds: int) -> None:
    """Cap this process's address space and processor time from here on, where the system allows it."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    for kind, limit in ((resource.RLIMIT_AS, _pages(0) + memory), (resource.RLIMIT_CPU, spent + seconds)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _uncap() -> None:
    with suppress(ImportError):
        import resource

        for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))


def _resident() -> int:
    return _pages(1)


def _pages(field: int) -> int:
    """Return the bytes of address space (0) or of memory (1) that this process holds; a guess where nothing tells."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[field]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0 if field else 2**30
