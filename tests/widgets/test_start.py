"""The start page: links that lead somewhere, the store's state, the offer where there is none."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from govkit.core.files import shipped
from govkit.figures.snapshot import Snapshot
from govkit.widgets.opening import over_store
from govkit.widgets.start import Links, start, state


def shown(widget: Any) -> str:
    return str(getattr(widget, "value", "")) + "".join(map(shown, getattr(widget, "children", ())))


def test_every_notebook_is_linked_under_its_title_but_the_start_page_itself() -> None:
    told = Links(shipped("notebooks"))._repr_mimebundle_()
    linked = {unquote(link) for link in re.findall(r'href="([^"]+)"', told["text/html"])}
    files = {path.relative_to(shipped("notebooks")).as_posix() for path in shipped("notebooks").rglob("*.ipynb")}
    assert linked == {name for name in files if "checkpoint" not in name} - {"开始.ipynb"}
    assert "指标浏览：explore.ipynb" in told["text/plain"]


def test_the_links_before_it_is_run_lead_to_notebooks() -> None:
    text = nbformat.read(shipped("notebooks/开始.ipynb"), 4).cells[0].source
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 10
    assert [link for link in links if not shipped(f"notebooks/{link}").is_file()] == []


def test_what_is_no_notebook_of_ours_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    (tmp_path / "other.ipynb").write_text('{"metadata": {}, "cells": []}', encoding="utf-8")
    assert 'href="' not in Links(tmp_path)._repr_mimebundle_()["text/html"]


def test_the_state_of_the_store(snapshot: Snapshot) -> None:
    panel = state(snapshot)
    text = shown(panel)
    assert "2015年1月至2015年12月" in text
    assert "样例数据" in text
    assert f"已经逾期{len(snapshot.overdue(snapshot.span[1]))}件" in text
    assert "2015年1月至2015年12月" in panel.words()["text/plain"]


def test_without_a_store_the_sample_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "虚构的样例示范区" in shown(over_store("", state))
    InteractiveShell.clear_instance()  # where there is one, it shows what is displayed elsewhere
    start()
    assert "准备样例" in capsys.readouterr().out
