"""The SQLite store: durable when acknowledged, all or nothing, in order, and its copy is equal."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest

from govkit.core.errors import InputError
from govkit.room.domain.records import (
    TABLES,
    AnswerRow,
    ClockRow,
    FeedbackRow,
    IncidentRow,
    LateRow,
    PaperRow,
    RoomRow,
    Row,
    SessionRow,
    SittingRow,
    StoreFailure,
)
from govkit.room.domain.room import Setting
from govkit.room.storage import sqlite
from govkit.room.storage.files import network_drive
from govkit.room.storage.sqlite import SqliteStore

EVERY_KIND: list[Row] = [
    ClockRow(0, 1.5, 2.5, "boot"),
    RoomRow("r", Setting("e", "题", 90).text(), 1.0, None, 0.0, None, 0.0),
    PaperRow("r", "A", '{"a": "“引号”\\n"}'),
    SittingRow("r", "1", "=名'\"", "", "A", "pin", 0.0, None, None, "", 1),
    SessionRow("t", "r", "1", "active", 3.0),
    AnswerRow("r", "1", "q", 2, "甲␟\n\t乙😀", 4.0),
    LateRow("r", "1", "q", 3, "B", 5.0, "closed"),
    IncidentRow("r", "1", 0, "blur", 2.0, 6.0),
    FeedbackRow("r", "{}"),
]


def answer(version: int, text: str = "A", question: str = "q") -> AnswerRow:
    return AnswerRow("r", "1", question, version, text, 1.0)


async def kept(path: Path, *commits: list[Row], **more: Any) -> list[Row]:
    """Commit rows and return what another store reads from the file."""
    store = SqliteStore(path, **more)
    for rows in commits:
        await store.commit(rows)
    store.close()
    again = SqliteStore(path)
    rows = list(again.load())
    again.close()
    return rows


def test_every_kind_of_row_comes_back_as_it_was(tmp_path: Path) -> None:
    assert {type(row) for row in EVERY_KIND} == set(TABLES)
    assert asyncio.run(kept(tmp_path / "x", EVERY_KIND)) == EVERY_KIND


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ([[answer(1)], [answer(2, "B")]], answer(2, "B")),
        ([[answer(2, "B")], [answer(1)]], answer(2, "B")),
        ([[answer(2, "B"), answer(1)]], answer(2, "B")),
        ([[answer(1), answer(2, "B"), answer(1)]], answer(2, "B")),
    ],
)
def test_the_newest_version_stays(tmp_path: Path, commits: list[list[Row]], expected: Row) -> None:
    assert asyncio.run(kept(tmp_path / "x", *commits)) == [expected]


def test_other_rows_are_replaced(tmp_path: Path) -> None:
    rows = [SessionRow("t", "r", "1", state, 1.0) for state in ("active", "moved", "out")]
    assert asyncio.run(kept(tmp_path / "x", *[list[Row]([row]) for row in rows])) == [rows[-1]]


def test_many_at_once_share_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = SqliteStore._write

    def counted(self: SqliteStore, commits: Any) -> Any:
        sizes.append(len(commits))
        return write(self, commits)

    monkeypatch.setattr(SqliteStore, "_write", counted)

    async def many() -> None:
        store = SqliteStore(tmp_path / "x")
        await asyncio.gather(*(store.commit([answer(1, question=f"q{at}")]) for at in range(1000)))
        store.close()

    asyncio.run(many())
    assert sum(sizes) == 1000
    assert len(sizes) < 200


def test_a_failed_commit_keeps_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    async def full() -> None:
        store = SqliteStore(tmp_path / "x")
        await store.commit([answer(1)])
        pages = store._connection.execute("PRAGMA page_count").get
        store._connection.execute(f"PRAGMA max_page_count={pages}")
        big = [answer(1, "x" * 900, f"q{at}") for at in range(200)]
        with pytest.raises(StoreFailure):
            await store.commit([answer(2, "B"), *big])
        assert list(store.load()) == [answer(1)]
        store._connection.execute("PRAGMA max_page_count=1000000")
        await store.commit([answer(2, "B"), *big])
        assert len(list(store.load())) == 201
        store.close()

    asyncio.run(full())


def test_full_synchronisation_and_a_log_ahead(tmp_path: Path) -> None:
    async def look() -> tuple[str, int]:
        store = SqliteStore(tmp_path / "x")
        found = (
            store._connection.execute("PRAGMA journal_mode").get,
            store._connection.execute("PRAGMA synchronous").get,
        )
        store.close()
        return found

    assert asyncio.run(look()) == ("wal", 2)
    assert (tmp_path / "x").stat().st_mode & 0o077 == 0


def test_a_copy_made_while_saving_is_whole(tmp_path: Path) -> None:
    async def copy() -> int:
        store = SqliteStore(tmp_path / "x")
        await store.commit([answer(1, "x" * 500, f"q{at}") for at in range(2000)])
        saving = [store.commit([answer(2, "y", f"q{at}")]) for at in range(500)]
        await store.backup(tmp_path / "copy")
        await asyncio.gather(*saving)
        store.close()
        return len(saving)

    asyncio.run(copy())
    connection = apsw.Connection(str(tmp_path / "copy"))
    assert connection.execute("PRAGMA integrity_check").get == "ok"
    assert connection.execute("SELECT count(*) FROM answer").get == 2000
    assert not list(tmp_path.glob("*.tmp"))
    connection.close()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/exams /mnt/exams nfs4 rw 0 0
//server/d /mnt/old\\040drive cifs rw 0 0
someone@host:/ /home/a/remote fuse.sshfs rw 0 0
/dev/sdb1 /mnt/exams/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/room", ""),
        ("/mnt/exams/room", "nfs4"),
        ("/mnt/examsroom", ""),
        ("/mnt/old drive/room", "cifs"),
        ("/home/a/remote/x/y", "fuse.sshfs"),
        ("/mnt/exams/local/room", ""),
    ],
)
def test_network_drives_are_known(path: str, kind: str) -> None:
    assert network_drive(Path(path), MOUNTS) == kind


def test_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "network_drive", lambda _path: "nfs4")
    with pytest.raises(InputError, match="网络"):
        SqliteStore(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_an_old_library_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(InputError, match=r"3\.51\.2"):
        SqliteStore(tmp_path / "x")
