"""Text taken literally, whatever it holds: in pandoc markdown, in HTML, as plain words."""

import html
import re
import unicodedata

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
