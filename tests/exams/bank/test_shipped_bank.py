"""The shipped bank passes its checks, and every key that can be computed agrees with a second computation."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

import pytest
from rapidfuzz import fuzz

from govkit.core.files import shipped
from govkit.exams.bank.answers import blank_right, numeric_right
from govkit.exams.bank.bank import Bank, bank_stats, load_bank
from govkit.exams.bank.checks import NEAR, check_path, reading
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    Question,
    QuestionType,
    TruthKey,
)

QUIZZES = shipped("quizzes")
BEFORE, AMENDED, AFTER = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
SUM = sum(int(digit) * weight for digit, weight in zip("11010519491231002", WEIGHTS, strict=True))


def at_least_two_thirds(count: int) -> int:
    return ceil(Fraction(2, 3) * count)


def more_than_half(count: int) -> int:
    return floor(Fraction(count, 2)) + 1


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank(QUIZZES)


@pytest.fixture(scope="module")
def items(bank: Bank) -> dict[str, Question]:
    return {item.id: item for question in bank for item in question.items()}


NUMBERS = {
    "sy-040": 4 + 2,
    "sy-041": 12 * 6,
    "cw-042": at_least_two_thirds(72),
    "cw-043": at_least_two_thirds(40),
    "cw-044": more_than_half(523),
    "cw-045": more_than_half(1537),
    "cw-046": at_least_two_thirds(58),
    "cw-047": 4,
    "cw-048": 2 * 12,
    "cw-054.1": at_least_two_thirds(57),
    "cw-054.4": more_than_half(38) - 19,
    "cw-055.2": at_least_two_thirds(486),
    "bm-023": 2_400_000 // 1200,
    "tj-025": 1393 - 1372,
    "tj-026": round(241 / 250 * 100, 1),
    "tj-027": 48 * 875 / 1000,
    "tj-032.1": round((39 + 25 + 34) / (40 + 25 + 35) * 100, 1),
    "wg-021": round(715 / 104, 1),
    "wg-022": round(127 / 163 * 100, 1),
    "jl-031": 2 + 4 + 2,
    "jl-032": 12 + 18,
    "kp-023": 15_000 - 9_000,
    "kp-024": 2 * 5_000 + 2 * 3_000,
    "kp-025": 92 * 150 // 100,
    "kp-029.1": 6,
    "kp-029.2": round(20_000 / 46_000 * 100, 1),
    "xf-028": 60 + 30,
    "xf-029": 30 + 30,
    "xf-030": (date(2023, 3, 2) + timedelta(15)).day,
    "xf-034.1": (date(2023, 10, 26) - date(2023, 9, 1)).days,
    "xf-034.4": (date(2023, 12, 15) - date(2023, 11, 20)).days,
    "gw-027": 210 - 156,
    "gw-028": 22 * 28,
    "sf-010": SUM,
    "sf-011": 200 % 11,
    "sf-019.1": SUM % 11,
    "qq-026": 39 + 48,
    "qq-027": round(1200 / 1263 * 100, 1),
    "qq-031.1": 200 - 8,
    "qq-031.2": round(182 / 192 * 100, 1),
    "qq-031.3": round(182 / 200 * 100, 1),
    "qq-033": 2 * 0.5,
}

CHOICES = {
    "cw-011": f"{at_least_two_thirds(60)}人",
    "cw-012": f"{more_than_half(50)}人",
    "cw-013": f"{more_than_half(1200)}人",
    "cw-014": f"{at_least_two_thirds(330)}户",
    "cw-015": f"{at_least_two_thirds(50)}人",
    "wg-004": f"{104 * 4}人",
    "kp-010": f"{20_000 + 10_000 + 2 * 5_000 + 2 * 3_000}元",
    "kp-012": f"{15_000 + 2 * 12_000 + 3 * 9_000}元",
    "tj-003": f"{1372 / 1393:.1%}",
    "gw-016": f"{225 / 22:.1f}毫米",
    "sf-003": CHECK[2],
    "sf-004": str(CHECK.index("X")),
    "sf-005": CHECK[0],
    "sf-013": CHECK[231 % 11],
    "sf-019.2": CHECK[SUM % 11],
    "xf-012": "{0.month}月{0.day}日".format(date(2023, 4, 1) + timedelta(60)),
    "jl-015": "2025年3月",
    "jl-016": "2025年12月",
    "jl-035.1": "2025年3月",
    "jl-035.2": "2025年9月",
    "qq-013": next(f"{n}人" for n in (1180, 1190, 1200, 1210) if f"{n / 1263:.0%}" == "95%"),
}

TRUTHS = {
    "cw-028": at_least_two_thirds(45) <= 30,
    "cw-029": more_than_half(60) <= 30,
    "cw-036": at_least_two_thirds(100) <= 66,
    "cw-037": more_than_half(35) <= 18,
    "cw-054.2": at_least_two_thirds(57) <= 38,
    "cw-054.3": more_than_half(38) <= 19,
    "xf-034.2": (date(2023, 10, 26) - date(2023, 9, 1)).days > 60,
    "xf-034.3": (date(2023, 11, 20) - date(2023, 10, 26)).days <= 30,
    "wg-014": 104 * 4 <= 715,
}


ALTERED = {
    "苏家作乡得到": "以奖代补 went to the village 苏家作村 (V5)",
    "变为39支": "15 departments set up 39 teams (T7)",
    "联系点变为": "15 departments set up 39 teams (T7)",
    "后进村": "the source says 落后村 (H1)",
    "培训村后备干部": "reserve cadres were fostered 培养 (H4)",
    "重大事项240余件": "matters are counted as 项 (D4)",
    "人民调解工作规则": "the title is 《人民调解工作若干规定》",
    "四项制度的考评满分": "the 100-point scale scores party work (P1)",
}


@pytest.mark.parametrize("words", ALTERED)
def test_facts_keep_the_wording_of_their_source(words: str) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in QUIZZES.glob("*.yaml")}
    assert not [name for name, text in texts.items() if words in text], ALTERED[words]


def test_limits_of_the_petition_regulations_name_the_matters_they_cover(items: dict[str, Question]) -> None:
    """The 60 days and their extension hold for matters under Art. 31(6) (Art. 34)."""
    cited = [item for item in items.values() if item.source and "第三十四条" in item.source.article]
    assert len(cited) >= 10
    stems = {item.id: " ".join([item.stem, *(option.text for option in item.options)]) for item in cited}
    assert not [name for name, stem in stems.items() if "第三十一条第六项" not in stem]


def test_every_numeric_key_is_computed(items: dict[str, Question]) -> None:
    assert {item.id for item in items.values() if item.type is QuestionType.NUMERIC} == set(NUMBERS)


@pytest.mark.parametrize(("name", "value"), NUMBERS.items())
def test_numeric_keys(items: dict[str, Question], name: str, value: float) -> None:
    key = items[name].key
    assert isinstance(key, NumericKey)
    assert float(key.value) == pytest.approx(value, abs=1e-9)
    assert numeric_right(key, f"{value}{key.unit}")


@pytest.mark.parametrize(("name", "text"), CHOICES.items())
def test_computed_choices(items: dict[str, Question], name: str, text: str) -> None:
    item = items[name]
    assert isinstance(item.key, ChoiceKey)
    assert [option.text for option in item.options if option.id in item.key.right] == [text]


@pytest.mark.parametrize(("name", "value"), TRUTHS.items())
def test_computed_truths(items: dict[str, Question], name: str, value: bool) -> None:
    assert items[name].key == TruthKey(value)


@pytest.mark.parametrize(
    ("name", "sums"),
    [("cw-024", [(30, 20), (36, 23), (42, 28), (54, 36)]), ("cw-025", None)],
)
def test_computed_multiple_choices(items: dict[str, Question], name: str, sums: list[tuple[int, int]] | None) -> None:
    if sums:
        expected = tuple("ABCD"[n] for n, (all_, came) in enumerate(sums) if came >= at_least_two_thirds(all_))
    else:
        votes = [(40, 20), (40, 21), (41, 21), (41, 20)]
        expected = tuple("ABCD"[n] for n, (came, agreed) in enumerate(votes) if agreed >= more_than_half(came))
    assert items[name].key == ChoiceKey(expected)


def test_check_digits_in_the_matching(items: dict[str, Question]) -> None:
    item = items["sf-012"]
    texts = {option.id: option.text for option in item.options}
    assert isinstance(item.key, MatchKey)
    found = {prompt.text: texts[right] for prompt, (_id, right) in zip(item.prompts, item.key.pairs, strict=True)}
    assert found == {f"余数{n}": CHECK[n] for n in (0, 1, 3, 9)}


def test_it_is_large_and_holds_every_type(bank: Bank) -> None:
    stats = bank_stats(bank, BEFORE)
    assert stats.questions >= 300
    assert set(stats.by_type) == {kind.label for kind in QuestionType}
    assert len(stats.by_topic) == 12
    assert stats.explained == stats.questions


def test_check_finds_no_errors_and_no_doubt_but_the_lapsed_regulation() -> None:
    bank, problems = check_path(QUIZZES, BEFORE)
    assert {problem.severity for problem in problems} <= {"warning"}
    not_yet = {question.id for question in bank if question.source and question.source.in_force_from == AMENDED}
    old = [problem for problem in problems if not any(f"{name}：" in problem.what for name in not_yet)]
    assert len(old) == 2
    assert all("信访条例" in problem.what for problem in old)


def test_a_paper_of_today_has_questions_on_the_law_as_amended(bank: Bank) -> None:
    today = [question for question in bank if question.topic == "村民委员会组织法" and question.usable(AFTER)]
    assert {"单选", "多选", "判断", "填空"} <= {question.type.label for question in today}
    assert len(today) >= 15
    assert all(not question.usable(BEFORE) for question in bank if question.id.startswith("cw-1"))


def test_the_longest_option_is_right_no_more_often_than_chance(items: dict[str, Question]) -> None:
    hits, chance = 0, Fraction(0)
    for item in items.values():
        if item.type is QuestionType.SINGLE_CHOICE and isinstance(item.key, ChoiceKey):
            lengths = sorted((len(option.text) for option in item.options), reverse=True)
            if lengths[0] > lengths[1]:
                longest = max(item.options, key=lambda option: len(option.text))
                hits += longest.id in item.key.right
                chance += Fraction(1, len(lengths))
    assert hits <= chance


def test_multiple_choices_have_two_to_four_right_options_of_four_or_five(items: dict[str, Question]) -> None:
    sizes = Counter(
        (len(item.key.right), len(item.options))
        for item in items.values()
        if item.type is QuestionType.MULTIPLE_CHOICE and isinstance(item.key, ChoiceKey)
    )
    assert {(2, 4), (3, 4), (2, 5), (3, 5), (4, 5)} <= set(sizes)


def test_after_the_amendment_its_questions_are_flagged(bank: Bank) -> None:
    flagged = [question for question in bank if question.usable(BEFORE) and not question.usable(AFTER)]
    assert len(flagged) > 40
    assert {question.source.law for question in flagged if question.source} == {"中华人民共和国村民委员会组织法"}
    _bank, problems = check_path(QUIZZES, AFTER)
    told = " ".join(problem.what for problem in problems)
    assert all(question.id in told for question in flagged)


def test_every_question_cites_a_source_and_none_that_is_weak(items: dict[str, Question]) -> None:
    assert all(item.source for item in items.values())
    assert {item.source.mark for item in items.values() if item.source} == {"S", "公布数据"}


def test_published_facts_are_cited_by_code(items: dict[str, Question]) -> None:
    cited = [item for item in items.values() if item.source and item.source.mark == "公布数据"]
    codes = {code for item in cited if item.source for code in item.source.article.split("、")}
    assert codes <= {f"{letter}{number}" for letter in "OTDCFBGSPVIHX" for number in range(1, 12)}


def test_distinct_questions_stay_below_the_threshold(bank: Bank) -> None:
    texts = [reading(question) for question in bank]
    closest = max(fuzz.ratio(one, other) for n, one in enumerate(texts) for other in texts[n + 1 :])
    assert closest < NEAR


def test_letters_are_spread(items: dict[str, Question]) -> None:
    letters = Counter(
        item.key.right[0]
        for item in items.values()
        if item.type is QuestionType.SINGLE_CHOICE and isinstance(item.key, ChoiceKey) and len(item.options) == 4
    )
    assert max(letters.values()) - min(letters.values()) < 15


def test_first_accepted_answers_are_right(items: dict[str, Question]) -> None:
    for item in items.values():
        if isinstance(item.key, BlanksKey):
            assert all(blank_right(item.key, n, blank[0]) for n, blank in enumerate(item.key.blanks))


def test_one_wrong_digit_always_changes_the_check_digit(items: dict[str, Question]) -> None:
    changes = {weight * step % 11 for weight in WEIGHTS for step in range(-9, 10) if step}
    assert 0 not in changes
    assert items["sf-007"].key == TruthKey(False)
