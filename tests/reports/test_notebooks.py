"""What the report notebooks have in common: their imports, their parameters, what they declare."""

import ast
from collections.abc import Iterator

import pytest

from govkit.rendering.catalogue import Report, reports

REPORTS = {report.name: report for report in reports()}


def code(report: Report) -> Iterator[ast.stmt]:
    """Yield the statements of every code cell."""
    for cell in report.notebook["cells"]:
        if cell["cell_type"] == "code":
            yield from ast.parse("".join(cell["source"])).body


@pytest.mark.parametrize("name", REPORTS)
def test_a_notebook_imports_the_kit_and_its_own_module(name: str) -> None:
    lines = [ast.unparse(line) for line in code(REPORTS[name]) if isinstance(line, ast.Import | ast.ImportFrom)]
    kit = [line for line in lines if "govkit" in line]
    assert kit[0] == "import govkit"
    assert len(kit) == 2
    assert kit[1].startswith(f"from govkit.reports.{name} import ")
    assert kit[1].endswith(", r")
