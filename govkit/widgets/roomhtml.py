"""The room as a trainer sees it, as HTML: where it is, how it stands, who sits in it, what was noticed."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from govkit.widgets.facehtml import table_html
from govkit.widgets.parts import said_html

Told = dict[str, Any]

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


def place_html(room: Told) -> str:
    """Return a room's addresses, with the QR code of the first."""
    from govkit.widgets.slips import qr_svg

    urls = room["urls"]
    if not urls:
        return ""
    source = b64encode(qr_svg(urls[0])).decode()
    listed = "".join(f"<li><code>{escape(url)}</code></li>" for url in urls)
    return (
        f'<div class="gk-room-place"><img alt="考场网址二维码" width="150" src="data:image/svg+xml;base64,{source}">'
        f"<div>考生用浏览器打开（手机可扫码）：<ul>{listed}</ul></div></div>"
    )


def standing_html(room: Told) -> str:
    """Return how a room stands: state, time left, counts."""
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
    cells = "".join(f"<span><b>{value}</b> {name}</span>" for name, value in words)
    state = ROOM_STATES.get(room["state"], room["state"])
    left = f"，剩余 {clock(room['left'])}" if room["left"] is not None and room["state"] != "closed" else ""
    return (
        f'<div class="gk-room-state" role="status"><h4>{escape(room["title"])}（{escape(room["id"])}）：'
        f'{state}{left}</h4><p class="gk-room-counts">{cells}</p></div>'
    )


def candidates_html(listed: Sequence[Told], wanted: str, words: str) -> str:
    """Return the candidates that a filter and a word leave, at most ``MOST_ROWS``."""
    found = [each for each in listed if _matches(each, wanted) and _named(each, words)]
    rows = [_row(each) for each in found[:MOST_ROWS]]
    heads = ["准考证号", "姓名", "单位", "卷", "状态", "登录", "进度", "最近保存", "剩余", "加时", "异常", "迟到"]
    more = f"，只列前 {MOST_ROWS} 人" if len(found) > MOST_ROWS else ""
    said = f"<p>{escape(wanted)}：{len(found)} 人{more}</p>"
    return said + (f'<div class="gk-paper">{table_html(heads, rows)}</div>' if rows else "")


def takeover_html(listed: Iterable[Told]) -> str:
    """Return who asks to go on on another device; "" if no one does."""
    asking = [f"{each['number']} {each['name']}" for each in listed if each["takeover"]]
    return said_html("请求换到另一台设备：" + "、".join(asking)) if asking else ""


def incidents_html(listed: Sequence[Told]) -> str:
    """Return what the candidates' pages noticed, newest first."""
    rows = [
        [clock(max(0, each["at"])), each["number"], each["name"], INCIDENTS.get(each["kind"], each["kind"]),
         f"{each['seconds']:.0f}" if each["seconds"] else "—"]
        for each in reversed(listed[-MOST_ROWS:])
    ]  # fmt: skip
    heads = ["开考后", "准考证号", "姓名", "情况", "秒"]
    said = "<p>以下只作记录，不作处罚依据；请监考老师当面核实。</p>"
    return said + (table_html(heads, rows) if rows else "<p>没有记录。</p>")


def clock(seconds: float | None) -> str:
    """Return seconds as hours, minutes and seconds."""
    if seconds is None:
        return "—"
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def ago(seconds: float | None) -> str:
    """Return how long ago something was."""
    if seconds is None:
        return "—"
    return f"{seconds:.0f} 秒前" if seconds < 60 else f"{seconds / 60:.0f} 分钟前"


def _row(each: Told) -> list[Any]:
    return [
        each["number"],
        each["name"],
        each["unit"],
        each["form"],
        str(STATES.get(each["state"], each["state"])) + ("（请求换机）" if each["takeover"] else ""),
        "是" if each["signed_in"] else "否",
        f"{each['answered']}/{each['items']}",
        ago(each["last_save"]),
        clock(each["left"]),
        f"{each['extra']:g} 分" if each["extra"] else "",
        each["incidents"] or "",
        each["late"] or "",
    ]


def _matches(each: Told, wanted: str) -> bool:
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


def _named(each: Told, words: str) -> bool:
    return words in each["number"] or words in each["name"] or words in each["unit"]
