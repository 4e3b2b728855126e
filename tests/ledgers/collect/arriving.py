"""Workbooks as units send them, made small."""

import datetime as dt
import os
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

from govkit.institutions import ledgers
from govkit.ledgers.collect.outcome import Round
from govkit.ledgers.collect.round import Collector
from govkit.ledgers.export import bytes_of
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store

MONTH = "2015-09"
MOMENT = dt.datetime(2015, 10, 3, 9)
Cell = object


def grid(number: int = 1, village: str = "马村", day: str = "2015-09-02", kind: str = "邻里纠纷") -> list[Cell]:
    """Return a row of the ledger of disputes."""
    return [f"JF-{number}", village, day, "村", kind, "甲某", None, None, None, None]


def book(
    rows: Sequence[Sequence[Cell]],
    title: str = "马村2015年9月矛盾纠纷台账",
    *,
    line: Sequence[Cell] = (),
    ledger: str = "disputes",
    saved: dt.datetime | None = MOMENT,
    more: Mapping[str, Sequence[Sequence[Cell]]] | None = None,
) -> bytes:
    """Return a workbook: a title, a second line, the headings of a ledger and rows.

    :param more: further sheets, name → rows.
    """
    made = Workbook()
    sheet = made.worksheets[0]
    declared = ledgers()[ledger]
    sheet.title = declared.title
    sheet.append([title])
    if line:
        sheet.append(list(line))
    sheet.append(list(declared.labels.values()))
    for row in rows:
        sheet.append(list(row))
    for name, cells in (more or {}).items():
        other = made.create_sheet(name)
        for row in cells:
            other.append(list(row))
    return bytes_of(made, "测试", saved) if saved else bytes_of(made, "测试")


def put(folder: Path, name: str, content: bytes, moment: dt.datetime = MOMENT) -> Path:
    """Write a file that arrived at a moment."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path


class _Gbk(zipfile.ZipInfo):
    """A member whose name is written as Chinese Windows does, without a mark."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's own name
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def packed(members: Mapping[str, bytes], *, utf8: bool = True) -> bytes:
    """Return a zip file; without ``utf8`` its names are as Chinese Windows writes them."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name) if utf8 else _Gbk(name), content)
    return buffer.getvalue()


def mail(members: Mapping[str, bytes], day: str = "Sat, 03 Oct 2015 09:00:00 +0800", subject: str = "台账") -> bytes:
    """Return a mail with attachments."""
    message = EmailMessage()
    message["Subject"], message["Date"] = subject, day
    message.set_content("见附件")
    for name, content in members.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def collected(folder: Path, month: str = MONTH, store: Path | None = None) -> Round:
    """Collect a folder into a store beside it."""
    where = Store(store or folder.parent / "store")
    collector = Collector(where, list(ledgers().values()), shipped_places(), "测试", folder.parent / "收表", month)
    return collector.collect([folder])


def units(found: Round, result: str) -> list[str]:
    """Return the names of the units with a result."""
    return [outcome.unit.name for outcome in found.outcomes if outcome.unit and outcome.result == result]
