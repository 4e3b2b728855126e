"""Moodle XML: every type has a Moodle type; a case is a description followed by its parts, tagged ``case=ID``."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
    Credit,
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
_FIELD = re.compile(r"\{(\d*):(\w+):((?:\\.|[^}\\])*)\}", re.DOTALL)
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
    stem = _html(element.find("questiontext"))
    answered = reader(element) if kind != "cloze" else None
    if answered is None:
        stem, key = _cloze(stem)
        answered = _Answered(QuestionType.FILL_IN, key)
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
    shares = [(letter, _share(answer)) for letter, answer in lettered]
    if single:
        right = tuple(letter for letter, share in shares if share == 1)
    partly = tuple(Credit(letter, share) for letter, share in shares if share) if _own(shares, single) else ()
    if not right and partly:
        raise _Unreadable(_("no answer is worth all the marks"))
    return _Answered(kind, ChoiceKey(right, partly) if right else None, options)


def _share(answer: Element) -> Decimal:
    return _decimal(answer.get("fraction") or "0") / 100


def _own(shares: list[tuple[str, Decimal]], single: bool) -> bool:
    """Return whether options are worth other shares than a policy gives: parts, or uneven ones."""
    if single:
        return any(share not in {0, 1} for _letter, share in shares)
    return uneven(share * 100 for _letter, share in shares)


def _read_truth(element: Element) -> _Answered:
    right = [(answer.findtext("text") or "").strip().lower() for answer in element.iterfind("answer") if _right(answer)]
    return _Answered(QuestionType.TRUE_FALSE, TruthKey(right[0] == "true") if right else None)


def _read_short(element: Element) -> _Answered:
    answers = [((each.findtext("text") or "").strip(), _share(each)) for each in element.iterfind("answer")]
    accepted = tuple(text for text, share in answers if share == 1)
    partly = tuple(Credit(text, share) for text, share in answers if 0 < share < 1)
    if not accepted and partly:
        raise _Unreadable(_("no answer is worth all the marks"))
    cased = (element.findtext("usecase") or "0").strip() in {"1", "true"}
    used = [*accepted, *(credit.answer for credit in partly)]
    wild = any("*" in text.replace("\\*", "") for text in used)
    if not wild:
        accepted = tuple(text.replace("\\*", "*") for text in accepted)
        partly = tuple(replace(credit, answer=credit.answer.replace("\\*", "*")) for credit in partly)
    return _Answered(QuestionType.FILL_IN, BlanksKey((accepted,), partly, cased, wild))


def _read_numeric(element: Element) -> _Answered:
    right = [answer for answer in element.iterfind("answer") if _right(answer)]
    if not right:
        return _Answered(QuestionType.NUMERIC, None)
    whole = [answer for answer in right if _share(answer) == 1]
    if not whole:
        raise _Unreadable(_("no answer is worth all the marks"))
    others = [answer for answer in right if answer is not whole[0]]
    partly = tuple(
        Credit(
            format(_decimal(each.findtext("text") or ""), "f"),
            _share(each),
            _decimal(each.findtext("tolerance") or "0"),
        )
        for each in others
    )
    value = _decimal(whole[0].findtext("text") or "")
    tolerance = _decimal(whole[0].findtext("tolerance") or "0")
    unit = (element.findtext("units/unit/unit_name") or "").strip()
    return _Answered(QuestionType.NUMERIC, NumericKey(value, tolerance, unit, partly))


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


def _cloze(stem: str) -> tuple[str, BlanksKey]:
    """Return an HTML stem with its cloze fields as blanks, and what each accepts."""
    blanks: list[tuple[str, ...]] = []
    partly: list[Credit] = []
    kinds = set()
    for number, (weight, kind, body) in enumerate(_FIELD.findall(stem)):
        if kind.upper() not in _TEXTUAL:
            raise _Unreadable(_("a cloze field of type “{type}” is not read").format(type=kind))
        kinds.add((weight or "1", kind.upper().endswith("C")))
        shares = _accepted(body)
        blanks.append(tuple(text for text, share in shares if share == 1))
        partly += [Credit(text, share, blank=number) for text, share in shares if 0 < share < 1]
    if len(kinds) > 1:
        raise _Unreadable(_("its cloze fields are marked in different ways"))
    cased = any(capital for _weight, capital in kinds)
    return _FIELD.sub(BLANK, stem), BlanksKey(tuple(blanks), tuple(partly), cased)


def _accepted(body: str) -> list[tuple[str, Decimal]]:
    """Return the texts of a cloze field with the share that each is worth."""
    answers = re.split(r"(?<!\\)~", body.replace("\\\\", "\ue000"))
    found = []
    for answer in answers:
        weight = re.match(r"=?%(-?\d+(?:\.\d+)?)%|=", answer)
        share = Decimal(weight[1]) / 100 if weight and weight[1] else Decimal(1 if weight else 0)
        text = re.split(r"(?<!\\)#", answer[weight.end() if weight else 0 :])[0]
        wild = re.search(r"(?<!\\)\*", text)
        shown = unescape(re.sub(r"\\(.)", r"\1", text).replace("\ue000", "\\")).strip()
        if share > 0 and wild:
            raise _Unreadable(_("a cloze field with a wildcard is not read"))
        found.append((shown, share))
    return found


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
