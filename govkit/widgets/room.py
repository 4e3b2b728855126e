"""The trainer's panel of the exam room: it makes rooms, watches them, and does to them what a trainer may do.

The room itself runs in a server of its own; the panel only asks it. When the kernel dies the exam goes on, and the
panel, run again, shows it as it stands.
"""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.errors import GovkitError
from govkit.exams.place import nearest_exam
from govkit.widgets.parts import (
    button,
    folder_html,
    no_exam,
    panel,
    person_field,
    problems_html,
    said_html,
    told,
)
from govkit.widgets.roomboard import RoomBoard
from govkit.widgets.roommaking import MakingForm, seb_room
from govkit.widgets.roomserver import RoomServer
from govkit.widgets.slips import write_slips

REFRESH_SECONDS = 2.0
STYLE = """<style>
.gk-room-place {display: flex; align-items: center; flex-wrap: wrap; font-size: 16px;}
.gk-room-place code {font-size: 18px;}
.gk-room-place img {margin-right: 1em; background: #fff;}
.gk-room-state h4 {font-size: 20px; margin: .3em 0;}
.gk-room-counts span {margin-right: 1.5em; white-space: nowrap;}
.gk-room-counts b {font-size: 18px;}
</style>"""

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


def in_kernel() -> bool:
    """Tell whether a notebook's kernel runs this; elsewhere the panel is looked at by hand."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
