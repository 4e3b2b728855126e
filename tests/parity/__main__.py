"""Run every notebook of some folders under papermill's own engine and under ours; print differences and times.

``python -m tests.parity FOLDER… [--seconds N] 2>/dev/null``, in the root of a checkout with ``.[dev]`` installed.

The public notebooks that this was measured with are the test notebooks of two repositories; clone them and name their
folders (nothing is downloaded here):

- https://github.com/nteract/papermill: ``papermill/tests/notebooks``
- https://github.com/jupyter/nbclient: ``tests/files``

Every notebook runs in a copy of its folder. One that differs runs again, up to three times, under both: what an engine
does otherwise it does otherwise every time, and on a busy machine two runs under one engine differ in the order of
streams and errors. A notebook that never comes out equal, and differs under papermill's own engine too, is listed as
one that varies.
"""

import argparse
import logging
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from govkit.rendering.engine.forkserver import close_fork_server
from tests.parity.compare import OURS, STANDARD, Run, differences, run, run_apart

TIMES = 3
WARM_UP = "print('warm')"


@dataclass(frozen=True)
class Compared:
    """The runs of one notebook and how they differ; ``varies`` if two runs under papermill's own engine differ too."""

    path: Path
    theirs: Run
    ours: Run
    differences: tuple[str, ...]
    varies: bool

    @property
    def verdict(self) -> str:
        """Return one word for what was found."""
        return "equal" if not self.differences else "varies" if self.varies else "DIFFERS"


def compared(path: Path, scratch: Path, seconds: int) -> Compared:
    """Run a notebook under both engines, each in a copy of its folder."""
    pairs: list[tuple[Run, Run]] = []
    found = None
    while found != () and len(pairs) < TIMES:
        theirs, ours = (run_apart(engine, path, scratch, execution_timeout=seconds) for engine in (STANDARD, OURS))
        pairs.append((theirs, ours))
        found = tuple(differences(theirs, ours))
    varies = any(tuple(differences(pairs[0][0], again)) for again, _ours in pairs[1:])
    return Compared(path, *pairs[0], found or (), varies)


def notebooks(folders: list[Path]) -> list[Path]:
    """Return the notebooks below some folders, or the files themselves."""
    return [
        path
        for folder in folders
        for path in ([folder] if folder.is_file() else sorted(folder.rglob("*.ipynb")))
        if not path.name.startswith("out-")
    ]


def main(arguments: list[str] | None = None) -> int:
    """Compare the notebooks and print what was found; return 1 if one differs, 2 if there is none."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__.split("\n\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a folder of notebooks, or a notebook")
    parser.add_argument("--seconds", type=int, default=20, help="what one cell may take (default: %(default)s)")
    given = parser.parse_args(arguments)
    paths = notebooks(given.folders)
    if not paths:
        print("no notebook found", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            warm_up(Path(scratch))
            results = [told(compared(path, Path(scratch), given.seconds)) for path in paths]
    finally:
        logging.disable(logging.NOTSET)
        close_fork_server()
    summarise(results)
    return int(any(result.verdict == "DIFFERS" for result in results))


def warm_up(scratch: Path) -> None:
    """Run a notebook of one cell under both, so that neither pays for the imports of this process."""
    spec = {"name": "python3", "display_name": "python3", "language": "python"}
    cell = nbformat.v4.new_code_cell(WARM_UP)
    nbformat.write(nbformat.v4.new_notebook(metadata={"kernelspec": spec}, cells=[cell]), scratch / "warm.ipynb")
    for engine in (STANDARD, OURS):
        run(engine, scratch / "warm.ipynb", scratch)


def told(result: Compared) -> Compared:
    """Print one notebook's line, and its differences below it; return it."""
    times = f"{result.theirs.seconds:6.2f} s | {result.ours.seconds:6.2f} s"
    print(f"{result.verdict:8} {times}  {result.theirs.ended or 'ended well':28} {result.path.name}", flush=True)
    for difference in result.differences:
        print(f"    {difference}")
    return result


def summarise(results: list[Compared]) -> None:
    """Print how many are equal, and how the times compare."""
    counts = {word: sum(result.verdict == word for result in results) for word in ("equal", "varies", "DIFFERS")}
    theirs, ours = (sum(times) for times in zip(*((r.theirs.seconds, r.ours.seconds) for r in results), strict=True))
    ratios = sorted(result.theirs.seconds / result.ours.seconds for result in results if result.ours.notebook.cells)
    print(
        f"{counts['equal']} of {len(results)} equal, {counts['varies']} vary by themselves, {counts['DIFFERS']} differ"
    )
    print(f"papermill's own {theirs:.1f} s, govkit {ours:.1f} s: {theirs / ours:.1f} × faster", end="")
    print(f" (median of the notebooks {ratios[len(ratios) // 2]:.1f} ×)")


if __name__ == "__main__":
    sys.exit(main())
