"""The month's round of the docs (第一个月): every command is run, every figure and the sample's truth are found."""

import json
import re
import shlex
from pathlib import Path

import pytest
from openpyxl import load_workbook

from govkit.cli import run
from govkit.demo import month
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.institutions.reporting import reported
from govkit.ledgers.places import shipped_places

DOCUMENT = Path(__file__).parents[2] / "docs/first-month.md"
WRONG, RIGHT = "无此村", "阳庙样例15村"


def steps() -> list[tuple[str, list[str]]]:
    """Return the commands of the document, each with the lines that it says are answered."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        first, *lines = block.splitlines()
        found.append((first.removeprefix("$ "), lines))
    return found


def repair(folder: Path) -> None:
    """Repair one of the copies that were sent back, and put it where things arrive."""
    [copy] = (folder / "收表/退回" / RIGHT).glob("*.xlsx")
    book = load_workbook(copy)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == WRONG:
                    cell.value = RIGHT
    book.save(folder / "来件夹" / copy.name)


@pytest.mark.slow
def test_a_months_round_goes_as_the_document_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = []
    for line, expected in steps():
        words = shlex.split(line)
        if "collect" in words and "collect" in ran:
            repair(tmp_path / "第一个月")
        code = run(words[1:]) if words[0] == "govkit" else month.main(words[3:])
        said = capsys.readouterr()
        assert code == (1 if "collect" in words else 0), said.err
        for answer in expected:
            assert answer in said.out.splitlines(), f"{line}\n{said.out}\n{said.err}"
        ran += words
    truth = json.loads((tmp_path / "第一个月" / month.TRUTH).read_text("utf-8"))
    snapshot, names = open_snapshot("第一个月/台账库"), shipped_places().names
    for ledger in ("disputes", "agency_services"):
        given = reported(snapshot, ledger, month.MONTH)
        missing = {names[unit] for unit in given.missing}
        assert missing == {*truth["missing"], *truth["returned"]} - {"南张村", RIGHT}
        counted = snapshot.frames[ledger]["place"].map(names).value_counts().to_dict()
        expected_rows = {unit: rows[ledger] for unit, rows in truth["rows"].items() if ledger in rows}
        assert {unit: count for unit, count in counted.items() if unit != RIGHT} == expected_rows
    assert len(ledgers()) > len(truth["rows"]["马村"])
    shared = "".join((tmp_path / "第一个月/收表" / f"{name}清单.txt").read_text("utf-8") for name in ("催报", "退回"))
    assert not re.search(r"\d{7,}|\.xlsx|样例-", shared)
