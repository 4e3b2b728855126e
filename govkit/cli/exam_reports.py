"""``govkit exam results | bulletin | log``: results of a marked exam, and the audit log."""

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from govkit.cli.output import (
    against_option,
    json_option,
    person_option,
    progress,
    show_batch,
    show_json,
    show_problems,
    show_table,
    show_whole_log,
)
from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _

_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
_sitting = click.option(
    "--sitting",
    type=click.Choice(["first", "resit", "final"]),
    default="first",
    show_default=True,
    help=_("Which sitting: the first, the resit, or the better of the two."),
)


@click.command(
    help=_("Print the results of a marked exam by unit, or return them to the ledgers. The key stays closed.")
)
@_folder
@_sitting
@click.option("--to-store", metavar="STORE", help=_("Import the results, resit included, into this store of ledgers."))
@click.option(
    "--kind",
    type=click.Choice(["district", "township", "other"]),
    default="district",
    show_default=True,
    help=_("The kind of exam, for the ledger."),
)
@click.option(
    "--candidates",
    "candidate",
    type=click.Choice(["cadre", "member", "representative"]),
    default="cadre",
    show_default=True,
    help=_("What the candidates are, for the ledger, where the roster's post does not show it."),
)
@click.option("--note", default="", help=_("A remark that documents made from this data will carry."))
@person_option
@json_option
def results(
    folder: Path,
    sitting: str,
    to_store: str | None,
    kind: str,
    candidate: str,
    note: str,
    person: str,
    as_json: bool,
) -> None:
    """Print results by unit, or import them into a store."""
    if to_store is None:
        show_results(folder, sitting, as_json)
        return
    from govkit.exams.results.to_ledger import import_results
    from govkit.figures.snapshot import open_snapshot

    commit = import_results(folder, to_store, person, kind=kind, candidate=candidate, note=note)
    if as_json:
        show_json({"version": commit.version if commit else None})
    elif commit is None:
        click.echo(_("Nothing changed: the store already holds exactly these rows."))
    else:
        (change,) = commit.changes
        line = _("Results: {added} rows added, {changed} changed, {removed} removed.")
        click.echo(line.format(added=change.added, changed=change.changed, removed=change.removed))
        show_problems(open_snapshot(to_store).contradictions())
        click.echo(
            _("Imported as version {version}. `govkit ledger undo` takes it back.").format(version=commit.version)
        )


@click.command(help=_("List what was done to an exam: who assembled, opened the key, marked, corrected, issued."))
@_folder
@click.option("--verify", is_flag=True, help=_("Verify that no entry of the audit log was changed or removed."))
@against_option
@json_option
def log(folder: Path, verify: bool, noted: tuple[str, ...], as_json: bool) -> None:
    """Print the audit log of an exam folder; a broken chain gives exit code 1."""
    from dataclasses import asdict

    from govkit.core import audit

    path = _logged(folder)
    entries = list(audit.entries(path))
    verify = verify or bool(noted)
    problems, (number, newest) = (audit.verify(path, noted), audit.newest(path)) if verify else ([], (0, ""))
    if as_json:
        found = [problem.as_dict() for problem in problems]
        show_json({"entries": [asdict(entry) for entry in entries], "problems": found, "newest": newest})
    else:
        rows = [
            (entry.number, _local_time(entry.at), entry.person, entry.action, _details(entry.details))
            for entry in entries
        ]
        show_table([_("No."), _("Time"), _("Person"), _("Action"), _("Details")], rows)
        show_problems(problems)
    if problems:
        raise click.exceptions.Exit(1)
    if verify and not as_json:
        show_whole_log(number, newest)


@click.command(help=_("Render the result bulletin of a marked exam. The key stays closed."))
@_folder
@_sitting
@click.option(
    "--audience",
    type=click.Choice(["internal", "public"]),
    default="internal",
    show_default=True,
    help=_("Who may read it; the public sees no full name."),
)
@click.option(
    "--format", "formats", default="html,docx,pdf", show_default=True, help=_("Formats, separated by commas.")
)
@click.option("--honours", type=float, help=_("Least points for the honours list. [default: 90]"))
@click.option("--honours-most", type=click.IntRange(0), help=_("At most so many on it, but for ties. [default: 20]"))
@click.option("--issuer", help=_("The issuing office; a blank to fill in if left out."))
@click.option("--issued", help=_("The day of issue, like 2015-10-08."))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help=_("The folder to write to."),
)
@person_option
def bulletin(
    folder: Path,
    sitting: Any,
    audience: Any,
    formats: str,
    honours: float | None,
    honours_most: int | None,
    issuer: str | None,
    issued: str | None,
    output: Path,
    person: str,
) -> None:
    """Render the result bulletin."""
    from govkit.exams.results.bulletin import render_bulletin

    given = {"honours_least": honours, "honours_most": honours_most, "issuer": issuer, "issued": issued}
    settings = {name: value for name, value in given.items() if value is not None}
    with progress(_("Rendering"), 1) as done:
        rendered = render_bulletin(
            folder, output, person, sitting=sitting, audience=audience, formats=formats, settings=settings
        )
        done(rendered.job.stem)
    show_batch([rendered], output)
    click.echo(_("Wrote {path}").format(path=" ".join(str(output / name) for name in rendered.outputs.values())))


def show_results(folder: Path, sitting: Any, as_json: bool) -> None:
    """Print the results of a sitting by unit."""
    from govkit.exams.results.results import Sitting, exam_results

    assert sitting in get_args(Sitting)  # noqa: S101 - click has chosen
    found = exam_results(folder, sitting)
    if as_json:
        show_json({"units": found.units.to_dict("records"), "base": found.base})
        return
    shown = found.units.assign(
        average=found.units["average"].map(lambda points: _number(points, 2)),
        pass_rate=found.units["pass_rate"].map(lambda percent: _number(percent, 1)),
    )
    columns = ["unit", "registered", "sat", "absent", "average", "passed", "pass_rate"]
    titles = [_("Unit"), _("Registered"), _("Sat"), _("Absent"), _("Average"), _("Passed"), _("Pass rate (%)")]
    show_table(titles, shown[columns].to_numpy().tolist())
    click.echo(_("Pass rate: {base}").format(base=found.base))


def _logged(folder: Path) -> Path:
    """Return the audit log of an exam folder."""
    from govkit.exams.paper.key import AUDIT_FILE

    path = folder / AUDIT_FILE
    if path.is_file():
        return path
    what = _("There is no log here")
    raise InputError(Problem(Where(str(path)), what, _("Name an exam's folder; its log begins when it is assembled")))


def _local_time(at: object) -> str:
    """Return a time of the log in the local zone; as written where an altered entry holds no time."""
    try:
        return f"{datetime.fromisoformat(str(at)).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return str(at)


def _details(details: dict[str, Any]) -> str:
    """Return details as ``name=value``; hashes are cut to the eight characters that documents show."""
    shown = {name: str(value)[:8] if name in ("marks", "sha256") else value for name, value in details.items()}
    return " ".join(f"{name}={value}" for name, value in shown.items())


def _number(value: float | None, digits: int) -> str:
    from govkit.rendering.content.wording import number

    return number(value, digits=digits)
