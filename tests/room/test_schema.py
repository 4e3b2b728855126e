"""No request to any route causes a server error: schemathesis over a description of both ports."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from govkit.room.http.app import ROUTES
from tests.room.serving import RunningRoom, Server
from tests.room.test_access import _admin_routes, _bearer

TEXT = {"type": "string"}
ANSWERS = {
    "type": "object",
    "required": ["answers"],
    "properties": {
        "answers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "question": {"anyOf": [{"enum": ["q1", "w1", "p1", "f1", "n1", "o1", "t1", "m1", "c1.2"]}, TEXT]},
                    "answer": TEXT,
                    "version": {"type": "integer", "minimum": -1, "maximum": 2**40},
                },
            },
        },
        "tab": TEXT,
    },
}
INCIDENTS = {
    "type": "object",
    "properties": {
        "incidents": {
            "type": "array",
            "items": {"type": "object", "properties": {"kind": TEXT, "seconds": {"type": "number"}}},
        }
    },
}
FORM = {"type": "object", "properties": {"candidate": TEXT, "pin": TEXT, "csrf": TEXT}}
WISH = {
    "type": "object",
    "properties": {
        "exam": TEXT,
        "form": TEXT,
        "room_id": TEXT,
        "minutes": {"type": "number"},
        "start_window": {"type": "array", "items": TEXT},
        "extra": {"type": "object"},
        "kind": TEXT,
    },
}
ACT = {
    "type": "object",
    "properties": {"minutes": {"type": "number"}, "candidate": TEXT, "late": TEXT, "questions": {}},
}
BODIES = {"answers": ANSWERS, "submit": ANSWERS, "incidents": INCIDENTS}


def described(routes: list[tuple[str, str]]) -> dict[str, Any]:
    """Return an OpenAPI document of routes."""
    paths: dict[str, Any] = {}
    for method, path in routes:
        names = [name for name in ("room_id", "candidate") if f"{{{name}}}" in path]
        parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
        operation: dict[str, Any] = {"parameters": parameters, "responses": {"200": {"description": "done"}}}
        if method == "POST":
            operation["requestBody"] = {"content": _content(path)}
        paths.setdefault(path, {})[method.lower()] = operation
    return {"openapi": "3.1.0", "info": {"title": "room", "version": "1"}, "paths": paths}


def _content(path: str) -> dict[str, Any]:
    if path.endswith(("/sign-in", "/sign-out")):
        return {"application/x-www-form-urlencoded": {"schema": FORM}}
    if path.startswith("/r/"):
        return {"application/json": {"schema": BODIES[path.rpartition("/")[2]]}}
    return {"application/json": {"schema": WISH if path == "/rooms" else ACT}}


CANDIDATES = schemathesis.openapi.from_dict(described([(route.method, route.path) for route in ROUTES]))
# Without shutdown, and without backups to arbitrary paths.
TRAINERS = schemathesis.openapi.from_dict(
    described([each for each in _admin_routes() if each[1] != "/shutdown" and not each[1].endswith("/backup")])
)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def target(server: Server, exam: Any) -> RunningRoom:
    return server.room(exam)


@CANDIDATES.parametrize()
@FEW
def test_the_candidates_port_makes_no_fault(case: Any, target: RunningRoom) -> None:
    if "room_id" in (case.path_parameters or {}) and hash(str(case.body)) % 4:
        case.path_parameters["room_id"] = target.id
    token, mark = _signed_in(target)
    headers = {"Cookie": f"room={token}", "X-Room-CSRF": "" if "sign-out" in case.path else mark}
    answer = case.call(base_url=target.server.url, headers=headers, allow_redirects=False)
    assert answer.status_code < 500, answer.text
    assert "/api/" not in case.path or case.path_parameters["room_id"] != target.id or answer.status_code != 401


_TOKENS: dict[str, tuple[str, str]] = {}


def _signed_in(room: RunningRoom) -> tuple[str, str]:
    if room.id not in _TOKENS:
        candidate = room.seated()
        _TOKENS[room.id] = candidate.client.cookies["room"], candidate.csrf
    return _TOKENS[room.id]


@TRAINERS.parametrize()
@FEW
def test_the_trainers_port_makes_no_fault(case: Any, target: RunningRoom) -> None:
    if "room_id" in (case.path_parameters or {}) and hash(str(case.body)) % 4:
        case.path_parameters["room_id"] = target.id
    url = f"http://127.0.0.1:{target.server.about['admin_port']}"
    headers = _bearer(target.server) | {"X-Person": "tester"}
    answer = case.call(base_url=url, headers=headers, allow_redirects=False)
    assert answer.status_code < 500, answer.text
