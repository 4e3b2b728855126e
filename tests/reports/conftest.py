"""Figures of the sample district with ledgers that a test replaces."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from govkit.figures.figure import Figures
from govkit.figures.snapshot import Snapshot
from tests.reports.routes import Kernel, one_kernel

Bent = Callable[..., Figures]
NAT: Any = pd.NaT
NA: Any = pd.NA
"""Missing values for ``DataFrame.assign``, whose stubs do not take them."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """Return a function that runs notebooks in one kernel, by nbclient."""
    with one_kernel() as ran:
        yield ran


@pytest.fixture
def bent(snapshot: Snapshot) -> Bent:
    """Return a function that gives figures of a place and month over the sample with some frames replaced."""

    def made(place: str, period: str, **frames: pd.DataFrame) -> Any:
        changed = copy.copy(snapshot)
        for cached in ("values", "span"):  # computed from the sample's own frames
            changed.__dict__.pop(cached, None)
        changed._overdue, changed._due_soon = {}, {}
        changed.frames = {**{code: snapshot.frames[code] for code in snapshot.frames}, **frames}
        return changed.figures(place, period)

    return made
