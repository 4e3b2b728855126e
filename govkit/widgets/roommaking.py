"""The form that makes a room: which paper, how long, of what kind, who gets more time."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.errors import GovkitError, Problem, Where, refuse
from govkit.exams.paper import paper_files, read_paper
from govkit.exams.table import write_bytes
from govkit.i18n import gettext as _
from govkit.room.seb import config_key, seb_file, seb_settings
from govkit.widgets.parts import FIELD, LABEL, button, said_html, text_field, told

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

        :raises InputProblems: a line of the extra time, or half a start window.
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
        write_bytes(path, seb_file(self.settings))
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
