"""Exports of another system's platform, translated cell by cell into a ledger's headings and words.

A :class:`Platform` maps the platform's headings, words and numbers to the ledger's. Cells keep their place, so that
every problem names the cell of the user's own file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import is_blank, plain
from govkit.ledgers.declare import Ledger
from govkit.ledgers.read.header import HEADER_WITHIN
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.workbook import column_letters

_MOMENT = re.compile(r"(\d{4}\D\d{1,2}\D\d{1,2})\D?[ T]\s*\d{1,2}:\d{2}.*")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The mapping of one platform's export to a ledger, whose columns are named by their titles.

    :ivar headings: the platform's heading → column, or an empty text where it is not read.
    :ivar words: column and the platform's word → the ledger's word.
    :ivar prefixes: column → text before its numbers, so that they do not collide with the office's own.
    :ivar fixed: column → its value in every row.
    """

    name: str
    ledger: Ledger
    headings: Mapping[str, str]
    words: Mapping[tuple[str, str], str]
    prefixes: Mapping[str, str]
    fixed: Mapping[str, str]


def translated(platform: Platform, file: str, found: Sheet) -> Sheet:
    """Return a sheet with the platform's headings and words replaced by the ledger's.

    :raises InputError: the sheet lacks the platform's headings, or one that the ledger requires.
    """
    sheet, cells = found.name, found.cells
    row, columns = _header(platform, file, sheet, cells)
    _refuse_lacking(platform, file, sheet, row, columns)
    made = cells.astype(object).copy()
    body: pd.Series[bool] = pd.Series(made.index > row, index=made.index)
    days = {column.title for column in platform.ledger.columns if column.kind == "date"}
    for title, number in columns.items():
        made.loc[row, number] = title
        words: list[Any] = [_word(platform, title, raw, title in days) for raw in cells.loc[body, number]]
        made.loc[body, number] = words
    ignored = [n for n, raw in cells.loc[row].items() if platform.headings.get(plain(raw) if raw else "") == ""]
    made = made.drop(columns=ignored)
    filled = ~cells.loc[body].map(is_blank).all(axis=1)
    for number, (title, value) in enumerate(platform.fixed.items(), int(str(cells.columns[-1])) + 1):
        made[number] = pd.Series({row: title} | dict.fromkeys(filled.index[filled], value), dtype=object)
    return replace(found, cells=made)


def _word(platform: Platform, title: str, raw: object, is_day: bool) -> object:
    if is_blank(raw):
        return raw
    words = plain(raw) if isinstance(raw, str) else raw
    if is_day and isinstance(words, str):
        return _MOMENT.sub(r"\1", words)
    if title in platform.prefixes:
        number = int(words) if isinstance(words, float) and words.is_integer() else words
        return f"{platform.prefixes[title]}{number}"
    return platform.words.get((title, str(words)), raw)


def _header(platform: Platform, file: str, sheet: str, cells: pd.DataFrame) -> tuple[int, dict[str, int]]:
    """Return the row with most of the platform's headings, and the column number of each title."""
    best: tuple[int, dict[str, int]] = (0, {})
    for row, values in cells.iloc[:HEADER_WITHIN].iterrows():
        found = {plain(raw): int(str(number)) for number, raw in values.items() if not is_blank(raw)}
        columns = {title: found[heading] for heading, title in platform.headings.items() if title and heading in found}
        if len(columns) > len(best[1]):
            best = int(str(row)), columns
    if len(best[1]) * 2 < len([title for title in platform.headings.values() if title]):
        raise InputError(
            Problem(
                Where(file, sheet, "A1"),
                _("These are not the headings of the platform “{name}”").format(name=platform.name),
                _("Its headings are: {headings}; correct them in {rules}, or choose another platform").format(
                    headings="、".join(platform.headings), rules=f"platform_{platform.name}.csv"
                ),
            )
        )
    return best


def _refuse_lacking(platform: Platform, file: str, sheet: str, row: int, columns: Mapping[str, int]) -> None:
    required = {column.title for column in platform.ledger.columns if column.required}
    lacking = [heading for heading, title in platform.headings.items() if title in required and title not in columns]
    if lacking:
        raise InputError(
            Problem(
                Where(file, sheet, f"{column_letters(1)}{row}"),
                _("The export lacks the columns {headings}").format(headings="、".join(lacking)),
                _("Export it again with all columns"),
            )
        )
