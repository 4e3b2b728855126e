# ruff: noqa: E501, ARG005 - a table reads best with one cause a line
"""One problem where one cause explains many mistakes, and each mistake where there is none; never an unbounded list."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from govkit.core.errors import Problem
from govkit.institutions import ledgers
from govkit.ledgers.annotate import annotate
from govkit.ledgers.columns import MOST_WORDS
from tests.ledgers.books import DISPUTES, book, cells, check, csv_file, dispute

AGENCY = ledgers()["agency_services"]
Rows = list[list[Any]]


def rows(count: int = 6, **changes: Callable[[int], Any]) -> Rows:
    """Return header and rows of disputes, some columns by their row's number."""
    return cells([dispute(n, **{name: change(n) for name, change in changes.items()}) for n in range(1, count + 1)])


def shifted(table: Rows, by: int) -> Rows:
    head, *body = table
    return [head, *([*[None] * by, *row][: len(head)] if by > 0 else [*row[-by:], *[None] * -by] for row in body)]


def exchanged(table: Rows, one: str, other: str) -> Rows:
    head, *body = table
    first, second = (DISPUTES.names.index(name) for name in (one, other))
    for row in body:
        row[first], row[second] = row[second], row[first]
    return [head, *body]


def of_another_ledger() -> Rows:
    done = [
        ["DB-1", "马村", "张样例", "13800000001", "户口登记", "王样例", "2015-01-02", "2015-02-02", "2015-01-09", None][
            :10
        ]
        for _n in range(5)
    ]
    return [cells([])[0], *([f"DB-{n}", *row[1:]] for n, row in enumerate(done))]


ONE_CAUSE: dict[str, tuple[Rows, str, str]] = {
    "the same unknown village": (rows(place=lambda n: "无此村"), "没有名为“无此村”的单位（共6格：B2、B3", ""),
    "villages of a township that is not in the register": (
        rows(place=lambda n: "马村" if n < 3 else f"石头镇{'甲乙丙丁'[n - 3]}村"),
        "地名册里没有“石头镇”（共4格",
        "govkit ledger places",
    ),
    "villages of another district": (rows(place=lambda n: f"{'甲乙丙丁戊己'[n - 1]}岭"), "“所在村”整列", "别的区"),
    "years of two digits": (rows(found_on=lambda n: f"15.3.{n}"), "“排查日期”整列", "四位"),
    "the year last": (rows(found_on=lambda n: f"3/{n}/2015"), "“排查日期”整列", "年、月、日"),
    "a future year": (rows(found_on=lambda n: f"2105-03-0{n}", settled_on=lambda n: None, settled_level=lambda n: None), "每一行", "年份"),
    "a word that is not listed": (rows(kind=lambda n: "打架"), "共6格", "家庭纠纷"),
    "words that are not listed": (rows(kind=lambda n: f"打架{n}"), "“纠纷类型”整列", ""),
    "a blank required column": (rows(parties=lambda n: None), "“当事人”未填写（共6格", ""),
    "settled before found": (rows(settled_on=lambda n: f"2015-02-0{n}"), "每一行", ""),
    "one column to the right": (shifted(rows(), 1), "整体向右错了一列", "移回"),
    "one column to the left": (shifted(rows(), -1), "整体向左错了一列", "移回"),
    "two columns exchanged": (exchanged(rows(kind=lambda n: "家庭纠纷"), "place", "kind"), "对调", "对调"),
    "days under another heading": (exchanged(rows(summary=lambda n: f"第{n}件"), "found_on", "summary"), "整列", "“简要情况”"),
    "rows of another ledger": (of_another_ledger(), f"像是“{AGENCY.title}”的", AGENCY.title),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_CAUSE)
def test_one_cause_is_one_problem_and_all_its_rows_are_refused(name: str, tmp_path: Path) -> None:
    table, what, repair = ONE_CAUSE[name]
    intake = check(book(tmp_path / "a.xlsx", {DISPUTES.title: table}))
    assert len(intake.errors) == 1, said(intake.errors)
    assert what in intake.errors[0].what
    assert repair in intake.errors[0].repair
    checked = next(one for one in intake.ledgers if one.rows_in)
    assert checked.rows_in == len(table) - 1
    assert len(checked.refused) >= len(intake.errors[0].also)


def test_a_whole_file_of_another_year_is_one_problem(tmp_path: Path) -> None:
    titled = [["2014年度矛盾纠纷台账"], *rows(found_on=lambda n: dt.date(2015, 3, n))]
    assert len(check(book(tmp_path / "a.xlsx", {"纠纷": titled})).errors) == 1


def test_many_missing_columns_are_one_problem(tmp_path: Path) -> None:
    head, *body = rows()
    strange = [f"栏{number}" if number in {0, 2, 4} else words for number, words in enumerate(head)]
    errors = check(book(tmp_path / "a.xlsx", {DISPUTES.title: [strange, *body]})).errors
    assert len(errors) == 1
    assert "缺少“矛盾纠纷台账”的" in errors[0].what


DIFFERENT = [
    ("two rows with the same mistake", rows(place=lambda n: "无此村" if n < 3 else "马村"), 2),
    ("another mistake in each row", rows(kind=lambda n: f"打架{n}" if n < 5 else "家庭纠纷"), 4),
    ("two mistakes in one row", rows(kind=lambda n: "?" if n == 1 else "家庭纠纷", place=lambda n: "?" if n == 1 else "马村"), 2),
]  # fmt: skip


@pytest.mark.parametrize(("table", "count"), [one[1:] for one in DIFFERENT], ids=[one[0] for one in DIFFERENT])
def test_mistakes_of_their_own_are_told_one_by_one(table: Rows, count: int, tmp_path: Path) -> None:
    found = check(book(tmp_path / "a.xlsx", {DISPUTES.title: table}))
    problems = found.errors if count > 2 else [p for p in found.problems if p.severity == "error"]
    assert sum(1 + len(problem.also) for problem in problems) == count


def test_every_cell_of_the_cause_is_marked_in_the_copy(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {DISPUTES.title: rows(place=lambda n: "无此村" if n % 2 else "马村")})
    copy = annotate(path, check(path).problems, tmp_path)
    assert copy is not None
    sheet = openpyxl.load_workbook(copy)[DISPUTES.title]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert marked == {"B2", "B4", "B6"}


@pytest.mark.slow
def test_the_problems_of_a_file_that_is_wrong_throughout_are_bounded(tmp_path: Path) -> None:
    count = 30_000
    table = rows(
        count,
        place=lambda n: f"无此村{n}" if n % 2 else "马村",
        kind=lambda n: f"打架{n}" if n % 3 else "家庭纠纷",
        settled_on=lambda n: f"2015-01-{n % 28 + 1:02}",
        found_on=lambda n: f"2015-{2 + n % 9:02}-{n % 28 + 1:02}",
    )
    intake = check(csv_file(tmp_path / "a.csv", table))
    assert intake.ledgers[0].rows_in == len(intake.ledgers[0].refused) == count
    assert len(intake.problems) <= 3 * (MOST_WORDS + 2)


def said(problems: Sequence[Problem]) -> str:
    return "\n".join(map(str, problems))
