"""``python -m govkit.demo.month -o DIR``: a month's workbooks as units would send them, and the truth about them.

110 units report 2015-09: 9 send nothing, 6 send a workbook with mistakes, 9 send a second, newer version; so 110 files
arrive in a folder, in a zip file and as mails, under all kinds of names. ``真值.json`` beside the folder says what
collecting must find. Persons are invented, as everywhere in the sample.
"""

import argparse
import datetime as dt
import json
import os
import random
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.demo.sample import SEED, sample_rows
from govkit.demo.sample.common import Row, Rows
from govkit.institutions.month.blanks import owed, reporting_units
from govkit.ledgers.declare import Ledger
from govkit.ledgers.export import bytes_of
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places, shipped_places

MONTH = "2015-09"
MISSING, WRONG, TWICE = 9, 6, 9
ARRIVED, TRUTH = "来件夹", "真值.json"
_ZIPPED, _MAILED = "阳庙镇", 3
_MIME = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_NAMES = (
    "{unit}{month}月台账.xlsx",
    "{above}{unit}2015年{month}月报表（最终版）.xlsx",
    "{unit}月报 - 副本.xlsx",
    "新建 Microsoft Excel 工作表({number}).xlsx",
    "{month}月份（{number}）.xlsx",
    "{unit}-2015-09月报.xlsx",
)


@dataclass
class Truth:
    """What collecting must find: the states of units by name, the rows of each, and the files.

    :ivar rows: unit → ledger → rows, for those whose workbook is clean.
    :ivar nil: unit → ledgers for which nothing is declared.
    """

    files: int = 0
    reported: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    nil: dict[str, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    unit: Place
    name: str
    content: bytes
    saved: dt.datetime


def write_month(target: Path, seed: int = SEED) -> Truth:
    """Write the files of a month into a folder, and return the truth about them; the same seed gives the same bytes.

    :param target: gets the folder of what arrived and the file with the truth.
    """
    places, rng = shipped_places(), random.Random(f"{seed} month")
    truth = Truth()
    files = list(_files(places, rng, sample_rows(places, seed), truth))
    truth.files = len(files)
    folder = target / ARRIVED
    folder.mkdir(parents=True, exist_ok=True)
    zipped = [one for one in files if places[one.unit.parent].name == _ZIPPED]
    others = [one for one in files if one not in zipped]
    _zip(folder / f"{_ZIPPED}9月.zip", zipped)
    for number, one in enumerate(others):
        if number < _MAILED:
            _mail(folder / f"邮件{number + 1}.eml", one)
        else:
            _loose(folder / places[one.unit.township].name / one.name, one)
    words = json.dumps(asdict(truth), ensure_ascii=False, indent=1)
    atomic_write(target / TRUTH, f"{words}\n".encode())
    return truth


def _files(places: Places, rng: random.Random, rows: Rows, truth: Truth) -> Iterator[_File]:
    month = Period.month(MONTH)
    units = reporting_units(month, places)
    villages = [unit for unit in units if unit.level == "village"]
    drawn = rng.sample(villages, MISSING + WRONG + TWICE)
    missing, wrong = drawn[:MISSING], drawn[MISSING : MISSING + WRONG]
    twice = drawn[MISSING + WRONG :]
    for number, unit in enumerate(units):
        if unit in missing:
            truth.missing.append(unit.name)
            continue
        mine = _rows_of(unit, owed(month)[unit.level], rows, month, places)
        name = _NAMES[number % len(_NAMES)].format(
            unit=unit.name, above=places[unit.parent].name, month=month.end.month, number=number
        )
        saved = dt.datetime(2015, 10, 1 + number % 8, 9, number % 60)
        sheets = list(mine.items())
        if unit in twice:
            first = [(ledger, many[:1]) for ledger, many in sheets]
            early = f"{name.removesuffix('.xlsx')}（初稿）.xlsx"
            yield _File(unit, early, _book(unit, first, places, number, saved - dt.timedelta(days=1)), saved)
            truth.twice.append(unit.name)
        if unit in wrong:
            _spoil(sheets, wrong.index(unit), month)
            truth.returned.append(unit.name)
        else:
            truth.reported.append(unit.name)
            truth.rows[unit.name] = {ledger.code: len(many) for ledger, many in sheets if many}
            truth.nil[unit.name] = [ledger.code for ledger, many in sheets if not many]
        yield _File(unit, name, _book(unit, sheets, places, number, saved), saved)


def _rows_of(
    unit: Place, ledgers: Sequence[Ledger], rows: Rows, month: Period, places: Places
) -> dict[Ledger, list[Row]]:
    """Return the rows of a month that a unit reports: a township unit those of its villages where they are its own."""
    return {
        ledger: [
            dict(row)
            for row in rows[ledger.code]
            if unit.code in places.line(row["place"]) and month.start <= row[ledger.dated] <= month.end
        ]
        for ledger in ledgers
    }


def _spoil(sheets: list[tuple[Ledger, list[Row]]], kind: int, month: Period) -> None:
    """Put one mistake into a workbook, each kind another; a ledger without rows gets one that lacks almost all."""
    number = next((n for n, (_ledger, many) in enumerate(sheets) if many), 0)
    ledger, many = sheets[number]
    if not many:
        many.append({ledger.key[0]: "样例-1", ledger.dated: month.start})
    row = many[0]
    choice = next((column.name for column in ledger.columns if column.kind == "choice"), ledger.dated)
    mistakes: tuple[tuple[str, object], ...] = (
        (ledger.dated, "九月初"),
        ("place", "无此村"),
        (ledger.dated, None),
        (choice, "没有这一类"),
        (ledger.key[0], None),
        (ledger.dated, "2015-13-01"),
    )
    name, value = mistakes[kind]
    row[name] = value


def _book(
    unit: Place, sheets: Sequence[tuple[Ledger, list[Row]]], places: Places, number: int, saved: dt.datetime
) -> bytes:
    """Return a workbook as one of several hands fills it in."""
    book, hand = Workbook(), number % len(_NAMES)
    book.remove(book.worksheets[0])
    for ledger, many in sheets:
        sheet = book.create_sheet(ledger.title[:31])
        if hand in {3, 4}:  # nothing but the cells says whose it is
            sheet.append([f"{unit.name}{ledger.title}"])
            sheet.append([f"填报单位：{unit.name}", None, "月份：2015年9月", None, "填表人：样例"])
        else:
            sheet.append([f"{unit.name}2015年9月{ledger.title}"])
        sheet.append(["序号", *ledger.labels.values()])
        for position, row in enumerate(many, start=1):
            cells = [
                places.names.get(str(row.get(c.name)), row.get(c.name)) if c.kind == "place" else row.get(c.name)
                for c in ledger.columns
            ]
            sheet.append([position, *(("是" if cell else "否") if isinstance(cell, bool) else cell for cell in cells)])
        if not many:
            sheet.append([None, ("本月无", "零报告", "无")[number % 3]])
    return bytes_of(book, "样例", saved)


def _loose(path: Path, one: _File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.content)
    _date(path, one.saved)


def _zip(path: Path, files: Sequence[_File]) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            archive.writestr(zipfile.ZipInfo(f"{_ZIPPED}/{one.name}", one.saved.timetuple()[:6]), one.content)
    path.write_bytes(buffer.getvalue())
    _date(path, max(one.saved for one in files))


def _mail(path: Path, one: _File) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        f"{one.unit.name}9月台账",
        "样例 <a@example.invalid>",
        "b@example.invalid",
    )
    message["Date"] = f"{one.saved:%a, %d %b %Y %H:%M:00} +0800"
    message.set_content("见附件。")
    message.add_attachment(one.content, maintype=_MIME[0], subtype=_MIME[1], filename=one.name)
    message.set_boundary("=====样例=====".encode().hex())
    path.write_bytes(message.as_bytes())
    _date(path, one.saved)


def _date(path: Path, moment: dt.datetime) -> None:
    stamp = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()
    os.utime(path, (stamp, stamp))


def main(arguments: list[str] | None = None) -> int:
    """Write the month, print the truth in numbers, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m govkit.demo.month", description=_("Write a month's workbooks as units would send them.")
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help=_("the folder to write into"))
    options = parser.parse_args(arguments)
    truth = write_month(options.output)
    sys.stdout.write(
        f"{options.output / ARRIVED}：{truth.files}个文件，"
        f"已报{len(truth.reported)}个、退回{len(truth.returned)}个、未报{len(truth.missing)}个单位\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
