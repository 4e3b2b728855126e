"""Output of the command line: problems, tables, progress, JSON; and the options that commands share."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govkit.core.errors import Problem
from govkit.core.files import USER, login_name, may
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.rendering.batch import Rendered

MOST_PROBLEMS = 100


store_option = click.option(
    "--store",
    envvar="GOVKIT_STORE",
    default="store",
    show_default=True,
    help=_("The store of ledgers: a folder or a URL."),
)
json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for a program to read."))
person_option = click.option(
    "--by",
    "person",
    envvar=USER,
    default=login_name,
    help=_("Your name, for the record. [default: login name]"),
)
against_option = click.option(
    "--against",
    "noted",
    multiple=True,
    metavar="HASH",
    help=_("Verify that the log holds the entry of this hash, noted earlier; its first 16 digits are enough."),
)


def show_problems(problems: Sequence[Problem]) -> None:
    """Print problems to standard error, errors first, each with its place and its repair."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    for problem in ordered[:MOST_PROBLEMS]:
        mark = click.style("✗", fg="red") if problem.severity == "error" else click.style("!", fg="yellow")
        click.echo(f"{mark} {problem.where}: {problem.what}", err=True)
        click.echo(f"    → {problem.repair}", err=True)
    if len(ordered) > MOST_PROBLEMS:
        click.echo(_("… and {count} more.").format(count=len(ordered) - MOST_PROBLEMS), err=True)


def warn_of_log(store: str, *, quick: bool = False) -> None:
    """Warn where entries of a store's audit log were changed or removed; nothing is refused for it.

    :param quick: read the log only, not the store's commits.
    """
    if not os.path.isdir(store) or not may(os.X_OK, store):  # noqa: PTH112 - Path.is_dir raises for a long name
        return
    if quick:
        from govkit.core import audit
        from govkit.ledgers.audit_log import AUDIT_LOG

        found = audit.verify(Path(store) / AUDIT_LOG)
    else:
        from govkit.ledgers.store import Store

        found = Store(store).log_problems()
    wrong = [problem for problem in found if problem.severity == "error"]
    if wrong:
        what = _("The audit log is not as it was written, in {count} places").format(count=len(wrong))
        repair = _("`govkit ledger log --verify` names them; find out who changed the file")
        show_problems([Problem(wrong[0].where, what, repair, "warning")])


def show_whole_log(number: int, newest: str) -> None:
    """Say that an audit log is whole, and the hash to be noted."""
    click.echo(_("The audit log is whole: no entry was changed or removed."))
    click.echo(_("Entry {number} is the newest; keep its hash elsewhere: {hash}").format(number=number, hash=newest))


def show_json(value: object) -> None:
    """Print a value as JSON with Chinese characters unescaped."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table whose columns are aligned for wide characters too."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))  # not a str, in which rich would read markup
    on_terminal = sys.stdout.isatty()
    Console(width=None if on_terminal else 240, highlight=False).print(table)


def show_batch(results: "Sequence[Rendered]", folder: Path, as_json: bool = False) -> None:
    """Print what came of a batch: the problems of its failed reports, and how many reports came out how.

    :raises click.exceptions.Exit: with code 1, if a report failed.
    """
    failed = [result for result in results if result.status == "failed"]
    if not as_json:
        shown = [problem for result in failed for problem in result.problems]
        show_problems([*shown, *(warning for result in results for warning in result.warnings)])
    counts = Counter[str](result.status for result in results)
    show_batch_counts(counts, [result.job.stem for result in failed], folder, as_json)
    if failed:
        raise click.exceptions.Exit(1)


def show_batch_counts(counts: Counter[str], failed: Sequence[str], folder: Path, as_json: bool = False) -> None:
    """Print the closing line of a batch, or its JSON.

    :param counts: how many reports were rendered, unchanged and failed, by these words.
    :param failed: the stems of the failed ones.
    """
    if as_json:
        words = {"folder": str(folder), "rendered": counts["rendered"], "unchanged": counts["unchanged"]}
        show_json(words | {"failed": failed})
        return
    said = _("{done} of {all} reports rendered to {folder}, {unchanged} unchanged, {failed} failed")
    words = {"done": counts["rendered"], "unchanged": counts["unchanged"], "failed": len(failed)}
    click.echo(said.format(all=counts.total(), folder=folder, **words))


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show progress with the time left on a terminal and nothing in a pipe.

    :return: a function to call for each finished item with its name.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def done(what: str) -> None:
            bar.update(task, advance=1, description=what)

        yield done
