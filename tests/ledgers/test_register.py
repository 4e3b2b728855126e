"""The register of places: an office's own replaces the shipped one, and a wrong one is refused."""

from pathlib import Path

import pytest

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.ledgers.places import shipped_places
from govkit.ledgers.register import places_in_force, read_register, written_register
from govkit.ledgers.store import Store
from tests.ledgers.books import PLACES, check, dispute, disputes_book

OWN = (
    "编码,名称,层级,上级,备注\nqu,某区,区,,\nxiang,某乡,乡镇（街道）,qu,\ncun-1,甲村,村,xiang,\ncun-2,乙村,村,xiang,\n"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(OWN, encoding="gb18030")
    return path


def test_a_written_register_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(written_register(shipped_places()), encoding="utf-8")
    assert read_register(path).all == shipped_places().all


def test_the_stores_own_register_is_in_force(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = str(tmp_path / "store")
    assert places_in_force(store) is shipped_places()
    Store(store).install_register(own, "样例员")
    assert [place.name for place in places_in_force(store).at("village")] == ["甲村", "乙村"]
    monkeypatch.setenv("GOVKIT_PLACES", str(own))
    assert places_in_force("s3://bucket/store").district.name == "某区"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("编码,", "代号,", "缺少编码列"),
        ("cun-2,乙村", "cun-1,乙村", "编码“cun-1”出现了 2 次"),
        ("乙村", "甲村", "名称“甲村”出现了 2 次"),
        ("cun-2,", "../cun,", "“../cun”不是有效编码"),
        ("乙村,村", "乙村,组", "“组”"),
        ("乙村,村,xiang", "乙村,村,qu", "“qu”不是它的上级单位"),
        ("乙村,村,xiang", "乙村,村,", "不是它的上级单位"),
        ("某乡,乡镇（街道）,qu", "某乡,区,", "必须有且只有一个区"),
        ("cun-2,乙村", "cun-2,", "单位名称是空白"),
    ],
)
def test_a_wrong_register_is_refused_and_changes_nothing(
    own: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    own.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Store(tmp_path / "store").install_register(own, "样例员")
    assert message in str(refused.value)
    assert not (tmp_path / "store").exists()


def test_the_command_installs_and_shows_it(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "store")]
    assert run(["ledger", "places", str(own), *store]) == 0
    assert "1 个乡镇（街道），2 个村" in capsys.readouterr().out
    assert run(["ledger", "places", *store]) == 0
    assert capsys.readouterr().out == OWN


def test_a_register_that_lacks_places_of_rows_is_refused(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    store.import_(check(disputes_book(tmp_path / "a.xlsx", dispute(1), dispute(2))), PLACES, "样例员")
    assert run(["ledger", "places", str(own), "--store", store.url]) == 1
    said = capsys.readouterr().err
    assert "2行“北西尚村”" in said
    assert not (tmp_path / "store" / "places.csv").exists()
    more = written_register(PLACES) + "yangmiao-99,新立村,村,yangmiao,\n"
    own.write_text(more, "utf-8")
    assert run(["ledger", "places", str(own), "--store", store.url]) == 0


def test_rows_that_were_checked_against_another_register_are_refused(own: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    plan = store.plan(check(disputes_book(tmp_path / "a.xlsx", dispute(1))), PLACES)
    store.install_register(own, "样例员")
    with pytest.raises(InputError, match="地名册"):
        store.carry_out(plan, "样例员")


def test_a_store_behind_a_url_holds_no_register(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["ledger", "places", str(own), "--store", "memory://store"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.csv"]
