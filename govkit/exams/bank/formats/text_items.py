"""A question as its lines give it: type, key, points, difficulty; what is guessed is said, what differs refused."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.exams.bank.formats.interchange import Draft, Guessed
from govkit.exams.bank.formats.lines import Emphasis, Inlays, Line
from govkit.exams.bank.formats.written import (
    BLANKS,
    bracketed,
    facility_of,
    letters_of,
    same_options,
    truth_of,
    type_named,
)
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Criterion,
    Key,
    NumericKey,
    Option,
    Question,
    QuestionType,
    RubricKey,
    Source,
    TruthKey,
)

_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})
_CIRCLED = "①②③④⑤⑥⑦⑧"
_WORTH = r"[（(\[【]\s*(?:本题|本小题|共)?\s*(\d+(?:\.\d+)?)\s*分\s*[)）\]】]"
_TYPE = re.compile(r"^\s*[（(\[【]\s*(\S{2,8}?)\s*[)）\]】]\s*|\s*[（(\[【]\s*(\S{2,6}?题)\s*[)）\]】]\s*$")
_TICK = re.compile(r"\s*[（(\[【]?\s*([√×✓✗✔✘])\s*[)）\]】]?\s*$")
_PAIRED = r"_{2,}|（\s*）|\(\s*\)|【\s*】"


@dataclass(slots=True)
class Entry:
    """The lines of one question, as read so far."""

    line: Line
    number: int
    stem: list[str]
    type: QuestionType | None
    loose: bool
    points: Decimal | None
    section: int = 0
    topic: str = ""
    style: str = ""
    shift: int = 0
    list_number: int = 0
    options: dict[str, str] = field(default_factory=dict)
    emphasis: dict[str, frozenset[Emphasis]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    parts: list["Entry"] = field(default_factory=list)
    guesses: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def open_answer(self) -> bool:
        """Whether its answer may take several lines."""
        if self.type is not None:
            return self.type is QuestionType.SHORT_ANSWER
        stem, answer = "\n".join(self.stem), self.said.get("答案", "")
        return not (self.options or re.search(BLANKS, stem) or truth_of(answer) is not None)

    def guess(self, what: str, repair: str) -> None:
        """Say what is guessed."""
        self.guesses.append((what, repair))


class _Unreadable(ValueError):
    """A question that cannot be read; its arguments are what is wrong and the repair."""


def drafted(entry: Entry, inlays: Inlays, problems: list[Problem]) -> Draft | Problem:
    """Return the question of an entry, or the problem for which it is refused; what is guessed goes to ``problems``."""
    try:
        question = _case(entry, inlays) if entry.parts else _question(entry, inlays, f"q-{entry.number}")
        told = [entry, *entry.parts]
        if faults := [fault for each in told for fault in _faults(each, inlays)]:
            raise _Unreadable(*faults[0])
    except _Unreadable as error:
        return Problem(entry.line.where, *error.args)
    for each in told:
        problems += [Guessed(entry.line.where, what, repair) for what, repair in each.guesses]
    return Draft(question, entry.line.where)


def _faults(entry: Entry, inlays: Inlays) -> list[tuple[str, str]]:
    """Return what is wrong with the lines of an entry, or stands in them and cannot be read."""
    unreadable = inlays.fault_in([*entry.stem, *entry.options.values(), *entry.said.values()])
    return [*entry.faults, *([unreadable] if unreadable else [])]


def _case(entry: Entry, inlays: Inlays) -> Question:
    stem, _worth = _worth_of("\n".join(entry.stem))
    texts = [stem, entry.said.get("解析", "")]
    parts = tuple(_question(part, inlays, f"q-{entry.number}.{n}") for n, part in enumerate(entry.parts, 1))
    return Question(
        id=f"q-{entry.number}",
        type=QuestionType.CASE,
        stem=inlays.as_html(stem),
        points=sum((part.points for part in parts), Decimal(0)),
        key=None,
        topic=entry.said.get("知识点", "").strip() or entry.topic,
        difficulty=_difficulty(entry),
        explanation=inlays.as_html(entry.said.get("解析", "").strip()),
        source=_source(entry),
        images=inlays.shown_in(texts),
        markup="html",
        parts=parts,
    )


def _question(entry: Entry, inlays: Inlays, name: str) -> Question:
    worth = _settle(entry)
    kind = entry.type or _kind(entry)
    _circled(entry, kind)
    if kind in _CHOICES and list(entry.options) != [chr(65 + n) for n in range(len(entry.options))]:
        shown = " ".join(entry.options)
        raise _Unreadable(
            _("the options are {letters}").format(letters=shown), _("letter them from A on, without a gap")
        )
    stem, answer = _answer(entry, kind, inlays)
    if kind is QuestionType.FILL_IN:
        stem, answer = _uncovered(entry, stem, answer)
    key = _key(entry, kind, answer, stem)
    points = _points(entry, worth)
    if isinstance(key, RubricKey) and key.criteria and entry.points is None and worth is None:
        points = sum((each.points for each in key.criteria), Decimal(0))
    explanation = entry.said.get("解析", "").strip()
    options = [] if kind is QuestionType.TRUE_FALSE else sorted(entry.options.items())
    return Question(
        id=name,
        type=kind,
        stem=inlays.as_html(re.sub(_PAIRED, "____", stem) if kind is QuestionType.FILL_IN else stem),
        points=points,
        key=key,
        topic=entry.said.get("知识点", "").strip() or entry.topic,
        difficulty=_difficulty(entry),
        options=tuple(Option(letter, inlays.as_html(text)) for letter, text in options),
        explanation=inlays.as_html(explanation),
        source=_source(entry),
        images=inlays.shown_in([stem, explanation, *(text for _letter, text in options)]),
        markup="html",
    )


def _settle(entry: Entry) -> Decimal | None:
    """Take a type in brackets and the points out of the stem, and return the points, None for none."""
    stem, worth = _worth_of("\n".join(entry.stem))
    said = entry.said.get("题型", "").strip()
    found = _TYPE.search(stem)
    named = said or (found[1] or found[2] if found else "")
    kind = type_named(named) if named else None
    if said and kind is None:
        raise _Unreadable(_("unknown type “{type}”").format(type=said), _("use one of the usual names, such as 单选题"))
    if kind and found and not said:
        stem = stem[: found.start()] + stem[found.end() :]
        again, more = _worth_of(stem)
        stem, worth = again, worth or more
    if kind:
        loose = kind is QuestionType.SINGLE_CHOICE and "单" not in named
        entry.type, entry.loose = (None, True) if loose else (kind, False)
    unsaid = "答案" not in entry.said and (entry.type is QuestionType.TRUE_FALSE or not entry.options)
    if unsaid and (tick := _TICK.search(stem)):
        entry.said["答案"] = tick[1]
        stem = stem[: tick.start()] + ("（　）" if tick[0].strip() != tick[1] else "")
    entry.stem = stem.strip().split("\n")
    return worth


def _worth_of(stem: str) -> tuple[str, Decimal | None]:
    """Return a stem without the points at its begin or end, and the points.

    >>> _worth_of("（5分）简述职责。"), _worth_of("简述职责。（本题10分）")
    (('简述职责。', Decimal('5')), ('简述职责。', Decimal('10')))
    """
    found = re.match(rf"\s*{_WORTH}\s*", stem) or re.search(rf"\s*{_WORTH}\s*$", stem)
    if found is None:
        return stem, None
    return stem[: found.start()] + stem[found.end() :], Decimal(found[1])


def _circled(entry: Entry, kind: QuestionType) -> None:
    """Take lines of a stem that begin with ① ② ③ as options A B C, where there are no lettered ones."""
    if entry.options or kind not in _CHOICES:
        return
    text = "\n".join(entry.stem)
    starts = [text.find(sign) for sign in _CIRCLED]
    count = next((n for n, place in enumerate(starts) if place < 0), len(starts))
    if count < 2 or sorted(starts[:count]) != starts[:count] or any(text.count(sign) > 1 for sign in _CIRCLED[:count]):
        return
    ends = [*starts[1:count], len(text)]
    for number, (begin, end) in enumerate(zip(starts[:count], ends, strict=True)):
        entry.options[chr(65 + number)] = text[begin + 1 : end].strip(" \t\u3000\n.．、；;")
    entry.stem = text[: starts[0]].strip().split("\n")
    if "答案" in entry.said:
        entry.said["答案"] = _lettered(entry.said["答案"])


def _lettered(answer: str) -> str:
    return "".join(chr(65 + _CIRCLED.index(sign)) if sign in _CIRCLED else sign for sign in answer)


def _answer(entry: Entry, kind: QuestionType, inlays: Inlays) -> tuple[str, str]:
    """Return the stem, without an answer inside its brackets, and the answer.

    :raises _Unreadable: the answer in the brackets differs from the one given.
    """
    stem, given = "\n".join(entry.stem), inlays.as_plain(entry.said.get("答案", "").strip())
    found = bracketed(_unlettered(stem, kind), kind, entry.options)
    shown = _emphasised(entry) if kind in _CHOICES else ""
    if found is None:
        return stem, _agreed(entry, given, shown)
    bare, inside = found
    if given and _parsed(kind, inside, entry.options) != _parsed(kind, given, entry.options):
        what = _("the stem's brackets say “{inside}”, the answer says “{answer}”").format(inside=inside, answer=given)
        raise _Unreadable(what, _("empty the brackets of the stem, and keep the right answer"))
    return bare, given or _agreed(entry, inside, shown)


def _unlettered(stem: str, kind: QuestionType) -> str:
    """Return a stem with circled numbers in its brackets as letters."""
    if kind not in _CHOICES:
        return stem
    return re.sub(
        rf"([（(]\s*)([{_CIRCLED}]+)(\s*[)）])", lambda found: found[1] + _lettered(found[2]) + found[3], stem
    )


def _agreed(entry: Entry, given: str, shown: str) -> str:
    """Return the answer given, or that which emphasis shows, and say so."""
    if given and shown and set(letters_of(given, entry.options) or ()) != set(shown):
        what = _("the answer is {answer}, but option {letters} is emphasised").format(answer=given[:20], letters=shown)
        entry.guess(what, _("take the emphasis away, or correct the answer"))
    if given or not shown:
        return given
    what = _("the answer {letters} is taken from the emphasised option").format(letters=shown)
    entry.guess(what, _("write the answer on a line of its own"))
    return shown


def _emphasised(entry: Entry) -> str:
    """Return the letters of the options that stand out, "" for none.

    :raises _Unreadable: two kinds of emphasis point to different options, and no answer is given.
    """
    by_kind: dict[Emphasis, str] = defaultdict(str)
    for letter in sorted(entry.options):
        for kind in entry.emphasis.get(letter, frozenset()):
            by_kind[kind] += letter
    found = {letters for letters in by_kind.values() if len(letters) < len(entry.options)}
    if len(found) > 1 and not entry.said.get("答案", "").strip():
        what = _("options are emphasised in different ways: {letters}").format(letters=" / ".join(sorted(found)))
        raise _Unreadable(what, _("write the answer on a line of its own"))
    return found.pop() if len(found) == 1 else ""


def _uncovered(entry: Entry, stem: str, answer: str) -> tuple[str, str]:
    """Return a fill-in's stem with a blank for each underlined text, or the one bracket, where no answer is given."""
    if answer or re.search(_PAIRED, stem):
        return stem, answer
    first = entry.line
    spans = [(begin - entry.shift, end - entry.shift) for begin, end in first.spans("underline")]
    inside = [(begin, end) for begin, end in spans if 0 <= begin < end <= len(entry.stem[0])]
    if not inside:
        brackets = list(re.finditer(r"[（(]([^（()）]{1,30})[)）]|【([^】]{1,30})】", stem))
        if len(brackets) != 1:
            return stem, answer
        found = brackets[0]
        answer = (found[1] or found[2]).strip()
        stem = f"{stem[: found.start()]}____{stem[found.end() :]}"
        entry.guess(_("the answer “{text}” is taken from the stem's brackets").format(text=answer), _("write 答案："))
        return stem, answer
    answers = [stem[begin:end].strip() for begin, end in inside]
    for begin, end in reversed(inside):
        stem = f"{stem[:begin]}____{stem[end:]}"
    what = _("the answer “{text}” is taken from the underlined words").format(text="；".join(answers))
    entry.guess(what, _("write 答案："))
    return stem, "；".join(answers)


def _parsed(kind: QuestionType, text: str, options: dict[str, str]) -> object:
    return truth_of(text) if kind is QuestionType.TRUE_FALSE else set(letters_of(_lettered(text), options) or ())


def _kind(entry: Entry) -> QuestionType:
    """Return the type that options, answer and stem show."""
    answer, stem = entry.said.get("答案", "").strip(), "\n".join(entry.stem)
    if not entry.options and re.fullmatch(rf"[{_CIRCLED}]+", answer):
        _circled(entry, QuestionType.SINGLE_CHOICE)
        answer = entry.said["答案"]
    if (entry.options and same_options(list(entry.options.values())) is None) or entry.loose:
        found = bracketed(_unlettered(stem, QuestionType.MULTIPLE_CHOICE), QuestionType.MULTIPLE_CHOICE, entry.options)
        letters = letters_of(answer or (found[1] if found else _emphasised(entry)), entry.options) or ()
        return QuestionType.MULTIPLE_CHOICE if len(letters) > 1 else QuestionType.SINGLE_CHOICE
    if entry.options or truth_of(answer) is not None or bracketed(stem, QuestionType.TRUE_FALSE, {}):
        return QuestionType.TRUE_FALSE
    return QuestionType.FILL_IN if re.search(_PAIRED, stem) else QuestionType.SHORT_ANSWER


def _key(entry: Entry, kind: QuestionType, answer: str, stem: str) -> Key | None:
    if kind is QuestionType.SHORT_ANSWER:
        return _rubric(entry, answer)
    if not answer:
        return None
    if kind in _CHOICES:
        letters = letters_of(_lettered(answer), entry.options)
        if letters is None:
            what = _("“{text}” names no option").format(text=answer[:40])
            raise _Unreadable(what, _("write the letters of the right options, like AC"))
        return ChoiceKey(tuple(sorted(set(letters))) if kind is QuestionType.MULTIPLE_CHOICE else letters)
    if kind is QuestionType.TRUE_FALSE:
        return TruthKey(_truth(entry, answer))
    if kind is QuestionType.NUMERIC:
        return _number(answer)
    if kind is QuestionType.FILL_IN:
        return _blanks(entry, answer, len(re.findall(_PAIRED, stem)))
    raise _Unreadable(
        _("a question of type {type} is not read from a text").format(type=kind.label),
        _("write it in Excel or in YAML"),
    )


def _rubric(entry: Entry, answer: str) -> RubricKey:
    """Return the rubric of lines that end with their points, and the model answer."""
    told = entry.said.get("评分标准", "").strip()
    pieces = [piece for piece in re.split(r"\n|(?<=分[)）])[；;]?", told or answer) if piece.strip(" ；;。")]
    worths = [_worth_of(piece.strip(" ；;。")) for piece in pieces]
    if not worths or any(worth is None or not text.strip(" ；;。") for text, worth in worths):
        if told:
            what = _("the rubric “{text}” names no points for each of its lines").format(text=told[:40])
            raise _Unreadable(what, _("end each line with its points, like （2分）"))
        return RubricKey((), answer)
    return RubricKey(
        tuple(Criterion(text.strip(" ；;。"), worth or Decimal(0)) for text, worth in worths), answer if told else ""
    )


def _blanks(entry: Entry, answer: str, count: int) -> BlanksKey:
    """Return what each blank accepts: blanks apart by ；, else by 、 ， or spaces where that gives as many as asked."""
    pieces = [piece for piece in re.split(r"[;；]|\t| {2,}|\u3000+", answer) if piece.strip()]
    if len(pieces) != count > 1:
        others = [re.split(marks, answer.strip()) for marks in ("、", "[,，]", r"\s+", "[、,，;；\\s]+")]
        fitting = next((each for each in others if len(each) == count and all(map(str.strip, each))), None)
        if fitting:
            entry.guess(
                _("the answer “{text}” is cut into {count} blanks").format(text=answer[:40], count=count),
                _("put ； between blanks"),
            )
            pieces = fitting
    elif count == 1 < len(pieces):
        entry.guess(
            _("each of “{text}” is accepted in the one blank").format(text=answer[:40]),
            _("put / between answers of one blank"),
        )
        return BlanksKey((tuple(piece.strip() for piece in pieces),))
    return BlanksKey(tuple(tuple(_accepted(entry, piece)) for piece in pieces))


def _accepted(entry: Entry, piece: str) -> list[str]:
    texts = [text.strip() for text in re.split(r"[/／|]|或者?", piece)]
    if "或" in piece and all(texts):
        entry.guess(
            _("each of “{text}” is accepted in the one blank").format(text=piece.strip()[:40]),
            _("put / between answers of one blank"),
        )
    return texts if all(texts) else [piece.strip()]


def _number(answer: str) -> NumericKey:
    found = re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*(%?)([^\d\s]{0,8})", answer.replace("，", "").replace(",", ""))
    if found is None:
        raise _Unreadable(_("“{text}” is no number").format(text=answer[:40]), _("write a number"))
    number = Decimal(found[1])
    return NumericKey(number.scaleb(-2) if found[2] else number, unit=found[3])


def _truth(entry: Entry, answer: str) -> bool:
    said = same_options(list(entry.options.values()))
    letter = unicodedata.normalize("NFKC", answer).strip().upper()
    if letter in {"A", "B"}:
        if said is None and entry.options:
            shown = " / ".join(entry.options.values())[:60]
            what = _("the options of a true/false question say “{text}”").format(text=shown)
            raise _Unreadable(what, _("write 正确 and 错误, or change the type"))
        if said is None:
            truth = "对" if letter == "A" else "错"
            entry.guess(
                _("the answer {letter} is read as {truth}").format(letter=letter, truth=truth), _("write 对 or 错")
            )
        return (said or {"A": True, "B": False})[letter]
    value = truth_of(answer)
    if value is None:
        raise _Unreadable(_("“{text}” is neither T nor F").format(text=answer[:40]), "对 / 错")
    return value


def _points(entry: Entry, worth: Decimal | None) -> Decimal:
    text = entry.said.get("分值", "").strip()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*分?", text)
    if text and found is None:
        entry.guess(_("“{text}” is no number").format(text=text[:40]), _("write a number"))
    return Decimal(found[1]) if found else worth or entry.points or Decimal(1)


def _difficulty(entry: Entry) -> float | None:
    text = entry.said.get("难度", "").strip()
    facility = facility_of(text) if text else None
    if text and facility is None:
        what = _("the difficulty “{word}” is not understood; the question is kept without one").format(word=text)
        entry.guess(what, _("write the expected share of marks, 0 to 1, to be exact"))
    return facility


def _source(entry: Entry) -> Source | None:
    text = entry.said.get("依据", "").strip()
    return Source(text) if text else None
