"""The paper: what candidates see of an exam, and nothing else; a room reads these files only.

A paper holds faces only, written field by field: no key, weight, explanation, topic, difficulty or source. The items of
an ordering and the choices of a matching are shuffled and lettered anew before they enter a paper, by a hash of seed
and question alone, because authors tend to write them in the right order. The options of a choice keep their letters;
every candidate sees questions and options in an order of their own, worked out from the paper's seed and the
candidate's number, so that any mark can be traced to what was on the screen.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Face, MatchKey, Option, OrderKey, Question, QuestionType, face_of, face_record

FORMAT = "govkit-paper/1"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Options that refer to other options, or to "the above", must keep their places.
_POINTS_ELSEWHERE = re.compile(r"以上|上述|前述|[A-F]\s*[和与、及]\s*[A-F]")


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A section of the paper: title, type, points of each question, name of the marking policy, questions."""

    title: str
    type: QuestionType
    points: Decimal
    policy: str
    questions: tuple[Face, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One form of an exam."""

    exam: str
    title: str
    form: str
    date: date
    minutes: int
    total: Decimal
    pass_mark: Decimal
    seed: str
    sections: tuple[PaperSection, ...]

    @property
    def questions(self) -> tuple[Face, ...]:
        """All questions, in the paper's own order."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def items(self) -> dict[str, Face]:
        """Every item that takes an answer, by its id; a case gives its parts."""
        return {item.id: item for question in self.questions for item in (question.parts or (question,))}


@dataclass(frozen=True, slots=True)
class Placed:
    """A question as a candidate sees it: its id, its option ids in order, and the parts of a case."""

    question: str
    options: tuple[str, ...]
    parts: tuple["Placed", ...] = ()


def paper_file(form: str) -> str:
    """Return the file name of a form's paper."""
    return f"paper-{form}.json"


def paper_files(folder: Path) -> list[Path]:
    """Return the papers of an exam folder, in order of form."""
    return sorted(folder.glob("paper-*.json"))


def paper_bytes(paper: Paper) -> bytes:
    """Return the file content of a paper; equal papers give equal bytes."""
    return (json.dumps(_record(paper), ensure_ascii=False, indent=1) + "\n").encode()


def digest(content: bytes) -> str:
    """Return the hash by which a paper is sealed."""
    return sha256(content).hexdigest()


def write_paper(folder: Path, paper: Paper) -> Path:
    """Write a paper into the exam folder atomically and return its path."""
    target = folder / paper_file(paper.form)
    atomic_write(target, paper_bytes(paper))
    return target


def read_paper(path: Path) -> Paper:
    """Return the paper in a file.

    :raises InputError: the file is missing, damaged or of another format.
    """
    try:
        return paper_of(path.read_bytes(), str(path))
    except OSError:
        raise _unreadable(str(path)) from None


def paper_of(content: bytes, source: str) -> Paper:
    """Return the paper of a file's content; ``source`` names it in problems.

    :raises InputError: the content is damaged or of another format.
    """
    try:
        record = json.loads(content)
        if record["format"] != FORMAT:
            raise ValueError(record["format"])
        return _paper(record)
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        raise _unreadable(source) from None


def _unreadable(source: str) -> InputError:
    what = _("This is no paper that can be read")
    return InputError(Problem(Where(source), what, _("Assemble the exam again, or fetch the file anew")))


def arrange(paper: Paper, candidate: str) -> tuple[Placed, ...]:
    """Return the questions, and the options of each, in the order in which ``candidate`` sees them.

    Sections keep their places, questions move within them; true and false, blanks and the prompts of a matching stay as
    they are, and so do options that speak of each other.
    """
    rank = _ranking(paper.seed, paper.exam, paper.form, candidate)
    order: list[Placed] = []
    for section in paper.sections:
        faces = sorted(section.questions, key=lambda face: rank("question", face.id))
        order.extend(_placed(face, rank) for face in faces)
    return tuple(order)


def unordered(question: Question, seed: str) -> Question:
    """Return a question, its items or choices relettered in an order that does not reveal the key."""
    if question.parts:
        return replace(question, parts=tuple(unordered(part, seed) for part in question.parts))
    if not isinstance(question.key, (OrderKey, MatchKey)):
        return question
    rank = _ranking(seed, "letters")
    shuffled = sorted(question.options, key=lambda option: rank(question.id, option.id))
    letters = {option.id: letter for option, letter in zip(shuffled, _letters(), strict=False)}
    options = tuple(Option(letters[option.id], option.text) for option in shuffled)
    return replace(question, options=options, key=_lettered(question.key, letters))


def ranked(names: Iterable[str], *purpose: str) -> list[str]:
    """Return ``names`` in a pseudo-random order fixed by ``purpose`` (a seed, what it is for, …)."""
    rank = _ranking(*purpose)
    return sorted(names, key=rank)


def derived_seed(*purpose: str) -> str:
    """Return a seed for one purpose, from which neither the master seed nor other seeds can be derived."""
    return sha256("\x1f".join(purpose).encode()).hexdigest()[:32]


def _ranking(seed: str, *purpose: str) -> Callable[..., bytes]:
    base = hmac.new(seed.encode(), "\x1f".join(purpose).encode(), sha256)

    def rank(*name: str) -> bytes:
        code = base.copy()
        code.update(("\x1e" + "\x1f".join(name)).encode())
        return code.digest()

    return rank


def _placed(face: Face, rank: Callable[..., bytes]) -> Placed:
    ids = [option.id for option in face.options]
    if not fixed(face):
        ids.sort(key=lambda option: rank("option", face.id, option))
    return Placed(face.id, tuple(ids), tuple(_placed(part, rank) for part in face.parts))


def fixed(face: Face) -> bool:
    """Return whether the options of a question must keep their places."""
    return any(_POINTS_ELSEWHERE.search(option.text) for option in face.options) and face.type in (
        QuestionType.SINGLE_CHOICE,
        QuestionType.MULTIPLE_CHOICE,
    )


def _letters() -> Iterator[str]:
    yield from LETTERS


def _lettered(key: OrderKey | MatchKey, letters: dict[str, str]) -> OrderKey | MatchKey:
    if isinstance(key, OrderKey):
        return OrderKey(tuple(letters[option] for option in key.order))
    return MatchKey(tuple((prompt, letters[option]) for prompt, option in key.pairs))


def _record(paper: Paper) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "exam": paper.exam,
        "title": paper.title,
        "form": paper.form,
        "date": paper.date.isoformat(),
        "minutes": paper.minutes,
        "total": str(paper.total),
        "pass_mark": str(paper.pass_mark),
        "seed": paper.seed,
        "sections": [
            {
                "title": section.title,
                "type": section.type.value,
                "points": str(section.points),
                "policy": section.policy,
                "questions": [face_record(face) for face in section.questions],
            }
            for section in paper.sections
        ],
    }


def _paper(record: dict[str, Any]) -> Paper:
    return Paper(
        exam=str(record["exam"]),
        title=str(record["title"]),
        form=str(record["form"]),
        date=date.fromisoformat(record["date"]),
        minutes=int(record["minutes"]),
        total=Decimal(record["total"]),
        pass_mark=Decimal(record["pass_mark"]),
        seed=str(record["seed"]),
        sections=tuple(_section(section) for section in record["sections"]),
    )


def _section(record: dict[str, Any]) -> PaperSection:
    return PaperSection(
        title=str(record["title"]),
        type=QuestionType(record["type"]),
        points=Decimal(record["points"]),
        policy=str(record["policy"]),
        questions=tuple(face_of(face) for face in record["questions"]),
    )
