"""HTML in questions: cut to a small safe set, and turned to plain text where nothing is lost by it."""

import re
from dataclasses import replace
from html import escape, unescape

from govkit.exams.question import Option, Question

TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "sub", "sup", "ul", "ol", "li", "pre", "code"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "img"),
}
"""The tags kept; everything else is dropped, its text stays (scripts and styles go with their text)."""

_ATTRIBUTES = {"img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_IMAGE_NAME = re.compile(r"[\w\- ]{1,80}\.(?:png|jpe?g|gif)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FORMULA = re.compile(r"<math\b[^>]*>.*?</math>", re.IGNORECASE | re.DOTALL)
_TEX = re.compile(r'<annotation\b[^>]*encoding="[^"]*tex"[^>]*>(.*?)</annotation>', re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(r'<img[^>]*\ssrc="([^"]*)"')


def clean(html: str) -> str:
    """Return HTML with only the safe tags and attributes; pictures only by a bare file name, formulas as text."""
    import nh3

    return nh3.clean(
        _FORMULA.sub(_formula, html),
        tags=TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(),
        attribute_filter=_filter,
        link_rel=None,
    ).strip()


def to_html(text: str) -> str:
    """Return plain text as HTML: escaped, line ends as ``<br>``."""
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
    """Return a question whose HTML is clean, as plain text if all its texts can be plain."""
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
    """Return a question with HTML texts; pictures of a plain one are shown after its stem."""
    question = replace(question, parts=tuple(map(as_html, question.parts)))
    if question.markup == "html":
        return question
    texts = [to_html(text) for text in _texts(question)]
    texts[0] += "".join(f'<br><img src="{escape(image.name)}" alt="">' for image in question.images)
    return _with_texts(replace(question, markup="html"), texts)


def image_names(question: Question) -> list[str]:
    """Return the names of the pictures that a question's HTML shows."""
    return [unescape(name) for text in _texts(question) for name in _SOURCE.findall(text)]


def good_image_name(name: str) -> bool:
    """Tell whether a picture's name is a bare file name of a kind that is carried (PNG, JPEG, GIF)."""
    return bool(_IMAGE_NAME.fullmatch(name))


def _formula(found: re.Match[str]) -> str:
    tex = _TEX.search(found.group())
    return f"\\({tex.group(1)}\\)" if tex else re.sub("<[^>]*>", "", found.group())


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
