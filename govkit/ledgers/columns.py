"""A column's typed values, from its raw cells, and what cannot be read or is to be said of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govkit.core.errors import Severity
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import DITTO, Bad, Said, is_blank, plain
from govkit.ledgers.declare import Column

EXAMPLES = 3
MOST_UNREAD = 20_000
"""Different unreadable values of a column after which no more of its values are read."""
MOST_WORDS = 1_000
"""Failures of one kind in one column that are worded one by one; the others are worded together."""
_SIMPLE = r"[0-9A-Za-z][-0-9A-Za-z]{0,99}"
"""Text that needs no normalisation, such as running numbers, which are many since they never repeat."""
UNREAD = "unread"
"""The kind of failure of cells that could not be read."""
Rows = np.ndarray
"""Row numbers of a frame, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """What is wrong with, or to be said of, the cells of a column in some rows.

    :ivar rows: the rows, at least one.
    :ivar kind: which check found it; failures of one kind in one column may have one cause.
    :ivar touched: the columns whose values the check looked at.
    :ivar mixed: whether the words are those of the first row only, and the others are wrong in the same way.
    """

    rows: Rows
    column: str
    what: str
    repair: str
    severity: Severity = "error"
    kind: str = UNREAD
    touched: tuple[str, ...] = ()
    mixed: bool = False


def alike(rows: Rows, codes: np.ndarray) -> Iterator[tuple[int, Rows, bool]]:
    """Yield each code, the rows that have it, and whether they have others too: those after many codes go together.

    >>> [(code, rows.tolist()) for code, rows, _mixed in alike(np.array([3, 5, 8]), np.array([1, 0, 1]))]
    [(1, [3, 8]), (0, [5])]
    """
    if not len(rows):
        return
    many = int(codes.max()) > MOST_WORDS
    codes = np.minimum(codes, MOST_WORDS)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=codes[order][0] - 1))
    groups = np.split(rows[order], starts[1:])
    firsts = codes[order][starts]
    for number in np.argsort([group[0] for group in groups], kind="stable"):
        yield int(firsts[number]), groups[number], many and firsts[number] == MOST_WORDS


def typed_column(raw: pd.Series, column: Column, read: Callable[[object], object]) -> tuple[pd.Series, list[Failure]]:
    """Return a column's typed values and failures, reading each distinct cell once since most repeat."""
    plain_text = column.kind == "text" and column.personal != "phone"
    if plain_text and isinstance(raw.dtype, pd.StringDtype) and raw.str.fullmatch(_SIMPLE).all():
        return raw.astype(pd.api.types.pandas_dtype(column.dtype)).reset_index(drop=True), []
    codes, distinct = pd.factorize(raw, use_na_sentinel=False)
    failures: list[Failure] = []
    ditto = [code for code, cell in enumerate(distinct) if isinstance(cell, str) and len(cell) < 9 and _is_ditto(cell)]
    if ditto:
        codes, failures = _above_ditto(codes, ditto, column)
    values = _read(list(distinct), frozenset(ditto), column, read)
    bad = np.array([isinstance(value, Bad) for value in values], dtype=bool)
    plain_values = [value.value if isinstance(value, Said) else value for value in values]
    good = pd.Series([None if isinstance(value, Bad) else value for value in plain_values], dtype=object)
    typed = _as_dtype(good, column).take(codes).reset_index(drop=True)
    return typed, [*failures, *_unread(values, bad, codes, column), *_said_of_values(values, codes, column)]


def _read(
    distinct: Sequence[object], ditto: frozenset[int], column: Column, read: Callable[[object], object]
) -> list[object]:
    """Return the value of each distinct cell; after many that cannot be read the others are not looked at."""
    values: list[object] = []
    left = MOST_UNREAD
    for code, cell in enumerate(distinct):
        value = None if is_blank(cell) or code in ditto else _NOT_READ if not left else read(cell)
        left -= isinstance(value, Bad) and left > 0
        values.append(value)
    if not left:
        words = _("“{column}” has {count} different values that cannot be read; those after them were not looked at")
        rest = Bad(words.format(column=column.title, count=MOST_UNREAD), _("Fix the column first, and check again"))
        values = [rest if value is _NOT_READ else value for value in values]
    return values


_NOT_READ = Bad("", "")


def _unread(values: Sequence[object], bad: np.ndarray, codes: np.ndarray, column: Column) -> Iterator[Failure]:
    """Yield a failure for each thing that is wrong with cells, with all rows that it is wrong in."""
    rows = np.flatnonzero(bad[codes])
    said: dict[tuple[str, str], int] = {}
    same = np.zeros(len(values), dtype=np.int64)
    for code in np.flatnonzero(bad).tolist():
        value = values[code]
        assert isinstance(value, Bad)  # noqa: S101 - they were just looked for
        same[code] = said.setdefault((value.what, value.repair), len(said))
    words = list(said)
    for number, own, mixed in alike(rows, same[codes[rows]]):
        yield Failure(own, column.name, *words[number], mixed=mixed)


def _is_ditto(cell: str) -> bool:
    return cell.strip() in DITTO or plain(cell).replace(" ", "") in DITTO


def _above_ditto(codes: np.ndarray, ditto: Sequence[int], column: Column) -> tuple[np.ndarray, list[Failure]]:
    """Return the codes with each ditto mark replaced by the cell above it, and what is to be said of it."""
    marked = np.isin(codes, ditto)
    source = np.maximum.accumulate(np.where(marked, -1, np.arange(len(codes))))
    resolved = np.where(source >= 0, codes[np.maximum(source, 0)], codes)
    lost = np.flatnonzero(source < 0)
    failures = []
    if len(lost):
        words = _("A ditto mark has nothing above it"), _("Write the value itself")
        failures.append(Failure(lost, column.name, *words, kind="ditto"))
    first = np.flatnonzero(marked & (source >= 0))
    if len(first):
        what = _("{count} ditto marks in “{column}” were read as the cell above them")
        repair = _("If one stands for something else, write the value itself")
        said = what.format(count=len(first), column=column.title)
        failures.append(Failure(first[:1], column.name, said, repair, "warning"))
    return resolved, failures


def _said_of_values(values: Sequence[object], codes: np.ndarray, column: Column) -> Iterator[Failure]:
    """Yield one warning for each thing to be said of a column's values, at the first cell it is said of."""
    said = {value.what: code for code, value in reversed(list(enumerate(values))) if isinstance(value, Said)}
    for what, code in list(said.items())[::-1][:EXAMPLES]:
        first = np.flatnonzero(codes == code)[:1]
        yield Failure(first, column.name, what, _("If that is wrong, correct the cell or the heading"), "warning")


def _as_dtype(values: pd.Series, column: Column) -> pd.Series:
    typed = pd.to_datetime(values, errors="coerce") if column.kind == "date" else values
    return typed.astype(pd.api.types.pandas_dtype(column.dtype))
