"""``govkit ledger look``: how a file is read, shown in a terminal or as a page; nothing is imported."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from govkit.cli import run

LINES: list[list[object]] = [
    ["阳庙镇2015年矛盾纠纷台账"],
    ["编号", "所在村", "类型", "排查日期", "备用"],
    ["YM-001", "北西尚村", "邻里", "2015-09-03", "<script>甲</script>"],
    ["合计", "1件"],
    ["填表人：样例"],
]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Return a workbook that was not made from the template."""
    book = Workbook()
    made = book.active
    assert made is not None
    made.title = "矛盾纠纷台账"
    for line in LINES:
        made.append(line)
    path = tmp_path / "九月.xlsx"
    book.save(path)
    return path


def test_each_row_is_shown_with_its_role(sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["ledger", "look", str(sheet)])
    shown = capsys.readouterr().out
    roles = {line.split()[0]: line.split()[1] for line in shown.splitlines() if line.split()[:1] and line[:4].strip()}
    assert [roles.get(str(row)) for row in range(1, 6)] == ["标题", "表头", "数据", "合计", "备注"]
    assert list(tmp_path.iterdir()) == [sheet]


def test_a_page_escapes_what_the_cells_hold(sheet: Path, tmp_path: Path) -> None:
    page = tmp_path / "预览.html"
    run(["ledger", "look", str(sheet), "-o", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;甲&lt;/script&gt;" in text
    assert "<script>" not in text
    assert [role for role in ("title", "header", "body", "total", "note") if f'<td class="{role}">' not in text] == []


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04")
    assert run(["ledger", "look", str(tmp_path / "坏.xlsx")]) == 1
    assert "坏.xlsx" in capsys.readouterr().err
