"""``govkit dashboard``: the month's board and the explorer, read-only, for browsers on this computer."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import click

from govkit.cli.output import progress, store_option
from govkit.core.i18n import gettext as _


@click.command(help=_("Show the month's board and the explorer in a browser on this computer; nothing can be changed."))
@click.option("--port", default=8866, show_default=True, type=click.IntRange(0, 65535), help=_("The port; 0 for any."))
@click.option("--period", default="", help=_("The month of the board, like 2015-09. [default: the latest]"))
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help=_("Show the reports of this folder too, which `govkit report publish` has made."),
)
@store_option
def dashboard(port: int, period: str, site: Path | None, store: str) -> None:
    """Serve the dashboard until it is stopped."""
    from govkit.figures.snapshot import open_snapshot
    from govkit.widgets.dashboard import Dashboard, answers

    with ExitStack() as showing:

        def shown(total: int) -> Callable[[str], None]:
            return showing.enter_context(progress(_("Computing"), total))

        found = answers(open_snapshot(store), period, site, shown)
    with Dashboard(found, port) as server, suppress(KeyboardInterrupt):
        click.echo(_("The dashboard: {url}  Stop with Ctrl+C.").format(url=server.url))
        server.serve_forever()
