"""The fork server: how its children end, and what they leave behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import psutil
import pytest

from govkit.rendering.engine.forkserver import Child, ForkServer
from govkit.rendering.engine.framing import RESULT, TASK, Connection, ConnectionClosed

received: list[object] = []
"""What the fork server was sent to share; its children have a copy."""


def preload() -> None:
    received.append("preloaded")


def receive(value: object) -> None:
    received.append(value)


def load(value: object) -> object:
    if value == "broken":
        raise ValueError(value)
    return value


def answer(end: socket.socket) -> None:
    """Send back what was shared, once there is a task."""
    connection = Connection(end)
    connection.receive(TASK)
    connection.send(RESULT, [repr(received).encode()])


def exit_with(end: socket.socket) -> None:
    os._exit(int(Connection(end).receive(TASK)[0]))


def fail(end: socket.socket) -> None:
    raise ValueError(end)


def wait(end: socket.socket) -> None:
    """Wait for ever, with a process of its own, whose id is the result."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Connection(end).send(RESULT, [f"{os.getpid()} {sleeper.pid}".encode()])
    signal.pause()


def send_half(end: socket.socket) -> None:
    """Send the half of a result and be killed."""
    end.sendall(RESULT + (1).to_bytes(4, "big") + (1000).to_bytes(8, "big") + b"x" * 980)
    os.kill(os.getpid(), signal.SIGKILL)


def leave_a_daemon(end: socket.socket) -> None:
    """Be killed, and leave a process that has a copy of the connection and sends its id as the result."""
    if os.fork() == 0:
        os.setsid()
        Connection(end).send(RESULT, [str(os.getpid()).encode()])
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()
    signal.pause()


@pytest.fixture
def server() -> Iterator[ForkServer]:
    server = ForkServer(preload)
    yield server
    server.close()


def repeat(act: Callable[[], object]) -> None:
    """Do something until it fails, for 10 seconds at most."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        act()
        time.sleep(0.02)


def answered(child: Child) -> str:
    child.connection.send(TASK, [b""])
    return child.connection.receive(RESULT)[0].decode()


def test_children_have_what_was_preloaded_and_shared_before(server: ForkServer) -> None:
    before = answered(server.fork(answer))
    for _time in range(2):
        server.share(partial(load, "data"), receive)
    server.share(partial(load, "broken"), receive)
    assert (before, answered(server.fork(answer))) == ("['preloaded']", "['preloaded', 'data']")


def test_what_fails_in_the_server_leaves_it_alive(server: ForkServer) -> None:
    server.share(partial(load, "data"), fail)
    assert answered(server.fork(answer)) == "['preloaded']"
    assert server.is_alive


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_of_a_child(code: int, server: ForkServer) -> None:
    child = server.fork(exit_with)
    child.connection.send(TASK, [str(code).encode()])
    with pytest.raises(ConnectionClosed):
        child.connection.receive(RESULT)
    assert child.end() == code


def test_an_error_in_a_child_is_exit_code_1(server: ForkServer) -> None:
    child = server.fork(fail)
    with pytest.raises(ConnectionClosed):
        child.connection.receive(RESULT)
    assert child.end() == 1


def test_a_result_that_is_cut_off_is_none_and_the_exit_code_is_known(server: ForkServer) -> None:
    child = server.fork(send_half)
    with pytest.raises(ConnectionClosed):
        child.connection.receive(RESULT)
    assert child.end() == -signal.SIGKILL


def test_a_child_killed_before_it_reads_its_task_is_no_dead_server(server: ForkServer) -> None:
    child = server.fork(wait)
    pid = int(child.connection.receive(RESULT)[0].split()[0])
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ConnectionClosed):
        repeat(partial(child.connection.send, TASK, [b""]))
    assert child.end() == -signal.SIGKILL
    assert answered(server.fork(answer)) == "['preloaded']"


def test_a_process_left_by_a_killed_child_keeps_nobody_waiting(server: ForkServer) -> None:
    child = server.fork(leave_a_daemon)
    child.connection.socket.settimeout(20)
    left = int(child.connection.receive(RESULT)[0])
    try:
        with pytest.raises(ConnectionClosed):
            child.connection.receive(RESULT)
        assert child.end() == -signal.SIGKILL
    finally:
        os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize("way", ["close", "end"])
def test_closing_and_ending_a_child_kill_what_it_started(way: str, server: ForkServer) -> None:
    child = server.fork(wait)
    started = [psutil.Process(int(pid)) for pid in child.connection.receive(RESULT)[0].split()]
    code = getattr(child, way)()
    _gone, alive = psutil.wait_procs(started, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert code == (-signal.SIGKILL if way == "end" else None)
    assert answered(server.fork(answer)) == "['preloaded']"


def test_a_dead_server_is_known_by_its_children_and_by_requests(server: ForkServer) -> None:
    child = server.fork(wait)
    child.connection.receive(RESULT)
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(ConnectionClosed):
        child.connection.receive(RESULT)
    assert child.end() is None
    with pytest.raises(ConnectionClosed):
        repeat(partial(server.fork, answer))
