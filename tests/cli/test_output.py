"""What the command line prints at the end of a batch."""

import json
from pathlib import Path

import click
import pytest

from govkit.cli.output import show_batch
from govkit.core.errors import Problem, Where
from govkit.rendering.batch import Job, Rendered
from govkit.rendering.catalogue import Report

JOB = Job(Report(Path("通报.ipynb")), {}, "通报-某村")
DONE, SAME = Rendered(JOB, "rendered", {"html": "通报-某村.html"}), Rendered(JOB, "unchanged")
FAILED = Rendered(JOB, "failed", problems=(Problem(Where("通报"), "缺字体", "请安装"),))


def test_a_batch_ends_with_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    show_batch([DONE, DONE, SAME], Path("out"))
    said = capsys.readouterr()
    assert all(word in said.out for word in ("2", "3", "1", "out"))
    assert said.err == ""


def test_a_failed_report_is_shown_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        show_batch([DONE, FAILED], Path("out"))
    assert ended.value.exit_code == 1
    assert "缺字体" in capsys.readouterr().err


def test_json_names_the_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.exceptions.Exit):
        show_batch([DONE, FAILED], Path("out"), as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out) == {"folder": "out", "rendered": 1, "unchanged": 0, "failed": ["通报-某村"]}
    assert said.err == ""
