"""A report run in JupyterLab and saved is the document that the command writes: name, title and content."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

import govkit
from tests.reports.test_every_report import MONTH, NAMED, PLACES, agrees, asked

from .notebooks import open_and_run

CLAIMS = [
    ("services", "township", "internal"),
    ("monthly_bulletin", "village", "public"),
    ("feedback", "district", "internal"),
]


@pytest.mark.parametrize("claim", CLAIMS, ids="-".join)
def test_jupyterlab_gives_the_same_name_title_and_content(
    page: Any,
    jupyterlab: tuple[str, str],
    lab_root: Path,
    sample_store: Path,
    tmp_path: Path,
    claim: tuple[str, str, str],
) -> None:
    name, level, audience = claim
    how: dict[str, Any] = {"places": PLACES[level], "audience": audience, "formats": "html", "folder": tmp_path}
    (result,) = govkit.render(name, store=sample_store, period=MONTH, **how)
    assert result.problems == ()
    page_made = (tmp_path / result.outputs["html"]).read_text(encoding="utf-8")
    path = lab_root / "notebooks" / "reports" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for parameter, value in asked(sample_store, level, audience).items():
        _type_in(notebook, parameter, value)
    notebook.cells.append(nbformat.v4.new_code_cell(NAMED))
    nbformat.write(notebook, path)
    open_and_run(page, jupyterlab, f"notebooks/reports/{name}.ipynb", "named")
    page.keyboard.press("Control+s")
    agrees(_saved(page, path), result, page_made)


def _type_in(notebook: nbformat.NotebookNode, parameter: str, value: str) -> None:
    """Change the default in the cell of parameters, as a person does."""
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    lines = cell.source.splitlines()
    cell.source = "\n".join(
        f"{parameter}: str = {json.dumps(value, ensure_ascii=False)}" if line.startswith(f"{parameter}:") else line
        for line in lines
    )


def _saved(page: Any, path: Path) -> Any:
    """Return the notebook once JupyterLab has saved its last output."""
    for _turn in range(100):
        notebook = nbformat.read(path, as_version=4)
        if notebook.cells[-1].outputs:
            return notebook
        page.wait_for_timeout(200)
    raise TimeoutError(path.name)
