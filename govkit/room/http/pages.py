"""The pages of the candidates' port as HTML, rendered from the records of :mod:`govkit.room.domain.page_records`.

Every page can be read without its script. There is no inline script or style, so that the policy can be as strict as
``CONTENT_POLICY``; a block of JSON, which is data, carries what the script needs.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from markupsafe import Markup

from govkit.core import html
from govkit.exams.paper.paper import Paper
from govkit.room.domain.page_records import MessageView, RoomInfo, RoomLink, WaitingView
from govkit.room.http.messages import message, page_text, script_texts, waiting_rules

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
