"""A ledger, an indicator or a place is found by code, Chinese name or synonym, wherever a name is taken."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from govkit.core.errors import InputError
from govkit.figures.lookup import ledger_names, level_of, measure_names, plain_name
from govkit.figures.snapshot import Snapshot
from govkit.institutions import indicators, ledgers
from govkit.ledgers.declare import Level
from govkit.ledgers.places import Place, Places


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("disputes", "disputes"),
        ("DISPUTES", "disputes"),
        ("矛盾纠纷台账", "disputes"),
        ("矛盾纠纷", "disputes"),
        (" 矛盾 纠纷台账 ", "disputes"),
        ("“矛盾纠纷台账”", "disputes"),
        ("四议两公开台账", "decisions"),
        ("4+2", "decisions"),
        ("４＋２", "decisions"),
        ("党群服务中心", "service_centres"),
    ],
)
def test_a_ledger_is_found_by_its_names(snapshot: Snapshot, name: str, code: str) -> None:
    assert snapshot.declared(name).code == code
    assert snapshot.ledger(name).equals(snapshot.ledger(code))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("G6", "G6"),
        ("g6", "G6"),
        ("Ｇ６", "G6"),
        ("化解率", "G6"),
        ("矛盾纠纷化解率", "G6"),
        ("通过率", "T4"),
        ("接待人次", "visitors"),
        ("排查矛盾纠纷", "G4"),
    ],
)
def test_an_indicator_is_found_by_its_names(snapshot: Snapshot, name: str, code: str) -> None:
    assert snapshot.measure(name).code == code
    assert snapshot.indicator(name, period="2015-06") == snapshot.indicator(code, period="2015-06")
    assert snapshot.figures("", "2015-06")[name] == snapshot.figures("", "2015-06")[code]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("阳庙镇", "yangmiao"),
        ("yangmiao", "yangmiao"),
        ("阳庙", "yangmiao"),
        ("北西尚", "yangmiao-02"),
        ("北西尚村", "yangmiao-02"),
        ("文昌办事处", "wenchang"),
        ("文昌街道办事处", "wenchang"),
        ("全区", "sfq"),
        ("示范区", "sfq"),
    ],
)
def test_a_place_is_found_by_its_names(snapshot: Snapshot, name: str, code: str) -> None:
    assert snapshot.place(name).code == code
    assert snapshot.places.find(name).code == code
    assert snapshot.figures(name, "2015-06").place.code == code
    assert snapshot.indicator("G4", name, "2015-06") == snapshot.indicator("G4", code, "2015-06")


def test_a_short_name_that_two_places_share_is_nobodys(snapshot: Snapshot) -> None:
    doubled = [
        Place("d", "某区", "district", ""),
        Place("a", "东镇", "township", "d"),
        Place("b", "东乡", "township", "d"),
    ]
    places = Snapshot(snapshot.store, places=Places(doubled)).places
    assert places.find("东乡").code == "b"
    with pytest.raises(InputError) as refused:
        places.find("东")
    assert "东镇（a）" in refused.value.problems[0].repair
    assert "东乡（b）" in refused.value.problems[0].repair


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        (lambda s: s.ledger("disptes"), "矛盾纠纷台账（disputes）"),
        (lambda s: s.ledger("矛盾纠分台账"), "矛盾纠纷台账（disputes）"),
        (lambda s: s.measure("化解绿"), "化解率（G6）"),
        (lambda s: s.indicator("vistors"), "窗口接待（visitors）"),
        (lambda s: s.compare("G44"), "排查矛盾纠纷（G4）"),
        (lambda s: s.figures()["化解绿"], "化解率（G6）"),
        (lambda s: s.figures().listing("矛盾纠分", []), "矛盾纠纷台账（disputes）"),
        (lambda s: s.place("杨庙镇"), "阳庙镇（yangmiao）"),
        (lambda s: s.places.find("北西商村"), "北西尚村（yangmiao-02）"),
        (lambda s: s.places(within="杨庙镇"), "阳庙镇（yangmiao）"),
        (lambda s: s.indicator("G4", "杨庙镇"), "阳庙镇（yangmiao）"),
        (lambda s: s.indicator("G4", by="vilage"), "村（village）"),
        (lambda s: s.indicators("townshp"), "乡镇（街道）（township）"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    snapshot: Snapshot, call: Callable[[Snapshot], Any], meant: str
) -> None:
    with pytest.raises(InputError) as refused:
        call(snapshot)
    repair = refused.value.problems[0].repair
    assert repair.startswith("是否应为")
    assert meant in repair


@pytest.mark.parametrize("name", ["", "   ", 5, None, 1.5, ("none",), [], [None]])
def test_what_is_no_name_is_refused(snapshot: Snapshot, name: Any) -> None:
    for call in (snapshot.ledger, snapshot.measure, snapshot.declared, snapshot.indicator, snapshot.compare):
        with pytest.raises(InputError):
            call(name)


def test_every_unknown_name_is_reported_at_once(snapshot: Snapshot) -> None:
    with pytest.raises(InputError) as refused:
        snapshot.indicator(["G44", "G6", "nothing"], periods="2015")
    assert [problem.where.source for problem in refused.value.problems] == ["G44", "nothing"]
    with pytest.raises(InputError) as refused:
        snapshot.indicator(["G4"], ["无此镇", "阳庙镇", "没这村"])
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    "listed",
    [
        [name for ledger in ledgers().values() for name in {*map(plain_name, ledger_names(ledger))}],
        [name for measure in indicators().values() for name in {*map(plain_name, measure_names(measure))}],
    ],
    ids=["ledgers", "indicators"],
)
def test_no_two_things_share_a_name(listed: list[str]) -> None:
    assert [name for name, count in Counter(listed).items() if count > 1] == []


@pytest.mark.parametrize(
    ("word", "level"),
    [("village", "village"), ("村", "village"), ("乡镇", "township"), ("乡镇（街道）", "township"), ("区", "district")],
)
def test_a_level_has_chinese_names(word: str, level: Level) -> None:
    assert level_of(word) == level


def test_the_catalogues_are_frames_with_chinese_headings(snapshot: Snapshot) -> None:
    listed = snapshot.ledgers()
    assert list(listed.index) == list(ledgers())
    assert listed["行数"].to_dict() == snapshot.rows
    assert list(snapshot.indicators().index) == list(indicators())
    assert snapshot.indicators().loc["G6", "统计层级"] == "区、乡镇（街道）、村"
    places = snapshot.places()
    assert places["名称"].tolist() == [place.name for place in snapshot.places]
    assert snapshot.places("village", "阳庙镇")["上级"].unique().tolist() == ["阳庙镇"]
    assert len(snapshot.places(within="北西尚")) == 1


def test_indicators_of_a_level_are_those_that_are_counted_there(snapshot: Snapshot) -> None:
    village, township = (set(snapshot.indicators(level).index) for level in ("village", "township"))
    assert "visitors" in township - village
    assert village < township <= set(snapshot.indicators("district").index) == set(indicators())
    for code in village:  # every one of them can be asked for
        assert len(snapshot.indicator(code, "北西尚", periods="2015-09")) == 1
