"""Moodle XML: every type has a Moodle type; a case is a description followed by its parts, tagged ``case=ID``."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import unescape
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Draft, Dropped, finish, uneven
from govkit.exams.bank.formats.limits import Element, parse_xml, read_bytes, refused
from govkit.exams.bank.markup import checked_image, to_html
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Image,
    Key,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)
from govkit.exams.yaml_reader import at

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIELD = re.compile(r"\{\d*:(\w+):((?:\\.|[^}\\])*)\}", re.DOTALL)
_SHARED = {"multichoice", "shortanswer", "numerical"}
"""Types whose answers may be worth different shares of the marks."""
_TEXTUAL = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}


@dataclass(frozen=True, slots=True)
class _Answered:
    """The part of a question that depends on its type."""

    type: QuestionType
    key: Key | None
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()


class _Unreadable(ValueError):
    """A question of a kind that a bank cannot hold; its text says why."""


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a Moodle XML file and its problems."""
    root = parse_xml(read_bytes(path), path)
    if root.tag != "quiz":
        raise refused(path, _("no <quiz> in it"), _("export it from Moodle as “Moodle XML”"))
    drafts: list[Draft] = []
    problems: list[Problem] = []
    refusals: list[Problem] = []
    topic = ""
    for number, element in enumerate(root.iterfind("question"), 1):
        where = at(str(path), element.sourceline or 0)
        if element.get("type") == "category":
            topic = _category(element)
            continue
        try:
            drafts.append(_draft(element, number, topic, where, problems))
        except _Unreadable as error:
            refusals.append(Problem(where, str(error), _("take it out or change its type in Moodle")))
    return finish(drafts, problems, refusals)


def _category(element: Element) -> str:
    parts = re.split(r"(?<!/)/(?!/)", _text(element, "category"))
    return parts[-1].replace("//", "/").strip() if parts[-1] != "top" else ""


def _draft(element: Element, number: int, topic: str, where: Where, problems: list[Problem]) -> Draft:
    kind = element.get("type") or ""
    reader = _READERS.get(kind)
    if reader is None:
        raise _Unreadable(_("Moodle's type “{type}” is not read").format(type=kind))
    if kind in _SHARED and uneven(_decimal(answer.get("fraction") or "0") for answer in element.iterfind("answer")):
        raise _Unreadable(_("its answers are worth different shares of the marks"))
    stem = _html(element.find("questiontext"))
    answered = reader(element) if kind != "cloze" else None
    if answered is None:
        stem, blanks = _cloze(stem)
        answered = _Answered(QuestionType.FILL_IN, BlanksKey(blanks))
    if any(_text(answer, "feedback") for answer in element.iterfind("answer")):
        what = _("feedback on single answers is left out")
        problems.append(Dropped(where, what, _("put it into the general feedback")))
    question = Question(
        id=_text(element, "idnumber") or _text(element, "name") or f"q-{number}",
        type=answered.type,
        stem=stem,
        points=_decimal(element.findtext("defaultgrade") or "1"),
        key=answered.key,
        topic=topic,
        options=answered.options,
        prompts=answered.prompts,
        explanation=_html(element.find("generalfeedback")),
        images=tuple(_images(element, where, problems)),
        markup="html",
    )
    tags = tuple(tag.findtext("text") or "" for tag in element.iterfind("tags/tag"))
    return Draft(question, where, tags)


def _text(element: Element, name: str) -> str:
    """Return the text of a child, which Moodle writes with or without a <text> inside."""
    child = element.find(name)
    if child is None:
        return ""
    return (child.findtext("text") or child.text or "").strip()


def _html(element: Element | None) -> str:
    if element is None:
        return ""
    text = (element.findtext("text") or "").strip()
    return to_html(text) if element.get("format") in {"plain_text", "markdown"} else text


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise _Unreadable(_("“{text}” is no number").format(text=text[:40])) from None
    return number.normalize() if number.is_finite() and len(text) <= 40 else Decimal("NaN")


def _images(element: Element, where: Where, problems: list[Problem]) -> Iterator[Image]:
    seen: set[str] = set()
    for file in element.iter("file"):
        name = file.get("name") or ""
        if name in seen:
            continue
        seen.add(name)
        try:
            data = b64decode(file.text or "", validate=False)
        except (Base64Error, ValueError):
            data = b""
        image, found = checked_image(name, data, where)
        problems += found
        if image:
            yield image


def _right(answer: Element) -> bool:
    return _decimal(answer.get("fraction") or "0") > 0


def _read_choice(element: Element) -> _Answered:
    answers = element.findall("answer")
    if len(answers) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(answers)))
    lettered = list(zip(_LETTERS, answers, strict=False))
    options = tuple(Option(letter, _html(answer)) for letter, answer in lettered)
    right = tuple(letter for letter, answer in lettered if _right(answer))
    single = (element.findtext("single") or "true").strip().lower() in {"true", "1"}
    kind = QuestionType.SINGLE_CHOICE if single else QuestionType.MULTIPLE_CHOICE
    return _Answered(kind, ChoiceKey(right) if right else None, options)


def _read_truth(element: Element) -> _Answered:
    right = [(answer.findtext("text") or "").strip().lower() for answer in element.iterfind("answer") if _right(answer)]
    return _Answered(QuestionType.TRUE_FALSE, TruthKey(right[0] == "true") if right else None)


def _read_short(element: Element) -> _Answered:
    accepted = tuple((a.findtext("text") or "").strip() for a in element.iterfind("answer") if _right(a))
    return _Answered(QuestionType.FILL_IN, BlanksKey((accepted,)))


def _read_numeric(element: Element) -> _Answered:
    right = [answer for answer in element.iterfind("answer") if _right(answer)]
    if not right:
        return _Answered(QuestionType.NUMERIC, None)
    if len(right) > 1:
        raise _Unreadable(_("it accepts several numbers"))
    value = _decimal(right[0].findtext("text") or "")
    tolerance = _decimal(right[0].findtext("tolerance") or "0")
    unit = (element.findtext("units/unit/unit_name") or "").strip()
    return _Answered(QuestionType.NUMERIC, NumericKey(value, tolerance, unit))


def _read_order(element: Element) -> _Answered:
    texts = [_html(answer) for answer in element.iterfind("answer")]
    if len(texts) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(texts)))
    options = tuple(Option(letter, text) for letter, text in zip(_LETTERS, texts, strict=False))
    return _Answered(QuestionType.ORDERING, OrderKey(tuple(option.id for option in options)), options)


def _read_match(element: Element) -> _Answered:
    pairs = [(_html(sub), to_html(_text(sub, "answer"))) for sub in element.iterfind("subquestion")]
    texts = list(dict.fromkeys(right for _left, right in pairs))
    if len(texts) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(texts)))
    letter = dict(zip(texts, _LETTERS, strict=False))
    asked = [(left, right) for left, right in pairs if left]
    prompts = tuple(Option(str(number), left) for number, (left, _right) in enumerate(asked, 1))
    key = MatchKey(tuple((str(number), letter[right]) for number, (_left, right) in enumerate(asked, 1)))
    options = tuple(Option(letter[text], text) for text in texts)
    return _Answered(QuestionType.MATCHING, key, options, prompts)


def _read_essay(_element: Element) -> _Answered:
    return _Answered(QuestionType.SHORT_ANSWER, RubricKey(()))


def _read_description(_element: Element) -> _Answered:
    return _Answered(QuestionType.CASE, None)


def _cloze(stem: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Return an HTML stem with its cloze fields as blanks, and what each accepts."""
    blanks: list[tuple[str, ...]] = []
    for kind, body in _FIELD.findall(stem):
        if kind.upper() not in _TEXTUAL:
            raise _Unreadable(_("a cloze field of type “{type}” is not read").format(type=kind))
        blanks.append(tuple(_accepted(body)))
    return _FIELD.sub(BLANK, stem), tuple(blanks)


def _accepted(body: str) -> list[str]:
    answers = re.split(r"(?<!\\)~", body.replace("\\\\", "\ue000"))
    if any(0 < Decimal(share) < 100 for share in re.findall(r"(?:^|~)%(\d+(?:\.\d+)?)%", body)):
        raise _Unreadable(_("its answers are worth different shares of the marks"))
    right = [re.sub(r"^%100%", "=", answer) for answer in answers]
    texts = [re.split(r"(?<!\\)#", answer[1:])[0] for answer in right if answer.startswith("=")]
    return [unescape(re.sub(r"\\(.)", r"\1", text).replace("\ue000", "\\")).strip() for text in texts]


_READERS: dict[str, Callable[[Element], _Answered]] = {
    "multichoice": _read_choice,
    "truefalse": _read_truth,
    "shortanswer": _read_short,
    "numerical": _read_numeric,
    "ordering": _read_order,
    "matching": _read_match,
    "essay": _read_essay,
    "description": _read_description,
    "cloze": _read_description,
}
