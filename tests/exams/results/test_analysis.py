"""Item analysis: pooled by question over forms, with options, flags, and files."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from govkit.exams.bank.questions import Question
from govkit.exams.exam import analyse_exam, mark_exam, rekey, simulate_exam
from govkit.exams.folder import read_table
from govkit.exams.marking.marking import Marks, mark
from govkit.exams.marking.responses import Responses
from govkit.exams.paper.key import Item, KeySheet
from govkit.exams.paper.policies import default_policy
from govkit.exams.results.analysis import Thresholds, analyse
from govkit.exams.results.exposure import observed_facility, read_exposure
from govkit.exams.results.statistics import item_statistics
from tests.exams.builders import PASSPHRASE, PERSON, assembled, bank, blanks, multiple, single, truth


def marks_of(
    questions: list[Question], answers: dict[str, dict[str, str]], forms: dict[str, str] | None = None
) -> Marks:
    """Marks of candidates from their answers by question; ``forms`` names the form of each (default A)."""
    forms = forms or {}
    rows = [
        (candidate, forms.get(candidate, "A"), question, text)
        for candidate, given in answers.items()
        for question, text in given.items()
    ]
    coded = [pd.factorize(np.array(column, dtype=object)) for column in zip(*rows, strict=True)]
    names: list[Any] = [[str(name) for name in found] for _codes, found in coded]
    codes: list[Any] = [found for found, _names in coded]
    responses = Responses(*names, *codes)
    roster = pd.DataFrame(
        [[candidate, forms.get(candidate, "A"), "present"] for candidate in answers],
        columns=["candidate", "form", "status"],
    )
    items = {question.id: Item(question, default_policy(question.type), question.id) for question in questions}
    ids = {form: tuple(items) for form in set(forms.values()) | {"A"}}
    return mark(responses, roster, KeySheet("x", "s", "s", {}, ids, items))


def table(questions: list[Question], lines: str) -> Marks:
    """One line for each candidate: the answers in question order, "-" for a blank."""
    answers = {
        f"{number:03d}": {
            question.id: answer for question, answer in zip(questions, line.split(), strict=True) if answer != "-"
        }
        for number, line in enumerate(lines.strip().splitlines())
    }
    return marks_of(questions, answers)


THREE = [single("q1", "A", points="1"), truth("q2", value=True), multiple("q3", "AC", points="2")]


def test_a_small_table_worked_by_hand() -> None:
    analysis = analyse(table(THREE, "A T A,C\nB T A,C\nA F A\n- F -"))
    items = analysis.items.set_index("question")
    assert list(items.loc["q1", ["candidates", "facility", "blank", "intended_weight"]]) == [4, 50, 25, 25]
    assert list(items.loc["q3", ["facility", "points"]]) == [50, 2]
    # q1 marks 1 0 1 0; rest 3 3 0 0: covariance 0
    assert items.loc["q1", "discrimination"] == pytest.approx(0, abs=1e-12)
    # q3 marks 2 2 0 0; rest 2 1 1 0: covariance 2/3, variances 4/3 and 2/3; sorted alike
    assert items.loc["q3", "discrimination"] == pytest.approx(100 * (2 / 3) / np.sqrt(8 / 9))
    assert items.loc["q3", "efficiency"] == pytest.approx(100)
    assert analysis.papers["A"].mean == 2


def test_the_options_of_a_question_worked_by_hand() -> None:
    options = analyse(table(THREE, "A T A,C\nB T A,C\nA F A\n- F -")).options
    q3 = options[options["question"] == "q3"].set_index("option")
    assert q3["chosen"].to_dict() == {"A": 3, "B": 0, "C": 2, "D": 0, "": 1}
    assert q3["right"].to_dict() == {"A": True, "B": False, "C": True, "D": False, "": False}
    assert q3.loc["A", "share"] == 75
    assert q3.loc["C", "mean_rest"] == pytest.approx(100 * (2 + 1) / 2 / 2)
    assert q3["mean_rest"].isna()["B"]
    assert q3["point_biserial"].isna()["B"]
    q2 = options[options["question"] == "q2"].set_index("option")
    assert q2["chosen"].to_dict() == {"T": 2, "F": 2, "": 0}


FLAGS = [
    ("too_hard", "B", 40, "A", 5),
    ("too_easy", "A", 60, "B", 1),
    ("dead_distractor", "A", 40, "B", 20),
]


@pytest.mark.parametrize(("flag", "most", "count", "few", "others"), FLAGS)
def test_flags_of_a_question(flag: str, most: str, count: int, few: str, others: int) -> None:
    lines = "\n".join([f"{most} T A,C"] * count + [f"{few} F A,C"] * others)
    assert flag in analyse(table(THREE, lines)).items["findings"].iloc[0].split()


def test_a_probable_miskey_is_found() -> None:
    """Good candidates choose B, weak ones the key A."""
    good, weak = "B T A,C", "A F A"
    marks = table(THREE, "\n".join([good] * 25 + [weak] * 25 + ["C T A", "D F A,C"]))
    findings = analyse(marks).items.set_index("question")["findings"]
    assert {"probable_miskey", "negative_discrimination"} <= set(findings["q1"].split())
    assert "probable_miskey" not in findings["q2"] + findings["q3"]


def test_few_answers_raise_no_flag() -> None:
    marks = table(THREE, "\n".join(["B T A,C"] * 29))
    assert set(analyse(marks).items["findings"]) == {""}
    assert set(analyse(marks, thresholds=Thresholds(fewest=29)).items["findings"]) != {""}


def test_forms_are_pooled_by_question_and_the_resit_left_out() -> None:
    answers = {
        "a1": {"q1": "A", "q2": "T", "q3": "A,C"},
        "a2": {"q1": "B", "q2": "T"},
        "b1": {"q1": "A", "q2": "F"},
        "b2": {"q1": "A", "q2": "T", "q3": "A,C"},
        "m1": {"q1": "B"},
    }
    forms = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "m1": "M"}
    analysis = analyse(marks_of(THREE, answers, forms), resit="M")
    q1 = analysis.items.set_index("question").loc["q1"]
    assert (q1["candidates"], q1["facility"]) == (4, 75)
    own, rest = np.array([1.0, 0, 1, 1]), np.array([3.0, 1, 0, 3])
    assert q1["discrimination"] == pytest.approx(item_statistics(own, rest, 1.0).discrimination)
    assert set(analysis.papers) == {"A", "B", "all"}
    assert analysis.papers["all"].mean == pytest.approx((4 + 1 + 1 + 4) / 4)
    assert analysis.papers["all"].internal_consistency is None


def test_nobody_sat() -> None:
    marks = marks_of(THREE, {"m1": {"q1": "B"}}, {"m1": "M"})
    analysis = analyse(marks, resit="M")
    assert analysis.items.empty
    assert analysis.papers == {}


def test_thirds_are_no_trouble() -> None:
    questions = [blanks("f1", (("a",), ("b",), ("c",)), "1"), single("q1")]
    items = {q.id: Item(q, default_policy(q.type), q.id) for q in questions}
    marks = table(questions, "a␟b␟c A\na␟b␟x A\nx␟x␟x B")
    assert marks.denominator >= 1
    assert items.keys() == marks.items.keys()
    assert Fraction(int(marks.forms["A"].units[0].sum()), marks.denominator) == 3


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    exam = assembled(tmp_path_factory.mktemp("sat"), questions=bank(300))
    simulate_exam(exam, PASSPHRASE, PERSON, seed=5, candidates=300, passes=(240, 285))
    mark_exam(exam, PASSPHRASE, PERSON)
    return exam


def test_files_are_written_and_say_what_was_returned(sat: Path) -> None:
    analysis = analyse_exam(sat, PASSPHRASE, PERSON)
    items = read_table(sat / "items.csv", ("question", "facility", "discrimination", "findings")).to_pandas()
    assert items["question"].astype(str).tolist() == analysis.items["question"].tolist()
    assert pd.to_numeric(items["facility"].astype(str)).tolist() == pytest.approx(
        analysis.items["facility"].tolist(), abs=1e-6
    )
    told = json.loads((sat / "analysis.json").read_text("utf-8"))
    assert told["papers"]["A"]["questions"] == 46
    assert told["papers"]["A"]["internal_consistency"] == pytest.approx(analysis.papers["A"].internal_consistency)
    assert read_table(sat / "options.csv", ("question", "option", "chosen")).num_rows == len(analysis.options)


def test_weights_of_a_form_add_up_to_a_hundred(sat: Path) -> None:
    items = analyse_exam(sat, PASSPHRASE, PERSON).items
    assert items["intended_weight"].sum() == pytest.approx(200, abs=10)
    assert items["effective_weight"].sum() == pytest.approx(200, abs=25)


def test_a_voided_question_is_left_out(sat: Path, tmp_path: Path) -> None:
    import shutil

    exam = shutil.copytree(sat, tmp_path / "copy")
    name = analyse_exam(exam, PASSPHRASE, PERSON).items["question"].iloc[0]
    rekey(exam, PASSPHRASE, PERSON, question=name, change="void_full", reason="题干有误")
    assert name not in set(analyse_exam(exam, PASSPHRASE, PERSON).items["question"])


def test_results_feed_the_record_of_the_bank(sat: Path, tmp_path: Path) -> None:
    record = tmp_path / "exposure.csv"
    assert read_exposure(record) == {}
    first = analyse_exam(sat, PASSPHRASE, PERSON, record=record)
    analyse_exam(sat, PASSPHRASE, PERSON, record=record)
    counts, facilities = read_exposure(record), observed_facility(record)
    assert counts == dict.fromkeys(first.items["question"], 1)
    expected = first.items.set_index("question")["facility"] / 100
    assert facilities == pytest.approx(expected.to_dict(), abs=1e-4)
    assert all(Decimal(0) <= Decimal(str(value)) <= 1 for value in facilities.values())
