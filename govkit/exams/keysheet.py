"""What is sealed in the key file: marked items with their keys and policies, the hashes of papers and blueprint.

A key sheet also holds the seed the exam was assembled with, a secret for blind tokens, and every correction made after
the exam; :meth:`KeySheet.items` gives the items with the corrections in force applied.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from govkit.errors import InputProblems, Problem, Where
from govkit.exams.paper import digest
from govkit.exams.policies import Policy
from govkit.exams.question import Option, Question, QuestionType
from govkit.exams.record import key_of, key_record
from govkit.i18n import gettext as _

SHEET_FORMAT = "govkit-keysheet/1"

Change = Literal["key", "void_full", "void_zero"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is marked: a question with its key and points, the policy, and the question of the bank it is."""

    question: Question
    policy: Policy
    parent: str
    void: Literal["", "full", "zero"] = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of the key after the exam. ``key`` is the new key's record when ``change`` is "key".

    ``void_full`` gives everyone the points, ``void_zero`` takes the question out; the pass mark stays as it is.
    """

    number: int
    question: str
    change: Change
    key: dict[str, Any] | None
    person: str
    reason: str
    at: str
    reversed_by: str = ""


@dataclass(frozen=True, slots=True)
class KeySheet:
    """The content of a sealed key."""

    exam: str
    assembly_seed: str
    secret: str
    files: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    sealed_items: dict[str, Item]
    corrections: tuple[Correction, ...] = ()

    def items(self) -> dict[str, Item]:
        """Return every item by its id, with the corrections in force applied in their order."""
        items = dict(self.sealed_items)
        for correction in self.corrections:
            if not correction.reversed_by:
                items[correction.question] = corrected(items[correction.question], correction)
        return items


def corrected(item: Item, correction: Correction) -> Item:
    """Return an item as a correction makes it."""
    if correction.change == "key":
        key = key_of(item.question.type, correction.key or {})
        return replace(item, question=replace(item.question, key=key), void="")
    return replace(item, void="full" if correction.change == "void_full" else "zero")


def altered_files(sheet: KeySheet, folder: Path) -> list[Problem]:
    """Return a problem for every sealed file (papers, blueprint) that is not, byte for byte, the one in the folder."""
    problems = []
    for name, sealed in sheet.files.items():
        path = folder / name
        if not path.is_file():
            problems.append(Problem(Where(str(path)), _("The file is missing"), _("Put the original file back")))
        elif digest(path.read_bytes()) != sealed:
            what = _("The file was altered after it was sealed")
            problems.append(Problem(Where(str(path)), what, _("Put the original file back; find out who changed it")))
    return problems


def sheet_record(sheet: KeySheet) -> dict[str, Any]:
    """Return a key sheet as JSON values, to be sealed."""
    return {
        "format": SHEET_FORMAT,
        "exam": sheet.exam,
        "assembly_seed": sheet.assembly_seed,
        "secret": sheet.secret,
        "files": sheet.files,
        "forms": {form: list(ids) for form, ids in sheet.forms.items()},
        "items": [_item_record(item) for item in sheet.sealed_items.values()],
        "corrections": [{name: getattr(each, name) for name in Correction.__slots__} for each in sheet.corrections],
    }


def sheet_of(record: dict[str, Any], source: str) -> KeySheet:
    """Return the key sheet a record was written from.

    :raises InputProblems: the record is of another format or damaged.
    """
    try:
        if record["format"] != SHEET_FORMAT:
            raise ValueError(record["format"])
        items = [_item(each) for each in record["items"]]
        return KeySheet(
            exam=record["exam"],
            assembly_seed=record["assembly_seed"],
            secret=record["secret"],
            files=dict(record["files"]),
            forms={form: tuple(ids) for form, ids in record["forms"].items()},
            sealed_items={item.question.id: item for item in items},
            corrections=tuple(Correction(**each) for each in record["corrections"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        what = _("This is no sealed key that this version can read")
        raise InputProblems(Problem(Where(source), what, _("Fetch the file that was written with the paper"))) from None


def _item_record(item: Item) -> dict[str, Any]:
    question = item.question
    return {
        "id": question.id,
        "parent": item.parent,
        "type": question.type.value,
        "points": str(question.points),
        "options": [[option.id, option.text] for option in question.options],
        "prompts": [[prompt.id, prompt.text] for prompt in question.prompts],
        "key": key_record(question.key) if question.key else None,
        "stem": question.stem,
        "explanation": question.explanation,
        "topic": question.topic,
        "difficulty": question.difficulty,
        "policy": item.policy.name,
        "wrong": None if item.policy.wrong is None else str(item.policy.wrong),
    }


def _item(record: dict[str, Any]) -> Item:
    kind = QuestionType(record["type"])
    question = Question(
        id=record["id"],
        type=kind,
        stem=record["stem"],
        points=Decimal(record["points"]),
        key=key_of(kind, record["key"]) if record["key"] else None,
        topic=record["topic"],
        difficulty=record["difficulty"],
        options=tuple(Option(*pair) for pair in record["options"]),
        prompts=tuple(Option(*pair) for pair in record["prompts"]),
        explanation=record["explanation"],
    )
    wrong = None if record["wrong"] is None else Decimal(record["wrong"])
    return Item(question, Policy(record["policy"], wrong), record["parent"])
