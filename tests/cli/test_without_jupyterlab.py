"""Ledgers, reports and the room run without importing JupyterLab."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from govkit.widgets.room_client import RoomServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HOOK = """
import os, sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jupyterlab", "jupyterlab_server", "notebook"):
            with open(os.environ["TRIED_IMPORTS"], "a") as file:
                file.write(name + "\\n")
            raise ImportError(name)

sys.meta_path.insert(0, Refused())
"""
"""Refuses the import in this process and in all that it starts, and keeps a record of every attempt."""


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the record of attempts to import JupyterLab by processes started from now on."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK, "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "hook"), str(ROOT)]))
    monkeypatch.setenv("TRIED_IMPORTS", str(tmp_path / "tried.txt"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tried.txt"


def govkit(*arguments: str) -> str:
    code = "from govkit.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")
    return done.stdout.decode(errors="replace")


def test_the_hook_refuses_and_records(tried: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import jupyterlab"], capture_output=True, check=False)
    assert done.returncode == 1
    assert tried.read_text().split() == ["jupyterlab"]


def test_ledgers_and_reports(tried: Path, tmp_path: Path, sample_workbooks: list[Path]) -> None:
    govkit("ledger", "import", *map(str, sample_workbooks), "--by", "测试")
    govkit("report", "render", "monthly_bulletin", "--period", "2015-09", "--place", "阳庙镇", "-o", "reports")
    assert len(list((tmp_path / "reports").glob("*.html"))) == 1
    govkit("doctor")
    assert not tried.exists(), tried.read_text()


def test_the_room(tried: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = RoomServer(tmp_path / "room")
    server.start("127.0.0.1", port)
    try:
        assert server.ask("GET", "/rooms") == {"rooms": []}
    finally:
        server.stop("测试")
    assert not tried.exists(), tried.read_text()
