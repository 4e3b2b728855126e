"""``govkit ledger collect``, ``status``, ``nil`` and ``blanks``: a month's reports."""

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govkit.cli.output import json_option, person_option, progress, show_json, show_problems, show_table, store_option
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.institutions.month.board import Board
    from govkit.institutions.month.collecting import Collected, Collecting
    from govkit.ledgers.places import Place, Places

SECONDS = 3.0
"""How long a watch waits between two looks."""
MOST_LISTED = 30
_month = click.option("--period", required=True, metavar="YYYY-MM", help=_("The month."))
_on = click.option(
    "--as-of", "day", type=click.DateTime(["%Y-%m-%d"]), help=_("The day on which it is looked at. [default: today]")
)


@click.command(help=_("Take in whatever arrived (folders, zip files, mails, workbooks), and import what is clean."))
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--period", default="", metavar="YYYY-MM", help=_("The month. [default: the one of most workbooks]"))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder for copies sent back and for the lists. [default: 收表 beside the first folder]"),
)
@click.option("--note", default="", help=_("A remark that documents made from this data will carry."))
@click.option("--replace", is_flag=True, help=_("Accept that more rows are removed than added."))
@click.option("--watch", is_flag=True, help=_("Go on, and collect again whenever a file arrives; Ctrl+C ends it."))
@_on
@store_option
@person_option
@json_option
def collect(
    folders: tuple[Path, ...],
    period: str,
    output: Path | None,
    note: str,
    replace: bool,
    watch: bool,
    day: dt.datetime | None,
    store: str,
    person: str,
    as_json: bool,
) -> None:
    """Collect a month's workbooks, once or whenever something arrives."""
    from govkit.institutions.month.collecting import Collecting
    from govkit.ledgers.period import Period

    if period:
        Period.month(period)
    target = output or folders[0].absolute().parent / "收表"
    collecting = Collecting(store, person, target, period, note, replace, day.date() if day else None)
    for found in _rounds(collecting, folders, watch=watch, quiet=as_json):
        if as_json:
            show_json(_summary(found))
        else:
            _show(found)
        if found.round.errors and not watch:
            raise click.exceptions.Exit(1)


def _rounds(collecting: "Collecting", folders: Sequence[Path], *, watch: bool, quiet: bool) -> "Iterator[Collected]":
    from govkit.ledgers.collect.watching import changes, look

    def waited() -> bool:
        return watch and not threading.Event().wait(SECONDS)

    for _change in changes(lambda: look(folders, collecting.target), waited):
        with progress(_("Collecting"), _files_in(folders)) as done:
            found = collecting.collect(folders, None if quiet else done)
        yield found


def _files_in(folders: Sequence[Path]) -> int:
    return sum(
        1 for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*")) if path.is_file()
    )


def _show(found: "Collected") -> None:
    round_ = found.round
    passed = [one for outcome in round_.outcomes for one in outcome.passed]
    for one in passed[:MOST_LISTED]:
        click.echo(
            _("Passed over: {file} ({rule}; taken: {taken})").format(
                file=one.delivery.name, rule=one.rule, taken="、".join(one.taken)
            )
        )
    if len(passed) > MOST_LISTED:
        click.echo(_("… and {count} more.").format(count=len(passed) - MOST_LISTED))
    for outcome in round_.outcomes:
        for copy in outcome.copies:
            name = outcome.unit.name if outcome.unit else _("unknown unit")
            click.echo(_("Sent back: {unit}: {path}").format(unit=name, path=copy))
    show_problems(round_.problems)
    said = _("{files} files for {month}: {taken} units imported, {unchanged} unchanged, {returned} sent back")
    counts = {name: len(round_.of(name)) for name in ("taken", "unchanged", "returned")}
    click.echo(said.format(files=round_.files, month=found.board.month.label, **counts))
    _show_counts(found.board)
    for path in found.files.values():
        click.echo(_("Wrote {path}").format(path=path))


def _summary(found: "Collected") -> dict[str, object]:
    round_ = found.round
    return {
        "month": round_.month,
        "files": round_.files,
        "units": [
            {
                "unit": outcome.unit.name if outcome.unit else None,
                "result": outcome.result,
                "rows": outcome.rows,
                "nil": list(outcome.nil),
                "unfilled": list(outcome.unfilled),
                "files": list(outcome.files),
                "told_by": [list(words) for words in outcome.told_by],
                "passed": [
                    {"file": one.delivery.name, "taken": list(one.taken), "rule": one.rule} for one in outcome.passed
                ],
                "problems": [problem.as_dict() for problem in outcome.problems],
                "copies": [str(path) for path in outcome.copies],
                "version": outcome.version,
            }
            for outcome in round_.outcomes
        ],
        "other": [problem.as_dict() for problem in (*round_.unread, *round_.other_months)],
        "board": {key: value for key, value in found.board.as_dict().items() if key != "cells"},
        "written": {name: str(path) for name, path in found.files.items()},
    }


@click.command(help=_("Show who has reported which ledger for a month: reported, sent back, missing, nothing."))
@_month
@click.option("--place", default="", help=_("Only the units of this place."))
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(["reported", "nil", "returned", "missing"]),
    help=_("Only units in this state; repeatable."),
)
@click.option("--late", is_flag=True, help=_("Only units that are too late."))
@click.option("--details", is_flag=True, help=_("One row a unit and ledger: when, by whom, which version and file."))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Write the board as an Excel file.")
)
@click.option("--lists", "as_lists", is_flag=True, help=_("Print the lists to paste to a chat instead."))
@_on
@store_option
@json_option
def status(
    period: str,
    place: str,
    states: tuple[str, ...],
    late: bool,
    details: bool,
    output: Path | None,
    as_lists: bool,
    day: dt.datetime | None,
    store: str,
    as_json: bool,
) -> None:
    """Print or write the board of a month."""
    from govkit.core.files import atomic_write
    from govkit.figures.snapshot import open_snapshot
    from govkit.institutions.month.board import board, coloured, lists
    from govkit.ledgers.period import Period

    snapshot = open_snapshot(store)
    whole = board(snapshot, Period.month(period), day.date() if day else dt.date.today())
    township = snapshot.places.find(place).code if place else ""
    found = whole.narrowed(township, states, late=late)
    if output:
        atomic_write(output, coloured(found))
    if as_json:
        show_json(found.as_dict())
    elif as_lists:
        click.echo("\n\n".join(lists(found).values()))
    else:
        table = found.details() if details else found.frame()
        rows = table.astype(object).where(table.notna(), "").to_numpy().tolist()
        show_table([str(name) for name in table.columns], rows)
        _show_counts(found)
    if output and not as_json:
        click.echo(_("Wrote {path}").format(path=output))


def _show_counts(found: "Board") -> None:
    from govkit.institutions.month.board import WORDS

    counts = found.counts()
    said = "，".join(f"{word}{counts[state]}" for state, word in WORDS.items() if word)
    click.echo(_("{count} units: {said}").format(count=len(found.units), said=said))
    if not found.dated:
        click.echo(
            _("No day is supplied by which reports are due (data/rules/reporting.csv), so nothing is called late.")
        )


@click.command(help=_("Record that a unit declared that there was nothing to report (零报告)."))
@click.argument("unit")
@click.argument("names", nargs=-1, metavar="[LEDGER]...")
@_month
@store_option
@person_option
def nil(unit: str, names: tuple[str, ...], period: str, store: str, person: str) -> None:
    """Record a declared nothing."""
    from govkit.institutions import ledgers
    from govkit.institutions.month.collecting import declare_nil
    from govkit.ledgers.period import Period

    commit = declare_nil(store, unit, names, Period.month(period), person)
    titles = "、".join(ledgers()[one.ledger].title for one in commit.submissions)
    click.echo(_("Recorded as version {version}: nothing in {ledgers}").format(version=commit.version, ledgers=titles))


@click.command(help=_("Write each unit's blank workbook of a month, with its name, its places and what is still open."))
@_month
@click.option("--place", default="", help=_("Only the units of this place."))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("月报空表"),
    show_default=True,
    help=_("The folder to write to."),
)
@store_option
def blanks(period: str, place: str, output: Path, store: str) -> None:
    """Write the blank workbooks."""
    from govkit.institutions.month.blanks import reporting_units, write_blanks
    from govkit.institutions.reporting import opened
    from govkit.ledgers.period import Period
    from govkit.ledgers.store import Store

    month, held = Period.month(period), opened(Store(store))
    units = _units_in(held.places, reporting_units(month, held.places), place)
    with progress(_("Blank workbooks"), len(units)) as done:
        written = write_blanks(held.frames, held.places, month, output, units=units, done=done)
    click.echo(_("Wrote {count} workbooks to {folder}").format(count=len(written), folder=output))
    click.echo(_("They hold the units' own open matters, persons included: send each to its own unit only."))


def _units_in(places: "Places", units: "Sequence[Place]", place: str) -> "list[Place]":
    inside = places.find(place).code if place else ""
    return [unit for unit in units if not inside or inside in places.line(unit.code)]
