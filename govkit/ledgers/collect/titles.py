"""What a sheet says above its rows: the unit, the month, who filled it in, a declared nothing (零报告)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from govkit.ledgers.cells import is_blank, plain
from govkit.ledgers.places import Place, Places
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.workbook import column_letters
from govkit.ledgers.units import is_unit

COVER = "报送单"
"""The name of the sheet on which a unit says what it reports."""
NIL_LABEL = "本月零报告："
"""The label in a ledger's sheet; beside it stands the answer."""
NIL = "零报告"
SOME = "有记录"
_TITLE_ROWS = 10
_NIL_ROW = re.compile(r"(本月|当月|本期)?(零报告|无(此类|相关)?(事项|记录|情况|纠纷|业务|内容)?|没有|未发生|零)[。.!]?")
_NIL_LABEL = re.compile(r".*零报告[^:]*:\s*(.*)")
_YES = {"是", "√", "1", NIL, f"本月{NIL}"}
_LABELS = {
    "unit": r"(?:填报|报送|上报|报表)?单位(?:名称)?(?:\((?:盖章|公章|签章)\))?",
    "year": r"(?:年度|年份)",
    "month": r"(?:报送|所属|统计)?月份",
    "filler": r"(?:填表|填报|制表|经办|报送)人(?:员)?",
    "other": r"(?:填[报表]|报送|上报|制表)?(?:日期|时间)|联系(?:电话|方式)|电话|审核人?|负责人|分管领导",
}
_LABEL = re.compile("|".join(rf"(?P<{name}>{words})" for name, words in _LABELS.items()))
_LABELLED = re.compile(rf"({'|'.join(_LABELS.values())})\s*:\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """Words and the cell that they stand in."""

    words: str
    cell: str


@dataclass
class Titles:
    """What a sheet says above its rows.

    :ivar labelled: ``unit``, ``year``, ``month``, ``filler`` → what stands after that label, the first of each.
    :ivar titles: the other texts above the rows.
    :ivar nil: where the sheet declares that there was nothing.
    """

    labelled: dict[str, Said] = field(default_factory=dict)
    titles: list[Said] = field(default_factory=list)
    nil: Said | None = None


def filled(sheet: Sheet, rows: int | None = None) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Yield row number and, of each filled cell, column number and tidy text; rows without any are left out."""
    cells = sheet.cells if rows is None else sheet.cells.iloc[:rows]
    columns = [int(str(column)) for column in cells.columns]
    for number, row in zip(cells.index, cells.to_numpy(dtype=object), strict=True):
        texts = [(column, plain(raw)) for column, raw in zip(columns, row, strict=True) if not is_blank(raw)]
        if texts:
            yield int(str(number)), texts


def read_titles(sheet: Sheet, places: Places) -> Titles:
    """Return what a sheet says of itself; the cells that declare a nothing are blanked in the sheet.

    :param sheet: the sheet; its cells are changed.
    :param places: the register, since a row may name the unit beside the words 本月无.
    """
    found = Titles()
    for row, cells in filled(sheet, _TITLE_ROWS):
        for place, (column, words) in enumerate(cells):
            said = Said(words, f"{column_letters(column)}{row}")
            if (label := _NIL_LABEL.fullmatch(words)) and len(words) < 40:
                answer = label[1] or (cells[place + 1][1] if place + 1 < len(cells) else "")
                if answer in _YES:
                    found.nil = said
                _blank(
                    sheet, row, [column, *([cells[place + 1][0]] if not label[1] and place + 1 < len(cells) else [])]
                )
                break
            if not _labels(said, cells[place + 1 : place + 2], found):
                found.titles.append(said)
    for row, column in _nil_rows(sheet, places):
        found.nil = found.nil or Said(plain(sheet.cells.at[row, column]), f"{column_letters(column)}{row}")
        _blank(sheet, row, list(sheet.cells.columns))
    return found


def read_cover(sheet: Sheet) -> tuple[Titles, dict[str, Said]]:
    """Return what the cover (报送单) says: its labels, and ledger title → what is said of it."""
    found = Titles()
    ledgers: dict[str, Said] = {}
    for row, cells in filled(sheet):
        first, *others = cells
        after = Said(others[0][1] if others else "", f"{column_letters(others[0][0] if others else 2)}{row}")
        label = _LABEL.fullmatch(first[1].rstrip(":"))
        if label and label.lastgroup:
            if after.words:
                found.labelled.setdefault(label.lastgroup, after)
        elif others:
            ledgers[first[1]] = after
    return found, ledgers


def _labels(said: Said, after: list[tuple[int, str]], found: Titles) -> bool:
    """Note the labels in a text and what stands after each; return whether there are any."""
    marks = list(_LABELLED.finditer(said.words))
    bounds = [*(mark.start() for mark in marks[1:]), len(said.words)]
    for mark, end in zip(marks, bounds, strict=False):
        name = _LABEL.fullmatch(mark[1])
        value = said.words[mark.end() : end].strip(" ,;") or (after[0][1] if after and end == len(said.words) else "")
        measure = name is not None and name.lastgroup == "unit" and is_unit(value)  # 单位：万元
        if name and name.lastgroup and value and not measure and not _LABELLED.match(value):
            found.labelled.setdefault(name.lastgroup, Said(value, said.cell))
    return bool(marks)


def _nil_rows(sheet: Sheet, places: Places) -> Iterator[tuple[int, int]]:
    """Yield row and column of the words that say there was nothing, in rows that say nothing else."""
    cells = sheet.cells
    counts = cells.notna().sum(axis=1)
    for row, texts in filled(Sheet(sheet.name, cells[(counts > 0) & (counts <= 4)])):
        said = [(column, words) for column, words in texts if not words.isdigit() and words not in places.by_name]
        if said and all(_NIL_ROW.fullmatch(words) for _column, words in said):
            yield row, said[0][0]


def _blank(sheet: Sheet, row: int, columns: Iterable[object]) -> None:
    for column in columns:
        sheet.cells.at[row, column] = None


class Names:
    """The names of units in running text, the longest first.

    >>> from govkit.ledgers.places import shipped_places
    >>> names = Names(shipped_places())
    >>> [names.only(words).name for words in ("宁郭镇9月台账", "宁郭村9月台账", "阳庙镇北西尚9月", "文昌9月台账(2)")]
    ['宁郭镇', '宁郭村', '北西尚村', '文昌街道']
    >>> names.only("马村和南张村台账") is names.only("台账")
    True
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.known: dict[str, Place] = {}
        short = {
            p.name.removesuffix("街道")[: None if p.name.endswith("街道") else -1]: p for p in places.at("township")
        }
        known: Mapping[str, Place] = places.by_name | {
            name: place for name, place in short.items() if len(name) > 1 and name not in places.by_name
        }
        self.known = {name: place for name, place in known.items() if place.level != "district" or name == place.name}
        self._any = re.compile("|".join(map(re.escape, sorted(self.known, key=len, reverse=True))))

    def only(self, words: str) -> Place | None:
        """Return the one unit that a text names, beside those that it lies in; None where there is none or several."""
        found = {self.known[name].code: self.known[name] for name in self._any.findall(words)}
        lowest = [
            place for place in found.values() if not any(place.code in self.places.line(other)[1:] for other in found)
        ]
        return lowest[0] if len(lowest) == 1 else None
