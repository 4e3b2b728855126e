"""A table writes itself as a workbook: headings, units, widths, definitions, origin, no formula, no personal data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.figures.table import Table
from govkit.institutions import ledgers

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1＋1", "＋1", "－1", "＠A1"]


def sheets(path: Path) -> tuple[Worksheet, Worksheet]:
    book = load_workbook(path)
    assert book.sheetnames == ["数据", "说明"]
    return book["数据"], book["说明"]


def cells(sheet: Worksheet, column: int) -> list[Any]:
    return [row[column - 1].value for row in sheet.iter_rows(min_row=2)]


def test_indicators_have_headings_numbers_definitions_and_origin(snapshot: Snapshot, tmp_path: Path) -> None:
    table = snapshot.indicator(["G4", "G6"], by="township", periods="quarter")
    data, about = sheets(table.to_excel(tmp_path / "指标.xlsx"))
    headings = [cell.value for cell in data[1]]
    assert headings[:7] == ["时期", "单位编码", "单位", "指标编码", "指标", "数值", "计量单位"]
    assert cells(data, 1)[:1] == ["2015Q1"]
    assert cells(data, 6) == pytest.approx(table["value"].tolist())
    assert cells(data, 8)[:1] == [None]  # a count has no numerator
    said: dict[Any, Any] = {row[0].value: row[1].value for row in about.iter_rows(min_row=2)}
    assert "分子：" in said["化解率（G6）"]
    assert str(said["台账版本"]).startswith("第1版")
    assert data.freeze_panes == "A2"


def test_a_wide_table_has_units_in_its_headings(snapshot: Snapshot, tmp_path: Path) -> None:
    table = snapshot.indicator(["G4", "G6"], ["阳庙镇", "宁郭镇"], periods="quarter", wide=True)
    data, _about = sheets(table.to_excel(tmp_path / "宽表.xlsx"))
    assert [cell.value for cell in data[1]] == [
        "时期",
        "排查矛盾纠纷（件） · 阳庙镇",
        "排查矛盾纠纷（件） · 宁郭镇",
        "化解率（%） · 阳庙镇",
        "化解率（%） · 宁郭镇",
    ]
    widths = [data.column_dimensions[letter].width for letter in "ABCDE"]
    assert widths[1] > len("排查矛盾纠纷（件） · 阳庙镇") * 1.5
    assert all(8 <= width <= 60 for width in widths)


@pytest.mark.parametrize("labelled", [False, True])
def test_personal_columns_are_masked_unless_asked(snapshot: Snapshot, tmp_path: Path, labelled: bool) -> None:
    rows = snapshot.ledger("grid_staff", labelled=labelled)
    masked, about = sheets(rows.to_excel(tmp_path / "网格员.xlsx"))
    whole, _about = sheets(rows.to_excel(tmp_path / "全.xlsx", personal=True))
    headings = [cell.value for cell in masked[1]]
    assert headings == list(snapshot.ledger("grid_staff").attrs["labels"].values())
    name, phone = headings.index("姓名") + 1, headings.index("联系电话") + 1
    names = snapshot.frames["grid_staff"]["name"].tolist()
    assert cells(whole, name) == names
    assert not set(cells(masked, name)) & set(names)
    assert all(value is None or "*" in value for value in cells(masked, phone))
    assert "个人信息" in cells(about, 1)


PERSONAL = [
    (ledger.code, column.name, column.title)
    for ledger in ledgers().values()
    for column in ledger.columns
    if column.personal
]


@pytest.mark.parametrize(("code", "name", "title"), PERSONAL, ids=str)
def test_every_personal_column_of_every_ledger_is_masked(
    snapshot: Snapshot, tmp_path: Path, code: str, name: str, title: str
) -> None:
    rows = snapshot.ledger(code).head(20)
    data, _about = sheets(rows.to_excel(tmp_path / "台账.xlsx"))
    at = [cell.value for cell in data[1]].index(ledgers()[code][name].heading) + 1
    whole = {value for value in rows[name].dropna() if len(value) > 1}
    assert not {value for value in cells(data, at) if value} & whole


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[rows["role"] == "管理员"],
        lambda rows: rows.sort_values("appointed_on").head(30),
        lambda rows: rows.set_index("name"),
        lambda rows: rows.drop(columns="grid_id"),
        lambda rows: Table(pd.DataFrame(rows.to_dict("list"))),  # a frame that lost its origin
        lambda rows: rows.assign(more=1),
        lambda rows: rows.merge(rows, on="place").head(50),
        lambda rows: pd.concat([rows, rows], axis=1),
        lambda rows: pd.concat([rows.head(5), rows.tail(5)]),
        lambda rows: rows["name"],
        lambda rows: rows["name"].value_counts(),
        lambda rows: rows["name"].value_counts().to_frame(),
        lambda rows: rows.groupby("role")["name"].apply(list).to_frame(),
        lambda rows: rows.groupby("name").agg(kinds=("role", "nunique")),
        lambda rows: rows.pivot_table(index="name", columns="role", aggfunc="size"),
        lambda rows: rows.head(50).pivot_table(index="place", columns="name", values="role", aggfunc="first"),
        lambda rows: rows.drop_duplicates("name").set_index("name")[["role"]].T,
    ],
)
def test_a_frame_made_from_a_ledger_is_still_masked(
    snapshot: Snapshot, tmp_path: Path, change: Callable[[Table], Table]
) -> None:
    path = change(snapshot.ledger("grid_staff")).to_excel(tmp_path / "网格员.xlsx")
    names = set(snapshot.frames["grid_staff"]["name"])
    data = load_workbook(path)["数据"]
    shown = {str(cell.value) for row in data.iter_rows() for cell in row}
    assert len(shown) > 1
    assert not [text for text in shown if any(name in text for name in names)]
    assert not any(len(value) == 11 and value.isdigit() for value in shown)


def test_no_text_is_a_formula(tmp_path: Path) -> None:
    texts = Table({f"{text}列": [text] for text in FORMULAS}, index=pd.Index(["=2+2"], name="=索引"))
    path = texts.about({}, masks={}, terms=[("=3+3", "@x")]).to_excel(tmp_path / "文.xlsx")
    book = load_workbook(path)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds == {"s"}
    assert all(cell.quotePrefix for cell in book["数据"][2])
    with ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "sheet" in name)


def test_values_are_days_numbers_words_or_blanks(tmp_path: Path) -> None:
    table = Table(
        {
            "日": pd.Series([pd.Timestamp("2015-09-01"), pd.NaT]),
            "是否": pd.array([True, None], dtype="boolean"),
            "整数": pd.array([3, None], dtype="Int64"),
            "小数": [1.25, float("inf")],
            "时期": pd.PeriodIndex(["2015-09", "2015-10"], freq="M"),
            "坏字": ["a\x0bb", None],
        }
    )
    data, _about = sheets(table.about({}, masks={}).to_excel(tmp_path / "值.xlsx"))
    first, second = ([cell.value for cell in row] for row in data.iter_rows(min_row=2))
    assert [str(first[0])[:10], *first[1:]] == ["2015-09-01", "是", 3, 1.25, "2015-09", "a\ufffdb"]
    assert second == [None, None, None, "inf", "2015-10", None]
    assert data["A2"].number_format == "yyyy-mm-dd"
    assert data["D2"].number_format == "0.00"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("表.csv", "不是工作簿的文件名"),
        ("表", "不是工作簿的文件名"),
        ("没有/表.xlsx", "没有文件夹"),
        (None, "不是工作簿"),
    ],
)
def test_what_is_no_workbook_is_refused(snapshot: Snapshot, tmp_path: Path, name: Any, said: str) -> None:
    path = tmp_path / name if name else name
    with pytest.raises(InputError) as refused:
        snapshot.indicators().to_excel(path)
    assert said in refused.value.problems[0].what
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "说明", "a/b", "[x]", "长" * 32, None])
def test_what_is_no_name_of_a_sheet_is_refused(snapshot: Snapshot, tmp_path: Path, name: Any) -> None:
    with pytest.raises(InputError) as refused:
        snapshot.indicators().to_excel(tmp_path / "表.xlsx", sheet_name=name)
    assert "工作表" in refused.value.problems[0].what
    assert list(tmp_path.iterdir()) == []


def test_the_options_that_people_know_from_pandas_work(snapshot: Snapshot, tmp_path: Path) -> None:
    path = snapshot.indicators().to_excel(tmp_path / "表.xlsx", sheet_name="指标", index=False)
    assert load_workbook(path)["指标"]["A1"].value == "名称"
    rows = snapshot.ledger("grid_staff").head(3)
    assert load_workbook(rows.to_excel(path, index=True))["数据"]["A1"].value == "索引1"
    names = rows.drop_duplicates("name").set_index("name")[["role"]].T
    assert set(rows["name"]) <= {cell.value for cell in load_workbook(names.to_excel(path, personal=True))["数据"][1]}


def test_the_catalogues_and_places_write_themselves_too(snapshot: Snapshot, tmp_path: Path) -> None:
    for table in (snapshot.indicators(), snapshot.ledgers(), snapshot.places()):
        assert isinstance(table, Table)
        data, _about = sheets(table.to_excel(tmp_path / "表.xlsx"))
        assert data["A1"].value == "编码"
        assert data.max_row == len(table) + 1


def test_tables_put_together_keep_what_they_know(snapshot: Snapshot, tmp_path: Path) -> None:
    first = snapshot.indicator(["G4"], by="township", periods="2015")
    second = snapshot.indicator(["C9"], by="township", periods="2015")
    data, about = sheets(pd.concat([first, second]).to_excel(tmp_path / "合.xlsx"))
    assert data["A1"].value == "时期"  # row numbers are left out
    terms = cells(about, 1)
    assert {"排查矛盾纠纷（G4）", "代办服务办结（C9）"} <= set(terms)
    assert len(terms) == len(set(terms))
