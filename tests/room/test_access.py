"""Every route of both ports against every role that might call it; a new route fails until its row is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest

from govkit.room.domain.sessions import csrf_of
from govkit.room.http.admin import Server as AdminServer
from govkit.room.http.admin import admin_routes
from govkit.room.http.app import ROUTES
from tests.room.serving import Candidate, RunningRoom, Server, web

# Roles: not signed in; a candidate of another room; a second device awaiting approval; a device that was replaced;
# the trainer, with the token of the trainer's port; the candidate. DOOR is a 303 to the sign-in page.
CANDIDATES_PORT = """
route                         nobody  stranger  pending  moved  trainer  candidate
GET /                            200       200      200    200      200        200
GET /healthz                     200       200      200    200      200        200
GET /static/room.js              200       200      200    200      200        200
GET /static/room.css             200       200      200    200      200        200
GET /r/{room_id}/                   200       200      303    200      200        303
POST /r/{room_id}/sign-in           403       403      403    403      403        403
GET /r/{room_id}/waiting           DOOR      DOOR      200    303     DOOR        303
GET /r/{room_id}/paper             DOOR      DOOR      303    200     DOOR        200
GET /r/{room_id}/feedback          DOOR      DOOR      404    404     DOOR        404
GET /r/{room_id}/api/state          401       401      200    200      401        200
POST /r/{room_id}/api/answers       401       401      403    200      401        200
POST /r/{room_id}/api/incidents     401       401      204    204      401        204
POST /r/{room_id}/api/submit        401       401      403    200      401        200
POST /r/{room_id}/sign-out         DOOR      DOOR      303    303     DOOR        303
"""

BODIES = {
    "/r/{room_id}/api/answers": {"answers": [{"question": "q1", "answer": "A", "version": 1}]},
    "/r/{room_id}/api/submit": {"answers": []},
    "/r/{room_id}/api/incidents": {"incidents": [{"kind": "blur", "seconds": 1}]},
}


def table() -> list[tuple[str, str, dict[str, str]]]:
    head, *lines = (line.split() for line in CANDIDATES_PORT.strip().splitlines())
    roles = head[1:]
    return [(line[0], line[1], dict(zip(roles, line[2:], strict=True))) for line in lines]


ROWS = table()


def test_every_route_of_the_candidates_port_is_in_the_table() -> None:
    assert {(route.method, route.path) for route in ROUTES} == {(method, path) for method, path, _row in ROWS}


@dataclass
class Cast:
    """One room with all roles in it, and a second room so that the first page lists rooms."""

    room: RunningRoom
    browsers: dict[str, httpx.Client]
    tokens: dict[str, str]


@pytest.fixture
def cast(server: Server, exam: Path) -> Cast:
    room, other = server.room(exam), server.room(exam)
    moved = room.seated("1001")
    pending = room.candidate("1002")
    room.seated("1002")
    pending.sign_in()
    taker = room.candidate("1001")
    taker.sign_in()
    room.act_on("1001", "approve")
    stranger = other.seated("1001")
    seated = room.seated("1003")
    nobody = room.candidate("1004")
    trainer = room.candidate("1004", headers={"Authorization": f"Bearer {server.about['token']}"})
    everyone: dict[str, Candidate] = {
        "nobody": nobody, "stranger": stranger, "pending": pending, "moved": moved, "trainer": trainer,
        "candidate": seated,
    }  # fmt: skip
    tokens = {role: who.client.cookies.get("room") or "" for role, who in everyone.items()}
    return Cast(room, {role: who.client for role, who in everyone.items()}, tokens)


def asked(cast: Cast, role: str, method: str, path: str) -> httpx.Response:
    """Call a route as a role, with its cookie even where it does not belong."""
    headers = {"Cookie": f"room={cast.tokens[role]}", "X-Room-CSRF": csrf_of(cast.tokens[role])}
    address = path.replace("{room_id}", cast.room.id)
    if path in BODIES:
        return cast.browsers[role].request(method, address, json=BODIES[path], headers=headers)
    return cast.browsers[role].request(method, address, data={"x": "1"} if method == "POST" else None, headers=headers)


@pytest.mark.parametrize("role", list(ROWS[0][2]))
def test_who_may_call_what(cast: Cast, role: str) -> None:
    """Check one role's column; the rows that end the session come last."""
    found = {}
    for method, path, row in ROWS:
        answer = asked(cast, role, method, path)
        found[f"{method} {path}"] = _shown(answer, cast, row[role])
    assert found == {f"{method} {path}": row[role] for method, path, row in ROWS}


def _shown(answer: httpx.Response, cast: Cast, expected: str) -> str:
    at_door = answer.status_code == 303 and answer.headers["location"] == f"/r/{cast.room.id}/"
    return "DOOR" if at_door and expected == "DOOR" else str(answer.status_code)


@pytest.mark.parametrize("role", ["nobody", "stranger", "pending", "moved", "trainer"])
def test_nobody_else_sees_a_question_or_an_answer(cast: Cast, role: str) -> None:
    seated = Candidate(cast.browsers["candidate"], cast.room.id, "1003", "", csrf_of(cast.tokens["candidate"]))
    assert seated.save(w1="只有本人知道的答案").json()["saved"]
    for method, path, _row in ROWS:
        text = asked(cast, role, method, path).text
        assert "题干" not in text, path
        assert "只有本人知道的答案" not in text, path


def test_a_moved_browser_changes_nothing(cast: Cast) -> None:
    told = asked(cast, "moved", "POST", "/r/{room_id}/api/answers").json()
    assert (told["saved"], told["late"]) == ([], [{"question": "q1", "version": 1}])
    assert asked(cast, "moved", "POST", "/r/{room_id}/api/submit").json()["state"] == "moved"
    assert cast.room.look()["counts"]["submitted"] == 0


# --- the trainer's port ----------------------------------------------------------------------------------------------


def _admin_routes() -> list[tuple[str, str]]:
    routes = admin_routes(Mock(spec=AdminServer))
    return sorted((method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"})


INTRUDERS: dict[str, tuple[int, Callable[[Server], dict[str, str]]]] = {
    "nobody": (401, lambda _server: {}),
    "wrong token": (401, lambda _server: {"Authorization": "Bearer x"}),
    "no bearer": (401, lambda server: {"Authorization": server.about["token"]}),
    "a page in a browser": (401, lambda server: _bearer(server) | {"Origin": "http://127.0.0.1:8888"}),
    "a name bound to this address": (400, lambda server: _bearer(server) | {"Host": "evil.example"}),
    "the hall's address": (400, lambda server: _bearer(server) | {"Host": "192.168.1.5"}),
}


def _bearer(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.about['token']}"}


def _at(server: Server, path: str, room_id: str = "tiny", candidate: str = "1001") -> str:
    filled = path.replace("{room_id}", room_id).replace("{candidate}", candidate)
    return f"http://127.0.0.1:{server.about['admin_port']}{filled}"


@pytest.mark.parametrize("intruder", list(INTRUDERS))
def test_the_trainers_port_lets_nobody_else_in(server: Server, room: RunningRoom, intruder: str) -> None:
    status, headers = INTRUDERS[intruder]
    before = room.look()
    for method, path in _admin_routes():
        answer = web.request(method, _at(server, path, room.id), json={}, headers=headers(server))
        assert answer.status_code == status, (path, answer.text)
        assert "考生" not in answer.text
    after = room.look()
    assert (after["state"], after["counts"]) == (before["state"], before["counts"])
    assert web.get(_at(server, "/rooms"), headers=_bearer(server)).status_code == 200


def test_a_candidates_cookie_opens_nothing_there(server: Server, room: RunningRoom) -> None:
    token = room.seated().client.cookies["room"]
    for name in ({"Cookie": f"room={token}"}, {"Authorization": f"Bearer {token}"}):
        for method, path in _admin_routes():
            assert web.request(method, _at(server, path, room.id), json={}, headers=name).status_code == 401


def test_the_trainers_port_is_this_computers_alone(server: Server) -> None:
    import psutil

    assert server.process is not None
    listening = [each for each in psutil.Process(server.process.pid).net_connections() if each.status == "LISTEN"]
    ports = {each.laddr.port: each.laddr.ip for each in listening}
    assert ports[server.about["admin_port"]] == "127.0.0.1"
    assert len(listening) == 2
    assert (server.data / "room.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["/rooms", "/rooms/tiny", "/shutdown", "/rooms/tiny/open"])
def test_the_trainers_routes_are_not_on_the_candidates_port(server: Server, room: RunningRoom, path: str) -> None:
    for method in ("GET", "POST"):
        answer = room.candidate().client.request(method, path, headers=_bearer(server))
        assert answer.status_code in (404, 405)


JUPYTER = """
/api /api/contents /api/kernels /api/sessions /api/terminals /lab /tree /login /hub /files/x /nbconvert/html/x
/notebooks/x.ipynb /edit/x /voila /metrics /static/style.css /../room.json /static/../room.json
/static/%2e%2e/app.py /static/..%2fapp.py /r/../room.json /r/tiny/../../etc/passwd //etc/passwd /r/tiny/paper/
/r//paper /R/tiny/paper
"""


@pytest.mark.parametrize("path", JUPYTER.split())
def test_no_route_to_jupyter_or_to_files(server: Server, path: str) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert re.match(rb"HTTP/1.1 (404|303) ", answer), answer[:80]
    assert b"root:" not in answer
    assert b"token" not in answer


def test_other_methods_do_nothing(room: RunningRoom) -> None:
    candidate = room.seated()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"):
        for route in ROUTES:
            answer = candidate.client.request(method, route.path.replace("{room_id}", room.id))
            assert answer.status_code == 405, (method, route.path)
            assert "access-control-allow-origin" not in answer.headers
