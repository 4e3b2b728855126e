"""The trainer's panel of the exam room: it makes rooms, watches them, and does to them what a trainer may do.

The room itself runs in a server of its own; the panel only asks it. When the kernel dies the exam goes on, and the
panel, run again, shows it as it stands.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.errors import GovkitError
from govkit.exams.place import nearest_exam
from govkit.widgets import roomhtml as h
from govkit.widgets.parts import button, folder_html, no_exam, panel, person_field, problems_html, said_html, told
from govkit.widgets.roommaking import MakingForm, seb_room
from govkit.widgets.roomserver import RoomServer
from govkit.widgets.slips import Slip, slips_pdf

REFRESH_SECONDS = 2.0
STYLE = """<style>
.gk-room-place {display: flex; align-items: center; flex-wrap: wrap; font-size: 16px;}
.gk-room-place code {font-size: 18px;}
.gk-room-place img {margin-right: 1em; background: #fff;}
.gk-room-state h4 {font-size: 20px; margin: .3em 0;}
.gk-room-counts span {margin-right: 1.5em; white-space: nowrap;}
.gk-room-counts b {font-size: 18px;}
</style>"""

POSSIBLE = {
    "open": ("waiting", "closed"),
    "pause": ("open",),
    "resume": ("paused",),
    "close": ("open", "paused"),
}
"""In which states of the room its buttons can be pressed."""

_refreshing: dict[Path, "asyncio.Task[None]"] = {}


def room_panel(exam: str | Path = "", data: str | Path = "", port: int = 8000) -> w.Widget:
    """Return the trainer's panel.

    :param exam: the exam folder; the nearest one by default.
    :param data: where the server keeps answers; the folder ``room`` beside the exam folder by default.
    """
    folder = nearest_exam(exam)
    if folder is None:
        return no_exam("这里还没有考试。")
    return RoomPanel(folder, Path(data) if data else folder.parent / "room", port=port).box


class RoomPanel:
    """One server, its rooms, and the one that is looked at."""

    def __init__(self, folder: Path, data: Path, *, port: int = 8000, one_seat: bool = False) -> None:
        self.folder, self.server, self.port, self.one_seat = folder, RoomServer(data.resolve()), port, one_seat
        self.person = person_field()
        self.state, self.said, self.asked = w.HTML(), w.HTML(), w.HBox()
        self.making = MakingForm(folder, self._make)
        self.board = RoomBoard(self)
        self.begin = button("启动考场服务", self.start, main=True)
        self.end = button("停止考场服务", self.stop)
        self.box = panel(
            w.HTML(STYLE), w.HTML(folder_html(folder)), self.person, w.HBox([self.begin, self.end]), self.state,
            self.making.box, self.said, self.asked, self.board.box,
        )  # fmt: skip
        self.refresh()
        self._go_on_refreshing()

    def start(self) -> None:
        """Start the server, or find the one that runs."""
        self.do(lambda: f"考场服务已运行（进程 {self._started()}）。")

    def stop(self) -> None:
        """Stop the server after a second thought."""
        self.confirm("停止考场服务？考生将无法作答（已保存的答案不会丢）。", self._stopped)

    def do(self, work: Callable[[], str]) -> None:
        """Do some work, tell what happened, and look again."""
        self.asked.children = ()
        told(self.said, lambda: said_html(work()))
        self.refresh()

    def confirm(self, question: str, work: Callable[[], str]) -> None:
        """Ask before something is done that cannot be undone."""
        yes, no = button("确定", lambda: self.do(work), main=True), button("取消", self._unasked)
        self.asked.children = (w.HTML(f'<b role="alert">{escape(question)}</b>&emsp;'), yes, no)

    def act(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do something at the server in this person's name."""
        return self.server.ask("POST", path, body or {}, self.person.value.strip())

    def refresh(self) -> None:
        """Look at the server and show what it tells."""
        self._show(self._looked())

    def _looked(self) -> dict[str, Any] | None:
        about = self.server.about()
        if about is None:
            return None
        try:
            return self._seen(about)
        except GovkitError as error:
            return {"problems": error.problems}

    def _seen(self, about: dict[str, Any]) -> dict[str, Any]:
        rooms = self.server.ask("GET", "/rooms")["rooms"]
        known = [room["id"] for room in rooms]
        chosen = self.board.chosen if self.board.chosen in known else (known[-1] if known else "")
        room = self.server.ask("GET", f"/rooms/{chosen}") if chosen else None
        incidents = self.server.ask("GET", f"/rooms/{chosen}/incidents")["incidents"] if chosen else []
        return {"about": about, "rooms": rooms, "room": room, "incidents": incidents}

    def _show(self, seen: dict[str, Any] | None) -> None:
        running = seen is not None
        self.begin.disabled, self.end.disabled = running, not running
        self.making.box.layout.display = "" if running else "none"
        if seen is None:
            self.state.value = said_html("考场服务没有运行。")
            self.board.show(None)
        elif "problems" in seen:
            self.state.value = problems_html(seen["problems"])
        else:
            self.state.value = said_html(f"考场服务正在运行：{seen['about']['urls'][0]}")
            self.board.show(seen)

    def _go_on_refreshing(self) -> None:
        """Look again every two seconds, in the kernel's own loop; another panel of the same folder stops this one."""
        old = _refreshing.pop(self.server.data, None)
        if old is not None:
            old.cancel()
        if in_kernel():
            _refreshing[self.server.data] = asyncio.get_running_loop().create_task(self._refreshed_for_ever())

    async def _refreshed_for_ever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self._show(await asyncio.to_thread(self._looked))

    def _started(self) -> int:
        host = "127.0.0.1" if self.one_seat else "0.0.0.0"  # noqa: S104 - the hall must reach it
        return int(self.server.start(host, self.port)["pid"])

    def _stopped(self) -> str:
        self.server.stop(self.person.value.strip())
        return "考场服务正在停止。"

    def _unasked(self) -> None:
        self.asked.children = ()

    def _make(self, wish: dict[str, Any]) -> str:
        """Make a room and write its admission slips at once: PINs are told only now."""
        about = self.server.about()
        seb = seb_room(about["urls"][0]) if about and wish["require_seb"] else None
        more = seb.wish() if seb else {}
        made = self.act("/rooms", {**wish, **more, "exam": str(self.folder.resolve()), "one_seat": self.one_seat})
        self.board.chosen = made["id"]
        room = self.server.ask("GET", f"/rooms/{made['id']}")
        path = write_slips(self.folder, room, made["pins"])
        said = f"考场 {made['id']} 已建立，{len(made['pins'])} 人。准考证（含密码，请妥善保管）已写入 {path}。"
        return said + (f"安全考试浏览器的配置已写入 {seb.write(self.folder)}。" if seb else "")


class RoomBoard:
    """The room that is looked at: its state, its candidates, and the buttons."""

    def __init__(self, desk: RoomPanel) -> None:
        self.desk, self.chosen = desk, ""
        self.choice = w.Dropdown(description="考场", style={"description_width": "4em"})
        self.choice.observe(self._choose, "value")
        self.place, self.standing, self.takeover = w.HTML(), w.HTML(), w.HTML()
        self.minutes = w.BoundedIntText(value=10, min=-600, max=600, layout=w.Layout(width="6em"))
        self.number = w.Combobox(placeholder="准考证号", ensure_option=False, layout=w.Layout(width="12em"))
        self.filter = w.Dropdown(options=h.FILTERS, layout=w.Layout(width="11em"))
        self.words = w.Text(placeholder="号码、姓名或单位", layout=w.Layout(width="14em"), continuous_update=False)
        self.table, self.incidents = w.HTML(), w.HTML()
        self.late = w.Dropdown(options=[("不计迟到的答案", "leave"), ("计入迟到的答案", "take")])
        for field in (self.filter, self.words):
            field.observe(lambda _change: self.desk.refresh(), "value")
        self.room_buttons = {
            "open": button("开考", self._open, main=True),
            "pause": button("暂停", lambda: self._act("pause", "已暂停，计时停止。")),
            "resume": button("继续", lambda: self._act("resume", "考试继续。")),
            "close": button("收卷（结束考试）", self._close),
        }
        self.export = button("导出作答", self._export)
        self.state = ""
        self.box = w.VBox(self._children())

    def show(self, seen: dict[str, Any] | None) -> None:
        """Show a room as the server tells it; nothing without one. What did not change is not sent again."""
        room = seen["room"] if seen else None
        self.box.layout.display = "" if room else "none"
        if seen is None or room is None:
            return
        self.chosen, self.state = room["id"], room["state"]
        for name, each in self.room_buttons.items():
            each.disabled = self.state not in POSSIBLE[name]
        self.export.disabled = self.state != "closed"
        self._choices(seen["rooms"])
        listed = room["candidates"]
        numbers = tuple(each["number"] for each in listed)
        if self.number.options != numbers:
            self.number.options = numbers
        for place, html in (
            (self.place, h.place_html(room)),
            (self.standing, h.standing_html(room)),
            (self.takeover, h.takeover_html(listed)),
            (self.table, h.candidates_html(listed, self.filter.value, self.words.value.strip())),
            (self.incidents, h.incidents_html(seen["incidents"])),
        ):
            if place.value != html:
                place.value = html

    def _children(self) -> list[w.Widget]:
        row = partial(w.HBox, layout=w.Layout(flex_flow="row wrap", align_items="center"))
        room = list(self.room_buttons.values())
        longer = [
            w.Label("延长"), self.minutes, w.Label("分钟"), button("全体延时", self._extend_all),
            button("该考生延时", self._extend_one),
        ]  # fmt: skip
        one = [
            w.Label("考生"), self.number,
            button("批准换机", lambda: self._on_one("approve", "已批准换机")),
            button("拒绝换机", lambda: self._on_one("refuse", "已拒绝换机")),
            button("重设密码", self._reset),
            button("强制退出", lambda: self._on_one("sign-out", "已退出登录")),
            button("允许重新作答", lambda: self._ask_one("reopen", "撤回交卷、允许继续作答", "已撤回交卷")),
            button("作废", lambda: self._ask_one("void", "作废本次考试", "已作废")),
            button("恢复", lambda: self._on_one("restore", "已恢复")),
        ]  # fmt: skip
        export = [self.late, self.export]
        return [
            row([self.choice]), self.place, self.standing, row(room), row(longer), row(one), self.takeover,
            row([w.Label("列出"), self.filter, self.words]), self.table,
            w.HTML("<h4>考试中的情况</h4>"), self.incidents,
            w.HTML("<h4>考试结束后</h4>"), row(export),
        ]  # fmt: skip

    def _choices(self, rooms: list[dict[str, Any]]) -> None:
        options = [(f"{room['title']}（{room['id']}，{h.ROOM_STATES[room['state']]}）", room["id"]) for room in rooms]
        if list(self.choice.options) != options:
            self.choice.options = options
        if self.choice.value != self.chosen:
            self.choice.value = self.chosen

    def _choose(self, change: Any) -> None:
        if change["new"] and change["new"] != self.chosen:
            self.chosen = change["new"]
            self.desk.refresh()

    def _path(self, name: str) -> str:
        return f"/rooms/{self.chosen}/{name}"

    def _act(self, name: str, said: str) -> None:
        self.desk.do(lambda: self._acted(name, said))

    def _acted(self, name: str, said: str, body: dict[str, Any] | None = None) -> str:
        self.desk.act(self._path(name), body)
        return said

    def _open(self) -> None:
        if self.state == "closed":
            question = "这场考试已经结束。重新开考后，还没交卷的考生可以接着作答，剩余时间从结束时算起。"
            self.desk.confirm(question, lambda: self._acted("open", "已重新开考。"))
        else:
            self._act("open", "已开考。")

    def _close(self) -> None:
        question = "现在收卷、结束考试？还没交卷的考生不能再作答，已保存的答案都收下。"
        self.desk.confirm(question, lambda: self._acted("close", "考试已结束，可以导出作答。"))

    def _extend_all(self) -> None:
        minutes = self.minutes.value
        self.desk.do(lambda: self._acted("extend", f"全体延长 {minutes} 分钟。", {"minutes": minutes}))

    def _extend_one(self) -> None:
        minutes, number = self.minutes.value, self.number.value.strip()
        body = {"minutes": minutes, "number": number}
        self.desk.do(lambda: self._acted("extend", f"{number} 延长 {minutes} 分钟。", body))

    def _on_one(self, name: str, said: str) -> None:
        self.desk.do(lambda: self._done_to(name, said))

    def _ask_one(self, name: str, what: str, said: str) -> None:
        number = self.number.value.strip()
        self.desk.confirm(f"确定对 {number} {what}？", lambda: self._done_to(name, said))

    def _done_to(self, name: str, said: str) -> str:
        number = self.number.value.strip()
        if not number:
            return "请先填考生的准考证号。"
        self.desk.act(self._path(f"candidates/{number}/{name}"))
        return f"{number}：{said}。"

    def _reset(self) -> None:
        number = self.number.value.strip()
        self.desk.confirm(f"给 {number} 重设密码？原密码作废。", self._reset_now)

    def _reset_now(self) -> str:
        number = self.number.value.strip()
        if not number:
            return "请先填考生的准考证号。"
        pin = self.desk.act(self._path(f"candidates/{number}/reset-pin"))["pin"]
        return f"{number} 的新密码：{pin}（只显示这一次，请当面告知考生）"

    def _export(self) -> None:
        self.desk.do(self._exported)

    def _exported(self) -> str:
        counts = self.desk.act(self._path("export"), {"late": self.late.value})
        return (
            f"已写入 {self.desk.folder}：实考 {counts['present']} 人，缺考 {counts['absent']} 人，"
            f"取消 {counts['disqualified']} 人，作答 {counts['responses']} 条，迟到 {counts['late']} 条。"
            "下一步：打开 notebooks/exams/mark.ipynb 评分。"
        )


def in_kernel() -> bool:
    """Tell whether a notebook's kernel runs this; elsewhere the panel is looked at by hand."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def write_slips(folder: Path, room: dict[str, Any], pins: dict[str, str]) -> Path:
    """Write a room's admission slips into the exam folder, readable by its owner only, and return the file."""
    slips = [
        Slip(each["number"], each["name"], each["unit"], each["form"], pins[each["number"]])
        for each in room["candidates"]
        if each["number"] in pins
    ]
    path = folder / f"准考证-{room['id']}.pdf"
    temporary = path.with_name(path.name + ".tmp")
    content = slips_pdf(room["title"], room["urls"][0], slips)
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_bytes(content)
    temporary.replace(path)
    return path
