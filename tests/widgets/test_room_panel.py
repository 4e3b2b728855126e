"""The trainer's panel over a server that it started."""

import asyncio
import json
import os
import plistlib
import re
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pymupdf
import pytest

from govkit.core.errors import InputError, InternalError
from govkit.room.http.seb import HEADER, config_key, request_hash
from govkit.widgets.room_client import RoomServer
from govkit.widgets.room_panel import Kiosk, RoomPanel, extra_minutes, room_panel
from tests.exams.builders import PASSPHRASE, tiny
from tests.room.serving import Candidate, exam_folder

PERSON = "张老师"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RoomPanel]:
    panel = RoomPanel(exam_folder(tmp_path / "exam", 3, singles=4), tmp_path / "room", port=free_port())
    panel.person.value = PERSON
    yield panel
    stop(panel)


def stop(panel: RoomPanel) -> None:
    about = panel.server.about()
    if about is not None:
        process = psutil.Process(about["pid"])
        panel.server.stop(PERSON)
        process.wait(20)


def opened(desk: RoomPanel) -> RoomPanel:
    desk.start()
    desk.making.make()
    press(desk, "开考")
    return desk


def press(desk: RoomPanel, label: str) -> None:
    """Press a button of the panel and confirm if asked."""
    found: list[Any] = [each for each in widgets(desk.box) if getattr(each, "description", None) == label]
    assert found, label
    found[0].click()
    yes = [each for each in desk.asked.children if getattr(each, "description", "") == "确定"]
    if yes:
        yes[0].click()


def widgets(widget: object) -> list[object]:
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in widgets(child))]


def shown(desk: RoomPanel) -> str:
    return "".join(str(getattr(each, "value", "")) for each in widgets(desk.box))


def seat(desk: RoomPanel, number: str) -> Candidate:
    about = desk.server.about()
    assert about is not None
    text = "".join(page.get_text() for page in pymupdf.open(next(desk.folder.glob("准考证-*.pdf"))).pages())
    pin = re.findall(rf"准考证号\s*{number}\b.*?密码\s*(\d+)", text, re.DOTALL)[0]
    client = httpx.Client(base_url=f"http://127.0.0.1:{about['port']}", timeout=20)
    candidate = Candidate(client, desk.board.chosen, number, pin)
    assert candidate.sign_in().status_code == 303
    assert candidate.paper().status_code == 200
    return candidate


def test_without_an_exam_and_without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "这里还没有考试" in "".join(str(getattr(each, "value", "")) for each in widgets(room_panel()))
    panel = RoomPanel(exam_folder(tmp_path / "exam", 1), tmp_path / "room")
    assert "考场服务没有运行" in panel.state.value
    assert panel.board.box.layout.display == "none"
    with pytest.raises(InternalError):
        panel.server.ask("GET", "/rooms")


def test_a_room_is_made_with_its_slips_and_watched(desk: RoomPanel) -> None:
    opened(desk)
    assert "考试中" in desk.board.standing.value
    (slips,) = desk.folder.glob("准考证-*.pdf")
    if os.name == "posix":
        assert stat.S_IMODE(slips.stat().st_mode) == 0o600
    candidate = seat(desk, "1001")
    candidate.save(q1="A", m1="A,B")
    candidate.call("incidents", {"incidents": [{"kind": "hidden", "seconds": 12}]})
    desk.refresh()
    assert "2/13" in desk.board.table.value
    assert "离开页面" in desk.board.incidents.value
    desk.board.filter.value = "未登录"
    assert "1001" not in desk.board.table.value
    assert "1002" in desk.board.table.value
    assert "二维码" in desk.board.place.value


def test_what_a_trainer_does(desk: RoomPanel) -> None:
    opened(desk)
    candidate = seat(desk, "1001")
    before = candidate.state()["left"]
    press(desk, "全体延时")
    assert 590 < candidate.state()["left"] - before <= 600
    desk.board.candidate.value, desk.board.minutes.value = "1001", 5
    press(desk, "该考生延时")
    assert 890 < candidate.state()["left"] - before <= 900
    press(desk, "暂停")
    assert candidate.state()["state"] == "paused"
    press(desk, "继续")
    candidate.call("submit", {"answers": []})
    assert candidate.state()["state"] == "submitted"
    press(desk, "允许重新作答")
    assert candidate.state()["state"] == "open"
    press(desk, "作废")
    assert candidate.state()["state"] == "void"
    press(desk, "恢复")
    press(desk, "重设密码")
    pin = desk.message.value.partition("新密码：")[2][:8]
    assert pin.isdigit()
    assert pin != candidate.pin
    press(desk, "强制退出")
    assert candidate.client.get(f"/r/{candidate.room_id}/api/state").status_code == 401
    log = (desk.server.data / "room-audit.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert {line["person"] for line in lines} == {PERSON}
    done = [line["action"].removeprefix("room.") for line in lines]
    assert done == [
        "make", "open", "extend", "extend", "pause", "resume", "reopen", "void", "restore", "reset-pin", "sign-out",
    ]  # fmt: skip
    assert pin not in log


def test_a_second_thought_can_be_no(desk: RoomPanel) -> None:
    opened(desk)
    desk.board._close()
    no = next(each for each in desk.asked.children if getattr(each, "description", "") == "取消")
    no.click()
    assert desk.asked.children == ()
    assert "考试中" in desk.board.standing.value


def test_closing_and_export(desk: RoomPanel) -> None:
    opened(desk)
    seat(desk, "1001").save(q1="A")
    press(desk, "导出作答")
    assert "gk-bad" in desk.message.value, "an open room is not exported"
    press(desk, "收卷（结束考试）")
    press(desk, "导出作答")
    assert "实考 1 人，缺考 2 人" in desk.message.value
    assert "mark.ipynb" in desk.message.value
    assert ",q1,A,room," in (desk.folder / "responses.csv").read_text("utf-8-sig")


def test_the_kernel_dies_and_the_panel_finds_the_room_again(desk: RoomPanel) -> None:
    opened(desk)
    again = RoomPanel(desk.folder, desk.server.data)
    assert "考试中" in again.board.standing.value
    assert again.begin.disabled
    assert again.server.start()["pid"] == desk.server.about()["pid"], "no second server"  # type: ignore[index]


def test_an_action_without_a_name_is_refused(desk: RoomPanel) -> None:
    desk.start()
    desk.person.value = ""
    desk.making.make()
    assert "gk-bad" in desk.making.message.value


def test_what_the_form_refuses(desk: RoomPanel) -> None:
    desk.start()
    desk.making.extra.value = "1001 三十"
    desk.making.begins.value = "2015-10-20T09:00"
    desk.making.make()
    assert "不是准考证号和分钟数" in desk.making.message.value
    assert "只填了一项" in desk.making.message.value
    desk.making.extra.value, desk.making.begins.value = "9999 30", ""
    desk.making.make()
    assert "9999" in desk.making.message.value
    assert not list(desk.folder.glob("准考证-*"))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("", {}), ("1001 30\n\n1002，15", {"1001": 30, "1002": 15}), ("1001,30", {"1001": 30})],
)
def test_extra_time_is_read(text: str, minutes: dict[str, float]) -> None:
    assert extra_minutes(text) == (minutes, [])


def test_a_room_for_safe_exam_browser(desk: RoomPanel) -> None:
    desk.start()
    desk.making.seb.value = True
    desk.making.make()
    (file,) = desk.folder.glob("考场-*.seb")
    assert f"/r/{desk.board.chosen}/" in file.read_text("utf-8")
    assert desk.board.chosen.startswith("seb-")
    url = plistlib.loads(file.read_bytes())["startURL"]
    key = config_key(plistlib.loads(file.read_bytes()))
    assert httpx.get(url).status_code == 403
    assert httpx.get(url, headers={HEADER: request_hash(url, "0" * 64)}).status_code == 403
    assert httpx.get(url, headers={HEADER: request_hash(url, key)}).status_code == 200


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104
        taken.listen()
        with pytest.raises(InternalError) as refused:
            RoomServer(tmp_path / "room").start(port=taken.getsockname()[1])
    assert "考场服务没有启动" in str(refused.value)


def test_a_wrong_token_is_refused(desk: RoomPanel) -> None:
    desk.start()
    path = desk.server.data / "room.json"
    answer = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(answer | {"token": "x" * 43}), "utf-8")
    with pytest.raises(InputError):
        desk.server.ask("GET", "/rooms")
    path.write_text(json.dumps(answer), "utf-8")


def test_a_kiosk_seats_a_candidate_in_the_notebook(tmp_path: Path) -> None:
    panel = RoomPanel(exam_folder(tmp_path / "exam", 1), tmp_path / "room", port=free_port(), one_seat=True)
    panel.person.value = PERSON
    kiosk = Kiosk(panel)
    kiosk.seat()
    assert "请先启动" in kiosk.message.value
    opened(panel)
    kiosk.seat()
    frame = str(getattr(kiosk.box.children[0], "value", ""))
    url = frame.partition('src="')[2].partition('"')[0]
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert "frame-ancestors http://127.0.0.1:* http://localhost:*" in answer.headers["content-security-policy"]
    assert "监考" not in "".join(str(getattr(each, "description", "")) for each in widgets(kiosk.box))
    stop(panel)


def test_a_practice_room_gives_feedback_after_closing(tmp_path: Path) -> None:
    exam = tiny(tmp_path, "1001,甲村,A,", [])
    panel = RoomPanel(exam, tmp_path / "room", port=free_port())
    panel.person.value = PERSON
    panel.start()
    panel.making.kind.value = "practice"
    panel.making.make()
    press(panel, "开考")
    candidate = seat(panel, "1001")
    candidate.save(s1="A")
    assert panel.board.feedback.layout.display == "none"
    page = f"/r/{candidate.room_id}/feedback"
    assert candidate.client.get(page).status_code == 404
    press(panel, "收卷（结束考试）")
    panel.board.secret.value = "不对的口令不对的口令"
    press(panel, "发布讲评")
    assert "gk-bad" in panel.message.value
    assert candidate.client.get(page).status_code == 404
    panel.board.secret.value = PASSPHRASE
    press(panel, "发布讲评")
    assert panel.board.secret.value == ""
    answer = candidate.client.get(page)
    assert "答案：A 选项甲" in answer.text
    assert "/feedback" in candidate.paper().text
    stop(panel)


def test_in_a_kernel_the_panel_looks_again_by_itself(desk: RoomPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(desk)
    monkeypatch.setattr("govkit.widgets.room_panel.REFRESH_SECONDS", 0.1)
    monkeypatch.setattr("govkit.widgets.room_panel.in_kernel", lambda: True)

    async def watched() -> str:
        panel = RoomPanel(desk.folder, desk.server.data)
        seen = asyncio.Event()
        panel.board.table.observe(lambda change: seen.set() if "1/13" in change["new"] else None, "value")
        seat(desk, "1002").save(q1="A")
        await asyncio.wait_for(seen.wait(), 20)
        return str(panel.board.table.value)

    with ThreadPoolExecutor(1) as elsewhere:  # this thread may have another test's event loop
        assert "1/13" in elsewhere.submit(asyncio.run, watched()).result()
