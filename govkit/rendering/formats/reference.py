"""The reference document from which Word files take page, grid, styles, fonts and page numbers.

``python -m govkit.rendering.formats.reference`` writes ``reference.docx`` beside this module; the same bytes each time.
"""

from collections.abc import Mapping
from io import BytesIO
from math import ceil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from govkit.rendering.formats import geometry as g

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_FIRST = "[Content_Types].xml"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return the zip of ``parts``, the content types first, the rest by name, every time stamp the same."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != _FIRST, name)):
            info = ZipInfo(name, _EPOCH)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, parts[name])
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the parts of an Office file."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


PATH = Path(__file__).with_name("reference.docx")

BODY, TITLE, HEADING, KAI, SONG = "仿宋", "方正小标宋简体", "黑体", "楷体", "宋体"

# Substitutes where a machine lacks the font (w:altName), nearest first; family and pitch guide the last resort.
_ALTERNATIVES = {
    BODY: ("FangSong,仿宋_GB2312,STFangsong,Noto Serif CJK SC", "modern"),
    TITLE: ("FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,Noto Serif CJK SC", "roman"),
    HEADING: ("SimHei,STHeiti,Noto Sans CJK SC", "swiss"),
    KAI: ("KaiTi,楷体_GB2312,STKaiti,Noto Serif CJK SC", "modern"),
    SONG: ("SimSun,STSong,Noto Serif CJK SC", "roman"),
}
_LINE = round(g.LINE_PT * 20)
# One twentieth of a point more than the pitch asks: LibreOffice rounds and would fit only 27 characters.
_CLOSER = -ceil((g.BODY_PT - g.CHARACTER_PT) * 20) - 1
_INDENT = f'<w:ind w:firstLineChars="200" w:firstLine="{round(g.CHARACTER_PT * 40)}"/>'
_NO_INDENT = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
_INSIDE = '<w:ind w:left="90" w:right="90" w:firstLineChars="0" w:firstLine="0"/>'  # the box's border keeps the margin
_TIGHT = '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'  # no gaps round figures, as in the other formats
_OFF_GRID = '<w:snapToGrid w:val="0"/>'


def section_properties() -> str:
    """Return the w:sectPr of every report: A4, margins, the grid of 22 lines × 28 characters, page numbers."""
    width, height = (g.twips(side) for side in g.PAGE_MM)
    footer = g.twips(g.BOTTOM_MM - g.PAGE_NUMBER_GAP_MM) - round(g.PAGE_NUMBER_PT * 20)
    character_space = -round((g.BODY_PT - g.CHARACTER_PT) * 4096) - 1
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rIdOdd"/><w:footerReference w:type="even" r:id="rIdEven"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"/>'
        f'<w:pgMar w:top="{g.twips(g.TOP_MM)}" w:right="{g.twips(g.RIGHT_MM)}" w:bottom="{g.twips(g.BOTTOM_MM)}"'
        f' w:left="{g.twips(g.LEFT_MM)}" w:header="851" w:footer="{footer}" w:gutter="0"/>'
        f'<w:docGrid w:type="linesAndChars" w:linePitch="{_LINE}" w:charSpace="{character_space}"/></w:sectPr>'
    )


def build() -> bytes:
    """Return the reference document."""
    return packed({name: text.encode() for name, text in _parts().items()})


def kept_parts() -> dict[str, bytes]:
    """Return the parts that replace pandoc's own in a finished file."""
    parts = _parts()
    names = ("word/settings.xml", "word/fontTable.xml", "docProps/app.xml")
    return {name: parts[name].encode() for name in names}


def _font_table() -> str:
    """Return word/fontTable.xml: each font with its substitutes."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="fixed"/></w:font>'
        for name, (others, family) in _ALTERNATIVES.items()
    )
    return _xml("fonts", fonts)


def _parts() -> dict[str, str]:
    return {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _ROOT_RELATIONS,
        "word/document.xml": _xml("document", f"<w:body><w:p/>{section_properties()}</w:body>"),
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/styles.xml": _xml("styles", _defaults() + "".join(_styles())),
        "word/settings.xml": _xml("settings", _SETTINGS),
        "word/fontTable.xml": _font_table(),
        "docProps/app.xml": _APP,
        "word/footer1.xml": _xml("ftr", _page_number("right", "right")),
        "word/footer2.xml": _xml("ftr", _page_number("left", "left")),
    }


def _xml(root: str, body: str) -> str:
    spaces = f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{root} {spaces}>{body}</w:{root}>'


def _fonts(name: str, points: float, spacing: int = 0) -> str:
    face = "".join(f' w:{part}="{name}"' for part in ("ascii", "eastAsia", "hAnsi", "cs"))
    size = round(points * 2)
    return (
        f'<w:rPr><w:rFonts{face}/><w:spacing w:val="{spacing}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    )


def _page_number(side: str, indent: str) -> str:
    run = _fonts(SONG, g.PAGE_NUMBER_PT)
    field = f'<w:fldSimple w:instr=" PAGE "><w:r>{run}<w:t>1</w:t></w:r></w:fldSimple>'
    dash = '<w:r>{run}<w:t xml:space="preserve">{text}</w:t></w:r>'
    inset = f'<w:ind w:{indent}Chars="100" w:{indent}="{round(g.PAGE_NUMBER_PT * 20)}"/>'
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{inset}'
        f'<w:jc w:val="{side}"/></w:pPr>{dash.format(run=run, text="— ")}{field}{dash.format(run=run, text=" —")}</w:p>'
    )


def _defaults() -> str:
    body = _fonts(BODY, g.BODY_PT).replace(
        "</w:rPr>", '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr>'
    )
    return f"<w:docDefaults><w:rPrDefault>{body}</w:rPrDefault><w:pPrDefault/></w:docDefaults>"


# The grid alone would do in Word, but LibreOffice gives a glyph wider than its cell two cells. An exact line pitch and
# letters closed up by as much as the grid asks make the same 22 × 28 in both, off the grid.
_EXACT = f'{_OFF_GRID}<w:spacing w:before="0" w:after="0" w:line="{_LINE}" w:lineRule="exact"/>'
_CENTRED = '<w:jc w:val="center"/>'


def _loose(before: int, after: int) -> str:
    """Return single line spacing off the grid, with space before and after in twentieths of a point."""
    return f'{_OFF_GRID}<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'


def _styles() -> list[str]:
    """Return every style pandoc uses in our documents, and our own."""
    return [*_text_styles(), *_table_styles(), *_block_styles(), _TABLE_STYLES]


def _text_styles() -> list[str]:
    """Return the styles of running text, titles and headings."""
    flow = f'<w:widowControl w:val="0"/>{_EXACT}{_INDENT}'
    return [
        _style(
            "Normal",
            "Normal",
            f'<w:widowControl w:val="0"/>{_TIGHT}{_EXACT}<w:jc w:val="both"/>',
            _fonts(BODY, g.BODY_PT, _CLOSER),
            based="",
            default=True,
        ),
        _style("BodyText", "Body Text", flow),
        _style("FirstParagraph", "First Paragraph", based="BodyText"),
        _style("Compact", "Compact", _loose(0, 0) + _NO_INDENT),
        _style(
            "Title",
            "Title",
            f'<w:keepNext/>{_OFF_GRID}<w:spacing w:after="120" w:line="720" w:lineRule="exact"/>{_NO_INDENT}{_CENTRED}',
            _fonts(TITLE, g.TITLE_PT),
        ),
        _style(
            "Subtitle",
            "Subtitle",
            f'<w:keepNext/><w:spacing w:after="{_LINE // 2}"/>{_NO_INDENT}{_CENTRED}',
            _fonts(KAI, g.BODY_PT, _CLOSER),
        ),
        *(
            _style(
                f"Heading{level}",
                f"heading {level}",
                f'<w:keepNext/>{_EXACT}{_INDENT}<w:outlineLvl w:val="{level - 1}"/>',
                _fonts(face, g.BODY_PT, _CLOSER),
            )
            for level, face in enumerate((HEADING, KAI, BODY, BODY), 1)
        ),
    ]


def _table_styles() -> list[str]:
    """Return the paragraph styles in and around tables and figures."""
    spacing = '<w:spacing w:before="120" w:after="60" w:line="240" w:lineRule="auto"/>'
    caption = f"{_OFF_GRID}{spacing}{_NO_INDENT}{_CENTRED}"
    return [
        *(
            _style(
                f"Table{part}{size.title()}",
                f"Table {part} {size.title()}",
                based="Compact",
                character=_fonts(face, points),
            )
            for size, points in g.TABLE_PT.items()
            for part, face in (("Text", BODY), ("Head", HEADING))
        ),
        _style("TableCaption", "Table Caption", f"<w:keepNext/>{caption}", _fonts(HEADING, 12)),
        _style("ImageCaption", "Image Caption", caption, _fonts(HEADING, 12)),
        _style("TableNote", "Table Note", _loose(40, 160) + _NO_INDENT, _fonts(BODY, 10.5)),
        _style("Figure", "Figure", "<w:keepNext/>" + _loose(120, 0) + _NO_INDENT + _CENTRED),
    ]


def _block_styles() -> list[str]:
    """Return the styles of notices, signatures, provenance, the footer and what else pandoc may use."""
    border = "".join(
        f'<w:{side} w:val="single" w:sz="6" w:space="4" w:color="444444"/>'
        for side in ("top", "left", "bottom", "right")
    )
    return [
        _style(
            "Notice",
            "Notice",
            f"<w:pBdr>{border}</w:pBdr>" + _loose(120, 120) + _INSIDE,
            _fonts(KAI, 14),
        ),
        _style(
            "Signature",
            "Signature",
            f'<w:keepNext/><w:keepLines/>{_EXACT}<w:ind w:rightChars="200" w:right="640"/><w:jc w:val="right"/>',
        ),
        *_official_styles(),
        _style("Provenance", "Provenance", _loose(0, 0) + _NO_INDENT, _fonts(BODY, 9)),
        _style("Gap", "Gap", f"{_EXACT}{_NO_INDENT}"),
        _style(
            "Footer",
            "footer",
            f'{_OFF_GRID}<w:spacing w:line="280" w:lineRule="exact"/>',
            _fonts(SONG, g.PAGE_NUMBER_PT),
        ),
        _style("BlockText", "Block Text", based="BodyText"),
        _style("FootnoteText", "footnote text", _loose(0, 0), _fonts(BODY, 10.5)),
        _style("SourceCode", "Source Code", _loose(0, 0), _fonts(BODY, 12)),
    ]


def _official_styles() -> list[str]:
    """Return the styles of letterhead, addressee, annexes and imprint."""
    red = '<w:color w:val="CC0000"/>'
    rule = '<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="CC0000"/></w:pBdr>'
    two_lines = _EXACT.replace('w:after="0"', f'w:after="{2 * _LINE}"')  # below the red rule
    line = f"{rule}{two_lines}"
    ends = f'<w:tabs><w:tab w:val="right" w:pos="{g.twips(g.TEXT_MM[0]) - 280}"/></w:tabs>'
    return [
        _style(
            "Letterhead",
            "Letterhead",
            f"{_loose(0, 240)}{_NO_INDENT}{_CENTRED}",
            _fonts(TITLE, 36).replace("<w:spacing", f"{red}<w:spacing"),
        ),
        _style("DocumentNumber", "Document Number", f"{line}{_NO_INDENT}{_CENTRED}"),
        _style("Addressee", "Addressee", f"{_EXACT}{_NO_INDENT}"),
        _style("Annexes", "Annexes", f"<w:keepNext/>{_EXACT}{_NO_INDENT}", based="BodyText"),
        _style(
            "Anchor",
            "Anchor",
            f'{_OFF_GRID}<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>{_NO_INDENT}',
            _fonts(BODY, 1),
        ),
        _style("GapBefore", "Gap Before", f"<w:keepNext/>{_EXACT}{_NO_INDENT}"),
        _style(
            "AnnexMark",
            "Annex Mark",
            f"<w:keepNext/><w:pageBreakBefore/>{_EXACT}{_NO_INDENT}",
            _fonts(HEADING, g.BODY_PT, _CLOSER),
        ),
        _style(
            "AnnexTitle",
            "Annex Title",
            f'<w:keepNext/>{_OFF_GRID}<w:spacing w:before="{_LINE}" w:after="{_LINE // 2}" w:line="720"'
            f' w:lineRule="exact"/>{_NO_INDENT}{_CENTRED}<w:outlineLvl w:val="0"/>',
            _fonts(TITLE, g.TITLE_PT),
        ),
        _style(
            "Imprint",
            "Imprint",
            f'{ends}{_OFF_GRID}<w:spacing w:before="0" w:after="0" w:line="440" w:lineRule="exact"/>'
            '<w:ind w:left="280" w:right="280" w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="left"/>',
            _fonts(BODY, 14),
        ),
    ]


def _style(
    identity: str, name: str, paragraph: str = "", character: str = "", *, based: str = "Normal", default: bool = False
) -> str:
    parent = f'<w:basedOn w:val="{based}"/>' if based else ""
    first = ' w:default="1"' if default else ""
    layout = f"<w:pPr>{paragraph}</w:pPr>" if paragraph else ""
    return (
        f'<w:style w:type="paragraph"{first} w:styleId="{identity}"><w:name w:val="{name}"/>{parent}<w:qFormat/>'
        f"{layout}{character}</w:style>"
    )


def _table_style(identity: str, lines: dict[str, int], head: str = "") -> str:
    borders = "".join(
        f'<w:{side} w:val="{"single" if size else "nil"}" w:sz="{size}" w:space="0" w:color="333333"/>'
        for side, size in lines.items()
    )
    margins = "".join(
        f'<w:{side} w:w="{size}" w:type="dxa"/>'
        for side, size in (("top", 40), ("left", 80), ("bottom", 40), ("right", 80))
    )
    return (
        f'<w:style w:type="table" w:styleId="{identity}"><w:name w:val="{identity}"/><w:qFormat/>'
        f'<w:tblPr><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        f'<w:tcPr><w:vAlign w:val="center"/></w:tcPr>{head}</w:style>'
    )


_HEAD_ROW = (
    '<w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:color="auto" w:fill="F0F0EE"/></w:tcPr></w:tblStylePr>'
)
_TABLE_STYLES = _table_style(
    "Table", {"top": 8, "left": 4, "bottom": 8, "right": 4, "insideH": 4, "insideV": 4}, _HEAD_ROW
) + _table_style("ProvenanceTable", {"top": 4, "left": 0, "bottom": 4, "right": 0, "insideH": 0, "insideV": 0})

_SETTINGS = (
    "<w:evenAndOddHeaders/>"
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode"'
    ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat><w:themeFontLang w:val="en-US"'
    ' w:eastAsia="zh-CN"/>'
)
_APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties'
    ' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>govkit</Application></Properties>"
)
_KINDS = {
    "styles": "styles",
    "settings": "settings",
    "fontTable": "fontTable",
    "footer1": "footer",
    "footer2": "footer",
}
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/docProps/app.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    + "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_MAIN}.{kind}+xml"/>' for part, kind in _KINDS.items()
    )
    + "</Types>"
)
_ROOT_RELATIONS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="word/document.xml"/></Relationships>'
)
_IDS = {"footer1": "rIdOdd", "footer2": "rIdEven"}
_DOCUMENT_RELATIONS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONS}">'
    + "".join(
        f'<Relationship Id="{_IDS.get(part, f"rId{part}")}" Type="{_RELATION}/{kind}" Target="{part}.xml"/>'
        for part, kind in _KINDS.items()
    )
    + "</Relationships>"
)

if __name__ == "__main__":
    PATH.write_bytes(build())
