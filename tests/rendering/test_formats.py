"""Properties that hold in every format."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbconvert import get_exporter
from PIL import Image

from govkit.core.errors import InternalError, UsageError
from govkit.core.html import plain
from govkit.rendering.content import blocks as b
from govkit.rendering.content import charts as c
from govkit.rendering.formats import FORMATS, export, export_all

Make = Callable[..., Any]
Words = Callable[[str, bytes], list[str]]

HOSTILE = [
    "<script>alert(1)</script>",
    "*x* **y** _z_ __w__",
    "a|b|c",
    "$x^2$ $$y$$",
    "`code` ``c``",
    "[a](javascript:alert(1))",
    "![i](http://e.com/x.png)",
    '#set text(red) #include "x" @ref <lab>',
    "\\textbf{x} \\n \\",
    "1. one",
    "12. twelve",
    "- dash",
    "+ plus",
    "/ term: x",
    "> quote",
    "::: {.gk-title}",
    "# head",
    "= head",
    "~~s~~ H~2~O x^2^",
    "&amp; &#60; &lt;",
    "a -- b --- c ... d",
    "(@) (1) a) i. A.",
    "{=html} {.cls} [^1] [@cite]",
    "http://a.b/c?d=e www.x.cn a@b.cn",
    "// c /* d */ = e $ % & ~ ^",
    "|---|---|",
    "***",
    "===",
    "Term\n: def",
    "<!-- c -->",
    "%%",
    "《“a”》‘b’——……",
    "gkpiece1",
    "𠮷㼆龘镕①㎡",
    "姓名{0}{x}",
    "]",
    "[",
    ")",
    "#let x = 1",
    "#{sys.inputs}",
    "```\ncode",
    "~~~",
    "    four spaces",
    "\u3000段",
]


@pytest.mark.parametrize("fmt", FORMATS)
def test_hostile_text_comes_out_as_typed(fmt: str, notebook: Make, words: Words) -> None:
    frame = pd.DataFrame({"原文*|<b>": HOSTILE, "序号": range(len(HOSTILE))})
    nb = notebook(
        *map(b.say, HOSTILE), b.table(frame), b.provenance([(f"项{n}", text) for n, text in enumerate(HOSTILE)])
    )
    seen = words(fmt, export(nb, fmt))
    whole = "".join(seen)
    for text in HOSTILE:
        wanted = re.sub(r"\s", "", plain(text))
        found = whole.count(wanted) if fmt == "pdf" else seen.count(wanted)
        assert found >= 3, text


@pytest.mark.parametrize("fmt", FORMATS)
def test_hostile_titles_captions_and_remarks(fmt: str, notebook: Make, words: Words, by_unit: pd.DataFrame) -> None:
    odd = '<b>*a*|$x$`y`#z"\\'
    nb = notebook(
        b.title(f"题{odd}", f"副{odd}"),
        b.section(f"节{odd}"),
        b.notice(f"注{odd}"),
        b.table(by_unit, f"表名{odd}", note=f"说明{odd}"),
        c.bars(by_unit, "单位", "排查（件）", caption=f"图名{odd}"),
        b.signature(f"署{odd}", "2015-10-08"),
    )
    whole = "".join(words(fmt, export(nb, fmt)))
    for start in ("题", "副", "一、节", "注", "表1表名", "说明", "图1图名", "署"):
        assert f"{start}{odd}" in whole


def figures(texts: list[str]) -> list[str]:
    return sorted(re.findall(r"\d[\d.,]*\d|\d", " ".join(texts)))


def test_numbers_are_equal_in_all_formats(bulletin: Any, words: Words) -> None:
    files = export_all(bulletin)
    # Only the page numbers of the PDF are its own; the picture's text is outlines everywhere.
    pages = {
        fmt: [text for text in words(fmt, data) if not re.fullmatch(r"—\d+—", text)] for fmt, data in files.items()
    }
    docx = figures(pages["docx"])
    assert len(docx) > 30
    assert set(docx) == set(figures(pages["html"]))
    assert re.sub(r"\D", "", "".join(sorted("".join(docx)))) == re.sub(
        r"\D", "", "".join(sorted("".join(figures(pages["pdf"]))))
    )


@pytest.mark.parametrize("fmt", FORMATS)
def test_headings_tables_and_figures_are_numbered_and_empty_sections_vanish(
    fmt: str, bulletin: Any, words: Words
) -> None:
    whole = "".join(words(fmt, export(bulletin, fmt)))
    for text in (
        "一、矛盾调解化解",
        "（一）各单位情况",
        "表1排查化解情况",
        "图1各单位排查数",
        "图2逐月排查数",
        "二、便民服务",
        "图4一件纠纷的经过",
    ):
        assert text in whole
    assert "没有内容的一节" not in whole


@pytest.mark.parametrize("fmt", FORMATS)
def test_code_streams_and_other_outputs_never_enter(fmt: str, notebook: Make, words: Words) -> None:
    nb = notebook(b.say("正文。"))
    cell = nbformat.v4.new_code_cell("secret_code()")
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="printed"),
        nbformat.v4.new_output("stream", name="stderr", text="warned"),
        nbformat.v4.new_output("execute_result", data={"text/plain": "shown", "text/html": "<p>frame</p>"}),
    ]
    hidden = nbformat.v4.new_markdown_cell("给编写人的话", metadata={"tags": ["notes"]})
    nb.cells += [cell, hidden, nbformat.v4.new_raw_cell("rawtext")]
    data = export(nb, fmt)
    whole = "".join(words(fmt, data))
    assert "正文。" in whole
    for text in ("secret_code", "printed", "warned", "shown", "frame", "给编写人的话", "rawtext", "show()"):
        assert text not in whole
        assert text.encode() not in data or (fmt == "html" and text == "frame")


@pytest.mark.parametrize("fmt", FORMATS)
def test_written_markdown_enters_with_its_headings_one_level_down(fmt: str, notebook: Make, words: Words) -> None:
    written = """# 手册

## 一段

正文 **粗** [链](https://a.cn) [坏](javascript:alert(1)) <b>x</b> 注[^1]。

[^1]: 脚注

- 甲
- 乙

> 引文

```python
x = 1
```

| 甲 | 乙 |
|---|---|
| 1 | 2 |

#### 跳级

---

终"""
    data = export(notebook(b.say("文"), markdown=written), fmt)
    whole = "".join(words(fmt, data))
    for text in ("手册", "一、一段", "（一）跳级", "<b>x</b>", "引文", "x=1", "终"):
        assert text in whole
    assert b"javascript:" not in data


def test_a_shown_title_wins_over_a_written_one(notebook: Make, words: Words) -> None:
    data = export(notebook(b.title("本月通报"), b.say("文"), markdown="# 模板"), "html")
    assert "<title>本月通报</title>" in data.decode()
    assert "模板" not in data.decode()


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_same_notebook_gives_the_same_bytes(fmt: str, bulletin: Any) -> None:
    assert export(bulletin, fmt) == export(bulletin, fmt)


def test_another_process_gives_the_same_bytes(bulletin: Any, tmp_path: Path) -> None:
    nbformat.write(bulletin, tmp_path / "b.ipynb")
    code = (
        "import sys, hashlib, nbformat; from govkit.rendering.formats import export_all\n"
        "files = export_all(nbformat.read(sys.argv[1], 4))\n"
        "print(*(hashlib.sha256(files[name]).hexdigest() for name in sorted(files)))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "b.ipynb")],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_failed_cell_is_a_fault_that_names_it(fmt: str, notebook: Make) -> None:
    nb = notebook(b.say("文"))
    nb.cells[0].outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="\x1b[31m坏了\x1b[0m", traceback=[])
    )
    with pytest.raises(InternalError, match=r"月报 · 第1个单元格.*ValueError: 坏了"):
        export(nb, fmt, name="月报")


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_character_without_a_glyph_is_a_fault_with_its_section(fmt: str, notebook: Make) -> None:
    with pytest.raises(InternalError, match=r"月报 · 一、情况.*U\+1F600"):
        export(notebook(b.section("情况"), b.say("好😀")), fmt, name="月报")


def test_every_bad_character_is_told_at_once(notebook: Make) -> None:
    with pytest.raises(InternalError) as caught:
        export(notebook(b.title("题😀"), b.say("文\U0001f601"), b.say("文\U0001f602")), "html")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("![x](/etc/passwd)", "引用了图片"),
        ("![x](https://example.org/x.png)", "引用了图片"),
        ("::: {.x}\n\n未关闭", "没有关闭"),
    ],
)
def test_written_markdown_that_reaches_outside_its_cell_is_refused(markdown: str, said: str, notebook: Make) -> None:
    with pytest.raises(InternalError, match=said):
        export(notebook(b.say("文"), markdown=markdown), "html")


@pytest.mark.parametrize("png", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_a_broken_picture_is_a_fault(png: bytes, notebook: Make) -> None:
    nb = notebook(b.say("文"))
    data = {"image/png": base64.b64encode(png).decode()}
    nb.cells[0].outputs.append(nbformat.v4.new_output("display_data", data=data))
    with pytest.raises(InternalError, match="第1个单元格"):
        export(nb, "html")


def drawn_by_another(colours: list[tuple[int, int, int]]) -> Any:
    buffer = BytesIO()
    image = Image.new("RGB", (40, 20), colours[0])
    image.putpixel((1, 1), colours[-1])
    image.save(buffer, "PNG")
    return nbformat.v4.new_output("display_data", data={"image/png": base64.b64encode(buffer.getvalue()).decode()})


def test_a_picture_of_another_maker_enters_and_a_blank_one_is_a_fault(notebook: Make) -> None:
    nb = notebook(b.say("文"))
    nb.cells[0].outputs.append(drawn_by_another([(255, 255, 255), (0, 0, 0)]))
    assert "<img" in export(nb, "html").decode()
    nb.cells[0].outputs.append(drawn_by_another([(255, 255, 255)]))
    with pytest.raises(InternalError, match="图片为空"):
        export(nb, "html")


def test_a_notebook_that_shows_nothing_is_a_fault(notebook: Make) -> None:
    with pytest.raises(InternalError, match="没有任何内容"):
        export(notebook(), "html")


def test_an_unknown_format_is_a_usage_error(bulletin: Any) -> None:
    with pytest.raises(UsageError, match="odt"):
        export(bulletin, "odt")


@pytest.mark.parametrize("name", ["GongwenHTML", "GongwenDocx", "GongwenPdf"])
def test_nbconvert_finds_the_exporters_by_class(name: str, bulletin: Any) -> None:
    exporter = get_exporter(f"govkit.rendering.formats.exporters.{name}")()
    made, resources = exporter.from_notebook_node(bulletin, {"metadata": {"name": "b"}})
    fmt = name.removeprefix("Gongwen").lower()
    assert resources["output_extension"] == f".{fmt}"
    assert (made.encode() if isinstance(made, str) else made) == export(bulletin, fmt)


def test_a_notebook_run_by_a_kernel_becomes_all_formats(words: Words) -> None:
    source = (
        "import pandas as pd\nfrom govkit.rendering import content as r\n"
        "r.title('试运行', '（2015年9月）')\nr.section('情况')\nr.say('共{n}。', n=r.number(157, '件'))\n"
        "print('不进文件')\nframe = pd.DataFrame({'单位': ['甲', '乙'], '数': [1, 2]})\n"
        "r.table(frame, '数量')\nr.bars(frame, '单位', '数', caption='图示')"
    )
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(nb, kernel_name="python3", timeout=120).execute()
    for fmt, data in export_all(nb).items():
        whole = "".join(words(fmt, data))
        for text in ("试运行", "一、情况", "共157件。", "表1数量", "图1图示"):
            assert text in whole, fmt
        assert "不进文件" not in whole
