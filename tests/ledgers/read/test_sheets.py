from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.ledgers.read.sheets import read_sheets
from govkit.ledgers.read.text import read_csv
from tests.ledgers.books import cells, check, csv_file, dispute

ROWS = cells([dispute(1), dispute(2, parties="王样例", summary="甲，乙\n丙")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    intake = check(csv_file(tmp_path / "纠纷.csv", ROWS, encoding))
    assert intake.errors == ()
    assert intake.ledgers[0].accepted["parties"].tolist() == ["张样例", "王样例"]


def test_a_csv_is_one_sheet_named_like_the_file(tmp_path: Path) -> None:
    assert list(read_sheets(csv_file(tmp_path / "纠纷.CSV", ROWS))) == ["纠纷"]


def test_rows_keep_the_number_that_excel_shows(tmp_path: Path) -> None:
    intake = check(csv_file(tmp_path / "a.csv", [["标题"], [], *ROWS, [], cells([dispute(3, kind="?")])[1]]))
    assert [p.where.item for p in intake.errors] == ["E7"]


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(separator.join(row) for row in (["甲", "乙"], ["1", ""], ["", "2"])).encode())
    assert read_csv(path).fillna("").to_numpy().tolist() == [["甲", "乙"], ["1", ""], ["", "2"]]


def test_short_lines_are_filled_up_and_long_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n\n1,2,3,4\n", encoding="utf-8")
    assert read_csv(path).fillna("").to_numpy().tolist() == [
        ["a", "b", "", ""],
        ["1", "", "", ""],
        ["", "", "", ""],
        ["1", "2", "3", "4"],
    ]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_long_line_far_down_is_never_cut(tmp_path: Path, quote: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,{quote}b{quote}\n" * 60_000 + "1,2,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="60001"):
        read_csv(path)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",\n#='), max_size=8)


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_excel_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = csv_file(tmp_path_factory.mktemp("csv") / "a.csv", [["甲", "乙", "丙"], *rows])
    assert read_csv(path).fillna("").to_numpy().tolist()[1:] == rows


def test_the_quick_and_the_careful_way_read_the_same(tmp_path: Path) -> None:
    plain = csv_file(tmp_path / "plain.csv", [["甲", "乙"], ["1", " x "], ["", "NA"]])
    quoted = tmp_path / "quoted.csv"
    quoted.write_text(plain.read_text(encoding="utf-8").replace("甲", '"甲"'), encoding="utf-8")
    assert read_csv(plain).equals(read_csv(quoted))
