"""HTML in questions: reduced to a small safe set, and to plain text where nothing is lost."""

import re
from base64 import b64encode
from dataclasses import replace
from functools import lru_cache
from html import escape, unescape
from pathlib import Path

from markupsafe import Markup

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Face, Image, Option, Question, QuestionType, TextFormat

TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "sub", "sup", "ul", "ol", "li", "pre", "code"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "img"),
}
"""The tags kept; of all others the text stays, except of scripts and styles."""
_SHAPES = {"mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "munder", "mover", "munderover", "mtable"}
FORMULA = {*("math", "mrow", "mi", "mn", "mo", "mtext", "mtr", "mtd"), *_SHAPES}
"""The tags of MathML kept: those that say how a formula looks."""

_ATTRIBUTES = {"img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_IMAGE_NAME = re.compile(r"[\w\- ]{1,80}\.(?:png|jpe?g|gif)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FORMULA = re.compile(r"<math\b[^>]*>.*?</math>", re.IGNORECASE | re.DOTALL)
_TEX = re.compile(r'<annotation\b[^>]*encoding="[^"]*tex"[^>]*>(.*?)</annotation>', re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(r'<img[^>]*\ssrc="([^"]*)"')
_SRC = Markup('src="%s"')
_AT_END = Markup('<br><img src="%s" alt="%s">')


def clean(html: str) -> str:
    """Return HTML with only the safe tags and attributes, pictures by bare file name.

    A formula that is more than a row of signs stays MathML.
    """
    import nh3

    return nh3.clean(
        _FORMULA.sub(_formula, html),
        tags=TAGS | FORMULA,
        attributes=_ATTRIBUTES,
        url_schemes=set(),
        attribute_filter=_filter,
        link_rel=None,
    ).strip()


def to_html(text: str) -> str:
    r"""Return plain text as HTML: escaped, line ends as ``<br>``.

    Quotation marks stay as they are, so that banks keep what their authors typed: the text never enters an attribute.

    >>> to_html("a < b\n“b”")
    'a &lt; b<br>“b”'
    """
    return escape(text, quote=False).replace("\n", "<br>")


def to_plain(html: str) -> str | None:
    """Return clean HTML as plain text, or None if it has markup that plain text would lose."""
    tags = {name.lower() for _slash, name in _TAG.findall(html)}
    if tags - {"p", "br"}:
        return None
    lines = re.sub(r"</p>\s*<p>|<br\s*/?>\n?", "\n", html)
    return unescape(re.sub(r"</?p>", "", lines)).strip()


def text_of(html: str) -> str:
    """Return the bare text of HTML; all markup is lost."""
    import nh3

    return unescape(nh3.clean(html, tags=set(), attributes={}))


def tidy(question: Question) -> Question:
    """Return a question with clean HTML, or with plain texts if none of them needs HTML."""
    question = replace(question, parts=tuple(map(tidy, question.parts)))
    if question.markup == "plain":
        return question
    texts = [clean(text) for text in _texts(question)]
    plain = [to_plain(text) for text in texts]
    settled = [text for text in plain if text is not None]
    if len(settled) == len(texts) and not question.images:
        return _with_texts(replace(question, markup="plain"), settled)
    return _with_texts(question, texts)


def as_html(question: Question) -> Question:
    """Return a question with HTML texts; pictures of a plain question follow its stem."""
    question = replace(question, parts=tuple(map(as_html, question.parts)))
    if question.markup == "html":
        return question
    texts = [to_html(text) for text in _texts(question)]
    texts[0] += "".join(_AT_END % (image.name, "") for image in question.images)
    return _with_texts(replace(question, markup="html"), texts)


def image_names(question: Question) -> list[str]:
    """Return the names of the pictures that a question's HTML shows."""
    return [unescape(name) for text in _texts(question) for name in _SOURCE.findall(text)]


def good_image_name(name: str) -> bool:
    """Return whether a picture's name is a bare file name of a PNG, JPEG or GIF."""
    return bool(_IMAGE_NAME.fullmatch(name))


def _formula(found: re.Match[str]) -> str:
    """Return a formula as TeX where it carries that, as it is where its shape matters, else as its signs in a row."""
    tex = _TEX.search(found.group())
    if tex:
        return f"\\({tex.group(1)}\\)"
    shaped = _SHAPES & {name.lower() for _slash, name in _TAG.findall(found.group())}
    return found.group() if shaped else re.sub("<[^>]*>", "", found.group())


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) != ("img", "src"):
        return value
    name = unescape(value).rsplit("/", 1)[-1]
    return name if good_image_name(name) else None


def _texts(question: Question) -> list[str]:
    choices = [*question.options, *question.prompts]
    return [question.stem, question.explanation, *(choice.text for choice in choices)]


def _with_texts(question: Question, texts: list[str]) -> Question:
    stem, explanation, *choices = texts
    cut = len(question.options)
    return replace(
        question,
        stem=stem,
        explanation=explanation,
        options=tuple(Option(o.id, text) for o, text in zip(question.options, choices[:cut], strict=True)),
        prompts=tuple(Option(p.id, text) for p, text in zip(question.prompts, choices[cut:], strict=True)),
    )


@lru_cache(maxsize=1 << 14)
def text_html(text: str, markup: TextFormat) -> Markup:
    """Return a text of a question as HTML that a template shows as it is.

    >>> text_html("<b>甲</b><script>x</script>", "html"), text_html("甲 < 乙", "plain")
    (Markup('<b>甲</b>'), Markup('甲 &lt; 乙'))
    """
    return Markup(clean(text) if markup == "html" else to_html(text))  # noqa: S704 - cleaned, or escaped


@lru_cache(maxsize=1 << 14)
def plain_text(text: str, markup: TextFormat) -> str:
    """Return a text of a question without markup, for a label."""
    return text_of(text) if markup == "html" else text


def with_pictures(stem: Markup, question: Face | Question, alt: str = "") -> Markup:
    """Return a stem with the question's pictures inline: where its markup has them, else at its end.

    :param stem: what :func:`text_html` made of the question's stem.
    :param alt: the alternative text of a picture at the end; its name when left out.
    """
    for image in question.images:
        if question.markup == "html":
            stem = stem.replace(_SRC % image.name, _SRC % _url(image))
        else:
            stem += _AT_END % (_url(image), alt or image.name)
    return stem


def in_words(question: Face | Question, parts: tuple[str, ...]) -> str:
    """Return a decoded answer in words: letters with the texts of their options; "" for a blank answer."""
    if not parts:
        return ""
    markup = question.markup
    texts = {option.id: f"{option.id} {plain_text(option.text, markup)}" for option in question.options}
    words = [texts.get(part, part) for part in parts]
    match question.type:
        case QuestionType.TRUE_FALSE:
            return _("True") if parts == ("T",) else _("False")
        case QuestionType.ORDERING:
            return " → ".join(words)
        case QuestionType.MATCHING:
            pairs = zip(question.prompts, words, strict=False)
            return "；".join(f"{plain_text(prompt.text, markup)} — {text}" for prompt, text in pairs)
        case _:
            return "；".join(words)


@lru_cache(maxsize=32)
def _url(image: Image) -> Markup:
    """Return a picture as a data URL; base64 needs no escape, and escaping megabytes takes long."""
    return Markup(f"data:{escape(image.media_type)};base64,{b64encode(image.data).decode()}")  # noqa: S704


MAX_IMAGE = 2_000_000
"""Bytes of one picture."""

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def load_image(folder: Path, name: str, where: Where) -> tuple[Image | None, list[Problem]]:
    """Return the picture ``name`` of a folder, or None and what is wrong; never a file outside the folder."""
    if not good_image_name(name):
        return None, [_refused(where, name)]
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MAX_IMAGE + 1)
    except OSError:
        what = _("the picture “{name}” is missing").format(name=name)
        return None, [Problem(where, what, _("put it beside the bank"))]
    return checked_image(name, data, where)


def checked_image(name: str, data: bytes, where: Where) -> tuple[Image | None, list[Problem]]:
    """Return a picture whose name, size and first bytes are those of a PNG, JPEG or GIF, or None and what is wrong."""
    media_type = next((kind for begin, kind in _SIGNATURES.items() if data.startswith(begin)), None)
    if media_type is None or not good_image_name(name):
        return None, [_refused(where, name)]
    if len(data) > MAX_IMAGE:
        what = _("the picture “{name}” is larger than {limit} bytes").format(name=name, limit=MAX_IMAGE)
        return None, [Problem(where, what, _("make it smaller"))]
    return Image(name, media_type, data), []


def _refused(where: Where, name: str) -> Problem:
    what = _("“{name}” is no PNG, JPEG or GIF picture").format(name=name)
    return Problem(where, what, _("use one of these kinds and a plain file name"))
