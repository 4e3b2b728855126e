"""Workbooks in: looked at from outside first, then read in a child process whose memory is capped.

A crash or a bomb ends the child, not us.
"""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govkit.errors import InputProblems
from govkit.ledgers.xlsx_look import Address, Outline, look_at, unreadable

CHILD_MEMORY = 6 * 2**30
CHILD_SECONDS = 120


def read_xlsx(path: Path) -> dict[str, pd.DataFrame]:
    """Return the raw cells of each sheet, hidden ones too.

    Each frame's index is Excel's row number, its columns are Excel's column numbers (1 = A). Cells are text, float,
    date or None; TRUE and FALSE are text as Excel shows them; a formula that failed is its error as text. Raises
    :class:`InputProblems` for anything that is not a readable .xlsx workbook.
    """
    outlines = look_at(path)
    sheets = _read_in_child(path)
    return {sheet["name"]: _frame(sheet["rows"], outlines.get(sheet["name"])) for sheet in sheets}


def _read_in_child(path: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-I", str(Path(__file__).with_name("xlsx_child.py")), str(CHILD_MEMORY)]
    try:
        with path.open("rb") as source:
            done = subprocess.run(command, stdin=source, capture_output=True, timeout=CHILD_SECONDS, check=False)  # noqa: S603 - our own reader
    except subprocess.TimeoutExpired as error:
        raise InputProblems(unreadable(path)) from error
    if done.returncode:
        raise InputProblems(unreadable(path))
    sheets: list[dict[str, Any]] = json.loads(done.stdout)
    return sheets


def _frame(rows: list[list[Any]], outline: Outline | None) -> pd.DataFrame:
    if outline and outline.flaws:
        _put(rows, outline.flaws)
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame.columns = pd.RangeIndex(1, frame.shape[1] + 1)
    return frame.apply(_restored) if rows else frame


def _put(rows: list[list[Any]], flaws: dict[Address, str]) -> None:
    """Set these cells, also outside the area that the reader saw: it leaves out what holds failed formulas only."""
    height = max(row for row, _ in flaws)
    width = max(len(rows[0]) if rows else 0, *(column for _, column in flaws))
    rows += ([] for _ in range(height - len(rows)))
    for row in rows:
        row.extend([""] * (width - len(row)))
    for (number, column), words in flaws.items():
        if rows[number - 1][column - 1] == "":
            rows[number - 1][column - 1] = words


def _restored(column: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    restored = np.empty(len(distinct), dtype=object)
    restored[:] = [_cell(cell) for cell in distinct]
    return pd.Series(restored[codes], index=column.index, dtype=object)


def _cell(cell: Any) -> Any:
    """Return a cell as the child meant it; text that only looks like its mark of a day stays text."""
    if not isinstance(cell, str) or cell[:1] != "\0":
        return None if cell == "" else cell
    try:
        return dt.date.fromisoformat(cell[1:])
    except ValueError:
        return cell
