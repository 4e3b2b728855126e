"""``govkit ledger vacuum`` and ``govkit ledger erase``: what a store keeps of its past."""

from typing import TYPE_CHECKING

import click

from govkit.cli.output import json_option, person_option, show_json, show_table, store_option, warn_of_log
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.ledgers.history import Outcome

KEEP_DAYS = 365
_keep_days = click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=KEEP_DAYS,
    show_default=True,
    help=_("Drop the versions that were replaced longer ago; the latest always stays."),
)


@click.command(help=_("Drop old versions of the ledgers, join small files, and delete what no version needs."))
@_keep_days
@store_option
@person_option
@json_option
def vacuum(keep_days: int, store: str, person: str, as_json: bool) -> None:
    """Apply retention to the store and compact it."""
    from govkit.ledgers import history
    from govkit.ledgers.store import Store

    warn_of_log(store)
    outcome = history.vacuum(Store(store), person, keep_days)
    if as_json:
        show_json(_summary(outcome))
        return
    _show_dropped(outcome)


@click.command(help=_("Erase a person from every version of the ledgers and from the log; name all WORDS it goes by."))
@click.argument("words", nargs=-1, required=True)
@_keep_days
@click.option("--yes", is_flag=True, help=_("Erase without asking; without a terminal nothing is erased otherwise."))
@store_option
@person_option
@json_option
def erase(words: tuple[str, ...], keep_days: int, yes: bool, store: str, person: str, as_json: bool) -> None:
    """Show where a person stands, and erase it after confirmation."""
    from govkit.institutions import ledgers
    from govkit.ledgers import history
    from govkit.ledgers.erasure import Person
    from govkit.ledgers.store import Store

    warn_of_log(store)
    opened, known, one = Store(store), ledgers(), Person(words)
    if not as_json:
        _show_found(history.found(opened, known, one))
    if not yes:
        click.confirm(_("Erase this person? It cannot be undone."), default=False, abort=True, err=True)
    outcome = history.erase(opened, known, one, person, keep_days)
    if as_json:
        show_json(_summary(outcome))
        return
    _show_dropped(outcome)
    click.echo(_("Erased. No file of the store holds these words any more."))


def _show_found(cells: dict[str, dict[str, int]]) -> None:
    from govkit.institutions import ledgers

    known = ledgers()
    rows = [
        (known[code].title if code in known else code, known[code][name].title if code in known else name, count)
        for code, columns in cells.items()
        for name, count in columns.items()
    ]
    if rows:
        show_table([_("Ledger"), _("Column"), _("Rows")], rows)
    else:
        click.echo(_("The latest version does not hold these words; earlier ones and the log are searched too."))


def _show_dropped(outcome: "Outcome") -> None:
    click.echo(
        _("Version {version}: {dropped} versions dropped, {files} files deleted").format(
            version=outcome.commit.version, dropped=len(outcome.dropped), files=outcome.files
        )
    )


def _summary(outcome: "Outcome") -> dict[str, object]:
    return {
        "version": outcome.commit.version,
        "dropped": list(outcome.dropped),
        "files": outcome.files,
        "cells": dict(outcome.cells),
    }
