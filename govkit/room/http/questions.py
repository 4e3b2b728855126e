"""Questions as HTML to be answered, from the template ``question.html``.

An ``<input>`` or ``data-`` attribute holds what :mod:`govkit.exams.bank.answers` writes: the letters of the paper, in
whatever order the options are shown. The letter a candidate sees is the option's place (A, B, C … from the top).
"""

import re
from types import SimpleNamespace

from markupsafe import Markup

from govkit.core import html
from govkit.exams.bank.markup import plain_text, text_html, with_pictures
from govkit.exams.bank.questions import Face
from govkit.exams.paper.paper import LETTERS
from govkit.room.domain.page_records import QuestionView
from govkit.room.http.messages import page_text

BLANK = re.compile("_{4,}")
LIMITS = SimpleNamespace(blank=200, short_answer=5000, number=40)
"""How many characters a blank, a short answer and a number may have."""


def question_html(view: QuestionView) -> str:
    """Return a question with its fields; a case with those of all its parts."""
    page = html.render(
        "room/question.html",
        view=view,
        text=page_text(),
        letters=LETTERS,
        limits=LIMITS,
        stem=_stem,
        about=_about,
        rich=text_html,
        plain_text=plain_text,
    )
    return str(page)


def _about(face: Face) -> str:
    words: str = page_text().about
    return words.format(type=face.type.label, points=f"{face.points.normalize():f}")


def _stem(face: Face) -> Markup:
    """Return a stem with its pictures inline and its blanks numbered."""
    shown = text_html(face.stem, face.markup)
    numbered = _numbered(shown) if face.blanks > 1 else shown
    return with_pictures(numbered, face, page_text().picture)


def _numbered(stem: Markup) -> Markup:
    numbers = iter(range(1, 1000))
    return Markup(BLANK.sub(lambda found: f'<span class="blank">（{next(numbers)}）{found.group()}</span>', stem))  # noqa: S704 - only a number is added
