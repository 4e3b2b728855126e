"""The engine ``govkit`` beside papermill's own: whatever a notebook does, both leave the same outputs."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
import pytest
from papermill.engines import NBClientEngine

from govkit.rendering.engine import papermill_engine
from govkit.rendering.engine.forkserver import close_fork_server, fork_server
from govkit.rendering.engine.papermill_engine import runs_here
from govkit.rendering.engine.worker import Task, WorkerSetup, perform
from tests.parity.compare import normal


@pytest.fixture(scope="module", autouse=True)
def own_server() -> None:
    """Start the fork server with this module's environment; one started in a test with another does not serve it."""
    close_fork_server()


CELLS = {
    "streams": "import sys\nprint('一')\nprint('二', file=sys.stderr)\nprint('三')\nsys.stdout.write('no line end')",
    "streams, slowly": (
        "import sys, time\nprint('first')\ntime.sleep(.5)\nprint('second', file=sys.stderr)\ntime.sleep(.5)\nprint(3)"
    ),
    "a process's output": "import os, time\nos.system('echo from the shell')\ntime.sleep(.6)",
    "a thread's output": "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start()\nt.join()",
    "rich displays": (
        "from IPython.display import *\ndisplay(HTML('<b>粗</b>'), Markdown('*x*'), JSON({'a': [1, None]}), Latex('$x$'))\n"  # noqa: E501
        "display({'text/plain': 'raw', 'application/x-own+json': {'k': 1}}, raw=True)\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    ),
    "a frame": "import pandas as pd\npd.DataFrame({'村': ['司家寨', '梁庄'], '数': [1, 2.5]})",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint('after')",
    "two figures": "plt.figure(); plt.bar([1, 2], [3, 4])\nplt.figure(figsize=(2, 1)); plt.plot([1]);",
    "a display that is updated": "handle = display('old', display_id=True)\nhandle.update('new')\nshown = display(1, display_id='x')",  # noqa: E501
    "updated from another cell": "display(2, display_id='x'); update_display('到处', display_id='x')",
    "clear_output": "print('gone')\ndisplay('gone too')\nclear_output()\nprint('stays')",
    "clear_output(wait)": "print('gone')\nclear_output(wait=True)\nprint('stays')\nclear_output(wait=True)",
    "magics": "%env LANG_TEST=zh\n%matplotlib inline\n%precision 2\nprint(3.14159)\n3.14159",
    "cell magic": "%%capture kept\nprint('caught')\ndisplay('caught')",
    "cell magic, continued": "kept.show()\nkept.stdout",
    "shell magic": "files = !echo a b\nfiles",
    "bash": "%%bash\necho 中文\necho err >&2",
    "time": "%time sum(range(10))",
    "unknown magic": "%no_such_magic",
    "await": "import asyncio as a\nawait a.sleep(.01)\nawait a.gather(a.sleep(0, 'a'), a.sleep(0, 'b'))\nimport asyncio",  # noqa: E501
    "a task across cells": "task = asyncio.create_task(asyncio.sleep(.05, '完'))",
    "a task across cells, awaited": "await task",
    "an async loop": "async def count():\n    for n in range(3):\n        yield n\n[n async for n in count()]",
    "context": "import contextvars as c\nvariable = c.ContextVar('v', default='unset')\ntoken = variable.set('set')",
    "context, later": "variable.get()",
    "a widget": "import ipywidgets as w\nslider = w.IntSlider(value=3, description='滑')\nslider",
    "a widget that changes": "slider.value = 7",
    "an output widget": "out = w.Output()\nwith out:\n    print('inside')\n    display('inside too')\nout",
    "appending to it": "out.append_stdout('later')\nprint('outside')",
    "unicode": "print('𠮷 é \\u200b 👩‍👩‍👧 \\x1b[31mred\\x1b[0m')\n'乡镇\\n街道'",
    "carriage returns": "print('10%\\r20%\\r100%')",
    "large": "print('长' * 400_000)\n'x' * 300_000",
    "many lines": "for n in range(3000):\n    print(n)",
    "history": "1 + 1",
    "history, used": "_, In[-2], Out.get(1), len(In)",
    "name": "__name__, __doc__ is None, get_ipython().__class__.__name__",
    "input": "input('?')",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "logging": "import logging\nlogging.warning('logged')",
    "syntax error": "def f(:\n    pass",
    "an error in a function": "def f(n):\n    return 1 / n\nf(0)",
    "chained errors": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('错') from e",
    "system exit in a thread": "import sys\nsys.stdout.flush()\nraise SystemExit('said')",
    "keyboard interrupt": "raise KeyboardInterrupt",
    "pickle of a class": "import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))).__name__",
    "forks": "import multiprocessing as m\nprint(m.get_context('fork').Pool(1).map(abs, [-1]))",
    "nothing": "",
    "a comment": "# nothing",
}
"""Cells that all run in one notebook; each may fail without ending it."""

PARAMETERS = {
    "text": "引号'\"\\ 换行\n",
    "number": 3,
    "negative": -1.5e-9,
    "yes": True,
    "none": None,
    "items": [1, "二", [None, False]],
    "mapping": {"键": {"nested": [1.0]}, "quote'": ""},
}

SOON = "import os, time\ntime.sleep(1)\n"  # a process that ends at once may take along what it just said
ENDINGS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "an error": (["print('before')", "1 / 0", "print('never')"], {}),
    "errors allowed": (["1 / 0", "print('after')"], {"allow_errors": True}),
    "exit 0": (["import sys\nprint('before')\nsys.exit(0)", "print('never')"], {}),
    "exit 3": (["import sys\nsys.exit(3)", "print('never')"], {}),
    "interrupted": (["raise KeyboardInterrupt", "print('never')"], {}),
    "killed": (["print('before')", f"{SOON}os.kill(os.getpid(), 9)", "print('never')"], {}),
    "ended": ([f"{SOON}os._exit(3)", "print('never')"], {}),
    "too long": (["print('before')", "import time\nprint('begun')\ntime.sleep(30)"], {"execution_timeout": 1}),
}


def notebook(sources: list[str], tags: list[str] | None = None, kernel: str = "python3") -> Any:
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for number, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{number}")
        made.cells.append(cell)
        cell.metadata["tags"] = list(tags or [])
    return made


def executed(name: str | None, made: Any, folder: Path, **options: Any) -> tuple[str, Any]:
    """The kind of exception, if any, and the notebook that is left.

    Papermill's own engine now and then waits for ever for a message of its kernel (seen with an output widget); what it
    leaves is then asked for again.
    """
    for _again in range(3 if name != "govkit" and "execution_timeout" not in options else 1):
        raised, left = _executed_once(name, made, folder, **{"execution_timeout": 60} | options)
        if raised != "CellTimeoutError":
            break
    return raised, left


def _executed_once(name: str | None, made: Any, folder: Path, **options: Any) -> tuple[str, Any]:
    source, target = folder / "in.ipynb", folder / f"out-{name}.ipynb"
    nbformat.write(made, source)
    raised = ""
    try:
        papermill.execute_notebook(source, target, engine_name=name, progress_bar=False, cwd=folder, **options)
    except Exception as error:
        raised = next(kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith("govkit"))
    return raised, nbformat.read(target, as_version=4)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The notebook of all cells, run by papermill's own engine and by ours."""
    made = notebook(list(CELLS.values()), ["raises-exception"])
    made.cells.insert(0, nbformat.v4.new_code_cell("text = None", id="given", metadata={"tags": ["parameters"]}))
    shown = "; ".join(f"print(repr({name}))" for name in PARAMETERS)
    made.cells.append(nbformat.v4.new_code_cell(shown, id="shown"))
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # where it is set, ipykernel does not catch what processes print
    left = {}
    for name in ("nbclient", "govkit"):
        raised, done = executed(name, made, tmp_path_factory.mktemp(name), parameters=PARAMETERS)
        left[name] = [raised, *normal(done)]
    assert left["govkit"][0] == left["nbclient"][0] == "PapermillExecutionError", "tagged errors count at the end"
    return left


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_leaves_what_papermills_own_engine_leaves(name: str, both: dict[str, list[Any]]) -> None:
    ours, theirs = (
        [cell for cell in left[1:-2] if cell[1] == CELLS[name]] for left in (both["govkit"], both["nbclient"])
    )
    assert len(theirs) == 1
    assert ours == theirs


def test_the_whole_notebook_is_the_same(both: dict[str, list[Any]]) -> None:
    assert both["govkit"] == both["nbclient"]
    assert [repr(value) for value in PARAMETERS.values()] == both["govkit"][-3][-1][0]["text"].splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDINGS)
def test_a_notebook_ends_as_under_papermills_own_engine(name: str, tmp_path: Path) -> None:
    sources, options = ENDINGS[name]
    ours, theirs = (executed(which, notebook(sources), tmp_path, **options) for which in ("govkit", "nbclient"))
    assert ours[0] == theirs[0]
    assert normal(ours[1]) == normal(theirs[1])


def test_nothing_of_a_report_is_left_for_the_next(tmp_path: Path) -> None:
    spoil = (
        "import os, sys, random\nmark = 1\nos.environ['MARK'] = '1'\nsys.path.append('mark')\nopen('mark', 'w').close()"
    )
    look = "import os, sys\n'mark' in globals(), 'MARK' in os.environ, 'mark' in sys.path"
    executed("govkit", notebook([spoil]), tmp_path)
    _raised, left = executed("govkit", notebook([look]), tmp_path)
    assert left.cells[0].outputs[0].data["text/plain"] == "(False, False, False)"


def test_each_report_has_randomness_of_its_own(tmp_path: Path) -> None:
    draw = notebook(["import random, numpy\nrandom.random(), numpy.random.rand()"])
    drawn = {executed("govkit", draw, tmp_path)[1].cells[0].outputs[0].data["text/plain"] for _time in range(3)}
    assert len(drawn) == 3


def test_a_kernel_opens_no_port_and_leaves_no_process(tmp_path: Path) -> None:
    look = (
        "import os, psutil\nme = psutil.Process()\n"
        "print(list(me.net_connections('inet')), list(me.parent().net_connections('inet')))\nprint(os.getpid())"
    )
    _raised, left = executed("govkit", notebook([look]), tmp_path)
    ports, pid = left.cells[0].outputs[0].text.splitlines()
    assert ports == "[] []"
    assert _gone(int(pid))


def test_the_environment_and_folder_are_those_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKED_FROM", "此处")
    _raised, left = executed("govkit", notebook(["import os\nprint(os.environ['ASKED_FROM'], os.getcwd())"]), tmp_path)
    assert left.cells[0].outputs[0].text == f"此处 {tmp_path}\n"


def test_an_interrupt_reaches_the_cell(tmp_path: Path) -> None:
    """With nbclient's ``interrupt_on_timeout`` the cell that takes too long is interrupted and the next one runs."""
    sources = [
        "import time\ntry:\n    time.sleep(30)\nexcept KeyboardInterrupt:\n    print('interrupted')",
        "print('next')",
    ]
    began = time.monotonic()
    _raised, left = executed("govkit", notebook(sources), tmp_path, execution_timeout=1, interrupt_on_timeout=True)
    assert [cell.outputs[0].text for cell in left.cells] == ["interrupted\n", "next\n"]
    assert time.monotonic() - began < 20


def test_the_end_of_a_cell_may_come_late(tmp_path: Path) -> None:
    """On a machine that swaps, more than nbclient's 4 s may lie between a cell's reply and its last output."""
    late = (
        "import time\nkernel = get_ipython().kernel\npublish = kernel._publish_status\n"
        "def publish_late(status, *args, **options):\n    time.sleep(4.5 * (status == 'idle'))\n"
        "    kernel._publish_status = publish\n    publish(status, *args, **options)\n"
        "kernel._publish_status = publish_late"
    )
    raised, left = executed("govkit", notebook([late, "print('next')"]), tmp_path)
    assert (raised, left.cells[-1].outputs[0].text) == ("", "next\n")


def test_memory_beyond_the_limit_is_an_error_of_the_cell(tmp_path: Path) -> None:
    made = notebook(["x = bytearray(3_000_000_000)"])
    raised, left = executed("govkit", made, tmp_path, memory=2_000_000_000)
    assert raised == "PapermillExecutionError"
    assert [output.ename for cell in left.cells for output in cell.get("outputs", [])] == ["MemoryError"]


def test_a_dead_fork_server_is_replaced(tmp_path: Path) -> None:
    executed("govkit", notebook(["1"]), tmp_path)
    before = fork_server()
    os.kill(before.pid, 9)
    before._process.wait()
    assert executed("govkit", notebook(["1"]), tmp_path)[0] == ""
    assert fork_server().pid != before.pid


def test_a_changed_setting_has_a_fork_server_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fork_server().pid
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    assert fork_server().pid != before
    monkeypatch.delenv("GOVKIT_RULES")
    assert fork_server().pid == before


def test_closing_the_fork_server_leaves_no_process(tmp_path: Path) -> None:
    made = notebook(["import time\ntime.sleep(60)"])
    running = threading.Thread(target=executed, args=("govkit", made, tmp_path))
    running.start()
    _until(lambda: len(psutil.Process(fork_server().pid).children()) == 1)
    processes = [*psutil.Process(fork_server().pid).children(recursive=True), psutil.Process(fork_server().pid)]
    close_fork_server()
    running.join(10)
    assert not running.is_alive()
    assert all(_gone(process.pid) for process in processes)


@pytest.mark.parametrize(("kernel", "here"), [("python3", True), ("ir", False), ("no such kernel", False)])
def test_only_this_very_python_is_run_here(kernel: str, here: bool) -> None:
    assert runs_here(kernel) is here


def test_a_kernel_of_another_python_goes_to_papermills_own_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {"argv": [sys.executable, "-I", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "language": "python"}
    folder = tmp_path / "jupyter" / "kernels" / "elsewhere"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        json.dumps({**spec, "argv": ["/usr/bin/env", *spec["argv"]], "display_name": "x"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    calls: list[str] = []
    monkeypatch.setattr(NBClientEngine, "execute_managed_notebook", lambda _man, name, **_options: calls.append(name))
    executed("govkit", notebook(["1"], kernel="elsewhere"), tmp_path)
    assert calls == ["elsewhere"]
    assert not papermill_engine.runs_here("elsewhere")


def task(made: Any) -> Task:
    return Task(nbformat.writes(made), "asked", "asked", {"audience": "internal"}, ("html",))


def test_a_report_runs_in_the_folder_of_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = task(notebook(["audience = 'internal'", "import os\nraise LookupError(os.getcwd())"], ["parameters"]))
    said = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        said += [problem.what for problem in perform(asked, WorkerSetup()).problems]
    assert said == [f"LookupError: {tmp_path / name}" for name in ("first", "second")]


@pytest.mark.parametrize(("name", "language"), [("ir", "R"), ("julia-1.10", "julia"), ("", "bash")])
def test_a_report_of_another_language_is_refused_by_name(name: str, language: str) -> None:
    made = notebook(["1"])
    made.metadata["kernelspec"] = {"name": name, "language": language, "display_name": "x"}
    (problem,) = perform(task(made), WorkerSetup()).problems
    assert (name or language) in problem.what
    assert "Python" in problem.repair


def _gone(pid: int) -> bool:
    return _until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def _until(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()
