"""Each kind of notebook leaves under our engine what it leaves under papermill's own."""

import contextlib
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.rendering.engine.forkserver import close_fork_server
from tests.parity.__main__ import main
from tests.parity.compare import OURS, STANDARD, differences, run, run_apart
from tests.parity.kinds import KINDS, kind

ATTEMPTS = 3
"""Runs of a kind: on a busy machine the order of its streams varies under either engine."""


@pytest.fixture(scope="module", autouse=True)
def own_server() -> Iterator[None]:
    """Give this module a fork server of its own, since tests here start one in another environment."""
    close_fork_server()
    yield
    close_fork_server()


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_equal(name: str, tmp_path: Path) -> None:
    source = tmp_path / "of" / "in.ipynb"
    source.parent.mkdir()
    KINDS[name].write(source)
    options = {"execution_timeout": 60} | KINDS[name].options
    for _attempt in range(ATTEMPTS):
        theirs, ours = (run_apart(engine, source, tmp_path, **options) for engine in (STANDARD, OURS))
        if not (found := list(differences(theirs, ours))):
            return
    assert found == []


@pytest.mark.slow
def test_the_command_says_what_it_compared(tmp_path: Path) -> None:
    kind("import os\nprint(os.getpid())", "1", go_on=False).write(tmp_path / "varies.ipynb")
    kind("2").write(tmp_path / "equal.ipynb")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        assert main([str(tmp_path)]) == 0
    assert "1 of 2 equal, 1 vary by themselves, 0 differ" in told.getvalue()
    assert main([str(tmp_path / "nothing")]) == 2


@pytest.mark.slow
def test_the_command_fails_for_a_difference(tmp_path: Path) -> None:
    kind("get_ipython().kernel.__class__.__name__").write(tmp_path / "kernel.ipynb")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        assert main([str(tmp_path)]) == 1
    assert "WarmKernel" in told.getvalue()


def test_what_a_cell_left_for_the_end_is_done(tmp_path: Path) -> None:
    cell = "import atexit, threading, time\natexit.register(open('{}-at-exit', 'w').close)\n"
    thread = "threading.Thread(target=lambda: (time.sleep(.3), open('{}-thread', 'w').close())).start()"
    for engine in (STANDARD, OURS):
        kind((cell + thread).format(engine, engine)).write(tmp_path / "in.ipynb")
        run(engine, tmp_path / "in.ipynb", tmp_path)
        assert sorted(path.name for path in tmp_path.glob(f"{engine}-*")) == [f"{engine}-at-exit", f"{engine}-thread"]


def test_a_kernel_that_does_not_end_is_killed(tmp_path: Path) -> None:
    kind("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()").write(tmp_path / "in.ipynb")
    assert run(OURS, tmp_path / "in.ipynb", tmp_path).seconds < 15
    assert run(OURS, tmp_path / "in.ipynb", tmp_path, shutdown_kernel="immediate").seconds < 4


def test_threads_give_each_notebook_its_own_folder(tmp_path: Path) -> None:
    """Papermill's ``cwd`` moves the whole process; nbclient's path of the resources moves the kernel only."""
    seen: dict[str, str] = {}

    def one(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        kind("import os\nprint(os.getcwd())").write(folder / "in.ipynb")
        done = run(OURS, folder / "in.ipynb", folder, cwd=None, resources={"metadata": {"path": str(folder)}})
        seen[str(folder)] = done.notebook.cells[0].outputs[0].text.strip()

    here = Path.cwd()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {folder: folder for folder in seen}
    assert len(seen) == 6
    assert Path.cwd() == here


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    kind("1").write(tmp_path / "in.ipynb")
    missing = {"metadata": {"path": str(tmp_path / "missing")}}
    ended = [run(engine, tmp_path / "in.ipynb", tmp_path, resources=missing).ended for engine in (STANDARD, OURS)]
    assert ended == ["FileNotFoundError", "FileNotFoundError"]


@pytest.mark.parametrize(("name", "value"), [("PYTHONHASHSEED", "7"), ("PYTHONWARNINGS", "error::UserWarning")])
def test_what_python_reads_when_it_starts_counts(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind(f"import warnings, os\nos.environ['{name}'], warnings.filters[:1], hash('村')").write(tmp_path / "in.ipynb")
    monkeypatch.setenv(name, value + "0")
    run(OURS, tmp_path / "in.ipynb", tmp_path)
    monkeypatch.setenv(name, value)
    theirs, ours = (run(engine, tmp_path / "in.ipynb", tmp_path).normal for engine in (STANDARD, OURS))
    close_fork_server()
    assert (theirs == ours) or name != "PYTHONHASHSEED"


def test_the_time_zone_is_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind("import time\ntime.strftime('%z', time.localtime(0))").write(tmp_path / "in.ipynb")
    shown = []
    for zone in ("UTC", "Asia/Shanghai"):
        monkeypatch.setenv("TZ", zone)
        shown.append(run(OURS, tmp_path / "in.ipynb", tmp_path).notebook.cells[0].outputs[0].data["text/plain"])
    assert shown == ["'+0000'", "'+0800'"]


@pytest.mark.slow
def test_the_users_settings_of_ipython_count(tmp_path: Path) -> None:
    """A configuration and a startup file of the user's profile, in a process of its own, which has read neither."""
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "first.py").write_text("begun = 'startup'")
    (profile / "ipython_kernel_config.py").write_text("c.InteractiveShell.ast_node_interactivity = 'all'")
    kind("begun\n2").write(tmp_path / "in.ipynb")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom tests.parity.compare import *\n"
        "folder = Path(sys.argv[1])\n"
        "runs = [run(engine, folder / 'in.ipynb', folder) for engine in (STANDARD, OURS)]\n"
        "print(list(differences(*runs)), len(runs[1].notebook.cells[0].outputs))"
    )
    environment = {**os.environ, "IPYTHONDIR": str(profile.parent), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, script, tmp_path], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] 2"
