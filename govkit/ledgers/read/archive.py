"""A look at a workbook's archive before anything reads it: its entries, sizes, sheets and how far their cells reach.

It runs in the capped child; what it refuses is named by place, which no cap can do.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import IO

from lxml import etree

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import NOT_COMPUTED
from govkit.ledgers.read.marks import is_from_1904, note_marks, parsed, telling_styles
from govkit.ledgers.read.sheet import Area, Marks

MAX_UNPACKED = 1_000_000_000
MAX_RATIO = 200
"""Unpacked bytes for each packed one, in a member of more than ``LARGE``; sheets of real rows reach 60."""
LARGE = 20_000_000
MAX_MEMBERS = 5_000
MAX_SHEETS = 300
MAX_FORMATS = 65_490
"""Cell formats that Excel allows; more are the work of a program."""
MAX_COLUMNS = 500
MAX_ROWS = 1_048_576
MAX_AREA = 30_000_000
MAX_FLAWS = 100_000
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 16
_FAR_ADDRESS = re.compile(rb"""\br=["'](?:([A-Za-z]{2,7})(\d{1,10})|([A-Za-z])(\d{6,10}))["']""")
_USUAL_FAR_ADDRESS = re.compile(rb' r="(?:([A-Za-z]{2,7})(\d{1,10})|([A-Za-z])(\d{6,10}))"')
_TAG = re.compile(rb"""<(?:\w+:)?(row|c)\b(?:[^>]*?\br=["']([A-Za-z]{0,7})(\d{1,10})["'])?[^>]*>""")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c[\s/>]")
_CELL_WITH_ADDRESS = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["'][A-Za-z]""")
_CELL = re.compile(rb"<c\s([^>]*[^/>])>(.*?)</c>", re.DOTALL)
_ADDRESS = re.compile(rb"""\br=["']([A-Za-z]{1,3})(\d{1,7})["']""")
_FLAW_SIGNS = (b't="e"', b"t='e'", b"<f>", b"<f ", b"<f/>")
_VALUE = re.compile(rb"<v[^>/]*>([^<]+)</v>")
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
"""The attribute by which a workbook names a sheet's part, in both dialects of OOXML."""

Address = tuple[int, int]
"""Excel's row number and column number, both from 1."""


@dataclass
class Outline:
    """The extent of a sheet's cells, those without a value (``flaws``: failed and uncomputed formulas), and its marks.

    Rows up to 99,999 and columns up to Z are not counted one by one unless they could matter.
    """

    name: str
    rows: int = 0
    columns: int = 26
    unaddressed: bool = False
    flaws: dict[Address, str] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    from_1904: bool = False
    merged: list[Area] = field(default_factory=list)


def inspect(path: Path) -> dict[str, Outline]:
    """Return sheet name → outline, read from the archive without opening the workbook.

    :raises InputError: the file is no .xlsx workbook, is encrypted, or is larger than a ledger can be.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head == _OLE_MAGIC:
            raise InputError(is_encrypted(path) or unreadable(path))
    if not head:
        raise InputError(
            Problem(Where(path.name), _("The file is empty"), _("Save the workbook again and import that copy"))
        )
    if head[:4] != b"PK\x03\x04":
        raise InputError(unreadable(path))
    with opened(path) as archive:
        return _outlines(path, archive)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a workbook's archive once its directory, its kinds of parts and its formats have been looked at.

    :raises InputError: it is damaged, a bomb, encrypted or holds macros; or it turns out damaged while it is read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_members(path, archive.infolist())
            if "xl/workbook.xml" not in archive.namelist():
                raise InputError(unreadable(path))
            _refuse_parts(path, archive)
            yield archive
    except _DAMAGED as error:
        raise InputError(unreadable(path)) from error


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    etree.LxmlError,
)


def unreadable(path: Path) -> Problem:
    """Return the problem of a damaged or unknown file."""
    return Problem(
        Where(path.name),
        _("The file is damaged, is no .xlsx workbook or is too large to read"),
        _("Open it in Excel or WPS and save it again as .xlsx; if it will not open, ask for a new copy"),
    )


@lru_cache(maxsize=1_000)
def column_letters(number: int) -> str:
    """Return Excel's letters for a column number from 1.

    >>> column_letters(1), column_letters(27)
    ('A', 'AA')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=1_000)
def column_number(letters: str) -> int:
    """Return the column number from 1 for Excel's letters.

    >>> column_number("A"), column_number("AA")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _outlines(path: Path, archive: zipfile.ZipFile) -> dict[str, Outline]:
    members = archive.infolist()
    names = _sheet_names(archive)
    if len(names) > MAX_SHEETS:
        raise InputError(
            Problem(
                Where(path.name),
                _("The workbook has {count} sheets; at most {limit} are read").format(
                    count=len(names), limit=MAX_SHEETS
                ),
                _("Delete the sheets that are not needed, or import them as several workbooks"),
            )
        )
    styles, from_1904 = telling_styles(archive), is_from_1904(archive)
    outlines = {}
    for member in members:
        if member.filename in names or _is_sheet(member.filename):
            name = names.get(member.filename, Path(member.filename).stem)
            outlines[name] = _sheet_outline(path, archive, member, Outline(name, from_1904=from_1904), styles)
    return outlines


def refuse_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that is a bomb, is encrypted, or whose directory contradicts itself.

    :raises InputError: too many or too large members, one packed beyond belief, twice the same, over another, encrypted
        or with a path that leaves the archive.
    """
    bomb = any(m.file_size > LARGE and m.file_size > MAX_RATIO * m.compress_size for m in members)
    if bomb or len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputError(
            Problem(
                Where(path.name),
                _("Unpacked, the workbook is larger than a ledger can be"),
                _("Copy the rows into a new workbook made from the template"),
            )
        )
    if any(member.flag_bits & 1 for member in members):
        raise InputError(_protected(path))
    ordered = sorted(members, key=lambda member: member.header_offset)
    overlap = any(a.header_offset + a.compress_size > b.header_offset for a, b in pairwise(ordered))
    strange = any(m.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", m.filename) for m in members)
    if overlap or strange or len({member.filename.lower() for member in members}) < len(members):
        raise InputError(unreadable(path))


def _refuse_parts(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse macros, document types (which declare entities) and cell formats beyond Excel's own limit."""
    for name in archive.namelist():
        if name.endswith("vbaProject.bin"):
            raise InputError(
                Problem(
                    Where(path.name),
                    _("The workbook holds macros"),
                    _("Save it in Excel or WPS as .xlsx without macros and import that copy"),
                )
            )
        if name.endswith((".xml", ".rels")):
            with archive.open(name) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    raise InputError(unreadable(path))
    if "xl/styles.xml" in archive.namelist():
        with archive.open("xl/styles.xml") as part:
            formats = sum(chunk.count(b"<xf ") for chunk in iter(lambda: part.read(_CHUNK), b""))
        if formats > 2 * MAX_FORMATS:  # the formats of cells, and of named styles
            raise InputError(
                Problem(
                    Where(path.name),
                    _("The workbook has {count} cell formats; Excel allows {limit}").format(
                        count=formats, limit=MAX_FORMATS
                    ),
                    _("Copy the rows as values into a new workbook made from the template"),
                )
            )


def _sheet_outline(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, outline: Outline, styles: Mapping[bytes, str]
) -> Outline:
    """Return a sheet's outline, counted cell by cell where the quick look leaves open how far the cells reach."""
    with archive.open(member) as sheet:
        _look(outline, sheet, styles)
    if outline.unaddressed or outline.columns * 99_999 > MAX_AREA:
        with archive.open(member) as sheet:
            _count_cells(path, outline, sheet)
    refuse_far_cells(path, outline)
    return outline


def _count_cells(path: Path, outline: Outline, sheet: IO[bytes]) -> None:
    """Follow rows and cells through a sheet, those without an address too; stop where they lie too far."""
    row, column, tail = 0, 0, b""
    while chunk := sheet.read(_CHUNK):
        block = tail + chunk
        end = block.rfind(b">") + 1
        for tag in _TAG.finditer(block, 0, end):
            number = int(tag[3]) if tag[3] else 0
            if tag[1] == b"row":
                row, column = number or row + 1, 0
                continue
            row = number or row
            column = column_number(tag[2].decode()) if tag[2] else column + 1
            if row > outline.rows or column > outline.columns:
                outline.rows, outline.columns = max(row, outline.rows), max(column, outline.columns)
                refuse_far_cells(path, outline)
        tail = block[end:][-_LONGEST_CELL:]


def _is_sheet(member: str) -> bool:
    return member.startswith("xl/worksheets/") and member.endswith(".xml")


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return archive member → sheet name; empty where the workbook's index is damaged."""
    try:
        targets = {r.get("Id"): r.get("Target") or "" for r in parsed(archive, "xl/_rels/workbook.xml.rels")}
        sheets = list(parsed(archive, "xl/workbook.xml").iter("{*}sheet"))
    except (KeyError, etree.XMLSyntaxError):
        return {}
    members = {}
    for sheet in sheets:
        target = targets.get(next(filter(None, map(sheet.get, _RELATIONS)), None), "")
        member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        members[member] = sheet.get("name", "")
    return members


def _look(outline: Outline, sheet: IO[bytes], styles: Mapping[bytes, str]) -> None:
    """Add what the XML of a sheet says to its outline."""
    letters = _Letters()
    tail = b""
    while chunk := sheet.read(_CHUNK):
        block = tail + chunk
        end = block.rfind(b">") + 1
        usual = block.count(b"<c", 0, end) == block.count(b'<c r="', 0, end) > 0
        for far in set((_USUAL_FAR_ADDRESS if usual else _FAR_ADDRESS).findall(block)):
            outline.columns = max(outline.columns, column_number((far[0] or far[2]).decode()))
            outline.rows = max(outline.rows, int(far[1] or far[3]))
        if not usual and not outline.unaddressed:
            addressed = len(_CELL_WITH_ADDRESS.findall(block, 0, end))
            outline.unaddressed = len(_CELL_TAG.findall(block, 0, end)) > addressed
        if any(sign in block for sign in _FLAW_SIGNS) and len(outline.flaws) < MAX_FLAWS:
            outline.flaws.update(_flaws(block))
        note_marks(outline.marks, block, styles, letters)
        start = block.rfind(b"<c ")  # a cell cut in two is read again with the next chunk
        tail = block[max(start, len(block) - _LONGEST_CELL) :] if start >= 0 else block[-32:]


class _Letters(dict[bytes, int]):
    """Column letters → number, worked out once each."""

    def __missing__(self, letters: bytes) -> int:
        self[letters] = column_number(letters.decode())
        return self[letters]


def _flaws(block: bytes) -> Iterator[tuple[Address, str]]:
    for cell in _CELL.finditer(block):
        attributes, content = cell[1], cell[2]
        value, address = _VALUE.search(content), _ADDRESS.search(attributes)
        failed = b't="e"' in attributes or b"t='e'" in attributes
        if address and (failed or (value is None and b"<f" in content)):
            words = value[1].decode(errors="replace") if failed and value else NOT_COMPUTED
            yield (int(address[2]), column_number(address[1].decode())), words


def refuse_far_cells(path: Path, outline: Outline) -> None:
    """Refuse a sheet whose cells lie farther than a ledger's.

    :raises InputError: a cell lies beyond a limit.
    """
    rows, columns = outline.rows, outline.columns
    if columns > MAX_COLUMNS or rows > MAX_ROWS or rows * columns > MAX_AREA:
        raise InputError(
            Problem(
                Where(path.name, outline.name, f"{column_letters(columns)}{max(rows, 1)}"),
                _("A cell lies far outside the table, at column {column}, row {row}").format(column=columns, row=rows),
                _("Delete the stray cells to the right of and below the table, or copy the rows into a new workbook"),
            )
        )


def is_old(path: Path) -> bool:
    """Return whether a file is an old .xls workbook by its content, whatever its name says."""
    with path.open("rb") as file:
        return file.read(8) == _OLE_MAGIC


def is_xlsx(path: Path) -> bool:
    """Return whether a file is a .xlsx workbook by its content, whatever its name says."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except _DAMAGED:
        return False


def is_encrypted(path: Path) -> Problem | None:
    """Return the problem of an old workbook, or what looks like one, that is protected by a password."""
    content = path.read_bytes() if is_old(path) else b""
    return _protected(path) if "EncryptedPackage".encode("utf-16-le") in content else None


def _protected(path: Path) -> Problem:
    return Problem(
        Where(path.name),
        _("The workbook is protected by a password"),
        _("Open it in Excel or WPS, remove the password, save and import again"),
    )
