"""Recognition of a workbook that arrived: whose it is, for which month, which ledgers it holds; content before names.

The unit is taken from the cover (报送单), else from 填报单位 or a title, else from the units of the rows, else from the
file's name, the folder, the mail's subject; the month in the same order. What the rows contradict is a Problem.
"""

import datetime as dt
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from govkit.core import capped
from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers import cells
from govkit.ledgers.annotate import LIST_SHEET
from govkit.ledgers.cells import plain, reader
from govkit.ledgers.collect.delivery import Delivery, cells_hash, file_hash, read_with_properties
from govkit.ledgers.collect.incoming import Arrived
from govkit.ledgers.collect.titles import COVER, NIL, Names, Said, Titles, read_cover, read_titles
from govkit.ledgers.declare import Ledger
from govkit.ledgers.places import Place, Places, unknown_place
from govkit.ledgers.read.archive import MAX_ROWS
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.sheets import died_reading, memory_for, seconds_for
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from govkit.ledgers.read.year import months_stated
from govkit.ledgers.template import GUIDE_SHEET, LISTS_SHEET

OURS = {LIST_SHEET, GUIDE_SHEET, LISTS_SHEET}
"""Sheets that we write for people to read; what they name is not what the workbook is of."""
Pages = Sequence[tuple[str, Titles]]
"""Sheet names and what the sheets say of themselves, the cover first."""


class Recogniser:
    """Recognises workbooks of some ledgers and places.

    :param month: the month that is collected, where it is known; it completes a month that is stated without a year.
    """

    def __init__(self, ledgers: Iterable[Ledger], places: Places, month: str = "") -> None:
        self.ledgers = {ledger.code: ledger for ledger in ledgers}
        self.places, self.month = places, month
        self._vocabulary = Vocabulary(self.ledgers.values())
        self._names = Names(places)
        self._titles = {
            form: ledger.code
            for ledger in self.ledgers.values()
            for form in (ledger.title, ledger.title.removesuffix("台账"), *ledger.synonyms)
        }

    def recognise_all(self, arrived: Sequence[Arrived]) -> Iterator[Delivery]:
        """Yield what workbooks hold; while one is looked at, the capped child reads the next."""
        with ThreadPoolExecutor(1) as ahead:
            for found, sheets in ahead.map(_read, arrived):
                yield self._recognised(found, sheets)

    def recognise(self, arrived: Arrived) -> Delivery:
        """Return what a workbook holds; it is read in the capped child."""
        return self._recognised(*_read(arrived))

    def _recognised(self, found: Delivery, sheets: Mapping[str, Sheet]) -> Delivery:
        pages = self._pages(found, sheets)
        units = self._units_of_rows(found)
        self._take_unit(found, pages, units)
        self._take_month(found, pages)
        filler = next((page.labelled["filler"].words for _name, page in pages if "filler" in page.labelled), "")
        found.filler = filler[:20]
        found.problems += self._strangers(found, units)
        return found

    def _pages(self, found: Delivery, sheets: Mapping[str, Sheet]) -> Pages:
        """Read the sheets, the cover first, and return what they say of themselves."""
        pages: list[tuple[str, Titles]] = []
        for sheet in sorted(sheets.values(), key=lambda sheet: plain(sheet.name) != COVER):
            if plain(sheet.name) != COVER:
                told = read_titles(sheet, self.places) if plain(sheet.name) not in OURS else Titles()
                self._take_tables(found, sheet, told)
                told.titles = _above_rows(told.titles, found, sheet.name)
            else:
                told, of_ledgers = read_cover(sheet)
                for title, said in of_ledgers.items():
                    if said.words == NIL and title in self._titles:
                        found.nil[self._titles[title]] = Where(found.name, sheet.name, said.cell)
            pages.append((sheet.name, told))
        found.unfilled = [code for code in found.unfilled if code not in found.nil]
        if found.codes or found.unfilled:  # other sheets were left as the template made them
            found.tables = [item for item in found.tables if isinstance(item, Table) or not _of_whole_sheet(item)]
        elif not found.tables and not found.problems:
            found.problems.append(
                Problem(
                    Where(found.name),
                    _("The workbook holds no ledger sheet"),
                    _("Fill in the sheets of the template and import that workbook"),
                )
            )
        return pages

    def _take_tables(self, found: Delivery, sheet: Sheet, told: Titles) -> None:
        for item in find_tables(found.name, sheet, self._vocabulary):
            if not isinstance(item, Table):
                if not (told.nil and _of_whole_sheet(item)):
                    found.tables.append(item)
            elif len(item.rows):
                found.tables.append(item)
                nil = told.nil and Where(found.name, sheet.name, told.nil.cell)
                if nil or (nil := found.nil.pop(item.ledger.code, None)):
                    found.problems.append(
                        Problem(
                            nil,
                            _("“{words}” is declared here, but the sheet has {count} rows").format(
                                words=NIL, count=len(item.rows)
                            ),
                            _("Delete the declaration, or the rows"),
                        )
                    )
            elif told.nil:
                found.nil.setdefault(item.ledger.code, Where(found.name, sheet.name, told.nil.cell))
            else:
                found.unfilled.append(item.ledger.code)

    def _units_of_rows(self, found: Delivery) -> dict[str, Where]:
        """Return the code of each unit that rows name → the first cell that does."""
        units: dict[str, Where] = {}
        for table in found.tables:
            if not isinstance(table, Table) or "place" not in table.rows:
                continue
            read = reader(table.ledger["place"], self.places)
            for row, raw in table.rows["place"].dropna().drop_duplicates().items():
                code = read(raw)
                if isinstance(code, str):
                    units.setdefault(code, table.where(int(str(row)), "place"))
        return units

    def _take_unit(self, found: Delivery, pages: Pages, units: Mapping[str, Where]) -> None:
        for sheet, page in pages:
            said = page.labelled.get("unit")
            if said is None:
                continue
            found.unit = self._named(said.words)
            found.told_by = (_("the workbook's own words"), "")
            if found.unit is None:
                what, repair = unknown_place(said.words[:40], self.places)
                found.problems.append(Problem(Where(found.name, sheet, said.cell), what, repair))
            return
        titles = {place.code: place for _s, p in pages for said in p.titles if (place := self._names.only(said.words))}
        if len(titles) == 1:
            found.unit, found.told_by = next(iter(titles.values())), (_("the title"), "")
        elif units:
            found.unit, found.told_by = self._above(units), (_("the units of the rows"), "")
        if found.unit is None:
            named = next((place for words in found.names() if (place := self._names.only(words))), None)
            found.unit, found.told_by = named, (_("the file's name"), "")
        if found.unit is None:
            found.problems.append(
                Problem(
                    Where(found.name),
                    _("Nothing in the workbook or in its name says whose it is"),
                    _("Write the unit after 填报单位, or put the unit's name into the file's name"),
                )
            )

    def _named(self, words: str) -> Place | None:
        squeezed = "".join(words.split())
        return self.places.by_name.get(squeezed) or self.places.recognised(squeezed) or self._names.only(squeezed)

    def _above(self, units: Iterable[str]) -> Place | None:
        """Return the one unit of the rows, or the township unit that all of them lie in."""
        codes = list(units)
        if len(codes) == 1:
            return self.places[codes[0]]
        townships = {self.places[code].township for code in codes}
        return self.places[townships.pop()] if len(townships) == 1 else None

    def _take_month(self, found: Delivery, pages: Pages) -> None:
        for sheet, page in pages:
            year, month = page.labelled.get("year"), page.labelled.get("month")
            if month and (stated := self._one_month(month.words, year.words if year else "")):
                self._state(found, stated, Where(found.name, sheet, month.cell), _("the workbook's own words"))
                return
        for sheet, page in pages:
            for said in page.titles:
                if stated := self._one_month(said.words):
                    self._state(found, stated, Where(found.name, sheet, said.cell), _("the title"))
                    return
        months = _months_of_rows(found)
        if len(months) == 1:
            found.month, by = next(iter(months)), _("the days of the rows")
            found.told_by = (found.told_by[0], by)
            return
        for words in found.names():
            if stated := self._one_month(words):
                self._state(found, stated, Where(found.name), _("the file's name"))
                return
        if months:
            found.month = self.month if self.month in months else max(months)
            found.told_by = (found.told_by[0], _("the days of the rows"))

    def _state(self, found: Delivery, month: str, where: Where, by: str) -> None:
        found.month, found.month_at, found.stated = month, where, True
        found.told_by = (found.told_by[0], by)

    def _one_month(self, words: str, year: str = "") -> str:
        """Return the one month that words state; one without a year is of the year stated beside it, or collected."""
        months = {(None, int(words))} if words.isdigit() and len(words) < 3 else months_stated(words)
        if len(months) != 1:
            return ""
        [(stated, month)] = months
        beside = "".join(char for char in year if char.isdigit())
        whole = stated or (int(beside) if len(beside) == 4 else None) or (int(self.month[:4]) if self.month else None)
        return f"{whole}-{month:02}" if whole and 1 <= month <= 12 else ""

    def _strangers(self, found: Delivery, units: Mapping[str, Where]) -> Iterator[Problem]:
        """Yield a problem for each unit of the rows that does not lie in the unit whose workbook it is."""
        if found.unit is None:
            return
        for code, where in units.items():
            if found.unit.code not in self.places.line(code):
                yield Problem(
                    where,
                    _("The row is of {other}, but the workbook is of {unit}").format(
                        other=self.places.names[code], unit=found.unit.name
                    ),
                    _("Take the row out, or correct the unit that the workbook states"),
                )


def _read(arrived: Arrived) -> tuple[Delivery, dict[str, Sheet]]:
    """Return a workbook with its hashes and when it was saved, or what is wrong with it, and its sheets."""
    found, path = Delivery(arrived), arrived.path
    try:
        found.sha256, sheets, found.saved = capped.call(
            read_with_properties, path.absolute(), memory=memory_for(path), seconds=seconds_for(path)
        )
    except capped.Died as died:
        found.problems.append(replace(died_reading(path, died), where=Where(found.name)))
    except InputError as error:
        found.problems += (replace(one, where=replace(one.where, source=found.name)) for one in error.problems)
    else:
        found.content = cells_hash(sheets.values())
        return found, dict(sheets)
    found.sha256 = found.content = file_hash(path)
    return found, {}


def _above_rows(titles: Sequence[Said], found: Delivery, sheet: str) -> list[Said]:
    """Return the texts that stand above the rows of a sheet's tables, for a cell of a row is no title."""
    tables = [item for item in found.tables if isinstance(item, Table) and item.sheet == sheet and not item.transposed]
    first = min((int(str(table.rows.index[0])) for table in tables), default=MAX_ROWS)
    return [said for said in titles if int(said.cell.lstrip(string.ascii_uppercase)) < first]


def _months_of_rows(found: Delivery) -> Counter[str]:
    """Return the months of the rows' own days, with the number of rows; registers have none."""
    months: Counter[str] = Counter()
    for table in found.tables:
        if not isinstance(table, Table) or table.ledger.standing or table.ledger.dated not in table.rows:
            continue
        read = reader(table.ledger[table.ledger.dated], _NO_PLACES, table.year)
        for raw in table.rows[table.ledger.dated].dropna():
            day = read(raw)
            value = day.value if isinstance(day, cells.Said) else day
            if isinstance(value, dt.date):
                months[f"{value:%Y-%m}"] += 1
    return months


def _of_whole_sheet(problem: Problem) -> bool:
    """Return whether a problem says that a sheet holds no ledger at all."""
    return problem.where.part != "" and not problem.where.item and problem.severity == "error"


_NO_PLACES = Places(())
