"""Questions and tables as HTML for a panel."""

from collections.abc import Sequence
from html import escape

from govkit.exams.facehtml import text_html, with_pictures
from govkit.exams.paper import Paper
from govkit.exams.question import Face, Question, QuestionType


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
