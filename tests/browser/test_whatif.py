"""What-if on the weights in JupyterLab, as a person uses it."""

from pathlib import Path
from typing import Any

import openpyxl

from tests.browser.test_explore import open_and_run


def test_weights_are_moved_evened_out_and_exported(page: Any, jupyterlab: tuple[str, str], lab_root: Path) -> None:
    address, token = jupyterlab
    open_and_run(page, (address, token, lab_root), "appraisal_whatif.ipynb")
    page.get_by_text("权重合计100分。").wait_for(timeout=60_000)
    page.get_by_text("不变104个村").wait_for(timeout=60_000)
    first = page.locator(".widget-slider .noUi-handle").first
    first.focus()
    first.press("ArrowDown")
    page.get_by_text("权重合计99.5分，还差0.5分").wait_for()
    page.get_by_text("不变104个村").wait_for(state="detached")
    page.get_by_role("button", name="按比例凑满100").click()
    page.get_by_text("权重合计100分。").wait_for()
    page.locator(".gk-panel table").get_by_text("李万样例14村").wait_for()
    page.get_by_role("button", name="导出Excel").click()
    page.get_by_text("已写在笔记本所在文件夹").wait_for()
    (written,) = (lab_root / "notebooks").glob("考评权重试算*.xlsx")
    assert len(list(openpyxl.load_workbook(written)["权重试算"].values)) == 105
