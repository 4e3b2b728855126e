"""The pages of the candidates' port as HTML, rendered from the records of :mod:`govkit.room.domain.page_records`.

Every page can be read without its script. There is no inline script or style, so that the policy can be as strict as
``CONTENT_POLICY``; a block of JSON, which is data, carries what the script needs. A paper is rendered from pieces that
are rendered once: the frame of a form, and each question in each order of its options.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import islice
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, NamedTuple

from markupsafe import Markup

from govkit.core import html
from govkit.core.i18n import gettext as _
from govkit.exams.bank.markup import plain_text, text_html, with_pictures
from govkit.exams.bank.questions import Face
from govkit.exams.paper.paper import LETTERS, Paper, PaperSection, Placed, arrange
from govkit.room.domain.page_records import MessageView, QuestionView, RoomInfo, RoomLink, WaitingView, question_view
from govkit.room.http.messages import message, page_text, script_texts, waiting_rules

MAX_CACHED = 5000
"""Rendered questions in the orders of their options; a choice among four has 24 orders."""
BLANK = re.compile("_{4,}")
LIMITS = SimpleNamespace(blank=200, short_answer=5000, number=40)
"""How many characters a blank, a short answer and a number may have."""

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KIOSK_POLICY = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors http://127.0.0.1:* http://localhost:*")
"""The policy of a room with one seat, which a notebook on this machine shows in a frame."""

STATIC = {"room.js": "text/javascript; charset=utf-8", "room.css": "text/css; charset=utf-8"}
"""The files under ``/static/`` and their media types."""

_WATERMARKS = 40
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Placeholders(NamedTuple):
    """What stands in a form's page in place of a candidate's own values; ``data`` is the number in the data block."""

    candidate: str
    name: str
    data: str
    questions: str
    session: str


@cache
def static_file(name: str) -> bytes:
    """Return the content of one of the files named in ``STATIC``."""
    return files("govkit.room").joinpath("static", name).read_bytes()


def compile_templates() -> None:
    """Compile all templates now, so that no candidate waits for it (70 ms) at the start of an exam."""
    for template in files("govkit.room").joinpath("templates").iterdir():
        html.environment().get_template(f"room/{template.name}")


def rooms_page(rooms: Sequence[RoomLink]) -> str:
    """Return the list of rooms that can be signed in to."""
    return _page("rooms", rooms=rooms)


def sign_in_page(room: RoomInfo, csrf: str, problem: str = "", candidate: str = "") -> str:
    """Return the form for admission number and PIN; ``problem`` says why an attempt was refused."""
    return _page("sign_in", room=room, csrf=csrf, problem=problem, candidate=candidate)


def waiting_page(view: WaitingView) -> str:
    """Return the page that waits for the start, or for the trainer to approve a second device."""
    texts, state = script_texts(), "takeover" if view.reason == "takeover" else "waiting"
    data = {"page": "waiting", "room_id": view.room.room_id, "candidate": view.candidate, "csrf": view.csrf}
    return _page(
        "waiting",
        view=view,
        title=texts[f"{state}_title"],
        message=texts[state],
        rules=waiting_rules(view.room.minutes),
        data=_data(data | {"messages": texts}),
    )


def message_page(view: MessageView) -> str:
    """Return a page with a message only: submitted, closed, void, moved, no such room."""
    title, text = message(view.kind)
    return _page("message", view=view, title=title, message=text)


def feedback_page(title: str, rows: Sequence[tuple[str, str, str]]) -> str:
    """Return the page of a practice room's feedback; a row is a question, the answer given, the feedback."""
    return _page("feedback", title=title, rows=rows)


def paper_page(room: RoomInfo, paper: Paper, places: Placeholders) -> str:
    """Return a form's page with placeholders for everything that differs between candidates."""
    data = {
        "page": "paper",
        "room_id": room.room_id,
        "candidate": places.data,
        "watermark": places.data,
        "feedback": room.kind == "practice",
        "messages": script_texts(),
    }
    return _page(
        "paper",
        room=room,
        form=paper.form,
        count=len(paper.questions),
        watermarks=_WATERMARKS,
        candidate=places.candidate,
        name=places.name,
        questions=places.questions,
        data=_data(data)[:-1] + "," + places.session + "}",
    )


def session_data(csrf: str, now: Mapping[str, Any]) -> bytes:
    """Return what the data block of a paper says of a session: its CSRF token, and the sitting as of now."""
    return _data({"csrf": csrf, "now": now})[1:-1].encode()


def in_data(text: str) -> str:
    """Return a text as it stands between quotes in the data block."""
    return _data(text)[1:-1]


def _page(template: str, **values: object) -> str:
    return str(html.render(f"room/{template}.html", text=page_text(), static=_address, **values))


def _data(value: object) -> Markup:
    """Return JSON for the data block: no text can end the block that it stands in."""
    text = _encode(value)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


@cache
def _address(name: str) -> str:
    return f"/static/{name}?v={sha256(static_file(name)).hexdigest()[:12]}"


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


def question_html(view: QuestionView) -> str:
    """Return a question with its fields; a case with those of all its parts."""
    page = html.render(
        "room/question.html",
        view=view,
        text=page_text(),
        letters=LETTERS,
        limits=LIMITS,
        stem=_stem,
        about=_about,
        rich=text_html,
        plain_text=plain_text,
    )
    return str(page)


def _about(face: Face) -> str:
    words: str = page_text().about
    return words.format(type=face.type.label, points=f"{face.points.normalize():f}")


def _stem(face: Face) -> Markup:
    """Return a stem with its pictures inline and its blanks numbered."""
    shown = text_html(face.stem, face.markup)
    numbered = _numbered(shown) if face.blanks > 1 else shown
    return with_pictures(numbered, face, page_text().picture)


def _numbered(stem: Markup) -> Markup:
    numbers = iter(range(1, 1000))
    return Markup(BLANK.sub(lambda found: f'<span class="blank">（{next(numbers)}）{found.group()}</span>', stem))  # noqa: S704 - only a number is added
