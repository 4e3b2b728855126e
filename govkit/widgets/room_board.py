"""The board of one room: its state, its candidates and incidents, and the buttons of the trainer."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from govkit.core.html import render
from govkit.exams.bank.markup import plain_text
from govkit.exams.bank.questions import Question
from govkit.exams.exam import open_sheet
from govkit.widgets.panel import button, heading, html, notice, on_change, passphrase_field, show, table
from govkit.widgets.practice_session import right_answer, source_of
from govkit.widgets.room_client import Json

ROOM_STATES = {"waiting": "未开考", "open": "考试中", "paused": "暂停", "closed": "已结束"}
STATES = {**ROOM_STATES, "submitted": "已交卷", "void": "已作废", "takeover": "待批准换机", "moved": "已换机"}
INCIDENTS = {
    "hidden": "离开页面",
    "blur": "切换窗口",
    "fullscreen": "退出全屏",
    "offline": "断网",
    "tabs": "重复打开",
    "paste": "粘贴",
}
FILTERS = ("全部", "待批准换机", "未登录", "作答中", "已交卷", "有异常", "有迟到答案", "已作废")
MOST_ROWS = 200


def place(room: Json) -> Markup:
    """Return the addresses of a room, with the QR code of the first."""
    from govkit.widgets.slips import qr_svg

    urls = room["urls"]
    if not urls:
        return Markup("")
    return render("widgets/room_place.html", urls=urls, qr_code=b64encode(qr_svg(urls[0])).decode())


def standing(room: Json) -> Markup:
    """Return the state of a room: open or not, time left, counts of candidates."""
    counts = room["counts"]
    words = (
        ("应考", counts["candidates"]),
        ("在线登录", counts["signed_in"]),
        ("已开始", counts["started"]),
        ("已交卷", counts["submitted"]),
        ("待批准换机", counts["takeover"]),
        ("已作废", counts["void"]),
        ("有迟到答案", counts["late"]),
    )
    return render(
        "widgets/room_state.html",
        title=room["title"],
        room_id=room["room_id"],
        state=ROOM_STATES.get(room["state"], room["state"]),
        left=clock(room["left"]) if room["left"] is not None and room["state"] != "closed" else "",
        counts=words,
    )


def candidates(listed: Sequence[Json], wanted: str, words: str) -> Markup:
    """Return a table of the candidates that match a filter and a word, at most ``MOST_ROWS``."""
    found = [each for each in listed if _matches(each, wanted) and _named(each, words)]
    rows = [_row(each) for each in found[:MOST_ROWS]]
    headings = ["准考证号", "姓名", "单位", "卷", "状态", "登录", "进度", "最近保存", "剩余", "加时", "异常", "迟到"]
    more = f"，只列前 {MOST_ROWS} 人" if len(found) > MOST_ROWS else ""
    return notice(f"{wanted}：{len(found)} 人{more}", "note") + (table(headings, rows) if rows else "")


def takeovers(listed: Iterable[Json]) -> Markup:
    """Return the candidates who ask to move to another device; empty without any."""
    asking = [f"{each['candidate']} {each['name']}" for each in listed if each["takeover"]]
    return notice("请求换到另一台设备：" + "、".join(asking)) if asking else Markup("")


def incidents(listed: Sequence[Json]) -> Markup:
    """Return a table of the incidents that the candidates' pages reported, newest first."""
    rows = [
        [clock(max(0, each["at"])), each["candidate"], each["name"], INCIDENTS.get(each["kind"], each["kind"]),
         f"{each['seconds']:.0f}" if each["seconds"] else "—"]
        for each in reversed(listed[-MOST_ROWS:])
    ]  # fmt: skip
    headings = ["开考后", "准考证号", "姓名", "情况", "秒"]
    remark = notice("以下只作记录，不作处罚依据；请监考老师当面核实。", "note")
    return remark + (table(headings, rows) if rows else notice("没有记录。", "note"))


def clock(seconds: float | None) -> str:
    """Return seconds as hours, minutes and seconds."""
    if seconds is None:
        return "—"
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def ago(seconds: float | None) -> str:
    """Return an age in words."""
    if seconds is None:
        return "—"
    return f"{seconds:.0f} 秒前" if seconds < 60 else f"{seconds / 60:.0f} 分钟前"


def _row(each: Json) -> list[Any]:
    return [
        each["candidate"],
        each["name"],
        each["unit"],
        each["form"],
        str(STATES.get(each["state"], each["state"])) + ("（请求换机）" if each["takeover"] else ""),
        "是" if each["signed_in"] else "否",
        f"{each['answered']}/{each['questions']}",
        ago(each["last_save"]),
        clock(each["left"]),
        f"{each['extra']:g} 分" if each["extra"] else "",
        each["incidents"] or "",
        each["late"] or "",
    ]


def _matches(each: Json, wanted: str) -> bool:
    tests = {
        "待批准换机": each["takeover"],
        "未登录": not each["signed_in"] and each["state"] not in ("submitted", "void"),
        "作答中": each["signed_in"] and each["state"] in ("open", "paused"),
        "已交卷": each["state"] == "submitted",
        "有异常": each["incidents"] > 0,
        "有迟到答案": each["late"] > 0,
        "已作废": each["state"] == "void",
    }
    return bool(tests.get(wanted, True))


def _named(each: Json, words: str) -> bool:
    return words in each["candidate"] or words in each["name"] or words in each["unit"]


POSSIBLE = {
    "open": ("waiting", "closed"),
    "pause": ("open",),
    "resume": ("paused",),
    "close": ("open", "paused"),
}
"""The states of a room in which its buttons can be pressed."""


@dataclass(frozen=True, slots=True)
class BoardActions:
    """Callbacks to the panel around a board.

    ``run`` does some work and shows its message or problems; ``confirm`` asks first; ``post`` sends an action to the
    server; ``person`` returns the trainer's name.
    """

    refresh: Callable[[], None]
    run: Callable[[Callable[[], str]], None]
    confirm: Callable[[str, Callable[[], str]], None]
    post: Callable[[str, Json | None], Json]
    person: Callable[[], str]


class RoomBoard:
    """The chosen room of an exam folder: its state, its candidates, and the buttons."""

    def __init__(self, folder: Path, actions: BoardActions) -> None:
        self.folder, self.actions, self.chosen = folder, actions, ""
        self.choice = w.Dropdown(description="考场", style={"description_width": "4em"})
        on_change(self.choice, self._choose)
        self.place, self.standing, self.takeover = w.HTML(), w.HTML(), w.HTML()
        self.minutes = w.BoundedIntText(value=10, min=-600, max=600, layout=w.Layout(width="6em"))
        self.candidate = w.Combobox(placeholder="准考证号", ensure_option=False, layout=w.Layout(width="12em"))
        self.filter = w.Dropdown(options=FILTERS, layout=w.Layout(width="11em"))
        self.words = w.Text(placeholder="号码、姓名或单位", layout=w.Layout(width="14em"), continuous_update=False)
        self.table, self.incidents = w.HTML(), w.HTML()
        self.late = w.Dropdown(options=[("不计迟到的答案", "leave"), ("计入迟到的答案", "take")])
        for field in (self.filter, self.words):
            on_change(field, lambda _new: self.actions.refresh())
        self.room_buttons = {
            "open": button("开考", self._open, main=True),
            "pause": button("暂停", lambda: self._act("pause", "已暂停，计时停止。")),
            "resume": button("继续", lambda: self._act("resume", "考试继续。")),
            "close": button("收卷（结束考试）", self._close),
        }
        self.export = button("导出作答", self._export)
        self.state = ""
        self.secret = passphrase_field()
        self.feedback = w.VBox([
            html(notice("练习结束后可发布讲评：打开密封的答案，考生即可看到各题的答案和解析。", "note")),
            self.secret, button("发布讲评", self._feedback),
        ])  # fmt: skip
        self.box = w.VBox(self._children())

    def show(self, seen: Json | None) -> None:
        """Show the room of a server's answer, or nothing without one; unchanged parts are not sent again."""
        room = seen["room"] if seen else None
        self.box.layout.display = "" if room else "none"
        if seen is None or room is None:
            return
        self.chosen, self.state = room["room_id"], room["state"]
        for name, each in self.room_buttons.items():
            each.disabled = self.state not in POSSIBLE[name]
        self.export.disabled = self.state != "closed"
        self.feedback.layout.display = "" if room["kind"] == "practice" and self.state == "closed" else "none"
        self._choices(seen["rooms"])
        listed = room["candidates"]
        known = tuple(each["candidate"] for each in listed)
        if self.candidate.options != known:
            self.candidate.options = known
        show(self.place, place(room))
        show(self.standing, standing(room))
        show(self.takeover, takeovers(listed))
        show(self.table, candidates(listed, self.filter.value, self.words.value.strip()))
        show(self.incidents, incidents(seen["incidents"]))

    def _children(self) -> list[w.Widget]:
        row = partial(w.HBox, layout=w.Layout(flex_flow="row wrap", align_items="center"))
        room = list(self.room_buttons.values())
        longer = [
            w.Label("延长"), self.minutes, w.Label("分钟"), button("全体延时", self._extend_all),
            button("该考生延时", self._extend_one),
        ]  # fmt: skip
        one = [
            w.Label("考生"), self.candidate,
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
            html(heading("考试中的情况")), self.incidents,
            html(heading("考试结束后")), row(export), self.feedback,
        ]  # fmt: skip

    def _choices(self, rooms: list[Json]) -> None:
        titles = [f"{room['title']}（{room['room_id']}，{ROOM_STATES[room['state']]}）" for room in rooms]
        options = list(zip(titles, [room["room_id"] for room in rooms], strict=True))
        if list(self.choice.options) != options:
            self.choice.options = options
        if self.choice.value != self.chosen:
            self.choice.value = self.chosen

    def _choose(self, room: str | None) -> None:
        if room and room != self.chosen:
            self.chosen = room
            self.actions.refresh()

    def _path(self, name: str) -> str:
        return f"/rooms/{self.chosen}/{name}"

    def _act(self, name: str, done: str) -> None:
        self.actions.run(lambda: self._acted(name, done))

    def _acted(self, name: str, done: str, body: Json | None = None) -> str:
        self.actions.post(self._path(name), body)
        return done

    def _open(self) -> None:
        if self.state == "closed":
            question = "这场考试已经结束。重新开考后，还没交卷的考生可以接着作答，剩余时间从结束时算起。"
            self.actions.confirm(question, lambda: self._acted("open", "已重新开考。"))
        else:
            self._act("open", "已开考。")

    def _close(self) -> None:
        question = "现在收卷、结束考试？还没交卷的考生不能再作答，已保存的答案都收下。"
        self.actions.confirm(question, lambda: self._acted("close", "考试已结束，可以导出作答。"))

    def _extend_all(self) -> None:
        minutes = self.minutes.value
        self.actions.run(lambda: self._acted("extend", f"全体延长 {minutes} 分钟。", {"minutes": minutes}))

    def _extend_one(self) -> None:
        minutes, candidate = self.minutes.value, self.candidate.value.strip()
        body = {"minutes": minutes, "candidate": candidate}
        self.actions.run(lambda: self._acted("extend", f"{candidate} 延长 {minutes} 分钟。", body))

    def _on_one(self, name: str, done: str) -> None:
        self.actions.run(lambda: self._done_to(name, done))

    def _ask_one(self, name: str, what: str, done: str) -> None:
        candidate = self.candidate.value.strip()
        self.actions.confirm(f"确定对 {candidate} {what}？", lambda: self._done_to(name, done))

    def _done_to(self, name: str, done: str) -> str:
        candidate = self.candidate.value.strip()
        if not candidate:
            return "请先填考生的准考证号。"
        self.actions.post(self._path(f"candidates/{candidate}/{name}"), None)
        return f"{candidate}：{done}。"

    def _reset(self) -> None:
        candidate = self.candidate.value.strip()
        self.actions.confirm(f"给 {candidate} 重设密码？原密码作废。", self._reset_now)

    def _reset_now(self) -> str:
        candidate = self.candidate.value.strip()
        if not candidate:
            return "请先填考生的准考证号。"
        pin = self.actions.post(self._path(f"candidates/{candidate}/reset-pin"), None)["pin"]
        return f"{candidate} 的新密码：{pin}（只显示这一次，请当面告知考生）"

    def _feedback(self) -> None:
        self.actions.run(self._fed_back)
        self.secret.value = ""

    def _fed_back(self) -> str:
        texts = feedback_texts(self.folder, self.secret.value, self.actions.person())
        return self._acted("feedback", "讲评已发布，考生可以看到。", {"questions": texts})

    def _export(self) -> None:
        self.actions.run(self._exported)

    def _exported(self) -> str:
        counts = self.actions.post(self._path("export"), {"late": self.late.value})
        return (
            f"已写入 {self.folder}：实考 {counts['present']} 人，缺考 {counts['absent']} 人，"
            f"取消 {counts['disqualified']} 人，作答 {counts['responses']} 条，迟到 {counts['late']} 条。"
            "下一步：打开 notebooks/exams/mark.ipynb 评分。"
        )


def feedback_texts(folder: Path, passphrase: str, person: str) -> dict[str, str]:
    """Return the feedback of a practice room by question: right answer, explanation, source.

    The opening of the key is recorded in the exam's audit log.

    :raises InputError: the passphrase does not open the key.
    """
    sheet = open_sheet(folder, passphrase, person, "feedback")
    return {name: _feedback_text(item.question) for name, item in sheet.items().items()}


def _feedback_text(question: Question) -> str:
    lines = [f"答案：{right_answer(question)}", plain_text(question.explanation, question.markup)]
    source = source_of(question)
    return "　".join([*filter(None, lines), *([f"依据：{source}"] if source else [])])
