"""What the exam panels share: looks, fields, and how problems are shown."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.core.errors import GovkitError, Problem
from govkit.core.files import login_name
from govkit.core.i18n import gettext as _
from govkit.exams.bank.markup import text_html, with_pictures
from govkit.exams.bank.questions import Face, Question, QuestionType
from govkit.exams.paper.paper import Paper


def stem_html(question: Face | Question) -> str:
    """Return a stem with its pictures."""
    return with_pictures(text_html(question.stem, question.markup), question)


def paper_html(paper: Paper) -> str:
    """Return a paper to look at, as candidates get it but for their own order."""
    parts = [f"<h3>{escape(paper.title)}（{escape(paper.form)}卷）</h3>"]
    number = 1
    for section in paper.sections:
        parts.append(f"<h4>{escape(section.title)}（{len(section.questions)}题，每题{section.points}分）</h4>")
        parts.append(f'<ol start="{number}">{"".join(map(_face_html, section.questions))}</ol>')
        number += len(section.questions)
    return "".join(parts)


def _face_html(face: Face) -> str:
    inner = stem_html(face) + f' <small style="color:#666">{escape(face.id)}</small>' + _choices(face)
    if face.parts:
        inner += f"<ol>{''.join(map(_face_html, face.parts))}</ol>"
    return f'<li style="margin:.5em 0">{inner}</li>'


def _choices(face: Face) -> str:
    if face.type is QuestionType.TRUE_FALSE:
        return "<br>（　）对　（　）错"
    lists = [face.prompts, face.options]
    return "".join(
        "<br>" + "　".join(f"{option.id}. {text_html(option.text, face.markup)}" for option in listed)
        for listed in lists
        if listed
    )


def table_html(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of plain texts."""
    head = "".join(f"<th>{escape(name)}</th>" for name in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="gk-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


STYLE = """<style>
.gk-panel .gk-table {border-collapse: collapse; margin: .5em 0;}
.gk-panel .gk-table th, .gk-panel .gk-table td {border: 1px solid #bbb; padding: 3px 10px; text-align: left;}
.gk-panel .gk-table th {background: #f0f2f5;}
.gk-panel .gk-bad {border-left: 5px solid #c62828; padding: 4px 10px; background: #fdf0ef;}
.gk-panel .gk-said {border-left: 5px solid #1a73e8; padding: 4px 10px; background: #eef4fd;}
.gk-panel .gk-paper {max-height: 40em; overflow: auto; border: 1px solid #bbb; padding: .5em 1.5em;}
</style>"""
LABEL = {"description_width": "7em"}
FIELD = w.Layout(width="36em", max_width="100%")


def panel(*children: w.Widget) -> w.Widget:
    """Return a panel of widgets, one below the other."""
    box = w.VBox([w.HTML(STYLE), *children])
    box.add_class("gk-panel")
    return box


def no_exam(what: str) -> w.Widget:
    """Return what stands where there is no exam yet."""
    hint = "先在终端运行 govkit demo 看看样例（demo/exam），或在 assemble.ipynb 里组一场考试，再运行本页。"
    return panel(w.HTML(said_html(f"{what}{hint}")))


def person_field() -> w.Text:
    """Return the field for the name that goes on record."""
    return w.Text(value=login_name(), description="姓名", style=LABEL, layout=FIELD)


def passphrase_field(label: str = "答案口令") -> w.Password:
    """Return the hidden field for the passphrase of a key."""
    return w.Password(description=label, style=LABEL, layout=FIELD)


def text_field(label: str, value: str = "", hint: str = "") -> w.Text:
    """Return a field of text."""
    return w.Text(value=value, description=label, placeholder=hint, style=LABEL, layout=FIELD)


def button(label: str, work: Callable[[], None], *, main: bool = False) -> w.Button:
    """Return a button that does some work, and rests while it does."""
    found = w.Button(description=label, button_style="primary" if main else "")

    def pressed(_button: Any) -> None:
        found.disabled = True
        try:
            work()
        finally:
            found.disabled = False

    found.on_click(pressed)
    return found


def told(output: w.HTML, work: Callable[[], str]) -> bool:
    """Show what ``work`` returns as HTML, or the problems it refuses with; return whether it went well."""
    output.value = said_html("请稍候……")
    try:
        output.value = work()
    except GovkitError as error:
        output.value = problems_html(error.problems)
        return False
    return True


def said_html(text: str) -> str:
    """Return a remark."""
    return f'<div class="gk-said" role="status">{escape(text)}</div>'


def problems_html(problems: Sequence[Problem]) -> str:
    """Return problems, each with its place and its mend."""
    rows = "".join(
        f"<li>{escape(str(problem.where))}：{escape(problem.what)}<br>→ {escape(problem.repair)}</li>"
        for problem in problems
    )
    return f'<div class="gk-bad" role="alert"><ul>{rows}</ul></div>'


def frame_html(frame: Any) -> str:
    """Return a frame with Chinese headings as a table."""
    return table_html(list(frame.columns), frame.to_numpy().tolist())


def folder_html(folder: Path) -> str:
    """Return the line that says which exam a panel works on."""
    return f"<p>{escape(_('Exam folder: {folder}').format(folder=folder))}</p>"
