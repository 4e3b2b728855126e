"""One report: its notebook filled in, run, looked over and made into files. Runs in a nursery's child.

:func:`perform` is what a batch, or a worker of a cluster, calls: it takes a :class:`Task` and returns an
:class:`Outcome`, and never raises for what a report did.
"""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Any

from govkit.core.errors import GovkitError, Problem, Where, problems_of
from govkit.core.i18n import gettext as _
from govkit.rendering.catalogue import is_public
from govkit.rendering.engine.forkserver import WORK, ended, forks, named, nursery
from govkit.rendering.engine.framing import Closed, Wire
from govkit.rendering.privacy.check import PrivacyCheck

RESULT = b"r"
EXPORT_SECONDS = 120
KILLED_AGAIN, MEMORY_AGAIN = 7, 1
_FROM_OUTSIDE = (
    {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT} if hasattr(signal, "SIGHUP") else set()
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ready:
    """What a nursery has ready for every report: modules it imports, and what ``load(*arguments)`` gives ``hold``.

    ``gate(*gate_arguments)`` returns the :class:`govkit.rendering.privacy.check.PrivacyCheck` that public reports
    pass; without it they pass one that knows the patterns alone.
    """

    modules: tuple[str, ...] = ()
    load: str = ""
    hold: str = ""
    arguments: tuple[str | int | None, ...] = ()
    gate: str = ""
    gate_arguments: tuple[str | int | None, ...] = ()


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
    gate: str = ""
    gate_arguments: tuple[str | int | None, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its files by format, or its problems and the notebook with the bad cell marked.

    ``again`` says how often it is worth trying again: what was killed from outside may well succeed.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notebook: bytes = b""
    again: int = 0


def perform(task: Task, ready: Ready) -> Outcome:
    """Make a report in a child of this process's nursery and return what became of it."""
    task = replace(task, gate=ready.gate, gate_arguments=ready.gate_arguments)
    if not forks():
        _get_ready(ready)
        return press(task)
    nurse, wire = nursery(ready.modules), None
    try:
        if ready.load:
            nurse.hold(ready.load, ready.hold, ready.arguments)
        wire = nurse.ask(f"{__name__}:be_report")
        wire.send(WORK, [json.dumps(asdict(task)).encode()])
        wire.socket.settimeout(task.seconds + EXPORT_SECONDS)
        return _unpacked(wire.receive(RESULT))
    except Closed:
        code = ended(wire) if wire else None
        if code is None:
            nurse.give_up()
        return _died(task, code)
    except TimeoutError:
        return Outcome(problems=(_too_long(task, _("the whole report")),))
    finally:
        if wire:
            wire.close()


@cache
def _get_ready(ready: Ready) -> None:
    """Get ready in this process, where there is no nursery: a worker that makes several reports, one after another."""
    for module in ready.modules:
        import_module(module)
    if ready.load:
        named(ready.hold)(named(ready.load)(*ready.arguments))


def be_report(end: socket.socket) -> None:
    """Make the report that is asked for on the socket, and answer on it."""
    from govkit.rendering.engine.papermill_engine import be_pristine

    wire = Wire(end)
    be_pristine()
    asked = json.loads(wire.receive(WORK)[0])
    wire.send(RESULT, _packed(press(Task(**asked | {"formats": tuple(asked["formats"])}))))


def press(task: Task) -> Outcome:
    """Run the task's notebook in a kernel of its own and make its files; what is for the public passes the gate."""
    outcome = _made(task)
    try:
        return _gated(task, outcome) if _is_public(task) else outcome
    except GovkitError as error:  # nobody knows what the gate should look for
        return Outcome(problems=error.problems)


def _is_public(task: Task) -> bool:
    return is_public(json.loads(task.notebook), task.parameters)


def _gated(task: Task, outcome: Outcome) -> Outcome:
    """Return the outcome if every file passes the gate; else its problems alone, and no file and no notebook.

    A public report that failed otherwise keeps no notebook either: its outputs lie where the public files do.
    """
    gate: PrivacyCheck = named(task.gate)(*task.gate_arguments) if task.gate else PrivacyCheck()
    problems = [replace(problem, what=gate.withheld(problem.what)) for problem in outcome.problems]
    for fmt, content in outcome.files.items():
        problems += [one for one in gate.check(f"{task.stem}.{fmt}", content) if one.severity == "error"]
    return Outcome(problems=tuple(problems), again=outcome.again) if problems else outcome


def _made(task: Task) -> Outcome:
    from govkit.rendering.formats import export_all
    from govkit.rendering.formats.pandoc import PandocError

    notebook = filled_in(task)
    problems, again = _run(notebook, task)
    if not problems:
        problems = list(_degraded(notebook, task))
    if problems:
        return Outcome(problems=tuple(problems), notebook=_written(notebook), again=again)
    try:
        return Outcome(export_all(notebook, task.formats, name=task.name))
    except PandocError as error:
        return Outcome(problems=error.problems, notebook=_written(notebook), again=_again(error.code))
    except GovkitError as error:
        return Outcome(problems=error.problems, notebook=_written(notebook))


def _again(code: int | None) -> int:
    """Return how often to repeat a report of which a process ended with this exit code."""
    return KILLED_AGAIN if code in _FROM_OUTSIDE else 0


def filled_in(task: Task) -> Any:
    """Return the notebook with its parameters, as papermill makes it."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    notebook = load_notebook_node(nbformat.from_dict(json.loads(task.notebook)))
    return parameterize_notebook(notebook, dict(task.parameters), kernel_name="python3", language="python")


def _run(notebook: Any, task: Task) -> tuple[list[Problem], int]:
    """Run the cells in place; returns what went wrong, the bad cell marked, and how often to try again."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors

    from govkit.rendering.engine.papermill_engine import GovkitEngine

    again = 0
    deadline = time.monotonic() + task.seconds
    limits = {"memory": task.memory, "timeout_func": lambda _cell: max(1, int(deadline - time.monotonic()))}
    try:
        GovkitEngine.execute_notebook(notebook, "python3", progress_bar=False, **limits)
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
    return [], 0


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
    """Yield a problem for everything that ran without an error and yet is no report fit to print."""
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
                    yield Problem(where, what.format(found=found[0]), _("Mend the cell, or leave its output out"))


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
