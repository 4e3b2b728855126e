"""What the readers of a document are told of units that have not reported: a paragraph, and the marks in tables."""

import re
from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.reported import UNREPORTED, Reported, Rests, month_numbers
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

TOTAL = "合计"
_COUNTED = re.compile(r"[+\-−]?\d[\d,]*(\.\d+)?%?")
_NUMBERING = "序号"
_NAMED = 30
"""How many missing units the first paragraph names."""


def silent_units(reported: Reported, places: Places, place: Place, period: Period) -> tuple[str, ...]:
    """Return the codes of the units, the district for its own ledgers among them, that reported nothing of a period."""
    none = reported.of_month(place, period).none
    if place.level != "district" or reported.of_own(place, period).complete:
        return none
    return (*none, places.district.code)


def paragraph(snapshot: "Snapshot", place: Place, period: Period) -> str:
    """Return who has not reported a month, and what that makes of the figures, in words; empty if all have.

    >>> paragraph(snapshot, snapshot.places.district, Period.month("2015-09"))
    ''
    """
    reported, names = snapshot.reported, snapshot.places.names
    month, year = reported.of_month(place, period), reported.of_month(place, period.year_to_date())
    own_lacks = place.level == "district" and not reported.of_own(place, period).complete
    earlier = [
        f"{names[unit]}缺{month_numbers(months)}"
        for unit, months in year.part.items()
        if unit not in month.none or len(months) > 1
    ]
    if month.complete and not own_lacks and not earlier:
        return ""
    said = _of_units(month, names, period) if month.none else ""
    said += f"{place.name}本级没有报送{period.label}台账。" if own_lacks else ""
    said += f"本年以前月份，{'；'.join(earlier)}。" if earlier else ""
    scope = "" if month.single else "合计、率和名次只含已报送的单位；"
    return f"{said}{scope}没有报送的数写“{UNREPORTED}”，不按0计算。"


def _of_units(month: Rests, names: Mapping[str, str], period: Period) -> str:
    listed = "、".join(names[unit] for unit in month.none[:_NAMED]) + ("等" if len(month.none) > _NAMED else "")
    if month.single:
        return f"{listed}没有报送{period.label}台账。"
    count = len(month.whole) + len(month.lacking)
    kind = "单位" if month.villages else "乡镇（街道）"
    return (
        f"{period.label}应当报送台账的{kind}{count}个，已报送{count - len(month.none)}个，"
        f"未报送{len(month.none)}个：{listed}。"
    )


def marked(table: pd.DataFrame, rests: Rests, names: Mapping[str, str]) -> pd.DataFrame:
    """Return a table whose numbers say what they rest on.

    Where nobody reported, every number is 未报送, and a table without rows says so in a row. Else the rows of units
    that did not report are 未报送, and the row 合计 says over how many of how many units it is.

    :param names: the names of units by code, as the table's first column writes them.
    """
    if rests.complete:
        return table
    if rests.silent and table.empty:
        headings = list(table.columns) or ["情况"]
        return pd.DataFrame([[UNREPORTED, *[wording.NOTHING] * (len(headings) - 1)]], columns=headings)
    if table.empty:
        return table
    shown = table.astype("object").reset_index(drop=True)
    first = shown.columns[0]
    silent = {names[unit] for unit in (*rests.none, *rests.above)}
    nothing = rests.nothing or (rests.own and not _counts_any(shown))
    for at, label in enumerate(shown[first].tolist()):
        if nothing or label in silent:
            shown.loc[at] = [label, *(_unreported(name, shown.loc[at, name]) for name in shown.columns[1:])]
        elif label == TOTAL and rests.words:
            shown.loc[at, first] = f"{TOTAL}（{rests.words}）"
    return shown


def _counts_any(table: pd.DataFrame) -> bool:
    """Return whether a table holds a number other than 0 beside its first column."""
    cells = [str(cell) for name in table.columns[1:] if name != _NUMBERING for cell in table[name]]
    return any(_COUNTED.fullmatch(cell) and cell.strip("0.,%+-−") for cell in cells)


def _unreported(heading: str, cell: object) -> object:
    if heading == _NUMBERING:
        return cell
    counted = isinstance(cell, Number) or cell is None or (isinstance(cell, str) and _COUNTED.fullmatch(cell))
    return UNREPORTED if counted else cell
