"""Marks that change what a person sees of a cell: number formats, hidden rows and columns, the 1904 calendar."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal

from lxml import etree

from govkit.ledgers.read.sheet import Marks

_PERCENT_FORMATS = {"9": "0%", "10": "0.00%"}
"""Excel's built-in number formats with a percent sign."""
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s(?=[^>]*\bhidden=["'](?:1|true)["'])[^>]*?\br=["'](\d{1,7})["']""")
_HIDDEN_COLUMN = re.compile(rb"""<(?:\w+:)?col\s(?=[^>]*\bhidden=["'](?:1|true)["'])([^>]*)>""")
_BOUND = re.compile(rb"""\b(min|max)=["'](\d{1,5})["']""")
_STYLED_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]*\br=["']([A-Za-z]{1,3})(\d{1,7})["'])(?=[^>]*\bs=["'](\d{1,6})["'])[^>]*>"""
)
_MOST_COLUMNS = 16_384
MAX_MARKED = 2_000_000


def parsed(archive: zipfile.ZipFile, member: str) -> etree._Element:
    """Return a member of a workbook's archive as XML, without entities or network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(member), parser)


def is_from_1904(archive: zipfile.ZipFile) -> bool:
    """Return whether the workbook's day numbers count from 1904."""
    try:
        properties = parsed(archive, "xl/workbook.xml").iter("{*}workbookPr")
    except (KeyError, etree.XMLSyntaxError):
        return False
    return any(each.get("date1904") in {"1", "true"} for each in properties)


def telling_styles(archive: zipfile.ZipFile) -> dict[bytes, str]:
    """Return style number → ``%`` or zeros, for the styles that show a number as another one."""
    try:
        root = parsed(archive, "xl/styles.xml")
    except (KeyError, etree.XMLSyntaxError):
        return {}
    formats = _PERCENT_FORMATS | {f.get("numFmtId", ""): f.get("formatCode", "") for f in root.iter("{*}numFmt")}
    styles = (style for group in root.iter("{*}cellXfs") for style in group.iter("{*}xf"))
    shown = ((number, shown_how(formats.get(style.get("numFmtId", ""), ""))) for number, style in enumerate(styles))
    return {str(number).encode(): how for number, how in shown if how}


def shown_how(code: str) -> str:
    """Return how a number format shows a number, where that is another one: ``%`` or zeros; else an empty text."""
    bare = _LITERAL.sub("", code.partition(";")[0])
    if "%" in bare:
        return "%"
    return bare if re.fullmatch(r"0{2,}", bare) else ""


def note_marks(marks: Marks, block: bytes, styles: Mapping[bytes, str], letters: Mapping[bytes, int]) -> None:
    """Add what a piece of a sheet's XML says to its marks.

    :param styles: what :func:`telling_styles` returned.
    :param letters: column letters → number, filled by the caller as needed.
    """
    if b"hidden=" in block:
        marks.hidden_rows += (int(row) for row in _HIDDEN_ROW.findall(block) if len(marks.hidden_rows) < MAX_MARKED)
        marks.hidden_columns += _hidden_columns(block)
    if styles and len(marks.shown) < MAX_MARKED:
        for name, row, style in _STYLED_CELL.findall(block):
            if style in styles:
                marks.shown[int(row), letters[name]] = styles[style]


def _hidden_columns(block: bytes) -> Iterator[int]:
    for column in _HIDDEN_COLUMN.findall(block):
        bounds = {name: int(value) for name, value in _BOUND.findall(column)}
        first = bounds.get(b"min", 1)
        yield from range(first, min(bounds.get(b"max", first), first + 500, _MOST_COLUMNS) + 1)


def as_shown(number: float, how: str) -> str | float:
    """Return a number as the cell shows it, with all its digits.

    >>> as_shown(0.35, "%"), as_shown(123.0, "00000"), as_shown(1.5, "00000")
    ('35%', '00123', 1.5)
    """
    if how == "%":
        percent = Decimal(repr(number)) * 100
        return f"{percent.normalize():f}%"
    return f"{int(number):0{len(how)}}" if number.is_integer() and number >= 0 else number
