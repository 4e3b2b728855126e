"""The report as one HTML file: no script, no request to anywhere, good on a screen, on a phone and on A4."""

import base64
import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from govkit.core.html import render
from govkit.rendering.formats import pandoc
from govkit.rendering.formats.document import TEXT_WIDTH_MM, Document, Picture
from govkit.rendering.formats.pandoc import Node
from govkit.rendering.formats.title import title_words

_HEADING_CELL = re.compile(r"<th([\s>])")


def write(document: Document) -> bytes:
    """Return the document as a self-contained HTML file in UTF-8."""
    blocks = [_shaped(block, document.pictures) for block in document.blocks]
    body = pandoc.write(
        document.tree(blocks), "html5", ["--wrap=none", "--syntax-highlighting=none", "--shift-heading-level-by=1"]
    ).decode()
    body = _HEADING_CELL.sub(r'<th scope="col"\1', body)
    shown = {
        "title": document.title,
        "title_words": title_words(document.title),
        "subtitle": document.subtitle,
        "letterhead": document.letterhead,
        "properties": document.properties,
        "style": _style(),
    }
    return f"{render('rendering/report.html', body=Markup(body.strip()), **shown)}\n".encode()  # noqa: S704 - pandoc escapes


def _shaped(block: Node, pictures: dict[str, Picture]) -> Node:
    kind = pandoc.kind(block)
    if kind == "figure":
        return _figure(block, pictures[pandoc.settings(block)["name"]])
    if kind in {"table", "provenance"}:
        return _table(block, kind)
    if kind == "annex":
        number = pandoc.settings(block)["number"]
        mark = {"t": "Para", "c": [pandoc.text(f"附件{number}")]}
        heading = {"t": "Header", "c": [1, [f"annex{number}", [], []], block["c"][1][0]["c"]]}
        return {"t": "Div", "c": [["", ["gk-annex"], []], [mark, heading]]}
    if kind == "annexes":
        first, *rest = block["c"][1]
        lines = [pandoc.paragraph([pandoc.text("附件："), *first["c"]]), *rest]
        links = [pandoc.paragraph([_link(line, at)]) for at, line in enumerate(lines, 1 if rest else 0)]
        return pandoc.div("annexes", links)
    return block


def _link(line: Node, number: int) -> Node:
    target = f"#annex{number or ''}"
    return {"t": "Link", "c": [["", [], []], line["c"], [target, ""]]}


def _figure(block: Node, picture: Picture) -> Node:
    mime, data = ("image/svg+xml", picture.svg) if picture.svg else ("image/png", picture.png)
    source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    image = pandoc.picture(source, picture.alt, picture.width_mm)["c"]
    if picture.width_mm >= TEXT_WIDTH_MM:
        image[0]["c"][0] = ["", ["wide"], []]
    caption = [{"t": "Plain", "c": line["c"]} for part in block["c"][1] for line in part["c"][1]]
    return {"t": "Figure", "c": [["", [], []], [None, caption], [{"t": "Plain", "c": image}]]}


def _table(block: Node, kind: str) -> Node:
    """Return the table with its caption inside it, in a box that scrolls on a narrow screen, by the keyboard too."""
    about = pandoc.settings(block)
    parts = {pandoc.kind(part) or "table": part for part in block["c"][1]}
    attr, _none, *rest = parts["table"]["c"]
    caption = parts["caption"]["c"][1] if "caption" in parts else []
    grid = {"t": "Table", "c": [attr, [None, caption], *rest]}
    note = [parts["note"]] if "note" in parts else []
    label = " ".join(pandoc.text_of(line) for line in caption) or "表格"
    reached = [["tabindex", "0"], ["role", "group"], ["aria-label", label]] if kind == "table" else []
    return {"t": "Div", "c": [["", [kind, about["size"], about["keep"]], reached], [grid, *note]]}


@cache
def _style() -> Markup:
    return Markup(files("govkit.rendering.formats").joinpath("report.css").read_text("utf-8").strip())  # noqa: S704
