"""Records that the pages of a room are rendered from (:mod:`govkit.room.http.pages`).

They hold no answers: saved answers, the time left and the state of the room go to the page's script, so that the HTML
of a paper is rendered once for each candidate and cached.
"""

from dataclasses import dataclass
from typing import Literal

from govkit.exams.bank.questions import Face, Option
from govkit.exams.paper.paper import Placed

RoomKind = Literal["closed", "open", "practice", "resit"]
Waiting = Literal["start", "takeover"]
Message = Literal[
    "submitted", "closed", "void", "moved", "signed_out", "no_room", "no_rooms", "not_found", "too_many", "seb", "fault"
]


@dataclass(frozen=True, slots=True)
class RoomLink:
    """A room that can be signed in to, as the first page lists it."""

    room_id: str
    title: str


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """What all candidates see of a room. ``minutes`` is the time of the paper; ``one_seat`` marks a kiosk."""

    room_id: str
    title: str
    minutes: int = 0
    kind: RoomKind = "closed"
    one_seat: bool = False


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A signed-in candidate who cannot begin yet: before the start, or on a second device awaiting approval."""

    room: RoomInfo
    candidate: str
    name: str
    reason: Waiting
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A page with a message only. ``csrf`` is set when someone is signed in, so that they can sign out."""

    kind: Message
    room: RoomInfo | None = None
    candidate: str = ""
    name: str = ""
    receipt: str = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """What takes one answer: a question, or a part of a case. ``label`` is its number on the screen: "3" or "3（1）".

    ``options`` are in the candidate's order; their ids are the letters of the paper, which are answered.
    """

    face: Face
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as a candidate sees it; a case has a field for each part, every other question has one.

    ``number`` is its number on the screen, or a placeholder where the HTML is rendered for many candidates.
    """

    number: str
    face: Face
    fields: tuple[FieldView, ...]


def question_view(number: str, face: Face, placed: Placed) -> QuestionView:
    """Return a question with its options in a candidate's order."""
    if not face.parts:
        return QuestionView(number, face, (_field(face, number, placed),))
    parts = zip(face.parts, placed.parts, strict=True)
    fields = tuple(_field(part, f"{number}（{at}）", place) for at, (part, place) in enumerate(parts, start=1))
    return QuestionView(number, face, fields)


def _field(face: Face, label: str, placed: Placed) -> FieldView:
    known = {option.id: option for option in face.options}
    return FieldView(face, label, tuple(known[name] for name in placed.options))
