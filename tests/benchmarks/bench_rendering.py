"""How fast bulletins render: ``python -m tests.benchmarks.bench_rendering [REPORTS] [ROUNDS]``.

Each round runs, one after the other on the same machine, a serial loop of papermill's API with nbconvert's warm HTML
exporter, two processes that do the same, the bare cells (one process, everything imported, the inline backend, outputs
captured; then the same with the ledgers read before), and the kit. Printed are the medians in seconds a report, and
their ratios, which matter on a machine that others use too. The kit's times leave out the start of the fork server, as
the others' leave out their imports.
"""

# ruff: noqa: T201 (it prints what it measured)

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

PERIOD = "2015-09"


def main(count: int, rounds: int) -> None:
    folder = Path(tempfile.mkdtemp())
    tasks = _in_a_process(_tasks, str(folder), count)
    ways: dict[str, Callable[[], tuple[float, float]]] = {
        "papermill, serial": lambda: _in_a_process(_papermill, tasks[: max(2, count // 6)], folder),
        "papermill, 2 processes": lambda: _in_a_process(_pool, tasks[: max(4, count // 4)], folder),
        "bare cells, 1 core": lambda: _in_a_process(_bare, tasks),
        "bare cells, data held": lambda: _in_a_process(_bare_held, folder, tasks),
        "govkit, html": lambda: _in_a_process(_govkit, folder, count, "html"),
        "govkit, html docx pdf": lambda: _in_a_process(_govkit, folder, count, "html,docx,pdf"),
    }
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            seen[name].append(run())
            print(f"round {number + 1}: {name:24s} {seen[name][-1][0]:6.3f} s a report", flush=True)
    _show({name: (median(s for s, _m in runs), max(m for _s, m in runs)) for name, runs in seen.items()}, count)


def _show(medians: dict[str, tuple[float, float]], count: int) -> None:
    html, _memory = medians["govkit, html"]
    cores = min(2, os.cpu_count() or 1)
    print(f"\n{'':24s} {'s/report':>9s} {'x govkit html':>14s} {'peak MiB':>9s}")
    for name, (seconds, memory) in medians.items():
        print(f"{name:24s} {seconds:9.3f} {seconds / html:14.2f} {memory:9.0f}")
    for name in ("bare cells, 1 core", "bare cells, data held"):
        print(f"govkit html per core over {name}: {html * cores / medians[name][0]:.2f}")
    print(f"{count} bulletins in three formats: {medians['govkit, html docx pdf'][0] * count:.1f} s")


def _tasks(folder: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    from govkit.core.files import shipped
    from govkit.demo.demonstration import _import

    store = Path(folder, "store")
    _import(sorted(shipped("data/sample").glob("*.xlsx")), store, "benchmark")
    return [(str(job.report.path), dict(job.parameters)) for job in _plan(store, count, "html").jobs]


def _plan(store: Path, count: int, formats: str) -> Any:
    from dataclasses import replace

    from govkit.reports.plan import planned

    plan = planned("monthly_bulletin", str(store), PERIOD, level="all", formats=formats)
    step = max(1, len(plan.jobs) // count)
    return replace(plan, jobs=plan.jobs[::step][:count])


def _papermill(tasks: list[tuple[str, dict[str, Any]]], folder: Path) -> float:
    _papermill_one(tasks[0])
    began = time.perf_counter()
    for task in tasks:
        _papermill_one(task)
    return (time.perf_counter() - began) / len(tasks)


def _papermill_one(task: tuple[str, dict[str, Any]]) -> int:
    import papermill

    path, parameters = task
    done = papermill.execute_notebook(path, None, parameters, kernel_name="python3", progress_bar=False)
    return len(_exporter().from_notebook_node(done)[0])


_exporters: list[Any] = []


def _exporter() -> Any:
    from nbconvert import HTMLExporter

    if not _exporters:
        _exporters.append(HTMLExporter())
    return _exporters[0]


def _pool(tasks: list[tuple[str, dict[str, Any]]], folder: Path) -> float:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_papermill_one, tasks[:2], chunksize=1)
        began = time.perf_counter()
        pool.map(_papermill_one, tasks, chunksize=1)
        return (time.perf_counter() - began) / len(tasks)


def _bare(tasks: list[tuple[str, dict[str, Any]]]) -> float:
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    cells = [cell for cell in nbformat.read(tasks[0][0], as_version=4).cells if cell.cell_type == "code"]

    def run(parameters: dict[str, Any]) -> None:
        shell.reset(new_session=False)
        for cell in cells:
            with capture_output():
                shell.run_cell(cell.source).raise_error()
            if "parameters" in cell.metadata.get("tags", []):
                shell.user_ns.update(parameters)

    run(tasks[0][1])
    began = time.perf_counter()
    for _path, parameters in tasks:
        run(parameters)
    return (time.perf_counter() - began) / len(tasks)


def _bare_held(folder: Path, tasks: list[tuple[str, dict[str, Any]]]) -> float:
    """The same with the store read and the indicators worked out before, as the kit's children have them."""
    from govkit.figures.snapshot import hold

    hold(_plan(folder / "store", 1, "html").setup.load())
    return _bare(tasks)


def _govkit(folder: Path, count: int, formats: str) -> float:
    from dataclasses import replace

    from govkit.reports.plan import render_all

    plan, out = _plan(folder / "store", count, formats), folder / "out"
    render_all(replace(plan, jobs=plan.jobs[:1]), out, 2, lambda _rendered: None, force=True)
    began = time.perf_counter()
    results = render_all(plan, out, 2, lambda _rendered: None, force=True)
    seconds = time.perf_counter() - began
    assert all(result.status == "rendered" for result in results)
    return seconds / len(results)


def _in_a_process(work: Callable[..., Any], *given: Any) -> Any:
    """Return what ``work`` returns in a fresh process; a number comes with the peak of its memory in MiB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_send, args=(theirs, work, given))
    process.start()
    peak, stop = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, stop))
    watcher.start()
    result = ours.recv()
    stop.set()
    watcher.join()
    process.join()
    return (result, peak[0]) if isinstance(result, float) else result


def _send(pipe: Any, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    pipe.send(work(*given))


def _watch(pid: int, peak: list[float], stop: threading.Event) -> None:
    """Add up the memory that a process and its children have to themselves, ten times a second."""
    while not stop.wait(0.1):
        total = 0
        try:
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                total += process.memory_full_info().pss
        except psutil.Error:
            continue
        peak[0] = max(peak[0], total / 2**20)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
