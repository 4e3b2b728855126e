import io
import zipfile
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from govkit.rendering.content import blocks as b
from govkit.rendering.formats import export, reference
from govkit.rendering.formats.reference import W


def w(name: str) -> str:
    return f"{{{W}}}{name}"


class Word:
    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.times = {info.date_time for info in archive.infolist()}
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.document = etree.fromstring(self.parts["word/document.xml"])
        self.styles = etree.fromstring(self.parts["word/styles.xml"])

    def style(self, identity: str) -> Any:
        return self.styles.find(f".//{w('style')}[@{w('styleId')}='{identity}']")


@pytest.fixture
def word(bulletin: Any) -> Word:
    return Word(export(bulletin, "docx"))


def attributes(element: Any) -> dict[str, str]:
    return {name.split("}")[-1]: value for name, value in element.attrib.items()}


def test_the_page_is_that_of_the_standard(word: Word) -> None:
    (section,) = word.document.iter(w("sectPr"))
    assert attributes(section.find(w("pgSz"))) == {"w": "11906", "h": "16838"}
    margins = {name: int(value) / 20 / 72 * 25.4 for name, value in attributes(section.find(w("pgMar"))).items()}
    wanted = {"top": 37, "left": 28, "right": 26, "bottom": 35}
    assert {side: margins[side] for side in wanted} == pytest.approx(wanted, abs=0.02)
    # The top of a 14 pt number stands 7 mm below the text block.
    assert margins["footer"] + 14 / 72 * 25.4 == pytest.approx(35 - 7, abs=0.05)


def test_the_grid_holds_22_lines_of_28_characters(word: Word) -> None:
    (grid,) = word.document.iter(w("docGrid"))
    given = attributes(grid)
    assert given["type"] == "linesAndChars"
    pitch, character = int(given["linePitch"]) / 20, 16 + int(given["charSpace"]) / 4096
    assert int(225 / 25.4 * 72 / pitch) == 22
    assert int(156 / 25.4 * 72 / character) == 28


def test_body_lines_and_letters_make_the_same_page_off_the_grid(word: Word) -> None:
    normal = word.style("Normal")
    line = attributes(normal.find(f".//{w('spacing')}[@{w('lineRule')}]"))
    assert (line["line"], line["lineRule"]) == ("579", "exact")
    closer = int(normal.find(f"{w('rPr')}/{w('spacing')}").get(w("val"))) / 20
    assert int(156 / 25.4 * 72 / (16 + closer)) == 28
    assert attributes(word.style("BodyText").find(f".//{w('ind')}"))["firstLineChars"] == "200"


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("Normal", "仿宋", 16),
        ("Title", "方正小标宋简体", 22),
        ("Heading1", "黑体", 16),
        ("Heading2", "楷体", 16),
        ("Heading3", "仿宋", 16),
        ("Footer", "宋体", 14),
    ],
)
def test_each_style_has_its_east_asian_font_and_size(style: str, font: str, size: int, word: Word) -> None:
    properties = word.style(style).find(w("rPr"))
    assert properties.find(w("rFonts")).get(w("eastAsia")) == font
    assert int(properties.find(w("sz")).get(w("val"))) / 2 == size


def test_every_font_declares_what_may_stand_in_for_it(word: Word) -> None:
    table = etree.fromstring(word.parts["word/fontTable.xml"])
    named = {font.get(w("name")): font.find(w("altName")).get(w("val")) for font in table.iter(w("font"))}
    used = {fonts.get(w("eastAsia")) for fonts in word.styles.iter(w("rFonts")) if fonts.get(w("eastAsia"))}
    assert used <= set(named)
    assert all("," in others for others in named.values())


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages_one_character_in(word: Word) -> None:
    assert b"evenAndOddHeaders" in word.parts["word/settings.xml"]
    for kind, side in (("default", "right"), ("even", "left")):
        (link,) = word.document.iterfind(f".//{w('footerReference')}[@{w('type')}='{kind}']")
        relations = etree.fromstring(word.parts["word/_rels/document.xml.rels"])
        identity = link.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
        (target,) = [relation.get("Target") for relation in relations if relation.get("Id") == identity]
        footer = etree.fromstring(word.parts[f"word/{target}"])
        assert footer.find(f".//{w('jc')}").get(w("val")) == side
        assert footer.find(f".//{w('ind')}").get(w(f"{side}Chars")) == "100"
        assert "".join(footer.itertext(w("t"))) == "— 1 —"


def test_tables_fill_the_text_block_repeat_their_header_and_keep_rows_whole(word: Word) -> None:
    table = next(word.document.iter(w("tbl")))
    assert sum(int(column.get(w("w"))) for column in table.iter(w("gridCol"))) == pytest.approx(8844, abs=3)
    assert attributes(table.find(f"{w('tblPr')}/{w('tblW')}")) == {"type": "dxa", "w": "8844"}
    rows = list(table.iter(w("tr")))
    assert [row.find(f".//{w('tblHeader')}") is not None for row in rows] == [True] + [False] * (len(rows) - 1)
    assert all(row.find(f".//{w('cantSplit')}") is not None for row in rows)


@pytest.mark.parametrize(
    ("count", "kept"),
    [(4, [True] * 4 + [False]), (6, [True, True, False, False, False, True, False])],
)
def test_a_small_table_is_kept_on_one_page_and_of_others_no_row_stands_alone(
    count: int, kept: list[bool], notebook: Callable[..., Any], by_unit: pd.DataFrame
) -> None:
    word = Word(export(notebook(b.table(by_unit.head(count), "表")), "docx"))
    rows = list(next(word.document.iter(w("tbl"))).iter(w("tr")))
    assert [row.find(f".//{w('keepNext')}") is not None for row in rows] == kept


def test_figures_stand_right_headers_centred_and_the_total_in_the_heading_font(word: Word) -> None:
    rows = list(next(word.document.iter(w("tbl"))).iter(w("tr")))

    def look(row: Any) -> list[tuple[str, str]]:
        cells = row.iter(w("p"))
        return [(p.find(f".//{w('pStyle')}").get(w("val")), p.find(f".//{w('jc')}").get(w("val"))) for p in cells]

    assert look(rows[0]) == [("TableHeadNormal", "center")] * 3
    assert look(rows[1]) == [("TableTextNormal", side) for side in ("left", "right", "right")]
    assert look(rows[-1]) == [("TableHeadNormal", side) for side in ("left", "right", "right")]


@pytest.mark.parametrize(("columns", "style"), [(3, "TableTextNormal"), (8, "TableTextSmall"), (12, "TableTextTiny")])
def test_wide_tables_take_smaller_type(columns: int, style: str, notebook: Callable[..., Any]) -> None:
    frame = pd.DataFrame({f"列{n}": ["甲"] for n in range(columns)})
    word = Word(export(notebook(b.table(frame)), "docx"))
    used = {name.get(w("val")) for name in word.document.iter(w("pStyle"))}
    assert style in used
    assert word.style(style) is not None


def test_every_paragraph_style_in_use_is_defined(word: Word) -> None:
    used = {name.get(w("val")) for name in word.document.iter(w("pStyle"))}
    assert {name for name in used if word.style(name) is None} == set()


def test_pictures_carry_their_words_and_nothing_of_their_source(word: Word) -> None:
    drawn = [element for element in word.document.iter() if etree.QName(element).localname in {"docPr", "cNvPr"}]
    assert len(drawn) == 8
    assert all(element.get("descr").startswith(("各单位", "逐月", "一件")) for element in drawn)
    assert b"base64" not in word.parts["word/document.xml"]


def test_properties_name_title_and_language_and_no_moment(word: Word) -> None:
    core = word.parts["docProps/core.xml"].decode()
    assert "<dc:title>基层四项基础制度运行情况通报</dc:title>" in core
    assert "<dc:language>zh-CN</dc:language>" in core
    assert "created" not in core
    assert word.times == {(1980, 1, 1, 0, 0, 0)}


def test_the_committed_reference_document_is_what_the_code_builds() -> None:
    assert reference.PATH.read_bytes() == reference.build()
