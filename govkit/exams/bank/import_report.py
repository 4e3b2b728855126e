"""What became of each question of an imported file: read, read with a guess, read with a loss, or refused.

Questions in the file = read + refused, always; what belongs to no question is listed beside them.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import right_parts
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Dropped, Guessed, NoQuestion
from govkit.exams.bank.markup import in_words, text_html, with_pictures
from govkit.exams.bank.questions import Question


class Status(StrEnum):
    """What became of a question."""

    READ = "read"
    GUESSED = "guessed"
    DROPPED = "dropped"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {"read": "读入", "guessed": "读入，有推断", "dropped": "读入，有舍弃", "refused": "拒收"}[self.value]


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """A question of the file: its place, what became of it, the question where it could be made, and what is said."""

    where: Where
    status: Status
    question: Question | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The items of a file in its order, and all problems; ``losses`` are of the format written.

    ``copy`` is the copy of the file that marks what was refused, None where none was written.
    """

    source: Path
    items: tuple[ImportedItem, ...]
    problems: tuple[Problem, ...]
    losses: tuple[Problem, ...] = ()
    copy: Path | None = None

    def good(self) -> Bank:
        """Return the bank of the questions that are right."""
        kept = [item for item in self.items if item.question and item.status is not Status.REFUSED]
        questions = tuple(item.question for item in kept if item.question)
        return Bank(questions, {item.question.id: item.where for item in kept if item.question})

    def errors(self) -> list[Problem]:
        """Return the problems that refuse."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def counts(self) -> dict[Status, int]:
        """Return the number of items by what became of them."""
        found = Counter(item.status for item in self.items)
        return {status: found[status] for status in Status}

    def no_questions(self) -> list[Problem]:
        """Return what of the file belongs to no question."""
        return [problem for problem in self.problems if isinstance(problem, NoQuestion)]

    def summary(self) -> str:
        """Return one line: the questions of the file, those read and those refused."""
        found = self.counts()
        line = _(
            "{all} questions in the file: {good} read ({guessed} with a guess, {dropped} with a loss), {bad} refused."
        )
        good = len(self.items) - found[Status.REFUSED]
        shown = line.format(
            all=len(self.items),
            good=good,
            guessed=found[Status.GUESSED],
            dropped=found[Status.DROPPED],
            bad=found[Status.REFUSED],
        )
        strays = len(self.no_questions())
        more = _("{count} pieces belong to no question.").format(count=strays)
        return f"{shown} {more}" if strays else shown

    def renumbered(self, prefix: str) -> "ImportReport":
        """Return the report with the questions numbered anew, ``prefix-1`` on; enemies follow."""
        names = {
            item.question.id: f"{prefix}-{number}"
            for number, item in enumerate(self.items, 1)
            if item.question is not None
        }
        return replace(self, items=tuple(_renamed(item, names) for item in self.items))

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON values."""
        items = [
            {
                "where": str(item.where),
                "status": item.status.value,
                "id": item.question.id if item.question else "",
                "problems": [problem.as_dict() for problem in item.problems],
            }
            for item in self.items
        ]
        return {
            "counts": {status.value: count for status, count in self.counts().items()},
            "items": items,
            "no_questions": [problem.as_dict() for problem in self.no_questions()],
            "losses": [problem.as_dict() for problem in self.losses],
            "copy": str(self.copy) if self.copy else "",
        }

    def preview(self) -> str:
        """Return a page: each question as a candidate sees it, its key, and what became of it."""
        rows = [_row(item) for item in self.items]
        strays = [(str(problem.where), problem.what) for problem in self.no_questions()]
        return str(
            render("exams/import.html", title=self.source.name, summary=self.summary(), rows=rows, strays=strays)
        )


def report_of(source: Path, bank: Bank, problems: list[Problem]) -> ImportReport:
    """Return the report of a file that was read as ``bank`` with ``problems``."""
    by_place: dict[Where, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_place[problem.where].append(problem)
    items = [_item(bank.place(question.id), question, by_place[bank.place(question.id)]) for question in bank]
    items += [ImportedItem(each.where, Status.REFUSED, None, (each,)) for each in bank.refused]
    return ImportReport(source, tuple(sorted(items, key=_in_file)), tuple(problems))


def _in_file(item: ImportedItem) -> tuple[str, int]:
    """Return the order of items by sheet and by the number of line, row or paragraph in their place."""
    numbers = re.findall(r"\d+", item.where.item)
    return item.where.part, int(numbers[-1]) if numbers else 0


def _item(where: Where, question: Question, problems: list[Problem]) -> ImportedItem:
    kinds = {type(problem) for problem in problems}
    status = Status.DROPPED if Dropped in kinds else Status.GUESSED if Guessed in kinds else Status.READ
    if any(problem.severity == "error" for problem in problems):
        status = Status.REFUSED
    return ImportedItem(where, status, question, tuple(problems))


def _renamed(item: ImportedItem, names: dict[str, str]) -> ImportedItem:
    question = item.question
    if question is None:
        return item
    name = names[question.id]
    parts = tuple(replace(part, id=f"{name}.{number}") for number, part in enumerate(question.parts, 1))
    enemies = tuple(names.get(enemy, enemy) for enemy in question.enemies)
    return replace(item, question=replace(question, id=name, parts=parts, enemies=enemies))


def _row(item: ImportedItem) -> dict[str, object]:
    told = [(problem.what, problem.repair) for problem in item.problems]
    question = item.question
    shown = [_shown(each) for each in (question, *question.parts)] if question else []
    return {
        "where": item.where.item,
        "status": item.status.value,
        "label": item.status.label,
        "told": told,
        "shown": shown,
    }


def _shown(question: Question) -> dict[str, object]:
    options = [
        (option.id, text_html(option.text, question.markup)) for option in (*question.prompts, *question.options)
    ]
    return {
        "type": question.type.label,
        "points": format(question.points.normalize(), "f"),
        "stem": with_pictures(text_html(question.stem, question.markup), question),
        "options": options,
        "key": in_words(question, right_parts(question)) if question.key else "",
    }
