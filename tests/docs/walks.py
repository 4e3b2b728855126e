"""The two walks through the code, measured: which modules take part when a ledger becomes a report and a bank marks.

``python -m tests.docs.walks`` runs both on the sample data, with a hook in every process, and prints the modules of
each walk in the order in which they are entered. A *hop* is a call from one module of the package into another, counted
once a pair; a *return* is a hop into a module that was entered before. Code that runs while modules load is left out.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ.get("WALKS_TREE", Path(__file__).parents[2]))
PASSPHRASE = "kouling-walks"  # noqa: S105 - of an exam in a temporary folder
_HOOK = '''
import os, sys, threading
_root, _log = os.environ["WALKS_PACKAGE"], os.environ["WALKS_LOG"]
_seen = set()

def _outside(frame):
    """Return the nearest caller in another module of the package; None while modules load."""
    here, found = frame.f_code.co_filename, ""
    while (frame := frame.f_back) is not None:
        name = frame.f_code.co_filename
        if name.startswith(_root):
            if frame.f_code.co_name == "<module>":
                return None
            found = found or (name if name != here else "")
    return found

def _profile(frame, event, _argument):
    if event != "call":
        return
    code, back = frame.f_code, frame.f_back
    if not code.co_filename.startswith(_root) or code.co_name == "<module>":
        return
    if back is not None and back.f_code.co_filename == code.co_filename and code.co_filename in _seen:
        return
    caller = _outside(frame)
    if caller is None or (caller, code.co_filename) in _seen:
        return
    _seen.update({(caller, code.co_filename), code.co_filename})
    line = f"{caller}\\t{code.co_filename}\\n".encode()
    out = os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(out, line)
    os.close(out)

sys.setprofile(_profile)
threading.setprofile(_profile)
'''


@dataclass(frozen=True)
class Walk:
    """The hops of a walk, as pairs of module names, in the order in which they were first made."""

    hops: tuple[tuple[str, str], ...]

    @property
    def modules(self) -> list[str]:
        """The modules in the order in which they were entered."""
        return list(dict.fromkeys(callee for _caller, callee in self.hops))

    @property
    def returns(self) -> int:
        """How many hops lead into a module that was entered before."""
        return len(self.hops) - len(self.modules)


@contextmanager
def hooked(folder: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which every Python process notes its hops in ``folder/hops``."""
    (folder / "hook").mkdir()
    (folder / "hook/sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("GOVKIT_")},
        "PYTHONPATH": f"{folder / 'hook'}{os.pathsep}{ROOT}",
        "WALKS_PACKAGE": f"{ROOT / 'govkit'}{os.sep}",
        "WALKS_LOG": str(folder / "hops"),
        "GOVKIT_PASSPHRASE": PASSPHRASE,
    }


def walked(folder: Path) -> Walk:
    """Return the walk that was noted in a folder."""
    lines = (folder / "hops").read_text(encoding="utf-8").splitlines()
    return Walk(tuple(dict.fromkeys((_module(caller), _module(callee)) for caller, callee in map(_pair, lines))))


def _pair(line: str) -> tuple[str, str]:
    caller, _tab, callee = line.partition("\t")
    return caller, callee


def _module(path: str) -> str:
    return ".".join(Path(path).relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") if path else ""


def govkit(folder: Path, environment: dict[str, str], *words: str) -> None:
    """Run a command of the kit in a folder."""
    command = [sys.executable, "-c", "from govkit.cli import main; main()", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def ledgers(folder: Path) -> Walk:
    """Walk from a workbook to a report: import, store, snapshot, figures, notebook, html, docx and pdf."""
    workbook = next((ROOT / "data/sample").glob("*阳庙镇*.xlsx"))
    with hooked(folder) as environment:
        govkit(folder, environment, "ledger", "import", str(workbook), "--by", "测试")
        render = ("report", "render", "monthly_bulletin", "--period", "2015-09", "--place", "阳庙镇", "--jobs", "1")
        govkit(folder, environment, *render)
    return walked(folder)


def exams(folder: Path) -> Walk:
    """Walk from the bank to the results: paper, sealed key, room, responses, marks, analysis, results."""
    from tests.room.serving import serving

    exam = folder / "exam"
    with hooked(folder) as environment:
        govkit(folder, environment, "exam", "assemble", "district", "-o", str(exam), "--seed", "1", "--by", "测试")
        roster = ["candidate,name,unit,post,form,status", "1001,甲某,马村,委员,A,", "1002,乙某,马村,委员,A,"]
        (exam / "roster.csv").write_text("\n".join(roster) + "\n", encoding="utf-8")
        with serving(folder, environment=environment) as server:
            room = server.room(exam, forms=["A"])
            for number in ("1001", "1002"):
                candidate = room.seated(number)
                assert candidate.state()
                assert candidate.save(**dict.fromkeys(_questions(exam), "A")).status_code == 200
                assert candidate.call("submit", {"answers": []}).status_code == 200
            room.act("close")
            room.act("export")
        for words in (("mark",), ("analyse",)):
            govkit(folder, environment, "exam", *words, str(exam), "--by", "测试")
        govkit(folder, environment, "exam", "results", str(exam))
    return walked(folder)


def _questions(exam: Path) -> list[str]:
    """Return the ids of the single choices of a paper."""
    from govkit.exams.paper.paper import read_paper

    paper = read_paper(exam / "paper-A.json")
    return [name for name, face in paper.items.items() if face.type.value == "single_choice"][:5]


def main() -> None:
    """Print both walks."""
    for walk in (ledgers, exams):
        with tempfile.TemporaryDirectory() as folder:
            found = walk(Path(folder))
        counts = f"{len(found.modules)} modules, {len(found.hops)} hops, {found.returns} returns"
        sys.stdout.write("\n  ".join([f"{walk.__name__}: {counts}", *found.modules]) + "\n")


if __name__ == "__main__":
    main()
