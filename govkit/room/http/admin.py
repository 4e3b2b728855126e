"""The trainer's port: on this computer only, behind a token. The panel in the notebook and the command line call it.

Every action needs a name in the header ``X-Person``, and is in the audit log when it is answered.
"""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from govkit.core import audit
from govkit.core.errors import InputError
from govkit.core.i18n import gettext as _
from govkit.room.domain.records import StoreFailure
from govkit.room.domain.room import Room, Sitting
from govkit.room.http.actions import ACTIONS, ACTIONS_ON_ONE, candidates, counts, incidents, seconds_left, wish_of
from govkit.room.http.request import Receive, Refused, Scope, Send
from govkit.room.http.service import AUDIT_FILE, Desk
from govkit.room.opening import make_room

MOST_BODY = 4 << 20

_LOGGED = ("state", "minutes", "number", "late", "present", "absent", "disqualified", "responses", "incidents", "items")

Handler = Callable[[Request], Awaitable[Response]]


class Server(NamedTuple):
    """What the trainer's port knows of the server it belongs to."""

    desk: Desk
    urls: Callable[[], list[str]]
    stop: Callable[[], None]


class AdminGate:
    """Lets through who calls this computer by its own name and has the token; no page in a browser."""

    def __init__(self, app: Starlette, token: str) -> None:
        self._app = app
        self._token = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").rpartition(b":")[0] or headers.get(b"host", b"")
        app: Any = self._app
        if host not in (b"127.0.0.1", b"localhost", b"[::1]"):
            app = _problem(400, _("This server is not known by that name"))
        elif b"origin" in headers or not hmac.compare_digest(headers.get(b"authorization", b""), self._token):
            app = _problem(401, _("The trainer's port needs its token"))
        await app(scope, receive, send)


def admin_app(server: Server, token: str) -> AdminGate:
    """Return the application of the trainer's port."""
    return AdminGate(Starlette(routes=admin_routes(server)), token)


def admin_routes(server: Server) -> list[Route]:
    """Return every address of the trainer's port."""
    return [
        _route("GET", "/rooms", server, _list),
        _route("POST", "/rooms", server, _make),
        _route("GET", "/rooms/{room}", server, _one),
        _route("GET", "/rooms/{room}/incidents", server, _incidents),
        _route("POST", "/shutdown", server, _shutdown),
        *(_route("POST", f"/rooms/{{room}}/{name}", server, _act) for name in ACTIONS),
        *(_route("POST", f"/rooms/{{room}}/candidates/{{number}}/{name}", server, _act) for name in ACTIONS_ON_ONE),
    ]


def _route(method: str, path: str, server: Server, handle: Callable[[Server, Request], Awaitable[Any]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            told = await server.desk.settled(lambda: handle(server, request))
            return JSONResponse(told, headers={"cache-control": "no-store"})
        except Refused as refused:
            return _problem(refused.status, refused.problem)
        except InputError as error:
            listed = [problem.as_dict() for problem in error.problems]
            return JSONResponse({"problem": "\n".join(map(str, error.problems)), "problems": listed}, 422)
        except (StoreFailure, OSError) as error:
            what = _("It could not be written to the disk ({reason})").format(reason=type(error).__name__)
            return _problem(503, what)

    return Route(path, endpoint, methods=[method])


async def _list(server: Server, _request: Request) -> Any:
    now = server.desk.clock.now()
    return {
        "rooms": [_brief(server, room) | {"left": seconds_left(room, now)} for room in server.desk.hall.rooms.values()]
    }


async def _one(server: Server, request: Request) -> Any:
    room = _room(server, request)
    now, wall = server.desk.clock.now(), server.desk.clock.wall()
    listed = candidates(room, now, wall)
    more = {
        "left": seconds_left(room, now),
        "counts": counts(listed),
        "candidates": listed,
        "prepared": server.desk.pages.prepared(room),
    }
    return _brief(server, room) | more


def _brief(server: Server, room: Room) -> dict[str, Any]:
    setting = room.setting
    return {
        "id": room.row.room,
        "title": setting.title,
        "kind": setting.kind,
        "minutes": setting.minutes,
        "state": room.state,
        "exam": setting.exam,
        "urls": [f"{url}/r/{room.row.room}/" for url in server.urls()],
    }


async def _incidents(server: Server, request: Request) -> Any:
    return {"incidents": incidents(_room(server, request))}


async def _make(server: Server, request: Request) -> Any:
    person, desk = _person(request), server.desk
    wish = wish_of(await _body(request))
    await desk.catch_up()
    made = await asyncio.to_thread(make_room, wish, desk.secret, list(desk.hall.rooms))
    if made.id in desk.hall.rooms:
        raise Refused(409, _("There is a room “{id}” already").format(id=made.id))
    await desk.keep(made.rows)
    await _record(desk, "make", person, room=made.id, candidates=len(made.pins), kind=wish.kind)
    desk.prepare(desk.hall.rooms[made.id])
    return {"id": made.id, "pins": made.pins}


async def _act(server: Server, request: Request) -> Any:
    """Do one of the actions on a room or a candidate, one after another, knowing all that other servers did."""
    person, desk = _person(request), server.desk
    await desk.catch_up()
    room = _room(server, request)
    name = request.url.path.rpartition("/")[2]
    body = await _body(request)
    if "number" not in request.path_params:
        async with room.lock:
            told = await ACTIONS[name](desk, room, body)
        await _record(desk, name, person, room=room.row.room, **_details(body, told))
        return told
    sitting = _sitting(room, request)
    async with sitting.lock:
        told = await ACTIONS_ON_ONE[name](desk, room, sitting, body)
    await _record(desk, name, person, room=room.row.room, candidate=sitting.row.number)
    return told


async def _shutdown(server: Server, request: Request) -> Any:
    await _record(server.desk, "shutdown", _person(request))
    server.stop()
    return {"state": "stopping"}


def _details(body: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log tells of an action: plain values, of files the name, never a PIN."""
    told = {**{name: body[name] for name in ("minutes", "number", "late") if name in body}, **told}
    plain = {name: told[name] for name in _LOGGED if isinstance(told.get(name), str | int | float)}
    plain |= {"file": PurePath(told["path"]).name} if "path" in told else {}
    return {
        name: ascii(value) if isinstance(value, str) and not value.isprintable() else value
        for name, value in plain.items()
    }


async def _record(desk: Desk, action: str, person: str, **details: Any) -> None:
    await asyncio.to_thread(audit.record, desk.folder / AUDIT_FILE, f"room.{action}", person, **details)


def _person(request: Request) -> str:
    person = unquote(request.headers.get("x-person", "")).strip()[:80]
    if not person:
        raise Refused(400, _("The action needs the name of who does it (header X-Person)"))
    return person


def _room(server: Server, request: Request) -> Room:
    room = server.desk.hall.rooms.get(request.path_params["room"])
    if room is None:
        raise Refused(404, _("There is no such room"))
    return room


def _sitting(room: Room, request: Request) -> Sitting:
    sitting = room.sittings.get(request.path_params["number"])
    if sitting is None:
        raise Refused(404, _("There is no such candidate"))
    return sitting


async def _content(request: Request) -> bytes:
    """Return the body, also when it is asked for again."""
    if not hasattr(request.state, "content"):
        content = b""
        async for chunk in request.stream():
            content += chunk
            if len(content) > MOST_BODY:
                raise Refused(413, _("This is too much at once"))
        request.state.content = content
    kept: bytes = request.state.content
    return kept


async def _body(request: Request) -> dict[str, Any]:
    content = await _content(request)
    try:
        value = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise Refused(400, _("The call is no JSON that can be read")) from None
    if not isinstance(value, dict):
        raise Refused(400, _("The call is no JSON that can be read"))
    return value


def _problem(status: int, problem: str) -> JSONResponse:
    return JSONResponse({"problem": problem}, status)
