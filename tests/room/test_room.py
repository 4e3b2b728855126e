"""The rules of a room as tables: who may answer when, which answer counts, what moves a deadline."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from govkit.exams.paper.paper import paper_bytes
from govkit.room.domain.records import AnswerRow, LateRow, PaperRow, RoomRow, SessionRow, SittingRow
from govkit.room.domain.room import (
    MAX_LATE,
    NewAnswer,
    RoomRegistry,
    Setting,
    receipt,
    refusal,
    remaining_seconds,
    save,
    sitting_state,
)
from tests.room.serving import small_paper

WALL = 1_000_000.0


def hall(sitting: dict[str, Any] | None = None, setting: dict[str, Any] | None = None, **row: Any) -> RoomRegistry:
    """A room of 90 minutes with one candidate, signed in."""
    text = Setting("exam", "题目", 90, **(setting or {})).text()
    return RoomRegistry(
        [
            RoomRow("r", text, **row),
            PaperRow("r", "A", paper_bytes(small_paper(singles=2)).decode()),
            SittingRow("r", "1", "甲", "", "A", "", **(sitting or {})),
            SessionRow("t", "r", "1", "active", 0.0),
        ]
    )


def told(here: RoomRegistry, now: float, wall: float = WALL) -> str:
    room = here.rooms["r"]
    return sitting_state(room, room.sittings["1"], now, wall)


MINUTE = 60.0
OWN = {"kind": "open"}
WINDOW = {"window_from": WALL, "window_to": WALL + 600}

STATES = [
    # room, sitting, time, and the expected state
    ({}, 10, "waiting"),
    ({"opened": 0.0}, 0, "open"),
    ({"opened": 0.0}, 90 * MINUTE - 0.1, "open"),
    ({"opened": 0.0}, 90 * MINUTE, "closed"),
    ({"opened": 0.0, "extra": 60.0}, 91 * MINUTE - 0.1, "open"),
    ({"opened": 0.0, "extra": 60.0}, 91 * MINUTE, "closed"),
    ({"opened": 0.0, "sitting": {"extra": 600.0}}, 99 * MINUTE, "open"),
    ({"opened": 0.0, "sitting": {"extra": 600.0}}, 100 * MINUTE, "closed"),
    ({"opened": 0.0, "paused": 30.0}, 200 * MINUTE, "paused"),
    ({"opened": 0.0, "stopped": 600.0}, 99 * MINUTE, "open"),
    ({"opened": 0.0, "stopped": 600.0}, 100 * MINUTE, "closed"),
    ({"opened": 0.0, "closed": 60.0}, 61, "closed"),
    ({"opened": 0.0, "paused": 30.0, "closed": 60.0}, 61, "closed"),
    ({"opened": 0.0, "sitting": {"void": 1}}, 1, "void"),
    ({"opened": 0.0, "sitting": {"submitted": 5.0}}, 6, "submitted"),
    ({"opened": 0.0, "sitting": {"submitted": 5.0, "void": 1}}, 6, "void"),
    ({"opened": 0.0, "setting": OWN}, 500 * MINUTE, "open"),
    ({"opened": 0.0, "setting": OWN, "sitting": {"started": 60.0}}, 91 * MINUTE - 0.1, "open"),
    ({"opened": 0.0, "setting": OWN, "sitting": {"started": 60.0}}, 91 * MINUTE, "closed"),
    ({"opened": 0.0, "setting": OWN, "paused": 5.0}, 6, "waiting"),
]


@pytest.mark.parametrize(("given_", "now", "expected"), STATES)
def test_what_a_candidate_may_do(given_: dict[str, Any], now: float, expected: str) -> None:
    assert told(hall(**given_), now) == expected


@pytest.mark.parametrize(
    ("wall", "started", "expected"),
    [
        (WALL - 1, None, "waiting"),
        (WALL, None, "open"),
        (WALL + 600, None, "open"),
        (WALL + 601, None, "closed"),
        (WALL + 601, 0.0, "open"),  # a candidate who began within the window has the whole time
    ],
)
def test_the_start_window_says_when_one_may_begin(wall: float, started: float | None, expected: str) -> None:
    assert told(hall(opened=0.0, setting=WINDOW, sitting={"started": started}), 1, wall) == expected


@pytest.mark.parametrize(
    ("row", "now", "expected"),
    [
        ({"opened": 0.0, "paused": 100.0}, 110.0, ""),  # in transit when the room was paused
        ({"opened": 0.0, "paused": 100.0}, 110.1, "paused"),
        ({"opened": 0.0}, 90 * MINUTE - 0.01, ""),
        ({"opened": 0.0}, 90 * MINUTE, "closed"),
        ({"opened": 0.0, "closed": 5.0}, 5.0, "closed"),
    ],
)
def test_when_an_answer_is_taken(row: dict[str, Any], now: float, expected: str) -> None:
    here = hall(**row)
    assert refusal(here.rooms["r"], here.rooms["r"].sittings["1"], here.sessions["t"], now, WALL) == expected


def test_a_browser_whose_place_was_taken_saves_nothing() -> None:
    here = hall(opened=0.0)
    here.apply([SessionRow("t", "r", "1", "moved", 1.0)])
    assert refusal(here.rooms["r"], here.rooms["r"].sittings["1"], here.sessions["t"], 1, WALL) == "moved"


VERSIONS = [
    # stored, received, and the expected outcome
    (None, (1, "A"), "saved"),
    (None, (7, "A"), "saved"),
    ((1, "A"), (2, "B"), "saved"),
    ((1, "A"), (1, "A"), "saved"),
    ((1, "A"), (1, "B"), "stale"),
    ((2, "B"), (1, "A"), "stale"),
    ((2, "B"), (1, "B"), "stale"),
]


@pytest.mark.parametrize(("kept", "came", "expected"), VERSIONS)
@pytest.mark.parametrize("durable", [True, False])
def test_versions(kept: tuple[int, str] | None, came: tuple[int, str], expected: str, durable: bool) -> None:
    here = hall(opened=0.0)
    sitting = here.rooms["r"].sittings["1"]
    if kept:
        rows = save(sitting, [NewAnswer("q1", *kept)], 1.0, "").rows
        if durable:
            here.apply(rows)
    outcome = save(sitting, [NewAnswer("q1", *came)], 2.0, "")
    assert [len(outcome.saved), len(outcome.stale)] == [expected == "saved", expected == "stale"]
    if expected == "stale":
        assert outcome.stale == [{"question": "q1", "version": kept[0], "answer": kept[1]}] if kept else False
        assert outcome.waits is not durable


def test_an_answer_that_could_not_be_kept_was_never_there() -> None:
    here = hall(opened=0.0)
    sitting = here.rooms["r"].sittings["1"]
    here.apply(save(sitting, [NewAnswer("q1", 1, "A")], 1.0, "").rows)
    here.discard(save(sitting, [NewAnswer("q1", 2, "B")], 2.0, "").rows)
    assert sitting.newest("q1") == AnswerRow("r", "1", "q1", 1, "A", 1.0)
    assert save(sitting, [NewAnswer("q1", 2, "C")], 3.0, "").saved


def test_a_failed_commit_does_not_take_a_newer_answer_with_it() -> None:
    here = hall(opened=0.0)
    sitting = here.rooms["r"].sittings["1"]
    first = save(sitting, [NewAnswer("q1", 1, "A")], 1.0, "").rows
    second = save(sitting, [NewAnswer("q1", 2, "B")], 2.0, "").rows
    here.discard(first)
    assert sitting.newest("q1") == second[0]
    here.apply(second)
    assert not sitting.pending
    assert sitting.answers["q1"].answer == "B"


def test_late_answers_are_kept_and_never_called_saved() -> None:
    here = hall(opened=0.0)
    sitting = here.rooms["r"].sittings["1"]
    here.apply(save(sitting, [NewAnswer("q1", 1, "A")], 1.0, "").rows)
    outcome = save(sitting, [NewAnswer("q1", 2, "B"), NewAnswer("q1", 1, "A")], 9999.0, "closed")
    here.apply(outcome.rows)
    assert outcome.late == [{"question": "q1", "version": 2}]
    assert outcome.saved == [{"question": "q1", "version": 1}]  # a repeated packet whose reply was lost
    assert sitting.answers["q1"].answer == "A"
    assert sitting.late["q1", 2] == LateRow("r", "1", "q1", 2, "B", 9999.0, "closed")
    assert not save(sitting, [NewAnswer("q1", 2, "B")], 10000.0, "closed").rows  # stored only once


def test_nobody_fills_the_disk_with_late_answers() -> None:
    here = hall(opened=0.0)
    sitting = here.rooms["r"].sittings["1"]
    for start in range(1, MAX_LATE + 500, 100):
        here.apply(save(sitting, [NewAnswer("q1", start + at, "A") for at in range(100)], 1.0, "closed").rows)
    assert len(sitting.late) <= MAX_LATE + 100


def test_a_receipt_tells_the_answers_and_nothing_else() -> None:
    one, other = hall(opened=0.0), hall(opened=0.0)
    rows = [AnswerRow("r", "1", "q1", 1, "A", 1.0)]
    told_receipt = receipt(one.rooms["r"].sittings["1"], rows)
    other.apply([AnswerRow("r", "1", "q1", 1, "A", 77.0)])
    assert receipt(other.rooms["r"].sittings["1"], []) == told_receipt
    assert receipt(one.rooms["r"].sittings["1"], [AnswerRow("r", "1", "q1", 1, "B", 1.0)]) != told_receipt


@given(
    st.lists(st.tuples(st.sampled_from(["pause", "resume"]), st.floats(0.1, 500)), max_size=12),
    st.floats(0, 3000),
)
def test_pauses_move_the_end_by_their_length(steps: list[tuple[str, float]], more: float) -> None:
    """However often a room is paused, the running times add up."""
    here = hall(opened=0.0)
    room = here.rooms["r"]
    now = paused_for = 0.0
    for name, seconds in steps:
        now += seconds
        paused_for += seconds if room.row.paused is not None else 0.0
        if name == "pause" and room.row.paused is None:
            here.apply([room.row._replace(paused=now)])
        if name == "resume" and room.row.paused is not None:
            here.apply([room.row._replace(paused=None, stopped=now - room.running(now))])
    if room.row.paused is not None:
        here.apply([room.row._replace(paused=None, stopped=now - room.running(now))])
    now += more
    remaining = remaining_seconds(room, room.sittings["1"], now)
    assert remaining == pytest.approx(max(0.0, 90 * MINUTE - (now - paused_for)), abs=1e-6)


class Saving(RuleBasedStateMachine):
    """A store that may fail at any commit: every answer acknowledged as saved is there in its newest version."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = hall(opened=0.0)
        self.sitting = self.registry.rooms["r"].sittings["1"]
        self.waiting: list[tuple[Any, list[Any]]] = []
        self.told_saved: dict[str, int] = {}
        self.disk: dict[str, AnswerRow] = {}

    @rule(question=st.sampled_from(["q1", "q2"]), version=st.integers(1, 6), answer=st.sampled_from("ABCD"))
    def comes(self, question: str, version: int, answer: str) -> None:
        outcome = save(self.sitting, [NewAnswer(question, version, answer)], 1.0, "")
        self.waiting.append((outcome, list(outcome.rows)))

    @rule(works=st.booleans(), count=st.integers(1, 3))
    def commits(self, works: bool, count: int) -> None:
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        for _outcome, rows in batch:
            for row in rows:
                kept = self.disk.get(row.question)
                if works and (kept is None or row.version >= kept.version):
                    self.disk[row.question] = row
        for outcome, rows in batch:
            if works:
                self.registry.apply(rows)
                for each in outcome.saved:
                    self.told_saved[each["question"]] = max(self.told_saved.get(each["question"], 0), each["version"])
            else:
                self.registry.discard(rows)

    @invariant()
    def nothing_saved_is_lost(self) -> None:
        assert self.sitting.answers == self.disk
        for question, version in self.told_saved.items():
            assert self.disk[question].version >= version


TestSaving = Saving.TestCase
