"""Parameters fail closed: routes × bad values, every pair a problem and no file; what is right agrees by every route.

The routes that start no process of their own are tried with every value, those that do (both engines of papermill) with
a value of each kind.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

import govkit
from govkit.cli import run
from govkit.core.errors import InputError, Problem, problems_of
from govkit.figures.snapshot import Snapshot, hold
from govkit.rendering.catalogue import find_report, reports
from govkit.rendering.content.blocks import UNCHECKED
from govkit.rendering.declaration import Parameter, audience_of, from_text, read_values
from govkit.rendering.injected import unknown_names
from govkit.reports.parameters import OPTIONS, Parameters, checked_parameters
from tests.reports.routes import Kernel, filled_in

MONTH = "2015-09"
PLACES = {"district": "示范区", "township": "阳庙镇", "village": "北西尚村"}
LONG = "长" * 5000
CODE = '"; import os; os.remove("x")'

Bad = tuple[str, str, object, str]
"""A report, a name, a value given for it, and what the problem says."""
BAD: list[Bad] = [
    ("services", "period", 201509, "2015-09"),
    ("services", "period", "201509", "2015-09"),
    ("services", "period", "2015-9", "2015-09"),
    ("services", "period", "2015年9月", "2015-09"),
    ("services", "period", "２０１５-０９", "2015-09"),
    ("services", "period", "2015-13", "不是有效月份"),
    ("services", "period", "0015-01", "不是有效月份"),
    ("services", "period", "1999-01", "没有"),
    ("services", "period", " ", "空白|不是有效月份"),
    ("services", "period", None, "不是有效月份"),
    ("services", "period", ["2015-09"], "不是有效月份"),
    ("services", "period", True, "不是有效月份"),
    ("services", "period", LONG, "不是有效月份"),
    ("services", "period", f"2015-09{CODE}", "不是有效月份"),
    ("services", "period", "2015-09\n", "不是有效月份"),
    ("services", "place", "没有的村", "没有名为"),
    ("services", "place", 17, "文字"),
    ("services", "place", None, "文字"),
    ("services", "place", ["阳庙镇", 1], "文字"),
    ("services", "place", LONG, "5000"),
    ("services", "place", f"阳庙镇{CODE}", "程序代码"),
    ("services", "place", "阳庙镇\nplace", "换行"),
    ("services", "place", "阳庙\u200b镇", "看不见"),
    ("annual_review", "place", "北西尚村", "村一级"),
    ("public_notice", "place", "示范区", "区一级"),
    ("village_profile", "place", "阳庙镇", "乡镇（街道）一级"),
    ("services", "audience", "public", "不支持“公开”"),
    ("services", "audience", "公开", "不支持“公开”"),
    ("public_notice", "audience", "internal", "不支持“内部”"),
    ("monthly_bulletin", "audience", "everyone", "没有“everyone”"),
    ("monthly_bulletin", "audience", "", "空白|没有“”"),
    ("monthly_bulletin", "audience", None, "没有“null”"),
    ("monthly_bulletin", "audience", 1, "没有“1”"),
    ("monthly_bulletin", "audience", ["public"], "没有“"),
    ("monthly_bulletin", "audience", "internal' or 'public", "没有“"),
    ("services", "version", "newest", "整数"),
    ("services", "version", -1, "-1"),
    ("services", "version", 10**12, "不在"),
    ("services", "version", 99, "99"),
    ("services", "version", True, "整数"),
    ("services", "version", 1.5, "整数"),
    ("services", "version", None, "整数"),
    ("services", "store", 5, "文字"),
    ("services", "store", None, "文字"),
    ("services", "store", "没有的文件夹", "没有"),
    ("services", "store", "a\0b", "看不见"),
    ("services", "store", "x" * 300, "太长"),
    ("services", "store", "__import__('os').getcwd()", "没有"),
    ("services", "issuer", 5, "文字"),
    ("services", "issuer", None, "文字"),
    ("services", "issuer", ["甲"], "文字"),
    ("services", "issuer", LONG, "5000"),
    ("services", "issuer", "__import__('os')", "程序代码"),
    ("services", "issuer", f"办公室{CODE}", "程序代码"),
    ("services", "issuer", "{f.snapshot}", "程序代码"),
    ("services", "issuer", "<script>alert(1)</script>", "程序代码"),
    ("services", "issuer", "办公室\n# 标题", "换行"),
    ("services", "issued", "2015-10-32", "不是有效日期"),
    ("services", "issued", "2015/10/8", "2015-10-08"),
    ("services", "issued", "２０１５-１０-０８", "2015-10-08"),
    ("services", "issued", 20151008, "2015-10-08"),
    ("services", "issued", False, "不是有效日期"),
    ("services", "issued", None, "不是有效日期"),
    ("services", "unheard_of", "1", "没有参数“unheard_of”"),
    ("services", "audiance", "public", "没有参数“audiance”"),
    ("services", "r", "1", "没有参数“r”"),
    ("services", "globals", "1", "没有参数“globals”"),
    ("services", "whole_year", "true", "没有参数“whole_year”"),
    ("appraisal_and_prizes", "table", "../../etc/passwd", "不是文件名"),
    ("appraisal_and_prizes", "table", f"a{CODE}", "不是文件名"),
    ("appraisal_and_prizes", "table", 3, "文字"),
    ("appraisal_and_prizes", "pay_base", "many", "数"),
    ("appraisal_and_prizes", "pay_base", "__import__('os')", "数"),
    ("appraisal_and_prizes", "pay_base", "((((" * 500, "数"),
    ("appraisal_and_prizes", "pay_base", -1, "不在"),
    ("appraisal_and_prizes", "pay_base", float("nan"), "数|不在|值"),
    ("appraisal_and_prizes", "pay_base", float("inf"), "数|不在|值"),
    ("appraisal_and_prizes", "pay_base", True, "数"),
    ("appraisal_and_prizes", "pay_base", None, "数"),
    ("data_quality", "grace_days", "-3", "整数|不在"),
    ("data_quality", "grace_days", 1000, "不在"),
    ("data_quality", "grace_days", "1.5", "整数"),
    ("data_quality", "grace_days", [], "整数"),
    ("decision_register", "whole_year", "maybe", "是或否"),
    ("decision_register", "whole_year", "1", "是或否"),
    ("decision_register", "whole_year", 1, "是或否"),
    ("decision_register", "whole_year", None, "是或否"),
]
NEEDED = {"public_notice": {"audience": "public"}}
"""What a report must be told beside the bad value."""


def named(bad: Bad) -> str:
    return f"{bad[1]}={str(bad[2])[:12]}-{bad[0]}".encode("unicode_escape").decode()


def given(bad: Bad, store: Path) -> dict[str, object]:
    """Return parameters of which one is bad."""
    name, parameter, value, _said = bad
    level = find_report(name).levels[0]
    return {"store": str(store), "period": MONTH, "place": PLACES[level], **NEEDED.get(name, {}), parameter: value}


def says(problems: list[Problem], words: str) -> bool:
    text = "\n".join(map(str, problems))
    return any(word in text for word in words.split("|"))


def source_of(name: str, cell: str) -> str:
    return next("".join(one["source"]) for one in find_report(name).notebook["cells"] if one["id"] == cell)


def injected(parameters: Mapping[str, object]) -> str:
    """Return the cell that papermill puts below the parameters."""
    from papermill.parameterize import translate_parameters

    return str(translate_parameters("python3", "python", parameters, "Parameters"))


# Every bad value, by every route within this process.

OPTION_TEXTS = [bad for bad in BAD if isinstance(bad[2], str) and "\0" not in bad[2]]


@pytest.mark.parametrize("bad", OPTION_TEXTS, ids=map(named, OPTION_TEXTS))
def test_the_command_refuses(sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: Bad) -> None:
    command = ["report", "render", bad[0], "-o", str(tmp_path / "out"), "--format", "html"]
    for name, value in given(bad, sample_store).items():
        command += [OPTIONS[name], str(value)] if name in OPTIONS else ["--param", f"{name}={value}"]
    assert run(command) == 1
    said = capsys.readouterr().err
    assert any(word in said for word in bad[3].split("|"))
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", BAD, ids=map(named, BAD))
def test_the_call_refuses(snapshot: Snapshot, sample_store: Path, tmp_path: Path, bad: Bad) -> None:
    hold(snapshot)
    asked = given(bad, sample_store)
    call: dict[str, Any] = {"folder": tmp_path / "out", "formats": "html", "places": asked.pop("place")}
    call |= {name: asked.pop(name) for name in ("store", "period", "audience", "version") if name in asked}
    if bad[1] in {"version", "audience"} and bad[2] is None:
        return  # None is the latest version and the report's usual audience there
    with pytest.raises(InputError) as refused:
        govkit.render(bad[0], **call, parameters=asked)
    assert says(list(refused.value.problems), bad[3])
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """Return IPython in this process, as in a kernel."""
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def by_hand(shell: InteractiveShell, name: str, parameters: Mapping[str, object]) -> BaseException | None:
    """Run the parameters cell, an injected one, and the cell that checks them; return the error."""
    with capture_output():
        for source in (source_of(name, "parameters"), injected(parameters)):
            shell.run_cell(source, store_history=True).raise_error()
        result = shell.run_cell(source_of(name, "load"), store_history=True)
    error: BaseException | None = result.error_in_exec
    return error


@pytest.mark.parametrize("bad", BAD, ids=map(named, BAD))
def test_the_notebook_itself_refuses(
    snapshot: Snapshot, sample_store: Path, shell: InteractiveShell, tmp_path: Path, bad: Bad
) -> None:
    hold(snapshot)
    error = by_hand(shell, bad[0], given(bad, sample_store))
    assert isinstance(error, InputError), repr(error)
    assert says(list(error.problems), bad[3])


@pytest.mark.slow
def test_nbclient_refuses_every_one(kernel: Kernel, sample_store: Path) -> None:
    """On one kernel for all values: every run of the parameters cell begins anew."""
    passed = []
    for bad in BAD:
        notebook = filled_in(bad[0], given(bad, sample_store))
        notebook.cells = notebook.cells[:4]  # introduction, parameters, injected, load
        with pytest.raises(CellExecutionError, match=" → "):
            kernel(notebook)
        found = problems_of(notebook.cells[3].outputs)
        if not says(found, bad[3]):
            passed.append((bad, found))
    assert passed == []


FEW = [bad for bad in BAD if named(bad) in {named(one) for one in BAD if one[1] in {"period", "audience", "audiance"}}]
FEW = [bad for bad in FEW if bad[2] in (201509, "北西尚村", "public", "everyone")]


@pytest.mark.slow
@pytest.mark.parametrize("engine", [None, "govkit"])
@pytest.mark.parametrize("bad", FEW, ids=map(named, FEW))
def test_papermill_fails_with_the_problem(sample_store: Path, tmp_path: Path, bad: Bad, engine: str | None) -> None:
    command = [sys.executable, "-m", "papermill", str(find_report(bad[0]).path), str(tmp_path / "out.ipynb")]
    command += ["--no-progress-bar", *(["--engine", engine] if engine else [])]
    for name, value in given(bad, sample_store).items():
        command += ["-p", name, str(value)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    found = [problem for cell in notebook.cells for problem in problems_of(cell.get("outputs", ()))]
    assert says(found, bad[3])
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type != "error"]
    assert not [output for output in shown if output.get("data", {}).get("text/markdown")]


# Options that contradict one another.

CONTRADICTIONS = {
    "a month beside --period": ["--param", "period=2015-08"],
    "a place beside --place": ["--place", "阳庙镇", "--param", "place=宁郭镇"],
    "an audience beside --audience": ["--audience", "public", "--param", "audience=internal"],
    "a store beside --store": ["--param", "store=elsewhere"],
    "a version": ["--param", "version=1"],
    "a level as a parameter": ["--param", "level=village"],
    "two months": ["--period", "2015-08"],
    "two audiences": ["--audience", "public", "--audience", "internal"],
    "two levels": ["--level", "village", "--level", "township"],
    "a level and a place": ["--level", "village", "--place", "阳庙镇"],
    "one parameter twice": ["--param", "issuer=甲", "--param", "issuer=乙"],
    "a blank place": ["--place", ""],
    "an unknown level": ["--level", "county"],
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_refused(
    sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    command = ["report", "render", "monthly_bulletin", "--store", str(sample_store), "--format", "html"]
    assert run([*command, "--period", MONTH, "-o", str(tmp_path / "out"), *CONTRADICTIONS[case]]) == 1
    assert "→" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_all_problems_are_told_at_once(sample_store: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        govkit.render(
            "services", store=sample_store, period="201509", audience="公开", parameters={"period": "x", "issued": "x"}
        )
    assert [problem.where.item for problem in refused.value.problems] == ["period", "period", "audience", "issued"]


# What is right.


@pytest.mark.parametrize("word", ["public", "Public", "PUBLIC", "公开", " 公开 ", "ｐｕｂｌｉｃ"])
def test_a_synonym_of_public_gives_public_content(
    snapshot: Snapshot, sample_store: Path, shell: InteractiveShell, word: str
) -> None:
    hold(snapshot)
    assert audience_of(word) == "public"
    asked = {"store": str(sample_store), "period": MONTH, "audience": word}
    assert by_hand(shell, "monthly_bulletin", asked) is None
    p: Parameters = shell.user_ns["p"]
    assert p.audience == "public"
    assert p.figures.snapshot is p.snapshot.public
    assert ("生成参数", "月份：2015年9月，单位：示范区，读者：公开") in p.provenance()
    assert p.file_name.endswith("-公开")


def test_blanks_stand_for_the_latest_month_and_the_district(snapshot: Snapshot, sample_store: Path) -> None:
    hold(snapshot)
    report = find_report("services")
    p = checked_parameters(report, {one.name: one.default for one in report.parameters} | {"store": str(sample_store)})
    assert (p.period, p.place, p.audience, p.file_name) == (
        "2015-12",
        "示范区",
        "internal",
        "便民服务情况-2015-12-示范区",
    )
    assert {"issuer", "figures", "snapshot"} <= set(dir(p))
    with pytest.raises(AttributeError):
        p.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["village_profile", "public_notice", "decision_register"])
def test_a_report_that_is_not_made_for_the_district_asks_for_a_place(
    snapshot: Snapshot, sample_store: Path, shell: InteractiveShell, name: str
) -> None:
    hold(snapshot)
    error = by_hand(shell, name, {"store": str(sample_store)})
    assert isinstance(error, InputError)
    assert says(list(error.problems), "没有写单位")


HISTORIES: dict[str, tuple[list[str], list[str]]] = {
    "as shipped": (["P", "L"], []),
    "injected": (["P", "x = 1", "L"], ["x"]),
    "with a comment and a type": (["P", "# Parameters\nx: int = 1\nperiod = '2015-09'", "L"], ["x"]),
    "typed into the cell of parameters": (["P\naudiance = 'public'", "L"], ["audiance"]),
    "a cell that does more": (["P", "import os\nx = 1", "L"], []),
    "cells of an analyst after the report": (["P", "L", "rates = f['G6']", "L"], []),
    "refused again": (["P", "x = 1", "L", "L"], ["x"]),
    "repaired": (["P\nx = 1", "L", "P", "L"], []),
    "without a cell of parameters": (["x = 1", "L"], ["x"]),
    "no Python": (["P", "x = ", "L"], []),
    "two at once": (["P", "x = y = 1\n(a, b) = 1, 2", "L"], ["x", "y", "a", "b"]),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_unknown_names_are_found_in_what_was_run(case: str) -> None:
    cells, unknown = HISTORIES[case]
    declared = source_of("services", "parameters")
    ran = [cell.replace("P", declared, 1) if cell.startswith("P") else cell for cell in cells]
    assert unknown_names(find_report("services").parameters, ran) == unknown


def test_texts_become_the_declared_types() -> None:
    declared = [Parameter("n", "int", 0, ""), Parameter("x", "float", 0.0, ""), Parameter("b", "bool", False, "")]
    declared += [Parameter("l", "list", [], ""), Parameter("s", "str", "", "")]
    texts = {"n": "3", "x": "2.5", "b": "True", "l": "[1, 2]", "s": "3", "other": "1"}
    assert from_text(declared, texts) == {"n": 3, "x": 2.5, "b": True, "l": [1, 2], "s": "3", "other": "1"}
    for text in ("x", "[" * 100_000, ""):
        assert set(from_text(declared, {"n": text, "l": text}).values()) == {text}
    assert from_text(declared, {"x": "1e999"}) == {"x": "1e999"}


def test_a_report_without_limits_takes_any_number() -> None:
    values, problems = read_values("a", [Parameter("n", "int", 0, "")], {"n": -5}, ())
    assert (values, problems) == ({"n": -5}, [])


@pytest.mark.parametrize("report", reports(), ids=lambda report: report.name)
def test_every_parameter_of_every_report_has_a_row_in_the_table_above(report: Any) -> None:
    assert {parameter.name for parameter in report.parameters} <= {bad[1] for bad in BAD}
    assert {p.type for p in report.parameters} <= {"str", "int", "float", "bool"}
    numbers = {p.name for p in report.parameters if p.type in {"int", "float"}} - {"version"}
    assert all(p.limits.keys() == {"least", "most"} for p in report.parameters if p.name in numbers)


def test_the_warning_is_shown_by_hand_and_never_by_the_command(
    snapshot: Snapshot, sample_store: Path, shell: InteractiveShell
) -> None:
    hold(snapshot)
    for audience, shown in (("public", True), ("internal", False)):
        with capture_output() as caught:
            shell.run_cell(source_of("monthly_bulletin", "parameters"), store_history=True)
            shell.run_cell(injected({"store": str(sample_store), "audience": audience}), store_history=True)
            shell.run_cell(source_of("monthly_bulletin", "load"), store_history=True)
        assert (UNCHECKED in json.dumps([one.data for one in caught.outputs], ensure_ascii=False)) is shown
