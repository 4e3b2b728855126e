"""Small Word files for tests, written part by part: paragraphs of runs, automatic lists, tables, pictures, formulas."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
LISTS_PART = {"numbering"}
LISTS = {"number": ("decimal", "%1."), "letter": ("upperLetter", "%1."), "section": ("chineseCounting", "%1、")}


@dataclass(frozen=True)
class Run:
    """A run: its text and the XML of its properties, such as ``<w:b/>``; or XML of its own in place of both."""

    text: str
    look: str = ""
    xml: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: its runs, the list that numbers it ("number", "letter", "section"), whether that begins anew."""

    runs: tuple[Run, ...]
    numbered: str = ""
    anew: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: each cell a list of paragraphs."""

    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]


Block = Paragraph | Grid


def plain(text: str, numbered: str = "", anew: bool = False) -> Paragraph:
    return Paragraph((Run(text),), numbered, anew)


def grid(rows: Iterable[Sequence[str]]) -> Grid:
    """Return a table of texts; a line end in one begins a new paragraph."""
    return Grid(tuple(tuple(tuple(plain(line) for line in cell.split("\n")) for cell in row) for row in rows))


@dataclass
class _Lists:
    """The lists of a file: each one that begins anew has a number of its own."""

    starts: list[tuple[str, bool]] = field(default_factory=lambda: [(name, False) for name in LISTS])
    now: dict[str, int] = field(default_factory=lambda: {name: index for index, name in enumerate(LISTS, 1)})

    def number(self, paragraph: Paragraph) -> int:
        if paragraph.anew:
            self.starts.append((paragraph.numbered, True))
            self.now[paragraph.numbered] = len(self.starts)
        return self.now[paragraph.numbered]

    def xml(self) -> str:
        abstract = "".join(
            f'<w:abstractNum w:abstractNumId="{index}"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
            for index, (form, text) in enumerate(LISTS.values())
        )
        override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
        numbers = "".join(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="{list(LISTS).index(name)}"/>'
            f"{override if anew else ''}</w:num>"
            for number, (name, anew) in enumerate(self.starts, 1)
        )
        return f"<w:numbering {SPACES}>{abstract}{numbers}</w:numbering>"


def word_file(path: Path, blocks: Iterable[Block], pictures: dict[str, bytes] | None = None) -> Path:
    """Write a Word file; a picture ``name`` is shown by ``Run("", xml=picture(name))``."""
    lists = _Lists()
    body = "".join(_block(block, lists) for block in blocks)
    targets = {"numbering": "numbering.xml", **{name: f"media/{name}" for name in pictures or {}}}
    relations = "".join(
        f'<Relationship Id="{name}" Type="{_RELATION}/{name if name in LISTS_PART else "image"}" Target="{target}"/>'
        for name, target in targets.items()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/numbering.xml", lists.xml())
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        )
        for name, data in (pictures or {}).items():
            archive.writestr(f"word/media/{name}", data)
    return path


def picture(name: str) -> str:
    return f'<w:r><w:drawing><a:blip r:embed="{name}"/></w:drawing></w:r>'


def _block(block: Block, lists: _Lists) -> str:
    if isinstance(block, Grid):
        rows = "".join(
            "<w:tr>"
            + "".join(f"<w:tc>{''.join(_block(each, lists) for each in cell)}</w:tc>" for cell in row)
            + "</w:tr>"
            for row in block.rows
        )
        return f"<w:tbl>{rows}</w:tbl>"
    settings = ""
    if block.numbered:
        number = lists.number(block)
        settings = f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return f"<w:p>{settings}{''.join(map(_run, block.runs))}</w:p>"


def _run(run: Run) -> str:
    if run.xml:
        return run.xml
    look = f"<w:rPr>{run.look}</w:rPr>" if run.look else ""
    pieces = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in run.text.split("\n"))
    return f"<w:r>{look}{pieces}</w:r>"


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/numbering.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
