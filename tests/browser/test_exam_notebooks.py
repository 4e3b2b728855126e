"""Every exam notebook run unchanged in JupyterLab, with an exam near by and without any."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govkit.demo.demonstration import PASSPHRASE, hold_exam

from .notebooks import open_and_run

EMPTY = {
    "assemble": "组卷预览",
    "mark": "这里还没有考试。",
    "item_analysis": "这里还没有做过题目分析的考试。",
    "result_bulletin": "这里还没有评过分的考试。",
}
FULL = {
    "mark": ("考试文件夹", "没有待人工评阅的答案", "更正记录"),
    "item_analysis": ("信度系数α", "得分率（%）", "有无人选的干扰项", "其余题平均得分率（%）"),
    "result_bulletin": ("成绩通报", "应考1263人", "通过率95.0%（通过人数÷实考人数）", "苏家作乡", "补考名单"),
}
ENGLISH = ("facility", "discrimination", "registered", "pass_rate", "candidate", "Traceback")


@pytest.fixture
def exam(lab_root: Path) -> Iterator[Path]:
    """Return the sample exam, where the notebooks look for it."""
    folder = lab_root / "demo" / "exam"
    if not folder.exists():
        hold_exam(folder, "测试", lambda _step: None)
    yield folder
    folder.rename(lab_root / "demo" / "exam-away")


@pytest.mark.parametrize(("name", "expected"), EMPTY.items())
def test_run_all_cells_without_an_exam(
    page: Any, jupyterlab: tuple[str, str], lab_root: Path, name: str, expected: str
) -> None:
    assert not (lab_root / "demo" / "exam").exists()
    text = open_and_run(page, jupyterlab, f"notebooks/exams/{name}.ipynb", expected)
    assert "Traceback" not in text


def test_run_all_cells_with_an_exam(page: Any, jupyterlab: tuple[str, str], exam: Path) -> None:
    for name, expected in FULL.items():
        text = open_and_run(page, jupyterlab, f"notebooks/exams/{name}.ipynb", expected[0])
        assert [words for words in expected if words not in text] == [], name
        assert [word for word in ENGLISH if word in text] == [], name
        if name == "mark":
            _mark(page)


def _mark(page: Any) -> None:
    """Mark with a wrong passphrase, then with the right one."""
    first = page.locator(".gk-panel").first
    for passphrase, text in (("wrong-wrong", "口令打不开"), (PASSPHRASE, "通过率的算法")):
        first.locator("input[type=password]").fill(passphrase)
        first.get_by_role("button", name="评分").click()
        page.wait_for_selector(f".gk-panel >> text={text}")


def test_assemble_by_the_panel(page: Any, jupyterlab: tuple[str, str], lab_root: Path) -> None:
    open_and_run(page, jupyterlab, "notebooks/exams/assemble.ipynb", "组卷预览")
    page.get_by_role("button", name="组卷预览").click()
    page.wait_for_selector(".gk-paper >> text=（A卷）", timeout=60_000)
    assert "答案：" not in page.inner_text(".gk-paper")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSPHRASE)
    page.get_by_role("button", name="写出试卷并密封答案").click()
    page.wait_for_selector(".gk-panel >> text=已写入", timeout=60_000)
    assert (lab_root / "notebooks/exams/exam/key.sealed").is_file()
