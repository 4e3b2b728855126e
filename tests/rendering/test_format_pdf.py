import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pymupdf
import pytest

from govkit.rendering.content import blocks as b
from govkit.rendering.content import charts as c
from govkit.rendering.formats import export

MM = 72 / 25.4
Make = Callable[..., Any]


def opened(nb: Any) -> Any:
    return pymupdf.open(stream=export(nb, "pdf"))


def lines(page: Any) -> list[tuple[float, list[Any]]]:
    """Return the characters of a page by line, from the top, without the page number."""
    by_line: dict[float, list[Any]] = {}
    for span in page.get_texttrace():
        for char in span["chars"]:
            by_line.setdefault(round(char[2][1], 1), []).append(char)
    return sorted(by_line.items())[:-1]


def test_a_full_page_of_text_is_22_lines_of_28_characters(notebook: Make) -> None:
    page = opened(notebook(b.title("题"), b.say("汉" * 28 * 60)))[1]
    counted = lines(page)
    assert [len(chars) for _y, chars in counted] == [28] * 22
    assert (page.rect.width / MM, page.rect.height / MM) == pytest.approx((210, 297), abs=0.1)
    left = min(char[3][0] for _y, chars in counted for char in chars)
    right = max(char[2][0] + 16 for _y, chars in counted for char in chars)
    assert left / MM == pytest.approx(28, abs=0.3)
    assert right / MM <= 210 - 26 + 0.3
    pitch = (counted[-1][0] - counted[0][0]) / 21
    assert pitch == pytest.approx(28.95, abs=0.02)
    assert 37 * MM < counted[0][0] < 37 * MM + 16
    assert counted[-1][0] < (297 - 35) * MM


def test_the_first_line_of_a_paragraph_stands_two_characters_in(notebook: Make) -> None:
    first, second, *_rest = lines(opened(notebook(b.say("汉" * 28 * 3), b.say("字" * 28 * 30)))[0])[1:]
    assert (len(first[1]), len(second[1])) == (26, 28)


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(notebook: Make) -> None:
    document = opened(notebook(b.say("汉" * 28 * 50)))
    places = []
    for number, page in enumerate(document, 1):
        block = page.get_text("blocks")[-1]
        assert block[4].strip() == f"— {number} —"
        places.append((block[0] / MM, block[2] / MM, block[1] / MM))
    assert places[0][1] == pytest.approx(210 - 26 - 14 / MM, abs=1)
    assert places[1][0] == pytest.approx(28 + 14 / MM, abs=1)
    assert places[0][2] == pytest.approx(297 - 35 + 7, abs=2)


@pytest.mark.parametrize("system", ["0", "1"])
def test_no_box_is_drawn_for_any_character(system: str, bulletin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_SYSTEM_FONTS", system)
    seen = 0
    for page in opened(bulletin):
        for span in page.get_texttrace():
            for code, glyph, *_place in span["chars"]:
                assert glyph != 0, chr(code)
                seen += 1
    assert seen > 300


def test_rare_characters_are_drawn_and_not_boxes(notebook: Make) -> None:
    glyphs = {
        chr(code): glyph
        for page in opened(notebook(b.say("𠮷㼆龘镕〇①㎡")))
        for span in page.get_texttrace()
        for code, glyph, *_place in span["chars"]
    }
    assert {char for char in "𠮷㼆龘镕〇①㎡" if not glyphs.get(char)} == set()


def test_everything_stands_inside_the_text_block(bulletin: Any) -> None:
    for page in opened(bulletin):
        inside = pymupdf.Rect(28 * MM - 1, 37 * MM - 1, (210 - 26) * MM + 1, (297 - 35) * MM + 1)
        for block in page.get_text("blocks"):
            if not block[4].strip().startswith("—"):
                assert pymupdf.Rect(block[:4]) in inside, block[4]
        for drawing in page.get_drawings():
            assert drawing["rect"] in inside


@pytest.mark.parametrize("columns", [8, 12, 16])
def test_wide_tables_and_long_words_stay_inside_the_text_block(columns: int, notebook: Make) -> None:
    frame = pd.DataFrame({f"第{n}项指标": ["很长的说明文字" * 3 if n == 0 else 12345] for n in range(columns)})
    page = opened(notebook(b.table(frame, "宽表"), b.provenance({"摘要": "0123456789abcdef" * 12}), b.say("a" * 200)))[
        0
    ]
    assert all(word[0] > 28 * MM - 1 and word[2] < (210 - 26) * MM + 1 for word in page.get_text("words"))


def test_the_header_row_repeats_and_rows_are_not_split(notebook: Make) -> None:
    frame = pd.DataFrame({"事项": [f"第{n}件" + "说明" * 40 for n in range(40)], "编号": [f"号{n}" for n in range(40)]})
    pages = [page.get_text() for page in opened(notebook(b.table(frame, "长表")))]
    assert len(pages) > 2
    assert all("编号" in text for text in pages)
    whole_rows = Counter(
        number for number in range(40) for text in pages if f"第{number}件" in text and f"号{number}\n" in text
    )
    assert len(whole_rows) == 40


@pytest.mark.parametrize("lead", range(8, 20, 2))
def test_a_small_table_is_not_split_and_stays_with_its_caption(
    lead: int, notebook: Make, by_unit: pd.DataFrame
) -> None:
    pages = [
        page.get_text()
        for page in opened(notebook(b.say("汉" * 28 * lead), b.table(by_unit.head(5), "小表", note="注")))
    ]
    (holding,) = [text for text in pages if "苏家作乡" in text]
    assert all(word in holding for word in ("表1", "单位", "文苑街道"))


@pytest.mark.parametrize("lead", range(10, 20, 3))
def test_a_table_that_is_not_small_breaks_rather_than_leave_a_page_blank(
    lead: int, notebook: Make, by_unit: pd.DataFrame
) -> None:
    rows = pd.concat([by_unit] * 3)
    first, *_rest = opened(notebook(b.title("题"), b.say("汉" * 28 * lead), b.table(rows, "长表")))
    blocks = [block for block in first.get_text("blocks") if not block[4].startswith("—")]
    blank = (297 - 35) * MM - max(block[3] for block in blocks)
    assert blank < 0.2 * 225 * MM


@pytest.mark.parametrize("columns", [1, 2, 5, 10])
def test_a_table_of_few_but_full_rows_never_runs_off_the_page(columns: int, notebook: Make) -> None:
    frame = pd.DataFrame({f"列{n}": ["字" * (390 // columns // 12)] * 12 for n in range(columns)})
    pages = list(opened(notebook(b.table(frame, "满表"), b.say("后文"))))
    blocks = [block for page in pages for block in page.get_text("blocks") if not block[4].startswith("—")]
    assert max(block[3] for block in blocks) < (297 - 35) * MM + 1
    assert "后文" in blocks[-1][4]


def test_page_one_of_a_short_bulletin_holds_title_text_table_and_chart(notebook: Make, by_unit: pd.DataFrame) -> None:
    chart = c.bars(by_unit, "单位", "排查（件）", caption="排查数")
    page = opened(notebook(b.title("通报"), b.say("本月情况。" * 10), b.table(by_unit, "各单位"), chart))[0]
    text = page.get_text()
    assert all(word in text for word in ("通报", "本月情况", "表1", "图1"))
    assert max(drawing["rect"].width for drawing in page.get_drawings()) > 60 * MM


def test_the_file_says_its_title_and_language_and_is_tagged(bulletin: Any) -> None:
    document = opened(bulletin)
    assert document.metadata["title"] == "基层四项基础制度运行情况通报"
    assert not document.metadata["creationDate"]
    catalogue = document.xref_object(document.pdf_catalog())
    assert "/Lang" in catalogue
    assert "/MarkInfo" in catalogue
    assert [entry[1] for entry in document.get_toc()] == ["一、矛盾调解化解", "（一）各单位情况", "二、便民服务"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(("parent", "said"), [("html", "done"), ("pdf", "InternalError")])
def test_a_forked_child_writes_pdf_unless_its_parent_did(parent: str, said: str, bulletin: Any, tmp_path: Path) -> None:
    nbformat.write(bulletin, tmp_path / "b.ipynb")
    code = (
        "import os, sys, nbformat; from govkit.rendering.formats import export; nb = nbformat.read(sys.argv[1], 4)\n"
        f"export(nb, {parent!r})\n"
        "if os.fork():\n    os.wait(); sys.exit()\n"
        "try:\n    export(nb, 'pdf'); print('done', flush=True)\n"
        "except Exception as error: print(type(error).__name__, flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "b.ipynb")], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == said
