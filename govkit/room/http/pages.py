"""The pages that a candidate sees, as HTML: pure functions of the records in :mod:`govkit.room.domain.page_records`.

Every page can be read without its script. There is no inline script or style, so that the policy can be as strict as
``CONTENT_POLICY``; a block of JSON, which is data, tells the script what it must know. Names that end in ``_html`` hold
HTML; every other text is escaped where it enters a page.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any, NamedTuple

from govkit.core.i18n import gettext as _
from govkit.exams.paper.paper import Paper, PaperSection
from govkit.room.domain.page_records import Message, MessageView, RoomFace, RoomLink, WaitingView
from govkit.room.http.messages import label, script_words

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KIOSK_POLICY = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors http://127.0.0.1:* http://localhost:*")
"""The same for a room with one seat, which a notebook on this machine shows in a frame."""

STATIC = {"room.js": "text/javascript; charset=utf-8", "room.css": "text/css; charset=utf-8"}
"""The files under ``/static/`` and their media types."""

_DATA = '<script type="application/json" id="room">'
_DATA_END = "</script>"
_PAGE_END = "</body></html>"
_MARKS = 40
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Places(NamedTuple):
    """What stands in a frame where a candidate's number, name, number in the block of data and questions come in."""

    number: str
    name: str
    data: str
    questions: str


@cache
def static_file(name: str) -> bytes:
    """Return the content of one of the files named in ``STATIC``."""
    return files("govkit.room").joinpath("static", name).read_bytes()


def rooms_page(rooms: Sequence[RoomLink]) -> str:
    """Return the list of rooms that can be signed in to."""
    links = "".join(f'<li><a href="/r/{escape(room.id)}/">{escape(room.title)}</a></li>' for room in rooms)
    said = _("Choose your exam:") if rooms else _("There is no exam to sign in to just now.")
    body = f'<p>{escape(said)}</p><ul class="rooms">{links}</ul>' if rooms else f"<p>{escape(said)}</p>"
    return _small(_("Exams"), body)


def sign_in_page(room: RoomFace, csrf: str, problem: str = "", number: str = "") -> str:
    """Return the form that asks for admission number and PIN; ``problem`` says why a try was refused.

    The PIN is shown as it is typed and no browser is asked to keep it: the next candidate sits at the same machine.
    """
    told = f'<p class="alert" role="alert" id="problem">{escape(problem)}</p>' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    body = (
        f'{told}<form method="post" action="/r/{escape(room.id)}/sign-in" class="sign-in">'
        f'<input type="hidden" name="csrf" value="{escape(csrf)}">'
        f'<label for="number">{label("number")}</label>'
        f'<input id="number" name="number" required maxlength="40" autocomplete="off" autocapitalize="off" '
        f'spellcheck="false" value="{escape(number)}"{described}>'
        f'<label for="pin">{label("pin")}</label>'
        f'<input id="pin" name="pin" required maxlength="16" inputmode="numeric" spellcheck="false" '
        f'autocomplete="off"{described}>'
        f'<button class="main">{label("sign_in")}</button></form>'
        f"<p>{label('on_slip')}</p>"
        f"{_needs_script_html()}"
    )
    return _small(room.title, body)


def waiting_page(view: WaitingView) -> str:
    """Return the page that waits for the start, or for the trainer to approve a second device."""
    words = script_words()
    name = "takeover" if view.reason == "takeover" else "waiting"
    rules = "" if view.reason == "takeover" else _rules_html(view.room)
    body = (
        f'<h2 id="state-title" tabindex="-1">{escape(words[f"{name}_title"])}</h2>'
        f'<p id="state-text" role="status">{escape(words[name])}</p>{_who_html(view.number, view.name)}{rules}'
        f"{_needs_script_html()}{_sign_out_html(view.room, view.csrf)}"
    )
    told = {"page": "waiting", "room": view.room.id, "number": view.number, "words": words, "csrf": view.csrf}
    return _small(view.room.title, body, script_html=_data_html(told), again=True)


def message_page(view: MessageView) -> str:
    """Return a page that only says something: submitted, closed, void, moved, no such room."""
    title, text = _messages()[view.kind]
    receipt = _("Receipt: {receipt}").format(receipt=view.receipt)
    receipt_html = f'<p class="receipt">{escape(receipt)}</p>' if view.receipt else ""
    room_html = f'<p class="of">{escape(view.room.title)}</p>' if view.room else ""
    body = (
        f"{room_html}<p>{escape(text)}</p>{receipt_html}"
        f"{_who_html(view.number, view.name) if view.number else ''}{_feedback_html(view)}"
        f"{_sign_out_html(view.room, view.csrf) if view.room and view.csrf else _way_back_html(view)}"
    )
    return _small(title, body)


def frame_html(room: RoomFace, paper: Paper, places: Places) -> str:
    """Return a paper's page around its questions, up to what :func:`ending` adds."""
    told = {
        "page": "paper",
        "room": room.id,
        "number": places.data,
        "watermark": places.data,
        "feedback": room.kind == "practice",
        "words": script_words(),
    }
    body = (
        f'<a class="skip" href="#main">{label("skip")}</a>{_watermark_html(places.number)}'
        f'{_bar_html(room, paper.form, places)}<div id="notices" class="notices"></div>'
        f'<p id="live" class="unseen" role="status" aria-live="polite"></p>'
        f'<div class="desk">{_overview_html(len(paper.questions))}<main id="main" tabindex="-1">{_needs_script_html()}'
        f"{_state_html(room)}"
        f'<form id="paper" autocomplete="off"><fieldset id="answers" disabled>'
        f'<legend class="unseen">{label("questions")}</legend>{places.questions}</fieldset></form>'
        f"{_steps_html()}{_check_html()}</main></div>{_DATA}{_data(told)[:-1]}"
    )
    return _head_html(room.title, script=True) + f'<body class="paper">{body}'


def ending(csrf: str, now: Mapping[str, Any]) -> bytes:
    """Return the end of a paper: the session's token, and how the sitting stands as ``api/state`` tells it."""
    return f"{_data({'csrf': csrf, 'now': now}).replace('{', ',', 1)}{_DATA_END}{_PAGE_END}".encode()


def section_title(section: PaperSection) -> str:
    """Return the words above a part of the paper."""
    return _("{title} ({count} questions, {points} points each)").format(
        title=section.title, count=len(section.questions), points=f"{section.points.normalize():f}"
    )


def _bar_html(room: RoomFace, form: str, places: Places) -> str:
    who = _("No. {number} {name} · form {form}").format(number=places.number, name=places.name, form=escape(form))
    return (
        f'<header class="bar"><div class="about-exam"><h1>{escape(room.title)}</h1><p>{who}</p></div>'
        f'<p id="clock-box" class="clock needs-script"><span>{label("time_left")}</span> '
        f'<strong id="clock" role="timer" aria-live="off">--:--</strong></p>'
        f'<p id="link" class="link needs-script"></p></header>'
    )


def _overview_html(count: int) -> str:
    links = "".join(
        f'<li><a href="#q-{at}" data-question="{at}"><span class="number">{at}'
        f'</span><span class="sign" aria-hidden="true"></span><span class="unseen told"></span></a></li>'
        for at in range(1, count + 1)
    )
    return (
        f'<nav class="overview" aria-label="{label("overview_of")}">'
        f'<button type="button" id="overview-toggle" class="needs-script" aria-expanded="false" '
        f'aria-controls="overview-list">{label("overview")} <span id="progress"></span></button>'
        f'<div id="overview-list"><ol class="cells">{links}</ol>'
        f'<p class="tools needs-script"><button type="button" id="view-mode"></button> '
        f'<button type="button" id="full-screen" hidden></button></p></div></nav>'
    )


def _state_html(room: RoomFace) -> str:
    return (
        '<section id="state" class="state" hidden><h2 id="state-title" tabindex="-1"></h2><p id="state-text"></p>'
        '<p id="state-more"></p><p id="state-receipt" class="receipt" hidden></p>'
        f'<p id="state-feedback" hidden><a href="/r/{escape(room.id)}/feedback">{label("feedback")}</a></p>'
        '<p><button type="button" id="state-button" class="main" hidden></button></p></section>'
    )


def _steps_html() -> str:
    return (
        f'<div id="steps" class="steps needs-script"><button type="button" id="back">{label("previous")}</button>'
        f'<span id="at"></span><button type="button" id="next">{label("next")}</button>'
        f'<button type="button" id="finish" class="main">{label("finish")}</button></div>'
    )


def _check_html() -> str:
    return (
        f'<section id="check" class="state" hidden><h2 id="check-title" tabindex="-1">{label("hand_in_asked")}</h2>'
        f'<p id="check-open"></p><ul id="check-open-list" class="cells"></ul>'
        f'<p id="check-flagged"></p><ul id="check-flagged-list" class="cells"></ul><p id="check-unsent"></p>'
        f"<p>{label('no_way_back')}</p>"
        f'<p><button type="button" id="check-back">{label("go_on_answering")}</button> '
        f'<button type="button" id="submit" class="main">{label("hand_in")}</button></p></section>'
    )


def _rules_html(room: RoomFace) -> str:
    lines = [
        _("Answers are saved at each change; a saved answer says so."),
        _("If the network fails, go on answering: nothing is lost."),
        _("Leaving the page, using another window and leaving full screen are logged; the invigilator sees it."),
    ]
    if room.minutes:
        lines.insert(0, _("You have {minutes} minutes.").format(minutes=room.minutes))
    return f'<ul class="rules">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def _messages() -> dict[Message, tuple[str, str]]:
    words = script_words()
    sign_in = _("Sign in with the number and PIN of your admission slip.")
    return {
        "submitted": (words["submitted_title"], words["submitted"]),
        "closed": (words["closed_title"], words["closed"]),
        "void": (words["void_title"], words["void"]),
        "moved": (words["moved_title"], words["moved"]),
        "signed_out": (_("You are signed out"), sign_in),
        "no_room": (_("There is no such exam"), _("Check the address on your admission slip.")),
        "no_rooms": (_("There is no exam to sign in to just now."), _("Please wait for the trainer.")),
        "not_found": (_("There is no such page"), _("Check the address on your admission slip.")),
        "too_many": (_("Too many tries"), _("Wait a minute, then try again; or ask the invigilator for a new PIN.")),
        "seb": (_("Open this exam in Safe Exam Browser"), _("Ask the invigilator for the configuration file.")),
        "fault": (_("Something went wrong on the server"), _("Saved answers are safe. Call the invigilator.")),
    }


def _feedback_html(view: MessageView) -> str:
    if view.room is None or view.room.kind != "practice" or view.kind not in ("closed", "submitted"):
        return ""
    return f'<p><a href="/r/{escape(view.room.id)}/feedback">{label("feedback")}</a></p>'


def _way_back_html(view: MessageView) -> str:
    if view.room is None or view.kind in ("no_room", "void"):
        return ""
    return f'<p><a class="button" href="/r/{escape(view.room.id)}/">{label("to_sign_in")}</a></p>'


def _sign_out_html(room: RoomFace, csrf: str) -> str:
    return (
        f'<form method="post" action="/r/{escape(room.id)}/sign-out"><input type="hidden" name="csrf" '
        f'value="{escape(csrf)}"><button>{label("sign_out")}</button></form>'
    )


def _who_html(number: str, name: str) -> str:
    who = _("No. {number} {name}").format(number=number, name=name)
    return f'<p class="who">{escape(who)}</p>'


def _needs_script_html() -> str:
    said = _("This page needs JavaScript to save answers. Switch it on, or ask the invigilator for another device.")
    return f'<noscript><p class="alert">{escape(said)}</p></noscript>'


def _watermark_html(number: str) -> str:
    mark = f'<span data-mark="{number}"></span>'
    return f'<div class="watermark" aria-hidden="true">{mark * _MARKS}</div>'


def in_data(text: str) -> str:
    """Return a text as it stands inside the quotes of the block of data."""
    return _data(text)[1:-1]


def _data_html(told: Mapping[str, Any]) -> str:
    return f"{_DATA}{_data(told)}{_DATA_END}"


def _data(told: Any) -> str:
    """Return JSON in which no text can end the block that it stands in."""
    text = _encode(told)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _small(title: str, body_html: str, *, script_html: str = "", again: bool = False) -> str:
    main_html = f'<main class="small"><h1>{escape(title)}</h1>{body_html}</main>{script_html}'
    return document(title, main_html, "small", script=bool(script_html), again=again)


def document(title: str, body_html: str, kind: str, *, script: bool = False, again: bool = False) -> str:
    """Return a whole page; ``kind`` is the class by which the style knows it."""
    return f'{_head_html(title, script=script, again=again)}<body class="{kind}">{body_html}{_PAGE_END}'


def _head_html(title: str, *, script: bool, again: bool = False) -> str:
    """Return the head of a document; ``again`` loads it anew now and then where there is no script."""
    refresh = '<noscript><meta http-equiv="refresh" content="15"></noscript>' if again else ""
    run = f'<script src="{_address("room.js")}" defer></script>' if script else ""
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="format-detection" content="telephone=no"><title>{escape(title)}</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{_address("room.css")}">{refresh}{run}</head>'
    )


@cache
def _address(name: str) -> str:
    return f"/static/{name}?v={sha256(static_file(name)).hexdigest()[:12]}"
