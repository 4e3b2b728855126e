"""A paper as the room needs it: its items, and whether an answer to one of them can be read."""

import re
from dataclasses import dataclass, field

from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import UnreadableAnswer, decode
from govkit.exams.bank.questions import Face, QuestionType
from govkit.exams.paper.paper import Paper, paper_of

LONGEST = 10_000
"""Characters of a short answer; other types take a tenth of it."""

_REMEMBERED = 20_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class Sheet:
    """A form's paper, with its items by id."""

    paper: Paper
    content: str
    items: dict[str, Face]
    _readable: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, content: str) -> "Sheet":
        """Return the sheet of a paper's text; raise InputError for a damaged one."""
        paper = paper_of(content.encode(), "paper")
        return cls(paper, content, paper.items)

    def problem(self, item: str, answer: str) -> str:
        """Return what is wrong with an answer, "" if nothing is."""
        if (item, answer) in self._readable:
            return ""
        face = self.items.get(item)
        if face is None:
            return _("This paper has no question of that id")
        found = _problem(face, answer)
        if not found and len(answer) < 100:
            self._remember(item, answer)
        return found

    def _remember(self, item: str, answer: str) -> None:
        if len(self._readable) >= _REMEMBERED:
            self._readable.clear()
        self._readable.add((item, answer))


def plain(answer: str) -> str:
    """Return an answer without characters that no one types: control characters, halves of surrogate pairs."""
    return answer if answer.isprintable() else _CONTROLS.sub("", answer)


def _problem(face: Face, answer: str) -> str:
    written = face.type is QuestionType.SHORT_ANSWER
    if len(answer) > (LONGEST if written else LONGEST // 10):
        return _("The answer is too long")
    if "\n" in answer and not written:
        return _("The answer runs over several lines")
    try:
        decode(face, answer)
    except UnreadableAnswer as error:
        return str(error)
    return ""
