"""The annual review: it has every published figure with its qualifier and says that the year is inferred."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.core.files import shipped
from govkit.core.frames import named_rows
from govkit.figures.reconcile import Line, Published, published_figures, reconcile
from govkit.figures.snapshot import Snapshot
from govkit.reports.annual_review import PARTS, REST, Annual, published_words, qualifier
from tests.reports.conftest import Bent

Changed = Callable[..., Annual]


@pytest.fixture(scope="module")
def lines(snapshot: Snapshot) -> list[Line]:
    return reconcile(snapshot, "2015-12")


@pytest.fixture(scope="module")
def report(snapshot: Snapshot, lines: list[Line]) -> Annual:
    return Annual(snapshot.figures("", "2015-12"), lines)


@pytest.fixture
def changed(snapshot: Snapshot, lines: list[Line]) -> Changed:
    """Return a review with one line changed."""

    def made(code: str, **other: Any) -> Annual:
        others = [replace(line, **other) if line.published.code == code else line for line in lines]
        return Annual(snapshot.figures("", "2015-12"), others)

    return made


def figure(value: str, kind: str, unit: str) -> Published:
    return Published("Z1", "", "某项", value, kind, unit, "", "示范区", "")


@pytest.mark.parametrize(
    ("value", "kind", "unit", "words", "exactness"),
    [
        ("104", "E", "个", "104个", "准确数"),
        ("15000", "E", "元", "15,000元", "准确数"),
        ("6月30日", "E", "", "6月30日", "准确数"),
        ("450余", "A", "人次", "450余人次", "约数（余）"),
        ("1余", "A", "周", "1周多", "约数（余）"),
        ("1以内", "A", "周", "1周以内", "约数（以内）"),
        ("600以上", "L", "人次", "600人次以上", "至少（以上）"),
        ("98.5", "R", "%", "98.5%", "四舍五入"),
    ],
)
def test_a_published_figure_is_worded_by_its_kind(value: str, kind: str, unit: str, words: str, exactness: str) -> None:
    assert published_words(figure(value, kind, unit)) == words
    assert qualifier(figure(value, kind, unit)) == exactness


def test_what_has_no_number_is_a_statement_or_to_be_filled_in() -> None:
    assert published_words(figure("", "N", "")) == "某项"
    assert published_words(figure("", "U", "")) == "官方文本待填"


def test_every_code_belongs_to_one_part() -> None:
    codes = [code for part in PARTS.values() for code in part]
    assert sorted(codes) == sorted(set(codes)) == sorted({figure.code for figure in published_figures()})


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("O1", "104个"),
        ("T1", "453人次（公开数字450余人次）"),
        ("T4", "94.8%（公开数字95%，四舍五入）"),
        ("C8", "692人次（公开数字600人次以上）"),
        ("V5 南张", "10,000元"),
        ("C2", "6月30日"),
        ("O4", "市级检查对基层四项基础制度给予好评"),
        ("T3 及格线", "官方文本待填"),
    ],
)
def test_a_sentence_has_the_ledgers_figure_and_the_published_one(report: Annual, key: str, said: str) -> None:
    assert report[key] == said


@pytest.mark.parametrize(
    ("code", "other", "said", "verdict"),
    [
        ("O1", {"computed": 103.0, "status": "differs"}, "103个（公开数字104个，不一致）", "不一致"),
        ("O1", {"computed": None, "status": "differs"}, "104个（公开数字，台账没有数据）", "不一致"),
        ("O1", {"computed": None, "status": "not_covered"}, "104个（公开数字，台账没有数据）", "无台账"),
    ],
)
def test_what_does_not_agree_is_said_so(
    changed: Changed, code: str, other: dict[str, Any], said: str, verdict: str
) -> None:
    report = changed(code, **other)
    assert report[code] == said
    assert report.table("基本情况").set_index("编码")["对照"][code] == verdict
    assert list(report.differing()["编码"]) == ([code] if verdict == "不一致" else [])


def test_the_counts_add_up_to_all_that_is_published(report: Annual) -> None:
    codes = {figure.code for figure in published_figures()}
    assert f"按编码列{len(codes)}项，分项共{len(published_figures())}条" in report.tally()
    assert "不一致0条" in report.tally()


def test_a_new_published_figure_is_told_among_the_rest(snapshot: Snapshot, lines: list[Line]) -> None:
    added = Line(figure("7", "E", "个"), 7.0, "match")
    report = Annual(snapshot.figures("", "2015-12"), [*lines, added])
    assert report.has(REST)
    assert report.table(REST).to_dict("records") == [
        {"编码": "Z1", "事项": "某项", "公开数字": "7个", "口径": "准确数", "台账": "7个", "对照": "一致"}
    ]


def test_the_year_is_inferred(report: Annual) -> None:
    assert report.subtitle == "（2015年1—12月，年份据页脚推断）"
    assert "按页脚推断为2015年" in report.year_remark()


def test_another_year_is_not_compared(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    f = bent("", "2015-12", disputes=rows.assign(found_on=rows["found_on"] + pd.DateOffset(years=1)))
    f = f.snapshot.figures("", "2016-12")
    report = Annual(f, reconcile(f.snapshot, "2016-12"))
    assert "不作对照" in report.year_remark()
    assert "推断" not in report.subtitle
    assert report["G3"] == "715名（2015年公开数字715名）"
    assert set(report.table("党支部和网格")["对照"]) == {"不同年份"}


def test_a_month_within_the_year_says_so(snapshot: Snapshot) -> None:
    f = snapshot.figures("", "2015-09")
    report = Annual(f, reconcile(snapshot, "2015-09"))
    assert "只统计到9月" in report.year_remark()
    assert report.events()["日期"].max() <= pd.Timestamp("2015-09-30")


def test_the_events_of_the_year(report: Annual) -> None:
    events = {f"{row.日期:%m-%d}": row.事项 for row in named_rows(report.events())}
    assert "平台上线" in events["09-16"]
    assert report.subsidies()["金额"].sum() == 46000


def test_official_texts_stand_there_once_supplied(
    report: Annual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.texts() == []
    text = shipped("data/rules/six_must_nots.csv").read_text("utf-8-sig").replace("官方文本待填", "某条")
    (tmp_path / "six_must_nots.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    ((title, table),) = report.texts()
    assert title == "“六个不得”"
    assert list(table["内容"]) == ["某条"] * 6


def test_the_notebook_tells_every_part() -> None:
    notebook = json.loads(shipped("notebooks/reports/annual_review.ipynb").read_text("utf-8"))
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert [part for part in PARTS if f'report.table("{part}")' not in source] == []
