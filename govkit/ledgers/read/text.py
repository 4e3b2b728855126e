"""Reading of text files with a record a line: any encoding and separator that offices use, broken quotes contained."""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad

SEPARATORS = (",", "\t", ";", "|", "，", "；")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_FEWEST_FIELDS = 4
"""Fields from which a line that was swallowed by a quoted cell is told from a cell with commas."""
_LONGEST_CELL_LINES = 200


def read_csv(path: Path) -> pd.DataFrame:
    """Return the cells of a text file, all text; a record with a broken quote has a ``Bad`` in its cell.

    The encoding is UTF-8 with or without a mark, UTF-16 with one, else GB18030; the separator is the one that divides
    most lines alike.

    :raises InputError: the file is in another encoding or not well-formed.
    """
    words = decoded(path)
    if not words.strip():
        return pd.DataFrame(dtype=object)
    delimiter = separator(words[:20_000])
    width = max(map(len, csv.reader(io.StringIO(words[:100_000], newline=""), delimiter=delimiter)))
    if '"' not in words:
        encoded = words.encode()
        del words  # of a large file the text takes as much memory as its table
        frame = _plain_table(encoded, delimiter, width)
        frame = _quoted_table(path, encoded, delimiter, width) if frame is None else frame
    else:
        lines = words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        records, broken = _records(lines, delimiter)
        frame = (
            _salvaged(lines, records, broken, delimiter)
            if broken
            else _quoted_table(path, words.encode(), delimiter, width)
        )
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def torn_cells(cells: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    """Return the rows and columns of the cells with a broken quote."""
    return tuple(
        (int(str(row)), int(str(column)))
        for column in cells.columns
        if cells[column].dtype == object
        for row, raw in cells[column].items()
        if isinstance(raw, Bad)
    )


def separator(words: str) -> str:
    r"""Return the sign that divides most lines into the same number of fields, quoted cells left out.

    >>> separator("甲;乙\n1,5;2\n"), separator("甲\t乙\n")
    (';', '\t')
    """
    lines = re.sub(r'"[^"]*"', "", words).split("\n")
    best, most = ",", 0
    for sign in SEPARATORS:
        counts = Counter(line.count(sign) for line in lines if sign in line)
        alike = counts.most_common(1)[0][1] if counts else 0
        if alike > most:
            best, most = sign, alike
    return best


def decoded(path: Path) -> str:
    """Return a text file read as UTF-8 with or without BOM, UTF-16 with BOM, else as GB18030.

    :raises InputError: the file is in another encoding.
    """
    content = path.read_bytes()
    marked = _BYTE_ORDER_MARKS.get(content[:2])
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):
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


def _plain_table(content: bytes, delimiter: str, width: int) -> pd.DataFrame | None:
    """Return a table without quotes and with lines of equal length, read several times faster; None for any other."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    if not delimiter.isascii():
        return None
    names = [str(number) for number in range(1, width + 1)]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(content),
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_axis(range(1, width + 1), axis=1)


def _quoted_table(path: Path, content: bytes, delimiter: str, width: int) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # pandas would drop cells beyond the last column
            return pd.read_csv(
                io.BytesIO(content),  # several times faster than a StringIO of Chinese text
                encoding="utf-8",
                sep=delimiter,
                engine="c" if delimiter.isascii() else "python",
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


def _records(lines: Sequence[str], delimiter: str) -> tuple[list[tuple[int, int]], set[int]]:
    """Return the first and last line of each record, and the lines with a quote that opens or closes nothing.

    A quoted cell may hold line breaks. It is broken where its record has another number of fields than most, or where
    each of its lines would be a whole record: then a forgotten quote swallowed them.
    """
    fields = Counter(line.count(delimiter) + 1 for line in lines if '"' not in line)
    usual = fields.most_common(1)[0][0] if fields else lines[0].count(delimiter) + 1
    records: list[tuple[int, int]] = []
    broken: set[int] = set()
    number = 0
    while number < len(lines):
        last = number
        if number not in broken and _is_open(lines[number], delimiter):
            last = _closing(lines, number)
            swallowed = lines[number : last + 1]
            if last == number or _is_broken(swallowed, delimiter, usual):
                broken |= {number, last}
                last = number
        records.append((number, last))
        number = last + 1
    return records, broken


def _is_open(line: str, delimiter: str) -> bool:
    return line.count('"') % 2 == 1 and not _complete([line], delimiter)


def _complete(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """Return the fields of the lines read as one record; None where a quote is left open or more than one record."""
    try:
        records = list(csv.reader(("\n".join(lines),), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _closing(lines: Sequence[str], first: int) -> int:
    """Return the line that closes the quote opened in ``first``; ``first`` itself where none does."""
    for number in range(first + 1, min(first + _LONGEST_CELL_LINES, len(lines))):
        if lines[number].count('"') % 2 == 1:
            return number
    return first


def _is_broken(lines: Sequence[str], delimiter: str, usual: int) -> bool:
    fields = _complete(lines, delimiter)
    if fields is None:
        return True
    if usual < _FEWEST_FIELDS:
        return False
    return len(fields) != usual or all(line.count(delimiter) + 1 == usual for line in lines)


def _salvaged(
    lines: Sequence[str], records: Sequence[tuple[int, int]], broken: set[int], delimiter: str
) -> pd.DataFrame:
    """Return the cells of all records; one with a broken quote is split at every separator, and its cell is ``Bad``."""
    rows: list[list[str | Bad | None]] = []
    for first, last in records:
        if first in broken:
            rows.append(_torn(lines[first], delimiter))
        else:
            fields = _complete(lines[first : last + 1], delimiter)
            rows.append([field or None for field in fields or lines[first].split(delimiter)])
    width = max(map(len, rows))
    frame = pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows], dtype=object)
    return frame.set_axis(range(1, width + 1), axis=1)


def _torn(line: str, delimiter: str) -> list[str | Bad | None]:
    fields: list[str | Bad | None] = [field or None for field in line.split(delimiter)]
    for number, field in enumerate(fields):
        if isinstance(field, str) and field.count('"') % 2:
            fields[number] = Bad(
                _("The quotation mark in “{value}” has no partner in its record").format(value=field[:40]),
                _("Delete it, or add the missing one; the records after it were read line by line"),
            )
    return fields
