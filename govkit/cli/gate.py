"""``govkit report gate``: the publication gate for files made by hand."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govkit.cli.output import json_option, person_option, show_json, show_problems, store_option
from govkit.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.errors import Problem
    from govkit.reports.gate import Gate


@click.command(
    help=_("Check finished files (html, docx, pdf, xlsx, ipynb, csv …) for personal data before they are published.")
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
def gate(files: tuple[Path, ...], store: str, without_store: bool, person: str, as_json: bool) -> None:
    """Look through files and say what keeps each from being published."""
    from govkit.publication import gate_of, note
    from govkit.reports.gate import Gate

    looking = Gate() if without_store else gate_of(store)
    found = {path: _checked(path, looking) for path in files}
    refused = [path for path, problems in found.items() if any(one.severity == "error" for one in problems)]
    for path in files if not without_store else ():
        note(store, person, "checked_refused" if path in refused else "checked_passed", files=_named(path))
    if as_json:
        show_json([_told(path, problems, path not in refused) for path, problems in found.items()])
    else:
        show_problems([problem for problems in found.values() for problem in problems])
        _say(len(files), len(refused), without_store)
    if refused:
        raise click.exceptions.Exit(1)


def _told(path: Path, problems: "list[Problem]", passed: bool) -> dict[str, object]:
    return {"file": str(path), "passed": passed, "problems": [problem.as_dict() for problem in problems]}


def _say(looked_at: int, refused: int, without_store: bool) -> None:
    said = _("{passed} of {all} files may be published, {refused} may not")
    click.echo(said.format(passed=looked_at - refused, all=looked_at, refused=refused))
    if without_store:
        click.echo(_("Names and other entries of the ledgers were not looked for."))


def _checked(path: Path, looking: "Gate") -> "list[Problem]":
    from govkit.errors import Problem, Where
    from govkit.reports.opened import MOST_BYTES

    try:
        with path.open("rb") as file:
            return looking.check(path.name, file.read(MOST_BYTES + 1))
    except OSError as error:
        what = _("the file cannot be opened ({reason})").format(reason=error.strerror or error)
        return [Problem(Where(str(path)), what, _("Check the path and the file name"))]


def _named(path: Path) -> str:
    import hashlib

    try:
        return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return path.name
