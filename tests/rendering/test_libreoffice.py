"""The Word file as LibreOffice lays it out."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pymupdf
import pytest

from govkit.rendering.content import blocks as b
from govkit.rendering.content import charts as c
from govkit.rendering.fonts import font_folder
from govkit.rendering.formats import export

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (the command soffice)"),
]

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Any], pymupdf.Document]]:
    """Return the pages that LibreOffice makes of an executed notebook's Word file, with the open fonts."""
    (tmp_path / "fonts.conf").write_text(_FONTS.format(fonts=font_folder(), cache=tmp_path / "cache"), encoding="utf-8")
    documents = []

    def convert(notebook: Any) -> pymupdf.Document:
        (tmp_path / "word.docx").write_bytes(export(notebook, "docx"))
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        subprocess.run(
            [str(SOFFICE), profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "word.docx"],
            env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
            check=True,
            capture_output=True,
            timeout=120,
        )
        documents.append(pymupdf.open(tmp_path / "word.pdf"))
        return documents[-1]

    yield convert
    for document in documents:
        document.close()


def test_a_full_page_holds_22_lines_of_28_characters(
    notebook: Callable[..., Any], opened: Callable[[Any], pymupdf.Document]
) -> None:
    page = opened(notebook(b.title("题"), b.say("汉" * 28 * 60)))[1]
    letters = [
        (round(char["origin"][1]), char["c"])
        for block in page.get_text("rawdict")["blocks"]
        for line in block.get("lines", [])
        for span in line["spans"]
        for char in span["chars"]
        if char["c"] == "汉"
    ]
    counts = [len(list(group)) for _y, group in groupby(sorted(letters), key=lambda letter: letter[0])]
    assert counts == [28] * 22


def test_the_first_page_has_title_text_table_and_chart(
    notebook: Callable[..., Any], opened: Callable[[Any], pymupdf.Document], by_unit: pd.DataFrame
) -> None:
    page = opened(
        notebook(
            b.title("基层四项基础制度运行情况通报", "（2015年9月）"),
            b.section("总体情况"),
            b.say("本月排查矛盾纠纷157件。"),
            b.table(by_unit, "各单位排查情况"),
            c.bars(by_unit, "单位", "排查（件）", caption="各单位排查数"),
        )
    )[0]
    text = page.get_text()
    for expected in ("基层四项基础制度运行情况通报", "一、总体情况", "157", "阳庙镇", "各单位排查数"):
        assert expected in text.replace(" ", "")
    assert page.get_images()
