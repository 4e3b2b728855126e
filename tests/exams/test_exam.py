"""An exam folder from blueprint to results, and the steps that are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.core import audit
from govkit.core.errors import InputError
from govkit.exams.exam import analyse_exam, assemble, mark_exam, open_sheet, preview_rekey, reverse_rekey, simulate_exam
from govkit.exams.paper.paper import read_paper
from govkit.exams.results.results import exam_results
from tests.exams.builders import (
    BLUEPRINT,
    PASSPHRASE,
    PERSON,
    TINY,
    TINY_BANK,
    assembled,
    bank,
    blueprint_file,
    case,
    single,
)


def test_the_whole_way(tmp_path: Path) -> None:
    exam = tmp_path / "exam"
    record = tmp_path / "exposure.csv"
    made = assemble(
        blueprint_file(tmp_path), bank(300), exam, passphrase=PASSPHRASE, person=PERSON, exposure=record, seed="s"
    )
    assert set(made.papers) == {"A", "B", "M"}
    assert max(made.facilities.values()) - min(made.facilities.values()) <= 0.02 + 1e-9
    assert max(made.shared.values()) <= 8
    assert simulate_exam(exam, PASSPHRASE, PERSON, seed=2, candidates=120, passes=(80, 118), absent=5) >= 80
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    assert len(frame) == 120
    assert len(analyse_exam(exam, PASSPHRASE, PERSON, record=record).items) >= 46
    totals = exam_results(exam).units.iloc[-1]
    assert (totals["registered"], totals["sat"], totals["absent"]) == (125, 120, 5)
    actions = [entry.action for entry in audit.entries(exam / "audit.jsonl")]
    assert actions == ["exam.assemble", "key.open", "key.open", "exam.mark", "key.open", "exam.analyse"]
    assert audit.verify(exam / "audit.jsonl") == []


def test_the_same_seed_gives_the_same_papers_and_another_key_file(tmp_path: Path) -> None:
    one, two, three = (assembled(tmp_path / name, seed=seed) for name, seed in (("1", "s"), ("2", "s"), ("3", "t")))
    assert (one / "paper-A.json").read_bytes() == (two / "paper-A.json").read_bytes()
    assert (one / "paper-A.json").read_bytes() != (three / "paper-A.json").read_bytes()
    assert (one / "key.sealed").read_bytes() != (two / "key.sealed").read_bytes()


def test_without_a_seed_one_is_drawn_and_sealed(tmp_path: Path) -> None:
    seeds = [open_sheet(assembled(tmp_path / name, seed=""), PASSPHRASE, PERSON, "test").assembly_seed for name in "ab"]
    assert len(set(seeds)) == 2
    assert all(len(seed) == 32 for seed in seeds)


def test_an_exam_that_is_sealed_is_never_assembled_over(tmp_path: Path) -> None:
    exam = assembled(tmp_path)
    before = {path.name: path.read_bytes() for path in exam.iterdir()}
    with pytest.raises(InputError, match="已有密封的答案"):
        assembled(tmp_path, seed="other")
    assert {path.name: path.read_bytes() for path in exam.iterdir()} == before


def test_a_short_passphrase_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="口令不足"):
        assemble(blueprint_file(tmp_path), bank(300), tmp_path / "exam", passphrase="短", person=PERSON)  # noqa: S106
    assert not (tmp_path / "exam").exists()


def test_a_blueprint_that_cannot_be_met_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="无法满足"):
        assembled(tmp_path, BLUEPRINT, bank(30))
    assert not (tmp_path / "exam").exists()


def test_every_door_to_the_key_asks_for_the_passphrase(tmp_path: Path) -> None:
    exam = assembled(tmp_path)
    wrong = "另一句足够长的口令"
    doors: list[Callable[[], object]] = [
        lambda: mark_exam(exam, wrong, PERSON),
        lambda: analyse_exam(exam, wrong, PERSON),
        lambda: simulate_exam(exam, wrong, PERSON, seed=1),
        lambda: preview_rekey(exam, wrong, PERSON, question="q", change="void_full"),
        lambda: reverse_rekey(exam, wrong, PERSON, 1),
    ]
    for door in doors:
        with pytest.raises(InputError, match="口令打不开"):
            door()
    assert [entry.action for entry in audit.entries(exam / "audit.jsonl")] == ["exam.assemble"] + ["key.refused"] * 5


def test_the_section_sets_the_points(tmp_path: Path) -> None:
    sheet = open_sheet(assembled(tmp_path, TINY, TINY_BANK), PASSPHRASE, PERSON, "test")
    assert {name: str(item.question.points) for name, item in sheet.items().items()} == {
        "s1": "2",
        "s2": "2",
        "m1": "3",
        "f1": "3",
    }


CASES = """\
exam: cases
title: 案例
date: 2015-10-20
minutes: 30
total: 12
pass_mark: 6
forms: [A]
sections:
  - {type: 单选, count: 1, points: 2}
  - {type: 案例, count: 2, points: 5, policy: {填空: per_blank}}
"""


def test_the_parts_of_a_case_are_answered_and_marked(tmp_path: Path) -> None:
    exam = assembled(tmp_path, CASES, [single("s1"), case("c1"), case("c2")])
    paper = read_paper(exam / "paper-A.json")
    assert set(paper.items) == {"s1", "c1.1", "c1.2", "c2.1", "c2.2"}
    assert "七日" not in (exam / "paper-A.json").read_text("utf-8")
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n01,王五,甲,委员,A,present\n", "utf-8")
    rows = ["01,A,s1,A", "01,A,c1.1,B", "01,A,c1.2,7日", "01,A,c2.1,A", "01,A,c2.2,七 日"]
    (exam / "responses.csv").write_text("\n".join(["candidate,form,question,answer", *rows]) + "\n", "utf-8")
    assert mark_exam(exam, PASSPHRASE, PERSON).frame["mark"].tolist() == ["10"]
    items = analyse_exam(exam, PASSPHRASE, PERSON, record=tmp_path / "exposure.csv").items
    assert items["question"].tolist()[0] == "s1"
    assert "c1," in (tmp_path / "exposure.csv").read_text("utf-8-sig")


def test_an_answer_to_a_case_as_a_whole_is_a_problem(tmp_path: Path) -> None:
    exam = assembled(tmp_path, CASES, [single("s1"), case("c1"), case("c2")])
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n01,王五,甲,委员,A,present\n", "utf-8")
    (exam / "responses.csv").write_text("candidate,form,question,answer\n01,A,c1,A\n", "utf-8")
    with pytest.raises(InputError, match="没有“c1”题"):
        mark_exam(exam, PASSPHRASE, PERSON)
