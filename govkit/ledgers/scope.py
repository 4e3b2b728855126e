"""What an import covers: the units and months that its files have rows of; everything else stays as it is.

Each table of a file covers the units of its rows times the months of its rows (a register has no months). A row of the
store within that, which the file lacks, is removed; a row that the file has under the same number is replaced, also
where its month was corrected. A village's file thus leaves the other villages alone, a month's file the other months.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.ledgers.check import Checked, Intake
from govkit.ledgers.commit import Change, Commit
from govkit.ledgers.declare import Ledger
from govkit.ledgers.frame_check import shown
from govkit.ledgers.period import month_spans
from govkit.ledgers.places import Places

TOWNSHIP = "township"
"""The column that the store adds to every ledger: the code of the township unit (or district) of a row's place."""
EXAMPLES = 5
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Coverage:
    """The units and months of one table; a register covers its units whatever the month."""

    column: str
    units: tuple[str, ...]
    months: tuple[int, ...] | None

    @classmethod
    def of(cls, ledger: Ledger, rows: pd.DataFrame, *, complete: bool = False, month: str = "") -> "Coverage":
        """Return what some rows cover.

        :param complete: the rows are all there are of their township units and years.
        :param month: the rows are what their units report for this month; those of other months were carried on.
        """
        column = TOWNSHIP if complete else "place"
        units = tuple(sorted(rows[column].unique()))
        if ledger.standing:
            return cls(column, units, None)
        months = {int(number) for number in _months(rows, ledger).unique()}
        if complete:
            months = {number // 12 * 12 + other for number in months for other in range(12)}
        if month:
            months = {int(month[:4]) * 12 + int(month[5:]) - 1}
        return cls(column, units, tuple(sorted(months)))

    def units_of(self, rows: pd.DataFrame) -> np.ndarray:
        """Return which rows are of these units."""
        return rows[self.column].isin(self.units).to_numpy(dtype=bool)

    def holds(self, rows: pd.DataFrame, ledger: Ledger) -> np.ndarray:
        """Return which rows are covered."""
        inside = self.units_of(rows)
        if self.months is None:
            return inside
        return np.asarray(inside & _months(rows, ledger).isin(self.months).to_numpy(dtype=bool))


@dataclass(frozen=True)
class Part:
    """The rows of a ledger that a change may touch.

    :ivar rows: all rows of the years.
    :ivar years: the years, whose files alone are replaced; None for a ledger that is replaced whole.
    :ivar elsewhere: how many rows the ledger has in other years.
    """

    rows: pd.DataFrame
    years: tuple[int, ...] | None = None
    elsewhere: int = 0


@dataclass(frozen=True)
class Update:
    """A part of a ledger before and after an import, and what the import covers of it.

    :ivar replaced: the rows before and after, without those that the import leaves as they are, where these are known.
    """

    ledger: Ledger
    part: Part
    frame: pd.DataFrame
    coverages: tuple[Coverage, ...] = ()
    replaced: tuple[pd.DataFrame, pd.DataFrame] | None = None

    @property
    def old(self) -> pd.DataFrame:
        """The rows before."""
        return self.part.rows

    @cached_property
    def change(self) -> Change:
        """The numbers of rows added, changed and removed."""
        rows = len(self.frame) + self.part.elsewhere
        if self.old.empty:
            return Change(self.ledger.code, len(self.frame), 0, 0, rows)
        old, new = self._before, self._after
        doubled = int(old.index.duplicated().sum())  # 0.1.0 could store a number twice when two imports met
        old = old[~old.index.duplicated()]
        added = len(new.index.difference(old.index))
        both = new.index.intersection(old.index)
        changed = int((new.loc[both] != old.loc[both]).sum())
        return Change(self.ledger.code, added, changed, len(self.lost) + doubled, rows)

    @cached_property
    def lost(self) -> pd.Index:
        """The numbers of the rows that the import removes."""
        if self.old.empty:
            return pd.Index([])
        return self._before.index.unique().difference(self._after.index)

    @cached_property
    def _before(self) -> pd.Series:
        return fingerprints(self.replaced[0] if self.replaced else self.old, self.ledger)

    @cached_property
    def _after(self) -> pd.Series:
        return fingerprints(self.replaced[1] if self.replaced else self.frame, self.ledger)

    @property
    def counts(self) -> tuple[int, int, int]:
        """The numbers of rows added, changed and removed."""
        return self.change.added, self.change.changed, self.change.removed

    @property
    def differs(self) -> bool:
        """Whether the import changes anything."""
        return any(self.counts)

    def units(self, places: Places) -> str:
        """Return the units that the import covers, in words."""
        codes = dict.fromkeys(code for coverage in self.coverages for code in coverage.units)
        names = [places.names.get(code, code) for code in codes]
        if len(names) <= EXAMPLES:
            return "、".join(names)
        return _("{names} and others, {count} units").format(names="、".join(names[:3]), count=len(names))

    def months(self) -> str:
        """Return the months that the import covers, in words; none for a register."""
        months = {month for coverage in self.coverages for month in coverage.months or ()}
        return _month_words(sorted(months))


@dataclass(frozen=True)
class Plan:
    """What an import will do, to be shown before it is done.

    :ivar before: the version that it starts from.
    :ivar updates: the ledgers that it changes.
    """

    before: Commit
    intake: Intake
    places: Places
    updates: tuple[Update, ...]
    complete: bool = False
    month: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The numbers of rows that it adds, changes and removes, by ledger."""
        return tuple(update.change for update in self.updates)

    def as_dicts(self) -> list[dict[str, object]]:
        """Return what it covers and does, by ledger, for a program to read."""
        return [
            {
                "code": update.ledger.code,
                "units": sorted({self.places.names.get(code, code) for c in update.coverages for code in c.units}),
                "months": sorted({f"{m // 12}-{m % 12 + 1:02}" for c in update.coverages for m in c.months or ()}),
                **{part: getattr(update.change, part) for part in ("added", "changed", "removed", "rows")},
            }
            for update in self.updates
        ]

    @property
    def losses(self) -> tuple[Problem, ...]:
        """A problem for each ledger of which the import removes more rows than it adds."""
        return tuple(
            Problem(
                Where(update.ledger.title, update.units(self.places), update.months()),
                _("The import would remove {removed} rows and add {added}; removed would be {examples}").format(
                    removed=len(update.lost),
                    added=update.change.added,
                    examples="、".join(map(said, update.lost[:EXAMPLES])),
                ),
                _("Import the complete file of these units and months; if the rows are to go, add --replace"),
            )
            for update in self.updates
            if len(update.lost) > update.change.added
        )


def updated(checked: Checked, part: Part, places: Places, *, complete: bool = False, month: str = "") -> Update:
    """Return a ledger as an import makes it.

    :param part: the rows of the store in the years of the new rows, and in those where their numbers stand.
    :param complete: the files hold all rows of their township units and years.
    :param month: the files are what their units report for this month.
    :raises InputError: a number is taken by a row that the import does not cover.
    """
    ledger, old, new = checked.ledger, part.rows, with_township(checked.accepted, places)
    coverages = tuple(Coverage.of(ledger, part, complete=complete, month=month) for part in _parts(new, checked.tables))
    replaced = np.zeros(len(old), dtype=bool)
    own = np.zeros(len(old), dtype=bool)
    for coverage in coverages if len(old) else ():
        replaced |= coverage.holds(old, ledger)
        own |= coverage.units_of(old)
    own &= ~replaced
    if own.any():
        own[own] = keys(old[own], ledger).isin(keys(new, ledger))
    kept = old[~(replaced | own)]
    _refuse_taken_keys(ledger, kept, new, places)
    frame = typed(pd.concat([kept, new], ignore_index=True), ledger)
    return Update(ledger, part, frame, coverages, (old[replaced | own], typed(new, ledger)))


def replaced(ledger: Ledger, part: Part, gone: np.ndarray, new: pd.DataFrame) -> Update:
    """Return a ledger with some rows in the place of those that are gone."""
    return Update(ledger, part, typed(pd.concat([part.rows[~gone], new], ignore_index=True), ledger))


def typed(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return rows with the declared columns, the township and their dtypes, sorted by key."""
    dtypes = {column.name: column.dtype for column in ledger.columns} | {TOWNSHIP: "str"}
    return frame.reindex(columns=list(dtypes)).astype(dtypes).sort_values(list(ledger.key), ignore_index=True)


def with_township(rows: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Return rows with the column ``township``."""
    return rows.assign(**{TOWNSHIP: rows["place"].map(lambda code: places[code].township).astype("str")})


def keys(frame: pd.DataFrame, ledger: Ledger) -> pd.Index:
    """Return the numbers of rows, as text; parts of a number of several columns stand apart, see :func:`said`."""
    first, *others = (frame[name].astype("str") for name in ledger.key)
    for part in others:
        first = first + _BETWEEN + part
    return pd.Index(first)


def said(key: str) -> str:
    """Return a row's number as messages say it."""
    return key.replace(_BETWEEN, "、")


def fingerprints(frame: pd.DataFrame, ledger: Ledger) -> pd.Series:
    """Return the hashes of rows by their numbers."""
    hashes = pd.util.hash_pandas_object(frame[[*ledger.names, TOWNSHIP]].astype("str"), index=False)
    return pd.Series(hashes.to_numpy(), index=keys(frame, ledger))


def years_of(rows: pd.DataFrame, ledger: Ledger) -> "pd.Series[int]":
    """Return the year that each row belongs to."""
    years: pd.Series[int] = rows[ledger.dated].dt.year
    return years


def _months(rows: pd.DataFrame, ledger: Ledger) -> "pd.Series[int]":
    days = rows[ledger.dated].dt
    months: pd.Series[int] = days.year * 12 + days.month - 1
    return months


def _parts(rows: pd.DataFrame, sizes: Sequence[int]) -> list[pd.DataFrame]:
    """Return the rows of each table; all rows where the tables are not told apart."""
    if sum(sizes) != len(rows):
        return [rows]
    bounds = accumulate(sizes, initial=0)
    return [rows.iloc[start:end] for start, end in pairwise(bounds)]


def _month_words(months: Sequence[int]) -> str:
    """Return months in words, those that follow each other as one span.

    >>> _month_words([2015 * 12, 2015 * 12 + 1, 2015 * 12 + 8])
    '2015年1—2月、9月'
    """
    words, said = [], None
    for first, last in month_spans(months):
        year = "" if first // 12 == said else f"{first // 12}年"
        said = first // 12
        words.append(f"{year}{first % 12 + 1}月" if first == last else f"{year}{first % 12 + 1}—{last % 12 + 1}月")
    return "、".join(words)


def _refuse_taken_keys(ledger: Ledger, kept: pd.DataFrame, new: pd.DataFrame, places: Places) -> None:
    key = list(ledger.key)
    taken = kept.merge(new[key], on=key)
    if taken.empty:
        return
    raise InputError(
        Problem(
            Where(
                ledger.title,
                places.names.get(row[TOWNSHIP], row[TOWNSHIP]),
                "、".join(shown(row[name]) for name in key),
            ),
            _("This number is already used by a row of {unit} in the store").format(
                unit=places.names.get(row["place"], row["place"])
            ),
            _("Give the new row another number, or correct that unit's ledger first"),
        )
        for row in taken.head(200).to_dict("records")
    )


def refuse_changed_meanwhile(ledger: Ledger, seen: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Refuse rows that differ between the store and the version that the person saw."""
    numbers = keys(new, ledger)
    then, now = (fingerprints(frame, ledger).reindex(numbers).fillna(0) for frame in (seen, old))
    refuse(
        [
            Problem(
                Where(ledger.title, item=said(key)),
                _("Somebody else entered or changed this row meanwhile"),
                _("Call the row up again and make your change there"),
            )
            for key in numbers[(then != now).to_numpy()]
        ]
    )
