"""Finished files, each with one thing in it that may not be published; all persons are invented."""

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import openpyxl
import pymupdf
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

ID = "11010519491231002X"  # the example of the standard itself
OLD_ID = "110105491231002"
MOBILE = "13800001234"
CARD = "6222000000000009"
MAIL = "someone@example.com"
WINDOWS_PATH = r"C:\Users\someone\桌面\名单.xlsx"
UNIX_PATH = "/home/someone/名单.xlsx"
NAME = "王小明"

_CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">{}</cp:coreProperties>'
)


def html(body: str = "<p>公示</p>", head: str = "") -> bytes:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'.encode()


def docx(body: str = "<w:p><w:r><w:t>公示</w:t></w:r></w:p>", more: Mapping[str, str | bytes] | None = None) -> bytes:
    document = f"<w:document {_W}><w:body>{body}</w:body></w:document>"
    return zipped({"[Content_Types].xml": _CONTENT_TYPES, "word/document.xml": document, **(more or {})})


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(f'<w:r><w:rPr><w:b/></w:rPr><w:t>{run}</w:t></w:r>' for run in runs)}</w:p>"


def core(fields: str) -> dict[str, str | bytes]:
    return {"docProps/core.xml": _CORE.format(fields)}


def words_with(part: str, content: str) -> dict[str, str | bytes]:
    return {part: f"<w:root {_W}>{content}</w:root>"}


def xlsx(*cells: object, hidden: bool = False, note: str = "", name: str = "", row: bool = False) -> bytes:
    """Return a workbook with cells on its first sheet; ``hidden`` puts them on a second, hidden one."""
    book = openpyxl.Workbook()
    book.properties.creator = "govkit"
    sheet = book.create_sheet("底稿") if hidden else book.worksheets[0]
    for cell in cells or ("公示",):
        sheet.append([cell])
    if hidden:
        book.worksheets[0]["A1"] = "公示"
        sheet.sheet_state = "veryHidden"
    if note:
        book.worksheets[0]["A1"].comment = Comment(note, "govkit")
    if name:
        book.defined_names["某值"] = DefinedName("某值", attr_text=f'"{name}"')
    if row:
        sheet.row_dimensions[1].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def pdf(
    *lines: str, about: Mapping[str, str] | None = None, note: str = "", attached: bytes = b"", **save: object
) -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(lines or ("公示",)):
        page.insert_text((60, 80 + 20 * number), line, fontname="china-s")
    document.set_metadata({"title": "公示", **(about or {})})
    if note:
        page.add_text_annot((100, 300), note)
    if attached:
        document.embfile_add("名单.csv", attached, filename="名单.csv")
    content: bytes = document.tobytes(**save)
    return content


def scanned_pdf() -> bytes:
    document = pymupdf.open()
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 40, 40))
    picture.clear_with(255)
    document.new_page().insert_image(pymupdf.Rect(0, 0, 200, 200), pixmap=picture)
    content: bytes = document.tobytes()
    return content


def saved_over_pdf(path: str) -> bytes:
    """Return a PDF whose first version, with a name in it, is still in the file."""
    with open(path, "wb") as file:  # noqa: PTH123 - pymupdf wants the name
        file.write(pdf(NAME))
    document = pymupdf.open(path)
    document[0].insert_text((60, 200), "公示", fontname="china-s")
    document.saveIncr()
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def png(text: str = "") -> bytes:
    """Return a picture of one dot with a text beside it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    dot = chunk(b"IDAT", zlib.compress(b"\x00\xff"))
    said = chunk(b"tEXt", b"Comment\x00" + text.encode()) if text else b""
    return b"\x89PNG\r\n\x1a\n" + head + said + dot + chunk(b"IEND", b"")


def pictured(kind: str, content: bytes) -> str:
    return f'<img alt="" src="data:{kind};base64,{base64.b64encode(content).decode()}">'


def notebook(source: str = "1", output: str = "", about: str = "", **parameters: str) -> bytes:
    given = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}, "source": given, "outputs": []},
        {
            "cell_type": "code",
            "metadata": {},
            "source": [source],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": [output]}],
        },
    ]
    return json.dumps({"cells": cells, "metadata": {"about": about}, "nbformat": 4, "nbformat_minor": 5}).encode()


def bomb() -> bytes:
    return docx(more={"word/padding.xml": b"<a>" + b" " * 60_000_000 + b"</a>"})


def encrypted_zip() -> bytes:
    """Return an archive whose entries are flagged as encrypted."""
    content = bytearray(docx())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + at] |= 1
            start = content.find(mark, start + 4)
    return bytes(content)


def xlsx_xml(cells: str) -> bytes:
    """Return a workbook whose only row has these cells, as XML."""
    sheet = f'<worksheet xmlns="urn:sheet"><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    return zipped({"[Content_Types].xml": _CONTENT_TYPES, "xl/worksheets/sheet1.xml": sheet})


def pptx(*runs: str, notes: str = "") -> bytes:
    """Return a presentation of one slide, its words in runs, and the speaker's notes."""
    namespaces = 'xmlns:p="urn:p" xmlns:a="urn:a"'
    words = "".join(f"<a:r><a:t>{run}</a:t></a:r>" for run in runs)
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "ppt/slides/slide1.xml": f"<p:sld {namespaces}><a:p>{words}</a:p></p:sld>",
    }
    if notes:
        said = f"<p:notes {namespaces}><a:p><a:r><a:t>{notes}</a:t></a:r></a:p></p:notes>"
        entries["ppt/notesSlides/notesSlide1.xml"] = said
    return zipped(entries)


def gif(comment: str) -> bytes:
    """Return a picture of one dot with a comment."""
    said = comment.encode()
    head = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    dot = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return head + b"\x21\xfe" + bytes([len(said)]) + said + b"\x00" + dot + b"\x3b"


def remapped_pdf(shown: str = "由王小明办理领取", said: str = "按规定程序公开结果") -> bytes:
    """Return a PDF that draws one text, while the text that is read out of it is another one."""
    import typst

    from govkit.rendering import fonts

    source = f'#set page(width: 300pt, height: 120pt)\n#set text(font: "Noto Sans CJK SC", size: 16pt)\n{shown}'
    compiler: Any = typst
    content = compiler.compile(source.encode(), font_paths=[str(fonts.font_folder())])
    document = pymupdf.open("pdf", content)
    for number in range(1, document.xref_length()):
        stream = document.xref_stream(number) if document.xref_is_stream(number) else b""
        if b"beginbfchar" in (stream or b""):
            for one, other in zip(shown, said, strict=False):
                stream = stream.replace(f"<{ord(one):04X}>".encode(), f"<{ord(other):04X}>".encode())
                stream = stream.replace(f"<{ord(one):04x}>".encode(), f"<{ord(other):04x}>".encode())
            document.update_stream(number, stream)
    changed: bytes = document.tobytes()
    return changed


def scattered_pdf(digits: str) -> bytes:
    """Return a PDF whose digits stand in a row and are drawn from the last to the first."""
    document = pymupdf.open()
    page = document.new_page()
    for number, digit in reversed(list(enumerate(digits))):
        page.insert_text((60 + 8 * number, 80), digit)
    content: bytes = document.tobytes()
    return content
