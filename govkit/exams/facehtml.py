"""The texts of a question as safe HTML or as words, wherever it is shown: in the room, in practice, in panels."""

from base64 import b64encode
from functools import lru_cache
from html import escape

from govkit.exams.markup import clean, text_of, to_html
from govkit.exams.question import Face, Image, Markup, Question, QuestionType
from govkit.i18n import gettext as _


@lru_cache(maxsize=1 << 14)
def text_html(text: str, markup: Markup) -> str:
    """Return a text of a question as safe HTML."""
    return clean(text) if markup == "html" else to_html(text)


@lru_cache(maxsize=1 << 14)
def plain_text(text: str, markup: Markup) -> str:
    """Return a text of a question without markup, for a label."""
    return text_of(text) if markup == "html" else text


def with_pictures(stem_html: str, question: Face | Question, alt: str = "") -> str:
    """Return a stem's HTML with the question's pictures inline: where its markup has them, else at its end.

    :param alt: what is said of a picture at the end; its name when left out.
    """
    for image in question.images:
        if question.markup == "html":
            stem_html = stem_html.replace(f'src="{escape(image.name)}"', f'src="{_url(image)}"')
        else:
            stem_html += f'<br><img src="{_url(image)}" alt="{escape(alt or image.name)}">'
    return stem_html


def in_words(question: Face | Question, parts: tuple[str, ...]) -> str:
    """Return a decoded answer in words: letters with the texts of their options; "" for a blank answer."""
    if not parts:
        return ""
    markup = question.markup
    texts = {option.id: f"{option.id} {plain_text(option.text, markup)}" for option in question.options}
    said = [texts.get(part, part) for part in parts]
    match question.type:
        case QuestionType.TRUE_FALSE:
            return _("True") if parts == ("T",) else _("False")
        case QuestionType.ORDERING:
            return " → ".join(said)
        case QuestionType.MATCHING:
            pairs = zip(question.prompts, said, strict=False)
            return "；".join(f"{plain_text(prompt.text, markup)} — {text}" for prompt, text in pairs)
        case _:
            return "；".join(said)


def _url(image: Image) -> str:
    return f"data:{escape(image.media_type)};base64,{b64encode(image.data).decode()}"
