"""What the tests of the figures share: a store that lacks one township unit."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store


@pytest.fixture(scope="session")
def partial(tmp_path_factory: pytest.TempPathFactory, sample_workbooks: list[Path]) -> Snapshot:
    """Return the sample district without the workbook of 阳庙镇."""
    folder = tmp_path_factory.mktemp("partial") / "store"
    files = [path for path in sample_workbooks if "阳庙镇" not in path.name]
    assert len(files) == len(sample_workbooks) - 1
    assert Store(folder).import_(check_files(files, ledgers().values(), shipped_places()), shipped_places(), "测试")
    return open_snapshot(folder)


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """Close what a test drew, so that other tests find no figure."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
