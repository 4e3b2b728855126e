"""How staff word headings, notes, totals and places: read, or suggested."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from govkit.core.errors import Problem
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.read.headings import MAPPING, Vocabulary, read_mapping
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from tests.ledgers.books import DISPUTES, LEDGERS, PLACES, book, cells, check, dispute
from tests.ledgers.read.test_layouts import sheet_of

AGENCY = ledgers()["agency_services"]
HEAD, *ROWS = cells([dispute(number) for number in range(1, 4)])
VOCABULARY = Vocabulary(LEDGERS)

NOTES = [
    "注：本表每月报送一次",
    "备注：略",
    "说明：以上数据截至9月底",
    "填表说明：一件一行",
    "填表人：样例",
    "填报人（签字）：",
    "审核人：样例　联系电话：略",
    "单位负责人（签章）：",
    "（盖章）",
    "报送日期：2015年9月5日",
    "制表：样例",
    "附：调解协议三份",
    "数据来源：各村调委会",
    "※表中数据为初步统计数",
    "2015年9月30日",
    "本表一式两份，报区、镇各一份。",
]
TOTALS = ["合计", "总计", "小计", "合 计", "共计：", "累计", "阳庙镇合计", "本页小计", "总计（件）"]


@pytest.mark.parametrize("words", NOTES)
@pytest.mark.parametrize("column", [0, 3])
def test_a_note_below_the_rows_is_no_row(words: str, column: int) -> None:
    note: list[object] = [*[None] * column, words]
    assert [len(table.rows) for table in tables([HEAD, *ROWS, note])] == [3]
    assert [len(table.rows) for table in tables([HEAD, *ROWS, [], note])] == [3]


@pytest.mark.parametrize("words", TOTALS)
def test_a_total_is_no_row(words: str) -> None:
    for number in (["3件"], [3.0], []):
        assert [len(table.rows) for table in tables([HEAD, *ROWS, [words, *number]])] == [3]


ROWS_STAY = ["JF-004", "合计划生育户", "注水猪肉", "说明书纠纷"]


@pytest.mark.parametrize("words", ROWS_STAY)
def test_a_row_with_one_cell_is_a_row_where_it_is_no_note(words: str) -> None:
    assert [len(table.rows) for table in tables([HEAD, *ROWS, [words]])] == [4]


HEADINGS = [
    ("受理时间", "受理日期"),
    ("村名", "所在村"),
    ("电话", "联系电话"),
    ("手机号码", "联系电话"),
    ("申请人姓名", "申请人"),
    ("代办人员", "代办员"),
    ("承若办结日期", "承诺办结日期"),
    ("受理日其", "受理日期"),
    ("代办事由", "代办事项"),
    ("代办编码", "代办编号"),
    ("实际办结时间", "办结日期"),
    ("行政村", "所在村"),
]


@pytest.mark.parametrize(("written", "meant"), HEADINGS)
def test_synonyms_and_slips_are_read_and_said_or_suggested(written: str, meant: str) -> None:
    head = [written if column.title == meant else column.heading for column in AGENCY.columns]
    row: list[object] = [
        "DB-1",
        "马村",
        "张样例",
        "13800000001",
        "户口登记",
        "王样例",
        "2015-01-02",
        "2015-02-02",
        "2015-01-09",
    ]
    found = find_tables("a.xlsx", sheet_of([list(head), row]), VOCABULARY)
    table = found[0]
    assert isinstance(table, Table)
    said = [problem for problem in table.problems if written in problem.what + problem.repair]
    assert len(said) == 1
    assert meant in said[0].what + said[0].repair
    name = next(column.name for column in AGENCY.columns if column.title == meant)
    assert name in table.letters or said[0].severity == "error" or meant in {"联系电话", "办结日期"}


@pytest.mark.parametrize(
    "written",
    ["阳庙镇北西尚村", "北西尚村村委会", "北西尚村委会", "北西尚村村民委员会", "示范区阳庙镇北西尚", "北西尚村党支部"],
)
def test_a_village_by_its_full_name_or_its_body(written: str, tmp_path: Path) -> None:
    intake = check(book(tmp_path / "a.xlsx", {"纠纷": cells([dispute(place=written)])}))
    assert (intake.errors, intake.ledgers[0].accepted["place"].tolist()) == ((), ["yangmiao-02"])


@pytest.mark.parametrize("written", ["宁郭镇北西尚村", "北西上村", "阳庙镇", "某镇北西尚村"])
def test_a_village_in_the_wrong_unit_or_misspelt_is_refused(written: str, tmp_path: Path) -> None:
    assert check(book(tmp_path / "a.xlsx", {"纠纷": cells([dispute(place=written)])})).errors


def test_what_the_office_settled_counts(tmp_path: Path) -> None:
    head = ["案由性质" if words == "纠纷类型" else words for words in HEAD]
    path = book(tmp_path / "a.xlsx", {"纠纷": [[*head, "处理意见"], *([*row, "x"] for row in ROWS)]})
    assert check(path).errors
    settled = tmp_path / MAPPING
    settled.write_text("台账,表头,列\n矛盾纠纷台账,案由性质,纠纷类型\n,处理意见,不读\n", encoding="utf-8")
    intake = check_files([path], LEDGERS, PLACES, settled=read_mapping(settled))
    assert (intake.problems, intake.ledgers[0].rows_in) == ((), 3)


def test_hints_are_in_chinese_names_only(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"甲": [["甲", "乙"], [1, 2]], "纠纷": cells([dispute(place="北西上", kind="?")])})
    for problem in check(path).problems:
        assert not any(ledger.code in problem.what + problem.repair for ledger in LEDGERS)
        assert not any(place.code in problem.what + problem.repair for place in PLACES)


def tables(rows: Sequence[Sequence[object]]) -> list[Table]:
    found = find_tables("a.xlsx", sheet_of([list(row) for row in rows]), VOCABULARY)
    assert not [problem for problem in found if isinstance(problem, Problem) and problem.severity == "error"]
    return [table for table in found if isinstance(table, Table)]


def test_the_ledger_is_told_by_its_headings() -> None:
    assert tables([HEAD, *ROWS])[0].ledger is DISPUTES
