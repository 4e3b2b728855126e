"""What the pages of a room are made of: plain records, filled by the server, drawn by :mod:`govkit.room.page`.

Nothing here is a person's answer: what was answered, what time is left and whether the room is open is fetched by the
page's script, so that the HTML of a paper can be made once for each candidate and kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from govkit.exams.paper import Paper, Placed
from govkit.exams.question import Face, Option

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
    """A question where a candidate sees it; a case has several items, every other question is its own only item."""

    number: int
    face: Face
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of the paper, with its questions in the candidate's order."""

    title: str
    points: Decimal
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class PaperView:
    """One candidate's paper."""

    room: RoomFace
    number: str
    name: str
    form: str
    total: Decimal
    sections: tuple[SectionView, ...]

    @classmethod
    def of(cls, paper: Paper, number: str, name: str, placed: Sequence[Placed], room: RoomFace) -> "PaperView":
        """Return the paper as candidate ``number`` sees it; ``placed`` is ``arrange(paper, number)``."""
        faces = {face.id: face for face in paper.questions}
        views = {
            place.question: _question(at, faces[place.question], place) for at, place in enumerate(placed, start=1)
        }
        sections = []
        for section in paper.sections:
            mine = sorted((views[face.id] for face in section.questions), key=lambda view: view.number)
            sections.append(SectionView(section.title, section.points, tuple(mine)))
        return cls(room, number, name, paper.form, paper.total, tuple(sections))

    @property
    def questions(self) -> tuple[QuestionView, ...]:
        """All questions, in the candidate's order."""
        return tuple(question for section in self.sections for question in section.questions)


def _question(number: int, face: Face, placed: Placed) -> QuestionView:
    if not face.parts:
        return QuestionView(number, face, (_item(face, str(number), placed),))
    parts = zip(face.parts, placed.parts, strict=True)
    items = tuple(_item(part, f"{number}（{at}）", place) for at, (part, place) in enumerate(parts, start=1))
    return QuestionView(number, face, items)


def _item(face: Face, label: str, placed: Placed) -> ItemView:
    known = {option.id: option for option in face.options}
    return ItemView(face, label, tuple(known[name] for name in placed.options))
