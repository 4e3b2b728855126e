"""Reading of workbooks: inspected as an archive first, then read in a child process with capped memory and time.

A crash or a decompression bomb ends the child process, not this one.
"""

import datetime as dt
import json
import posixpath
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict

import numpy as np
import pandas as pd
from lxml import etree

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
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
    """The extent of a sheet's cells, and its cells without a value (``flaws``): failed and uncomputed formulas."""

    name: str
    rows: int = 0
    columns: int = 0
    flaws: dict[Address, str] = field(default_factory=dict)


def inspect(path: Path) -> dict[str, Outline]:
    """Return sheet name → outline, read from the archive without opening the workbook.

    :raises InputError: the file is no .xlsx workbook, is encrypted, or is larger than a ledger can be.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head == _OLE_MAGIC:
            raise InputError(_old_or_encrypted(path, head + file.read()))
    if not head:
        raise InputError(
            Problem(Where(path.name), _("The file is empty"), _("Save the workbook again and import that copy"))
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return _inspect_archive(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError, LookupError) as error:
        raise InputError(unreadable(path)) from error


def unreadable(path: Path) -> Problem:
    """Return the problem of a damaged or unknown file."""
    return Problem(
        Where(path.name),
        _("The file is damaged, is no .xlsx workbook or is too large to read"),
        _("Open it in Excel or WPS and save it again as .xlsx; if it will not open, ask for a new copy"),
    )


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


def column_number(letters: str) -> int:
    """Return the column number from 1 for Excel's letters.

    >>> column_number("A"), column_number("AA")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _inspect_archive(path: Path, archive: zipfile.ZipFile) -> dict[str, Outline]:
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise InputError(unreadable(path))
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputError(
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
    """Return archive member → sheet name; empty where the workbook's index is damaged."""
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
        start = block.rfind(b"<c ")  # a cell cut in two is read again with the next chunk
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
        raise InputError(
            Problem(
                Where(path.name, outline.name, f"{column_letters(columns)}{max(rows, 1)}"),
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


_Cell = str | float


class _Sheet(TypedDict):
    name: str
    rows: list[list[_Cell]]


CHILD_MEMORY = 6 * 2**30
CHILD_SECONDS = 120


def read_xlsx(path: Path) -> dict[str, pd.DataFrame]:
    """Return sheet name → raw cells, hidden sheets included.

    A frame's index holds Excel's row numbers, its columns Excel's column numbers (1 = A). Cells are text, float, date
    or None; TRUE and FALSE are text; a failed formula is its error as text.

    :raises InputError: the file is no readable .xlsx workbook.
    """
    outlines = inspect(path)
    sheets = _read_in_child(path)
    return {sheet["name"]: _frame(sheet["rows"], outlines.get(sheet["name"])) for sheet in sheets}


def _read_in_child(path: Path) -> list[_Sheet]:
    command = [sys.executable, "-I", str(Path(__file__).with_name("child.py")), str(CHILD_MEMORY)]
    try:
        with path.open("rb") as source:
            done = subprocess.run(command, stdin=source, capture_output=True, timeout=CHILD_SECONDS, check=False)  # noqa: S603 - a fixed command
    except subprocess.TimeoutExpired as error:
        raise InputError(unreadable(path)) from error
    if done.returncode:
        raise InputError(unreadable(path))
    sheets: list[_Sheet] = json.loads(done.stdout)
    return sheets


def _frame(rows: list[list[_Cell]], outline: Outline | None) -> pd.DataFrame:
    if outline and outline.flaws:
        _put(rows, outline.flaws)
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame.columns = pd.RangeIndex(1, frame.shape[1] + 1)
    return frame.apply(_restored) if rows else frame


def _put(rows: list[list[_Cell]], flaws: dict[Address, str]) -> None:
    """Set these cells, extending the rows: the reader leaves out an area that holds failed formulas only."""
    height = max(row for row, _ in flaws)
    width = max(len(rows[0]) if rows else 0, *(column for _, column in flaws))
    rows += ([] for _ in range(height - len(rows)))
    for row in rows:
        row.extend([""] * (width - len(row)))
    for (number, column), words in flaws.items():
        if rows[number - 1][column - 1] == "":
            rows[number - 1][column - 1] = words


def _restored(column: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    restored = np.empty(len(distinct), dtype=object)
    restored[:] = [_cell(cell) for cell in distinct]
    return pd.Series(restored[codes], index=column.index, dtype=object)


def _cell(cell: _Cell) -> _Cell | dt.date | None:
    """Return a cell with the child's encoding of a day undone; text that only looks like one stays text."""
    if not isinstance(cell, str) or cell[:1] != "\0":
        return None if cell == "" else cell
    try:
        return dt.date.fromisoformat(cell[1:])
    except ValueError:
        return cell
