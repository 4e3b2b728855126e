"""Sheets as offices lay them out, each with the truth about its cells; made from a seed. All persons are invented.

A *kind* is a combination of what stands above, how the header is built, what stands between the rows and below them,
and how tables share the sheet. Half of the kinds are kept apart: the finder was never adjusted to them.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from govkit.institutions import ledgers
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.read.layout import Role
from govkit.ledgers.read.sheet import Sheet

ABOVE = ("nothing", "title", "title and unit", "title, blank, form", "day at the right")
HEADER = (
    "one row",
    "two rows",
    "three rows",
    "two rows unmerged",
    "numbered",
    "units below",
    "broken lines",
    "other order",
)
BETWEEN = ("nothing", "blank rows", "subtotals", "merged down", "groups", "running numbers", "header again")
BELOW = ("nothing", "total", "total and signers", "notes", "items", "signers at the right")
SHARING = ("alone", "further in", "side by side", "one below the other", "turned", "strange column")
KINDS = tuple(itertools.product(ABOVE, HEADER, BETWEEN, BELOW, SHARING))
CODES = ("disputes", "agency_services", "assisted_households", "training_sessions", "grid_staff", "mediation_teams")
VILLAGES = ("马村", "北西尚村", "阳庙镇北西尚村")
NAMES = ("张样例", "王样例", "李样例", "欧阳样例", "赵样例（女）")
GROUPS = ("基本信息", "办理情况", "其他")


@dataclass
class Labelled:
    """A sheet and the role of each filled cell.

    :ivar kind: what it is made of.
    :ivar rows: how many rows of data it holds.
    """

    kind: tuple[str, ...]
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    roles: dict[tuple[int, int], Role] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    rows: int = 0

    def put(self, row: int, column: int, value: Any, role: Role) -> None:
        """Write a cell."""
        if value is not None:
            self.cells[row, column] = value
            self.roles[row, column] = role

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge an area, whose first cell holds the value."""
        if (bottom, right) != (top, left):
            self.merged.append((top, left, bottom, right))

    def turned(self) -> None:
        """Swap rows and columns."""
        self.cells = {(c, r): value for (r, c), value in self.cells.items()}
        self.roles = {(c, r): role for (r, c), role in self.roles.items()}
        self.merged = [(b, a, d, c) for a, b, c, d in self.merged]

    def sheet(self) -> Sheet:
        """Return the sheet as a reader would."""
        height, width = (max(place[n] for place in self.cells) for n in (0, 1))
        rows = [[self.cells.get((r, c)) for c in range(1, width + 1)] for r in range(1, height + 1)]
        frame = pd.DataFrame(rows, dtype=object, index=range(1, height + 1), columns=range(1, width + 1))
        return Sheet("Sheet1", frame.astype(object).where(frame.notna(), None), tuple(sorted(self.merged)))


def kinds(apart: bool, seed: int = 12) -> list[tuple[str, ...]]:
    """Return the kinds in a random order: those kept apart, or the others."""
    shuffled = random.Random(seed).sample(KINDS, len(KINDS))
    fits = [
        kind
        for kind in shuffled
        if not (kind[4] == "turned" and (kind[1] not in {"one row", "other order"} or kind[2] != "nothing"))
    ]
    return [kind for number, kind in enumerate(fits) if (number % 2 == 1) == apart]


def layouts(count: int, apart: bool) -> Iterator[Labelled]:
    """Yield sheets, each of another kind."""
    for number, kind in enumerate(kinds(apart)[:count]):
        yield layout(kind, random.Random(number * 2 + apart))


def layout(kind: tuple[str, ...], pick: random.Random) -> Labelled:
    """Return one sheet of a kind."""
    made = Labelled(kind)
    ledger = ledgers()[pick.choice(CODES)]
    left = 3 if kind[4] == "further in" else 1
    columns = _columns(ledger, kind, pick)
    top = _above(made, kind[0], ledger, left, len(columns), pick) if kind[4] != "turned" else 1
    row = _table(made, kind, ledger, columns, top, left, pick)
    if kind[4] == "side by side":
        alike = kind[1] if kind[1] in {"numbered", "units below"} else "one row"
        beside = left + len(columns) + 1 + (kind[2] == "running numbers")
        first = top if alike == kind[1] else top + _depth(kind[1], columns) - 1
        _table(made, ("", alike, "nothing", "nothing", ""), ledger, columns, first, beside, pick)
    elif kind[4] == "one below the other":
        other = ledgers()["conduct_supervisors" if ledger.code != "grid_staff" else "grids"]
        made.put(row + 1, 1, f"{other.title}", "title")
        _table(made, ("", "one row", "nothing", "nothing", ""), other, list(other.columns), row + 2, 1, pick)
    elif kind[4] == "turned":
        made.turned()
    return made


def _depth(header: str, columns: list[Column]) -> int:
    if header == "units below" and not any(column.unit for column in columns):
        return 1
    return {"two rows": 2, "three rows": 3, "two rows unmerged": 2, "numbered": 2, "units below": 2}.get(header, 1)


def _columns(ledger: Ledger, kind: tuple[str, ...], pick: random.Random) -> list[Column]:
    columns = [c for c in ledger.columns if c.required or pick.random() < 0.7]
    if kind[1] == "other order":
        pick.shuffle(columns)
    return columns


def _above(made: Labelled, above: str, ledger: Ledger, left: int, width: int, pick: random.Random) -> int:
    """Write what stands above the table; return the header's first row."""
    title = pick.choice(("阳庙镇2015年度{}", "{}（2015年）", "马村{}登记表", "{}")).format(ledger.title)
    row = pick.choice((1, 1, 2))
    if above == "nothing":
        return 1
    made.put(row, left, title, "title")
    made.merge(row, left, row, left + width - 1)
    if above == "title":
        return row + 1
    if above == "title and unit":
        made.put(row + 1, left, "填报单位：阳庙镇　　　填报日期：2016年1月5日", "title")
        made.merge(row + 1, left, row + 1, left + width - 1)
        return row + 2
    if above == "day at the right":
        made.put(row + 1, left, "填报单位（盖章）：阳庙镇", "title")
        made.put(row + 1, left + width - 1, "2016年1月5日", "title")
        return row + 2
    made.put(row + 2, left, "填报单位：", "title")
    made.put(row + 2, left + 1, "阳庙镇", "title")
    made.put(row + 2, left + 3, "联系人：王样例", "title")
    return row + 3


def _table(
    made: Labelled,
    kind: tuple[str, ...],
    ledger: Ledger,
    columns: list[Column],
    top: int,
    left: int,
    pick: random.Random,
) -> int:
    """Write a table; return the row after it."""
    _, header, between, below, sharing = kind
    numbered = between == "running numbers"
    first = left + numbered
    start = _header(made, header, columns, top, first, sharing, pick)
    if numbered:
        made.put(top, left, "序号", "header")
        made.merge(top, left, top + _depth(header, columns) - 1, left)
    row, count = start, pick.randint(3, 9)
    since = start
    for number in range(count):
        if between == "blank rows" and number and pick.random() < 0.4:
            row += 1
        if between == "groups" and number % 3 == 0:
            made.put(row, first, f"{'一二三四'[number // 3]}、{pick.choice(('阳庙镇', '第一批', '上半年'))}", "ignored")
            made.merge(row, first, row, first + len(columns) - 1)
            row += 1
        if between == "header again" and number == count // 2:
            for offset, column in enumerate(columns):
                made.put(row, first + offset, column.heading, "header")
            row += 1
        if between == "subtotals" and number and number % 3 == 0:
            row = _total(made, "小计", columns, row, first, row - since)
            since = row
        if numbered:
            made.put(row, left, float(number + 1), "body")
        _row(made, ledger, columns, row, first, number, pick)
        if sharing == "strange column" and number == 0:
            made.put(row, first + len(columns), "已核实", "body")
        made.rows += 1
        row += 1
    if between == "merged down" and count > 2:
        _merge_villages(made, columns, start, row - 1, first)
    return _below(made, below, columns, row, first)


def _header(
    made: Labelled, header: str, columns: list[Column], top: int, left: int, sharing: str, pick: random.Random
) -> int:
    """Write the header; return the first row of the body."""
    depth = _depth(header, columns)
    grouped = depth > 1 and header in {"two rows", "three rows", "two rows unmerged"}
    groups = [(1, 2), (3, len(columns))] if len(columns) > 4 else [(1, len(columns))]
    for offset, column in enumerate(columns):
        words = column.heading
        if header == "units below" and column.unit:
            words = column.title
            made.put(top + 1, left + offset, f"（{column.unit}）", "header")
        if header == "broken lines":
            words = f"{words[:2]}\n{words[2:]} "
        inside = grouped and any(low <= offset < high for low, high in groups)
        leaf = top + depth - 1 if inside else top
        made.put(leaf, left + offset, words, "header")
        if not inside and header in {"two rows", "three rows"}:
            made.merge(top, left + offset, top + depth - 1, left + offset)
        if header == "numbered":
            made.put(top + 1, left + offset, str(offset + 1), "header")
    for number, (low, high) in enumerate(groups if grouped else []):
        for level in range(depth - 1):
            made.put(top + level, left + low, GROUPS[number] if level == 0 else f"{GROUPS[number]}{level}", "header")
            if header != "two rows unmerged":
                made.merge(top + level, left + low, top + level, left + high - 1)
    if sharing == "strange column":
        made.put(top, left + len(columns), pick.choice(("备注", "处理意见", "包村干部")), "header")
        made.merge(top, left + len(columns), top + depth - 1, left + len(columns))
    return top + depth


def _row(
    made: Labelled, ledger: Ledger, columns: list[Column], row: int, left: int, number: int, pick: random.Random
) -> None:
    for offset, column in enumerate(columns):
        if column.required or pick.random() < 0.6:
            made.put(row, left + offset, _value(ledger, column, number, pick), "body")


def _value(ledger: Ledger, column: Column, number: int, pick: random.Random) -> Any:
    day = dt.date(2015, 1 + number % 9, 1 + pick.randrange(27))
    match column.kind:
        case "date":
            return pick.choice((day, f"{day:%Y.%m.%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"))
        case "integer" | "number":
            return pick.choice((float(pick.randint(1, 90)), f"{pick.randint(1000, 9000):,}"))
        case "choice":
            return pick.choice(column.choices)
        case "flag":
            return pick.choice(("是", "否"))
        case "place":
            return pick.choice(VILLAGES)
    if column.kind == "text":
        return _words(ledger, column, number, pick)
    raise AssertionError(column.kind)


def _words(ledger: Ledger, column: Column, number: int, pick: random.Random) -> Any:
    if column.name in ledger.key:
        return f"{pick.choice(('JF', 'DB', '编号'))}-{number + 1:03}"
    if column.personal == "phone":
        return pick.choice((13800000001.0, "13800000002", "0391-3560000"))
    return pick.choice(
        NAMES if column.personal == "name" else ("宅基地边界起纠纷", "户口登记", "第一网格", "低保申请，已转民政所")
    )


def _merge_villages(made: Labelled, columns: list[Column], first: int, last: int, left: int) -> None:
    offset = next(number for number, column in enumerate(columns) if column.kind == "place")
    made.merge(first, left + offset, last, left + offset)
    for row in range(first + 1, last + 1):
        made.cells.pop((row, left + offset), None)
        made.roles.pop((row, left + offset), None)


def _total(made: Labelled, label: str, columns: list[Column], row: int, left: int, count: int) -> int:
    made.put(row, left, label, "total")
    for offset, column in enumerate(columns[1:], start=1):
        if column.kind in {"integer", "number"}:
            made.put(row, left + offset, float(count), "total")
    made.put(row, left + 1, f"{count}件", "total")
    return row + 1


def _below(made: Labelled, below: str, columns: list[Column], row: int, left: int) -> int:
    if below in {"total", "total and signers"}:
        row = _total(made, "合  计", columns, row, left, 5)
    if below == "total and signers":
        made.put(row, left, "填表人：王样例", "note")
        made.put(row, left + 2, "审核人：李样例", "note")
        return row + 1
    if below == "notes":
        made.put(row + 1, left, "注：本表每月5日前报送，由代办员填写。", "note")
        made.merge(row + 1, left, row + 1, left + len(columns) - 1)
        return row + 2
    if below == "items":
        for number, words in enumerate(("填表说明：", "1、一件一行，不得合并。", "2、日期按实际填写。")):
            made.put(row + number, left, words, "note")
        return row + 3
    if below == "signers at the right":
        made.put(row + 1, left + len(columns) - 1, "单位负责人（签字）：", "note")
        made.put(row + 2, left + len(columns) - 1, "2016年1月5日", "note")
        return row + 3
    return row
