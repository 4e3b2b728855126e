"""``govkit exam serve``: run the exam room on this computer."""

from pathlib import Path
from typing import Any

import click

from govkit.cli.output import show_table
from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _


@click.command(help=_("Run the exam room: candidates sign in from a browser. Makes a room for each exam folder named."))
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--host", default="0.0.0.0", show_default=True, help=_("The address candidates reach; all by default."))  # noqa: S104
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help=_("The candidates' port."))
@click.option(
    "--admin-port", default=0, type=click.IntRange(0, 65535), help=_("The trainer's port. [default: any free one]")
)
@click.option(
    "--data",
    default=Path("room"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Where answers are kept: a folder on this computer's own disk."),
)
@click.option("--name", "names", multiple=True, help=_("A further name by which candidates call this computer."))
@click.option("--public", default="", help=_("The address that candidates use when a proxy is in front of the server."))
@click.option("--proxy", "proxies", multiple=True, help=_("A proxy whose word on a candidate's address is believed."))
@click.option(
    "--database",
    default="",
    envvar="GOVKIT_DATABASE",
    help=_("A PostgreSQL address, for several servers that share a room."),
)
def serve(
    folders: tuple[Path, ...],
    host: str,
    port: int,
    admin_port: int,
    data: Path,
    names: tuple[str, ...],
    public: str,
    proxies: tuple[str, ...],
    database: str,
) -> None:
    """Run the exam room until it is stopped."""
    try:
        from govkit.room.http.proxy import proxy_options
        from govkit.room.http.server import Options
        from govkit.room.http.server import serve as served
    except ImportError as error:
        what = _("The exam room needs the package {name}").format(name=error.name)
        raise UsageError(Problem(Where("govkit"), what, _("Install it: pip install 'govkit[room]'"))) from None
    proxy = proxy_options(public, proxies)
    served(Options(data, host, port, admin_port, names, tuple(folders), database, proxy), ready=_show)


def _show(about: dict[str, Any]) -> None:
    for url in about["urls"]:
        click.echo(_("Candidates: {url}").format(url=url))
    rooms = [[room["room_id"], room["title"], str(room["candidates"]), room["pins"]] for room in about["rooms"]]
    if rooms:
        show_table([_("Room"), _("Title"), _("Candidates"), _("PINs")], rooms)
    click.echo(_("The trainer's panel: notebooks/exams/exam_room.ipynb. Stop with Ctrl+C."))
