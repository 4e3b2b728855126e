"""Plain text, JSON and notebooks."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import pictures
from govkit.rendering.privacy.extract.part import Part, Unreadable

_SKIPPED = ("image/png", "image/jpeg", "image/gif")


def decoded(content: bytes) -> str:
    """Return the text of UTF-8, UTF-16 with a byte order mark, or GB18030.

    :raises Unreadable: any other encoding.
    """
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in words:
            return words
    raise Unreadable(_("the text is neither UTF-8 nor GB18030"), _("Save it as UTF-8"))


def text(content: bytes) -> Iterator[Part]:
    """Yield plain text, CSV or Markdown."""
    yield Part(_("text"), decoded(content))


def json_text(content: bytes) -> Iterator[Part]:
    """Yield every text and number of a JSON file, each under the names that lead to it."""
    yield from _leaves(_loaded(content), "")


def notebook(content: bytes) -> Iterator[Part]:
    """Yield every text of a notebook: cells, parameters, outputs, metadata, attachments."""
    found = _loaded(content)
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise _not_json()
    for number, cell in enumerate(found["cells"], 1):
        place = _("cell {number}").format(number=number)
        yield from (Part(place, part.text, part.kind) for part in _leaves(cell, ""))
        for output in cell.get("outputs", []) if isinstance(cell, dict) else []:
            shown = "".join(output.get("data", {}).get("text/html", "")) if isinstance(output, dict) else ""
            if shown:
                yield from (Part(place, part.text, part.kind) for part in html(shown.encode()))
    yield from (Part(_("metadata"), part.text, "about") for part in _leaves(found.get("metadata", {}), ""))


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
            if name in _SKIPPED:
                yield Part(place, "", "picture")
            else:
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
) | {"samp", "small", "span", "strong", "sub", "sup", "u", "var"}
_CODE = ("script", "style")
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


def joined(tree: Any, ends_block: Any) -> tuple[str, list[str], list[str]]:
    """Return the text with a line end where a block begins or ends, the scripts, and the comments."""
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
        if ends_block(tag):
            said.append("\n")
        (code if tag in _CODE else said).append(node.text or "")
        stack.append((node, True))
        stack += [(child, False) for child in reversed(node)]
    return "".join(said), code, comments


def attributes(tree: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield every attribute: the element, the attribute's name without its namespace, its value."""
    for node in tree.iter():
        if isinstance(node.tag, str):
            for name, value in node.attrib.items():
                yield node, str(name).rpartition("}")[2], str(value)


def _of_tree(tree: Any, ends_block: Any) -> Iterator[Part]:
    said, code, comments = joined(tree, ends_block)
    yield Part(_("text"), said)
    yield from (Part(_("script or style"), words, "about") for words in code)
    yield from (Part(_("comment"), words, "about") for words in comments)
    values = []
    for node, name, value in attributes(tree):
        if name == "content" and str(node.get("name", "")).lower() in _NAMES_AUTHOR:
            yield Part(_("metadata"), value, "author")
        yield from _addressed(value)
        values.append(_DATA.sub("", value))
    yield Part(_("attributes"), "\n".join(_readable(values)), "about")
    for words in code:
        yield from _addressed(words)


def _readable(values: Iterable[str]) -> Iterator[str]:
    for value in dict.fromkeys(values):
        yield value
        if "%" in value:
            yield unquote(value)


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
