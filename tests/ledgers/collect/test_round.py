"""A round of collecting: versions, what is imported, what is sent back, what is refused; nothing is half-imported."""

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import load_workbook

from govkit.institutions import ledgers
from govkit.institutions.reporting import reported
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.ledgers.submission import in_force, latest
from tests.ledgers.collect.arriving import MOMENT, MONTH, book, collected, grid, mail, packed, put, units

LATER = MOMENT + dt.timedelta(hours=1)
EARLIER = MOMENT - dt.timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "来件"


def rows(folder: Path) -> list[str]:
    """Return the numbers of the disputes that the store holds."""
    return Store(folder.parent / "store").read(ledgers()["disputes"])["dispute_id"].tolist()


def test_a_village_and_a_township_workbook_a_zip_and_a_mail_side_by_side(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid()]))
    put(folder, "阳庙镇.xlsx", book([grid(2, "北西尚村"), grid(3, "梁庄村")], "阳庙镇2015年9月矛盾纠纷台账"))
    put(folder, "a.zip", packed({"b/新建.xlsx": book([grid(4, "南张村")], "南张村2015年9月台账")}))
    put(folder, "信.eml", mail({"c.xlsx": book([["零报告"]], "辛庄村2015年9月矛盾纠纷台账")}))
    found = collected(folder)
    assert units(found, "taken") == ["阳庙镇", "马村", "南张村", "辛庄村"]
    assert rows(folder) == ["JF-1", "JF-2", "JF-3", "JF-4"]
    store = Store(folder.parent / "store")
    assert len(store.commits()) == 4
    given, names = reported(store, "disputes", MONTH), shipped_places().names
    assert {names[code] for code in given.reported} == {"马村", "北西尚村", "梁庄村", "南张村"}
    assert {names[code] for code in given.nil} == {"辛庄村"}


@pytest.mark.parametrize(
    ("older", "newer", "moments", "rule"),
    [
        (EARLIER, MOMENT, (LATER, MOMENT), "保存时间最新"),
        (None, None, (MOMENT, LATER), "最后收到"),
        (MOMENT, None, (MOMENT, LATER), "最后收到"),
    ],
    ids=["saved later, though it arrived before", "arrived later", "one says nothing: arrival counts for both"],
)
def test_the_newest_version_counts_and_the_rule_is_said(
    older: dt.datetime | None,
    newer: dt.datetime | None,
    moments: tuple[dt.datetime, dt.datetime],
    rule: str,
    folder: Path,
) -> None:
    put(folder, "b旧.xlsx", book([grid(1)], saved=older), moments[0])
    put(folder, "a新.xlsx", book([grid(2)], saved=newer), moments[1])
    [outcome] = collected(folder).outcomes
    assert rows(folder) == ["JF-2"]
    [passed] = outcome.passed
    assert (passed.delivery.name, passed.taken) == ("b旧.xlsx", ("a新.xlsx",))
    assert rule in passed.rule


def test_equal_content_is_one_workbook(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid()]))
    put(folder, "马村(1).xlsx", book([grid()]), LATER)
    [outcome] = collected(folder).outcomes
    assert (outcome.result, [one.rule for one in outcome.passed]) == ("taken", ["内容相同"])


def test_different_content_at_one_time_is_nobodys_guess(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1)]))
    put(folder, "马村(1).xlsx", book([grid(2)]))
    [outcome] = collected(folder).outcomes
    assert outcome.result == "returned"
    [problem] = outcome.problems
    assert "马村" in problem.where.source
    assert "时间都相同" in problem.what
    assert rows(folder) == []


def test_two_workbooks_with_a_ledger_each_are_one_report(folder: Path) -> None:
    services = [["DB-1", "马村", "2015-09-03", "证明", "乙某", "甲某", "2015-09-10", None, None]]
    columns = ledgers()["agency_services"].names
    put(folder, "a.xlsx", book([grid()]))
    put(folder, "b.xlsx", book([one[: len(columns)] for one in services], "马村2015年9月", ledger="agency_services"))
    [outcome] = collected(folder).outcomes
    assert len(outcome.files) == 2
    assert outcome.passed == ()


BAD = [
    ("a unit nobody knows", {"x.xlsx": book([grid()], "台账", line=["填报单位：无此村"])}, "x.xlsx", "A2", "无此村"),
    ("another month", {"x.xlsx": book([grid()], "马村2015年8月台账")}, "x.xlsx", "A1", "2015年8月"),
    ("a wrong cell", {"x.xlsx": book([grid(day="九月")])}, "x.xlsx", "C3", "九月"),
    ("a wrong cell in one of two", {"x.xlsx": book([grid(1), grid(2, kind="不明")])}, "x.xlsx", "E4", "不明"),
    ("a damaged workbook", {"马村.xlsx": b"PK\x03\x04"}, "马村.xlsx", "", "损坏"),
    ("a nothing beside rows", {"x.xlsx": book([grid(), ["零报告"]])}, "x.xlsx", "A4", "零报告"),
]


@pytest.mark.parametrize(("files", "source", "item", "said"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_nothing_of_a_bad_workbook_is_imported_and_the_good_one_is(
    files: dict[str, bytes], source: str, item: str, said: str, folder: Path
) -> None:
    put(folder, "南张.xlsx", book([grid(9, "南张村")], "南张村2015年9月台账"))
    for name, content in files.items():
        put(folder, name, content)
    found = collected(folder)
    assert rows(folder) == ["JF-9"]
    assert units(found, "taken") == ["南张村"]
    problem = next(one for one in found.errors if one.where.source == source)
    assert problem.where.item == item
    assert said in problem.what
    assert problem.repair


def test_what_is_sent_back_has_one_annotated_copy_and_is_on_record(folder: Path) -> None:
    put(folder, "x.xlsx", book([grid(day="九月")]))
    for _time in range(2):
        [outcome] = collected(folder).outcomes
        assert [path.name for path in outcome.copies] == ["x-待修改.xlsx"]
    assert len(list((folder.parent / "收表/退回/马村").iterdir())) == 1
    store = Store(folder.parent / "store")
    assert [commit.action for commit in store.commits()] == ["report"]
    assert len(reported(store, "disputes", MONTH).returned) == 1


def test_a_repaired_copy_that_comes_back_is_taken(folder: Path) -> None:
    put(folder, "x.xlsx", book([grid(day="2015年13月1日")]))
    [outcome] = collected(folder).outcomes
    repaired = load_workbook(outcome.copies[0])
    listed = "".join(str(cell.value) for row in repaired["问题清单"].iter_rows() for cell in row)
    assert "2015年13月1日" in listed
    repaired["矛盾纠纷台账"]["C3"].value = "2015-09-01"
    repaired.save(folder / "x-待修改.xlsx")
    assert units(collected(folder), "taken") == ["马村"]
    assert reported(Store(folder.parent / "store"), "disputes", MONTH).returned == ()


def test_a_file_that_was_taken_is_not_read_again_and_a_new_ledger_beside_it_is(folder: Path) -> None:
    put(folder, "a.xlsx", book([grid()]))
    collected(folder)
    put(folder, "b.xlsx", book([["零报告"]], "马村2015年9月调解记录台账", ledger="mediation_attempts"), LATER)
    [outcome] = collected(folder).outcomes
    assert (outcome.result, outcome.files, outcome.nil) == ("taken", ("b.xlsx",), ("mediation_attempts",))
    kept = latest(in_force(Store(folder.parent / "store").commits()))
    assert {one.submission.ledger: one.submission.rows for one in kept.values()} == {
        "disputes": 1,
        "mediation_attempts": 0,
    }


def test_the_second_round_changes_nothing_and_an_older_version_is_passed_over(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1)]))
    collected(folder)
    assert units(collected(folder), "unchanged") == ["马村"]
    (folder / "马村.xlsx").unlink()
    put(folder, "马村旧.xlsx", book([grid(2)], saved=EARLIER))
    [outcome] = collected(folder).outcomes
    assert [one.rule for one in outcome.passed] == ["比以前收进来的旧"]
    assert rows(folder) == ["JF-1"]
    assert len(Store(folder.parent / "store").commits()) == 1


def test_matters_carried_on_leave_the_other_rows_of_their_month(folder: Path) -> None:
    august = [grid(1, day="2015-08-03"), grid(2, day="2015-08-04")]
    put(folder, "马村8月.xlsx", book(august, "马村2015年8月台账"))
    collected(folder, "2015-08")
    (folder / "马村8月.xlsx").unlink()
    settled = [*grid(2, day="2015-08-04")[:7], "2015-09-20", "村", None]
    put(folder, "马村9月.xlsx", book([settled, grid(3)]))
    [outcome] = collected(folder).outcomes
    assert outcome.problems == ()
    assert rows(folder) == ["JF-1", "JF-2", "JF-3"]


def test_rows_of_other_months_that_nobody_knows_are_said(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1), grid(2, day="2015-03-02"), grid(3, day="2015-10-01")]))
    [outcome] = collected(folder).outcomes
    assert outcome.result == "taken"
    assert [problem.severity for problem in outcome.problems] == ["warning", "warning"]
    assert "以后" in outcome.problems[0].what
    assert "以前" in outcome.problems[1].what


def test_fewer_rows_than_before_are_asked_about(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(number) for number in range(1, 4)]))
    collected(folder)
    put(folder, "马村.xlsx", book([grid(1)], saved=LATER), LATER)
    [outcome] = collected(folder).outcomes
    assert outcome.result == "returned"
    assert len(rows(folder)) == 3


def test_a_number_of_another_unit_sends_back_only_the_second(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1)]))
    put(folder, "南张.xlsx", book([grid(1, "南张村")], "南张村2015年9月台账"))
    found = collected(folder)
    assert (units(found, "taken"), units(found, "returned")) == (["马村"], ["南张村"])


def test_a_declared_nothing_against_rows_of_the_store(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1)]))
    collected(folder)
    put(folder, "马村.xlsx", book([["零报告"]], saved=LATER), LATER)
    [outcome] = collected(folder).outcomes
    assert outcome.result == "returned"
    assert "零报告" in outcome.problems[0].what
    assert rows(folder) == ["JF-1"]


def test_the_month_of_most_workbooks_is_collected_where_none_is_named(folder: Path) -> None:
    put(folder, "马村.xlsx", book([grid(1)]))
    put(folder, "南张.xlsx", book([grid(2, "南张村")], "南张村2015年9月台账"))
    put(folder, "辛庄.xlsx", book([grid(3, "辛庄村", "2015-08-03")], "辛庄村2015年8月台账"))
    found = collected(folder, "")
    assert found.month == MONTH
    assert [problem.where.source for problem in found.other_months] == ["辛庄.xlsx"]
