"""Blank workbooks of a month for every unit that reports: its ledgers by the rules, its matters that are still open."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from govkit.institutions import institutions, ledgers
from govkit.institutions.institution import open_at
from govkit.institutions.reporting import duties
from govkit.ledgers.collect.blank import blank_name, write_blank
from govkit.ledgers.declare import Ledger
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places


def owed(month: Period) -> dict[str, list[Ledger]]:
    """Return level → the ledgers that units of this level report for a month.

    >>> [ledger.code for ledger in owed(Period.month("2015-09"))["township"]]
    ['service_visits', 'conduct_inspections', 'suggestions']
    """
    declared = ledgers()
    found: dict[str, list[Ledger]] = {}
    for duty in duties(month.end):
        found.setdefault(duty.level, []).append(declared[duty.ledger])
    return found


def reporting_units(month: Period, places: Places) -> list[Place]:
    """Return the units that report anything for a month, in the order of the register."""
    levels = owed(month)
    return [place for place in places if place.level in levels]


def open_matters(frames: Mapping[str, pd.DataFrame], month: Period) -> dict[str, pd.DataFrame]:
    """Return ledger code → the rows that were begun before a month and not done by then, of ledgers with such matters.

    >>> found = open_matters(snapshot.frames, Period.month("2015-09"))
    >>> len(found["disputes"]), sorted(found)[:2]
    (33, ['agency_services', 'conduct_inspections'])
    """
    before = month.previous().end
    found: dict[str, pd.DataFrame] = {}
    for institution in institutions():
        for kind in institution.overdue:
            rows, ledger = frames[kind.ledger.code], kind.ledger
            begun = rows[ledger.dated] <= pd.Timestamp(before)
            known = rows[begun & open_at(rows[kind.done], before)]
            earlier = found.get(ledger.code)
            both = known if earlier is None else rows[rows.index.isin(earlier.index.union(known.index))]
            found[ledger.code] = both
    return found


def write_blanks(
    frames: Mapping[str, pd.DataFrame],
    places: Places,
    month: Period,
    target: Path,
    *,
    units: Sequence[Place] = (),
    done: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write the blank workbook of each unit into a folder, and return their paths.

    :param frames: the ledgers of the store, for the matters that are still open.
    :param units: the units; by default every unit that reports.
    :param done: called with the name of each unit.
    :raises InternalError: the folder cannot be written.
    """
    levels, opened = owed(month), open_matters(frames, month)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for unit in units or reporting_units(month, places):
        mine = levels.get(unit.level, [])
        rows = {
            ledger.code: opened[ledger.code][opened[ledger.code]["place"] == unit.code]
            for ledger in mine
            if ledger.code in opened
        }
        written.append(
            write_blank(unit, month, mine, rows, places=places, target=target / blank_name(unit, month, places))
        )
        if done:
            done(unit.name)
    return written
