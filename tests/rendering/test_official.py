"""The parts round the text of an official document: what the standard says of each, as tables and in every format."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pandas as pd
import pymupdf
import pytest
from lxml import etree

from govkit.rendering.content import blocks as b
from govkit.rendering.content import official as o
from govkit.rendering.content.official import signature_indents
from govkit.rendering.formats import export, export_all
from govkit.rendering.formats.reference import W
from govkit.rendering.formats.title import title_lines, title_words

Make = Callable[..., Any]
CHARACTER = 156 / 28 / 25.4 * 72


@pytest.mark.parametrize(
    ("office", "day", "sealed", "indents"),
    [
        ("示范区办公室", "2015年10月8日", False, (4.5, 2.0)),  # the day is the longer one
        ("示范区基层工作领导小组办公室", "2015年10月8日", False, (2.0, 7.5)),  # it begins two right of the office
        ("示范区办公室", "2015年10月8日", True, (4.25, 4.0)),  # the day four in, the office centred above it
        ("示范区基层工作领导小组办公室", "2015年10月8日", True, (2.0, 5.75)),
    ],
)
def test_a_signature_stands_where_the_standard_says(
    office: str, day: str, sealed: bool, indents: tuple[float, float]
) -> None:
    assert signature_indents(office, day, sealed=sealed) == indents


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("北西尚村村务公开公示", ("北西尚村村务公开公示",)),
        ("关于2015年9月基层四项基础制度运行情况的通报", ("关于2015年9月基层", "四项基础制度运行情况的通报")),
        (
            "关于2015年9月北西尚村基层四项基础制度运行情况的通报",
            ("关于2015年9月北西尚村基层", "四项基础制度运行情况的通报"),
        ),
    ],
)
def test_a_title_is_broken_between_words(title: str, lines: tuple[str, ...]) -> None:
    assert title_lines(title) == lines
    assert "".join(title_words(title)) == title


def test_a_word_too_long_for_a_line_has_its_own(notebook: Make) -> None:
    assert title_lines("A" * 60 + "通报") == ("A" * 60, "通报")
    assert export(notebook(b.title("长" * 90), b.say("文")), "docx")


@pytest.fixture(scope="module")
def document(notebook: Make) -> Any:
    frame = pd.DataFrame({"单位": ["甲"], "数": [1]})
    return notebook(
        o.letterhead("示范区文件", "示〔2015〕　号"),
        b.title("关于2015年9月基层四项基础制度运行情况的通报"),
        o.addressee("各乡镇（街道）"),
        b.section("总体情况"),
        b.say("现将情况通报如下。"),
        o.annex_list(),
        b.signature("示范区办公室", "2015-10-08", sealed=True),
        o.imprint("区委办公室", "示范区办公室", "2015-10-08"),
        o.annex("主要指标"),
        b.section("指标"),
        b.table(frame, "指标"),
        o.annex("空的附件"),
        o.annex("各单位情况"),
        b.say("附件二的话。"),
        b.provenance({"台账版本": "第3版"}, hidden=True),
    )


ORDER = (
    "示范区文件",
    "示〔2015〕",
    "四项基础制度运行情况的通报",
    "各乡镇（街道）：",
    "一、总体情况",
    "附件：1.主要指标",
    "2.各单位情况",
    "示范区办公室",
    "2015年10月8日",
    "附件1",
    "一、指标",
    "附件2",
    "附件二的话",
    "抄送：区委办公室。",
    "2015年10月8日印发",
)


@pytest.mark.parametrize("fmt", ["html", "docx", "pdf"])
def test_every_part_stands_in_its_place_and_empty_annexes_do_not(
    document: Any, words: Callable[[str, bytes], list[str]], fmt: str
) -> None:
    whole = "".join(words(fmt, export(document, fmt)))
    places = [whole.find(part) for part in ORDER]
    assert -1 not in places
    assert fmt != "docx" or places == sorted(places)
    assert "空的附件" not in whole
    assert "附件3" not in whole


def test_a_single_annex_has_no_number(notebook: Make, words: Callable[[str, bytes], list[str]]) -> None:
    shown = notebook(b.title("题"), b.say("文"), o.annex_list(), o.annex("情况表"), b.say("内容"))
    whole = "".join(words("docx", export(shown, "docx")))
    assert "附件：情况表附件情况表内容" in whole


def test_without_annexes_there_is_no_list(notebook: Make, words: Callable[[str, bytes], list[str]]) -> None:
    for fmt, data in export_all(notebook(b.title("题"), b.say("文"), o.annex_list())).items():
        assert "附件" not in "".join(words(fmt, data))


def test_hidden_provenance_stands_in_the_properties_alone(
    document: Any, words: Callable[[str, bytes], list[str]]
) -> None:
    files = export_all(document)
    for fmt, data in files.items():
        assert "台账版本" not in "".join(words(fmt, data))
    assert '<meta name="台账版本" content="第3版">' in files["html"].decode()
    core = zipfile.ZipFile(io.BytesIO(files["docx"])).read("docProps/core.xml").decode()
    assert "台账版本：第3版" in core
    assert "台账版本：第3版" in (pymupdf.open(stream=files["pdf"]).metadata or {})["keywords"]


def test_each_annex_starts_a_page_and_the_imprint_ends_the_last(document: Any) -> None:
    pages = list(pymupdf.open(stream=export(document, "pdf")).pages())
    assert [page.get_text().lstrip().startswith("附件") for page in pages] == [False, True, True]
    lines = {line[4].strip(): line for line in pages[-1].get_text("blocks")}
    foot = next(block for text, block in lines.items() if "印发" in text)
    assert foot[3] == pytest.approx((297 - 35) / 25.4 * 72, abs=12)


def test_the_day_of_a_sealed_document_stands_four_characters_in(document: Any) -> None:
    page = pymupdf.open(stream=export(document, "pdf"))[0]
    (day,) = page.search_for("2015年10月8日")[-1:]
    assert (210 - 26) / 25.4 * 72 - day.x1 == pytest.approx(4 * CHARACTER, abs=2)


def test_captions_count_by_fields_and_annexes_are_in_the_navigation(document: Any) -> None:
    archive = zipfile.ZipFile(io.BytesIO(export(document, "docx")))
    root = etree.fromstring(archive.read("word/document.xml"))
    fields = [field.get(f"{{{W}}}instr").split() for field in root.iter(f"{{{W}}}fldSimple")]
    assert fields == [["SEQ", "表", "\\*", "ARABIC"]]
    styles = etree.fromstring(archive.read("word/styles.xml"))
    style = styles.find(f".//{{{W}}}style[@{{{W}}}styleId='AnnexTitle']")
    assert style.find(f".//{{{W}}}outlineLvl") is not None
