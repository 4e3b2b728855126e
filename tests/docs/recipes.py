"""The recipes of CONTRIBUTING.md: the files they write, the changes they make, the commands they run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def fences(text: str) -> list[tuple[str, str]]:
    """Return the kind and the text of every fenced block."""
    return [(block["kind"], textwrap.dedent(block["body"])) for block in FENCE.finditer(text)]


def recipes() -> dict[str, list[tuple[str, str]]]:
    """Return the blocks of each recipe by its heading."""
    sections = re.split(r"^## ", CONTRIBUTING.read_text(encoding="utf-8"), flags=re.MULTILINE)
    titled = {section.partition("\n")[0]: fences(section) for section in sections}
    return {title: blocks for title, blocks in titled.items() if title.startswith("Add ")}


def files(title: str) -> dict[str, str]:
    """Return the texts of the files that a recipe writes, by path."""
    found = {}
    for kind, body in recipes()[title]:
        first, _newline, rest = body.partition("\n")
        if kind == "python" and first.startswith("# file: "):
            found[first.removeprefix("# file: ")] = rest
    return found


def follow(title: str, root: Path) -> list[str]:
    """Do what a recipe says in the tree ``root``; return the commands that were run."""
    ran = []
    for kind, body in recipes()[title]:
        first, _newline, rest = body.partition("\n")
        if kind == "sh":
            for line in filter(None, body.splitlines()):
                run(line, root)
                ran.append(line)
        elif kind == "diff":
            _change(root, body)
        elif first.startswith("# file: "):
            path = root / first.removeprefix("# file: ")
            path.write_text(rest, encoding="utf-8")
        elif first.startswith("# append to: "):
            with (root / first.removeprefix("# append to: ")).open("a", encoding="utf-8") as file:
                file.write(rest)
        else:
            raise AssertionError(f"{title}: a block that is neither file, change nor command:\n{body}")
    return ran


def run(line: str, root: Path) -> None:
    """Run a command line of a recipe in ``root``, with this environment's programs and that tree's modules."""
    words = [
        found
        for word in shlex.split(line)
        for found in (sorted(str(path.relative_to(root)) for path in root.glob(word)) if "*" in word else [word])
    ]
    if words[0] == "python":
        words[0] = sys.executable
    elif words[0] == "govkit":
        words[:1] = [sys.executable, "-c", "from govkit.cli import main; main()"]
    elif (program := Path(sys.executable).with_name(words[0])).exists():
        words[0] = str(program)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOVKIT_", "PYTEST_"))}
    done = subprocess.run(
        words,
        cwd=root,
        env=kept | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def copied_tree(target: Path) -> Path:
    """Return a copy of the project's files under ``target``, as a fresh clone has them."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    return target


def _change(root: Path, diff: str) -> None:
    """Apply a change whose hunks are found by their text: their line numbers would age with every other change."""
    path, hunks = "", []
    for line in diff.splitlines(keepends=True):
        if line.startswith("+++ b/"):
            path = line.removeprefix("+++ b/").strip()
        elif line.startswith("@@"):
            hunks.append(("", ""))
        elif hunks:
            before, after = hunks[-1]
            hunks[-1] = (before + line[1:] * (line[0] != "+"), after + line[1:] * (line[0] != "-"))
    text = (root / path).read_text(encoding="utf-8")
    for before, after in hunks:
        assert text.count(before) == 1, f"{path} does not have once:\n{before}"
        text = text.replace(before, after)
    (root / path).write_text(text, encoding="utf-8")
