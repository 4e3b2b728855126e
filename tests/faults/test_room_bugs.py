"""The test of the tests: bugs that a room might have, each inserted for one test and detected.

One scenario checks what the room promises; the real room passes it, a room with a bug does not.
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from govkit.room.domain import room
from govkit.room.domain.records import AnswerRow, Row, SessionRow, StoreFailure
from govkit.room.domain.room import Outcome, RoomRegistry
from govkit.room.http import api
from govkit.room.http.service import DATABASE_FILE, SECRET_FILE, RoomService
from govkit.room.storage.sqlite import SqliteStore
from tests.faults.seats import Seat, all_missing, answering, close_service, integrity, new_folder, open_service, seated
from tests.faults.vfs import Disk

Patch = pytest.MonkeyPatch
_names = itertools.count()

# --- the scenario --------------------------------------------------------------------------------------------


async def course(folder: Path) -> list[str]:
    """Answer in all ways, through a full disk, a power cut and a restart; return the problems found."""
    disk = Disk(f"bugs-{next(_names)}", 10**9, random.Random(1))
    service = open_service(new_folder(folder / "before"), vfs=disk.name)
    seats = await seated(service)
    one, two, three = seats[:3]
    found = [each for seat in (one, two) for each in await versions(service, seat)]
    found += await full_disk(service, three)
    found += await after_handing_in(service, two)
    found += await all_missing(service, seats)
    disk.life = 120
    async with asyncio.TaskGroup() as group:
        for seat in seats[2:]:
            group.create_task(answering(service, seat, disk.chance, lambda: disk.dead))
    close_service(service)
    disk.unregister()
    return found + await after_power_cut(disk, folder / "after", folder / "before", seats)


async def versions(service: RoomService, seat: Seat) -> list[str]:
    """Try old versions, other answers under an old version, and the same answer again."""
    first = seat.packet("q1", "q2", "w1")
    await seat.save(service, packet=first)
    await seat.save(service, "q1", "w1")
    same, other = dict(first["answers"][1]), dict(first["answers"][1])
    other["answer"] = "C" if same["answer"] != "C" else "D"
    old = await seat.call(service, "answers", {"answers": [first["answers"][0]]})
    again = await seat.call(service, "answers", {"answers": [same]})
    rival = await seat.call(service, "answers", {"answers": [other]})
    said = [("an old version", old, "stale"), ("the same again", again, "saved"), ("another answer", rival, "stale")]
    return [f"{what} was told {told}" for what, (_status, told), place in said if not told.get(place)]


async def full_disk(service: RoomService, seat: Seat) -> list[str]:
    """Let the store fail; neither what is sent then nor its retry may be acknowledged."""
    await seat.save(service, "q1")
    store: Any = service.store
    write, store._write = store._write, lambda _rows: StoreFailure("full")
    packet = seat.packet("q1", "q3", "w1")
    calls = [seat.save(service, packet=packet) for _ in range(3)]
    statuses = [*await asyncio.gather(*calls), await seat.save(service, packet=packet)]
    found = [f"on a full disk: {status}" for status in statuses if status != 503]
    found += await seat.missing(service)
    store._write = write
    if await seat.save(service, packet=packet) != 200:
        found.append("no recovery from a full disk")
    return found


async def after_handing_in(service: RoomService, seat: Seat) -> list[str]:
    """Hand in, then answer: the answer is late, stored separately, never saved."""
    await seat.save(service, "q4", name="submit")
    status, told = await seat.call(service, "answers", seat.packet("q5"))
    kept = service.registry.rooms[seat.room_id].sittings[seat.candidate]
    good = status == 200 and told["late"] and not told["saved"] and ("q5", 1) in kept.late and "q5" not in kept.answers
    return [] if good else [f"after handing in: {told}"]


async def after_power_cut(disk: Disk, after: Path, before: Path, seats: Sequence[Seat]) -> list[str]:
    """Start on what the power cut left."""
    after.mkdir()
    (after / SECRET_FILE).write_bytes((before / SECRET_FILE).read_bytes())
    disk.aftermath(after)
    try:
        service = open_service(after)
    except (apsw.Error, KeyError) as error:
        return [f"no start: {error!r}"]
    found = await all_missing(service, list(seats))
    if await handed_in(service, seats[1]) != "submitted":
        found.append("a hand-in was forgotten")
    close_service(service)
    whole = integrity(after / DATABASE_FILE)
    return found if whole == "ok" else [whole, *found]


async def handed_in(service: RoomService, seat: Seat) -> Any:
    return (await seat.call(service, "state"))[1].get("state")


# --- the bugs --------------------------------------------------------------------------------------------------------


def acknowledges_before_the_commit(patch: Patch) -> None:
    commit = SqliteStore.commit

    def early(self: SqliteStore, rows: Sequence[Row]) -> Any:
        commit(self, rows).add_done_callback(lambda done: done.exception())
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    patch.setattr(SqliteStore, "commit", early)


def synchronous_off(patch: Patch) -> None:
    connect = SqliteStore._connect
    patch.setattr(SqliteStore, "_connect", lambda self, _synchronous: connect(self, "OFF"))


def synchronous_normal(patch: Patch) -> None:
    connect = SqliteStore._connect
    patch.setattr(SqliteStore, "_connect", lambda self, _synchronous: connect(self, "NORMAL"))


def stale_version_wins(patch: Patch) -> None:
    def save(sitting: Any, given: Any, now: float, reason: str) -> Outcome:
        sitting.answers = {question: row._replace(version=0) for question, row in sitting.answers.items()}
        return room.save(sitting, given, now, reason)

    patch.setattr(api, "save", save)


def equal_version_with_another_answer_is_called_saved(patch: Patch) -> None:
    def save(sitting: Any, given: Any, now: float, reason: str) -> Outcome:
        newest = {each.question: sitting.newest(each.question) for each in given}
        given = [
            each._replace(answer=known.answer)
            if (known := newest[each.question]) and known.version == each.version
            else each
            for each in given
        ]
        return room.save(sitting, given, now, reason)

    patch.setattr(api, "save", save)


def late_counted_as_saved(patch: Patch) -> None:
    patch.setattr(api, "refusal", lambda *_given: "")


def late_thrown_away(patch: Patch) -> None:
    def save(sitting: Any, given: Any, now: float, reason: str) -> Outcome:
        outcome = room.save(sitting, given, now, reason)
        outcome.rows = [row for row in outcome.rows if isinstance(row, AnswerRow)]
        return outcome

    patch.setattr(api, "save", save)


def anothers_answer(patch: Patch) -> None:
    answer = RoomRegistry._answer
    patch.setattr(RoomRegistry, "_answer", lambda self, row: answer(self, row._replace(candidate="1001")))


def anothers_answer_on_the_disk(patch: Patch) -> None:
    write = SqliteStore._write

    def mixed(self: SqliteStore, rows: list[Row]) -> Any:
        return write(self, [row._replace(candidate="1001") if isinstance(row, AnswerRow) else row for row in rows])

    patch.setattr(SqliteStore, "_write", mixed)


def part_of_a_packet_is_lost(patch: Patch) -> None:
    write = SqliteStore._write

    def partly(self: SqliteStore, rows: list[Row]) -> Any:
        return write(self, rows[:-1] if isinstance(rows[-1], AnswerRow) else rows)

    patch.setattr(SqliteStore, "_write", partly)


def a_failed_commit_is_called_saved(patch: Patch) -> None:
    async def save(self: RoomService, rows: Sequence[Row]) -> None:
        await asyncio.gather(self.store.commit(rows), return_exceptions=True)
        self.registry.apply(rows)

    patch.setattr(RoomService, "save", save)


def a_retry_is_acknowledged_while_the_first_is_on_its_way(patch: Patch) -> None:
    def save(sitting: Any, given: Any, now: float, reason: str) -> Outcome:
        pending = set(sitting.pending.values())
        outcome = room.save(sitting, given, now, reason)
        outcome.rows = [row for row in outcome.rows if row not in pending]
        return outcome

    patch.setattr(api, "save", save)


def a_failed_answer_stays_pending(patch: Patch) -> None:
    def save(sitting: Any, given: Any, now: float, reason: str) -> Outcome:
        outcome = room.save(sitting, given, now, reason)
        outcome.rows = [row for row in outcome.rows if row != sitting.answers.get(getattr(row, "question", ""))]
        sitting.answers.update(sitting.pending)
        return outcome

    patch.setattr(api, "save", save)


def sessions_die_with_the_process(patch: Patch) -> None:
    load = SqliteStore.load
    patch.setattr(SqliteStore, "load", lambda self: (row for row in load(self) if not isinstance(row, SessionRow)))


def the_log_is_tidied_away_at_the_start(patch: Patch) -> None:
    connect = SqliteStore._connect

    def tidy(self: SqliteStore, synchronous: str) -> Any:
        self.path.with_name(self.path.name + "-wal").unlink(missing_ok=True)
        return connect(self, synchronous)

    patch.setattr(SqliteStore, "_connect", tidy)


def a_hand_in_lives_in_memory_only(patch: Patch) -> None:
    write = SqliteStore._write

    def forget(self: SqliteStore, rows: list[Row]) -> Any:
        return write(self, [row for row in rows if not getattr(row, "receipt", "")])

    patch.setattr(SqliteStore, "_write", forget)


BUGS: list[Callable[[Patch], None]] = [
    acknowledges_before_the_commit,
    synchronous_off,
    synchronous_normal,
    stale_version_wins,
    equal_version_with_another_answer_is_called_saved,
    late_counted_as_saved,
    late_thrown_away,
    anothers_answer,
    anothers_answer_on_the_disk,
    part_of_a_packet_is_lost,
    a_failed_commit_is_called_saved,
    a_retry_is_acknowledged_while_the_first_is_on_its_way,
    a_failed_answer_stays_pending,
    sessions_die_with_the_process,
    the_log_is_tidied_away_at_the_start,
    a_hand_in_lives_in_memory_only,
]


def test_a_room_as_it_is_passes(tmp_path: Path) -> None:
    assert asyncio.run(course(tmp_path)) == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_is_found(bug: Callable[[Patch], None], tmp_path: Path, monkeypatch: Patch) -> None:
    bug(monkeypatch)
    found = asyncio.run(course(tmp_path))
    print(f"{bug.__name__}: {found[:1]}")
    assert found
