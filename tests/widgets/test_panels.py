"""The trainer's panels: their buttons, their output, the files they write."""

import csv
from pathlib import Path

import pytest

from govkit.exams.bank.bank import Bank
from govkit.exams.exam import analyse_exam, mark_exam
from govkit.exams.folder import read_table
from govkit.exams.marking.responses import Response, write_responses
from govkit.exams.paper.blueprint import read_blueprint
from govkit.exams.paper.paper import read_paper
from govkit.exams.results.item_tables import read_analysis
from govkit.widgets.assembly_panel import AssemblePanel, changed_blueprint, paper_preview, preview
from govkit.widgets.item_analysis_panel import analyse_panel, option_panel
from govkit.widgets.marking_panel import BlindPanel, RekeyPanel, blind_panel, mark_panel, marked, rekey_panel
from tests.exams.builders import (
    ANSWERS,
    BLUEPRINT,
    PASSPHRASE,
    PERSON,
    TINY,
    TINY_BANK,
    assembled,
    bank,
    blueprint_file,
    short,
    tiny,
)

ROSTER = "01,甲,A,present 03,乙,A,present 03,乙,M,present"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return tiny(tmp_path, ROSTER, ANSWERS)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a blueprint and nothing else."""
    (tmp_path / "blueprints").mkdir()
    blueprint_file(tmp_path, BLUEPRINT).rename(tmp_path / "blueprints" / "wanted.yaml")
    return tmp_path


def shown(widget: object) -> str:
    """Return the text of a widget and its children."""
    own = str(getattr(widget, "value", ""))
    return own + "".join(map(shown, getattr(widget, "children", ())))


def test_what_is_previewed_is_what_is_written(office: Path) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    assert next(iter(panel.known)) == "blueprints/wanted.yaml"
    panel.look()
    assert "预期得分率" in panel.seen.value
    seen = dict(panel.papers)
    panel.person.value, panel.secret.value, panel.again.value = PERSON, PASSPHRASE, PASSPHRASE
    panel.write()
    assert "已写入" in panel.written.value
    assert (office / "exam" / "key.sealed").is_file()
    assert {form: read_paper(office / "exam" / f"paper-{form}.json") for form in seen} == seen
    assert panel.secret.value == ""


def test_the_preview_shows_nothing_of_the_key(office: Path) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    panel.look()
    for paper in panel.papers.values():
        assert "秘密" not in paper_preview(paper)


def test_another_set_of_questions(office: Path) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    panel.look()
    before = dict(panel.papers)
    panel.other()
    assert panel.papers != before


def test_counts_change_the_total_and_the_paper(office: Path) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    count, _points = panel.sections[0]
    count.value = 15
    assert "41 题，90 分" in panel.total.value
    panel.look()
    assert len(panel.papers["A"].sections[0].questions) == 15


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("date", "明天", "明天"), ("pass_mark", "500", "500"), ("minutes", "", "minutes")],
)
def test_a_wrong_field_is_reported_and_nothing_written(office: Path, field: str, value: str, words: str) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    panel.fields[field].value = value
    panel.look()
    assert words in panel.seen.value
    panel.secret.value = panel.again.value = PASSPHRASE
    panel.write()
    assert not (office / "exam").exists()


@pytest.mark.parametrize(("one", "other", "words"), [(PASSPHRASE, "别的", "不一致"), ("短", "短", "口令不足")])
def test_a_bad_passphrase_writes_nothing(office: Path, one: str, other: str, words: str) -> None:
    panel = AssemblePanel(Bank(tuple(bank(300))), office)
    panel.secret.value, panel.again.value = one, other
    panel.write()
    assert words in panel.written.value
    assert not (office / "exam").exists()


def test_a_changed_blueprint_reads_back(office: Path, tmp_path: Path) -> None:
    source = office / "blueprints" / "wanted.yaml"
    before = read_blueprint(source)
    counts = [(section.count, str(section.points)) for section in before.sections]
    (tmp_path / "again.yaml").write_text(changed_blueprint(source, counts, {"total": str(before.total)}), "utf-8")
    again = read_blueprint(tmp_path / "again.yaml")
    assert [(s.type, s.count, s.points, s.policies) for s in again.sections] == [
        (s.type, s.count, s.points, s.policies) for s in before.sections
    ]
    papers, facilities = preview(again, Bank(tuple(bank(300))), "s")
    assert papers.keys() == facilities.keys() == {"A", "B", "M"}


def test_mark_by_the_panel(exam: Path) -> None:
    panel = mark_panel(str(exam))
    _style, _folder, person, secret, button, output = panel.children
    secret.value, person.value = "不对的口令啊啊啊", PERSON
    button.click()
    assert "口令打不开" in output.value
    secret.value = PASSPHRASE
    button.click()
    assert "通过率的算法" in output.value
    assert secret.value == ""


def test_a_correction_is_seen_confirmed_and_taken_back(exam: Path) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    before = (exam / "marks.csv").read_bytes()
    panel = RekeyPanel(exam)
    panel.person.value, panel.secret.value = PERSON, PASSPHRASE
    panel.question.value, panel.change.value, panel.reason.value = "f1", "void_full", "题目有歧义"
    assert panel.confirm.layout.display == "none"
    panel.look()
    assert "1 人变为通过" in panel.output.value
    assert panel.confirm.layout.display == ""
    assert (exam / "marks.csv").read_bytes() == before
    panel.correct()
    assert "题目有歧义" in panel.record.value
    kept = read_table(exam / "remarks" / "0001.csv", ("candidate", "before", "after")).to_pylist()
    assert [(row["candidate"], row["before"] != row["after"]) for row in kept]
    assert (exam / "marks.csv").read_bytes() != before
    panel.undo()
    assert (exam / "marks.csv").read_bytes() == before
    assert "撤销" in panel.record.value


def test_a_changed_question_must_be_seen_again(exam: Path) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    panel = RekeyPanel(exam)
    panel.secret.value, panel.question.value, panel.change.value = PASSPHRASE, "m1", "void_full"
    panel.look()
    panel.question.value = "s1"
    assert panel.confirm.layout.display == "none"


def test_no_reason_no_correction(exam: Path) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    panel = RekeyPanel(exam)
    panel.secret.value, panel.question.value, panel.change.value = PASSPHRASE, "m1", "void_full"
    panel.correct()
    assert "理由" in panel.output.value
    assert not (exam / "remarks").exists()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An exam with a short answer of 10 points by each of two candidates, its blind queue written."""
    more = "  - {type: short_answer, count: 1, points: 10}\nshare_at_most: 5"
    text = TINY.replace("total: 10", "total: 20").replace("share_at_most: 4", more)
    folder = assembled(tmp_path, text, [*TINY_BANK, short("w1")])
    people = "01,王五,甲,委员,A,present\n02,赵六,乙,委员,A,present\n"
    (folder / "roster.csv").write_text("candidate,name,unit,post,form,status\n" + people, "utf-8")
    write_responses(folder, [Response(number, "A", "w1", f"<b>答</b>{number}") for number in ("01", "02")])
    assert "2 份待两人评阅" in marked(folder, PASSPHRASE, PERSON)
    return folder


def test_blind_marking_by_two_and_a_third(written: Path) -> None:
    panel = BlindPanel(written)
    for marker, person, points in ((1, "甲老师", ("8", "9")), (2, "乙老师", ("7", "2"))):
        panel.who.value, panel.person.value = marker, person
        for given in points:
            panel.points.value = given
            panel.give()
        assert "没有待评的答案了" in panel.head.value
    panel.who.value, panel.person.value = 3, "丙老师"
    assert len(panel.left) == 1
    panel.points.value = "8"
    panel.give()
    assert "通过率的算法" in marked(written, PASSPHRASE, PERSON)
    marks = csv.DictReader((written / "marks.csv").read_text("utf-8-sig").splitlines())
    assert sorted(row["mark"] for row in marks) == ["7.5", "8.5"]


def test_the_marker_sees_no_name_and_no_markup(written: Path) -> None:
    panel = BlindPanel(written)
    words = shown(panel.box)
    assert "王五" not in words
    assert "赵六" not in words
    assert "<b>答</b>" not in words
    assert "&lt;b&gt;答" in words


def test_the_rubric_shows_with_the_passphrase(written: Path) -> None:
    panel = BlindPanel(written)
    assert "范文" not in shown(panel.box)
    panel.secret.value = PASSPHRASE
    panel.show_rubrics()
    assert "范文：先登记，再受理。" in panel.answer.value


@pytest.mark.parametrize(("points", "person"), [("11", "甲"), ("-1", "甲"), ("", "甲"), ("很多", "甲"), ("5", " ")])
def test_points_outside_are_refused(written: Path, points: str, person: str) -> None:
    panel = BlindPanel(written)
    panel.points.value, panel.person.value = points, person
    panel.give()
    assert 'role="alert"' in panel.output.value
    assert not (written / "manual" / "marker-1.csv").exists()


def test_nobody_marks_an_answer_twice(written: Path) -> None:
    panel = BlindPanel(written)
    panel.person.value, panel.points.value = "甲老师", "8"
    panel.give()
    first = panel.desk.given[1]
    panel.who.value = 2
    panel.left = [row for row in panel.left if row["token"] in first]
    panel.points.value = "8"
    panel.give()
    assert 'role="alert"' in panel.output.value
    assert not (written / "manual" / "marker-2.csv").exists()


def test_analyse_and_look_at_the_options(exam: Path) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    panel = analyse_panel(str(exam))
    _style, _folder, person, secret, button, output = panel.children
    secret.value, person.value = PASSPHRASE, PERSON
    button.click()
    assert "已分析 4 题" in output.value
    options = option_panel(read_analysis(exam))
    options.children[1].value = "s1"
    assert "选项甲" in options.children[2].value


@pytest.mark.parametrize("build", [mark_panel, blind_panel, rekey_panel, analyse_panel])
def test_without_an_exam_a_panel_says_what_to_do(
    build: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shown(build())  # type: ignore[operator]
    assert 'role="status"' in words
    assert "govkit demo" in words or "评分" in words


def test_the_analysis_of_the_whole_exam_folder_is_unchanged_by_looking(exam: Path) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    analyse_exam(exam, PASSPHRASE, PERSON)
    before = {path.name: path.read_bytes() for path in exam.iterdir() if path.is_file()}
    option_panel(read_analysis(exam))
    rekey_panel(str(exam))
    assert {path.name: path.read_bytes() for path in exam.iterdir() if path.is_file()} == before
