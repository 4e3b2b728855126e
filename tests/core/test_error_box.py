"""The box of an error in a notebook: Chinese, no traceback, the same through every route that runs and shows cells."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, LatexExporter, MarkdownExporter

from govkit.core.error_box import box
from govkit.core.errors import InternalError, Problem, Where, problems_of

REFUSED = """
from govkit.core.errors import InputError, Problem, Where
raise InputError([
    Problem(Where("place"), "没有名为“<b>无此村</b>”的单位", "请从列表中选择"),
    Problem(Where("period"), "“9月”不是月份", "请写成2015-09"),
])
"""
OURS = """
from pathlib import Path
from govkit.core.errors import InternalError, Problem, Where
raise InternalError(Problem(Where(str(Path.home() / "秘密/通报.docx")), "文件写不进去", "请关闭打开它的程序"))
"""
FAULT = """
from govkit.core.error_box import box_for_faults
from govkit.core.html import render
box_for_faults()
secret = "张三"
render("core/no_such_template.html", name=secret)
"""
OWN = "1 / 0"
CELLS = {"refused": REFUSED, "ours": OURS, "own before": OWN, "fault": FAULT, "refused after": REFUSED, "own": OWN}


@pytest.fixture(scope="module")
def ran() -> Any:
    """Return a notebook whose every cell failed, each in its own way."""
    made = nbformat.v4.new_notebook()
    for name, source in CELLS.items():
        made.cells.append(nbformat.v4.new_code_cell(source.strip(), metadata={"name": name}))
    NotebookClient(made, kernel_name="python3", timeout=60, allow_errors=True).execute()
    return made


def outputs(ran: Any, name: str) -> list[Any]:
    (cell,) = (cell for cell in ran.cells if cell.metadata["name"] == name)
    return [output for output in cell.outputs if output.output_type != "stream"]


def bare(text: str) -> None:
    for word in ("Traceback", "site-packages", "govkit/core", "ipykernel", "----> ", "张三"):
        assert word not in text


@pytest.mark.parametrize("name", ["refused", "refused after"])
def test_the_box_names_every_problem_and_escapes_it(ran: Any, name: str) -> None:
    shown, error = outputs(ran, name)
    text = shown["data"]["text/html"]
    assert "有2个问题" in text
    assert "没有名为“&lt;b&gt;无此村&lt;/b&gt;”的单位" in text
    assert "请写成2015-09" in text
    first, second = error["traceback"]
    assert first == "place：没有名为“<b>无此村</b>”的单位 → 请从列表中选择"
    assert second == "period：“9月”不是月份 → 请写成2015-09"
    assert [problem.where.source for problem in problems_of([shown])] == ["place", "period"]
    bare(text)


def test_an_error_of_ours_says_what_to_send_and_tells_no_folder(ran: Any) -> None:
    shown, _error = outputs(ran, "ours")
    text = shown["data"]["text/html"]
    assert "不是您的数据的问题" in text
    sent = text.split("<pre", 1)[1]
    assert "govkit 0." in sent
    assert "InternalError" in sent
    assert "…/通报.docx：文件写不进去" in sent
    assert str(Path.home()) not in sent


def test_a_fault_of_the_kit_is_a_box_with_its_place_and_no_value(ran: Any) -> None:
    shown, error = outputs(ran, "fault")
    text = shown["data"]["text/html"]
    assert "不是您的数据的问题" in text
    assert "govkit.core.html:" in text
    assert "TemplateNotFound" in text
    bare(text + "".join(error["traceback"]))


@pytest.mark.parametrize("name", ["own before", "own"])
def test_an_error_of_the_readers_own_code_keeps_its_traceback(ran: Any, name: str) -> None:
    (error,) = outputs(ran, name)
    assert "Traceback" in "".join(error["traceback"])
    assert error["ename"] == "ZeroDivisionError"


@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter, LatexExporter])
def test_plain_exporters_show_it_without_a_traceback(ran: Any, exporter: Any) -> None:
    shown = nbformat.v4.new_notebook(cells=[cell for cell in ran.cells if not cell.metadata["name"].startswith("own")])
    text, _resources = exporter(exclude_input=True).from_notebook_node(shown)
    text = text.split("<body", 1)[-1]
    assert "请写成2015-09" in text
    bare(text)


@pytest.mark.slow
def test_papermill_says_the_problems_and_the_repair(tmp_path: Path) -> None:
    import papermill
    from papermill.exceptions import PapermillExecutionError

    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(REFUSED)])
    nbformat.write(made, tmp_path / "in.ipynb")
    with pytest.raises(PapermillExecutionError) as stopped:
        papermill.execute_notebook(
            tmp_path / "in.ipynb", tmp_path / "out.ipynb", kernel_name="python3", progress_bar=False
        )
    assert "请写成2015-09" in str(stopped.value)
    bare(str(stopped.value))


@pytest.mark.parametrize(
    ("where", "sent"),
    [
        (r"C:\Users\某人\台账.xlsx", "…/台账.xlsx"),
        ("/home/某 人/a/台账.xlsx", "…/台账.xlsx"),
        ("2015/09", "2015/09"),
        ("编码/名称", "编码/名称"),
    ],
)
def test_folders_are_left_out(where: str, sent: str) -> None:
    error = InternalError(Problem(Where(where), "坏了", ""))
    assert f"{sent}：坏了" in box(error.problems, ours=True)["text/html"]
