"""One-seat mode: the same room for a kiosk without a network, its page shown in the notebook.

The server listens on this computer only. One who sits down at the notebook can reach the trainer's panel by running
the page anew, so an invigilator stays near, as with any kiosk.
"""

import os
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import ipywidgets as w

from govkit.exams.folder import nearest_exam
from govkit.widgets.panel import button, no_exam, said_html
from govkit.widgets.room_panel import RoomPanel

HEIGHT = 860


def one_seat_panel(exam: str | Path = "", data: str | Path = "", port: int = 8001) -> w.Widget:
    """Return the panel of a kiosk: a room on this computer only, and a button that seats a candidate at it.

    :param exam: the exam folder; the nearest one by default.
    :param data: where the server keeps answers; the folder ``room-kiosk`` beside the exam folder by default.
    """
    folder = nearest_exam(exam)
    if folder is None:
        return no_exam("这里还没有考试。")
    return Kiosk(RoomPanel(folder, Path(data) if data else folder.parent / "room-kiosk", port=port, one_seat=True)).box


class Kiosk:
    """The trainer's panel, which gives way to the candidate's page."""

    def __init__(self, desk: RoomPanel) -> None:
        self.desk, self.said = desk, w.HTML()
        self.box = w.VBox([desk.box, button("考生入座（收起监考面板）", self.seat, main=True), self.said])

    def seat(self) -> None:
        """Show the candidate's page and nothing else; running the cell again brings the panel back."""
        about = self.desk.server.about()
        if about is None or not self.desk.board.chosen:
            self.said.value = said_html("请先启动考场服务并建立考场。")
            return
        url = f"http://{notebook_host()}:{about['port']}/r/{self.desk.board.chosen}/"
        self.box.children = (w.HTML(frame_html(url)),)


def frame_html(url: str) -> str:
    """Return the candidate's page in a frame, and a link for a browser that keeps no cookies in frames."""
    return (
        f'<iframe src="{escape(url)}" title="考试页面" allow="fullscreen" '
        f'style="width:100%;height:{HEIGHT}px;border:1px solid #6b7686"></iframe>'
        f'<p>上面不能登录时，<a href="{escape(url)}" target="_blank" rel="noopener">在新标签页打开考试页面</a>。'
        "监考老师重新运行本单元格即可回到监考面板。</p>"
    )


def notebook_host() -> str:
    """Return the name by which the Jupyter of this kernel is called: a frame keeps its cookies under that one only."""
    from jupyter_server.serverapp import list_running_servers

    parents = {os.getppid(), int(os.environ.get("JPY_PARENT_PID", "0") or 0)}
    mine = [server for server in list_running_servers() if server["pid"] in parents]
    host = urlsplit(mine[0]["url"]).hostname if mine else "localhost"
    return "127.0.0.1" if host == "127.0.0.1" else "localhost"
