"""The candidates' port: its routes, and who may call them.

Plain ASGI, because Starlette slows the start of an exam by more than 15 % (docs/decisions/0001-starlette.md): a request
passes a dictionary of routes, one of sessions, and the rules, and then waits for the disk.
"""

import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple

from govkit.core.i18n import gettext as _
from govkit.room.domain.page_records import Message, MessageView
from govkit.room.domain.records import StoreFailure
from govkit.room.domain.room import Room, Session
from govkit.room.domain.sessions import csrf_of, token_hash
from govkit.room.http.api import Call, answers, incidents, state, submit
from govkit.room.http.pages import CONTENT_POLICY, message_page
from govkit.room.http.request import (
    ClientDisconnected,
    Receive,
    Refused,
    Reply,
    Request,
    Scope,
    Send,
    host_allowed,
    json_reply,
    page_reply,
    same_origin,
    see_other,
)
from govkit.room.http.seb import HEADER, sent_by_seb
from govkit.room.http.service import RoomService
from govkit.room.http.slow_clients import WHOLE_REPLY
from govkit.room.http.views import (
    COOKIE,
    Visit,
    feedback,
    health,
    paper,
    rooms,
    sign_in,
    sign_in_form,
    sign_out,
    static,
    waiting,
)

MAX_REQUESTS = 100
"""Requests a second of one session; a page makes one or two."""

_log = logging.getLogger("govkit.room")
_NONE: dict[str, Any] = {}

Guard = Literal["anyone", "room", "page", "call"]
"""Who may call: anyone; anyone, in a room that exists; signed-in candidates (others are redirected to the sign-in page,
API calls get 401); signed-in candidates with the CSRF token of our page."""


class Route(NamedTuple):
    """A route: method, path, who may call it, and its handler."""

    method: str
    path: str
    guard: Guard
    handler: Callable[[RoomService, Any], Awaitable[Reply]]


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "anyone", rooms),
    Route("GET", "/healthz", "anyone", health),
    Route("GET", "/static/room.js", "anyone", static),
    Route("GET", "/static/room.css", "anyone", static),
    Route("GET", "/r/{room_id}/", "room", sign_in_form),
    Route("POST", "/r/{room_id}/sign-in", "room", sign_in),
    Route("GET", "/r/{room_id}/waiting", "page", waiting),
    Route("GET", "/r/{room_id}/paper", "page", paper),
    Route("GET", "/r/{room_id}/feedback", "page", feedback),
    Route("POST", "/r/{room_id}/sign-out", "page", sign_out),
    Route("GET", "/r/{room_id}/api/state", "page", state),
    Route("POST", "/r/{room_id}/api/answers", "call", answers),
    Route("POST", "/r/{room_id}/api/submit", "call", submit),
    Route("POST", "/r/{room_id}/api/incidents", "call", incidents),
)
"""All routes of the candidates' port."""


class CandidateApp:
    """The application of the candidates' port.

    :param names: host names of this server, besides its addresses.
    :param secure: whether all candidates connect by https, to a proxy in front of this server.
    """

    def __init__(
        self, service: RoomService, names: frozenset[str] = frozenset({"localhost"}), secure: bool = False
    ) -> None:
        self.service = service
        self._names = names
        self._secure = secure
        self._routes = {(route.method, route.path): route for route in ROUTES}
        self._paths = {route.path for route in ROUTES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._secure:
            scope["scheme"] = "https"
        request = Request(scope, receive)
        try:
            reply = await self._reply(request)
        except ClientDisconnected:
            return
        whole = scope.get("extensions", _NONE).get(WHOLE_REPLY)
        if whole is not None:
            whole(reply.head(), reply.body)
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, request: Request) -> Reply:
        calls = "/api/" in request.path
        try:
            return await self.service.retried(lambda: self._routed(request))
        except Refused as refused:
            return _refused(refused, calls)
        except StoreFailure:
            problem = _("The answer could not be saved; it stays on this page and is sent again")
            return _refused(Refused(503, problem), calls)
        except (ClientDisconnected, GeneratorExit):
            raise
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__, exc_info=_trace_enabled())
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
            return await route.handler(self.service, request)
        room = self.service.rooms.get(room_id)
        if room is None:
            raise Refused(404, _("There is no such room"), kind="no_room")
        return await self._guarded(route, request, room)

    async def _guarded(self, route: Route, request: Request, room: Room) -> Reply:
        token = request.cookie(COOKIE)
        session = await self._session(token) if token else None
        if session is not None and session.room is not room:
            session = None
        if room.setting.require_seb and not _from_seb(request, room):
            raise Refused(403, _("This room is for Safe Exam Browser only"), kind="seb")
        if route.guard == "room":
            return await route.handler(self.service, Visit(request, room, session))
        if session is None:
            if "/api/" in route.path:
                raise Refused(401, _("Please sign in again"))
            return see_other(f"/r/{room.row.room_id}/")
        self._limit_rate(session)
        if route.guard == "call" and request.header(b"x-room-csrf") != csrf_of(token):
            raise Refused(403, _("The call did not come from the page of this room"))
        return await route.handler(self.service, Call(request, room, session, token))

    async def _session(self, token: str) -> Session | None:
        """Return the session of a token; an unknown one may just have been created by another server."""
        name, sessions = token_hash(token), self.service.registry.sessions
        if name not in sessions:
            await self.service.catch_up()
        return sessions.get(name)

    def _limit_rate(self, session: Session) -> None:
        second = int(self.service.clock.now())
        if session.second != second:
            session.second, session.requests = second, 0
        session.requests += 1
        if session.requests > MAX_REQUESTS:
            raise Refused(429, _("Too many calls; wait a moment"))


def _from_seb(request: Request, room: Room) -> bool:
    header = request.header(HEADER.lower().encode()) or None
    query = request.scope["query_string"].decode("latin-1")
    scheme = "https" if request.secure else "http"
    url = f"{scheme}://{request.header(b'host')}{request.path}" + (f"?{query}" if query else "")
    return any(sent_by_seb(url, key, header) for key in room.setting.seb_keys)


def _split(path: str) -> tuple[str, str]:
    """Return the room's id, and the path with ``{room_id}`` in its place."""
    if not path.startswith("/r/"):
        return "", path
    room_id, slash, rest = path[3:].partition("/")
    return room_id, "/r/{room_id}" + slash + rest


def _refused(refused: Refused, as_json: bool) -> Reply:
    if as_json:
        return json_reply({"problem": refused.problem, **refused.more}, refused.status)
    kinds: dict[int, Message] = {404: "not_found", 405: "not_found", 429: "too_many"}
    kind: Message = refused.more.get("kind") or kinds.get(refused.status, "fault")
    return page_reply(message_page(MessageView(kind)), CONTENT_POLICY, refused.status)


def _trace_enabled() -> bool:
    return bool(os.environ.get("GOVKIT_DEBUG"))
