"""Hostile and mutated files: every one ends as rows or Problems, within the caps, and nobody's process dies.

The full form, ``python -m tests.faults.test_hostile_files [COUNT]``, checks 5,000 mutated files beside those made by
hand and prints the figures; the suite checks a seeded part of the same files.
"""

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from govkit.core import capped
from govkit.core.errors import InternalError
from govkit.ledgers.annotate import annotate
from tests.ledgers.books import check
from tests.ledgers.read.hostile_files import HOSTILE, good_files, mutants

SECONDS = 60
"""Beyond this a file was not bounded; most take a few milliseconds."""
FULL = 5_000


def verdict(path: Path) -> str:
    """Check a file and mark its problems, as the command does; return ``read``, ``refused``, or what went wrong."""
    started = time.perf_counter()
    try:
        intake = check(path)
        for problem in intake.problems:
            assert problem.where.source == path.name
            assert problem.what
            assert problem.repair
        rows = sum(checked.rows_in for checked in intake.ledgers)
        assert all(checked.rows_in >= 0 for checked in intake.ledgers)
        assert rows or intake.problems, "nothing read and nothing said"
        if intake.errors:
            with suppress(InternalError):  # the copy may be too much where the file was not
                annotate(path, intake.problems, path.parent)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if time.perf_counter() - started > SECONDS:
        return f"{time.perf_counter() - started:.0f} seconds"
    return "refused" if intake.errors else "read"


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(tmp_path: Path, name: str) -> None:
    HOSTILE[name](tmp_path / name)
    assert verdict(tmp_path / name) in {"read", "refused"}
    assert {path.name for path in tmp_path.iterdir()} <= {name, f"{Path(name).stem}-待修改.xlsx"}


def test_there_are_sixty_hostile_files() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("seed", range(2))
def test_mutated_files(tmp_path: Path, seed: int, full: bool) -> None:
    for number, (suffix, content) in enumerate(mutants(good_files(tmp_path), FULL // 2 if full else 60, seed)):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(content)
        assert verdict(path) in {"read", "refused"}, (seed, number)
        for made in tmp_path.glob(f"{number}*"):
            made.unlink()


def main() -> None:
    """Check all files and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FULL
    tally: dict[str, int] = {}
    slowest, largest, started = (0.0, ""), 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        made = [(name, None) for name in HOSTILE]
        mutated = [(f"{n}{suffix}", content) for n, (suffix, content) in enumerate(mutants(good_files(here), count, 1))]
        for name, content in [*made, *mutated]:
            path = here / name
            HOSTILE[name](path) if content is None else path.write_bytes(content)
            begun = time.perf_counter()
            said = verdict(path)
            slowest = max(slowest, (time.perf_counter() - begun, name))
            tally[said] = tally.get(said, 0) + 1
            if said not in {"read", "refused"}:
                print(f"{name}: {said}")
                (Path.cwd() / f"failed-{name}").write_bytes(path.read_bytes())
            largest = max(largest, *(child.memory_info().rss for child in psutil.Process().children()), 0)
            path.unlink(missing_ok=True)
    print(f"{len(made)} made by hand, {len(mutated)} mutated, in {time.perf_counter() - started:.0f} s: {tally}")
    print(f"slowest {slowest[0]:.1f} s ({slowest[1]}); this process {psutil.Process().memory_info().rss >> 20} MB,")
    print(
        f"the child's largest between two files {largest >> 20} MB; cap {capped.MEMORY >> 20} MB and {capped.SECONDS} s"
    )


if __name__ == "__main__":
    main()
