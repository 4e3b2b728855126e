"""Corrections: applied whenever the file is read, said, and refused once the source is fixed."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.cli import run
from govkit.figures.snapshot import open_snapshot
from govkit.ledgers.store import Store
from govkit.reports.data_quality import Quality
from tests.ledgers.books import DISPUTES, dispute, disputes_book


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder: a store of two disputes in "store", and the file they came from."""
    monkeypatch.chdir(tmp_path)
    disputes_book(Path("a.xlsx"), dispute(1), dispute(2))
    assert run(["ledger", "import", "a.xlsx", "--by", "样例员"]) == 0
    return tmp_path


def add(column: str, found: str, right: str, row: str = "JF-001", reason: str = "据原始登记表") -> int:
    words = ["ledger", "correct", "add", "矛盾纠纷", row, column, "--found", found, "--right", right]
    return run([*words, "--reason", reason, "--by", "核对员"])


def stored(number: str = "JF-001") -> dict[str, Any]:
    rows = Store("store").read(DISPUTES)
    return dict(rows[rows["dispute_id"] == number].iloc[0])


VALUES = [
    ("纠纷类型", "家庭纠纷", "其他", "kind", "其他"),
    ("kind", "家庭纠纷", "其他", "kind", "其他"),
    ("排查日期", "2015年3月2日", "2015/3/3", "found_on", dt.datetime(2015, 3, 3)),
    ("简要情况", "兄弟间因赡养起纠纷", "（空）", "summary", None),
    ("所在村", "北西尚", "梁庄村", "place", "yangmiao-01"),
]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("column", "found", "right", "name", "value"), VALUES, ids=[row[0] for row in VALUES])
def test_a_correction_changes_the_row_now_and_whenever_its_file_is_imported(
    capsys: pytest.CaptureFixture[str], column: str, found: str, right: str, name: str, value: Any
) -> None:
    before = stored()
    title = next(c.title for c in DISPUTES.columns if column in (c.name, c.title))
    assert add(title if column != "kind" else column, found, right) == 0

    def has(row: dict[str, Any]) -> bool:
        return bool(pd.isna(row[name]) if value is None else row[name] == value)

    assert has(stored())
    assert run(["ledger", "import", "a.xlsx", "--by", "样例员"]) == 0
    said = capsys.readouterr()
    assert "没有变化" in said.out
    assert "据原始登记表" in said.err
    disputes_book(Path("b.xlsx"), dispute(1, parties="李样例"), dispute(2))
    assert run(["ledger", "import", "b.xlsx", "--by", "样例员"]) == 0
    assert has(stored())
    assert stored()["parties"] == "李样例"
    assert stored("JF-002")["kind"] == before["kind"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("now", "said"), [("其他", "已是正确的"), ("劳资纠纷", "劳资纠纷")])
def test_once_the_source_has_another_value_the_file_is_refused_until_the_correction_is_withdrawn(
    capsys: pytest.CaptureFixture[str], now: str, said: str
) -> None:
    assert add("纠纷类型", "家庭纠纷", "其他") == 0
    disputes_book(Path("b.xlsx"), dispute(1, kind=now), dispute(2))
    assert run(["ledger", "import", "b.xlsx", "--by", "样例员"]) == 1
    refused = capsys.readouterr().err
    assert "b.xlsx · 矛盾纠纷台账 · E2" in refused
    assert said in refused
    assert Store("store").commit_at().version == 2
    assert run(["ledger", "correct", "withdraw", "2", "--by", "核对员"]) == 0
    assert run(["ledger", "import", "b.xlsx", "--by", "样例员"]) == 0
    assert stored()["kind"] == now


WRONG = [
    ("another value", ("纠纷类型", "其他", "合同纠纷"), "家庭纠纷"),
    ("no such column", ("颜色", "红", "蓝"), "颜色"),
    ("a key", (DISPUTES.columns[0].title, "JF-001", "JF-009"), DISPUTES.columns[0].title),
    ("the same", ("排查日期", "2015年3月2日", "2015-03-02"), "2015-03-02"),
    ("a value that is refused", ("排查日期", "2015-03-02", "三月"), "三月"),
    ("a value that breaks a rule", ("化解日期", "2015-03-20", "2015-01-01"), "2015-01-01"),
]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("asked", "named"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_correction_that_does_not_fit_is_refused(
    capsys: pytest.CaptureFixture[str], asked: tuple[str, str, str], named: str
) -> None:
    assert add(*asked) == 1
    assert named in capsys.readouterr().err
    assert Store("store").commit_at().version == 1


@pytest.mark.usefixtures("office")
def test_a_reason_is_needed_and_a_value_is_corrected_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert add("纠纷类型", "家庭纠纷", "其他", reason=" ") == 1
    assert "理由" in capsys.readouterr().err
    assert add("纠纷类型", "家庭纠纷", "其他") == 0
    assert add("纠纷类型", "其他", "合同纠纷") == 1
    assert run(["ledger", "correct", "withdraw", "7"]) == 1


@pytest.mark.usefixtures("office")
def test_a_correction_may_come_before_its_row_and_mend_what_would_be_refused() -> None:
    assert add("排查日期", "三月初", "2015-03-05", row="JF-003") == 0
    disputes_book(Path("b.xlsx"), dispute(3, found_on="三月初"))
    assert run(["ledger", "import", "b.xlsx", "--replace", "--by", "样例员"]) == 0
    assert stored("JF-003")["found_on"] == dt.datetime(2015, 3, 5)


@pytest.mark.usefixtures("office")
def test_corrections_are_listed_undone_and_read_as_of_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert add("纠纷类型", "家庭纠纷", "其他") == 0
    capsys.readouterr()
    assert run(["ledger", "correct", "list", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["number"], one["row"], one["found"], one["right"]) == (2, "JF-001", "家庭纠纷", "其他")
    assert (one["reason"], one["person"]) == ("据原始登记表", "核对员")
    assert run(["ledger", "correct", "list"]) == 0
    assert run(["ledger", "log"]) == 0
    assert "更正" in capsys.readouterr().out
    assert run(["ledger", "undo", "--by", "样例员"]) == 0
    assert (stored()["kind"], Store("store").corrections()) == ("家庭纠纷", [])
    assert len(Store("store").corrections(2)) == 1
    assert Store("store").log_problems() == []


@pytest.mark.usefixtures("office")
def test_documents_say_what_was_corrected() -> None:
    assert add("纠纷类型", "家庭纠纷", "其他") == 0
    assert add("当事人", "张样例", "李样例", row="JF-002") == 0
    snapshot = open_snapshot("store")
    assert dict(snapshot.provenance())["更正"].startswith("2处（矛盾纠纷台账JF-001纠纷类型")
    assert dict(snapshot.provenance(audience="public"))["更正"] == "2处"
    assert "更正" not in dict(open_snapshot("store", 1).provenance())
    table = Quality(snapshot.figures("", "2015-03")).corrections()
    assert table["更正为"].tolist() == ["其他", "（个人信息）"]
    assert table["理由"].tolist() == ["据原始登记表"] * 2
