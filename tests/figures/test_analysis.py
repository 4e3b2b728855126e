"""The eight questions of the analysts' notebook: short, executed, and equal to an independent count in pandas."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
import numpy as np
import pandas as pd
import pytest

import govkit
from govkit.core.errors import InputError
from govkit.core.files import shipped
from govkit.figures import analysis
from govkit.figures.snapshot import Snapshot
from govkit.institutions.decisions import STEP_TITLES
from govkit.rendering.content.charts import Chart

NOTEBOOK = shipped("notebooks/analyst.ipynb")
END = pd.Timestamp("2015-09-30")
QUESTION_CELLS = ["within", "silent", "rate", "season", "funnel", "ages", "points", "village"]
Answers = dict[str, Any]


def cells(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


def run(parameters: Answers) -> Answers:
    """Run the notebook's cells in this process with parameters in the place of its own; return its names."""
    names: Answers = {}
    for cell in cells("code"):
        exec("".join(cell["source"]), names)  # noqa: S102 - our own notebook
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(names)
            names |= parameters
    return names


@pytest.fixture(scope="module")
def answers(snapshot: Snapshot) -> Iterator[Answers]:
    """Return the answers as of September."""
    import matplotlib.pyplot as plt

    with mpl.rc_context({"backend": "agg"}):
        yield run({"store": snapshot.store.url, "period": "2015-09", "place": "北西尚"})
        plt.close("all")


def test_each_question_takes_at_most_five_lines() -> None:
    asked = cells("code")[2:]
    assert [cell["id"] for cell in asked] == QUESTION_CELLS
    assert [cell["id"] for cell in asked if len(cell["source"]) > 5] == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("version", "x", "version"),
        ("version", 99, "没有第99版"),
        ("period", 201509, "period"),
        ("period", "2015-9", "period"),
        ("period", "2016-01", "2016年1月"),
        ("place", "无此村", "无此村"),
        ("place", "__import__('os')", "place"),
        ("days", 0, "days"),
        ("days", "half", "days"),
        ("months", -1, "months"),
        ("months", 2.5, "months"),
        ("store", 5, "store"),
    ],
)
def test_a_wrong_parameter_is_refused(snapshot: Snapshot, name: str, value: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        run({"store": snapshot.store.url} | {name: value})
    assert said in str(refused.value)


def test_disputes_settled_within_thirty_days_by_township(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["disputes"].assign(name=lambda f: f["township"].map(snapshot.places.names))
    found = rows[rows["found_on"] <= END]
    old = found[found["found_on"] <= END - pd.Timedelta(days=30)]
    quick = old[(old["settled_on"] - old["found_on"]).dt.days <= 30]
    table = answers["within"]
    assert table["件数"].to_dict() == old.groupby("name").size().to_dict()
    assert table["按期"].to_dict() == quick.groupby("name").size().to_dict()
    assert table["未满期"].sum() == len(found) - len(old) > 0
    assert table["按期率"].to_dict() == pytest.approx((table["按期"] / table["件数"] * 100).to_dict())
    assert ((table["下限"] < table["按期率"]) & (table["按期率"] < table["上限"])).all()


def test_villages_without_a_disclosure_for_three_months(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["decisions"]
    days = pd.concat(
        [rows[["place", name]].set_axis(["place", "day"], axis=1) for name in ("published_on", "result_published_on")]
    )
    recent = set(days.loc[days["day"].between(pd.Timestamp("2015-07-01"), END), "place"])
    expected = {unit.name for unit in snapshot.places.at("village") if unit.code not in recent}
    silent = answers["silent"]
    assert set(silent.index) == expected
    assert len(expected) > 3
    known = days[days["day"] <= END].groupby("place")["day"].max()
    last = {snapshot.places.names[str(code)]: day for code, day in known.items()}
    assert silent["最近一次"].dropna().to_dict() == {name: last[name] for name in silent["最近一次"].dropna().index}
    assert silent["最近一次"].is_monotonic_increasing or silent["最近一次"].isna().any()


def test_the_pass_rate_with_its_interval(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["exam_results"]
    sat = rows[(rows["kind"] == "区级闭卷考试") & (rows["status"] == "参考")]
    table = answers["rate"].set_index("单位编码")
    counts = sat.groupby("township")["passed"].agg(["sum", "size"])
    townships = counts.loc[table.index]
    assert table["分子"].tolist() == townships["sum"].astype(float).tolist()
    assert table["分母"].tolist() == townships["size"].astype(float).tolist()
    assert ((table["下限"] < table["数值"]) & (table["数值"] < table["上限"])).all()


def test_the_seasonal_pattern(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["disputes"]
    counts = rows[rows["found_on"] <= END].groupby(rows["found_on"].dt.month).size()
    assert answers["pattern"]["均值"].to_dict() == counts.astype(float).to_dict()
    assert answers["pattern"]["季节指数"].to_dict() == pytest.approx((counts / counts.mean()).to_dict())


def test_the_funnel_of_decisions(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["decisions"]
    proposed = rows[rows["proposed_on"] <= END]
    counts = [int((proposed[name] <= END).sum()) for name in STEP_TITLES]
    assert answers["funnel"]["件数"].tolist() == counts
    assert answers["funnel"]["占首步"].tolist() == pytest.approx([count / counts[0] * 100 for count in counts])
    steps = [later / first * 100 for first, later in pairwise(counts)]
    assert answers["funnel"]["占上一步"].tolist()[1:] == pytest.approx(steps)


def test_the_age_of_open_disputes(snapshot: Snapshot, answers: Answers) -> None:
    rows = snapshot.frames["disputes"]
    still = rows[(rows["found_on"] <= END) & ~(rows["settled_on"] <= END).fillna(value=False)]
    age = (END - still["found_on"]).dt.days
    groups = np.select([age <= 30, age <= 60, age <= 90], [0, 1, 2], 3)
    table = answers["ages"]
    assert table.loc["合计"].tolist() == [*np.bincount(groups, minlength=4).tolist(), len(still)]
    named = still["township"].map(snapshot.places.names).value_counts().to_dict()
    assert table["合计"].drop("合计").to_dict() == {name: named.get(name, 0) for name in table.index.drop("合计")}


def test_the_correlation_of_appraisal_parts(snapshot: Snapshot, answers: Answers) -> None:
    points = answers["points"]
    assert points.index.tolist() == [unit.name for unit in snapshot.places.at("village")]
    complete = points.dropna()
    assert complete["总分"].tolist() == pytest.approx(complete.drop(columns="总分").sum(axis=1).tolist(), abs=0.006)
    first, second = points.columns[:2]
    ranks = points[[first, second]].dropna().rank()
    expected = np.corrcoef(ranks[first], ranks[second])[0, 1]
    assert points.corr(method="spearman").loc[first, second] == pytest.approx(expected)


def test_a_villages_year(snapshot: Snapshot, answers: Answers) -> None:
    year, rows = answers["year"], snapshot.frames["disputes"]
    assert answers["village"] == "北西尚村"
    assert year.index.astype(str).tolist() == [f"2015-{month:02}" for month in range(1, 10)]
    own = rows[rows["place"] == "yangmiao-02"].groupby(rows["found_on"].dt.to_period("M")).size()
    assert year["排查矛盾纠纷"].tolist() == own.reindex(year.index, fill_value=0).astype(float).tolist()
    assert "窗口接待" not in year


def test_parameters_are_obeyed(snapshot: Snapshot, answers: Answers) -> None:
    import matplotlib.pyplot as plt

    with mpl.rc_context({"backend": "agg"}):
        other = run({"store": snapshot.store.url, "period": "2015-12", "place": "马村", "days": 10, "months": 1})
        plt.close("all")
    assert other["village"] == "马村"
    assert len(other["silent"]) > len(answers["silent"])
    assert other["within"]["按期率"].mean() < answers["within"]["按期率"].mean()
    assert len(other["year"]) == 12


@pytest.mark.slow
def test_the_notebook_runs_in_a_kernel_and_shows_answers(snapshot: Snapshot, tmp_path: Path) -> None:
    import papermill

    out = tmp_path / "答案.ipynb"
    papermill.execute_notebook(
        NOTEBOOK, out, parameters={"store": snapshot.store.url, "period": "2015-09"}, progress_bar=False, cwd=tmp_path
    )
    done = nbformat.read(out, as_version=4)
    shown = {cell.id: list(cell.outputs) for cell in done.cells if cell.cell_type == "code"}
    for name in QUESTION_CELLS:
        outputs = shown[name]
        assert any("text/html" in output.get("data", {}) or "image/png" in output.get("data", {}) for output in outputs)
        assert not [
            output for output in outputs if output.get("name") == "stderr"
        ]  # a missing glyph is a warning there
    charts = [key for key, outputs in shown.items() if any("image/png" in output.get("data", {}) for output in outputs)]
    assert len(charts) >= 5


QUESTIONS: list[Callable[[Snapshot], Any]] = [
    lambda s: analysis.settled_within(s, "矛盾纠纷", "化解日"),
    lambda s: analysis.settled_within(s, "矛盾纠纷", "化解日期", days=0),
    lambda s: analysis.settled_within(s, "矛盾纠纷", "化解日期", until="2016-01"),
    lambda s: analysis.settled_within(s, "窗口接待", "统计日期", by="village"),
    lambda s: analysis.silent_units(s, "没有", ["决议公开"]),
    lambda s: analysis.silent_units(s, "4+2", ["决议公布"]),
    lambda s: analysis.silent_units(s, "4+2", "决议公开", months=-1),
    lambda s: analysis.seasonal(s, "没有"),
    lambda s: analysis.seasonal(s, "G4", "没有"),
    lambda s: analysis.funnel(s, "4+2", ["标题"]),
    lambda s: analysis.ageing(s, "矛盾纠纷", "化解日期", bounds=(60, 30)),
    lambda s: analysis.ageing(s, "矛盾纠纷", "化解日期", bounds=()),
    lambda s: analysis.ageing(s, "矛盾纠纷", "纠纷类型"),
    lambda s: analysis.appraisal_points(s, until="2015-13"),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_cannot_be_answered_is_refused(snapshot: Snapshot, question: Callable[[Snapshot], Any]) -> None:
    with pytest.raises(InputError) as refused:
        question(snapshot)
    assert refused.value.problems[0].repair or refused.value.problems[0].what


def test_a_unit_that_did_not_report_is_said_not_counted(partial: Snapshot) -> None:
    within = analysis.settled_within(partial, "矛盾纠纷", "化解日期")
    ages = analysis.ageing(partial, "矛盾纠纷", "化解日期")
    assert within.loc["阳庙镇"].isna().all()
    assert ages.loc["阳庙镇"].isna().all()
    assert ages.loc["合计", "合计"] == ages["合计"].drop("合计").sum()
    silent = analysis.silent_units(partial, "4+2", ["决议公开", "结果公开"])
    assert silent.loc["北西尚村", "台账"] == "未报送"
    assert set(silent.loc[silent["台账"] == "未报送", "所属乡镇（街道）"]) == {"阳庙镇"}


def test_rows_of_a_unit_above_the_level_are_not_dropped(snapshot: Snapshot) -> None:
    rows = snapshot.frames["suggestions"]
    still = rows[~(rows["closed_on"] <= pd.Timestamp("2015-12-31")).fillna(value=False)]
    ages = analysis.ageing(snapshot, "意见建议", "销号日期")
    assert ages.loc["合计", "合计"] == len(still)
    assert ages.loc["示范区本级", "合计"] == (still["township"] == "sfq").sum() > 0


def test_the_charts_of_reports_are_at_hand(snapshot: Snapshot) -> None:
    frame = snapshot.indicator("G4", by="township", periods="2015")
    chart = govkit.charts.bars(frame, "place_name", "value", caption="各单位排查数", unit="件")
    assert isinstance(chart, Chart)
    for name in ("bars", "shares", "trend", "timeline"):
        assert ">>>" in (getattr(govkit.charts, name).__doc__ or "")
