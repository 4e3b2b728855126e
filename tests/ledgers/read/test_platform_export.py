"""Exports of a platform: the platform's headings and words are read in place, and rows of other channels stay."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from govkit.cli import main
from govkit.core.errors import InputError, UsageError
from govkit.figures.snapshot import open_snapshot
from govkit.institutions.platforms import platform, platform_names
from govkit.ledgers.check import Intake, check_files
from tests.ledgers.books import PLACES, TODAY

NAME = "示意平台"
ROW: dict[str, Any] = {
    "留言编号": 80231, "提交时间": "2015-09-03 14:22:05", "办理单位": "阳庙镇", "留言分类": "道路路灯", "留言人": "",
    "手机号": "", "留言内容": "村口路灯不亮", "转办级别": "乡镇", "转办时间": "2015-09-04 09:00:00",
    "办理期限": "2015-09-20", "回复时间": "2015-09-10 10:10", "办结时间": "2015-09-12", "浏览次数": 35,
}  # fmt: skip


def export(path: Path, *rows: dict[str, Any], drop: str = "") -> Path:
    """Write an export as the platform does: a title above the headings; CSV or Excel by the name."""
    headings = [heading for heading in ROW if heading != drop]
    table: list[list[Any]] = [
        ["平台留言导出"],
        headings,
        *[[(ROW | row)[heading] for heading in headings] for row in rows],
    ]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(table)
        return path
    book = openpyxl.Workbook()
    for line in table:
        book.worksheets[0].append(line)
    book.save(path)
    return path


def checked(path: Path) -> Intake:
    return check_files([path], (), PLACES, TODAY, platform=platform(NAME))


@pytest.mark.parametrize("file", ["导出.csv", "导出.xlsx"])
def test_an_export_reads_as_rows_of_the_ledger(tmp_path: Path, file: str) -> None:
    intake = checked(export(tmp_path / file, {}))
    assert intake.problems == ()
    (row,) = intake.ledgers[0].accepted.to_dict("records")
    assert (row["suggestion_id"], row["channel_id"], row["topic"]) == ("WX-80231", "QD-02", "基础设施")
    assert (f"{row['received_on']:%Y-%m-%d}", f"{row['closed_on']:%Y-%m-%d}") == ("2015-09-03", "2015-09-12")


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ({"办理单位": "无此村"}, "C3"),
        ({"留言分类": "天气"}, "D3"),
        ({"提交时间": "2015-09-31 08:00"}, "B3"),
        ({"回复时间": ""}, "K3"),
        ({"转办时间": "2015-09-01"}, "I3"),
        ({"留言编号": ""}, "A3"),
    ],
)
def test_a_refused_row_is_reported_in_the_cells_of_the_export(tmp_path: Path, row: dict[str, Any], cell: str) -> None:
    intake = checked(export(tmp_path / "导出.xlsx", {}, row | {"留言编号": row.get("留言编号", 80232)}))
    here = cell.replace("3", "4")
    assert here in {problem.where.item for problem in intake.errors}
    assert [len(intake.ledgers[0].accepted), len(intake.ledgers[0].refused)] == [1, 1]


def test_a_file_of_another_kind_and_one_that_lacks_a_column_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (other,) = checked(tmp_path / "a.csv").errors
    assert "留言编号" in other.repair
    (lacking,) = checked(export(tmp_path / "b.csv", {}, drop="提交时间")).errors
    assert "提交时间" in lacking.what


def test_an_unknown_platform_is_refused_with_those_there_are() -> None:
    assert NAME in platform_names()
    with pytest.raises(UsageError, match=NAME):
        platform("无此平台")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("台账,1,,无此台账,", "台账"),
        ("台账,1,,意见建议台账,\n栏目,1,编号,无此栏,", "无此栏"),
        ("栏目,1,编号,建议编号,", "台账"),
    ],
)
def test_an_offices_own_file_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, words: str) -> None:
    (tmp_path / "platform_某平台.csv").write_text(f"group,number,platform,ledger,value\n{line}\n", encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    with pytest.raises(InputError, match=words) as refused:
        platform("某平台")
    assert refused.value.problems[0].where.source == "platform_某平台.csv"


def test_the_command_renews_its_own_rows_and_leaves_all_others(
    sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Path(shutil.copytree(sample_store, tmp_path / "store"))

    def run(path: Path) -> tuple[int, dict[str, Any]]:
        with pytest.raises(SystemExit) as ended:
            main(["ledger", "import", str(path), "--platform", NAME, "--store", str(store), "--by", "样例员", "--json"])
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    before = len(open_snapshot(store).frames["suggestions"])
    code, printed = run(export(tmp_path / "坏.csv", {"办理单位": "无此村"}))
    assert (code, len(printed["problems"]), len(open_snapshot(store).frames["suggestions"])) == (1, 1, before)
    assert [path.name for path in tmp_path.glob("坏-*.xlsx")]
    assert run(export(tmp_path / "一.csv", {"办结时间": ""}))[1]["version"] == 2
    assert run(export(tmp_path / "二.csv", {}, {"留言编号": 80232}))[1]["version"] == 3
    rows = open_snapshot(store).frames["suggestions"].set_index("suggestion_id")
    assert len(rows) == before + 2
    assert rows["closed_on"].dt.strftime("%Y-%m-%d")["WX-80231"] == "2015-09-12"
    assert run(export(tmp_path / "二.csv", {}, {"留言编号": 80232}))[1]["version"] is None
