"""``bank stats``: what a bank holds, by type, topic, difficulty and source, and how much of it can be used."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from govkit.exams.bank.bank import Bank
from govkit.exams.bank.questions import Question, QuestionType

BANDS = ((0.55, "难"), (0.75, "中"), (1.01, "易"))
"""Bands of difficulty: expected facility below each bound. The bounds are the kit's own convention."""


@dataclass(frozen=True, slots=True)
class BankStats:
    """Counts of a bank. ``cells`` counts questions by (topic, type label, band label)."""

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
    """Return the counts of a bank; ``usable`` are those whose source stands for an exam held ``on`` that day."""
    questions = bank.questions
    return BankStats(
        questions=len(questions),
        items=sum(1 for question in questions for _item in question.items()),
        points=sum((question.points for question in questions), Decimal(0)),
        usable=sum(question.usable(on) for question in questions),
        reviewed=sum(question.reviewed is not None for question in questions),
        explained=sum(bool(question.explanation) for question in questions),
        by_type=_count(question.type.label for question in questions),
        by_topic=_count(question.topic for question in questions),
        by_difficulty=_count(band(question) for question in questions),
        by_source=_count(_source(question) for question in questions),
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


def _count(values: Any) -> dict[str, int]:
    return dict(Counter(values))
