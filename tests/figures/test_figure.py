"""The figures of a place and a month: sentences, tables, ranks, overdue matters."""

import pytest

from govkit.figures.figure import TOTAL, ranks
from govkit.figures.snapshot import Snapshot


@pytest.mark.parametrize(
    ("values", "lower_is_better", "expected"),
    [
        ([98.0, 97.0, 99.0], False, ["2", "3", "1"]),
        ([98.0, 98.0, 97.0], False, ["1", "1", "3"]),
        ([98.0, None, 97.0], False, ["1", "—", "2"]),
        ([5.0, 3.0, 3.0], True, ["3", "1", "1"]),
        ([1 / 3, 1 / 3 + 1e-12], False, ["1", "1"]),
        ([], False, []),
    ],
)
def test_ranks(values: list[float | None], lower_is_better: bool, expected: list[str]) -> None:
    assert ranks(values, lower_is_better=lower_is_better) == expected


@pytest.mark.parametrize(
    ("place", "whole", "units", "below"),
    [
        ("", "全区", 6, "苏家作乡"),
        ("苏家作乡", "全乡", 18, "司家寨村"),
        ("李万街道", "全街道", 17, "北李万村"),
        ("阳庙镇", "全镇", 18, "梁庄村"),
    ],
)
def test_each_level_looks_one_level_down(snapshot: Snapshot, place: str, whole: str, units: int, below: str) -> None:
    figures = snapshot.figures(place, "2015-09")
    table = figures.by_unit(["G4", "G6"])
    assert figures.whole == whole
    assert len(table) == units + 1
    assert table["单位"].iloc[0] == below
    assert table["单位"].iloc[-1] == TOTAL
    assert str(figures["G4"]) == f"{table['排查矛盾纠纷（件）'].iloc[-1]}件"


def test_a_village_has_no_units_but_lists_its_own_rows(snapshot: Snapshot) -> None:
    figures = snapshot.figures("北西尚村", "2015-09")
    assert not figures.has_units
    assert figures.by_unit(["G4"]).empty
    assert figures.rankings(["G6"]).empty
    assert list(figures.listing("disputes", ["dispute_id", "found_on"]).columns) == ["纠纷编号", "排查日期"]


@pytest.mark.parametrize("column", ["parties", "summary"])
def test_a_listing_refuses_personal_columns(snapshot: Snapshot, column: str) -> None:
    with pytest.raises(ValueError, match="personal"):
        snapshot.figures("", "2015-09").listing("disputes", [column])


def test_the_first_month_has_nothing_before_it(snapshot: Snapshot) -> None:
    figures = snapshot.figures("", "2015-01")
    assert figures["G4"].change == "上月无数据"
    assert figures.headline(["G4"])["增减"].tolist() == ["—"]
    assert figures.months == 1


@pytest.mark.parametrize(
    ("place", "month", "codes", "expected"),
    [
        ("", "2015-06", ("T3",), True),
        ("", "2015-07", ("T3",), False),
        ("", "2015-07", ("T3", "T5"), True),
        ("北西尚村", "2015-06", ("training_sessions",), False),
    ],
)
def test_whether_an_indicator_has_a_value(
    snapshot: Snapshot, place: str, month: str, codes: tuple[str, ...], expected: bool
) -> None:
    assert snapshot.figures(place, month).has(*codes) is expected


def test_only_figures_that_are_not_zero_are_worded(snapshot: Snapshot) -> None:
    april = snapshot.figures("苏家作乡", "2015-04")
    assert april.in_words("F1", "F2") == "新建乡镇服务中心1个"
    assert april.in_words("F2", "T3") == ""


def test_headline_adds_up(snapshot: Snapshot) -> None:
    row = snapshot.figures("", "2015-09").headline(["G4"]).iloc[0]
    assert int(row["本月"]) - int(row["上月"]) == int(row["增减"])
    assert int(row["本年累计"]) == snapshot.indicator("G4", period="2015-09", to_date=True)


def test_a_rate_is_counted_from_january(snapshot: Snapshot) -> None:
    figures = snapshot.figures("", "2015-09")
    found, settled = (snapshot.indicator(code, period="2015-09", to_date=True) or 0 for code in ("G4", "G5"))
    assert figures["G6"].value == pytest.approx(settled / found * 100)


def test_overdue_matters_are_late_at_the_months_end(snapshot: Snapshot) -> None:
    figures = snapshot.figures("", "2015-09")
    late = figures.overdue()
    assert figures.overdue_count == len(late) > 0
    assert (late["超期天数"] >= 0).all()
    assert late["超期天数"].is_monotonic_decreasing
    by_unit = figures.overdue_by_unit()
    assert by_unit[TOTAL].iloc[-1] == len(late)
    assert list(by_unit["单位"])[:1] in ([f"{figures.place.name}本级"], ["苏家作乡"])
    assert len(figures.overdue(5)) == 5
    assert str(len(late)) in figures.overdue_sentence()


def test_trend_ends_with_the_month(snapshot: Snapshot) -> None:
    trend = snapshot.figures("", "2015-09").trend("G4")
    assert trend["月份"].tolist() == [f"2015-{month:02}" for month in range(1, 10)]
    assert trend["排查矛盾纠纷"].sum() == snapshot.indicator("G4", period="2015-09", to_date=True)


def test_matters_due_soon_are_open_and_not_yet_due(snapshot: Snapshot) -> None:
    figures = snapshot.figures("", "2015-09")
    soon = figures.due_soon(7)
    assert len(soon) > 0
    assert soon["剩余天数"].between(1, 7).all()
    assert soon["剩余天数"].is_monotonic_increasing
    assert not set(zip(soon["类别"], soon["编号"], strict=True)) & set(
        zip(figures.overdue()["类别"], figures.overdue()["编号"], strict=True)
    )
    assert f"2015年9月30日以后7天内到期事项共{len(soon)}件" in figures.due_soon_sentence(7)
    assert figures.due_soon(0).empty
    assert figures.due_soon_sentence(0) == "2015年9月30日以后0天内没有到期事项。"


def test_matters_due_soon_of_a_township_unit_are_a_part_of_the_districts(snapshot: Snapshot) -> None:
    whole = snapshot.figures("", "2015-09").due_soon(14)
    parts = [snapshot.figures(unit.code, "2015-09").due_soon(14) for unit in snapshot.places.at("township")]
    own = whole[whole["单位"] == snapshot.places.district.name]
    assert sum(map(len, parts)) + len(own) == len(whole)


def test_an_html_repr_lists_the_months_figures(snapshot: Snapshot) -> None:
    figures = snapshot.figures("阳庙镇", "2015-09")
    assert repr(figures) == "Figures('阳庙镇', 2015-09, version 1)"
    shown = figures._repr_html_()
    assert "阳庙镇 2015年9月" in shown
    assert f"<td>G4</td><td>排查矛盾纠纷（件）</td><td>{figures.headline(['G4'])['本月'].iloc[0]}</td>" in shown
