"""Zip files and mails: what is read from them, and what is refused with place and repair."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from govkit.ledgers.collect.incoming import arrivals
from tests.ledgers.collect.arriving import book, grid, mail, packed, put

BOOK = book([grid()])


def encrypted() -> bytes:
    """Return a zip file whose member is marked as encrypted."""
    content = bytearray(packed({"马村.xlsx": BOOK}))
    for place in (6, content.rindex(b"PK\x01\x02") + 8):
        content[place] |= 1
    return bytes(content)


def link() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("马村.xlsx")
        member.create_system, member.external_attr = 3, 0o120777 << 16
        archive.writestr(member, "/etc/hostname")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("9月.zip", packed({"宁郭镇/马村.xlsx": BOOK}), ["9月.zip/宁郭镇/马村.xlsx"]),
        ("9月.zip", packed({"宁郭镇/马村.xlsx": BOOK}, utf8=False), ["9月.zip/宁郭镇/马村.xlsx"]),
        ("马村.zip", BOOK, ["马村.zip"]),
        ("信.eml", mail({"马村.xlsx": BOOK}), ["信.eml/马村.xlsx"]),
        ("信.eml", mail({"打包.zip": packed({"马村.xlsx": BOOK})}), ["信.eml/打包.zip/马村.xlsx"]),
        ("9月.zip", packed({"~$马村.xlsx": b"", "__MACOSX/._a.xlsx": b"", "马村.xlsx": BOOK}), ["9月.zip/马村.xlsx"]),
    ],
    ids=["folder inside", "names in GBK", "renamed workbook", "mail", "zip in a mail", "what programs leave"],
)
def test_what_is_read(name: str, content: bytes, expected: list[str], tmp_path: Path) -> None:
    put(tmp_path / "in", name, content)
    found = arrivals([tmp_path / "in"], tmp_path / "out")
    assert [one.name for one in found.workbooks] == expected
    assert [one.path.read_bytes() for one in found.workbooks] == [BOOK]
    assert found.problems == []


@pytest.mark.parametrize(
    ("name", "content", "said", "item"),
    [
        ("a.zip", packed({"../马村.xlsx": BOOK}), "文件夹之外", "../马村.xlsx"),
        ("a.zip", packed({"/etc/马村.xlsx": BOOK}), "文件夹之外", "/etc/马村.xlsx"),
        ("a.zip", packed({"C:\\马村.xlsx": BOOK}), "文件夹之外", "C:\\马村.xlsx"),
        ("a.zip", link(), "文件夹之外", "马村.xlsx"),
        ("a.zip", packed({"里面.zip": packed({"马村.xlsx": BOOK})}), "还有压缩包", "里面.zip"),
        ("a.zip", encrypted(), "密码", ""),
        ("a.zip", packed({}), "空的", ""),
        ("a.zip", b"PK\x03\x04 broken", "损坏", ""),
        ("a.rar", b"Rar!", "不打开", ""),
        ("a.eml", mail({"里面.rar": b"Rar!"}), "还有压缩包", "里面.rar"),
        ("a.eml", mail({}), "没有附件", ""),
        ("a.docx", b"PK", "不支持", ""),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_what_is_refused(name: str, content: bytes, said: str, item: str, tmp_path: Path) -> None:
    put(tmp_path / "in", name, content)
    found = arrivals([tmp_path / "in"], tmp_path / "out")
    [problem] = found.problems
    assert found.workbooks == []
    assert (problem.where.source, problem.where.item) == (name, item)
    assert problem.repair
    assert said in problem.what
    assert not (tmp_path / "马村.xlsx").exists()


def test_the_day_of_a_mail_is_when_it_arrived(tmp_path: Path) -> None:
    put(tmp_path / "in", "信.eml", mail({"马村.xlsx": BOOK}, "Mon, 05 Oct 2015 18:30:00 +0800"))
    [one] = arrivals([tmp_path / "in"], tmp_path / "out").workbooks
    assert one.time.isoformat() == "2015-10-05T10:30:00+00:00"


def test_our_own_folder_and_missing_ones(tmp_path: Path) -> None:
    put(tmp_path / "in/收表/退回", "马村-待修改.xlsx", BOOK)
    found = arrivals([tmp_path / "in", tmp_path / "没有"], tmp_path / "in/收表/来件", [tmp_path / "in/收表"])
    assert found.workbooks == []
    assert [problem.what for problem in found.problems] == ["找不到该文件"]
