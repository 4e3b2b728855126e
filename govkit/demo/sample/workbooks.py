"""The sample's workbooks: one per township unit and one for the district, filled in the way staff do.

The same seed gives the same bytes.
"""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.demo.sample import SEED, sample_rows
from govkit.demo.sample.common import YEAR, Row, Rows
from govkit.institutions import ledgers
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.export import bytes_of
from govkit.ledgers.places import Place, Places, shipped_places

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_DAY_FORMS = ("{0}/{1}/{2}", "{0}年{1}月{2}日", "{0}.{1}.{2}")


@dataclass(frozen=True, slots=True)
class Hand:
    """The handwriting of one person, with variants that the checker reads back as the same value."""

    rng: random.Random
    places: Places

    def written(self, value: Any, column: Column) -> Any:
        """Return the content of the cell: text, a number, a day or None."""
        match column.kind:
            case _ if value is None:
                cell = None
            case "date" if self._lapses(0.07):
                cell = self._day(value)
            case "integer" if self._lapses(0.015):
                cell = str(value).translate(_FULL_WIDTH)
            case "flag":
                cell = ("√" if value else "×") if self._lapses(0.1) else ("是" if value else "否")
            case "choice" if self._lapses(0.06):
                cell = next((other for other, listed in column.synonyms.items() if listed == value), value)
            case "place":
                cell = self._place(value)
            case _:
                cell = value
        return cell

    def _lapses(self, share: float) -> bool:
        return self.rng.random() < share

    def _day(self, day: dt.date) -> str:
        return self.rng.choice(_DAY_FORMS).format(day.year, day.month, day.day)

    def _place(self, code: str) -> str:
        place = self.places[code]
        short = place.name.removesuffix("村")
        return short if place.level == "village" and len(short) > 2 and self._lapses(0.08) else place.name


_HEADER_FILL = PatternFill("solid", fgColor="D9E2EF")
_WIDTHS = {"text": 18, "date": 13, "integer": 11, "number": 12, "choice": 14, "flag": 13, "place": 19}

_NOTES = (
    "样例数据，不是真实记录。",
    "人名全部虚构；电话均为样例号段；编号、金额、户数等除公开数字外均为样例。",
    f"年份{YEAR}为推定：公开材料没有写明年份。",
    "村名带“样例”的为虚构村；若干真实村的所属乡镇为样例假定（见地名表备注）。",
    "各台账合计与公开数字一致；公开数字为约数的，样例取其范围内的一个数。",
    "日期写成 2015-09-01 这样的形式；所属单位、类别等按规定名称填写。",
)


def write(directory: Path, seed: int = SEED) -> list[Path]:
    """Write the seven workbooks into ``directory`` and return their paths, the district's last.

    All are built before the first is written.

    :raises InternalError: the folder cannot be written.
    """
    contents = workbooks(seed)
    _make_folder(directory)
    for name, content in contents.items():
        atomic_write(directory / name, content)
    return [directory / name for name in contents]


def _make_folder(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InternalError(
            Problem(
                Where(str(directory)),
                _("The sample workbooks cannot be written here ({reason})").format(reason=error.strerror or error),
                _("Name a folder that may be written"),
            )
        ) from error


def workbooks(seed: int = SEED) -> dict[str, bytes]:
    """Return the workbooks by file name, township units first, in the order of the register."""
    places = shipped_places()
    rows = sample_rows(places, seed)
    units = [*places.at("township"), places.district]
    return {
        f"样例-{unit.name}{YEAR}年台账.xlsx": _workbook(
            unit, _of_unit(rows, unit, places), Hand(random.Random(f"{seed} workbook {unit.code}"), places)
        )
        for unit in units
    }


def _of_unit(rows: Rows, unit: Place, places: Places) -> Rows:
    mine = {code: [row for row in many if places[row["place"]].township == unit.code] for code, many in rows.items()}
    return {code: many for code, many in mine.items() if many}


def _workbook(unit: Place, rows: Rows, hand: Hand) -> bytes:
    book = Workbook()
    notes = book.active
    assert isinstance(notes, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    _fill_notes(notes, unit)
    declared = ledgers()
    for code, many in rows.items():
        _fill_ledger(book.create_sheet(declared[code].title), declared[code], unit, many, hand)
    return bytes_of(book, "样例")


def _fill_notes(sheet: Worksheet, unit: Place) -> None:
    sheet.title = "填表说明"
    sheet.append([f"{unit.name}{YEAR}年台账（样例数据）"])
    sheet["A1"].font = Font(bold=True, size=14)
    for number, note in enumerate(_NOTES, 1):
        sheet.append([f"{number}. {note}"])
        sheet.cell(sheet.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 90


def _fill_ledger(sheet: Worksheet, ledger: Ledger, unit: Place, rows: list[Row], hand: Hand) -> None:
    sheet.append([f"{unit.name}{YEAR}年{ledger.title}（样例数据）"])
    if hand.rng.random() < 0.4:
        sheet.append([])
        sheet.append([f"填报单位：{unit.name}"])
    _fill_header(sheet, ledger)
    gap = hand.rng.randrange(len(rows)) if hand.rng.random() < 0.3 else 0
    for number, row in enumerate(rows, 1):
        if gap and number == gap + 1:
            sheet.append([])
        sheet.append([number, *(hand.written(row.get(column.name), column) for column in ledger.columns)])
    _fill_footer(sheet, ledger, rows, hand.rng)


def _fill_header(sheet: Worksheet, ledger: Ledger) -> None:
    sheet.append(["序号", *ledger.labels.values()])
    header = sheet.max_row
    for cell in sheet[header]:
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    title = sheet.cell(1, 1)
    title.font = Font(bold=True, size=14)
    title.alignment = Alignment(horizontal="center")
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(ledger.columns) + 1)
    sheet.freeze_panes = f"C{header + 1}"
    sheet.column_dimensions["A"].width = 6
    for number, column in enumerate(ledger.columns, 2):
        sheet.column_dimensions[get_column_letter(number)].width = _width(column)


def _width(column: Column) -> int:
    if column.personal == "narrative" or column.name in {"title", "summary"}:
        return 36
    return max(_WIDTHS[column.kind], 2 * len(column.heading) + 3)


def _fill_footer(sheet: Worksheet, ledger: Ledger, rows: list[Row], rng: random.Random) -> None:
    if rng.random() < 0.5:
        totals = [_total(column, rows) for column in ledger.columns[1:]]
        sheet.append(["合计", f"{len(rows)}条", *totals])
    if rng.random() < 0.3:
        sheet.append([])
        sheet.append(["填表人：样例"])


def _total(column: Column, rows: Iterable[Row]) -> Any:
    if column.kind != "integer" or column.unit not in {"人次", "个", "户"}:
        return None
    return sum(row.get(column.name) or 0 for row in rows)
