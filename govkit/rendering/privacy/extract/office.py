"""Word, Excel and PowerPoint files: every XML part, the properties, what is hidden, what is embedded."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import pictures
from govkit.rendering.privacy.extract.part import Part, Unreadable
from govkit.rendering.privacy.extract.text import attributes, columns, joined, tree_of

Inner = Callable[[str, bytes], Iterator[Part]]

MOST_ENTRIES = 5_000
MOST_INSIDE = 100_000_000
MOST_RATIO = 300
_RATIO_FROM = 5_000_000
_BLOCKS = frozenset(("p", "tc", "tr", "si", "c", "v", "f", "tab", "br", "cr", "comment", "definedName", "pt", "dt")) | {
    f"{which}{part}" for which in ("odd", "even", "first") for part in ("Header", "Footer")
}
_AUTHORS = ("creator", "lastModifiedBy", "Manager")
_XML = (".vml", ".xml")
_PAGE_NUMBER = " 0123456789‹#›"
_INNER = (".csv", ".docx", ".htm", ".html", ".json", ".md", ".pdf", ".pptx", ".svg", ".txt", ".xlsx")
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_FONTS = (".fntdata", ".odttf", ".ttf")
_CHANGES = frozenset(("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "sectPrChange"))
_PICTURES = (".gif", ".jpeg", ".jpg", ".png")


def office(content: bytes, inner: Inner) -> Iterator[Part]:
    """Yield the parts of a .docx, .xlsx or .pptx; ``inner`` takes embedded files apart."""
    with _archive(content) as archive:
        about = [archive.comment, *(entry.comment for entry in archive.infolist())]
        about += [entry.extra for entry in archive.infolist()]
        yield Part(_("archive"), "\n".join(one.decode("utf-8", "replace") for one in about if one), "about")
        _refuse_between(archive, len(content))
        sheets: dict[str, Any] = {}
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            yield Part(entry.filename, entry.filename, "about")
            data = _read(archive, entry)
            yield from _entry(entry.filename, data, inner)
            if entry.filename.startswith(("xl/worksheets/", "xl/sharedStrings")) and data.strip():
                sheets[entry.filename] = tree_of(data) if entry.filename.endswith(".xml") else None
        yield from _grids(sheets)


def _refuse_between(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive in which more than headers lies between its entries."""
    entries = archive.infolist()
    inside = sum(
        2 * len(entry.filename.encode()) + 2 * len(entry.extra) + len(entry.comment) + entry.compress_size + 76 + 40
        for entry in entries
    )
    if size > inside + len(archive.comment) + 1_000:
        raise Unreadable(_("something is hidden in the file between its parts"), _save_again())


def _grids(trees: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the text of every sheet, read along its rows and down its columns."""
    strings = [
        joined(item, lambda _tag: False)[0]
        for name, tree in trees.items()
        if name.startswith("xl/sharedStrings")
        for item in tree
    ]
    for name, tree in trees.items():
        if not name.startswith("xl/worksheets/") or tree is None:
            continue
        rows = [
            [_cell(cell, strings) for cell in row if _tag(cell) == "c"] for row in tree.iter() if _tag(row) == "row"
        ]
        yield Part(name, "\n".join("\t".join(row) for row in rows))
        down = ("\n".join(cell for cell in column if cell) for column in zip_longest(*rows, fillvalue=""))
        yield Part(name, "\n\n".join(down), "column")


def _cell(cell: Any, strings: list[str]) -> str:
    """Return what a cell shows: a text, or a number without exponent and empty decimals."""
    value = next((str(node.text or "") for node in cell if _tag(node) == "v"), "")
    if cell.get("t") == "s":
        return strings[int(value)] if value.isdigit() and int(value) < len(strings) else ""
    if not value:
        return "".join(str(text) for text in cell.itertext())
    if _EXPONENT.fullmatch(value):
        number = float(value)
        return f"{number:.0f}" if abs(number) < 1e21 and number == int(number) else value
    return value


def _entry(name: str, content: bytes, inner: Inner) -> Iterator[Part]:
    suffix = PurePosixPath(name).suffix.lower()
    if "thumbnail" in name.lower():
        yield Part(name, _("a thumbnail of the document"), "hidden")
    if suffix in _XML or name.endswith(".rels"):
        yield from _xml(name, content)
    elif suffix in _PICTURES:
        yield from (Part(name, part.text, part.kind, part.pixels) for part in pictures.picture(content))
    elif "printerSettings" in name:
        yield Part(name, content.decode("utf-16-le", "ignore"), "about")
    elif suffix in _INNER:
        yield from (Part(f"{name} {part.place}", part.text, part.kind, part.pixels) for part in inner(name, content))
    elif suffix not in _FONTS:
        what = _("“{name}” is embedded and cannot be checked").format(name=name)
        raise Unreadable(what, _("Take the object, macro or old picture out, and save the file again"), name)


def _xml(name: str, content: bytes) -> Iterator[Part]:
    if not content.strip():
        return
    tree = tree_of(content)
    said, _code, comments = joined(tree, lambda tag: tag in _BLOCKS)
    yield Part(name, said)
    yield from (Part(name, words, "column") for words in columns(tree))
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
    slides = name.startswith("ppt/")
    for node in tree.iter():
        tag = _tag(node)
        if name.startswith("word/"):
            if tag in _CHANGES:
                yield _("tracked changes")
            if tag == "vanish" and node.get(f"{node.tag.rpartition('}')[0]}}}val", "1") not in ("0", "false", "off"):
                yield _("hidden text")
        elif slides:
            yield from _hidden_in_slide(name, tag, node)
        if tag in ("comment", "threadedComment") and "omments" in name:
            yield _("comments")
        if tag == "sheet" and node.get("state", "visible") != "visible":
            yield _("the hidden sheet “{name}”").format(name=node.get("name", ""))
        if tag in ("row", "col") and name.startswith("xl/worksheets/") and node.get("hidden") in ("1", "true"):
            yield _("hidden rows or columns")


def _hidden_in_slide(name: str, tag: str, node: Any) -> Iterator[str]:
    if tag == "sld" and node.get("show") in ("0", "false"):
        yield _("a hidden slide")
    if tag == "cNvPr" and node.get("hidden") in ("1", "true"):
        yield _("a hidden object")
    if tag == "cm" and "omment" in name:
        yield _("comments")
    if tag == "notes" and any(_tag(one) == "t" and (one.text or "").strip(_PAGE_NUMBER) for one in node.iter()):
        yield _("notes of the speaker")


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
    return Unreadable(_("the file is damaged"), _save_again())


def _save_again() -> str:
    return _("Open it in Word, Excel or WPS and save it again")
