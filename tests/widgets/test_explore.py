"""The explorer: figures equal to the indicators', choices, export."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import indicators, ledgers
from govkit.ledgers.export import workbook
from govkit.ledgers.places import Place, Places
from govkit.ledgers.scope import TOWNSHIP
from govkit.ledgers.store import Store
from govkit.widgets.explore import TABS, Explorer
from govkit.widgets.explore_data import NOT_COUNTED, NOT_REPORTED, Survey, View

MONTHS = ("2015-07", "2015-08", "2015-09")


@pytest.fixture(scope="module")
def survey(snapshot: Snapshot) -> Survey:
    return Survey(snapshot)


@pytest.fixture
def explorer(snapshot: Snapshot, tmp_path: Path) -> Explorer:
    return Explorer(snapshot, tmp_path)


def seen(survey: Survey, code: str = "G4", place: str = "", **more: Any) -> View:
    district = survey.snapshot.place(place).code
    return survey.drilled(View(code=code, place=district, level="district", months=MONTHS, **more), district)


class Only(Mapping[str, Any]):
    """The frames of one ledger's rows; every other ledger is empty."""

    def __init__(self, code: str = "", frame: Any = None) -> None:
        self.code, self.frame = code, frame

    def __getitem__(self, code: str) -> Any:
        return self.frame if code == self.code else ledgers()[code].empty().assign(**{TOWNSHIP: ""})

    def __iter__(self) -> Any:
        return iter(ledgers())

    def __len__(self) -> int:
        return len(ledgers())


@pytest.mark.parametrize("code", list(indicators()))
def test_the_matrix_holds_what_the_indicator_says_of_each_unit_and_month(survey: Survey, code: str) -> None:
    snapshot, measure = survey.snapshot, survey.snapshot.measure(code)
    for to_date in (False, True):
        found = survey.matrix(code, to_date=to_date)
        period = snapshot.month("2015-09")
        span = period.year_to_date() if to_date and measure.cumulative else period
        expected = {snapshot.places.district.code: measure(snapshot.frames, snapshot.places.district, span)}
        for level in ("township", "village"):
            units = measure.by_unit(snapshot.frames, snapshot.places, snapshot.places.district, span, level)
            expected |= units if level in measure.levels else dict.fromkeys(units)
        reasons = survey.words(code, to_date=to_date)["2015-09"]
        unreported = set(reasons[reasons == NOT_REPORTED].index)
        assert {expected[place] for place in unreported} <= {0.0, None}
        expected |= dict.fromkeys(unreported)
        got = {place: None if pd.isna(value) else value for place, value in found["2015-09"].items()}
        assert got == expected


@pytest.mark.parametrize("code", list(indicators()))
def test_where_there_is_no_number_a_word_says_why(survey: Survey, code: str) -> None:
    snapshot, measure = survey.snapshot, survey.snapshot.measure(code)
    for to_date in (False, True):
        matrix, words = survey.matrix(code, to_date=to_date), survey.words(code, to_date=to_date)
        assert (matrix.isna() == (words != "")).all(axis=None)
        for place in snapshot.places:
            uncounted = place.level not in measure.levels
            assert (words.loc[place.code] == NOT_COUNTED).all() == uncounted
            assert uncounted or NOT_COUNTED not in set(words.loc[place.code])


@pytest.mark.parametrize("place", ["阳庙镇", "北西尚村"])
def test_visitors_by_village_are_not_counted_and_not_0(explorer: Explorer, place: str) -> None:
    explorer.begin(place, "visitors", "2015-09")
    for tab in range(len(TABS)):
        explorer.tabs.selected_index = tab
        text = explorer.pages[TABS[tab]].value
        assert "“窗口接待”不按村统计，请在“列出”里改选：区、乡镇（街道）" in text
    explorer.tabs.selected_index = 0
    table = explorer.survey.table(explorer.view)
    villages = table[table["单位"] != "阳庙镇合计"]
    assert set(villages.iloc[:, 1:].to_numpy().ravel()) == {"不按这一级统计"}
    assert explorer.pages["table"].value.count("不按这一级统计") == villages.iloc[:, 1:].size
    written = explorer.export()
    assert written is not None
    rows = list(openpyxl.load_workbook(written).worksheets[0].values)
    assert {cell for row in rows[1:] for cell in row[1:] if isinstance(cell, str)} == {"不按这一级统计"}


def test_a_unit_that_has_not_reported_is_no_zero(snapshot: Snapshot, tmp_path: Path) -> None:
    lacking = Snapshot(snapshot.store, places=snapshot.places)
    disputes = snapshot.frames["disputes"]
    lacking.frames = {**{code: snapshot.frames[code] for code in snapshot.frames}}
    lacking.frames = {**lacking.frames, "disputes": disputes[disputes["township"] != "yangmiao"]}
    explorer = Explorer(lacking, tmp_path)
    explorer.begin(indicator="G4", period="2015-09")
    for code in ("G4", "G6"):
        explorer.change(code=code)
        table = explorer.survey.table(explorer.view).set_index("单位")
        assert set(table.loc["阳庙镇"]) == {"未报送"}
        assert "未报送" not in set(table.loc["苏家作乡"])
        ranking = explorer.survey.ranking(explorer.view)
        assert ranking.iloc[-1].tolist() == ["—", "阳庙镇", "未报送"]
        assert explorer.survey.without_value(explorer.view) == [("未报送", 1)]
    explorer.tabs.selected_index = TABS.index("distribution")
    assert "1个单位" in explorer.pages["distribution"].value
    explorer.go("阳庙镇")
    assert "没有报送矛盾纠纷台账" in explorer.pages["distribution"].value


def test_the_table_has_the_units_below_and_the_place_as_a_whole(survey: Survey) -> None:
    table = survey.table(seen(survey))
    assert table["单位"].tolist()[:2] == ["苏家作乡", "阳庙镇"]
    assert table["单位"].iloc[-1] == "示范区合计"
    assert list(table.columns) == ["单位", *MONTHS]
    assert (table[list(MONTHS)].iloc[:-1].sum() == table[list(MONTHS)].iloc[-1]).all()


def test_a_rate_of_the_whole_is_not_the_sum_of_the_rates(survey: Survey) -> None:
    assert survey.table(seen(survey, "G6"))["2015-09"].iloc[-1] <= 100


def test_the_way_down_ends_at_the_village(survey: Survey) -> None:
    town = seen(survey, place="阳庙镇")
    assert (town.level, len(survey.units(town))) == ("village", len(survey.snapshot.places.at("village", town.place)))
    village = survey.drilled(town, survey.snapshot.place("北西尚村").code)
    assert [unit.name for unit in survey.units(village)] == ["北西尚村"]
    assert (survey.below(village.place), survey.levels(village.place)) == ([], ["village"])


def test_the_trend_is_of_the_place_or_of_up_to_six_chosen_units(survey: Survey) -> None:
    view = seen(survey)
    towns = tuple(unit.code for unit in survey.units(view))
    assert list(survey.trend(view).columns) == ["示范区"]
    assert list(survey.trend(replace(view, units=towns[:2])).columns) == ["苏家作乡", "阳庙镇"]
    many = replace(view, level="village", units=tuple(p.code for p in survey.snapshot.places.at("village"))[:7])
    assert list(survey.trend(many).columns) == ["示范区"]


@pytest.mark.parametrize(("code", "best_is_low"), [("G4", False), ("disputes_open", True)])
def test_the_ranking_puts_the_best_first(survey: Survey, code: str, best_is_low: bool) -> None:
    ranking = survey.ranking(seen(survey, code))
    assert ranking["值"].tolist() == sorted(ranking["值"], reverse=not best_is_low)
    assert ranking["名次"].iloc[0] == "1"


@pytest.mark.parametrize("code", ["G4", "G6", "visitors", "G2"])
def test_the_intervals_hold_every_unit_that_has_a_value_once(survey: Survey, code: str) -> None:
    view = replace(seen(survey, code), level="village")
    frame = survey.distribution(view)
    assert frame["单位数"].sum() == survey.values(view).iloc[:, -1].notna().sum()
    assert frame["区间"].is_unique
    assert len(frame) <= 9


@pytest.mark.parametrize(
    ("code", "words"), [("G6", ("分子", "化解矛盾纠纷", "分母", "1月1日")), ("G2", ("截至期末", "网格台账", "个"))]
)
def test_an_indicator_is_explained(survey: Survey, code: str, words: tuple[str, ...]) -> None:
    text = str(survey.about(code))
    assert all(word in text for word in words)


def test_an_empty_ledger_says_so_and_is_not_a_row_of_zeros(snapshot: Snapshot) -> None:
    snapshot = Snapshot(snapshot.store, places=snapshot.places)
    survey = Survey(snapshot)
    view = seen(survey)
    survey.matrix("G4")
    snapshot.frames = Only()
    assert "矛盾纠纷台账" in survey.nothing(view)


def test_nothing_to_divide_by_says_so(survey: Survey) -> None:
    idle = next(
        view
        for unit in survey.snapshot.places.at("village")
        for month in survey.months
        for view in [replace(seen(survey, "disputes_in_village_rate", unit.code), months=(month,))]
        if survey.values(view).isna().all(axis=None)
    )
    assert "分母" in survey.nothing(idle)
    assert survey.distribution(idle).empty


def test_it_begins_where_the_parameters_say(explorer: Explorer) -> None:
    explorer.begin("阳庙镇", "G6", "2015-09")
    assert (explorer.view.place, explorer.view.code, explorer.view.level) == ("yangmiao", "G6", "village")
    assert (explorer.view.months[-1], len(explorer.view.months)) == ("2015-09", 9)
    assert explorer.indicator.label == "化解率（%）"
    assert "阳庙镇合计" in explorer.pages["table"].value


def test_all_wrong_parameters_are_reported_at_once(explorer: Explorer) -> None:
    with pytest.raises(InputError) as refused:
        explorer.begin("无此村", "Q9", "2019-01")
    assert len(refused.value.problems) == 3


def test_choosing_changes_what_is_shown(explorer: Explorer) -> None:
    explorer.institution.value = "矛盾纠纷预防化解"
    assert "排查矛盾纠纷" in explorer.about.value
    explorer.indicator.value = "G6"
    assert "化解率（G6）" in explorer.about.value
    explorer.level.value = "village"
    assert "北西尚村" in explorer.pages["table"].value
    explorer.go("阳庙镇")
    assert "阳庙镇合计" in explorer.pages["table"].value
    assert "苏家作样例" not in explorer.pages["table"].value
    assert [crumb.description for crumb in explorer.crumbs.children] == ["示范区", "阳庙镇"]
    explorer.drill.value = explorer.survey.snapshot.place("北西尚村").code
    assert (explorer.view.level, explorer.drill.disabled) == ("village", True)
    explorer.crumbs.children[0].click()
    assert explorer.view.level == "township"
    explorer.months.value = ("2015-08", "2015-09")
    assert explorer.view.months == ("2015-08", "2015-09")
    explorer.units.value = (explorer.survey.snapshot.place("阳庙镇").code,)
    assert "苏家作乡" not in explorer.pages["table"].value


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_and_exports_what_it_shows(explorer: Explorer, tab: str) -> None:
    explorer.tabs.selected_index = TABS.index(tab)
    assert "<img" in explorer.pages[tab].value or tab == "table"
    written = explorer.export()
    assert written is not None
    workbook = openpyxl.load_workbook(written)
    assert len(list(workbook.worksheets[0].values)) > 1
    about = {row[0]: str(row[1]) for row in workbook["说明"].iter_rows(values_only=True)}
    assert about["定义"] == explorer.survey.snapshot.measure(explorer.view.code).definition
    assert "样例" in about["备注"]
    assert "下载" in explorer.exported.value


def test_a_folder_that_cannot_be_written_is_reported(explorer: Explorer, tmp_path: Path) -> None:
    explorer.folder = tmp_path / "absent"
    assert explorer.export() is None
    assert "error" in explorer.exported.value


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_text_that_looks_like_a_formula_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook("表", pd.DataFrame({"单位": [text], "值": [1.0]}), [("项", text)], 0))
    written = openpyxl.load_workbook(path)
    for cell in (written["表"]["A2"], written["说明"]["B2"]):
        assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_names_of_an_offices_own_register_never_become_html(snapshot: Snapshot) -> None:
    places = Places(
        Place(p.code, "<img src=x>" if p.name == "阳庙镇" else p.name, p.level, p.parent) for p in snapshot.places
    )
    panel = Explorer(Snapshot(Store(snapshot.store.url), places=places))
    assert "<img" not in panel.pages["table"].value
    assert "&lt;img" in panel.pages["table"].value


def test_the_sample_is_open(sample_store: Path) -> None:
    assert Explorer(open_snapshot(sample_store)).view.level == "township"


def test_a_rate_that_counts_from_january_is_not_called_the_months(explorer: Explorer) -> None:
    explorer.begin(indicator="G6")
    assert "本年累计" in explorer.pages["table"].value
    assert "每月" not in explorer.pages["table"].value
    explorer.begin(indicator="G4")
    assert "每月" in explorer.pages["table"].value
