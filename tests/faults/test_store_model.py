"""The store against a model: real processes import, undo and install registers at once, and some are killed.

``python -m pytest tests/faults/test_store_model.py --full -s`` goes on until 200 processes were killed.
"""

import csv
import datetime as dt
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from govkit.ledgers.commit import Commit
from govkit.ledgers.register import written_register
from govkit.ledgers.store import Store
from tests.ledgers.books import COLUMN, DISPUTES, PLACES, dispute

KILLS = 200
VILLAGES = [place.name for place in PLACES.at("village")[:2]] + [PLACES.at("village")[-1].name]
CODES = {place.name: place.code for place in PLACES}
REGISTERS = [written_register(PLACES), written_register(PLACES).replace("马村", "马家村")]
"""Two whole registers; the second one renames a village that no row is of."""

Row = tuple[str, int, str]
"""Village, month of 2015, kind."""
Rows = dict[int, Row]

ROWS: st.SearchStrategy[Rows] = st.dictionaries(
    st.integers(1, 9),
    st.tuples(st.sampled_from(VILLAGES), st.integers(1, 3), st.sampled_from(["其他", "家庭纠纷"])),
    min_size=1,
    max_size=5,
)


@dataclass(frozen=True)
class Import:
    """An import of a file of these rows."""

    rows: tuple[tuple[int, Row], ...]
    replace: bool

    def after(self, before: Rows) -> Rows | None:
        """Return the rows after it; None where it is refused."""
        new = dict(self.rows)
        villages, months = {row[0] for row in new.values()}, {row[1] for row in new.values()}
        if any(before[number][0] not in villages for number in new if number in before):
            return None
        kept = {number: row for number, row in before.items() if row[0] not in villages or row[1] not in months}
        if not self.replace and len(before.keys() - kept.keys() - new.keys()) > len(new.keys() - before.keys()):
            return None
        return kept | new

    def command(self, folder: Path) -> list[str]:
        """Write its file and return its command."""
        path = folder / f"{len(list(folder.iterdir()))}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, list(COLUMN))
            file.write(",".join(DISPUTES[name].heading for name in COLUMN) + "\n")
            for number, (village, month, kind) in self.rows:
                day = dt.date(2015, month, 2)
                open_ = {"settled_on": None, "settled_level": None, "agreement": None}
                lines.writerow(dispute(number, place=village, kind=kind, found_on=day) | open_)
        return ["import", str(path), *["--replace"] * self.replace]


@dataclass(frozen=True)
class Undo:
    """An undo of the latest import."""

    def command(self, folder: Path) -> list[str]:  # noqa: ARG002 - it needs no file
        """Return its command."""
        return ["undo"]


@dataclass(frozen=True)
class Install:
    """An installation of a register of places."""

    register: int

    def command(self, folder: Path) -> list[str]:
        """Write its file and return its command."""
        path = folder / f"{len(list(folder.iterdir()))}.csv"
        path.write_text(REGISTERS[self.register], "utf-8")
        return ["places", str(path)]


Step = Import | Undo | Install
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda rows, replace: Import(tuple(rows.items()), replace), ROWS, st.booleans()),
    st.builds(lambda rows, replace: Import(tuple(rows.items()), replace), ROWS, st.booleans()),
    st.just(Undo()),
    st.builds(Install, st.integers(0, 1)),
)
KILLED = st.sampled_from([True, True, False])
EARLIEST, LATEST = 0.2, 1.1
"""How far a process comes before it is killed, as shares of the time that the steps before took."""
DICE = random.Random(12)

PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["govkit.cli", "govkit.figures.snapshot", "govkit.institutions", "govkit.ledgers.store", "pandera.pandas"]
ended: Counter[str] = Counter()
took = [0.5]


def run_command(arguments: list[str], log: str) -> None:
    """Run a command as a process of its own does, with its output in a file."""
    from govkit.cli import run

    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os._exit(run(arguments))


class StoreModel(RuleBasedStateMachine):
    """A store, and the rows of each of its versions as the model has them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="store-model-"))
        (self.folder / "files").mkdir()
        self.store = Store(self.folder / "store")
        self.versions: list[Rows] = [{}]
        self.commits: list[Commit] = []
        self.asked = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(steps=st.lists(st.tuples(STEPS, KILLED), min_size=2, max_size=4))
    def together(self, steps: list[tuple[Step, bool]]) -> None:
        """Run some commands at once and kill those that are to be killed."""
        asked = {f"某{self.asked + at}": step for at, (step, _killed) in enumerate(steps)}
        self.asked += len(steps)
        processes = [self._started(person, step) for person, step in asked.items()]
        begun = time.monotonic()
        victims = [process for process, (_, killed) in zip(processes, steps, strict=True) if killed]
        for share, process in zip(sorted(DICE.uniform(EARLIEST, LATEST) for _ in victims), victims, strict=True):
            moment = share * took[-1]
            process.join(max(0.0, begun + moment - time.monotonic()))
            process.kill()
        for process in processes:
            process.join(120)
        codes = dict(zip(asked, (process.exitcode for process in processes), strict=True))
        if any(code != -9 for code in codes.values()):
            took.append(time.monotonic() - begun)
        ended.update("killed" if code == -9 else str(code) for code in codes.values())
        self._compare(asked, codes)

    def _started(self, person: str, step: Step) -> Any:
        words = ["ledger", *step.command(self.folder / "files"), "--store", self.store.url]
        words += [] if isinstance(step, Install) else ["--by", person]
        process = PROCESSES.Process(target=run_command, args=(words, str(self.folder / "files" / f"{person}.log")))
        process.start()
        return process

    def _compare(self, asked: dict[str, Step], codes: dict[str, int | None]) -> None:
        """Find the new versions in some order of the commands, each as the model makes it."""
        said = {p: (self.folder / "files" / f"{p}.log") for p in asked}
        words = {p: path.read_text("utf-8") if path.exists() else "" for p, path in said.items()}
        commits = self.store.commits()
        assert commits[: len(self.commits)] == self.commits
        new = commits[len(self.commits) :]
        assert len({commit.person for commit in new}) == len(new)
        for commit in new:
            step = asked[commit.person]
            before = self.versions[-1]
            after = step.after(before) if isinstance(step, Import) else self._undone(commit)
            assert after is not None, (commit, step, before)
            self.versions.append(after)
        self.commits = commits
        for person, step in asked.items():
            done = any(commit.person == person for commit in new)
            assert codes[person] in (0, 1, -9), (codes, words)
            ended["killed after its commit"] += codes[person] == -9 and done
            if codes[person] == 1:
                assert not done, (codes, words)
            if codes[person] == 0 and isinstance(step, Undo):
                assert done, (codes, words)
            if codes[person] == 0 and isinstance(step, Import) and not done:
                assert "没有变化" in words[person], (codes, words)

    def _undone(self, commit: Commit) -> Rows:
        assert commit.undoes is not None
        undone = {one.undoes for one in self.store.commits() if one.version < commit.version}
        assert commit.undoes not in undone
        return self.versions[commit.undoes - 1]

    @invariant()
    def every_version_is_whole(self) -> None:
        """Every version has exactly the model's rows, no number twice, and the log is whole."""
        for version in {len(self.versions) - 1, random.randrange(len(self.versions))}:
            rows = self.store.read(DISPUTES, version)
            assert not rows["dispute_id"].duplicated().any()
            found = zip(rows["dispute_id"], rows["place"], rows["found_on"].dt.month, rows["kind"], strict=True)
            model = sorted(self.versions[version].items())
            expected = [(f"JF-{number:03}", CODES[village], month, kind) for number, (village, month, kind) in model]
            assert list(found) == expected
        register = self.folder / "store" / "places.csv"
        assert not register.exists() or register.read_text("utf-8") in REGISTERS
        assert [problem for problem in self.store.log_problems() if problem.severity == "error"] == []


def test_the_store_is_always_one_whole_version(full: bool) -> None:
    PROCESSES.set_forkserver_preload(PRELOADED)
    ended.clear()
    rounds = 0
    while rounds == 0 or (full and ended["killed"] < KILLS):
        run_state_machine_as_test(
            StoreModel,
            settings=settings(
                max_examples=3 if full else 2,
                stateful_step_count=8 if full else 5,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        rounds += 1
        print(f"\n{rounds} rounds: {dict(ended)}", flush=True)
    assert ended["0"]
