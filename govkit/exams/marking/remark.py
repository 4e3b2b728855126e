"""Re-marking: corrections of the key, their effect on the marks, and their reversal.

A correction never changes the key that was sealed: it is added to the sealed corrections, with who made it and why,
and may be reversed. What it did is kept in the exam folder as ``remarks/0001.csv`` (candidate, form, before, after,
passed before and after; only those it touches) and ``remarks/0001.json`` (question, kind, person, reason, counts).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import BLANK_SEPARATOR, UnreadableAnswer, read_number
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Key,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
    TruthKey,
    key_record,
)
from govkit.exams.folder import write_table
from govkit.exams.marking.responses import parts_of
from govkit.exams.paper.key import Change, Correction, KeySheet

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "remarks"


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a correction: changed marks, and how many candidates now pass or no longer pass.

    ``changes`` has candidate, form, before, after, passed_before, passed_after.
    """

    changes: "pd.DataFrame"
    now_pass: int
    now_fail: int


def effect(before: "pd.DataFrame", after: "pd.DataFrame") -> Effect:
    """Return the differences between two frames of marks of the same candidates."""
    both = before.merge(after, on=["candidate", "form"], suffixes=("_before", "_after"), validate="one_to_one")
    changed = (both["mark_before"] != both["mark_after"]) | (both["passed_before"] != both["passed_after"])
    renamed = both[changed].rename(columns={"mark_before": "before", "mark_after": "after"})
    columns = ["candidate", "form", "before", "after", "passed_before", "passed_after"]
    changes = renamed[columns].reset_index(drop=True)
    up = (changes["passed_before"] == "false") & (changes["passed_after"] == "true")
    down = (changes["passed_before"] == "true") & (changes["passed_after"] == "false")
    return Effect(changes, int(up.sum()), int(down.sum()))


def correct(sheet: KeySheet, question: str, change: Change, *, answer: str, person: str, reason: str) -> KeySheet:
    """Return a copy of the key sheet with a correction added.

    :param answer: the new key written as an answer (several accepted texts of a blank joined by ``|``; a number with
        ``±`` and its tolerance), empty when the question is voided.
    :raises InputError: unknown question, an answer that is no key for it, no reason.
    """
    item = sheet.items().get(question)
    if item is None:
        what = _("Question “{question}” is not part of this exam").format(question=question)
        raise InputError(Problem(Where(_("correction")), what, _("Give a question's id as on the paper")))
    if not reason.strip() or not person.strip():
        what = _("A correction needs a person and a reason")
        raise InputError(Problem(Where(_("correction")), what, _("Say who corrects the key, and why")))
    key = key_record(key_from_text(item.question, answer)) if change == "key" else None
    number = len(sheet.corrections) + 1
    correction = Correction(number, question, change, key, person.strip(), reason.strip(), _now())
    return replace(sheet, corrections=(*sheet.corrections, correction))


def reverse(sheet: KeySheet, number: int, person: str) -> KeySheet:
    """Return a copy of the key sheet with correction ``number`` reversed by ``person``.

    :raises InputError: there is no such correction, or it is reversed already.
    """
    found = [correction for correction in sheet.corrections if correction.number == number]
    if not found or found[0].reversed_by:
        what = _("There is no correction {number} in force").format(number=number)
        raise InputError(Problem(Where(_("correction")), what, _("See the folder “remarks” for their numbers")))
    corrections = (
        replace(each, reversed_by=f"{person} {_now()}") if each.number == number else each for each in sheet.corrections
    )
    return replace(sheet, corrections=tuple(corrections))


def write_remark(folder: Path, correction: Correction, done: Effect, action: str) -> Path:
    """Write the effect of a correction or its reversal, without the key; return the path of the before/after list."""
    (folder / FOLDER).mkdir(exist_ok=True)
    name = f"{correction.number:04d}" + ("-reversed" if action == "reversed" else "")
    record = {
        "number": correction.number,
        "action": action,
        "question": correction.question,
        "change": correction.change,
        "person": correction.person,
        "reason": correction.reason,
        "at": correction.at,
        "reversed_by": correction.reversed_by,
        "changed": len(done.changes),
        "now_pass": done.now_pass,
        "now_fail": done.now_fail,
    }
    path = folder / FOLDER / f"{name}.csv"
    write_table(path, done.changes)
    atomic_write(folder / FOLDER / f"{name}.json", (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode())
    return path


def key_from_text(question: Question, text: str) -> Key:
    """Return the key that ``text`` writes for a question; see :func:`correct`.

    :raises InputError: the text is no key for a question of this type.
    """
    try:
        build = _KEYS.get(question.type)
        key = build(question, text) if build and text.strip() else None
    except (UnreadableAnswer, InvalidOperation):
        key = None
    if key is not None:
        return key
    what = _("“{text}” is no key for question {question}").format(text=text, question=question.id)
    raise InputError(Problem(Where(_("correction")), what, _("Write the right answer as a candidate would")))


def _choice(question: Question, text: str) -> Key | None:
    right = parts_of(question, text)
    enough = (
        len(right) == 1 if question.type is QuestionType.SINGLE_CHOICE else 1 <= len(right) <= len(question.options)
    )
    return ChoiceKey(right) if enough else None


def _truth(question: Question, text: str) -> Key | None:
    return TruthKey(parts_of(question, text) == ("T",))


def _blanks(question: Question, text: str) -> Key | None:
    asked = len(question.key.blanks) if isinstance(question.key, BlanksKey) else 0
    blanks = tuple(tuple(filter(None, map(str.strip, blank.split("|")))) for blank in text.split(BLANK_SEPARATOR))
    return BlanksKey(blanks) if len(blanks) == asked and all(blanks) else None


def _numeric(question: Question, text: str) -> Key | None:
    unit = question.key.unit if isinstance(question.key, NumericKey) else ""
    tolerance_before = question.key.tolerance if isinstance(question.key, NumericKey) else Decimal(0)
    value, sign, tolerance = text.partition("±")
    if read_number(value, unit) is None or (sign and read_number(tolerance) is None):
        return None
    given = Decimal(value.strip().removesuffix(unit).strip())
    return NumericKey(given, Decimal(tolerance.strip()) if sign else tolerance_before, unit)


def _order(question: Question, text: str) -> Key | None:
    order = parts_of(question, text)
    return OrderKey(order) if len(order) == len(question.options) else None


def _match(question: Question, text: str) -> Key | None:
    chosen = parts_of(question, text)
    if not chosen or not all(chosen):
        return None
    return MatchKey(tuple((prompt.id, choice) for prompt, choice in zip(question.prompts, chosen, strict=True)))


_KEYS: dict[QuestionType, Callable[[Question, str], Key | None]] = {
    QuestionType.SINGLE_CHOICE: _choice,
    QuestionType.MULTIPLE_CHOICE: _choice,
    QuestionType.TRUE_FALSE: _truth,
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _numeric,
    QuestionType.ORDERING: _order,
    QuestionType.MATCHING: _match,
}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
