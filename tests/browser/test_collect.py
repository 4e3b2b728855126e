"""Collecting in JupyterLab, as a person does it: name the folder, press 收表, filter the grid, record a nothing."""

from pathlib import Path
from typing import Any

from tests.browser.notebooks import open_and_run
from tests.ledgers.collect.arriving import MONTH, book, grid, put


def test_a_folder_is_collected_and_the_grid_filtered(
    page: Any, jupyterlab: tuple[str, str], lab_root: Path, tmp_path: Path
) -> None:
    put(tmp_path / "来件", "马村.xlsx", book([grid(1)]))
    put(tmp_path / "来件", "梁庄.xlsx", book([grid(3, "梁庄村", kind="不明")], "梁庄村2015年9月台账"))
    open_and_run(page, jupyterlab, "notebooks/collect.ipynb", "报送情况")
    month, folder = page.get_by_label("月份"), page.get_by_label("收到的文件夹")
    month.fill(MONTH)
    month.press("Enter")
    folder.fill(str(tmp_path / "来件"))
    page.get_by_role("button", name="收表", exact=True).click()
    page.get_by_text("导入1个单位，0个没有变化，退回1个").wait_for(timeout=60_000)
    page.get_by_text("退回1，未报109").wait_for()
    page.get_by_label("情况", exact=True).select_option(label="退回")
    page.locator(".gk-reports").get_by_text("马村", exact=True).wait_for(state="detached")
    assert page.locator(".gk-reports tbody tr").count() == 1
    page.get_by_role("button", name="导出Excel").click()
    page.get_by_text("已写在笔记本所在文件夹").wait_for()
    assert (lab_root / f"notebooks/{MONTH}报送情况.xlsx").is_file()
    page.get_by_label("单位", exact=True).fill("辛庄村")
    page.get_by_role("button", name="登记零报告").click()
    page.get_by_text("已登记零报告").wait_for()
