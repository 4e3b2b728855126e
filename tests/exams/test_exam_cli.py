"""The commands for banks and exams: exit codes, Chinese messages, JSON, the passphrase."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core import audit
from govkit.exams.bank.bank import save_bank
from govkit.exams.exam import mark_exam
from govkit.exams.marking.responses import Response, write_responses
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, TINY, TINY_BANK, short, tiny

WRITTEN = [replace(each, stem=each.stem + "____" * (each.id == "f1")) for each in TINY_BANK]
ROSTER = "01,甲,A,present 02,甲,A,absent 03,乙,A,present"


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOVKIT_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("GOVKIT_USER", PERSON)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return tiny(tmp_path, ROSTER, ANSWERS[:6])


def test_the_whole_way_of_an_exam(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_bank(WRITTEN, tmp_path / "bank.yaml")
    (tmp_path / "plan.yaml").write_text(TINY, "utf-8")
    commands = [
        (["exam", "assemble", "plan.yaml", "--bank", "bank.yaml", "-o", "e", "--seed", "1"], "口令丢失"),
        (["exam", "simulate", "e", "--candidates", "60", "--pass-rate", "80"], "虚构考生 60 人已作答"),
        (["exam", "mark", "e"], "通过率的算法：通过人数÷实考人数"),
        (["exam", "analyse", "e", "--record", "record.csv"], "4 题中有"),
        (["exam", "results", "e", "--sitting", "final"], "合计"),
        (["exam", "rekey", "e", "--question", "s1", "--change", "void_full", "--preview"], "没有任何记录"),
        (["exam", "rekey", "e", "--question", "s1", "--change", "void_full", "--reason", "有误"], "已记为第 1 号更正"),
        (["exam", "rekey", "e", "--undo", "1"], "第 1 号更正已撤销"),
        (["exam", "bulletin", "e", "--format", "html", "-o", "out"], "成绩通报-tiny.html"),
    ]
    for arguments, said in commands:
        assert run(arguments) == 0, arguments
        assert said in capsys.readouterr().out, arguments
    assert "s1" in (tmp_path / "record.csv").read_text("utf-8-sig")
    actions = [entry.action for entry in audit.entries(tmp_path / "e" / "audit.jsonl")]
    assert {entry.person for entry in audit.entries(tmp_path / "e" / "audit.jsonl")} == {PERSON}
    assert actions.count("exam.remark.corrected") == actions.count("exam.remark.reversed") == 1
    assert actions[-1] == "exam.bulletin"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["exam", "mark", "none"], 1, "这里没有密封的答案"),
        (["exam", "mark"], 2, "缺少"),
        (["exam", "results", "none"], 1, "none"),
        (["exam", "results", "exam", "--to-store", "s", "--kind", "county"], 2, "county"),
        (["exam", "results", "exam", "--to-store", "s"], 1, "考生单位"),
        (["exam", "log", "none"], 1, "这里没有日志"),
        (["exam", "rekey", "exam"], 2, "需要 --question 和 --change"),
        (["exam", "rekey", "exam", "--question", "s1", "--change", "key"], 2, "--answer 与 --change key 同用"),
        (["exam", "rekey", "exam", "--question", "s1", "--change", "void_full", "--answer", "B"], 2, "--answer"),
        (["exam", "rekey", "exam", "--undo", "1", "--question", "s1"], 2, "--undo 只能单独使用"),
        (["exam", "rekey", "exam", "--undo", "7"], 1, "7"),
        (["exam", "rekey", "exam", "--question", "q9", "--change", "void_full", "--reason", "x"], 1, "q9"),
        (["exam", "rekey", "exam", "--question", "s1", "--change", "void_full"], 1, "理由"),
        (["exam", "rekey", "exam", "--question", "s1", "--change", "key", "--answer", "Z", "--reason", "x"], 1, "Z"),
        (["exam", "bulletin", "exam", "--format", "odt"], 2, "没有格式“odt”"),
        (["exam", "bulletin", "exam", "--sitting", "resit"], 1, "没有人报名"),
        (["exam", "simulate", "exam"], 1, "roster.csv"),
        (["exam", "assemble", "no.yaml"], 1, "no.yaml"),
        (["exam", "assemble", "bad.yaml"], 1, "第2行第4列"),
        (["exam", "assemble", "district", "-o", "exam"], 1, "已有密封的答案"),
        (["bank", "check", "none"], 1, "none"),
        (["bank", "check", "bad.yaml"], 1, "第2行第4列"),
        (["bank", "check", "--on", "明天"], 2, "明天"),
        (["bank", "stats", "none"], 1, "none"),
        (["bank", "convert", "bad.yaml", "x.xlsx"], 1, "第2行第4列"),
        (["bank", "convert", "bad.yaml", "x.doc"], 2, "x.doc"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_told_in_chinese(
    exam: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    (tmp_path / "bad.yaml").write_text("exam: [a\n  b: c\n", "utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err + captured.out
    assert "Traceback" not in captured.err
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("command", [["mark"], ["analyse"], ["rekey", "--question", "s1", "--change", "void_zero"]])
def test_a_wrong_passphrase_says_only_that(
    exam: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setenv("GOVKIT_PASSPHRASE", "另一句足够长的口令")
    assert run(["exam", command[0], str(exam), *command[1:]]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2
    assert "口令打不开这份答案" in captured.err


def test_without_a_terminal_the_passphrase_is_not_waited_for(
    exam: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GOVKIT_PASSPHRASE")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert run(["exam", "mark", str(exam)]) == 2
    assert "GOVKIT_PASSPHRASE" in capsys.readouterr().err


def test_a_new_passphrase_is_asked_for_twice_and_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    monkeypatch.delenv("GOVKIT_PASSPHRASE")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.hidden_prompt_func", typed)
    save_bank(WRITTEN, tmp_path / "bank.yaml")
    (tmp_path / "plan.yaml").write_text(TINY, "utf-8")
    assert run(["exam", "assemble", "plan.yaml", "--bank", "bank.yaml", "-o", "e"]) == 0
    assert len(asked) == 2
    assert run(["exam", "simulate", "e", "--candidates", "20", "--pass-rate", "70"]) in (0, 1)
    assert len(asked) == 3


def test_json_for_programs(exam: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exam", "mark", str(exam), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["units"][-1]["sat"] == 2
    assert run(["exam", "rekey", str(exam), "--question", "s1", "--change", "void_zero", "--preview", "--json"]) == 0
    effect = json.loads(capsys.readouterr().out)
    assert [row["candidate"] for row in effect["changed"]] == ["01", "03"]
    assert run(["exam", "analyse", str(exam), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == 4


def test_short_answers_wait_for_their_markers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_bank([*WRITTEN, short("w1")], tmp_path / "bank.yaml")
    more = "  - {type: short_answer, count: 1, points: 10}\n"
    text = TINY.replace("total: 10", "total: 20").replace("share_at_most", more + "share_at_most")
    (tmp_path / "plan.yaml").write_text(text.replace("share_at_most: 4", "share_at_most: 5"), "utf-8")
    assert run(["exam", "assemble", "plan.yaml", "--bank", "bank.yaml", "-o", "e"]) == 0
    (tmp_path / "e" / "roster.csv").write_text(
        "candidate,name,unit,post,form,status\n01,王五,甲,委员,A,present\n", "utf-8"
    )
    write_responses(tmp_path / "e", [Response("01", "A", "w1", "先登记，再受理")])
    capsys.readouterr()
    assert run(["exam", "mark", "e"]) == 0
    said = capsys.readouterr().out
    assert "还有 1 份答案待人工评阅：1 份待两人评阅" in said
    assert "queue.csv" in said
    assert not (tmp_path / "e" / "marks.csv").exists()


def test_the_shipped_bank_checks_counts_and_converts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bank", "check", "--on", "2026-12-19"]) == 0
    said = capsys.readouterr()
    assert "错误 0 处" in said.out
    assert "此后该题未经审定" in said.err
    assert run(["bank", "stats", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["questions"] >= 300
    for name in ("题库.xlsx", "题库.gift"):
        assert run(["bank", "convert", str(quizzes()), name]) == 0
        assert (tmp_path / name).stat().st_size > 1000


def test_the_record_of_exams_shows_difficulties_to_revise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_bank([replace(each, difficulty=0.9) for each in WRITTEN], tmp_path / "bank.yaml")
    record = tmp_path / "record.csv"
    record.write_text(
        "question,exam,date,candidates,facility,discrimination\n"
        "s1,first,2015-10-20,100,40,30\ns1,second,2016-10-20,300,60,30\ns2,first,2015-10-20,100,75,\n",
        "utf-8",
    )
    assert run(["bank", "check", "bank.yaml", "--record", "record.csv"]) == 0
    said = capsys.readouterr().err
    assert "难度设为 0.9，但历次考试的得分率为 0.55" in said
    assert "“difficulty”改为 0.55" in said
    assert said.count("历次考试的得分率") == 1, "0.75 lies within 0.2 of 0.9"
    record.write_text(record.read_text("utf-8").replace(",60,", ",六成,"), "utf-8")
    assert run(["bank", "check", "bank.yaml", "--record", "record.csv"]) == 1
    assert "六成" in capsys.readouterr().err
    assert run(["bank", "check", "bank.yaml", "--record", "none.csv"]) == 2


def test_the_log_lists_what_was_done(exam: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exam", "mark", str(exam)]) == 0
    capsys.readouterr()
    assert run(["exam", "log", str(exam)]) == 0
    said = capsys.readouterr().out
    assert [word for word in said.split() if word.startswith(("exam.", "key."))] == [
        "exam.assemble",
        "key.open",
        "exam.mark",
    ]
    assert PERSON in said
    assert "passed=1" in said
    assert run(["exam", "log", str(exam), "--verify"]) == 0
    assert audit.head(exam / "audit.jsonl") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"mark", b"look"), lines[2]], 2),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], b"{}\n", *lines[1:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"at":"', b'"at":"x'), lines[2]], 2),
    ],
    ids=["altered", "removed", "beginning removed", "no entry", "no time"],
)
def test_a_log_that_was_changed_is_found_with_its_line(
    exam: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    mark_exam(exam, PASSPHRASE, PERSON)
    log = exam / "audit.jsonl"
    log.write_bytes(b"".join(damage(log.read_bytes().splitlines(keepends=True))))
    assert run(["exam", "log", str(exam)]) == 0
    capsys.readouterr()
    assert run(["exam", "log", str(exam), "--verify"]) == 1
    assert f"audit.jsonl · 第 {line} 行" in capsys.readouterr().err
    assert run(["exam", "log", str(exam), "--verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["problems"][0]["where"] == f"audit.jsonl · 第 {line} 行"


def test_a_bank_here_comes_before_the_shipped_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_bank(WRITTEN, tmp_path / "quizzes")
    assert run(["bank", "check"]) in (0, 1)
    assert "读入 4 题" in capsys.readouterr().out


def quizzes() -> Path:
    from govkit.core.files import shipped

    return shipped("quizzes")
