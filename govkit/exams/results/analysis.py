"""Item analysis of a marked paper and its questions. Formulas: :mod:`govkit.exams.results.statistics`.

Questions in several forms are pooled: their statistics come from all who answered them, each with the rest
of their own form. The statistics of a paper are given for each form, and its effective weights too; a pooled question
shows the mean of its effective weights, weighted by candidates. Voided questions and resits are left out.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core.files import atomic_write
from govkit.exams.bank.questions import ChoiceKey, Question, QuestionType, TruthKey
from govkit.exams.folder import write_table
from govkit.exams.marking.marking import FormMarks, Marks
from govkit.exams.results.statistics import (
    PaperStatistics,
    correlation,
    effective_weights,
    item_statistics,
    paper_statistics,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

ITEMS_FILE = "items.csv"
OPTIONS_FILE = "options.csv"
ANALYSIS_FILE = "analysis.json"

CHOICES = (QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE, QuestionType.TRUE_FALSE)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits from which a question is flagged, in percent.

    Too hard and too easy are limits of the facility; a distractor is dead when fewer than ``dead`` chose it; a
    miskey is probable when a wrong option is chosen by at least ``miskey`` and by better candidates, on average, than
    the key. Questions with fewer than ``fewest`` answers are not flagged.
    """

    hard: float = 30.0
    easy: float = 95.0
    weak: float = 15.0
    dead: float = 2.0
    miskey: float = 20.0
    fewest: int = 30


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of an exam.

    ``papers``: statistics by form, "all" for all parallel forms together (their totals only).
    ``items``: question, type, topic, points, candidates, facility, standard_deviation, intended_weight,
    effective_weight, discrimination, efficiency, blank, expected (facility), findings (names, by spaces).
    ``options``: question, option, right, chosen, share, mean_rest (percent of what the rest of the
    paper gives), point_biserial (with the rest, percent).
    """

    papers: dict[str, PaperStatistics]
    items: "pd.DataFrame"
    options: "pd.DataFrame"
    thresholds: Thresholds


def analyse(marks: Marks, resit: str = "", thresholds: Thresholds | None = None) -> Analysis:
    """Return the analysis of an exam's marks; the form named ``resit`` is left out."""
    import pandas as pd

    limits = thresholds or Thresholds()
    forms = [form for name, form in marks.forms.items() if name != resit and len(form.candidates)]
    tables = [_table(form, marks) for form in forms]
    options = [dict(zip(_OPTION_COLUMNS, row, strict=True)) for row in _option_rows(marks, tables)]
    by_question: dict[str, list[dict[str, Any]]] = {}
    for row in options:
        by_question.setdefault(row["question"], []).append(row)
    items = [dict(zip(_ITEM_COLUMNS, _item_row(name, marks, tables), strict=True)) for name in _asked(tables)]
    for item in items:
        item["findings"] = _flags(item, by_question.get(item["question"], []), limits)
    return Analysis(
        papers=_papers(tables),
        items=pd.DataFrame(items, columns=[*_ITEM_COLUMNS, "findings"]),
        options=pd.DataFrame(options, columns=_OPTION_COLUMNS),
        thresholds=limits,
    )


def write_analysis(folder: Path, analysis: Analysis) -> None:
    """Write items.csv, options.csv and analysis.json into the exam folder."""
    write_table(folder / ITEMS_FILE, analysis.items.round(6))
    write_table(folder / OPTIONS_FILE, analysis.options.round(6))
    summary = {
        "papers": {form: asdict(statistics) for form, statistics in analysis.papers.items()},
        "flags": dict(Counter(flag for flags in analysis.items["findings"] for flag in flags.split())),
        "thresholds": asdict(analysis.thresholds),
    }
    atomic_write(folder / ANALYSIS_FILE, (json.dumps(summary, ensure_ascii=False, indent=1) + "\n").encode())


@dataclass(frozen=True, slots=True)
class _Table:
    """One form as floats: marks of the items in force, totals, answers' numbers, effective weights by item."""

    form: str
    items: tuple[str, ...]
    marks: "NDArray[np.float64]"
    totals: "NDArray[np.float64]"
    answers: "NDArray[np.int64]"
    weights: dict[str, float | None]
    full: float


_ITEM_COLUMNS = [
    "question",
    "type",
    "topic",
    "points",
    "candidates",
    "facility",
    "standard_deviation",
    "intended_weight",
    "effective_weight",
    "discrimination",
    "efficiency",
    "blank",
    "expected",
]
_OPTION_COLUMNS = ["question", "option", "right", "chosen", "share", "mean_rest", "point_biserial"]


def _table(form: FormMarks, marks: Marks) -> _Table:
    kept = [column for column, name in enumerate(form.items) if not marks.items[name].void]
    points = form.units[:, kept] / marks.denominator
    names = tuple(form.items[column] for column in kept)
    full = float(sum(Fraction(marks.items[name].question.points) for name in names))
    weights = dict(zip(names, effective_weights(points), strict=True))
    return _Table(form.form, names, points, points.sum(axis=1), form.answers[:, kept], weights, full)


def _papers(tables: Sequence[_Table]) -> dict[str, PaperStatistics]:
    import numpy as np

    papers = {table.form: paper_statistics(table.marks) for table in tables}
    if len(tables) > 1:
        totals = np.concatenate([table.totals for table in tables])
        papers["all"] = paper_statistics(totals[:, np.newaxis])
    return papers


def _asked(tables: Sequence[_Table]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table.items))


def _item_row(name: str, marks: Marks, tables: Sequence[_Table]) -> list[Any]:
    import numpy as np

    question = marks.items[name].question
    homes = [(table, table.items.index(name)) for table in tables if name in table.items]
    own = np.concatenate([table.marks[:, column] for table, column in homes])
    rest = np.concatenate([table.totals - table.marks[:, column] for table, column in homes])
    blank = sum(int((table.answers[:, column] < 0).sum()) for table, column in homes)
    found = item_statistics(own, rest, float(question.points))
    full = sum(table.full * len(table.totals) for table, _column in homes) / max(len(own), 1)
    return [
        name,
        question.type.value,
        question.topic,
        float(question.points),
        found.candidates,
        found.facility,
        found.standard_deviation,
        100 * float(question.points) / full if full else None,
        _pooled_weight(name, homes),
        found.discrimination,
        found.efficiency,
        100 * blank / len(own) if len(own) else None,
        None if question.difficulty is None else 100 * question.difficulty,
    ]


def _pooled_weight(name: str, homes: Sequence[tuple[_Table, int]]) -> float | None:
    known = [(weight, len(table.totals)) for table, _column in homes if (weight := table.weights[name]) is not None]
    takers = sum(count for _weight, count in known)
    return sum(weight * count for weight, count in known) / takers if takers else None


def _option_rows(marks: Marks, tables: Sequence[_Table]) -> Iterator[list[Any]]:
    """Yield the distractor table: one row for every option of a choice question; "" stands for a blank."""
    given: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for number, answer in enumerate(marks.answers):
        given.setdefault(answer.question, []).append((number, answer.parts))
    for name in _asked(tables):
        question = marks.items[name].question
        if question.type in CHOICES:
            yield from _choice_rows(question, given.get(name, []), len(marks.answers), tables)


def _choice_rows(
    question: Question, given: Sequence[tuple[int, tuple[str, ...]]], answers: int, tables: Sequence[_Table]
) -> Iterator[list[Any]]:
    import numpy as np

    homes = [(table, table.items.index(question.id)) for table in tables if question.id in table.items]
    numbers = np.concatenate([table.answers[:, column] for table, column in homes])
    rest = np.concatenate([_rest_share(table, column, question) for table, column in homes])
    right = _right(question)
    for option in [*_options(question), ""]:
        holds = np.zeros(answers + 1, dtype=bool)
        holds[[number for number, parts in given if (option in parts if option else not parts)]] = True
        holds[-1] = not option
        chose = holds[numbers]
        count = int(chose.sum())
        share = 100 * count / len(numbers)
        mean = float(rest[chose].mean()) if count else None
        yield [question.id, option, option in right, count, share, mean, correlation(chose.astype(float), rest)]


def _rest_share(table: _Table, column: int, question: Question) -> "NDArray[np.float64]":
    """Return the marks on the rest of the paper, in percent of its full marks."""
    full = table.full - float(question.points)
    rest: NDArray[np.float64] = 100 * (table.totals - table.marks[:, column]) / (full or 1.0)
    return rest


def _options(question: Question) -> tuple[str, ...]:
    return ("T", "F") if question.type is QuestionType.TRUE_FALSE else tuple(option.id for option in question.options)


def _right(question: Question) -> tuple[str, ...]:
    match question.key:
        case ChoiceKey(right):
            return right
        case TruthKey(value):
            return ("T" if value else "F",)
    return ()


def _flags(item: dict[str, Any], options: Sequence[dict[str, Any]], limits: Thresholds) -> str:
    """Return the names of the flags of a question, joined by spaces; ``options`` are its rows of the option table."""
    if item["candidates"] < limits.fewest:
        return ""
    facility, discrimination = item["facility"], item["discrimination"]
    known = discrimination is not None
    found = {
        "too_hard": facility < limits.hard,
        "too_easy": facility > limits.easy,
        "negative_discrimination": known and discrimination < 0,
        "weak_discrimination": known and 0 <= discrimination < limits.weak,
        "dead_distractor": any(row["share"] < limits.dead for row in _distractors(options)),
        "probable_miskey": _miskeyed(options, limits),
    }
    return " ".join(name for name, holds in found.items() if holds)


def _distractors(options: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in options if row["option"] and not row["right"]]


def _miskeyed(options: Sequence[dict[str, Any]], limits: Thresholds) -> bool:
    best_right = max((row["mean_rest"] or 0.0 for row in options if row["right"]), default=100.0)
    return any(
        row["share"] >= limits.miskey and (row["mean_rest"] or 0.0) > best_right and (row["point_biserial"] or 0.0) > 0
        for row in _distractors(options)
    )
