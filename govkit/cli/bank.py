"""``govkit bank …``: check a question bank, count it, convert it."""

from datetime import date, datetime
from pathlib import Path

import click

from govkit.cli.output import json_option, person_option, show_json, show_problems, show_table
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _

_path = click.argument("path", required=False, type=click.Path(path_type=Path))
_on = click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_("The day of the exam, like 2026-12-19. [default: today]"),
)


@click.group(help=_("Question banks: check, count, convert."))
def bank() -> None:
    """Group the bank commands."""


@bank.command(help=_("Check a bank for errors and doubtful questions. [default: quizzes here, or the shipped bank]"))
@_path
@_on
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("The bank's record of earlier exams: compare the difficulties with the facilities observed."),
)
@json_option
def check(path: Path | None, on: datetime | None, record: Path | None, as_json: bool) -> None:
    """Print every problem of a bank; errors give exit code 1."""
    from govkit.exams.bank.checks import check_path
    from govkit.exams.results.exposure import observed_facility

    found, problems = check_path(bank_path(path), _day(on), observed_facility(record) if record else None)
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        show_json({"questions": len(found), "problems": [problem.as_dict() for problem in problems]})
    else:
        show_problems(problems)
        line = _("{questions} questions read: {errors} errors, {warnings} warnings.")
        click.echo(line.format(questions=len(found), errors=errors, warnings=len(problems) - errors))
    if errors:
        raise click.exceptions.Exit(1)


@bank.command(help=_("Count a bank by topic, type, difficulty and source. [default: as for check]"))
@_path
@_on
@json_option
def stats(path: Path | None, on: datetime | None, as_json: bool) -> None:
    """Print what a bank holds."""
    from govkit.exams.bank.bank import bank_stats, load_bank

    counts = bank_stats(load_bank(bank_path(path)), _day(on))
    if as_json:
        show_json(counts.as_dict())
        return
    header, *rows = counts.table()
    show_table(header, rows)
    click.echo()
    show_table([_("Source"), _("Questions")], list(counts.by_source.items()))
    click.echo()
    click.echo("  ".join(f"{band}: {count}" for band, count in counts.by_difficulty.items()))
    line = _("{questions} questions; {usable} may be set on {day}.")
    click.echo(line.format(questions=counts.questions, usable=counts.usable, day=_day(on).isoformat()))
    click.echo(_("{count} of them were reviewed by someone in charge.").format(count=counts.reviewed))


@bank.command(help=_("Review a bank: list it, or accept or return one question. [default: as for check]"))
@_path
@click.argument("question", required=False)
@click.option("--accept", is_flag=True, help=_("Accept the question as it stands."))
@click.option("--return", "comment", help=_("Return the question with this comment."))
@_on
@person_option
@json_option
def review(
    path: Path | None,
    question: str | None,
    accept: bool,
    comment: str | None,
    on: datetime | None,
    person: str,
    as_json: bool,
) -> None:
    """Record a verdict on a question, or list the verdicts."""
    from govkit.exams.bank.bank import load_bank
    from govkit.exams.bank.review import review as recorded
    from govkit.exams.bank.review import review_rows

    folder = bank_path(path)
    known = load_bank(folder).by_id()
    if question:
        if question not in known:
            raise click.UsageError(_("The bank has no question “{id}”.").format(id=question))
        if accept == (comment is not None):
            raise click.UsageError(_("Say one of --accept and --return."))
        recorded(folder, known[question], person, accepted=accept, comment=comment or "", on=_day(on))
    rows = review_rows([known[question]] if question else known.values(), folder)
    header = [_("Question"), _("Stem"), _("State"), _("Reviewer"), _("Day"), _("Text compared"), _("Comment")]
    if as_json:
        show_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        show_table(header, rows)


@bank.command(
    help=_("Convert a bank: YAML, Word, plain text, GIFT, Aiken, Moodle XML, QTI, Excel, CSV; by ending, or by name.")
)
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="[OUT]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--from", "from_", help=_("The format of IN: yaml, gift, aiken, text, word, moodle, qti2.1, qti2.2, qti3, xlsx.")
)
@click.option("--to", help=_("The format of OUT, likewise; texts and Word files are only read."))
@click.option("--skip-bad", is_flag=True, help=_("Write the questions that are right; the rest come back, marked."))
@click.option("--force", is_flag=True, help=_("Replace OUT if it is there."))
@click.option("--prefix", default="", help=_("Number the questions anew: PREFIX-1, PREFIX-2 …"))
@click.option(
    "--preview", type=click.Path(path_type=Path), help=_("Write a page that shows each question; OUT not needed.")
)
@json_option
def convert(
    source: Path,
    target: Path | None,
    from_: str | None,
    to: str | None,
    skip_bad: bool,
    force: bool,
    prefix: str,
    preview: Path | None,
    as_json: bool,
) -> None:
    """Convert a bank and print what became of its questions, and what the target cannot hold."""
    from govkit.exams.bank.convert import Conversion, examine, import_bank

    path = bank_path(source)
    if preview:
        report = examine(path, from_)
        atomic_write(preview, report.preview().encode())
    if target:
        report = import_bank(path, target, Conversion(from_, to, skip_bad, force, prefix))
    elif not preview:
        raise click.UsageError(_("Name the file to write, or --preview."))
    if as_json:
        show_json(report.as_dict())
        return
    show_problems([*report.problems, *report.losses])
    click.echo(report.summary())
    for written in (each for each in (preview, target, report.copy) if each):
        click.echo(_("Wrote {path}").format(path=written))


def bank_path(given: Path | None = None) -> Path:
    """Return the bank to use: the one named, ``quizzes`` in the current folder, or the shipped one.

    ``quizzes`` is the shipped bank too where there is no such folder, so that it can be named and copied.
    """
    from govkit.core.files import shipped

    own = Path("quizzes")
    named = given or own
    return shipped("quizzes") if named == own and not own.is_dir() else named


def _day(on: datetime | None) -> date:
    return on.date() if on else date.today()
