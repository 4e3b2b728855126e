"""Aiken: choices as plain lines; several letters in the answer make a multiple choice, which Moodle does not know.

::

    Stem in one line
    A. first option
    B. second option
    ANSWER: B
"""

import re
from decimal import Decimal
from pathlib import Path

from govkit.core.errors import Problem
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, Holds, finish, losses
from govkit.exams.bank.formats.limits import read_text
from govkit.exams.bank.markup import text_of
from govkit.exams.bank.questions import ChoiceKey, Option, Question, QuestionType
from govkit.exams.yaml_reader import at

HOLDS = Holds(
    "Aiken",
    frozenset({QuestionType.SINGLE_CHOICE}),
    frozenset(
        {"id", "points", "topic", "difficulty", "explanation", "source", "author", "reviewed", "enemies", "images"}
        | {"markup", "lines"}
    ),
    credits=False,
)

_OPTION = re.compile(r"([A-Z])[.)]\s*(.*)")
_ANSWER = re.compile(r"ANSWER:\s*(\S*(?:[\s,，、]+[A-Z])*)\s*")


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of an Aiken file and its problems."""
    source = str(path)
    drafts: list[Draft] = []
    problems: list[Problem] = []
    stem: list[str] = []
    options: list[Option] = []
    begin = 1
    for number, raw in enumerate(read_text(path).split("\n"), 1):
        line = raw.strip()
        if answer := _ANSWER.fullmatch(line):
            question = _question(len(drafts) + 1, stem, options, answer.group(1))
            drafts.append(Draft(question, at(source, begin)))
            stem, options = [], []
        elif option := _OPTION.fullmatch(line) if stem else None:
            options.append(Option(option.group(1), option.group(2)))
        elif line and options:
            what = _("“{text}” is neither an option nor an answer").format(text=line[:40])
            problems.append(Problem(at(source, number), what, _("write “A. …” or “ANSWER: A”")))
        elif line:
            begin = begin if stem else number
            stem.append(line)
    if stem:
        problems.append(Problem(at(source, begin), _("a question without “ANSWER:”"), _("write “ANSWER: A”")))
    return finish(drafts, problems)


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write the single choices of a bank as Aiken; return warnings of what Aiken cannot hold."""
    blocks = [_block(question) for question in bank if HOLDS.holds(question)]
    atomic_write(path, "\n\n".join(blocks).encode() + b"\n")
    return losses(bank, HOLDS, path)


def _question(number: int, stem: list[str], options: list[Option], answer: str) -> Question:
    letters = tuple(dict.fromkeys(re.findall("[A-Z]", answer))) if re.fullmatch(r"[A-Z\s,，、]+", answer) else (answer,)
    return Question(
        id=f"q-{number}",
        type=QuestionType.MULTIPLE_CHOICE if len(letters) > 1 else QuestionType.SINGLE_CHOICE,
        stem="\n".join(stem),
        points=Decimal(1),
        key=ChoiceKey(tuple(sorted(letters))) if answer else None,
        options=tuple(options),
    )


def _block(question: Question) -> str:
    right = question.key.right[0] if isinstance(question.key, ChoiceKey) else ""
    options = [f"{option.id}. {_line(option.text, question)}" for option in question.options]
    return "\n".join([_line(question.stem, question), *options, f"ANSWER: {right}"])


def _line(text: str, question: Question) -> str:
    return " ".join((text_of(text) if question.markup == "html" else text).split())
