"""The guard of everything that is written for spreadsheets: text stays text, and no cell of ours is a live formula.

A spreadsheet takes a cell of a CSV file for a formula where it begins with one of a few characters, and a workbook's
where a program wrote it as one. Every writer of CSV and .xlsx files in the kit goes through these functions.
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MAX_TEXT = 32_767
"""Characters that Excel keeps in a cell."""
_STARTS = frozenset("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫−")
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?%?")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = " \u00a0\u3000\u200b\u2060\ufeff"


def starts_a_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula: by its first visible character, full width too.

    >>> starts_a_formula("=1+1"), starts_a_formula("＠SUM(A1)"), starts_a_formula("-5"), starts_a_formula("1+1")
    (True, True, False, False)
    """
    if text[:1] in _STARTS and text[:1]:
        return not _NUMBER.fullmatch(text)
    return text.lstrip(_INVISIBLE)[:1] in _STARTS and bool(text.strip(_INVISIBLE))


def csv_text(text: str) -> str:
    """Return a text for a CSV cell, with an apostrophe before what a spreadsheet may take for a formula.

    >>> csv_text("=1+1"), csv_text("1+1"), csv_text("-5")
    ("'=1+1", '1+1', '-5')
    """
    return f"'{text}" if starts_a_formula(text) else text


def csv_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame for a CSV file: its texts and headings as :func:`csv_text` gives them."""
    import pandas as pd

    guarded = {}
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column):
            texts = [csv_text(cell) if isinstance(cell, str) else cell for cell in column]
            column = pd.Series(texts, index=column.index, dtype=object)
        guarded[position] = column
    headings = [csv_text(name) if isinstance(name, str) else name for name in frame.columns]
    return pd.DataFrame(guarded, index=frame.index).set_axis(headings, axis=1)


def writable(text: str) -> str:
    """Return a text without the characters that no workbook can hold, at most as long as Excel keeps."""
    return _UNWRITABLE.sub("", text)[:MAX_TEXT]


def write_cell(cell: Any, value: object) -> None:
    """Write a value into a cell of openpyxl; a text stays text, also when someone edits it.

    :param cell: openpyxl takes a text that begins with ``=`` for a formula unless it is told its type.
    """
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = writable(value)
    cell.data_type = "s"
    cell.quotePrefix = starts_a_formula(value)
