"""What the docs tell people to type works: every command and every Python block in them is run, in order."""

import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest

from govkit.cli import cli, run
from govkit.demo.demonstration import PASSPHRASE
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from tests.ledgers.objects import object_store
from tests.room.database import BINARIES, database

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.name)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_MODULE = re.compile(r"python3? -m ([\w.]+)")
_SET_UP = ("python3 -m venv", ".venv/bin/", "py -3.11", "jupyter lab", "pip install")
"""Commands run elsewhere: the set-up by the continuous integration, JupyterLab by the browser tests."""


def blocks(path: Path, kind: str) -> list[str]:
    """Return the fenced blocks of one kind in a document."""
    found = _FENCE.finditer(path.read_text(encoding="utf-8"))
    return [textwrap.dedent(block["body"]) for block in found if block["kind"] == kind]


def commands(path: Path) -> list[str]:
    """Return the command lines of a document's ``sh`` blocks, without comments."""
    lines = [line.split("  #")[0].strip() for block in blocks(path, "sh") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", *_SET_UP))]


def sessions(path: Path) -> list[str]:
    """Return the command lines of a document's ``console`` blocks, whose answers a test of its own compares."""
    lines = [line for block in blocks(path, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def serves(line: str) -> bool:
    """Tell whether a command runs until it is stopped."""
    return line.startswith(("govkit exam serve", "govkit dashboard"))


@contextmanager
def served(line: str) -> Iterator[None]:
    """Run a server as a document says, on any free port, for the length of a block."""
    words = shlex.split(line)[1:]
    ready = Path(words[words.index("--data") + 1]) / "room.json" if "--data" in words else None
    if ready:
        ready.unlink(missing_ok=True)
    start = [sys.executable, "-c", "from govkit.cli import main; main()", *words, "--port", "0"]
    output = subprocess.DEVNULL if ready else subprocess.PIPE
    process = subprocess.Popen(start, stdout=output, stderr=subprocess.PIPE, text=True)
    try:
        if process.stdout:
            assert "http://" in process.stdout.readline(), f"{line}\n{process.communicate()[1]}"
        ends = time.monotonic() + 60
        while ready and not ready.exists():
            assert process.poll() is None, f"{line}\n{process.communicate()[1]}"
            assert time.monotonic() < ends, line
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def leaves(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the names of every command that does something."""
    if not isinstance(group, click.Group):
        return [path]
    return [
        leaf
        for name, command in group.commands.items()
        if not command.hidden
        for leaf in leaves(command, (*path, name))
    ]


@pytest.fixture
def office(demonstrated: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, made the current one, in which the demonstration has run and all units but 阳庙镇 imported."""
    shutil.copytree(demonstrated[0] / "demo", tmp_path / "demo")
    shutil.copytree(tmp_path / "demo/workbooks", tmp_path / "台账")
    shutil.copytree(ROOT / "data/forms", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVKIT_PASSPHRASE", PASSPHRASE)
    files = [path for path in Path("台账").glob("*.xlsx") if "阳庙镇" not in path.name]
    Store("store").import_(check_files(files, ledgers().values(), shipped_places()), shipped_places(), "测试")
    return tmp_path


def needs_database(document: Path) -> bool:
    """Return whether a document's commands need PostgreSQL."""
    return "GOVKIT_DATABASE" in document.read_text(encoding="utf-8")


def marked(document: Path) -> Any:
    """Return a document as a parameter, marked if its commands need PostgreSQL."""
    return pytest.param(document, marks=[pytest.mark.postgres] if needs_database(document) else [], id=document.name)


@pytest.fixture
def databank(document: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the database that a document names."""
    if not needs_database(document):
        yield
        return
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed")
    with database() as running:
        monkeypatch.setenv("GOVKIT_DATABASE", running.create("room"))
        yield


@pytest.fixture
def bucket(document: Path) -> Iterator[None]:
    """Run an object store for a document whose commands name one."""
    if not any("s3://" in line for line in commands(document)):
        yield
        return
    with object_store():
        yield


@pytest.mark.slow
@pytest.mark.parametrize("document", [marked(path) for path in DOCUMENTS if commands(path)])
@pytest.mark.usefixtures("databank", "bucket")
def test_every_command_runs(document: Path, office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in commands(document):
        if serves(line):
            with served(line):
                continue
        if line.startswith(("mkdir ", "cp ")):
            subprocess.run(shlex.split(line), check=True)
            continue
        words = [
            found
            for word in shlex.split(line)
            for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
        ]
        assert words[0] == "govkit", line
        code = run(words[1:])
        said = capsys.readouterr()
        assert code == 0, f"{line}\n{said.out}\n{said.err}"


@pytest.mark.slow
@pytest.mark.parametrize("document", [path for path in DOCUMENTS if blocks(path, "python")], ids=lambda path: path.name)
def test_every_python_block_runs(document: Path, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {}
    with ExitStack() as running:
        for line in filter(serves, commands(document)[:1]):
            running.enter_context(served(line))
        for block in blocks(document, "python"):
            exec(compile(block, str(document), "exec"), names)  # noqa: S102 - our own documents


def mentioned(path: Path) -> list[str]:
    """Return the command lines that a document only mentions: in a sentence, a table or another kind of block."""
    text = path.read_text(encoding="utf-8")
    spans = _SPAN.findall(_FENCE.sub("", text))
    fenced = [(block["kind"], line.strip()) for block in _FENCE.finditer(text) for line in block["body"].splitlines()]
    others = [line.split("  #")[0] for kind, line in fenced if kind != "sh" or line.startswith(_SET_UP)]
    lines = [*spans, *others, *(line for line in commands(path) if serves(line))]
    return [line.strip() for line in lines if re.match(r"\s*(govkit [a-z]|\S*python3? -m )", line)]


def unknown(line: str) -> list[str]:
    """Return the words of a command line that govkit does not know: a command, an option, or a module."""
    if module := _MODULE.search(line):
        return [] if module[1] in ("venv", "pip") or find_spec(module[1]) else [module[1]]
    known: click.Command = cli
    words = shlex.split(line.replace("…", ""))[1:]
    while isinstance(known, click.Group) and words and not words[0].startswith("-"):
        if (name := words.pop(0)) not in known.commands:
            return [name]
        known = known.commands[name]
    options = {name for option in known.params for name in (*option.opts, *option.secondary_opts)} | {"-h", "--help"}
    return [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in options]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if mentioned(path)], ids=lambda path: path.name)
def test_every_mentioned_command_exists(document: Path) -> None:
    assert not {line: words for line in mentioned(document) if (words := unknown(line))}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("govkit ledger imprt", ["imprt"]),
        ("govkit report render x --levle all", ["--levle"]),
        ("python -m tests.benchmarks.bench_nothing", ["tests.benchmarks.bench_nothing"]),
        ("govkit report render x --level all -o DIR", []),
        ("govkit ledger log", []),
    ],
)
def test_what_does_not_exist_is_found(line: str, words: list[str]) -> None:
    assert unknown(line) == words


def test_the_docs_hold_commands_at_all() -> None:
    assert sum(len(commands(path)) for path in DOCUMENTS) >= 20
    assert sum(len(blocks(path, "python")) for path in DOCUMENTS) >= 2
    assert sum(len(mentioned(path)) for path in DOCUMENTS) >= 25


def test_every_command_is_told_of() -> None:
    told = {line for path in DOCUMENTS for line in (*commands(path), *sessions(path))}
    missing = [
        leaf
        for leaf in leaves(cli)
        if not any(line.startswith(("govkit", *leaf)) and " ".join(leaf) in line for line in told)
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (document.parent / target).exists()]
