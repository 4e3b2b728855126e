"""The report as PDF in the geometry of GB/T 9704-2012: pandoc writes typst, typst sets the page."""

import json
import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.rendering import fonts
from govkit.rendering.content.official import signature_indents
from govkit.rendering.formats import geometry as g
from govkit.rendering.formats import pandoc
from govkit.rendering.formats.document import Document, Picture
from govkit.rendering.formats.pandoc import Node
from govkit.rendering.formats.title import title_lines

_MARKS = re.compile(r"([-+/=]|(?<!\d)\.|\.(?!\d))")


def write(document: Document) -> bytes:
    """Return the document as the bytes of an accessible PDF (PDF/UA-1); the same document gives the same bytes."""
    blocks = [shaped for block in document.blocks for shaped in _shaped(block, document.pictures)]
    body = pandoc.write(
        document.tree(pandoc.replaced(blocks, _literal)), "typst-smart", ["--wrap=none", "--syntax-highlighting=none"]
    )
    sources = {"main.typ": _template() + body}
    sources |= {_file(picture): picture.svg or picture.png for picture in document.pictures.values()}
    return typeset(sources, {"report": json.dumps(_settings(document))})


def typeset(sources: dict[str, bytes], inputs: dict[str, str]) -> bytes:
    """Return an accessible PDF (PDF/UA-1) of typst sources, in the fonts of the reports.

    :param sources: files by name; "main.typ" is where it begins.
    :param inputs: what the source reads as ``sys.inputs``.
    :raises InternalError: typst refuses the source, or was used before this process was forked.
    """
    import typst

    _refuse_after_fork()
    try:
        made: bytes = typst.compile(
            sources,
            font_paths=_fonts(fonts.font_folder()),
            format="pdf",
            sys_inputs=inputs,
            timestamp=0,
            pdf_standards="ua-1",
        )
    except typst.TypstError as error:
        what = _("typst failed: {said}").format(said=error.message)
        raise InternalError(
            Problem(Where("typst"), what, _("Report this with the notebook; it is a fault of the kit"))
        ) from error
    return made


@cache
def _first_use() -> int:
    return os.getpid()


def _refuse_after_fork() -> None:
    """Raise InternalError if typst started its threads before this process was forked: it would hang."""
    if _first_use() != os.getpid():
        what = _("typst was used before this process was forked")
        raise InternalError(Problem(Where("typst"), what, _("Write PDF files in the child processes only")))


@cache
def _fonts(folder: Path) -> Any:
    """Return the faces of the folder, read once: only those, neither the system's nor the typesetter's own."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _settings(document: Document) -> dict[str, Any]:
    """Return the values of the template: words, measures in points and millimetres, font families by role."""
    return {
        "title": document.title,
        "title_lines": title_lines(document.title),
        "keywords": [f"{name}：{value}" for name, value in document.properties.items()],
        "subtitle": document.subtitle,
        "letterhead": document.letterhead,
        "page": g.PAGE_MM,
        "top": g.TOP_MM,
        "left": g.LEFT_MM,
        "right": g.RIGHT_MM,
        "bottom": g.BOTTOM_MM,
        "gap": g.PAGE_NUMBER_GAP_MM,
        "line": g.LINE_PT,
        "character": g.CHARACTER_PT,
        "body": g.BODY_PT,
        "heading": g.TITLE_PT,
        "number": g.PAGE_NUMBER_PT,
        "table": g.TABLE_PT,
        "fonts": {role: [face.family for face in fonts.chain(role)] for role in get_args(fonts.Role)},
    }


def _shaped(block: Node, pictures: dict[str, Picture]) -> list[Node]:
    """Return a block with its kind as a call of the template's function of that name."""
    kind = pandoc.kind(block)
    if kind == "figure":
        picture = pictures[pandoc.settings(block)["name"]]
        caption = [line for part in block["c"][1] for line in part["c"][1]]
        alt = json.dumps(picture.alt, ensure_ascii=False)
        return _call(f'gk-figure("{_file(picture)}", {picture.width_mm:.1f}mm, {alt})', caption)
    if kind == "table":
        about = pandoc.settings(block)
        parts = {pandoc.kind(part) or "table": part for part in block["c"][1]}
        caption, note = (parts[name]["c"][1] if name in parts else [] for name in ("caption", "note"))
        whole = "true" if about["keep"] == "whole" else "false"
        return _call(f'gk-table("{about["size"]}", {whole})', caption, [parts["table"]], note)
    return _official(kind, block)


def _official(kind: str, block: Node) -> list[Node]:
    """Return a part around the text as a call of its function; a block of no kind stays as it is."""
    lines, about = block["c"][1] if kind else [], pandoc.settings(block) if kind else {}
    if kind == "signature":
        office, day = lines
        room = "true" if about.get("sealed") else "false"
        left, right = signature_indents(pandoc.text_of(office), pandoc.text_of(day), sealed=room == "true")
        return _call(f"gk-signature({room}, {left}, {right})", [office], [day])
    if kind == "annex":
        return _call(f'gk-annex("{about["number"]}")', lines)
    if kind in {"imprint", "annexes"}:
        return _call(f"gk-{kind}", *([line] for line in lines))
    return _call(f"gk-{kind}", lines) if kind in {"notice", "addressee", "provenance"} else [block]


def _literal(node: Node) -> list[Node] | None:
    """Escape what pandoc leaves unescaped for typst: joined dashes and dots, list marks."""
    if node["t"] != "Str" or not _MARKS.search(node["c"]):
        return None
    parts = [part for part in _MARKS.split(node["c"]) if part]
    return [{"t": "RawInline", "c": ["typst", f"\\{p}"]} if p in "-+/=." else {"t": "Str", "c": p} for p in parts]


def _call(function: str, *contents: list[Node]) -> list[Node]:
    """Return a call of a template's function with each list of blocks as one of its contents."""
    nodes = [pandoc.raw("typst", f"#{function}[")]
    for number, blocks in enumerate(contents):
        nodes += [*([pandoc.raw("typst", "][")] if number else []), *blocks]
    return [*nodes, pandoc.raw("typst", "]")]


def _file(picture: Picture) -> str:
    return f"{picture.name}.{'svg' if picture.svg else 'png'}"


@cache
def _template() -> bytes:
    return files("govkit.rendering.formats").joinpath("template.typ").read_bytes()
