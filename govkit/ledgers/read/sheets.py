"""Reading of workbooks and CSV files as sheets of raw cells."""

import csv
import io
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govkit.core import capped
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import regular_file
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import unreadable
from govkit.ledgers.read.limits import refuse_long, refuse_wide
from govkit.ledgers.read.workbook import read_xlsx

MAX_FILE = 300_000_000


def read_sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Return sheet name → raw cells of a .xlsx or .csv file; a CSV is one sheet named like the file.

    A frame's index holds the row numbers that Excel shows, its columns the column numbers from 1.

    :raises InputError: the file is missing, too large, damaged or of another kind.

    >>> from govkit.core.files import shipped
    >>> list(read_sheets(shipped("data/places.csv")))
    ['places']
    """
    try:
        found: dict[str, pd.DataFrame] = capped.call(
            read_here, path.absolute(), memory=memory_for(path), seconds=seconds_for(path)
        )
    except capped.Died as died:
        raise InputError(died_reading(path, died)) from None
    return found


def read_here(path: Path) -> dict[str, pd.DataFrame]:
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


def _read(path: Path) -> dict[str, pd.DataFrame]:
    try:
        match path.suffix.lower():
            case ".xlsx":
                return read_xlsx(path)
            case ".csv":
                refuse_long(path)
                cells = read_csv(path)
                refuse_wide(path, path.stem, cells)
                return {path.stem: cells}
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


def read_csv(path: Path) -> pd.DataFrame:
    """Return the cells of a CSV file as text; its encoding is UTF-8 with or without BOM, else GB18030.

    :raises InputError: the file is in another encoding or not well-formed.
    """
    words = decoded(path)
    if not words.strip():
        return pd.DataFrame(dtype=object)
    delimiter = "\t" if "\t" in words[:2000] and "," not in words[:2000] else ","
    width = max(map(len, csv.reader(io.StringIO(words[:100_000], newline=""), delimiter=delimiter)))
    frame = _plain_table(words, delimiter, width) if '"' not in words else None
    if frame is None:
        frame = _quoted_table(path, words, delimiter, width)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _plain_table(words: str, delimiter: str, width: int) -> pd.DataFrame | None:
    """Return a table without quotes and with lines of equal length, read several times faster; None for any other."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    names = [str(number) for number in range(1, width + 1)]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(words.encode()),
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_axis(range(1, width + 1), axis=1)


def _quoted_table(path: Path, words: str, delimiter: str, width: int) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # pandas would drop cells beyond the last column
            return pd.read_csv(
                io.BytesIO(words.encode()),  # several times faster than a StringIO of Chinese text
                encoding="utf-8",
                sep=delimiter,
                header=None,
                names=range(1, width + 1),
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,
                index_col=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise InputError(
            Problem(
                Where(path.name),
                _("The file is not well-formed CSV ({reason})").format(reason=str(error).strip()),
                _("Open it in Excel or WPS and save it again as CSV or .xlsx"),
            )
        ) from error


def decoded(path: Path) -> str:
    """Return a text file read as UTF-8 with or without BOM, else as GB18030.

    :raises InputError: the file is in another encoding.
    """
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in words:
            return words
    raise InputError(
        Problem(
            Where(path.name),
            _("The text is neither UTF-8 nor GB18030"),
            _("Open it in Excel or WPS and save it as “CSV UTF-8” or as .xlsx"),
        )
    )
