"""The making of one report: its notebook filled in, run, inspected and exported, in a child of the fork server.

:func:`perform` is what a batch, or a worker of a cluster, calls: it takes a :class:`Task` and returns an
:class:`Outcome`, and never raises for what a report did.
"""

import json
import os
import pickle
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core.errors import GovkitError, Problem, Where, problems_of
from govkit.core.i18n import gettext as _
from govkit.rendering.declaration import is_public
from govkit.rendering.engine.forkserver import can_fork, fork_server
from govkit.rendering.engine.framing import RESULT, TASK, Connection, ConnectionClosed
from govkit.rendering.privacy.check import PrivacyCheck

if TYPE_CHECKING:
    from govkit.rendering.engine.kernel import WarmManager

EXPORT_SECONDS = 120
KILLED_AGAIN, MEMORY_AGAIN = 7, 1
_FROM_OUTSIDE = (
    {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT} if hasattr(signal, "SIGHUP") else set()
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

StartKernel = Callable[[int], "WarmManager"]
"""Starts a kernel whose address space has at most so many bytes (0: any number)."""


@dataclass(frozen=True)
class Task:
    """One report to make. ``seconds`` and ``memory`` (bytes of address space) are its limits; memory 0 has none."""

    notebook: str
    name: str
    stem: str
    parameters: Mapping[str, Any]
    formats: tuple[str, ...]
    seconds: int = 600
    memory: int = 0


def preload_kernel() -> None:
    """Import what running a notebook takes, and make the kernel; for a fork server."""
    from govkit.rendering.engine.papermill_engine import preload_for_reports

    preload_for_reports()


@dataclass(frozen=True)
class WorkerSetup:
    """What the workers of a batch have before their first report. All are functions of modules, or partials of them.

    :param preload: imports what every report needs; called when the fork server starts.
    :param load: reads data once, in the process that renders.
    :param receive: takes the data in the fork server, so that every worker has it.
    :param privacy_check: returns the check that public reports pass; by default one that knows only the patterns.
    """

    preload: Callable[[], object] = preload_kernel
    load: Callable[[], Any] | None = None
    receive: Callable[[Any], object] | None = None
    privacy_check: Callable[[], PrivacyCheck] = PrivacyCheck


@dataclass(frozen=True)
class Outcome:
    """What came of a task: its files by format, or its problems and the notebook with the bad cell marked.

    ``again`` is how often it is worth repeating: what was killed from outside may well succeed.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notebook: bytes = b""
    again: int = 0


def perform(task: Task, setup: WorkerSetup) -> Outcome:
    """Make a report in a child of this process's fork server and return what came of it."""
    if not can_fork():
        _set_up_here(pickle.dumps(setup))
        return make_report(task, setup.privacy_check)
    server, child = fork_server(setup.preload), None
    try:
        if setup.load and setup.receive:
            server.share(setup.load, setup.receive)
        child = server.fork(be_worker)
        child.connection.send(TASK, [pickle.dumps((task, setup.privacy_check, str(Path.cwd())))])
        child.connection.socket.settimeout(task.seconds + EXPORT_SECONDS)
        return _unpacked(child.connection.receive(RESULT))
    except ConnectionClosed:
        code = child.end() if child else None
        if code is None:
            server.mark_lost()
        return _died(task, code)
    except TimeoutError:
        return Outcome(problems=(_too_long(task, _("the whole report")),))
    finally:
        if child:
            child.close()


@cache
def _set_up_here(setup: bytes) -> None:
    """Set up this process, where nothing can be forked; it makes several reports, one after another."""
    wanted: WorkerSetup = pickle.loads(setup)  # noqa: S301 (pickled by the caller)
    wanted.preload()
    if wanted.load and wanted.receive:
        wanted.receive(wanted.load())


def be_worker(end: socket.socket) -> None:
    """Make the report that is asked for on the socket, and answer on it."""
    from govkit.rendering.engine.kernel import fork_kernel

    connection = Connection(end)
    task, privacy_check, folder = pickle.loads(connection.receive(TASK)[0])  # noqa: S301 (sent by what renders)
    os.chdir(folder)
    connection.send(RESULT, _packed(make_report(task, privacy_check, fork_kernel)))


def make_report(
    task: Task, privacy_check: Callable[[], PrivacyCheck] = PrivacyCheck, start_kernel: StartKernel | None = None
) -> Outcome:
    """Run the task's notebook in a kernel of its own and export it; a public report passes the privacy check.

    :param start_kernel: the engine's own way by default; one that forks only for a process with one thread.
    """
    outcome = _made(task, start_kernel)
    try:
        return _checked(task, outcome, privacy_check()) if _is_public(task) else outcome
    except GovkitError as error:  # without the names to look for nothing is published
        return Outcome(problems=error.problems)


def _is_public(task: Task) -> bool:
    return is_public(json.loads(task.notebook), task.parameters)


def _checked(task: Task, outcome: Outcome, check: PrivacyCheck) -> Outcome:
    """Return the outcome if every file passes the privacy check; else its problems alone, without file or notebook.

    A public report that failed otherwise keeps no notebook either: its outputs lie where the public files do.
    """
    problems = [replace(problem, what=check.withheld(problem.what)) for problem in outcome.problems]
    for fmt, content in outcome.files.items():
        problems += [one for one in check.check(f"{task.stem}.{fmt}", content) if one.severity == "error"]
    return Outcome(problems=tuple(problems), again=outcome.again) if problems else outcome


def _made(task: Task, start_kernel: StartKernel | None) -> Outcome:
    """Return the finished files; those for the public have no warning, since :func:`make_report` checks them."""
    from govkit.rendering.formats import export_all
    from govkit.rendering.formats.pandoc import PandocError

    if refused := _other_language(task):
        return Outcome(problems=(refused,))
    notebook = _filled_in(task)
    problems, again = _run(notebook, task, start_kernel)
    if not problems:
        problems = list(_degraded(notebook, task))
    if problems:
        return Outcome(problems=tuple(problems), notebook=_written(notebook), again=again)
    try:
        return Outcome(export_all(notebook, task.formats, name=task.name, checked=_is_public(task)))
    except PandocError as error:
        return Outcome(problems=error.problems, notebook=_written(notebook), again=_again(error.code))
    except GovkitError as error:
        return Outcome(problems=error.problems, notebook=_written(notebook))


def _other_language(task: Task) -> Problem | None:
    """Return a problem if the notebook was written for the kernel of another language, whatever its cells say."""
    spec = json.loads(task.notebook).get("metadata", {}).get("kernelspec", {})
    if spec.get("language", "python").lower() == "python":
        return None
    what = _("its kernel is {name}, and reports are made with Python").format(name=spec.get("name") or spec["language"])
    return Problem(Where(task.name, task.stem), what, _("Choose the Python 3 kernel in JupyterLab and save it"))


def _again(code: int | None) -> int:
    """Return how often to repeat a report of which a process ended with this exit code."""
    return KILLED_AGAIN if code in _FROM_OUTSIDE else 0


def _filled_in(task: Task) -> Any:
    """Return the notebook with its parameters, as papermill makes it."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    notebook = load_notebook_node(nbformat.from_dict(json.loads(task.notebook)))
    return parameterize_notebook(notebook, dict(task.parameters), kernel_name="python3", language="python")


def _run(notebook: Any, task: Task, start_kernel: StartKernel | None) -> tuple[list[Problem], int]:
    """Run the cells in place and mark the bad one; return its problems and how often to repeat the report."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors

    from govkit.rendering.engine.papermill_engine import GovkitEngine

    again = 0
    deadline = time.monotonic() + task.seconds
    limits = {
        "shutdown_kernel": "immediate",
        "memory": task.memory,
        "timeout_func": lambda _cell: max(1, int(deadline - time.monotonic())),
    }
    try:
        GovkitEngine.execute_notebook(notebook, "python3", progress_bar=False, start=start_kernel, **limits)
    except CellTimeoutError:
        _mark(notebook, "CellTimeoutError", _too_long(task, "").what)
    except DeadKernelError as death:
        code = getattr(death, "code", None)
        again = _again(code)
        _mark(notebook, "DeadKernelError", _death(code))
    try:
        raise_for_execution_errors(notebook, None)
    except PapermillExecutionError as error:
        return _failures(notebook, task, error), again or (MEMORY_AGAIN if error.ename == "MemoryError" else 0)
    return [], again


def _mark(notebook: Any, name: str, said: str) -> None:
    """Write an error into the cell that was running when the kernel ended."""
    import nbformat

    begun = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.metadata.papermill["start_time"]]
    if begun:
        begun[-1].outputs.insert(0, nbformat.v4.new_output("error", ename=name, evalue=said, traceback=[said]))


def _failures(notebook: Any, task: Task, error: Any) -> list[Problem]:
    """Return what a cell ended with; what it refused of a user's input keeps its own places and repairs."""
    cell = error.exec_count if error.exec_count is not None else error.cell_index + 1
    where = Where(task.name, task.stem, _("cell {number}").format(number=cell))
    refused = [one for ran in notebook.cells for one in problems_of(ran.get("outputs", ()))]
    if refused:
        return [replace(one, where=where, what=f"{one.where}: {one.what}") for one in refused]
    said = _COLOUR.sub("", str(error.evalue))
    look = _("Look at the marked cell in {path}").format(path=f"failed/{task.stem}.ipynb")
    return [Problem(where, f"{error.ename}: {said}", look)]


_SIGNS = (
    ("text", re.compile(r"Glyph \d+ .*missing from"), _("a chart lacks a character: {found}")),
    ("plain", re.compile(r"^<Figure size \S+ with 0 Axes>"), _("a figure is empty: {found}")),
    ("plain", re.compile(r"^Empty DataFrame"), _("a table has no rows: {found}")),
)


def _degraded(notebook: Any, task: Task) -> Iterator[Problem]:
    """Yield a problem for each output that is no error but unfit for print, and for cells that did not run."""
    for number, cell in enumerate(notebook.cells, 1):
        where = Where(task.name, task.stem, _("cell {number}").format(number=number))
        if cell.metadata.papermill["status"] != "completed":
            yield Problem(where, _("the report ended before this cell"), _("Take out what ends it early, like exit()"))
            return
        for output in cell.get("outputs", []):
            said = {"text": output.get("text", ""), "plain": output.get("data", {}).get("text/plain", "")}
            for kind, sign, what in _SIGNS:
                found = sign.search(said[kind])
                if found:
                    yield Problem(where, what.format(found=found[0]), _("Fix the cell, or leave its output out"))


def _written(notebook: Any) -> bytes:
    import nbformat

    return str(nbformat.writes(notebook)).encode()


def _too_long(task: Task, what: str) -> Problem:
    where = Where(task.name, task.stem, what)
    said = _("it took longer than {seconds} seconds").format(seconds=task.seconds)
    return Problem(where, said, _("Give it more time with --timeout, or make the notebook quicker"))


def _died(task: Task, code: int | None) -> Outcome:
    repair = _("Render it again; if it dies again, look for what the machine has too little of")
    again = KILLED_AGAIN if code is None else _again(code)
    return Outcome(problems=(Problem(Where(task.name, task.stem), _death(code), repair),), again=again)


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return _("its process was ended by the signal {name}").format(name=signal.Signals(-code).name)
    return _("its process ended by itself with code {code}").format(code="?" if code is None else code)


def _packed(outcome: Outcome) -> list[bytes]:
    problems = [[asdict(problem.where), problem.what, problem.repair, problem.severity] for problem in outcome.problems]
    about = {"problems": problems, "again": outcome.again, "formats": list(outcome.files)}
    return [json.dumps(about).encode(), outcome.notebook, *outcome.files.values()]


def _unpacked(parts: list[bytes]) -> Outcome:
    about = json.loads(parts[0])
    problems = tuple(Problem(Where(**where), *rest) for where, *rest in about["problems"])
    return Outcome(dict(zip(about["formats"], parts[2:], strict=True)), problems, parts[1], about["again"])


_REHEARSAL = """
import pandas as pd
from govkit.rendering import content as r
frame = pd.DataFrame({"月份": ["2015-08", "2015-09"], "数": [1, 2]})
r.title("一", "二")
r.section("三")
r.say("四{five}。", five=r.number(5, "件"))
r.table(frame, "六")
r.trend(frame, "月份", "数", caption="七", unit="件")
r.bars(frame, "月份", "数", caption="八", unit="件")
r.provenance([("九", "十")])
"""


def preload() -> None:
    """Import what every report needs and go once through a small report; for a fork server.

    What libraries put off until they are first used (fonts, schemas, caches) would otherwise be made by every worker.
    This leaves threads of libraries behind that survive a fork (the allocators of Arrow and Delta Lake, no others) and
    calls nothing that starts one, so the small report leaves out PDF.
    """
    from govkit.rendering import fonts
    from govkit.rendering.formats import FORMATS, export_all, pandoc

    preload_kernel()
    for module in (
        "matplotlib.backends.backend_agg",
        "matplotlib.backends.backend_svg",
        "matplotlib.figure",
        "papermill.execute",
        "govkit.rendering.content.charts",
        *(f"govkit.rendering.formats.{name}" for name in FORMATS),
    ):
        import_module(module)
    fonts.check_glyphs("国", Where(""))
    fonts.font_folder()
    pandoc.program()
    export_all(_rehearsed(), ("html", "docx"))


def _rehearsed() -> Any:
    """Return a small report, filled in as papermill does and its cell run in the kernel that the workers will fork."""
    import nbformat
    from IPython.utils.capture import capture_output

    from govkit.rendering.engine.kernel import prepare_kernel

    cell = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    source = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell(_REHEARSAL)])
    notebook = _filled_in(Task(nbformat.writes(source), "rehearsal", "rehearsal", {"a": 1}, ()))
    shell: Any = prepare_kernel().shell
    with capture_output() as caught:
        shell.run_cell(_REHEARSAL, store_history=False).raise_error()
    shell.reset(new_session=False)
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", data=dict(shown.data), metadata=dict(shown.metadata or {}))
        for shown in caught.outputs
    ]
    return notebook
