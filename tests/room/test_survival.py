"""What a room survives: kill -9, jumps of the wall clock, a full disk; and its copy is equal."""

import datetime as dt
import json
import random
import resource
import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from govkit.core import audit
from govkit.room.domain.records import TABLES
from tests.room.serving import Candidate, RunningRoom, Server, copied_exam, serving, within

pytestmark = pytest.mark.slow

# --- kill -9 ---------------------------------------------------------------------------------------------------------


def saving(candidate: Candidate, stop: threading.Event, told: dict[str, tuple[int, str]]) -> None:
    """Save continuously as a page does and record what was acknowledged; retry broken connections."""
    chance, version = random.Random(candidate.candidate), 0
    while not stop.is_set():
        version += 1
        question, answer = f"q{chance.randrange(1, 50)}", chance.choice("ABCD")
        body = {"answers": [{"question": question, "answer": answer, "version": version}]}
        while not stop.is_set():
            try:
                reply = candidate.call("answers", body)
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            assert reply.status_code == 200, reply.text
            assert reply.json()["saved"] == [{"question": question, "version": version}], reply.text
            told[question] = (version, answer)
            break


def saves(told: list[dict[str, tuple[int, str]]]) -> int:
    """Return a number that grows with every acknowledged save."""
    return sum(version for notes in told for version, _answer in notes.values())


def more_saves(told: list[dict[str, tuple[int, str]]]) -> None:
    """Wait until many more saves are acknowledged."""
    before = saves(told)
    within(10, lambda: saves(told) > before + 200)


def test_nothing_saved_is_lost_by_kill_minus_nine(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        room = server.room(copied_exam(tmp_path, 8))
        candidates = [room.seated(str(number)) for number in range(1001, 1009)]
        told: list[dict[str, tuple[int, str]]] = [{} for _ in candidates]
        stop = threading.Event()
        threads = [
            threading.Thread(target=saving, args=(candidate, stop, notes))
            for candidate, notes in zip(candidates, told, strict=True)
        ]
        for thread in threads:
            thread.start()
        for _ in range(2):  # many more in tests/faults
            more_saves(told)
            server.kill()
            server.start()
        more_saves(told)
        stop.set()
        for thread in threads:
            thread.join()
        for candidate, notes in zip(candidates, told, strict=True):  # still signed in
            kept = candidate.state(answers=True)["answers"]
            assert {question: (each["version"], each["answer"]) for question, each in kept.items()} == notes
        assert sum(len(notes) for notes in told) > 20
    assert integrity(server.data / "room.sqlite") == "ok"


def integrity(path: Path) -> str:
    connection = apsw.Connection(str(path))
    try:
        return str(connection.execute("PRAGMA integrity_check").get)
    finally:
        connection.close()


def test_everything_but_the_process_goes_on_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        room = server.room(copied_exam(tmp_path, 6), minutes=60)
        one, pending = room.seated("1001"), room.candidate("1001")
        pending.sign_in()
        two = room.seated("1002")
        done = two.call("submit", {"answers": [two.packet("q1", "A")]}).json()["receipt"]
        room.act_on("1003", "void")
        room.act("extend", minutes=5)
        room.act("extend", minutes=7, candidate="1004")
        pin = room.act_on("1005", "reset-pin")["pin"]
        one.call("incidents", {"incidents": [{"kind": "blur", "seconds": 1}]})
        room.act("pause")
        before, left = comparable(room.look()), one.state()["left"]
        server.kill()
        server.start()
        assert comparable(room.look()) == before
        assert one.state()["left"] == left
        assert one.state()["state"] == "paused"
        assert pending.state()["state"] == "takeover"
        assert two.call("submit", {"answers": []}).json()["receipt"] == done
        assert room.candidate("1005").sign_in(pin).status_code == 303
        room.act("resume")
        assert one.save(q1="A").json()["saved"]


def comparable(seen: dict[str, Any]) -> dict[str, Any]:
    """Leave out what may differ: how long ago, and how many papers are rendered."""
    for each in seen["candidates"]:
        each.pop("last_save")
    return {name: value for name, value in seen.items() if name != "prepared"}


def test_the_time_goes_on_while_the_server_is_down(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        candidate = server.room(copied_exam(tmp_path, 2)).seated()
        left, began = candidate.state()["left"], time.monotonic()
        server.kill()
        time.sleep(1)
        server.start()
        assert left - candidate.state()["left"] == pytest.approx(time.monotonic() - began, abs=0.3)


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    with serving(tmp_path) as server, pytest.raises(AssertionError, match="另一个服务器正在使用"):
        Server(server.data).start()


# --- the wall clock --------------------------------------------------------------------------------------------------

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HOUR, DAY = 3600, 86_400


@pytest.fixture(scope="module")
def jumping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server whose wall clock is set by a file."""
    if not FAKETIME.exists():
        pytest.skip("libfaketime is not installed")
    folder = tmp_path_factory.mktemp("jumping")
    offset = folder / "offset"
    offset.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with serving(folder, environment=environment) as server:
        yield server, offset


def jumped(room: RunningRoom, jump: int) -> bool:
    """Return whether the wall clock of the room's server, as in its audit log, is off by a jump."""
    room.act("extend", minutes=0)
    last = list(audit.entries(room.server.data / "room-audit.jsonl"))[-1]
    shown = dt.datetime.fromisoformat(last.at) - dt.datetime.now(dt.UTC)
    return abs(shown.total_seconds() - jump) < 60


def test_deadlines_stand_when_the_wall_clock_jumps(jumping: tuple[Server, Path], tmp_path: Path) -> None:
    server, offset = jumping
    room = server.room(copied_exam(tmp_path, 2), minutes=30)
    candidate = room.seated()
    left, began = candidate.state()["left"], time.monotonic()
    for jump in (HOUR, -HOUR, DAY, -DAY):
        offset.write_text(f"{jump:+d}\n")
        within(5, partial(jumped, room, jump))  # the file is read now and then
        if jump in (DAY, -HOUR):  # a restart in between must not change it either
            server.kill()
            server.start()
        assert candidate.state()["left"] == pytest.approx(left - (time.monotonic() - began), abs=0.5)
    short, began = 2.0, time.monotonic()
    room.act("extend", minutes=(short - candidate.state()["left"]) / 60)
    within(10, lambda: candidate.state()["state"] == "closed")
    assert time.monotonic() - began == pytest.approx(short, abs=1)


# --- a full disk -----------------------------------------------------------------------------------------------------


def limit_files(server: Server, size: int) -> None:
    """Limit the size of the server's files, as on a full disk."""
    assert server.process is not None
    _soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux only")
def test_a_full_disk_is_told_and_recovers_without_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        room = server.room(copied_exam(tmp_path, 4))
        candidate, other = room.seated("1001"), room.candidate("1002")
        assert candidate.save(q1="A").json()["saved"]
        limit_files(server, 4096)
        for _ in range(3):
            reply = candidate.save(q1="B")
            assert reply.status_code == 503
            assert "未能保存" in reply.json()["problem"]
        assert candidate.state(answers=True)["answers"] == {"q1": {"answer": "A", "version": 1}}
        assert candidate.call("submit", {"answers": []}).status_code == 503
        assert candidate.state()["state"] == "open"
        assert other.sign_in().status_code == 503
        assert server.ask("POST", f"/rooms/{room.id}/pause", {}).status_code == 503
        assert room.look()["state"] == "open"
        limit_files(server, resource.RLIM_INFINITY)
        assert candidate.save(q1="C").json()["saved"]
        assert other.sign_in().status_code == 303
        server.kill()
        server.start()
        assert candidate.state(answers=True)["answers"]["q1"] == {"answer": "C", "version": 5}


# --- a copy ----------------------------------------------------------------------------------------------------------


def test_a_copy_made_under_load_and_restored_is_a_room(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as server:
        room = server.room(copied_exam(tmp_path, 4))
        candidates = [room.seated(str(number)) for number in range(1001, 1005)]
        told: list[dict[str, tuple[int, str]]] = [{} for _ in candidates]
        stop = threading.Event()
        threads = [
            threading.Thread(target=saving, args=(candidate, stop, notes))
            for candidate, notes in zip(candidates, told, strict=True)
        ]
        for thread in threads:
            thread.start()
        more_saves(told)
        before = json.loads(json.dumps(told))
        room.act("backup", path=str(tmp_path / "copy.sqlite"))
        more_saves(told)
        stop.set()
        for thread in threads:
            thread.join()
        room.act("pause")
        room.act("backup", path=str(tmp_path / "still.sqlite"))
    spare = tmp_path / "two" / "data"
    spare.mkdir(parents=True)
    assert integrity(tmp_path / "copy.sqlite") == "ok"
    shutil.copy(tmp_path / "copy.sqlite", spare / "room.sqlite")
    shutil.copy(tmp_path / "copy.sqlite.secret", spare / "room.secret")
    with serving(tmp_path / "two") as other:
        for candidate, notes in zip(candidates, before, strict=True):
            moved = RunningRoom(other, room.id, room.pins).candidate(candidate.candidate)
            moved.client.cookies.update(candidate.client.cookies)
            kept = moved.state(answers=True)["answers"]
            assert all(kept[question]["version"] >= version for question, (version, _answer) in notes.items())
        assert RunningRoom(other, room.id, room.pins).candidate("1001").sign_in().status_code == 303
    assert rows_of(tmp_path / "still.sqlite") == rows_of(server.data / "room.sqlite")


def rows_of(path: Path) -> dict[str, list[Any]]:
    connection = apsw.Connection(str(path))
    tables = [table.name for table in TABLES.values() if table.name != "clock"]
    found = {name: list(connection.execute(f"SELECT * FROM {name}")) for name in tables}  # noqa: S608 - our own names
    connection.close()
    return found
