"""Automatic numbers of Word's paragraphs, which stand in no text: ``1.``, ``A.``, ``一、``, ``①``."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from govkit.exams.bank.formats.limits import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_WORDED = {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "ideographDigital"}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: its first number, how numbers are written, and the text around them."""

    start: int
    form: str
    text: str


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has been counted."""

    lists: dict[str, dict[int, Level]]
    of: dict[str, tuple[str, dict[int, int]]]
    _counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, number: str, depth: int) -> str:
        """Return the label of the next paragraph of a list, "" where it has none."""
        name, starts = self.of.get(number, ("", {}))
        levels = self.lists.get(name, {})
        level = levels.get(depth)
        if level is None or level.form == "none":
            return ""
        counts = self._counts[name]
        if depth in starts and (number, depth) not in self._begun:
            counts[depth] = starts[depth] - 1
        self._begun.add((number, depth))
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if level.form == "bullet":
            return "• "
        text = re.sub(r"%(\d)", lambda found: self._shown(levels, counts, int(found[1]) - 1), level.text)
        closed = level.form.startswith("decimalEnclosed") or not text or not text[-1].isalnum()
        return text if closed else f"{text}."

    @staticmethod
    def _shown(levels: dict[int, Level], counts: dict[int, int], depth: int) -> str:
        level = levels.get(depth)
        return written(counts.get(depth, level.start), level.form) if level else ""


def numbering(root: Element | None) -> Numbering:
    """Return the lists of a document's numbering part."""
    if root is None:
        return Numbering({}, {})
    lists = {
        each.get(f"{W}abstractNumId", ""): {
            int(level.get(f"{W}ilvl", "0")): _level(level) for level in each.iterfind(f"{W}lvl")
        }
        for each in root.iterfind(f"{W}abstractNum")
    }
    of: dict[str, tuple[str, dict[int, int]]] = {}
    for each in root.iterfind(f"{W}num"):
        abstract = each.find(f"{W}abstractNumId")
        starts = {
            int(override.get(f"{W}ilvl", "0")): int(value)
            for override in each.iterfind(f"{W}lvlOverride")
            if (value := _value(override, "startOverride"))
        }
        of[each.get(f"{W}numId", "")] = (abstract.get(f"{W}val", "") if abstract is not None else "", starts)
    return Numbering(lists, of)


def _level(level: Element) -> Level:
    return Level(int(_value(level, "start") or 1), _value(level, "numFmt") or "decimal", _value(level, "lvlText"))


def _value(element: Element, name: str) -> str:
    child = element.find(f"{W}{name}")
    return (child.get(f"{W}val") or "") if child is not None else ""


def written(number: int, form: str) -> str:
    """Return a number as a list writes it.

    >>> written(3, "upperLetter"), written(12, "chineseCounting"), written(2, "decimalEnclosedCircle"), written(4, "x")
    ('C', '十二', '②', '4')
    """
    if form in {"upperLetter", "lowerLetter"} and 1 <= number <= 26:
        return chr((65 if form == "upperLetter" else 97) + number - 1)
    if form in _WORDED and 1 <= number <= 99:
        tens, ones = divmod(number, 10)
        return (("" if tens == 1 else _DIGITS[tens]) + "十" if tens else "") + (_DIGITS[ones] if ones else "")
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if form in {"upperRoman", "lowerRoman"} and 1 <= number <= 10:
        roman = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"][number - 1]
        return roman if form == "upperRoman" else roman.lower()
    return str(number)
