"""``govkit ledger look``: how files are read; and what an office settled about headings."""

import sys
from pathlib import Path

import click

from govkit.cli.output import show_problems, store_option
from govkit.core.i18n import gettext as _

mapping_option = click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("What your office settled about headings. [default: 表头对照.csv beside the workbook and in the store]"),
)


@click.command(help=_("Show how files are read: header, rows, totals, notes, and what is not read, in colours."))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@mapping_option
@store_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Write the preview as a page (.html).")
)
def look(files: tuple[Path, ...], mapping: Path | None, store: str, output: Path | None) -> None:
    """Print a preview of each sheet, or write a page of them; what is wrong or guessed follows."""
    from govkit.core.files import atomic_write
    from govkit.institutions import ledgers
    from govkit.ledgers.read.headings import Vocabulary
    from govkit.ledgers.read.preview import Preview, as_page, as_text
    from govkit.ledgers.read.sheets import read_sheets

    pages, problems = [], []
    for path in files:
        vocabulary = Vocabulary(ledgers().values(), settled(path, mapping, store))
        previews = [Preview(path.name, sheet, vocabulary) for sheet in read_sheets(path).values()]
        problems += [problem for preview in previews for problem in preview.problems]
        pages.append(as_page(path.name, previews))
        if output is None:
            for preview in previews:
                click.echo(as_text(preview, _in_colour if sys.stdout.isatty() else None) + "\n")
    if output is not None:
        atomic_write(output, "\n".join(pages).encode())
        click.echo(_("Wrote {path}").format(path=output))
    show_problems(problems)
    if any(problem.severity == "error" for problem in problems):
        raise click.exceptions.Exit(1)


def _in_colour(words: str, colour: str) -> str:
    return click.style(words, fg=colour)


def settled(path: Path, mapping: Path | None, store: str) -> dict[tuple[str, str], str]:
    """Return what the office settled about headings: in the file given, else wherever it keeps such a file."""
    from govkit.ledgers.read.headings import read_mapping, settled_near

    return read_mapping(mapping) if mapping else settled_near(path, store)
