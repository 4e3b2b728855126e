"""Recognise the kind of a file by its name and first bytes, and call its extractor."""

from collections.abc import Callable, Iterator
from pathlib import PurePath

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import office, pdf_text, pictures, text
from govkit.rendering.privacy.extract.part import Part, Unreadable

MOST_BYTES = 50_000_000
DEEPEST = 2

Opener = Callable[[bytes], Iterator[Part]]

_OPENERS: dict[str, Opener] = {
    ".csv": text.csv_text,
    ".htm": text.html,
    ".html": text.html,
    ".json": text.json_text,
    ".md": text.text,
    ".svg": text.svg,
    ".txt": text.text,
}
_PICTURES = (".gif", ".jpeg", ".jpg", ".png")
_OFFICE = (".docx", ".pptx", ".xlsx")
_STARTS = {".docx": b"PK", ".pdf": b"%PDF-", ".pptx": b"PK", ".xlsx": b"PK"}
_LOCKED = b"\xd0\xcf\x11\xe0"  # a compound file: an Office document under a password, or of before 2007


def parts(name: str, content: bytes, depth: int = 0) -> Iterator[Part]:
    """Yield the parts of a file; ``depth`` counts how many files it lies inside.

    :raises Unreadable: the file cannot be taken apart; possibly after some parts.
    """
    suffix = PurePath(name).suffix.lower()
    _refuse_unfit(suffix, content, depth)
    if suffix in _PICTURES:
        yield from pictures.picture(content)
    elif suffix == ".pdf":
        yield from pdf_text.pdf(content, lambda inner, data: parts(inner, data, depth + 1))
    elif suffix in _OFFICE:
        yield from office.office(content, lambda inner, data: parts(inner, data, depth + 1))
    elif suffix == ".ipynb":
        yield from text.notebook(content, lambda inner, data: parts(inner, data, depth + 1))
    else:
        yield from _OPENERS[suffix](content)


def _refuse_unfit(suffix: str, content: bytes, depth: int) -> None:
    if len(content) > MOST_BYTES:
        what = _("the file is larger than {limit} MB").format(limit=MOST_BYTES // 1_000_000)
        raise Unreadable(what, _("Make it smaller, or publish it in parts"))
    if depth > DEEPEST:
        raise Unreadable(_("files lie inside files inside files"), _("Take the embedded files out"))
    if content.startswith(_LOCKED):
        what = _("the file is under a password, or of an Office version before 2007")
        raise Unreadable(what, _("Save it without a password as .docx, .xlsx, .pptx or .pdf"))
    if suffix not in (*_OPENERS, *_PICTURES, *_STARTS, ".ipynb"):
        what = _("files of the kind “{suffix}” cannot be checked").format(suffix=suffix or "?")
        raise Unreadable(what, _("Publish it as .html, .docx, .xlsx, .pptx, .pdf, .csv or .txt"))
    start = _STARTS.get(suffix, b"")
    if not content.startswith(start):
        what = _("the file's name says {suffix}, its content says otherwise").format(suffix=suffix)
        raise Unreadable(what, _("Open the file in its own program and save it again"))
