"""What many tests stand on: the sample district, imported once."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core.files import shipped
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store


@pytest.fixture(scope="session")
def sample_workbooks() -> list[Path]:
    """Return the committed sample workbooks."""
    return sorted(shipped("data/sample").glob("*.xlsx"))


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory, sample_workbooks: list[Path]) -> Path:
    """Return a store that holds the sample district; read it, never write to it."""
    folder = tmp_path_factory.mktemp("sample") / "store"
    intake = check_files(sample_workbooks, ledgers().values(), shipped_places())
    assert Store(folder).import_(intake, shipped_places(), "测试", note="样例数据")
    return folder


@pytest.fixture(scope="session")
def snapshot(sample_store: Path) -> Snapshot:
    """Return the sample district's open snapshot."""
    return open_snapshot(sample_store)


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Return a folder in which ``govkit demo`` has run, and its exit code."""
    folder = tmp_path_factory.mktemp("demonstration")
    return folder, run(["demo", "-o", str(folder / "demo"), "--by", "测试"])


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in the default language, whatever the machine's."""
    monkeypatch.delenv("GOVKIT_LANG", raising=False)
    monkeypatch.delenv("GOVKIT_STORE", raising=False)


@pytest.fixture(scope="module", autouse=True)
def no_shell() -> Iterator[None]:
    """Leave no IPython shell of this process to the next module, where ``display`` must print."""
    yield
    ipython = sys.modules.get("IPython.core.interactiveshell")
    if ipython and ipython.InteractiveShell.initialized():
        type(ipython.InteractiveShell.instance()).clear_instance()


FOLDER_MARKS = {"browser": pytest.mark.browser, "faults": pytest.mark.slow}
"""Marks that every test of a folder has; other tests carry theirs in their own file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder, mark in FOLDER_MARKS.items():
            if item.path.is_relative_to(Path(__file__).parent / folder):
                item.add_marker(mark)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Collect garbage before plugins are imported at the end.

    Python 3.11 fails to parse a module ("AST constructor recursion depth mismatch") while a finalizer's warning is
    written, as that of an event loop which a thread left open.
    """
    gc.collect()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the whole of the tests of faults, not their short form")


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Return whether the whole of a test of faults was asked for."""
    return bool(request.config.getoption("--full", default=False))
