"""Lines of a text of questions, and what stands in them that is no text: pictures, formulas, raised characters.

Word files and plain texts give the same stream of lines, so that one parser reads both. A thing that is no text stands
in a line as one character of a private area; :class:`Inlays` knows what it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal

from govkit.core.errors import Where
from govkit.exams.bank.markup import to_html
from govkit.exams.bank.questions import BlanksKey, Image, Option, Question

_FIRST = 0xF0000
_LAST = 0xFFFFD

Emphasis = Literal["bold", "colour", "underline", "highlight"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, its place, and the spans of characters that are emphasised."""

    text: str
    where: Where
    emphasis: tuple[tuple[Emphasis, int, int], ...] = ()

    def emphasised(self, begin: int, end: int) -> frozenset[Emphasis]:
        """Return the kinds of emphasis that cover every visible character from ``begin`` to ``end``.

        >>> line = Line("A. 甲 B. 乙", Where("题库"), (("bold", 6, 10),))
        >>> sorted(line.emphasised(0, 4)), sorted(line.emphasised(5, 9))
        ([], [])
        >>> sorted(line.emphasised(8, 9))
        ['bold']
        """
        wanted = {index for index in range(begin, end) if not self.text[index].isspace()}
        kinds = {kind for kind, _begin, _end in self.emphasis}
        return frozenset(kind for kind in kinds if wanted and wanted <= self._covered(kind))

    def spans(self, kind: Emphasis) -> list[tuple[int, int]]:
        """Return the spans of one kind of emphasis."""
        return [(begin, end) for each, begin, end in self.emphasis if each == kind]

    def _covered(self, kind: Emphasis) -> set[int]:
        return {index for begin, end in self.spans(kind) for index in range(begin, end)}


@dataclass(slots=True)
class Inlays:
    """What the private characters of a file's lines stand for: HTML, and its plain text; and the file's pictures."""

    html: dict[str, str] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Image] = field(default_factory=dict)
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)

    def put(self, html: str, plain: str) -> str:
        """Return the character that stands for ``html``; the same one for the same HTML."""
        if html not in self._known:
            code = _FIRST + len(self._known)
            if code > _LAST:
                raise OverflowError(code)
            self._known[html] = chr(code)
            self.html[chr(code)], self.plain[chr(code)] = html, plain
        return self._known[html]

    def picture(self, image: Image, alt: str = "") -> str:
        """Return the character that stands for a picture."""
        self.pictures[image.name] = image
        return self.put(f'<img src="{image.name}" alt="{escape(alt)}">', "")

    def fault(self, what: str, repair: str) -> str:
        """Return the character that stands for what cannot be read; a question that has it is refused for it."""
        character = self.put(f"<!--{escape(what)}-->", "")
        self.faults[character] = what, repair
        return character

    def fault_in(self, texts: Iterable[str]) -> tuple[str, str] | None:
        """Return the first fault that stands in texts, None for none."""
        found = (self.faults[one] for text in texts for one in text if one in self.faults) if self.faults else iter(())
        return next(found, None)

    def fill(self, question: Question) -> Question:
        """Return a question of HTML texts with all private characters replaced."""
        if not self.html:
            return question
        texts = [question.stem, question.explanation, *(option.text for option in question.options)]
        key = question.key
        if isinstance(key, BlanksKey):
            key = replace(key, blanks=tuple(tuple(map(self.as_plain, blank)) for blank in key.blanks))
        return replace(
            question,
            stem=_replaced(question.stem, self.html),
            explanation=_replaced(question.explanation, self.html),
            options=tuple(Option(each.id, _replaced(each.text, self.html)) for each in question.options),
            key=key,
            images=(*question.images, *self.shown_in(texts)),
            parts=tuple(map(self.fill, question.parts)),
        )

    def as_html(self, text: str) -> str:
        """Return a text as HTML."""
        return _replaced(to_html(text), self.html)

    def as_plain(self, text: str) -> str:
        """Return a text without anything that is no text."""
        return _replaced(text, self.plain)

    def shown_in(self, texts: Iterable[str]) -> tuple[Image, ...]:
        """Return the pictures that stand in texts, in their order."""
        html = "".join(self.as_html(text) for text in texts)
        return tuple(image for name, image in self.pictures.items() if f'src="{name}"' in html)


def _replaced(text: str, by: dict[str, str]) -> str:
    if not by or text.isascii():
        return text
    return "".join(by.get(character, character) for character in text) if max(text, default="") >= chr(_FIRST) else text
