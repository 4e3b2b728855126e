"""What the report notebooks have in common: their imports, their parameters, what they declare."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from govkit.core.errors import InputError
from govkit.figures.figure import Figures
from govkit.figures.snapshot import Snapshot, hold
from govkit.institutions import indicators
from govkit.ledgers.indicator import Measure, Values
from govkit.ledgers.period import Period
from govkit.rendering.catalogue import Report, reports
from govkit.reports.introductions import introduction
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
        self.parts_of: Measure | None = None
        of, indicator, trend = Values.of, Snapshot.indicator, Figures.trend

        def noted_of(values: Values, measure: Measure, periods: Sequence[Period], *within: Any) -> Any:
            if self.parts_of is None:  # numerator and denominator of a rate are computed with it
                self.indicators.add(measure.code)
                self.parts_of = measure
                try:
                    return of(values, measure, periods, *within)
                finally:
                    self.parts_of = None
            return of(values, measure, periods, *within)

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
        if cell["cell_type"] != "code":
            continue
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
def test_a_report_begins_with_its_figures_and_ends_with_its_sources(name: str) -> None:
    _first, second, *_later = [cell for cell in REPORTS[name].notebook["cells"] if cell["cell_type"] == "code"]
    lines = {ast.unparse(line) for line in ast.parse("".join(second["source"])).body}
    assert "snapshot, f = (p.snapshot, p.figures)" in lines
    assert ast.unparse(list(code(REPORTS[name]))[-1]).startswith("r.provenance(p.provenance(")


FROM_JANUARY = [code for code, measure in indicators().items() if getattr(measure, "from_january", False)]
OF_THE_MONTH = re.compile(r"\bf\[['\"]?(" + "|".join(FROM_JANUARY) + r")['\"]?\](?!\.(ytd|year_to_date))")


@pytest.mark.parametrize("name", REPORTS)
def test_a_rate_that_counts_from_january_is_never_called_the_months(name: str) -> None:
    """A sentence takes its year to date; a table of the month leaves it out."""
    assert "G6" in FROM_JANUARY
    assert OF_THE_MONTH.search("本月化解率{f[G6]}")
    assert [line for line in map(ast.unparse, code(REPORTS[name])) if OF_THE_MONTH.search(line)] == []
    calls = [node for line in code(REPORTS[name]) for node in ast.walk(line) if isinstance(node, ast.Call)]
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"by_unit", "headline", "values_by_unit"}:
            to_date = any(keyword.arg == "to_date" for keyword in call.keywords)
            assert to_date or not [code for code in FROM_JANUARY if f"'{code}'" in ast.unparse(call)]


@pytest.mark.parametrize("name", REPORTS)
def test_the_first_cell_says_what_the_declaration_says(name: str) -> None:
    """Write it anew with ``python -m govkit.reports.introductions``."""
    first = REPORTS[name].notebook["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]) == introduction(REPORTS[name])
    for said in ("**给谁用**", "**按哪级单位生成**", *(f"| `{one.name}` |" for one in REPORTS[name].parameters)):
        assert said in introduction(REPORTS[name])
