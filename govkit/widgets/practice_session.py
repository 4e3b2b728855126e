"""A practice session: its questions, the current position, the answers, and the verdict on an answer.

Practice is the only place where answers and questions meet. The session is a file in the user's data folder, written
after every answer, so that the next one goes on where this one stopped.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from govkit.core.files import atomic_write
from govkit.exams.bank.answers import UnreadableAnswer, decode, right_parts
from govkit.exams.bank.markup import in_words
from govkit.exams.bank.questions import Question, QuestionType, RubricKey
from govkit.exams.paper.paper import unordered
from govkit.exams.paper.policies import wholly_right

ALL_TOPICS = "全部"
FORMAT = "govkit-practice/1"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question to answer, and the case that it belongs to, if any."""

    item: Question
    story: Question | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on an answer; ``right`` is None for short answers, which only the reader can judge."""

    right: bool | None
    answer: str
    explanation: str
    source: str


@dataclass(slots=True)
class Session:
    """A session: the ids of its questions in order, the current position, the answers and their results."""

    topic: str
    seed: int
    order: list[str]
    at: int = 0
    given: dict[str, str] = field(default_factory=dict)
    right: dict[str, bool | None] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether every question was answered."""
        return self.at >= len(self.order)

    @property
    def current(self) -> str:
        """The id of the current question."""
        return self.order[self.at]

    def wrong(self) -> list[str]:
        """Return the ids of the wrong answers, in order."""
        return [name for name in self.order if self.right.get(name) is False]

    def score(self) -> tuple[int, int]:
        """Return the number of right answers, and of answers that could be judged."""
        judged = [right for right in self.right.values() if right is not None]
        return sum(judged), len(judged)


def exercises(questions: Iterable[Question], on: date) -> dict[str, Exercise]:
    """Return the exercises of a day by question id: only questions whose sources are in force then."""
    return {
        item.id: Exercise(item, question if question.parts else None)
        for question in questions
        if question.usable(on)
        for item in question.items()
    }


def topics(known: Mapping[str, Exercise]) -> list[str]:
    """Return the topics, first the one that holds all."""
    return [ALL_TOPICS, *dict.fromkeys(_topic(exercise) for exercise in known.values())]


def start(known: Mapping[str, Exercise], topic: str, most: int, seed: int) -> Session:
    """Return a new session of at most ``most`` questions of a topic; the parts of a case stay together.

    :param most: 0 for all.
    """
    groups: dict[str, list[str]] = {}
    for name, exercise in known.items():
        if topic in (ALL_TOPICS, _topic(exercise)):
            groups.setdefault(exercise.story.id if exercise.story else name, []).append(name)
    order = [name for group in _shuffled(list(groups.values()), seed) for name in group]
    return Session(topic, seed, order[:most] if most else order)


def again(session: Session, seed: int) -> Session:
    """Return a new session of the questions answered wrongly."""
    return Session(session.topic, seed, session.wrong())


def shown(exercise: Exercise, seed: int) -> Question:
    """Return the question as it is asked: the options of an ordering or matching are shuffled."""
    return unordered(exercise.item, str(seed))


def judge(question: Question, text: str) -> Verdict:
    """Return the verdict on an answer to a question from :func:`shown`; an answer that cannot be read is wrong."""
    return Verdict(_right(question, text), right_answer(question), _explanation(question), source_of(question))


def answered(session: Session, text: str, verdict: Verdict) -> None:
    """Record the answer to the current question."""
    session.given[session.current] = text
    session.right[session.current] = verdict.right


def right_answer(question: Question) -> str:
    """Return the right answer in words."""
    unit = question.face().unit if question.type is QuestionType.NUMERIC else ""
    return in_words(question, right_parts(question)) + unit


def source_of(question: Question) -> str:
    """Return the source of a question with its version; empty without a source."""
    source = question.source
    if source is None:
        return ""
    version = f"（{source.version}）" if source.version else ""
    return f"{source.law}{version}{source.article}"


def save(session: Session, path: Path) -> None:
    """Write a session to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(
        path, (json.dumps({"format": FORMAT, **asdict(session)}, ensure_ascii=False, indent=1) + "\n").encode()
    )


def load(path: Path, known: Mapping[str, Exercise]) -> Session | None:
    """Return the session of a file; None if it is missing or damaged, or a question is no longer in the bank."""
    try:
        state = json.loads(path.read_text("utf-8"))
        if state.pop("format") != FORMAT:
            return None
        session = Session(**state)
        whole = session.order and set(session.order) <= known.keys() and 0 <= session.at <= len(session.order)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return replace(session) if whole else None


def state_file() -> Path:
    """Return the file of the user's session."""
    from platformdirs import user_data_path

    return user_data_path("govkit", appauthor=False) / "practice.json"


def _right(question: Question, text: str) -> bool | None:
    if isinstance(question.key, RubricKey):
        return None
    try:
        parts = decode(question, text)
    except UnreadableAnswer:
        return False
    return bool(parts) and wholly_right(question, parts)


def _explanation(question: Question) -> str:
    if isinstance(question.key, RubricKey):
        points = "；".join(f"{criterion.text}（{criterion.points}分）" for criterion in question.key.criteria)
        return "\n".join(part for part in (f"采分点：{points}", question.explanation) if part)
    return question.explanation


def _topic(exercise: Exercise) -> str:
    return exercise.item.topic or (exercise.story.topic if exercise.story else "")


def _shuffled(items: Sequence[T], seed: int) -> list[T]:
    mixed = list(items)
    random.Random(seed).shuffle(mixed)
    return mixed
