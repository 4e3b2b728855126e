"""The report as a Word file in the geometry of GB/T 9704-2012."""

import base64
from collections.abc import Iterator
from typing import Any

from lxml import etree

from govkit.rendering.formats import geometry as g
from govkit.rendering.formats import pandoc, reference
from govkit.rendering.formats.document import Document, Picture
from govkit.rendering.formats.pandoc import Node
from govkit.rendering.formats.reference import W, packed, unpacked

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_DATES = "{http://purl.org/dc/terms/}"


def write(document: Document) -> bytes:
    """Return the document as the bytes of a .docx file; the same document gives the same bytes."""
    blocks = [shaped for block in document.blocks for shaped in _shaped(block, document.pictures)]
    whole = document.tree(blocks)
    whole["meta"] = _metadata(document)
    parts = unpacked(
        pandoc.write(whole, "docx", ["--reference-doc", str(reference.PATH), "--syntax-highlighting=none", "-o", "-"])
    )
    parts["word/document.xml"] = _finished(parts["word/document.xml"], document)
    parts["docProps/core.xml"] = _undated(parts["docProps/core.xml"])
    return packed(parts | reference.kept_parts())


def _metadata(document: Document) -> dict[str, Any]:
    lines = {"title": document.title, "subtitle": document.subtitle}
    shown = {name: {"t": "MetaInlines", "c": pandoc.words(text)} for name, text in lines.items() if text}
    return {**shown, "lang": {"t": "MetaString", "c": "zh-CN"}}


def _shaped(block: Node, pictures: dict[str, Picture]) -> list[Node]:
    """Return a block in the paragraph styles of the reference document."""
    kind = pandoc.kind(block)
    if kind == "figure":
        picture = pictures[pandoc.settings(block)["name"]]
        source = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
        image = pandoc.picture(source, picture.alt, picture.width_mm)
        return [pandoc.styled("Figure", [image]), *(pandoc.styled("Image Caption", c["c"][1]) for c in block["c"][1])]
    if kind == "table":
        styles = {"caption": "Table Caption", "note": "Table Note"}
        parts = [
            pandoc.styled(styles[pandoc.kind(part)], part["c"][1]) if pandoc.kind(part) else part
            for part in block["c"][1]
        ]
        return parts if pandoc.kind(block["c"][1][-1]) == "note" else [*parts, _gap("Table Note")]
    if kind in {"provenance", "signature"}:
        return [_gap("Gap"), *([pandoc.styled("Signature", block["c"][1])] if kind == "signature" else block["c"][1])]
    return [pandoc.styled("Notice", block["c"][1])] if kind == "notice" else [block]


def _gap(style: str) -> Node:
    """Return an empty paragraph; its no-break space keeps pandoc from dropping it."""
    return pandoc.styled(style, [pandoc.paragraph([{"t": "Str", "c": "\u00a0"}])])


def _finished(xml: bytes, document: Document) -> bytes:
    root = etree.fromstring(xml, _PARSER)
    for grid, block in zip(root.iter(_w("tbl")), _tables(document), strict=True):
        _table(grid, pandoc.kind(block), block)
    for number, drawing in enumerate(root.iter(f"{{{_DRAWING}}}inline"), 1):
        _name_picture(drawing, number)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _tables(document: Document) -> Iterator[Node]:
    return (block for block in document.blocks if pandoc.kind(block) in {"table", "provenance"})


def _table(grid: Any, kind: str, block: Node) -> None:
    """Fix the table to the text block's width, keep its rows whole, set its type."""
    properties = grid.find(_w("tblPr"))
    properties.find(_w("tblStyle")).set(_w("val"), "Table" if kind == "table" else "ProvenanceTable")
    whole = g.twips(g.TEXT_MM[0])
    _set(properties.find(_w("tblW")), type="dxa", w=str(whole))
    columns = grid.findall(f"{_w('tblGrid')}/{_w('gridCol')}")
    asked = sum(int(column.get(_w("w"))) for column in columns)
    for column in columns:
        _set(column, w=str(round(int(column.get(_w("w"))) * whole / asked)))
    about = pandoc.settings(block)
    rows = list(grid.iter(_w("tr")))
    for row in rows:
        _row(row, kind, about["size"].title())
    for row in rows[:-1] if about["keep"] == "whole" else []:
        for paragraph in row.iter(_w("p")):
            _property(paragraph, "pPr").insert(1, etree.Element(_w("keepNext")))


def _row(row: Any, kind: str, size: str) -> None:
    layout = _property(row, "trPr")
    layout.insert(0, etree.Element(_w("cantSplit")))
    heads = layout.find(_w("tblHeader")) is not None
    for paragraph in row.iter(_w("p")):
        strong = _unbold(paragraph)  # 黑体 for strong text: machines embolden 仿宋 in different ways
        part = "Head" if heads or strong else "Text"
        _set_style(paragraph, f"Table{part}{size}" if kind == "table" else "Provenance")


def _unbold(paragraph: Any) -> bool:
    found = [mark for name in ("b", "bCs") for mark in paragraph.iter(_w(name))]
    for mark in found:
        mark.getparent().remove(mark)
    return bool(found)


def _name_picture(drawing: Any, number: int) -> None:
    """Name a picture after its place; pandoc leaves its source there, which is the whole picture again."""
    for side in ("distT", "distB", "distL", "distR"):
        drawing.set(side, "0")
    words = drawing.find(f"{{{_DRAWING}}}docPr")
    words.set("name", f"图{number}")
    for about in drawing.iter(f"{{{_PICTURE}}}cNvPr"):
        about.set("descr", words.get("descr", ""))
        about.set("name", f"图{number}")


def _set(element: Any, **values: str) -> None:
    for name, value in values.items():
        element.set(_w(name), value)


def _set_style(paragraph: Any, style: str) -> None:
    layout = _property(paragraph, "pPr")
    named = layout.find(_w("pStyle"))
    if named is None:
        named = etree.Element(_w("pStyle"))
        layout.insert(0, named)
    named.set(_w("val"), style)


def _property(element: Any, name: str) -> Any:
    found = element.find(_w(name))
    if found is None:
        found = etree.Element(_w(name))
        element.insert(0, found)
    return found


def _undated(xml: bytes) -> bytes:
    """Return the core properties without the moments of writing, which would differ from run to run."""
    root = etree.fromstring(xml, _PARSER)
    for element in list(root):
        if element.tag.startswith(_DATES):
            root.remove(element)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _w(name: str) -> str:
    return f"{{{W}}}{name}"
