"""Attacks on a running server, each refused: the key, tokens, forms, hosts, attempts, packets, slow clients."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from govkit.exams.paper import key
from govkit.exams.paper.paper import paper_of
from govkit.room.domain.sessions import csrf_of
from govkit.room.http import slow_clients
from govkit.room.http.app import ROUTES
from tests.exams.builders import PERSON, TINY, assembled, blanks, multiple, single
from tests.room.serving import Candidate, RunningRoom, Server, exam_folder, face, field_of, serving, small_paper, web

# --- the key ---------------------------------------------------------------------------------------------------------

SECRETS = ("秘密解析", "秘密答案", "秘密作者", "秘密题源")
SECRET_BANK = [
    single("s1", "A", explanation="秘密解析一", author="秘密作者"),
    single("s2", "B", explanation="秘密解析二", author="秘密作者"),
    multiple("m1", "AC", explanation="秘密解析三"),
    blanks("f1", (("秘密答案甲", "秘密答案乙"),), explanation="秘密解析四"),
]


@pytest.fixture(scope="module")
def sealed_exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete exam with its sealed key beside the papers, assembled from a bank whose secrets are recognisable."""
    dear, key.COST["n"] = key.COST["n"], 16
    folder = assembled(tmp_path_factory.mktemp("sealed"), TINY, SECRET_BANK)
    key.COST["n"] = dear
    (folder / "roster.csv").write_text(f"candidate,name,unit,post,form,status\n1001,{PERSON},,,A,\n", "utf-8")
    return folder


def test_no_byte_of_the_key_leaves_the_server(server: Server, sealed_exam: Path) -> None:
    room = server.room(sealed_exam)
    candidate = room.seated()
    texts = [candidate.paper().text, json.dumps(candidate.state(answers=True)), candidate.save(s1="A", f1="x").text]
    for route in ROUTES:
        path = route.path.replace("{room_id}", room.id)
        if path == "/static/room.js":
            continue  # the script is the same for every room
        texts.append(candidate.client.request(route.method, path, headers={"X-Room-CSRF": candidate.csrf}).text)
    texts += [json.dumps(room.look()), json.dumps(server.admin("GET", "/rooms"))]
    sealed = (sealed_exam / "key.sealed").read_bytes()
    for text in texts:
        assert not any(secret in text for secret in SECRETS)
        assert not re.search(r"explanation|difficulty|\bkey\b|pass_mark|tolerance|秘密|seed", text.replace("_key", ""))
        assert sealed[-60:].decode("latin-1") not in text
    kept = b"".join(path.read_bytes() for path in server.data.glob("room.sqlite*"))
    assert not any(secret.encode() in kept for secret in SECRETS)


def test_the_process_that_serves_never_imports_a_key(server: Server) -> None:
    import subprocess
    import sys

    code = (
        "import sys, govkit.room.http.server, govkit.room.storage.sqlite, govkit.room.exam_folder;"
        "bad = {'paper.key', 'marking.marking', 'marking.remark', 'exam', 'bank.bank'};"
        "print(sorted(bad & {name.removeprefix('govkit.exams.') for name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_the_cookie_is_long_hidden_from_scripts_and_of_this_room(room: RunningRoom) -> None:
    answer = room.candidate().sign_in()
    cookie = answer.headers["set-cookie"]
    token = re.match(r"room=([\w-]+);", cookie)
    assert token
    assert len(token.group(1)) >= 43
    for wanted in (f"Path=/r/{room.id}", "HttpOnly", "SameSite=Strict", "Max-Age=86400"):
        assert wanted in cookie
    assert token.group(1) not in answer.headers["location"] + answer.text


def test_a_token_is_in_no_address_log_or_file(server: Server, room: RunningRoom) -> None:
    candidate = room.seated()
    candidate.save(q1="A")
    token = candidate.client.cookies["room"]
    assert token not in candidate.paper().text
    assert token not in json.dumps(candidate.state())
    for path in server.data.iterdir():
        content = path.read_bytes()
        assert token.encode() not in content, path.name
        assert room.pins["1001"].encode() not in content, path.name


def test_a_token_chosen_by_someone_else_is_not_taken(room: RunningRoom) -> None:
    """Session fixation: whatever cookie is sent, signing in creates a new one."""
    candidate = room.candidate()
    page = candidate.client.get(f"/r/{room.id}/")
    mark = candidate.client.cookies["room-form"]
    form = {"candidate": "1001", "pin": room.pins["1001"], "csrf": field_of(page.text, "csrf")}
    cookies = {"Cookie": f"room=chosen-by-an-attacker; room-form={mark}"}
    answer = candidate.client.post(f"/r/{room.id}/sign-in", data=form, headers=cookies)
    assert answer.status_code == 303
    assert "chosen" not in answer.headers["set-cookie"]
    stranger = Candidate(room.candidate().client, room.id, "", "")
    stranger.client.cookies.set("room", "chosen-by-an-attacker", path=f"/r/{room.id}")
    assert stranger.client.get(f"/r/{room.id}/api/state").status_code == 401


def test_signing_in_again_changes_the_token_and_ends_the_old_one(room: RunningRoom) -> None:
    candidate = room.seated()
    old = candidate.client.cookies["room"]
    candidate.sign_in()
    assert candidate.client.cookies["room"] != old
    thief = room.candidate()
    thief.client.cookies.set("room", old, path=f"/r/{room.id}")
    assert thief.client.get(f"/r/{room.id}/api/state").status_code == 401


def test_a_token_is_dead_after_signing_out(room: RunningRoom) -> None:
    candidate = room.seated()
    old, mark = candidate.client.cookies["room"], candidate.csrf
    assert candidate.client.post(f"/r/{room.id}/sign-out", data={"csrf": mark}).status_code == 303
    assert "room" not in candidate.client.cookies
    candidate.client.cookies.set("room", old, path=f"/r/{room.id}")
    assert candidate.save(q1="A").status_code == 401


def test_a_cookie_of_one_room_opens_no_other(server: Server, exam: Path) -> None:
    one, other = server.room(exam), server.room(exam)
    token = one.seated().client.cookies["room"]
    stranger = other.candidate()
    stranger.client.cookies.set("room", token, path=f"/r/{other.id}")
    assert stranger.client.get(f"/r/{other.id}/api/state").status_code == 401


# --- calls from other sites -------------------------------------------------------------------------------------------

FOREIGN: list[tuple[str, dict[str, str], int]] = [
    ("no mark", {"X-Room-CSRF": ""}, 403),
    ("a wrong mark", {"X-Room-CSRF": "0" * 43}, 403),
    ("another origin", {"Origin": "http://evil.example"}, 403),
    ("a null origin", {"Origin": "null"}, 403),
    ("another port of this computer", {"Origin": "http://127.0.0.1:8888"}, 403),
    ("another site, says the browser", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("a sister site", {"Sec-Fetch-Site": "same-site"}, 403),
    ("a form of plain text", {"Content-Type": "text/plain"}, 415),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("a name bound to this address", {"Host": "evil.example"}, 400),
    ("such a name with the port", {"Host": "evil.example:8000"}, 400),
    ("a name that looks like an address", {"Host": "127.0.0.1.evil.example"}, 400),
]


@pytest.fixture(scope="module")
def victim(server: Server, exam: Path) -> tuple[RunningRoom, str]:
    """A room, and the token of a signed-in candidate."""
    room = server.room(exam)
    return room, room.seated().client.cookies["room"]


@pytest.mark.parametrize(("name", "headers", "status"), FOREIGN, ids=[each[0] for each in FOREIGN])
def test_a_call_from_elsewhere_is_refused(
    victim: tuple[RunningRoom, str], name: str, headers: dict[str, str], status: int
) -> None:
    room, token = victim
    told = {"Cookie": f"room={token}", "X-Room-CSRF": csrf_of(token), "Content-Type": "application/json"} | headers
    body = json.dumps({"answers": [{"question": "q1", "answer": "A", "version": 1}]})
    answer = web.post(f"{room.server.url}/r/{room.id}/api/answers", content=body, headers=told)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    assert room.look()["candidates"][0]["answered"] == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "192.168.1.7", "[::1]:8000"])
def test_addresses_are_good_hosts(room: RunningRoom, host: str) -> None:
    assert room.candidate().client.get("/healthz", headers={"Host": host}).status_code == 200


def test_signing_in_needs_a_form_of_ours_from_this_browser(room: RunningRoom) -> None:
    victim, attacker = room.candidate(), room.candidate("1002")
    mark = field_of(attacker.client.get(f"/r/{room.id}/").text, "csrf")
    form = {"candidate": "1001", "pin": room.pins["1001"], "csrf": mark}
    assert victim.client.post(f"/r/{room.id}/sign-in", data=form).status_code == 403
    assert victim.client.post(f"/r/{room.id}/sign-in", data={**form, "csrf": ""}).status_code == 403
    forged = {"Origin": "http://evil.example"}
    assert attacker.client.post(f"/r/{room.id}/sign-in", data=form, headers=forged).status_code == 403


def test_signing_out_needs_the_mark(room: RunningRoom) -> None:
    candidate = room.seated()
    assert candidate.client.post(f"/r/{room.id}/sign-out", data={"csrf": "x"}).status_code == 403
    assert candidate.state()["state"] == "open"


def test_pages_forbid_frames_scripts_and_other_sites(room: RunningRoom) -> None:
    candidate = room.seated()
    for answer in (candidate.paper(), room.candidate().client.get(f"/r/{room.id}/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


# --- attempts ---------------------------------------------------------------------------------------------------------


def from_address(room: RunningRoom, number: str, address: str) -> Candidate:
    return room.candidate(number, transport=httpx.HTTPTransport(local_address=address))


def test_ten_tries_a_minute_and_nobody_locks_another_out(room: RunningRoom) -> None:
    attacker = from_address(room, "1001", "127.0.0.66")
    statuses = [attacker.sign_in("00000000").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert attacker.sign_in().status_code == 429  # a right PIN looks like a wrong one
    assert from_address(room, "1001", "127.0.0.77").sign_in().status_code == 303  # the owner
    assert from_address(room, "1002", "127.0.0.66").sign_in().status_code == 303  # a neighbour at the same address


def test_a_known_number_is_not_told_from_an_unknown_one(room: RunningRoom) -> None:
    pages = []
    for number, address in [("1001", "127.0.0.81"), ("9999", "127.0.0.82")]:
        candidate = from_address(room, "1001", address)
        candidate.candidate = number
        answers = [candidate.sign_in("00000000") for _ in range(11)]
        mark = candidate.client.cookies["room-form"]
        pages.append([(each.status_code, each.text.replace(number, "N").replace(mark, "")) for each in answers])
    assert pages[0] == pages[1]


def test_both_take_the_same_time(room: RunningRoom) -> None:
    """Medians over many attempts at different accounts; a slow hash for known numbers only would show."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    candidate = from_address(room, "1001", "127.0.0.83")
    for at in range(40):
        for kind, number in [("known", str(1001 + at)), ("unknown", str(5001 + at))]:
            candidate.candidate = number
            began = time.perf_counter()
            assert candidate.sign_in("00000000").status_code == 401
            took[kind].append(time.perf_counter() - began)
    known, unknown = (sorted(times)[20] for times in took.values())
    assert 0.5 < known / unknown < 2


# --- packets ---------------------------------------------------------------------------------------------------------


def packet(question: Any = "q1", answer: Any = "A", version: Any = 1, **more: Any) -> dict[str, Any]:
    return {"answers": [{"question": question, "answer": answer, "version": version, **more}]}


BAD_PACKETS: list[tuple[str, Any, int]] = [
    ("a foreign question", packet("q999"), 422),
    ("a question of another exam", packet("s1"), 422),
    ("a case, which takes no answer itself", packet("c1"), 422),
    ("an option that is not there", packet(answer="Z"), 422),
    ("two options of one", packet(answer="A,B"), 422),
    ("too long a text", packet("w1", "长" * 10_001), 422),
    ("too long a blank", packet("f1", "长" * 1_001), 422),
    ("too many blanks", packet("f1", "一␟二␟三"), 422),
    ("several lines in a blank", packet("f1", "一\n二"), 422),
    ("no number", packet(version="1"), 422),
    ("version true", packet(version=True), 422),
    ("version 0", packet(version=0), 422),
    ("version -1", packet(version=-1), 422),
    ("version 1.5", packet(version=1.5), 422),
    ("a huge version", packet(version=2**31), 422),
    ("an question that is a list", packet(question=["q1"]), 422),
    ("an answer that is null", packet(answer=None), 422),
    ("an answer that is an object", packet(answer={"$gt": ""}), 422),
    ("no list", {"answers": {"q1": "A"}}, 422),
    ("nothing", {}, 422),
    ("a list instead", [1, 2], 400),
    ("too many answers", {"answers": packet()["answers"] * 1001}, 422),
]


@pytest.fixture(scope="module")
def seated(server: Server, exam: Path) -> Candidate:
    return server.room(exam).seated()


@pytest.mark.parametrize("call", ["answers", "submit"])
@pytest.mark.parametrize(("name", "body", "status"), BAD_PACKETS, ids=[each[0] for each in BAD_PACKETS])
def test_a_bad_packet_saves_nothing(seated: Candidate, name: str, body: Any, status: int, call: str) -> None:
    """A valid answer in the same packet is not saved either."""
    time.sleep(0.02)  # one browser has a hundred calls a second
    if isinstance(body, dict) and isinstance(body.get("answers"), list) and len(body["answers"]) == 1:
        body = {"answers": [{"question": "t1", "answer": "T", "version": 1}, *body["answers"]]}
    answer = seated.call(call, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["problem"]
    told = seated.state(answers=True)
    assert (told["answers"], told["state"]) == ({}, "open")


BAD_BODIES: list[tuple[str, bytes, int]] = [
    ("no JSON", b"{", 400),
    ("deeply nested", b'{"answers":' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400),
    ("deeply nested objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    ("not a number", b'{"answers":NaN}', 400),
    ("a number without end", b'{"answers":' + b"9" * 100_000 + b"}", 400),
    ("no text", b"\xff\xfe\x00", 400),
    ("oversized", b'{"answers":"' + b"x" * (1 << 20) + b'"}', 413),
    ("empty", b"", 400),
    ("null", b"null", 400),
]


@pytest.mark.parametrize("call", ["answers", "submit", "incidents"])
@pytest.mark.parametrize(("name", "body", "status"), BAD_BODIES, ids=[each[0] for each in BAD_BODIES])
def test_a_bad_body_is_refused(seated: Candidate, name: str, body: bytes, status: int, call: str) -> None:
    time.sleep(0.02)  # one browser has a hundred calls a second
    headers = {"X-Room-CSRF": seated.csrf, "Content-Type": "application/json"}
    answer = seated.client.post(f"/r/{seated.room_id}/api/{call}", content=body, headers=headers)
    assert answer.status_code in ({status, 413} if call == "incidents" else {status}), answer.text


def test_an_oversized_body_without_a_length_is_refused(seated: Candidate) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 16)

    headers = {"X-Room-CSRF": seated.csrf, "Content-Type": "application/json"}
    answer = seated.client.post(f"/r/{seated.room_id}/api/answers", content=chunks(), headers=headers)
    assert answer.status_code == 413


def test_lone_surrogates_and_control_characters_do_no_harm(seated: Candidate) -> None:
    body = rb'{"answers":[{"question":"w1","answer":"a\ud800\u0000\u0007b\ttab","version":1}]}'
    headers = {"X-Room-CSRF": seated.csrf, "Content-Type": "application/json"}
    answer = seated.client.post(f"/r/{seated.room_id}/api/answers", content=body, headers=headers)
    assert answer.json()["saved"]
    assert seated.state(answers=True)["answers"]["w1"]["answer"] == "ab\ttab"


@pytest.mark.parametrize("more", [{"score": 100}, {"mark": 5}, {"at": 0}, {"left": 9999}, {"candidate": "1002"}])
def test_what_a_client_says_of_score_time_or_person_counts_nothing(room: RunningRoom, more: dict[str, Any]) -> None:
    candidate = room.seated()
    body = {**packet(**more), **more, "left": 99_999, "candidate": "1002", "state": "open"}
    told = candidate.call("answers", body).json()
    assert told["saved"]
    assert told["left"] <= 5400
    seen = room.look()["candidates"]
    assert [each["answered"] for each in seen[:2]] == [1, 0]
    room.act("close")
    assert candidate.call("answers", packet(answer="B", version=2, at=0, left=500)).json()["late"]


def test_incidents_are_of_known_kinds_and_bounded(room: RunningRoom) -> None:
    candidate = room.seated()
    for bad in ([{"kind": "<script>"}], [{"kind": "blur", "seconds": "5"}], ["blur"], "blur", [{"kind": "blur"}] * 101):
        assert candidate.call("incidents", {"incidents": bad}).status_code == 422
    for _ in range(8):
        candidate.call("incidents", {"incidents": [{"kind": "blur", "seconds": 1e300}] * 100})
    assert room.look()["candidates"][0]["incidents"] <= 500


def test_one_browser_cannot_take_the_whole_server(room: RunningRoom) -> None:
    candidate = room.seated()
    statuses = [candidate.client.get(f"/r/{room.id}/api/state").status_code for _ in range(400)]
    assert set(statuses) <= {200, 429}
    other = room.seated("1002")
    assert other.save(q1="A").json()["saved"]


# --- slow and broken clients -----------------------------------------------------------------------------------------


def raw(server: Server, content: bytes, wait: float = 30) -> tuple[bytes, float]:
    """Send bytes, wait until the server closes, and return what was received and after how long."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        connection.sendall(content)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass
        return received, time.monotonic() - began


def test_a_head_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    assert slow_clients.HEAD_SECONDS <= 15
    shorter = "from govkit.room.http import slow_clients; slow_clients.HEAD_SECONDS = 2.0"
    with serving(tmp_path, before=shorter) as server:
        received, took = raw(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    assert received == b""
    assert 1.5 < took < 10


def test_a_head_without_bounds_is_cut_off(server: Server) -> None:
    received, took = raw(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 100_000)
    assert took < 10
    assert received == b"" or received.startswith(b"HTTP/1.1 400")


def test_many_slow_clients_hinder_nobody(room: RunningRoom) -> None:
    slow = [socket.create_connection(("127.0.0.1", room.server.port)) for _ in range(300)]
    for each in slow:
        each.sendall(b"POST /r/x/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\ncandidate=")
    candidate = room.seated()
    began = time.monotonic()
    assert candidate.save(q1="A").json()["saved"]
    assert time.monotonic() - began < 2
    for each in slow:
        each.close()


@pytest.mark.parametrize(
    "content",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /r/%ff%fe/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /r/tiny/paper HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: room=\xff\xfe\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_broken_requests_are_no_fault_of_the_server(server: Server, content: bytes) -> None:
    received, _took = raw(server, content, wait=3)
    assert not re.match(rb"HTTP/1.1 5", received), received[:60]


# --- strings that are markup -----------------------------------------------------------------------------------------

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'></textarea>"


def test_markup_in_questions_options_and_names_is_text(server: Server, tmp_path: Path) -> None:
    from dataclasses import replace

    from govkit.exams.bank.questions import Option, QuestionType
    from govkit.exams.paper.paper import write_paper

    exam = exam_folder(tmp_path / "exam", 1)
    options = tuple(Option(letter, f"{SCRIPT}{letter}") for letter in "ABCD")
    prompts = (Option("1", SCRIPT), Option("2", SCRIPT))
    bad = tuple(
        replace(face(f"x-{kind}", kind), stem=f"{SCRIPT}____", options=options, prompts=prompts, unit=SCRIPT)
        for kind in QuestionType
        if kind is not QuestionType.CASE
    )
    html = replace(face("h1"), stem=f"<b>粗</b>{SCRIPT}", markup="html")
    paper = small_paper()
    sections = (replace(paper.sections[0], title=SCRIPT, questions=(*bad, html)),)
    write_paper(exam, replace(paper, title=SCRIPT, sections=sections))
    (exam / "roster.csv").write_text(
        f'candidate,name,unit,post,form,status\n1001,"{SCRIPT.replace(chr(34), chr(34) * 2)}",,,A,\n', "utf-8"
    )
    room = server.room(exam)
    candidate = room.candidate()
    door = candidate.client.get(f"/r/{room.id}/").text
    refused = candidate.client.post(
        f"/r/{room.id}/sign-in", data={"candidate": SCRIPT, "pin": "1", "csrf": field_of(door, "csrf")}
    ).text
    candidate.sign_in()
    paper_page = candidate.paper().text
    saved = candidate.call("answers", packet("x-short_answer", SCRIPT)).json()
    assert saved["saved"]
    rooms = candidate.client.get("/").text
    for page in (door, refused, paper_page, rooms):
        assert "<script>alert" not in page
        assert "onerror=alert" not in page.replace("onerror=alert(1)&gt;", "")
        assert "<img src=x" not in page


def test_the_paper_in_the_store_is_the_paper(server: Server, exam: Path, room: RunningRoom) -> None:
    import apsw

    connection = apsw.Connection(str(server.data / "room.sqlite"))
    content = connection.execute("SELECT content FROM paper WHERE room_id = ? AND form = 'A'", (room.id,)).get
    connection.close()
    assert paper_of(content.encode(), "") == small_paper()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/rooms", {"exam": "x" * 5000}, 422),
        ("/rooms", {"exam": "\ud800"}, 422),
        ("/rooms", {"exam": "."}, 422),
        ("{room_id}/pause", {"late": "\ud800", "state": "\ud800", "candidate": "\ud800"}, 200),
        ("{room_id}/extend", {"minutes": 1, "candidate": "\ud800"}, 404),
        ("{room_id}/extend", {"minutes": float("1e400")}, 422),
        ("{room_id}/backup", {"path": "x" * 5000 + "/y"}, 422),
        ("{room_id}/backup", {"path": ""}, 422),
    ],
)
def test_odd_words_at_the_trainers_port(room: RunningRoom, path: str, body: dict[str, Any], status: int) -> None:
    headers = {
        "Authorization": f"Bearer {room.server.about['token']}",
        "X-Person": "x",
        "Content-Type": "application/json",
    }
    url = f"http://127.0.0.1:{room.server.about['admin_port']}" + path.replace("{room_id}", f"/rooms/{room.id}")
    answer = web.post(url, content=json.dumps(body), headers=headers)
    assert answer.status_code == status, answer.text
