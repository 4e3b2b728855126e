"""Marking policies as tables of answers and points; every policy stays within 0..points."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.exams.bank.questions import ChoiceKey, Question, QuestionType
from govkit.exams.marking.responses import parts_of
from govkit.exams.paper.policies import Policy, credit, default_policy, exact_percentage, policies_for
from tests.exams.builders import blanks, matching, multiple, numeric, ordering, short, single, truth

F = Fraction

# A multiple choice of 4 points and six options: A, B, C, D right, E, F wrong.
FOUR_OF_SIX = multiple(right="ABCD", count=6, points="4")

MULTIPLE = """
policy              ABCD  ABC   A     AE    ABCDE  EF    ABCDEF
all_or_nothing      4     0     0     0     0      0     0
partial_half_each   4     3/2   1/2   0     0      0     0
half_for_subset     4     2     2     0     0      0     0
per_option          4     3     1     0     0      0     0
rexams_false        4     3     1     0     2      0     0
rexams_false2       4     3     1     0     2      0     0
rexams_true         4     3     1     0     3      0     2
rexams_all          4     3     1     0     0      0     0
rexams_none         4     3     1     1     4      0     4
moodle              4     3     1     0     2      0     0
"""


def table(text: str) -> list[tuple[str, str, Fraction]]:
    header, *rows = (line.split() for line in text.strip().splitlines())
    return [
        (row[0], answer, Fraction(points)) for row in rows for answer, points in zip(header[1:], row[1:], strict=True)
    ]


@pytest.mark.parametrize(("policy", "answer", "points"), table(MULTIPLE))
def test_multiple_choice(policy: str, answer: str, points: Fraction) -> None:
    assert credit(FOUR_OF_SIX, tuple(answer), Policy(policy)) == points


def test_the_table_names_every_policy_of_multiple_choice() -> None:
    assert tuple(dict.fromkeys(row[0] for row in table(MULTIPLE))) == policies_for(QuestionType.MULTIPLE_CHOICE)


@pytest.mark.parametrize(
    ("right", "answer", "rule", "points"),
    [
        ("ABC", "ABD", "rexams_false", F(0)),  # one wrong option: 1/1 is lost
        ("ABC", "ABD", "rexams_false2", F(1, 6)),  # 2/3 - 1/2
        ("AB", "AC", "rexams_false2", F(0)),  # 1/2 - 1/2
        ("A", "AB", "rexams_true", F(0)),
        ("A", "AB", "rexams_false", F(2, 3)),  # 1 - 1/3
    ],
)
def test_r_exams_rules_differ_where_few_options_are_wrong(right: str, answer: str, rule: str, points: F) -> None:
    assert credit(multiple(right=right, points="1"), tuple(answer), Policy(rule)) == points


def test_half_for_each_right_option_stops_at_full_marks() -> None:
    question = multiple(right="ABCDE", count=6, points="1")
    assert credit(question, tuple("ABCD"), Policy("partial_half_each")) == 1


@pytest.mark.parametrize(
    ("percent", "answer", "points"),
    [
        ("-50", "AE", F(0)),
        ("-25", "ABE", F(1)),
        ("-33.33333", "ABCE", F(5, 3)),
        ("0", "ABCE", F(3)),
        ("-100", "ABCE", F(0)),
    ],
)
def test_moodle_percentages(percent: str, answer: str, points: Fraction) -> None:
    assert credit(FOUR_OF_SIX, tuple(answer), Policy("moodle", Decimal(percent))) == points


@pytest.mark.parametrize(
    ("percent", "fraction"),
    [("33.33333", F(1, 3)), ("66.66667", F(2, 3)), ("16.66667", F(1, 6)), ("14.28571", F(1, 7)), ("83.33333", F(5, 6)),
     ("12.5", F(1, 8)), ("5", F(1, 20)), ("90", F(9, 10)), ("33.3", F(333, 1000))],
)  # fmt: skip
def test_moodle_percentages_are_meant_exactly(percent: str, fraction: Fraction) -> None:
    assert exact_percentage(Decimal(percent)) == fraction


OTHERS = [
    (single(right="C"), "all_or_nothing", "C", 2),
    (single(right="C"), "all_or_nothing", "B", 0),
    (single(right="C"), "all_or_nothing", "B,C", 0),
    (truth(value=True), "all_or_nothing", "对", 1),
    (truth(value=False), "all_or_nothing", "T", 0),
    (blanks(accepted=(("三分之二", "2/3"),)), "all_or_nothing", "２／３", 2),
    (blanks(accepted=(("15日",),)), "all_or_nothing", "十五 日", 2),
    (blanks(accepted=(("15",), ("60",))), "all_or_nothing", "15␟90", 0),
    (blanks(accepted=(("15",), ("60",))), "per_blank", "15␟90", 1),
    (blanks(accepted=(("15",), ("60",), ("30",)), points="1"), "per_blank", "15␟␟30", F(2, 3)),
    (numeric(), "all_or_nothing", "98.6%", 2),
    (numeric(), "all_or_nothing", "98.4", 2),
    (numeric(), "all_or_nothing", "98.61", 0),
    (numeric(), "all_or_nothing", "九十八", 0),
    (ordering(), "all_or_nothing", "A,B,C,D,E,F", 6),
    (ordering(), "all_or_nothing", "A,B,C,D,F,E", 0),
    (ordering(), "by_position", "A,B,C,D,F,E", 4),
    (ordering(), "by_position", "F,A,B,C,D,E", 0),
    (ordering(points="5"), "by_neighbour", "F,A,B,C,D,E", 4),
    (ordering(points="5"), "by_neighbour", "F,E,D,C,B,A", 0),
    (ordering(), "by_position", "A,B", 2),
    (matching(), "all_or_nothing", "1=A;2=B;3=C;4=D", 4),
    (matching(), "all_or_nothing", "1=A;2=B;3=D;4=C", 0),
    (matching(), "per_pair", "1=A;2=B;3=D;4=C", 2),
    (matching(), "per_pair", "1=A", 1),
]


@pytest.mark.parametrize(("question", "policy", "answer", "points"), OTHERS)
def test_other_types(question: Question, policy: str, answer: str, points: Fraction) -> None:
    assert credit(question, parts_of(question, answer), Policy(policy)) == points


@pytest.mark.parametrize("kind", [kind for kind in QuestionType if kind is not QuestionType.CASE])
def test_a_default_policy_fits_its_type(kind: QuestionType) -> None:
    assert default_policy(kind).name in policies_for(kind)


BLANK = [single(), FOUR_OF_SIX, truth(), blanks(), numeric(), ordering(), matching(), short()]


@pytest.mark.parametrize("question", BLANK, ids=lambda question: question.type.value)
@pytest.mark.parametrize("text", ["", "  ", "␟"])
def test_a_blank_is_nothing_under_every_policy(question: Question, text: str) -> None:
    for policy in policies_for(question.type):
        assert credit(question, parts_of(question, text), Policy(policy)) == 0


@given(
    right=st.sets(st.sampled_from("ABCDEF"), min_size=1),
    chosen=st.sets(st.sampled_from("ABCDEF")),
    points=st.decimals("0.5", "20", places=1),
    policy=st.sampled_from(policies_for(QuestionType.MULTIPLE_CHOICE)),
    percent=st.none() | st.decimals("-100", "0", places=5),
)
def test_every_policy_of_choices_stays_within_the_points(
    right: set[str], chosen: set[str], points: Decimal, policy: str, percent: Decimal | None
) -> None:
    question = multiple(count=6, points=str(points), key=ChoiceKey(tuple(sorted(right))))
    earned = credit(question, tuple(sorted(chosen)), Policy(policy, percent))
    assert 0 <= earned <= Fraction(points)
    if chosen == right:
        assert earned == Fraction(points)


@given(
    answer=st.permutations("ABCDEF").flatmap(lambda order: st.integers(0, 6).map(lambda count: tuple(order[:count]))),
    policy=st.sampled_from(policies_for(QuestionType.ORDERING)),
)
def test_every_policy_of_ordering_stays_within_the_points(answer: Sequence[str], policy: str) -> None:
    assert 0 <= credit(ordering(), tuple(answer), Policy(policy)) <= 6


@given(
    answer=st.lists(st.sampled_from(["", "A", "B", "C", "D"]), min_size=4, max_size=4),
    policy=st.sampled_from(policies_for(QuestionType.MATCHING)),
)
def test_every_policy_of_matching_stays_within_the_points(answer: Sequence[str], policy: str) -> None:
    assert 0 <= credit(matching(), tuple(answer), Policy(policy)) <= 4


@given(answer=st.text(max_size=20), policy=st.sampled_from(policies_for(QuestionType.FILL_IN)))
def test_every_policy_of_blanks_stays_within_the_points(answer: str, policy: str) -> None:
    question = blanks(accepted=(("104",), ("715",)))
    given_parts = (answer.replace("␟", ""), "715")
    assert 0 <= credit(question, given_parts, Policy(policy)) <= 2
