"""``govkit notebooks …``: the notebooks that the kit carries, in a folder of the user's own."""

from collections import Counter
from pathlib import Path

import click

from govkit import __version__
from govkit.cli.output import json_option, show_json, show_table
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _

_STATUSES = {
    "new": _("copied"),
    "updated": _("updated"),
    "current": _("up to date"),
    "edited": _("edited by you, kept"),
    "beside": _("edited by you, kept; the newer one is beside it"),
    "retired": _("no longer part of govkit, left as it is"),
}


@click.group(help=_("Notebooks: copy them to a folder of your own."))
def notebooks() -> None:
    """Group the notebook commands."""


@notebooks.command(help=_("Copy the notebooks to a folder, or update those there; what you have edited stays."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def copy(folder: Path, as_json: bool) -> None:
    """Hand out the notebooks and print what was done with each."""
    from govkit.core.handout import hand_out

    done = hand_out(shipped("notebooks"), folder, __version__)
    if as_json:
        show_json([{"file": one.name, "status": one.status, "written": one.written} for one in done])
        return
    show_table([_("Notebook"), _("Status")], [(one.name, _said(one.status, one.written)) for one in done])
    counts = Counter(one.status for one in done)
    said = _("{folder}: {new} copied, {updated} updated, {kept} of yours kept")
    kept = counts["edited"] + counts["beside"]
    click.echo(said.format(folder=folder, new=counts["new"], updated=counts["updated"], kept=kept))
    click.echo(_("Open them: jupyter lab {folder}").format(folder=folder))


def _said(status: str, written: str) -> str:
    return f"{_STATUSES[status]}：{written}" if status == "beside" and written else _STATUSES[status]
