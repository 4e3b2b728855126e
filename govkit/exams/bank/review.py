"""The review of a bank: each question accepted or returned, by whom, when, against which text of the law.

Verdicts are entries of ``reviews.jsonl`` in the bank's folder, an audit log of its own. A verdict holds for the words
and the key that were reviewed: after an edit the question waits again. An accepted question counts as reviewed on the
day of the verdict; a returned one does not, whatever its file says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from govkit.core import audit
from govkit.core.errors import Problem, UsageError, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Question

LOG = "reviews.jsonl"
_ACCEPTED, _RETURNED = "review.accept", "review.return"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last verdict on a question; ``law`` is the version of the text it was compared with."""

    question: str
    accepted: bool
    person: str
    day: date
    comment: str
    law: str
    content_hash: str


def verdicts(folder: Path) -> dict[str, Verdict]:
    """Return the last verdict on each question of a bank's folder, by id; none where there was no review."""
    found: dict[str, Verdict] = {}
    for entry in audit.entries(folder / LOG):
        if entry.action in {_ACCEPTED, _RETURNED}:
            verdict = _verdict(entry)
            found[verdict.question] = verdict
    return found


def _verdict(entry: audit.Entry) -> Verdict:
    kept = {name: str(value or "") for name, value in entry.details.items()}
    return Verdict(
        question=kept.get("question", ""),
        accepted=entry.action == _ACCEPTED,
        person=entry.person,
        day=date.fromisoformat(kept.get("day") or entry.at[:10]),
        comment=kept.get("comment", ""),
        law=kept.get("law", ""),
        content_hash=kept.get("content_hash", ""),
    )


def review(folder: Path, question: Question, person: str, *, accepted: bool, comment: str = "", on: date) -> Verdict:
    """Record a verdict on a question as it stands now, and return it.

    :raises UsageError: the bank is no folder, no one is named, or a question is returned without a comment.
    """
    problem = None
    if not folder.is_dir():
        problem = Problem(
            Where(str(folder)), _("is no folder of a bank"), _("name the folder; the reviews are kept in it")
        )
    elif folder.resolve() == shipped("quizzes").resolve():
        repair = _("copy it first: govkit bank convert quizzes, then a folder of yours")
        problem = Problem(Where(str(folder)), _("is the bank that comes with the kit"), repair)
    elif not person.strip():
        problem = Problem(Where(question.id), _("no one is named as the reviewer"), _("write your name"))
    elif not accepted and not comment.strip():
        problem = Problem(Where(question.id), _("returned without a comment"), _("say what is to be corrected"))
    if problem:
        raise UsageError(problem)
    source = question.source
    law = " ".join(word for word in (source.law, source.version) if word) if source else ""
    details = {"question": question.id, "content_hash": question.content_hash, "law": law, "comment": comment.strip()}
    action = _ACCEPTED if accepted else _RETURNED
    return _verdict(audit.record(folder / LOG, action, person.strip(), **details, day=on.isoformat()))


def with_reviews(questions: Iterable[Question], folder: Path) -> tuple[Question, ...]:
    """Return questions with the day on which each was accepted as it stands, and none for those returned."""
    known = verdicts(folder)
    return tuple(_settled(question, known.get(question.id)) for question in questions)


def _settled(question: Question, verdict: Verdict | None) -> Question:
    if verdict is None or verdict.content_hash != question.content_hash:
        return question
    day = verdict.day if verdict.accepted else None
    parts = tuple(replace(part, reviewed=day) for part in question.parts)
    return replace(question, reviewed=day, parts=parts)


def review_rows(questions: Iterable[Question], folder: Path) -> list[list[str]]:
    """Return a row for each question: id, stem, state, person, day, version of the law, comment."""
    known = verdicts(folder)
    return [_row(question, known.get(question.id)) for question in questions]


def _row(question: Question, verdict: Verdict | None) -> list[str]:
    if verdict is None:
        return [question.id, question.stem[:40], _("not reviewed"), "", "", "", ""]
    state = _("accepted") if verdict.accepted else _("returned")
    if verdict.content_hash != question.content_hash:
        state = _("edited since")
    told = [verdict.person, verdict.day.isoformat(), verdict.law, verdict.comment]
    return [question.id, question.stem[:40], state, *told]
