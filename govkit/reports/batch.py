"""Rendering: a table of jobs, each a report with its parameters, to finished files and a manifest.

One bad report never stops the others: its notebook is kept with the bad cell marked, and the batch ends as failed.
Files appear whole or not at all.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from govkit.errors import GovkitError, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports.catalogue import Report, check_parameters

MANIFEST = "manifest.json"
FAILED = "failed"
_SAFE = re.compile(r"[^\w\-—()（）]+")


@dataclass(frozen=True)
class Job:
    """One report to render: its parameters, the stem of its files, and how the manifest tells it from others."""

    report: Report
    parameters: Mapping[str, Any]
    stem: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """What became of a job. ``outputs`` are file names in the output folder, by format."""

    job: Job
    status: Literal["rendered", "failed"]
    outputs: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def file_stem(*words: str) -> str:
    """Return a file name's stem made of words: no separators, no dots, at most 120 characters, never empty."""
    stem = "-".join(_SAFE.sub("_", word).strip("_") for word in words if word)
    return stem[:120] or "report"


def render(
    jobs: Sequence[Job],
    folder: Path,
    formats: Sequence[str],
    workers: int = 1,
    progress: Callable[[Rendered], object] = id,
) -> list[Rendered]:
    """Render every job into a folder and write its manifest; returns what became of each, in the order of ``jobs``."""
    for job in jobs:
        check_parameters(job.report, job.parameters)
    folder = folder.resolve()  # a run changes the process's current folder, and several run at once
    folder.mkdir(parents=True, exist_ok=True)
    done: dict[int, Rendered] = {}
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(jobs)))) as pool:
        waiting = {pool.submit(render_one, job, folder, formats): number for number, job in enumerate(jobs)}
        for future in as_completed(waiting):
            done[waiting[future]] = future.result()
            progress(done[waiting[future]])
    results = [done[number] for number in range(len(jobs))]
    write_manifest(folder, results)
    return results


def render_one(job: Job, folder: Path, formats: Sequence[str]) -> Rendered:
    """Run one report's notebook and write its files; a failure is returned, not raised."""
    from govkit.reports.formats import export_all

    try:
        notebook = run_notebook(job, folder)
        contents = export_all(notebook, formats, name=job.report.name)
    except GovkitError as error:
        return Rendered(job, "failed", problems=error.problems)
    outputs = {fmt: f"{job.stem}.{fmt}" for fmt in contents}
    for fmt, content in contents.items():
        write_whole(folder / outputs[fmt], content)
    hashes = {fmt: hashlib.sha256(content).hexdigest() for fmt, content in contents.items()}
    return Rendered(job, "rendered", outputs, hashes)


def run_notebook(job: Job, folder: Path) -> Any:
    """Return the executed notebook; a cell that fails is a problem, and the notebook is kept under ``failed/``."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / f"{job.stem}.ipynb"
        try:
            return papermill.execute_notebook(
                str(job.report.path),
                str(kept),
                parameters=dict(job.parameters),
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,
                cwd=str(folder),
            )
        except PapermillExecutionError as error:
            target = folder / FAILED / kept.name
            target.parent.mkdir(exist_ok=True)
            write_whole(target, nbformat.writes(nbformat.read(kept, as_version=4)).encode())
            raise _failure(job, error, target) from error


def _failure(job: Job, error: Any, kept: Path) -> GovkitError:
    return GovkitError(
        Problem(
            Where(job.report.name, job.stem, _("cell {number}").format(number=error.exec_count)),
            f"{error.ename}: {error.evalue}",
            _("Look at the marked cell in {path}").format(path=f"{FAILED}/{kept.name}"),
        )
    )


def write_manifest(folder: Path, results: Iterable[Rendered]) -> Path:
    """Write (or bring up to date) ``manifest.json``: one entry a report with its outputs and their hashes."""
    path = folder / MANIFEST
    before = json.loads(path.read_text(encoding="utf-8"))["reports"] if path.exists() else []
    entries = {entry["stem"]: entry for entry in before}
    entries |= {result.job.stem: _entry(result) for result in results}
    content = {"software": f"govkit {version('govkit')}", "reports": [entries[stem] for stem in sorted(entries)]}
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return path


def _entry(result: Rendered) -> dict[str, Any]:
    return {
        "stem": result.job.stem,
        "report": result.job.report.name,
        **result.job.labels,
        "status": result.status,
        "parameters": dict(result.job.parameters),
        "template_sha256": result.job.report.sha256,
        "outputs": {fmt: {"file": name, "sha256": result.hashes[fmt]} for fmt, name in sorted(result.outputs.items())},
        "problems": [problem.as_dict() for problem in result.problems],
    }


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
