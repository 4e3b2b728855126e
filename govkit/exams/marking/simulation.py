"""Simulation of a sitting by a two-parameter logistic item response model.

A candidate of ability θ answers a question rightly with probability 1/(1+exp(-a(θ-b))) (Birnbaum's two-parameter
model). Where b lies follows from the facility expected; a is drawn once a question; θ is normal, with a small
difference between units. Then all abilities are shifted together until as many pass as are wanted: the model is made to
fit a published pass rate, it explains nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import BLANK_SEPARATOR, encode, right_parts
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, MatchKey, NumericKey, OrderKey, Question, QuestionType
from govkit.exams.marking.responses import parts_of
from govkit.exams.paper.assembly import DEFAULT_FACILITY
from govkit.exams.paper.key import Item, KeySheet
from govkit.exams.paper.policies import credit
from govkit.exams.paper.roster import ABSENT, PRESENT

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

# The six township units of the district (domain fact O2).
UNITS = ("苏家作乡", "阳庙镇", "宁郭镇", "李万街道", "文苑街道", "文昌街道")
POSTS = ("村党支部书记", "村委会主任", "村两委委员", "包村干部", "驻村第一书记", "网格员")

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = (
    "安邦本昌成传达德恩方福刚光国海和恒宏华怀辉吉家建金景军凯康乐立良林茂民明"
    "宁平强庆荣瑞山生胜世守树思松太天廷望伟文武贤祥向新兴学永有裕远云泽振正志忠"
)
_SPREAD = 0.8
_BLANK = 0.03
_WRONG_ANSWERS = 4


@dataclass(frozen=True, slots=True)
class Simulated:
    """An invented roster, its responses (columns of ``responses.csv``), and the number who passed."""

    roster: "pd.DataFrame"
    responses: "pd.DataFrame"
    passed: int


def invented_roster(count: int, forms: Sequence[str], seed: int, absent: int = 0) -> "pd.DataFrame":
    """Return a roster of ``count`` invented candidates present and ``absent`` absent, over the six township units."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng([seed, 1])
    everyone = count + absent
    shares = random.dirichlet(np.full(len(UNITS), 60.0))
    units = np.sort(random.choice(len(UNITS), everyone, p=shares))
    missing = set(random.choice(everyone, absent, replace=False).tolist())
    rows = [
        [
            f"{units[index] + 1:02d}{index + 1:05d}",
            _name(random),
            UNITS[units[index]],
            POSTS[random.integers(len(POSTS))],
            forms[index % len(forms)],
            ABSENT if index in missing else PRESENT,
        ]
        for index in range(everyone)
    ]
    return pd.DataFrame(rows, columns=["candidate", "name", "unit", "post", "form", "status"])


def simulate_responses(
    roster: "pd.DataFrame", sheet: KeySheet, pass_mark: Fraction, passes: tuple[int, int], seed: int
) -> Simulated:
    """Return responses of which a number within ``passes`` (both ends included) pass.

    :raises InputError: no shift of the abilities gives such a number (short answers marked by hand count 0 here).
    """
    import numpy as np

    present = roster[roster["status"] == PRESENT].reset_index(drop=True)
    random = np.random.default_rng([seed, 2])
    sitting = _Sitting(present, sheet, random)
    low, high = -8.0, 8.0
    wanted = (passes[0] + passes[1]) / 2
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sitting.passes(middle, pass_mark) < wanted else (low, middle)
    found = min((low, high), key=lambda shift: abs(sitting.passes(shift, pass_mark) - wanted))
    passed = sitting.passes(found, pass_mark)
    if not passes[0] <= passed <= passes[1]:
        what = _("No simulated ability lets {low} to {high} candidates pass").format(low=passes[0], high=passes[1])
        raise InputError(Problem(Where(sheet.exam), what, _("Change the pass mark or the number of candidates")))
    return Simulated(roster, sitting.responses(found), passed)


class _Sitting:
    """The random draws of a sitting, made once, so that shifting the abilities changes as few answers as possible."""

    def __init__(self, present: "pd.DataFrame", sheet: KeySheet, random: "np.random.Generator") -> None:
        import numpy as np

        self.present = present
        self.items = sheet.items()
        effects = dict(zip(UNITS, random.normal(0, 0.15, len(UNITS)), strict=True))
        self.ability = random.normal(0, _SPREAD, len(present)) + np.array(
            [effects.get(u, 0.0) for u in present["unit"]]
        )
        self.answers = {name: _Answers(item, random) for name, item in sorted(self.items.items())}
        self.forms = [self._form(form, ids, random) for form, ids in sheet.forms.items()]

    def _form(self, form: str, ids: Sequence[str], random: "np.random.Generator") -> tuple[Any, ...]:
        rows = (self.present["form"] == form).to_numpy().nonzero()[0]
        shape = (len(rows), len(ids))
        return form, ids, rows, random.random(shape), random.random(shape), random.random(shape) < _BLANK / 2

    def chosen(self, shift: float) -> list["NDArray[np.int64]"]:
        """Return the answer chosen by each candidate for each item, by form: 0 is the right one, -1 a blank."""
        import numpy as np

        found = []
        for _form, ids, rows, luck, taste, blank in self.forms:
            slope = np.array([self.answers[name].slope for name in ids])
            place = np.array([self.answers[name].place for name in ids])
            choices = np.array([len(self.answers[name].texts) - 1 for name in ids])
            knows = luck < 1 / (1 + np.exp(-slope * (self.ability[rows, np.newaxis] + shift - place)))
            wrong = 1 + np.floor(taste**2 * choices).astype(np.int64)
            found.append(np.where(knows, 0, np.where(blank | (choices == 0), -1, wrong)))
        return found

    def passes(self, shift: float, pass_mark: Fraction) -> int:
        """Return the number who pass when all abilities are shifted by ``shift``."""
        import numpy as np

        passed = 0
        for (_form, ids, *_rest), chosen in zip(self.forms, self.chosen(shift), strict=True):
            totals = np.zeros(len(chosen))
            for column, name in enumerate(ids):
                totals += self.answers[name].worth[chosen[:, column]]
            passed += int((totals >= float(pass_mark) - 1e-9).sum())
        return passed

    def responses(self, shift: float) -> "pd.DataFrame":
        """Return the rows of ``responses.csv``; a blank has no row."""
        import numpy as np
        import pandas as pd

        parts = []
        for (form, ids, rows, *_rest), chosen in zip(self.forms, self.chosen(shift), strict=True):
            names = self.present["candidate"].to_numpy()[rows]
            for column, name in enumerate(ids):
                texts = np.array([*self.answers[name].texts, ""], dtype=object)[chosen[:, column]]
                part = pd.DataFrame({"candidate": names, "form": form, "question": name, "answer": texts})
                parts.append(part[part["answer"] != ""])
        frame = pd.concat(parts, ignore_index=True).sort_values(["candidate", "question"], ignore_index=True)
        return frame.assign(source="simulation", confidence="1")


class _Answers:
    """The simulated answers of an item, the right one first, their worth (a blank last), and the model's a and b."""

    def __init__(self, item: Item, random: "np.random.Generator") -> None:
        import numpy as np

        question = item.question
        right = _right_text(question)
        wrong = [text for text in dict.fromkeys(_wrong_texts(question, random)) if text and text != right]
        self.texts = [right, *wrong]
        worth = [_worth(item, text) for text in self.texts]
        self.worth = np.array([*worth, 0.0])
        facility = min(max(question.difficulty if question.difficulty is not None else DEFAULT_FACILITY, 0.05), 0.95)
        self.slope = float(np.clip(random.lognormal(0.1, 0.3), 0.5, 2.5))
        self.place = -float(np.log(facility / (1 - facility))) / self.slope


def _worth(item: Item, text: str) -> float:
    by_hand = item.policy.name == "manual"
    return 0.0 if by_hand else float(credit(item.question, parts_of(item.question, text), item.policy))


def _right_text(question: Question) -> str:
    return encode(question, right_parts(question)) or "（模拟作答）"


def _wrong_texts(question: Question, random: "np.random.Generator") -> list[str]:
    build = _WRONG.get(question.type)
    return build(question, random) if build else []


def _wrong_single(question: Question, random: "np.random.Generator") -> list[str]:
    right = question.key.right if isinstance(question.key, ChoiceKey) else ()
    others = [option.id for option in question.options if option.id not in right]
    return [str(each) for each in random.permutation(others)]


def _wrong_multiple(question: Question, random: "np.random.Generator") -> list[str]:
    """Return wrong answers, commoner mistakes first: a missing option, a wrong option, both."""
    right = list(question.key.right) if isinstance(question.key, ChoiceKey) else []
    others = [option.id for option in question.options if option.id not in right]
    short = [sorted(set(right) - {str(gone)}) for gone in random.permutation(right)] if len(right) > 1 else []
    long = [sorted({*right, str(more)}) for more in random.permutation(others)] if others else []
    swapped = [sorted({*right[1:], other}) for other in others]
    return [encode(question, tuple(each)) for each in [*short[:2], *long[:2], *swapped[:2]]]


def _wrong_truth(question: Question, _random: "np.random.Generator") -> list[str]:
    return ["F" if _right_text(question) == "T" else "T"]


def _wrong_blanks(question: Question, _random: "np.random.Generator") -> list[str]:
    blanks = len(question.key.blanks) if isinstance(question.key, BlanksKey) else 1
    rights = _right_text(question).split(BLANK_SEPARATOR)
    partly = BLANK_SEPARATOR.join([*rights[:-1], "不清楚"]) if blanks > 1 else ""
    return [partly, BLANK_SEPARATOR.join(["不清楚"] * blanks)]


def _wrong_number(question: Question, _random: "np.random.Generator") -> list[str]:
    key = question.key
    if not isinstance(key, NumericKey):
        return []
    steps = [key.value + key.tolerance + step for step in (1, 5, 10)]
    return [format(step, "f") for step in steps]


def _wrong_order(question: Question, random: "np.random.Generator") -> list[str]:
    order = list(question.key.order) if isinstance(question.key, OrderKey) else []
    found = []
    for _try in range(_WRONG_ANSWERS):
        at = int(random.integers(max(len(order) - 1, 1)))
        swapped = order[:at] + order[at : at + 2][::-1] + order[at + 2 :]
        found.append(encode(question, tuple(swapped)))
    return found


def _wrong_match(question: Question, random: "np.random.Generator") -> list[str]:
    right = [choice for _prompt, choice in question.key.pairs] if isinstance(question.key, MatchKey) else []
    found = []
    for _try in range(_WRONG_ANSWERS):
        moved = list(right)
        one, other = (int(each) for each in random.integers(max(len(moved), 1), size=2))
        moved[one], moved[other] = moved[other], moved[one]
        found.append(encode(question, tuple(moved)))
    return found


_WRONG: dict[QuestionType, Callable[[Question, "np.random.Generator"], list[str]]] = {
    QuestionType.SINGLE_CHOICE: _wrong_single,
    QuestionType.MULTIPLE_CHOICE: _wrong_multiple,
    QuestionType.TRUE_FALSE: _wrong_truth,
    QuestionType.FILL_IN: _wrong_blanks,
    QuestionType.NUMERIC: _wrong_number,
    QuestionType.ORDERING: _wrong_order,
    QuestionType.MATCHING: _wrong_match,
}


def _name(random: "np.random.Generator") -> str:
    given = random.choice(list(_GIVEN), int(random.integers(1, 3)))
    return str(random.choice(list(_SURNAMES))) + "".join(given)
