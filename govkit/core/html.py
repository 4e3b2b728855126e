"""HTML and text that is shown as it is: the one template environment, and escapes for markdown and HTML.

A template lies in the ``templates`` folder of its room and is named by both: ``room/sign_in.html``. What a template
shows is escaped unless it is :class:`markupsafe.Markup`; an unknown variable is an error, never an empty text.
"""

import html
import re
import unicodedata
from functools import cache
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

_PACKAGE = Path(__file__).parents[1]
_SPACE = re.compile(r"\s+")
_ASCII_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Controls that reorder or hide what a reader sees; a name may not carry them into a document.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])


def plain(text: object) -> str:
    """Return ``text`` on one line, runs of space as one, without control, reordering and lone surrogate characters."""
    words = _SPACE.sub(_kept_space, str(text)).translate(_BIDI)
    return "".join(char for char in words if unicodedata.category(char) not in {"Cc", "Cs"}).strip(" ")


def in_markdown(text: object) -> str:
    """Return pandoc markdown that shows ``text`` as it is; every ASCII punctuation mark is escaped."""
    return _ASCII_PUNCTUATION.sub(r"\\\1", plain(text))


def in_html(text: object) -> str:
    """Return HTML that shows ``text`` as it is, in an element or an attribute."""
    return html.escape(plain(text))


def _kept_space(found: re.Match[str]) -> str:
    run = found.group()
    return run if set(run) == {"\u3000"} else " "


def render(template: str, /, **values: object) -> Markup:
    """Return a template filled in, as HTML that another template shows unescaped.

    :param template: the room and the file, such as ``room/sign_in.html``.
    :raises jinja2.UndefinedError: the template names a variable that is not among ``values``.
    """
    return Markup(environment().get_template(template).render(**values))  # noqa: S704 - autoescape is on


@cache
def environment() -> Environment:
    """Return the environment of all templates; each is read and compiled once a process."""
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _source(template: str) -> str | None:
    room, _slash, name = template.partition("/")
    file = _PACKAGE / room / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None
