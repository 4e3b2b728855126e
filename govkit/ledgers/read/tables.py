"""The tables of ledgers on a sheet: which ledger, which column is which, which rows; every guess is said."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import Bad, is_blank, plain, shown_number
from govkit.ledgers.declare import Ledger
from govkit.ledgers.read.header import HEADER_WITHIN, Heading
from govkit.ledgers.read.headings import UNREAD_HEADINGS, Vocabulary, normal, scale
from govkit.ledgers.read.layout import Layout, Region, read_layout
from govkit.ledgers.read.remarks import (
    doubts,
    header_problems,
    merged_across,
    merged_down,
    no_header,
    said_of_sheet,
    torn,
    unknown_table,
    very_hidden,
)
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.table import Match, Places, Table, Total, values_of
from govkit.ledgers.read.workbook import column_letters
from govkit.ledgers.read.year import year_stated

_DAYS_1904 = 1462
_SAMPLE = 200


def find_tables(file: str, sheet: Sheet, vocabulary: Vocabulary) -> list[Table | Problem]:
    """Return the tables on a sheet; Problems where it has none, and of cells that belong to none.

    :param vocabulary: the headings of the ledgers it may hold.
    :return: nothing for a sheet that is not meant to hold a ledger.

    >>> from govkit.institutions import ledgers
    >>> rows = [["网格编号", "所在村", "网格名称", "划定日期"], ["W1", "马村", "一网格", "2015-01-01"]]
    >>> cells = pd.DataFrame(rows, index=[1, 2], columns=[1, 2, 3, 4])
    >>> find_tables("a.xlsx", Sheet("网格", cells), Vocabulary(ledgers().values()))[0].where(2, "place").item
    'B2'
    """
    layout = read_layout(sheet, vocabulary.knows)
    found: list[Table | Problem] = []
    last: Match | None = None
    for region in layout.regions:
        match = _best_match(region, vocabulary, sheet.name, layout)
        if match is None:
            found += unknown_table(file, sheet, region, layout) if found else []
            continue
        found.append(_table(file, layout, region, match, vocabulary))
        last = match
    if last is None:
        nothing = no_header(file, sheet, vocabulary)
        return [*([nothing] if nothing else []), *torn(file, sheet, [])]
    if sheet.state == "veryHidden":
        return [very_hidden(file, sheet, last.ledger)]
    return [*found, *torn(file, sheet, found), *said_of_sheet(file, sheet, layout, found)]


def _best_match(region: Region, vocabulary: Vocabulary, sheet: str, layout: Layout) -> Match | None:
    above = "".join(_texts_above(layout, region))
    matches = [_match(region, ledger, vocabulary, plain(sheet), above) for ledger in vocabulary.ledgers]
    best = max(matches, key=lambda match: match.score, default=None)
    return best if best is not None and best.score >= 0.5 else None


def _match(region: Region, ledger: Ledger, vocabulary: Vocabulary, sheet: str, above: str) -> Match:
    meant = {heading: vocabulary.meaning(heading, ledger) for heading in region.headings if heading.path}
    columns: dict[str, Heading] = {}
    guessed, repeated, strangers = [], [], []
    for heading, found in sorted(meant.items(), key=lambda pair: (-(pair[1].sure if pair[1] else 0), pair[0].column)):
        if found is None:
            strangers.append(heading)
        elif not found.name:
            continue
        elif found.name in columns:
            if found.sure == 1:
                repeated.append(ledger[found.name].title)
            else:
                strangers.append(heading)
        else:
            columns[found.name] = heading
            if found.sure < 1:
                guessed.append(found.name)
    required = [column.name for column in ledger.columns if column.required]
    share = len(columns.keys() & set(required)) / len(required)
    named = 0.2 if columns and sheet in (ledger.title, *ledger.synonyms, *_short_titles(ledger)) else 0.0
    named += 0.1 if columns and ledger.title.removesuffix("台账") in above else 0.0
    clutter = 0.001 * len(strangers) + 0.002 * len(guessed)
    score = share + named + 0.01 * len(columns) - clutter if len(columns) > 1 else 0.0
    nameless = tuple(heading for heading in region.headings if not heading.path)
    strangers.sort(key=lambda heading: heading.column)
    return Match(ledger, columns, tuple(guessed), tuple(repeated), tuple(strangers), nameless, score)


def _short_titles(ledger: Ledger) -> tuple[str, ...]:
    return (ledger.title.removesuffix("台账"), ledger.title[:31])


def _texts_above(layout: Layout, region: Region) -> list[str]:
    """Return the texts between the table and the one above it."""
    grid = region.grid
    ends = [
        other.body.max() if len(other.body) else other.header[-1]
        for other in layout.regions
        if other.header[0] < region.header[0]
    ]
    first = int(max(ends, default=0)) + 1
    return [
        words
        for row in range(max(first, region.header[0] - HEADER_WITHIN), region.header[0])
        for _c, words in grid.row(row)
    ]


def _table(file: str, layout: Layout, region: Region, match: Match, vocabulary: Vocabulary) -> Table:
    sheet, above = layout.sheet, _texts_above(layout, region)
    year, year_from = year_stated(above, sheet.name, file)
    names = {
        name: str(h.column) if layout.transposed else column_letters(h.column) for name, h in match.columns.items()
    }
    where = Places(file, sheet.name, layout.transposed)
    match, said = _with_nameless(match, region, where)
    names |= {n: str(h.column) if layout.transposed else column_letters(h.column) for n, h in match.columns.items()}
    rows = _rows(region, match)
    scales, wrong = _scales(match, above, where, region)
    filled, spread = _spread(rows, region, match, where)
    table = Table(match.ledger, file, sheet.name, names, filled, year, scales=scales, transposed=layout.transposed)
    problems = [*header_problems(table, region, match, where, vocabulary), *said, *wrong, *spread]
    unsure = tuple(doubts(table, region, match, where, vocabulary))
    if sheet.from_1904:
        filled = _from_1904(filled, match.ledger)
    totals = tuple(_totals(region, match)) if region.totals else ()
    return replace(table, rows=filled, problems=tuple(problems), totals=totals, year_from=year_from, doubts=unsure)


def _rows(region: Region, match: Match) -> pd.DataFrame:
    """Return the cells of a table's rows and read columns, without rows that hold nothing but blanks."""
    cells = region.grid.cells
    numbers = [heading.column for heading in match.columns.values()]
    if len(region.body) == region.last - region.header[-1]:  # all rows: a slice, which copies nothing
        body = cells.iloc[region.header[-1] : region.last]
    else:
        body = cells.iloc[region.body - 1]
    taken = body.iloc[:, [number - 1 for number in numbers]].set_axis(list(match.columns), axis=1)
    blank = _blank_rows(taken)
    if blank.any():
        others = [h.column - 1 for h in (*match.strangers, *match.nameless) if normal(h.text) not in UNREAD_HEADINGS]
        told = body.iloc[:, others][blank] if others else body.iloc[:0, :0]
        if len(told):
            blank[told.index[~_blank_rows(told)]] = False
        taken = taken[~blank]
    return taken.set_axis(pd.Index([int(str(row)) for row in taken.index]), axis=0) if region.grid.transposed else taken


def _blank_rows(cells: pd.DataFrame) -> pd.Series:
    blank = pd.Series(data=True, index=cells.index)
    for number in range(cells.shape[1]):  # the first cell settles most rows; check the others only
        left = cells.iloc[:, number][blank]
        if isinstance(left.dtype, pd.StringDtype):
            left = left[~left.str.contains(r"\w", na=False)]
        blank[blank] = left.map(is_blank).astype(bool).reindex(blank.index[blank], fill_value=False)
        if not blank.any():
            break
    return blank


def _spread(rows: pd.DataFrame, region: Region, match: Match, where: Places) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the rows with the value of each merged area in every row that it spans, and what is to be said of it."""
    problems: list[Problem] = []
    names = {heading.column: name for name, heading in match.columns.items()}
    first = region.header[-1] + 1
    areas = [a for a in region.grid.areas if a[0] >= first and a[2] <= region.last and (a[2] > a[0] or a[3] > a[1])]
    if not areas:
        return rows, problems
    rows = rows.astype(object).copy()
    spans: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, right in areas:
        name = names.get(left)
        raw = region.grid.raw(top, left)
        if name is None or is_blank(raw) or not (span := [r for r in range(top, bottom + 1) if r in rows.index]):
            continue
        if match.ledger[name].kind in {"integer", "number"} and len(span) > 1:
            bad = Bad(
                _("The number {value} stands in merged cells over {count} rows").format(
                    value=plain(raw), count=len(span)
                ),
                _("Unmerge the cells and write each row's own number"),
            )
            rows.loc[span, name] = pd.Series([bad] * len(span), index=span, dtype=object)
            continue
        rows.loc[span, name] = pd.Series([raw] * len(span), index=span, dtype=object)
        if len(span) > 1:
            spans.setdefault(name, []).append((top, left))
        if right > left and any(column in names for column in range(left + 1, right + 1)):
            problems.append(merged_across(where(top, left), names, range(left, right + 1), match.ledger))
    return rows, [*problems, *(merged_down(match.ledger[name], places, where) for name, places in spans.items())]


def _from_1904(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return the rows with bare day numbers counted from 1900, as everywhere else."""
    rows = rows.copy()
    for name in rows.columns:
        if ledger[name].kind == "date":
            rows[name] = rows[name].map(
                lambda raw: raw + _DAYS_1904 if isinstance(raw, float) and raw < 100_000 else raw
            )
    return rows


def _totals(region: Region, match: Match) -> Iterator[Total]:
    start = region.header[-1] + 1
    for row in region.totals:
        cells = region.grid.row(row)
        values = {name: region.grid.raw(row, heading.column) for name, heading in match.columns.items()}
        label = next((words for _c, words in cells if not words.isdigit()), "")
        below_all = not re.search("小计|本页|分计", label)
        yield Total(row, label, (region.header[-1] + 1 if below_all else start, row - 1), values)
        start = row + 1


def _scales(
    match: Match, above: Sequence[str], where: Places, region: Region
) -> tuple[dict[str, Fraction], list[Problem]]:
    scales: dict[str, Fraction] = {}
    problems = []
    for name, heading in match.columns.items():
        column = match.ledger[name]
        share = scale(column, heading, above)
        place = where(region.header[-1], heading.column)
        if isinstance(share, str):
            problems.append(
                Problem(
                    place,
                    _("The heading “{heading}” states the unit “{stated}”, but this column is in “{unit}”").format(
                        heading=heading.text, stated=share, unit=column.unit
                    ),
                    _("Convert the numbers and correct the heading to “{heading}”").format(heading=column.heading),
                )
            )
        elif share is not None:
            scales[name] = share
            problems.append(
                Problem(
                    place,
                    _(
                        "The numbers of “{column}” are in another unit than {unit}; each was multiplied by {factor}"
                    ).format(column=column.title, unit=column.unit, factor=shown_number(share)),
                    _("If they are in {unit} already, correct the heading to “{heading}”").format(
                        unit=column.unit, heading=column.heading
                    ),
                    severity="warning",
                )
            )
    return scales, problems


def _with_nameless(match: Match, region: Region, where: Places) -> tuple[Match, list[Problem]]:
    """Return the match with columns without a heading taken by what their values show, and what is to be said."""
    problems: list[Problem] = []
    columns = dict(match.columns)
    for heading in match.nameless:
        values = values_of(region, heading.column)
        if not values or _are_running_numbers(values):
            continue
        name = _told_by_values(values, match.ledger, columns)
        place = where(region.header[-1], heading.column)
        if name:
            columns[name] = heading
            what = _("This column has no heading; by its values it was read as “{column}”")
            repair = _("If it is something else, write its heading")
            severity = "warning"
        else:
            what = _("This column has {count} values but no heading; it cannot be read")
            repair = _("Write its heading in row {row}, or delete the column")
            severity = "error"
        problems.append(
            Problem(
                place,
                what.format(column=match.ledger[name].title if name else "", count=len(values)),
                repair.format(row=region.header[-1]),
                severity="warning" if severity == "warning" else "error",
            )
        )
    return replace(match, columns=columns), problems


def _are_running_numbers(values: Sequence[object]) -> bool:
    words = [plain(raw) for raw in values]
    return (
        len(words) > 1 and words == [str(number) for number in range(int(words[0]), int(words[0]) + len(words))]
        if words[0].isdigit() and len(words[0]) < 7
        else False
    )


def _told_by_values(values: Sequence[object], ledger: Ledger, taken: Mapping[str, Heading]) -> str | None:
    """Return the one column of the ledger that is missing and whose kind of value these are."""
    sample = [plain(raw) if not isinstance(raw, dt.date) else raw for raw in values[:_SAMPLE]]
    free = [column for column in ledger.columns if column.name not in taken]
    if all(isinstance(raw, str) and re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", raw) for raw in sample):
        fits = [column for column in free if column.personal == "phone"]
    elif all(isinstance(raw, dt.date) for raw in sample):
        fits = [column for column in free if column.kind == "date"]
        fits = fits if len([column for column in free if column.kind == "date"]) == 1 and len(free) == 1 else []
    else:
        fits = [c for c in free if c.kind == "choice" and all(raw in c.choices for raw in sample)]
    return fits[0].name if len(fits) == 1 else None
