"""What is built: a wheel that carries notebooks, data and quizzes, and works from them."""

import json
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a freshly built wheel, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a way to run programs in an empty folder, in a fresh environment that has the wheel and what it needs.

    What it needs is taken from this environment; nothing is fetched.
    """
    root = tmp_path_factory.mktemp("installed")
    venv.create(root / "env", with_pip=True)
    bin_folder = root / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(root / "env")}))
    (site / "needs.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    empty = root / "folder"
    empty.mkdir()

    def ran(program: str, *words: str) -> str:
        done = subprocess.run(
            [str(bin_folder / program), *words],
            cwd=empty,
            env={"PATH": str(bin_folder)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()[-4000:]
        return done.stdout.decode()

    ran("python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(next(wheel.parent.glob("*.whl"))))
    return ran


def test_it_carries_every_file_that_travels(wheel: Path) -> None:
    for top in ("data", "notebooks", "quizzes"):
        tracked = subprocess.run(
            ["git", "-C", ROOT, "-c", "core.quotepath=off", "ls-files", top], check=True, capture_output=True, text=True
        ).stdout.splitlines()
        assert tracked
        assert not [name for name in tracked if not (wheel / "govkit/share" / name).is_file()]
    assert (wheel / "govkit/rendering/formats/template.typ").is_file()
    assert (wheel / "govkit/py.typed").is_file()
    for name in ("room/static/room.js", "room/static/room.css", "widgets/slips.typ"):
        assert (wheel / "govkit" / name).read_bytes() == (ROOT / "govkit" / name).read_bytes()
    assert (wheel / "govkit/locale/zh_CN/LC_MESSAGES/govkit.mo").is_file()


def test_it_works_from_what_it_carries(wheel: Path, sample_store: Path) -> None:
    code = (
        "import govkit, pathlib; from govkit.core.files import shipped; from govkit.cli import main;"
        f"assert pathlib.Path(govkit.__file__).is_relative_to({str(wheel)!r});"
        f"assert shipped('data/places.csv').is_relative_to({str(wheel)!r});"
        f"main(['reconcile', '--store', {str(sample_store)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(wheel), "PATH": ""},
        cwd=wheel,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "相符" in done.stdout.decode()


@pytest.mark.slow
def test_pip_install_gives_notebooks_that_run(installed: Callable[..., str], sample_store: Path) -> None:
    assert "env" in Path(installed("python", "-c", "import govkit; print(govkit.__file__)")).parts
    installed("govkit", "notebooks", "copy", "笔记本")
    run = "import sys; from papermill import execute_notebook as run; run(sys.argv[1], sys.argv[2], {PARAMETERS})"
    report = run.replace("PARAMETERS", f"'store': {str(sample_store)!r}, 'period': '2015-09'")
    installed("python", "-c", report, "笔记本/reports/monthly_bulletin.ipynb", "通报.ipynb")
    installed(
        "python", "-c", run.replace("{PARAMETERS}", "{'state': '练习.json'}"), "笔记本/practice.ipynb", "练习.ipynb"
    )
    show = "import sys, pathlib; print(pathlib.Path(sys.argv[1]).read_text('utf-8'))"
    outputs = {
        name: [
            output
            for cell in json.loads(installed("python", "-c", show, name))["cells"]
            for output in cell.get("outputs", ())
        ]
        for name in ("通报.ipynb", "练习.ipynb")
    }
    assert "基层四项基础制度运行情况的通报" in json.dumps(outputs["通报.ipynb"], ensure_ascii=False)
    assert "application/vnd.jupyter.widget-view+json" in json.dumps(outputs["练习.ipynb"])
    installed("govkit", "report", "render", "monthly_bulletin", "--period", "2015-09", "--store", str(sample_store))
    assert "通报" in installed("python", "-c", "import os; print(os.listdir('reports'))")


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all("==" in line and "/" not in line and "@" not in line for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {name.split(">=")[0].split("[")[0].lower().replace("_", "-") for name in wanted} - {"govkit"}
    assert names <= pinned
