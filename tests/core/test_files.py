import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from govkit.core import files
from govkit.core.errors import InternalError
from govkit.core.files import atomic_file, atomic_write, login_name, shipped


@pytest.mark.parametrize("name", ["data/places.csv", "data/published.csv", "data/rules/quorums.csv"])
def test_what_ships_is_there(name: str) -> None:
    assert shipped(name).is_file()


def test_an_installed_wheel_carries_its_files_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "govkit")
    assert shipped("data") == tmp_path / "data"
    (tmp_path / "govkit" / "share").mkdir(parents=True)
    assert shipped("data") == tmp_path / "govkit" / "share" / "data"


def test_a_written_file_is_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    atomic_write(tmp_path / "marks.csv", b"old")
    atomic_write(tmp_path / "marks.csv", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"marks.csv": b"new"}
    assert (tmp_path / "marks.csv").stat().st_mode & 0o777 == 0o644


def test_a_failure_while_writing_keeps_the_old_content(tmp_path: Path) -> None:
    atomic_write(tmp_path / "marks.csv", b"old")
    with suppress(ValueError), atomic_file(tmp_path / "marks.csv") as scratch:
        scratch.write_bytes(b"ha")
        raise ValueError("half")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"marks.csv": b"old"}


@pytest.mark.parametrize(("durable", "synced"), [(True, ["file", "folder"]), (False, [])])
def test_content_is_on_the_disk_before_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool, synced: list[str]
) -> None:
    done: list[str] = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    atomic_write(tmp_path / "marks.csv", b"new", durable=durable)
    assert done == synced


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    atomic_write(tmp_path / "pins.csv", b"1234", private=True)
    assert (tmp_path / "pins.csv").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_an_internal_error(tmp_path: Path) -> None:
    with pytest.raises(InternalError) as failed:
        atomic_write(tmp_path / "absent" / "marks.csv", b"new")
    assert failed.value.problems[0].where.source == str(tmp_path / "absent" / "marks.csv")


def test_the_named_user_goes_before_the_login_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_USER", "样例员")
    assert login_name() == "样例员"
    monkeypatch.delenv("GOVKIT_USER")
    monkeypatch.setenv("LOGNAME", "clerk")
    assert login_name() == "clerk"
