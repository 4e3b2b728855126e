"""``govkit exam …``: assemble, simulate, mark, correct the key, analyse."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govkit.cli import exam_reports
from govkit.cli.output import json_option, person_option, progress, show_json, show_table
from govkit.cli.serve import serve
from govkit.core.errors import InputError, Problem, UsageError, Where
from govkit.core.frames import named_rows
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.exams.exam import Assembled
    from govkit.exams.marking.remark import Effect
    from govkit.exams.results.analysis import Analysis

PASSPHRASE = "GOVKIT_PASSPHRASE"  # noqa: S105 - the name of a variable
MOST_CHANGES = 50

_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@click.group(help=_("Closed-book exams: assemble, mark, re-mark, analyse, results. An exam is a folder."))
def exam() -> None:
    """Group the exam commands."""


for command in (serve, exam_reports.results, exam_reports.bulletin, exam_reports.log):
    exam.add_command(command)


@exam.command(help=_("Assemble papers and a sealed key. BLUEPRINT is a file, or the name of a shipped one."))
@click.argument("blueprint", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("exam"),
    show_default=True,
    help=_("The exam's folder."),
)
@click.option(
    "--bank", type=click.Path(path_type=Path), help=_("The question bank. [default: quizzes here, or shipped]")
)
@click.option("--seed", default="", help=_("The same seed gives the same papers. [default: a secret one is drawn]"))
@click.option(
    "--exposure",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("The bank's record of earlier exams, as `exam analyse --record` keeps it."),
)
@person_option
@json_option
def assemble(
    blueprint: Path, output: Path, bank: Path | None, seed: str, exposure: Path | None, person: str, as_json: bool
) -> None:
    """Assemble an exam folder."""
    from govkit.cli.bank import bank_path
    from govkit.exams.bank.bank import load_bank
    from govkit.exams.exam import assemble as assembled

    questions = load_bank(bank_path(bank))
    wanted, secret = _blueprint(blueprint), _passphrase(twice=True)
    with progress(_("Assembling"), 1) as done:
        made = assembled(wanted, questions, output, passphrase=secret, person=person, seed=seed, exposure=exposure)
        done(_("Assembling"))
    _show_assembled(made, output, as_json)


@exam.command(help=_("Mark an exam; while answers wait to be marked by hand, write the blind queue instead."))
@_folder
@person_option
@json_option
def mark(folder: Path, person: str, as_json: bool) -> None:
    """Mark an exam folder and print its results."""
    from govkit.exams.exam import mark_exam

    marked = mark_exam(_sealed(folder), _passphrase(), person)
    waiting, thirds, pending = len(marked.queue.waiting), len(marked.queue.thirds), len(marked.marks.pending)
    if not pending:
        exam_reports.show_results(folder, "first", as_json)
    elif as_json:
        show_json({"pending": pending, "waiting": waiting, "third_marker": thirds})
    else:
        line = _("{pending} answers wait to be marked by hand: {waiting} for two markers, {thirds} for a third.")
        click.echo(line.format(pending=pending, waiting=waiting, thirds=thirds))
        click.echo(
            _("The blind queue is {path}; mark it in notebooks/exams/mark.ipynb, then mark again.").format(
                path=folder / "manual" / "queue.csv"
            )
        )


@exam.command(help=_("Correct a question's key or void it, and mark again; or undo such a correction."))
@_folder
@click.option("--question", help=_("The question's id, as on the paper."))
@click.option(
    "--change",
    type=click.Choice(["key", "void_full", "void_zero"]),
    help=_("A new key; void and everyone gets the points; void and no one does."),
)
@click.option("--answer", default="", help=_("The new key, written as a candidate would answer, e.g. B or A,C."))
@click.option("--reason", default="", help=_("Why, for the record."))
@click.option("--preview", is_flag=True, help=_("Only show who would change; record nothing."))
@click.option("--undo", type=int, help=_("Undo the correction of this number."))
@person_option
@json_option
def rekey(
    folder: Path,
    question: str | None,
    change: Any,
    answer: str,
    reason: str,
    preview: bool,
    undo: int | None,
    person: str,
    as_json: bool,
) -> None:
    """Preview, record or undo a correction of the key."""
    from govkit.exams import exam as exams

    _check_rekey(question, change, answer, undo)
    secret = _passphrase() if _sealed(folder) else ""
    if undo is not None:
        done = exams.reverse_rekey(folder, secret, person, undo)
    elif preview:
        done = exams.preview_rekey(folder, secret, person, question=question or "", change=change, answer=answer)
    else:
        done = exams.rekey(folder, secret, person, question=question or "", change=change, answer=answer, reason=reason)
    _show_effect(done, as_json)
    if not as_json:
        click.echo(_rekey_outcome(folder, preview, undo))


@exam.command(help=_("Analyse questions and paper: items.csv, options.csv, analysis.json."))
@_folder
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("The bank's record, to be fed with difficulty and exposure."),
)
@person_option
@json_option
def analyse(folder: Path, record: Path | None, person: str, as_json: bool) -> None:
    """Analyse an exam folder and print the flagged questions."""
    from govkit.exams.exam import analyse_exam

    analysis = analyse_exam(_sealed(folder), _passphrase(), person, record=record)
    if as_json:
        show_json({"papers": _papers_as_dicts(analysis), "items": analysis.items.to_dict("records")})
    else:
        _show_analysis(analysis, folder)


@exam.command(help=_("Invent candidates and let them sit an assembled exam, for trials and demonstrations."))
@_folder
@click.option("--candidates", type=click.IntRange(1, 200_000), default=1263, show_default=True, help=_("How many sit."))
@click.option("--absent", type=click.IntRange(0), default=0, show_default=True, help=_("How many more are absent."))
@click.option(
    "--pass-rate", type=click.FloatRange(0, 100), default=95.0, show_default=True, help=_("How many per cent pass.")
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help=_("The same seed, the same sitting.")
)
@person_option
def simulate(folder: Path, candidates: int, absent: int, pass_rate: float, seed: int, person: str) -> None:
    """Write an invented roster and simulated responses."""
    from govkit.exams.exam import simulate_exam

    passes = (int(candidates * (pass_rate - 0.5) / 100), -int(-candidates * min(pass_rate + 0.5, 100) // 100))
    passed = simulate_exam(
        _sealed(folder), _passphrase(), person, seed=seed, candidates=candidates, passes=passes, absent=absent
    )
    line = _("{candidates} invented candidates sat, {passed} pass. Now mark: govkit exam mark {folder}")
    click.echo(line.format(candidates=candidates, passed=passed, folder=folder))


def _passphrase(*, twice: bool = False) -> str:
    """Return the passphrase from the environment or a hidden prompt; the prompt asks twice for a new one."""
    given = os.environ.get(PASSPHRASE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        what = _("There is no terminal to ask for the passphrase")
        raise UsageError(Problem(Where(PASSPHRASE), what, _("Set the variable {name}").format(name=PASSPHRASE)))
    again = _("The passphrase once more") if twice else False
    return str(click.prompt(_("Passphrase of the key"), hide_input=True, confirmation_prompt=again))


def _sealed(folder: Path) -> Path:
    """Return the folder if it holds a sealed key: refuse it before asking for the passphrase."""
    from govkit.exams.paper.key import KEY_FILE

    if (folder / KEY_FILE).is_file():
        return folder
    where = Where(str(folder / KEY_FILE))
    raise InputError(Problem(where, _("There is no sealed key here"), _("Assemble the exam into this folder")))


def _blueprint(given: Path) -> Path:
    from govkit.core.files import shipped

    own = shipped(f"quizzes/blueprints/{given.name}.yaml")
    if given.exists() or len(given.parts) > 1 or not own.is_file():
        return given
    return own


def _check_rekey(question: str | None, change: str | None, answer: str, undo: int | None) -> None:
    if undo is not None:
        what = _("--undo takes no other option") if question or change or answer else ""
    elif not (question and change):
        what = _("--question and --change are needed, or --undo")
    else:
        what = _("--answer goes with --change key, and only with it") if (change == "key") != bool(answer) else ""
    if what:
        raise UsageError(Problem(Where("rekey"), what, _("See govkit exam rekey --help")))


def _rekey_outcome(folder: Path, preview: bool, undo: int | None) -> str:
    from govkit.exams.marking.remark import FOLDER

    if preview:
        return _("This was a preview; nothing was recorded.")
    if undo is not None:
        return _("Correction {number} is undone.").format(number=undo)
    number = max(int(path.stem[:4]) for path in (folder / FOLDER).glob("*.json"))
    line = _("Recorded as correction {number}; --undo {number} takes it back. The list is {path}.")
    return line.format(number=number, path=folder / FOLDER / f"{number:04d}.csv")


def _show_assembled(made: "Assembled", folder: Path, as_json: bool) -> None:
    if as_json:
        shared = {"-".join(pair): count for pair, count in made.shared.items()}
        show_json({"folder": str(folder), "facility": made.facilities, "shared": shared})
        return
    rows = [
        (form, len(paper.questions), paper.total, f"{made.facilities[form]:.3f}", _shared(made, form))
        for form, paper in made.papers.items()
    ]
    show_table([_("Form"), _("Questions"), _("Points"), _("Expected facility"), _("Shared with others")], rows)
    line = _("Papers and sealed key are in {folder}. Whoever loses the passphrase loses the key: keep it safe.")
    click.echo(line.format(folder=folder))


def _shared(made: "Assembled", form: str) -> str:
    return " ".join(f"{(set(pair) - {form}).pop()}:{count}" for pair, count in made.shared.items() if form in pair)


def _show_effect(done: "Effect", as_json: bool) -> None:
    if as_json:
        changed = done.changes.to_dict("records")
        show_json({"changed": changed, "now_pass": done.now_pass, "now_fail": done.now_fail})
        return
    words = {"true": _("passed"), "false": _("not passed")}
    rows = [
        (row.candidate, row.form, row.before, row.after, words[row.passed_before], words[row.passed_after])
        for row in named_rows(done.changes.head(MOST_CHANGES))
    ]
    if rows:
        titles = [_("Candidate"), _("Form"), _("Before"), _("After"), _("Was"), _("Becomes")]
        show_table(titles, rows)
    if len(done.changes) > len(rows):
        click.echo(_("… and {count} more.").format(count=len(done.changes) - len(rows)))
    line = _("{changed} marks change; {up} now pass, {down} no longer pass.")
    click.echo(line.format(changed=len(done.changes), up=done.now_pass, down=done.now_fail))


def _papers_as_dicts(analysis: "Analysis") -> dict[str, Any]:
    from dataclasses import asdict

    return {form: asdict(statistics) for form, statistics in analysis.papers.items()}


def _show_analysis(analysis: "Analysis", folder: Path) -> None:
    from govkit.exams.results.item_tables import flagged_table, paper_table

    for table in (paper_table(analysis.papers), flagged_table(analysis.items)):
        if len(table):
            show_table(list(table.columns), table.to_numpy().tolist())
            click.echo()
    flagged = int((analysis.items["findings"] != "").sum())
    line = _("{flagged} of {all} questions are flagged; all figures are in {path}")
    click.echo(line.format(flagged=flagged, all=len(analysis.items), path=folder / "items.csv"))
