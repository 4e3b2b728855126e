"""The rules of a room, in memory and without I/O: who may answer when, and which answer counts.

Times are room seconds (:mod:`govkit.room.domain.clock`). *Running time* is room seconds without pauses; deadlines are
kept in it, so that a pause moves none of them. Rules read the rooms and return rows; rows change the rooms only through
:meth:`RoomRegistry.apply`, after they are durable. The one exception is an answer being written: it is *pending*, so
that a second one of the same version is compared with it, and becomes an answer, or nothing, when the store has
replied.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import UnreadableAnswer, decode
from govkit.exams.bank.questions import Face, QuestionType
from govkit.exams.paper.paper import Paper, paper_of
from govkit.room.domain.page_records import RoomInfo, RoomKind
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

MAX_LENGTH = 10_000
"""Characters of a short answer; other types take a tenth of it."""

_MAX_REMEMBERED = 20_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class RoomPaper:
    """A form's paper. ``questions`` holds everything that takes an answer by its id; a case is its parts."""

    paper: Paper
    questions: dict[str, Face]
    _readable: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, content: str) -> "RoomPaper":
        """Return the paper in a text.

        :raises InputError: the text is damaged.
        """
        paper = paper_of(content.encode(), "paper")
        return cls(paper, paper.items)

    def problem(self, question: str, answer: str) -> str:
        """Return what is wrong with an answer, "" if nothing is."""
        if (question, answer) in self._readable:
            return ""
        face = self.questions.get(question)
        if face is None:
            return _("This paper has no question of that id")
        found = _problem(face, answer)
        if not found and len(answer) < 100:
            self._remember(question, answer)
        return found

    def _remember(self, question: str, answer: str) -> None:
        if len(self._readable) >= _MAX_REMEMBERED:
            self._readable.clear()
        self._readable.add((question, answer))


def plain(answer: str) -> str:
    """Return an answer without control characters and lone surrogates, which nobody types."""
    return answer if answer.isprintable() else _CONTROLS.sub("", answer)


def _problem(face: Face, answer: str) -> str:
    short_answer = face.type is QuestionType.SHORT_ANSWER
    if len(answer) > (MAX_LENGTH if short_answer else MAX_LENGTH // 10):
        return _("The answer is too long")
    if "\n" in answer and not short_answer:
        return _("The answer runs over several lines")
    try:
        decode(face, answer)
    except UnreadableAnswer as error:
        return str(error)
    return ""


State = Literal["waiting", "open", "paused", "submitted", "closed", "void", "moved", "takeover"]

GRACE_SECONDS = 10.0
"""How long after a pause an answer that was on its way is still accepted."""

MAX_LATE = 2000
"""Late answers stored for one sitting, so that nobody can fill the disk with them."""

MAX_INCIDENTS = 500
"""Incidents stored for one sitting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a room was created with. The window is in seconds since 1970: when a candidate may begin."""

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
        """Whether each candidate's time starts with that candidate, not when the room opens."""
        return self.kind in ("open", "practice") or self.window_from is not None or self.window_to is not None

    @property
    def free_moves(self) -> bool:
        """Whether a candidate may change the device without approval: there is nobody to give it."""
        return self.kind in ("open", "practice")

    def text(self) -> str:
        """Return the setting as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "Setting":
        """Return the setting that :meth:`text` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "seb_keys": tuple(fields["seb_keys"])})


class NewAnswer(NamedTuple):
    """A received answer that the paper can read."""

    question: str
    version: int
    answer: str


@dataclass(slots=True)
class Sitting:
    """One candidate in one room, with everything stored about them.

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

    def newest(self, question: str) -> AnswerRow | None:
        """Return the newest answer to a question, stored or pending."""
        return self.pending.get(question) or self.answers.get(question)

    def session(self, *states: str) -> "Session | None":
        """Return the session in one of these states, None without one."""
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
    """One room: its setting, its papers by form, its sittings by candidate. Whoever changes the row holds ``lock``."""

    row: RoomRow
    setting: Setting
    papers: dict[str, RoomPaper] = field(default_factory=dict)
    sittings: dict[str, Sitting] = field(default_factory=dict)
    feedback: dict[str, str] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def info(self) -> RoomInfo:
        """What candidates see of the room."""
        setting = self.setting
        return RoomInfo(self.row.room_id, setting.title, int(setting.minutes), setting.kind, setting.one_seat)

    @property
    def state(self) -> Literal["waiting", "open", "paused", "closed"]:
        """The state of the room itself; a candidate's own time may be over in an open room."""
        if self.row.opened is None:
            return "waiting"
        if self.row.closed is not None:
            return "closed"
        return "open" if self.row.paused is None else "paused"

    def paper_of(self, sitting: Sitting) -> RoomPaper:
        """Return the paper of a sitting."""
        return self.papers[sitting.row.form]

    def running(self, now: float) -> float:
        """Return the running time at room second ``now``: it stops while the room is paused or closed."""
        row = self.row
        for stop in (row.paused, row.closed):
            if stop is not None and stop < now:
                now = stop
        return now - row.stopped


class RoomRegistry:
    """All rooms of a server, and the sessions by the hash of their token."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rooms: dict[str, Room] = {}
        self.sessions: dict[str, Session] = {}
        self.heartbeat: ClockRow | None = None
        self.apply(rows)

    def apply(self, rows: Iterable[Row]) -> None:
        """Apply rows that are durable."""
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
                    self.rooms[row.room_id].papers[row.form] = RoomPaper.of(row.content)
                case LateRow():
                    self.sitting(row).late[row.question, row.version] = row
                case IncidentRow():
                    self._incident(row)
                case FeedbackRow():
                    self.rooms[row.room_id].feedback = json.loads(row.content)
                case ClockRow():
                    self.heartbeat = row

    def sitting(self, row: SessionRow | AnswerRow | LateRow | IncidentRow) -> Sitting:
        """Return the sitting that a row belongs to."""
        return self.rooms[row.room_id].sittings[row.candidate]

    def _room(self, row: RoomRow) -> None:
        room = self.rooms.get(row.room_id)
        if room is None:
            self.rooms[row.room_id] = Room(row, Setting.of(row.setting))
        else:
            room.row = row

    def _sitting(self, row: SittingRow) -> None:
        sittings = self.rooms[row.room_id].sittings
        if row.candidate in sittings:
            sittings[row.candidate].row = row
        else:
            sittings[row.candidate] = Sitting(row)

    def _session(self, row: SessionRow) -> None:
        sitting = self.sitting(row)
        session = self.sessions.get(row.token)
        if session is not None:
            session.row = row
        else:
            session = self.sessions[row.token] = Session(row, self.rooms[row.room_id], sitting)
            sitting.sessions[row.token] = session
        if row.state == "out":
            del self.sessions[row.token], sitting.sessions[row.token]

    def _answer(self, row: AnswerRow) -> None:
        sitting = self.sitting(row)
        stored = sitting.answers.get(row.question)
        if stored is None or row.version >= stored.version:
            sitting.answers[row.question] = row
        if sitting.pending.get(row.question) == row:
            del sitting.pending[row.question]
        sitting.last_save = max(row.at, sitting.last_save or row.at)

    def _incident(self, row: IncidentRow) -> None:
        incidents = self.sitting(row).incidents
        if row not in incidents:
            incidents.append(row)

    def discard(self, rows: Iterable[Row]) -> None:
        """Drop pending answers that the store could not write."""
        for row in rows:
            if isinstance(row, AnswerRow):
                pending = self.sitting(row).pending
                if pending.get(row.question) == row:
                    del pending[row.question]


def remaining_seconds(room: Room, sitting: Sitting, now: float) -> float | None:
    """Return the seconds a candidate has left, at least 0; None before their time has started."""
    began = sitting.row.started if room.setting.own_time else room.row.opened
    if began is None:
        return None
    whole = room.setting.minutes * 60 + room.row.extra + sitting.row.extra
    return max(0.0, began + whole - room.running(now))


def sitting_state(room: Room, sitting: Sitting, now: float, wall: float) -> State:
    """Return what a candidate may do now. ``wall`` (seconds since 1970) matters to the start window only."""
    if sitting.row.void:
        return "void"
    if sitting.row.submitted is not None:
        return "submitted"
    if room.state in ("waiting", "closed"):
        return room.state
    remaining = remaining_seconds(room, sitting, now)
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
    """The result of a packet of answers: the reply to the page, and the rows to make durable.

    ``waits`` says that the reply depends on a pending answer: it is sent once that one is stored.
    """

    saved: list[dict[str, object]] = field(default_factory=list)
    stale: list[dict[str, object]] = field(default_factory=list)
    late: list[dict[str, object]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    waits: bool = False


def save(sitting: Sitting, answers: Sequence[NewAnswer], now: float, refusal: str) -> Outcome:
    """Decide about a packet of answers; what is saved is pending from now on.

    :param refusal: why no answer is accepted any more, "" while answers are.
    """
    outcome = Outcome()
    for each in answers:
        newest = sitting.newest(each.question)
        reply: dict[str, object] = {"question": each.question, "version": each.version}
        if newest is not None and newest.version == each.version and newest.answer == each.answer:
            outcome.saved.append(reply)
            outcome.rows += [newest] if each.question in sitting.pending else []
        elif newest is not None and each.version <= newest.version:
            outcome.stale.append({"question": each.question, "version": newest.version, "answer": newest.answer})
            outcome.waits |= each.question in sitting.pending
        elif refusal:
            outcome.late.append(reply)
            _store_late(sitting, outcome, each, now, refusal)
        else:
            row = AnswerRow(sitting.row.room_id, sitting.row.candidate, each.question, each.version, each.answer, now)
            sitting.pending[each.question] = row
            outcome.saved.append(reply)
            outcome.rows.append(row)
    return outcome


def _store_late(sitting: Sitting, outcome: Outcome, answer: NewAnswer, now: float, reason: str) -> None:
    known = sitting.late.get((answer.question, answer.version))
    if known is not None and known.answer == answer.answer:
        return
    if len(sitting.late) < MAX_LATE:
        outcome.rows.append(LateRow(sitting.row.room_id, sitting.row.candidate, *answer, now, reason))


def refusal(room: Room, sitting: Sitting, session: Session, now: float, wall: float) -> str:
    """Return why answers of a session count as late now: a state, or "" while they are accepted."""
    if session.row.state == "moved":
        return "moved"
    if sitting.submitting:
        return "submitted"
    state = sitting_state(room, sitting, now, wall)
    if state == "paused" and room.row.paused is not None and now - room.row.paused <= GRACE_SECONDS:
        return ""
    return "" if state == "open" else state


def receipt(sitting: Sitting, rows: Iterable[Row]) -> str:
    """Return a short hash of all saved answers, including those in ``rows``, for the candidate to write down."""
    answers = {question: (row.version, row.answer) for question, row in sitting.answers.items()}
    answers |= {question: (row.version, row.answer) for question, row in sitting.pending.items()}
    answers |= {row.question: (row.version, row.answer) for row in rows if isinstance(row, AnswerRow)}
    text = json.dumps([sitting.row.room_id, sitting.row.candidate, sorted(answers.items())], ensure_ascii=False)
    code = sha256(text.encode()).hexdigest()[:12].upper()
    return "-".join((code[:4], code[4:8], code[8:]))
