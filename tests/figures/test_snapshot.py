"""The snapshot of a store, as notebooks use it."""

import re
from pathlib import Path
from typing import Any

import pytest

import govkit
from govkit.core.errors import InputError
from govkit.core.masks import mask_name
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.store import Store
from tests.ledgers.books import DISPUTES, PLACES, dispute, disputes_book


def test_open_finds_the_store_of_this_folder_or_one_above(
    sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").symlink_to(sample_store)
    below = tmp_path / "notebooks" / "reports"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert govkit.open().store.url == str(tmp_path / "store")


def test_the_environment_names_the_store(sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVKIT_STORE", str(sample_store))
    assert open_snapshot().store.url == str(sample_store)


def test_no_store_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        open_snapshot()
    assert "govkit ledger import" in refused.value.problems[0].repair


def test_an_empty_store_has_no_month(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        Snapshot(Store(tmp_path)).month()
    assert "还没有记录" in refused.value.problems[0].what


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2016-01", "台账里没有2016年1月的记录"),
        ("2014-12", "台账里没有2014年12月的记录"),
        ("2015-13", "不是有效月份"),
        ("2015-9", "不是有效月份"),
        ("二〇一五", "不是有效月份"),
        (201509, "不是有效月份"),
        (None, "不是有效月份"),
    ],
)
def test_a_month_without_rows_is_refused(snapshot: Snapshot, text: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        snapshot.month(text)
    assert message in refused.value.problems[0].what


def test_ledgers_come_with_code_names_or_chinese_headings(snapshot: Snapshot) -> None:
    plain = snapshot.ledger("disputes")
    assert {"dispute_id", "place", "township"} <= set(plain.columns)
    assert plain.attrs["labels"]["dispute_id"] == "纠纷编号"
    labelled = snapshot.ledger("disputes", labelled=True)
    assert len(labelled) == len(plain) == 1393
    assert set(labelled["所在村"]) <= set(snapshot.places.by_name)
    assert set(labelled["所属乡镇（街道）"]) == {unit.name for unit in snapshot.places.at("township")}


def test_a_frame_handed_out_is_a_copy(snapshot: Snapshot) -> None:
    mine = snapshot.ledger("disputes")
    mine["place"] = "somewhere"
    assert "somewhere" not in set(snapshot.ledger("disputes")["place"])


@pytest.mark.parametrize(
    "call", [lambda snapshot: snapshot.ledger("nothing"), lambda snapshot: snapshot.indicator("nothing")]
)
def test_an_unknown_name_is_refused_with_the_known_ones(snapshot: Snapshot, call: object) -> None:
    with pytest.raises(InputError) as refused:
        call(snapshot)  # type: ignore[operator]
    assert "decisions" in refused.value.problems[0].repair


def test_units_add_up_to_the_district(snapshot: Snapshot) -> None:
    whole = snapshot.indicator("G4", period="2015-12", to_date=True)
    assert whole == 1393
    assert snapshot.indicator("G4", period="2015-12", to_date=True, by="township").sum() == whole
    assert snapshot.indicator("G4", period="2015-12", to_date=True, by="village").sum() == whole


def test_one_place_is_its_share(snapshot: Snapshot) -> None:
    by_village = snapshot.indicator("G4", "阳庙镇", "2015-09", by="village")
    assert by_village.sum() == snapshot.indicator("G4", "阳庙镇", "2015-09")
    assert by_village["北西尚村"] == snapshot.indicator("G4", "北西尚", "2015-09")


def test_provenance_names_version_files_and_template(snapshot: Snapshot, sample_workbooks: list[Path]) -> None:
    rows = dict(snapshot.provenance("monthly_bulletin", "internal", period="2015年9月", place="", issuer="某室"))
    assert rows["台账版本"].startswith("第1版")
    assert all(path.name in rows["来源文件"] for path in sample_workbooks)
    assert rows["生成参数"] == "月份：2015年9月，印发单位：某室，读者：内部"
    assert rows["报告模板"].startswith("基层四项基础制度运行情况通报（")
    assert "，" in rows["台账版本"]
    assert "，" not in dict(snapshot.provenance("monthly_bulletin", "public"))["台账版本"]
    assert snapshot.remarks() == ["样例数据"]


def test_a_repr_is_one_line_and_shows_what_is_there(snapshot: Snapshot) -> None:
    total = sum(len(frame) for frame in snapshot.frames.values())
    assert snapshot.rows["disputes"] == 1393
    assert re.fullmatch(
        rf"Snapshot\('.*', version 1, \d{{4}}-\d\d-\d\d, 2015-01 to 2015-12, 32 ledgers, {total:,} rows\)",
        repr(snapshot),
    )


def test_a_repr_of_an_empty_store_does_not_raise(tmp_path: Path) -> None:
    empty = Snapshot(Store(tmp_path))
    assert "version 0" in repr(empty)
    assert "no months, 0 ledgers, 0 rows" in repr(empty)
    assert "<table>" in empty._repr_html_()


def test_an_html_repr_escapes_what_the_store_holds(tmp_path: Path) -> None:
    checked = check_files([disputes_book(tmp_path / "a.xlsx", dispute())], [DISPUTES], PLACES)
    Store(tmp_path / "store").import_(checked, PLACES, "<b>某</b>", note="<script>1</script>")
    shown = open_snapshot(tmp_path / "store")._repr_html_()
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "矛盾纠纷台账" in shown


def test_rows_are_counted_as_of_the_version_undo_included(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for count in (1, 2):
        rows = disputes_book(tmp_path / f"{count}.xlsx", *(dispute(number) for number in range(1, count + 1)))
        store.import_(check_files([rows], [DISPUTES], PLACES), PLACES, "测试")
    store.undo("测试")
    assert [open_snapshot(store.url, version).rows["disputes"] for version in (1, 2, 3)] == [1, 2, 1]


def test_tab_completion_offers_public_names_and_codes(snapshot: Snapshot) -> None:
    assert {"ledger", "indicator", "figures", "places", "public"} <= set(dir(snapshot))
    figures = snapshot.figures()
    assert {"headline", "by_unit", "overdue", "due_soon"} <= set(dir(figures))
    assert not [name for name in (*dir(snapshot), *dir(figures)) if name.startswith("_")]
    assert "G4" in figures._ipython_key_completions_()


@pytest.mark.parametrize("audience", ["public", "", "Internal", "everybody"])
def test_any_audience_but_the_internal_one_sees_masked_rows(snapshot: Snapshot, audience: str) -> None:
    whole, shown = snapshot.ledger("disputes"), snapshot.ledger("disputes", audience=audience)
    assert set(whole) - set(shown) == {"summary"}
    assert shown["parties"].tolist() == whole["parties"].map(mask_name).tolist()
    assert "联系电话" not in snapshot.ledger("grid_staff", labelled=True, audience=audience)
    for code, ledger in ledgers().items():
        assert not [c.name for c in ledger.columns if not c.public and c.name in snapshot.public.frames[code]]


def test_a_public_view_counts_all_rows_and_never_gives_back_unmasked_ones(snapshot: Snapshot) -> None:
    figures = snapshot.figures("", "2015-06", "public")
    view = figures.snapshot
    assert repr(view).startswith("PublicSnapshot(")
    assert figures["T3"] == snapshot.figures("", "2015-06")["T3"]  # counted by a column that is private
    assert figures["T3"].value
    for again in (view.public, view.for_audience("internal"), view.figures("", "2015-06", "internal").snapshot):
        assert again is view
    assert "summary" not in view.ledger("disputes", audience="internal")
    assert "candidate_no" in snapshot.frames["exam_results"]
    assert view.span == snapshot.span
    assert view.contradictions() == snapshot.contradictions()
    assert len(view.overdue(figures.period)) == len(snapshot.overdue(figures.period))


def test_rows_of_the_sample_say_so_without_a_note_and_in_public(partial: Snapshot, tmp_path: Path) -> None:
    """The sample's notice does not hang on the note that an import was given, nor on the files' names."""
    assert {commit.note for commit in partial.commits} == {""}
    assert partial.remarks() == partial.public.remarks() == ["样例数据"]
    store = Store(tmp_path / "own")
    path = disputes_book(tmp_path / "a.xlsx", dispute())
    store.import_(check_files([path], [DISPUTES], PLACES), PLACES, "测试")
    assert open_snapshot(tmp_path / "own").remarks() == []
