"""Checks of responses and roster: every bad row is reported with its line, and nothing is written."""

from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.exams.exam import mark_exam
from govkit.exams.marking.responses import parts_of, read_responses
from govkit.exams.paper.paper import read_paper
from govkit.exams.paper.roster import read_roster
from tests.exams.builders import PASSPHRASE, PERSON, tiny

ROSTER = "01,苏家作乡,A,present 02,阳庙镇,A,absent 03,宁郭镇,A,present 03,宁郭镇,M,present"
HEADER = "candidate,form,question,answer,source,confidence\n"
GOOD = "01,A,s1,A,room,1\n"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return tiny(tmp_path, ROSTER, [("01", "A", "s1", "A")])


def problems_of(exam: Path, responses: str | bytes) -> list[tuple[str, str]]:
    """Mark with these responses, assert that nothing was written, and return line and text of every problem."""
    content = responses if isinstance(responses, bytes) else responses.encode()
    (exam / "responses.csv").write_bytes(content)
    with pytest.raises(InputError) as refused:
        mark_exam(exam, PASSPHRASE, PERSON)
    assert not (exam / "marks.csv").exists()
    return [(problem.where.item, problem.what) for problem in refused.value.problems]


BAD_ROWS = [
    ("99,A,s1,A,room,1", "名册中没有“99”"),
    (",A,s1,A,room,1", "名册中没有“”"),
    ("01,M,s1,A,room,1", "没有报考“M”卷"),
    ("01,Z,s1,A,room,1", "没有报考“Z”卷"),
    ("02,A,s1,A,room,1", "未到考却有作答"),
    ("01,A,s9,A,room,1", "没有“s9”题"),
    ("01,A,,A,room,1", "没有“”题"),
    ("01,A,s1,B,room,1", "两条作答"),
    (" 01 ,A,s1,B,room,1", "两条作答"),
    ('01,A,m1,"A,X",room,1', "X"),
    ("01,A,f1,一␟二,room,1", "␟"),
    ('01,A,f1,"一\n02,A,f1,二",room,1', "多行"),
    ("01,A,s2,A,room,1.5", "1.5"),
    ("01,A,s2,A,room,nan", "nan"),
    ("01,A,s2,A,room,high", "high"),
    ("01,A,s2,A", "应有 6 个字段"),
    ("01,A,s2,A,room,1,more", "应有 6 个字段"),
]


@pytest.mark.parametrize(("row", "told"), BAD_ROWS)
def test_a_bad_row_is_told_with_its_line(exam: Path, row: str, told: str) -> None:
    problems = problems_of(exam, HEADER + GOOD + row + "\n")
    assert [line for line, what in problems if told in what] == ["第 3 行"]


def test_all_bad_rows_are_told_at_once(exam: Path) -> None:
    rows = [row for row, _told in BAD_ROWS if row.count(",") == 5 and '"' not in row]
    lines = {line for line, _what in problems_of(exam, HEADER + GOOD + "\n".join(rows) + "\n")}
    assert lines == {f"第 {number + 3} 行" for number in range(len(rows))}


def test_a_flood_of_bad_rows_is_counted(exam: Path) -> None:
    rows = "".join(f"9{number},A,s1,A,room,1\n" for number in range(1000))
    problems = problems_of(exam, HEADER + rows)
    assert len(problems) == 201
    assert problems[-1][1] == "还有 800 行有同类问题"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"candidate,form,question\n01,A,s1\n",
        b'candidate,form,question,answer\n01,A,s1,"A\n',
        b"\xff\xfe\xfa",
    ],
    ids=["empty", "bytes", "no answers", "open quote", "no text"],
)
def test_what_is_no_table_is_a_problem(exam: Path, content: bytes) -> None:
    assert problems_of(exam, content)


def test_a_missing_file_is_a_problem(exam: Path) -> None:
    (exam / "responses.csv").unlink()
    with pytest.raises(InputError):
        mark_exam(exam, PASSPHRASE, PERSON)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_spreadsheets_are_read(exam: Path, encoding: str) -> None:
    (exam / "responses.csv").write_text("candidate,form,question,answer\n01,A,f1,一百零四\n", encoding)
    responses = read_responses(exam, read_roster(exam, ("A", "M"), "M"), [read_paper(exam / "paper-A.json")])
    assert responses.answers == ["一百零四"]


def test_several_ticks_in_a_single_choice_are_a_wrong_answer_and_no_error(exam: Path) -> None:
    face = read_paper(exam / "paper-A.json").items["s1"]
    assert parts_of(face, "A,B") == ("A", "B")
    (exam / "responses.csv").write_text(HEADER + '01,A,s1,"A,B",scan,0.9\n', "utf-8")
    frame = mark_exam(exam, PASSPHRASE, PERSON).frame
    assert frame.set_index(["candidate", "form"]).loc[("01", "A"), "mark"] == "0"


BAD_ROSTERS = [
    ("01,考生,苏家作乡,委员,A,", "没有填写状态"),
    ("01,考生,苏家作乡,委员,A,病假", "病假"),
    ("01,考生,苏家作乡,委员,Q,present", "Q"),
    (",考生,苏家作乡,委员,A,present", "没有准考证号"),
    ("01,考生,苏家作乡,委员,A,present\n01,考生,苏家作乡,委员,A,absent", "两次"),
    ("01,考生,苏家作乡,委员,M,present\n01,考生,苏家作乡,委员,M,present", "两次"),
]


@pytest.mark.parametrize(("rows", "told"), BAD_ROSTERS)
def test_a_bad_roster_is_told(exam: Path, rows: str, told: str) -> None:
    (exam / "roster.csv").write_text("candidate,name,unit,post,form,status\n" + rows + "\n", "utf-8")
    with pytest.raises(InputError, match=told):
        mark_exam(exam, PASSPHRASE, PERSON)


@pytest.mark.parametrize(
    ("word", "status"),
    [("实考", "present"), ("到考", "present"), ("缺考", "absent"), ("违纪", "disqualified"), ("应考", "")],
)
def test_statuses_are_read_as_trainers_write_them(exam: Path, word: str, status: str) -> None:
    (exam / "roster.csv").write_text(f"candidate,name,unit,post,form,status\n01,王某,苏家作乡,委员,A,{word}\n", "utf-8")
    assert read_roster(exam, ("A",), "")["status"].tolist() == [status]


def test_a_candidate_sits_one_of_the_parallel_forms(tmp_path: Path) -> None:
    rows = "candidate,name,unit,post,form,status\n01,王某,甲,委员,A,present\n01,王某,甲,委员,B,present\n"
    (tmp_path / "roster.csv").write_text(rows, "utf-8")
    with pytest.raises(InputError, match="01 出现两次"):
        read_roster(tmp_path, ("A", "B", "M"), "M")
    (tmp_path / "roster.csv").write_text(rows.replace(",B,", ",M,"), "utf-8")
    assert len(read_roster(tmp_path, ("A", "B", "M"), "M")) == 2
