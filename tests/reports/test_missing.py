"""One township's workbook alone: no zero stands for a missing unit in any table of any report."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.figures.reported import UNREPORTED
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.rendering.catalogue import reports
from tests.reports.routes import Kernel, filled_in

pytestmark = pytest.mark.slow

SENT = "李万街道"
SILENT = [place.name for place in shipped_places().at("township") if place.name != SENT]
PLACES = {"district": "示范区", "township": SILENT[0], "village": "北西尚村"}
CLAIMS = [
    (report.name, level, audience) for report in reports() for level in report.levels for audience in report.audiences
]
ZERO = re.compile(r"[+-]?0(\.0+)?%?")
ZERO_SAID = re.compile(r"(?<![\d.\-])0(\.0+)?(件|个|项|人次|人|户|名|次|条|起|期|支|行|处|元|%)")


@pytest.fixture(scope="module")
def one_township(tmp_path_factory: pytest.TempPathFactory, sample_workbooks: list[Path]) -> Path:
    """Return a store that holds the workbook of one township unit alone."""
    folder = tmp_path_factory.mktemp("one") / "store"
    files = [path for path in sample_workbooks if SENT in path.name]
    assert len(files) == 1
    intake = check_files(files, ledgers().values(), shipped_places())
    assert Store(folder).import_(intake, shipped_places(), "测试", note="样例数据")
    return folder


def rows_of(markdown: str) -> Iterator[list[str]]:
    for line in markdown.splitlines():
        if line.startswith("|") and not line.startswith("| :-") and not line.startswith("| --"):
            yield [cell.strip().replace("\\", "") for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(("name", "level", "audience"), CLAIMS)
def test_no_zero_stands_for_a_missing_unit(
    kernel: Kernel, one_township: Path, name: str, level: str, audience: str
) -> None:
    given = {"store": str(one_township), "period": "2015-09", "place": PLACES[level], "audience": audience}
    notebook = filled_in(name, given)
    kernel(notebook)
    shown = [
        output["data"]["text/markdown"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/markdown" in output.get("data", {})
    ]
    assert any(UNREPORTED in markdown for markdown in shown)
    tables = [markdown for markdown in shown if "gk-table" in markdown]
    for first, *cells in (row for markdown in tables for row in rows_of(markdown)):
        if level != "district" or first in SILENT:
            assert not [cell for cell in cells if ZERO.fullmatch(cell)], [first, *cells]
    if level != "district":
        said = [markdown.replace("\\", "") for markdown in shown if markdown not in tables]
        assert [text for text in said if ZERO_SAID.search(text)] == [] or name == "data_quality"
    else:
        assert any(f"未报送5个：{'、'.join(SILENT)}" in markdown for markdown in shown)
