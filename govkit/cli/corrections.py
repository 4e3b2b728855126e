"""``govkit ledger correct …``: corrections of single values whose source cannot be corrected itself."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from govkit.cli.output import json_option, person_option, show_json, show_table, store_option, warn_of_log
from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.ledgers.declare import Ledger


@click.group(help=_("Corrections of single values whose source cannot be corrected: list, add, withdraw."))
def correct() -> None:
    """Group the commands for corrections."""


@correct.command("list", help=_("List the corrections in force, with reason and person."))
@store_option
@json_option
def list_(store: str, as_json: bool) -> None:
    """Print the corrections in force."""
    from govkit.institutions import ledgers
    from govkit.ledgers.store import Store

    found = Store(store).corrections()
    if as_json:
        show_json([asdict(one) for one in found])
        return
    if not found:
        click.echo(_("There are no corrections."))
        return
    known = ledgers()
    places = [(known[c.ledger].title, c.row, known[c.ledger][c.column].title) for c in found]
    rows = [
        (c.number, *place, c.found, c.right, c.reason, c.person, c.day) for c, place in zip(found, places, strict=True)
    ]
    headings = [_("No."), _("Ledger"), _("Row"), _("Column"), _("In the source"), _("Right"), _("Reason")]
    show_table([*headings, _("Person"), _("Day")], rows)


@correct.command(help=_("Enter a correction: LEDGER by code or title, ROW by its number, COLUMN by its heading."))
@click.argument("ledger")
@click.argument("row")
@click.argument("column")
@click.option("--found", required=True, help=_("The value that the source has; “（空）” for a blank one."))
@click.option("--right", required=True, help=_("The right value; “（空）” to blank it."))
@click.option("--reason", required=True, help=_("Why it is wrong, and what it was reviewed against."))
@store_option
@person_option
def add(ledger: str, row: str, column: str, found: str, right: str, reason: str, store: str, person: str) -> None:
    """Enter a correction and apply it to the row that the store holds."""
    from govkit.ledgers.corrections import made
    from govkit.ledgers.register import places_in_force
    from govkit.ledgers.store import Store

    warn_of_log(store)
    known, places = _ledger(ledger), places_in_force(store)
    one = made(known, column, row, found=found, right=right, reason=reason, person=person, places=places)
    commit = Store(store).correct(one, known, places)
    click.echo(_("Entered as correction {number}.").format(number=commit.version))
    if not commit.changes:
        click.echo(_("The store does not hold this row yet; the correction is applied when its file is imported."))


@correct.command(help=_("Withdraw a correction by its number, since the source is right now or has changed."))
@click.argument("number", type=int)
@store_option
@person_option
def withdraw(number: int, store: str, person: str) -> None:
    """Withdraw a correction."""
    from govkit.ledgers.store import Store

    warn_of_log(store)
    Store(store).withdraw(number, person)
    click.echo(_("Correction {number} is withdrawn; import the file again.").format(number=number))


def _ledger(name: str) -> "Ledger":
    from govkit.institutions import ledgers

    for found in ledgers().values():
        if name in (found.code, found.title, found.title.removesuffix("台账")):
            return found
    raise UsageError(
        Problem(
            Where("correct", item=name),
            _("There is no ledger “{value}”").format(value=name),
            _("Choose one of: {choices}").format(choices="、".join(ledgers())),
        )
    )
