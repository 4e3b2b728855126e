"""Shared by all foreign formats: metadata as tags, drafts finished to a bank, warnings of losses.

Metadata without a field in the format is carried as tags or keywords, ``name=value``, such as ``difficulty=0.7``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem, Severity, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK, flaws
from govkit.exams.bank.formats.limits import MAX_QUESTIONS
from govkit.exams.bank.markup import tidy, to_html
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Credit,
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


def uneven(shares: Iterable[Decimal]) -> bool:
    """Return whether answers that count are worth different shares of the marks, in percent, which a bank cannot hold.

    >>> uneven([Decimal(100), Decimal(50)]), uneven([Decimal("33.33333"), Decimal("33.34")]), uneven([Decimal(0)])
    (True, False, False)
    """
    counted = [share for share in shares if share > 0]
    return bool(counted) and max(counted) - min(counted) > Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Guessed(Problem):
    """A remark: what was read by a guess, that the author may settle."""

    severity: Severity = "warning"


@dataclass(frozen=True, slots=True)
class Dropped(Problem):
    """A remark: what was read and is not kept."""

    severity: Severity = "warning"


@dataclass(frozen=True, slots=True)
class NoQuestion(Problem):
    """A remark: a line, sheet or other piece of the file that belongs to no question."""

    severity: Severity = "warning"


_SOURCE_TAGS = ("law", "article", "version", "in_force_from", "in_force_to", "source_mark")


def tags_of(question: Question, native: frozenset[str] = frozenset()) -> list[str]:
    """Return a question's tags except those in ``native``, for which the format has fields."""
    return [f"{name}={value}" for name, value in _pairs(question) if name not in native and value]


def apply_tags(question: Question, tags: Iterable[str]) -> tuple[Question, list[str]]:
    """Return a question with its tags applied, and the tags that are unknown or invalid.

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
    if isinstance(question.key, (ChoiceKey, BlanksKey, NumericKey)):
        yield from (("credit", credit_text(each)) for each in question.key.credits)
    if isinstance(question.key, BlanksKey):
        yield "case_sensitive", "true" if question.key.case_sensitive else ""
        yield "wildcards", "true" if question.key.wildcards else ""
    if isinstance(question.key, RubricKey):
        for row in question.key.criteria:
            yield "criterion", f"{format(row.points, 'f')}|{row.text}"
        yield "model", question.key.model


def credit_text(credit: Credit) -> str:
    """Return a credit as a tag's value: share, tolerance, blank and answer."""
    return f"{format(credit.share, 'f')}|{format(credit.tolerance, 'f')}|{credit.blank}|{credit.answer}"


def credit_of(text: str) -> Credit:
    """Return the credit of a tag's value; raise ValueError or ArithmeticError for what is none."""
    share, tolerance, blank, answer = text.split("|", 3)
    return Credit(answer, Decimal(share), Decimal(tolerance), int(blank))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _source_setter(field: str) -> Callable[[Question, str], Question]:
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
    """Restore the letters, and so the order, of the options."""
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


def _credit(question: Question, value: str) -> Question:
    key = question.key
    if not isinstance(key, (ChoiceKey, BlanksKey, NumericKey)):
        raise ValueError(value)
    return replace(question, key=replace(key, credits=(*key.credits, credit_of(value))))


def _rule(name: str) -> Callable[[Question, str], Question]:
    def put(question: Question, value: str) -> Question:
        if not isinstance(question.key, BlanksKey) or value != "true":
            raise ValueError(value)
        rule: Any = {name: True}
        return replace(question, key=replace(question.key, **rule))

    return put


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
    "law": _source_setter("law"),
    "article": _source_setter("article"),
    "version": _source_setter("version"),
    "in_force_from": _source_setter("in_force_from"),
    "in_force_to": _source_setter("in_force_to"),
    "source_mark": _source_setter("mark"),
    "unit": _unit,
    "credit": _credit,
    "case_sensitive": _rule("case_sensitive"),
    "wildcards": _rule("wildcards"),
    "criterion": _criterion,
    "model": _model,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as read from a file, before tags are applied and HTML is cleaned."""

    question: Question
    where: Where
    tags: tuple[str, ...] = ()


def finish(
    drafts: Iterable[Draft], problems: list[Problem], refused: Iterable[Problem] = ()
) -> tuple[Bank, list[Problem]]:
    """Return the bank of a file's drafts and its problems, ``problems`` first.

    :param refused: one problem for each question that could not be read.
    """
    drafts = list(drafts)
    refused = tuple(refused)
    problems = [*problems, *refused]
    if len(drafts) > MAX_QUESTIONS:
        what = _("{count} questions in it").format(count=len(drafts))
        return Bank(()), [*problems, Problem(Where(drafts[0].where.source), what, _("split it by topic"))]
    tagged = [_tagged(draft, problems) for draft in drafts]
    placed = _with_ids(_without_empty(_with_cases(tagged), problems))
    questions = tuple(tidy(draft.question) for draft in placed)
    places = {draft.question.id: draft.where for draft in placed}
    for question in questions:
        for flaw in flaws(question):
            what = _("question {id}: {what}").format(id=question.id, what=flaw.what)
            problems.append(Problem(places[question.id], what, flaw.repair, flaw.severity))
    return Bank(questions, places, refused), problems


def _tagged(draft: Draft, problems: list[Problem]) -> Draft:
    question, strange = apply_tags(draft.question, (tag for tag in draft.tags if not tag.startswith("case=")))
    if strange:
        what = _("tags are left out: {tags}").format(tags=", ".join(strange)[:200])
        problems.append(Dropped(draft.where, what, _("a question keeps no such tags")))
    if question.type is QuestionType.FILL_IN and BLANK not in question.stem:
        question = replace(question, stem=f"{question.stem} {BLANK}")
    return replace(draft, question=replace(question, stem=re.sub("_{2,}", BLANK, question.stem)))


def _with_cases(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts, those tagged ``case=ID`` as parts of that case where it exists."""
    cases = {draft.question.id for draft in drafts if draft.question.type is QuestionType.CASE}
    parts: dict[str, list[Question]] = {case: [] for case in cases}
    for draft in drafts:
        if (case := tag_value(draft.tags, "case")) in cases:
            parts[case].append(draft.question)
    standing = [draft for draft in drafts if tag_value(draft.tags, "case") not in cases]
    return [_filled(draft, parts) for draft in standing]


def _filled(draft: Draft, parts: dict[str, list[Question]]) -> Draft:
    question = draft.question
    if question.type is not QuestionType.CASE or question.parts:
        return draft
    own = parts[question.id]
    numbered = tuple(replace(part, id=f"{question.id}.{number}") for number, part in enumerate(own, 1))
    points = sum((part.points for part in numbered), Decimal(0))
    return replace(draft, question=replace(question, parts=numbered, points=points))


def _without_empty(drafts: list[Draft], problems: list[Problem]) -> list[Draft]:
    """Return the drafts without descriptions that have no questions."""
    kept = []
    for draft in drafts:
        if draft.question.type is QuestionType.CASE and not draft.question.parts:
            what = _("a description without questions is left out")
            problems.append(NoQuestion(draft.where, what, _("put it into the questions' stems")))
        else:
            kept.append(draft)
    return kept


def _with_ids(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with valid ids: other characters replaced, missing and repeated ones numbered."""
    taken: set[str] = set()
    settled = []
    for number, draft in enumerate(drafts, 1):
        wanted = re.sub(r"[^\w-]+", "-", draft.question.id).strip("-")[:56]
        name = wanted if re.match(r"[^\W\d_]", wanted) else f"q-{wanted or number}"
        while name in taken:
            name = f"{name[:56]}-{number}"
        taken.add(name)
        settled.append(replace(draft, question=_renamed(draft.question, name)))
    return settled


def _renamed(question: Question, name: str) -> Question:
    parts = tuple(replace(part, id=f"{name}.{number}") for number, part in enumerate(question.parts, 1))
    return replace(question, id=name, parts=parts)


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
    """Capabilities of a format: question types, fields it lacks, and what a question may have.

    Several blanks, answers worth a part of the marks, ``*`` for any text in one of several blanks.
    """

    name: str
    types: frozenset[QuestionType]
    lacks: frozenset[str] = frozenset()
    several_blanks: bool = True
    credits: bool = True
    wild_blanks: bool = True

    def holds(self, question: Question) -> bool:
        """Return whether the format can hold a question and all its parts."""
        blanks = len(question.key.blanks) if isinstance(question.key, BlanksKey) else 0
        fits = (
            question.type in self.types
            and (blanks < 2 or self.several_blanks)
            and (self.credits or not own_rules(question))
        )
        wild = isinstance(question.key, BlanksKey) and question.key.wildcards and blanks > 1
        fits = fits and (self.wild_blanks or not wild)
        return fits and all(self.holds(part) for part in question.parts)


def own_rules(question: Question) -> bool:
    """Return whether the key has credits or rules for texts of its own."""
    key = question.key
    rules = isinstance(key, BlanksKey) and (key.case_sensitive or key.wildcards)
    return rules or (isinstance(key, (ChoiceKey, BlanksKey, NumericKey)) and bool(key.credits))


def losses(bank: Bank, holds: Holds, path: Path) -> list[Problem]:
    """Return a warning for each type left out and for each field lost in the questions written."""
    return [*_left_out(bank, holds, path), *_fields(bank, holds, path)]


def _left_out(bank: Bank, holds: Holds, path: Path) -> Iterator[Problem]:
    by_type: dict[QuestionType, list[str]] = {}
    for question in bank:
        if not holds.holds(question):
            by_type.setdefault(question.type, []).append(question.id)
    for kind, ids in by_type.items():
        what = _("{format} cannot hold {count} questions of type {type}: {ids}")
        shown = what.format(format=holds.name, count=len(ids), type=kind.label, ids=_some(ids))
        yield Problem(Where(str(path)), shown, _("they are left out; choose another format for them"), "warning")


def _fields(bank: Bank, holds: Holds, path: Path) -> Iterator[Problem]:
    written = [question for question in bank if holds.holds(question)]
    for field in sorted(holds.lacks):
        ids = [question.id for question in written if any(map(_PRESENT[field], (question, *question.parts)))]
        if ids:
            what = _("{format} cannot hold “{field}” ({count} questions): {ids}")
            shown = what.format(format=holds.name, field=_LABELS[field], count=len(ids), ids=_some(ids))
            yield Problem(Where(str(path)), shown, _("keep the bank itself; this file is a copy without it"), "warning")


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
