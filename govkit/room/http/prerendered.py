"""Papers joined from pieces: what is the same for many candidates is drawn once.

Candidates differ in the order of questions and options, and in number and name. A question is drawn once for each order
of its options, with places where its number on the screen comes in; so is the page around the questions.
"""

from html import escape
from itertools import islice
from secrets import token_hex

from govkit.exams.paper.paper import Paper, Placed, arrange
from govkit.room.domain.page_records import RoomFace, question_view
from govkit.room.http.pages import Places, frame_html, in_data, section_title
from govkit.room.http.questions import question_html

MOST_KEPT = 5000
"""Questions kept in the order of their options; a choice among four has 24 orders."""


class Press:
    """A form's paper in a room, to be printed for one candidate after the other."""

    def __init__(self, paper: Paper, room: RoomFace) -> None:
        self._paper = paper
        self._faces = {face.id: face for face in paper.questions}
        self._titles = [f"<h2>{escape(section_title(section))}</h2>" for section in paper.sections]
        self._drawn: dict[Placed, list[str]] = {}
        self._place = token_hex(16)  # drawn at random: no text of a paper can hold it
        self._places = Places(*(token_hex(16) for _place in Places._fields))
        self._frame = frame_html(room, paper, self._places)

    def page(self, number: str, name: str) -> bytes:
        """Return a paper up to what differs between sessions; :func:`govkit.room.http.pages.ending` ends it."""
        filled = Places(escape(number), escape(name), in_data(number), self._sections(number))
        html = self._frame
        for place, text in zip(self._places, filled, strict=True):
            html = html.replace(place, text)
        return html.encode()

    def _sections(self, number: str) -> str:
        placed = enumerate(arrange(self._paper, number), start=1)
        parts: list[str] = []
        for section, title in zip(self._paper.sections, self._titles, strict=True):
            mine = islice(placed, len(section.questions))
            questions = "".join(str(at).join(self._pieces(place)) for at, place in mine)
            parts.append(f'<div class="section">{title}{questions}</div>')
        return "".join(parts)

    def _pieces(self, place: Placed) -> list[str]:
        drawn = self._drawn.get(place)
        if drawn is None:
            if len(self._drawn) >= MOST_KEPT:
                self._drawn.clear()
            html = question_html(question_view(self._place, self._faces[place.question], place))
            drawn = self._drawn[place] = html.split(self._place)
        return drawn
