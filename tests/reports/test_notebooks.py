"""What the report notebooks have in common: their imports, their parameters, what they declare."""

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from govkit.core.errors import InputError
from govkit.figures.figure import Figures
from govkit.figures.snapshot import Snapshot, hold
from govkit.ledgers.indicator import Measure, Values
from govkit.ledgers.period import Period
from govkit.rendering.catalogue import Report, reports
from govkit.reports.plan import planned

REPORTS = {report.name: report for report in reports()}
PLACES = {"district": "示范区", "township": "阳庙镇", "village": "北西尚村"}
MONTH = "2015-06"
"""A month in which something of every kind happened, exams and income projects included."""


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


class Computed:
    """The codes of the indicators and of the trends that Figures and Snapshot compute."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.indicators: set[str] = set()
        self.trends: set[str] = set()
        of, indicator, trend = Values.of, Snapshot.indicator, Figures.trend

        def noted_of(values: Values, measure: Measure, periods: Sequence[Period]) -> Any:
            self.indicators.add(measure.code)
            return of(values, measure, periods)

        def noted_indicator(snapshot: Snapshot, code: str, *args: Any, **more: Any) -> Any:
            self.indicators.add(code)
            return indicator(snapshot, code, *args, **more)

        def noted_trend(figures: Figures, code: str, *args: Any) -> Any:
            self.trends.add(code)
            return trend(figures, code, *args)

        patch.setattr(Values, "of", noted_of)
        patch.setattr(Snapshot, "indicator", noted_indicator)
        patch.setattr(Figures, "trend", noted_trend)


def run(report: Report, **parameters: Any) -> None:
    """Run a notebook's cells in this process; what they display is dropped."""
    names: dict[str, Any] = {}
    for cell in report.notebook["cells"]:
        exec("".join(cell["source"]), names)  # noqa: S102 - a notebook of this repository
        if "parameters" in cell["metadata"].get("tags", []):
            names.update(parameters)


@pytest.mark.parametrize("name", REPORTS)
def test_a_notebook_declares_the_indicators_that_it_computes(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    report, computed = REPORTS[name], Computed(monkeypatch)
    monkeypatch.setattr("IPython.display.display", lambda *_shown, **_about: None)
    hold(snapshot)
    given = {"store": snapshot.store.url, "version": snapshot.commit.version, "period": MONTH}
    for level in report.levels:
        for audience in report.audiences:
            run(report, **given, place=PLACES[level], audience=audience)
    assert set(report.indicators) == computed.indicators
    assert set(report.trends) == computed.trends


def test_an_unknown_indicator_is_refused_by_its_code(
    sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = json.loads(REPORTS["services"].path.read_text(encoding="utf-8"))
    notebook["metadata"]["govkit"] |= {"indicators": ["C9", "C99"], "trends": ["visits"]}
    (tmp_path / "services.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr("govkit.reports.plan.find_report", lambda _name: Report(tmp_path / "services.ipynb"))
    with pytest.raises(InputError) as refused:
        planned("services", str(sample_store), MONTH)
    assert [problem.where.item for problem in refused.value.problems] == ["C99", "visits"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_notebook_takes_its_figures_for_its_audience(name: str) -> None:
    assert "f = snapshot.figures(place, period, audience)" in {ast.unparse(line) for line in code(REPORTS[name])}
