"""Complete sittings on a running server: start, end, pauses, two devices, windows, resits, export."""

import datetime as dt
import time
from pathlib import Path

import pytest

from govkit.core import audit
from govkit.exams.marking.responses import read_responses
from govkit.exams.paper.paper import read_paper
from govkit.exams.paper.roster import read_roster
from govkit.room.http.seb import HEADER, request_hash
from tests.room.serving import PERSON, RunningRoom, Server, copied_exam, within


def moment(seconds: float) -> str:
    return (dt.datetime.now() + dt.timedelta(seconds=seconds)).isoformat()


def test_a_sitting_from_door_to_receipt(room: RunningRoom) -> None:
    candidate = room.seated()
    told = candidate.save(q1="A", w1="第一行\n第二行", f1="甲␟乙").json()
    assert [each["question"] for each in told["saved"]] == ["q1", "w1", "f1"]
    assert (told["stale"], told["late"], told["state"]) == ([], [], "open")
    assert 5390 < told["left"] <= 5400
    kept = candidate.state(answers=True)["answers"]
    assert kept["w1"] == {"answer": "第一行\n第二行", "version": 1}
    done = candidate.call("submit", {"answers": [candidate.packet("q2", "B")]}).json()
    assert done["state"] == "submitted"
    assert len(done["receipt"]) == 14
    assert done["receipt"] in candidate.paper().text


def test_before_the_start_there_is_no_paper(server: Server, exam: Path) -> None:
    room = server.room(exam, opened=False)
    candidate = room.candidate()
    assert candidate.sign_in().headers["location"].endswith("/paper")
    waiting = candidate.paper()
    assert waiting.url.path.endswith("/waiting")
    assert "题干" not in waiting.text
    told = candidate.state()
    assert (told["state"], told["left"]) == ("waiting", None)
    assert candidate.save(q1="A").status_code == 409
    room.act("open")
    assert "题干" in candidate.paper().text


def test_the_end_is_the_servers(server: Server, exam: Path) -> None:
    room = server.room(exam)
    candidate = room.seated()
    assert candidate.save(q1="A").json()["saved"]
    room.act("extend", minutes=(1 - candidate.state()["left"]) / 60)
    within(5, lambda: candidate.state()["state"] == "closed")
    told = candidate.save(q1="B", q2="C").json()
    assert (told["saved"], [each["question"] for each in told["late"]], told["state"]) == ([], ["q1", "q2"], "closed")
    assert candidate.state(answers=True)["answers"] == {"q1": {"answer": "A", "version": 1}}
    room.act("extend", minutes=5)
    assert candidate.save(q1="C").json()["saved"]


def test_extra_time_for_one(server: Server, exam: Path) -> None:
    room = server.room(exam, minutes=0.01, extra={"1002": 5})
    one, other = room.seated("1001"), room.seated("1002")
    within(5, lambda: one.state()["state"] == "closed")
    assert 290 < other.state()["left"] <= 300.5
    room.act("extend", minutes=1, candidate="1001")
    assert one.state()["state"] == "open"


def test_a_pause_takes_no_time_from_anyone(room: RunningRoom) -> None:
    candidate = room.seated()
    room.act("pause")
    first = candidate.state()
    assert first["state"] == "paused"
    time.sleep(0.5)
    assert candidate.state()["left"] == first["left"]
    assert candidate.save(q1="A").json()["saved"]  # it was in transit
    room.act("resume")
    assert candidate.state()["state"] == "open"
    assert first["left"] - candidate.state()["left"] < 0.5


def test_closing_by_mistake_costs_nobody_time(room: RunningRoom) -> None:
    candidate = room.seated()
    before = candidate.state()["left"]
    room.act("close")
    assert candidate.save(q1="A").json()["late"]
    time.sleep(0.5)
    room.act("open")
    assert before - candidate.state()["left"] < 0.5


def test_a_second_device_waits_for_the_trainer(room: RunningRoom) -> None:
    first, second = room.seated(), room.candidate()
    first.save(q1="A")
    assert second.sign_in().headers["location"].endswith("/waiting")
    assert second.state()["state"] == "takeover"
    assert "题干" not in second.paper().text
    assert second.save(q1="B").status_code == 403
    assert "answers" not in second.state(answers=True)
    assert room.look()["candidates"][0]["takeover"]
    room.act_on("1001", "approve")
    assert first.state()["state"] == "moved"
    assert "answers" not in first.state(answers=True)
    assert first.call("answers", {"answers": [{"question": "q1", "answer": "D", "version": 9}]}).json()["late"]
    second.paper()
    assert second.state(answers=True)["answers"]["q1"]["answer"] == "A"
    assert second.call("answers", {"answers": [{"question": "q1", "answer": "B", "version": 2}]}).json()["saved"]


def test_a_second_device_is_refused(room: RunningRoom) -> None:
    first, second = room.seated(), room.candidate()
    second.sign_in()
    room.act_on("1001", "refuse")
    assert second.client.get(f"/r/{room.id}/api/state").status_code == 401
    assert first.save(q1="A").json()["saved"]


def test_the_same_device_may_sign_in_again(room: RunningRoom) -> None:
    candidate = room.seated()
    candidate.save(q1="A")
    assert candidate.sign_in().headers["location"].endswith("/paper")
    assert candidate.paper().status_code == 200
    assert candidate.state(answers=True)["answers"]["q1"]["answer"] == "A"


@pytest.mark.parametrize("act", ["void", "sign-out"])
def test_a_sitting_is_ended_by_the_trainer(room: RunningRoom, act: str) -> None:
    candidate = room.seated()
    room.act_on("1001", act)
    answer = candidate.save(q1="A")
    assert answer.status_code == 401 if act == "sign-out" else answer.json()["late"]


def test_void_and_restored(room: RunningRoom) -> None:
    candidate = room.seated()
    room.act_on("1001", "void")
    assert candidate.state()["state"] == "void"
    assert "题干" not in candidate.paper().text
    room.act_on("1001", "restore")
    assert candidate.save(q1="A").json()["saved"]


def test_handing_in_twice_and_late(room: RunningRoom) -> None:
    candidate = room.seated()
    first = candidate.call("submit", {"answers": [candidate.packet("q1", "A")]}).json()
    again = candidate.call("submit", {"answers": [candidate.packet("q1", "B")]}).json()
    assert again["receipt"] == first["receipt"]
    assert (again["saved"], again["late"]) == ([], [{"question": "q1", "version": 2}])
    assert candidate.state(answers=True)["answers"]["q1"]["answer"] == "A"
    room.act_on("1001", "reopen")
    assert candidate.save(q1="C").json()["saved"]


def test_a_new_pin_makes_the_old_one_useless(room: RunningRoom) -> None:
    pin = room.act_on("1003", "reset-pin")["pin"]
    candidate = room.candidate("1003")
    assert candidate.sign_in().status_code == 401
    assert candidate.sign_in(pin).status_code == 303


def test_a_start_window(server: Server, exam: Path) -> None:
    early = server.room(exam, start_window=[moment(60), moment(120)])
    over = server.room(exam, start_window=[moment(-120), moment(-60)])
    now = server.room(exam, start_window=[moment(-60), moment(60)], minutes=30)
    for room, expected in [(early, "waiting"), (over, "closed"), (now, "open")]:
        candidate = room.candidate()
        candidate.sign_in()
        assert candidate.state()["state"] == expected
        assert candidate.save(q1="A").status_code == 409  # the paper has not been seen yet
    candidate.paper()
    assert 1795 < candidate.state()["left"] <= 1800  # own time runs from one's own start


def test_practice_moves_devices_freely_and_tells_after_closing(server: Server, exam: Path) -> None:
    room = server.room(exam, kind="practice", feedback=True)
    first, second = room.seated(), room.candidate()
    first.save(q1="A", m1="A,C", t1="F", o1="B,A", p1="1=B;2=D", f1="甲␟乙", w1="<i>")
    assert second.sign_in().headers["location"].endswith("/paper")
    second.paper()
    assert first.state()["state"] == "moved"
    told = {"questions": {"q1": "正确答案是B。<script>"}}
    assert server.ask("POST", f"/rooms/{room.id}/feedback", told).status_code == 409  # not before closing
    assert second.client.get(f"/r/{room.id}/feedback").status_code == 404
    room.act("close")
    room.act("feedback", **told)
    page = second.client.get(f"/r/{room.id}/feedback").text
    assert "正确答案是B。&lt;script&gt;" in page
    cells = [
        "A 选项A",
        "A 选项A；C 选项C",
        "错",
        "B 选项B → A 选项A",
        "角色1 — B 选项B；角色2 — D 选项D",
        "甲；乙",
        "&lt;i&gt;",
    ]
    for words in cells:
        assert f"<td>{words}</td>" in page


def test_a_closed_book_room_never_takes_feedback(server: Server, room: RunningRoom) -> None:
    room.act("close")
    assert server.ask("POST", f"/rooms/{room.id}/feedback", {"questions": {"q1": "x"}}).status_code == 409


def test_a_resit_beside_the_first_sitting(server: Server, tmp_path: Path) -> None:
    exam = copied_exam(tmp_path, 4)
    with (exam / "roster.csv").open("a", encoding="utf-8") as file:
        file.write("1001,考生0,单位0,委员,M,\n")
    first = server.room(exam)
    resit = server.room(exam, form="M", kind="resit")
    assert (len(first.pins), list(resit.pins)) == (4, ["1001"])
    assert server.ask("POST", "/rooms", {"exam": str(exam), "kind": "resit"}).status_code == 422
    for room, answer in [(first, "A"), (resit, "B")]:
        room.seated().save(q1=answer)
        room.act("close")
        room.act("export", late="leave")
    roster = read_roster(exam, ("A", "M"), "M")
    assert sorted(roster["status"]) == ["absent"] * 3 + ["present"] * 2
    found = read_responses(exam, roster, [read_paper(exam / f"paper-{form}.json") for form in "AM"])
    assert sorted(zip(found.forms, found.answers, strict=True)) == [("A", "A"), ("M", "B")]


@pytest.mark.parametrize(("late", "expected"), [("leave", "A"), ("take", "B")])
def test_export_and_what_came_late(server: Server, tmp_path: Path, late: str, expected: str) -> None:
    exam = copied_exam(tmp_path, 4)
    room = server.room(exam)
    one, void, submitted = room.seated("1001"), room.seated("1002"), room.seated("1003")
    one.save(q1="A", w1='=1+1\n"引号",逗号')
    one.call("incidents", {"incidents": [{"kind": "blur", "seconds": 3.25}]})
    void.save(q1="C")
    submitted.call("submit", {"answers": [submitted.packet("c1.1", "D"), submitted.packet("q1", "")]})
    room.act_on("1002", "void")
    assert server.ask("POST", f"/rooms/{room.id}/export", {"late": late}).status_code == 409  # still open
    room.act("close")
    one.save(q1="B")
    counts = room.act("export", late=late)
    assert counts == {"present": 2, "absent": 1, "disqualified": 1, "responses": 3, "late": 1, "incidents": 1}
    roster = read_roster(exam, ("A",), "M")
    assert dict(zip(roster["candidate"], roster["status"], strict=True)) == {
        "1001": "present", "1002": "disqualified", "1003": "present", "1004": "absent",
    }  # fmt: skip
    found = read_responses(exam, roster, [read_paper(exam / "paper-A.json")])
    rows = {
        (found.candidates[who], found.questions[what]): found.answers[how]
        for who, what, how in zip(found.candidate, found.question, found.answer, strict=True)
    }
    assert rows == {("1001", "q1"): expected, ("1001", "w1"): '=1+1\n"引号",逗号', ("1003", "c1.1"): "D"}
    assert (exam / "incidents.csv").read_text("utf-8-sig").splitlines()[1].startswith(f"{room.id},1001,blur,3.2,")
    assert room.act("export", late=late) == counts  # again, to the same


def test_what_the_trainer_sees(room: RunningRoom) -> None:
    candidate = room.seated()
    candidate.save(q1="A", q2="B", q3="")
    candidate.call("incidents", {"incidents": [{"kind": "hidden", "seconds": 2}, {"kind": "paste"}]})
    seen = room.look()
    assert seen["state"] == "open"
    assert seen["counts"] == {
        "candidates": 60, "signed_in": 1, "started": 1, "submitted": 0, "void": 0, "takeover": 0, "late": 0,
    }  # fmt: skip
    mine = seen["candidates"][0]
    assert (mine["candidate"], mine["name"], mine["answered"], mine["incidents"]) == ("1001", "考生0", 2, 2)
    assert 0 <= mine["last_save"] < 5
    listed = room.server.admin("GET", f"/rooms/{room.id}/incidents")["incidents"]
    assert [each["kind"] for each in listed] == ["hidden", "paste"]


def test_several_rooms_on_one_server(server: Server, exam: Path) -> None:
    one, other = server.room(exam), server.room(exam)
    assert one.id != other.id
    first, second = one.seated(), other.seated()
    first.save(q1="A")
    second.save(q1="B")
    assert first.state(answers=True)["answers"]["q1"]["answer"] == "A"
    assert second.state(answers=True)["answers"]["q1"]["answer"] == "B"
    page = one.candidate().client.get("/").text
    assert f"/r/{one.id}/" in page
    assert f"/r/{other.id}/" in page
    assert "考生" not in page.replace("考生须知", "")


def test_every_action_is_in_the_audit_log(server: Server, room: RunningRoom) -> None:
    room.act("pause")
    room.act_on("1001", "reset-pin")
    log = server.data / "room-audit.jsonl"
    found = [(entry.action, entry.details.get("room")) for entry in audit.entries(log)]
    assert found[-4:] == [(f"room.{name}", room.id) for name in ("make", "open", "pause", "reset-pin")]
    assert {entry.person for entry in audit.entries(log)} == {PERSON}
    assert not audit.verify(log)
    assert not any(pin in log.read_text("utf-8") for pin in room.pins.values())


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"form": "Z"}, "Z"),
        ({"minutes": 0}, "0"),
        ({"minutes": "90"}, ""),
        ({"kind": "oral"}, "oral"),
        ({"room_id": "../x"}, "../x"),
        ({"start_window": ["2015-10-20T09:00"]}, ""),
        ({"start_window": ["b", "a"]}, "b"),
        ({"extra": {"9999": 5}}, "9999"),
        ({"extra": {"1001": -5}}, "1001"),
        ({"exam": "/no/such"}, ""),
        ({"exam": 5}, ""),
    ],
)
def test_a_room_that_cannot_be_made(server: Server, exam: Path, wish: dict[str, object], said: str) -> None:
    before = server.admin("GET", "/rooms")
    answer = server.ask("POST", "/rooms", {"exam": str(exam), **wish})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["problem"]
    assert len(server.admin("GET", "/rooms")["rooms"]) == len(before["rooms"])


def test_an_action_needs_a_name(server: Server, room: RunningRoom) -> None:
    answer = server.ask("POST", f"/rooms/{room.id}/pause", {}, **{"X-Person": "%20"})
    assert answer.status_code == 400
    assert room.look()["state"] == "open"


def test_a_room_for_safe_exam_browser_only(server: Server, exam: Path) -> None:
    key = "ab" * 32
    room = server.room(exam, require_seb=True, seb_keys=[key])
    candidate = room.candidate()
    door = f"/r/{room.id}/"
    for headers in ({}, {HEADER: "0" * 64}, {HEADER: request_hash(f"{server.url}/r/other/", key)}):
        assert candidate.client.get(door, headers=headers).status_code == 403
    assert candidate.sign_in().status_code == 403
    good = {HEADER: request_hash(f"{server.url}{door}", key)}
    assert candidate.client.get(door, headers=good).status_code == 200
