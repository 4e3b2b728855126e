"""Every notebook obeys its own declaration of parameters: bad values × routes, for those that are no reports too.

The values are made from the declared types; reports have more of them in ``tests/reports/test_parameters.py``. The
notebook's own check runs in this process for every value; nbclient and the engines of papermill take a few.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient.exceptions import CellExecutionError
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook
from papermill.parameterize import translate_parameters
from traitlets.config import Config

from govkit.core.errors import InputError, problems_of
from govkit.core.files import shipped
from govkit.rendering.catalogue import Report, find_notebook
from govkit.rendering.declaration import Parameter
from govkit.reports.parameters import checked_values
from tests.reports.routes import filled_in, one_kernel

ROOT = shipped("notebooks")
NOTEBOOKS = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.glob("[!.]*.ipynb"))
NOTEBOOKS += sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.glob("exams/*.ipynb"))
LONG = "长" * 5000
OF_TYPE: dict[str, dict[str, object]] = {
    "str": {
        "number": 5,
        "none": None,
        "list": ["a"],
        "lines": "a\nb",
        "hidden": "a\u200bb",
        "null": "a\0b",
        "long": LONG,
    },
    "int": {"words": "many", "half": 1.5, "truth": True, "none": None, "list": [1], "far": 10**12, "below": -(10**12)},
    "float": {"words": "many", "none": None, "truth": True, "nan": math.nan, "infinite": math.inf, "far": 1e12},
    "bool": {"number": 1, "words": "maybe", "none": None, "digit": "1"},
}
CODE = '"; import os; os.remove("x")'
LOCATIONS = {"store", "exam", "bank", "folder", "data", "state"}

Bad = tuple[str, str, str, object]
"""A notebook, a parameter, a kind of mistake and the value."""


def bad_values(notebook: str, parameter: Parameter) -> Iterator[Bad]:
    for kind, value in OF_TYPE[parameter.type].items():
        yield notebook, parameter.name, kind, value
    if parameter.type == "str" and parameter.name not in LOCATIONS:
        yield notebook, parameter.name, "code", f"a{CODE}"
    if parameter.limits:
        yield notebook, parameter.name, "least", parameter.limits["least"] - 1
        yield notebook, parameter.name, "most", parameter.limits["most"] + 1
    if parameter.choices:
        yield notebook, parameter.name, "choice", "no such choice"


BAD = [bad for name in NOTEBOOKS for one in find_notebook(name).parameters for bad in bad_values(name, one)]
BAD += [(name, "unheard_of", "unknown", "1") for name in NOTEBOOKS]
FEW = [bad for bad in BAD if bad[2] in {"none", "unknown", "choice", "least"}]
WHOLE = [("exams/result_bulletin", {"sitting": "third"}), ("analyst", {"plase": "a"}), ("explore", {"period": 201509})]


def named(bad: Bad) -> str:
    return "-".join(bad[:3])


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """Return IPython in this process, as in a kernel."""
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def sources(report: Report) -> list[str]:
    """Return the cell of parameters and the one that checks them."""
    return ["".join(cell["source"]) for cell in report.notebook["cells"] if cell["cell_type"] == "code"][:2]


def refused(problems: Any, name: str) -> None:
    assert [problem.where.item for problem in problems] == [name]
    assert all(problem.what and problem.repair for problem in problems)


@pytest.mark.parametrize("bad", BAD, ids=map(named, BAD))
def test_the_notebook_refuses_it_before_it_does_anything(
    shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: Bad
) -> None:
    monkeypatch.chdir(tmp_path)
    notebook, name, _kind, value = bad
    declared, checking = sources(find_notebook(notebook))
    with capture_output():
        for source in (declared, translate_parameters("python3", "python", {name: value}, "Parameters")):
            shell.run_cell(source, store_history=True).raise_error()
        error = shell.run_cell(checking, store_history=True).error_in_exec
    assert isinstance(error, InputError), repr(error)
    refused(error.problems, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_nbclient_refuses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one kernel for all notebooks."""
    monkeypatch.chdir(tmp_path)
    with one_kernel() as run:
        for notebook, name, _kind, value in FEW:
            filled = filled_in(notebook, {name: value})
            filled.cells = [cell for cell in filled.cells if cell.cell_type == "code"][:3]  # the third checks
            with pytest.raises(CellExecutionError, match=" → "):
                run(filled)
            refused(problems_of(filled.cells[2].outputs), name)


@pytest.mark.slow
@pytest.mark.parametrize("engine", [None, "govkit"])
@pytest.mark.parametrize(("notebook", "given"), WHOLE, ids=[name for name, _given in WHOLE])
def test_papermill_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notebook: str, given: dict[str, object], engine: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    how = {"engine_name": engine, "kernel_name": "python3", "progress_bar": False}
    with pytest.raises(PapermillExecutionError) as stopped:
        execute_notebook(ROOT / f"{notebook}.ipynb", tmp_path / "out.ipynb", given, **how)
    assert " → " in str(stopped.value)
    assert "Traceback" not in str(stopped.value)
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


def test_a_parameter_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError) as stopped:
        checked_values(find_notebook("exams/exam_room"), {"exam": "", "data": "", "port": 8000})
    refused(stopped.value.problems, "one_seat")


RIGHT: list[tuple[str, str, object, object]] = [
    ("exams/exam_room", "port", "8001", 8001),
    ("exams/exam_room", "one_seat", "True", True),
    ("exams/exam_room", "one_seat", "否", False),
    ("exams/exam_room", "data", r"C:\office=1\考场" + "长" * 80, r"C:\office=1\考场" + "长" * 80),
    ("exams/result_bulletin", "sitting", "补考", "resit"),
    ("exams/result_bulletin", "sitting", "final", "final"),
    ("exams/result_bulletin", "audience", "公开", "public"),
    ("exams/result_bulletin", "honours_least", "85.5", 85.5),
    ("exams/result_bulletin", "honours_least", 85, 85),
    ("analyst", "days", "60", 60),
    ("explore", "place", " 阳庙镇 ", "阳庙镇"),
]


@pytest.mark.parametrize(("notebook", "name", "given", "read"), RIGHT)
def test_what_the_declaration_reads_exactly_is_taken(notebook: str, name: str, given: object, read: object) -> None:
    report = find_notebook(notebook)
    values = {one.name: one.default for one in report.parameters} | {name: given}
    found = checked_values(report, values).values[name]
    assert (found, type(found)) == (read, type(read))
