"""Several servers on one PostgreSQL: all have what one acknowledged, and no change is lost."""

import asyncio
import itertools
import json
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.room.domain.clock import RoomClock
from govkit.room.domain.records import (
    TABLES,
    AnswerRow,
    ClockRow,
    RoomRow,
    Row,
    SessionRow,
    StoreConflict,
    StoreFailure,
)
from govkit.room.storage import postgres
from govkit.room.storage.postgres import PostgresStore
from govkit.room.storage.postgres_tables import groups_of, insert
from tests.room.database import BINARIES, PASSWORD, QUOTED, Database, database
from tests.room.serving import Candidate, RunningRoom, Server, allowed, copied_exam, serving, within
from tests.room.test_sqlite import EVERY_KIND, answer
from tests.room.test_survival import FAKETIME, jumped, saves

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed")]
names = (f"room{at}" for at in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    with database() as running:
        yield running


@pytest.fixture
def url(server: Database) -> Iterator[str]:
    """The address of an empty database."""
    name = next(names)
    yield server.create(name)
    server.drop(name)


@contextmanager
def stores(url: str, count: int = 1) -> Iterator[list[PostgresStore]]:
    opened = [PostgresStore(url) for _ in range(count)]
    for store in opened:
        list(store.load())
        store.listen(lambda: None)
    try:
        yield opened
    finally:
        for store in opened:
            store.close()


def in_loop(test: Any) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


def loaded(url: str) -> list[Row]:
    store = PostgresStore(url)
    try:
        return [row for row in store.load() if not isinstance(row, ClockRow)]
    finally:
        store.close()


# --- the store -------------------------------------------------------------------------------------------------------


def test_every_kind_of_row_comes_back_as_it_was(url: str) -> None:
    assert {type(row) for row in EVERY_KIND} == set(TABLES)

    async def test() -> None:
        with stores(url, 2) as (one, two):
            await one.commit(EVERY_KIND)
            await two.refresh()
            assert list(two.changes()) == EVERY_KIND  # seen
            assert list(two.changes()) == []
            await one.refresh()
            assert list(one.changes()) == []  # its own

    in_loop(test)
    assert loaded(url) == EVERY_KIND[1:]
    assert [type(field) for row in loaded(url) for field in row] == [type(f) for row in EVERY_KIND[1:] for f in row]


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ([[answer(1)], [answer(2, "B")]], answer(2, "B")),
        ([[answer(2, "B")], [answer(1)]], answer(2, "B")),
        ([[answer(2, "B"), answer(1)]], answer(2, "B")),
        ([[answer(1), answer(2, "B"), answer(1)]], answer(2, "B")),
    ],
)
def test_the_newest_version_stays(url: str, commits: list[list[Row]], expected: Row) -> None:
    async def test() -> None:
        with stores(url) as (store,):
            for rows in commits:
                await store.commit(rows)

    in_loop(test)
    assert loaded(url) == [expected]


def test_many_at_once_share_commits(url: str) -> None:
    async def test() -> None:
        with stores(url) as (store,):
            await asyncio.gather(*(store.commit([answer(1, question=f"q{at}")]) for at in range(1000)))

    in_loop(test)
    with psycopg.connect(url) as connection:
        changes = connection.execute("SELECT count(DISTINCT change), count(*) FROM govkit_room.answer").fetchone()
    assert changes is not None
    assert changes[0] < 200
    assert changes[1] == 1000


def test_commits_wait_for_the_disk(url: str) -> None:
    async def test() -> None:
        with stores(url) as (store,):
            assert store._ready().execute("SHOW synchronous_commit").fetchone() == ("on",)

    in_loop(test)


def test_what_was_changed_elsewhere_unheard_is_judged_again(url: str) -> None:
    room, other = RoomRow("r", "{}"), RoomRow("s", "{}")

    async def test() -> None:
        with stores(url, 2) as (one, two):
            await one.commit([room, other])
            await two.refresh()
            two.changes()
            await one.commit([room._replace(paused=5.0)])
            await two.commit([other._replace(extra=60.0)])  # another room does not matter
            with pytest.raises(StoreConflict):
                await two.commit([room._replace(extra=60.0)])
            with pytest.raises(StoreConflict):  # answers in that room conflict, too
                await two.commit([answer(1)])
            await two.refresh()
            assert list(two.changes()) == [room._replace(paused=5.0)]
            await two.commit([room._replace(paused=5.0, extra=60.0)])
            await two.commit([answer(1)])
            with pytest.raises(StoreConflict):
                await one.commit([SessionRow("t", "r", "1", "active", 1.0)])  # it has not seen the answer

    in_loop(test)
    assert RoomRow("r", "{}", paused=5.0, extra=60.0) in loaded(url)
    assert answer(1) in loaded(url)


def test_one_conflict_does_not_spoil_the_batch(url: str) -> None:
    async def test() -> None:
        with stores(url, 2) as (one, two):
            await one.commit([answer(1)])
            mine = AnswerRow("r", "2", "q", 1, "A", 1.0)
            found = await asyncio.gather(
                two.commit([answer(2)]), two.commit([mine]), two.commit([answer(3)]), return_exceptions=True
            )
            assert [type(each) for each in found] == [StoreConflict, type(None), StoreConflict]

    in_loop(test)
    assert loaded(url) == [answer(1), AnswerRow("r", "2", "q", 1, "A", 1.0)]


def test_an_own_row_never_takes_the_place_of_a_later_one(url: str) -> None:
    """The loop is busy while another server reads a change and makes the next one."""
    first, second = RoomRow("r", "{}"), RoomRow("r", "{}", paused=5.0)
    memory: list[Row] = []

    async def other() -> None:
        with stores(url) as (store,):
            while first not in loaded(url):
                await asyncio.sleep(0.01)
            await store.refresh()
            store.changes()
            await store.commit([second])

    async def keep(store: PostgresStore) -> None:
        await store.commit([first])
        memory.append(first)

    async def test() -> None:
        store = PostgresStore(url)
        list(store.load())
        store.listen(lambda: memory.extend(store.changes()))
        keeping = asyncio.create_task(keep(store))
        await asyncio.sleep(0)  # notified; from now on the loop is blocked
        thread = threading.Thread(target=asyncio.run, args=(other(),))
        thread.start()
        thread.join()
        time.sleep(1)
        await keeping
        await store.refresh()
        store.close()

    in_loop(test)
    assert memory == [first, second]


def test_news_come_by_themselves(url: str) -> None:
    async def test() -> None:
        with stores(url, 1) as (one,):
            two, came = PostgresStore(url), asyncio.Event()
            list(two.load())
            two.listen(came.set)
            began = time.monotonic()
            await one.commit([answer(1)])
            await came.wait()
            assert time.monotonic() - began < allowed(2)
            assert list(two.changes()) == [answer(1)]
            two.close()

    in_loop(test)


def test_news_come_when_nobody_calls(url: str) -> None:
    """A row is written without the store and its notification."""

    async def test() -> None:
        store, came = PostgresStore(url), asyncio.Event()
        list(store.load())
        store.listen(came.set)
        await store.refresh()
        came.clear()
        with psycopg.connect(url) as other:
            other.execute("UPDATE govkit_room.meta SET change = change + 1")
            values = (1, "other", json.dumps([answer(1)]))
            other.execute("SET search_path TO govkit_room")
            other.execute(insert(TABLES[AnswerRow]), values)
        began = time.monotonic()
        await came.wait()
        assert time.monotonic() - began < allowed(1)
        assert list(store.changes()) == [answer(1)]
        store.close()

    in_loop(test)


def test_a_server_that_stands_still_does_not_hold_the_others(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops within a batch while others wait for it: the database ends that batch."""
    monkeypatch.setattr(postgres, "_SESSION", postgres._SESSION.replace("'5s'", "'1s'"))
    conflicts = PostgresStore._conflicts
    entered, released = threading.Event(), threading.Event()

    def check_late(self: PostgresStore, connection: Any, commits: Any) -> Any:
        if any(isinstance(row, RoomRow) for commit in commits for row in commit.rows):
            entered.set()
            released.wait(20)
        return conflicts(self, connection, commits)

    monkeypatch.setattr(PostgresStore, "_conflicts", check_late)

    async def test() -> None:
        with stores(url, 2) as (one, two):
            still = one.commit([RoomRow("r", "{}")])
            await asyncio.to_thread(entered.wait, 20)
            await two.commit([answer(1)])
            assert not still.done()
            released.set()
            with pytest.raises(StoreConflict):
                await still
            await one.refresh()
            assert set(one.changes()) == {answer(1)}  # the new connection may read it once more
            monkeypatch.setattr(PostgresStore, "_conflicts", conflicts)
            await one.commit([RoomRow("r", "{}")])  # with a new connection

    in_loop(test)
    assert loaded(url) == [RoomRow("r", "{}"), answer(1)]


def test_writers_on_two_servers_lose_nothing(url: str) -> None:
    """Each server adds to one number from what it has seen, as the rules do; every addition counts."""

    async def add(store: PostgresStore, memory: dict[str, RoomRow], times: int) -> None:
        for _ in range(times):
            while True:
                row = memory["r"]._replace(extra=memory["r"].extra + 1)
                try:
                    await store.commit([row])
                except StoreConflict:
                    await store.refresh()
                    memory.update({each.room_id: each for each in store.changes() if isinstance(each, RoomRow)})
                else:
                    memory["r"] = row
                    break

    async def test() -> None:
        with stores(url, 2) as both:
            await both[0].commit([RoomRow("r", "{}")])
            await asyncio.gather(*(add(store, {"r": RoomRow("r", "{}")}, 40) for store in both))

    in_loop(test)
    assert loaded(url) == [RoomRow("r", "{}", extra=80.0)]


@pytest.mark.parametrize("kept", [True, False])
def test_a_commit_in_doubt_is_read_back(url: str, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """The connection breaks during the commit: whether it was stored is known only afterwards."""

    async def test() -> None:
        with stores(url) as (store,):
            await store.commit([answer(1)])
            conflicts = PostgresStore._conflicts

            def check_and_break(self: PostgresStore, connection: Any, commits: Any) -> Any:
                monkeypatch.undo()
                found = conflicts(self, connection, commits)
                if kept:
                    for table, group in groups_of([row for commit in commits for row in commit.rows]):
                        text = json.dumps(group)
                        change = connection.execute("SELECT change FROM meta").fetchone()[0]
                        connection.execute(insert(table), (change, self._writer_name, text))
                    connection.execute("COMMIT")
                with psycopg.connect(url, autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
                return found

            monkeypatch.setattr(PostgresStore, "_conflicts", check_and_break)
            first = store.commit([answer(2, "B")])
            with pytest.raises(StoreFailure):
                await first
            if kept:
                with pytest.raises(StoreConflict):  # decided without having seen it
                    await store.commit([answer(3, "C")])
            await store.refresh()
            assert [row for row in store.changes() if row != answer(1)] == ([answer(2, "B")] if kept else [])
            await store.commit([answer(3, "C")])

    in_loop(test)
    assert loaded(url) == [answer(3, "C")]


def test_a_copy_is_a_room_for_one_computer(url: str, tmp_path: Path) -> None:
    from govkit.room.storage.sqlite import SqliteStore

    async def test() -> None:
        with stores(url) as (store,):
            await store.commit(EVERY_KIND)
            await store.backup(tmp_path / "room.sqlite")

    in_loop(test)
    copy = SqliteStore(tmp_path / "room.sqlite")
    assert list(copy.load()) == EVERY_KIND
    copy.close()
    assert [path.name for path in tmp_path.iterdir()] == ["room.sqlite"]


# --- the clock -------------------------------------------------------------------------------------------------------


def test_a_server_that_joins_takes_the_time_of_one_that_runs(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        with stores(url) as (one,):
            clock = RoomClock(ClockRow(0, 1000.0, 0.0, "elsewhere"), boot="elsewhere")
            await one.commit([clock.heartbeat()])

            async def beats() -> None:
                while True:
                    await asyncio.sleep(0.3)
                    await one.commit([clock.heartbeat()])

            beating = asyncio.create_task(beats())
            two = PostgresStore(url)
            rows = await asyncio.to_thread(lambda: list(two.load()))
            assert isinstance(rows[0], ClockRow)
            assert RoomClock(rows[0]).now() == pytest.approx(clock.now(), abs=0.2)
            beating.cancel()
            two.close()

    in_loop(test)


def test_without_another_one_it_goes_on_from_the_last_beat(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "JOIN_SECONDS", 0.2)
    beat = ClockRow(0, 1000.0, 5.0, "elsewhere")

    async def test() -> None:
        with stores(url) as (one,):
            await one.commit([beat])
        store = PostgresStore(url)
        assert next(iter(store.load())) == beat
        store.close()

    in_loop(test)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("mysql://a:Geheim7@db/room", 2, "无法识别"),
        ("postgresql://a:Geheim7@[db/room", 2, "无法识别"),
        ("postgresql://a:G@Geheim7@db/room", 2, "无法识别"),
        ("postgresql://a:G/Geheim7@db/room", 2, "无法识别"),
        ("postgresql://a:1/Geheim7@db/room", 2, "无法识别"),
        ("postgresql://a:Geheim7/@db/room", 2, "无法识别"),
        ("postgresql://a:Geheim7%@db/room", 2, "无法识别"),
        ("postgresql://a:1/2?Geheim7@db/room", 2, "无法识别"),
        ("postgresql://a:Geheim7@127.0.0.1:1/room", 1, "postgresql://127.0.0.1:1/room"),
    ],
)
def test_an_address_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, code: int, said: str
) -> None:
    assert run(["exam", "serve", "--data", str(tmp_path / "data"), "--port", "0", "--database", address]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert "Geheim7" not in told.err + told.out


def test_the_password_is_told_to_nobody(server: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = server.url("nowhere")
    assert run(["exam", "serve", "--data", str(tmp_path / "data"), "--port", "0", "--database", wrong]) == 1
    told = capsys.readouterr()
    assert "nowhere" in told.err
    assert not any(word in told.err + told.out for word in (PASSWORD, QUOTED))


def test_a_database_that_cannot_hold_every_text(server: Database) -> None:
    with pytest.raises(InputError, match="UTF8"):
        PostgresStore(server.create(next(names), "LATIN1"))


def test_a_database_that_forgets(server: Database, url: str) -> None:
    def fsync() -> str:
        with psycopg.connect(server.url()) as connection:
            found = connection.execute("SHOW fsync").fetchone()
            assert found is not None
            return str(found[0])

    def set_fsync(value: str) -> None:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET fsync = {value}")
            connection.execute("SELECT pg_reload_conf()")
        within(5, lambda: fsync() == value)

    set_fsync("off")
    try:
        with pytest.raises(InputError, match="fsync"):
            PostgresStore(url)
    finally:
        set_fsync("on")


def test_a_server_with_another_secret(url: str, tmp_path: Path) -> None:
    arguments = ["--database", url]
    with serving(tmp_path / "one", arguments=arguments) as one:
        for other in ("none", "own"):
            data = tmp_path / other / "data"
            data.mkdir(parents=True)
            if other == "own":
                (data / "room.secret").write_bytes(b"x" * 32)
            with pytest.raises(AssertionError, match=r"room\.secret"):
                Server(data, arguments=arguments).start()
            assert (data / "room.secret").exists() == (other == "own")
        assert one.process is not None
        assert one.process.poll() is None


# --- two servers -----------------------------------------------------------------------------------------------------


@contextmanager
def pair(tmp_path: Path, url: str, environment: dict[str, str] | None = None) -> Iterator[tuple[Server, Server]]:
    """Run two servers with separate folders on one database."""
    arguments = ["--database", url]
    with serving(tmp_path / "one", arguments=arguments) as one:
        data = tmp_path / "two" / "data"
        data.mkdir(parents=True)
        shutil.copy(one.data / "room.secret", data)
        with serving(tmp_path / "two", arguments=arguments, environment=environment or {}) as two:
            yield one, two
    for each in (one, two):
        log = (each.data / "stderr.log").read_text("utf-8") + (each.data / "stdout.log").read_text("utf-8")
        assert PASSWORD not in log
        assert QUOTED not in log


def at(server: Server, room: RunningRoom) -> RunningRoom:
    """Return the same room on another server."""
    return RunningRoom(server, room.id, room.pins)


def moved(candidate: Candidate, server: Server) -> Candidate:
    """Return the same browser, sent to another server by the proxy."""
    there = RunningRoom(server, candidate.room_id, {candidate.candidate: candidate.pin}).candidate(candidate.candidate)
    there.client.cookies.update(candidate.client.cookies)
    there.csrf = candidate.csrf
    there.__dict__["versions"] = candidate.__dict__.setdefault("versions", {})
    return there


def test_a_sitting_goes_on_at_another_server(tmp_path: Path, url: str) -> None:
    with pair(tmp_path, url) as (one, two):
        room = one.room(copied_exam(tmp_path, 4))
        within(2, lambda: len(two.admin("GET", "/rooms")["rooms"]) == 1)
        here = room.candidate()
        assert here.sign_in().status_code == 303
        there = moved(here, two)  # immediately, as behind a round-robin proxy
        assert there.paper().status_code == 200
        for turn in range(30):
            page, other = (here, there) if turn % 2 else (there, here)
            assert page.save(q1="ABCD"[turn % 4]).json()["saved"] == [{"question": "q1", "version": turn + 1}]
            told = other.state(answers=True)["answers"]["q1"]
            assert told == {"answer": "ABCD"[turn % 4], "version": turn + 1}
        assert there.state()["left"] == pytest.approx(here.state()["left"], abs=0.3)
        late = here.call("answers", {"answers": [{"question": "q1", "answer": "A", "version": 3}]}).json()
        assert late["stale"][0]["version"] == 30
        receipt = there.call("submit", {"answers": [there.packet("q2", "B")]}).json()["receipt"]
        again = here.call("submit", {"answers": []}).json()
        assert (again["state"], again["receipt"]) == ("submitted", receipt)
        assert here.save(q3="A").json()["late"]


def test_a_sign_in_elsewhere_ends_the_older_session(tmp_path: Path, url: str) -> None:
    with pair(tmp_path, url) as (one, two):
        room = one.room(copied_exam(tmp_path, 4), opened=False)
        within(2, lambda: len(two.admin("GET", "/rooms")["rooms"]) == 1)
        first, second = room.candidate(), at(two, room).candidate()
        assert first.sign_in().status_code == 303
        assert second.sign_in().status_code == 303
        within(2, lambda: first.state()["state"] == "moved")
        room.act("open")
        within(2, lambda: second.state()["state"] == "open")
        assert second.paper().status_code == 200
        assert second.save(q1="A").json()["saved"]
        assert first.save(q1="B").json()["saved"] == []
        assert first.sign_in().status_code == 303  # now there are answers to take over: the trainer decides
        assert first.state()["state"] == "takeover"
        at(two, room).act_on("1001", "approve")
        within(2, lambda: first.state()["state"] == "open")
        assert second.state()["state"] == "moved"
        moved(first, two).client.post(f"/r/{room.id}/sign-out", headers={"X-Room-CSRF": first.csrf})
        within(2, lambda: first.call("answers", {"answers": []}).status_code == 401)


def test_what_the_trainer_does_is_seen_at_both(tmp_path: Path, url: str) -> None:
    with pair(tmp_path, url) as (one, two):
        room = one.room(copied_exam(tmp_path, 4))
        other = at(two, room)
        within(2, lambda: len(two.admin("GET", "/rooms")["rooms"]) == 1)
        candidate = other.seated()
        left = candidate.state()["left"]
        room.act("pause")
        within(2, lambda: candidate.state()["state"] == "paused")
        other.act("resume")
        within(2, lambda: room.look()["state"] == "open")
        room.act("extend", minutes=5)
        other.act("extend", minutes=5)  # at the same time: neither is lost
        within(2, lambda: left + 590 < candidate.state()["left"] <= left + 600)
        within(2, lambda: left + 590 < room.look()["left"] <= left + 600)
        room.act("extend", minutes=3, candidate="1001")
        within(2, lambda: left + 770 < candidate.state()["left"])
        assert candidate.save(q1="A").json()["saved"]
        room.act("close")
        assert candidate.save(q1="B").json()["late"]  # even before the change was received
        assert room.act("export")["late"] == 1


def test_candidates_of_a_server_that_died_go_on_at_the_other(tmp_path: Path, url: str) -> None:
    with pair(tmp_path, url) as (one, two):
        room = one.room(copied_exam(tmp_path, 8))
        candidates = [room.seated(str(number)) for number in range(1001, 1009)]
        told: list[dict[str, tuple[int, str]]] = [{} for _ in candidates]
        with saving(candidates, told):
            within(5, lambda: sum(map(len, told)) > 40)
            one.kill()
        assert sum(map(len, told)) > 40
        for candidate, notes in zip(candidates, told, strict=True):
            there = moved(candidate, two)
            kept = there.state(answers=True)["answers"]
            assert all(kept[question]["version"] >= version for question, (version, _text) in notes.items())
            assert all(kept[question]["answer"] == text for question, (version, text) in notes.items()
                       if kept[question]["version"] == version)  # fmt: skip
            assert there.save(q60="A").status_code == 422
            ahead = {"answers": [{"question": "q1", "answer": "D", "version": 9999}]}
            assert there.call("answers", ahead).json()["saved"]


def test_a_room_moves_to_a_database(tmp_path: Path, url: str) -> None:
    """A server with its own file continues with the database: all answers, sessions and PINs, only the first time."""
    with serving(tmp_path) as server:
        room = server.room(copied_exam(tmp_path, 2))
        candidate = room.seated()
        assert candidate.save(q1="B", w1="写了“一行”\n又一行").json()["saved"]
        server.stop()
        server.arguments = ["--database", url]
        server.clients.clear()
        for q2 in ("A", "C"):
            server.start()
            there = moved(candidate, server)
            answers = there.state(answers=True)["answers"]
            assert answers["q1"] == {"answer": "B", "version": 1}
            assert answers["w1"]["answer"] == "写了“一行”\n又一行"
            assert there.save(q2=q2).json()["saved"]
            assert at(server, room).candidate("1002").sign_in().status_code == 303
            assert sorted(path.name for path in server.data.glob("room.sqlite*")) == ["room.sqlite.moved"]
            server.stop()
            server.clients.clear()
    other = tmp_path / "other"
    with serving(other) as stranger:
        stranger.room(copied_exam(other, 1))
        stranger.stop()
        shutil.copy(server.data / "room.secret", stranger.data)
        stranger.arguments = ["--database", url]
        stranger.start()  # the database is not empty: the rooms of the file stay in the file
        assert (stranger.data / "room.sqlite").exists()
        assert len(stranger.admin("GET", "/rooms")["rooms"]) == 1
        assert stranger.admin("GET", f"/rooms/{room.id}")["candidates"][0]["answered"] == 3


@contextmanager
def saving(candidates: list[Candidate], told: list[dict[str, tuple[int, str]]]) -> Iterator[list[int]]:
    """Let every candidate save continuously during the block; yield the statuses of failed saves."""
    stop, refused = threading.Event(), []

    def save(candidate: Candidate, notes: dict[str, tuple[int, str]]) -> None:
        chance, version = random.Random(candidate.candidate), 0
        while not stop.is_set():
            version += 1
            question, text = f"q{chance.randrange(1, 50)}", chance.choice("ABCD")
            try:
                packet = {"answers": [{"question": question, "answer": text, "version": version}]}
                reply = candidate.call("answers", packet)
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            if reply.status_code == 200:
                assert reply.json()["saved"] == [{"question": question, "version": version}], reply.text
                notes[question] = (version, text)
            else:
                refused.append(reply.status_code)
                time.sleep(0.05)

    threads = [threading.Thread(target=save, args=each) for each in zip(candidates, told, strict=True)]
    for thread in threads:
        thread.start()
    try:
        yield refused
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _more_saved(told: Any, count: int) -> bool:
    return saves(told) > count


def _more_refused(refused: Any, count: int) -> bool:
    return len(refused) > count


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_the_database_starts_again_under_load(server: Database, tmp_path: Path, url: str, mode: str) -> None:
    with pair(tmp_path, url) as (one, two):
        room = one.room(copied_exam(tmp_path, 8))
        within(2, lambda: len(two.admin("GET", "/rooms")["rooms"]) == 1)
        candidates = [at(each, room).seated(str(1001 + turn)) for turn, each in enumerate([one, two] * 4)]
        told: list[dict[str, tuple[int, str]]] = [{} for _ in candidates]
        with saving(candidates, told) as refused:
            for _ in range(2):
                seen = saves(told), len(refused)
                within(5, partial(_more_saved, told, seen[0] + 40))
                server.stop(mode)
                within(5, partial(_more_refused, refused, seen[1]))
                reply = candidates[0].call("answers", {"answers": [candidates[0].packet("m1", "A,B")]})
                assert reply.status_code == 503
                assert "未能保存" in reply.json()["problem"]
                assert candidates[0].state()["state"] == "open"
                server.start()
                within(5, lambda: candidates[1].save(t1="对").status_code == 200)
        assert set(refused) == {503}
        for turn, (candidate, notes) in enumerate(zip(candidates, told, strict=True)):
            kept = moved(candidate, (two, one)[turn % 2]).state(answers=True)["answers"]
            assert all(kept[question]["version"] >= version for question, (version, _text) in notes.items())
            assert all(kept[question]["answer"] == text for question, (version, text) in notes.items()
                       if kept[question]["version"] == version)  # fmt: skip
        assert sum(map(len, told)) > 40


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed")
def test_the_wall_clock_of_one_server_jumps(tmp_path: Path, url: str) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with pair(tmp_path, url, environment) as (one, two):
        room = two.room(copied_exam(tmp_path, 2))
        within(2, lambda: len(one.admin("GET", "/rooms")["rooms"]) == 1)
        here, there = at(one, room).seated("1001"), room.seated("1002")
        for jump in (3600, -86_400):
            left, began = here.state()["left"], time.monotonic()
            offset.write_text(f"{jump:+d}\n")
            within(5, partial(jumped, room, jump))
            for page in (here, there):
                assert page.state()["left"] == pytest.approx(left - (time.monotonic() - began), abs=0.5)
            assert there.save(q1="A").json()["saved"]
