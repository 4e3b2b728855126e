"""The panel of a month's reports: collect, filter, export, declare a nothing."""

import datetime as dt
from pathlib import Path

import pytest

from govkit.widgets.collect import Reports
from tests.ledgers.collect.arriving import MONTH, book, grid, put


@pytest.fixture
def panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reports:
    """Return the panel over a folder with one clean workbook and one with a mistake."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "来件", "马村.xlsx", book([grid(1)], line=["填报单位：马村", "填表人：<b>甲</b>"]))
    put(tmp_path / "来件", "梁庄.xlsx", book([grid(3, "梁庄村", kind="不明")], "梁庄村2015年9月台账"))
    return Reports(str(tmp_path / "store"), MONTH, folder="来件", person="测试", on=dt.date(2015, 10, 8))


def test_from_nothing_to_a_board(panel: Reports) -> None:
    assert "110个单位：已报0，零报告0，退回0，未报110" in panel.counts.value
    found = panel.collect()
    assert found is not None
    assert "导入1个单位" in panel.told.value
    assert "退回1，未报109" in panel.counts.value
    assert 'class="returned"' in panel.grid.value
    assert "马村.xlsx" in panel.grid.value
    assert "<b>甲" not in panel.grid.value
    assert "梁庄村（1处）" in panel.returned.value
    assert "甲" not in panel.called.value + panel.returned.value


def test_filters_and_export(panel: Reports, tmp_path: Path) -> None:
    panel.collect()
    panel.state.value = "returned"
    assert "梁庄村" in panel.grid.value
    assert "马村</th>" not in panel.grid.value
    panel.ledger.value = "disputes"
    assert "矛盾纠纷台账" in panel.grid.value
    assert "代办服务台账" not in panel.grid.value
    written = panel.export()
    assert written is not None
    assert (tmp_path / written).is_file()


def test_a_nothing_is_declared_on_the_panel(panel: Reports) -> None:
    panel.nil_unit.value = "辛庄村"
    panel.declare()
    assert "已登记零报告" in panel.told.value
    assert "零报告1" in panel.counts.value
    panel.nil_unit.value = ""
    panel.declare()
    assert "→" in panel.told.value or "没有名为" in panel.told.value


@pytest.mark.parametrize(("field", "value"), [("month", "九月"), ("folder", "没有这个文件夹")])
def test_what_is_wrong_is_shown(field: str, value: str, panel: Reports) -> None:
    getattr(panel, field).value = value
    panel.collect()
    assert value in panel.told.value
