"""A paper as the room needs it: its questions by id, and whether an answer to one of them can be read."""

import re
from dataclasses import dataclass, field

from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import UnreadableAnswer, decode
from govkit.exams.bank.questions import Face, QuestionType
from govkit.exams.paper.paper import Paper, paper_of

MAX_LENGTH = 10_000
"""Characters of a short answer; other types take a tenth of it."""

_MAX_REMEMBERED = 20_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class RoomPaper:
    """A form's paper. ``questions`` holds everything that takes an answer by its id; a case is its parts."""

    paper: Paper
    questions: dict[str, Face]
    _readable: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, content: str) -> "RoomPaper":
        """Return the paper in a text.

        :raises InputError: the text is damaged.
        """
        paper = paper_of(content.encode(), "paper")
        return cls(paper, paper.items)

    def problem(self, question: str, answer: str) -> str:
        """Return what is wrong with an answer, "" if nothing is."""
        if (question, answer) in self._readable:
            return ""
        face = self.questions.get(question)
        if face is None:
            return _("This paper has no question of that id")
        found = _problem(face, answer)
        if not found and len(answer) < 100:
            self._remember(question, answer)
        return found

    def _remember(self, question: str, answer: str) -> None:
        if len(self._readable) >= _MAX_REMEMBERED:
            self._readable.clear()
        self._readable.add((question, answer))


def plain(answer: str) -> str:
    """Return an answer without control characters and lone surrogates, which nobody types."""
    return answer if answer.isprintable() else _CONTROLS.sub("", answer)


def _problem(face: Face, answer: str) -> str:
    short_answer = face.type is QuestionType.SHORT_ANSWER
    if len(answer) > (MAX_LENGTH if short_answer else MAX_LENGTH // 10):
        return _("The answer is too long")
    if "\n" in answer and not short_answer:
        return _("The answer runs over several lines")
    try:
        decode(face, answer)
    except UnreadableAnswer as error:
        return str(error)
    return ""
