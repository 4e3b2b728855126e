"""What the pages of a room are made of: plain records, filled by the server, drawn by :mod:`govkit.room.http.pages`.

Nothing here is a person's answer: what was answered, what time is left and whether the room is open is fetched by the
page's script, so that the HTML of a paper can be made once for each candidate and kept.
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

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class RoomFace:
    """What all candidates see of a room. ``minutes`` is the time of the paper; ``one_seat`` is a kiosk's room."""

    id: str
    title: str
    minutes: int = 0
    kind: RoomKind = "closed"
    one_seat: bool = False


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A signed-in candidate who cannot begin yet: before the start, or on a second device to be approved."""

    room: RoomFace
    number: str
    name: str
    reason: Waiting
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A page that only says something. ``csrf`` is there when someone is signed in, so that they can sign out."""

    kind: Message
    room: RoomFace | None = None
    number: str = ""
    name: str = ""
    receipt: str = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class ItemView:
    """What takes one answer: a question, or a part of a case. ``label`` is its number on the screen: "3" or "3（1）".

    ``options`` stand in the candidate's order; their ids are the letters of the paper, which is what is answered.
    """

    face: Face
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question where a candidate sees it; a case has several items, every other question is its own only item.

    ``number`` is what stands for it on the screen; it is a place to be filled in where a question is drawn for many.
    """

    number: str
    face: Face
    items: tuple[ItemView, ...]


def question_view(number: str, face: Face, placed: Placed) -> QuestionView:
    """Return a question with its options in a candidate's order."""
    if not face.parts:
        return QuestionView(number, face, (_item(face, number, placed),))
    parts = zip(face.parts, placed.parts, strict=True)
    items = tuple(_item(part, f"{number}（{at}）", place) for at, (part, place) in enumerate(parts, start=1))
    return QuestionView(number, face, items)


def _item(face: Face, label: str, placed: Placed) -> ItemView:
    known = {option.id: option for option in face.options}
    return ItemView(face, label, tuple(known[name] for name in placed.options))
