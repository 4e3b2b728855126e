"""The pages of the candidates' port: rooms, sign-in, waiting, paper, sign-out, feedback."""

import gzip
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from secrets import token_hex
from typing import Literal

from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import decode
from govkit.exams.bank.markup import in_words, plain_text
from govkit.exams.bank.questions import Face
from govkit.room.domain.page_records import Message, MessageView, RoomInfo, RoomLink, WaitingView
from govkit.room.domain.records import Row, SessionRow
from govkit.room.domain.room import Room, Session, Sitting, sitting_state
from govkit.room.domain.sessions import csrf_of, new_token, session_row
from govkit.room.http.api import Call, session_state, with_answers
from govkit.room.http.pages import (
    CONTENT_POLICY,
    KIOSK_POLICY,
    STATIC,
    feedback_page,
    message_page,
    rooms_page,
    session_data,
    sign_in_page,
    static_file,
    waiting_page,
)
from govkit.room.http.request import Refused, Reply, Request, cookie, page_reply, see_other
from govkit.room.http.service import RoomService

COOKIE = "room"
FORM_COOKIE = "room-form"
COOKIE_SECONDS = 24 * 3600
_TYPES = {name: kind.encode() for name, kind in STATIC.items()}


@dataclass(slots=True)
class Visit:
    """A request to a room by anyone; ``session`` is theirs if they are signed in to this room."""

    request: Request
    room: Room
    session: Session | None


async def rooms(service: RoomService, _request: Request) -> Reply:
    """Show the rooms that can be signed in to; redirect to the only one."""
    rooms = [room for room in service.rooms.values() if room.state != "closed"]
    if len(rooms) == 1:
        return see_other(f"/r/{rooms[0].row.room_id}/")
    return page_reply(rooms_page([RoomLink(room.row.room_id, room.setting.title) for room in rooms]), CONTENT_POLICY)


async def health(_service: RoomService, _request: Request) -> Reply:
    """Reply "ok", for monitoring."""
    return Reply(200, [(b"content-type", b"text/plain"), (b"content-length", b"2")], b"ok")


async def static(_service: RoomService, request: Request) -> Reply:
    """Return the page's script or style; its address contains its hash, so that browsers cache it."""
    name, packed = request.path.rpartition("/")[2], request.accepts_gzip
    content = _file(name, packed)
    age = b"max-age=86400, immutable" if request.scope["query_string"] else b"max-age=300"
    headers = [(b"content-type", _TYPES[name]), (b"cache-control", age), (b"vary", b"accept-encoding")]
    more = [(b"content-encoding", b"gzip")] if packed else []
    length = (b"content-length", b"%d" % len(content))
    return Reply(200, [*headers, (b"x-content-type-options", b"nosniff"), length, *more], content)


@cache
def _file(name: str, packed: bool) -> bytes:
    content = static_file(name)
    return gzip.compress(content, mtime=0) if packed else content


async def sign_in_form(service: RoomService, visit: Visit) -> Reply:
    """Show the form for number and PIN, unless someone is signed in."""
    request, room, session = visit.request, visit.room, visit.session
    if session is not None and session.row.state in ("active", "takeover"):
        return see_other(f"/r/{room.row.room_id}/paper")
    return _form(service, request, room)


def _form(
    service: RoomService, request: Request, room: Room, *, status: int = 200, problem: str = "", candidate: str = ""
) -> Reply:
    token = request.cookie(FORM_COOKIE)
    if not service.secret.form_token_valid(token, token):
        token = service.secret.form_token()
    html = sign_in_page(room.info, token, problem, candidate) if problem else token.join(_form_pieces(room.info))
    path = f"/r/{room.row.room_id}"
    return page_reply(html, _policy(room), status, cookie(FORM_COOKIE, token, path, COOKIE_SECONDS, request.secure))


@lru_cache(maxsize=100)
def _form_pieces(room: RoomInfo) -> list[str]:
    """Return the sign-in page, split where its CSRF token stands."""
    place = token_hex(16)
    return sign_in_page(room, place).split(place)


async def sign_in(service: RoomService, visit: Visit) -> Reply:
    """Check number and PIN and create a session with a new token."""
    request, room = visit.request, visit.room
    form = await request.form()
    candidate, pin = (_typed(form.get(name, "")) for name in ("candidate", "pin"))
    status, problem = _checked(service, visit, form.get("csrf", ""), candidate, pin)
    if problem:
        return _form(service, request, room, status=status, problem=problem, candidate=candidate)
    sitting, token = room.sittings[candidate], new_token()
    async with sitting.lock:
        rows = _session_rows(service, visit, sitting, token)
        needs_approval = rows[-1].state == "takeover"
        await service.save([*rows, *([] if needs_approval else _start_rows(service, room, sitting))])
    path = f"/r/{room.row.room_id}"
    target = "waiting" if needs_approval else "paper"
    return see_other(f"{path}/{target}", cookie(COOKIE, token, path, COOKIE_SECONDS, request.secure))


def _checked(service: RoomService, visit: Visit, csrf: str, candidate: str, pin: str) -> tuple[int, str]:
    """Return status and text of a refusal, the same for a wrong number and a wrong PIN; the text is "" without one."""
    request, room_id, now = visit.request, visit.room.row.room_id, service.clock.now()
    if not service.secret.form_token_valid(request.cookie(FORM_COOKIE), csrf):
        return 403, _("The form had grown old; please try again")
    if not request.counted and service.attempts.exceeded(room_id, candidate, request.address, now):
        return 429, _("Too many tries; wait a minute and try again")
    if not request.counted:  # a request handled again is the same attempt
        service.attempts.count(room_id, candidate, request.address, now)
        request.counted = True
    sitting = visit.room.sittings.get(candidate)
    matches = service.secret.pin_matches(room_id, candidate, pin, sitting.row.pin if sitting else "")
    return (200, "") if sitting is not None and matches else (401, _("Admission number or PIN is not right"))


def _session_rows(service: RoomService, visit: Visit, sitting: Sitting, token: str) -> list[SessionRow]:
    """Return the rows of a sign-in: changes of older sessions, then the new session.

    The same browser continues with a new token. Another one needs approval once there are answers to take over.
    """
    room, current, (now, wall) = visit.room, visit.session, service.now()
    others = [each for each in sitting.sessions.values() if each.row.state in ("active", "takeover")]
    own = current is not None and current.sitting is sitting and current.row.state == "active"
    begun = sitting_state(room, sitting, now, wall) in ("open", "paused")
    rival = any(each.row.state == "active" for each in others) and not own
    needs_approval = rival and begun and not room.setting.free_moves
    ended = [each for each in others if each.row.state == "takeover" or not needs_approval]
    rows = [each.row._replace(state="out" if each is current else "moved") for each in ended]
    state = "takeover" if needs_approval else "active"
    return [*rows, session_row(token, room.row.room_id, sitting.row.candidate, state, now)]


def _start_rows(service: RoomService, room: Room, sitting: Sitting) -> list[Row]:
    """Return the row of a candidate who starts by signing in, because the exam is open and the paper comes next.

    Where the time is the candidate's own, it starts with the paper itself.
    """
    now, wall = service.now()
    started = sitting.row.started is not None
    if room.setting.own_time or started or sitting_state(room, sitting, now, wall) != "open":
        return []
    return [sitting.row._replace(started=room.running(now))]


async def waiting(service: RoomService, call: Call) -> Reply:
    """Show the page that waits for the start or for the trainer."""
    found = session_state(service, call)
    if found not in ("waiting", "takeover"):
        return see_other(f"/r/{call.room.row.room_id}/paper")
    row = call.session.sitting.row
    reason: Literal["start", "takeover"] = "takeover" if found == "takeover" else "start"
    view = WaitingView(call.room.info, row.candidate, row.name, reason, csrf_of(call.token))
    return page_reply(waiting_page(view), _policy(call.room))


async def paper(service: RoomService, call: Call) -> Reply:
    """Show the candidate's paper, once the time has come."""
    await service.catch_up()  # the page contains what is saved, also through another server
    found, room = session_state(service, call), call.room
    if found in ("waiting", "takeover"):
        return see_other(f"/r/{room.row.room_id}/waiting")
    if found in ("moved", "void", "submitted", "closed"):
        return _message(call, found)
    await _start(service, call)
    packed = call.request.accepts_gzip
    data = session_data(csrf_of(call.token), with_answers(service, call, found))
    body = service.papers.page(room, call.session.sitting, data, gzip=packed)
    more = [(b"content-encoding", b"gzip")] if packed else []
    return page_reply(body, _policy(room), 200, (b"vary", b"accept-encoding"), *more)


async def _start(service: RoomService, call: Call) -> None:
    """Store that a candidate has seen the paper; where the time is their own, it runs from now."""
    sitting = call.session.sitting
    if sitting.row.started is not None:
        return
    async with sitting.lock:
        if sitting.row.started is None:
            await service.save([sitting.row._replace(started=call.room.running(service.clock.now()))])


def _message(call: Call, kind: Message) -> Reply:
    row = call.session.sitting.row
    view = MessageView(kind, call.room.info, row.candidate, row.name, row.receipt, csrf_of(call.token))
    return page_reply(message_page(view), _policy(call.room))


async def sign_out(service: RoomService, call: Call) -> Reply:
    """End the session at once."""
    given = call.request.header(b"x-room-csrf") or (await call.request.form()).get("csrf", "")
    if given != csrf_of(call.token):
        raise Refused(403, _("The call did not come from the page of this room"))
    async with call.session.sitting.lock:
        await service.save([call.session.row._replace(state="out")])
    path = f"/r/{call.room.row.room_id}"
    return see_other(f"{path}/", cookie(COOKIE, "", path, 0, call.request.secure))


async def feedback(_service: RoomService, call: Call) -> Reply:
    """Show a practice room's feedback, after it is closed: the candidate's answers, in words, beside it."""
    room, sitting = call.room, call.session.sitting
    if room.state != "closed" or room.feedback is None or sitting.row.void:
        raise Refused(404, _("There is nothing here"))
    rows = [_feedback_row(room.feedback, sitting, id_, face) for id_, face in room.paper_of(sitting).questions.items()]
    return page_reply(feedback_page(room.setting.title, rows), _policy(room))


def _feedback_row(feedback: dict[str, str], sitting: Sitting, question: str, face: Face) -> tuple[str, str, str]:
    answer = sitting.answers[question].answer if question in sitting.answers else ""
    return plain_text(face.stem, face.markup), in_words(face, decode(face, answer)), feedback.get(question, "")


def _typed(text: str) -> str:
    """Return typed text without spaces and full-width forms, which are no mistake."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))[:64]


def _policy(room: Room) -> str:
    return KIOSK_POLICY if room.setting.one_seat else CONTENT_POLICY
