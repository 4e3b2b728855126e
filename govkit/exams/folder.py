"""The exam folder: file names, search, and CSV tables with problems by row and atomic writes."""

import codecs
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.files import atomic_file
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import csv_frame, plain_text

BLUEPRINT_FILE = "blueprint.yaml"
MARKS_FILE = "marks.csv"
NAMES = ("exam", "demo/exam")
"""Folders searched for an exam: where ``govkit exam assemble`` writes, then the demonstration's."""


def nearest_exam(given: str | Path = "", holding: str = "blueprint.yaml") -> Path | None:
    """Return the exam folder ``given``, or the nearest one in the current folder or above it; None if there is none.

    :param holding: the file that must be there; a folder named outright is returned whatever it holds.
    """
    if given:
        return Path(given)
    here = Path.cwd()
    places = [here, *(folder / name for folder in (here, *here.parents) for name in NAMES)]
    return next((folder for folder in places if (folder / holding).is_file()), None)


if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SHOWN = 200


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> "pa.Table":
    """Return the named columns of a CSV file as dictionary-encoded text; an optional one that is absent is empty.

    UTF-8 (with or without BOM) and, failing that, GB18030 are read.

    :raises InputError: the file is missing, a column is, or rows have too many or too few fields (with their lines).
    """
    import pyarrow as pa
    from pyarrow import csv

    broken: list[Problem] = []

    def refuse_row(row: csv.InvalidRow) -> str:
        what = _("{given} fields where {asked} are expected").format(
            given=row.actual_columns, asked=row.expected_columns
        )
        broken.append(Problem(at_line(path, row.number), what, _("Correct commas and quotes of this line")))
        return "skip"

    text = pa.dictionary(pa.int32(), pa.string())
    wanted = dict.fromkeys((*columns, *optional), text)
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(encoding=encoding_of(path), use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse_row),
            convert_options=csv.ConvertOptions(column_types=wanted, strings_can_be_null=False),
        )
    except (OSError, pa.ArrowInvalid, UnicodeError) as error:
        what = _("The table cannot be read ({reason})").format(reason=_first_line(error))
        raise InputError(Problem(Where(str(path)), what, _("Save it as CSV, UTF-8"))) from None
    refuse(broken)
    return _with_columns(path, table, columns, optional)


def encoding_of(path: Path) -> str:
    """Return utf-8 or else gb18030, the encoding of Chinese spreadsheets.

    :raises InputError: a quotation mark is left open; every row after it would vanish into one field.
    """
    decoder, encoding, quotes = codecs.getincrementaldecoder("utf-8")(), "utf-8", 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            quotes += chunk.count(b'"')
            encoding = encoding if _decodes(decoder, chunk) else "gb18030"
    if quotes % 2:
        what = _("A quotation mark is not closed")
        raise InputError(Problem(Where(str(path)), what, _("Close or remove it")))
    return encoding if _decodes(decoder, b"", final=True) else "gb18030"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        decoder.reset()
        return False
    return True


def write_table(path: Path, frame: "pd.DataFrame") -> None:
    """Write a frame as CSV (UTF-8 with BOM, so that spreadsheets read the Chinese) in one step, no text a formula."""
    with atomic_file(path) as scratch:
        csv_frame(frame).to_csv(scratch, index=False, encoding="utf-8-sig", lineterminator="\n")


def at_line(path: Path, number: int | None) -> Where:
    """Return the place of a line of a file."""
    return Where(path.name, item=_("line {number}").format(number=number) if number else "")


def row_problems(path: Path, rows: Sequence[int], what: Sequence[str], repair: str) -> list[Problem]:
    """Return a problem for each data row (from 0), the first ones in full and the others counted."""
    pairs = list(zip(rows, what, strict=True))
    problems = [Problem(at_line(path, row + 2), text, repair) for row, text in pairs[:SHOWN]]
    if len(pairs) > SHOWN:
        more = _("{count} more rows have the same kind of problem").format(count=len(pairs) - SHOWN)
        problems.append(Problem(Where(path.name), more, repair))
    return problems


def _with_columns(path: Path, table: "pa.Table", columns: Sequence[str], optional: Sequence[str]) -> "pa.Table":
    import pyarrow as pa

    missing = [name for name in columns if name not in table.column_names]
    if missing:
        what = _("The columns {names} are missing").format(names=", ".join(missing))
        raise InputError(
            Problem(at_line(path, 1), what, _("The first line must name: {names}").format(names=", ".join(columns)))
        )
    blank: Any = pa.array([""] * table.num_rows).dictionary_encode()
    for name in optional:
        if name not in table.column_names:
            table = table.append_column(name, blank)
    table = table.select([*columns, *optional]).unify_dictionaries().combine_chunks()
    for number, name in enumerate(table.column_names):
        table = table.set_column(number, name, _unguarded(table.column(number)))
    return table


def _unguarded(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return a dictionary-encoded column without the apostrophes that :func:`write_table` wrote."""
    import pyarrow as pa

    return pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(chunk.indices, pa.array(texts, pa.string()))
            if (texts := [plain_text(word) for word in chunk.dictionary.to_pylist()]) != chunk.dictionary.to_pylist()
            else chunk
            for chunk in column.chunks
        ],
        column.type,
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
