"""The key at the end of a text: ``1-5 ABDAC``, ``1.A 2.B``, ``单选题：1-5 ABDAC``, ``1. 北京``."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from govkit.exams.bank.formats.written import type_named
from govkit.exams.bank.questions import QuestionType

_ANSWER = "[A-HＡ-Ｈ]{1,8}|√|×|✓|✗|✔|✘|正确|错误|对|错|[TFYN]"
_SPAN = re.compile(
    rf"(?:第\s*)?(\d{{1,4}})\s*[-–—~～至]\s*(\d{{1,4}})\s*题?\s*[.．、:：)）]?\s*"
    rf"((?:(?:{_ANSWER})[\s,，、;；]*)+?)(?=[\s,，;；、.。]*(?:第?\s*\d|$))"
)
_PAIR = re.compile(
    rf"(?:第\s*)?(\d{{1,4}})\s*题?\s*(?:[.．、:：)）]\s*|\s+)?[（(]?({_ANSWER})[）)]?(?=[\s,，;；、.。]|\d|第|$)"
)
_NUMBER = re.compile(
    r"(?:^|(?<=[\s　]))(?:第\s*(\d{1,4})\s*题\s*[.．、:：]?|[（(]?(\d{1,4})\s*(?:[.．、]|[)）])(?!\d))\s*"
)
_HEADING = re.compile(
    r"\s*(?:(?:第?([一二三四五六七八九十]+)(?:部分|大题)?[、.．:：\s]|[（(]([一二三四五六七八九十]+)[)）])\s*)?"
    r"(\S{2,8}?题)?\s*(?:[（(【\[][^）)】\]]*[）)】\]])?(?:答案)?\s*[:：]?\s*(?=\d|第\s*\d|$)"
)


class _Section(Protocol):
    numeral: str
    type: QuestionType | None
    loose: bool


def answers_of(text: str) -> list[tuple[int, str]] | None:
    """Return the answers of a line of the key by number, None where it begins with none.

    >>> answers_of("1-3 ABD 4. AC"), answers_of("1．北京　2．上海"), answers_of("解析：略")
    ([(1, 'A'), (2, 'B'), (3, 'D'), (4, 'AC')], [(1, '北京'), (2, '上海')], None)
    >>> answers_of("11-13 AB ACD BC")
    [(11, 'AB'), (12, 'ACD'), (13, 'BC')]
    """
    spans = list(_spans(text))
    rest = text if not spans else _SPAN.sub(" ", text)
    pairs = [(int(number), answer) for number, answer in _PAIR.findall(rest)]
    if not re.sub(r"[\s,，;；、.。]", "", _PAIR.sub(" ", rest)) and (spans or pairs):
        return sorted(spans + pairs)
    starts = list(_runs(text))
    if not starts or starts[0].start() > len(text) - len(text.lstrip()):
        return None
    ends = [each.start() for each in starts[1:]] + [len(text)]
    return [(int(one[1] or one[2]), text[one.end() : end].strip()) for one, end in zip(starts, ends, strict=True)]


def _runs(text: str) -> Iterator[re.Match[str]]:
    """Yield the numbers that follow each other in a line."""
    expected: int | None = None
    for found in _NUMBER.finditer(text):
        number = int(found[1] or found[2])
        if expected is None or number == expected:
            yield found
            expected = number + 1


def _spans(text: str) -> Iterator[tuple[int, str]]:
    """Yield the answers of each ``1-5 ABDAC``: one sign each, or one word each."""
    for first, last, answers in _SPAN.findall(text):
        numbers = range(int(first), int(last) + 1)
        words = re.findall(r"[^\s,，、;；]+", answers)
        each = words if len(words) == len(numbers) else re.findall(r"正确|错误|[^\s,，、;；]", answers)
        if len(each) == len(numbers):
            yield from zip(numbers, each, strict=True)
        else:
            yield int(first), answers.strip()  # a question takes no such answer: it is refused by name


def key_sections(text: str, sections: Sequence[_Section]) -> tuple[int | None, str]:
    """Return the section that a line of the key names, None for none, and the rest of the line.

    A section is named by its type where only one has it, else by its numeral.
    """
    found = _HEADING.match(text)
    if found is None or not (found[1] or found[2] or found[3]):
        return None, text
    numeral = found[1] or found[2] or ""
    kind = type_named(found[3]) if found[3] else None
    if found[3] and kind is None:
        return None, text
    typed = [index for index, each in enumerate(sections) if kind and kind in {each.type, _loose(each)}]
    numbered = [index for index, each in enumerate(sections) if numeral and each.numeral == numeral]
    both = [index for index in numbered if index in typed] or (typed if len(typed) == 1 else numbered)
    return (both[0] if len(both) == 1 else None), text[found.end() :]


def _loose(section: _Section) -> QuestionType | None:
    return QuestionType.SINGLE_CHOICE if section.loose else None
