"""``govkit report …`` and ``govkit reconcile``."""

import copy
import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govkit.cli.output import (
    json_option,
    person_option,
    progress,
    show_batch,
    show_batch_counts,
    show_json,
    show_problems,
    show_table,
    store_option,
    warn_of_log,
)
from govkit.cli.published import approve, published, wording
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.core.errors import Problem
    from govkit.figures.reconcile import Line
    from govkit.rendering.batch import Rendered
    from govkit.rendering.catalogue import Report
    from govkit.rendering.declaration import Parameter
    from govkit.rendering.privacy.check import PrivacyCheck
    from govkit.reports.cache_key import Request
    from govkit.reports.site import Published


@click.command(
    "check",
    help=_(
        "Check finished files (html, docx, pdf, xlsx, pptx, ipynb, csv …) for personal data before they are published."
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_option
@click.option(
    "--without-store",
    is_flag=True,
    help=_("Look for numbers, e-mail and paths only, not for the names and other entries of the ledgers."),
)
@person_option
@json_option
def check_(files: tuple[Path, ...], store: str, without_store: bool, person: str, as_json: bool) -> None:
    """Print what keeps each file from being published."""
    from govkit.rendering.privacy.check import PrivacyCheck
    from govkit.reports.publication import note, pictures_setting, privacy_check

    if not without_store:
        warn_of_log(store, quick=True)
    check = PrivacyCheck(pictures=pictures_setting()) if without_store else privacy_check(store)
    found = {path: _checked(path, check) for path in files}
    refused = [path for path, problems in found.items() if any(one.severity == "error" for one in problems)]
    for path in files if not without_store else ():
        note(store, person, "checked_refused" if path in refused else "checked_passed", files=_named(path, check))
    if as_json:
        show_json([_as_dict(path, problems, path not in refused) for path, problems in found.items()])
    else:
        show_problems([problem for problems in found.values() for problem in problems])
        _show_verdict(len(files), len(refused), without_store)
    if refused:
        raise click.exceptions.Exit(1)


def _as_dict(path: Path, problems: "list[Problem]", passed: bool) -> dict[str, object]:
    return {"file": str(path), "passed": passed, "problems": [problem.as_dict() for problem in problems]}


def _show_verdict(checked: int, refused: int, without_store: bool) -> None:
    said = _("{passed} of {all} files may be published, {refused} may not")
    click.echo(said.format(passed=checked - refused, all=checked, refused=refused))
    if without_store:
        click.echo(_("Names and other entries of the ledgers were not looked for."))


def _checked(path: Path, check: "PrivacyCheck") -> "list[Problem]":
    from govkit.core.errors import Problem, Where
    from govkit.rendering.privacy.extract import MOST_BYTES

    try:
        with path.open("rb") as file:
            return check.check(path.name, file.read(MOST_BYTES + 1))
    except OSError as error:
        what = _("the file cannot be opened ({reason})").format(reason=error.strerror or error)
        return [Problem(Where(str(path)), what, _("Check the path and the file name"))]


def _named(path: Path, check: "PrivacyCheck") -> str:
    """Return a file's name, masked where it names a person, and its hash."""
    import hashlib

    name = check.withheld(path.name)
    try:
        return f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return name


STATUS_TITLES = {
    "match": _("match"),
    "differs": _("DIFFERS"),
    "missing": _("units missing"),
    "stated": _("stated only"),
    "unknown": _("content unknown"),
    "not_covered": _("not covered yet"),
}
AUDIENCE_TITLES = {"internal": _("internal"), "public": _("public")}


missing_option = click.option(
    "--with-missing",
    is_flag=True,
    help=_("Render a bulletin although units have not reported the month; it says who is missing."),
)


def _cores() -> int:
    return max(1, min(64, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


@click.command(help=_("Compare the ledgers with the published figures, code by code."))
@store_option
@click.option("--period", default="", help=_("Up to this month, like 2015-12. [default: the latest]"))
@click.option("--as-of", type=int, default=None, help=_("As of this version of the store."))
@json_option
def reconcile(store: str, period: str, as_of: int | None, as_json: bool) -> None:
    """Print every published figure beside what the ledgers say."""
    from govkit.figures.reconcile import reconcile as compared
    from govkit.figures.snapshot import open_snapshot

    warn_of_log(store, quick=True)
    lines = compared(open_snapshot(store, as_of), period)
    if as_json:
        show_json([line.as_dict() for line in lines])
    else:
        _show_lines(lines)
    if any(line.status in {"differs", "missing"} for line in lines):
        raise click.exceptions.Exit(1)


def _show_lines(lines: "list[Line]") -> None:
    missing = dict.fromkeys(name for line in lines for name in line.missing)
    if missing:
        said = _("Not reported, or not every month: {units}. What does not agree may be for that reason alone.")
        click.echo(said.format(units="、".join(missing)))
    rows = []
    for line in lines:
        figure = line.published
        fact = f"{figure.fact}（{figure.item}）" if figure.item else figure.fact
        stated = figure.words if figure.value else "-"
        computed = "-" if line.computed is None else line.words
        rows.append((figure.code, figure.kind, STATUS_TITLES[line.status], stated, computed, fact))
    # quotation marks are one column wide or two, as the terminal likes: what may hold them comes last
    show_table([_("Code"), _("Kind"), _("Status"), _("Published"), _("Ledgers"), _("Fact")], rows)
    counts = {status: sum(line.status == status for line in lines) for status in STATUS_TITLES}
    click.echo("  ".join(f"{STATUS_TITLES[status]}: {count}" for status, count in counts.items() if count))
    click.echo(_("The source names no year; 2015 is inferred."))


@click.group(help=_("Reports: list and render them."))
def report() -> None:
    """Group the report commands."""


report.add_command(check_)
report.add_command(published)
report.add_command(approve)
report.add_command(wording)
_gate = copy.copy(check_)  # the name of 0.1.0
_gate.hidden = True
report.add_command(_gate, "gate")


@report.command("list", help=_("List the reports with their levels, audiences and parameters."))
@json_option
def list_(as_json: bool) -> None:
    """Print every report, and at the end once the parameters that all of them share."""
    from govkit.rendering.catalogue import reports

    found = reports()
    if as_json:
        show_json([_about(one) for one in found])
        return
    widest = max(found, key=lambda one: len(one.levels) * len(one.audiences))
    shared = set.intersection(*({parameter.name for parameter in one.parameters} for one in found))
    for one in found:
        _show_report(one, [parameter for parameter in one.parameters if parameter.name not in shared])
    click.echo(_("Parameters of every report:"))
    _show_parameters([parameter for parameter in widest.parameters if parameter.name in shared])


def _show_report(one: "Report", own: "Sequence[Parameter]") -> None:
    """Print a report: its name, its title, what it is, its levels and audiences, its own parameters."""
    from govkit.ledgers.places import LEVEL_TITLES

    click.echo(f"{click.style(one.name, bold=True)}  {one.title}")
    click.echo(f"    {one.description}")
    levels = "、".join(title for level, title in LEVEL_TITLES.items() if level in one.levels)
    audiences = "、".join(AUDIENCE_TITLES.get(audience, audience) for audience in one.audiences)
    click.echo(f"    {_('Levels')}：{levels}    {_('Audiences')}：{audiences}")
    if own:
        click.echo(f"    {_('Parameters')}：")
        _show_parameters(own, "        ")
    click.echo()


def _show_parameters(parameters: "Sequence[Parameter]", indent: str = "    ") -> None:
    longest = max(len(parameter.name) for parameter in parameters)
    for parameter in parameters:
        click.echo(f"{indent}{parameter.name:<{longest}}  {parameter.help}")


def _about(one: "Report") -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "levels": one.levels,
        "audiences": one.audiences,
        "parameters": [{"name": p.name, "type": p.type, "default": p.default, "help": p.help} for p in one.parameters],
    }


def _once(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> str:
    """Return the value of an option that is given at most once and is not blank; an empty text if it is not given.

    :raises InputError: it is given twice, or blank.
    """
    from govkit.core.errors import InputError, Problem, Where

    where = Where(option.opts[0])
    if len(given) > 1:
        what = _("It is given several times: {values}").format(values="、".join(given))
        raise InputError(Problem(where, what, _("Give it once")))
    if given and not given[0].strip():
        raise InputError(Problem(where, _("It is blank"), _("Give a value, or leave the option out")))
    return given[0] if given else ""


def _version(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> "int | str | None":
    """Return a version of the store as a number; a text that is no number is left to the check of the parameters."""
    text = _once(context, option, given)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text or None


@report.command(help=_("Render a report for a month."))
@click.argument("name")
@click.option("--period", required=True, multiple=True, callback=_once, help=_("The month, like 2015-09."))
@click.option(
    "--level",
    multiple=True,
    callback=_once,
    metavar="[district|township|village|all]",
    help=_("Every unit of this level."),
)
@click.option("--place", "places", multiple=True, help=_("A unit by name or code; may be given several times."))
@click.option(
    "--audience",
    multiple=True,
    callback=_once,
    metavar="[internal|public]",
    help=_("Who may read it. [default: internal, or the report's only one]"),
)
@click.option(
    "--format", "formats", default="html,docx,pdf", show_default=True, help=_("Formats, separated by commas.")
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help=_("The folder to write to."),
)
@click.option("--param", "extra", multiple=True, metavar="NAME=VALUE", help=_("A further parameter of the report."))
@click.option(
    "--as-of", multiple=True, callback=_version, metavar="INTEGER", help=_("As of this version of the store.")
)
@click.option(
    "--name",
    "template",
    default="{title}-{period}-{place}-{audience}",
    show_default=True,
    help=_("What the files are called; also {place_code}, {level} and {report}."),
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=_cores, help=_("How many reports at the same time. [default: cores]")
)
@click.option("--dask", default="", metavar="ADDRESS", help=_("Render on the Dask cluster whose scheduler is here."))
@click.option("--force", is_flag=True, help=_("Render what is unchanged too."))
@missing_option
@click.option(
    "--timeout", type=click.IntRange(1), default=600, show_default=True, help=_("Seconds that one report may take.")
)
@click.option(
    "--memory", type=click.IntRange(0), default=0, help=_("Megabytes that one report may take. [default: no limit]")
)
@store_option
@json_option
def render(
    name: str,
    period: str,
    level: str,
    places: tuple[str, ...],
    audience: str,
    formats: str,
    output: Path,
    extra: tuple[str, ...],
    as_of: Any,
    template: str,
    jobs: int,
    dask: str,
    force: bool,
    with_missing: bool,
    timeout: int,
    memory: int,
    store: str,
    as_json: bool,
) -> None:
    """Render a report for the units asked for."""
    from govkit.reports.cache_key import Request, answered

    warn_of_log(store, quick=True)
    own = _pairs(extra)
    request = Request(name, store, period, level, places, audience or None, formats, own, as_of, template, with_missing)
    there = None if force else answered(request, output)
    if there is None:
        results = _rendered(request, output, jobs, dask=dask, force=force, limits=(timeout, memory * 1024 * 1024))
        show_batch(results, output, as_json)
    else:
        show_batch_counts(Counter(unchanged=there), [], output, as_json)


def _rendered(
    request: "Request", output: Path, jobs: int, *, dask: str, force: bool, limits: tuple[int, int]
) -> "list[Rendered]":
    from govkit.rendering.batch import Limits
    from govkit.reports.plan import planned, render_all, start_fork_server

    if not dask:
        start_fork_server()
    work = planned(**vars(request))
    with progress(_("Rendering"), len(work.jobs)) as done:
        return render_all(
            work, output, jobs, lambda rendered: done(rendered.job.stem), dask=dask, force=force, limits=Limits(*limits)
        )


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    """Return name → value of ``--param``.

    :raises InputError: a name is given twice.
    :raises BadParameter: one is not of the form NAME=VALUE.
    """
    from govkit.core.errors import Problem, Where, refuse

    pairs: dict[str, str] = {}
    problems = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(
                _("“{text}” is not of the form NAME=VALUE").format(text=text), param_hint="--param"
            )
        if name in pairs:
            what = _("It is given several times: {values}").format(values="、".join((pairs[name], value)))
            problems.append(Problem(Where("--param", item=name), what, _("Give it once")))
        pairs[name] = value
    refuse(problems)
    return pairs


@report.command(help=_("Publish a month's reports as a site in a folder, which a browser opens without a server."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--period",
    "periods",
    multiple=True,
    help=_("A month, like 2015-09; may be given several times. [default: the latest]"),
)
@click.option("--reports", default="", help=_("Names of reports, separated by commas. [default: all that may be read]"))
@click.option("--internal", is_flag=True, help=_("Publish the internal reports instead of the public ones."))
@click.option(
    "--rendered",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help=_("The folder of rendered reports; what has not changed there is not rendered again."),
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=_cores, help=_("How many reports at the same time. [default: cores]")
)
@missing_option
@store_option
@person_option
@json_option
def publish(
    folder: Path,
    periods: tuple[str, ...],
    reports: str,
    internal: bool,
    rendered: Path,
    jobs: int,
    with_missing: bool,
    store: str,
    person: str,
    as_json: bool,
) -> None:
    """Bring a site of reports up to date and print what came of it."""
    from govkit.reports.plan import start_fork_server
    from govkit.reports.site import Request, publish

    start_fork_server()
    names = tuple(filter(None, reports.split(",")))
    request = Request(store, periods, names, "internal" if internal else "public", with_missing)
    with ExitStack() as showing:

        def shown(total: int) -> "Callable[[str], None]":
            return showing.enter_context(progress(_("Rendering"), total))

        done = publish(request, folder, rendered, workers=jobs, progress=shown, person=person)
    if as_json:
        show_json({"folder": str(folder)} | vars(done) | {"problems": [one.as_dict() for one in done.problems]})
    else:
        show_problems(done.problems)
        _show_site(done, folder)
    if any(problem.severity == "error" for problem in done.problems):
        raise click.exceptions.Exit(1)


def _show_site(done: "Published", folder: Path) -> None:
    if not done.is_in_place:
        click.echo(_("{folder}: reports failed; the site is as it was").format(folder=folder), err=True)
        return
    said = _("{folder}: {pages} reports; {written} files written, {unchanged} unchanged, {removed} removed")
    counts = {"pages": done.pages, "written": done.written, "unchanged": done.unchanged, "removed": done.removed}
    click.echo(said.format(folder=folder, **counts))
    click.echo(_("Open it: {path}").format(path=folder / "index.html"))
