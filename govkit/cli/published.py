"""``govkit report published``, ``approve`` and ``wording``: what was published, its second person, its free texts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govkit.cli.output import json_option, person_option, show_json, show_table, store_option
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.reports.published import Entry

STATUS_TITLES = {"published": _("published"), "submitted": _("waits for a second person"), "withdrawn": _("withdrawn")}


@click.command("published", help=_("List what was published: when, by whom, from which version, with its hashes."))
@store_option
@json_option
def published(store: str, as_json: bool) -> None:
    """Print the register of published documents, the oldest first."""
    from dataclasses import asdict

    from govkit.figures.snapshot import open_snapshot
    from govkit.reports.published import Register

    entries = Register(open_snapshot(store).store.url).entries()
    if as_json:
        show_json([asdict(entry) for entry in entries])
        return
    headings = [_("No."), _("Time"), _("Document"), _("Status"), _("Persons"), _("Version"), _("Files")]
    show_table(headings, [_line(entry) for entry in entries])
    for entry in entries:
        for change in entry.changes if entry.corrects else ():
            said = _("{number} corrects {corrects}: {before} → {after}")
            words = {"before": change.before or "—", "after": change.after or "—"}
            click.echo(said.format(number=entry.number, corrects=entry.corrects, **words))


def _line(entry: "Entry") -> tuple[str, ...]:
    persons = "、".join(filter(None, (entry.person, entry.approved_by)))
    files = " ".join(f"{fmt}:{hash_[:12]}" for fmt, hash_ in entry.files.items())
    return (
        str(entry.number),
        entry.at,
        entry.stem,
        STATUS_TITLES[entry.status],
        persons,
        str(entry.version),
        files,
    )


@click.command("approve", help=_("Approve submitted files as the second person, so that they count as published."))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@person_option
def approve(files: tuple[Path, ...], store: str, person: str) -> None:
    """Publish submitted documents, each by one of its files."""
    from hashlib import sha256

    from govkit.figures.snapshot import open_snapshot
    from govkit.reports.publication import issue_correction, note
    from govkit.reports.published import Register

    url = open_snapshot(store).store.url
    for path in files:
        entry = Register(url).approve(sha256(path.read_bytes()).hexdigest(), person)
        if entry.approved_by != person:
            click.echo(_("{stem}: published already").format(stem=entry.stem))
            continue
        note(url, person, "approved", stem=entry.stem)
        page = issue_correction(url, entry, path.parent)
        said = _("{stem}: published; submitted by {first}, approved by {second}")
        click.echo(said.format(stem=entry.stem, first=entry.person, second=person))
        if page is not None:
            click.echo(_("Correction: {path}").format(path=page))


@click.command("wording", help=_("List the free texts in which something was masked for the public, to decide on."))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Write them as a rule file to fill in.")
)
@store_option
@json_option
def wording(output: Path | None, store: str, as_json: bool) -> None:
    """Print each free text with its masked form; ``-o`` writes public_wordings.csv."""
    from dataclasses import asdict

    import pandas as pd

    from govkit.core.files import atomic_write
    from govkit.core.spreadsheet import csv_frame
    from govkit.figures.public_wording import WORDINGS
    from govkit.figures.snapshot import open_snapshot

    proposals = open_snapshot(store).public.wording.proposals()
    if output is not None:
        columns = ["original", "public", "effective_from", "effective_to", "source", "mark"]
        rows = [(one.original, one.public, "", "", one.ledger, "") for one in proposals]
        table = csv_frame(pd.DataFrame(rows, columns=columns))
        atomic_write(output, table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
        said = _("{path}: {count} texts; correct the column public, and put the file into GOVKIT_RULES as {name}.csv")
        click.echo(said.format(path=output, count=len(proposals), name=WORDINGS))
    elif as_json:
        show_json([asdict(one) for one in proposals])
    else:
        rows_shown = [(one.ledger, one.column, one.original, one.public) for one in proposals]
        show_table([_("Ledger"), _("Column"), _("Original"), _("For the public")], rows_shown)
        click.echo(
            _("{count} texts were masked; `govkit report wording -o FILE` writes them down").format(
                count=len(proposals)
            )
        )
