from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.room.serving import RunningRoom, Server, copied_exam, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server; its error log must be empty at the end of the module."""
    folder = tmp_path_factory.mktemp("room")
    with serving(folder) as running:
        yield running
        assert (folder / "data" / "stderr.log").read_text("utf-8") == ""


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam folder with 60 candidates; tests that write into it use their own."""
    return copied_exam(tmp_path_factory.mktemp("exam"), 60)


@pytest.fixture
def room(server: Server, exam: Path) -> RunningRoom:
    """An open room of its own for each test."""
    return server.room(exam)
