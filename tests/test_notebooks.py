"""What every committed notebook keeps to: its form, no output, no count of runs, one kernel, checked parameters."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter, LatexExporter, MarkdownExporter, RSTExporter, SlidesExporter
from traitlets.config import Config

from govkit.core.files import shipped
from govkit.rendering.catalogue import Report

ROOT = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(path for path in ROOT.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
PANELS = [path for path in NOTEBOOKS if "reports" not in path.parts]
START = "开始.ipynb"
CODE = ROOT / "analyst.ipynb"
"""The notebook that shows how code is written; its code is seen."""
MAGICS = ("store", "run", "time", "env", "load", "save", "history")
TYPES = ("str", "int", "float", "bool")


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_notebooks_to_look_at() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_no_output_and_no_execution_count(path: Path) -> None:
    code = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert code
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_the_kernel_is_python3(path: Path) -> None:
    about = read(path)["metadata"]
    assert about["kernelspec"] == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert about["language_info"] == {"name": "python"}
    assert about["govkit"]["title"]
    assert about["govkit"]["description"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_source_is_a_list_of_lines(path: Path) -> None:
    assert [cell["id"] for cell in read(path)["cells"] if not isinstance(cell["source"], list)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_the_file_is_what_jupyter_writes(path: Path) -> None:
    """Otherwise saving a notebook unchanged changes every line of it."""
    assert path.read_text(encoding="utf-8") == nbformat.writes(nbformat.read(path, 4)) + "\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_every_cell_has_an_id_of_its_own_and_the_notebook_is_valid(path: Path) -> None:
    notebook = read(path)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not name.replace("-", "").replace("_", "").isalpha()] == []  # named, not drawn
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    nbformat.validate(notebook)


@pytest.mark.parametrize("path", PANELS, ids=named)
def test_the_first_cell_says_what_it_is_for_whom_and_which_parameters(path: Path) -> None:
    notebook = read(path)
    first = notebook["cells"][0]
    text = "".join(first["source"])
    assert first["cell_type"] == "markdown"
    assert text.startswith(f"# {notebook['metadata']['govkit']['title']}\n")
    assert [word for word in ("**给谁用**：", "**怎么用**：") if word not in text] == []
    explained = {name for line in re.findall(r"^- (`[^：]+`)：", text, re.M) for name in re.findall(r"\w+", line)}
    assert explained == {parameter.name for parameter in Report(path).parameters}


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path != CODE], ids=named)
def test_the_code_is_hidden_in_jupyterlab_and_in_plain_exports(path: Path) -> None:
    for cell in (cell for cell in read(path)["cells"] if cell["cell_type"] == "code"):
        tags = cell["metadata"]["tags"]
        assert "remove-input" in tags
        assert cell["metadata"].get("jupyter", {}).get("source_hidden", False) == ("parameters" not in tags)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_imports_the_kit_and_at_most_one_module_of_it(path: Path) -> None:
    source = "\n".join("".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == "code")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert len({name for name in imported if name.startswith("govkit.")}) <= 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_has_one_cell_of_typed_parameters(path: Path) -> None:
    tagged = [cell for cell in read(path)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert [cell["cell_type"] for cell in tagged] == ["code"]
    declared = Report(path).parameters
    assert declared
    assert [parameter.name for parameter in declared if parameter.type not in TYPES or not parameter.help] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_uses_checked_parameters_only(path: Path) -> None:
    """Its second code cell checks them by one call; no later cell reads the names of the parameters cell."""
    first, second, *later = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert "parameters" in first["metadata"]["tags"]
    name = named(path).removeprefix("reports/").removesuffix(".ipynb")
    assert f"p = govkit.parameters({name!r})" in map(ast.unparse, ast.parse("".join(second["source"])).body)
    declared = {parameter.name for parameter in Report(path).parameters}
    for cell in (second, *later):
        names = [node for node in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(node, ast.Name)]
        assert not declared & {node.id for node in names}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_no_cell_is_taken_for_a_magic(path: Path) -> None:
    """A cell of one line whose first word is a magic, like ``store``, would be run as that."""
    cells = ["".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert [source for source in cells if "\n" not in source and source.partition(":")[0] in MAGICS] == []


SETTINGS = [
    shipped("data/jupyter/jupyter_nbconvert_config.json"),
    shipped("data/jupyter/jupyter_server_config.d/govkit.json"),
]


@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter, LatexExporter, RSTExporter, SlidesExporter])
@pytest.mark.parametrize("settings", SETTINGS, ids=["nbconvert", "JupyterLab"])
def test_plain_exporters_leave_out_the_code(exporter: Any, settings: Path) -> None:
    """With the settings that the wheel installs for nbconvert and for the export of JupyterLab."""
    notebook = nbformat.read(ROOT / "exams/result_bulletin.ipynb", 4)
    injected = nbformat.v4.new_code_cell('exam = "注入的值"', metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(2, injected)
    notebook.cells[3].outputs = [nbformat.v4.new_output("display_data", {"text/plain": "shown"})]
    config = Config(json.loads(settings.read_text(encoding="utf-8")))
    text = exporter(config=config).from_notebook_node(notebook)[0].split("<body", 1)[-1]
    assert "shown" in text
    assert [word for word in ("import", "nearest", "注入的值", "给谁用") if word in text] == []


def test_plain_exporters_show_the_code_without_these_settings() -> None:
    """The test above can fail."""
    notebook = nbformat.read(ROOT / "exams/result_bulletin.ipynb", 4)
    assert "nearest_bulletin" in MarkdownExporter().from_notebook_node(notebook)[0]
