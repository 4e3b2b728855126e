"""What many tests stand on: the sample district, imported once."""

from pathlib import Path

import pytest

from govkit.book import Book, open_book
from govkit.files import shipped
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
def sample_book(sample_store: Path) -> Book:
    """Return the sample district's open book."""
    return open_book(sample_store)


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in the default language, whatever the machine's."""
    monkeypatch.delenv("GOVKIT_LANG", raising=False)
    monkeypatch.delenv("GOVKIT_STORE", raising=False)
