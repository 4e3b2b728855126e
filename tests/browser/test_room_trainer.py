"""The trainer's notebook in JupyterLab from end to end: three candidates, a change of device, a dead kernel, marks."""

import csv
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from tests.exams.builders import PASSPHRASE, tiny
from tests.room.serving import RunningRoom, Server

from .conftest import running_lab
from .notebooks import open_and_run
from .test_room_page import Seat

ROSTER = "1001,甲村,A, 1002,甲村,A, 1003,乙村,A,"
NOTEBOOK, KIOSK = "notebooks/exams/exam_room.ipynb", "notebooks/exams/kiosk.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, sample_store: Path) -> Iterator[tuple[str, str, Path]]:
    """Return a JupyterLab beside an exam with a sealed key and a roster of three."""
    root = tmp_path_factory.mktemp("trainer")
    with running_lab(root, sample_store) as running:
        exam = tiny(root, ROSTER, [])
        (exam / "responses.csv").unlink()
        notebook = root / NOTEBOOK
        text = notebook.read_text("utf-8")
        notebook.write_text(text.replace("8000", str(free_port())), "utf-8")
        kiosk = text.replace("8000", str(free_port())).replace("one_seat: bool = False", "one_seat: bool = True")
        (root / KIOSK).write_text(kiosk, "utf-8")
        yield running
        for name in ("room", "room-kiosk"):
            if (root / name / "room.json").exists():
                server_of(root, name).admin("POST", "/shutdown", {})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_of(root: Path, name: str = "room") -> Server:
    """Return the server that the panel started."""
    server = Server(root / name)
    server.about = json.loads((root / name / "room.json").read_text("utf-8"))
    server.port = server.about["port"]
    return server


def room_of(root: Path, name: str = "room") -> RunningRoom:
    """Return the room that the panel made, its PINs read from the admission slips."""
    slips = max((root / "exam").glob("准考证-*.pdf"), key=lambda path: path.stat().st_mtime)
    text = "".join(page.get_text() for page in pymupdf.open(slips).pages())
    pins = dict(re.findall(r"准考证号\s*(\d{4})\b.*?密码\s*(\d{8})", text, re.DOTALL))
    return RunningRoom(server_of(root, name), slips.stem.removeprefix("准考证-"), pins)


def press(page: Any, label: str) -> None:
    page.locator(".gk-panel").get_by_role("button", name=label, exact=True).click()


def test_a_trainer_holds_an_exam(page: Any, chromium: Any, lab: tuple[str, str, Path], tmp_path: Path) -> None:
    root = lab[2]
    page.set_viewport_size({"width": 1400, "height": 2600})
    open_and_run(page, lab[:2], NOTEBOOK, "考场服务没有运行")
    panel = page.locator(".gk-panel")
    page.get_by_label("姓名").fill("张老师")
    press(page, "启动考场服务")
    panel.get_by_text("考场服务正在运行：").wait_for(timeout=40_000)
    page.get_by_text("建立新考场", exact=True).click()
    press(page, "建立考场")
    panel.get_by_text("准考证（含密码，请妥善保管）已写入").first.wait_for(timeout=40_000)
    room = room_of(root)
    assert set(room.pins) == {"1001", "1002", "1003"}
    press(page, "开考")
    panel.get_by_text("已开考。").wait_for()

    seats = [Seat(chromium, room, number).seated().show_all() for number in ("1001", "1002", "1003")]
    for seat, answers in zip(seats, (("A", "B"), ("A", "A"), ("C", "C")), strict=True):
        for item, letter in zip(("s1", "s2"), answers, strict=True):
            seat.choose(item, letter)
            seat.saved(item)
    seats[0].choose("m1", "A")
    seats[0].choose("m1", "C")
    seats[0].item("f1").locator("input").fill("一百零四")
    seats[0].saved("f1")
    panel.get_by_text("4/4").wait_for()  # the panel refreshes by itself
    page.screenshot(path=tmp_path / "panel.png")

    moved = Seat(chromium, room, "1002").sign_in()
    panel.get_by_text("请求换到另一台设备：1002").wait_for()
    page.get_by_placeholder("准考证号", exact=True).fill("1002")
    page.keyboard.press("Tab")
    press(page, "批准换机")
    moved.page.wait_for_selector("body.paper.script:not(.away)")
    moved.show_all().choose("m1", "B")
    moved.saved("m1")

    restart(page)
    panel.get_by_text("4/4").wait_for(timeout=60_000)
    page.get_by_label("姓名").fill("张老师")

    seats[0].page.get_by_role("button", name="检查并交卷").click()
    seats[0].page.get_by_role("button", name="确认交卷").click()
    seats[0].page.get_by_role("heading", name="已交卷").wait_for()
    press(page, "收卷（结束考试）")
    press(page, "确定")
    panel.get_by_text("考试已结束，可以导出作答。").wait_for()
    seats[2].page.evaluate("window.dispatchEvent(new Event('online'))")
    seats[2].page.get_by_role("heading", name="考试已结束").wait_for()
    press(page, "导出作答")
    panel.get_by_text("实考 3 人，缺考 0 人").wait_for()
    page.screenshot(path=tmp_path / "exported.png")
    for seat in (*seats, moved):
        seat.leave()
    marked(page, lab)


def test_one_seat_without_a_network(page: Any, lab: tuple[str, str, Path]) -> None:
    page.set_viewport_size({"width": 1400, "height": 2600})
    open_and_run(page, lab[:2], KIOSK, "考场服务没有运行")
    panel = page.locator(".gk-panel")
    page.get_by_label("姓名").fill("张老师")
    press(page, "启动考场服务")
    panel.get_by_text("考场服务正在运行：http://127.0.0.1").wait_for(timeout=40_000)
    page.get_by_text("建立新考场", exact=True).click()
    press(page, "建立考场")
    panel.get_by_text("准考证（含密码，请妥善保管）已写入").first.wait_for(timeout=40_000)
    room = room_of(lab[2], "room-kiosk")
    press(page, "开考")
    panel.get_by_text("已开考。").wait_for()
    page.get_by_role("button", name="考生入座（收起监考面板）").click()
    seat = page.frame_locator("iframe[title=考试页面]")
    seat.get_by_label("准考证号").fill("1003")
    seat.get_by_label("密码").fill(room.pins["1003"])
    seat.get_by_role("button", name="登录").click()
    seat.locator(".question.current label.choice").first.click()
    seat.locator(".question.current .mark.saved").wait_for()
    assert page.get_by_role("button", name="收卷（结束考试）").count() == 0
    assert room.look()["candidates"][2]["answered"] == 1


def restart(page: Any) -> None:
    """Restart the kernel by the menu and run the notebook again."""
    old = page.locator(".gk-panel").first.element_handle()
    page.get_by_role("menuitem", name="内核", exact=True).click()
    page.get_by_text(re.compile("^重启内核.*运行所有单元格…$")).click()
    page.get_by_role("button", name="确认重启内核").click()
    old.wait_for_element_state("hidden")


def marked(page: Any, lab: tuple[str, str, Path]) -> None:
    """Mark in the marking notebook and check the marks."""
    open_and_run(page, lab[:2], "notebooks/exams/mark.ipynb", "考试文件夹")
    first = page.locator(".gk-panel").first
    first.locator("input[type=password]").fill(PASSPHRASE)
    first.get_by_role("button", name="评分").click()
    first.get_by_text("通过率的算法").wait_for(timeout=60_000)
    with (lab[2] / "exam" / "marks.csv").open(encoding="utf-8-sig") as file:
        marks = {row["candidate"]: float(row["mark"]) for row in csv.DictReader(file)}
    assert marks == {"1001": 10.0, "1002": 2.0, "1003": 0.0}
