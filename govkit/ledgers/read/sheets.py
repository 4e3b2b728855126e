"""Reading of workbooks and CSV files as sheets of raw cells."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from govkit.core import capped
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import regular_file
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import is_old, is_xlsx, unreadable
from govkit.ledgers.read.limits import refuse_long, refuse_wide
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.text import read_csv, torn_cells
from govkit.ledgers.read.workbook import read_other_workbook, read_xlsx

MAX_FILE = 300_000_000
TEXT_FILES = (".csv", ".txt", ".tsv")
OTHER_WORKBOOKS = (".xls", ".et", ".ods")


def read_sheets(path: Path) -> dict[str, Sheet]:
    """Return sheet name → sheet of a workbook or a text file; a text file is one sheet named like the file.

    Read are .xlsx, .xls and .et (the old format of Excel and WPS), .ods, and .csv, .tsv and .txt.

    A frame's index holds the row numbers that Excel shows, its columns the column numbers from 1.

    :raises InputError: the file is missing, too large, damaged or of another kind.

    >>> from govkit.core.files import shipped
    >>> list(read_sheets(shipped("data/places.csv")))
    ['places']
    """
    try:
        found: dict[str, Sheet] = capped.call(
            read_here, path.absolute(), memory=memory_for(path), seconds=seconds_for(path)
        )
    except capped.Died as died:
        raise InputError(died_reading(path, died)) from None
    return found


def read_here(path: Path) -> dict[str, Sheet]:
    """Return what :func:`read_sheets` returns, read by this process itself."""
    before = regular_file(path, MAX_FILE)
    sheets = _read(path)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise InputError(
            Problem(
                Where(path.name),
                _("The file was changed while it was read"),
                _("Wait until the other program has saved it, and try again"),
            )
        )
    return sheets


def _read(path: Path) -> dict[str, Sheet]:
    try:
        suffix = path.suffix.lower()
        if suffix in TEXT_FILES:
            refuse_long(path)
            cells = read_csv(path)
            refuse_wide(path, path.stem, cells)
            return {path.stem: Sheet(path.stem, cells, torn=torn_cells(cells))}
        if suffix == ".xlsx":  # offices rename files: what is inside decides
            return read_other_workbook(path) if is_old(path) else read_xlsx(path)
        if suffix in OTHER_WORKBOOKS:
            return read_xlsx(path) if is_xlsx(path) else read_other_workbook(path)
    except OSError as error:
        raise InputError(
            Problem(
                Where(path.name),
                _("The file cannot be opened ({reason})").format(reason=error.strerror or error),
                _("Close it in Excel or WPS, check that you may read it, and try again"),
            )
        ) from error
    raise InputError(
        Problem(
            Where(path.name),
            _("Files of the kind “{suffix}” are not read").format(suffix=path.suffix),
            _("Save the ledger as .xlsx or .csv"),
        )
    )


def source_names(paths: Iterable[Path]) -> dict[Path, str]:
    """Return what problems call each file: its name, and its path where several files have that name.

    >>> source_names([Path("甲/台账.xlsx"), Path("乙/台账.xlsx"), Path("丙.csv")]).values()
    dict_values(['甲/台账.xlsx', '乙/台账.xlsx', '丙.csv'])
    """
    once = dict.fromkeys(paths)
    names = Counter(path.name for path in once)
    return {path: path.name if names[path.name] == 1 else path.as_posix() for path in once}


def memory_for(path: Path) -> int:
    """Return the bytes that reading this file may take: 1 GiB, and for a large file as its rows need (measured)."""
    return capped.MEMORY + 8 * _size(path)


def seconds_for(path: Path) -> int:
    """Return the processor seconds that reading this file may take: 30, and one more for each 2 MB."""
    return capped.SECONDS + _size(path) // 2_000_000


def _size(path: Path) -> int:
    try:
        return min(path.stat().st_size, MAX_FILE)
    except OSError:
        return 0


def died_reading(path: Path, died: capped.Died) -> Problem:
    """Return the problem of a file whose reader ran into a cap, or crashed."""
    if died.reason == "crash":
        return unreadable(path)
    if died.reason == "time":
        what = _("Reading the file takes longer than {limit} seconds").format(limit=seconds_for(path))
    else:
        what = _("Reading the file takes more than {limit} MB of memory").format(limit=memory_for(path) // 2**20)
    return Problem(Where(path.name), what, _("Copy the rows into a new workbook made from the template"))
