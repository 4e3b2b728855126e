"""A room database written by 0.1.0 is migrated with a message and a copy; a newer one is refused."""

import csv
import itertools
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import httpx
import psycopg
import pytest

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.room.domain.records import AnswerRow, LateRow, PaperRow, Row
from govkit.room.domain.room import RoomRegistry
from govkit.room.domain.sessions import csrf_of
from govkit.room.storage.postgres import PostgresStore
from govkit.room.storage.schema import SCHEMA, VERSION
from govkit.room.storage.sqlite import SqliteStore
from tests.room.database import BINARIES, Database, database
from tests.room.serving import Candidate, serving

OLD = Path(__file__).parents[1] / "fixtures" / "written_by_0_1_0"
NAMES = (f"old{at}" for at in itertools.count())
NEEDS_POSTGRES = pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data folder that 0.1.0 wrote."""
    return Path(shutil.copytree(OLD / "room", tmp_path / "data"))


@pytest.fixture(scope="module")
def databases() -> Iterator[Database]:
    with database() as running:
        yield running


@pytest.fixture
def url(databases: Database) -> Iterator[str]:
    """The address of a database with the tables that 0.1.0 wrote."""
    name = next(NAMES)
    address = databases.create(name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute((OLD / "room-postgres.sql").read_text("utf-8"))
    yield address
    databases.drop(name)


def in_sqlite(folder: Path) -> list[Row]:
    store = SqliteStore(folder / "room.sqlite")
    try:
        return list(store.load())
    finally:
        store.close()


def in_postgres(url: str) -> list[Row]:
    store = PostgresStore(url)
    try:
        return list(store.load())
    finally:
        store.close()


def sessions() -> list[dict[str, str]]:
    with (OLD / "sessions.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check(rows: list[Row]) -> None:
    """Check rows against what the fixture's rooms did."""
    rooms = RoomRegistry(rows).rooms
    assert {room_id: room.state for room_id, room in rooms.items()} == {
        "final": "closed",
        "practice": "closed",
        "ongoing": "open",
    }
    final, ongoing = rooms["final"], rooms["ongoing"]
    assert [len(final.sittings[candidate].answers) for candidate in ("1001", "1004", "1006", "1008")] == [12, 12, 7, 0]
    assert set(final.sittings["1001"].answers) == set(final.papers["A"].questions)
    assert (final.sittings["1002"].row.submitted, final.sittings["1005"].row.void) == (None, 1)
    assert final.sittings["1001"].row.receipt.count("-") == 2
    assert [row.kind for row in final.sittings["1002"].incidents] == ["hidden", "paste"]
    assert [row.reason for row in final.sittings["1006"].late.values()] == ["closed"]
    assert ongoing.sittings["1002"].row.extra == 300
    assert rooms["practice"].feedback is not None
    assert set(rooms["practice"].feedback) == set(final.papers["A"].questions)


def plain(rows: list[Row]) -> set[Row]:
    """Return the rows whose values do not depend on the copy: papers, answers, late answers."""
    return {row for row in rows if isinstance(row, PaperRow | AnswerRow | LateRow)}


def test_a_file_of_0_1_0_is_migrated(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "govkit.room"):
        rows = in_sqlite(folder)
    check(rows)
    (message,) = [record.getMessage() for record in caplog.records]
    assert str(folder / "room.sqlite") in message
    assert "room.sqlite.v0" in message
    assert (folder / "room.sqlite.v0").read_bytes()[:15] == b"SQLite format 3"


def test_the_copy_is_the_old_file(folder: Path) -> None:
    in_sqlite(folder)
    copy, old = (apsw.Connection(str(path)) for path in (folder / "room.sqlite.v0", OLD / "room" / "room.sqlite"))
    for table in ("room", "paper", "sitting", "session", "answer", "late", "incident", "feedback", "clock"):
        query = f"SELECT * FROM {table}"  # noqa: S608 - our own names
        assert list(copy.execute(query)) == list(old.execute(query)) != []
    assert copy.execute("PRAGMA user_version").get == 0


def test_a_migrated_file_is_opened_without_a_message(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = in_sqlite(folder)
    caplog.clear()
    assert in_sqlite(folder) == before
    assert caplog.records == []


def test_a_new_file_has_the_version_and_no_copy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert in_sqlite(tmp_path) == []
    assert apsw.Connection(str(tmp_path / "room.sqlite")).execute("PRAGMA user_version").get == VERSION
    assert not list(tmp_path.glob("*.v*"))
    assert caplog.records == []


def test_a_migration_that_fails_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"room": {"room": "room_id"}, "sitting": {"absent": "candidate"}}
    with monkeypatch.context() as patch:
        patch.setattr("govkit.room.storage.schema._RENAMED_COLUMNS", broken)
        with pytest.raises(apsw.SQLError, match="absent"):
            in_sqlite(folder)
    check(in_sqlite(folder))


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    in_sqlite(tmp_path)
    apsw.Connection(str(tmp_path / "room.sqlite")).execute(f"PRAGMA user_version = {VERSION + 1}")
    before = (tmp_path / "room.sqlite").read_bytes()
    with pytest.raises(InputError, match=str(VERSION + 1)) as refused:
        in_sqlite(tmp_path)
    (problem,) = refused.value.problems
    assert problem.where.source == str(tmp_path / "room.sqlite")
    assert (tmp_path / "room.sqlite").read_bytes() == before


def test_the_command_says_so_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_sqlite(tmp_path)
    apsw.Connection(str(tmp_path / "room.sqlite")).execute(f"PRAGMA user_version = {VERSION + 1}")
    assert run(["exam", "serve", "--data", str(tmp_path), "--port", "0"]) == 1
    assert "更新版本" in capsys.readouterr().err


def test_a_server_continues_the_rooms_of_0_1_0(tmp_path: Path, folder: Path) -> None:
    """A candidate's browser continues with its cookie, answers and versions."""
    seat = next(each for each in sessions() if (each["room"], each["candidate"]) == ("ongoing", "1003"))
    with serving(tmp_path) as server:
        client = httpx.Client(base_url=server.url, cookies={"room": seat["cookie"]})
        candidate = Candidate(client, "ongoing", "1003", seat["pin"], csrf_of(seat["cookie"]))
        server.clients.append(client)
        stored = candidate.state(answers=True)["answers"]
        assert len(stored) == 5
        (question, *_others) = stored
        candidate.versions = {question: stored[question]["version"]}  # type: ignore[attr-defined]
        assert candidate.save(**{question: "A"}).json()["saved"] == [{"question": question, "version": 2}]
        assert candidate.paper().status_code == 200
        again = Candidate(httpx.Client(base_url=server.url), "ongoing", "1003", seat["pin"])
        server.clients.append(again.client)
        assert again.sign_in().status_code == 303
    assert "room.sqlite.v0" in (folder / "stderr.log").read_text("utf-8")


def test_a_migrated_room_is_exported(tmp_path: Path, folder: Path) -> None:
    exam = Path(shutil.copytree(OLD / "exam", tmp_path / "exam"))
    connection = apsw.Connection(str(folder / "room.sqlite"))
    setting = json.loads(connection.execute("SELECT setting FROM room WHERE room = 'final'").get)
    connection.execute("UPDATE room SET setting = ?", (json.dumps(setting | {"exam": str(exam)}),))
    connection.close()
    before = (exam / "responses.csv").read_bytes()
    with serving(tmp_path) as server:
        counts = server.admin("POST", "/rooms/final/export", {})
    assert (counts["responses"], counts["incidents"]) == (55, 2)
    assert (exam / "responses.csv").read_bytes() == before
    header, *incidents = (exam / "incidents.csv").read_text("utf-8-sig").splitlines()
    assert header == "room_id,candidate,kind,seconds,at"
    assert [line[:17] for line in incidents] == ["final,1002,hidden", "final,1002,paste,"]


@NEEDS_POSTGRES
def test_tables_of_0_1_0_are_migrated(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "govkit.room"):
        rows = in_postgres(url)
    check(rows)
    (message,) = [record.getMessage() for record in caplog.records]
    assert f"{SCHEMA}_v0" in message
    assert "gu@rd" not in message
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT count(*), min(item) FROM {SCHEMA}_v0.answer").fetchone()  # noqa: S608
    assert found is not None
    assert found[0] == len([row for row in rows if isinstance(row, AnswerRow)])


@NEEDS_POSTGRES
def test_both_databases_hold_the_same(folder: Path, url: str) -> None:
    assert plain(in_postgres(url)) == plain(in_sqlite(folder)) != set()


@NEEDS_POSTGRES
def test_migrated_tables_are_those_of_a_new_database(databases: Database, url: str) -> None:
    in_postgres(url)
    fresh = databases.create("fresh")
    in_postgres(fresh)
    query = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = %s ORDER BY 1, 2"
    )
    found = []
    for address in (url, fresh):
        with psycopg.connect(address) as connection:
            found.append(connection.execute(query, (SCHEMA,)).fetchall())
    assert found[0] == found[1] != []


@NEEDS_POSTGRES
def test_migrated_tables_are_opened_without_a_message(url: str, caplog: pytest.LogCaptureFixture) -> None:
    before = in_postgres(url)
    caplog.clear()
    assert in_postgres(url) == before
    assert caplog.records == []


@NEEDS_POSTGRES
def test_tables_of_a_newer_version_are_refused(url: str) -> None:
    in_postgres(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"UPDATE {SCHEMA}.meta SET version = {VERSION + 1}")  # noqa: S608 - our own name
    with pytest.raises(InputError, match=str(VERSION + 1)):
        PostgresStore(url)
