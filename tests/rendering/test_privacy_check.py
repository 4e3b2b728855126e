"""The privacy check: one bad file of each kind is refused with its place; clean files pass."""

import base64
import re
import time
from pathlib import Path

import pytest

from govkit.rendering.privacy.check import PrivacyCheck, is_card_number, is_identity_number, phrases
from govkit.rendering.privacy.extract import MOST_BYTES
from tests.rendering import finished as f

CHECK = PrivacyCheck(
    {
        "name": [
            *("王小明", "高平", "程建成", "李强、赵大海", "欧阳建国", "匿名", "村调解委员会"),
            *("于明", "于明明", "文明", "𠮷小明", "阿依古丽·买买提", "John Smith"),
        ],
        "phone": ["0391-8880001"],
        "address": ["样例街道幸福里3号楼"],
        "narrative": ["因宅基地边界与邻居争吵多次", "口角"],
    },
    ["高平路社区", *phrases('r.say("工程项目建成后公示")')],
    staff=["someone"],
)


def refused(name: str, content: bytes, check: PrivacyCheck = CHECK) -> str:
    return " ".join(str(one) for one in check.check(name, content) if one.severity == "error")


BAD = {
    "an identity number in the text": ("a.html", f.html(f"<p>{f.ID}</p>"), "身份证号"),
    "one in wide digits": ("a.html", f.html("<p>１１０１０５１９４９１２３１００２Ｘ</p>"), "身份证号"),
    "one cut by tags": ("a.html", f.html("<p>110105<b>19491231</b>002X</p>"), "身份证号"),
    "one with a slip": ("a.html", f.html("<p>110105194912310021</p>"), "身份证号"),
    "one of 15 digits": ("a.html", f.html(f"<td>{f.OLD_ID}</td>"), "15位"),
    "a telephone": ("a.html", f.html(f"<p>电话{f.MOBILE}</p>"), "手机"),
    "a telephone with gaps": ("a.html", f.html("<p>电话 138 0000 1234</p>"), "手机"),
    "a telephone with characters of no width": ("a.html", f.html("<p>138\u200b0000\u200b1234</p>"), "手机"),
    "a telephone of the ledgers": ("a.html", f.html("<p>0391-8880001</p>"), "电话或证件"),
    "a bank card": ("a.html", f.html(f"<p>{f.CARD}</p>"), "银行卡"),
    "an e-mail address": ("a.html", f.html(f'<a href="mailto:{f.MAIL}">写信</a>'), "邮箱"),
    "one after Chinese": ("a.txt", f"邮箱{f.MAIL}，欢迎来信".encode(), "邮箱"),
    "a name": ("a.html", f.html("<p>由王小明办理</p>"), "姓名"),
    "a name cut by tags": ("a.html", f.html("<p>王<b>小</b>明</p>"), "姓名"),
    "a name with a gap": ("a.html", f.html("<p>王　小　明</p>"), "姓名"),
    "a name out of a list": ("a.html", f.html("<p>赵大海</p>"), "姓名"),
    "a name of two characters alone": ("a.html", f.html("<td>高平</td>"), "姓名"),
    "one that is asked for": ("a.html", f.html("<p>申请人高平，本村村民</p>"), "姓名"),
    "one with a title": ("a.html", f.html("<p>高平同志</p>"), "姓名"),
    "an address": ("a.html", f.html("<p>住样例街道幸福里3号楼二单元</p>"), "个人内容"),
    "an account of a matter": ("a.html", f.html("<p>因宅基地边界与邻居争吵多次</p>"), "个人内容"),
    "a path": ("a.html", f.html(f"<p>{f.WINDOWS_PATH}</p>"), "路径"),
    "a comment": ("a.html", f.html(f"<!-- {f.MOBILE} -->"), "手机"),
    "an attribute": ("a.html", f.html(f'<p title="{f.ID}">公示</p>'), "身份证号"),
    "a coded attribute": ("a.html", f.html('<a href="?q=%E7%8E%8B%E5%B0%8F%E6%98%8E">查</a>'), "姓名"),
    "metadata": ("a.html", f.html(head='<meta name="author" content="张三">'), "作者"),
    "a script": ("a.html", f.html(f"<script>var a='{f.MOBILE}'</script>"), "手机"),
    "a drawing within": (
        "a.html",
        f.html(f.pictured("image/svg+xml", f"<svg><desc>{f.NAME}</desc></svg>".encode())),
        "姓名",
    ),
    "a picture's text": ("a.html", f.html(f.pictured("image/png", f.png(f.UNIX_PATH))), "路径"),
    "a file within": ("a.html", f.html('<a href="data:application/zip;base64,UEsDBA==">包</a>'), "application/zip"),
    "a name in runs": ("a.docx", f.docx(f.paragraph("由王", "小明", "办理")), "姓名"),
    "a header": ("a.docx", f.docx(more=f.words_with("word/header1.xml", f.paragraph(f.MOBILE))), "word/header1.xml"),
    "the author": ("a.docx", f.docx(more=f.core("<dc:creator>张三</dc:creator>")), "作者"),
    "who saved it last": ("a.docx", f.docx(more=f.core("<cp:lastModifiedBy>张三</cp:lastModifiedBy>")), "作者"),
    "a property": (
        "a.docx",
        f.docx(more={"docProps/custom.xml": f"<a><b name='来源'>{f.WINDOWS_PATH}</b></a>"}),
        "路径",
    ),
    "a note": (
        "a.docx",
        f.docx(more=f.words_with("word/comments.xml", f'<w:comment w:author="张三">{f.paragraph("核对")}</w:comment>')),
        "批注",
    ),
    "a deletion": ("a.docx", f.docx("<w:p><w:del><w:r><w:delText>旧文</w:delText></w:r></w:del></w:p>"), "修订"),
    "hidden text": ("a.docx", f.docx("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>底稿</w:t></w:r></w:p>"), "隐藏文字"),
    "a link's target": (
        "a.docx",
        f.docx(
            more={
                "word/_rels/document.xml.rels": f'<Relationships><Relationship Target="file:///{f.UNIX_PATH}"/></Relationships>'
            }
        ),
        "路径",
    ),
    "an object": ("a.docx", f.docx(more={"word/embeddings/oleObject1.bin": b"\xd0\xcf"}), "oleObject1.bin"),
    "a workbook within": ("a.docx", f.docx(more={"word/embeddings/a.xlsx": f.xlsx(f.NAME)}), "姓名"),
    "a macro": ("a.docx", f.docx(more={"word/vbaProject.bin": b"\xd0\xcf"}), "vbaProject.bin"),
    "a cell": ("a.xlsx", f.xlsx("公示", f.NAME), "姓名"),
    "a number in a cell": ("a.xlsx", f.xlsx(int(f.MOBILE)), "手机"),
    "a hidden sheet": ("a.xlsx", f.xlsx("底稿", hidden=True), "底稿"),
    "a hidden sheet's cell": ("a.xlsx", f.xlsx(f.NAME, hidden=True), "姓名"),
    "a hidden row": ("a.xlsx", f.xlsx("底稿", row=True), "隐藏的行"),
    "a cell's note": ("a.xlsx", f.xlsx("公示", note="核对"), "批注"),
    "a defined name": ("a.xlsx", f.xlsx("公示", name=f.MOBILE), "手机"),
    "a page": ("a.pdf", f.pdf("公示", f"由{f.NAME}办理"), "第1页"),
    "a word over two lines": ("a.pdf", f.pdf("由王", "小明办理"), "姓名"),
    "a PDF's author": ("a.pdf", f.pdf(about={"author": "张三"}), "作者"),
    "a PDF's subject": ("a.pdf", f.pdf(about={"subject": f.WINDOWS_PATH}), "路径"),
    "a PDF's note": ("a.pdf", f.pdf(note=f.MOBILE), "手机"),
    "an attachment": ("a.pdf", f.pdf(attached=f"姓名\n{f.NAME}\n".encode()), "名单.csv"),
    "a notebook's parameter": ("a.ipynb", f.notebook(store=f.UNIX_PATH), "路径"),
    "a notebook's output": ("a.ipynb", f.notebook(output=f.NAME), "姓名"),
    "a notebook's metadata": ("a.ipynb", f.notebook(about=f.MAIL), "邮箱"),
    "a line of CSV": ("a.csv", f"村,户主\n马村,{f.NAME}\n".encode("gb18030"), "姓名"),
    "a picture with a text": ("a.png", f.png(f.NAME), "姓名"),
    "a telephone with spaces and no label": ("a.csv", b"138 0000 1234\n", "手机"),
    "a card with spaces": ("a.csv", b"6222 0000 0000 0009\n", "银行卡"),
    "a telephone with dots": ("a.txt", "联系138.0000.1234".encode(), "手机"),
    "a telephone over two lines": ("a.txt", "电话1380000\n1234".encode(), "手机"),
    "a telephone in words": ("a.txt", "请打一三八零零零零一二三四".encode(), "手机"),
    "one in formal words": ("a.txt", "壹叁捌零零零零壹贰叁肆".encode(), "手机"),
    "one in spoken words": ("a.txt", "幺三八洞洞洞洞幺两三四".encode(), "手机"),
    "one with letters for digits": ("a.txt", b"I38OOOOl234", "手机"),
    "one in three cells": ("a.html", f.html("<table><tr><td>138</td><td>0000</td><td>1234</td></tr></table>"), "手机"),
    "one down a column": (
        "a.html",
        f.html(
            "<table><tr><td>村</td><td>138</td></tr><tr><td>村</td><td>0000</td></tr><tr><td>村</td><td>1234</td></tr></table>"
        ),
        "手机",
    ),
    "an identity number 6-8-4": ("a.txt", b"110105 19491231 002X", "身份证号"),
    "an e-mail in words": ("a.txt", b"someone (at) example (dot) com", "邮箱"),
    "a name of two characters in a sentence": ("a.txt", "请高平到村委会领取".encode(), "姓名"),
    "one over a line": ("a.txt", "请高\n平到村委会领取".encode(), "姓名"),
    "one after a word that it continues": ("a.txt", "由于明签字".encode(), "姓名"),
    "one that words could hold": ("a.txt", "由于明明办理".encode(), "姓名"),
    "a name beyond the first plane": ("a.txt", "由𠮷小明办理".encode(), "姓名"),
    "a name with a middle dot": ("a.txt", "阿依古丽・买买提家".encode(), "姓名"),
    "one without its dot": ("a.txt", "阿依古丽买买提家".encode(), "姓名"),
    "a name in traditional characters": ("a.txt", "由趙大海辦理".encode(), "姓名"),
    "a name in Latin letters": ("a.txt", b"by john  SMITH", "姓名"),
    "a name that is a word and is asked for": ("a.txt", "申请人：文明，女".encode(), "姓名"),
    "a name that is a word and acts": ("a.txt", "请文明签字".encode(), "姓名"),
    "a coded name": ("a.txt", b"\\u738b\\u5c0f\\u660e", "姓名"),
    "a name in Base64": ("a.txt", base64.b64encode(f"由{f.NAME}办理".encode()), "姓名"),
    "a name split by what is not shown": ("a.html", f.html('王<i style="display: none">x</i>小明'), "姓名"),
    "a number written backwards": ("a.html", f.html('<bdo dir="rtl">43210000831</bdo>'), "手机"),
    "a name with its sounds": ("a.html", f.html("<ruby>王<rt>wáng</rt></ruby><ruby>小<rt>xiǎo</rt></ruby>明"), "姓名"),
    "the file's name": ("王小明-公示.txt", "公示".encode(), "姓名"),
    "a slide": ("a.pptx", f.pptx("王", "小明"), "姓名"),
    "notes of a speaker": ("a.pptx", f.pptx("公示", notes="核对"), "备注"),
    "a thumbnail": ("a.docx", f.docx(more={"docProps/thumbnail.jpeg": f.png()}), "缩略图"),
    "a number with an exponent": ("a.xlsx", f.xlsx_xml('<c r="A1"><v>1.3800001234E10</v></c>'), "手机"),
    "sounds within a cell": (
        "a.xlsx",
        f.xlsx_xml(
            '<c r="A1" t="inlineStr"><is><r><t>王</t></r><rPh sb="0"><t>ワン</t></rPh><r><t>小明</t></r></is></c>'
        ),
        "姓名",
    ),
    "a comment in a GIF": ("a.gif", f.gif(f.MOBILE), "手机"),
    "a font that draws other letters": ("a.pdf", f.remapped_pdf(), "别的字"),
    "digits placed in another order": ("a.pdf", f.scattered_pdf(f.MOBILE), "手机"),
}


@pytest.mark.parametrize("case", BAD)
def test_it_is_refused_with_its_place_and_never_shown_whole(case: str) -> None:
    name, content, expected = BAD[case]
    said = refused(name, content)
    assert expected in said, said
    assert f"{name}" in said
    said = said.replace(name, "")
    for secret in (f.ID, f.MOBILE, f.CARD, f.NAME, f.MAIL, f.OLD_ID, "高平", "赵大海", "幸福里", "张三"):
        assert secret not in said
    assert not re.search(r"[A-Za-z]{4,} [a-z]{2,} [a-z]{2,}", said), "a sentence in English"


UNREADABLE = {
    "an unknown kind": ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 100),
    "an executable": ("a.exe", b"MZ"),
    "an archive": ("a.zip", f.zipped({"a.txt": "公示"})),
    "no kind at all": ("a", b"x"),
    "a wrong kind": ("a.pdf", f.docx()),
    "a password on Word": ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 100),
    "encrypted entries": ("a.docx", f.encrypted_zip()),
    "a password on PDF": ("a.pdf", f.pdf("公示", encryption=4, user_pw="x", owner_pw="y")),
    "half a PDF": ("a.pdf", f.pdf("公示")[:300]),
    "half a docx": ("a.docx", f.docx()[:-40]),
    "a zip that is no document": ("a.docx", f.zipped({"a.xml": "<a/>"})),
    "broken XML": ("a.docx", f.docx("<w:p>")),
    "entities": ("a.docx", f.docx(more={"word/a.xml": '<!DOCTYPE a [<!ENTITY b "王小明">]><a>&b;</a>'})),
    "a bomb": ("a.docx", f.bomb()),
    "a scan": ("a.pdf", f.scanned_pdf()),
    "no JSON": ("a.ipynb", b"{"),
    "JSON that is no notebook": ("a.ipynb", b"[]"),
    "very deep JSON": ("a.json", b"[" * 100_000),
    "no encoding": ("a.txt", b"\xff\xff\xff\x00\x81"),
    "too large": ("a.txt", b" " * (MOST_BYTES + 1)),
    "no picture": ("a.png", b"GIF"),
    "something behind a picture": ("a.png", f.png() + b"PK secret"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_looked_into_is_refused(case: str) -> None:
    name, content = UNREADABLE[case]
    started = time.monotonic()
    assert refused(name, content)
    assert time.monotonic() - started < 30


def test_what_was_saved_over_is_still_in_the_file(tmp_path: Path) -> None:
    assert "以前的版本" in refused("a.pdf", f.saved_over_pdf(str(tmp_path / "a.pdf")), PrivacyCheck())


CLEAN = {
    "an empty page": ("a.html", f.html()),
    "masked persons": ("a.html", f.html("<p>王某，138****1234，赵**</p>")),
    "a piece of another word": ("a.html", f.html("<p>提高平均水平</p>")),
    "a place": ("a.html", f.html("<td>高平路社区</td>")),
    "a word that ends like a surname": ("a.html", f.html("<p>文化广场工程建成</p>")),
    "figures": ("a.html", f.html("<td>1393</td><td>1372</td><td>98.5%</td><td>143,000元</td>")),
    "rows of figures": ("a.csv", b"138 1372 1393 98\n1,393 1,372 985\n5000 4000 3000 2000\n"),
    "a column of figures": ("a.csv", b"138\n1372\n1393\n98\n"),
    "small counts": ("a.csv", b"1 3 5 7 9 1 1 0 5 1 2 3 1 1 2\n"),
    "surnames below each other": ("a.csv", "村,姓名\n马村,高\n马村,平\n".encode()),
    "dates and times": ("a.txt", "2015-09-01 13:30—14:30，1393、1372、98.5%".encode()),
    "a name that begins the next word": ("a.txt", "将于明年完成".encode()),
    "a name that is a word": ("a.txt", "推进文明建设，文明村三个".encode()),
    "a hash": ("a.html", f.html("<p>9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</p>")),
    "a mark of a program": ("a.docx", f.docx('<w:p w:id="{A1B2C3D4-A138-1234-5678-0123456789AB}"/>')),
    "nobody": ("a.html", f.html("<td>匿名</td><td>村调解委员会</td>")),
    "a long decimal": ("a.csv", b"93.13800001234,0.6222000000000009\n"),
    "an account of two characters": ("a.html", f.html("<p>口角</p>")),
    "an address of the web": ("a.html", f.html('<a href="https://example.com/home/index.html">网站</a>')),
    "a Word file": ("a.docx", f.docx(more=f.core("<dc:creator/><dc:title>公示</dc:title>"))),
    "an Excel file": ("a.xlsx", f.xlsx("公示", 1393, 93.85333333333333)),
    "a PDF": ("a.pdf", f.pdf("公示", "1393 1372")),
    "a notebook": ("a.ipynb", f.notebook(period="2015-09", place="马村")),
    "an empty file": ("a.txt", b""),
}


@pytest.mark.parametrize("case", CLEAN)
def test_what_is_clean_passes(case: str) -> None:
    assert refused(*CLEAN[case]) == ""


def test_a_picture_is_a_warning_for_nobody_has_read_it() -> None:
    (warning,) = CHECK.check("a.html", f.html(f.pictured("image/png", f.png())))
    assert (warning.severity, "1" in warning.what) == ("warning", True)


def test_the_same_value_of_a_place_is_told_once_and_many_are_cut() -> None:
    many = "".join(f"<p>1380000{number:04}</p>" for number in range(100))
    assert len(CHECK.check("a.html", f.html(f"<p>{f.NAME}</p>" * 50))) == 1
    assert len(CHECK.check("a.html", f.html(many))) < 30


@pytest.mark.parametrize("words", ["a" * 300_000, "1 (" * 100_000, "王" * 300_000, "a@" * 100_000, "C:\\" * 50_000])
def test_hostile_words_take_no_time(words: str) -> None:
    started = time.monotonic()
    CHECK.check("a.txt", words.encode())
    assert time.monotonic() - started < 20


def test_a_text_is_masked() -> None:
    said = CHECK.withheld(f"KeyError: {f.NAME} {f.MOBILE}")
    assert f.NAME not in said
    assert f.MOBILE not in said


@pytest.mark.parametrize(("digits", "right"), [(f.ID, True), ("110105194912310021", False), (f.ID.lower(), True)])
def test_the_check_digit_of_the_standard(digits: str, right: bool) -> None:
    assert is_identity_number(digits) is right


@pytest.mark.parametrize(("digits", "right"), [(f.CARD, True), ("6222000000000008", False), ("0", False)])
def test_the_check_of_bank_cards(digits: str, right: bool) -> None:
    assert is_card_number(digits) is right
