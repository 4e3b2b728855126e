"""The steps of an exam, each from files to files of the exam folder.

``blueprint.yaml``, ``paper-A.json`` …, ``key.sealed``, ``roster.csv``, ``responses.csv``, ``marks.csv``, ``items.csv``,
``options.csv``, ``analysis.json``, ``manual/``, ``remarks/``, ``audit.jsonl``. Every function checks all its input
before it writes anything, and records openings of the key, marking and re-marking in the audit log.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core import audit
from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Question
from govkit.exams.folder import BLUEPRINT_FILE, MARKS_FILE, write_table
from govkit.exams.marking.manual import Resolved, resolve, write_queue
from govkit.exams.marking.marking import Marks, mark, marks_frame, unmarked
from govkit.exams.marking.remark import Effect, correct, effect, reverse, write_remark
from govkit.exams.marking.responses import Responses, read_responses, write_responses
from govkit.exams.marking.simulation import invented_roster, simulate_responses
from govkit.exams.paper.assembly import Selection, form_facility, select
from govkit.exams.paper.blueprint import Blueprint, Section, read_blueprint
from govkit.exams.paper.key import (
    AUDIT_FILE,
    KEY_FILE,
    Change,
    Item,
    KeySheet,
    OpenKey,
    altered_files,
    check_passphrase,
    open_key,
    seal,
    sheet_of,
    sheet_record,
    write_key,
)
from govkit.exams.paper.paper import (
    Paper,
    PaperSection,
    derived_seed,
    digest,
    paper_bytes,
    paper_file,
    read_paper,
    unordered,
    write_paper,
)
from govkit.exams.paper.roster import REGISTERED, ROSTER_FILE, read_roster, write_roster
from govkit.exams.results.analysis import Analysis, Thresholds, analyse, write_analysis
from govkit.exams.results.exposure import feed_back, read_exposure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Assembled:
    """The result of assembly: papers by form, the expected facility of each, and the questions shared by two forms."""

    papers: dict[str, Paper]
    facilities: dict[str, float]
    shared: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Marked:
    """The result of marking: marks, the frame of marks.csv (empty while answers wait), the manual queue."""

    marks: Marks
    frame: "pd.DataFrame"
    queue: Resolved


@dataclass(frozen=True, slots=True)
class Opened:
    """An exam with its key open, its papers verified, its roster and responses read and checked."""

    key: OpenKey
    blueprint: Blueprint
    sheet: KeySheet
    papers: tuple[Paper, ...]
    roster: "pd.DataFrame"
    responses: Responses
    marks: Marks
    queue: Resolved


def assemble(
    blueprint_path: Path,
    questions: Iterable[Question],
    folder: Path,
    *,
    passphrase: str,
    person: str,
    seed: str = "",
    exposure: Path | None = None,
) -> Assembled:
    """Assemble an exam into ``folder``: papers, sealed key, a copy of the blueprint.

    :param seed: the same seed gives the same papers; without one a secret one is drawn. It is sealed with the key.
    :param exposure: the bank's record of earlier exams.
    :raises InputError: a blueprint that is wrong or cannot be met, a folder that holds a key already, a passphrase
        too short. Nothing is written then.
    """
    blueprint = read_blueprint(blueprint_path)
    refuse([*_occupied(folder), *check_passphrase(passphrase)])
    bank = {question.id: question for question in questions}
    seed = seed or secrets.token_hex(16)
    selection = select(blueprint, bank.values(), seed, read_exposure(exposure) if exposure else {})
    papers, sheet = papers_and_key(blueprint, selection, bank, seed)
    _write_exam(folder, blueprint_path.read_bytes(), papers, sheet, passphrase)
    audit.record(folder / AUDIT_FILE, "exam.assemble", person, exam=blueprint.exam, forms=" ".join(papers))
    return _assembled(blueprint, selection, bank, papers)


def papers_and_key(
    blueprint: Blueprint, selection: Selection, bank: Mapping[str, Question], seed: str
) -> tuple[dict[str, Paper], KeySheet]:
    """Return the papers of a selection and the key sheet that belongs to them."""
    letters = derived_seed(seed, blueprint.exam, "letters")
    papers: dict[str, Paper] = {}
    items: dict[str, Item] = {}
    forms: dict[str, tuple[str, ...]] = {}
    for form in blueprint.all_forms:
        chosen = list(zip(blueprint.sections, selection.forms[form], strict=True))
        set_questions = [[_set(bank[name], section, letters) for name in names] for section, names in chosen]
        papers[form] = _paper(blueprint, form, set_questions, derived_seed(seed, blueprint.exam, "order", form))
        found = [
            Item(part, section.policy(part.type), question.id)
            for (section, _names), group in zip(chosen, set_questions, strict=True)
            for question in group
            for part in question.items()
        ]
        forms[form] = tuple(item.question.id for item in found)
        items |= {item.question.id: item for item in found}
    hashes = {paper_file(form): digest(paper_bytes(paper)) for form, paper in papers.items()}
    secret = derived_seed(seed, blueprint.exam, "secret")
    return papers, KeySheet(blueprint.exam, seed, secret, hashes, forms, items)


def mark_exam(folder: Path, passphrase: str, person: str) -> Marked:
    """Mark an exam and write ``marks.csv``, or the manual queue while answers wait to be marked by hand.

    :raises InputError: a wrong passphrase, an altered paper, anything wrong with roster, responses or hand marks.
    """
    opened = open_exam(folder, passphrase, person, "mark")
    if opened.marks.pending:
        write_queue(folder, opened.sheet, opened.marks)
        audit.record(folder / AUDIT_FILE, "exam.queue", person, waiting=len(opened.marks.pending))
        return Marked(opened.marks, _no_marks(), opened.queue)
    frame = marks_frame(opened.marks, opened.blueprint.pass_mark)
    marks_hash = _write_marks(folder, frame)
    passed = int((frame["passed"] == "true").sum())
    audit.record(folder / AUDIT_FILE, "exam.mark", person, candidates=len(frame), passed=passed, marks=marks_hash)
    return Marked(opened.marks, frame, opened.queue)


def analyse_exam(
    folder: Path, passphrase: str, person: str, thresholds: Thresholds | None = None, record: Path | None = None
) -> Analysis:
    """Analyse an exam and write items.csv, options.csv, analysis.json; with ``record``, add to the bank's record."""
    opened = open_exam(folder, passphrase, person, "analyse")
    refuse(unmarked(opened.marks))
    analysis = analyse(opened.marks, opened.blueprint.resit, thresholds)
    write_analysis(folder, analysis)
    if record is not None:
        feed_back(record, analysis, opened.sheet, opened.blueprint.date.isoformat())
    audit.record(folder / AUDIT_FILE, "exam.analyse", person, questions=len(analysis.items))
    return analysis


def preview_rekey(
    folder: Path,
    passphrase: str,
    person: str,
    *,
    question: str,
    change: Change,
    answer: str = "",
    reason: str = "preview",
) -> Effect:
    """Return the effect of a correction of the key; only the opening of the key is recorded."""
    opened = open_exam(folder, passphrase, person, "preview of a correction")
    refuse(unmarked(opened.marks))
    sheet = correct(opened.sheet, question, change, answer=answer, person=person, reason=reason)
    return _effect(opened, sheet)[0]


def rekey(
    folder: Path,
    passphrase: str,
    person: str,
    *,
    question: str,
    change: Change,
    reason: str,
    answer: str = "",
) -> Effect:
    """Correct the key of a question, or void it, and mark again.

    :param change: "key" (``answer`` is the new key), "void_full" (everyone gets the points) or "void_zero".
    """
    opened = open_exam(folder, passphrase, person, "rekey")
    refuse(unmarked(opened.marks))
    sheet = correct(opened.sheet, question, change, answer=answer, person=person, reason=reason)
    return _remark(folder, person, opened, sheet, number=len(sheet.corrections), action="corrected")


def reverse_rekey(folder: Path, passphrase: str, person: str, number: int) -> Effect:
    """Reverse correction ``number`` and mark again."""
    opened = open_exam(folder, passphrase, person, "reverse a correction")
    refuse(unmarked(opened.marks))
    sheet = reverse(opened.sheet, number, person)
    return _remark(folder, person, opened, sheet, number=number, action="reversed")


def simulate_exam(
    folder: Path,
    passphrase: str,
    person: str,
    *,
    seed: int,
    candidates: int = 1263,
    passes: tuple[int, int] = (1194, 1206),
    absent: int = 0,
) -> int:
    """Write an invented roster and simulated responses into an assembled exam; return how many pass.

    The defaults are the published exam: 1263 sat (T3) and any 1194 to 1206 passes round to 95% (T4).

    :raises InputError: the folder holds a roster already, so that no real one is ever overwritten.
    """
    if (folder / ROSTER_FILE).exists():
        where = Where(str(folder / ROSTER_FILE))
        raise InputError(Problem(where, _("There is a roster already"), _("Simulate in a folder of its own")))
    blueprint = read_blueprint(folder / BLUEPRINT_FILE)
    sheet = open_sheet(folder, passphrase, person, "simulate")
    roster = invented_roster(candidates, blueprint.forms, seed, absent)
    simulated = simulate_responses(roster, sheet, Fraction(blueprint.pass_mark), passes, seed)
    write_roster(folder, simulated.roster)
    write_responses(folder, simulated.responses)
    return simulated.passed


def open_sheet(folder: Path, passphrase: str, person: str, reason: str) -> KeySheet:
    """Open the key, verify the papers and return the key sheet; the audit log records the opening."""
    return _whole_sheet(folder, open_key(folder, passphrase, person, reason))


def open_exam(folder: Path, passphrase: str, person: str, reason: str) -> Opened:
    """Open the key and return the exam, marked except for answers that wait for a marker."""
    blueprint = read_blueprint(folder / BLUEPRINT_FILE)
    key = open_key(folder, passphrase, person, reason)
    sheet = _whole_sheet(folder, key)
    papers = tuple(read_paper(folder / paper_file(form)) for form in sheet.forms)
    roster = read_roster(folder, tuple(sheet.forms), blueprint.resit)
    refuse(_undecided(folder, roster))
    responses = read_responses(folder, roster, papers)
    marks = mark(responses, roster, sheet)
    queue = Resolved({}, (), ())
    if marks.pending:
        queue = resolve(folder, sheet, marks, blueprint.threshold)
        marks = mark(responses, roster, sheet, queue.marks)
    return Opened(key, blueprint, sheet, papers, roster, responses, marks, queue)


def _whole_sheet(folder: Path, key: OpenKey) -> KeySheet:
    sheet = sheet_of(key.content, str(folder / KEY_FILE))
    refuse(altered_files(sheet, folder))
    return sheet


def _occupied(folder: Path) -> list[Problem]:
    if not (folder / KEY_FILE).exists():
        return []
    what = _("The folder holds a sealed key already")
    return [Problem(Where(str(folder / KEY_FILE)), what, _("Assemble into a new folder, or move the old exam away"))]


def _set(question: Question, section: Section, letters: str) -> Question:
    """Return a question as set in an exam: the section's points, no order that reveals the key."""
    pointed = question if question.parts else replace(question, points=section.points)
    return unordered(pointed, letters)


def _paper(blueprint: Blueprint, form: str, chosen: list[list[Question]], seed: str) -> Paper:
    sections = (
        PaperSection(
            title=section.title,
            type=section.type,
            points=section.points,
            policy=section.policy(section.type).name if section.policies else "",
            questions=tuple(question.face() for question in questions),
        )
        for section, questions in zip(blueprint.sections, chosen, strict=True)
    )
    return Paper(
        exam=blueprint.exam,
        title=blueprint.title,
        form=form,
        date=blueprint.date,
        minutes=blueprint.minutes,
        total=blueprint.total,
        pass_mark=blueprint.pass_mark,
        seed=seed,
        sections=tuple(sections),
    )


def _write_exam(folder: Path, blueprint: bytes, papers: Mapping[str, Paper], sheet: KeySheet, passphrase: str) -> None:
    """Write the files, the key last: a folder without a key is unfinished and may be assembled again."""
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / BLUEPRINT_FILE, blueprint)
    for paper in papers.values():
        write_paper(folder, paper)
    files = sheet.files | {BLUEPRINT_FILE: digest(blueprint)}
    write_key(folder, seal(sheet_record(replace(sheet, files=files)), passphrase))


def _assembled(
    blueprint: Blueprint, selection: Selection, bank: Mapping[str, Question], papers: dict[str, Paper]
) -> Assembled:
    facilities = {form: form_facility(blueprint, selection, form, bank) for form in papers}
    sets = {form: set(selection.ids(form)) for form in papers}
    names = list(papers)
    shared = {(one, other): len(sets[one] & sets[other]) for at, one in enumerate(names) for other in names[at + 1 :]}
    return Assembled(papers, facilities, shared)


def _undecided(folder: Path, roster: "pd.DataFrame") -> list[Problem]:
    """Return a problem while candidates have no status; nobody is assumed to be absent."""
    open_rows = int((roster["status"] == REGISTERED).sum())
    if not open_rows:
        return []
    what = _("{count} candidates have no status yet").format(count=open_rows)
    return [Problem(Where(str(folder / ROSTER_FILE)), what, _("Set present or absent (实考, 缺考) for each"))]


def _write_marks(folder: Path, frame: "pd.DataFrame") -> str:
    """Write marks.csv and return its hash, for the audit log."""
    write_table(folder / MARKS_FILE, frame)
    return digest((folder / MARKS_FILE).read_bytes())


def _no_marks() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=["candidate", "form", "mark", "passed"])


def _effect(opened: Opened, sheet: KeySheet) -> tuple[Effect, "pd.DataFrame"]:
    marks = mark(opened.responses, opened.roster, sheet, opened.queue.marks)
    pass_mark = opened.blueprint.pass_mark
    after = marks_frame(marks, pass_mark)
    return effect(marks_frame(opened.marks, pass_mark), after), after


def _remark(folder: Path, person: str, opened: Opened, sheet: KeySheet, *, number: int, action: str) -> Effect:
    done, after = _effect(opened, sheet)
    correction = sheet.corrections[number - 1]
    write_key(folder, opened.key.reseal(sheet_record(sheet)))
    write_remark(folder, correction, done, action)
    marks_hash = _write_marks(folder, after)
    audit.record(
        folder / AUDIT_FILE,
        f"exam.remark.{action}",
        person,
        question=correction.question,
        change=correction.change,
        number=number,
        reason=correction.reason,
        changed=len(done.changes),
        now_pass=done.now_pass,
        now_fail=done.now_fail,
        marks=marks_hash,
    )
    return done
