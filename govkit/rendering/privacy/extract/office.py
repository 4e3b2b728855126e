"""Word and Excel files: every XML part, its text and attributes, the properties, what is hidden, what is embedded."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import pictures
from govkit.rendering.privacy.extract.part import Part, Unreadable
from govkit.rendering.privacy.extract.text import attributes, joined, tree_of

Inner = Callable[[str, bytes], Iterator[Part]]

MOST_ENTRIES = 5_000
MOST_INSIDE = 100_000_000
MOST_RATIO = 300
_RATIO_FROM = 5_000_000
_BLOCKS = frozenset(("p", "tc", "tr", "si", "c", "v", "f", "tab", "br", "cr", "comment", "definedName", "pt")) | {
    f"{which}{part}" for which in ("odd", "even", "first") for part in ("Header", "Footer")
}
_AUTHORS = ("creator", "lastModifiedBy", "Manager")
_XML = (".vml", ".xml")
_FONTS = (".fntdata", ".odttf", ".ttf")
_CHANGES = frozenset(("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "sectPrChange"))
_PICTURES = (".gif", ".jpeg", ".jpg", ".png")


def office(content: bytes, inner: Inner) -> Iterator[Part]:
    """Yield the parts of a .docx or .xlsx; ``inner`` takes embedded files apart."""
    with _archive(content) as archive:
        if archive.comment:
            yield Part(_("archive"), archive.comment.decode("utf-8", "replace"), "about")
        for entry in archive.infolist():
            if not entry.is_dir():
                yield Part(entry.filename, entry.filename, "about")
                yield from _entry(entry.filename, _read(archive, entry), inner)


def _entry(name: str, content: bytes, inner: Inner) -> Iterator[Part]:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _XML or name.endswith(".rels"):
        yield from _xml(name, content)
    elif suffix in _PICTURES:
        yield from (Part(name, part.text, part.kind) for part in pictures.picture(content))
    elif "printerSettings" in name:
        yield Part(name, content.decode("utf-16-le", "ignore"), "about")
    elif suffix in (".docx", ".xlsx", ".pdf", ".txt", ".csv"):
        yield from (Part(f"{name} {part.place}", part.text, part.kind) for part in inner(name, content))
    elif suffix not in _FONTS:
        what = _("“{name}” is embedded and cannot be checked").format(name=name)
        raise Unreadable(what, _("Take the object, macro or old picture out, and save the file again"), name)


def _xml(name: str, content: bytes) -> Iterator[Part]:
    if not content.strip():
        return
    tree = tree_of(content)
    said, _code, comments = joined(tree, lambda tag: tag in _BLOCKS)
    yield Part(name, said)
    # Properties are in elements of their own, outside any block.
    yield Part(
        name, "\n".join(str(text) for text in tree.itertext()), "about" if name.startswith("docProps") else "text"
    )
    yield from (Part(name, words, "about") for words in comments)
    values = dict.fromkeys(value for _node, _name, value in attributes(tree))
    yield Part(name, "\n".join(values), "about")
    yield from _authors(name, tree)
    yield from (Part(name, what, "hidden") for what in dict.fromkeys(_hidden(name, tree)))


def _authors(name: str, tree: Any) -> Iterator[Part]:
    for node in tree.iter():
        tag = _tag(node)
        if name.startswith("docProps") and tag in _AUTHORS and (node.text or "").strip():
            yield Part(name, node.text.strip(), "author")
        if tag == "author" and name.startswith("xl/comments") and (node.text or "").strip():
            yield Part(name, node.text.strip(), "author")
    for _node, attribute, value in attributes(tree):
        if attribute == "author" and value.strip():
            yield Part(name, value.strip(), "author")


def _hidden(name: str, tree: Any) -> Iterator[str]:
    """Yield what an XML part hides from a reader, in words."""
    for node in tree.iter():
        tag = _tag(node)
        if name.startswith("word/"):
            if tag in _CHANGES:
                yield _("tracked changes")
            if tag == "vanish" and node.get(f"{node.tag.rpartition('}')[0]}}}val", "1") not in ("0", "false", "off"):
                yield _("hidden text")
        if tag in ("comment", "threadedComment") and "omments" in name:
            yield _("comments")
        if tag == "sheet" and node.get("state", "visible") != "visible":
            yield _("the hidden sheet “{name}”").format(name=node.get("name", ""))
        if tag in ("row", "col") and name.startswith("xl/worksheets/") and node.get("hidden") in ("1", "true"):
            yield _("hidden rows or columns")


def _tag(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _archive(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _damaged() from error
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if "[Content_Types].xml" not in names or len(set(names)) < len(names):
        raise _damaged()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unreadable(_("the file is encrypted"), _("Save it without a password"))
    bombs = [entry for entry in entries if _RATIO_FROM < entry.file_size > MOST_RATIO * max(entry.compress_size, 1)]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_INSIDE or bombs:
        raise Unreadable(
            _("the file would unpack to far more than a document holds"), _("Save it again, without the padding")
        )
    return archive


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise _damaged() from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma"):
            raise _damaged() from error
        raise
    if len(content) > entry.file_size:
        raise _damaged()
    return content


def _damaged() -> Unreadable:
    return Unreadable(_("the file is damaged"), _("Open it in Word, Excel or WPS and save it again"))
