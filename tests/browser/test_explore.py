"""The explorer and the entry form in JupyterLab, as a person uses them."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from govkit.institutions import ledgers
from govkit.ledgers.store import Store
from tests.browser.conftest import running_lab
from tests.browser.notebooks import ERRORS


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, sample_store: Path) -> Iterator[tuple[str, str, Path]]:
    """Return a JupyterLab whose store is a copy that may be written to: address, token, folder."""
    with running_lab(tmp_path_factory.mktemp("writable"), sample_store, copied=True) as running:
        yield running


def open_and_run(page: Any, lab: tuple[str, str, Path], notebook: str) -> None:
    address, token, _root = lab
    page.goto(f"{address}/lab/tree/notebooks/{notebook}?token={token}&reset")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=60_000)
    page.wait_for_selector('.jp-StatusBar-Widget >> text="Python 3 (ipykernel) | 空闲"', timeout=60_000)
    page.get_by_role("menuitem", name="运行", exact=True).click()
    page.get_by_text("运行所有单元格", exact=True).click()


def test_explore_an_indicator_down_to_a_village_and_export_it(page: Any, lab: tuple[str, str, Path]) -> None:
    open_and_run(page, lab, "explore.ipynb")
    table = page.locator(".gk-panel table:visible")
    table.get_by_text("示范区合计").wait_for(timeout=60_000)
    before = table.inner_text()
    page.get_by_label("制度", exact=True).select_option("矛盾纠纷预防化解")
    page.locator("dd", has_text="排查矛盾纠纷（G4）").wait_for()
    page.get_by_label("指标", exact=True).select_option("化解矛盾纠纷（件）")
    page.locator("dd", has_text="化解矛盾纠纷（G5）").wait_for()
    expect(table).not_to_have_text(before, use_inner_text=True)
    page.get_by_label("下钻", exact=True).select_option("阳庙镇")
    table.get_by_text("阳庙镇合计").wait_for()
    page.get_by_label("下钻", exact=True).select_option("北西尚村")
    page.get_by_text("北西尚村 · 化解矛盾纠纷").wait_for()
    expect(table.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="阳庙镇").click()
    table.get_by_text("阳庙镇合计").wait_for()
    for tab in ("趋势", "排名", "分布"):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(".gk-panel img:visible").wait_for()
    page.get_by_role("tab", name="表格", exact=True).click()
    page.get_by_role("button", name="导出Excel").click()
    page.get_by_text("已写在笔记本所在文件夹").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    (written,) = (lab[2] / "notebooks").glob("*.xlsx")
    assert written.read_bytes() == Path(download.value.path()).read_bytes()
    rows = list(openpyxl.load_workbook(io.BytesIO(written.read_bytes()))["表格"].values)
    shown = [line.split("\t") for line in table.inner_text().splitlines()]
    assert [[str(cell) if isinstance(cell, str) else f"{cell:.0f}" for cell in row] for row in rows] == shown
    assert not page.query_selector_all(ERRORS)


def test_enter_a_dispute_with_a_mistake_fix_it_and_find_it_in_the_store(page: Any, lab: tuple[str, str, Path]) -> None:
    open_and_run(page, lab, "entry.ipynb")
    page.get_by_label("录入人").wait_for(timeout=60_000)
    page.get_by_label("录入人").fill("样例员")
    page.get_by_label("纠纷编号").fill("LR-001")
    page.get_by_label("所在村").fill("北西商")
    page.get_by_label("排查日期").fill("2015-12-02")
    page.get_by_label("排查层级").select_option("村")
    page.get_by_label("纠纷类型").select_option("邻里纠纷")
    page.get_by_label("当事人").fill("张样例")
    page.locator(".error", has_text="没有名为“北西商”的单位").wait_for()
    page.locator(".gk-panel").get_by_role("button", name="保存").click()
    page.get_by_text("没有保存").wait_for()
    store = Store(lab[2] / "store")
    assert len(store.commits()) == 1
    page.get_by_label("所在村").fill("北西尚村")
    page.wait_for_function("!document.body.innerText.includes('没有名为')")
    page.locator(".gk-panel").get_by_role("button", name="保存").click()
    page.get_by_text("已存为第2版：新增1行").wait_for()
    rows = store.read(ledgers()["disputes"]).set_index("dispute_id")
    assert (rows.loc["LR-001", "place"], rows.loc["LR-001", "parties"]) == ("yangmiao-02", "张样例")
    assert store.commits()[-1].person == "样例员"
    page.locator(".gk-panel").get_by_role("button", name="撤销").click()
    page.get_by_text("第 2 版已撤销").wait_for()
    assert "LR-001" not in store.read(ledgers()["disputes"])["dispute_id"].tolist()
