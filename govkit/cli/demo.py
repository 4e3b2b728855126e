"""``govkit demo`` and ``govkit doctor``."""

from pathlib import Path

import click

from govkit.cli.output import json_option, person_option, progress, show_json, show_problems, show_table
from govkit.core.i18n import gettext as _

STEPS = 11


@click.command(
    help=_("Show the whole way on a sample district: workbooks, store, bulletins, an exam with its results.")
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help=_("The folder to write to."),
)
@person_option
def demo(output: Path, person: str) -> None:
    """Run the demonstration and print what it wrote."""
    from govkit.demo.demonstration import demonstrate

    with progress(_("Demonstration"), STEPS) as done:
        made = demonstrate(output, person, done)
    show_table([_("Step"), _("Result"), _("Where")], [(title, result, place) for title, result, place in made.steps])
    show_problems([problem for rendered in made.failed for problem in rendered.problems])
    if made.failed or made.differing:
        raise click.exceptions.Exit(1)
    click.echo(_("Open the .html files in a browser, the .docx in Word or WPS, the .pdf to print."))


@click.command(help=_("List what is missing on this machine, and how to fix it."))
@json_option
def doctor(as_json: bool) -> None:
    """Print the findings of a check of this machine."""
    from dataclasses import asdict

    from govkit.cli.doctor import examine

    findings = examine(Path.cwd())
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        marks = {"ok": "✓", "note": "!", "missing": "✗"}
        show_table(
            ["", _("Subject"), _("Found"), _("How to fix it")],
            [(marks[f.state], f.subject, f.said, f.repair) for f in findings],
        )
    if any(finding.state == "missing" for finding in findings):
        raise click.exceptions.Exit(1)
