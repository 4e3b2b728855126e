"""Plain text, JSON and notebooks."""

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import pictures
from govkit.rendering.privacy.extract.part import Part, Unreadable

Inner = Callable[[str, bytes], Iterator[Part]]

_DISPLAYED = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "application/pdf": ".pdf"}
"""Kinds of a notebook's outputs and attachments that are files in Base64, by the ending of such files."""


_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decoded(content: bytes) -> str:
    """Return the text of UTF-8, UTF-16 with a byte order mark, or GB18030.

    :raises Unreadable: any other encoding.
    """
    encodings = ("utf-16",) if content[:2] in _MARKS else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in words:
            return words
    raise Unreadable(_("the text is neither UTF-8 nor GB18030"), _("Save it as UTF-8"))


def text(content: bytes) -> Iterator[Part]:
    """Yield plain text, CSV or Markdown; what is not UTF-8 may also be Big5."""
    said = decoded(content)
    yield Part(_("text"), said)
    with suppress(UnicodeDecodeError):
        if said.encode("utf-8", "replace") not in (content, content[3:]) and content[:2] not in _MARKS:
            yield Part(_("text"), content.decode("big5"))


def csv_text(content: bytes) -> Iterator[Part]:
    """Yield a CSV file as it stands, and its cells along the rows and down the columns."""
    yield from text(content)
    try:
        rows = list(csv.reader(io.StringIO(decoded(content), newline="")))
    except csv.Error as error:
        raise Unreadable(_("the file is no well-formed CSV"), _("Open it in Excel or WPS and save it again")) from error
    yield Part(_("text"), "\n".join("\t".join(row) for row in rows))
    down = ("\n".join(cell for cell in column if cell) for column in zip_longest(*rows, fillvalue=""))
    yield Part(_("text"), "\n\n".join(down), "column")


def json_text(content: bytes) -> Iterator[Part]:
    """Yield every text and number of a JSON file, each under the names that lead to it, and all of them together."""
    yield from _with_all(list(_leaves(_loaded(content), "")))


def notebook(content: bytes, inner: Inner) -> Iterator[Part]:
    """Yield every text of a notebook: cells, parameters, outputs, metadata, attachments.

    :param inner: takes the files in outputs and attachments apart.
    """
    found = _loaded(content)
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise _not_json()
    for number, cell in enumerate(found["cells"], 1):
        place = _("cell {number}").format(number=number)
        yield from (Part(place, part.text, part.kind) for part in _with_all(list(_leaves(cell, ""))))
        if isinstance(cell, dict):
            for bundle in _bundles(cell):
                yield from (Part(place, part.text, part.kind, part.pixels) for part in _displayed(bundle, inner))
    about = {name: value for name, value in found.items() if name != "cells"}
    yield from (Part(_("metadata"), part.text, "about") for part in _with_all(list(_leaves(about, ""))))


def _bundles(cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the outputs and attachments of a cell, each as its contents by kind."""
    for output in cell.get("outputs") or []:
        if isinstance(output, dict) and isinstance(output.get("data"), dict):
            yield output["data"]
    attachments = cell.get("attachments")
    for attached in attachments.values() if isinstance(attachments, dict) else []:
        if isinstance(attached, dict):
            yield attached


def _displayed(bundle: dict[str, Any], inner: Inner) -> Iterator[Part]:
    for kind, shown in bundle.items():
        said = "".join(shown) if isinstance(shown, list) else str(shown)
        if kind == "text/html" and said.strip():
            yield from html(said.encode())
        elif kind == "image/svg+xml":
            yield from svg(said.encode())
        elif kind in _DISPLAYED:
            yield from inner(f"_{_DISPLAYED[kind]}", _decoded(said, base64_coded=True))


def _with_all(leaves: list[Part]) -> Iterator[Part]:
    """Yield parts, and their texts together, since a value may be spread over several."""
    yield from leaves
    texts = [part.text for part in leaves if part.kind == "text" and len(part.text) < 40]
    if len(texts) > 1:
        yield Part("", "\n".join(texts))


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(decoded(content))
    except ValueError as error:
        raise _not_json() from error


def _not_json() -> Unreadable:
    return Unreadable(_("the file is no well-formed JSON"), _("Save it again from the program that made it"))


def _leaves(value: Any, place: str) -> Iterator[Part]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield Part(place, str(name), "about")
            if name not in _DISPLAYED:
                yield from _leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        if value and all(isinstance(inner, str) for inner in value):
            yield Part(place, "".join(value))  # lines of a cell
        else:
            for inner in value:
                yield from _leaves(inner, place)
    elif value is not None and not isinstance(value, bool):
        yield Part(place, str(value))


_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s")
) | {
    *(
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "var",
        "wbr",
        "ruby",
        "rb",
        "nobr",
        "big",
        "tt",
        "time",
        "strike",
        "data",
        "output",
        "font",
    )
}
_CODE = ("script", "style")
_ANNOTATIONS = frozenset(("rt", "rp", "rPh", "instrText", "delText", "fldData"))
"""Elements whose text stands beside a line, such as the pronunciation of a character, and not in it."""
_UNSHOWN = re.compile(r"display:none|visibility:hidden|font-size:0(?![.\d])|opacity:0(?![.\d])", re.IGNORECASE)
_BACKWARDS = re.compile(r"direction:rtl|bidi-override", re.IGNORECASE)
_TABLES = {"table": ("tr", ("td", "th")), "tbl": ("tr", ("tc",))}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CHARSETS = ("utf-8", "utf8", "utf-16", "gbk", "gb2312", "gb18030", "us-ascii", "ascii")
_DATA = re.compile(r"data:([\w.+/-]*)((?:;[\w=.-]+)*),([^\s\"')]*)")
_NAMES_AUTHOR = ("author", "creator", "dc.creator", "dcterms.creator", "owner")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def html(content: bytes) -> Iterator[Part]:
    """Yield the text of an HTML page, its attributes, comments, scripts and what lies in ``data:`` addresses."""
    from lxml import etree
    from lxml import html as lxml_html

    words = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(content))
    if not words.strip():
        return
    charset = _CHARSET.search(words[:2048])
    if charset and charset[1].lower() not in _CHARSETS:
        raise Unreadable(_("the text is neither UTF-8 nor GB18030"), _("Save it as UTF-8"))
    try:
        tree = lxml_html.document_fromstring(words)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(_("the file is no well-formed HTML"), _("Export it again")) from error
    yield from _of_tree(tree, lambda tag: tag not in _INLINE)


def svg(content: bytes) -> Iterator[Part]:
    """Yield the text, attributes and metadata of an SVG picture."""
    yield from _of_tree(tree_of(content), lambda _tag: True)


def tree_of(content: bytes) -> Any:
    """Return the tree of an XML file.

    :raises Unreadable: it declares entities or a DOCTYPE, or is not well-formed.
    """
    from lxml import etree

    # Only the text before the root can declare entities; a drawn picture may name a DTD, which is not fetched.
    declared = _DOCTYPE.findall(content[:4096])
    if any(found.upper() == b"ENTITY" for found in declared) or b"<!ENTITY" in content:
        raise Unreadable(_("the file declares entities"), _("Export it again"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(_("the file is no well-formed XML"), _("Export it again")) from error


def joined(tree: Any, ends_block: Any, is_left_out: Any = None) -> tuple[str, list[str], list[str]]:
    """Return the text with a line end where a block begins or ends, the scripts, and the comments.

    :param is_left_out: whether an element is left out with what it holds; what stands beside a line always is.
    """
    said: list[str] = []
    code: list[str] = []
    comments: list[str] = []

    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        node, done = stack.pop()
        tag = _local(node)
        if done or not tag:
            if not tag:
                comments.append(node.text or "")
            elif ends_block(tag):
                said.append("\n")
            said.append(node.tail or "" if node is not tree else "")
            continue
        if tag in _ANNOTATIONS or (is_left_out is not None and is_left_out(node)):
            said.append(node.tail or "" if node is not tree else "")
            continue
        if ends_block(tag):
            said.append("\n")
        (code if tag in _CODE else said).append(node.text or "")
        stack.append((node, True))
        stack += [(child, False) for child in reversed(node)]
    return "".join(said), code, comments


def columns(tree: Any) -> Iterator[str]:
    """Yield the text of every table read down its columns, a line a cell."""
    for table in tree.iter():
        if _local(table) not in _TABLES:
            continue
        row_tag, cell_tags = _TABLES[_local(table)]
        rows = [
            ["".join(map(str, cell.itertext())).strip() for cell in row if _local(cell) in cell_tags]
            for row in table.iter()
            if _local(row) == row_tag
        ]
        if len(rows) > 1:
            yield "\n\n".join("\n".join(cells) for cells in zip_longest(*rows, fillvalue=""))


def _is_unshown(node: Any) -> bool:
    style = re.sub(r"\s", "", node.get("style") or "")
    return node.get("hidden") is not None or bool(_UNSHOWN.search(style))


def _is_backwards(tree: Any) -> bool:
    return any(
        str(node.get("dir", "")).lower() == "rtl" or _BACKWARDS.search(re.sub(r"\s", "", node.get("style") or ""))
        for node in tree.iter()
        if isinstance(node.tag, str)
    )


def attributes(tree: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield every attribute: the element, the attribute's name without its namespace, its value."""
    for node in tree.iter():
        if isinstance(node.tag, str):
            for name, value in node.attrib.items():
                yield node, str(name).rpartition("}")[2], str(value)


def _of_tree(tree: Any, ends_block: Any) -> Iterator[Part]:
    said, code, comments = joined(tree, ends_block)
    backwards = (
        "\u202e" if _is_backwards(tree) or any(_BACKWARDS.search(re.sub(r"\s", "", one)) for one in code) else ""
    )
    shown = joined(tree, ends_block, _is_unshown)[0]
    beside = "\n".join(str(node.text or "") for node in tree.iter() if _local(node) in _ANNOTATIONS)
    for words in dict.fromkeys((said, shown, beside)):
        yield Part(_("text"), backwards + words)
    yield from (Part(_("text"), words, "column") for words in columns(tree))
    yield from (Part(_("script or style"), words, "about") for words in code)
    yield from (Part(_("comment"), words, "about") for words in comments)
    values = []
    for node, name, value in attributes(tree):
        if name == "content" and str(node.get("name", "")).lower() in _NAMES_AUTHOR:
            yield Part(_("metadata"), value, "author")
        if name == "srcdoc":
            yield from html(value.encode())
        yield from _addressed(value)
        values.append(_DATA.sub("", value))
    yield Part(_("attributes"), "\n".join(dict.fromkeys(values)), "about")
    for words in code:
        yield from _addressed(words)


def _addressed(value: str) -> Iterator[Part]:
    """Yield the parts of the files in ``data:`` addresses of an attribute or a style."""
    for kind, options, data in _DATA.findall(value):
        content = _decoded(data, base64_coded=";base64" in options)
        if kind == "image/svg+xml":
            yield from svg(content)
        elif kind.startswith("image/"):
            yield from pictures.picture(content)
        elif kind.startswith("text/") or not kind:
            yield Part(_("attributes"), content.decode(errors="replace"), "about")
        elif not kind.startswith("font/"):
            what = _("the page holds a file of the kind “{kind}”").format(kind=kind)
            raise Unreadable(what, _("Take it out of the page"))


def _decoded(data: str, *, base64_coded: bool) -> bytes:
    try:
        return base64.b64decode(unquote(data), validate=False) if base64_coded else unquote(data).encode()
    except (binascii.Error, ValueError) as error:
        raise Unreadable(_("a data: address cannot be read"), _("Take it out of the page")) from error


def _local(node: Any) -> str:
    """Return an element's name without its namespace; an empty text for comments and instructions."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
