"""Papers assembled from prerendered pieces: what is the same for many candidates is rendered once.

Candidates differ in the order of questions and options, and in number and name. A question is rendered once for each
order of its options, with placeholders for its number on the screen; so is the page around the questions.
"""

from html import escape
from itertools import islice
from secrets import token_hex

from govkit.core.i18n import gettext as _
from govkit.exams.paper.paper import Paper, PaperSection, Placed, arrange
from govkit.room.domain.page_records import RoomInfo, question_view
from govkit.room.http.pages import Placeholders, in_data, paper_page
from govkit.room.http.questions import question_html

MAX_CACHED = 5000
"""Rendered questions in the orders of their options; a choice among four has 24 orders."""


class PaperRenderer:
    """Renders the paper of a form for one candidate after the other. ``tail`` ends every page after its data."""

    def __init__(self, paper: Paper, room: RoomInfo) -> None:
        self._paper = paper
        self._faces = {face.id: face for face in paper.questions}
        self._titles = [f"<h2>{escape(section_title(section))}</h2>" for section in paper.sections]
        self._cache: dict[Placed, list[str]] = {}
        self._number = token_hex(16)  # random, so that no text of a paper can contain it
        self._places = Placeholders(*(token_hex(16) for _place in Placeholders._fields))
        self._page, tail = paper_page(room, paper, self._places).split(self._places.session)
        self.tail = tail.encode()

    def head(self, candidate: str, name: str) -> bytes:
        """Return a candidate's page up to the data of the session."""
        page = self._page
        filled = (escape(candidate), escape(name), in_data(candidate), self._sections(candidate))
        for place, text in zip(self._places, filled, strict=False):
            page = page.replace(place, text)
        return page.encode()

    def _sections(self, candidate: str) -> str:
        placed = enumerate(arrange(self._paper, candidate), start=1)
        parts: list[str] = []
        for section, title in zip(self._paper.sections, self._titles, strict=True):
            of_section = islice(placed, len(section.questions))
            questions = "".join(str(number).join(self._pieces(place)) for number, place in of_section)
            parts.append(f'<div class="section">{title}{questions}</div>')
        return "".join(parts)

    def _pieces(self, place: Placed) -> list[str]:
        pieces = self._cache.get(place)
        if pieces is None:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            html = question_html(question_view(self._number, self._faces[place.question], place))
            pieces = self._cache[place] = html.split(self._number)
        return pieces


def section_title(section: PaperSection) -> str:
    """Return the heading of a section of the paper."""
    return _("{title} ({count} questions, {points} points each)").format(
        title=section.title, count=len(section.questions), points=f"{section.points.normalize():f}"
    )
