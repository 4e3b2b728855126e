# ruff: noqa: E501 - a table reads best with one hostile file a line
"""Hostile files made by hand. ``HOSTILE`` lists each with its maker; ``mutants`` yields seeded mutations of good ones."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.ledgers.books import MAIN, cells, csv_file, dispute, disputes_book, rewritten, sheet_xml
from tests.ledgers.read.bad_files import ole
from tests.ledgers.read.writers import ods, xls

FIRST = "xl/worksheets/sheet1.xml"
SHEET = "矛盾纠纷台账"
Maker = Callable[[Path], object]
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="矛盾纠纷台账">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def _sheet(*rows: str) -> Maker:
    return lambda path: rewritten(disputes_book(path, dispute()), {FIRST: sheet_xml(*rows)})


def _parts(**parts: bytes) -> Maker:
    """Return a maker of a good workbook with some parts replaced; ``__`` in a name stands for a slash."""
    names = {
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
        "workbook": "xl/workbook.xml",
        "first": FIRST,
    }
    return lambda path: rewritten(disputes_book(path, dispute()), {names.get(k, k): v for k, v in parts.items()})


def _added(name: str, content: bytes) -> Maker:
    return lambda path: rewritten(disputes_book(path, dispute(kind="?")), {name: content})


def _ods(rows: str) -> Maker:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE)
            archive.writestr("content.xml", _ODS.format(rows=rows))
            archive.writestr("META-INF/manifest.xml", "<manifest/>")

    return make


def _text(content: bytes) -> Maker:
    return lambda path: path.write_bytes(content)


def _edited(edit: Callable[[bytearray], object]) -> Maker:
    def make(path: Path) -> None:
        content = bytearray(disputes_book(path, dispute()).read_bytes())
        edit(content)
        path.write_bytes(content)

    return make


def _around(before: bytes, after: bytes) -> Maker:
    return lambda path: path.write_bytes(before + disputes_book(path, dispute()).read_bytes() + after)


def _every_name_lies(content: bytearray) -> None:
    for at in _directory(content):
        struct.pack_into("<I", content, at + 24, 10)


def _overlapping(content: bytearray) -> None:
    first = next(_directory(content))
    for at in _directory(content):
        struct.pack_into("<I", content, at + 42, struct.unpack_from("<I", content, first + 42)[0])


def _encrypted_bits(content: bytearray) -> None:
    for at in _directory(content):
        content[at + 8] |= 1


def _odd_method(content: bytearray) -> None:
    for at in _directory(content):
        struct.pack_into("<H", content, at + 10, 99)


def _directory(content: bytearray) -> Iterator[int]:
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        yield at
        at = content.find(b"PK\x01\x02", at + 4)


def _many_members(path: Path) -> None:
    disputes_book(path, dispute())
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(6_000):
            archive.writestr(f"xl/media/{number}", b"")


def _many_sheets(path: Path) -> None:
    disputes_book(path, dispute())
    with zipfile.ZipFile(path) as archive:
        book, rels = archive.read("xl/workbook.xml").decode(), archive.read("xl/_rels/workbook.xml.rels").decode()
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n + 9}" r:id="q{n}" xmlns:r="{_RELATIONS}"/>' for n in range(1_000))
    links = "".join(
        f'<Relationship Id="q{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/x{n}.xml"/>' for n in range(1_000)
    )
    changed = {"xl/workbook.xml": book.replace("</sheets>", f"{sheets}</sheets>").encode()}
    changed["xl/_rels/workbook.xml.rels"] = rels.replace("</Relationships>", f"{links}</Relationships>").encode()
    rewritten(path, changed | {f"xl/worksheets/x{n}.xml": sheet_xml() for n in range(1_000)})


_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _twice(path: Path) -> None:
    disputes_book(path, dispute())
    with zipfile.ZipFile(path, "a") as archive:
        archive._didModify = True  # type: ignore[attr-defined]
        info = zipfile.ZipInfo("xl/Workbook.xml")
        archive.writestr(info, b"<workbook/>")


def _strings(one: str, cells_: int) -> Maker:
    rows = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for r in range(1, cells_ // 10 + 1)
    )
    types = b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'

    def make(path: Path) -> None:
        disputes_book(path, dispute())
        with zipfile.ZipFile(path) as archive:
            kinds = archive.read("[Content_Types].xml").replace(b"</Types>", types)
            rels = archive.read("xl/_rels/workbook.xml.rels").replace(
                b"</Relationships>",
                f'<Relationship Id="rS" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'.encode(),
            )
        strings = f'<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><t>{one}</t></si></sst>'.encode()
        rewritten(
            path,
            {
                FIRST: sheet_xml(rows),
                "[Content_Types].xml": kinds,
                "xl/_rels/workbook.xml.rels": rels,
                "xl/sharedStrings.xml": strings,
            },
        )

    return make


def _xls_loop(path: Path) -> None:
    """Write an OLE file whose sector chain leads to itself."""
    ole(path, "Workbook")
    content = bytearray(path.read_bytes())
    struct.pack_into("<II", content, 512, 0xFFFFFFFD, 1)
    path.write_bytes(content)


def _xls_large(path: Path) -> None:
    """Write an OLE file that claims 4 GB of allocation tables."""
    ole(path, "Workbook")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 44, 0x7FFFFFFF)
    path.write_bytes(content)


def _entities(depth: int) -> bytes:
    words = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, depth))
    return f'<!DOCTYPE x [<!ENTITY a0 "lol">{words}]>'.encode()


def _with(row: str) -> Maker:
    """Return a maker of a workbook whose second row holds this cell instead of a day."""
    head = "".join(f'<c r="{chr(65 + n)}1" t="inlineStr"><is><t>{h}</t></is></c>' for n, h in enumerate(cells([])[0]))
    return _sheet(f'<row r="1">{head}</row>', f'<row r="2">{row}</row>')


_DEEP = b"<a>" * 100_000 + b"</a>" * 100_000
_WIDE = "<c><v>1</v></c>" * 50_000
_STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf />" * 1_000_000}</cellXfs></styleSheet>'.encode()
_HEAD = ",".join(map(str, cells([])[0])).encode()

HOSTILE: dict[str, Maker] = {
    "cells-without-addresses.xlsx": _sheet(f'<row r="1">{_WIDE}</row>'),
    "rows-and-cells-without-addresses.xlsx": _sheet(f"<row>{'<c/>' * 400}</row>" * 200_000),
    "mixed-addresses.xlsx": _sheet(f'<row r="1"><c r="A1"><v>1</v></c>{_WIDE}</row>'),
    "quoted-otherwise.xlsx": _sheet("<row r='9'><c r='XFD9'><v>1</v></c></row>"),
    "address-behind.xlsx": _sheet('<row r="2"><c t="n" r="ZZ2"><v>1</v></c></row><row r="3"><c s="0" r="A99999"><v>1</v></c></row>'),
    "address-on-a-new-line.xlsx": _sheet('<row r="2"><c\n r = "ZZ2"><v>1</v></c></row>'),
    "prefixed.xlsx": _parts(first=f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="XFD1"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'.encode()),
    "zz2-a99999.xlsx": _sheet('<row r="2"><c r="ZZ2"><v>1</v></c></row><row r="99999"><c r="A99999"><v>1</v></c></row>'),
    "kz2-a99999.xlsx": _sheet('<row r="2"><c r="KZ2"><v>1</v></c></row><row r="99999"><c r="A99999"><v>1</v></c></row>'),
    "last-cell.xlsx": _sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "beyond-the-last-row.xlsx": _sheet('<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>'),
    "row-zero.xlsx": _sheet('<row r="0"><c r="A0"><v>1</v></c></row>'),
    "negative-row.xlsx": _sheet('<row r="-1"><c r="A-1"><v>1</v></c></row>'),
    "address-too-long.xlsx": _sheet('<row r="1"><c r="AAAAAAAAAAAA1"><v>1</v></c></row>'),
    "address-number-too-long.xlsx": _sheet('<row r="1"><c r="A99999999999999999999"><v>1</v></c></row>'),
    "wrong-string-number.xlsx": _sheet('<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>'),
    "wrong-style-number.xlsx": _with('<c r="C2" s="4294967295"><v>42000</v></c>'),
    "huge-number.xlsx": _with('<c r="C2"><v>1e308</v></c>'),
    "not-a-number.xlsx": _with('<c r="C2"><v>NaN</v></c>'),
    "long-number.xlsx": _with(f'<c r="C2"><v>{"9" * 100_000}</v></c>'),
    "long-text.xlsx": _with(f'<c r="C2" t="inlineStr"><is><t>{"长" * 3_000_000}</t></is></c>'),
    "formula-without-value.xlsx": _with('<c r="C2"><f>NOW()</f></c>'),
    "formula-that-calls.xlsx": _with('<c r="C2" t="str"><f>WEBSERVICE("http://127.0.0.1/")</f><v>x</v></c>'),
    "external-link.xlsx": _with('<c r="C2"><f>[1]Sheet1!A1</f></c>'),
    "dimension-lies.xlsx": _parts(first=f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>'.encode()),
    "merged-over-the-sheet.xlsx": _parts(first=f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'.encode()),
    "many-merged.xlsx": _parts(first=f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>{"".join(f"""<mergeCell ref="A{n}:B{n}"/>""" for n in range(1, 200_000))}</mergeCells></worksheet>'.encode()),
    "million-formats.xlsx": _parts(styles=_STYLES),
    "deep-sheet.xlsx": _parts(first=_DEEP),
    "deep-workbook.xlsx": _parts(workbook=_DEEP),
    "deep-strings.xlsx": _parts(strings=_DEEP),
    "entities-in-sheet.xlsx": _parts(first=_entities(12) + b"<worksheet>&a11;</worksheet>"),
    "entities-in-styles.xlsx": _parts(styles=_entities(12) + b"<styleSheet>&a11;</styleSheet>"),
    "external-entity.xlsx": _parts(workbook=b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>'),
    "utf-16-parts.xlsx": _parts(workbook="<workbook/>".encode("utf-16")),
    "no-xml.xlsx": _parts(first=bytes(range(256)) * 100),
    "cut-xml.xlsx": _parts(first=sheet_xml('<row r="1"><c r="A1"><v>1')[:-60]),
    "string-bomb.xlsx": _strings("长" * 32_000, 200_000),
    "strings-of-900-mb.xlsx": _added("xl/sharedStrings.xml", b"<sst>" + bytes(300_000_000)),
    "bomb-by-ratio.xlsx": _added("xl/media/image1.png", bytes(100_000_000)),
    "bomb-in-bomb.xlsx": _added("xl/embeddings/inner.zip", zlib.compress(bytes(90_000_000))),
    "lying-sizes.xlsx": _edited(_every_name_lies),
    "overlapping.xlsx": _edited(_overlapping),
    "encrypted-members.xlsx": _edited(_encrypted_bits),
    "unknown-method.xlsx": _edited(_odd_method),
    "bit-flip.xlsx": _edited(lambda c: c.__setitem__(c.find(b"PK\x03\x04", 4) + 400, c[c.find(b"PK\x03\x04", 4) + 400] ^ 8)),
    "many-members.xlsx": _many_members,
    "many-sheets.xlsx": _many_sheets,
    "same-name-twice.xlsx": _twice,
    "path-upward.xlsx": _added("../../evil.xml", b"<x/>"),
    "path-from-the-root.xlsx": _added("/etc/evil.xml", b"<x/>"),
    "path-of-windows.xlsx": _added("..\\..\\evil.xml", b"<x/>"),
    "macro.xlsx": _added("xl/vbaProject.bin", b"macro"),
    "picture-before.xlsx": _around(b"GIF89a" + bytes(100), b""),
    "page-before.xlsx": _around(b"<html><script>alert(1)</script></html>", b""),
    "no-directory.xlsx": _edited(lambda c: c.__delitem__(slice(c.find(b"PK\x01\x02"), None))),
    "page.xlsx": _text(b"<html><table><tr><td>1</td></tr></table></html>"),
    "program.xlsx": _text(b"\x7fELF" + bytes(1000)),
    "password.xlsx": lambda path: ole(path, "EncryptionInfo", "EncryptedPackage"),
    "loop.xls": _xls_loop,
    "claims-4-gb.xls": _xls_large,
    "empty-streams.xls": lambda path: ole(path, "Workbook", "Book"),
    "text.xls": _text(b"not a workbook"),
    "repeated-columns.ods": _ods('<table:table-row><table:table-cell table:number-columns-repeated="2000000000" office:value-type="float" office:value="1"/></table:table-row>'),
    "repeated-rows.ods": _ods('<table:table-row table:number-rows-repeated="2000000000"><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'),
    "repeated-both.ods": _ods('<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="10000" office:value-type="float" office:value="1"/></table:table-row>'),
    "text.ods": _text(b"not a workbook"),
    "nul.csv": _text(_HEAD + b"\n" + bytes(10_000_000)),
    "one-line.csv": _text(_HEAD + b"," + b"x" * 100_000_000),
    "commas.csv": _text(_HEAD + b"\n" + b"," * 20_000_000),
    "quotes.csv": _text(_HEAD + b"\n" + b'"' * 10_000_001),
    "open-quote.csv": _text(_HEAD + b'\n"' + b"x,\n" * 300_000),
    "blank-lines.csv": _text(_HEAD + b"\n" * 20_000_000),
    "carriage-returns.csv": _text(_HEAD + b"\r" * 1_000_000),
    "workbook.csv": lambda path: disputes_book(path, dispute()),
    "odd-bytes.csv": _text(_HEAD + b"\n\xff\xfe\xfd" * 1000),
    "surrogates.csv": _text(_HEAD + b"\n\xed\xa0\x80,\xed\xbf\xbf"),
}  # fmt: skip
"""File name → maker. Each is refused with exit code 1, or is a ledger whose values are read and never run."""


Good = tuple[str, bytes]
"""The suffix and content of a good file."""


def good_files(folder: Path) -> list[Good]:
    """Return good files of each kind that is mutated."""
    rows = cells([dispute(n, parties="甲，\n乙") for n in range(1, 8)])
    book = disputes_book(folder / "good.xlsx", *(dispute(n) for n in range(1, 8)))
    text = csv_file(folder / "good.csv", rows)
    old = csv_file(folder / "gb.csv", cells([dispute(n) for n in range(1, 8)]), "gb18030")
    binary, open_document = xls(folder / "good.xls", {SHEET: rows}), ods(folder / "good.ods", {SHEET: rows})
    return [(path.suffix, path.read_bytes()) for path in (book, text, old, binary, open_document)]


def mutants(good: list[Good], count: int, seed: int) -> Iterator[Good]:
    """Yield suffix and content of mutated files: bytes changed, cut, repeated; in archives also inside their parts."""
    pick = random.Random(seed)
    for _ in range(count):
        suffix, content = pick.choice(good)
        if content[:2] == b"PK" and pick.random() < 0.7:
            yield suffix, _mutated_part(content, pick)
        else:
            yield suffix, bytes(_mutated(bytearray(content), pick))


def _mutated_part(content: bytes, pick: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in pick.sample(sorted(parts), pick.choice([1, 1, 2])):
        parts[name] = bytes(_mutated(bytearray(parts[name]), pick))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


_TOKENS = [
    b"",
    b"\0",
    b"\xff" * 4,
    b"<",
    b">",
    b'"',
    b"'",
    b"&",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"99999999999",
    b"-1",
    b"XFD1048576",
    b'r="ZZ9"',
    b"<row>",
    b"</sheetData>",
    b",",
    b"\r\n",
    b"\xe5\xb9",
    b"1e999",
    b"=1+1",
]


def _mutated(content: bytearray, pick: random.Random) -> bytearray:
    for _ in range(pick.choice([1, 1, 2, 4, 16])):
        if not content:
            return content
        at = pick.randrange(len(content))
        end = min(len(content), at + pick.choice([1, 4, 40, 400]))
        match pick.randrange(6):
            case 0:
                content[at] ^= 1 << pick.randrange(8)
            case 1:
                content[at:end] = pick.choice(_TOKENS)
            case 2:
                content[at:at] = pick.choice(_TOKENS)
            case 3:
                content[at:end] = content[at:end] * pick.choice([2, 50])
            case 4:
                content[at:end] = pick.randbytes(end - at)
            case _:
                del content[at : end if pick.random() < 0.9 else None]
    return content
