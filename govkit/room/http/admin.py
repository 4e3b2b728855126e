"""The trainer's port: on this computer only, with a token. The panel in the notebook calls it.

Every action needs a name in the header ``X-Person``, and is in the audit log before its reply is sent.
"""

import asyncio
import hmac
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
from govkit.room.http.actions import ACTIONS, ACTIONS_ON_ONE, candidates, counts, incidents, seconds_left
from govkit.room.http.bodies import checked, json_object
from govkit.room.http.request import Receive, Refused, Scope, Send
from govkit.room.http.service import AUDIT_FILE, RoomService
from govkit.room.opening import NewRoom, create_room

MAX_BODY = 4 << 20

_LOGGED = (
    "state",
    "minutes",
    "candidate",
    "late",
    "present",
    "absent",
    "disqualified",
    "responses",
    "incidents",
    "questions",
)

Handler = Callable[[Request], Awaitable[Response]]


class Server(NamedTuple):
    """What the trainer's port needs of its server."""

    service: RoomService
    urls: Callable[[], list[str]]
    stop: Callable[[], None]


class AdminGate:
    """Passes requests with the token that name this computer; refuses those of a page in a browser."""

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
    """Return all routes of the trainer's port."""
    room = "/rooms/{room_id}"
    return [
        _route("GET", "/rooms", server, _list),
        _route("POST", "/rooms", server, _create),
        _route("GET", room, server, _one),
        _route("GET", f"{room}/incidents", server, _incidents),
        _route("POST", "/shutdown", server, _shutdown),
        *(_route("POST", f"{room}/{name}", server, _act) for name in ACTIONS),
        *(_route("POST", f"{room}/candidates/{{candidate}}/{name}", server, _act) for name in ACTIONS_ON_ONE),
    ]


def _route(method: str, path: str, server: Server, handle: Callable[[Server, Request], Awaitable[Any]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            reply = await server.service.retried(lambda: handle(server, request))
            return JSONResponse(reply, headers={"cache-control": "no-store"})
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
    now = server.service.clock.now()
    return {
        "rooms": [_brief(server, room) | {"left": seconds_left(room, now)} for room in server.service.rooms.values()]
    }


async def _one(server: Server, request: Request) -> Any:
    room = _room(server, request)
    now, wall = server.service.clock.now(), server.service.clock.wall()
    listed = candidates(room, now, wall)
    more = {
        "left": seconds_left(room, now),
        "counts": counts(listed),
        "candidates": listed,
        "prepared": server.service.papers.count(room),
    }
    return _brief(server, room) | more


def _brief(server: Server, room: Room) -> dict[str, Any]:
    setting = room.setting
    return {
        "room_id": room.row.room_id,
        "title": setting.title,
        "kind": setting.kind,
        "minutes": setting.minutes,
        "state": room.state,
        "exam": setting.exam,
        "urls": [f"{url}/r/{room.row.room_id}/" for url in server.urls()],
    }


async def _incidents(server: Server, request: Request) -> Any:
    return {"incidents": incidents(_room(server, request))}


async def _create(server: Server, request: Request) -> Any:
    person, service = _person(request), server.service
    new = checked(await _body(request), NewRoom)
    await service.catch_up()
    created = await asyncio.to_thread(create_room, new, service.secret, list(service.rooms))
    if created.room_id in service.rooms:
        raise Refused(409, _("There is a room “{id}” already").format(id=created.room_id))
    await service.save(created.rows)
    await _record(service, "make", person, room=created.room_id, candidates=len(created.pins), kind=new.kind)
    service.prerender(service.rooms[created.room_id])
    return {"room_id": created.room_id, "pins": created.pins}


async def _act(server: Server, request: Request) -> Any:
    """Run an action on a room or a candidate, one after another, with all changes of other servers applied."""
    person, service = _person(request), server.service
    await service.catch_up()
    room = _room(server, request)
    name = request.url.path.rpartition("/")[2]
    body = await _body(request)
    if "candidate" not in request.path_params:
        async with room.lock:
            reply = await ACTIONS[name](service, room, body)
        await _record(service, name, person, room=room.row.room_id, **_details(body, reply))
        return reply
    sitting = _sitting(room, request)
    async with sitting.lock:
        reply = await ACTIONS_ON_ONE[name](service, room, sitting, body)
    await _record(service, name, person, room=room.row.room_id, candidate=sitting.row.candidate)
    return reply


async def _shutdown(server: Server, request: Request) -> Any:
    await _record(server.service, "shutdown", _person(request))
    server.stop()
    return {"state": "stopping"}


def _details(body: Mapping[str, Any], reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log records of an action: plain values, only the names of files, never a PIN."""
    known = {**{name: body[name] for name in ("minutes", "candidate", "late") if name in body}, **reply}
    plain = {name: known[name] for name in _LOGGED if isinstance(known.get(name), str | int | float)}
    plain |= {"file": PurePath(known["path"]).name} if "path" in known else {}
    return {
        name: ascii(value) if isinstance(value, str) and not value.isprintable() else value
        for name, value in plain.items()
    }


async def _record(service: RoomService, action: str, person: str, **details: Any) -> None:
    await asyncio.to_thread(audit.record, service.folder / AUDIT_FILE, f"room.{action}", person, **details)


def _person(request: Request) -> str:
    person = unquote(request.headers.get("x-person", "")).strip()[:80]
    if not person:
        raise Refused(400, _("The action needs the name of who does it (header X-Person)"))
    return person


def _room(server: Server, request: Request) -> Room:
    room = server.service.rooms.get(request.path_params["room_id"])
    if room is None:
        raise Refused(404, _("There is no such room"))
    return room


def _sitting(room: Room, request: Request) -> Sitting:
    sitting = room.sittings.get(request.path_params["candidate"])
    if sitting is None:
        raise Refused(404, _("There is no such candidate"))
    return sitting


async def _content(request: Request) -> bytes:
    """Return the body, also when the request is handled again."""
    if not hasattr(request.state, "content"):
        content = b""
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_BODY:
                raise Refused(413, _("This is too much at once"))
        request.state.content = content
    read: bytes = request.state.content
    return read


async def _body(request: Request) -> dict[str, Any]:
    return json_object(await _content(request) or b"{}", constants=True)


def _problem(status: int, problem: str) -> JSONResponse:
    return JSONResponse({"problem": problem}, status)
