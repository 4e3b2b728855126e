"""The candidates' port: every address it answers, who may call it, and what it does.

Plain ASGI: an answer passes a dictionary of routes, one of tokens, and the rules, and then waits for the disk.
"""

import logging
import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from govkit.i18n import gettext as _
from govkit.room.desk import Desk
from govkit.room.feedback import feedback_page
from govkit.room.page import CONTENT_POLICY, KIOSK_POLICY, message_page, rooms_page, sign_in_page, waiting_page
from govkit.room.room import (
    MOST_INCIDENTS,
    Given,
    Outcome,
    Room,
    Session,
    State,
    left,
    receipt,
    refusal,
    save,
    state,
)
from govkit.room.sessions import csrf_of, new_token, session_row, token_hash
from govkit.room.sheet import Sheet, plain
from govkit.room.store import IncidentRow, Row, StoreFailure
from govkit.room.views import Message, MessageView, RoomLink, WaitingView
from govkit.room.wire import (
    LARGEST_VERSION,
    MOST_BODY,
    MOST_FORM,
    Gone,
    Receive,
    Refused,
    Reply,
    Request,
    Scope,
    Send,
    cookie,
    host_allowed,
    json_reply,
    nothing,
    page_reply,
    same_origin,
    see_other,
)

COOKIE = "room"
FORM_COOKIE = "room-form"
COOKIE_SECONDS = 24 * 3600
MOST_REQUESTS = 100
"""Requests a second of one session; a page makes one or two."""

MOST_ANSWERS = 1000
INCIDENTS = ("hidden", "blur", "fullscreen", "offline", "tabs", "paste")
_STATIC = Path(__file__).parent / "static"
_TYPES = {"room.js": b"text/javascript; charset=utf-8", "room.css": b"text/css; charset=utf-8"}

_log = logging.getLogger("govkit.room")

Guard = Literal["anyone", "room", "page", "call", "leave"]
"""Who may call: anyone; anyone in a room that exists; who is signed in (else sent to sign in); who is signed in and
calls from our page (else 401 or 403); who is signed in, by a form."""


@dataclass(slots=True)
class Call:
    """A request with what the guard found out about it."""

    request: Request
    room: Room
    session: Session
    token: str


Handler = Callable[["CandidateApp", Any], Awaitable[Reply]]


class Route(NamedTuple):
    """An address, who may call it, and what answers."""

    method: str
    path: str
    guard: Guard
    handler: Handler


class CandidateApp:
    """The application of the candidates' port.

    :param names: the names by which this server may be called, besides its addresses.
    """

    def __init__(self, desk: Desk, names: frozenset[str] = frozenset({"localhost"})) -> None:
        self.desk = desk
        self._names = names
        self._routes = {(route.method, route.path): route for route in ROUTES}
        self._paths = {route.path for route in ROUTES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            status, headers, body = await self._reply(request)
        except Gone:
            return
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _reply(self, request: Request) -> Reply:
        calls = "/api/" in request.path
        try:
            return await self._routed(request)
        except Refused as refused:
            return _refused(refused, calls)
        except StoreFailure:
            problem = _("The answer could not be saved; it stays on this page and is sent again")
            return _refused(Refused(503, problem), calls)
        except (Gone, GeneratorExit):
            raise
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__, exc_info=_trace_wanted())
            return _refused(Refused(500, _("The server made a mistake; tell the invigilator")), calls)

    async def _routed(self, request: Request) -> Reply:
        if not host_allowed(request.header(b"host"), self._names):
            raise Refused(400, _("This server is not known by that name"))
        room_id, path = _split(request.path)
        route = self._routes.get((request.method, path))
        if route is None:
            raise Refused(405 if path in self._paths else 404, _("There is nothing here"))
        if request.method == "POST" and not same_origin(request):
            raise Refused(403, _("The call did not come from the page of this room"))
        if route.guard == "anyone":
            return await route.handler(self, request)
        room = self.desk.hall.rooms.get(room_id)
        if room is None:
            raise Refused(404, _("There is no such room"), kind="no_room")
        return await self._guarded(route, request, room)

    async def _guarded(self, route: Route, request: Request, room: Room) -> Reply:
        token = request.cookie(COOKIE)
        session = self.desk.hall.sessions.get(token_hash(token)) if token else None
        if session is not None and session.room is not room:
            session = None
        if route.guard == "room":
            return await route.handler(self, (request, room, session))
        if session is None:
            if route.guard == "call" or "/api/" in route.path:
                raise Refused(401, _("Please sign in again"))
            return see_other(f"/r/{room.row.room}/")
        self._not_too_often(session)
        if route.guard == "call" and request.header(b"x-room-csrf") != csrf_of(token):
            raise Refused(403, _("The call did not come from the page of this room"))
        return await route.handler(self, Call(request, room, session, token))

    def _not_too_often(self, session: Session) -> None:
        second = int(self.desk.clock.now())
        if session.second != second:
            session.second, session.requests = second, 0
        session.requests += 1
        if session.requests > MOST_REQUESTS:
            raise Refused(429, _("Too many calls; wait a moment"))

    def now(self) -> tuple[float, float]:
        """Return the room seconds and the wall clock."""
        return self.desk.clock.now(), self.desk.clock.wall()


# --- pages -----------------------------------------------------------------------------------------------------------


async def _rooms(app: CandidateApp, _request: Request) -> Reply:
    rooms = [room for room in app.desk.hall.rooms.values() if room.state != "closed"]
    if len(rooms) == 1:
        return see_other(f"/r/{rooms[0].row.room}/")
    return page_reply(rooms_page([RoomLink(room.row.room, room.setting.title) for room in rooms]), CONTENT_POLICY)


async def _health(_app: CandidateApp, _request: Request) -> Reply:
    return Reply(200, [(b"content-type", b"text/plain"), (b"content-length", b"2")], b"ok")


async def _static(_app: CandidateApp, request: Request) -> Reply:
    name = request.path.rpartition("/")[2]
    content = _file(name)
    headers = [(b"content-type", _TYPES[name]), (b"cache-control", b"max-age=300")]
    return Reply(
        200, [*headers, (b"x-content-type-options", b"nosniff"), (b"content-length", b"%d" % len(content))], content
    )


@cache
def _file(name: str) -> bytes:
    path = _STATIC / name
    return path.read_bytes() if path.exists() else b""


async def _door(app: CandidateApp, given: tuple[Request, Room, Session | None]) -> Reply:
    request, room, session = given
    if session is not None and session.row.state in ("active", "takeover"):
        return see_other(f"/r/{room.row.room}/paper")
    return _sign_in_form(app, request, room)


def _sign_in_form(
    app: CandidateApp, request: Request, room: Room, *, status: int = 200, problem: str = "", number: str = ""
) -> Reply:
    mark = request.cookie(FORM_COOKIE)
    if not app.desk.secret.form_marked(mark, mark):
        mark = app.desk.secret.form_mark()
    page = sign_in_page(room.face, mark, problem, number)
    path = f"/r/{room.row.room}"
    return page_reply(page, _policy(room), status, cookie(FORM_COOKIE, mark, path, COOKIE_SECONDS, request.secure))


async def _sign_in(app: CandidateApp, given: tuple[Request, Room, Session | None]) -> Reply:
    request, room, current = given
    form = await request.form()
    number, pin = (_typed(form.get(name, "")) for name in ("number", "pin"))
    if not app.desk.secret.form_marked(request.cookie(FORM_COOKIE), form.get("csrf", "")):
        return _sign_in_form(
            app, request, room, status=403, problem=_("The form had grown old; please try again"), number=number
        )
    now, room_id = app.desk.clock.now(), room.row.room
    if app.desk.tries.exhausted(room_id, number, request.address, now):
        return _sign_in_form(
            app, request, room, status=429, problem=_("Too many tries; wait a minute and try again"), number=number
        )
    app.desk.tries.count(room_id, number, request.address, now)
    sitting = room.sittings.get(number)
    right = app.desk.secret.pin_right(room_id, number, pin, sitting.row.pin if sitting else "")
    if sitting is None or not right:
        return _sign_in_form(
            app, request, room, status=401, problem=_("Admission number or PIN is not right"), number=number
        )
    token = new_token()
    async with sitting.lock:
        rows = _moves(room, sitting.row.number, current, app, token)
        await app.desk.keep(rows)
    target = "waiting" if rows[-1].state == "takeover" else "paper"
    mark = cookie(COOKIE, token, f"/r/{room_id}", COOKIE_SECONDS, request.secure)
    return see_other(f"/r/{room_id}/{target}", mark)


def _moves(room: Room, number: str, current: Session | None, app: CandidateApp, token: str) -> list[Any]:
    """Return the rows of a sign-in: the new session last, before it what becomes of older ones.

    The same browser goes on with a new token. Another one must be approved once there are answers to take over.
    """
    now, wall = app.now()
    sitting = room.sittings[number]
    others = [each for each in sitting.sessions.values() if each.row.state in ("active", "takeover")]
    own = current is not None and current.sitting is sitting and current.row.state == "active"
    begun = state(room, sitting, now, wall) in ("open", "paused")
    rival = any(each.row.state == "active" for each in others) and not own
    asks = rival and begun and not room.setting.free_moves
    ended = [each for each in others if each.row.state == "takeover" or not asks]
    rows = [each.row._replace(state="out" if each is current else "moved") for each in ended]
    return [*rows, session_row(token, room.row.room, number, "takeover" if asks else "active", now)]


async def _waiting(app: CandidateApp, call: Call) -> Reply:
    found = told_state(app, call)
    if found not in ("waiting", "takeover"):
        return see_other(f"/r/{call.room.row.room}/paper")
    row = call.session.sitting.row
    reason: Literal["start", "takeover"] = "takeover" if found == "takeover" else "start"
    view = WaitingView(call.room.face, row.number, row.name, reason, csrf_of(call.token))
    return page_reply(waiting_page(view), _policy(call.room))


async def _paper(app: CandidateApp, call: Call) -> Reply:
    found, room = told_state(app, call), call.room
    if found in ("waiting", "takeover"):
        return see_other(f"/r/{room.row.room}/waiting")
    if found in ("moved", "void", "submitted", "closed"):
        return _message(call, found)
    await _begin(app, call)
    gzip = b"gzip" in call.request.headers.get(b"accept-encoding", b"")
    body = app.desk.pages.paper(room, call.session.sitting, csrf_of(call.token), gzip)
    more = [(b"content-encoding", b"gzip")] if gzip else []
    return page_reply(body, _policy(room), 200, (b"vary", b"accept-encoding"), *more)


async def _begin(app: CandidateApp, call: Call) -> None:
    """Note that a candidate has seen the paper; where the time is one's own, it runs from now."""
    sitting = call.session.sitting
    if sitting.row.started is not None:
        return
    async with sitting.lock:
        if sitting.row.started is None:
            await app.desk.keep([sitting.row._replace(started=call.room.running(app.desk.clock.now()))])


def _message(call: Call, kind: Message) -> Reply:
    row = call.session.sitting.row
    view = MessageView(kind, call.room.face, row.number, row.name, row.receipt, csrf_of(call.token))
    return page_reply(message_page(view), _policy(call.room))


async def _sign_out(app: CandidateApp, call: Call) -> Reply:
    given = call.request.header(b"x-room-csrf") or (await call.request.form()).get("csrf", "")
    if given != csrf_of(call.token):
        raise Refused(403, _("The call did not come from the page of this room"))
    async with call.session.sitting.lock:
        await app.desk.keep([call.session.row._replace(state="out")])
    path = f"/r/{call.room.row.room}"
    return see_other(f"{path}/", cookie(COOKIE, "", path, 0, call.request.secure))


async def _feedback(_app: CandidateApp, call: Call) -> Reply:
    room, sitting = call.room, call.session.sitting
    if room.state != "closed" or room.feedback is None or sitting.row.void:
        raise Refused(404, _("There is nothing here"))
    return page_reply(feedback_page(room, sitting), _policy(room))


# --- calls of the page -----------------------------------------------------------------------------------------------


def told_state(app: CandidateApp, call: Call) -> State:
    """Return the state of a sitting as this browser is told: another one may have taken its place."""
    if call.session.row.state != "active":
        return "takeover" if call.session.row.state == "takeover" else "moved"
    return state(call.room, call.session.sitting, *app.now())


def _told(app: CandidateApp, call: Call) -> dict[str, Any]:
    remaining = left(call.room, call.session.sitting, app.desk.clock.now())
    return {"state": told_state(app, call), "left": None if remaining is None else round(remaining, 1)}


async def _state(app: CandidateApp, call: Call) -> Reply:
    told = _told(app, call) | {"now": round(app.desk.clock.now(), 3), "notice": ""}
    mine = told["state"] not in ("takeover", "moved", "waiting", "void")
    if mine and b"answers=1" in call.request.scope["query_string"]:
        answers = call.session.sitting.answers
        told["answers"] = {item: {"answer": row.answer, "version": row.version} for item, row in answers.items()}
    return json_reply(told)


async def _answers(app: CandidateApp, call: Call) -> Reply:
    given = read_given(await call.request.json(MOST_BODY), _sheet(call))
    outcome = _judged(app, call, given)
    if outcome.rows or outcome.waits:
        await app.desk.keep(outcome.rows)
    return _outcome_reply(app, call, outcome)


async def _submit(app: CandidateApp, call: Call) -> Reply:
    sitting = call.session.sitting
    given = read_given(await call.request.json(MOST_BODY), _sheet(call))
    async with sitting.lock:
        now, wall = app.now()
        taken = not refusal(call.room, sitting, call.session, now, wall)
        outcome = _judged(app, call, given)
        rows: list[Row] = list(outcome.rows)
        if taken:
            rows.append(sitting.row._replace(submitted=now, receipt=receipt(sitting, rows)))
        sitting.submitting = taken
        try:
            await app.desk.keep(rows)
        finally:
            sitting.submitting = False
    return _outcome_reply(app, call, outcome, receipt=sitting.row.receipt)


async def _incidents(app: CandidateApp, call: Call) -> Reply:
    body = await call.request.json(MOST_FORM)
    sitting, now = call.session.sitting, app.desk.clock.now()
    listed = body.get("incidents")
    if not isinstance(listed, list) or len(listed) > 100:
        raise Refused(422, _("Incidents are a list of at most 100"))
    serial = len(sitting.incidents)
    rows = [
        IncidentRow(sitting.row.room, sitting.row.number, serial + at, *_incident(each), now)
        for at, each in enumerate(listed)
    ]
    if rows and serial + len(rows) <= MOST_INCIDENTS:
        async with sitting.lock:
            await app.desk.keep(rows)
    return nothing()


def _incident(given: Any) -> tuple[str, float]:
    kind = given.get("kind") if isinstance(given, dict) else None
    seconds = given.get("seconds", 0) if isinstance(given, dict) else None
    if kind not in INCIDENTS or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refused(422, _("This is no incident that is known"))
    return kind, min(max(float(min(seconds, 10**6)), 0.0), 10.0**6)


def read_given(body: dict[str, Any], sheet: Sheet) -> list[Given]:
    """Return the answers of a packet, each found readable; refuse the whole packet otherwise."""
    listed = body.get("answers")
    if not isinstance(listed, list) or len(listed) > MOST_ANSWERS:
        raise Refused(422, _("Answers are a list of at most {count}").format(count=MOST_ANSWERS))
    return [_given(each, sheet) for each in listed]


def _given(each: Any, sheet: Sheet) -> Given:
    if not isinstance(each, dict):
        raise Refused(422, _("An answer names item, answer and version"))
    item, answer, version = each.get("item"), each.get("answer"), each.get("version")
    if not isinstance(item, str) or not isinstance(answer, str) or type(version) is not int:
        raise Refused(422, _("An answer names item, answer and version"))
    if not 0 < version <= LARGEST_VERSION:
        raise Refused(422, _("A version is a whole number from 1"), item=item)
    answer = plain(answer)
    problem = sheet.problem(item, answer)
    if problem:
        raise Refused(422, problem, item=item)
    return Given(item, version, answer)


def _sheet(call: Call) -> Sheet:
    if call.session.row.state == "takeover":
        raise Refused(403, _("This device is not approved yet"))
    if call.room.row.opened is None or (call.room.setting.own_time and call.session.sitting.row.started is None):
        raise Refused(409, _("The exam has not begun"))
    return call.room.sheets[call.session.sitting.row.form]


def _judged(app: CandidateApp, call: Call, given: list[Given]) -> Outcome:
    now, wall = app.now()
    sitting = call.session.sitting
    return save(sitting, given, now, refusal(call.room, sitting, call.session, now, wall))


def _outcome_reply(app: CandidateApp, call: Call, outcome: Outcome, **more: str) -> Reply:
    told = {"saved": outcome.saved, "stale": outcome.stale, "late": outcome.late, **_told(app, call)}
    return json_reply(told | {name: value for name, value in more.items() if value})


# --- the table -------------------------------------------------------------------------------------------------------

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "anyone", _rooms),
    Route("GET", "/healthz", "anyone", _health),
    Route("GET", "/static/room.js", "anyone", _static),
    Route("GET", "/static/room.css", "anyone", _static),
    Route("GET", "/r/{room}/", "room", _door),
    Route("POST", "/r/{room}/sign-in", "room", _sign_in),
    Route("GET", "/r/{room}/waiting", "page", _waiting),
    Route("GET", "/r/{room}/paper", "page", _paper),
    Route("GET", "/r/{room}/feedback", "page", _feedback),
    Route("POST", "/r/{room}/sign-out", "leave", _sign_out),
    Route("GET", "/r/{room}/api/state", "page", _state),
    Route("POST", "/r/{room}/api/answers", "call", _answers),
    Route("POST", "/r/{room}/api/submit", "call", _submit),
    Route("POST", "/r/{room}/api/incidents", "call", _incidents),
)
"""Everything the candidates' port answers."""


def _split(path: str) -> tuple[str, str]:
    """Return the room's id and the path with ``{room}`` in its place."""
    if not path.startswith("/r/"):
        return "", path
    room, slash, rest = path[3:].partition("/")
    return room, "/r/{room}" + slash + rest


def _typed(text: str) -> str:
    """Return what was typed, as if on any keyboard: full-width digits and spaces are no mistake."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))[:64]


def _policy(room: Room) -> str:
    return KIOSK_POLICY if room.setting.one_seat else CONTENT_POLICY


def _refused(refused: Refused, as_json: bool) -> Reply:
    if as_json:
        return json_reply({"problem": refused.problem, **refused.more}, refused.status)
    kinds: dict[int, Message] = {404: "not_found", 405: "not_found", 429: "too_many"}
    kind: Message = refused.more.get("kind") or kinds.get(refused.status, "fault")
    return page_reply(message_page(MessageView(kind)), CONTENT_POLICY, refused.status)


def _trace_wanted() -> bool:
    import os

    return bool(os.environ.get("GOVKIT_DEBUG"))
