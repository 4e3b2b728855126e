"""The guard of everything that is written for spreadsheets: text stays text, and no cell of ours is a live formula.

A spreadsheet takes a cell of a CSV file for a formula where it begins with one of a few characters, and a workbook's
where a program wrote it as one. Every writer of CSV and .xlsx files in the kit goes through these functions.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

MAX_TEXT = 32_767
"""Characters that Excel keeps in a cell."""
_STARTS = frozenset("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫−")
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?%?")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = " \u00a0\u3000\u200b\u2060\ufeff"


def starts_a_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula: by its first visible character, full width too.

    >>> starts_a_formula("=1+1"), starts_a_formula("＠SUM(A1)"), starts_a_formula("1+1")
    (True, True, False)
    """
    return text[:1] in _STARTS or text.lstrip(_INVISIBLE)[:1] in _STARTS


def csv_text(text: str) -> str:
    """Return a text for a CSV cell, with an apostrophe before what a spreadsheet may take for a formula.

    A carriage return becomes a line feed: not every writer quotes it, and then a new row would begin behind it.

    >>> csv_text("=1+1"), csv_text("1+1"), csv_text("-5")
    ("'=1+1", '1+1', '-5')
    """
    guarded = f"'{text}" if _is_live(text.lstrip("'")) else text
    return guarded.replace("\r\n", "\n").replace("\r", "\n") if "\r" in guarded else guarded


def _is_live(text: str) -> bool:
    """Return whether a CSV cell would be run; a plain number with its sign is none."""
    return starts_a_formula(text) and not _NUMBER.fullmatch(text)


def plain_text(written: str) -> str:
    """Return the text that :func:`csv_text` wrote.

    >>> plain_text("'=1+1"), plain_text("'t Hof")
    ('=1+1', "'t Hof")
    """
    return written[1:] if written[:1] == "'" and _is_live(written.lstrip("'")) else written


def csv_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame for a CSV file: its texts and headings as :func:`csv_text` gives them."""
    import pandas as pd

    guarded = {}
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column):
            codes, distinct = pd.factorize(column, use_na_sentinel=True)
            texts = [csv_text(cell) if isinstance(cell, str) else cell for cell in distinct]
            if texts != list(distinct):
                column = pd.Series([texts[code] if code >= 0 else None for code in codes], column.index, dtype=object)
        guarded[position] = column
    headings = [csv_text(name) if isinstance(name, str) else name for name in frame.columns]
    return pd.DataFrame(guarded, index=frame.index).set_axis(headings, axis=1)


def writable(text: str) -> str:
    """Return a text without the characters that no workbook can hold, at most as long as Excel keeps."""
    return _UNWRITABLE.sub("", text)[:MAX_TEXT]


def guard(book: "Workbook") -> None:
    """Make every text of a workbook text, also when someone edits it; openpyxl takes one with ``=`` for a formula."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
                    if starts_a_formula(cell.value):
                        cell.quotePrefix = True
