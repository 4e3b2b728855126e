"""The bad inputs of the district's systems, as a person meets them: refused with place and mend, nothing changed.

What two ledgers say against each other is a warning in the data-quality report, never a refusal.
"""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from govkit.cli import main
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.rendering.engine.forkserver import close_fork_server
from govkit.reports.data_quality import Quality
from tests.ledgers.books import book, cells, dispute
from tests.reports.conftest import Bent, bent

__all__ = ["bent"]

HEADER = "group,number,text,weight,evidence,deduction,without_case,effective_from,effective_to,source,mark"
SETTINGS = "name,value,effective_from,effective_to,source,mark,note"
MEASURE: dict[str, Any] = {
    "household_id": "BFH-1",
    "place": "马村",
    "measure": "一般救助",
    "given_on": dt.date(2015, 5, 4),
}
PETITION: dict[str, Any] = {
    "petition_id": "XF-1", "place": "马村", "received_on": dt.date(1999, 3, 2), "basis": "国家规定", "matter": "土地",
}  # fmt: skip

SHEETS = {
    "a dispute closed before it was found": (
        "disputes", [dispute(settled_on=dt.date(2015, 3, 1))], "H2", ("化解日期（2015-03-01）早于排查日期",),
    ),
    "a dispute resolved that was never found": (
        "disputes", [dispute(found_on=None)], "C2", ("排查日期", "未填写"),
    ),
    "a household helped twice by the same measure": (
        "assistance_measures", [MEASURE, MEASURE | {"given_on": dt.date(2015, 9, 1)}], "C3", ("BFH-1", "一般救助"),
    ),
    "more agreeing than present": (
        "decisions",
        [{"decision_id": "JC-1", "place": "马村", "title": "修路", "proposed_on": dt.date(2015, 3, 2),
          "voters_entitled": 30, "voters_present": 20, "voters_agreeing": 21}],
        "", ("21", "20"),
    ),
    "a petition of a time that no regulation covers": ("petitions", [PETITION], "", ("国家规定", "1999-03-02")),
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.mark.parametrize("case", SHEETS)
def test_a_row_is_refused_with_its_cell_and_its_mend(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows, cell, told = SHEETS[case]
    ledger = ledgers()[code]
    path = book(tmp_path / "台账.xlsx", {ledger.title[:31]: cells(rows, ledger)})
    ended, out, _err = run(capsys, "ledger", "import", str(path), "--store", str(tmp_path / "store"), "--json")
    assert ended == 1
    problems = [one for one in json.loads(out)["problems"] if one["severity"] == "error"]
    here = [one for one in problems if all(word in one["what"] for word in told) and cell in one["where"]]
    assert here, problems
    assert all(one["repair"] for one in here)
    assert not (tmp_path / "store").exists()


def rendered(capsys: pytest.CaptureFixture[str], store: Path, folder: Path) -> tuple[int, str]:
    close_fork_server()  # its children know the rules of when it was started
    ended, _out, err = run(
        capsys, "report", "render", "appraisal_and_prizes", "--period", "2015-12", "--place", "阳庙镇",
        "--format", "html", "--store", str(store), "-o", str(folder), "--jobs", "1",
    )  # fmt: skip
    return ended, err


@pytest.mark.parametrize(
    ("file", "lines", "told"),
    [
        ("our", (HEADER, "甲,1,化解率,95,G6,,满分,,,本区,S"), ("our.csv", "95", "100")),
        (
            "prizes",
            (
                "prize,amount,effective_from,effective_to,source,mark",
                "一等奖,15000,,2015-12-31,P3,S",
                "一等奖,16000,2015-06-01,,P3,S",
            ),
            ("prizes.csv", "第 3 行", "一等奖"),
        ),
    ],
    ids=["weights that are not 100", "rules that overlap"],
)
def test_a_rule_file_is_refused_where_a_report_needs_it(
    file: str,
    lines: tuple[str, ...],
    told: tuple[str, ...],
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / f"{file}.csv").write_text("\n".join((*lines, "")), encoding="utf-8")
    table = "our" if file == "our" else "appraisal_illustrative"
    (rules / "settings.csv").write_text(f"{SETTINGS}\n考评表,{table},,,样例,U,\n", encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(rules))
    ended, err = rendered(capsys, Path(shutil.copytree(sample_store, tmp_path / "store")), tmp_path / "out")
    assert ended == 1
    assert all(word in err for word in told), err
    assert "InputError" not in err
    assert "→ 请" in err
    assert not list((tmp_path / "out").glob("*.html"))


def warned(page: Quality) -> str:
    return " ".join(page.contradictions()["情况"])


@pytest.mark.parametrize(("kept", "told"), [(416, False), (415, True)])
def test_too_few_grid_staff_are_a_warning(snapshot: Snapshot, bent: Bent, kept: int, told: bool) -> None:
    staff = snapshot.ledger("grid_staff").head(kept)  # 104 grids need 4 each
    page = Quality(bent("", "2015-09", grid_staff=staff))
    assert (f"{kept}名" in warned(page)) is told


def test_cases_and_persons_that_differ_are_a_warning(snapshot: Snapshot) -> None:
    december = Quality(snapshot.figures("", "2015-12"))
    september = Quality(snapshot.figures("", "2015-09"))
    assert "两数不同" not in warned(december)  # S5 = 8 cases, S6 = 8 persons
    assert "查处案件7起，受党纪处分6人，两数不同" in warned(september)


def test_nothing_that_is_warned_of_keeps_a_report_from_appearing(sample_store: Path) -> None:
    assert all(problem.severity == "warning" for problem in open_snapshot(sample_store).contradictions())
