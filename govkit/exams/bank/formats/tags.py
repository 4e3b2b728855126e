"""What a format has no field for, carried as its tags or keywords: ``name=value`` texts such as ``difficulty=0.7``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from govkit.exams.bank.markup import to_html
from govkit.exams.bank.questions import (
    Criterion,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    Source,
)

_SOURCE_TAGS = ("law", "article", "version", "in_force_from", "in_force_to", "source_mark")


def tags_of(question: Question, native: frozenset[str] = frozenset()) -> list[str]:
    """Return a question's tags, but those named in ``native``, which the format has fields for."""
    return [f"{name}={value}" for name, value in _pairs(question) if name not in native and value]


def apply_tags(question: Question, tags: Iterable[str]) -> tuple[Question, list[str]]:
    """Return a question with what its tags say, and the tags that say nothing a question holds.

    The question's texts must be HTML yet (a draft's), for an explanation among the tags is.
    """
    strange: list[str] = []
    for tag in tags:
        name, equals, value = tag.partition("=")
        setter = _SETTERS.get(name.strip())
        if not equals or setter is None:
            strange.append(tag)
            continue
        try:
            question = setter(question, value)
        except (ValueError, InvalidOperation):
            strange.append(tag)
    return question, strange


def tag_value(tags: Iterable[str], name: str) -> str:
    """Return the value of the first tag of a name, or an empty text."""
    return next((tag.partition("=")[2] for tag in tags if tag.startswith(f"{name}=")), "")


def file_order(question: Question) -> tuple[str, ...]:
    """Return the option ids of an ordering or matching in the order that formats without letters give them.

    That is the right order of an ordering; for a matching, the prompts' options in turn, then those never right.
    """
    if isinstance(question.key, OrderKey):
        return question.key.order
    if isinstance(question.key, MatchKey):
        right = dict.fromkeys(option for _prompt, option in question.key.pairs)
        return tuple(right | dict.fromkeys(option.id for option in question.options))
    return ()


def _pairs(question: Question) -> Iterator[tuple[str, str]]:
    yield "type", question.type.value
    yield "points", format(question.points, "f")
    yield "topic", question.topic
    yield "explanation", question.explanation if question.markup == "html" else to_html(question.explanation)
    yield "letters", "".join(file_order(question))
    yield "difficulty", "" if question.difficulty is None else repr(question.difficulty)
    yield "author", question.author
    yield "reviewed", _iso(question.reviewed)
    for enemy in question.enemies:
        yield "enemy", enemy
    if source := question.source:
        values = (source.law, source.article, source.version, _iso(source.in_force_from), _iso(source.in_force_to))
        yield from zip(_SOURCE_TAGS, (*values, source.mark), strict=True)
    if isinstance(question.key, NumericKey):
        yield "unit", question.key.unit
    if isinstance(question.key, RubricKey):
        for row in question.key.criteria:
            yield "criterion", f"{format(row.points, 'f')}|{row.text}"
        yield "model", question.key.model


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _source(field: str) -> Callable[[Question, str], Question]:
    def put(question: Question, value: str) -> Question:
        given: Any = date.fromisoformat(value) if field.startswith("in_force") else value
        source = question.source or Source("")
        return replace(question, source=replace(source, **{field: given}))

    return put


def _difficulty(question: Question, value: str) -> Question:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(value)
    return replace(question, difficulty=number)


def _points(question: Question, value: str) -> Question:
    number = Decimal(value)
    if not number.is_finite() or len(value) > 40:
        raise ValueError(value)
    return replace(question, points=number)


def _letters(question: Question, value: str) -> Question:
    """Give options back the letters, and so the order, that they had."""
    ids = [option.id for option in question.options]
    if sorted(ids) != sorted(value):
        raise ValueError(value)
    new = dict(zip(ids, value, strict=True))
    options = tuple(sorted((Option(new[o.id], o.text) for o in question.options), key=lambda option: option.id))
    key = question.key
    if isinstance(key, OrderKey):
        key = OrderKey(tuple(new[option] for option in key.order))
    elif isinstance(key, MatchKey):
        key = MatchKey(tuple((prompt, new[option]) for prompt, option in key.pairs))
    return replace(question, options=options, key=key)


def _unit(question: Question, value: str) -> Question:
    if not isinstance(question.key, NumericKey):
        raise ValueError(value)
    return replace(question, key=replace(question.key, unit=value))


def _criterion(question: Question, value: str) -> Question:
    points, _bar, text = value.partition("|")
    key = question.key if isinstance(question.key, RubricKey) else RubricKey(())
    criteria = (*key.criteria, Criterion(text, Decimal(points)))
    return replace(question, key=replace(key, criteria=criteria))


def _model(question: Question, value: str) -> Question:
    key = question.key if isinstance(question.key, RubricKey) else RubricKey(())
    return replace(question, key=replace(key, model=value))


_SETTERS: dict[str, Callable[[Question, str], Question]] = {
    "type": lambda question, value: replace(question, type=QuestionType(value)),
    "points": _points,
    "topic": lambda question, value: replace(question, topic=value),
    "explanation": lambda question, value: replace(question, explanation=value),
    "letters": _letters,
    "difficulty": _difficulty,
    "author": lambda question, value: replace(question, author=value),
    "reviewed": lambda question, value: replace(question, reviewed=date.fromisoformat(value)),
    "enemy": lambda question, value: replace(question, enemies=(*question.enemies, value)),
    "law": _source("law"),
    "article": _source("article"),
    "version": _source("version"),
    "in_force_from": _source("in_force_from"),
    "in_force_to": _source("in_force_to"),
    "source_mark": _source("mark"),
    "unit": _unit,
    "criterion": _criterion,
    "model": _model,
}
