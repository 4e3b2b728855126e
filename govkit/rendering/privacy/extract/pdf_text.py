"""PDF: the text of every page, every text of every object (properties, notes, forms, links), attachments."""

import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import pdf_layout, pictures
from govkit.rendering.privacy.extract.part import Part, Unreadable
from govkit.rendering.privacy.extract.text import tree_of

Inner = Callable[[str, bytes], Iterator[Part]]

MOST_PAGES = 2_000
MOST_OBJECTS = 200_000
MOST_DRAWN = 10_000_000
"""The most bytes of a page's drawing: reading them takes seconds a megabyte."""
_DEEPEST = 40
_UPDATES = re.compile(rb"startxref\s+\d+")
_LINE_END = re.compile(r"(?<=[\u4e00-\u9fff])\n(?=[\u4e00-\u9fff])")
_NO_LETTERS = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")


def pdf(content: bytes, inner: Inner) -> Iterator[Part]:
    """Yield the parts of a PDF; ``inner`` takes attached files apart."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Unreadable(_("the file is encrypted"), _("Export it without a password"))
        if len(reader.pages) > MOST_PAGES:
            raise Unreadable(_("the file has too many pages"), _("Publish it in parts"))
        yield from _earlier(content)
        yield from _objects(reader, inner)
        for number, page in enumerate(reader.pages, 1):
            yield from _page(_("page {number}").format(number=number), page)
        yield from pdf_layout.layout(content)
        for number, page in enumerate(reader.pages):
            if "/XObject" in (page.get("/Resources") or {}):
                drawn = partial(pdf_layout.drawn_page, content, number)
                yield Part(_("page {number}").format(number=number + 1), "", "picture", drawn)
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise Unreadable(_("the file is damaged"), _("Export it again")) from error


def _page(place: str, page: Any) -> Iterator[Part]:
    """Yield the text of a page, and again with its lines joined, because a line may end within a word."""
    drawn = page.get_contents()
    if drawn is not None and len(drawn.get_data()) > MOST_DRAWN:
        raise Unreadable(_("the file has too many parts"), _("Export it again"), place)
    text = page.extract_text() or ""
    if len(_NO_LETTERS.findall(text)) > len(text) / 4:
        raise _illegible(place)
    if not text.strip() and "/XObject" in (page.get("/Resources") or {}):
        what = _("the page is a picture without text")
        raise Unreadable(what, _("Export the document itself as PDF, not a scan of it"), place)
    yield Part(place, text)
    yield Part(place, _LINE_END.sub("", text))


def _earlier(content: bytes) -> Iterator[Part]:
    """Yield a part if the file was saved incrementally: earlier versions are still in it."""
    most = 2 if b"/Linearized" in content[:2048] else 1
    if len(_UPDATES.findall(content)) > most:
        yield Part(_("file"), _("earlier versions of the document"), "hidden")


def _objects(reader: Any, inner: Inner) -> Iterator[Part]:
    from pypdf.generic import IndirectObject, NullObject

    count = int(reader.trailer["/Size"])
    if count > MOST_OBJECTS:
        raise Unreadable(_("the file has too many parts"), _("Export it again"))
    authors = _authors(reader)
    for words in authors:
        yield Part(_("properties"), words, "author")
    for number in range(1, count):
        found = reader.get_object(IndirectObject(number, 0, reader))
        if found is None or isinstance(found, NullObject):
            continue
        yield Part(_("properties"), "\n".join(_texts(found, 0)), "about")
        for one in _dictionaries(found, 0):
            yield from _special(one, inner)
    info = reader.trailer.get("/Info")
    if info is not None and not isinstance(info, IndirectObject):
        yield Part(_("properties"), "\n".join(_texts(info, 0)), "about")


def _authors(reader: Any) -> list[str]:
    about = reader.metadata
    return [about["/Author"].strip()] if about and str(about.get("/Author", "")).strip() else []


def _special(found: Any, inner: Inner) -> Iterator[Part]:
    """Yield the parts of an object that is a file, a picture, metadata, or a font without readable letters."""
    for attached in (found.get("/EF") or {}).values():
        name = str(found.get("/UF") or found.get("/F") or "?")
        place = _("attachment {name}").format(name=name)
        yield from (
            Part(f"{place} {part.place}", part.text, part.kind, part.pixels) for part in inner(name, _data(attached))
        )
    if found.get("/Subtype") == "/Image":
        raw = getattr(found, "_data", b"")
        if isinstance(raw, bytes) and raw.startswith(b"\xff\xd8\xff"):
            yield from (part for part in pictures.picture(raw) if part.kind != "picture")
    if found.get("/Type") == "/Metadata":
        yield from _xmp(_data(found))
    if found.get("/Subtype") == "/Type0" and "/ToUnicode" not in found and "Identity" in str(found.get("/Encoding")):
        raise _illegible(str(found.get("/BaseFont", "")).lstrip("/"))
    script = found.get("/JS")
    if script is not None and hasattr(script.get_object(), "get_data"):
        yield Part(_("properties"), _data(script).decode("utf-8", "replace"), "about")


def _xmp(content: bytes) -> Iterator[Part]:
    tree = tree_of(content.strip())
    yield Part(_("properties"), "\n".join(str(text) for text in tree.itertext()), "about")
    for node in tree.iter():
        if isinstance(node.tag, str) and node.tag.rpartition("}")[2] == "creator":
            words = "".join(str(text) for text in node.itertext()).strip()
            if words:
                yield Part(_("properties"), words, "author")


def _data(stream: Any) -> bytes:
    content: bytes = stream.get_object().get_data()
    return content


def _dictionaries(value: Any, depth: int) -> Iterator[Any]:
    """Yield the dictionaries of an object, not those of the objects it points at."""
    from pypdf.generic import ArrayObject, DictionaryObject

    if depth > _DEEPEST:
        raise Unreadable(_("the file has too many parts"), _("Export it again"))
    if isinstance(value, DictionaryObject):
        yield value
    if isinstance(value, DictionaryObject | ArrayObject):
        for inner in value.values() if isinstance(value, DictionaryObject) else value:
            yield from _dictionaries(inner, depth + 1)


def _texts(value: Any, depth: int) -> Iterator[str]:
    """Yield the texts of an object, not those of the objects it points at."""
    from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, TextStringObject

    if depth > _DEEPEST:
        raise Unreadable(_("the file has too many parts"), _("Export it again"))
    if isinstance(value, TextStringObject):
        yield str(value)
    elif isinstance(value, ByteStringObject):
        yield bytes(value).decode("utf-8", "replace")
    elif isinstance(value, DictionaryObject):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, ArrayObject):
        for inner in value:
            yield from _texts(inner, depth + 1)


def _illegible(place: str) -> Unreadable:
    what = _("the letters of the page cannot be read as text")
    return Unreadable(what, _("Export it again with its fonts, or publish it as .docx or .html"), place)
