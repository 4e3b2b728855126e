"""A real JupyterLab and a real browser: the system's Chromium, driven by Playwright."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from govkit.core.files import shipped

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Return a running browser; skip where the system has none.

    It ends with the module: while Playwright runs, no other test of this process can run an event loop of its own.
    """
    if not CHROMIUM:
        pytest.skip("the system has no Chromium: install the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Return a fresh page, so tall that JupyterLab draws every cell of a notebook; its last picture is kept."""
    context = chromium.new_context(viewport={"width": 1400, "height": 9000}, locale="zh-CN")
    page = context.new_page()
    yield page
    page.screenshot(path=tmp_path / "page.png", clip={"x": 0, "y": 0, "width": 1400, "height": 1200})
    context.close()


@pytest.fixture(scope="session")
def lab_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that JupyterLab serves; user data is in its ``data``."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def jupyterlab(lab_root: Path, sample_store: Path) -> Iterator[tuple[str, str]]:
    """Return the address and token of a JupyterLab over a copy of the notebooks, with the sample as its store."""
    with running_lab(lab_root, sample_store) as (address, token, _root):
        yield address, token


@contextmanager
def running_lab(root: Path, store: Path, *, copied: bool = False) -> Iterator[tuple[str, str, Path]]:
    """Run a JupyterLab in ``root`` over a copy of the notebooks, the store linked or copied: address, token, root.

    Its settings are those that the wheel installs; the language of the system is not Chinese.
    """
    shutil.copytree(shipped("notebooks"), root / "notebooks")
    if copied:
        shutil.copytree(store, root / "store")
    else:
        (root / "store").symlink_to(store)
    shutil.copytree(shipped("data/jupyterlab"), root / "settings" / "overrides.d")
    port, token = _free_port(), secrets.token_hex(16)
    options = ["--no-browser", "--allow-root", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    options += [f"--LabApp.app_settings_dir={root / 'settings'}"]
    with (root / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", "--ip=127.0.0.1", *options],
            stdout=log,
            stderr=log,
            env={
                **os.environ,
                "LC_ALL": "C.UTF-8",
                "XDG_DATA_HOME": str(root / "data"),
                "JUPYTER_CONFIG_DIR": str(root / "config"),
                "JUPYTERLAB_SETTINGS_DIR": str(root / "set"),
            },
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api?token={token}", root / "lab.log")
            yield address, token, root
        finally:
            server.terminate()
            server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(log.read_text(errors="replace")[-2000:])
