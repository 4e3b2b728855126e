"""Opening a notebook in JupyterLab and running all its cells, as a person does."""

from typing import Any

ERRORS = ".jp-OutputArea-output:is([data-mime-type$='jupyter.error'], [data-mime-type$='jupyter.stderr'])"


def open_and_run(page: Any, lab: tuple[str, str], path: str, expected: str) -> str:
    """Open a notebook, wait for its kernel, run all cells, wait for a text and return the text of the notebook."""
    address, token = lab
    page.goto(f"{address}/lab/tree/{path}?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector('.jp-Toolbar-kernelName >> text="Python 3 (ipykernel)"', timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=60_000)
    page.wait_for_selector('.jp-StatusBar-Widget >> text="Python 3 (ipykernel) | 空闲"', timeout=60_000)
    page.get_by_role("menuitem", name="运行", exact=True).click()
    page.get_by_text("运行所有单元格", exact=True).click()
    page.wait_for_selector(f".jp-OutputArea-output >> text={expected}", state="attached", timeout=90_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=90_000)
    assert not page.query_selector_all(ERRORS)
    return str(page.inner_text(".jp-Notebook"))
