"""The report as a Word file in the geometry of GB/T 9704-2012."""

import base64
import copy
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from govkit.rendering.content.official import signature_indents
from govkit.rendering.formats import geometry as g
from govkit.rendering.formats import pandoc, reference
from govkit.rendering.formats.document import Document, Picture
from govkit.rendering.formats.pandoc import Node
from govkit.rendering.formats.reference import W, packed, unpacked
from govkit.rendering.formats.title import title_lines

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_DATES = "{http://purl.org/dc/terms/}"


def write(document: Document) -> bytes:
    """Return the document as the bytes of a .docx file; the same document gives the same bytes."""
    blocks = [shaped for block in document.blocks for shaped in _shaped(block, document.pictures)]
    blocks = [*_letterhead(document.letterhead), *blocks]
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
    about = "；".join(f"{name}：{value}" for name, value in document.properties.items())
    said = {"description": {"t": "MetaString", "c": about}} if about else {}
    return {**shown, **said, "lang": {"t": "MetaString", "c": "zh-CN"}}


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
    if kind == "provenance":
        return [_gap("Gap"), *block["c"][1]]
    return _official(kind, block) if kind in _OFFICIAL else [block]


_OFFICIAL = {
    "notice": "Notice",
    "addressee": "Addressee",
    "annexes": "Annexes",
    "annex": "Annex Title",
    "imprint": "Imprint",
    "signature": "Signature",
}
"""The parts around the text, and their style in Word."""
_GAPS = {"signature": 1, "annexes": 1}
_SEAL_LINES = 2


def _official(kind: str, block: Node) -> list[Node]:
    """Return a part around the text in its style, with the blank lines that the standard asks for before it."""
    lines: list[Node] = block["c"][1]
    about = pandoc.settings(block)
    before = [_gap("Gap Before")] * (_GAPS.get(kind, 0) + (_SEAL_LINES if about.get("sealed") else 0))
    if kind == "annex":
        before = [pandoc.styled("Annex Mark", [pandoc.paragraph([pandoc.text(f"附件{about['number']}")])])]
    if kind == "annexes":
        lines = [
            pandoc.paragraph([pandoc.text("\u3000\u3000附件：" if at == 0 else "\u3000" * 5), *line["c"]])
            for at, line in enumerate(lines)
        ]
    if kind == "imprint":
        *copies, office, day = lines
        tab = {"t": "RawInline", "c": ["openxml", "<w:r><w:tab/></w:r>"]}
        above = [inline for line in copies for inline in (*line["c"], {"t": "LineBreak"})]
        lines = [pandoc.paragraph([*above, *office["c"], tab, *day["c"]])]
        return [pandoc.styled("Imprint", lines), _gap("Anchor")]
    return [*before, pandoc.styled(_OFFICIAL[kind], lines)]


def _letterhead(lines: tuple[str, ...]) -> list[Node]:
    """Return the red lines above the title; the second one carries the red rule, so that it stands also when empty."""
    if not lines:
        return []
    shown = [pandoc.paragraph(pandoc.words(line)) for line in (lines[0], *(lines[1:] or ("\u00a0",)))]
    return [pandoc.styled("Letterhead", shown[:1]), pandoc.styled("Document Number", shown[1:])]


def _gap(style: str) -> Node:
    """Return an empty paragraph; its no-break space keeps pandoc from dropping it."""
    return pandoc.styled(style, [pandoc.paragraph([{"t": "Str", "c": "\u00a0"}])])


def _finished(xml: bytes, document: Document) -> bytes:
    root = etree.fromstring(xml, _PARSER)
    for grid, block in zip(root.iter(_w("tbl")), _tables(document), strict=True):
        _table(grid, pandoc.kind(block), block)
    for paragraph in reversed(list(_styled(root, "Letterhead", "DocumentNumber"))):
        root[0].insert(0, paragraph)
    _title(root, document.title)
    _signatures(root, document)
    for caption in _styled(root, "TableCaption", "ImageCaption"):
        _number_as_field(caption)
    _imprint(list(_styled(root, "Imprint")))
    for number, drawing in enumerate(root.iter(f"{{{_DRAWING}}}inline"), 1):
        _name_picture(drawing, number)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _styled(root: Any, *styles: str) -> Iterator[Any]:
    """Yield the paragraphs of some styles."""
    for paragraph in root.iter(_w("p")):
        style = paragraph.find(f"{_w('pPr')}/{_w('pStyle')}")
        if style is not None and style.get(_w("val")) in styles:
            yield paragraph


def _title(root: Any, title: str) -> None:
    """Break the title between words."""
    for paragraph in _styled(root, "Title"):
        runs = paragraph.findall(_w("r"))
        for run in runs[1:]:
            paragraph.remove(run)
        for text in runs[0].findall(_w("t")):
            runs[0].remove(text)
        for at, line in enumerate(title_lines(title)):
            if at:
                etree.SubElement(runs[0], _w("br"))
            etree.SubElement(runs[0], _w("t")).text = line


def _signatures(root: Any, document: Document) -> None:
    """Set each office and its day as far from the right edge as the standard asks."""
    indents: list[float] = []
    for block in document.blocks:
        if pandoc.kind(block) == "signature":
            office, day = map(pandoc.text_of, block["c"][1])
            indents += signature_indents(office, day, sealed=bool(pandoc.settings(block).get("sealed")))
    for paragraph, characters in zip(_styled(root, "Signature"), indents, strict=True):
        indent = etree.SubElement(_property(paragraph, "pPr"), _w("ind"))
        _set(indent, rightChars=str(round(characters * 100)), right=str(round(characters * g.CHARACTER_PT * 20)))


def _number_as_field(caption: Any) -> None:
    """Make the number of 表1 or 图1 a field, so that Word counts on when a table is added, and can list them."""
    run = caption.find(_w("r"))
    text = run.find(_w("t")) if run is not None else None
    found = re.match(r"([表图])(\d+)(.*)", (text.text or "") if text is not None else "", re.DOTALL)
    if run is None or text is None or found is None:
        return
    label, number, rest = found.groups()
    at = caption.index(run)
    text.text = rest
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    field = etree.Element(_w("fldSimple"))
    field.set(_w("instr"), f" SEQ {label} \\* ARABIC ")
    for parent, words in ((caption, label), (field, number)):
        own = copy.deepcopy(run)
        own.find(_w("t")).text = words
        parent.insert(at if parent is caption else 0, own)
    caption.insert(at + 1, field)


def _imprint(lines: list[Any]) -> None:
    """Stand the imprint at the foot of its page, between thick lines."""
    for paragraph in lines:  # one, since LibreOffice gives up the frame of several
        layout = _property(paragraph, "pPr")
        frame = etree.Element(_w("framePr"))
        _set(frame, w=str(g.twips(g.TEXT_MM[0])), hSpace="0", wrap="around", vAnchor="margin", hAnchor="margin")
        _set(frame, xAlign="left", yAlign="bottom")
        borders = etree.Element(_w("pBdr"))
        for side, size in (("top", "8"), ("bottom", "8")):
            _set(etree.SubElement(borders, _w(side)), val="single", sz=size, space="4", color="000000")
        layout.insert(1, frame)
        layout.insert(2, borders)


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
    for row in rows[:-1] if about["keep"] == "whole" else [*rows[:2], *rows[-2:-1]]:  # no row stands alone
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
