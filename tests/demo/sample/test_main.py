"""``python -m govkit.demo.sample``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govkit.demo.sample.__main__ import main

pytestmark = pytest.mark.slow


def test_it_names_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", str(tmp_path / "new" / "folder")]) == 0
    named = capsys.readouterr().out.splitlines()
    assert len(named) == 7
    assert all(Path(name).is_file() for name in named)


def test_a_folder_that_cannot_be_written_is_reported_and_exits_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["-o", str(tmp_path / "file")]) == 3
    result = capsys.readouterr()
    assert result.out == ""
    assert "样例工作簿写不到这里" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("arguments", [[], ["-o", "x", "--seed", "many"], ["-o", "x", "y"]])
def test_a_wrong_call_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2


def test_the_module_runs_and_speaks_chinese() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "govkit.demo.sample", "-h"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=os.environ | {"PYTHONUTF8": "1", "GOVKIT_LANG": "zh_CN"},
    )
    assert "人名全部虚构" in result.stdout
