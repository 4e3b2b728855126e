"""Marking as a pure function of responses, key and policies, exact in multiples of one small unit.

Every distinct answer to a question is marked once; what it earns is then handed to all who gave it. The unit is the
greatest fraction of a point of which every mark is a whole multiple, so sums over 50 questions and 100,000 candidates
are sums of integers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import UnreadableAnswer
from govkit.exams.marking.responses import Responses, distinct_pairs, parts_of
from govkit.exams.paper.key import Item, KeySheet
from govkit.exams.paper.policies import credit
from govkit.exams.paper.roster import PRESENT

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

# Decimals shown; pass or fail is decided on the exact mark.
DECIMALS = Decimal("0.0001")

HandMarks = Mapping[tuple[str, str, str], Fraction]


@dataclass(frozen=True, slots=True)
class FormMarks:
    """The marks of one form: one row a candidate, one column an item, in units of 1/denominator of a point.

    ``answers`` numbers what each candidate gave into :attr:`Marks.answers`; -1 is a blank.
    """

    form: str
    candidates: tuple[str, ...]
    items: tuple[str, ...]
    units: "NDArray[np.int64]"
    answers: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A distinct answer to a question: as written, decoded, and its points."""

    question: str
    text: str
    parts: tuple[str, ...]
    points: Fraction


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of an exam; ``pending`` are answers that wait to be marked by hand."""

    denominator: int
    forms: dict[str, FormMarks]
    answers: tuple[GivenAnswer, ...]
    items: dict[str, Item]
    pending: tuple[tuple[str, str, str], ...] = ()

    def total(self, form: str, row: int) -> Fraction:
        """Return the exact total of a candidate."""
        return Fraction(int(self.forms[form].units[row].sum()), self.denominator)


def mark(responses: Responses, roster: "pd.DataFrame", sheet: KeySheet, by_hand: HandMarks | None = None) -> Marks:
    """Return the marks of every candidate present; blanks and missing responses are worth 0.

    >>> import numpy as np, pandas as pd
    >>> from govkit.exams.bank.questions import Question, QuestionType, TruthKey
    >>> from govkit.exams.paper.policies import Policy
    >>> question = Question("t1", QuestionType.TRUE_FALSE, "题干", Decimal(1), TruthKey(True))
    >>> items = {"t1": Item(question, Policy("all_or_nothing"), parent="t1")}
    >>> sheet = KeySheet("exam", assembly_seed="", secret="", files={}, forms={"A": ("t1",)}, sealed_items=items)
    >>> roster = pd.DataFrame({"candidate": ["01", "02"], "form": "A", "status": "present"})
    >>> row = np.zeros(1, dtype=np.int64)  # one response: candidate 01, form A, question t1, answer T
    >>> marks = mark(Responses(["01"], ["A"], ["t1"], ["T"], row, row, row, row), roster, sheet)
    >>> marks_frame(marks, pass_mark=Decimal(1))["passed"].tolist()
    ['true', 'false']

    :param responses: checked responses.
    :param roster: columns candidate, form and status; only those present are marked.
    :param by_hand: what answers marked by hand earn, by candidate, form and item.
    """
    import numpy as np

    items = sheet.items()
    pairs, numbers = distinct_pairs(responses.question, responses.answer, len(responses.answers))
    given = tuple(_given(items, responses.questions[question], responses.answers[answer]) for question, answer in pairs)
    hand = {place: points for place, points in (by_hand or {}).items() if place[2] in items}
    denominator = lcm(1, *(value.denominator for value in _fractions(given, items, hand)))
    worth = np.array([int(answer.points * denominator) for answer in given] + [0], dtype=np.int64)
    forms = {
        form: _form_marks(form, ids, responses, numbers, worth=worth, roster=roster)
        for form, ids in sheet.forms.items()
    }
    pending = _fill_by_hand(forms, items, given, hand, denominator)
    _fill_voided(forms, items, denominator)
    return Marks(denominator, forms, given, items, tuple(pending))


def marks_frame(marks: Marks, pass_mark: Decimal) -> "pd.DataFrame":
    """Return candidate, form, mark (decimal text) and passed ("true", "false"), by form and candidate."""
    import pandas as pd

    parts = [_shown(marks, each, pass_mark) for each in marks.forms.values()]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return frame.sort_values(["form", "candidate"], ignore_index=True) if len(frame) else frame


def shown_points(points: Fraction) -> str:
    """Return points as decimal text, rounded half up to four decimals.

    >>> shown_points(Fraction(7, 2)), shown_points(Fraction(2, 3))
    ('3.5', '0.6667')
    """
    exact = (Decimal(points.numerator) / Decimal(points.denominator)).quantize(DECIMALS, ROUND_HALF_UP)
    return format(exact.normalize(), "f")


def unmarked(marks: Marks) -> list[Problem]:
    """Return a problem while answers wait for a marker: there are no results before that."""
    if not marks.pending:
        return []
    what = _("{count} answers still wait to be marked by hand").format(count=len(marks.pending))
    return [Problem(Where("manual"), what, _("Mark them in the manual queue, both markers, and mark again"))]


def _given(items: Mapping[str, Item], name: str, text: str) -> GivenAnswer:
    item = items[name]
    try:
        parts = parts_of(item.question, text)
    except UnreadableAnswer:
        # Responses are checked when read; an answer that no longer fits a corrected key earns nothing.
        parts = ()
    by_hand = item.policy.name == "manual" or item.void
    return GivenAnswer(name, text, parts, Fraction(0) if by_hand else credit(item.question, parts, item.policy))


def _fractions(given: Sequence[GivenAnswer], items: Mapping[str, Item], hand: HandMarks) -> list[Fraction]:
    full = {Fraction(item.question.points) for item in items.values()}
    return [*{answer.points for answer in given}, *full, *set(hand.values())]


def _form_marks(
    form: str,
    ids: Sequence[str],
    responses: Responses,
    numbers: "NDArray[np.int64]",
    *,
    worth: "NDArray[np.int64]",
    roster: "pd.DataFrame",
) -> FormMarks:
    import numpy as np

    here = roster[(roster["form"] == form) & (roster["status"] == PRESENT)]
    candidates = tuple(sorted(here["candidate"]))
    answers = np.full((len(candidates), len(ids)), -1, dtype=np.int64)
    if form in responses.forms:
        rows, columns = _position(responses.candidates, candidates), _position(responses.questions, ids)
        mine = responses.form == responses.forms.index(form)
        row, column = rows[responses.candidate[mine]], columns[responses.question[mine]]
        known = (row >= 0) & (column >= 0)
        answers[row[known], column[known]] = numbers[mine][known]
    return FormMarks(form, candidates, tuple(ids), worth[answers], answers)


def _position(names: Sequence[str], among: Sequence[str]) -> "NDArray[np.int64]":
    """Return the index of each name in ``among``, -1 where it is missing."""
    import numpy as np

    place = {name: index for index, name in enumerate(among)}
    return np.array([place.get(name, -1) for name in names], dtype=np.int64)


def _fill_by_hand(
    forms: Mapping[str, FormMarks],
    items: Mapping[str, Item],
    given: Sequence[GivenAnswer],
    hand: HandMarks,
    denominator: int,
) -> list[tuple[str, str, str]]:
    """Fill in marks given by hand; return the answers not marked yet."""
    pending = []
    for marks in forms.values():
        for column, name in enumerate(marks.items):
            if items[name].policy.name != "manual" or items[name].void:
                continue
            for row in (marks.answers[:, column] >= 0).nonzero()[0].tolist():
                place = (marks.candidates[row], marks.form, name)
                if not given[marks.answers[row, column]].parts:
                    continue
                if place in hand:
                    marks.units[row, column] = int(_within(hand[place], items[name]) * denominator)
                else:
                    pending.append(place)
    return pending


def _within(points: Fraction, item: Item) -> Fraction:
    return min(max(points, Fraction(0)), Fraction(item.question.points))


def _fill_voided(forms: Mapping[str, FormMarks], items: Mapping[str, Item], denominator: int) -> None:
    for marks in forms.values():
        for column, name in enumerate(marks.items):
            if items[name].void:
                points = items[name].question.points if items[name].void == "full" else 0
                marks.units[:, column] = int(Fraction(points) * denominator)


def _shown(marks: Marks, each: FormMarks, pass_mark: Decimal) -> "pd.DataFrame":
    import pandas as pd

    totals = pd.Series(each.units.sum(axis=1), dtype="int64")
    exact = {units: Fraction(int(units), marks.denominator) for units in totals.unique()}
    texts = {units: shown_points(points) for units, points in exact.items()}
    passed = {units: "true" if points >= Fraction(pass_mark) else "false" for units, points in exact.items()}
    columns = {
        "candidate": list(each.candidates),
        "form": each.form,
        "mark": totals.map(texts).astype("str"),
        "passed": totals.map(passed).astype("str"),
    }
    return pd.DataFrame(columns)
