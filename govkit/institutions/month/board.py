"""The board of a month's reports (报送情况): units × ledgers, and the lists that are pasted to a chat.

A list names units and counts, never a person, a matter or a file. The board itself stays on the machine.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from govkit.institutions import ledgers
from govkit.institutions.month.blanks import reporting_units
from govkit.institutions.reporting import Duty, Held, duties, reported
from govkit.ledgers import submission
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.ledgers.submission import Kept

State = Literal["reported", "nil", "returned", "missing", "none"]
WORDS: Mapping[State, str] = {
    "reported": "已报",
    "nil": "零报告",
    "returned": "退回",
    "missing": "未报",
    "none": "",
}
COLOURS: Mapping[State, str] = {
    "reported": "C6E5C3",
    "nil": "DCE9F7",
    "returned": "F8D9A8",
    "missing": "F5C0BB",
    "none": "FFFFFF",
}
"""State → its colour; the word stands in each cell too, so that the board reads in grey."""
DONE = ("reported", "nil")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one unit did about one ledger.

    :ivar state: ``none`` where the unit does not report this ledger.
    :ivar late: by how many days it came, or is, too late; None where no day is supplied or it is in time.
    :ivar received: the day it arrived.
    :ivar person: who collected it.
    :ivar filler: who filled it in, as the workbook says.
    :ivar version: the store's version that it came with.
    :ivar source: the file.
    """

    state: State
    late: int | None = None
    received: str = ""
    person: str = ""
    filler: str = ""
    version: int | None = None
    source: str = ""
    rows: int = 0
    problems: int = 0

    @property
    def words(self) -> str:
        """The cell in words.

        >>> Cell("reported", late=3).words, Cell("missing").words
        ('已报，迟3天', '未报')
        """
        return WORDS[self.state] + (f"，迟{self.late}天" if self.late else "")


@dataclass(frozen=True)
class Board:
    """Units × ledgers of a month.

    :ivar on: the day on which it is looked at.
    :ivar ledgers: the codes of the ledgers that anybody reports.
    :ivar cells: unit's code and ledger's code → cell.
    :ivar dated: whether any day is supplied by which reports are due.
    """

    month: Period
    on: dt.date
    units: tuple[Place, ...]
    ledgers: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    dated: bool
    places: Places = field(repr=False)

    def cell(self, unit: Place, ledger: str) -> Cell:
        """Return a cell; one that is not reported is ``none``."""
        return self.cells.get((unit.code, ledger), Cell("none"))

    def of(self, unit: Place) -> list[Cell]:
        """Return the cells of the ledgers that a unit reports."""
        return [cell for code in self.ledgers if (cell := self.cell(unit, code)).state != "none"]

    def state(self, unit: Place) -> State:
        """Return the state of a unit as a whole: sent back, missing (wholly or in part), nothing at all, or reported.

        A unit of which some ledgers came in and some did not is ``missing``, see :meth:`lacking`.
        """
        states = {cell.state for cell in self.of(unit)}
        for worst in ("returned", "missing", "reported"):
            if worst in states:
                return worst
        return "nil"

    def lacking(self, unit: Place) -> int:
        """Return how many ledgers a unit lacks."""
        return sum(cell.state == "missing" for cell in self.of(unit))

    def counts(self) -> Counter[State]:
        """Return how many units are in which state."""
        return Counter(self.state(unit) for unit in self.units)

    def late(self, unit: Place) -> int | None:
        """Return by how many days a unit is too late, at most; None where it is in time or no day is supplied."""
        return max((cell.late for cell in self.of(unit) if cell.late), default=None)

    def narrowed(
        self, township: str = "", states: Iterable[str] = (), codes: Iterable[str] = (), *, late: bool = False
    ) -> "Board":
        """Return the units of a township unit, in some states, and some ledgers only.

        :param township: the code of a place; only units in it.
        :param states: states of units as a whole.
        :param codes: ledgers.
        :param late: only units that are too late.
        """
        wanted, kept = set(states), set(codes)
        units = tuple(
            unit
            for unit in self.units
            if (not township or township in self.places.line(unit.code))
            and (not wanted or self.state(unit) in wanted)
            and (not late or self.late(unit))
        )
        own = tuple(code for code in self.ledgers if not kept or code in kept)
        return Board(self.month, self.on, units, own, self.cells, self.dated, self.places)

    def frame(self) -> pd.DataFrame:
        """Return the board as a table: one row a unit, one column a ledger, in words."""
        titles = ledgers()
        rows = [
            {
                "乡镇（街道）": self.places[unit.township].name,
                "单位": unit.name,
                "情况": WORDS[self.state(unit)] + (f"（缺{lack}本）" if (lack := self.lacking(unit)) else ""),
                **{titles[code].title: self.cell(unit, code).words for code in self.ledgers},
                "最迟（天）": self.late(unit),
            }
            for unit in self.units
        ]
        table = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["单位"])
        return table.astype({"最迟（天）": "Int64"}) if rows else table

    def details(self) -> pd.DataFrame:
        """Return every cell as a row: state, days late, when, by whom, which version and file."""
        titles = ledgers()
        rows = [
            {
                "乡镇（街道）": self.places[unit.township].name,
                "单位": unit.name,
                "台账": titles[code].title,
                "情况": WORDS[cell.state],
                "迟几天": cell.late,
                "收到日期": cell.received,
                "填表人": cell.filler,
                "收表人": cell.person,
                "版本": cell.version,
                "行数": cell.rows if cell.state == "reported" else None,
                "问题": cell.problems or None,
                "文件": cell.source,
            }
            for unit in self.units
            for code in self.ledgers
            if (cell := self.cell(unit, code)).state != "none"
        ]
        table = pd.DataFrame(rows)
        numbers = [name for name in ("迟几天", "版本", "行数", "问题") if name in table]
        return table.astype(dict.fromkeys(numbers, "Int64"))

    def as_dict(self) -> dict[str, object]:
        """Return the board for a program to read."""
        counts = self.counts()
        cells = self.details().astype(object)
        return {
            "month": self.month.code,
            "on": self.on.isoformat(),
            "units": len(self.units),
            "counts": {state: counts[state] for state in WORDS if state != "none"},
            "cells": cells.where(cells.notna(), None).to_dict("records"),
        }


def board(source: Held, month: Period, on: dt.date) -> Board:
    """Return the board of a month.

    :param source: a snapshot.
    :param on: the day on which it is looked at; what is missing is late by then.
    :raises InputError: the rules of reporting are wrong.

    >>> found = board(snapshot, Period.month("2015-09"), dt.date(2015, 10, 8))
    >>> len(found.units), len(found.ledgers), dict(found.counts())
    (110, 7, {'reported': 110})
    """
    owed = duties(month.end)
    kept = [one for one in submission.in_force(source.commits) if one.submission.month == month.code]
    last, whole = (
        submission.latest(kept),
        {one.submission.unit: one for one in kept if not one.submission.ledger and not one.submission.accepted},
    )
    cells: dict[tuple[str, str], Cell] = {}
    for duty in owed:
        found = reported(source, duty.ledger, month)
        nil, missing = set(found.nil), set(found.missing)
        for unit in (place for place in source.places if place.level == duty.level):
            one = last.get((unit.code, duty.ledger, month.code))
            one = one or (whole.get(unit.code) if unit.code in missing else None)
            state: State = "missing" if unit.code in missing else "nil" if unit.code in nil else "reported"
            cells[unit.code, duty.ledger] = _cell(state, one, duty, month, on)
    codes = tuple(dict.fromkeys(duty.ledger for duty in owed))
    units = tuple(reporting_units(month, source.places))
    return Board(month, on, units, codes, cells, any(duty.day for duty in owed), source.places)


def _cell(state: State, one: Kept | None, duty: Duty, month: Period, on: dt.date) -> Cell:
    due = duty.due(month)
    if one is not None and not one.submission.accepted:
        state = "returned"
    came = one.submission.received if one and state in DONE else ""
    day = dt.date.fromisoformat(came) if came else (None if state in DONE else on)
    late = (day - due).days if due and day and day > due else None
    if one is None:
        return Cell(state, late)
    told = one.submission
    return Cell(state, late, told.received, one.person, told.filler, one.version, told.source, told.rows, told.problems)


def lists(found: Board, returned: Mapping[str, int] | None = None) -> dict[str, str]:
    """Return the lists to paste to a chat, by name: 催报 and 退回; units and counts only.

    :param returned: unit's code → the number of problems of its workbook; by default as the board has it.

    >>> print(lists(board(snapshot, Period.month("2015-09"), dt.date(2015, 10, 8)))["催报"])
    2015年9月台账报送情况（截至10月8日）：应报110个单位，已报110个（其中零报告0个），退回0个，未报0个。
    应报的单位都已报送。
    """
    counts = found.counts()
    lacking = [unit for unit in found.units if found.state(unit) == "missing"]
    back = [unit for unit in found.units if found.state(unit) == "returned"]
    done = counts["reported"] + counts["nil"]
    head = (
        f"{found.month.label}台账报送情况（截至{found.on.month}月{found.on.day}日）：应报{len(found.units)}个单位，"
        f"已报{done}个（其中零报告{counts['nil']}个），退回{len(back)}个，未报{len(lacking)}个。"
    )
    called = [head, *_called(found, lacking)] if lacking else [head, "应报的单位都已报送。"]
    sent = [f"{found.month.label}台账退回{len(back)}个单位，请按退回件改正后重报："] if back else ["没有退回的单位。"]
    for name, units in _by_township(found, back):
        said = "、".join(f"{unit.name}（{_problems(found, unit, returned)}处）" for unit in units)
        sent.append(f"{name}（{len(units)}个）：{said}")
    return {"催报": "\n".join(called), "退回": "\n".join(sent)}


def _called(found: Board, lacking: Sequence[Place]) -> Iterator[str]:
    yield "下列单位未报，请尽快报送："
    for name, units in _by_township(found, lacking):
        said = "、".join(
            unit.name
            + (f"（缺{lack}本）" if (lack := found.lacking(unit)) < len(found.of(unit)) else "")
            + (f"（已迟{late}天）" if (late := found.late(unit)) else "")
            for unit in units
        )
        yield f"{name}（{len(units)}个）：{said}"


def _by_township(found: Board, units: Sequence[Place]) -> Iterator[tuple[str, list[Place]]]:
    for code in dict.fromkeys(unit.township for unit in units):
        yield found.places[code].name, [unit for unit in units if unit.township == code]


def _problems(found: Board, unit: Place, returned: Mapping[str, int] | None) -> int:
    if returned and unit.code in returned:
        return returned[unit.code]
    files = {cell.source: cell.problems for cell in found.of(unit) if cell.state == "returned"}
    return sum(files.values())


def coloured(found: Board) -> bytes:
    """Return the board as a workbook: the grid in colours with its filter, and a sheet with every cell's details."""
    from io import BytesIO

    from openpyxl import load_workbook
    from openpyxl.styles import PatternFill

    from govkit.ledgers.export import Sheet, book_of, bytes_of

    content = book_of([Sheet("报送情况", found.frame()), Sheet("明细", found.details())])
    book = load_workbook(BytesIO(content))
    page = book["报送情况"]
    fills = {state: PatternFill("solid", fgColor=f"FF{colour}") for state, colour in COLOURS.items()}
    for row, unit in enumerate(found.units, start=2):
        page.cell(row, 3).fill = fills[found.state(unit)]
        for column, code in enumerate(found.ledgers, start=4):
            cell = found.cell(unit, code)
            if cell.state != "none":
                page.cell(row, column).fill = fills[cell.state]
    page.freeze_panes = "C2"
    for sheet in book.worksheets:
        sheet.auto_filter.ref = sheet.dimensions
    return bytes_of(book, "govkit")
