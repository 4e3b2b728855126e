"""The trainer's panel of the exam room: it makes rooms, watches them, and does to them what a trainer may do.

The room itself runs in a server of its own; the panel only asks it. When the kernel dies the exam goes on, and the
panel, run again, shows it as it stands.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.core.errors import GovkitError, Problem, Where, refuse
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.folder import nearest_exam
from govkit.exams.paper.paper import paper_files, read_paper
from govkit.room.http.seb import config_key, seb_file, seb_settings
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    button,
    folder_html,
    no_exam,
    panel,
    person_field,
    problems_html,
    said_html,
    text_field,
    told,
)
from govkit.widgets.room_board import RoomBoard
from govkit.widgets.room_client import RoomServer
from govkit.widgets.slips import write_slips

KINDS = (("闭卷", "closed"), ("开卷", "open"), ("补考", "resit"), ("练习（结束后可看讲评）", "practice"))
ALL_FORMS = ("名册上的各卷（不含补考卷）", "")

Wish = dict[str, Any]


class MakingForm:
    """Fields, and a button that hands what they say to ``make``; problems are shown beside it."""

    def __init__(self, folder: Path, make: Callable[[Wish], str]) -> None:
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
        self.said = w.HTML()
        fields = [self.title, self.form, self.kind, self.minutes, self.begins, self.ends, self.extra, self.seb]
        inner = w.VBox([*fields, button("建立考场", self.make, main=True), self.said])
        self.box = w.Accordion([inner], titles=("建立新考场",), selected_index=None)

    def make(self) -> None:
        """Make a room of what the fields say."""
        if told(self.said, lambda: said_html(self._make(self.wish()))):
            self.box.selected_index = 0

    def wish(self) -> Wish:
        """Return what the fields ask for, as the server's port takes it.

        :raises InputError: a line of the extra time, or half a start window.
        """
        window = [field.value.strip() for field in (self.begins, self.ends)]
        extra, problems = extra_minutes(self.extra.value)
        if any(window) and not all(window):
            what, mend = _("A start window needs both its times"), _("Give both times, or neither")
            problems.append(Problem(Where("最早开始 最晚开始"), what, mend))
        refuse(problems)
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
    """Return minutes by admission number, and a problem for each line that cannot be read."""
    found: dict[str, float] = {}
    problems = []
    for line in filter(str.strip, text.splitlines()):
        words = line.replace(",", " ").replace("，", " ").split()
        if len(words) == 2 and words[1].isdecimal():
            found[words[0]] = float(words[1])
        else:
            what = _("“{line}” is not an admission number and minutes").format(line=line.strip())
            problems.append(Problem(Where("加时名单"), what, _("Write one candidate a line, like 2015001 30")))
    return found, problems


@dataclass(frozen=True, slots=True)
class SebRoom:
    """A room for Safe Exam Browser: its id, chosen before it is made because its address enters the settings."""

    id: str
    settings: dict[str, Any]

    def wish(self) -> Wish:
        """Return what the room's making is told."""
        return {"id": self.id, "seb_keys": [config_key(self.settings)]}

    def write(self, folder: Path) -> Path:
        """Write the configuration file that candidates open, and return it."""
        path = folder / f"考场-{self.id}.seb"
        atomic_write(path, seb_file(self.settings))
        return path


def seb_room(url: str) -> SebRoom:
    """Return a room of its own under the server's address ``url``."""
    name = f"seb-{secrets.token_hex(3)}"
    return SebRoom(name, seb_settings(f"{url}/r/{name}/"))


def _papers(folder: Path) -> list[Any]:
    try:
        return [read_paper(path) for path in paper_files(folder)]
    except GovkitError:
        return []


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
