"""A fresh JupyterLab with the settings of the wheel."""

from typing import Any


def test_jupyterlab_opens_in_chinese(page: Any, jupyterlab: tuple[str, str]) -> None:
    address, token = jupyterlab
    page.goto(f"{address}/lab?token={token}&reset")
    page.get_by_role("menuitem", name="运行", exact=True).wait_for(timeout=60_000)
    menus = page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert menus[:5] == ["文件", "编辑", "查看", "运行", "内核"]
    assert not page.get_by_role("menuitem", name="Run", exact=True).count()
