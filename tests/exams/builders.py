"""Small questions, blueprints and exam folders for the tests of exams."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Criterion,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)
from govkit.exams.exam import assemble
from govkit.exams.marking.responses import Response, write_responses

PASSPHRASE = "一句足够长的口令"  # noqa: S105  -- of invented exams
PERSON = "张老师"

Kind = QuestionType


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option("ABCDEFGH"[index], f"选项{'甲乙丙丁戊己庚辛'[index]}") for index in range(count))


def single(name: str = "s1", right: str = "A", count: int = 4, points: str = "2", **more: Any) -> Question:
    key = ChoiceKey((right,))
    return _made(Question(name, Kind.SINGLE_CHOICE, f"题干{name}", Decimal(points), key, options=options(count)), more)


def multiple(name: str = "m1", right: str = "AC", count: int = 4, points: str = "2", **more: Any) -> Question:
    key = ChoiceKey(tuple(right))
    return _made(
        Question(name, Kind.MULTIPLE_CHOICE, f"题干{name}", Decimal(points), key, options=options(count)), more
    )


def truth(name: str = "t1", value: bool = True, points: str = "1", **more: Any) -> Question:
    return _made(Question(name, Kind.TRUE_FALSE, f"题干{name}", Decimal(points), TruthKey(value)), more)


def blanks(
    name: str = "f1", accepted: tuple[tuple[str, ...], ...] = (("104",),), points: str = "2", **more: Any
) -> Question:
    return _made(Question(name, Kind.FILL_IN, f"题干{name}", Decimal(points), BlanksKey(accepted)), more)


def numeric(
    name: str = "n1", value: str = "98.5", tolerance: str = "0.1", unit: str = "%", points: str = "2", **more: Any
) -> Question:
    key = NumericKey(Decimal(value), Decimal(tolerance), unit)
    return _made(Question(name, Kind.NUMERIC, f"题干{name}", Decimal(points), key), more)


def ordering(name: str = "o1", count: int = 6, points: str = "6", **more: Any) -> Question:
    """An ordering whose right order is the order of the letters, as authors tend to write it."""
    key = OrderKey(tuple("ABCDEFGH"[:count]))
    return _made(Question(name, Kind.ORDERING, f"题干{name}", Decimal(points), key, options=options(count)), more)


def matching(name: str = "p1", count: int = 4, points: str = "4", **more: Any) -> Question:
    prompts = tuple(Option(str(index + 1), f"角色{index + 1}") for index in range(count))
    key = MatchKey(tuple((str(index + 1), "ABCDEFGH"[index]) for index in range(count)))
    question = Question(
        name, Kind.MATCHING, f"题干{name}", Decimal(points), key, options=options(count), prompts=prompts
    )
    return _made(question, more)


def short(name: str = "w1", points: str = "10", **more: Any) -> Question:
    key = RubricKey((Criterion("要点", Decimal(points)),), "范文：先登记，再受理。")
    return _made(Question(name, Kind.SHORT_ANSWER, f"题干{name}", Decimal(points), key), more)


def case(name: str = "c1", points: str = "5", **more: Any) -> Question:
    """A case of two parts: a single choice of 2 points and a fill-in with the rest."""
    parts = (single(f"{name}.1", "B", points="2"), blanks(f"{name}.2", (("七日",),), str(Decimal(points) - 2)))
    return _made(Question(name, Kind.CASE, f"案情{name}", Decimal(points), None, parts=parts), more)


def _made(question: Question, more: dict[str, Any]) -> Question:
    return replace(question, **more)


BUILDERS: dict[Kind, Callable[..., Question]] = {
    Kind.SINGLE_CHOICE: single,
    Kind.MULTIPLE_CHOICE: multiple,
    Kind.TRUE_FALSE: truth,
    Kind.FILL_IN: blanks,
    Kind.NUMERIC: numeric,
    Kind.ORDERING: ordering,
    Kind.MATCHING: matching,
}

TOPICS = ("四议两公开", "信访", "调解", "网格")


def bank(count: int, seed: int = 1) -> list[Question]:
    """A random bank of all machine-marked types, with recognisable texts of keys and explanations."""
    chance = random.Random(seed)
    return [_random_question(index, chance) for index in range(count)]


def _random_question(index: int, chance: random.Random) -> Question:
    kind = chance.choices(list(BUILDERS), [40, 25, 15, 8, 4, 4, 4])[0]
    name = f"q{index:04d}"
    common: dict[str, Any] = {
        "topic": chance.choice(TOPICS),
        "difficulty": round(chance.uniform(0.4, 0.95), 2),
        "explanation": f"秘密解析{name}",
        "author": "秘密作者",
    }
    if kind is Kind.SINGLE_CHOICE:
        return single(name, chance.choice("ABCD"), **common)
    if kind is Kind.MULTIPLE_CHOICE:
        return multiple(name, "".join(sorted(chance.sample("ABCD", chance.choice([2, 3])))), **common)
    if kind is Kind.TRUE_FALSE:
        return truth(name, chance.random() < 0.5, **common)
    if kind is Kind.FILL_IN:
        return blanks(name, ((f"秘密答案{name}", f"秘密别答{name}"),), **common)
    if kind is Kind.NUMERIC:
        return numeric(name, f"7777.{index + 1}", **common)
    return BUILDERS[kind](name, **common)


BLUEPRINT = """\
exam: district
title: 四项基础制度闭卷考试
date: 2015-10-20
minutes: 90
total: 100
pass_mark: 60
forms: [A, B]
resit: M
sections:
  - {type: single_choice, count: 20, points: 2}
  - {type: multiple_choice, count: 10, points: 3, policy: partial_half_each}
  - {type: 判断, count: 10, points: 1}
  - {type: fill_in, count: 3, points: 2}
  - {type: ordering, count: 1, points: 6, policy: by_position}
  - {type: matching, count: 1, points: 4, policy: per_pair}
  - {type: numeric, count: 1, points: 4}
topics: {四议两公开: {min: 6}}
difficulty: {tolerance: 0.02}
share_at_most: 8
"""


def blueprint_file(folder: Path, text: str = BLUEPRINT) -> Path:
    path = folder / "wanted.yaml"
    path.write_text(text, "utf-8")
    return path


def assembled(folder: Path, text: str = BLUEPRINT, questions: list[Question] | None = None, seed: str = "种子") -> Path:
    """An exam folder with papers and key."""
    exam = folder / "exam"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = bank(300) if questions is None else questions
    assemble(blueprint_file(folder, text), chosen, exam, passphrase=PASSPHRASE, person=PERSON, seed=seed)
    return exam


TINY = """\
exam: tiny
title: 小测验
date: 2015-10-20
minutes: 30
total: 10
pass_mark: 6
forms: [A]
resit: M
sections:
  - {type: single_choice, count: 2, points: 2}
  - {type: multiple_choice, count: 1, points: 3, policy: half_for_subset}
  - {type: fill_in, count: 1, points: 3}
share_at_most: 4
"""

TINY_BANK = [single("s1", "A"), single("s2", "B"), multiple("m1", "AC"), blanks("f1", (("104",),))]


def tiny(folder: Path, roster: str, answers: list[tuple[str, str, str, str]], text: str = TINY) -> Path:
    """A folder of the tiny exam; ``roster`` is words of candidate,unit,form,status."""
    exam = assembled(folder, text, TINY_BANK)
    rows = (line.split(",") for line in roster.split())
    lines = [f"{number},考生{number},{unit},委员,{form},{status}" for number, unit, form, status in rows]
    (exam / "roster.csv").write_text("\n".join(["candidate,name,unit,post,form,status", *lines]) + "\n", "utf-8")
    write_responses(exam, [Response(*answer) for answer in answers])
    return exam


# Answers to the tiny exam: 01 all right; 03 half for a subset and two blanks, then the resit.
ANSWERS = [
    ("01", "A", "s1", "A"), ("01", "A", "s2", "B"), ("01", "A", "m1", "A,C"), ("01", "A", "f1", "一百零四"),
    ("03", "A", "s1", "a"), ("03", "A", "m1", "C"),
    ("03", "M", "s1", "A"), ("03", "M", "s2", "b"), ("03", "M", "f1", "104"), ("03", "M", "m1", "A、B"),
]  # fmt: skip
