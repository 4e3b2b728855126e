"""The rules of a room, in memory and without input or output: who may answer when, and which answer counts.

Time is given in room seconds (:mod:`govkit.room.domain.clock`). *Running time* is room seconds less all pauses;
deadlines are kept in it, so that a pause moves none of them. Rules read the rooms and return rows; rows change the
rooms only by :meth:`Hall.take`, after they are durable. The one exception is an answer on its way to the disk: it is
*pending*, so that a second one of the same version is judged by it, and becomes an answer, or nothing, when the store
has replied.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

from govkit.room.domain.page_records import RoomFace, RoomKind
from govkit.room.domain.records import (
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
)
from govkit.room.domain.room_paper import Sheet

State = Literal["waiting", "open", "paused", "submitted", "closed", "void", "moved", "takeover"]

GRACE_SECONDS = 10.0
"""How long after a pause an answer that was on its way is still taken."""

MOST_LATE = 2000
"""Late packets kept of one sitting, so that nobody can fill the disk with them."""

MOST_INCIDENTS = 500
"""Incidents kept of one sitting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a room was made with. The window is in seconds since 1970: when a candidate may begin."""

    exam: str
    title: str
    minutes: float
    kind: RoomKind = "closed"
    window_from: float | None = None
    window_to: float | None = None
    require_seb: bool = False
    one_seat: bool = False
    feedback: bool = False
    seb_keys: tuple[str, ...] = ()

    @property
    def own_time(self) -> bool:
        """Whether each candidate's time begins when that candidate does, not when the room opens."""
        return self.kind in ("open", "practice") or self.window_from is not None or self.window_to is not None

    @property
    def free_moves(self) -> bool:
        """Whether a candidate may change the device without being approved: nobody sits there to do it."""
        return self.kind in ("open", "practice")

    def text(self) -> str:
        """Return the setting as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "Setting":
        """Return the setting that :meth:`text` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "seb_keys": tuple(fields["seb_keys"])})


class Given(NamedTuple):
    """An answer as it came, read and found to be one of the paper."""

    item: str
    version: int
    answer: str


@dataclass(slots=True)
class Sitting:
    """One candidate in one room, with everything kept of them.

    Whoever changes the row or the sessions holds the ``lock``, so that no change overwrites another.
    """

    row: SittingRow
    answers: dict[str, AnswerRow] = field(default_factory=dict)
    pending: dict[str, AnswerRow] = field(default_factory=dict)
    late: dict[tuple[str, int], LateRow] = field(default_factory=dict)
    incidents: list[IncidentRow] = field(default_factory=list)
    sessions: dict[str, "Session"] = field(default_factory=dict)
    submitting: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_save: float | None = None

    def newest(self, item: str) -> AnswerRow | None:
        """Return the newest answer to an item, on the disk or on its way there."""
        return self.pending.get(item) or self.answers.get(item)

    def session(self, *states: str) -> "Session | None":
        """Return the session in one of these states, if there is one."""
        return next((each for each in self.sessions.values() if each.row.state in states), None)


@dataclass(slots=True)
class Session:
    """A signed-in browser."""

    row: SessionRow
    room: "Room"
    sitting: Sitting
    second: int = 0
    requests: int = 0


@dataclass(slots=True)
class Room:
    """One room: its setting, its papers and its candidates. Whoever changes the row holds the ``lock``."""

    row: RoomRow
    setting: Setting
    sheets: dict[str, Sheet] = field(default_factory=dict)
    sittings: dict[str, Sitting] = field(default_factory=dict)
    feedback: dict[str, str] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def face(self) -> RoomFace:
        """What candidates see of the room."""
        setting = self.setting
        return RoomFace(self.row.room, setting.title, int(setting.minutes), setting.kind, setting.one_seat)

    @property
    def state(self) -> Literal["waiting", "open", "paused", "closed"]:
        """The state of the room itself; a candidate's own time may be over in an open room."""
        if self.row.opened is None:
            return "waiting"
        if self.row.closed is not None:
            return "closed"
        return "open" if self.row.paused is None else "paused"

    def running(self, now: float) -> float:
        """Return the running time at room second ``now``: it stands still while the room is paused or closed."""
        row = self.row
        for stop in (row.paused, row.closed):
            if stop is not None and stop < now:
                now = stop
        return now - row.stopped


class Hall:
    """All rooms of a server."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[str, Session] = {}
        self.beat: ClockRow | None = None
        self.take(rows)

    def take(self, rows: Iterable[Row]) -> None:
        """Take rows into memory; they are durable."""
        for row in rows:
            match row:
                case AnswerRow():
                    self._answer(row)
                case SessionRow():
                    self._session(row)
                case SittingRow():
                    self._sitting(row)
                case RoomRow():
                    self._room(row)
                case PaperRow():
                    self.rooms[row.room].sheets[row.form] = Sheet.of(row.content)
                case LateRow():
                    self.rooms[row.room].sittings[row.number].late[row.item, row.version] = row
                case IncidentRow():
                    self._incident(row)
                case FeedbackRow():
                    self.rooms[row.room].feedback = json.loads(row.content)
                case ClockRow():
                    self.beat = row

    def _room(self, row: RoomRow) -> None:
        room = self.rooms.get(row.room)
        if room is None:
            self.rooms[row.room] = Room(row, Setting.of(row.setting))
        else:
            room.row = row

    def _sitting(self, row: SittingRow) -> None:
        sittings = self.rooms[row.room].sittings
        if row.number in sittings:
            sittings[row.number].row = row
        else:
            sittings[row.number] = Sitting(row)

    def _session(self, row: SessionRow) -> None:
        room = self.rooms[row.room]
        sitting = room.sittings[row.number]
        session = self.sessions.get(row.token)
        if session is not None:
            session.row = row
        else:
            session = self.sessions[row.token] = sitting.sessions[row.token] = Session(row, room, sitting)
        if row.state == "out":
            del self.sessions[row.token], sitting.sessions[row.token]

    def _answer(self, row: AnswerRow) -> None:
        sitting = self.rooms[row.room].sittings[row.number]
        kept = sitting.answers.get(row.item)
        if kept is None or row.version >= kept.version:
            sitting.answers[row.item] = row
        if sitting.pending.get(row.item) == row:
            del sitting.pending[row.item]
        sitting.last_save = max(row.at, sitting.last_save or row.at)

    def _incident(self, row: IncidentRow) -> None:
        incidents = self.rooms[row.room].sittings[row.number].incidents
        if row not in incidents:
            incidents.append(row)

    def drop(self, rows: Iterable[Row]) -> None:
        """Forget that these rows were on their way: the store could not keep them."""
        for row in rows:
            if isinstance(row, AnswerRow):
                pending = self.rooms[row.room].sittings[row.number].pending
                if pending.get(row.item) == row:
                    del pending[row.item]


def left(room: Room, sitting: Sitting, now: float) -> float | None:
    """Return the seconds a candidate has left, not below 0; None while the time has not begun."""
    began = sitting.row.started if room.setting.own_time else room.row.opened
    if began is None:
        return None
    whole = room.setting.minutes * 60 + room.row.extra + sitting.row.extra
    return max(0.0, began + whole - room.running(now))


def state(room: Room, sitting: Sitting, now: float, wall: float) -> State:
    """Return what a candidate may do now. ``wall`` (seconds since 1970) matters to the start window only."""
    if sitting.row.void:
        return "void"
    if sitting.row.submitted is not None:
        return "submitted"
    if room.state in ("waiting", "closed"):
        return room.state
    remaining = left(room, sitting, now)
    if remaining is None:
        return _before_own_start(room, wall)
    return "closed" if remaining <= 0 else room.state


def _before_own_start(room: Room, wall: float) -> State:
    setting = room.setting
    if setting.window_to is not None and wall > setting.window_to:
        return "closed"
    if (setting.window_from is not None and wall < setting.window_from) or room.row.paused is not None:
        return "waiting"
    return "open"


@dataclass(slots=True)
class Outcome:
    """What became of a packet of answers: as the page is told, and as rows to be made durable."""

    saved: list[dict[str, object]] = field(default_factory=list)
    stale: list[dict[str, object]] = field(default_factory=list)
    late: list[dict[str, object]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    waits: bool = False


def save(sitting: Sitting, given: Sequence[Given], now: float, reason: str) -> Outcome:
    """Judge a packet of answers; what is saved is pending from now on.

    :param reason: why no answer is taken any more, "" while answers are.
    """
    outcome = Outcome()
    for each in given:
        newest = sitting.newest(each.item)
        told: dict[str, object] = {"item": each.item, "version": each.version}
        if newest is not None and newest.version == each.version and newest.answer == each.answer:
            outcome.saved.append(told)
            outcome.rows += [newest] if each.item in sitting.pending else []
        elif newest is not None and each.version <= newest.version:
            outcome.stale.append({"item": each.item, "version": newest.version, "answer": newest.answer})
            outcome.waits |= each.item in sitting.pending
        elif reason:
            outcome.late.append(told)
            _keep_late(sitting, outcome, each, now, reason)
        else:
            row = AnswerRow(sitting.row.room, sitting.row.number, each.item, each.version, each.answer, now)
            sitting.pending[each.item] = row
            outcome.saved.append(told)
            outcome.rows.append(row)
    return outcome


def _keep_late(sitting: Sitting, outcome: Outcome, given: Given, now: float, reason: str) -> None:
    known = sitting.late.get((given.item, given.version))
    if known is not None and known.answer == given.answer:
        return
    if len(sitting.late) < MOST_LATE:
        outcome.rows.append(LateRow(sitting.row.room, sitting.row.number, *given, now, reason))


def refusal(room: Room, sitting: Sitting, session: Session, now: float, wall: float) -> str:
    """Return why answers of a session count as late now: a state, or "" while they are taken."""
    if session.row.state == "moved":
        return "moved"
    if sitting.submitting:
        return "submitted"
    found = state(room, sitting, now, wall)
    if found == "paused" and room.row.paused is not None and now - room.row.paused <= GRACE_SECONDS:
        return ""
    return "" if found == "open" else found


def receipt(sitting: Sitting, rows: Iterable[Row]) -> str:
    """Return a short hash of all answers saved, those in ``rows`` among them: what a candidate can note down."""
    answers = {item: (row.version, row.answer) for item, row in sitting.answers.items()}
    answers |= {item: (row.version, row.answer) for item, row in sitting.pending.items()}
    answers |= {row.item: (row.version, row.answer) for row in rows if isinstance(row, AnswerRow)}
    text = json.dumps([sitting.row.room, sitting.row.number, sorted(answers.items())], ensure_ascii=False)
    code = sha256(text.encode()).hexdigest()[:12].upper()
    return "-".join((code[:4], code[4:8], code[8:]))
