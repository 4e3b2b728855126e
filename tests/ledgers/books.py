"""Small ledger files for tests, as staff or an attacker would submit them. All persons are invented."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from govkit.institutions import ledgers
from govkit.ledgers.check import Intake, check_files
from govkit.ledgers.declare import Ledger
from govkit.ledgers.places import shipped_places

PLACES = shipped_places()
LEDGERS = list(ledgers().values())
DISPUTES = ledgers()["disputes"]
GRIDS = ledgers()["grids"]
TODAY = dt.date(2016, 1, 15)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

GOOD: dict[str, Any] = {
    "dispute_id": "JF-001",
    "place": "北西尚村",
    "found_on": dt.date(2015, 3, 2),
    "found_level": "村",
    "kind": "家庭纠纷",
    "parties": "张样例",
    "summary": "兄弟间因赡养起纠纷",
    "settled_on": dt.date(2015, 3, 20),
    "settled_level": "村",
    "agreement": "口头协议",
}
COLUMN = dict(zip(GOOD, "ABCDEFGHIJ", strict=True))
"""Code name → column letter in the workbooks made here."""


def dispute(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a valid row with its own number and some cells changed."""
    return {**GOOD, "dispute_id": f"JF-{number:03}", **changes}


def cells(rows: Iterable[Mapping[str, Any]], ledger: Ledger = DISPUTES, without: Sequence[str] = ()) -> list[list[Any]]:
    """Return header and rows as a sheet holds them."""
    columns = [column for column in ledger.columns if column.name not in without]
    return [[c.heading for c in columns], *([row.get(c.name) for c in columns] for row in rows)]


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook; text that starts with "=" stays a formula, as openpyxl writes it."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    workbook.save(path)
    return path


def disputes_book(path: Path, *rows: Mapping[str, Any], sheet: str = "矛盾纠纷台账") -> Path:
    """Write a workbook with one sheet of disputes, header in row 1, first row in row 2."""
    return book(path, {sheet: cells(rows)})


def csv_file(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    """Write a CSV file as Excel does."""
    words = io.StringIO()
    csv.writer(words).writerows(rows)
    path.write_bytes(words.getvalue().encode(encoding))
    return path


def rewritten(path: Path, changes: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Replace or add members of a workbook's archive."""
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()} | dict(changes)
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return path


def sheet_xml(*rows: str) -> bytes:
    """Return a worksheet of hand-written row elements."""
    data = f"<sheetData>{''.join(rows)}</sheetData>"
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{data}</worksheet>'.encode()


def check(*paths: Path) -> Intake:
    """Check files against every ledger, as of January 2016."""
    return check_files(paths, LEDGERS, PLACES, TODAY)


def frames(intake: Intake) -> dict[str, Any]:
    """Return the accepted rows by ledger."""
    return {checked.ledger.code: checked.accepted for checked in intake.ledgers}
