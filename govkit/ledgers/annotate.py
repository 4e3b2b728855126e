"""An annotated copy of the user's workbook with every refused cell marked (待修改).

Only what changes is written anew: the cells that are marked, their comments, the list of problems as the first sheet.
All else is copied as it is, part by part, so that a large workbook costs no more than to pack it again. Marks of an
earlier copy are removed first, so that a repaired copy can be checked and marked again.
"""

import hashlib
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from govkit.core import capped
from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.files import atomic_file
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import writable
from govkit.ledgers.cells import plain
from govkit.ledgers.marks import COLOURS, Mark, Marker, Survey, survey
from govkit.ledgers.package import Package, Styles
from govkit.ledgers.read.archive import Address, column_letters, column_number, opened
from govkit.ledgers.read.sheets import memory_for, read_here, seconds_for

LIST_SHEET = "问题清单"
SUFFIX = "-待修改"
MAX_MARKS = 2_000
"""Cells marked in one workbook; more comments make Excel slow."""
MAX_LISTED = 10_000
MAX_ROWS = 20_000
"""Rows of a file that is no workbook up to which its copy holds its rows; that of a longer one holds the list only."""
TEXTS = (".csv", ".txt", ".tsv")
_CHUNK = 1 << 20
_IN_MEMORY = 200_000_000
"""Bytes of a sheet that is unpacked once and kept, since it is read twice; a larger one is unpacked twice."""
_COPY = re.compile(rf"{SUFFIX}(?:\(\d+\))?$")
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_CSV_SHEET = re.compile(r"[\[\]:*?/\\]")


def annotate(path: Path, problems: Sequence[Problem], target_dir: Path, source: str = "") -> Path | None:
    """Write ``<stem>-待修改.xlsx`` with the file's problems marked, and return its path.

    Each cell that a problem names is filled (errors red, warnings yellow) and gets a comment with its problems. A file
    of any other kind becomes a workbook. A copy that someone has worked on since, or that is of another file, is never
    replaced: the new one gets a number.

    :param path: the file that was checked.
    :param problems: problems of this file and others; those of others are ignored.
    :param target_dir: the folder to write to.
    :param source: the name by which the problems call the file; its file name by default.
    :return: None, with nothing written, where none of the problems is this file's or it cannot be opened (encrypted,
        damaged, too large).
    :raises InternalError: the copy cannot be written.
    """
    mine = [problem for problem in problems if problem.where.source == (source or path.name)]
    if not mine:
        return None
    mark = _provenance(path)
    target = _target(path, target_dir, mark)
    cells = len({(p.where.part, item) for p in mine for item in (p.where.item, *p.also) if item})
    limits = _Limits(MAX_MARKS, MAX_LISTED, max(0, cells - MAX_MARKS), max(0, len(mine) - MAX_LISTED))
    try:
        with atomic_file(target) as scratch:
            _in_child(path, mine[:MAX_LISTED], scratch, limits, mark)
    except InputError:
        return None
    return target


def _in_child(path: Path, problems: Sequence[Problem], scratch: Path, *rest: object) -> None:
    try:
        memory, seconds = memory_for(path), seconds_for(path)
        capped.call(write_copy, path.absolute(), problems, scratch.absolute(), *rest, memory=memory, seconds=seconds)
    except capped.Died as died:
        if died.reason == "crash":
            raise InputError(()) from None
        raise InternalError(
            Problem(
                Where(path.name),
                _("The annotated copy takes more memory or time than one file may"),
                _("Fix the file itself by the list of problems"),
                severity="warning",
            )
        ) from None


def _provenance(path: Path) -> bytes:
    """Return the archive comment of a copy of this file; programs that save a workbook again do not keep it."""
    return b"govkit:" + hashlib.sha256(str(path.absolute()).encode(errors="replace")).hexdigest()[:32].encode()


def _target(path: Path, folder: Path, mark: bytes) -> Path:
    """Return the first name for a copy that is free, or that an untouched copy of the same file bears."""
    stem = _COPY.sub("", path.stem)
    names = (f"{stem}{SUFFIX}{f'({number})' if number > 1 else ''}.xlsx" for number in range(1, 10_000))
    return next(folder / name for name in names if _replaceable(folder / name, path, mark))


def _replaceable(target: Path, path: Path, mark: bytes) -> bool:
    if target.absolute() == path.absolute():
        return False
    try:
        with target.open("rb") as file:
            file.seek(-min(len(mark), target.stat().st_size), io.SEEK_END)
            return file.read() == mark
    except FileNotFoundError:
        return True
    except OSError:
        return False


@dataclass(frozen=True)
class _Limits:
    """How many cells are marked and problems listed, and how many of either there are beyond."""

    marks: int
    listed: int
    unmarked: int
    unlisted: int


def write_copy(path: Path, problems: Sequence[Problem], scratch: Path, limits: _Limits, mark: bytes) -> None:
    """Write the copy, in the child.

    :raises InputError: the file cannot be opened.
    """
    if path.suffix.lower() == ".xlsx":
        with opened(path) as archive:
            _mark_package(Package(archive), problems, scratch, limits, mark)
        return
    long = _is_long(path)
    found = {} if long else {name: sheet.cells for name, sheet in read_here(path).items()}
    sheets = {_sheet_name(name): cells for name, cells in (found or {path.stem: pd.DataFrame()}).items()}
    limits = replace(limits, marks=0) if long else limits
    with zipfile.ZipFile(_as_workbook(sheets)) as archive:
        _mark_package(Package(archive), problems, scratch, limits, mark)


def _is_long(path: Path) -> bool:
    """Return whether a text file has more lines than a copy holds, without reading it as a table."""
    if path.suffix.lower() not in TEXTS:
        return False
    with path.open("rb") as file:
        ends = [(chunk.count(b"\n"), chunk.count(b"\r")) for chunk in iter(lambda: file.read(_CHUNK), b"")]
    return max(map(sum, zip(*ends, strict=True)), default=0) > MAX_ROWS


def _mark_package(package: Package, problems: Sequence[Problem], scratch: Path, limits: _Limits, mark: bytes) -> None:
    sheets = {title: part for title, part in package.sheets().items() if title != LIST_SHEET}
    contents = _Contents(package)
    surveys = {title: survey(contents.opened(part)) for title, part in sheets.items()}
    placed = [(_place(surveys, problem.where), problem) for problem in problems]
    others = ((replace(p.where, item=item), p) for p in problems for item in p.also)
    everywhere = chain(placed, ((_place(surveys, where), problem) for where, problem in others))
    marks, styles = _marks(everywhere, limits.marks), package.styles()
    listing = package.first_sheet(LIST_SHEET)
    package.forget_relations(listing)
    package.change(listing, _list(package.main, styles, placed, limits).encode())
    markers = {
        part: Marker(package, part, styles, surveys[title], marks.get(title, {})) for title, part in sheets.items()
    }
    package.write(scratch, {part: marker.streamed(contents.opened(part)) for part, marker in markers.items()}, mark)


class _Contents:
    """The sheets of a package, each of usual size unpacked once."""

    def __init__(self, package: Package) -> None:
        self._archive = package.archive
        self._kept: dict[str, bytes] = {}
        self._left = _IN_MEMORY

    def opened(self, part: str) -> IO[bytes]:
        """Return a sheet's XML as a stream."""
        size = self._archive.getinfo(part).file_size
        if part not in self._kept and size <= self._left:
            self._kept[part] = self._archive.read(part)
            self._left -= size
        return io.BytesIO(self._kept[part]) if part in self._kept else self._archive.open(part)


_Place = tuple[str, Address] | None


def _place(surveys: Mapping[str, Survey], where: Where) -> _Place:
    """Return the sheet and cell that a problem names; in a merged area its first cell."""
    name = where.part if where.part in surveys else _sheet_name(where.part) if where.part else ""
    cell = _CELL.fullmatch(where.item)
    if name not in surveys or not cell:
        return None
    return name, surveys[name].first_cell((int(cell[2]), column_number(cell[1])))


def _marks(placed: Iterable[tuple[_Place, Problem]], most: int) -> dict[str, dict[Address, Mark]]:
    """Return sheet → cell → its mark; no more than ``most`` in all."""
    found: dict[tuple[str, Address], list[Problem]] = {}
    for place, problem in placed:
        if place and (place in found or len(found) < most):
            found.setdefault(place, []).append(problem)
    marks: dict[str, dict[Address, Mark]] = {}
    for (sheet, cell), problems in found.items():
        worst = "error" if any(problem.severity == "error" for problem in problems) else "warning"
        words = "\n".join(f"{_tidy(problem.what)}。\n→ {_tidy(problem.repair)}。" for problem in problems)
        marks.setdefault(sheet, {})[cell] = Mark(worst, words[:8_000])
    return marks


def _tidy(words: str) -> str:
    return writable(plain(words) if not words.isprintable() else words)


# --- the list of problems ---------------------------------------------------------------------------------------------


def _list(main: str, styles: Styles, placed: Sequence[tuple[_Place, Problem]], limits: _Limits) -> str:
    """Return the XML of the sheet that lists the problems, each with a link to its cell."""
    bold, wrapped, text = styles.text("<b/>"), styles.text(wrap=True), styles.text()
    link = styles.text('<u/><color rgb="FF0563C1"/>')
    kinds = {severity: styles.text(colour=colour) for severity, colour in COLOURS.items()}
    titles = [_("No."), _("Sheet"), _("Cell"), _("Kind"), _("What is wrong"), _("How to fix it")]
    rows = [_row(1, [(bold, title) for title in titles])]
    links = []
    for number, (place, problem) in enumerate(placed, start=1):
        kind = _("must be fixed") if problem.severity == "error" else _("please check")
        where = (text, problem.where.part), (link if place else text, problem.where.item)
        said = (wrapped, problem.what), (wrapped, problem.repair)
        rows.append(_row(number + 1, [(text, str(number)), *where, (kinds[problem.severity], kind), *said]))
        if place:
            links.append(_link(number + 1, *place))
    for number, words in enumerate(_omissions(limits), start=len(rows) + 1):
        rows.append(_row(number, [*[(text, "")] * 4, (wrapped, words)]))
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate((6, 22, 10, 10, 60, 60), start=1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{main}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{''.join(rows)}</sheetData>"
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _row(number: int, cells: Sequence[tuple[int, str]]) -> str:
    written = "".join(
        f'<c r="{column_letters(column)}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{escape(writable(words))}</t></is></c>"
        for column, (style, words) in enumerate(cells, start=1)
        if words
    )
    return f'<row r="{number}">{written}</row>'


def _link(row: int, sheet: str, cell: Address) -> str:
    name = sheet.replace("'", "''")
    location = quoteattr(f"'{name}'!{column_letters(cell[1])}{cell[0]}")
    return f'<hyperlink ref="C{row}" location={location}/>'


def _omissions(limits: _Limits) -> Iterator[str]:
    if limits.unlisted:
        yield _("{count} more problems are not listed; fix these first and check again").format(count=limits.unlisted)
    if limits.unmarked:
        yield _("{count} more cells are not marked; they are in this list only").format(count=limits.unmarked)


# --- workbooks of other files -----------------------------------------------------------------------------------------


def _sheet_name(name: str) -> str:
    return _CSV_SHEET.sub("_", name).strip("'")[:31] or "CSV"


def _as_workbook(sheets: Mapping[str, pd.DataFrame]) -> io.BytesIO:
    """Return a workbook of raw cells, all texts and numbers as they are; of a long file only its sheets' names."""
    from openpyxl import Workbook

    book, saved, made = Workbook(), io.BytesIO(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name in sheets:
        cell = book.create_sheet(name).cell(1, 1)
        cell.number_format, cell.quotePrefix = "@", True
    book.save(saved)
    long = sum(map(len, sheets.values())) > MAX_ROWS
    with (
        zipfile.ZipFile(saved) as plain_book,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book_,
    ):
        package = Package(plain_book)
        contents = {package.sheets()[name]: cells for name, cells in sheets.items() if not long}
        for member in plain_book.namelist():
            content = _cells_xml(package.main, contents[member]) if member in contents else plain_book.read(member)
            book_.writestr(member, content)
    return made


def _cells_xml(main: str, cells: pd.DataFrame) -> str:
    letters = [column_letters(int(str(column))) for column in cells.columns]
    rows = []
    for row, values in zip(cells.index, cells.itertuples(index=False, name=None), strict=True):
        written = "".join(_cell_xml(f"{letter}{row}", value) for letter, value in zip(letters, values, strict=True))
        rows.append(f'<row r="{row}">{written}</row>')
    joined = "".join(rows)
    return f'<worksheet xmlns="{main}"><sheetData>{joined}</sheetData></worksheet>'


def _cell_xml(address: str, value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, int | float) and math.isfinite(value):
        return f'<c r="{address}"><v>{value!r}</v></c>'
    words = escape(writable(str(value)))
    return f'<c r="{address}" s="1" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
