"""Writers of .xls, .ods and .xlsx files, cell by cell as they are given, for tests of the readers."""

import datetime as dt
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

Sheets = Mapping[str, Sequence[Sequence[Any]]]
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_GENERAL, _DAY = 0, 1
"""Cell formats of the .xls files: as it is, and as a day."""
_EPOCH = dt.date(1899, 12, 30)


def xls(path: Path, sheets: Sheets, merged: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    """Write a workbook in the old format of Excel and WPS (BIFF8); merged areas are those of the first sheet."""
    bodies = [_xls_sheet(rows, () if number else merged) for number, rows in enumerate(sheets.values())]
    formats = b"".join(_record(0xE0, struct.pack("<HHH14x", 0, number, 0)) for number in (0, 14))
    head = (
        _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200)) + formats
    )
    size = sum(4 + 8 + 2 * len(name) for name in sheets)
    at, index = len(head) + size + 4, b""
    for name, body in zip(sheets, bodies, strict=True):
        index += _record(0x85, struct.pack("<IBBBB", at, 0, 0, len(name), 1) + name.encode("utf-16-le"))
        at += len(body)
    path.write_bytes(_compound(head + index + _record(0xA) + b"".join(bodies)))
    return path


def _xls_sheet(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]]) -> bytes:
    width = max(map(len, rows), default=0)
    made = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    made += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    made += b"".join(_xls_cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row))
    if merged:
        areas = b"".join(struct.pack("<HHHH", a - 1, c - 1, b - 1, d - 1) for a, b, c, d in merged)
        made += _record(0xE5, struct.pack("<H", len(merged)) + areas)
    return made + _record(0xA)


def _xls_cell(row: int, column: int, value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bool):
        return _record(0x205, struct.pack("<HHHBB", row, column, _GENERAL, value, 0))
    if isinstance(value, dt.date):
        return _record(0x203, struct.pack("<HHHd", row, column, _DAY, (value - _EPOCH).days))
    if isinstance(value, int | float):
        return _record(0x203, struct.pack("<HHHd", row, column, _GENERAL, value))
    words = str(value).encode("utf-16-le")
    return _record(0x204, struct.pack("<HHHHB", row, column, _GENERAL, len(words) // 2, 1) + words)


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """Return an OLE compound file that holds the stream ``Workbook``."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    tables = 1
    while tables * 128 < tables + 1 + count:
        tables += 1
    chain = [*range(tables + 2, tables + 1 + count), _END]
    entries = [_FAT] * tables + [_END] + chain
    entries += [_FREE] * (tables * 128 - len(entries))
    header = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                         0, tables, tables, 0, 4096, _END, 0, _END, 0)  # fmt: skip
    header += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, tables + 1, len(stream))
    return header + struct.pack(f"<{len(entries)}I", *entries) + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    words = name.encode("utf-16-le") + b"\0\0"
    head = words.ljust(64, b"\0") + struct.pack("<HBBIII", len(words), kind, 1, _FREE, _FREE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(path: Path, sheets: Sheets) -> Path:
    """Write an OpenDocument workbook."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_ods_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMES.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    listed = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MIMETYPE, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{listed}"/>')
    return path


def _ods_row(row: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>"


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, dt.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    lines = "".join(f"<text:p>{escape(line).replace(' ', '<text:s/>')}</text:p>" for line in str(value).split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def xlsx(path: Path, sheets: Sheets) -> Path:
    """Write a workbook whose texts are texts, whatever they begin with."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)
    return path
