"""Answers as plain text, the same from room, scan and import.

========================  =====================================  ==============================
type                      written                                decoded
========================  =====================================  ==============================
single_choice             ``A``                                  ``("A",)``
multiple_choice           ``A,C``                                ``("A", "C")`` sorted, no repeats
true_false                ``T`` or ``F`` (对, 错, √, × are read)  ``("T",)``
fill_in                   blanks joined by ``␟`` (U+241F)        one text a blank, "" if left empty
numeric                   ``98.5`` (unit may follow)             ``("98.5",)``
ordering                  ``C,A,B``                              ``("C", "A", "B")``
matching                  ``1=B;2=A``                            one option id a prompt, "" if left empty
short_answer              free text                              ``("…",)``
========================  =====================================  ==============================

A blank answer decodes to ``()`` for every type. A case has no answer of its own: its parts ("caseid.1") have.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Credit,
    Face,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)

BLANK_SEPARATOR = "␟"

_TRUE = {"T", "TRUE", "对", "正确", "√", "✓", "是"}
_FALSE = {"F", "FALSE", "错", "错误", "×", "✗", "X", "否"}
_DIGITS = {character: index for index, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
_NUMBER = re.compile(r"[-+]?(?:\d{1,30}(?:\.\d{1,30})?|\.\d{1,30})(?:/\d{1,30})?")


class UnreadableAnswer(ValueError):
    """An answer that its question's type cannot be decoded from."""


def decode(question: Question | Face, text: str) -> tuple[str, ...]:
    """Return the parts of an answer, as in the table above.

    >>> from govkit.exams.bank.questions import Option
    >>> options = (Option("A", "甲"), Option("B", "乙"), Option("C", "丙"))
    >>> decode(Face("q1", QuestionType.MULTIPLE_CHOICE, "题干", Decimal(2), options=options), "c、A")
    ('A', 'C')

    :raises UnreadableAnswer: the text is not an answer to a question of this type.
    """
    if not text.strip() or not text.replace(BLANK_SEPARATOR, "").strip():
        return ()
    if question.type is QuestionType.CASE:
        raise UnreadableAnswer(_("a case is answered part by part"))
    parts = _DECODERS[question.type](question, text)
    return parts if any(parts) else ()


def encode(question: Question | Face, parts: tuple[str, ...]) -> str:
    """Return the text of a decoded answer; the inverse of :func:`decode`."""
    match question.type:
        case QuestionType.MULTIPLE_CHOICE | QuestionType.ORDERING:
            return ",".join(parts)
        case QuestionType.FILL_IN:
            return BLANK_SEPARATOR.join(parts)
        case QuestionType.MATCHING:
            pairs = zip(question.prompts, parts, strict=False)
            return ";".join(f"{prompt.id}={choice}" for prompt, choice in pairs if choice)
        case _:
            return "".join(parts)


def right_parts(question: Question) -> tuple[str, ...]:
    """Return a wholly right answer, decoded: the first accepted text of each blank, a short answer's model."""
    key = question.key
    return _RIGHT[type(key)](key) if key is not None else ()


def same_text(given: str, accepted: str) -> bool:
    """Return whether two texts are equal after :func:`normal`."""
    return normal(given) == normal(accepted)


def blank_right(key: BlanksKey, index: int, given: str) -> bool:
    """Return whether the text in blank ``index`` (from 0) is one of the accepted answers."""
    return any(accepts(key, given, accepted) for accepted in key.blanks[index])


def accepts(key: BlanksKey, given: str, accepted: str) -> bool:
    """Return whether a text is an accepted one, by the key's rules for capitals and ``*``.

    >>> accepts(BlanksKey((), wildcards=True), "农村青蛙", "*青蛙")
    True
    >>> accepts(BlanksKey((), case_sensitive=True), "qq", "QQ")
    False
    """
    one, two = normal(given, key.case_sensitive), normal(accepted, key.case_sensitive)
    if not key.wildcards:
        return one == two
    pieces = [piece.replace("\0", "*") for piece in two.replace("\\*", "\0").split("*")]
    return re.fullmatch(".*".join(map(re.escape, pieces)), one, re.DOTALL) is not None


def share_of(key: ChoiceKey | BlanksKey | NumericKey, parts: tuple[str, ...]) -> Fraction:
    """Return the share of the marks that an answer earns by the key's own credits, below 0 for a bad choice.

    >>> key = NumericKey(Decimal(9), credits=(Credit("5", Decimal("0.5")),))
    >>> [str(share_of(key, (given,))) for given in ("9", "5", "7")]
    ['1', '1/2', '0']
    """
    if isinstance(key, ChoiceKey):
        shares = {credit.answer: exact_share(credit.share) for credit in key.credits}
        return sum((shares.get(part, Fraction(0)) for part in parts), Fraction(0))
    if isinstance(key, NumericKey):
        near = [exact_share(credit.share) for credit in key.credits if numeric_right(_number(key, credit), parts[0])]
        return Fraction(1) if numeric_right(key, parts[0]) else max(near, default=Fraction(0))
    earned = (_blank_share(key, index, given) for index, given in enumerate(parts) if given)
    return sum(earned, Fraction(0)) / max(len(key.blanks), 1)


def _number(key: NumericKey, credit: Credit) -> NumericKey:
    return NumericKey(Decimal(credit.answer), credit.tolerance, key.unit)


def _blank_share(key: BlanksKey, index: int, given: str) -> Fraction:
    if blank_right(key, index, given):
        return Fraction(1)
    mine = [each for each in key.credits if each.blank == index and accepts(key, given, each.answer)]
    return max((exact_share(each.share) for each in mine), default=Fraction(0))


def exact_share(share: Decimal) -> Fraction:
    """Return a share as a fraction, rounded thirds and sixths as exact.

    >>> exact_share(Decimal("0.3333333")), exact_share(Decimal("0.125"))
    (Fraction(1, 3), Fraction(1, 8))
    """
    given = Fraction(share)
    simple = given.limit_denominator(20)
    return simple if abs(simple - given) <= Fraction(1, 10**6) else given


def numeric_right(key: NumericKey, given: str) -> bool:
    """Return whether a number lies within the key's tolerance; exact, both ends included.

    >>> numeric_right(NumericKey(Decimal("98.5"), Decimal("0.1"), "%"), "98.6%")
    True
    """
    number = read_number(given, key.unit)
    return number is not None and abs(number - Fraction(key.value)) <= Fraction(key.tolerance)


def read_number(text: str, unit: str = "") -> Fraction | None:
    """Return the number written in ``text``, None if it is none; a ``unit`` after it is optional.

    Where no unit is asked for, a percentage is the share that it stands for.

    >>> read_number("三分之二"), read_number("15人", "人"), read_number("许多")
    (Fraction(2, 3), Fraction(15, 1), None)
    >>> read_number("85%"), read_number("85%", "%")
    (Fraction(17, 20), Fraction(85, 1))
    """
    plain = normal(text)
    wanted = normal(unit) or "%"
    scale = 1 if unit or not plain.endswith("%") else 100
    if plain.endswith(wanted):
        plain = plain.removesuffix(wanted)
    if not _NUMBER.fullmatch(plain):
        return None
    above, _slash, below = plain.partition("/")
    if below and not int(below):
        return None
    return Fraction(Decimal(above)) / int(below or 1) / scale


def normal(text: str, case_sensitive: bool = False) -> str:
    """Return a text with one spelling of width, case, spaces and numbers.

    三分之二 and 2/3, 百分之八十五 and 85%, 十五 and 15, 240万 and 2,400,000 become the same.

    >>> normal("百分之八十五"), normal("２４０万")
    ('85%', '2400000')
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).rstrip("。.;,")
    plain = plain if case_sensitive else plain.casefold()
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    plain = re.sub("百分之(?=[零〇一二两三四五六七八九十百\\d])", "%", plain)
    plain = _NUMERAL.sub(lambda found: _arabic(found.group()), plain)
    plain = re.sub(r"%(\d+(?:\.\d+)?)", r"\1%", plain)
    plain = re.sub(r"(\d+)分之(\d+)", r"\2/\1", plain)
    return re.sub(r"(?<![\d.])(\d{1,12}(?:\.\d{1,8})?)([万亿])", _whole, plain)


def _decode_choice(question: Question | Face, text: str) -> tuple[str, ...]:
    letters = _letters(question, text)
    if question.type is QuestionType.SINGLE_CHOICE and len(letters) > 1:
        raise UnreadableAnswer(_("a single choice takes one option, not “{text}”").format(text=text))
    return tuple(sorted(set(letters)))


def _decode_order(question: Question | Face, text: str) -> tuple[str, ...]:
    letters = _letters(question, text)
    if len(set(letters)) != len(letters):
        raise UnreadableAnswer(_("“{text}” names an option twice").format(text=text))
    return tuple(letters)


def _letters(question: Question | Face, text: str) -> list[str]:
    letters = re.findall(r"[^\s,;、.]", unicodedata.normalize("NFKC", text).upper())
    known = {option.id for option in question.options}
    unknown = [letter for letter in letters if letter not in known]
    if unknown:
        raise UnreadableAnswer(
            _("“{text}” names no option of question {id}").format(text=unknown[0], id=question.id),
        )
    return letters


def _decode_truth(_question: Question | Face, text: str) -> tuple[str, ...]:
    word = unicodedata.normalize("NFKC", text).strip().upper()
    if word in _TRUE:
        return ("T",)
    if word in _FALSE:
        return ("F",)
    raise UnreadableAnswer(_("“{text}” is neither T nor F").format(text=text))


def _decode_blanks(question: Question | Face, text: str) -> tuple[str, ...]:
    face = question.face() if isinstance(question, Question) else question
    given = tuple(blank.strip() for blank in text.split(BLANK_SEPARATOR))
    if len(given) > face.blanks:
        raise UnreadableAnswer(
            _("“{text}” fills {given} blanks of {asked}").format(text=text, given=len(given), asked=face.blanks),
        )
    return given + ("",) * (face.blanks - len(given))


def _decode_match(question: Question | Face, text: str) -> tuple[str, ...]:
    options = {option.id for option in question.options}
    chosen = dict.fromkeys((prompt.id for prompt in question.prompts), "")
    for pair in re.split("[;,]", unicodedata.normalize("NFKC", text).upper()):
        prompt, _equals, choice = (word.strip() for word in pair.partition("="))
        if not prompt and not choice:
            continue
        if prompt not in chosen or (choice and choice not in options):
            raise UnreadableAnswer(_("“{text}” names no pair of question {id}").format(text=pair, id=question.id))
        chosen[prompt] = choice
    return tuple(chosen.values())


def _decode_text(_question: Question | Face, text: str) -> tuple[str, ...]:
    return (text.strip(),)


_DECODERS: dict[QuestionType, Callable[[Question | Face, str], tuple[str, ...]]] = {
    QuestionType.SINGLE_CHOICE: _decode_choice,
    QuestionType.MULTIPLE_CHOICE: _decode_choice,
    QuestionType.TRUE_FALSE: _decode_truth,
    QuestionType.FILL_IN: _decode_blanks,
    QuestionType.NUMERIC: _decode_text,
    QuestionType.ORDERING: _decode_order,
    QuestionType.MATCHING: _decode_match,
    QuestionType.SHORT_ANSWER: _decode_text,
}


def _arabic(numeral: str) -> str:
    if not any(character in _DIGITS or character == "十" for character in numeral) or numeral[0] in "百千万亿":
        return numeral
    if not any(character in _UNITS or character in _MYRIADS for character in numeral):
        return "".join(str(_DIGITS[character]) for character in numeral)
    return str(_value(numeral))


def _value(numeral: str) -> int:
    total = section = digit = 0
    for character in numeral:
        if character in _MYRIADS:
            total = (total + section + digit) * _MYRIADS[character]
            section = digit = 0
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + section + digit


def _whole(found: re.Match[str]) -> str:
    value = Decimal(found.group(1)) * _MYRIADS[found.group(2)]
    return format(value.normalize(), "f")


_RIGHT: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    ChoiceKey: lambda key: tuple(key.right),
    TruthKey: lambda key: ("T" if key.value else "F",),
    BlanksKey: lambda key: tuple(blank[0] for blank in key.blanks),
    NumericKey: lambda key: (format(key.value, "f"),),
    OrderKey: lambda key: tuple(key.order),
    MatchKey: lambda key: tuple(choice for _prompt, choice in key.pairs),
    RubricKey: lambda key: (key.model,) if key.model else (),
}
