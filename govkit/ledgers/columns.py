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
_SIMPLE = r"[0-9A-Za-z][-0-9A-Za-z]{0,99}"
"""Text that needs no normalisation, such as running numbers, which are many since they never repeat."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with, or to be said of, one row's cell."""

    row: int
    column: str
    what: str
    repair: str
    severity: Severity = "error"
    touched: tuple[str, ...] = ()


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
    values = [None if is_blank(cell) or code in ditto else read(cell) for code, cell in enumerate(distinct)]
    bad = np.array([isinstance(value, Bad) for value in values], dtype=bool)
    plain_values = [value.value if isinstance(value, Said) else value for value in values]
    good = pd.Series([None if isinstance(value, Bad) else value for value in plain_values], dtype=object)
    typed = _as_dtype(good, column).take(codes).reset_index(drop=True)
    for row in np.flatnonzero(bad[codes]):
        value = values[codes[row]]
        assert isinstance(value, Bad)  # noqa: S101 - they were just looked for
        failures.append(Failure(int(row), column.name, value.what, value.repair))
    return typed, [*failures, *_said_of_values(values, codes, column)]


def _is_ditto(cell: str) -> bool:
    return cell.strip() in DITTO or plain(cell).replace(" ", "") in DITTO


def _above_ditto(codes: np.ndarray, ditto: Sequence[int], column: Column) -> tuple[np.ndarray, list[Failure]]:
    """Return the codes with each ditto mark replaced by the cell above it, and what is to be said of it."""
    marked = np.isin(codes, ditto)
    source = np.maximum.accumulate(np.where(marked, -1, np.arange(len(codes))))
    resolved = np.where(source >= 0, codes[np.maximum(source, 0)], codes)
    lost = np.flatnonzero(source < 0)
    failures = [
        Failure(int(row), column.name, _("A ditto mark has nothing above it"), _("Write the value itself"))
        for row in lost
    ]
    first = np.flatnonzero(marked & (source >= 0))
    if len(first):
        what = _("{count} ditto marks in “{column}” were read as the cell above them")
        repair = _("If one stands for something else, write the value itself")
        said = what.format(count=len(first), column=column.title)
        failures.append(Failure(int(first[0]), column.name, said, repair, "warning"))
    return resolved, failures


def _said_of_values(values: Sequence[object], codes: np.ndarray, column: Column) -> Iterator[Failure]:
    """Yield one warning for each thing to be said of a column's values, at the first cell it is said of."""
    said = {value.what: code for code, value in reversed(list(enumerate(values))) if isinstance(value, Said)}
    for what, code in list(said.items())[::-1][:EXAMPLES]:
        row = int(np.flatnonzero(codes == code)[0])
        yield Failure(row, column.name, what, _("If that is wrong, correct the cell or the heading"), "warning")


def _as_dtype(values: pd.Series, column: Column) -> pd.Series:
    typed = pd.to_datetime(values, errors="coerce") if column.kind == "date" else values
    return typed.astype(pd.api.types.pandas_dtype(column.dtype))
