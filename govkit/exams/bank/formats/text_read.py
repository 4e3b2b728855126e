"""Questions as they stand in a plain text or in Word: numbered stems, lettered options, answers, or a key at the end.

::

    一、单选题（每题2分）
    1. “四议”的第一步是（　）。
    A. 提议    B. 商议    C. 审议
    答案：A
    解析：六步依次进行。

Headings name the type and the points of what follows them; without one the type follows from options and answer. Lines
that belong to no question are reported, each. :mod:`govkit.exams.bank.formats.text_items` makes the questions.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, Guessed, NoQuestion, finish
from govkit.exams.bank.formats.limits import read_text
from govkit.exams.bank.formats.lines import Inlays, Line
from govkit.exams.bank.formats.text_items import Entry, drafted
from govkit.exams.bank.formats.text_key import answers_of, key_sections
from govkit.exams.bank.formats.written import BLANKS, type_named
from govkit.exams.bank.questions import QuestionType
from govkit.exams.yaml_reader import at

_NUMERAL = "[一二三四五六七八九十]+"
_SECTION = re.compile(
    rf"\s*(?:(?:第?(?P<numeral>{_NUMERAL})(?:部分|大题)?[、.．:：\s]|[（(](?P<other>{_NUMERAL})[)）]|\d{{1,2}}[、.．])\s*)?"
    r"(?P<name>\S{2,8}?题)\s*(?:[（(【\[:：].*|[、,，。].*|共.*)?"
)
_POINTS = re.compile(r"每(?:小)?题\s*(\d+(?:\.\d+)?)\s*分")
_CHAPTER = re.compile(rf"\s*第(?:{_NUMERAL}|[百\d]+)[章节编篇讲课]\s*\S?.{{0,40}}")
_NUMBERED = re.compile(
    r"\s*(?:第\s*(?P<long>\d{1,4})\s*题\s*[.．、:：]?|题目?\s*(?P<word>\d{1,4})\s*[.．、:：]|【(?P<lens>\d{1,4})】"
    r"|[（(](?P<paren>\d{1,4})[)）]\s*[.．、]?|(?P<plain>\d{1,4})\s*[.．、)）](?!\d))\s*(?P<stem>.*)",
    re.DOTALL,
)
_BARE = re.compile(r"\s*(\d{1,3})[ \t\u3000]+(\D.*)", re.DOTALL)
_TRUTH_FIRST = re.compile(r"\s*[（(]\s*([√×✓✗✔✘对错TFYNtf]|正确|错误|[A-HＡ-Ｈ]{1,8})?\s*[)）]\s*(?=\d{1,4}\s*[.．、])")
_OPTION = re.compile(r"(?<![A-Za-zＡ-Ｚａ-ｚ])[（(\[【]?([A-HＡ-Ｈ])\s*[.．、:：)）\]】]\s*")
_NAMES = (
    r"(?:参考|正确|标准)?答案(?:要点)?|答|ANSWER|Answer|(?:答案|试题)?解析|详解|难度(?:系数|等级)?|难易度"
    r"|考点|知识点|章节|出处|依据|来源|分值|(?:评分|参考|采分|得分)(?:标准|要点|细则)|题型"
)
_LABEL = re.compile(rf"\s*(?:[【\[]\s*(?:{_NAMES})\s*[】\]]\s*[:：]?|(?:{_NAMES})\s*[:：])\s*")
_WITHIN = re.compile(
    rf"[【\[]\s*(?:{_NAMES})\s*[】\]]\s*[:：]?|(?<=[\s；;。）)])(?:(?:参考|正确|标准)?答案|(?:答案)?解析|难度|考点|知识点|分值)[:：]"
)
_KEY_HEADING = re.compile(
    r"\s*[【\[]?(?:参考|标准|正确|附[:：]?)?答案(?:及解析|与解析|和解析|部分|汇总)?[】\]]?\s*[:：]?\s*"
)
_CASE = re.compile(
    rf"\s*(?:材料|案例|案情|资料|背景)(?:材料|资料)?(?:{_NUMERAL}|\d{{1,2}})?\s*[】\]]?\s*[:：、.．】].*", re.DOTALL
)
LABELS = {
    **dict.fromkeys(("参考答案", "正确答案", "标准答案", "答", "ANSWER", "Answer", "答案要点", "参考答案要点"), "答案"),
    **dict.fromkeys(("答案解析", "试题解析", "详解"), "解析"),
    **dict.fromkeys(("难度系数", "难度等级", "难易度"), "难度"),
    **dict.fromkeys(("考点", "章节"), "知识点"),
    **dict.fromkeys(("出处", "来源"), "依据"),
    **{f"{one}{two}": "评分标准" for one in ("评分", "参考", "采分", "得分") for two in ("标准", "要点", "细则")},
}
"""The labels of lines after a question, by each of their other names."""
_CLOSED = frozenset({"难度", "知识点", "依据", "分值", "题型"})


@dataclass(slots=True)
class Section:
    """A heading: its numeral, the type that it names, and the points of each question below it."""

    numeral: str = ""
    type: QuestionType | None = None
    loose: bool = False
    points: Decimal | None = None


@dataclass(slots=True)
class TextReader:
    """The state of reading: the sections and questions so far, and the lines that belong to none."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    sections: list[Section] = field(default_factory=lambda: [Section()])
    label: str = ""
    topic: str = ""
    style: str = ""
    in_key: bool = False
    key_section: int | None = None
    keyed: Entry | None = None

    def take(self, line: Line) -> None:
        """Read one line, that is not empty."""
        if self.in_key:
            self._take_key(line)
        elif not (self._section(line) or self._key_heading(line) or self._chapter(line)):
            self._take_labelled(line)

    def current(self) -> Entry | None:
        """Return the question, or part of a case, that lines go to."""
        if not self.entries or self.entries[-1].section != len(self.sections) - 1:
            return None
        last = self.entries[-1]
        return last.parts[-1] if last.parts else last

    def _take_labelled(self, line: Line) -> None:
        """Read a line with the labelled texts within it."""
        starts = [found.start() for found in _WITHIN.finditer(line.text)]
        if whole := _LABEL.match(line.text):
            starts = sorted({whole.start(), *(start for start in starts if start >= whole.end())})
        if not starts:
            self._take_plain(line)
            return
        if line.text[: starts[0]].strip():
            self._take_plain(_cut(line, 0, starts[0]))
        for begin, end in zip(starts, [*starts[1:], len(line.text)], strict=True):
            self._labelled(_cut(line, begin, end))

    def _take_plain(self, line: Line) -> None:
        first = _TRUTH_FIRST.match(line.text)
        if first:
            line = _cut(line, first.end(), len(line.text))
        if (options := self._options_in(line)) is not None:
            self._options(line, options)
        elif start := self._start_of(line):
            self._start(line, *start)
            if first and first[1]:
                self.entries[-1].said["答案"] = first[1]
        else:
            self._continue(line)

    def _section(self, line: Line) -> bool:
        found = _SECTION.fullmatch(line.text)
        if found is None or len(line.text) > 120:
            return False
        numeral = found["numeral"] or found["other"] or ""
        kind = type_named(found["name"])
        if kind is None and not numeral:
            return False
        loose = kind is QuestionType.SINGLE_CHOICE and "单" not in found["name"]
        points = _POINTS.search(line.text)
        if kind is None:
            what = _("the heading “{text}” names no known type; the type is taken from each question")
            self._note(line, what.format(text=line.text.strip()[:40]), _("use one of the usual names, such as 单选题"))
        self.sections.append(Section(numeral, None if loose else kind, loose, Decimal(points[1]) if points else None))
        self.label = self.style = ""
        return True

    def _key_heading(self, line: Line) -> bool:
        last = self.entries[-1] if self.entries else None
        if last is None or not _KEY_HEADING.fullmatch(line.text):
            return False
        tail = last.parts[-1] if last.parts else last
        others = [entry for entry in self.entries if "答案" not in entry.said and not entry.parts]
        own = len(self.entries) > 1 or tail.open_answer
        if "答案" not in tail.said and others == [tail] and own and len(line.text.strip()) < 6:
            return False  # the heading of this question's own answer, on the next line
        self.in_key, self.key_section, self.label = True, None, ""
        return True

    def _chapter(self, line: Line) -> bool:
        if not _CHAPTER.fullmatch(line.text) or re.search(BLANKS, line.text) or "题" in line.text[:6]:
            return False
        self.topic, self.label = line.text.strip(), ""
        self.sections.append(Section("", None, self.sections[-1].loose, self.sections[-1].points))
        self.style = ""
        return True

    def _labelled(self, line: Line) -> None:
        entry = self.keyed if self.in_key else self.current()
        found = _LABEL.match(line.text)
        assert found is not None  # noqa: S101  -- the caller cut the line there
        name = re.sub(r"[【】\[\]\s:：]", "", found.group())
        kept, text = LABELS.get(name, name), line.text[found.end() :].strip()
        if entry is None or kept in entry.said:
            self._stray(line)
            return
        entry.said[kept] = text
        self.label = kept

    def _options_in(self, line: Line) -> list[re.Match[str]] | None:
        """Return the marks of the options in a line, None where it has none."""
        entry = self.current()
        found = list(_OPTION.finditer(line.text))
        if not found:
            return None
        begins = not line.text[: found[0].start()].strip()
        if begins and entry and not entry.said and entry.type is not QuestionType.CASE:
            return _sequence(found, _letter(found[0]))
        firsts = [index for index, each in enumerate(found) if _letter(each) == "A"]
        for index in [] if begins else firsts:
            run = _sequence(found[index:], "A")
            spaced = line.text[run[0].start() - 1] in " \t\u3000。？?）)：:；;\n"
            if len(run) > 1 and spaced and (self._start_of(line) or (entry and not entry.options and not entry.said)):
                return run
        return None

    def _options(self, line: Line, found: list[re.Match[str]]) -> None:
        head = line.text[: found[0].start()]
        if head.strip():
            start = self._start_of(_cut(line, 0, len(head)))
            if start:
                self._start(_cut(line, 0, len(head)), *start)
            else:
                self._continue(_cut(line, 0, len(head)))
        entry = self.current()
        assert entry is not None  # noqa: S101  -- options are found below a question only
        ends = [option.start() for option in found[1:]] + [len(line.text)]
        for option, end in zip(found, ends, strict=True):
            letter = _letter(option)
            if letter in entry.options:
                entry.faults.append((_("option {letter} appears twice").format(letter=letter), _("keep one")))
            entry.options[letter] = line.text[option.end() : end].strip(" \t\u3000;；")
            entry.emphasis[letter] = line.emphasised(option.end(), end)
        self.label = "选项"

    def _start_of(self, line: Line) -> tuple[int, str, str] | None:
        """Return the number, the way it is written and the rest of a line that begins a question, else None."""
        if found := _NUMBERED.fullmatch(line.text):
            kind = next(name for name in ("long", "word", "lens", "paren", "plain") if found[name])
            number, stem = int(found[kind]), found["stem"]
            kind = "half" if kind == "plain" and re.match(r"\s*\d{1,4}\s*[)）]", line.text) else kind
            inner = kind in {"paren", "half"} and self.style not in {"", kind}
            return None if inner and self.sections[-1].type is not QuestionType.CASE else (number, kind, stem)
        bare = _BARE.fullmatch(line.text)
        last = self.current()
        if bare and int(bare[1]) == (last.number + 1 if last else 1) and self.style in {"", "bare"}:
            return int(bare[1]), "bare", bare[2]
        return None

    def _start(self, line: Line, number: int, style: str, stem: str) -> None:
        entry = self.current()
        if entry and self._within_answer(entry, number, line):
            return
        if entry and entry.number == number and entry.open_answer and "答案" not in entry.said:
            entry.faults.append(
                (_("the number {number} appears twice").format(number=number), _("number each question"))
            )
        section = self.sections[-1]
        self.style = self.style or style
        new = Entry(line, number, [stem] if stem else [], section.type, section.loose, section.points)
        new.section, new.topic = len(self.sections) - 1, self.topic
        new.shift = len(line.text) - len(stem)
        self.label = ""
        whole = self.entries[-1] if self.entries and self.entries[-1].section == new.section else None
        new.style = style
        if section.type is QuestionType.CASE and whole and whole.style != style:
            new.type = None
            whole.parts.append(new)
        else:
            self.entries.append(new)

    def _within_answer(self, entry: Entry, number: int, line: Line) -> bool:
        """Take a numbered line into an open answer where its number goes back, say so where it cannot be told."""
        if self.label not in {"答案", "评分标准", "解析"} or not entry.open_answer:
            return False
        inside = entry.list_number
        if number == inside + 1 and number == entry.number + 1 and inside:
            what = _("the line “{text}” may go on with the answer or begin a question").format(
                text=line.text.strip()[:40]
            )
            entry.faults.append((what, _("write （1） （2） within an answer")))
            return False
        if number == inside + 1 and number <= entry.number:
            entry.list_number = number
            entry.said[self.label] += f"\n{line.text.strip()}"
            return True
        if number == 1 and not inside and entry.number > 0 and not entry.said[self.label]:
            entry.list_number = 1
            entry.said[self.label] += f"\n{line.text.strip()}"
            return True
        if inside and number == inside + 1:
            entry.list_number = number
            entry.said[self.label] += f"\n{line.text.strip()}"
            return True
        return False

    def _continue(self, line: Line) -> None:
        entry, text = self.current(), line.text.strip()
        section = self.sections[-1]
        if (
            section.type is QuestionType.CASE
            and (entry is None or _CASE.fullmatch(text))
            and not self._open_stem(entry)
        ):
            self._case(line)
        elif entry is None:
            self._unnumbered(line)
        elif self.label in {"答案", "评分标准"} and entry.open_answer:
            entry.said[self.label] += f"\n{text}"
        elif self.label in _CLOSED or self.label == "答案":
            self._unnumbered(line)
        elif self.label == "选项":
            self._continue_option(entry, line)
        elif self.label:
            entry.said[self.label] += f"\n{text}"
        else:
            entry.stem.append(text)

    def _open_stem(self, entry: Entry | None) -> bool:
        return entry is not None and not self.label and not entry.options and not self.entries[-1].parts

    def _case(self, line: Line) -> None:
        """Begin a case whose text has no number."""
        section = self.sections[-1]
        new = Entry(line, len(self.entries) + 1, [line.text.strip()], section.type, False, section.points)
        new.section, new.topic = len(self.sections) - 1, self.topic
        self.entries.append(new)
        self.label = self.style = ""

    def _continue_option(self, entry: Entry, line: Line) -> None:
        last = list(entry.options)[-1]
        entry.options[last] += f"\n{line.text.strip()}"
        what = _("the line “{text}” is taken as more of option {letter}").format(
            text=line.text.strip()[:40], letter=last
        )
        entry.guesses.append((what, _("write each option on one line")))

    def _unnumbered(self, line: Line) -> None:
        """Take a line after an answer as the next stem where it looks like one, else report it."""
        entry = self.current()
        if (entry or self.sections[-1].type) and re.search(BLANKS, line.text):
            number = entry.number + 1 if entry else 1
            self.label = ""
            self._start(line, number, self.style, line.text.strip())
        else:
            self._stray(line)

    def _take_key(self, line: Line) -> None:
        """Read a line of the key: answers by number, or labelled texts of the question named last."""
        section, rest = key_sections(line.text, self.sections)
        if section is not None:
            self.key_section = section
        if not rest.strip():
            return
        answers = answers_of(rest)
        for number, answer in answers or ():
            self._answer(line, number, answer)
        if answers:
            return
        if _LABEL.match(line.text) and self.keyed:
            self._take_labelled(line)
        elif self.keyed and (self.label == "解析" or (self.keyed.open_answer and self.label == "答案")):
            self.keyed.said[self.label] += f"\n{line.text.strip()}"
        else:
            self._stray(line)

    def _answer(self, line: Line, number: int, text: str) -> None:
        items = [item for entry in self.entries for item in (entry.parts or [entry])]
        fits = [item for item in items if item.number == number and self.key_section in {None, item.section}]
        bare = len(fits) == 1 and "答案" not in fits[0].said
        if not bare:
            what = _("the key's answer {number} {answer} belongs to no single question")
            shown = what.format(number=number, answer=text[:40])
            self.problems.append(Problem(line.where, shown, _("write the answer below its question")))
            self.keyed = None
            return
        self.keyed = fits[0]
        starts = [found.start() for found in _WITHIN.finditer(text)]
        cut = starts[0] if starts else len(text)
        if text[:cut].strip():
            self.keyed.said["答案"] = text[:cut].strip()
            self.label = "答案"
        for begin, end in zip(starts, [*starts[1:], len(text)], strict=False):
            self._labelled(Line(text[begin:end], line.where))

    def _note(self, line: Line, what: str, repair: str) -> None:
        self.problems.append(Guessed(line.where, what, repair))

    def _stray(self, line: Line) -> None:
        self.strays.append(line)
        what = _("a line that belongs to no question: “{text}”").format(text=line.text.strip()[:60])
        self.problems.append(NoQuestion(line.where, what, _("number the question, or delete the line")))


def _letter(found: re.Match[str]) -> str:
    return chr(ord(found[1]) - 0xFEE0) if ord(found[1]) > 0x7F else found[1]


def _sequence(found: list[re.Match[str]], first: str) -> list[re.Match[str]]:
    """Return the marks that follow each other in the alphabet, the first one included whatever it is."""
    run = [found[0]]
    for each in found[1:]:
        if _letter(each) == chr(ord(first) + len(run)):
            run.append(each)
    return run


def _cut(line: Line, begin: int, end: int) -> Line:
    """Return a part of a line, with its emphasis."""
    kept = [(kind, max(one, begin) - begin, min(two, end) - begin) for kind, one, two in line.emphasis]
    return Line(line.text[begin:end], line.where, tuple(each for each in kept if each[1] < each[2]))


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a text and its problems."""
    lines = [Line(text, at(str(path), number)) for number, text in enumerate(read_text(path).split("\n"), 1)]
    drafts, problems, refused = read_lines(lines, Inlays())
    return finish(drafts, problems, refused)


def read_lines(lines: list[Line], inlays: Inlays) -> tuple[list[Draft], list[Problem], list[Problem]]:
    """Return the questions of lines, the problems of lines, and one problem for each question that cannot be read."""
    reader = TextReader()
    for line in lines:
        if line.text.strip():
            reader.take(Line(line.text.rstrip(), line.where, line.emphasis))
    drafts: list[Draft] = []
    refused: list[Problem] = []
    for entry in reader.entries:
        made = drafted(entry, inlays, reader.problems)
        if isinstance(made, Draft):
            drafts.append(made)
        else:
            refused.append(made)
    return drafts, reader.problems, refused
