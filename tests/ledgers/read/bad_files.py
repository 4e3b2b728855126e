# ruff: noqa: E501, ARG005 - a table reads best with one bad file a line
"""Bad ledger files, with one mistake each. ``BAD`` lists the maker of each, and the place and words of its Problem."""

import datetime as dt
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from tests.ledgers.books import book, cells, dispute, disputes_book, rewritten, sheet_xml

SHEET = "矛盾纠纷台账"
FIRST = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Bad:
    """A maker of the file ``file``, and the sheet, cell and words of its Problem."""

    file: str
    make: Callable[[Path], object]
    words: str
    sheet: str = ""
    cell: str = ""


def ole(path: Path, *streams: str) -> None:
    """Write an OLE compound file whose directory names these streams: one header, one FAT and one directory sector."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<III", header, 56, 4096, 0xFFFFFFFE, 0)
    struct.pack_into("<I", header, 76, 0)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    directory = b"".join(_entry(name, 5 if name == "Root Entry" else 2) for name in ("Root Entry", *streams))
    path.write_bytes(bytes(header) + fat + directory.ljust(512, b"\0"))


def _entry(name: str, kind: int) -> bytes:
    words = name.encode("utf-16-le") + b"\0\0"
    return words.ljust(64, b"\0") + struct.pack("<HBB", len(words), kind, 1) + b"\xff" * 12 + b"\0" * 48


def _truncated(path: Path) -> None:
    content = disputes_book(path, dispute()).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _far_cell(path: Path) -> None:
    far = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    rewritten(disputes_book(path, dispute()), {FIRST: far})


def _far_column(path: Path) -> None:
    far = sheet_xml('<row r="5"><c r="A5"><v>1</v></c><c r="AAA5"><v>1</v></c></row>')
    rewritten(disputes_book(path, dispute()), {FIRST: far})


def _far_row_without_addresses(path: Path) -> None:
    wide = "<c><v>1</v></c>" * 400
    far = sheet_xml(f'<row r="1">{wide}</row>', f'<row r="1048576">{wide}</row>')
    rewritten(disputes_book(path, dispute()), {FIRST: far})


def _zip_bomb(path: Path) -> None:
    """Add a member of zeros that the archive's directory declares to unpack to 2 GB."""
    rewritten(disputes_book(path, dispute()), {"xl/media/image1.bin": bytes(1000)})
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/media/image1.bin"))
    struct.pack_into("<I", content, entry + 24, 2_000_000_000)
    path.write_bytes(content)


def _entity_bomb(path: Path) -> None:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a0 "lol">{entities}]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a11;</t></si></sst>'
    )
    rewritten(disputes_book(path, dispute()), {"xl/sharedStrings.xml": bomb.encode()})


def _entity_bomb_in_workbook(path: Path) -> None:
    disputes_book(path, dispute())
    with zipfile.ZipFile(path) as archive:
        words = archive.read("xl/workbook.xml").decode()
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    words = words[words.index("<workbook") :].replace('name="矛盾纠纷台账"', 'name="&a11;"')
    bomb = f'<!DOCTYPE workbook [<!ENTITY a0 "lol">{entities}]>{words}'
    rewritten(path, {"xl/workbook.xml": bomb.encode()})


def _failed_formula(path: Path, error: str = "#DIV/0!") -> None:
    _with_cell(path, f'<c r="H2" t="e"><f>1/0</f><v>{error}</v></c>')


def _with_cell(path: Path, cell: str) -> None:
    """Replace H2, the optional day of settlement, by a hand-written cell."""
    disputes_book(path, dispute(settled_on=777))
    with zipfile.ZipFile(path) as archive:
        words = archive.read(FIRST).decode()
    assert '<c r="H2" t="n"><v>777</v></c>' in words
    rewritten(path, {FIRST: words.replace('<c r="H2" t="n"><v>777</v></c>', cell).encode()})


def _duplicate_across_sheets(path: Path) -> None:
    book(path, {SHEET: cells([dispute(1)]), "补充": cells([dispute(1, place="马村")])})


def _merged_numbers(path: Path) -> None:
    """Merge the number of members of two teams: nobody can tell whose it is."""
    head = ["队伍编号", "所属单位", "层级", "队伍名称", "人数（人）", "成立日期"]
    rows = [[f"D{n}", "马村", "村", f"{n}队", 3, "2015-03-02"] for n in (1, 2)]
    book(path, {"调解队伍台账": [head, *rows]})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].merge_cells("E2:E3")
    workbook.save(path)


def _titled(path: Path, title: str, *rows: dict[str, object]) -> None:
    book(path, {SHEET: [[title], *cells(rows)]})


def _one(**changes: Any) -> Callable[[Path], object]:
    return lambda path: disputes_book(path, dispute(**changes))


BAD = (
    Bad("missing-column.xlsx", lambda p: book(p, {SHEET: cells([dispute()], without=["kind"])}), "缺少“纠纷类型”", SHEET, "A1"),
    Bad("repeated-column.xlsx", lambda p: book(p, {SHEET: [[*r, r[4]] for r in cells([dispute()])]}), "“纠纷类型”列重复", SHEET, "A1"),
    Bad("not-a-day.xlsx", _one(found_on="三月初"), "“三月初”不是有效日期", SHEET, "C2"),
    Bad("no-such-day.xlsx", _one(found_on="2015-02-29"), "“2015-02-29”不是有效日期", SHEET, "C2"),
    Bad("unknown-village.xlsx", _one(place="北西上村"), "没有名为“北西上村”的单位", SHEET, "B2"),
    Bad("wrong-level.xlsx", _one(place="阳庙镇"), "“阳庙镇”不是本列应填的单位", SHEET, "B2"),
    Bad("wrong-word.xlsx", _one(kind="打架"), "“打架”不在本列允许", SHEET, "E2"),
    Bad("blank.xlsx", _one(parties=None), "“当事人”未填写", SHEET, "F2"),
    Bad("invisible.xlsx", _one(parties="\u200b\u3000"), "“当事人”未填写", SHEET, "F2"),
    Bad("wrong-year.xlsx", lambda p: _titled(p, "2014年度矛盾纠纷台账", dispute()), "不在本台账所属的2014年", SHEET, "C3"),
    Bad("wrong-year-in-form.xlsx", lambda p: _titled(p, "填报单位：阳庙镇　年度：2014", dispute()), "2014年", SHEET, "C3"),
    Bad("future.xlsx", _one(found_on=dt.date(2016, 1, 16), settled_on=None, settled_level=None), "晚于今天", SHEET, "C2"),
    Bad("ancient.xlsx", _one(found_on=dt.date(1979, 12, 31)), "早于1980年", SHEET, "C2"),
    Bad("order.xlsx", _one(settled_on=dt.date(2015, 3, 1)), "化解日期（2015-03-01）早于排查日期（2015-03-02）", SHEET, "H2"),
    Bad("contradiction.xlsx", _one(settled_on=None), "化解层级已填（村），但化解日期未填", SHEET, "I2"),
    Bad("needed.xlsx", _one(settled_level=None), "化解日期已填，但化解层级未填写", SHEET, "I2"),
    Bad("needed-column.xlsx", lambda p: book(p, {SHEET: cells([dispute()], without=["settled_level"])}), "化解层级未填写", SHEET, "A2"),
    Bad("duplicate.xlsx", lambda p: disputes_book(p, dispute(1), dispute(2), dispute(1)), "“JF-001”重复出现", SHEET, "A4"),
    Bad("duplicate-width.xlsx", lambda p: disputes_book(p, dispute(1), dispute(dispute_id="ＪＦ－００１")), "重复出现", SHEET, "A3"),
    Bad("duplicate-sheets.xlsx", _duplicate_across_sheets, "“JF-001”重复出现", "补充", "A2"),
    Bad("encrypted.xlsx", lambda p: ole(p, "EncryptionInfo", "EncryptedPackage"), "设有密码"),
    Bad("old.xlsx", lambda p: ole(p, "Workbook"), "文件已损坏"),
    Bad("truncated.xlsx", _truncated, "文件已损坏"),
    Bad("text.xlsx", lambda p: p.write_text("纠纷编号,所在村\n"), "文件已损坏"),
    Bad("docx.xlsx", lambda p: zipfile.ZipFile(p, "w").writestr("word/document.xml", "<w/>"), "文件已损坏"),
    Bad("empty-file.xlsx", lambda p: p.write_bytes(b""), "文件是空的"),
    Bad("empty-sheet.xlsx", lambda p: book(p, {SHEET: []}), "工作表是空的", SHEET),
    Bad("blank-sheet.xlsx", lambda p: book(p, {SHEET: [["  ", None], ["\u200b"]]}), "工作表是空的", SHEET),
    Bad("empty-file.csv", lambda p: p.write_bytes(b""), "工作表是空的", "empty-file"),
    Bad("header-only.xlsx", disputes_book, "只有表头", SHEET, "A2"),
    Bad("no-ledger.xlsx", lambda p: book(p, {"通讯录": [["名称", "电话"], ["办公室", "略"]]}), "没有找到任何台账", "通讯录", "A1"),
    Bad("guide-only.xlsx", lambda p: book(p, {"填表说明": [["一、"]]}), "没有台账工作表"),
    Bad("far-cell.xlsx", _far_cell, "远在表格范围之外", SHEET, "XFD1048576"),
    Bad("far-column.xlsx", _far_column, "第703列", SHEET, "AAA5"),
    Bad("far-row.xlsx", _far_row_without_addresses, ""),
    Bad("zip-bomb.xlsx", _zip_bomb, "解压后过大"),
    Bad("entity-bomb.xlsx", _entity_bomb, ""),
    Bad("entity-bomb-in-workbook.xlsx", _entity_bomb_in_workbook, ""),
    Bad("failed-formula.xlsx", _failed_formula, "错误值#DIV/0!", SHEET, "H2"),
    Bad("lost-reference.xlsx", lambda p: _failed_formula(p, "#REF!"), "错误值#REF!", SHEET, "H2"),
    Bad("never-computed.xlsx", _one(settled_on="=C2+1"), "错误值#未计算!", SHEET, "H2"),
    Bad("infinite.xlsx", lambda p: _with_cell(p, '<c r="H2"><v>1e999</v></c>'), "不是有效日期", SHEET, "H2"),
    Bad("boolean.xlsx", _one(settled_on=True), "“TRUE”不是有效日期", SHEET, "H2"),
    Bad("long-text.xlsx", _one(summary="长" * 10_000), "10000个字符", SHEET, "G2"),
    Bad("merged-numbers.xlsx", _merged_numbers, "合并单元格", "调解队伍台账", "E2"),
    Bad("nul.csv", lambda p: p.write_bytes("纠纷编号,所在村\0\n".encode()), "编码"),
    Bad("neither.csv", lambda p: p.write_bytes(b"\xff\xfe\xff\x00\x81"), "编码"),
    Bad("unclosed-quote.csv", lambda p: p.write_text('纠纷编号,所在村\nJF-1,"马村\nJF-2,马村\n', encoding="utf-8"), "引号", "unclosed-quote", "B2"),
    Bad("macro.xlsm", lambda p: p.write_bytes(b"PK"), "不支持“.xlsm”"),
    Bad("words.txt", lambda p: p.write_text("x"), "没有找到任何台账", "words", "A1"),
    Bad("gone.xlsx", lambda p: None, "找不到该文件"),
)  # fmt: skip
