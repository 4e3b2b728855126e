"""A sample district whose ledgers a test may bend."""

import copy
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from govkit.figures.figure import Figures
from govkit.figures.snapshot import Book

Bent = Callable[..., Figures]


@pytest.fixture
def bent(sample_book: Book) -> Bent:
    """Return figures of a place and month over the sample with some ledgers' frames replaced."""

    def made(place: str, period: str, **frames: pd.DataFrame) -> Any:
        book = copy.copy(sample_book)
        for known in ("values", "span"):  # what the sample's book has worked out from its own frames
            book.__dict__.pop(known, None)
        book.frames = {**{code: sample_book.frames[code] for code in sample_book.frames}, **frames}
        return book.figures(place, period)

    return made
