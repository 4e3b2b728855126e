"""The one intermediate document from which every format is written: pandoc's tree, numbered and checked.

The writers get ordinary pandoc blocks and, on the top level, Divs of these kinds (class ``gk-…``):
``table`` (caption, table, note), ``figure`` (its picture's name as attribute; caption), ``notice``, ``signature``,
``provenance``, ``addressee``, ``annexes``, ``annex`` (its number as attribute), ``imprint``. The
warning ``unchecked`` goes before the title. Headings carry their numbers as text, tables and figures theirs in the
caption.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from struct import unpack_from
from typing import Any

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.html import in_markdown, plain
from govkit.core.i18n import gettext as _
from govkit.rendering.content.wording import heading_number
from govkit.rendering.fonts import check_glyphs
from govkit.rendering.formats import pandoc
from govkit.rendering.formats.annexes import annexed
from govkit.rendering.formats.pandoc import Node

TEXT_WIDTH_MM = 156.0
_SCREEN_DPI = 96
_LEFT_OUT = {"remove_cell", "remove-cell", "remove_output", "remove-output", "notes"}
_PNG = b"\x89PNG\r\n\x1a\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: PNG bytes, SVG bytes if any, the alternative text, its printed width in millimetres."""

    name: str
    png: bytes
    svg: bytes
    alt: str
    width_mm: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the report: its markdown, the number of the cell it came from (from 1), and its picture if any."""

    cell: int
    markdown: str
    picture: Picture | None = None


def pieces(nb: Any, name: str) -> list[Piece]:
    """Return the pieces of an executed notebook in order; raise InternalError for a cell that failed."""
    found: list[Piece] = []
    for number, cell in enumerate(nb.cells, 1):
        if _LEFT_OUT & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            found.append(Piece(number, str(cell.source)))
        elif cell.cell_type == "code":
            found.extend(_outputs(cell, number, name, len([piece for piece in found if piece.picture])))
    return found


def _outputs(cell: Any, number: int, name: str, pictures: int) -> Iterator[Piece]:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            raise _failed(output, number, name)
        if output.output_type not in {"display_data", "execute_result"}:
            continue
        if "text/markdown" in output.data:
            yield Piece(number, _joined(output.data["text/markdown"]))
        elif "image/png" in output.data:
            pictures += 1
            picture = _picture(output, f"figure{pictures}", Where(name, _("cell {number}").format(number=number)))
            caption = plain(output.metadata.get("govkit", {}).get("caption", ""))
            yield Piece(
                number, f'::::: {{.gk-figure name="{picture.name}"}}\n\n{in_markdown(caption)}\n\n:::::', picture
            )


def _picture(output: Any, name: str, where: Where) -> Picture:
    about: Mapping[str, Any] = output.metadata.get("govkit", {})
    png = _decoded(_joined(output.data["image/png"]))
    if not png.startswith(_PNG) or len(png) < 24:
        raise InternalError(Problem(where, _("the picture is not a PNG file"), _("Draw the chart again")))
    width, height = unpack_from(">II", png, 16)
    if not width or not height or (not about and _is_blank(png, where)):
        raise InternalError(Problem(where, _("the picture is empty"), _("Draw the chart again")))
    natural = float(about.get("width_mm") or width / _SCREEN_DPI * 25.4)
    svg = _joined(output.data.get("image/svg+xml", "")).encode() if about else b""
    return Picture(name, png, svg, plain(about.get("alt", "")) or "图", min(natural, TEXT_WIDTH_MM))


def _is_blank(png: bytes, where: Where) -> bool:
    """Return whether a picture not drawn by :mod:`.charts` is a single colour; ours are checked when drawn."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(png)) as image:
            extremes: Any = image.convert("RGB").getextrema()
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise InternalError(Problem(where, _("the picture is not a PNG file"), _("Draw the chart again"))) from error
    return all(low == high for low, high in extremes)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _failed(output: Any, number: int, name: str) -> InternalError:
    said = _COLOUR.sub("", f"{output.get('ename', '')}: {output.get('evalue', '')}")
    where = Where(name, _("cell {number}").format(number=number))
    return InternalError(
        Problem(where, _("the cell failed: {said}").format(said=plain(said)), _("Fix the cell and run again"))
    )


_MARK = "gkpiece"
_SAFE_LINKS = ("https://", "http://", "mailto:", "#")
_WHOLE_ROWS, _WHOLE_CHARACTERS = (
    5,
    200,
)  # a table this small is not split; a larger one would leave much of a page blank
_LABELS = {"table": "表", "figure": "图"}
_CENTRED = {"t": "AlignCenter"}


@dataclass(frozen=True)
class Document:
    """A report ready to be written: its title lines, its blocks, its pictures by name."""

    title: str
    subtitle: str
    blocks: list[Node]
    pictures: dict[str, Picture]
    version: list[int]
    properties: Mapping[str, str] = field(default_factory=dict)
    """Where the document comes from: the rows of its provenance, for the properties of the file."""
    letterhead: tuple[str, ...] = ()
    """The red lines above the title: the office, and the document's number if it has one."""

    def tree(self, blocks: list[Node]) -> Node:
        """Return ``blocks`` as a whole pandoc document without metadata."""
        return {"pandoc-api-version": self.version, "meta": {}, "blocks": blocks}


def assemble(nb: Any, name: str = "", *, checked: bool = False) -> Document:
    """Return the document of an executed notebook.

    :param name: the report's name in problems.
    :param checked: leave out the warning of :func:`govkit.rendering.content.blocks.unchecked`, which else stands before
        the title.
    :raises InternalError: a cell failed, the notebook has no content, or a character has no glyph.
    """
    where = Where(name or _("report"))
    parts = pieces(nb, where.source)
    read = pandoc.read("\n\n".join(f"{_MARK}{n}\n\n{part.markdown}" for n, part in enumerate(parts)))
    titles, blocks = _sorted_out(_by_piece(read["blocks"], parts, where), where)
    properties = {name: value for block in blocks for name, value in _provenance(block)}
    letterhead = [
        pandoc.text_of(line) for block in blocks if pandoc.kind(block) == "letterhead" for line in block["c"][1]
    ]
    blocks = [block for block in blocks if pandoc.kind(block) != "letterhead"]
    blocks = _captioned(_numbered(annexed(_without_empty_sections(_without_hidden(blocks)))))
    if not blocks:
        raise InternalError(
            Problem(where, _("the report says nothing"), _("Run the notebook first; its blocks must display"))
        )
    document = Document(
        title=("" if checked else titles.get("unchecked", "")) + (titles.get("title", "") or name or _("report")),
        subtitle=titles.get("subtitle", ""),
        blocks=blocks,
        pictures={part.picture.name: part.picture for part in parts if part.picture},
        version=read["pandoc-api-version"],
        properties=properties,
        letterhead=tuple(letterhead),
    )
    _check_glyphs(document, where)
    return document


def _by_piece(blocks: list[Node], parts: list[Piece], where: Where) -> Iterator[tuple[Piece, Node]]:
    """Yield each block with the piece it came from; raise InternalError for an unclosed block."""
    at = -1
    for block in blocks:
        if block["t"] == "Para" and pandoc.text_of(block) == f"{_MARK}{at + 1}":
            at += 1
        else:
            yield parts[at], block
    if at + 1 != len(parts):
        place = Where(where.source, _("cell {number}").format(number=parts[at].cell))
        raise InternalError(
            Problem(
                place, _("the markdown opens a block and does not close it"), _("Close every ``` and ::: in the cell")
            )
        )


def _sorted_out(found: Iterator[tuple[Piece, Node]], where: Where) -> tuple[dict[str, str], list[Node]]:
    """Return the title lines and the body: sections as headings, written titles and unsafe links resolved."""
    titles: dict[str, str] = {}
    written, body = "", []
    for piece, block in found:
        kind = pandoc.kind(block)
        if kind in {"title", "subtitle"}:
            titles[kind] = pandoc.text_of(block["c"][1])
        elif kind == "unchecked":
            titles[kind] = f"（{pandoc.text_of(block['c'][1])}）"
        elif kind == "section":
            body.append(_header(int(pandoc.settings(block)["level"]), block["c"][1][0]["c"]))
        elif block["t"] == "Header" and block["c"][0] == 1:
            written = written or pandoc.text_of(block)
        elif block["t"] == "Header":
            body.append(_header(min(block["c"][0] - 1, 4), block["c"][2]))
        else:
            body.append(pandoc.div("table", [block]) if block["t"] == "Table" else block)
        _refuse_pictures(block, Where(where.source, _("cell {number}").format(number=piece.cell)))
    titles.setdefault("title", written)
    return titles, pandoc.replaced(body, _safe)


def _provenance(block: Node) -> Iterator[tuple[str, str]]:
    """Yield name and value of each row of a provenance."""
    if pandoc.kind(block) == "provenance":
        for body in block["c"][1][0]["c"][4]:
            for row in body[3]:
                name, value = (pandoc.text_of(cell[4]) for cell in row[1])
                yield name, value


def _without_hidden(blocks: list[Node]) -> list[Node]:
    return [block for block in blocks if not (pandoc.kind(block) and pandoc.settings(block).get("hidden"))]


def _header(level: int, inlines: list[Node]) -> Node:
    return {"t": "Header", "c": [level, ["", [], []], inlines]}


def _refuse_pictures(block: Node, where: Where) -> None:
    """Refuse pictures named in written markdown: a report reads no other file and no address."""
    for node in pandoc.walk(block):
        if node["t"] == "Image":
            what = _("the markdown names a picture: {target}").format(target=node["c"][2][0][:80])
            raise InternalError(Problem(where, what, _("Draw the picture in a code cell")))


def _safe(node: Node) -> list[Node] | None:
    if node["t"] == "Link" and not node["c"][2][0].lower().startswith(_SAFE_LINKS):
        inlines: list[Node] = node["c"][1]
        return inlines
    return [] if node["t"] in {"RawInline", "RawBlock"} else None


def _without_empty_sections(blocks: list[Node]) -> list[Node]:
    """Drop each heading with nothing below it before the next one of the same or a higher level."""
    kept: list[Node] = []
    for block in reversed(blocks):
        if block["t"] == "Header" and (not kept or _ends(kept[-1], block["c"][0])):
            continue
        kept.append(block)
    return kept[::-1]


def _ends(block: Node, level: int) -> bool:
    """Return whether a block ends a section of the level: a heading, or an annex or the imprint after the text."""
    is_heading = block["t"] == "Header" and block["c"][0] <= level
    return bool(is_heading or pandoc.kind(block) in {"annexes", "annex", "imprint", "signature"})


def _numbered(blocks: list[Node]) -> list[Node]:
    """Put 一、（一）1.（1） before the headings; a level starts again below each heading above it."""
    counts = [0, 0, 0, 0]
    numbered, above = [], 0
    for block in blocks:
        if block["t"] != "Header":
            numbered.append(block)
            if pandoc.kind(block) == "annex":  # an annex counts its headings by itself
                counts, above = [0, 0, 0, 0], 0
        else:
            level, _attributes, inlines = block["c"]
            level = above = min(level, above + 1)  # no level is skipped: （一） needs 一、 above it
            counts[level - 1 :] = [counts[level - 1] + 1, *[0] * (4 - level)]
            numbered.append(_header(level, [{"t": "Str", "c": heading_number(level, counts[level - 1])}, *inlines]))
    return numbered


def _captioned(blocks: list[Node]) -> list[Node]:
    """Return the blocks with tables and figures in their printed shape, their captions numbered 表1 … and 图1 …."""
    counts = dict.fromkeys(_LABELS, 0)
    done = []
    for block in blocks:
        kind = pandoc.kind(block)
        words = _caption(block) if kind in counts else []
        if words:
            counts[kind] += 1
            words = [{"t": "Str", "c": f"{_LABELS[kind]}{counts[kind]}\u3000"}, *words]
        line = [pandoc.div("caption", [pandoc.paragraph(words)])] if words else []
        if kind in {"table", "provenance"}:
            done.append(_table(block, line))
        else:
            done.append(pandoc.div(kind, line, pandoc.settings(block)) if kind == "figure" else block)
    return done


def _caption(block: Node) -> list[Node]:
    first = block["c"][1][0] if block["c"][1] else None
    if first is None:
        return []
    lines: list[Node] = first["c"][1][1] if first["t"] == "Table" else [first]
    return lines[0]["c"] if lines else []


def _table(block: Node, caption: list[Node]) -> Node:
    """Return a table's Div as caption, table, note: widths set, headers centred, the last row strong if asked."""
    grid, *notes = block["c"][1]
    attributes = pandoc.settings(block)
    attr, _captions, columns, head, bodies, foot = grid["c"]
    widths = _widths(pandoc.kind(block), attributes, len(columns))
    columns = [[column[0], {"t": "ColWidth", "c": width}] for column, width in zip(columns, widths, strict=True)]
    head = [head[0], [_row_centred(row) for row in head[1]]]
    if attributes.get("last") == "strong":
        bodies[-1][3][-1] = _row_strong(bodies[-1][3][-1])
    shaped = {"t": "Table", "c": [attr, [None, []], columns, head, bodies, foot]}
    below = [pandoc.div("note", notes)] if notes else []
    small = sum(len(body[3]) for body in bodies) <= _WHOLE_ROWS and len(pandoc.text_of(grid)) <= _WHOLE_CHARACTERS
    said = {"size": attributes.get("size", "normal"), "keep": "whole" if small else "split"}
    return pandoc.div(pandoc.kind(block), [*caption, shaped, *below], said)


def _widths(kind: str, attributes: Mapping[str, str], count: int) -> list[float]:
    """Return the columns' shares of the text width: as measured by the block, fixed for provenance, else equal."""
    if "widths" in attributes:
        return [float(width) for width in attributes["widths"].split(",")]
    return [0.22, 0.78] if kind == "provenance" else [1 / count] * count


def _row_centred(row: Any) -> Any:
    return [row[0], [[cell[0], _CENTRED, *cell[2:]] for cell in row[1]]]


def _row_strong(row: Any) -> Any:
    return [row[0], [[*cell[:4], [_strong(block) for block in cell[4]]] for cell in row[1]]]


def _strong(block: Node) -> Node:
    return {"t": block["t"], "c": [{"t": "Strong", "c": block["c"]}]}


def _check_glyphs(document: Document, where: Where) -> None:
    problems: list[Problem] = []
    part = ""
    for block in [
        *pandoc.words(f"{document.title} {document.subtitle} {' '.join(document.letterhead)}"),
        *document.blocks,
    ]:
        words = pandoc.text_of(block)
        part = words if block["t"] == "Header" else part
        try:
            check_glyphs(words, Where(where.source, part))
        except InternalError as fault:
            problems.extend(fault.problems)
    if problems:
        raise InternalError(problems)
