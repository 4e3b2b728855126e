"""The command line as a person types it: exit codes, Chinese words, JSON, nothing lost."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from govkit.cli import cli, run
from govkit.core import audit
from govkit.ledgers.store import Store


@pytest.fixture
def workbook(tmp_path: Path, sample_workbooks: list[Path]) -> Path:
    """Return a copy of a township unit's sample workbook."""
    source = next(path for path in sample_workbooks if "宁郭" in path.name)
    return Path(shutil.copy(source, tmp_path))


@pytest.fixture
def spoiled(workbook: Path) -> Path:
    """Return the workbook with a village that does not exist, in cell C3 of the disputes' sheet."""
    book = openpyxl.load_workbook(workbook)
    book["矛盾纠纷台账"]["C3"] = "不存在村"
    book.save(workbook)
    return workbook


def test_import_is_idempotent_and_undone(workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "store")
    assert run(["ledger", "import", str(workbook), "--store", store, "--by", "王某"]) == 0
    assert "已导入为第 1 版" in capsys.readouterr().out
    assert run(["ledger", "import", str(workbook), "--store", store]) == 0
    assert "没有变化" in capsys.readouterr().out
    assert len(Store(store).commits()) == 1
    assert run(["ledger", "undo", "--store", store, "--by", "王某"]) == 0
    assert "第 1 版已撤销" in capsys.readouterr().out
    assert run(["ledger", "log", "--store", store]) == 0
    log = capsys.readouterr().out
    assert "王某" in log
    assert "撤销第 1 版" in log
    assert run(["ledger", "undo", "--store", store]) == 1
    audited = tmp_path / "store/audit.jsonl"
    assert [(entry.action, entry.person) for entry in audit.entries(audited)] == [
        ("ledger.import", "王某"),
        ("ledger.undo", "王某"),
    ]
    assert not audit.verify(audited)


def test_refused_rows_come_back_marked_and_the_store_is_untouched(
    spoiled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert run(["ledger", "import", str(spoiled), "--store", str(store)]) == 1
    said = capsys.readouterr()
    assert f"{spoiled.name} · 矛盾纠纷台账 · C3" in said.err
    assert "不存在村" in said.err
    assert not store.exists()
    marked = openpyxl.load_workbook(spoiled.with_name(f"{spoiled.stem}-待修改.xlsx"))
    assert "不存在村" in marked["矛盾纠纷台账"]["C3"].comment.text


def test_a_row_that_names_a_missing_row_is_told_and_imported(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.load_workbook(workbook)
    book["矛盾纠纷台账"].delete_rows(3)
    book.save(workbook)
    assert run(["ledger", "import", str(workbook), "--store", str(tmp_path / "store")]) == 0
    assert "调解记录台账 · 纠纷编号: 有 1 个编号在所指的台账里找不到" in capsys.readouterr().err


def test_check_tells_rows_in_accepted_and_refused(spoiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "check", str(spoiled), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert all(row["rows_in"] == row["accepted"] + row["refused"] for row in told["ledgers"])
    assert sum(row["refused"] for row in told["ledgers"]) == 1
    assert [problem["severity"] for problem in told["problems"]] == ["error"]


def test_reconcile_json_names_every_code(sample_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconcile", "--store", str(sample_store), "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert {"code", "kind", "published", "computed", "status"} <= lines[0].keys()
    assert next(line for line in lines if line["code"] == "G4")["computed"] == 1393
    assert {line["status"] for line in lines} <= {"match", "stated", "unknown", "not_covered"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, "没有命令"),
        (["report", "render"], 2, "缺少"),
        (["report", "render", "nothing", "--period", "2015-09"], 2, "没有报告“nothing”"),
        (["report", "render", "monthly_bulletin", "--period", "2016-02"], 1, "台账里没有2016年2月的记录"),
        (["report", "render", "monthly_bulletin", "--period", "九月"], 1, "不是有效月份"),
        (["report", "render", "monthly_bulletin", "--period", "2015-09", "--place", "无此村"], 1, "无此村"),
        (["report", "render", "monthly_bulletin", "--period", "2015-09", "--format", "odt"], 2, "没有格式“odt”"),
        (["report", "render", "monthly_bulletin", "--period", "2015-09", "--param", "colour=1"], 1, "没有参数“colour”"),
        (["report", "render", "monthly_bulletin", "--period", "2015-09", "--param", "issuer"], 2, "issuer"),
        (["ledger", "check", "没有.xlsx"], 1, "找不到该文件"),
        (["ledger", "template", "无此台账"], 2, "没有台账“无此台账”"),
    ],
)
def test_what_is_wrong_is_told_in_chinese(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("GOVKIT_STORE", str(sample_store))
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err + captured.out
    assert "Traceback" not in captured.err
    assert not list(tmp_path.iterdir())


def test_a_missing_store_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconcile", "--store", str(tmp_path / "none")]) == 1
    assert "这里没有台账库" in capsys.readouterr().err


def test_template_and_dictionary_are_written(tmp_path: Path) -> None:
    assert run(["ledger", "template", "disputes", "调解记录", "-o", str(tmp_path / "模板.xlsx")]) == 0
    assert {"矛盾纠纷台账", "调解记录台账"} <= set(openpyxl.load_workbook(tmp_path / "模板.xlsx").sheetnames)
    assert run(["ledger", "dictionary", "-o", str(tmp_path / "字典.md")]) == 0
    assert "化解率" in (tmp_path / "字典.md").read_text(encoding="utf-8")


def test_every_command_has_chinese_help(capsys: pytest.CaptureFixture[str]) -> None:
    for path in _commands(cli, []):
        assert run([*path, "--help"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("用法："), path
        assert any("一" <= letter <= "鿿" for letter in said.split("\n", 2)[2]), path


def test_english_on_request_and_quiet_in_a_pipe(sample_store: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from govkit.cli import main; main()", "reconcile", "--store", str(sample_store)],
        env={"GOVKIT_LANG": "en", "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"stated only" in done.stdout
    assert not done.stderr


def test_a_fault_of_ours_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("govkit.institutions.institutions", broken)
    assert run(["ledger", "list"]) == 3
    said = capsys.readouterr().err
    assert "程序的问题" in said
    assert "Traceback" not in said


def _commands(group: object, path: list[str]) -> list[list[str]]:
    below = getattr(group, "commands", {})
    return [path, *(found for name, command in below.items() for found in _commands(command, [*path, name]))]
