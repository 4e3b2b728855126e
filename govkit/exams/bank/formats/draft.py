"""From what a file says to a bank: tags applied, cases put together, ids settled, HTML cleaned, every flaw told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK, flaws
from govkit.exams.bank.formats.limits import MAX_QUESTIONS
from govkit.exams.bank.formats.tags import apply_tags, tag_value
from govkit.exams.bank.markup import tidy
from govkit.exams.bank.questions import Question, QuestionType


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as a file gives it: its tags not yet applied, its HTML not yet cleaned."""

    question: Question
    where: Where
    tags: tuple[str, ...] = ()


def finish(drafts: Iterable[Draft], problems: list[Problem]) -> tuple[Bank, list[Problem]]:
    """Return the bank of a file's drafts and all its problems, ``problems`` first."""
    drafts = list(drafts)
    problems = list(problems)
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
    return Bank(questions, places), problems


def _tagged(draft: Draft, problems: list[Problem]) -> Draft:
    question, strange = apply_tags(draft.question, (tag for tag in draft.tags if not tag.startswith("case=")))
    if strange:
        what = _("tags are left out: {tags}").format(tags=", ".join(strange)[:200])
        problems.append(Problem(draft.where, what, _("a question keeps no such tags"), "warning"))
    if question.type is QuestionType.FILL_IN and BLANK not in question.stem:
        question = replace(question, stem=f"{question.stem} {BLANK}")
    return replace(draft, question=replace(question, stem=re.sub("_{2,}", BLANK, question.stem)))


def _with_cases(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with those tagged ``case=ID`` put into the case of that id; without it they stand alone."""
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
    """Return the drafts but descriptions that no question belongs to."""
    kept = []
    for draft in drafts:
        if draft.question.type is QuestionType.CASE and not draft.question.parts:
            what = _("a description without questions is left out")
            problems.append(Problem(draft.where, what, _("put it into the questions' stems"), "warning"))
        else:
            kept.append(draft)
    return kept


def _with_ids(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with ids a bank can hold: odd characters replaced, missing ones and repeats numbered."""
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
