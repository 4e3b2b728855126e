"""Reading of workbooks and CSV files as sheets of raw cells."""

import csv
import io
import warnings
from pathlib import Path

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
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
    if not path.is_file():
        raise InputError(Problem(Where(str(path)), _("There is no such file"), _("Check the path and the file name")))
    if path.stat().st_size > MAX_FILE:
        raise InputError(
            Problem(
                Where(path.name),
                _("The file is larger than {limit} MB").format(limit=MAX_FILE // 1_000_000),
                _("Split the ledger by township unit or by year"),
            )
        )
    try:
        match path.suffix.lower():
            case ".xlsx":
                return read_xlsx(path)
            case ".csv":
                return {path.stem: read_csv(path)}
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
