"""What a person sees of an old (.xls) or OpenDocument (.ods) workbook that its cells' values do not say.

Numbers shown as percentages or with leading zeros, hidden rows, the 1904 calendar, merged areas. Runs in the capped
child, after the cells were read.
"""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lxml import etree

from govkit.core.errors import InputError
from govkit.ledgers.read.archive import MAX_FLAWS, Outline, refuse_far_cells, refuse_members, unreadable
from govkit.ledgers.read.marks import MAX_MARKED, shown_how
from govkit.ledgers.read.sheet import Marks

_MOST_REPEATED = 10_000
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"


def outlines(path: Path) -> list[Outline]:
    """Return the outline of each sheet of an old or an OpenDocument workbook, in their order.

    :raises InputError: the file is damaged, or a bomb.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                refuse_members(path, archive.infolist())
                zeros = _number_styles(archive)
                with archive.open("content.xml") as content:
                    return list(_ods_outlines(path, content, zeros))
        return _xls_outlines(path)
    except InputError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, struct.error, etree.LxmlError) as error:
        raise InputError(unreadable(path)) from error


# --- OpenDocument -----------------------------------------------------------------------------------------------------


def _number_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of the workbook's number styles with leading zeros, and the zeros."""
    if "styles.xml" not in archive.namelist():
        return {}
    with archive.open("styles.xml") as styles:
        numbers = _parsed(styles, ("end",), f"{_NUMBER}number-style")
        return {style.get(f"{_STYLE}name", ""): _leading_zeros(style) for _event, style in numbers}


def _parsed(
    content: IO[bytes], events: tuple[str, ...], tag: str | None = None
) -> Iterator[tuple[str, etree._Element]]:
    found: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        content, events=events, tag=tag, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    return found


def _ods_outlines(path: Path, content: IO[bytes], zeros: dict[str, str]) -> Iterator[Outline]:
    styles: dict[str, str] = {}
    outline, row = Outline(""), 0
    for event, element in _parsed(content, ("start", "end")):
        if event == "start":
            if element.tag == f"{_TABLE}table":
                outline, row = Outline(element.get(f"{_TABLE}name", "")), 0
            continue
        if element.tag == f"{_NUMBER}number-style":
            zeros[element.get(f"{_STYLE}name", "")] = _leading_zeros(element)
        elif element.tag == f"{_STYLE}style":
            styles[element.get(f"{_STYLE}name", "")] = zeros.get(element.get(f"{_STYLE}data-style-name", ""), "")
        elif element.tag == f"{_TABLE}table-row":
            row = _ods_row(outline, element, row, styles)
            refuse_far_cells(path, outline)
            element.clear()
        elif element.tag == f"{_TABLE}table":
            yield outline
            element.clear()


def _leading_zeros(style: etree._Element) -> str:
    number = style.find(f"{_NUMBER}number")
    digits = int(number.get(f"{_NUMBER}min-integer-digits", "1")) if number is not None else 1
    decimals = number.get(f"{_NUMBER}decimal-places", "0") if number is not None else "0"
    return "0" * digits if 2 <= digits <= 30 and decimals == "0" else ""


def _ods_row(outline: Outline, element: etree._Element, row: int, styles: dict[str, str]) -> int:
    """Add a row to its sheet's outline; return the number of the last row that it stands for."""
    last = row + _repeated(element, "rows")
    if element.get(f"{_TABLE}visibility", "visible") != "visible":
        outline.marks.hidden_rows += range(row + 1, min(last, row + _MOST_REPEATED) + 1)
    column = 0
    for cell in element:
        if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            continue
        first, column = column + 1, column + _repeated(cell, "columns")
        kind = cell.get(f"{_OFFICE}value-type", "")
        if kind:
            outline.rows, outline.columns = max(outline.rows, last), max(outline.columns, column)
        how = "%" if kind == "percentage" else styles.get(cell.get(f"{_TABLE}style-name", ""), "")
        if how and kind in {"percentage", "float"} and len(outline.marks.shown) < MAX_MARKED:
            for c in range(first, min(column, first + _MOST_REPEATED) + 1):
                outline.marks.shown |= dict.fromkeys(((r, c) for r in range(row + 1, min(last, row + 100) + 1)), how)
        down, across = (int(cell.get(f"{_TABLE}number-{name}-spanned", "1")) for name in ("rows", "columns"))
        if (down > 1 or across > 1) and len(outline.merged) < MAX_FLAWS:
            outline.merged.append((row + 1, first, row + down, first + across - 1))
    return last


def _repeated(element: etree._Element, what: str) -> int:
    return max(1, int(element.get(f"{_TABLE}number-{what}-repeated", "1")))


# --- the old format of Excel and WPS ----------------------------------------------------------------------------------

_BOUNDSHEET, _FORMAT, _XF, _DATEMODE, _ROW = 0x85, 0x41E, 0xE0, 0x22, 0x208
_NUMBERS = {0x203, 0x27E, 0x06}
_SEVERAL_NUMBERS = 0xBD


def _xls_outlines(path: Path) -> list[Outline]:
    """Return the outlines of an old workbook, whose record of sheets gives where each begins."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(path) as compound:
        name = next((name for name in ("Workbook", "Book") if compound.exists(name)), "")
        stream = compound.openstream(name).read() if name else b""
    formats: dict[int, str] = {9: "0%", 10: "0.00%"}
    shown: list[str] = []
    begins: list[int] = []
    from_1904 = False
    for kind, content in _records(stream, 0):
        if kind == _BOUNDSHEET:
            begins.append(struct.unpack_from("<I", content)[0])
        elif kind == _FORMAT:
            formats[struct.unpack_from("<H", content)[0]] = _words(content[2:])
        elif kind == _XF:
            shown.append(shown_how(formats.get(struct.unpack_from("<H", content, 2)[0], "")))
        elif kind == _DATEMODE:
            from_1904 = content[:1] == b"\1"
    return [Outline("", marks=_xls_marks(stream, start, shown), from_1904=from_1904) for start in begins]


def _xls_marks(stream: bytes, start: int, shown: list[str]) -> Marks:
    marks = Marks()
    for kind, content in _records(stream, start):
        if kind == _ROW and len(content) > 12 and content[12] & 0x20 and len(marks.hidden_rows) < MAX_MARKED:
            marks.hidden_rows.append(struct.unpack_from("<H", content)[0] + 1)
        elif kind in _NUMBERS and len(content) > 5:
            row, column, style = struct.unpack_from("<HHH", content)
            if style < len(shown) and shown[style]:
                marks.shown[row + 1, column + 1] = shown[style]
        elif kind == _SEVERAL_NUMBERS:
            row, first = struct.unpack_from("<HH", content)
            for number, at in enumerate(range(4, len(content) - 2, 6)):
                style = struct.unpack_from("<H", content, at)[0]
                if style < len(shown) and shown[style]:
                    marks.shown[row + 1, first + number + 1] = shown[style]
    return marks


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record up to the end of a part of the stream."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        if kind == 0x0A:
            return
        at += 4 + size


def _words(content: bytes) -> str:
    """Return the text of a number format, in the form of BIFF8 or that of BIFF5."""
    length = struct.unpack_from("<H", content)[0]
    if len(content) == 3 + length * (2 if content[2] & 1 else 1):
        return content[3:].decode("utf-16-le" if content[2] & 1 else "latin-1", errors="replace")
    return content[1:].decode("latin-1")
