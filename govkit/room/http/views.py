"""The pages of the candidates' port: the rooms, the door, the paper, the way out."""

import gzip
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from secrets import token_hex
from typing import Literal

from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import decode
from govkit.exams.bank.markup import in_words, plain_text
from govkit.room.domain.page_records import Message, MessageView, RoomFace, RoomLink, WaitingView
from govkit.room.domain.records import Row, SessionRow
from govkit.room.domain.room import Room, Session, Sitting, state
from govkit.room.domain.sessions import csrf_of, new_token, session_row
from govkit.room.http.api import Call, standing, told_state
from govkit.room.http.pages import (
    CONTENT_POLICY,
    KIOSK_POLICY,
    STATIC,
    document,
    ending,
    message_page,
    rooms_page,
    sign_in_page,
    static_file,
    waiting_page,
)
from govkit.room.http.request import Refused, Reply, Request, cookie, page_reply, see_other
from govkit.room.http.service import Desk

COOKIE = "room"
FORM_COOKIE = "room-form"
COOKIE_SECONDS = 24 * 3600
_TYPES = {name: kind.encode() for name, kind in STATIC.items()}


@dataclass(slots=True)
class Visit:
    """A request at the door of a room; there may be a session already."""

    request: Request
    room: Room
    session: Session | None


async def rooms(desk: Desk, _request: Request) -> Reply:
    """List the rooms that can be signed in to; go to the only one."""
    rooms = [room for room in desk.hall.rooms.values() if room.state != "closed"]
    if len(rooms) == 1:
        return see_other(f"/r/{rooms[0].row.room}/")
    return page_reply(rooms_page([RoomLink(room.row.room, room.setting.title) for room in rooms]), CONTENT_POLICY)


async def health(_desk: Desk, _request: Request) -> Reply:
    """Say that the server answers, and nothing else."""
    return Reply(200, [(b"content-type", b"text/plain"), (b"content-length", b"2")], b"ok")


async def static(_desk: Desk, request: Request) -> Reply:
    """Give the page's script or style; its address holds its hash, so that a browser asks once."""
    name, packed = request.path.rpartition("/")[2], request.takes_gzip
    content = _file(name, packed)
    known = b"max-age=86400, immutable" if request.scope["query_string"] else b"max-age=300"
    headers = [(b"content-type", _TYPES[name]), (b"cache-control", known), (b"vary", b"accept-encoding")]
    more = [(b"content-encoding", b"gzip")] if packed else []
    length = (b"content-length", b"%d" % len(content))
    return Reply(200, [*headers, (b"x-content-type-options", b"nosniff"), length, *more], content)


@cache
def _file(name: str, packed: bool) -> bytes:
    content = static_file(name)
    return gzip.compress(content, mtime=0) if packed else content


async def door(desk: Desk, visit: Visit) -> Reply:
    """Show the form that asks for number and PIN, unless someone is signed in."""
    request, room, session = visit.request, visit.room, visit.session
    if session is not None and session.row.state in ("active", "takeover"):
        return see_other(f"/r/{room.row.room}/paper")
    return _sign_in_form(desk, request, room)


def _sign_in_form(
    desk: Desk, request: Request, room: Room, *, status: int = 200, problem: str = "", number: str = ""
) -> Reply:
    mark = request.cookie(FORM_COOKIE)
    if not desk.secret.form_marked(mark, mark):
        mark = desk.secret.form_mark()
    html = sign_in_page(room.face, mark, problem, number) if problem else mark.join(_form_around(room.face))
    path = f"/r/{room.row.room}"
    return page_reply(html, _policy(room), status, cookie(FORM_COOKIE, mark, path, COOKIE_SECONDS, request.secure))


@lru_cache(maxsize=100)
def _form_around(face: RoomFace) -> list[str]:
    """Return the parts of the form between which its mark comes in."""
    place = token_hex(16)
    return sign_in_page(face, place).split(place)


async def sign_in(desk: Desk, visit: Visit) -> Reply:
    """Check number and PIN; a new token is given each time."""
    request, room = visit.request, visit.room
    form = await request.form()
    number, pin = (_typed(form.get(name, "")) for name in ("number", "pin"))
    status, problem = _tried(desk, visit, form.get("csrf", ""), number, pin)
    if problem:
        return _sign_in_form(desk, request, room, status=status, problem=problem, number=number)
    sitting, token = room.sittings[number], new_token()
    async with sitting.lock:
        moves = _moves(desk, visit, sitting, token)
        asks = moves[-1].state == "takeover"
        await desk.keep([*moves, *([] if asks else _begins(desk, room, sitting))])
    path = f"/r/{room.row.room}"
    target = "waiting" if asks else "paper"
    return see_other(f"{path}/{target}", cookie(COOKIE, token, path, COOKIE_SECONDS, request.secure))


def _tried(desk: Desk, visit: Visit, mark: str, number: str, pin: str) -> tuple[int, str]:
    """Return status and words of a refusal; they are the same whether the number or the PIN is wrong."""
    request, room, now = visit.request, visit.room.row.room, desk.clock.now()
    if not desk.secret.form_marked(request.cookie(FORM_COOKIE), mark):
        return 403, _("The form had grown old; please try again")
    if not request.counted and desk.tries.exhausted(room, number, request.address, now):
        return 429, _("Too many tries; wait a minute and try again")
    if not request.counted:  # one that is judged again is the same try
        desk.tries.count(room, number, request.address, now)
        request.counted = True
    sitting = visit.room.sittings.get(number)
    right = desk.secret.pin_right(room, number, pin, sitting.row.pin if sitting else "")
    return (200, "") if sitting is not None and right else (401, _("Admission number or PIN is not right"))


def _moves(desk: Desk, visit: Visit, sitting: Sitting, token: str) -> list[SessionRow]:
    """Return the rows of a sign-in: the new session last, before it what becomes of older ones.

    The same browser goes on with a new token. Another one must be approved once there are answers to take over.
    """
    room, current, (now, wall) = visit.room, visit.session, desk.now()
    others = [each for each in sitting.sessions.values() if each.row.state in ("active", "takeover")]
    own = current is not None and current.sitting is sitting and current.row.state == "active"
    begun = state(room, sitting, now, wall) in ("open", "paused")
    rival = any(each.row.state == "active" for each in others) and not own
    asks = rival and begun and not room.setting.free_moves
    ended = [each for each in others if each.row.state == "takeover" or not asks]
    rows = [each.row._replace(state="out" if each is current else "moved") for each in ended]
    return [*rows, session_row(token, room.row.room, sitting.row.number, "takeover" if asks else "active", now)]


def _begins(desk: Desk, room: Room, sitting: Sitting) -> list[Row]:
    """Return the row of a candidate who begins with the sign-in: the paper comes next, in an exam that is open.

    Where the time is one's own, it runs from the paper itself.
    """
    now, wall = desk.now()
    if room.setting.own_time or sitting.row.started is not None or state(room, sitting, now, wall) != "open":
        return []
    return [sitting.row._replace(started=room.running(now))]


async def waiting(desk: Desk, call: Call) -> Reply:
    """Show the page that waits for the start or for the trainer."""
    found = told_state(desk, call)
    if found not in ("waiting", "takeover"):
        return see_other(f"/r/{call.room.row.room}/paper")
    row = call.session.sitting.row
    reason: Literal["start", "takeover"] = "takeover" if found == "takeover" else "start"
    view = WaitingView(call.room.face, row.number, row.name, reason, csrf_of(call.token))
    return page_reply(waiting_page(view), _policy(call.room))


async def paper(desk: Desk, call: Call) -> Reply:
    """Show the candidate's paper, once the time has come."""
    await desk.catch_up()  # the page tells what is saved, through another server too
    found, room = told_state(desk, call), call.room
    if found in ("waiting", "takeover"):
        return see_other(f"/r/{room.row.room}/waiting")
    if found in ("moved", "void", "submitted", "closed"):
        return _message(call, found)
    await _begin(desk, call)
    packed = call.request.takes_gzip
    end = ending(csrf_of(call.token), standing(desk, call, answers=True, known=found))
    body = desk.pages.paper(room, call.session.sitting, end, packed)
    more = [(b"content-encoding", b"gzip")] if packed else []
    return page_reply(body, _policy(room), 200, (b"vary", b"accept-encoding"), *more)


async def _begin(desk: Desk, call: Call) -> None:
    """Note that a candidate has seen the paper; where the time is one's own, it runs from now."""
    sitting = call.session.sitting
    if sitting.row.started is not None:
        return
    async with sitting.lock:
        if sitting.row.started is None:
            await desk.keep([sitting.row._replace(started=call.room.running(desk.clock.now()))])


def _message(call: Call, kind: Message) -> Reply:
    row = call.session.sitting.row
    view = MessageView(kind, call.room.face, row.number, row.name, row.receipt, csrf_of(call.token))
    return page_reply(message_page(view), _policy(call.room))


async def sign_out(desk: Desk, call: Call) -> Reply:
    """End the session at once."""
    given = call.request.header(b"x-room-csrf") or (await call.request.form()).get("csrf", "")
    if given != csrf_of(call.token):
        raise Refused(403, _("The call did not come from the page of this room"))
    async with call.session.sitting.lock:
        await desk.keep([call.session.row._replace(state="out")])
    path = f"/r/{call.room.row.room}"
    return see_other(f"{path}/", cookie(COOKIE, "", path, 0, call.request.secure))


async def feedback(_desk: Desk, call: Call) -> Reply:
    """Show a practice room's feedback, after it is closed."""
    room, sitting = call.room, call.session.sitting
    if room.state != "closed" or room.feedback is None or sitting.row.void:
        raise Refused(404, _("There is nothing here"))
    return page_reply(feedback_page(room, sitting), _policy(room))


def _typed(text: str) -> str:
    """Return what was typed, as if on any keyboard: full-width digits and spaces are no mistake."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))[:64]


def _policy(room: Room) -> str:
    return KIOSK_POLICY if room.setting.one_seat else CONTENT_POLICY


def feedback_page(room: Room, sitting: Sitting) -> str:
    """Return the page that shows a candidate's own answers, in words, beside the feedback."""
    sheet = room.sheets[sitting.row.form]
    rows = "".join(_row(room, sitting, item) for item in sheet.items)
    heads = "".join(f"<th>{escape(head)}</th>" for head in (_("Question"), _("Your answer"), _("Feedback")))
    letters = _("Letters are those of the printed paper; on the screen the options stood in an order of your own.")
    body_html = (
        f"<main><h1>{escape(room.setting.title)}</h1><p>{escape(letters)}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></main>"
    )
    return document(room.setting.title, body_html, "feedback")


def _row(room: Room, sitting: Sitting, item: str) -> str:
    face = room.sheets[sitting.row.form].items[item]
    answer = sitting.answers[item].answer if item in sitting.answers else ""
    cells = (
        plain_text(face.stem, face.markup),
        in_words(face, decode(face, answer)),
        (room.feedback or {}).get(item, ""),
    )
    return "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in cells) + "</tr>"
