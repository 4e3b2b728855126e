"""Writing Moodle XML; see :mod:`govkit.exams.bank.formats.moodle_read` for how types map."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from lxml import etree

from govkit.core.errors import Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Holds, losses, tags_of
from govkit.exams.bank.formats.limits import Element
from govkit.exams.bank.markup import as_html, text_of, to_plain
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Image,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)

HOLDS = Holds("Moodle XML", frozenset(QuestionType), wild_blanks=False)
"""All a bank holds, but ``*`` for any text in one of several blanks."""

_SPECIAL = re.compile(r'([\\}~#/"{=:%*])')


def _field(accepted: tuple[str, ...], partly: list[tuple[str, str]], kind: str) -> str:
    """Return the field of one blank; ``partly`` are other answers and the percentage of the marks for each."""
    answers = ["=" + _SPECIAL.sub(r"\\\1", text) for text in accepted]
    answers += [f"%{percent}%" + _SPECIAL.sub(r"\\\1", text) for text, percent in partly]
    return f"{{1:{kind}:{'~'.join(answers)}}}"


_RULES = frozenset({"credit", "case_sensitive", "wildcards"})
_NATIVE = frozenset({"type", "points", "topic", "unit", "explanation"}) | _RULES
_PICTURE = re.compile(r'(<img[^>]*\ssrc=")([^"]*")')


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as Moodle XML; return warnings of what it cannot hold."""
    root = etree.Element("quiz")
    topic = ""
    for question in bank:
        if question.topic != topic:
            topic = question.topic
            _put_category(root, topic)
        _put_question(root, question, [])
        for part in question.parts:
            _put_question(root, part, [f"case={question.id}"])
    atomic_write(path, etree.tostring(root, encoding="utf-8", xml_declaration=True))
    return [*losses(bank, HOLDS, path), *_bare_options(bank, path)]


def _bare_options(bank: Bank, path: Path) -> Iterator[Problem]:
    """Warn of matching questions whose options lose their markup: Moodle shows them in a drop-down."""
    for question in bank:
        for item in question.items():
            marked = any(to_plain(option.text) is None for option in item.options)
            if item.type is QuestionType.MATCHING and item.markup == "html" and marked:
                what = _("Moodle XML keeps the options of matching question {id} without markup").format(id=item.id)
                yield Problem(Where(str(path)), what, _("write these options as plain text"), "warning")


def _put_category(root: Element, topic: str) -> None:
    """Append the pseudo-question that sets the category of those after it."""
    element = etree.SubElement(root, "question", type="category")
    escaped = topic.replace("/", "//")
    _put_text(element, "category", f"$course$/top/{escaped}" if topic else "$course$/top")


def _put_question(root: Element, question: Question, extra: list[str]) -> None:
    """Append one question element."""
    if question.images:
        question = as_html(question)
    several = isinstance(question.key, BlanksKey) and len(question.key.blanks) > 1
    element = etree.SubElement(root, "question", type="cloze" if several else _TYPES[question.type])
    _put_text(element, "name", question.id)
    _put_html(element, "questiontext", question, _stem(question) if several else question.stem, question.images)
    _put_html(element, "generalfeedback", question, question.explanation)
    if not several:
        etree.SubElement(element, "defaultgrade").text = format(question.points, "f")
    etree.SubElement(element, "idnumber").text = question.id
    if question.key is not None and not several:
        _WRITERS[type(question.key)](element, question, question.key)
    native = _NATIVE - {"points"} if several else _NATIVE
    _put_tags(element, [*extra, *tags_of(question, native - ({"topic"} if extra else set()))])


def _put_tags(element: Element, tags: list[str]) -> None:
    parent = etree.SubElement(element, "tags")
    for tag in tags:
        _put_text(parent, "tag", tag)


def _put_text(parent: Element, name: str, text: str, **attributes: str) -> Element:
    element = etree.SubElement(parent, name, attributes)
    etree.SubElement(element, "text").text = text
    return element


def _put_html(parent: Element, name: str, question: Question, text: str, images: tuple[Image, ...] = ()) -> Element:
    """Append a text in the question's format, with its pictures as Moodle's plug-in files."""
    kind = "html" if question.markup == "html" else "plain_text"
    shown = _PICTURE.sub(r"\1@@PLUGINFILE@@/\2", text) if kind == "html" else text
    element = _put_text(parent, name, shown, format=kind)
    for image in images:
        file = etree.SubElement(element, "file", name=image.name, path="/", encoding="base64")
        file.text = b64encode(image.data).decode()
    return element


def _stem(question: Question) -> str:
    """Return the stem of a fill-in of several blanks with each blank as a cloze field."""
    assert isinstance(question.key, BlanksKey)  # noqa: S101
    pieces = question.stem.split(BLANK)
    html = question.markup == "html"
    shown = partial(escape, quote=False) if html else str
    kind = "SHORTANSWER_C" if question.key.case_sensitive else "SHORTANSWER"
    partly: list[list[tuple[str, str]]] = [[] for _blank in question.key.blanks]
    for credit in question.key.credits:
        partly[credit.blank].append((shown(credit.answer), _hundredths(credit.share)))
    blanks = zip(question.key.blanks, partly, strict=True)
    fields = [_field(tuple(map(shown, accepted)), others, kind) for accepted, others in blanks]
    return "".join(piece + field for piece, field in zip(pieces, [*fields, ""], strict=True))


def _put_answer(element: Element, question: Question, text: str, fraction: str) -> None:
    answer = _put_html(element, "answer", question, text)
    answer.set("fraction", fraction)


def _put_choice(element: Element, question: Question, key: ChoiceKey) -> None:
    single = question.type is QuestionType.SINGLE_CHOICE
    etree.SubElement(element, "single").text = "true" if single else "false"
    etree.SubElement(element, "shuffleanswers").text = "true"
    etree.SubElement(element, "answernumbering").text = "ABCD"
    right = _percent(len(key.right))
    wrong = "0" if single else f"-{_percent(len(question.options) - len(key.right))}"
    own = {credit.answer: _hundredths(credit.share) for credit in key.credits}
    for option in question.options:
        share = right if option.id in key.right else wrong
        _put_answer(element, question, option.text, own.get(option.id, "0") if own else share)


def _hundredths(share: Decimal) -> str:
    return format((share * 100).normalize(), "f")


def _percent(count: int) -> str:
    return format((Decimal(100) / max(count, 1)).quantize(Decimal("0.00001")).normalize(), "f")


def _put_truth(element: Element, _question: Question, key: TruthKey) -> None:
    for value in (True, False):
        _put_text(element, "answer", str(value).lower(), fraction="100" if value is key.value else "0")


def _put_blank(element: Element, _question: Question, key: BlanksKey) -> None:
    etree.SubElement(element, "usecase").text = "1" if key.case_sensitive else "0"
    answers = [(text, "100") for text in key.blanks[0]]
    answers += [(credit.answer, _hundredths(credit.share)) for credit in key.credits]
    for text, fraction in answers:
        shown = text if key.wildcards else text.replace("*", "\\*")
        _put_text(element, "answer", shown, fraction=fraction, format="plain_text")


def _put_numeric(element: Element, _question: Question, key: NumericKey) -> None:
    answer = _put_text(element, "answer", format(key.value, "f"), fraction="100", format="plain_text")
    etree.SubElement(answer, "tolerance").text = format(key.tolerance, "f")
    for credit in key.credits:
        other = _put_text(element, "answer", credit.answer, fraction=_hundredths(credit.share), format="plain_text")
        etree.SubElement(other, "tolerance").text = format(credit.tolerance, "f")
    if key.unit:
        unit = etree.SubElement(etree.SubElement(element, "units"), "unit")
        etree.SubElement(unit, "multiplier").text = "1"
        etree.SubElement(unit, "unit_name").text = key.unit


def _put_order(element: Element, question: Question, key: OrderKey) -> None:
    for name, value in (("layouttype", "VERTICAL"), ("selecttype", "ALL"), ("gradingtype", "ALL_OR_NOTHING")):
        etree.SubElement(element, name).text = value
    texts = {option.id: option.text for option in question.options}
    for number, option in enumerate(key.order, 1):
        _put_answer(element, question, texts[option], str(number))


def _put_match(element: Element, question: Question, key: MatchKey) -> None:
    etree.SubElement(element, "shuffleanswers").text = "true"
    texts = {option.id: _plain(option.text, question) for option in question.options}
    pairs = [(prompt.text, option) for prompt, (_id, option) in zip(question.prompts, key.pairs, strict=True)]
    used = {option for _prompt, option in key.pairs}
    for left, option in [*pairs, *(("", option) for option in texts if option not in used)]:
        sub = _put_html(element, "subquestion", question, left)
        _put_text(sub, "answer", texts[option])


def _plain(text: str, question: Question) -> str:
    """Return an option of a matching, which Moodle shows in a drop-down and keeps without markup."""
    return text_of(text) if question.markup == "html" else text


def _put_rubric(element: Element, question: Question, key: RubricKey) -> None:
    lines = [f"{format(row.points, 'f')}：{row.text}" for row in key.criteria]
    text = "\n".join([*lines, key.model])
    _put_html(element, "graderinfo", replace(question, markup="plain"), text)


_TYPES = {
    QuestionType.SINGLE_CHOICE: "multichoice",
    QuestionType.MULTIPLE_CHOICE: "multichoice",
    QuestionType.TRUE_FALSE: "truefalse",
    QuestionType.FILL_IN: "shortanswer",
    QuestionType.NUMERIC: "numerical",
    QuestionType.ORDERING: "ordering",
    QuestionType.MATCHING: "matching",
    QuestionType.SHORT_ANSWER: "essay",
    QuestionType.CASE: "description",
}
_WRITERS: dict[type, Callable[[Element, Question, Any], None]] = {
    ChoiceKey: _put_choice,
    TruthKey: _put_truth,
    BlanksKey: _put_blank,
    NumericKey: _put_numeric,
    OrderKey: _put_order,
    MatchKey: _put_match,
    RubricKey: _put_rubric,
}
