"""Notebooks handed out to a folder and updated there: what the user edited is never replaced."""

import json
from pathlib import Path
from typing import Any

import pytest

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.core.handout import MANIFEST, hand_out


def notebook(*sources: str, outputs: list[Any] | None = None, count: int | None = None) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "source": source.splitlines(keepends=True),
            "outputs": outputs or [],
            "execution_count": count,
        }
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "shipped" / "reports").mkdir(parents=True)
    (tmp_path / "shipped" / "explore.ipynb").write_text(notebook("store = ''", "explore()"), encoding="utf-8")
    (tmp_path / "shipped" / "reports" / "bulletin.ipynb").write_text(notebook("period = ''"), encoding="utf-8")
    return tmp_path / "shipped"


def statuses(source: Path, folder: Path) -> dict[str, str]:
    return {one.name: one.status for one in hand_out(source, folder, "1")}


OLD, NEWER = notebook("store = ''", "explore()"), notebook("store = ''", "explore(1)")
EDITED = notebook("store = 'mine'", "explore()")
RUN = notebook("store = ''", "explore()", outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}], count=7)


@pytest.mark.parametrize(
    ("mine", "shipped_later", "status", "kept", "beside"),
    [
        (None, OLD, "current", OLD, None),
        (None, NEWER, "updated", NEWER, None),
        (EDITED, OLD, "edited", EDITED, None),
        (EDITED, NEWER, "beside", EDITED, NEWER),
        (RUN, OLD, "current", RUN, None),
        (RUN, NEWER, "updated", NEWER, None),
        (NEWER, NEWER, "current", NEWER, None),
        ("no notebook any more", NEWER, "beside", "no notebook any more", NEWER),
        ("", NEWER, "new", NEWER, None),
    ],
)
def test_an_update_keeps_what_was_edited(
    source: Path, tmp_path: Path, mine: str | None, shipped_later: str, status: str, kept: str, beside: str | None
) -> None:
    folder = tmp_path / "笔记本"
    assert statuses(source, folder) == {"explore.ipynb": "new", "reports/bulletin.ipynb": "new"}
    path = folder / "explore.ipynb"
    if mine == "":
        path.unlink()
    elif mine is not None:
        path.write_text(mine, encoding="utf-8")
    (source / "explore.ipynb").write_text(shipped_later, encoding="utf-8")
    assert statuses(source, folder) == {"explore.ipynb": status, "reports/bulletin.ipynb": "current"}
    assert path.read_text(encoding="utf-8") == kept
    found = {one.name: one.read_text(encoding="utf-8") for one in folder.glob("*.新*.ipynb")}
    assert found == ({"explore.新.ipynb": beside} if beside else {})
    again = statuses(source, folder)["explore.ipynb"]
    assert again == ("edited" if status in ("edited", "beside") else "current")


def test_a_newer_copy_that_was_edited_itself_is_kept_too(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "笔记本"
    hand_out(source, folder, "1")
    (folder / "explore.ipynb").write_text(EDITED, encoding="utf-8")
    for release in ("v2", "v3", "v4"):
        (source / "explore.ipynb").write_text(notebook(release), encoding="utf-8")
        hand_out(source, folder, release)
        if release == "v3":
            (folder / "explore.新.ipynb").write_text(notebook("v3", "mine"), encoding="utf-8")
    assert (folder / "explore.ipynb").read_text(encoding="utf-8") == EDITED
    assert (folder / "explore.新.ipynb").read_text(encoding="utf-8") == notebook("v3", "mine")
    assert (folder / "explore.新2.ipynb").read_text(encoding="utf-8") == notebook("v4")


def test_files_of_the_users_own_are_left_alone(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "笔记本"
    folder.mkdir()
    (folder / "explore.ipynb").write_text(notebook("my own"), encoding="utf-8")
    (folder / "mine.txt").write_text("x", encoding="utf-8")
    assert statuses(source, folder)["explore.ipynb"] == "beside"
    assert (folder / "explore.ipynb").read_text(encoding="utf-8") == notebook("my own")
    assert (folder / "mine.txt").exists()


def test_what_is_no_longer_shipped_is_named_and_left(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "笔记本"
    hand_out(source, folder, "1")
    (source / "explore.ipynb").unlink()
    for _again in range(2):
        assert statuses(source, folder) == {"explore.ipynb": "retired", "reports/bulletin.ipynb": "current"}
    assert (folder / "explore.ipynb").exists()


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"format": 99, "files": {}}', '{"format": 1, "files": 3}'])
def test_a_record_that_cannot_be_read_is_refused_and_nothing_is_written(
    source: Path, tmp_path: Path, record: str
) -> None:
    folder = tmp_path / "笔记本"
    folder.mkdir()
    (folder / MANIFEST).write_text(record, encoding="utf-8")
    with pytest.raises(InputError, match="移走"):
        hand_out(source, folder, "1")
    assert [one.name for one in folder.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("where", ["the shipped folder", "below it", "a file", "below a file", "over a folder"])
def test_a_folder_that_cannot_be_used_is_a_problem(source: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "taken" / "explore.ipynb").mkdir(parents=True)
    folder = {
        "the shipped folder": source,
        "below it": source / "reports",
        "a file": tmp_path / "file",
        "below a file": tmp_path / "file" / "x",
        "over a folder": tmp_path / "taken",
    }[where]
    with pytest.raises(InputError):
        hand_out(source, folder, "1")


def test_the_command_hands_out_every_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "笔记本"
    for _again in range(2):
        assert run(["notebooks", "copy", str(folder)]) == 0
    assert "已是最新" in capsys.readouterr().out
    names = {path.relative_to(shipped("notebooks")) for path in shipped("notebooks").rglob("*.ipynb")}
    assert {path.relative_to(folder) for path in folder.rglob("*.ipynb")} == names
    assert run(["notebooks", "copy", str(folder), "--json"]) == 0
    assert {one["status"] for one in json.loads(capsys.readouterr().out)} == {"current"}
    assert run(["notebooks", "copy", str(shipped("notebooks"))]) == 1
