from collections.abc import Sequence

import pandas as pd
import pytest

from govkit.core.errors import Problem
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from govkit.ledgers.read.workbook import column_letters, column_number
from tests.ledgers.books import DISPUTES, LEDGERS, cells, dispute

SHEET = "矛盾纠纷台账"
HEAD, ROW = cells([dispute()])
VOCABULARY = Vocabulary(LEDGERS)


def found(rows: Sequence[Sequence[object]], sheet: str = SHEET, file: str = "台账.xlsx") -> Table | Problem | None:
    width = max(map(len, rows), default=0)
    frame = pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows], dtype=object)
    frame.index, frame.columns = pd.RangeIndex(1, len(frame) + 1), pd.RangeIndex(1, width + 1)
    return next(iter(find_tables(file, Sheet(sheet, frame), VOCABULARY)), None)


def table(rows: Sequence[Sequence[object]], **where: str) -> Table:
    result = found(rows, **where)
    assert isinstance(result, Table), result
    return result


HEADINGS = [
    ("as declared", HEAD),
    ("required mark", [f"*{h}" for h in HEAD]),
    ("required in words", [f"{h}（必填）" for h in HEAD]),
    ("half-width brackets", [f"{h}(必填)" for h in HEAD]),
    ("spaces and line breaks", [f" {h[:2]}\n{h[2:]}　" for h in HEAD]),
    ("another order", HEAD[::-1]),
    ("a running number first", ["序号", *HEAD]),
    ("remarks last", [*HEAD, "备注"]),
]


@pytest.mark.parametrize("head", [h for _, h in HEADINGS], ids=[name for name, _ in HEADINGS])
def test_headings_as_staff_write_them(head: list[object]) -> None:
    result = table([head, ["x"] * len(head)])
    assert (result.ledger, set(result.letters), result.problems) == (DISPUTES, set(DISPUTES.names), ())


def test_a_unit_in_either_brackets_or_none() -> None:
    for heading in ("建筑面积（㎡）", "建筑面积(㎡)", "建筑面积", "建筑面积 （m2）"):
        head = ["中心编号", "所属单位", "中心名称", "建设方式", "启用日期", heading]
        assert "area" in table([head, ["x"] * 6], sheet="中心").letters


@pytest.mark.parametrize(
    ("above", "year"),
    [
        ([], None),
        ([["2015年度矛盾纠纷台账"]], 2015),
        ([["２０１５年度矛盾纠纷台账"]], 2015),
        ([["填报单位：阳庙镇　年度：2015"]], 2015),
        ([["填报单位：　年度：　"]], None),
        ([["2014年和2015年台账"]], None),
        ([[None], ["阳庙镇"], ["2015 年"], [None]], 2015),
        ([["文号20151234年"]], None),
    ],
)
def test_titles_above_the_header_and_the_year_they_state(above: list[list[object]], year: int | None) -> None:
    result = table([*above, HEAD, ROW])
    assert (result.year, list(result.rows.index)) == (year, [len(above) + 2])


def test_the_year_in_the_name_of_the_sheet_or_the_file() -> None:
    assert table([HEAD, ROW], sheet="2015年纠纷").year == 2015
    assert table([HEAD, ROW], file="阳庙镇2015年台账.xlsx").year == 2015


@pytest.mark.parametrize(("above", "is_found"), [(14, True), (15, False)])
def test_how_far_down_the_header_is_looked_for(above: int, is_found: bool) -> None:
    result = found([*[["说明文字"]] * above, HEAD, ROW])
    assert isinstance(result, Table) is is_found


def test_blank_rows_and_footers_are_no_rows() -> None:
    result = table(
        [HEAD, ROW, [None, " "], ROW, [], ["合 计", None, 2], ["填表人：样例", None, "审核人："], ["注：略"]]
    )
    assert list(result.rows.index) == [2, 4]


@pytest.mark.parametrize("first", ["小计划", "总计划书", "负责人变更纠纷", "注水", "合计划"])
def test_a_last_row_that_only_begins_like_a_footer_stays(first: str) -> None:
    result = table([HEAD, ROW, [first, *ROW[1:]]])
    assert list(result.rows.index) == [2, 3]


def test_a_total_between_rows_is_no_row() -> None:
    result = table([HEAD, ROW, ["小计"], ROW, ["合计"]])
    assert list(result.rows.index) == [2, 4]
    assert [(total.row, total.label, total.rows) for total in result.totals] == [
        (3, "小计", (2, 2)),
        (5, "合计", (2, 4)),
    ]


def test_an_unknown_column_is_reported_but_refuses_nothing() -> None:
    problem = table([[*HEAD, "处理意见"], [*ROW, "x"]]).problems[0]
    assert (problem.severity, problem.where.item) == ("warning", "K1")
    assert "处理意见" in problem.what


@pytest.mark.parametrize("sheet", ["填表说明", "字典", "问题清单", "目录", " 说明 "])
def test_what_is_on_a_sheet_says_whether_it_holds_a_ledger_not_its_name(sheet: str) -> None:
    assert found([["一、每张工作表是一本台账"], ["列名", "必填"], ["纠纷编号", "是"]], sheet=sheet) is None
    assert list(table([HEAD, ROW], sheet=sheet).rows.index) == [2]


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_column_letters(number: int, letters: str) -> None:
    assert (column_letters(number), column_number(letters)) == (letters, number)
