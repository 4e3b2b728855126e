"""A look at a workbook from outside, before any reader is given it: sizes, far cells, and what a reader would drop.

The native reader takes the file's word for how large a sheet is, so archive sizes and cell addresses are looked at
first. It also returns a cell whose formula failed, or was never computed, as blank; such cells are found here, so that
they are reported and not taken for empty ones.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lxml import etree

from govkit.errors import InputProblems, Problem, Where
from govkit.i18n import gettext as _
from govkit.ledgers.cells import NOT_COMPUTED

MAX_UNPACKED = 1_000_000_000
MAX_MEMBERS = 5_000
MAX_COLUMNS = 500
MAX_ROWS = 1_048_576
MAX_AREA = 30_000_000
MAX_FLAWS = 100_000
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 16
_FAR_ADDRESS = re.compile(rb"""\br=["'](?:([A-Za-z]{3,7})(\d{1,10})|([A-Za-z]{1,2})(\d{6,10}))["']""")
_CELL = re.compile(rb"<c\s([^>]*[^/>])>(.*?)</c>", re.DOTALL)
_ADDRESS = re.compile(rb"""\br=["']([A-Za-z]{1,3})(\d{1,7})["']""")
_FLAW_SIGNS = (b't="e"', b"t='e'", b"</f></c>", b"<v/>", b"<v />", b"<v></v>")
_VALUE = re.compile(rb"<v[^>/]*>([^<]+)</v>")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Address = tuple[int, int]
"""Excel's row number and column number, both from 1."""


@dataclass
class Outline:
    """What a sheet's XML shows from outside: how far its cells reach, and the cells that hold no value of their own."""

    name: str
    rows: int = 0
    columns: int = 0
    flaws: dict[Address, str] = field(default_factory=dict)


def look_at(path: Path) -> dict[str, Outline]:
    """Return what each worksheet shows from outside, by sheet name.

    Raises :class:`InputProblems` for what is no .xlsx workbook, is encrypted, or is larger than a ledger can be.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head == _OLE_MAGIC:
            raise InputProblems(_old_or_encrypted(path, head + file.read()))
    if not head:
        raise InputProblems(
            Problem(Where(path.name), _("The file is empty"), _("Save the workbook again and import that copy"))
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return _look_at_archive(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError, LookupError) as error:
        raise InputProblems(unreadable(path)) from error


def unreadable(path: Path) -> Problem:
    """Return the problem of a file that no reader can make sense of."""
    return Problem(
        Where(path.name),
        _("The file is damaged, is no .xlsx workbook or is too large to read"),
        _("Open it in Excel or WPS and save it again as .xlsx; if it will not open, ask for a new copy"),
    )


def column_letters(number: int) -> str:
    """Return Excel's letters for a column number from 1: 1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the column number from 1 for Excel's letters: A → 1, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _look_at_archive(path: Path, archive: zipfile.ZipFile) -> dict[str, Outline]:
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise InputProblems(unreadable(path))
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputProblems(
            Problem(
                Where(path.name),
                _("Unpacked, the workbook is larger than a ledger can be"),
                _("Copy the rows into a new workbook made from the template"),
            )
        )
    names = _sheet_names(archive)
    outlines = {}
    for member in members:
        if member.filename in names or _is_sheet(member.filename):
            with archive.open(member) as sheet:
                outline = _outline(names.get(member.filename, Path(member.filename).stem), sheet)
            _refuse_far_cells(path, outline)
            outlines[outline.name] = outline
    return outlines


def _is_sheet(member: str) -> bool:
    return member.startswith("xl/worksheets/") and member.endswith(".xml")


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the archive member of each sheet → its name; empty where the workbook does not say."""
    try:
        targets = {r.get("Id"): r.get("Target") or "" for r in _parsed(archive, "xl/_rels/workbook.xml.rels")}
        sheets = list(_parsed(archive, "xl/workbook.xml").iter("{*}sheet"))
    except (KeyError, etree.XMLSyntaxError):
        return {}
    members = {}
    for sheet in sheets:
        target = targets.get(sheet.get(_RELATION), "")
        member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        members[member] = sheet.get("name", "")
    return members


def _parsed(archive: zipfile.ZipFile, member: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(member), parser)


def _outline(name: str, sheet: IO[bytes]) -> Outline:
    outline = Outline(name)
    tail = b""
    while chunk := sheet.read(_CHUNK):
        block = tail + chunk
        for far in set(_FAR_ADDRESS.findall(block)):
            outline.columns = max(outline.columns, column_number((far[0] or far[2]).decode()))
            outline.rows = max(outline.rows, int(far[1] or far[3]))
        if any(sign in block for sign in _FLAW_SIGNS) and len(outline.flaws) < MAX_FLAWS:
            outline.flaws.update(_flaws(block))
        start = block.rfind(b"<c ")  # a cell cut in two is looked at again with the next chunk
        tail = block[max(start, len(block) - _LONGEST_CELL) :] if start >= 0 else block[-32:]
    return outline


def _flaws(block: bytes) -> Iterator[tuple[Address, str]]:
    for cell in _CELL.finditer(block):
        attributes, content = cell[1], cell[2]
        value, address = _VALUE.search(content), _ADDRESS.search(attributes)
        failed = b't="e"' in attributes or b"t='e'" in attributes
        if address and (failed or (value is None and b"<f" in content)):
            words = value[1].decode(errors="replace") if failed and value else NOT_COMPUTED
            yield (int(address[2]), column_number(address[1].decode())), words


def _refuse_far_cells(path: Path, outline: Outline) -> None:
    rows, columns = outline.rows, outline.columns
    if columns > MAX_COLUMNS or rows > MAX_ROWS or rows * columns > MAX_AREA:
        raise InputProblems(
            Problem(
                Where(path.name, outline.name, f"{column_letters(columns)}{rows}"),
                _("A cell lies far outside the table, at column {column}, row {row}").format(column=columns, row=rows),
                _("Delete the stray cells to the right of and below the table, or copy the rows into a new workbook"),
            )
        )


def _old_or_encrypted(path: Path, content: bytes) -> Problem:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Problem(
            Where(path.name),
            _("The workbook is protected by a password"),
            _("Open it in Excel or WPS, remove the password, save and import again"),
        )
    return Problem(
        Where(path.name),
        _("The file is an old .xls workbook, whatever its name says"),
        _("Open it in Excel or WPS and save it as .xlsx"),
    )
