"""The candidate's page sat in a real browser against a really running room."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.room.serving import RunningRoom, Server, exam_folder, serving

SINGLES = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hall")) as running:
        yield running


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return exam_folder(tmp_path / "exam", candidates=3, singles=SINGLES)


@pytest.fixture
def room(server: Server, exam: Path) -> RunningRoom:
    return server.room(exam)


class Seat:
    """One candidate at one browser."""

    def __init__(self, browser: Any, room: RunningRoom, number: str = "1001", **more: Any) -> None:
        self.room, self.number = room, number
        settings = {"viewport": {"width": 1200, "height": 900}, "locale": "zh-CN"} | more
        self.context = browser.new_context(**settings)
        self.errors: list[str] = []
        self.page = self.tab()

    def tab(self) -> Any:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    def sign_in(self) -> "Seat":
        self.page.goto(f"{self.room.server.url}/r/{self.room.id}/")
        self.page.get_by_label("准考证号").fill(self.number)
        self.page.get_by_label("密码").fill(self.room.pins[self.number])
        self.page.get_by_role("button", name="登录").click()
        return self

    def seated(self) -> "Seat":
        self.sign_in()
        self.page.wait_for_selector("body.paper.script:not(.away)")
        return self

    def show_all(self) -> "Seat":
        if not self.page.locator("#view-mode").is_visible():
            self.page.locator("#overview-toggle").click()
        self.page.get_by_role("button", name="显示全部题目").click()
        return self

    def item(self, name: str) -> Any:
        return self.page.locator(f'.answer[data-question="{name}"]')

    def choose(self, name: str, value: str) -> None:
        self.item(name).locator(f'label.choice:has(input[value="{value}"])').click()

    def saved(self, name: str) -> None:
        self.item(name).locator(".mark.saved", has_text="已保存").wait_for()

    def form_token(self) -> str:
        return str(next(each["value"] for each in self.context.cookies() if each["name"] == "room-form"))

    def on_server(self) -> dict[str, Any]:
        told = self.context.request.get(f"{self.room.server.url}/r/{self.room.id}/api/state?answers=1").json()
        return {item: each["answer"] for item, each in told["answers"].items()}

    def kept(self) -> dict[str, Any] | None:
        key = f"govkit-room:{self.room.id}:{self.number}"
        text = self.page.evaluate("key => localStorage.getItem(key)", key)
        return json.loads(text) if text else None

    def kept_now(self) -> dict[str, Any]:
        kept = self.kept()
        assert kept is not None
        return kept

    def leave(self) -> None:
        assert self.errors == []
        self.context.close()


@pytest.fixture
def sit(chromium: Any, room: RunningRoom) -> Iterator[Callable[..., Seat]]:
    """Return a function that puts a candidate of the open room at a browser."""
    seats: list[Seat] = []

    def take(number: str = "1001", where: RunningRoom | None = None, **more: Any) -> Seat:
        seats.append(Seat(chromium, where or room, number, **more))
        return seats[-1]

    yield take
    for seat in seats:
        seat.leave()


def wait_until(test: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if test():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def test_a_whole_sitting_by_keyboard(sit: Callable[..., Seat], room: RunningRoom) -> None:
    seat = sit()
    page, keys = seat.page, seat.page.keyboard
    page.goto(f"{room.server.url}/r/{room.id}/")
    for _time in range(3):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "candidate":
            break
    keys.type(seat.number)
    keys.press("Tab")
    keys.type(room.pins[seat.number])
    keys.press("Enter")
    page.wait_for_selector("body.paper.script:not(.away)")
    for _question in range(page.locator(".question").count()):
        answer_by_keyboard(page)
        tab_to(page, "document.activeElement.id === 'next' || document.activeElement.id === 'finish'")
        keys.press("Enter")
    page.get_by_role("heading", name="确认交卷").wait_for()
    assert page.evaluate("document.activeElement.id") == "check-title"
    page.get_by_text("所有题目都已作答").wait_for()
    tab_to(page, "document.activeElement.id === 'submit'")
    keys.press("Enter")
    page.get_by_role("heading", name="已交卷").wait_for()
    assert "回执号：" in page.inner_text("#state-receipt")
    told = room.look()["candidates"][0]
    assert (told["state"], told["answered"]) == ("submitted", told["questions"])
    assert seat.kept() is None


def tab_to(page: Any, test: str) -> None:
    for _time in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(test):
            return
    raise AssertionError(f"no way by keyboard to {test}")


def answer_by_keyboard(page: Any) -> None:
    """Answer every item of the question shown."""
    for item in page.locator(".question.current .answer").all():
        name = item.get_attribute("data-question")
        inside = (
            f"document.activeElement.closest('.fields') && document.activeElement.closest('[data-question=\"{name}\"]')"
        )
        kind = item.get_attribute("data-type")
        tab_to(page, inside)
        if kind in ("single_choice", "true_false", "multiple_choice"):
            page.keyboard.press("Space")
        elif kind == "ordering":
            for at in range(item.locator(".place").count()):
                if at:
                    page.keyboard.press("Tab")
                page.keyboard.press("Enter")
        elif kind == "matching":
            for at in range(item.locator("select").count()):
                if at:
                    page.keyboard.press("Tab")
                page.keyboard.press("ArrowDown")
        elif kind == "fill_in":
            for at in range(item.locator("input").count()):
                if at:
                    page.keyboard.press("Tab")
                page.keyboard.type("七日")
        else:
            page.keyboard.type("98.5")
        item.locator(".mark.saved").wait_for()


def test_every_type_is_written_as_the_marker_reads_it_and_comes_back_after_a_reload(sit: Callable[..., Seat]) -> None:
    seat = sit().seated().show_all()
    seat.choose("q1", "C")
    seat.choose("m1", "D")
    seat.choose("m1", "A")
    seat.choose("t1", "F")
    for at, text in enumerate(("甲", "乙 丙")):
        seat.item("f1").locator("input").nth(at).fill(text)
    seat.item("n1").locator("input").fill("98.5")
    for letter in "CADB":
        seat.item("o1").locator(f'.place[value="{letter}"]').click()
    seat.item("o1").locator('.place[value="A"]').click()  # taken out again: the others close up
    seat.item("p1").locator("select").nth(1).select_option("B")
    seat.item("w1").locator("textarea").fill("第一行\n<b>第二行</b>")
    seat.choose("c1.1", "B")
    written = {
        "q1": "C", "m1": "A,D", "t1": "F", "f1": "甲␟乙 丙", "n1": "98.5", "o1": "C,D,B", "p1": "2=B",
        "w1": "第一行\n<b>第二行</b>", "c1.1": "B",
    }  # fmt: skip
    for name in written:
        seat.saved(name)
    assert seat.on_server() == written
    seat.page.reload()
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    for name in written:
        seat.saved(name)
    assert seat.item("q1").locator("input:checked").get_attribute("value") == "C"
    assert seat.item("f1").locator("input").nth(1).input_value() == "乙 丙"
    assert "".join(seat.item("o1").locator(".rank").all_inner_texts()).strip() != ""
    assert seat.item("p1").locator("select").nth(1).input_value() == "B"
    seat.item("m1").get_by_role("button", name="清除本题答案").click()
    wait_until(lambda: seat.on_server()["m1"] == "")
    assert seat.on_server() == written | {"m1": ""}


def test_flags_and_overview(sit: Callable[..., Seat]) -> None:
    seat = sit().seated()
    page = seat.page
    page.locator(".question.current .flag").click()
    page.locator('.overview a[data-number="3"]').click()
    assert page.locator(".question.current").get_attribute("id") == "q-3"
    page.reload()
    page.wait_for_selector("body.paper.script:not(.away)")
    assert page.locator(".question.current").get_attribute("id") == "q-3"
    page.get_by_role("link", name="1 ，未答，已标记").wait_for()
    page.get_by_role("button", name="检查并交卷").click()
    page.get_by_text("标记过的题（1 题）").wait_for()
    page.locator("#check-flagged-list a").click()
    assert page.locator(".question.current").get_attribute("id") == "q-1"


def test_offline_and_back(sit: Callable[..., Seat], room: RunningRoom, full: bool) -> None:
    """The whole (``--full``) is a cut of 30 seconds."""
    seat = sit().seated().show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    seat.context.set_offline(True)
    seat.choose("q1", "B")
    seat.choose("q2", "C")
    seat.page.get_by_text("网络断开。请继续作答").first.wait_for()
    seat.item("q2").locator(".mark.kept").wait_for()
    assert "已保存" not in seat.item("q2").inner_text()
    assert seat.kept_now()["queue"] == {"q1": {"answer": "B", "version": 2}, "q2": {"answer": "C", "version": 1}}
    time.sleep(30 if full else 2)
    seat.context.set_offline(False)
    seat.saved("q1")
    seat.saved("q2")
    assert seat.on_server() == {"q1": "B", "q2": "C"}
    assert seat.kept_now()["queue"] == {}
    wait_until(lambda: any(each["kind"] == "offline" for each in incidents(room)))


def test_nothing_is_called_saved_before_the_server_said_so(sit: Callable[..., Seat]) -> None:
    seat = sit().seated().show_all()
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    seat.page.route("**/api/answers", hold)
    seat.choose("q1", "A")
    wait_until(lambda: seat.page.wait_for_timeout(100) or bool(held))
    assert "已保存" not in seat.item("q1").inner_text()
    assert "全部已保存" not in seat.page.inner_text("#link")
    assert seat.on_server() == {}
    held[0].continue_()
    seat.saved("q1")
    assert seat.on_server() == {"q1": "A"}


def test_what_was_not_sent_survives_a_crash_of_the_browser(sit: Callable[..., Seat]) -> None:
    seat = sit().seated().show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    seat.page.route("**/api/answers", lambda route: route.abort())
    seat.choose("q1", "D")
    seat.item("q1").locator(".mark.kept").wait_for()
    seat.page.close(run_before_unload=False)
    seat.page = seat.tab()
    seat.page.goto(f"{seat.room.server.url}/r/{seat.room.id}/paper")
    seat.saved("q1")
    assert seat.on_server() == {"q1": "D"}


def _is_on_server(seat: Seat, answers: dict[str, str]) -> bool:
    return seat.on_server() == answers


def test_an_old_answer_of_this_device_does_not_win(sit: Callable[..., Seat]) -> None:
    seat = sit().seated().show_all()
    for value in "ABC":
        seat.choose("q1", value)
        seat.saved("q1")
        wait_until(partial(_is_on_server, seat, {"q1": value}))
    key = f"govkit-room:{seat.room.id}:1001"
    old = {"queue": {"q1": {"answer": "D", "version": 2}}}
    seat.page.goto(f"{seat.room.server.url}/healthz")
    seat.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, json.dumps(old)])
    seat.page.goto(f"{seat.room.server.url}/r/{seat.room.id}/paper")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.show_all()
    seat.saved("q1")
    assert seat.item("q1").locator("input:checked").get_attribute("value") == "C"
    assert seat.on_server() == {"q1": "C"}


@pytest.mark.parametrize("channel", [True, False], ids=["channel", "storage"])
def test_two_tabs(sit: Callable[..., Seat], room: RunningRoom, channel: bool) -> None:
    seat = sit()
    if not channel:
        seat.context.add_init_script("delete window.BroadcastChannel")
    seat.seated().show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    first, second = seat.page, seat.tab()
    second.goto(first.url)
    second.get_by_role("heading", name="试卷已在另一个标签页打开").wait_for()
    assert not second.locator("#paper").is_visible()
    first.locator('.answer[data-question="q2"] label.choice').first.click()  # the first one goes on
    seat.saved("q2")
    second.get_by_role("button", name="改在本页作答").click()
    second.wait_for_selector("body.paper.script:not(.away)")
    first.get_by_role("heading", name="试卷已在另一个标签页打开").wait_for()
    assert second.locator('.answer[data-question="q1"] input:checked').get_attribute("value") == "A"
    seat.page = second
    seat.choose("q1", "D")
    seat.saved("q1")
    assert seat.on_server()["q1"] == "D"
    wait_until(lambda: any(each["kind"] == "tabs" for each in incidents(room)))


def incidents(room: RunningRoom) -> list[dict[str, Any]]:
    return list(room.server.admin("GET", f"/rooms/{room.id}/incidents")["incidents"])


def test_a_second_device_waits_for_approval_and_then_goes_on(sit: Callable[..., Seat], room: RunningRoom) -> None:
    first = sit().seated().show_all()
    first.choose("q1", "B")
    first.saved("q1")
    second = sit().sign_in()
    second.page.get_by_role("heading", name="等候老师同意").wait_for()
    assert room.look()["candidates"][0]["takeover"]
    room.act_on("1001", "approve")
    second.page.wait_for_selector("body.paper.script:not(.away)")
    second.show_all()
    second.saved("q1")
    assert second.item("q1").locator("input:checked").get_attribute("value") == "B"
    first.choose("q1", "C")
    first.page.get_by_role("heading", name="考试已转到另一台设备").wait_for()
    assert second.on_server() == {"q1": "B"}


def test_a_page_whose_token_grew_old_loads_itself_anew_and_loses_nothing(sit: Callable[..., Seat]) -> None:
    seat = sit().seated().show_all()
    url = f"{seat.room.server.url}/r/{seat.room.id}"
    seat.context.request.post(f"{url}/sign-out", form={"csrf": csrf(seat)})
    seat.choose("q1", "D")
    seat.page.get_by_role("heading", name="请重新登录").wait_for()
    other = seat.page
    seat.page = seat.tab()
    seat.sign_in()
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.saved("q1")
    assert seat.on_server() == {"q1": "D"}
    other.close()
    form = {"candidate": seat.number, "pin": seat.room.pins[seat.number], "csrf": seat.form_token()}
    seat.context.request.post(f"{url}/sign-in", form=form, headers={"Origin": seat.room.server.url})
    seat.choose("q2", "B")
    wait_until(lambda: seat.on_server() == {"q1": "D", "q2": "B"})
    seat.saved("q2")


def csrf(seat: Seat) -> str:
    return str(seat.page.evaluate("JSON.parse(document.getElementById('room').textContent).csrf"))


def test_waiting_pause_and_go_on(sit: Callable[..., Seat], server: Server, exam: Path) -> None:
    room = server.room(exam, opened=False)
    seat = sit(where=room).sign_in()
    seat.page.get_by_role("heading", name="考试还没有开始").wait_for()
    room.act("open")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    room.act("pause")
    seat.choose("q2", "B")  # in flight when the pause came
    seat.page.get_by_role("heading", name="考试暂停").wait_for()
    assert not seat.page.locator("#paper").is_visible()
    room.act("resume")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.saved("q2")
    assert seat.on_server() == {"q1": "A", "q2": "B"}
    room.act_on("1001", "void")
    seat.choose("q1", "C")
    seat.page.get_by_role("heading", name="本次考试资格已取消").wait_for()


def test_time_runs_out_while_an_answer_is_typed(sit: Callable[..., Seat], server: Server, exam: Path) -> None:
    room = server.room(exam, opened=False, minutes=0.15)
    seat = sit(where=room).sign_in()
    seat.page.get_by_role("heading", name="考试还没有开始").wait_for()
    room.act("open")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.show_all()
    assert seat.page.locator("#clock").inner_text().startswith("00:0")
    field = seat.item("w1").locator("textarea")
    field.focus()
    seat.page.evaluate(
        "window.typed = []; document.querySelector('[data-question=\"w1\"] textarea')"
        ".addEventListener('input', () => window.typed.push(performance.now()))"
    )
    until = time.monotonic() + 20
    while seat.page.locator("#answers:not([disabled])").count():
        assert time.monotonic() < until, "the fields are open after the end"
        seat.page.keyboard.type("字")
        time.sleep(0.05)
    seat.page.get_by_role("heading", name="考试已结束").wait_for()
    on_screen = seat.page.evaluate("document.querySelector('[data-question=\"w1\"] textarea').value")
    saved = room.look()["candidates"][0]
    assert saved["answered"] == 1
    assert "没有送到" not in seat.page.inner_text("#state")
    room.act("close")
    room.act("export")
    rows = (exam / "responses.csv").read_text("utf-8-sig")
    kept = rows.partition(",w1,")[2].partition(",")[0]
    assert on_screen.startswith(kept)
    typed = seat.page.evaluate("window.typed")
    assert len(typed) == len(on_screen)
    too_late = [typed[-1] - moment for moment in typed[len(kept) :]]
    assert max(too_late, default=0) <= 500, "at most the last half second of typing came too late"


@pytest.mark.parametrize(("late", "kept"), [("leave", ["q1"]), ("take", ["q1", "q2"])])
def test_cut_off_until_after_the_end(
    sit: Callable[..., Seat], server: Server, exam: Path, late: str, kept: list[str]
) -> None:
    """What was answered before the end and arrives after it is kept, flagged, and the trainer decides."""
    room = server.room(exam, minutes=0.3)
    seat = sit(where=room).seated().show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    seat.context.set_offline(True)
    seat.choose("q2", "B")
    seat.item("q2").locator(".mark.kept").wait_for()
    seat.page.wait_for_selector("#answers[disabled]", timeout=30_000)
    assert seat.kept_now()["queue"]["q2"]["answer"] == "B"
    assert seat.page.get_by_text("没有送到").count() or seat.page.get_by_text("尚未送到").count()
    seat.context.set_offline(False)
    wait_until(lambda: room.look()["candidates"][0]["late"] == 1)
    seat.page.get_by_text("有 1 题在结束后才送到").first.wait_for()
    assert seat.on_server() == {"q1": "A"}
    room.act("close")
    room.act("export", late=late)
    rows = (exam / "responses.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [item for item in ("q1", "q2") if any(f",{item}," in row for row in rows)] == kept


def test_more_time_is_told(sit: Callable[..., Seat], server: Server, exam: Path) -> None:
    room = server.room(exam, minutes=1.15)
    seat = sit(where=room).seated()
    seat.page.get_by_text("离考试结束还有 1 分钟").first.wait_for()
    room.act("extend", minutes=30)
    seat.page.get_by_text("考试时间已延长").first.wait_for(timeout=9_000)  # within 5 s, on a machine that is free
    assert int(seat.page.locator("#clock").inner_text().split(":")[0]) in (30, 31)


def test_leaving_is_logged_and_told(sit: Callable[..., Seat], room: RunningRoom) -> None:
    seat = sit().seated()
    seat.page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true});
                   document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    time.sleep(1.2)
    seat.page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', {value: false, configurable: true});
                   document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    seat.page.get_by_text("您离开考试页面 1 秒，已记录").first.wait_for()
    wait_until(lambda: [(each["kind"], each["seconds"]) for each in incidents(room)] == [("hidden", 1)])


def test_the_server_dies_and_comes_back(sit: Callable[..., Seat], room: RunningRoom) -> None:
    seat = sit().seated().show_all()
    seat.choose("q1", "A")
    seat.saved("q1")
    room.server.kill()
    seat.choose("q1", "B")
    seat.item("q1").locator(".mark.kept").wait_for()
    room.server.start()
    seat.saved("q1")
    assert seat.on_server() == {"q1": "B"}


def test_it_can_be_read_without_a_script(sit: Callable[..., Seat]) -> None:
    seat = sit(java_script_enabled=False)
    seat.sign_in()
    seat.page.locator("noscript .alert").wait_for()
    assert seat.page.locator(".question").count() == SINGLES + 8
    assert seat.page.locator(".question").last.is_visible()
    assert seat.page.locator("#answers:disabled").count() == 1
    assert not seat.page.locator(".flag").first.is_visible()


def test_nothing_is_asked_of_another_host(sit: Callable[..., Seat]) -> None:
    seat = sit()
    asked: list[str] = []
    seat.page.on("request", lambda request: asked.append(request.url))
    seat.seated()
    assert asked
    assert all(url.startswith((seat.room.server.url, "data:")) for url in asked)
