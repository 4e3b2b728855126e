from pathlib import Path

import pytest

from govkit.core import files
from govkit.core.files import shipped


@pytest.mark.parametrize("name", ["data/places.csv", "data/published.csv", "data/rules/quorums.csv"])
def test_what_ships_is_there(name: str) -> None:
    assert shipped(name).is_file()


def test_an_installed_wheel_carries_its_files_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "govkit")
    assert shipped("data") == tmp_path / "data"
    (tmp_path / "govkit" / "share").mkdir(parents=True)
    assert shipped("data") == tmp_path / "govkit" / "share" / "data"
