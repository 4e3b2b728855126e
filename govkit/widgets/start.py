"""The start page of the notebooks: what can be opened, which store is there, and what is due next."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from govkit.core.html import render
from govkit.exams.folder import MARKS_FILE, nearest_exam
from govkit.figures.snapshot import Snapshot
from govkit.widgets.opening import opens, over_store
from govkit.widgets.panel import heading, html, notice, panel, table, terms

MOST_DUE = 8
GROUPS = {"reports": "出报告", "": "看数、录入、练习", "exams": "考试"}


@dataclass(frozen=True)
class Page:
    """A notebook that the start page links to: its path from there, its title and what it is for."""

    link: str
    title: str
    description: str


@dataclass(frozen=True)
class Group:
    """The notebooks of one folder."""

    title: str
    pages: list[Page]


class Links:
    """Notebooks by group, as links that JupyterLab opens beside the start page."""

    def __init__(self, folder: Path) -> None:
        found: dict[str, list[Page]] = {name: [] for name in GROUPS}
        for path in sorted([*folder.glob("*.ipynb"), *folder.glob("[!.]*/*.ipynb")]):
            page = _page(path, folder)
            if page:
                found.setdefault(path.parent.name if path.parent != folder else "", []).append(page)
        self.groups = [Group(GROUPS.get(name, name), pages) for name, pages in found.items() if pages]

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, str]:
        lines = [f"{page.title}：{page.link}" for group in self.groups for page in group.pages]
        return {"text/html": str(render("widgets/start.html", groups=self.groups)), "text/plain": "\n".join(lines)}


def _page(path: Path, folder: Path) -> Page | None:
    """Return a notebook that has a title; the start page itself and what cannot be read have none."""
    try:
        about = json.loads(path.read_bytes())["metadata"]["govkit"]
        title, description = str(about["title"]), str(about["description"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    link = quote(path.relative_to(folder).as_posix())
    return None if about.get("start") else Page(link, title, description)


@opens("开始")
def start(store: str = "", folder: str | Path = "") -> None:
    """Show the state of the store, and links to the notebooks of a folder.

    :param store: the store; the one in the current folder or above it by default.
    :param folder: the folder of the notebooks; the current one by default.
    :raises InputError: the store named cannot be used.

    Example::

        start()
    """
    from IPython.display import display

    display(over_store(store, state), Links(Path(folder)))


def state(snapshot: Snapshot) -> Any:
    """Return the panel that says which store is there, up to which month, and what is due next."""
    first, last = snapshot.span
    commit = snapshot.commit
    exam = nearest_exam(holding=MARKS_FILE) or nearest_exam()
    made = f"第{commit.version}版（{commit.time.astimezone():%Y-%m-%d %H:%M}，{commit.person}）"
    about = [
        ("台账库", f"{snapshot.store.url}，{made}"),
        ("记录", f"{sum(snapshot.rows.values()):,}行"),
        ("月份", f"{first.label}至{last.label}"),
        *(("备注", remark) for remark in snapshot.remarks()),
        ("考试", str(exam) if exam else "附近没有考试"),
    ]
    overdue, due = snapshot.overdue(last), snapshot.due_soon(last)
    told = f"截至{last.label}末：已经逾期{len(overdue)}件，30日内到期{len(due)}件。"
    shown = [terms(about), heading("快到期的事项"), notice(told, "warning" if len(overdue) else "note")]
    if len(due):
        nearest = due.sort_values("剩余天数", kind="stable").head(MOST_DUE)
        names = snapshot.places.names
        rows = [
            [row["类别"], names.get(row["place"], row["place"]), row["编号"], row["应办日期"], f"{row['剩余天数']}天"]
            for row in nearest.to_dict("records")
        ]
        shown += [table(["类别", "单位", "编号", "应办日期", "还有"], rows)]
        shown += [notice(f"这里只列最近的{len(rows)}件。", "note")] if len(due) > len(rows) else []
    words = "；".join(f"{name}：{value}" for name, value in about)
    return panel(html(*shown), alone=f"{words}。{told}")
