"""Which units reported what: the marks in figures, tables and sentences, and what a missing month does to them."""

import copy
import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from govkit.cli import run
from govkit.core.errors import InputError, Problem
from govkit.figures.missing import marked, silent_units
from govkit.figures.reconcile import reconcile
from govkit.figures.reported import UNREPORTED, Rests, month_numbers
from govkit.figures.snapshot import Snapshot
from govkit.institutions import ledgers
from govkit.institutions.reporting import duties
from govkit.ledgers.period import Period
from govkit.ledgers.submission import Submission
from govkit.reports.plan import planned

Without = Callable[..., Snapshot]


@pytest.fixture
def without(snapshot: Snapshot) -> Without:
    """Return a function that gives the sample without one unit's rows of some months of the year."""

    def made(unit: str, *months: int) -> Snapshot:
        changed: Any = copy.copy(snapshot)
        for cached in ("values", "span", "reported"):
            changed.__dict__.pop(cached, None)
        changed._overdue, changed._due_soon, frames = {}, {}, {}
        for code, ledger in ledgers().items():
            rows = snapshot.frames[code]
            gone = (rows["township"] == unit) & rows[ledger.dated].dt.month.isin(months)
            frames[code] = rows if ledger.standing else rows[~gone]
        changed.frames = frames
        return changed  # type: ignore[no-any-return]

    return made


@pytest.fixture
def collected(snapshot: Snapshot) -> Snapshot:
    """Return the sample as if its September was collected unit by unit, and two villages of 阳庙镇 sent nothing."""
    changed: Any = copy.copy(snapshot)
    for cached in ("values", "span", "reported", "commits"):
        changed.__dict__.pop(cached, None)
    silent, frames = {place.code for place in map(snapshot.place, SILENT)}, {}
    for code, ledger in ledgers().items():
        rows = snapshot.frames[code]
        gone = rows["place"].isin(silent) & (rows[ledger.dated].dt.month == 9)
        frames[code] = rows if ledger.standing else rows[~gone]
    sent = tuple(
        Submission(place.code, duty.ledger, "2015-09", "nil", "2015-10-05", "口头")
        for duty in duties(dt.date(2015, 9, 30))
        for place in snapshot.places.at(duty.level)
        if place.code not in silent
    )
    changed._overdue, changed._due_soon, changed.frames = {}, {}, frames
    changed.commits = [*snapshot.commits, replace(snapshot.commit, version=2, submissions=sent)]
    return changed  # type: ignore[no-any-return]


SILENT = ("梁庄村", "北西尚村")


def test_collected_reports_count_village_by_village(collected: Snapshot) -> None:
    figures = collected.figures("", "2015-09")
    assert str(figures["G4"]).endswith("件（102/104个单位）")
    assert str(figures["visitors"]).endswith("人次")  # the township units' own centres
    table: Any = figures.by_unit(["G4"]).set_index("单位").iloc[:, 0]
    assert table["阳庙镇"].endswith("（16/18个单位）")
    assert table["宁郭镇"].isdecimal()
    assert table.index[-1] == "合计（102/104个单位）"
    ranked: Any = figures.rankings(["G6"]).set_index("单位")["名次"]
    assert "—" not in set(ranked)
    assert figures.missing.startswith(
        f"2015年9月应当报送台账的单位110个，已报送108个，未报送2个：{'、'.join(SILENT)}。"
    )
    below: Any = collected.figures("阳庙镇", "2015-09").by_unit(["G4"]).set_index("单位").iloc[:, 0]
    assert {below[name] for name in SILENT} == {UNREPORTED}
    assert UNREPORTED not in set(below.drop(list(SILENT)))
    assert str(collected.figures("北西尚村", "2015-09")["G4"]) == UNREPORTED
    assert collected.figures("北西尚村", "2015-08").missing == ""
    month = Period.month("2015-09")
    silent = silent_units(collected.reported, collected.places, collected.places.district, month)
    assert [collected.places.names[code] for code in silent] == list(SILENT)


def test_a_declared_nothing_is_zero_and_silence_is_nan(collected: Snapshot) -> None:
    values: Any = collected.indicator("G4", "阳庙镇", "2015-09", by="village")
    assert sorted(values.index[values.isna()]) == sorted(SILENT)
    assert (values.drop(list(SILENT)) >= 0).all()
    assert (values == 0).any()


@pytest.mark.parametrize(
    ("rests", "words", "nothing"),
    [
        (Rests(("a", "b"), {}, ()), "", False),
        (Rests(("a",), {}, ("b",)), "1/2个单位", False),
        (Rests(("a",), {"b": (2015 * 12,)}, ("c",)), "1/3个单位报全", False),
        (Rests((), {"a": (2015 * 12 + 8,)}, (), single=True), "缺9月", False),
        (Rests((), {}, ("a",), single=True), "", True),
        (Rests((), {}, ("a", "b")), "0/2个单位", True),
    ],
)
def test_what_a_figure_rests_on_in_words(rests: Rests, words: str, nothing: bool) -> None:
    assert (rests.words, rests.nothing) == (words, nothing)


@pytest.mark.parametrize(
    ("months", "words"), [((0,), "1月"), ((0, 1), "1—2月"), ((0, 2, 3), "1月、3—4月"), ((11, 12), "12月、1月")]
)
def test_months_in_words(months: Sequence[int], words: str) -> None:
    assert month_numbers(tuple(months)) == words


def test_a_unit_without_a_workbook_is_no_zero_in_any_table(partial: Snapshot) -> None:
    figures = partial.figures("", "2015-09")
    table: Any = figures.by_unit(["G4", "G6"]).set_index("单位")
    assert set(table.loc["阳庙镇"]) == {UNREPORTED}
    assert table.index[-1] == "合计（5/6个单位）"
    assert sum(int(cell) for cell in table.iloc[:-1, 0] if cell != UNREPORTED) == int(table.iloc[-1, 0])
    ranked: Any = figures.rankings(["G6"]).set_index("单位")
    assert ranked.loc["阳庙镇"].tolist() == [UNREPORTED, "—"]
    assert sorted(ranked["名次"].drop("阳庙镇")) == ["1", "2", "3", "4", "5"]
    assert figures.values_by_unit("G4").set_index("单位").iloc[:, 0].isna().tolist() == [False, True] + [False] * 4
    assert str(figures["G4"]).endswith("件（5/6个单位）")
    assert figures["G4"].change.startswith("比上月")  # both months rest on the same units
    assert figures.missing == (
        "2015年9月应当报送台账的乡镇（街道）6个，已报送5个，未报送1个：阳庙镇。"
        "合计、率和名次只含已报送的单位；没有报送的数写“未报送”，不按0计算。"
    )


def test_a_unit_without_a_workbook_has_no_figures_of_its_own(partial: Snapshot) -> None:
    for name in ("阳庙镇", "北西尚村"):
        figures = partial.figures(name, "2015-09")
        assert {str(figures["G4"]), figures["G4"].ytd, str(figures["G6"])} == {UNREPORTED}
        assert figures["G4"].change == f"本月{UNREPORTED}"
        assert not figures.has("G4", "C9")
        assert set(figures.headline(["G4", "C9"]).iloc[:, 1:].to_numpy().ravel()) == {UNREPORTED, "—"}
        assert len(figures.trend("G4")) == 0
        assert not figures.has_values("G4")
        assert figures.missing.startswith("阳庙镇没有报送2015年9月台账。")
        assert figures.listing("disputes", ["dispute_id", "kind"]).to_numpy().tolist() == [[UNREPORTED, "—"]]
        assert "没有逾期" not in figures.overdue_sentence()


def test_a_missing_month_is_no_zero_and_the_year_says_what_it_lacks(without: Without, snapshot: Snapshot) -> None:
    gap = without("yangmiao", 9)
    figures = gap.figures("", "2015-09")
    month: Any = figures.by_unit(["G4"]).set_index("单位")
    assert month.loc["阳庙镇"].item() == UNREPORTED
    assert str(figures["G4"]).endswith("（5/6个单位）")
    assert figures["G4"].ytd.endswith("（5/6个单位报全）")
    assert figures["G4"].change == "报送单位与上月不同，不作比较"
    assert figures.headline(["G4"])["增减"].tolist() == ["—"]
    year: Any = figures.by_unit(["G4"], to_date=True).set_index("单位")
    august = snapshot.indicator("G4", "阳庙镇", "2015-08", to_date=True)
    assert year.loc["阳庙镇"].item() == f"{august:.0f}（缺9月）"
    assert figures.rankings(["G6"]).set_index("单位").loc["阳庙镇", "名次"] == "—"
    assert "未报送1个：阳庙镇" in figures.missing
    own = gap.figures("阳庙镇", "2015-09")
    assert (str(own["G4"]), own["G4"].ytd) == (UNREPORTED, f"{august:.0f}件（缺9月）")
    assert gap.figures("", "2015-08").missing == ""
    assert gap.indicator("G4", "阳庙镇", "2015-09") is None


def test_an_earlier_gap_is_said_and_keeps_the_month(without: Without) -> None:
    figures = without("yangmiao", 3, 4).figures("", "2015-09")
    assert str(figures["G4"]) == "125件"
    assert figures.missing.startswith("本年以前月份，阳庙镇缺3—4月。")
    assert figures.trend("G4")["排查矛盾纠纷"].notna().all()


def test_the_complete_sample_says_nothing(snapshot: Snapshot) -> None:
    for month in ("2015-01", "2015-09", "2015-12"):
        for place in ("", "阳庙镇", "北西尚村"):
            assert snapshot.figures(place, month).missing == ""
    every = [figure for code in snapshot.indicators().index if (figure := snapshot.figures("", "2015-12")[str(code)])]
    assert [figure.measure.code for figure in every if not figure.rests.complete] == []


NAMES = {"a": "甲镇", "b": "乙镇", "d": "全区"}
TABLE = pd.DataFrame({"单位": ["甲镇", "乙镇", "合计"], "件数": [3, 0, 3], "情况": ["好", "无", "—"]})


@pytest.mark.parametrize(
    ("table", "rests", "expected"),
    [
        (TABLE, Rests(("a", "b"), {}, ()), [["甲镇", 3, "好"], ["乙镇", 0, "无"], ["合计", 3, "—"]]),
        (
            TABLE,
            Rests(("a",), {}, ("b",)),
            [["甲镇", 3, "好"], ["乙镇", UNREPORTED, "无"], ["合计（1/2个单位）", 3, "—"]],
        ),
        (
            TABLE,
            Rests((), {}, ("a", "b")),
            [["甲镇", UNREPORTED, "好"], ["乙镇", UNREPORTED, "无"], ["合计", UNREPORTED, "—"]],
        ),
        (TABLE.head(0), Rests((), {}, ("a",)), [[UNREPORTED, "—", "—"]]),
        (TABLE.head(0), Rests(("a",), {}, ("b",)), []),
        (TABLE.head(0), Rests(("a",), {}, ("d",), own=True), [[UNREPORTED, "—", "—"]]),
        (
            pd.DataFrame({"渠道": ["微信"], "收到": ["0.0%"]}),
            Rests(("a",), {}, ("d",), own=True),
            [["微信", UNREPORTED]],
        ),
        (pd.DataFrame({"渠道": ["微信"], "收到": ["2"]}), Rests(("a",), {}, ("d",), own=True), [["微信", "2"]]),
    ],
    ids=["all", "one missing", "nobody", "nobody, no rows", "one missing, no rows", "own, no rows", "own, zero", "own"],
)
def test_tables_are_marked(table: pd.DataFrame, rests: Rests, expected: list[list[object]]) -> None:
    assert marked(table, rests, NAMES).to_numpy().tolist() == expected


@pytest.mark.parametrize(
    ("place", "silent"), [("", ["yangmiao"]), ("阳庙镇", ["yangmiao"]), ("北西尚村", ["yangmiao"]), ("苏家作乡", [])]
)
def test_who_is_silent(partial: Snapshot, place: str, silent: list[str]) -> None:
    month = Period.month("2015-09")
    assert list(silent_units(partial.reported, partial.places, partial.place(place), month)) == silent


@pytest.mark.parametrize(
    ("name", "asked", "refused"),
    [
        ("monthly_bulletin", {}, ["阳庙镇"]),
        ("monthly_bulletin", {"level": "all"}, ["阳庙镇"]),
        ("monthly_bulletin", {"places": ["北西尚村"]}, ["阳庙镇"]),
        ("monthly_bulletin", {"places": ["苏家作乡"]}, []),
        ("monthly_bulletin", {"with_missing": True}, []),
        ("data_quality", {}, []),
    ],
)
def test_a_bulletin_is_refused_while_units_are_missing(
    partial: Snapshot, name: str, asked: dict[str, Any], refused: list[str]
) -> None:
    found = problems_of(lambda: planned(name, partial.store.url, "2015-09", **asked))
    assert [problem.where.source for problem in found] == refused
    assert all("--with-missing" in problem.repair for problem in found)


def problems_of(call: Callable[[], object]) -> Sequence[Problem]:
    try:
        call()
    except InputError as error:
        return error.problems
    return ()


def test_the_command_refuses_and_says_who(partial: Snapshot, capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    asked = ["report", "render", "monthly_bulletin", "--period", "2015-09", "--store", partial.store.url]
    assert run([*asked, "-o", str(tmp_path)]) == 1
    assert "阳庙镇" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_reconcile_says_who_is_missing_before_it_calls_a_figure_different(
    partial: Snapshot, snapshot: Snapshot, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {line.published.code: line for line in reconcile(partial)}
    assert [code for code, line in lines.items() if line.status == "differs"] == []
    assert (lines["G4"].status, lines["G4"].missing) == ("missing", ("阳庙镇",))
    assert lines["O1"].status == "match"
    assert all(not line.missing for line in reconcile(snapshot))
    assert run(["reconcile", "--store", partial.store.url]) == 1
    said = capsys.readouterr().out
    assert said.startswith("未报送或没有报全的单位：阳庙镇。")
    assert "未报全" in said


def test_the_columns_of_reconcile_stand_below_each_other_in_any_chinese_terminal(
    sample_store: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A character that some terminals draw one column wide and others two may stand in the last column only."""
    assert run(["reconcile", "--store", str(sample_store)]) == 0
    heading, *below = capsys.readouterr().out.splitlines()
    lines = [line for line in below if line.split(" ")[0].isalnum() and line[0].isascii()]
    assert len(lines) > 100
    start = width(heading[: heading.index("事项")])
    for line in lines:
        at = next(at for at in range(len(line)) if width(line[:at]) == start)
        assert all(unicodedata.east_asian_width(char) != "A" for char in line[:at]), line
        assert line[at - 1] == " "
        assert line[at] != " "
    assert any("600人次以上" in line for line in lines)
    assert any("1周以内" in line for line in lines)


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
