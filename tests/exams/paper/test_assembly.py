"""Assembly: forms meet the blueprint over random banks; infeasible demands are reported with a feasible value."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.exams.bank.questions import Question, Source
from govkit.exams.paper.assembly import Selection, band_of, form_facility, select
from govkit.exams.paper.blueprint import Blueprint, read_blueprint
from tests.exams.builders import BLUEPRINT, TOPICS, bank, blueprint_file, multiple, short, single

WANTED = """\
exam: random
title: 随机
date: 2015-10-20
minutes: 60
total: {total}
pass_mark: 1
forms: [A, B]
resit: M
sections:
  - {{type: single_choice, count: {singles}, points: 2, difficulty: {{easy: {{min: {easy}}}}}}}
  - {{type: multiple_choice, count: {multiples}, points: 3, topics: {{信访: {{min: {petitions}}}}}}}
  - {{type: single_choice, title: 附加单选, count: 1, points: 5}}
topics: {{四议两公开: {{min: {decisions}}}, 信访: {{max_points: {most}}}}}
difficulty: {{tolerance: {tolerance}}}
share_at_most: {share}
"""


def misses(blueprint: Blueprint, selection: Selection, questions: dict[str, Question]) -> list[str]:
    """The demands that a selection misses, computed without the integer programme."""
    found = []
    for form in blueprint.all_forms:
        ids = selection.ids(form)
        chosen = [questions[name] for name in ids]
        found += [f"{form} twice" for count in Counter(ids).values() if count > 1]
        found += [f"{form} enemies" for one in chosen for enemy in one.enemies if enemy in ids]
        found += [f"{form} lapsed" for one in chosen if not one.usable(blueprint.date)]
        for section, names in zip(blueprint.sections, selection.forms[form], strict=True):
            here = [questions[name] for name in names]
            found += [f"{form} count"] if len(here) != section.count else []
            found += [f"{form} type" for one in here if one.type is not section.type]
            for topic, wanted in section.topics:
                found += (
                    [f"{form} {topic}"] if not wanted.low <= sum(q.topic == topic for q in here) <= wanted.high else []
                )
            for band, wanted in section.bands:
                count = sum(band_of(blueprint, q) == band for q in here)
                found += [f"{form} {band}"] if not wanted.low <= count <= wanted.high else []
        for topic, wanted in blueprint.topics:
            amount = sum(
                (section.points if wanted.by == "points" else 1) * sum(questions[name].topic == topic for name in names)
                for section, names in zip(blueprint.sections, selection.forms[form], strict=True)
            )
            found += [f"{form} {topic} in all"] if not wanted.low <= amount <= wanted.high else []
    for one, other in combinations(blueprint.all_forms, 2):
        shared = set(selection.ids(one)) & set(selection.ids(other))
        found += [f"{one}/{other} share"] if len(shared) > blueprint.share else []
        apart = form_facility(blueprint, selection, one, questions) - form_facility(
            blueprint, selection, other, questions
        )
        found += [f"{one}/{other} difficulty"] if abs(apart) > float(blueprint.tolerance) + 1e-6 else []
    return found


def random_bank(chance: random.Random, size: int) -> list[Question]:
    lapsed = Source("旧规", in_force_to=date(2014, 12, 31))
    questions = []
    for index in range(size):
        name = f"r{index:03d}"
        more: dict[str, Any] = {"topic": chance.choice(TOPICS), "difficulty": round(chance.uniform(0.3, 0.99), 2)}
        more["enemies"] = (f"r{chance.randrange(size):03d}",) if chance.random() < 0.2 else ()
        more["source"] = lapsed if chance.random() < 0.1 else None
        builder: Callable[..., Question] = single if chance.random() < 0.6 else multiple
        questions.append(builder(name, **{**more, "enemies": tuple(e for e in more["enemies"] if e != name)}))
    return questions


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(15, 120),
    singles=st.integers(1, 6),
    multiples=st.integers(1, 4),
    share=st.integers(0, 4),
    tolerance=st.sampled_from(["0.01", "0.05", "1"]),
)
def test_forms_always_meet_the_blueprint(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    seed: int,
    size: int,
    singles: int,
    multiples: int,
    share: int,
    tolerance: str,
) -> None:
    chance = random.Random(seed)
    text = WANTED.format(
        total=2 * singles + 3 * multiples + 5,
        singles=singles,
        multiples=multiples,
        easy=chance.randint(0, singles),
        petitions=chance.randint(0, 1),
        decisions=chance.randint(0, 2),
        most=chance.choice([5, 8, 20]),
        tolerance=tolerance,
        share=share,
    )
    blueprint = read_blueprint(blueprint_file(tmp_path_factory.mktemp("wanted"), text))
    questions = random_bank(chance, size)
    try:
        selection = select(blueprint, questions, str(seed))
    except InputError:
        return
    assert misses(blueprint, selection, {question.id: question for question in questions}) == []


def test_a_large_enough_bank_is_never_refused(tmp_path: Path) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    questions = {question.id: question for question in bank(300)}
    assert misses(blueprint, select(blueprint, questions.values(), "s"), questions) == []


def test_the_same_seed_gives_the_same_papers_in_any_order_of_the_bank(tmp_path: Path) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    questions = bank(300)
    first = select(blueprint, questions, "种子")
    assert select(blueprint, questions[::-1], "种子") == first
    assert select(blueprint, questions, "别的种子") != first


def test_questions_set_too_often_are_left_out(tmp_path: Path) -> None:
    text = BLUEPRINT + "exposure: {most: 2}\n"
    blueprint = read_blueprint(blueprint_file(tmp_path, text))
    exposure = {f"q{index:04d}": index % 4 for index in range(400)}
    selection = select(blueprint, bank(400), "s", exposure)
    assert {exposure[name] for form in blueprint.all_forms for name in selection.ids(form)} == {0, 1}


def test_a_rubric_fixes_the_points_of_a_short_answer(tmp_path: Path) -> None:
    text = BLUEPRINT.replace("numeric, count: 1, points: 4", "简答, count: 1, points: 4")
    blueprint = replace(read_blueprint(blueprint_file(tmp_path, text)), resit="", share=99)
    questions = [*bank(300), short("w4", "4"), short("w10", "10")]
    assert select(blueprint, questions, "s").forms["A"][-1] == ("w4",)


IMPOSSIBLE = [
    ("count: 10, points: 1", "count: 10, points: 1, topics: {无此题目: 2}", "12", "无此题目", "0"),
    ("{四议两公开: {min: 6}}", "{四议两公开: {min: 45}}", "17", "四议两公开", None),
    ("share_at_most: 8", "share_at_most: 0", "19", "A/B", None),
    ("tolerance: 0.02", "target: 0.99, within: 0.001", "18", "目标难度", None),
]


@pytest.mark.parametrize(("good", "bad", "line", "named", "nearest"), IMPOSSIBLE)
def test_an_impossible_blueprint_names_what_fails_and_what_would_work(
    tmp_path: Path, *, good: str, bad: str, line: str, named: str, nearest: str | None
) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path, BLUEPRINT.replace(good, bad)))
    size = 60 if "share" in good else 300
    with pytest.raises(InputError) as refused:
        select(blueprint, bank(size), "s")
    told = [problem for problem in refused.value.problems if named in problem.what]
    assert told
    assert f"第 {line} 行" in told[0].where.item
    assert nearest is None or f"改为 {nearest} 可行" in told[0].repair


def test_the_nearest_blueprint_does_work(tmp_path: Path) -> None:
    """Four orderings are required and two exist: 2 is reported as feasible, and is."""
    few = [q for q in bank(300) if q.type.value != "ordering"] + [q for q in bank(300) if q.type.value == "ordering"][
        :2
    ]
    text = BLUEPRINT.replace("ordering, count: 1, points: 6", "ordering, count: {count}, points: {points}")
    text = text.replace("share_at_most: 8", "share_at_most: 99").replace("{", "{{").replace("}", "}}")
    text = text.replace("{{count}}", "{count}").replace("{{points}}", "{points}")
    wanted = read_blueprint(blueprint_file(tmp_path, text.format(count=4, points="1.5")))
    with pytest.raises(InputError) as refused:
        select(wanted, few, "s")
    assert {problem.repair for problem in refused.value.problems if "排序" in problem.what} == {
        "其他要求不变时，改为 2 可行"
    }
    assert select(read_blueprint(blueprint_file(tmp_path, text.format(count=2, points="3"))), few, "s")


def test_an_empty_bank_is_a_problem_for_every_section(tmp_path: Path) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    with pytest.raises(InputError) as refused:
        select(blueprint, [], "s")
    assert len(refused.value.problems) >= len(blueprint.sections) * len(blueprint.all_forms)


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    lapsed = Source("旧规", in_force_to=date(2014, 12, 31))
    with pytest.raises(InputError, match="已失效或尚未生效的 60 题"):
        select(blueprint, [replace(question, source=lapsed) for question in bank(60)], "s")


@pytest.mark.parametrize(
    ("difficulty", "band"), [(0.0, "hard"), (0.59, "hard"), (0.6, "medium"), (0.8, "easy"), (1.0, "easy")]
)
def test_the_lower_end_belongs_to_a_band(tmp_path: Path, difficulty: float, band: str) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path))
    assert band_of(blueprint, single(difficulty=difficulty)) == band
    assert dict(blueprint.bands)[band][0] <= Decimal(str(difficulty))


TWICE = """\
exam: twice
title: 同题型两大题
date: 2015-10-20
minutes: 60
total: 9
pass_mark: 1
forms: [A, B]
sections:
  - {type: single_choice, count: 2, points: 2}
  - {type: single_choice, title: 附加单选, count: 1, points: 5}
share_at_most: 3
"""


@pytest.mark.parametrize("seed", range(20))
def test_a_question_stands_once_and_is_worth_the_same_on_every_form(tmp_path: Path, seed: int) -> None:
    blueprint = read_blueprint(blueprint_file(tmp_path, TWICE))
    selection = select(blueprint, [single(f"s{number}") for number in range(3)], str(seed))
    homes = {(name, number) for form in "AB" for number, names in enumerate(selection.forms[form]) for name in names}
    assert [len(set(selection.ids(form))) for form in "AB"] == [3, 3]
    assert len(homes) == 3
