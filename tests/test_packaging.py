"""What is built: a wheel that carries notebooks, data and quizzes, and works from them."""

import subprocess
import sys
import tomllib
import zipfile
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
