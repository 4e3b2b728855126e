"""Questions as HTML to be answered: one function a type, texts escaped or cut to the safe set.

What stands in an ``<input>`` or ``data-`` attribute is what :mod:`govkit.exams.bank.answers` writes: letters of the
paper, in whatever order the options are shown. The letter a candidate sees is the option's place
(A, B, C … from above).

Names that end in ``_html`` hold HTML; every other text is escaped where it enters a page.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

from markupsafe import Markup

from govkit.core.i18n import gettext as _
from govkit.exams.bank.markup import plain_text, text_html, with_pictures
from govkit.exams.bank.questions import Face, QuestionType, TextFormat
from govkit.exams.paper.paper import LETTERS
from govkit.room.domain.page_records import ItemView, QuestionView
from govkit.room.http.messages import label

BLANK = re.compile("_{4,}")
MOST_SHORT, MOST_LONG, MOST_NUMBER = 200, 5000, 40
"""How many characters a blank, a short answer and a number may have."""


def question_html(view: QuestionView) -> str:
    """Return a question with its fields; a case with those of all its parts."""
    name = f"q-{view.number}"
    inner = _case_html(view, name) if view.face.parts else _alone_html(view, name)
    flag_html = (
        f'<button type="button" class="flag needs-script" aria-pressed="false" aria-describedby="{name}-title">'
        f'<span aria-hidden="true">⚑ </span>{label("flag")}</button>'
    )
    return (
        f'<section class="question" id="{name}" data-question="{view.number}" aria-labelledby="{name}-title">'
        f'<div class="head"><h3 id="{name}-title" tabindex="-1">{_title_html(view.number, view.face)}</h3>'
        f"{flag_html}</div>{inner}</section>"
    )


def _alone_html(view: QuestionView, name: str) -> str:
    stem_html = f'<div class="stem" id="{name}-stem">{_stem_html(view.face)}</div>'
    return stem_html + _item_html(view.items[0], f"{name}-i", f"{name}-title {name}-stem")


def _case_html(view: QuestionView, name: str) -> str:
    story_html = f'<div class="stem story">{_stem_html(view.face)}</div>'
    return story_html + "".join(_part_html(item, at, f"{name}-{at}") for at, item in enumerate(view.items, start=1))


def _part_html(item: ItemView, at: int, name: str) -> str:
    return (
        f'<div class="part"><h4 id="{name}-title">（{at}） {_about_html(item.face)}</h4>'
        f'<div class="stem" id="{name}-stem">{_stem_html(item.face)}</div>'
        f"{_item_html(item, f'{name}-i', f'{name}-title {name}-stem')}</div>"
    )


def _title_html(number: str, face: Face) -> str:
    return f"{escape(_numbered_words(number))} {_about_html(face)}"


def _numbered_words(number: str) -> str:
    return _("Question {number}").format(number=number)


def _about_html(face: Face) -> str:
    said = _("{type} · {points} points").format(type=face.type.label, points=f"{face.points.normalize():f}")
    return f'<small class="about">{escape(said)}</small>'


def _item_html(item: ItemView, name: str, labelled: str) -> str:
    """Return the fields of an item, its saved mark and the button that clears it; the script works on ``data-``."""
    kind = item.face.type
    role = "radiogroup" if kind in (QuestionType.SINGLE_CHOICE, QuestionType.TRUE_FALSE) else "group"
    return (
        f'<div class="item" data-item="{escape(item.face.id)}" data-type="{kind.value}" '
        f'data-label="{escape(item.label)}">'
        f'<div class="fields" role="{role}" aria-labelledby="{labelled}">{_FIELDS[kind](item, name)}</div>'
        f'<p class="saving needs-script"><span class="mark"></span> <button type="button" class="clear" hidden '
        f'aria-describedby="{labelled.partition(" ")[0]}">{label("clear")}</button></p></div>'
    )


def _single_html(item: ItemView, name: str) -> str:
    return _choices_html(item, name, "radio")


def _multiple_html(item: ItemView, name: str) -> str:
    return _choices_html(item, name, "checkbox")


def _choices_html(item: ItemView, name: str, kind: str) -> str:
    return "".join(
        _choice_html((kind, name), LETTERS[at], option.id, option.text, item.face.markup)
        for at, option in enumerate(item.options)
    )


@lru_cache(maxsize=1 << 16)
def _choice_html(field: tuple[str, str], shown: str, value: str, text: str, markup: TextFormat) -> str:
    kind, name = field
    return (
        f'<label class="choice"><input type="{kind}" name="{name}" value="{escape(value)}">'
        f'<span class="letter">{shown}</span><span class="text">{text_html(text, markup)}</span></label>'
    )


def _truth_html(_item: ItemView, name: str) -> str:
    words = (("T", "√", _("True")), ("F", "×", _("False")))
    return "".join(_choice_html(("radio", name), sign, value, word, "plain") for value, sign, word in words)


def _blanks_html(item: ItemView, name: str) -> str:
    words = _("Blank {number}")
    return "".join(
        f'<label class="field" for="{name}-{at}"><span>{escape(words.format(number=at))}</span>'
        f'<input type="text" id="{name}-{at}" maxlength="{MOST_SHORT}" autocomplete="off" spellcheck="false"></label>'
        for at in range(1, item.face.blanks + 1)
    )


def _number_html(item: ItemView, name: str) -> str:
    unit_html = f'<span class="unit">{escape(item.face.unit)}</span>' if item.face.unit else ""
    return (
        f'<label class="field number" for="{name}-1"><span>{label("numeric")}</span>'
        f'<input type="text" id="{name}-1" inputmode="decimal" maxlength="{MOST_NUMBER}" autocomplete="off">'
        f"{unit_html}</label>"
    )


def _order_html(item: ItemView, name: str) -> str:
    """Return buttons that are pressed one after the other: the first pressed comes first."""
    hint = _("Press the items in the right order, the first one first; press one again to take it out.")
    hint_html = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>'
    rows = "".join(
        f'<li><button type="button" class="place" value="{escape(option.id)}" data-letter="{LETTERS[at]}" '
        f'aria-pressed="false" aria-describedby="{name}-hint"><span class="rank"></span>'
        f'<span class="letter">{LETTERS[at]}</span>'
        f'<span class="text">{text_html(option.text, item.face.markup)}</span></button></li>'
        for at, option in enumerate(item.options)
    )
    said_html = '<p class="order" aria-live="polite"></p>'
    return f'{hint_html}<ul class="places">{rows}</ul>{said_html}'


def _match_html(item: ItemView, name: str) -> str:
    markup = item.face.markup
    listed = "".join(
        f'<li><span class="letter">{LETTERS[at]}</span><span class="text">{text_html(option.text, markup)}</span></li>'
        for at, option in enumerate(item.options)
    )
    options = "".join(
        f'<option value="{escape(option.id)}">{LETTERS[at]}. {escape(plain_text(option.text, markup))}</option>'
        for at, option in enumerate(item.options)
    )
    choose = escape(_("(choose)"))
    rows = "".join(
        f'<label class="field match" for="{name}-{at}"><span>{text_html(prompt.text, markup)}</span>'
        f'<select id="{name}-{at}" data-prompt="{escape(prompt.id)}"><option value="">{choose}</option>{options}'
        f"</select></label>"
        for at, prompt in enumerate(item.face.prompts, start=1)
    )
    return f'<ul class="options">{listed}</ul>{rows}'


def _short_html(_item: ItemView, name: str) -> str:
    return (
        f'<label class="field long" for="{name}-1"><span>{label("your_answer")}</span>'
        f'<textarea id="{name}-1" rows="7" maxlength="{MOST_LONG}" autocomplete="off"></textarea></label>'
    )


def _case_item_html(_item: ItemView, _name: str) -> str:
    raise ValueError("a case is answered part by part")


_FIELDS: dict[QuestionType, Callable[[ItemView, str], str]] = {
    QuestionType.SINGLE_CHOICE: _single_html,
    QuestionType.MULTIPLE_CHOICE: _multiple_html,
    QuestionType.TRUE_FALSE: _truth_html,
    QuestionType.FILL_IN: _blanks_html,
    QuestionType.NUMERIC: _number_html,
    QuestionType.ORDERING: _order_html,
    QuestionType.MATCHING: _match_html,
    QuestionType.SHORT_ANSWER: _short_html,
    QuestionType.CASE: _case_item_html,
}


def _stem_html(face: Face) -> str:
    """Return a stem with its pictures inline and its blanks numbered."""
    shown = text_html(face.stem, face.markup)
    numbered = Markup(_numbered(shown)) if face.blanks > 1 else shown  # noqa: S704 - text_html escapes or cleans
    return with_pictures(numbered, face, _("Picture of the question"))


def _numbered(stem_html: str) -> str:
    numbers = iter(range(1, 1000))
    return BLANK.sub(lambda found: f'<span class="blank">（{next(numbers)}）{found.group()}</span>', stem_html)
