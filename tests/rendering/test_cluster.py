"""The cluster: a scheduler and two workers in processes of their own, one of which is killed in the middle."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.core.errors import UsageError
from govkit.rendering.batch import Rendered, cluster, render
from tests.rendering.test_batch import MARKED, entries, jobs, report, statuses

pytestmark = pytest.mark.slow

pytest.importorskip("distributed")
SLOW = "import time; time.sleep(.5)"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The scheduler's address and the two workers."""
    where = tmp_path / "scheduler.json"
    base = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*base, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(where)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(where), "--nthreads", "1"]
    work += ["--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]
    workers = [subprocess.Popen(work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _number in range(2)]
    try:
        yield _address(where), workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def _address(where: Path) -> str:
    import json

    for _time in range(400):
        if where.exists() and where.read_text():
            return str(json.loads(where.read_text())["address"])
        time.sleep(0.1)
    raise TimeoutError("the scheduler did not start")


def test_a_worker_killed_in_the_middle_costs_no_report(
    machines: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = machines
    made = report(tmp_path, SLOW, MARKED)
    here = render(jobs(made, 10), tmp_path / "here", ["html"], 2)
    seen: list[str] = []

    def kill_one(rendered: Rendered) -> None:
        seen.append(rendered.job.stem)
        if len(seen) == 3:
            workers[0].kill()

    with cluster(address) as executor:
        there = render(jobs(made, 10), tmp_path / "there", ["html"], progress=kill_one, executor=executor)
    assert statuses(there) == statuses(here) == ["rendered"] * 10
    assert entries(tmp_path / "there") == entries(tmp_path / "here")
    for n in range(1, 11):
        assert f"编号是{n}，它的平方是{n * n}。" in (tmp_path / "there" / f"r{n}.html").read_text("utf-8")


def test_a_cluster_that_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govkit.rendering.batch.CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="没有调度器应答"), cluster("tcp://127.0.0.1:9"):
        pass
