"""A question bank: a folder of YAML files, one a topic, or a single such file.

``sources.yaml`` in the folder names the laws and texts that all its files cite. Files are read in name order;
subfolders are not looked into.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Question, QuestionType
from govkit.exams.bank.review import with_reviews
from govkit.exams.bank.yaml_read import Located, read_file, read_sources
from govkit.exams.yaml_reader import at

SOURCES = "sources.yaml"


@dataclass(frozen=True, slots=True)
class Bank:
    """Questions, for each id the place it was read from, and a problem for each question that could not be read."""

    questions: tuple[Question, ...]
    places: Mapping[str, Where] = field(default_factory=dict, compare=False)
    refused: tuple[Problem, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def by_id(self) -> dict[str, Question]:
        """Return the questions by id."""
        return {question.id: question for question in self.questions}

    def enemies(self) -> set[frozenset[str]]:
        """Return the pairs of ids that exclude each other from a paper, whichever of the two names the other."""
        pairs = {frozenset({question.id, enemy}) for question in self for enemy in question.enemies}
        return {pair for pair in pairs if len(pair) == 2}

    def place(self, question_id: str) -> Where:
        """Return the place of a question; its id alone if the place is not known."""
        return self.places.get(question_id, Where(question_id))


def load_bank(path: Path) -> Bank:
    """Return the bank of a folder or file.

    >>> from govkit.core.files import shipped
    >>> bank = load_bank(shipped("quizzes"))
    >>> bank.by_id()["sy-040"].type.label, bank.place("sy-040").source.endswith(".yaml")
    ('数值', True)

    :raises InputError: every problem of the files, with its line.
    """
    bank, problems = read_bank(path)
    refuse(problems)
    return bank


def read_bank(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the bank of a folder or file as far as it could be read, and every problem."""
    files = bank_files(path)
    if not files:
        what = _("no question files (*.yaml)")
        return Bank(()), [Problem(Where(str(path)), what, _("name a folder of bank files, or one file"))]
    sources, problems = read_sources(path / SOURCES) if (path / SOURCES).is_file() else ({}, [])
    placed: list[tuple[Path, Located]] = []
    for file in files:
        found, wrong = read_file(file, sources)
        placed += [(file, each) for each in found]
        problems += wrong
    places, twice = _places(placed)
    read = tuple(each.question for _file, each in placed)
    return Bank(with_reviews(read, path) if path.is_dir() else read, places), problems + twice


def save_bank(bank: Iterable[Question], path: Path) -> None:
    """Write questions as YAML: one file if ``path`` ends in .yaml, else a folder with one file a topic.

    Pictures are written beside. A folder must be empty or new; nothing is left half-written.
    """
    from govkit.exams.bank.yaml_write import write_file, write_folder

    if path.suffix.lower() in {".yaml", ".yml"}:
        write_file(tuple(bank), path)
    else:
        write_folder(tuple(bank), path)


def bank_files(path: Path) -> list[Path]:
    """Return the bank files of a folder in name order, or the one file named."""
    if path.is_file():
        return [path]
    files = [*path.glob("*.yaml"), *path.glob("*.yml")] if path.is_dir() else []
    return sorted(file for file in files if file.name != SOURCES and not file.name.startswith("."))


def _places(placed: list[tuple[Path, Located]]) -> tuple[dict[str, Where], list[Problem]]:
    places: dict[str, Where] = {}
    problems = []
    for file, each in placed:
        where = at(str(file), each.line)
        name = each.question.id
        if name in places:
            what = _("the id “{id}” is taken: {first}").format(id=name, first=places[name])
            problems.append(Problem(where, what, _("give each question an id of its own")))
        else:
            places[name] = where
    return places, problems


BANDS = ((0.55, "难"), (0.75, "中"), (1.01, "易"))
"""Bands of difficulty: expected facility below each bound. The bounds are the kit's own convention."""


@dataclass(frozen=True, slots=True)
class BankStats:
    """Counts of a bank; ``cells`` counts questions by (topic, type label, band label)."""

    questions: int
    items: int
    points: Decimal
    usable: int
    reviewed: int
    explained: int
    by_type: dict[str, int]
    by_topic: dict[str, int]
    by_difficulty: dict[str, int]
    by_source: dict[str, int]
    cells: dict[tuple[str, str, str], int]

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON values; cells as a list of rows."""
        rows = [{"topic": t, "type": k, "difficulty": d, "questions": n} for (t, k, d), n in self.cells.items()]
        return {
            "questions": self.questions,
            "items": self.items,
            "points": str(self.points),
            "usable": self.usable,
            "reviewed": self.reviewed,
            "explained": self.explained,
            "by_type": self.by_type,
            "by_topic": self.by_topic,
            "by_difficulty": self.by_difficulty,
            "by_source": self.by_source,
            "cells": rows,
        }

    def table(self) -> list[list[str]]:
        """Return topics × types as rows of text: a header, one row a topic, a row of sums."""
        types = [kind.label for kind in QuestionType if kind.label in self.by_type]
        rows = [["知识点", *types, "合计"]]
        for topic, total in self.by_topic.items():
            rows.append([topic, *(str(self._count(topic, kind) or "") for kind in types), str(total)])
        return [*rows, ["合计", *(str(self.by_type[kind]) for kind in types), str(self.questions)]]

    def _count(self, topic: str, kind: str) -> int:
        return sum(count for (row, column, _band), count in self.cells.items() if (row, column) == (topic, kind))


def bank_stats(bank: Bank, on: date) -> BankStats:
    """Return the counts of a bank; ``usable`` counts questions whose source is in force on the day of the exam."""
    questions = bank.questions
    return BankStats(
        questions=len(questions),
        items=sum(1 for question in questions for _item in question.items()),
        points=sum((question.points for question in questions), Decimal(0)),
        usable=sum(question.usable(on) for question in questions),
        reviewed=sum(question.reviewed is not None for question in questions),
        explained=sum(bool(question.explanation) for question in questions),
        by_type=_counted(question.type.label for question in questions),
        by_topic=_counted(question.topic for question in questions),
        by_difficulty=_counted(band(question) for question in questions),
        by_source=_counted(_source(question) for question in questions),
        cells=dict(Counter((q.topic, q.type.label, band(q)) for q in questions)),
    )


def band(question: Question) -> str:
    """Return the band of a question's expected facility: 难, 中, 易, or 未定."""
    if question.difficulty is None:
        return "未定"
    return next(label for bound, label in BANDS if question.difficulty < bound)


def _source(question: Question) -> str:
    source = question.source
    return " ".join(word for word in (source.law, source.version) if word) if source else "未注明"


def _counted(values: Any) -> dict[str, int]:
    return dict(Counter(values))
