"""Flaws of a single question, whatever file it came from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from govkit.core.errors import Severity
from govkit.core.i18n import gettext as _
from govkit.exams.bank.markup import image_names
from govkit.exams.bank.questions import (
    KEY_TYPES,
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
)
from govkit.exams.yaml_reader import decimal_of

BLANK = "____"
"""A blank in a stem."""

_ID = re.compile(r"[^\W\d_][\w-]{0,63}")
_OPTION_ID = re.compile("[A-Z]")
_PROMPT_ID = re.compile("[1-9][0-9]?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw of a question: its field, what is wrong, and how to repair it."""

    field: str
    what: str
    repair: str
    severity: Severity = "error"


def flaws(question: Question) -> list[Flaw]:
    """Return the flaws of a question and of its parts."""
    found = [*_common(question), *_key(question)]
    if question.type is not QuestionType.CASE and not found:
        found += _BY_TYPE[question.type](question)
    if question.type is QuestionType.CASE:
        found += _case(question)
    return [*found, *_credits(question)]


def _credits(question: Question) -> Iterator[Flaw]:
    """Yield what is wrong with credits: more than the whole, a number that is none, a blank that there is not."""
    key = question.key
    for each in key.credits if isinstance(key, (ChoiceKey, BlanksKey, NumericKey)) else ():
        least = -1 if isinstance(key, ChoiceKey) else 0
        wrong = not each.share.is_finite() or not least <= each.share <= 1
        if isinstance(key, ChoiceKey):
            wrong = wrong or each.answer not in {option.id for option in question.options}
        elif isinstance(key, BlanksKey):
            wrong = wrong or not each.answer.strip() or not 0 <= each.blank < len(key.blanks)
        else:
            wrong = wrong or decimal_of(each.answer) is None or not each.tolerance.is_finite() or each.tolerance < 0
        if wrong:
            what = _("“{answer}” for {share} of the marks is no credit").format(answer=each.answer, share=each.share)
            yield Flaw("credits", what, _("name an answer of the question and a share from 0 to 1"))


def _common(question: Question) -> Iterator[Flaw]:
    if "." not in question.id and not _ID.fullmatch(question.id):
        yield Flaw(
            "id",
            _("“{id}” cannot be an id").format(id=question.id),
            _("begin with a letter; use letters, digits and hyphens, at most 64"),
        )
    if not question.stem.strip():
        yield Flaw("stem", _("the stem is empty"), _("write the question"))
    if not question.points.is_finite() or question.points <= 0:
        yield Flaw(
            "points", _("“{points}” points").format(points=question.points), _("give a number of points above 0")
        )
    if question.difficulty is not None and not 0 <= question.difficulty <= 1:
        yield Flaw(
            "difficulty",
            _("“{value}” is no difficulty").format(value=question.difficulty),
            _("give the share of marks you expect to be gained, 0 to 1"),
        )
    yield from _texts(question)
    yield from _images(question)


def _texts(question: Question) -> Iterator[Flaw]:
    texts = [("stem", question.stem), ("explanation", question.explanation)]
    texts += [("options", option.text) for option in question.options]
    texts += [("prompts", prompt.text) for prompt in question.prompts]
    for field, text in texts:
        if found := _CONTROL.search(text):
            yield Flaw(
                field,
                _("a control character (U+{code:04X}) in “{text}”").format(code=ord(found.group()), text=text[:20]),
                _("delete it"),
            )


def _images(question: Question) -> Iterator[Flaw]:
    if question.markup == "plain":
        return
    carried = {image.name for image in question.images}
    for name in image_names(question):
        if name not in carried:
            yield Flaw("images", _("the picture “{name}” is missing").format(name=name), _("put it beside the bank"))


def _key(question: Question) -> Iterator[Flaw]:
    expected = KEY_TYPES[question.type]
    if expected is None:
        return
    if question.key is None:
        yield Flaw("key", _("there is no key"), _("name the right answer"))
    elif not isinstance(question.key, expected):
        yield Flaw(
            "key", _("the key does not fit the type {type}").format(type=question.type.label), _("correct the key")
        )


def _options(question: Question, least: int = 2) -> Iterator[Flaw]:
    ids = [option.id for option in question.options]
    if len(ids) < least:
        yield Flaw("options", _("{count} options").format(count=len(ids)), _("give at least two"))
    for option in question.options:
        if not option.text.strip():
            yield Flaw("options", _("option {id} has no text").format(id=option.id), _("write it or take it out"))
        if not _OPTION_ID.fullmatch(option.id):
            yield Flaw("options", _("“{id}” is no option letter").format(id=option.id), _("use the letters A to Z"))
    texts = [option.text.strip() for option in question.options if option.text.strip()]
    yield from (_twice("options", each) for each in sorted({each for each in ids if ids.count(each) > 1}))
    yield from (_twice("options", each) for each in sorted({each for each in texts if texts.count(each) > 1}))


def _twice(field: str, text: str) -> Flaw:
    return Flaw(field, _("“{text}” appears twice").format(text=text), _("keep one"))


def _unknown(field: str, given: set[str], known: set[str]) -> Iterator[Flaw]:
    for each in sorted(given - known):
        yield Flaw(
            field,
            _("the key names option “{id}”, which there is not").format(id=each),
            _("use one of {known}").format(known=", ".join(sorted(known))),
        )


def _choice(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, ChoiceKey)  # noqa: S101  (the key's kind was looked at before)
    yield from _options(question)
    ids = {option.id for option in question.options}
    right = set(question.key.right)
    yield from _unknown("key", right, ids)
    if not right:
        yield Flaw("key", _("there is no key"), _("name the right answer"))
    if question.type is QuestionType.SINGLE_CHOICE and len(right) > 1:
        yield Flaw("key", _("a single choice with {count} right options").format(count=len(right)), _("keep one"))
    if question.type is QuestionType.MULTIPLE_CHOICE and len(right) == 1:
        yield Flaw("key", _("only one option is right"), _("make it a single choice, or add one"), "warning")
    if len(ids) > 1 and right == ids:
        yield Flaw("key", _("the key covers all options"), _("add a wrong option"), "warning")


def _truth(question: Question) -> Iterator[Flaw]:
    if question.options:
        yield Flaw("options", _("a true/false question takes no options"), _("take them out"))


def _blanks(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, BlanksKey)  # noqa: S101
    asked, given = question.stem.count(BLANK), len(question.key.blanks)
    if asked != given:
        yield Flaw(
            "key",
            _("{asked} blanks in the stem, {given} in the key").format(asked=asked, given=given),
            _("write ____ in the stem once for each blank of the key"),
        )
    if any(not blank or not all(text.strip() for text in blank) for blank in question.key.blanks):
        yield Flaw("key", _("a blank without an accepted answer"), _("write the answer"))


def _numeric(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, NumericKey)  # noqa: S101
    if not question.key.value.is_finite():
        yield Flaw("key", _("“{value}” is no number").format(value=question.key.value), _("write a number"))
    if not question.key.tolerance.is_finite() or question.key.tolerance < 0:
        yield Flaw(
            "tolerance",
            _("“{value}” is no tolerance").format(value=question.key.tolerance),
            _("write 0 or a number above"),
        )


def _order(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, OrderKey)  # noqa: S101
    yield from _options(question)
    ids = {option.id for option in question.options}
    yield from _unknown("key", set(question.key.order), ids)
    if set(question.key.order) <= ids and sorted(question.key.order) != sorted(ids):
        yield Flaw(
            "key",
            _("“{order}” does not put each option once").format(order=",".join(question.key.order)),
            _("name every option once, in the right order"),
        )


def _match(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, MatchKey)  # noqa: S101
    yield from _options(question)
    prompts = [prompt.id for prompt in question.prompts]
    if len(prompts) < 2:
        yield Flaw("prompts", _("{count} prompts").format(count=len(prompts)), _("give at least two"))
    for prompt in question.prompts:
        if not prompt.text.strip() or not _PROMPT_ID.fullmatch(prompt.id):
            yield Flaw("prompts", _("prompt {id} has no text").format(id=prompt.id), _("write it or take it out"))
    yield from _unknown("key", {option for _prompt, option in question.key.pairs}, {o.id for o in question.options})
    if [prompt for prompt, _option in question.key.pairs] != prompts or len(set(prompts)) != len(prompts):
        yield Flaw("key", _("the key does not pair each prompt once"), _("give one option for each prompt"))


def _rubric(question: Question) -> Iterator[Flaw]:
    assert isinstance(question.key, RubricKey)  # noqa: S101
    if not question.key.criteria:
        yield Flaw("rubric", _("there is no rubric"), _("list what earns marks"), "warning")
        return
    if any(not row.text.strip() or row.points <= 0 for row in question.key.criteria):
        yield Flaw("rubric", _("a criterion without text or points"), _("complete it"))
    yield from _sum("rubric", sum((row.points for row in question.key.criteria), Decimal(0)), question.points)


def _sum(field: str, total: Decimal, points: Decimal) -> Iterator[Flaw]:
    if total != points:
        yield Flaw(
            field,
            _("the parts add up to {total} points, not {points}").format(total=total, points=points),
            _("make the points add up"),
        )


def _case(question: Question) -> Iterator[Flaw]:
    if not question.parts:
        yield Flaw("parts", _("a case without parts"), _("add at least one part"))
        return
    for number, part in enumerate(question.parts, 1):
        if part.type is QuestionType.CASE:
            yield Flaw("parts", _("part {number} is itself a case").format(number=number), _("flatten it"))
            continue
        if part.id != f"{question.id}.{number}":
            yield Flaw("parts", _("part {number} is called “{id}”").format(number=number, id=part.id), _("renumber it"))
        for flaw in flaws(part):
            what = _("part {number}: {what}").format(number=number, what=flaw.what)
            yield Flaw("parts", what, flaw.repair, flaw.severity)
    yield from _sum("points", sum((part.points for part in question.parts), Decimal(0)), question.points)


_BY_TYPE: dict[QuestionType, Callable[[Question], Iterator[Flaw]]] = {
    QuestionType.SINGLE_CHOICE: _choice,
    QuestionType.MULTIPLE_CHOICE: _choice,
    QuestionType.TRUE_FALSE: _truth,
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _numeric,
    QuestionType.ORDERING: _order,
    QuestionType.MATCHING: _match,
    QuestionType.SHORT_ANSWER: _rubric,
}
