"""Admission slips: number and PIN of each candidate, ten on a page, with a QR code."""

import re

import pymupdf
import pytest

from govkit.core.errors import InternalError
from govkit.widgets.slips import Slip, qr_svg, slips_pdf

ADDRESS = "http://192.168.1.5:8000/r/a1/"


def slips(count: int) -> list[Slip]:
    return [Slip(f"2015{at:03}", f"考生{at}", f"单位{at % 3}", "A", f"{at:08}") for at in range(count)]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (10, 1), (11, 2), (23, 3)])
def test_ten_slips_a_page_each_whole(count: int, pages: int) -> None:
    pdf = pymupdf.open(stream=slips_pdf("四项基础制度闭卷考试", ADDRESS, slips(count)))
    assert len(pdf) == pages
    text = "".join(page.get_text() for page in pdf.pages())
    assert text.count("四项基础制度闭卷考试") == count
    assert text.count(ADDRESS) == count
    for slip in slips(count):
        assert re.search(
            rf"{slip.candidate}\s+姓名\s+{slip.name}\s+单位\s+{slip.unit}\s+卷别\s+A\s+密码\s+{slip.pin}", text
        )
    assert [round(each) for each in pdf[0].rect[2:]] == [595, 842]


def test_they_come_by_unit_for_handing_out() -> None:
    text = pymupdf.open(stream=slips_pdf("考试", ADDRESS, slips(6)))[0].get_text()
    assert re.findall(r"单位\s+(\S+)", text) == ["单位0", "单位0", "单位1", "单位1", "单位2", "单位2"]


def test_a_name_no_font_can_draw_is_refused() -> None:
    with pytest.raises(InternalError, match="U\\+E000"):
        slips_pdf("考试", ADDRESS, [Slip("1", "张\ue000", "单位", "A", "1")])


def test_what_is_printed_is_no_markup() -> None:
    text = pymupdf.open(stream=slips_pdf("#考试*", ADDRESS, [Slip("1", '#read("x")', "$单位$", "A", "1")]))[
        0
    ].get_text()
    plain = re.sub(r"\s", "", text)
    assert "#考试*" in plain
    assert '姓名#read("x")单位$单位$' in plain


def test_the_code_holds_the_address_and_no_pin() -> None:
    reader = pytest.importorskip("zxingcpp")
    pixels = pymupdf.open(stream=slips_pdf("考试", ADDRESS, slips(1)))[0].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    import numpy as np

    picture = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width)
    assert [code.text for code in reader.read_barcodes(picture)] == [ADDRESS]
    assert qr_svg(ADDRESS).startswith(b"<?xml")
