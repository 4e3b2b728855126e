"""What-if on weights: no ranks until they add up to 100, moves, export."""

from itertools import permutations
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.reports.appraisal_whatif import WhatIf
from govkit.widgets.whatif import Weights

MONTH = "2015-12"
WEIGHT = st.integers(0, 200).map(lambda half: half / 2)


@pytest.fixture(scope="module")
def page(snapshot: Snapshot) -> WhatIf:
    return WhatIf(snapshot.figures("", MONTH))


@pytest.fixture
def panel(snapshot: Snapshot, tmp_path: Path) -> Weights:
    return Weights(snapshot, folder=tmp_path)


@pytest.mark.parametrize(
    ("first", "message"),
    [(25.0, ""), (20.0, "合计95分，还差5分"), (24.5, "合计99.5分，还差0.5分"), (30.0, "合计105分，多出5分")],
)
def test_the_difference_from_100_is_reported(page: WhatIf, first: float, message: str) -> None:
    weights = page.weights | {1: first}
    assert page.missing(weights)[:30].find(message) >= 0
    if message:
        with pytest.raises(InputError, match="100"):
            page.compared(weights)


@given(st.lists(WEIGHT, min_size=6, max_size=6))
def test_evened_weights_add_up_and_keep_their_order(page: WhatIf, given_weights: list[float]) -> None:
    weights = dict(zip(page.weights, given_weights, strict=True))
    evened = page.evened(weights)
    assert sum(evened.values()) == 100
    assert page.missing(evened) == ""
    assert all(value >= 0 and (value * 2).is_integer() for value in evened.values())
    for one, other in permutations(weights, 2):
        assert weights[one] <= weights[other] or evened[one] >= evened[other] - 0.5


def test_the_tables_own_weights_move_nobody(page: WhatIf) -> None:
    compared = page.compared(page.weights)
    assert len(compared) == 104
    assert not compared["名次升降"].any()
    assert compared["总分"].tolist() == compared["原总分"].tolist()
    assert "不变104个村" in page.summary(compared)


def test_the_moves_are_the_difference_of_the_ranks(page: WhatIf) -> None:
    compared = page.compared(page.weights | {1: 5.0, 2: 45.0})
    assert (compared["名次升降"] == compared["原名次"] - compared["名次"]).all()
    assert compared["名次"].is_monotonic_increasing
    assert compared["总分"].is_monotonic_decreasing
    assert (compared["名次升降"] != 0).any()
    enters = compared.loc[(compared["名次"] <= 10) & (compared["原名次"] > 10), "村"]
    assert all(village in page.summary(compared) for village in enters)


def test_a_score_entered_by_hand_keeps_its_share_of_the_weight(page: WhatIf) -> None:
    only = dict.fromkeys(page.weights, 0.0) | {6: 100.0}
    totals = page.compared(only).set_index("村")["总分"]
    scores = page.f.snapshot.frames["appraisal_scores"]
    last = scores.sort_values("scored_on").groupby("place")["score"].last()
    for village in page.f.snapshot.places.at("village")[:10]:
        assert totals[village.name] == pytest.approx(float(last[village.code]) * 10)


def test_the_panel_ranks_only_whole_weights(panel: Weights) -> None:
    assert "权重合计100分" in panel.sum.value
    assert "不变104个村" in panel.result.value
    panel.sliders[1].value = 10
    assert "还差15分" in panel.sum.value
    assert (panel.result.value, panel.button.disabled, panel.export()) == ("", True, None)
    panel.even.click()
    assert sum(panel.weights.values()) == 100
    assert "▲" in panel.result.value
    assert "▼" in panel.result.value
    panel.reset.click()
    assert panel.weights == panel.page.weights


def test_another_unit_and_month(panel: Weights, snapshot: Snapshot) -> None:
    panel.place.value = snapshot.place("阳庙镇").code
    assert "苏家作" not in panel.result.value
    panel.month.value = "2015-03"
    assert "不排名次" in panel.result.value


def test_what_is_shown_is_exported_and_says_it_is_a_trial(panel: Weights) -> None:
    panel.set({1: 15.0, 2: 35.0})
    written = panel.export()
    assert written is not None
    workbook = openpyxl.load_workbook(written)
    rows = list(workbook["权重试算"].values)
    assert len(rows) == 105
    assert rows[0][0] == "名次"
    about = " ".join(str(cell) for row in workbook["说明"].values for cell in row)
    assert "示意" in about
    assert "原权重25分，试算15分" in about
    panel.folder = Path(panel.folder) / "absent"
    assert panel.export() is None
    assert "error" in panel.exported.value


def test_it_begins_where_the_parameters_say(snapshot: Snapshot) -> None:
    panel = Weights(snapshot, place="阳庙镇", period="2015-06")
    assert (panel.place.label, panel.month.value) == ("阳庙镇", "2015-06")
    assert "李万样例" not in panel.result.value


@pytest.mark.parametrize(("place", "period"), [("北西尚村", ""), ("无此镇", ""), ("", "2030-01"), ("", "九月")])
def test_a_wrong_place_or_month_is_a_problem(snapshot: Snapshot, place: str, period: str) -> None:
    with pytest.raises(InputError):
        Weights(snapshot, place=place, period=period)
