"""``govkit ledger …``: templates, checks, imports, the log, undo, the dictionary."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govkit.cli.collect import blanks, collect, nil, status
from govkit.cli.corrections import correct
from govkit.cli.look import look, mapping_option, settled
from govkit.cli.output import (
    against_option,
    json_option,
    person_option,
    show_json,
    show_problems,
    show_table,
    show_whole_log,
    store_option,
    warn_of_log,
)
from govkit.cli.retention import erase, vacuum
from govkit.core.errors import InputError, InternalError, Problem, UsageError
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.ledgers.check import Intake
    from govkit.ledgers.commit import Commit
    from govkit.ledgers.declare import Ledger
    from govkit.ledgers.read.table import Table
    from govkit.ledgers.scope import Plan
    from govkit.ledgers.store import Store

_files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_platform = click.option(
    "--platform",
    default="",
    metavar="NAME",
    help=_("The files are exports of this platform (data/rules/platform_NAME.csv); its rows are added or renewed."),
)
_annotated = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder for the annotated copies of workbooks with problems. [default: beside the workbook]"),
)


@click.group(help=_("Ledgers: templates, checks, imports, history."))
def ledger() -> None:
    """Group the ledger commands."""


for command in (correct, look, collect, status, nil, blanks, erase, vacuum):
    ledger.add_command(command)


@ledger.command("list", help=_("List the ledgers."))
@json_option
def list_(as_json: bool) -> None:
    """Print the code, title, institution and description of every ledger."""
    from govkit.institutions import institutions

    rows = [(found.code, found.title, group.title, found.about) for group in institutions() for found in group.ledgers]
    if as_json:
        show_json([dict(zip(("code", "title", "institution", "about"), row, strict=True)) for row in rows])
    else:
        show_table([_("Code"), _("Ledger"), _("Institution"), _("What it holds")], rows)


@ledger.command(help=_("Write an Excel template: all ledgers, or those named by code or title."))
@click.argument("names", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("台账模板.xlsx"),
    show_default=True,
    help=_("The file to write."),
)
@store_option
def template(names: tuple[str, ...], output: Path, store: str) -> None:
    """Write the template workbook."""
    from govkit.ledgers.register import places_in_force
    from govkit.ledgers.template import write_template

    click.echo(_("Wrote {path}").format(path=write_template(_chosen(names), places_in_force(store), output)))


@ledger.command(help=_("Show the register of places, or install your own (CSV) into the store."))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@store_option
@person_option
def places(file: Path | None, store: str, person: str) -> None:
    """Print the current register, or install another."""
    from govkit.ledgers.register import places_in_force, written_register
    from govkit.ledgers.store import Store

    warn_of_log(store)
    if file is None:
        click.echo(written_register(places_in_force(store)), nl=False)
        return
    installed = Store(store).install_register(file, person)
    towns, villages = len(installed.at("township")), len(installed.at("village"))
    click.echo(
        _("Installed: {townships} township units, {villages} villages").format(townships=towns, villages=villages)
    )


@ledger.command(help=_("Check workbooks without importing them."))
@_files
@store_option
@_platform
@mapping_option
@_annotated
@json_option
def check(
    files: tuple[Path, ...], store: str, platform: str, mapping: Path | None, output: Path | None, as_json: bool
) -> None:
    """Check files, print every problem, and write annotated copies of the workbooks that have any."""
    intake = _checked(files, output, store, platform, mapping, quiet=as_json)
    if as_json:
        show_json(_summary(intake))
    else:
        _show_rows(intake)
        show_problems(intake.problems)
    if intake.errors:
        raise click.exceptions.Exit(1)


@ledger.command("import", help=_("Check workbooks and import them: all rows or none."))
@_files
@store_option
@person_option
@click.option("--note", default="", help=_("A remark that documents made from this data will carry."))
@click.option("--replace", is_flag=True, help=_("Accept that more rows are removed than added."))
@click.option(
    "--complete",
    is_flag=True,
    help=_(
        "The files hold all rows of their township units and years; what they lack is removed there. "
        "[default: an import covers the units and months that its sheets have rows of]"
    ),
)
@_platform
@mapping_option
@_annotated
@json_option
def import_(
    files: tuple[Path, ...],
    store: str,
    person: str,
    note: str,
    replace: bool,
    complete: bool,
    platform: str,
    mapping: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Import files as one commit."""
    from govkit.figures.snapshot import open_snapshot
    from govkit.ledgers.register import places_in_force
    from govkit.ledgers.store import Store

    warn_of_log(store)
    intake = _checked(files, output, store, platform, mapping, quiet=as_json)
    if intake.errors:
        if as_json:
            show_json(_summary(intake))
            raise click.exceptions.Exit(1)
        _show_rows(intake)
        raise InputError(intake.problems)
    opened, register = Store(store), places_in_force(store)
    plan = None
    if platform:  # an export holds one channel's rows and must not replace the others of its unit and year
        commit = opened.put(intake.ledgers[0], register, person, paths=files, note=note)
    else:
        plan = opened.plan(intake, register, complete=complete)
        if as_json and plan.losses and not replace:
            show_json(_summary(intake, plan.losses) | {"covered": plan.as_dicts()})
            raise click.exceptions.Exit(1)
        agreed = replace if as_json else _show_plan(plan, replace)
        commit = opened.carry_out(plan, person, note, replace=agreed)
    if as_json:
        covered = plan.as_dicts() if plan else []
        show_json(_summary(intake) | {"covered": covered, "version": commit.version if commit else None})
        return
    show_problems(intake.problems)
    if commit is None:
        click.echo(_("Nothing changed: the store already holds exactly these rows."))
        return
    if plan is None:
        _show_changes(commit)
    show_problems(open_snapshot(store).contradictions())
    click.echo(_("Imported as version {version}. `govkit ledger undo` takes it back.").format(version=commit.version))


@ledger.command(help=_("List what was imported and undone, or verify the audit log."))
@click.option("--verify", is_flag=True, help=_("Verify that no entry of the audit log was changed or removed."))
@click.option("--head", is_flag=True, help=_("Print the number and hash of the audit log's newest entry, to be noted."))
@against_option
@store_option
@json_option
def log(verify: bool, head: bool, noted: tuple[str, ...], store: str, as_json: bool) -> None:
    """Print the store's commits, latest first, or the head of its audit log, or what is wrong with that log."""
    from govkit.ledgers.store import Store

    if verify or noted:
        _verify(Store(store), noted, as_json)
        return
    warn_of_log(store)
    if head:
        number, newest = Store(store).log_head()
        if as_json:
            show_json({"number": number, "newest": newest})
        else:
            click.echo(f"{number} {newest}")
    else:
        _show_commits(Store(store).commits()[::-1], as_json)


def _verify(store: "Store", noted: tuple[str, ...], as_json: bool) -> None:
    problems, (number, newest) = store.log_problems(*noted), store.log_head()
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        show_json({"problems": [problem.as_dict() for problem in problems], "number": number, "newest": newest})
    else:
        show_problems(problems)
    if errors:
        raise click.exceptions.Exit(1)
    if not as_json:
        show_whole_log(number, newest)


def _show_commits(commits: "list[Commit]", as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        show_json([asdict(commit) | {"time": commit.time.isoformat()} for commit in commits])
        return
    if not commits:
        click.echo(_("Nothing was imported yet. `govkit ledger template` writes a workbook to start with."))
        return
    rows = [
        (
            commit.version,
            f"{commit.time.astimezone():%Y-%m-%d %H:%M}",
            commit.person,
            _action(commit),
            _files_named(commit),
            _row_counts(commit),
        )
        for commit in commits
    ]
    show_table([_("Version"), _("Time"), _("Person"), _("Action"), _("Files"), _("Rows")], rows)


@ledger.command(help=_("Take back the latest import."))
@store_option
@person_option
def undo(store: str, person: str) -> None:
    """Undo the latest import that was not undone before."""
    from govkit.ledgers.store import Store

    warn_of_log(store)
    opened = Store(store)
    latest = opened.undoable()  # whoever undoes at the same moment means this version too, not the one before it
    commit = opened.undo(person, latest.version if latest else None)
    _show_changes(commit)
    click.echo(
        _("Version {undone} is taken back; the store is at version {version}.").format(
            undone=commit.undoes, version=commit.version
        )
    )


@ledger.command(help=_("Write the data dictionary of ledgers and indicators (Markdown)."))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("The file to write. [default: print it]")
)
def dictionary(output: Path | None) -> None:
    """Print or write the data dictionary."""
    from govkit.institutions import indicators, ledgers
    from govkit.ledgers.dictionary import dictionary as written

    text = written(list(ledgers().values()), list(indicators().values()))
    if output is None:
        click.echo(text)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(_("Wrote {path}").format(path=output))


@ledger.command(help=_("Fill an upper office's blank form (.xlsx or .docx) from the ledgers; a copy is written."))
@click.argument("form", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("The copy to write. [default: FORM-已填, beside the form]"),
)
@click.option("--period", default="", metavar="YYYY-MM", help=_("The month. [default: the one in the form's title]"))
@click.option("--place", default="", help=_("The unit. [default: the one that the form names, else the district]"))
@click.option("--ignore", multiple=True, metavar="WORDS", help=_("Words of the form that change nothing; repeatable."))
@store_option
@json_option
def fill(
    form: Path, output: Path | None, period: str, place: str, ignore: tuple[str, ...], store: str, as_json: bool
) -> None:
    """Fill a form, and list the cells that stay blank with the reason."""
    from govkit.figures.forms.fill import fill_form
    from govkit.figures.snapshot import open_snapshot

    filled = fill_form(open_snapshot(store), form, output, period=period, place=place, ignore=ignore)
    if as_json:
        show_json(filled.as_dict(form))
    else:
        show_problems(filled.problems(form))
        blank = sum(map(len, filled.unanswered.values()))
        click.echo(_("Filled in: {filled} cells; left blank: {blank}").format(filled=filled.count, blank=blank))
        if filled.path:
            click.echo(_("Wrote {path}").format(path=filled.path))
    if not filled.count:
        raise click.exceptions.Exit(1)


def _chosen(names: tuple[str, ...]) -> "list[Ledger]":
    from govkit.core.errors import Problem, Where
    from govkit.institutions import ledgers

    known = ledgers()
    by_name = {
        form: found for found in known.values() for form in (found.code, found.title, found.title.removesuffix("台账"))
    }
    problems = [
        Problem(
            Where("template", item=name),
            _("There is no ledger “{value}”").format(value=name),
            _("Choose one of: {choices}").format(choices="、".join(found.title for found in known.values())),
        )
        for name in names
        if name not in by_name
    ]
    if problems:
        raise UsageError(problems)
    return [by_name[name] for name in names] or list(known.values())


def _checked(
    files: tuple[Path, ...], output: Path | None, store: str, platform: str, mapping: Path | None, *, quiet: bool
) -> "Intake":
    from govkit.institutions import ledgers, platforms
    from govkit.ledgers.annotate import annotate
    from govkit.ledgers.check import check_files
    from govkit.ledgers.corrections import applied
    from govkit.ledgers.read.sheets import source_names
    from govkit.ledgers.register import places_in_force
    from govkit.ledgers.store import Store

    known = platforms.platform(platform) if platform else None
    places, kept = places_in_force(store), Store(store).corrections()

    def corrected(table: "Table") -> "Table":
        return applied(table, kept, places)

    told = {key: column for path in files for key, column in settled(path, mapping, store).items()}
    intake = check_files(files, ledgers().values(), places, platform=known, corrected=corrected, settled=told)
    for path, source in source_names(files).items():
        own = [problem for problem in intake.problems if problem.where.source == source]
        if not any(problem.severity == "error" for problem in own):
            continue
        try:
            copy = annotate(path, own, output or path.parent, source)
        except InternalError as error:  # the problems themselves are shown all the same
            show_problems(error.problems)
            continue
        if copy is not None and not quiet:
            click.echo(_("The problems are marked in {path}").format(path=copy))
    return intake


def _summary(intake: "Intake", losses: Sequence[Problem] = ()) -> dict[str, object]:
    return {
        "ledgers": [
            {"code": c.ledger.code, "rows_in": c.rows_in, "accepted": len(c.accepted), "refused": len(c.refused)}
            for c in intake.ledgers
        ],
        "problems": [problem.as_dict() for problem in (*intake.problems, *losses)],
    }


def _show_rows(intake: "Intake") -> None:
    rows = [(c.ledger.title, c.rows_in, len(c.accepted), len(c.refused)) for c in intake.ledgers]
    if rows:
        show_table([_("Ledger"), _("Rows in"), _("Accepted"), _("Refused")], rows)


def _show_changes(commit: "Commit") -> None:
    from govkit.institutions import ledgers

    titles = {code: found.title for code, found in ledgers().items()}
    rows = [(titles[c.ledger], c.added, c.changed, c.removed, c.rows) for c in commit.changes]
    show_table([_("Ledger"), _("Added"), _("Changed"), _("Removed"), _("Rows now")], rows)


def _show_plan(plan: "Plan", replace: bool) -> bool:
    """Print what an import covers and does, and ask on a terminal where it removes more than it adds."""
    rows = [
        (
            u.ledger.title,
            u.units(plan.places),
            u.months(),
            u.change.added,
            u.change.changed,
            u.change.removed,
            u.change.rows,
        )
        for u in plan.updates
    ]
    if rows:
        headings = [_("Ledger"), _("Units covered"), _("Months covered"), _("Added"), _("Changed"), _("Removed")]
        show_table([*headings, _("Rows then")], rows)
    if replace or not plan.losses or not sys.stdin.isatty():
        return replace
    for problem in plan.losses:
        click.echo(f"{problem.where}: {problem.what}", err=True)
    return click.confirm(_("Remove these rows?"), default=False, abort=True, err=True)


def _action(commit: "Commit") -> str:
    if commit.action == "undo":
        return _("undo of {version}").format(version=commit.undoes)
    words = {"import": _("import"), "correct": _("value corrected"), "withdraw": _("correction withdrawn")}
    words |= {"report": _("reports recorded"), "erase": _("person erased"), "vacuum": _("old versions dropped")}
    return words.get(commit.action, commit.action)


def _files_named(commit: "Commit") -> str:
    first = commit.sources[0].name if commit.sources else ""
    if len(commit.sources) < 2:
        return first
    return _("{first} and {count} more").format(first=first, count=len(commit.sources) - 1)


def _row_counts(commit: "Commit") -> str:
    added, changed, removed = (sum(getattr(c, p) for c in commit.changes) for p in ("added", "changed", "removed"))
    return f"+{added} ~{changed} -{removed}"
