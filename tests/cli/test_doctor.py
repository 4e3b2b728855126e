"""The findings of ``govkit doctor`` on this machine."""

from pathlib import Path

import pytest

from govkit.cli import run
from govkit.cli.doctor import examine


def test_everything_needed_is_here(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert {finding.state for finding in findings} <= {"ok", "note"}
    assert {"Python", "pandoc", "typst", "仿宋"} <= {finding.subject for finding in findings}
    assert all(finding.repair for finding in findings if finding.state != "ok")


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [finding for finding in examine(tmp_path / "none") if finding.state == "missing"]
    assert [finding.subject for finding in missing] == ["当前文件夹"]
    assert missing[0].repair


def test_the_command_says_it_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    assert "Jupyter 内核" in capsys.readouterr().out
