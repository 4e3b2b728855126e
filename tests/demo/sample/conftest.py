"""One sample district for all tests of it: its workbooks, checked, imported and read back."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from govkit.demo.sample import sample_rows
from govkit.demo.sample.common import Rows
from govkit.demo.sample.workbooks import workbooks
from govkit.institutions import ledgers
from govkit.ledgers.check import Intake, check_files
from govkit.ledgers.places import Places, shipped_places
from govkit.ledgers.scope import TOWNSHIP
from govkit.ledgers.store import Store

Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def places() -> Places:
    return shipped_places()


@pytest.fixture(scope="session")
def rows(places: Places) -> Rows:
    return sample_rows(places)


@pytest.fixture(scope="session")
def books() -> dict[str, bytes]:
    return workbooks()


@pytest.fixture(scope="session")
def intake(books: dict[str, bytes], places: Places, tmp_path_factory: pytest.TempPathFactory) -> Intake:
    folder = tmp_path_factory.mktemp("workbooks")
    for name, content in books.items():
        (folder / name).write_bytes(content)
    return check_files(sorted(folder.iterdir()), ledgers().values(), places)


@pytest.fixture(scope="session")
def frames(intake: Intake, places: Places, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """The frames of the sample, read from a store after an import."""
    store = Store(Path(tmp_path_factory.mktemp("store")) / "store")
    store.import_(intake, places, "样例")
    return {code: store.read(ledger) for code, ledger in ledgers().items()}


@pytest.fixture(scope="session")
def framed(places: Places) -> Callable[[Rows], Frames]:
    """A function that makes the store's frames from rows, for seeds without workbooks."""

    def frames_of(rows: Rows) -> Frames:
        frames = {}
        for code, many in rows.items():
            ledger = ledgers()[code]
            frame = pd.DataFrame(many).reindex(columns=ledger.names)
            frame = frame.astype({column.name: column.dtype for column in ledger.columns})
            frame[TOWNSHIP] = frame["place"].map(lambda place: places[place].township).astype("str")
            frames[code] = frame.sort_values(list(ledger.key), ignore_index=True)
        return frames

    return frames_of
