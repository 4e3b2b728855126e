"""A sheet's cells by position, with its merged areas: what the layout finder looks at."""

import datetime as dt
import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import pandas as pd

from govkit.ledgers.cells import is_blank, plain
from govkit.ledgers.read.sheet import Area, Sheet

_NUMBER_LIKE = re.compile(r"[-+]?[\d,.]+\s*(%|‰|[万亿]?[元亩户人件个次名天]?)")
_DAY_LIKE = re.compile(r"\d{2,4}\s*[-/.年]\s*\d{1,2}\s*([-/.月]\s*\d{1,2}\s*[日号]?|月)?|\d{1,2}月\d{1,2}[日号]?")
_CODE_LIKE = re.compile(r"[A-Za-z]{0,6}[-—_]?\d{2,}([-—_]\d+)*|\d+(-\d+)+")
LONGEST_HEADING = 40
MAX_AREA = 200_000
"""Cells of merged areas that are looked up one by one."""


class Grid:
    """The cells of a sheet, or of its transpose, by row and column from 1.

    :ivar height: the number of rows.
    :ivar width: the number of columns.
    :ivar areas: its merged areas.
    """

    def __init__(self, sheet: Sheet, *, transposed: bool = False) -> None:
        cells = sheet.cells
        width = int(str(cells.columns[-1])) if cells.shape[1] else 0
        if cells.shape[1] != width:
            cells = cells.reindex(columns=range(1, width + 1))
        self.cells = cells.T if transposed else cells
        self.height, self.width = self.cells.shape
        turned = ((b, a, d, c) for a, b, c, d in sheet.merged) if transposed else sheet.merged
        self.areas: tuple[Area, ...] = tuple(
            (top, left, min(bottom, self.height), min(right, self.width))
            for top, left, bottom, right in turned
            if top <= self.height and left <= self.width
        )
        self.transposed = transposed
        self._texts: dict[tuple[int, int], str] = {}
        self._signs: dict[int, np.ndarray] = {}
        self._objects: dict[int, np.ndarray | None] = {}

    @cached_property
    def filled(self) -> np.ndarray:
        """Which cells hold something, white space included; row and column from 0."""
        return np.asarray(self.cells.notna().to_numpy(dtype=bool))

    @cached_property
    def _anchors(self) -> dict[tuple[int, int], Area]:
        found: dict[tuple[int, int], Area] = {}
        for area in self.areas:
            top, left, bottom, right = area
            if len(found) + (bottom - top + 1) * (right - left + 1) > MAX_AREA:
                found[top, left] = area
                continue
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found[row, column] = area
        return found

    def area(self, row: int, column: int) -> Area:
        """Return the merged area that a cell lies in; itself alone for any other."""
        return self._anchors.get((row, column), (row, column, row, column))

    def raw(self, row: int, column: int) -> object:
        """Return a cell's value; None outside the sheet."""
        if 1 <= row <= self.height and 1 <= column <= self.width:
            values = self._values(column - 1)
            value: object = self.cells.iat[row - 1, column - 1] if values is None else values[row - 1]
            return value
        return None

    def _values(self, column: int) -> np.ndarray | None:
        """Return the cells of a column of objects, many times faster to look up than in the frame; None for others."""
        if column not in self._objects:
            cells = self.cells.iloc[:, column]
            self._objects[column] = cells.to_numpy() if cells.dtype == object else None
        return self._objects[column]

    def text(self, row: int, column: int) -> str:
        """Return a cell's tidy text, empty where it is blank."""
        if (row, column) not in self._texts:
            raw = self.raw(row, column)
            self._texts[row, column] = "" if is_blank(raw) else plain(raw)
        return self._texts[row, column]

    def spanned(self, row: int, column: int) -> str:
        """Return the text that a person sees in a cell: that of the merged area it lies in."""
        top, left, _bottom, _right = self.area(row, column)
        return self.text(top, left)

    def row(self, number: int, first: int = 1, last: int = 0) -> list[tuple[int, str]]:
        """Return the columns and texts of a row's filled cells; a merged area counts once."""
        if not 1 <= number <= self.height:
            return []
        columns = np.flatnonzero(self.filled[number - 1, first - 1 : last or self.width]) + first
        return [(int(c), self.text(number, int(c))) for c in columns if self.text(number, int(c))]

    def signs(self, column: int) -> np.ndarray:
        """Return where a column, counted from 0, holds a word of totals or of headings."""
        if column not in self._signs:
            self._signs[column] = _has_sign(self.cells.iloc[:, column])
        return self._signs[column]

    def is_label(self, row: int, column: int) -> bool:
        """Return whether a cell may be a heading: short, no number, day, code or sentence."""
        raw = self.raw(row, column)
        return isinstance(raw, str) and is_label(self.text(row, column))

    def rows_with(self, first: int, last: int, columns: range) -> Iterator[int]:
        """Yield the rows of a span with a filled cell in these columns."""
        part = self.filled[first - 1 : last, columns.start - 1 : columns.stop - 1].any(axis=1)
        yield from (int(row) + first for row in np.flatnonzero(part))


def _has_sign(cells: pd.Series) -> np.ndarray:
    if isinstance(cells.dtype, pd.StringDtype):
        return np.asarray(cells.str.contains("计|编号|序号", na=False).to_numpy(dtype=bool))
    return np.fromiter(
        (type(raw) is str and ("计" in raw or "号" in raw) for raw in cells), dtype=bool, count=len(cells)
    )


def is_label(words: str) -> bool:
    """Return whether words may be a heading.

    >>> [is_label(words) for words in ("受理日期", "2015年9月3日", "DB-001", "1,200元", "单位:马村", "增收(万元)")]
    [True, False, False, False, False, True]
    """
    bare = re.sub(r"\s", "", words)
    return (
        0 < len(bare) <= LONGEST_HEADING
        and not re.search(r"[。;!]|:.", bare)
        and not _NUMBER_LIKE.fullmatch(bare)
        and not _DAY_LIKE.fullmatch(bare)
        and not _CODE_LIKE.fullmatch(bare)
    )


def is_data(raw: object) -> bool:
    """Return whether a cell is a number or a day, which no heading is."""
    return isinstance(raw, float | int | dt.date | pd.Timestamp) or (isinstance(raw, str) and not is_label(plain(raw)))
