"""The trainer's panel of the exam room: make rooms, watch them, act on them; and the kiosk with one seat.

The room itself runs in a server of its own. When the kernel dies the exam goes on; run the cell again to continue.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ipywidgets as w

from govkit.core.errors import GovkitError, Problem, Where, refuse
from govkit.core.files import atomic_write
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.exams.paper.paper import Paper, paper_files, read_paper
from govkit.room.http.seb import config_key, seb_file, seb_settings
from govkit.widgets.opening import opens, over_exam
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    attempt,
    button,
    exam_line,
    faults_shown,
    html,
    html_panel,
    in_kernel,
    notice,
    panel,
    person_field,
    show,
    text_field,
    told,
)
from govkit.widgets.room_board import BoardActions, RoomBoard
from govkit.widgets.room_client import Json, RoomServer
from govkit.widgets.slips import write_slips

KINDS = (("闭卷", "closed"), ("开卷", "open"), ("补考", "resit"), ("练习（结束后可看讲评）", "practice"))
ALL_FORMS = ("名册上的各卷（不含补考卷）", "")

REFRESH_SECONDS = 2.0
_refreshing: dict[Path, "asyncio.Task[None]"] = {}


@opens("exams/exam_room")
def room_panel(exam: str | Path = "", data: str | Path = "", port: int = 8000, *, one_seat: bool = False) -> w.Widget:
    """Return the trainer's panel.

    :param exam: the exam folder; the nearest one by default. Without any the panel explains how to get one.
    :param data: the folder of the server's answers, on a local disk; by default ``room`` beside the exam folder, for
        one seat ``room-kiosk``.
    :param port: the port for candidates.
    :param one_seat: the server listens on this computer only, and the panel gives way to the candidate's page.

    Example::

        room_panel("exam", port=8001, one_seat=True)
    """

    def build(folder: Path) -> Any:
        beside = folder.parent / ("room-kiosk" if one_seat else "room")
        trainer = RoomPanel(folder, Path(data) if data else beside, port=port, one_seat=one_seat)
        return Kiosk(trainer).box if one_seat else trainer.box

    return over_exam(exam, build)


class RoomPanel:
    """One server, its rooms, and the board of the chosen room."""

    def __init__(self, folder: Path, data: Path, *, port: int = 8000, one_seat: bool = False) -> None:
        self.folder, self.server, self.port, self.one_seat = folder, RoomServer(data.resolve()), port, one_seat
        self.person = person_field()
        self.state, self.message, self.asked = w.HTML(), w.HTML(), w.HBox()
        self.making = MakingForm(folder, self._make)
        actions = BoardActions(self.refresh, self.run, self.confirm, self.post, self.name)
        self.board = RoomBoard(folder, actions)
        self.begin = button("启动考场服务", self.start, main=True)
        self.end = button("停止考场服务", self.stop)
        self.box = panel(
            exam_line(folder), self.person, w.HBox([self.begin, self.end]), self.state,
            self.making.box, self.message, self.asked, self.board.box,
        )  # fmt: skip
        self.refresh()
        self._go_on_refreshing()

    def start(self) -> None:
        """Start the server, or find the running one."""
        self.run(lambda: f"考场服务已运行（进程 {self._started()}）。")

    def stop(self) -> None:
        """Stop the server after a confirmation."""
        self.confirm("停止考场服务？考生将无法作答（已保存的答案不会丢）。", self._stopped)

    def run(self, work: Callable[[], str]) -> None:
        """Do some work, show its message or its problems, and refresh the panel."""
        self.asked.children = ()
        attempt(self.message, lambda: notice(work()))
        self.refresh()

    def confirm(self, question: str, work: Callable[[], str]) -> None:
        """Ask for a confirmation before an action that cannot be undone."""
        yes, no = button("确定", lambda: self.run(work), main=True), button("取消", self._unasked)
        self.asked.children = (html(render("widgets/question_to_confirm.html", question=question)), yes, no)

    def post(self, path: str, body: Json | None = None) -> Json:
        """Send an action to the server in the trainer's name and return the answer."""
        return self.server.ask("POST", path, body or {}, self.name())

    def name(self) -> str:
        """Return the trainer's name."""
        return str(self.person.value).strip()

    def refresh(self) -> None:
        """Show the present state of the server."""
        self._show(self._looked())

    def _looked(self) -> Json | None:
        about = self.server.about()
        if about is None:
            return None
        try:
            return self._seen(about)
        except GovkitError as error:
            return {"error": error}

    def _seen(self, about: Json) -> Json:
        rooms = self.server.ask("GET", "/rooms")["rooms"]
        known = [room["room_id"] for room in rooms]
        chosen = self.board.chosen if self.board.chosen in known else (known[-1] if known else "")
        room = self.server.ask("GET", f"/rooms/{chosen}") if chosen else None
        incidents = self.server.ask("GET", f"/rooms/{chosen}/incidents")["incidents"] if chosen else []
        return {"about": about, "rooms": rooms, "room": room, "incidents": incidents}

    def _show(self, seen: Json | None) -> None:
        running = seen is not None
        self.begin.disabled, self.end.disabled = running, not running
        self.making.box.layout.display = "" if running else "none"
        if seen is None:
            show(self.state, notice("考场服务没有运行。"))
            self.board.show(None)
        elif "error" in seen:
            show(self.state, told(seen["error"]))
        else:
            show(self.state, notice(f"考场服务正在运行：{seen['about']['urls'][0]}"))
            self.board.show(seen)

    def _go_on_refreshing(self) -> None:
        """Refresh every two seconds in the kernel's loop; a later panel of the same folder stops this one."""
        old = _refreshing.pop(self.server.data, None)
        if old is not None:
            old.cancel()
        if in_kernel():
            _refreshing[self.server.data] = asyncio.get_running_loop().create_task(self._keep_refreshing())

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            with faults_shown(self.state):
                self._show(await asyncio.to_thread(self._looked))

    def _started(self) -> int:
        host = "127.0.0.1" if self.one_seat else "0.0.0.0"  # noqa: S104 - candidates must reach it
        return int(self.server.start(host, self.port)["pid"])

    def _stopped(self) -> str:
        self.server.stop(self.name())
        return "考场服务正在停止。"

    def _unasked(self) -> None:
        self.asked.children = ()

    def _make(self, wish: Json) -> str:
        """Make a room and write its admission slips: the server gives the PINs only once."""
        about = self.server.about()
        seb = seb_room(about["urls"][0]) if about and wish["require_seb"] else None
        more = seb.wish() if seb else {}
        made = self.post("/rooms", {**wish, **more, "exam": str(self.folder.resolve()), "one_seat": self.one_seat})
        self.board.chosen = made["room_id"]
        room = self.server.ask("GET", f"/rooms/{made['room_id']}")
        path = write_slips(self.folder, room, made["pins"])
        message = f"考场 {made['room_id']} 已建立，{len(made['pins'])} 人。准考证（含密码，请妥善保管）已写入 {path}。"
        return message + (f"安全考试浏览器的配置已写入 {seb.write(self.folder)}。" if seb else "")


class Kiosk:
    """The trainer's panel, which gives way to the candidate's page.

    Whoever sits at the notebook can bring the panel back by running the cell again, so an invigilator stays near.
    """

    def __init__(self, trainer: RoomPanel) -> None:
        self.trainer, self.message = trainer, w.HTML()
        self.box = panel(trainer.box, button("考生入座（收起监考面板）", self.seat, main=True), self.message)

    def seat(self) -> None:
        """Show only the candidate's page."""
        about = self.trainer.server.about()
        if about is None or not self.trainer.board.chosen:
            show(self.message, notice("请先启动考场服务并建立考场。"))
            return
        url = f"http://{notebook_host()}:{about['port']}/r/{self.trainer.board.chosen}/"
        self.box.children = (html_panel(render("widgets/kiosk.html", url=url)),)


def notebook_host() -> str:
    """Return the host name in the notebook's address: a frame keeps its cookies under that name only."""
    from jupyter_server.serverapp import list_running_servers

    parents = {os.getppid(), int(os.environ.get("JPY_PARENT_PID", "0") or 0)}
    mine = [server for server in list_running_servers() if server["pid"] in parents]
    host = urlsplit(mine[0]["url"]).hostname if mine else "localhost"
    return "127.0.0.1" if host == "127.0.0.1" else "localhost"


class MakingForm:
    """The form of a new room, handed to ``make`` by its button; problems are shown beside it."""

    def __init__(self, folder: Path, make: Callable[[Json], str]) -> None:
        self.folder, self._make = folder, make
        papers = _papers(folder)
        forms = [(f"{paper.form}卷", paper.form) for paper in papers]
        self.title = text_field("考试名称", papers[0].title if papers else "")
        self.form = w.Dropdown(options=[ALL_FORMS, *forms], description="卷别", style=LABEL, layout=FIELD)
        self.kind = w.Dropdown(options=KINDS, description="类型", style=LABEL, layout=FIELD)
        minutes = papers[0].minutes if papers else 90
        self.minutes = w.BoundedIntText(value=minutes, min=1, max=20160, description="时长（分钟）", style=LABEL)
        self.begins = text_field("最早开始", hint="如 2015-10-20T09:00；不填则由老师统一开考")
        self.ends = text_field("最晚开始", hint="两项都填时，各人从打开试卷起计时")
        self.extra = w.Textarea(
            description="加时名单", placeholder="每行一人：准考证号 分钟", rows=2, style=LABEL, layout=FIELD
        )
        self.seb = w.Checkbox(description="必须用安全考试浏览器（SEB）", indent=False)
        self.message = w.HTML()
        fields = [self.title, self.form, self.kind, self.minutes, self.begins, self.ends, self.extra, self.seb]
        inner = w.VBox([*fields, button("建立考场", self.make, main=True), self.message])
        self.box = w.Accordion([inner], titles=("建立新考场",), selected_index=None)

    def make(self) -> None:
        """Make a room from the fields."""
        if attempt(self.message, lambda: notice(self._make(self.wish()))):
            self.box.selected_index = 0

    def wish(self) -> Json:
        """Return the fields as the body of the server's request.

        :raises InputError: a line of the extra time cannot be read, or the start window has one end only.
        """
        window = [field.value.strip() for field in (self.begins, self.ends)]
        extra, found = extra_minutes(self.extra.value)
        if any(window) and not all(window):
            what, repair = _("A start window needs both its times"), _("Give both times, or neither")
            found.append(Problem(Where("最早开始 最晚开始"), what, repair))
        refuse(found)
        return {
            "title": self.title.value.strip(),
            "form": self.form.value or None,
            "kind": self.kind.value,
            "minutes": self.minutes.value,
            "extra": extra,
            "require_seb": self.seb.value,
            "feedback": self.kind.value == "practice",
            **({"start_window": window} if any(window) else {}),
        }


def extra_minutes(text: str) -> tuple[dict[str, float], list[Problem]]:
    """Return extra minutes by admission number, and a problem for each line that cannot be read."""
    minutes: dict[str, float] = {}
    found = []
    for line in filter(str.strip, text.splitlines()):
        words = line.replace(",", " ").replace("，", " ").split()
        if len(words) == 2 and words[1].isdecimal():
            minutes[words[0]] = float(words[1])
        else:
            what = _("“{line}” is not an admission number and minutes").format(line=line.strip())
            found.append(Problem(Where("加时名单"), what, _("Write one candidate a line, like 2015001 30")))
    return minutes, found


@dataclass(frozen=True, slots=True)
class SebRoom:
    """A room for Safe Exam Browser; its id is chosen beforehand, because its address is part of the settings."""

    id: str
    settings: dict[str, Any]

    def wish(self) -> Json:
        """Return the room's part of the request to make it."""
        return {"room_id": self.id, "seb_keys": [config_key(self.settings)]}

    def write(self, folder: Path) -> Path:
        """Write the configuration file for candidates and return its path."""
        path = folder / f"考场-{self.id}.seb"
        atomic_write(path, seb_file(self.settings))
        return path


def seb_room(url: str) -> SebRoom:
    """Return a new room under the server's address ``url``."""
    name = f"seb-{secrets.token_hex(3)}"
    return SebRoom(name, seb_settings(f"{url}/r/{name}/"))


def _papers(folder: Path) -> list[Paper]:
    try:
        return [read_paper(path) for path in paper_files(folder)]
    except GovkitError:
        return []
