"""Questions as they stand in a plain text: numbered stems, lettered options, lines of answers, or a key at the end.

::

    一、单选题（每题2分）
    1. “四议”的第一步是（　）。
    A. 提议    B. 商议    C. 审议
    答案：A
    解析：六步依次进行。

Headings name the type and the points of what follows them; without one the type follows from options and answer. Lines
that belong to no question are reported, each.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, finish
from govkit.exams.bank.formats.limits import read_text
from govkit.exams.bank.formats.written import (
    BLANKS,
    bracketed,
    facility_of,
    letters_of,
    same_options,
    truth_of,
    type_named,
)
from govkit.exams.bank.markup import to_html
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Key,
    NumericKey,
    Option,
    Question,
    QuestionType,
    RubricKey,
    Source,
    TruthKey,
)
from govkit.exams.yaml_reader import at

_SECTION = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]+(?:部分|大题)?[、.．:：\s]\s*)?(\S{2,8}?题)\s*(?:[（(【:：].*|[、,，。].*)?"
)
_POINTS = re.compile(r"每(?:小)?题\s*(\d+(?:\.\d+)?)\s*分")
_NUMBERED = re.compile(
    r"\s*(?:第\s*(\d{1,4})\s*题\s*[.．、:：]?|[（(]?(\d{1,4})\s*(?:[.．、]|[)）])(?!\d))\s*(.*)", re.DOTALL
)
_OPTION = re.compile(r"(?:^|(?<=[\s;；]))[（(]?([A-HＡ-Ｈ])\s*[.．、:：)）]\s*")
_LABEL = re.compile(
    r"\s*[【\[]?\s*(?P<name>(?:参考|正确|标准)?答案|答|ANSWER|Answer|(?:答案|试题)?解析|详解|难度(?:系数|等级)?|难易度"
    r"|考点|知识点|章节|出处|依据|来源|分值)\s*(?:[】\]]\s*[:：]?|[:：])\s*(?P<text>.*)"
)
_KEY_HEADING = re.compile(r"\s*[【\[]?(?:参考|标准|正确)?答案(?:及解析|与解析)?[】\]]?\s*[:：]?\s*")
_SPAN = re.compile(r"(\d{1,4})\s*[-–—~～至]\s*(\d{1,4})\s*[.．、:：]?\s*([A-HＡ-Ｈ√×✓✗对错TF\s]+)")
_PAIR = re.compile(
    r"(\d{1,4})\s*[.．、:：)）]?\s*([A-HＡ-Ｈ]{1,8}|√|×|✓|✗|正确|错误|对|错|T|F)(?=[\s,，;；、.。]|\d|$)"
)


@dataclass(slots=True)
class _Entry:
    """The lines of one question, as read so far."""

    line: int
    number: int
    stem: list[str]
    type: QuestionType | None
    points: Decimal
    options: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


class _Unreadable(ValueError):
    """A question that cannot be read; its arguments are what is wrong and the repair."""


@dataclass(slots=True)
class _Text:
    """The state of reading: the section's type and points, the questions so far, and what belongs to none."""

    source: str
    entries: list[_Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    type: QuestionType | None = None
    points: Decimal = Decimal(1)
    label: str = ""
    in_key: bool = False
    first: int = 0

    def take(self, number: int, line: str) -> None:
        """Read one line, that is not empty."""
        if (self.in_key and self._key(number, line)) or self._section(line) or self._key_heading(line):
            return
        if label := _LABEL.fullmatch(line):
            self._labelled(number, line, label["name"], label["text"])
        elif options := list(_OPTION.finditer(line)) if self.entries and not self.in_key else []:
            self._options(number, line, options)
        elif (start := _NUMBERED.fullmatch(line)) and not self.in_key:
            self._start(number, int(start[1] or start[2]), start[3])
        else:
            self._continue(number, line)

    def _section(self, line: str) -> bool:
        found = _SECTION.fullmatch(line)
        kind = type_named(found[1]) if found else None
        if kind is None:
            return False
        points = _POINTS.search(line)
        self.type, self.label = kind, ""
        self.points = Decimal(points[1]) if points else Decimal(1)
        self.first = len(self.entries)
        return True

    def _key_heading(self, line: str) -> bool:
        if not (self.entries and _KEY_HEADING.fullmatch(line) and "答案" not in self.entries[-1].said):
            return False
        self.in_key, self.type, self.first = True, None, 0
        return True

    def _key(self, at_line: int, line: str) -> bool:
        """Read the answers of a key's line, of the section named last; return whether there were any."""
        pairs = dict(_spans(line)) | {int(number): answer for number, answer in _PAIR.findall(_SPAN.sub(" ", line))}
        if not pairs:
            return False
        kind = next((type_named(word) for word in re.findall(r"\S{2,6}题", line) if type_named(word)), self.type)
        for number, answer in pairs.items():
            fits = [entry for entry in self.entries if entry.number == number and kind in {None, entry.type}]
            if len(fits) == 1 and "答案" not in fits[0].said:
                fits[0].said["答案"] = answer
            else:
                what = _("the key's answer {number} {answer} belongs to no single question")
                shown = what.format(number=number, answer=answer)
                self.problems.append(Problem(at(self.source, at_line), shown, _("write the answer below its question")))
        return True

    def _labelled(self, number: int, line: str, name: str, text: str) -> None:
        kept = _LABELS.get(name, name)
        if not self.entries or (self.in_key and kept == "答案"):
            self._stray(number, line)
            return
        if kept in self.entries[-1].said:
            self._stray(number, line)
            return
        self.entries[-1].said[kept] = text
        self.label = kept

    def _start(self, number: int, own: int, stem: str) -> None:
        self.entries.append(_Entry(number, own, [stem] if stem else [], self.type, self.points))
        self.label = ""

    def _options(self, number: int, line: str, found: list[re.Match[str]]) -> None:
        entry = self.entries[-1]
        before = line[: found[0].start()].strip()
        if before or entry.said:
            self._continue(number, line)
            return
        ends = [option.start() for option in found[1:]] + [len(line)]
        for option, end in zip(found, ends, strict=True):
            letter = chr(ord(option[1]) - 0xFEE0) if ord(option[1]) > 0x7F else option[1]
            if letter in entry.options:
                what = _("option {letter} appears twice").format(letter=letter)
                self.problems.append(Problem(at(self.source, number), what, _("keep one")))
            entry.options[letter] = line[option.end() : end].strip(" \t\u3000;；")
        self.label = "选项"

    def _continue(self, number: int, line: str) -> None:
        entry = self.entries[-1] if self.entries and not self.in_key else None
        if entry and self.label == "答案" and entry.type is QuestionType.SHORT_ANSWER:
            entry.said["答案"] += f"\n{line.strip()}"
        elif entry is None or self.label in {"答案", "难度", "知识点", "依据", "分值"}:
            self._unnumbered(number, line)
        elif self.label == "选项":
            last = list(entry.options)[-1]
            entry.options[last] += f"\n{line.strip()}"
        elif self.label:
            entry.said[self.label] += f"\n{line.strip()}"
        else:
            entry.stem.append(line.strip())

    def _unnumbered(self, number: int, line: str) -> None:
        """Take a line after an answer as the next stem where it looks like one, else report it."""
        if not self.in_key and self.entries and re.search(BLANKS, line):
            self._start(number, self.entries[-1].number + 1, line.strip())
        else:
            self._stray(number, line)

    def _stray(self, number: int, line: str) -> None:
        what = _("a line that belongs to no question: “{text}”").format(text=line.strip()[:60])
        repair = _("number the question, or delete the line")
        self.problems.append(Problem(at(self.source, number), what, repair, "warning"))


_LABELS = {
    **dict.fromkeys(("参考答案", "正确答案", "标准答案", "答", "ANSWER", "Answer"), "答案"),
    **dict.fromkeys(("答案解析", "试题解析", "详解"), "解析"),
    **dict.fromkeys(("难度系数", "难度等级", "难易度"), "难度"),
    **dict.fromkeys(("考点", "章节"), "知识点"),
    **dict.fromkeys(("出处", "来源"), "依据"),
}


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a text and its problems."""
    return read_lines(list(enumerate(read_text(path).split("\n"), 1)), str(path))


def read_lines(lines: list[tuple[int, str]], source: str) -> tuple[Bank, list[Problem]]:
    """Return the questions of numbered lines, and their problems.

    :param lines: number and text; the numbers are those of the problems' places.
    """
    text = _Text(source)
    for number, line in lines:
        if line.strip():
            text.take(number, line.rstrip())
    drafts: list[Draft] = []
    problems = text.problems
    for entry in text.entries:
        where = at(source, entry.line)
        try:
            drafts.append(Draft(_question(entry, _reporter(problems, source, entry)), where))
        except _Unreadable as error:
            problems.append(Problem(where, *error.args))
    return finish(drafts, problems)


def _reporter(problems: list[Problem], source: str, entry: _Entry) -> Callable[[str, str], None]:
    """Return a function that reports a warning at a question."""
    return lambda what, repair: problems.append(Problem(at(source, entry.line), what, repair, "warning"))


def _spans(line: str) -> Iterator[tuple[int, str]]:
    """Yield the pairs of ``1-5 ABCDA``.

    >>> list(_spans("1-3 ABD"))
    [(1, 'A'), (2, 'B'), (3, 'D')]
    """
    for first, last, answers in _SPAN.findall(line):
        each = re.findall(r"\S", answers)
        numbers = range(int(first), int(last) + 1)
        if len(each) == len(numbers):
            yield from zip(numbers, each, strict=True)


def _question(entry: _Entry, report: Callable[[str, str], None]) -> Question:
    kind = entry.type or _kind(entry)
    stem, answer = _answer(entry, kind)
    return Question(
        id=f"q-{entry.number}",
        type=kind,
        stem=to_html(_blanked(stem) if kind is QuestionType.FILL_IN else stem),
        points=_points(entry, report),
        key=_key(kind, answer, entry.options, report),
        topic=entry.said.get("知识点", "").strip(),
        difficulty=_difficulty(entry, report),
        options=tuple(Option(letter, to_html(text)) for letter, text in _shown(entry, kind)),
        explanation=to_html(entry.said.get("解析", "").strip()),
        source=Source(entry.said["依据"].strip()) if entry.said.get("依据", "").strip() else None,
        markup="html",
    )


def _shown(entry: _Entry, kind: QuestionType) -> list[tuple[str, str]]:
    return [] if kind is QuestionType.TRUE_FALSE else sorted(entry.options.items())


def _answer(entry: _Entry, kind: QuestionType) -> tuple[str, str]:
    """Return the stem, without an answer inside its brackets, and the answer.

    :raises _Unreadable: the answer in the brackets differs from the one given.
    """
    stem, given = "\n".join(entry.stem), entry.said.get("答案", "").strip()
    found = bracketed(stem, kind, entry.options)
    if found is None:
        return stem, given
    bare, inside = found
    if given and _parsed(kind, inside, entry.options) != _parsed(kind, given, entry.options):
        what = _("the stem's brackets say “{inside}”, the answer says “{answer}”").format(inside=inside, answer=given)
        raise _Unreadable(what, _("empty the brackets of the stem, and keep the right answer"))
    return bare, given or inside


def _parsed(kind: QuestionType, text: str, options: dict[str, str]) -> object:
    return truth_of(text) if kind is QuestionType.TRUE_FALSE else set(letters_of(text, options) or ())


def _kind(entry: _Entry) -> QuestionType:
    """Return the type that options, answer and stem show."""
    answer = entry.said.get("答案", "").strip()
    if entry.options and same_options(list(entry.options.values())) is None:
        found = bracketed("\n".join(entry.stem), QuestionType.MULTIPLE_CHOICE, entry.options)
        letters = letters_of(answer or (found[1] if found else ""), entry.options) or ()
        return QuestionType.MULTIPLE_CHOICE if len(letters) > 1 else QuestionType.SINGLE_CHOICE
    stem = "\n".join(entry.stem)
    if entry.options or truth_of(answer) is not None or bracketed(stem, QuestionType.TRUE_FALSE, {}):
        return QuestionType.TRUE_FALSE
    return QuestionType.FILL_IN if re.search(BLANKS, stem) else QuestionType.SHORT_ANSWER


def _key(kind: QuestionType, answer: str, options: dict[str, str], report: Callable[[str, str], None]) -> Key | None:
    if kind is QuestionType.SHORT_ANSWER:
        return RubricKey((), answer)
    if not answer:
        return None
    if kind in {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}:
        letters = letters_of(answer, options)
        if letters is None:
            what = _("“{text}” names no option").format(text=answer[:40])
            raise _Unreadable(what, _("write the letters of the right options, like AC"))
        return ChoiceKey(tuple(sorted(set(letters))) if kind is QuestionType.MULTIPLE_CHOICE else letters)
    if kind is QuestionType.TRUE_FALSE:
        return TruthKey(_truth(answer, options, report))
    if kind is QuestionType.NUMERIC:
        return _number(answer)
    if kind is QuestionType.FILL_IN:
        blanks = [blank for blank in re.split(r"[;；]|\s{2,}|\t", answer) if blank.strip()]
        return BlanksKey(tuple(tuple(text.strip() for text in re.split(r"[/／|]|或者?", blank)) for blank in blanks))
    raise _Unreadable(
        _("a question of type {type} is not read from a text").format(type=kind.label),
        _("write it in Excel or in YAML"),
    )


def _number(answer: str) -> NumericKey:
    found = re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*(%?)([^\d\s]{0,8})", answer.replace("，", "").replace(",", ""))
    if found is None:
        raise _Unreadable(_("“{text}” is no number").format(text=answer[:40]), _("write a number"))
    number = Decimal(found[1])
    return NumericKey(number.scaleb(-2) if found[2] else number, unit=found[3])


def _truth(answer: str, options: dict[str, str], report: Callable[[str, str], None]) -> bool:
    said = same_options(list(options.values()))
    if answer.strip().upper() in {"A", "B"}:
        letter = answer.strip().upper()
        if said is None:
            truth = "对" if letter == "A" else "错"
            report(_("the answer {letter} is read as {truth}").format(letter=letter, truth=truth), _("write 对 or 错"))
        return (said or {"A": True, "B": False})[letter]
    value = truth_of(answer)
    if value is None:
        raise _Unreadable(_("“{text}” is neither T nor F").format(text=answer[:40]), "对 / 错")
    return value


def _blanked(stem: str) -> str:
    return re.sub(BLANKS, "____", stem)


def _points(entry: _Entry, report: Callable[[str, str], None]) -> Decimal:
    text = entry.said.get("分值", "").strip()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*分?", text)
    if text and found is None:
        report(_("“{text}” is no number").format(text=text[:40]), _("write a number"))
    return Decimal(found[1]) if found else entry.points


def _difficulty(entry: _Entry, report: Callable[[str, str], None]) -> float | None:
    text = entry.said.get("难度", "").strip()
    facility = facility_of(text) if text else None
    if text and facility is None:
        what = _("the difficulty “{word}” is not understood; the question is kept without one").format(word=text)
        report(what, _("write the expected share of marks, 0 to 1, to be exact"))
    return facility
