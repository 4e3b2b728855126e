"""Processes killed at random moments. Short here; ``python -m pytest tests/faults --full -s`` is the whole of it."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from govkit.rendering.batch import SETUP, render
from govkit.rendering.catalogue import Report
from govkit.rendering.engine.forkserver import fork_server
from tests.rendering.test_batch import MARKED, jobs, report, statuses

LOGGED = "import os, time\nwith open(how, 'a') as log:\n    log.write(f'{mark}\\n')\ntime.sleep(.15)"
HUNGRY = "if mark == 7 and not os.path.exists(how + '-7'):\n    open(how + '-7', 'w').close()\n    bytearray(10 ** 13)"
WORKERS = 2
BATCH = """
import sys
from pathlib import Path
from tests.faults.test_kills import WORKERS, jobs
from govkit.rendering.catalogue import Report
from govkit.rendering.batch import render
render(jobs(Report(Path(sys.argv[1])), int(sys.argv[3]), how=sys.argv[4]), Path(sys.argv[2]), ["html"], WORKERS)
"""


def files(folder: Path) -> dict[str, str]:
    """Return the hashes of an output folder's files, except the manifest and the lock."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name not in {"manifest.json", ".lock"} and path.is_file()
    }


def undisturbed(folder: Path, made: Report, count: int) -> dict[str, str]:
    results = render(jobs(made, count, how=str(folder / "log-undisturbed")), folder / "undisturbed", ["html"], WORKERS)
    assert statuses(results) == ["rendered"] * count
    return files(folder / "undisturbed")


def kill_some(count: int, stop: threading.Event, killed: list[int]) -> None:
    """Kill workers, kernels, their helpers and sometimes the fork server itself, at random moments."""
    while len(killed) < count and not stop.is_set():
        time.sleep(random.uniform(0.05, 0.5))
        try:
            server = psutil.Process(fork_server(SETUP.preload).pid)
            choice = [server] * (random.random() < 0.05) or server.children(recursive=True)
            if choice:
                victim = random.choice(choice)
                victim.send_signal(signal.SIGKILL)
                killed.append(victim.pid)
        except psutil.NoSuchProcess:
            continue


def test_workers_killed_at_random_moments_change_nothing(tmp_path: Path, full: bool) -> None:
    count, kills = (111, 50) if full else (12, 5)
    made = report(tmp_path, LOGGED, HUNGRY, MARKED)
    before = undisturbed(tmp_path, made, count)
    stop = threading.Event()
    killed: list[Any] = []
    killer = threading.Thread(target=kill_some, args=(kills, stop, killed))
    killer.start()
    results = render(jobs(made, count, how=str(tmp_path / "log")), tmp_path / "out", ["html"], WORKERS)
    stop.set()
    killer.join()
    runs = len((tmp_path / "log").read_text().splitlines())
    print(f"\n{len(killed)} kills and one out of memory in {count} reports: {runs} runs")
    assert statuses(results) == ["rendered"] * count
    assert files(tmp_path / "out") == before
    assert len(killed) == kills or not full
    time.sleep(0.5)
    assert not psutil.Process(fork_server(SETUP.preload).pid).children(recursive=True)


def test_a_batch_killed_and_resumed_repeats_only_what_was_in_flight(tmp_path: Path, full: bool) -> None:
    count, kills = (111, 20) if full else (10, 2)
    made = report(tmp_path, LOGGED, MARKED)
    before = undisturbed(tmp_path, made, count)
    log, out = tmp_path / "log", tmp_path / "out"
    command = [sys.executable, "-c", BATCH, str(made.path), str(out), str(count), str(log)]
    done = 0
    for _number in range(kills):
        batch = subprocess.Popen(command)
        _wait_for_another_run(log, batch)
        time.sleep(random.uniform(0, 1.5))
        started = psutil.Process(batch.pid).children(recursive=True) if batch.poll() is None else []
        done += batch.poll() is None
        batch.kill()
        batch.wait()
        _gone, alive = psutil.wait_procs(started, timeout=10)
        assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    subprocess.run(command, check=True)
    runs = len(log.read_text().splitlines())
    print(f"\n{done} kills of the whole batch of {count}: {runs - count} runs repeated, {WORKERS * done} allowed")
    assert files(out) == before
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
    assert runs - count <= WORKERS * done


def _wait_for_another_run(log: Path, batch: "subprocess.Popen[bytes]") -> None:
    size = log.stat().st_size if log.exists() else 0
    while batch.poll() is None and (log.stat().st_size if log.exists() else 0) == size:
        time.sleep(0.02)


assert os.name == "posix", "these tests send signals"
