"""Results imported into the ledger: rows, figures, repeated import, undo, refusals."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core import audit
from govkit.core.errors import InputError
from govkit.exams.exam import mark_exam, rekey
from govkit.exams.marking.responses import Response, write_responses
from govkit.exams.results.to_ledger import import_results
from govkit.figures.snapshot import open_snapshot
from govkit.institutions.exam_results import DISTRICT_EXAM, RESULTS
from govkit.ledgers.store import Store
from govkit.reports.training_and_exams import Training
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, TINY, tiny

ROSTER = "01,苏家作乡,A,present 02,苏家作乡,A,absent 03,宁郭镇,A,present 03,宁郭镇,M,present 04,宁郭镇,A,disqualified"


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    return exam


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "store")


def rows(store: str) -> list[tuple[object, ...]]:
    """The ledger's rows: exam, candidate, name, status, mark, passed; None for a blank."""
    frame = Store(store).read(RESULTS)[["exam_id", "candidate_no", "name", "status", "mark", "passed"]]
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


HELD = [
    ("tiny", "01", "考生01", "参考", 10.0, True),
    ("tiny", "02", "考生02", "缺考", None, None),
    ("tiny", "03", "考生03", "参考", 3.5, False),
    ("tiny", "04", "考生04", "参考", None, False),
    ("tiny（补考）", "03", "考生03", "参考", 7.0, True),
]


def test_results_become_rows_of_one_commit(marked: Path, store: str) -> None:
    commit = import_results(marked, store, PERSON, note="试考")
    assert commit is not None
    assert rows(store) == HELD
    (source,) = commit.sources
    assert (commit.version, commit.person, commit.note) == (1, PERSON, "试考")
    assert (source.name, source.sha256) == ("marks.csv", sha256((marked / "marks.csv").read_bytes()).hexdigest())
    frame = Store(store).read(RESULTS)
    assert set(frame["kind"]) == {DISTRICT_EXAM}
    assert set(frame["candidate"]) == {"干部"}
    assert set(frame["full_mark"]) == {10}
    assert {f"{day:%Y-%m-%d}" for day in frame["held_on"]} == {"2015-10-20"}
    entry = list(audit.entries(marked / "audit.jsonl"))[-1]
    assert (entry.action, entry.person, entry.details["version"], entry.details["rows"]) == (
        "exam.to_store",
        PERSON,
        1,
        5,
    )


def test_figures_and_reports_use_them(tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS, TINY.replace("2015-10-20", "2015-09-20"))
    mark_exam(exam, PASSPHRASE, PERSON)
    import_results(exam, store, PERSON)
    figures = open_snapshot(store).figures("", "2015-09")
    assert [figures["T3"].value, figures["T4"].value] == [3, pytest.approx(200 / 3)]
    page = Training(figures)
    assert page.by_unit(DISTRICT_EXAM)["实考"].iloc[-1] == 4, "the resit is a sitting of its own"
    assert list(page.exams()["考试编号"]) == ["tiny", "tiny（补考）"]
    assert run(["reconcile", "--store", store, "--json"]) == 1
    found = {row["code"]: row["computed"] for row in json.loads(capsys.readouterr().out) if not row["item"]}
    assert (found["T3"], found["T4"]) == (3, pytest.approx(200 / 3))


def test_importing_again_replaces_and_never_doubles(marked: Path, store: str) -> None:
    assert import_results(marked, store, PERSON) is not None
    assert import_results(marked, store, PERSON) is None
    rekey(marked, PASSPHRASE, PERSON, question="f1", change="void_full", reason="题干有误")
    again = import_results(marked, store, PERSON)
    assert again is not None
    (change,) = again.changes
    assert (change.added, change.changed, change.removed, change.rows) == (0, 1, 0, 5)
    assert rows(store)[2] == ("tiny", "03", "考生03", "参考", 6.5, True)


def test_a_candidate_struck_off_the_roster_leaves_the_ledger(marked: Path, store: str) -> None:
    import_results(marked, store, PERSON)
    roster = marked / "roster.csv"
    roster.write_text("\n".join(line for line in roster.read_text("utf-8").splitlines() if "04," not in line), "utf-8")
    import_results(marked, store, PERSON)
    assert rows(store) == [row for row in HELD if row[1] != "04"]


def test_other_exams_of_the_ledger_stay(marked: Path, store: str, tmp_path: Path) -> None:
    import_results(marked, store, PERSON)
    other = tiny(tmp_path / "other", "09,宁郭镇,A,absent", [], TINY.replace("exam: tiny", "exam: second"))
    mark_exam(other, PASSPHRASE, PERSON)
    import_results(other, store, PERSON, kind="township", candidate="representative")
    assert [row for row in rows(store) if row[0] != "second"] == HELD
    frame = Store(store).read(RESULTS)
    assert list(frame.loc[frame["exam_id"] == "second", "candidate"]) == ["村民代表"]


def test_undo_takes_them_back(marked: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exam", "results", str(marked), "--to-store", store, "--by", PERSON]) == 0
    said = capsys.readouterr().out
    assert "新增 5 行，修改 0 行，删除 0 行" in said
    assert "govkit ledger undo" in said
    assert run(["ledger", "undo", "--store", store, "--by", PERSON]) == 0
    assert rows(store) == []
    assert run(["exam", "results", str(marked), "--to-store", store, "--json"]) == 0


def test_an_unmarked_exam_is_refused(tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    assert run(["exam", "results", str(exam), "--to-store", store]) == 1
    assert "marks.csv" in capsys.readouterr().err
    assert not Path(store).exists()


def test_the_ledger_s_rules_refuse_all_rows_with_the_roster_s_lines(tmp_path: Path, store: str) -> None:
    exam = tiny(tmp_path, "01,苏家作乡,A,present 02,无此乡,A,absent 03,宁郭镇,A,present", ANSWERS[:6])
    (exam / "roster.csv").write_text((exam / "roster.csv").read_text("utf-8").replace("考生03", ""), "utf-8")
    mark_exam(exam, PASSPHRASE, PERSON)
    with pytest.raises(InputError) as refused:
        import_results(exam, store, PERSON)
    assert [(p.where.source, p.where.part, p.where.item) for p in refused.value.problems] == [
        ("roster.csv", "考生单位", "第 3 行"),
        ("roster.csv", "姓名", "第 4 行"),
    ]
    assert "无此乡" in refused.value.problems[0].what
    assert Store(store).commits() == []


def test_an_exam_still_to_come_is_one_problem(tmp_path: Path, store: str) -> None:
    exam = tiny(tmp_path, ROSTER, ANSWERS, TINY.replace("2015-10-20", "2999-10-20"))
    mark_exam(exam, PASSPHRASE, PERSON)
    with pytest.raises(InputError) as refused:
        import_results(exam, store, PERSON)
    (problem,) = refused.value.problems
    assert problem.where.item == "第 3 行"
    assert "2999-10-20" in problem.what


def test_altered_marks_are_refused(marked: Path, store: str) -> None:
    marks = marked / "marks.csv"
    marks.write_text(marks.read_text("utf-8-sig").replace("3.5", "9.5"), "utf-8")
    with pytest.raises(InputError):
        import_results(marked, store, PERSON)
    assert not Path(store).exists()


def test_the_post_on_the_roster_says_who_a_candidate_is(tmp_path: Path, store: str) -> None:
    exam = tiny(tmp_path, "01,苏家作乡,A,present 03,宁郭镇,A,present", ANSWERS[:6])
    roster = exam / "roster.csv"
    roster.write_text(roster.read_text("utf-8").replace("委员", "村民代表", 1), "utf-8")
    write_responses(exam, [Response(*answer) for answer in ANSWERS[:6]])
    mark_exam(exam, PASSPHRASE, PERSON)
    import_results(exam, store, PERSON, candidate="member")
    assert list(Store(store).read(RESULTS)["candidate"]) == ["村民代表", "党员"]
