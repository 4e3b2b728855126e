"""What a format cannot hold of a bank, told before it is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.questions import BlanksKey, NumericKey, Question, QuestionType, RubricKey

_PRESENT: dict[str, Callable[[Question], bool]] = {
    "points": lambda question: question.points != 1,
    "topic": lambda question: bool(question.topic),
    "difficulty": lambda question: question.difficulty is not None,
    "explanation": lambda question: bool(question.explanation),
    "source": lambda question: question.source is not None,
    "author": lambda question: bool(question.author),
    "reviewed": lambda question: question.reviewed is not None,
    "enemies": lambda question: bool(question.enemies),
    "images": lambda question: bool(question.images),
    "markup": lambda question: question.markup == "html",
    "id": lambda question: bool(question.id),
    "lines": lambda question: any("\n" in text for text in (question.stem, *(o.text for o in question.options))),
    "unit": lambda question: isinstance(question.key, NumericKey) and bool(question.key.unit),
    "rubric": lambda question: isinstance(question.key, RubricKey) and bool(question.key.criteria),
}

_LABELS = {
    "points": "分值",
    "topic": "知识点",
    "difficulty": "难度",
    "explanation": "解析",
    "source": "依据",
    "author": "出题人",
    "reviewed": "审定日期",
    "enemies": "互斥题",
    "images": "图片",
    "markup": "格式标记",
    "id": "题号",
    "lines": "分行",
    "unit": "单位",
    "rubric": "评分标准",
}


@dataclass(frozen=True, slots=True)
class Holds:
    """What a format holds: question types, fields (the names above), and several blanks in one question or not."""

    name: str
    types: frozenset[QuestionType]
    lacks: frozenset[str] = frozenset()
    several_blanks: bool = True

    def holds(self, question: Question) -> bool:
        """Tell whether the format can hold a question (and all its parts) at all."""
        blanks = len(question.key.blanks) if isinstance(question.key, BlanksKey) else 0
        fits = question.type in self.types and (blanks < 2 or self.several_blanks)
        return fits and all(self.holds(part) for part in question.parts)


def losses(bank: Bank, holds: Holds, path: Path) -> list[Problem]:
    """Return a warning for the questions left out, by type, and one for each field lost in those written."""
    return [*_left_out(bank, holds, path), *_fields(bank, holds, path)]


def _left_out(bank: Bank, holds: Holds, path: Path) -> Iterator[Problem]:
    by_type: dict[QuestionType, list[str]] = {}
    for question in bank:
        if not holds.holds(question):
            by_type.setdefault(question.type, []).append(question.id)
    for kind, ids in by_type.items():
        what = _("{format} cannot hold {count} questions of type {type}: {ids}")
        told = what.format(format=holds.name, count=len(ids), type=kind.label, ids=_some(ids))
        yield Problem(Where(str(path)), told, _("they are left out; choose another format for them"), "warning")


def _fields(bank: Bank, holds: Holds, path: Path) -> Iterator[Problem]:
    written = [question for question in bank if holds.holds(question)]
    for field in sorted(holds.lacks):
        ids = [question.id for question in written if any(map(_PRESENT[field], (question, *question.parts)))]
        if ids:
            what = _("{format} cannot hold “{field}” ({count} questions): {ids}")
            told = what.format(format=holds.name, field=_LABELS[field], count=len(ids), ids=_some(ids))
            yield Problem(Where(str(path)), told, _("keep the bank itself; this file is a copy without it"), "warning")


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
