r"""Marking policies by name: the points that an answer earns, in exact fractions.

With P the question's points, R the right options, W the wrong ones, r and w how many of each were chosen:

====================  ==========================================================================================
policy                marks, before they are cut to 0..P; a blank is always 0
====================  ==========================================================================================
all_or_nothing        P if the answer is wholly right, else 0 (survey platforms: a subset earns 0)
partial_half_each     P if r = \|R\| and w = 0; 0 if w > 0; else 0.5 r (professional exams: 少选每项 0.5 分)
half_for_subset       P if r = \|R\| and w = 0; 0 if w > 0; else P/2
per_option            0 if w > 0; else P r/\|R\|
rexams_false          P (r/\|R\| - w/\|W\|)                      R/exams ``exams_eval(rule = "false")``
rexams_false2         P (r/\|R\| - w/max(\|W\|, 2))              rule "false2"
rexams_true           P (r/\|R\| - w/\|R\|)                      rule "true"
rexams_all            P (r/\|R\| - w)                            rule "all"
rexams_none           P r/\|R\|                                  rule "none": ticking everything earns P
moodle                P (r/\|R\| + w g), g a negative percentage from Moodle's list, given with the policy
per_blank             P times the share of blanks filled rightly
per_pair              P times the share of pairs matched rightly
by_position           P times the share of items at their right place
by_neighbour          P times the share of the n-1 neighbours (item, next item) that are in the right order's
manual                marked by hand against the rubric, see :mod:`govkit.exams.marking.manual`
====================  ==========================================================================================

A key with credits of its own (half the marks for option B, or for 5 in place of 9) is marked by them, whatever the
policy.

Sources: domain rules for the Chinese policies; the reference page of ``exams_eval`` for R/exams; Moodle's
documentation of multiple-choice grades for ``moodle``. Thirds and sixths in Moodle's list (33.33333 and the like) are
meant exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from govkit.exams.bank.answers import blank_right, numeric_right, right_parts, share_of
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
)

Parts = tuple[str, ...]
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy by name; ``wrong`` is a wrong option's percentage under ``moodle`` (None: -100 / number of them)."""

    name: str
    wrong: Decimal | None = None


def credit(question: Question, parts: Parts, policy: Policy) -> Fraction:
    """Return the points (0 to the question's, exact) that a decoded answer earns.

    >>> from govkit.exams.bank.questions import Option
    >>> options = tuple(Option(letter, letter) for letter in "ABCD")
    >>> key = ChoiceKey(("A", "C"))
    >>> question = Question("q1", QuestionType.MULTIPLE_CHOICE, "题干", Decimal(3), key, options=options)
    >>> [str(credit(question, answer, Policy("half_for_subset"))) for answer in (("A", "C"), ("A",), ("A", "B"))]
    ['3', '3/2', '0']

    :param parts: the answer as :func:`govkit.exams.bank.answers.decode` returns it.
    """
    if not any(parts):
        return Fraction(0)
    full = Fraction(question.points)
    key = question.key
    if isinstance(key, (ChoiceKey, BlanksKey, NumericKey)) and key.credits and policy.name != "manual":
        return min(max(share_of(key, parts) * full, Fraction(0)), full)
    return min(max(_RULES[policy.name](question, parts, policy), Fraction(0)), full)


def default_policy(kind: QuestionType) -> Policy:
    """Return the policy of a type whose blueprint names none: all or nothing, by hand for short answers."""
    return Policy("manual" if kind is QuestionType.SHORT_ANSWER else "all_or_nothing")


def policies_for(kind: QuestionType) -> tuple[str, ...]:
    """Return the names of the policies for a type, the default first."""
    return _NAMES[kind]


def exact_percentage(percent: Decimal) -> Fraction:
    """Return a percentage as a fraction, Moodle's rounded ones (33.33333, 16.66667, 14.28571) as exact.

    >>> exact_percentage(Decimal("-33.33333")), exact_percentage(Decimal("12.5"))
    (Fraction(-1, 3), Fraction(1, 8))
    """
    given = Fraction(percent) / 100
    simple = given.limit_denominator(20)
    return simple if abs(simple - given) <= Fraction(1, 10**7) else given


def wholly_right(question: Question, parts: Parts) -> bool:
    """Return whether a decoded answer is right in every part."""
    key = question.key
    if isinstance(key, BlanksKey):
        return _blanks_right(question, parts) == len(key.blanks)
    if isinstance(key, NumericKey):
        return numeric_right(key, parts[0])
    if isinstance(key, ChoiceKey):
        return frozenset(parts) == frozenset(key.right)
    return parts == right_parts(question)


def _all_or_nothing(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    return Fraction(question.points) if wholly_right(question, parts) else Fraction(0)


def _partial_half_each(question: Question, parts: Parts, policy: Policy) -> Fraction:
    right, wrong, _rights, _wrongs = _counts(question, parts)
    return _all_or_nothing(question, parts, policy) or (Fraction(0) if wrong else HALF * right)


def _half_for_subset(question: Question, parts: Parts, policy: Policy) -> Fraction:
    _right, wrong, _rights, _wrongs = _counts(question, parts)
    return _all_or_nothing(question, parts, policy) or (Fraction(0) if wrong else HALF * Fraction(question.points))


def _per_option(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    right, wrong, rights, _wrongs = _counts(question, parts)
    return Fraction(0) if wrong else Fraction(question.points) * Fraction(right, rights)


def _rexams(penalty: Callable[[int, int], Fraction]) -> Callable[[Question, Parts, Policy], Fraction]:
    def rule(question: Question, parts: Parts, _policy: Policy) -> Fraction:
        right, wrong, rights, wrongs = _counts(question, parts)
        lost = wrong * penalty(rights, wrongs) if wrong else Fraction(0)
        return Fraction(question.points) * (Fraction(right, rights) - lost)

    return rule


def _moodle(question: Question, parts: Parts, policy: Policy) -> Fraction:
    right, wrong, rights, wrongs = _counts(question, parts)
    each = Fraction(-1, max(wrongs, 1)) if policy.wrong is None else exact_percentage(policy.wrong)
    return Fraction(question.points) * (Fraction(right, rights) + wrong * each)


def _per_blank(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    key = question.key
    blanks = len(key.blanks) if isinstance(key, BlanksKey) else 1
    return Fraction(question.points) * Fraction(_blanks_right(question, parts), blanks)


def _per_pair(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    right = [choice for _prompt, choice in question.key.pairs] if isinstance(question.key, MatchKey) else []
    return Fraction(question.points) * _share_alike(parts, tuple(right))


def _by_position(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    return Fraction(question.points) * _share_alike(parts, _order(question))


def _by_neighbour(question: Question, parts: Parts, _policy: Policy) -> Fraction:
    order = _order(question)
    wanted = set(pairwise(order))
    found = sum(pair in wanted for pair in pairwise(parts))
    return Fraction(question.points) * Fraction(found, max(len(wanted), 1))


def _order(question: Question) -> Parts:
    return question.key.order if isinstance(question.key, OrderKey) else ()


def _share_alike(given: Parts, right: Parts) -> Fraction:
    alike = sum(one == other for one, other in zip(given, right, strict=False))
    return Fraction(alike, max(len(right), 1))


def _blanks_right(question: Question, parts: Parts) -> int:
    key = question.key
    assert isinstance(key, BlanksKey)  # noqa: S101  -- the model keeps type and key together
    return sum(blank_right(key, index, given) for index, given in enumerate(parts) if given)


def _counts(question: Question, parts: Parts) -> tuple[int, int, int, int]:
    """Return the numbers of right and wrong options chosen, and of right and wrong options in all."""
    key = question.key
    right = frozenset(key.right) if isinstance(key, ChoiceKey) else frozenset()
    chosen = frozenset(parts)
    return len(chosen & right), len(chosen - right), max(len(right), 1), len(question.options) - len(right)


_RULES: dict[str, Callable[[Question, Parts, Policy], Fraction]] = {
    "all_or_nothing": _all_or_nothing,
    "partial_half_each": _partial_half_each,
    "half_for_subset": _half_for_subset,
    "per_option": _per_option,
    "rexams_false": _rexams(lambda _rights, wrongs: Fraction(1, wrongs)),
    "rexams_false2": _rexams(lambda _rights, wrongs: Fraction(1, max(wrongs, 2))),
    "rexams_true": _rexams(lambda rights, _wrongs: Fraction(1, rights)),
    "rexams_all": _rexams(lambda _rights, _wrongs: Fraction(1)),
    "rexams_none": _rexams(lambda _rights, _wrongs: Fraction(0)),
    "moodle": _moodle,
    "per_blank": _per_blank,
    "per_pair": _per_pair,
    "by_position": _by_position,
    "by_neighbour": _by_neighbour,
}

_MULTIPLE = (
    "all_or_nothing",
    "partial_half_each",
    "half_for_subset",
    "per_option",
    "rexams_false",
    "rexams_false2",
    "rexams_true",
    "rexams_all",
    "rexams_none",
    "moodle",
)

_NAMES: dict[QuestionType, tuple[str, ...]] = {
    QuestionType.SINGLE_CHOICE: ("all_or_nothing",),
    QuestionType.MULTIPLE_CHOICE: _MULTIPLE,
    QuestionType.TRUE_FALSE: ("all_or_nothing",),
    QuestionType.FILL_IN: ("all_or_nothing", "per_blank"),
    QuestionType.NUMERIC: ("all_or_nothing",),
    QuestionType.ORDERING: ("all_or_nothing", "by_position", "by_neighbour"),
    QuestionType.MATCHING: ("all_or_nothing", "per_pair"),
    QuestionType.SHORT_ANSWER: ("manual",),
    QuestionType.CASE: (),
}
