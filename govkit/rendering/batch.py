"""From a table of jobs, each a report with its parameters, to finished files and a manifest.

The work goes through an executor of :mod:`concurrent.futures`: threads of this process, each of which waits for a
report that is made in a process of its own, or Dask's on a cluster. One bad report never stops the others: its notebook
is kept under ``failed/`` with the bad cell marked. Files appear whole or not at all; what is unchanged is not rendered
again.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from govkit.core.errors import GovkitError, Problem, UsageError, Where, refuse
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.rendering.catalogue import Report, check_parameters
from govkit.rendering.edited import EDITABLE, beside, is_edited, kept
from govkit.rendering.engine.forkserver import can_fork, close_fork_server
from govkit.rendering.engine.worker import Outcome, Task, WorkerSetup, perform
from govkit.rendering.manifest import Entry, Manifest, environment, hashed, locked, outputs

FAILED = "failed"
CONNECT_SECONDS = 20
RENEWED_AFTER = 8
NAME = "{title}-{period}-{place}-{audience}"
_SAFE = re.compile(r"[^\w\-—()（）]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_NAME_BYTES = 200


@dataclass(frozen=True)
class Job:
    """One report to render.

    A job whose input hashes, parameters, template and environment are as they were is not rendered again.

    :param stem: the name of its files without the ending.
    :param labels: what the manifest says of it beside its parameters.
    :param input_hashes: the hash of all data that it reads, by a name for each part; without any it is always rendered.
    :param volatile: the parameters that say where the data is and not what it is.
    """

    report: Report
    parameters: Mapping[str, Any]
    stem: str
    labels: Mapping[str, str] = field(default_factory=dict)
    input_hashes: Mapping[str, str] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rendered:
    """What came of a job. ``outputs`` are file names in the output folder, by format; ``hashes`` their SHA-256.

    ``warnings`` names Word files that were edited by hand and therefore stay as they are.
    """

    job: Job
    status: Literal["rendered", "unchanged", "failed"]
    outputs: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How long a report may take, in seconds, and how much address space its kernel may have, in bytes (0: any)."""

    seconds: int = 600
    memory: int = 0


SETUP, LIMITS = WorkerSetup(), Limits()


def file_stem(*words: str) -> str:
    """Return a file name's stem made of words: no separators, no dots, at most 200 bytes, never empty or reserved."""
    stem = "-".join(part for part in (_SAFE.sub("_", word).strip("_") for word in words) if part)
    stem = stem.encode()[:_NAME_BYTES].decode(errors="ignore") or "report"
    return f"_{stem}" if _RESERVED.fullmatch(stem) else stem


def stem_from_template(template: str, words: Mapping[str, str]) -> str:
    """Return the stem that a template like ``{period}-{place}`` gives; separators of folders and dots are replaced.

    :raises UsageError: the template has no name in braces, or one that is not in ``words``.
    """
    try:
        fields = [field for _text, field, _spec, _conversion in string.Formatter().parse(template) if field is not None]
    except ValueError:
        fields = ["?"]
    unknown = [field for field in fields if field not in words]
    if unknown or not fields:
        what = _("the template of names {template} is not one").format(template=repr(template))
        choices = "、".join(f"{{{word}}}" for word in words)
        raise UsageError(Problem(Where("--name"), what, _("Use these: {choices}").format(choices=choices)))
    parts = [template] if not fields else re.split(r"-(?![^{]*})", template)
    return file_stem(*(part.format_map(dict(words)) for part in parts))


def render(
    jobs: Sequence[Job],
    folder: Path,
    formats: Sequence[str],
    workers: int = 1,
    progress: Callable[[Rendered], object] = id,
    *,
    executor: Executor | None = None,
    setup: WorkerSetup = SETUP,
    limits: Limits = LIMITS,
    force: bool = False,
    cache_key: str = "",
) -> list[Rendered]:
    """Render every job into a folder and keep its manifest; return what came of each, in the order of ``jobs``.

    :param progress: called with each result as soon as there is one.
    :param executor: defaults to ``workers`` reports at a time on this machine; one that is given is not shut down.
    :param force: render what is unchanged too.
    :param cache_key: the request that the jobs are the answer to; the manifest keeps it once all of them are rendered.
    :raises InputError: a parameter is wrong (checked before anything runs), two jobs have one stem, the folder is
        in use, or its manifest cannot be read.
    """
    for job in jobs:
        check_parameters(job.report, job.parameters)
    _refuse_same_names(jobs)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), _executor(executor, workers) as pool:
        batch = _Batch(folder, tuple(formats), pool=pool, setup=setup, limits=limits, progress=progress)
        try:
            return batch.run(jobs, force, cache_key)
        finally:
            batch.manifest.fold()


class _Batch:
    """A batch under way."""

    def __init__(
        self,
        folder: Path,
        formats: tuple[str, ...],
        *,
        pool: Executor,
        setup: WorkerSetup,
        limits: Limits,
        progress: Callable[[Rendered], object],
    ) -> None:
        self.folder, self.formats, self.pool, self.setup, self.limits = folder, formats, pool, setup, limits
        self.progress = progress
        self.manifest = Manifest(folder)
        self.environment, made = environment()
        self.manifest.environments[self.environment] = made

    def run(self, jobs: Sequence[Job], force: bool, cache_key: str) -> list[Rendered]:
        done = {job.stem: self._unchanged(job) for job in jobs if not force and self._is_made(job)}
        for rendered in done.values():
            self.progress(rendered)
        waiting = {self._submitted(job): job for job in jobs if job.stem not in done}
        tried: Counter[tuple[str, int]] = Counter()
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                job = waiting.pop(future)
                outcome = _outcome(future, job)
                tried[job.stem, outcome.again] += 1
                if tried[job.stem, outcome.again] <= outcome.again:
                    waiting[self._submitted(job)] = job
                    continue
                done[job.stem] = self._finished(job, outcome)
                self.progress(done[job.stem])
        if cache_key and all(rendered.status != "failed" for rendered in done.values()):
            self.manifest.remember(cache_key, {job.stem: self._fingerprint(job) for job in jobs})
        return [done[job.stem] for job in jobs]

    def _is_made(self, job: Job) -> bool:
        return bool(job.input_hashes) and self.manifest.is_made(job.stem, self._fingerprint(job), self.formats)

    def _unchanged(self, job: Job) -> Rendered:
        made = self.manifest.entries[job.stem]["outputs"]
        return Rendered(
            job,
            "unchanged",
            {fmt: output["file"] for fmt, output in made.items()},
            {fmt: output["sha256"] for fmt, output in made.items()},
        )

    def _fingerprint(self, job: Job) -> str:
        parameters = {name: value for name, value in job.parameters.items() if name not in job.volatile}
        return hashed([job.report.name, job.report.sha256, parameters, dict(job.input_hashes), self.environment])

    def _submitted(self, job: Job) -> "Future[Outcome]":
        task = Task(
            notebook=job.report.path.read_text(encoding="utf-8"),
            name=job.report.name,
            stem=job.stem,
            parameters=dict(job.parameters),
            formats=self._formats(job),
            seconds=self.limits.seconds,
            memory=self.limits.memory,
        )
        return self.pool.submit(perform, task, self.setup)

    def _formats(self, job: Job) -> tuple[str, ...]:
        """Return the formats asked for and those rendered before, so that all files of a report come from one run."""
        before = self.manifest.entries.get(job.stem, {}).get("outputs", {})
        return tuple(dict.fromkeys((*self.formats, *before)))

    def _finished(self, job: Job, outcome: Outcome) -> Rendered:
        """Write the files of a report, and record it when all of them are written."""
        failed = self.folder / FAILED / f"{job.stem}.ipynb"
        names: dict[str, str] = {}
        try:
            names = {fmt: self._name(job, fmt, content) for fmt, content in outcome.files.items()}
            for fmt, content in outcome.files.items():
                atomic_write(self.folder / names[fmt], content, durable=False)
            if outcome.notebook:
                failed.parent.mkdir(exist_ok=True)
                atomic_write(failed, outcome.notebook, durable=False)
            else:
                failed.unlink(missing_ok=True)
        except GovkitError as error:
            outcome = replace(outcome, files={}, problems=error.problems)
        entry = self._entry(job, outcome, names)
        self.manifest.record(entry)
        own = {fmt: self.folder / f"{job.stem}.{fmt}" for fmt in outcome.files}
        new = {fmt: self.folder / name for fmt, name in names.items()}
        warnings = [kept(own[fmt], new[fmt]) for fmt in outcome.files if own[fmt] != new[fmt]]
        return Rendered(
            job,
            entry["status"],
            {fmt: output["file"] for fmt, output in entry["outputs"].items()},
            {fmt: output["sha256"] for fmt, output in entry["outputs"].items()},
            outcome.problems,
            tuple(warnings),
        )

    def _name(self, job: Job, fmt: str, content: bytes) -> str:
        """Return the name of a report's new file: another one where a Word file was edited by hand.

        :raises InputError: the Word file is locked.
        """
        file = f"{job.stem}.{fmt}"
        if fmt != EDITABLE:
            return file
        known = self.manifest.entries.get(job.stem, {}).get("outputs", {}).get(fmt, {})
        new, written = sha256(content).hexdigest(), {known.get("file"): known.get("sha256", "")}
        names = chain([file], beside(file))
        return next(name for name in names if not is_edited(self.folder / name, new, written.get(name, "")))

    def _entry(self, job: Job, outcome: Outcome, names: Mapping[str, str]) -> Entry:
        return {
            "stem": job.stem,
            "report": job.report.name,
            **job.labels,
            "status": "failed" if outcome.problems else "rendered",
            "parameters": dict(job.parameters),
            "template_sha256": job.report.sha256,
            "slices": dict(job.input_hashes),
            "environment": self.environment,
            "fingerprint": self._fingerprint(job),
            "outputs": outputs(outcome.files, names),
            "problems": [problem.as_dict() for problem in outcome.problems],
        }


@contextmanager
def _executor(given: Executor | None, workers: int) -> Iterator[Executor]:
    """Yield the executor; one of ours is shut down, whatever happens."""
    if given is not None:
        yield given
        return
    # Where nothing can be forked, each process makes a few reports and is then replaced.
    pool: Executor = (
        ThreadPoolExecutor(workers)
        if can_fork()
        else ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=RENEWED_AFTER)
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        close_fork_server()
        raise
    pool.shutdown()


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor on the Dask cluster whose scheduler is at ``address``, like ``tcp://10.0.0.5:8786``.

    The cluster repeats the reports of a lost worker on another one.

    :raises UsageError: no scheduler answers, or the package ``distributed`` is missing.
    """
    try:
        from distributed import Client
    except ImportError as error:
        what = _("a cluster needs the package distributed")
        raise UsageError(
            Problem(Where("--dask", item=address), what, _("Install it: pip install 'govkit[dask]'"))
        ) from error
    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        what = _("no scheduler answers at this address")
        repair = _("Start one with `dask scheduler`, and name the address that it prints")
        raise UsageError(Problem(Where("--dask", item=address), what, repair)) from error
    with client:
        yield client.get_executor(pure=False)


def _outcome(future: "Future[Outcome]", job: Job) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # a cluster may raise anything, and the other reports go on
        what = _("the report could not be handed out ({reason})").format(reason=f"{type(error).__name__}: {error}")
        problem = Problem(Where(job.report.name, job.stem), what, _("Render it again"))
        return Outcome(problems=(problem,), again=1)


def _refuse_same_names(jobs: Sequence[Job]) -> None:
    count = Counter(job.stem.casefold() for job in jobs)
    twice = {job.stem: job for job in jobs if count[job.stem.casefold()] > 1}
    refuse(
        [
            Problem(
                Where(job.report.name, stem),
                _("several reports would have the same file name"),
                _("Put {place_code} into the template of names"),
            )
            for stem, job in twice.items()
        ]
    )
