"""Workbooks in: looked at from outside first, then read in a child process whose memory is capped.

The reader is native code that takes the file's word for how large a sheet is, so nothing is handed to it before the
archive's sizes and the cell addresses have been looked at, and a crash or a bomb ends the child, not us.
"""

import datetime as dt
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govkit.errors import InputProblems, Problem, Where
from govkit.i18n import gettext as _

MAX_UNPACKED = 1_000_000_000
MAX_MEMBERS = 5_000
MAX_COLUMNS = 500
MAX_AREA = 30_000_000
CHILD_MEMORY = 6 * 2**30
CHILD_SECONDS = 120
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAR_ADDRESS = re.compile(rb"""\br=["'](?:([A-Z]{3,7})(\d{1,10})|([A-Z]{1,2})(\d{6,10}))["']""")
_CHUNK = 1 << 20


def read_xlsx(path: Path) -> dict[str, pd.DataFrame]:
    """Return the raw cells of each sheet, hidden ones too.

    Each frame's index is Excel's row number, its columns are Excel's column numbers (1 = A). Cells are text, float,
    bool, date or None. Raises :class:`InputProblems` for anything that is not a readable .xlsx workbook.
    """
    _look_at_outside(path)
    return {sheet["name"]: _frame(sheet["rows"]) for sheet in _read_in_child(path)}


def _look_at_outside(path: Path) -> None:
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
            _look_at_archive(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputProblems(_unreadable(path)) from error


def _look_at_archive(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise InputProblems(_unreadable(path))
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise InputProblems(
            Problem(
                Where(path.name),
                _("Unpacked, the workbook is larger than a ledger can be"),
                _("Copy the rows into a new workbook made from the template"),
            )
        )
    for member in members:
        if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
            with archive.open(member) as sheet:
                _look_at_addresses(path, member.filename, sheet)


def _look_at_addresses(path: Path, name: str, sheet: Any) -> None:
    rows = columns = 0
    tail = b""
    while chunk := sheet.read(_CHUNK):
        block = tail + chunk
        tail = block[-32:]
        for far in set(_FAR_ADDRESS.findall(block)):
            columns = max(columns, _column_number(far[0] or far[2]))
            rows = max(rows, int(far[1] or far[3]))
    if columns > MAX_COLUMNS or rows * columns > MAX_AREA:
        raise InputProblems(
            Problem(
                Where(path.name, Path(name).stem, f"{columns}×{rows}"),
                _("A cell lies far outside the table, at column {column}, row {row}").format(column=columns, row=rows),
                _("Delete the stray cells to the right of and below the table, or copy the rows into a new workbook"),
            )
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


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


def _unreadable(path: Path) -> Problem:
    return Problem(
        Where(path.name),
        _("The file is damaged, is no .xlsx workbook or is too large to read"),
        _("Open it in Excel or WPS and save it again as .xlsx; if it will not open, ask for a new copy"),
    )


def _read_in_child(path: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-I", str(Path(__file__).with_name("xlsx_child.py")), str(CHILD_MEMORY)]
    try:
        with path.open("rb") as source:
            done = subprocess.run(command, stdin=source, capture_output=True, timeout=CHILD_SECONDS, check=False)  # noqa: S603 - our own reader
    except subprocess.TimeoutExpired as error:
        raise InputProblems(_unreadable(path)) from error
    if done.returncode:
        raise InputProblems(_unreadable(path))
    sheets: list[dict[str, Any]] = json.loads(done.stdout)
    return sheets


def _frame(rows: list[list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame.columns = pd.RangeIndex(1, frame.shape[1] + 1)
    return frame.apply(_restored) if rows else frame


def _restored(column: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    values = [
        dt.date.fromisoformat(cell[1:])
        if isinstance(cell, str) and cell[:1] == "\0"
        else (None if cell == "" else cell)
        for cell in distinct
    ]
    restored = np.empty(len(values), dtype=object)
    restored[:] = values
    return pd.Series(restored[codes], index=column.index, dtype=object)
