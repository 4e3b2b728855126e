"""The board of a month, the lists to paste, blank workbooks, a declared nothing: over one small store."""

import datetime as dt
import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.institutions.month.blanks import write_blanks
from govkit.institutions.month.board import Board, board, coloured, lists
from govkit.institutions.month.collecting import declare_nil
from govkit.institutions.reporting import opened
from govkit.ledgers.collect.watching import changes, look
from govkit.ledgers.period import Period
from govkit.ledgers.store import Store
from tests.ledgers.collect.arriving import MONTH, book, collected, grid, put

SEPTEMBER = Period.month(MONTH)
ON = dt.date(2015, 10, 8)
RULES = """ledger,level,due_day,effective_from,effective_to,source,mark,note
disputes,村,5,,,本单位,示意,
agency_services,村,5,,,本单位,示意,
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store into which four villages of 104 have sent something."""
    folder = tmp_path_factory.mktemp("board")
    late = dt.datetime(2015, 10, 7, 9)
    put(folder / "in", "马村.xlsx", book([grid(1)], line=["填报单位：马村", "填表人：甲某"]))
    put(folder / "in", "南张.xlsx", book([grid(2, "南张村")], "南张村2015年9月台账"), late)
    put(folder / "in", "辛庄.xlsx", book([["零报告"]], "辛庄村2015年9月矛盾纠纷台账"))
    put(folder / "in", "梁庄.xlsx", book([grid(3, "梁庄村", kind="不明")], "梁庄村2015年9月台账"))
    collected(folder / "in")
    return folder / "store"


@pytest.fixture
def seen(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """Return the board by an office's own rules: two ledgers, due on the 5th."""
    (tmp_path / "reporting.csv").write_text(RULES, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    return board(open_snapshot(store), SEPTEMBER, ON)


@pytest.mark.parametrize(
    ("unit", "ledger", "words"),
    [
        ("马村", "disputes", "已报"),
        ("南张村", "disputes", "已报，迟2天"),
        ("辛庄村", "disputes", "零报告"),
        ("梁庄村", "disputes", "退回，迟3天"),
        ("北西尚村", "disputes", "未报，迟3天"),
        ("马村", "agency_services", "未报，迟3天"),
    ],
)
def test_each_cell_says_what_is_so(unit: str, ledger: str, words: str, seen: Board) -> None:
    assert seen.cell(seen.places.find(unit), ledger).words == words


def test_who_which_version_and_when(seen: Board) -> None:
    cell = seen.cell(seen.places.find("马村"), "disputes")
    assert (cell.person, cell.filler, cell.received, cell.source, cell.rows) == (
        "测试",
        "甲某",
        "2015-10-03",
        "马村.xlsx",
        1,
    )
    assert cell.version


def test_without_a_day_nothing_is_late(store: Path) -> None:
    found = board(open_snapshot(store), SEPTEMBER, ON)
    assert not found.dated
    assert {cell.late for cell in found.cells.values()} == {None}
    assert found.counts() == {"missing": 109, "returned": 1}


def test_filters(seen: Board) -> None:
    names = [unit.name for unit in seen.narrowed(seen.places.find("宁郭镇").code, ["missing"]).units]
    assert "马村" in names  # it lacks one ledger of two
    assert "辛庄村" not in names
    assert [unit.name for unit in seen.narrowed(states=["returned"]).units] == ["梁庄村"]
    assert seen.narrowed(codes=["disputes"]).ledgers == ("disputes",)


def test_the_lists_name_units_and_counts_only(seen: Board) -> None:
    found = lists(seen)
    assert "应报104个单位，已报0个（其中零报告0个），退回1个，未报103个。" in found["催报"]
    assert "马村（缺1本）（已迟3天）" in found["催报"]
    assert "梁庄村（1处）" in found["退回"]
    for word in ("甲某", ".xlsx", "JF-", "不明", "测试"):
        assert word not in "".join(found.values())


def test_the_excel_file_is_coloured_and_filtered(seen: Board) -> None:
    book_ = load_workbook(BytesIO(coloured(seen)))
    page = book_["报送情况"]
    assert page.auto_filter.ref
    rows = {page.cell(row, 2).value: row for row in range(2, page.max_row + 1)}
    assert page.cell(rows["梁庄村"], 4).value == "退回，迟3天"
    assert page.cell(rows["梁庄村"], 4).fill.fgColor.rgb == "FFF8D9A8"
    assert book_["明细"].max_row == 1 + 2 * 104
    assert coloured(seen) == coloured(seen)


def test_a_nothing_is_declared_by_hand(tmp_path: Path) -> None:
    url = str(tmp_path / "store")
    commit = declare_nil(url, "马村", ["矛盾纠纷台账"], SEPTEMBER, "测试")
    assert [(one.ledger, one.state) for one in commit.submissions] == [("disputes", "nil")]
    declare_nil(url, "马村", [], SEPTEMBER, "测试")
    found = board(opened(Store(url)), SEPTEMBER, ON)
    assert found.state(found.places.find("马村")) == "nil"
    with pytest.raises(InputError, match="不按月报"):
        declare_nil(url, "马村", ["信访事项台账"], SEPTEMBER, "测试")


def test_a_nothing_is_refused_where_there_are_rows(store: Path) -> None:
    with pytest.raises(InputError, match="有该月1行"):
        declare_nil(str(store), "马村", ["disputes"], SEPTEMBER, "测试")


def test_a_blank_workbook_comes_back_filled_in(store: Path, tmp_path: Path) -> None:
    held = opened(Store(store))
    village = held.places.find("马村")
    [path] = write_blanks(held.frames, held.places, Period.month("2015-10"), tmp_path / "in", units=[village])
    filled = load_workbook(path)
    page = filled["矛盾纠纷台账"]
    assert [page.cell(4, column).value for column in (1, 2)] == ["JF-1", "马村"]  # open since September
    settled, level = (
        ledgers()["disputes"].names.index("settled_on") + 1,
        ledgers()["disputes"].names.index("settled_level") + 1,
    )
    page.cell(4, settled).value, page.cell(4, level).value = "2015-10-09", "村"
    assert "零报告" in str(filled["填表说明"]["A2"].value)
    cover = filled["报送单"]
    titles = {cover.cell(row, 1).value: row for row in range(1, cover.max_row + 1)}
    for title in ("重大事项决策台账", "代办服务台账", "调解记录台账"):
        cover.cell(titles[title], 2).value = "零报告"
    filled.save(path)
    copy = tmp_path / "store"
    collected(path.parent, "2015-10", copy)
    [outcome] = collected(path.parent, "2015-10", copy).outcomes
    assert outcome.unit == village
    assert outcome.result == "unchanged"
    assert pd.Timestamp("2015-10-09") in Store(copy).read(ledgers()["disputes"])["settled_on"].tolist()
    october = board(opened(Store(copy)), Period.month("2015-10"), ON)
    assert [cell.words for cell in october.of(village)] == ["零报告", "零报告", "已报", "零报告"]


def test_equal_stores_give_equal_blank_workbooks(store: Path, tmp_path: Path) -> None:
    held = opened(Store(store))
    units = [held.places.find("马村"), held.places.find("宁郭镇")]
    written = [write_blanks(held.frames, held.places, SEPTEMBER, tmp_path / name, units=units) for name in "ab"]
    assert [path.name for path in written[0]] == ["宁郭镇-马村-2015-09月报.xlsx", "宁郭镇-2015-09月报.xlsx"]
    assert [path.read_bytes() for path in written[0]] == [path.read_bytes() for path in written[1]]


def test_a_watch_waits_until_what_arrives_lies_still(tmp_path: Path) -> None:
    steps = iter([b"1", b"12", b"", b""])
    counted = 0

    def wait() -> bool:
        step = next(steps, None)
        if step:
            put(tmp_path, "a.xlsx", step)
        return step is not None

    for _change in changes(lambda: look([tmp_path], tmp_path / "收表"), wait):
        counted += 1
    assert counted == 2


def test_the_command_line(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--store", str(store), "--period", MONTH, "--as-of", "2015-10-08"]
    assert run(["ledger", "status", *where, "--place", "马村"]) == 0
    assert "马村" in capsys.readouterr().out
    assert run(["ledger", "status", *where, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"reported": 0, "nil": 0, "returned": 1, "missing": 109}
    assert run(["ledger", "status", *where, "--lists"]) == 0
    assert "未报109个" in capsys.readouterr().out
    assert run(["ledger", "status", *where, "--details", "-o", str(tmp_path / "a.xlsx")]) == 0
    assert (tmp_path / "a.xlsx").is_file()


def test_collecting_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in", "马村.xlsx", book([grid(1)]))
    put(tmp_path / "in", "梁庄.xlsx", book([grid(3, "梁庄村", kind="不明")], "梁庄村2015年9月台账"))
    where = ["--store", str(tmp_path / "store")]
    assert run(["ledger", "collect", str(tmp_path / "in"), *where, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {unit["unit"]: unit["result"] for unit in told["units"]} == {"马村": "taken", "梁庄村": "returned"}
    assert run(["ledger", "collect", str(tmp_path / "in"), *where, "--period", "2015-08"]) == 1
    assert "2015年9月" in capsys.readouterr().err
    assert run(["ledger", "nil", "辛庄村", "--period", MONTH, *where]) == 0
    assert (tmp_path / "收表/催报清单.txt").is_file()
    assert run(["ledger", "log", *where]) == 0
    assert "登记报送情况" in capsys.readouterr().out


def test_a_folder_without_any_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in", "马村.xlsx", book([["零报告"]], "马村矛盾纠纷台账"))
    assert run(["ledger", "collect", str(tmp_path / "in"), "--store", str(tmp_path / "store")]) == 1
    assert "哪个月" in capsys.readouterr().err
