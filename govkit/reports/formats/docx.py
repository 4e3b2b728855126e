"""The report as a Word file in the geometry of GB/T 9704-2012."""

import base64
from collections.abc import Iterator
from typing import Any

from lxml import etree
from nbconvert.exporters import Exporter

from govkit.reports.formats import geometry as g
from govkit.reports.formats import pandoc, reference, tree
from govkit.reports.formats.document import Document, assemble
from govkit.reports.formats.gather import Picture
from govkit.reports.formats.package import W, packed, unpacked
from govkit.reports.formats.pandoc import Node

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_DATES = "{http://purl.org/dc/terms/}"


def write(document: Document) -> bytes:
    """Return the document as the bytes of a .docx file; the same document gives the same bytes."""
    blocks = [shaped for block in document.blocks for shaped in _shaped(block, document.pictures)]
    whole = document.tree(blocks)
    whole["meta"] = _metadata(document)
    parts = unpacked(pandoc.write(whole, "docx", ["--reference-doc", str(reference.PATH), "-o", "-"]))
    parts["word/document.xml"] = _finished(parts["word/document.xml"], document)
    parts["word/fontTable.xml"] = reference.font_table().encode()
    parts["docProps/core.xml"] = _undated(parts["docProps/core.xml"])
    return packed(parts)


def _metadata(document: Document) -> dict[str, Any]:
    lines = {"title": document.title, "subtitle": document.subtitle}
    shown = {name: {"t": "MetaInlines", "c": tree.words(text)} for name, text in lines.items() if text}
    return {**shown, "lang": {"t": "MetaString", "c": "zh-CN"}}


def _shaped(block: Node, pictures: dict[str, Picture]) -> list[Node]:
    """Return a block in the paragraph styles of the reference document."""
    kind = tree.kind(block)
    if kind == "figure":
        picture = pictures[tree.settings(block)["name"]]
        source = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
        image = tree.picture(source, picture.alt, picture.width_mm)
        return [tree.styled("Figure", [image]), *(tree.styled("Image Caption", c["c"][1]) for c in block["c"][1])]
    if kind in {"table", "provenance"}:
        styles = {"caption": "Table Caption", "note": "Table Note"}
        return [
            tree.styled(styles[tree.kind(part)], part["c"][1]) if tree.kind(part) else part for part in block["c"][1]
        ] + ([tree.styled("Table Note", [tree.paragraph([])])] if kind == "table" and len(block["c"][1]) < 3 else [])
    styles = {"notice": "Notice", "signature": "Signature"}
    return [tree.styled(styles[kind], block["c"][1])] if kind in styles else [block]


def _finished(xml: bytes, document: Document) -> bytes:
    root = etree.fromstring(xml, _PARSER)
    for grid, block in zip(root.iter(_w("tbl")), _tables(document), strict=True):
        _table(grid, tree.kind(block), tree.settings(block)["size"])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _tables(document: Document) -> Iterator[Node]:
    return (block for block in document.blocks if tree.kind(block) in {"table", "provenance"})


def _table(grid: Any, kind: str, size: str) -> None:
    """Fix the table's width to the text block, keep its rows whole, set its type size."""
    properties = grid.find(_w("tblPr"))
    style = "Table" if kind == "table" else "ProvenanceTable"
    properties.find(_w("tblStyle")).set(_w("val"), style)
    width = properties.find(_w("tblW"))
    width.set(_w("type"), "dxa")
    width.set(_w("w"), str(g.twips(g.TEXT_MM[0])))
    for row in grid.iter(_w("tr")):
        _property(row, "trPr").insert(0, etree.Element(_w("cantSplit")))
    text = f"TableText{size.title()}" if kind == "table" else "Provenance"
    for paragraph in grid.iter(_w("p")):
        layout = _property(paragraph, "pPr")
        named = layout.find(_w("pStyle"))
        if named is None:
            named = etree.Element(_w("pStyle"))
            layout.insert(0, named)
        named.set(_w("val"), text)


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


class GongwenDocx(Exporter):  # type: ignore[misc]
    """nbconvert's door: ``jupyter nbconvert --to gongwen-docx``."""

    export_from_notebook = "Gongwen Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def _file_extension_default(self) -> str:
        return ".docx"

    def from_notebook_node(self, nb: Any, resources: Any = None, **values: Any) -> tuple[bytes, dict[str, Any]]:
        """Return the file's bytes and nbconvert's resources."""
        copy, about = super().from_notebook_node(nb, resources, **values)
        return write(assemble(copy, about.get("metadata", {}).get("name", ""))), about
