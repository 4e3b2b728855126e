"""Nothing is lost on the way in, whatever a file holds: each filled cell is read and has a role, rows in = accepted +
refused. The suite draws some files for each reader; ``--full`` draws 10,000.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govkit.ledgers.cells import Bad, is_blank, plain
from govkit.ledgers.check import check_files
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.preview import Preview
from govkit.ledgers.read.sheets import read_sheets
from tests.ledgers.books import DISPUTES, PLACES, TODAY, cells, dispute
from tests.ledgers.read.writers import ods, xls, xlsx

SHEET = "矛盾纠纷台账"
FULL, SHORT = 10_000, 12
VOCABULARY = Vocabulary([DISPUTES])
Rows = list[list[Any]]

WORDS = st.text(st.sampled_from("马村北西尚,;，\"'=+-@ 0123456789年月日.万元约〃同上㙍𠀀<>&"), min_size=1, max_size=12)
ODD = st.one_of(
    st.none(),
    WORDS,
    st.sampled_from(
        ["同上", "2015.9.3", "9月3日", "无此村", "张样例\n李样例", "#N/A", "1.38E+10", "约5", " ", "\u3000"]
    ),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.dates(dt.date(1950, 1, 1), dt.date(2040, 1, 1)),
)
CHANGES = st.dictionaries(st.sampled_from(DISPUTES.names[1:]), ODD, max_size=3)
BETWEEN = st.sampled_from([None, None, None, [], ["合计", None, 3.0], ["小计"], ["注：略"], ["填表人：样例"]])
FILES = st.tuples(st.booleans(), st.lists(st.tuples(CHANGES, BETWEEN), min_size=1, max_size=8))


def rows_of(drawn: tuple[bool, list[tuple[dict[str, Any], list[Any] | None]]]) -> Rows:
    titled, records = drawn
    head, *_ = cells([])
    rows: Rows = [["阳庙镇2015年度矛盾纠纷台账"]] if titled else []
    rows.append(head)
    for number, (changes, between) in enumerate(records, start=1):
        rows.append(cells([dispute(number, **changes)])[1])
        rows += [] if between is None else [between]
    return rows


def written_text(path: Path, rows: Rows) -> Path:
    """Write a text file as Excel does, its separator and encoding chosen by its length."""
    words = io.StringIO()
    shown = [["" if raw is None else str(raw) for raw in row] for row in rows]
    csv.writer(words, delimiter=",\t;"[len(rows) % 3]).writerows(shown)
    path.write_bytes(words.getvalue().encode(("utf-8-sig", "gb18030", "utf-16")[len(rows) // 3 % 3]))
    return path


READERS: dict[str, Callable[[Path, Rows], Path]] = {
    "a.xlsx": lambda path, rows: xlsx(path, {SHEET: rows}),
    "a.csv": written_text,
    "a.txt": written_text,
    "a.xls": lambda path, rows: xls(path, {SHEET: rows}),
    "a.ods": lambda path, rows: ods(path, {SHEET: rows}),
}


def as_read(raw: Any, *, text: bool) -> str:
    """Return a cell as it is compared: its tidy text; numbers, of which files keep 15 digits, alike in every format."""
    if is_blank(raw):
        return ""
    if text:
        return plain(str(raw))
    if isinstance(raw, bool):
        return str(raw).upper()
    return f"{float(raw):.15g}" if isinstance(raw, int | float) else plain(raw)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_every_cell_and_row_of_any_file_is_accounted_for(name: str, tmp_path: Path, full: bool) -> None:
    @settings(
        max_examples=FULL if full else SHORT,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(FILES)
    def holds(drawn: tuple[bool, list[tuple[dict[str, Any], list[Any] | None]]]) -> None:
        rows, text = rows_of(drawn), READERS[name] is written_text
        path = READERS[name](tmp_path / name, rows)
        (sheet,) = read_sheets(path).values()
        put = {(r, c): as_read(raw, text=text) for r, row in enumerate(rows, 1) for c, raw in enumerate(row, 1)}
        read = {
            (int(str(row)), int(str(column))): raw
            for column in sheet.cells
            for row, raw in sheet.cells[column].items()
            if not is_blank(raw)
        }
        assert {place: as_read(raw, text=text) for place, raw in read.items() if not isinstance(raw, Bad)} == {
            place: words for place, words in put.items() if words and not isinstance(read.get(place), Bad)
        }
        assert set(Preview(name, sheet, VOCABULARY).roles) == {place for place, words in put.items() if words}
        intake = check_files([path], [DISPUTES], PLACES, TODAY)
        (checked,) = intake.ledgers
        assert len(checked.accepted) + len(checked.refused) == len(drawn[1])
        assert bool(intake.errors) == bool(checked.refused)
        keys = [f"JF-{number:03}" for number in range(1, len(drawn[1]) + 1)]
        first = rows.index(cells([])[0]) + 2
        numbers = [n for n, row in enumerate(rows[first - 1 :], first) if row and str(row[0]).startswith("JF-")]
        refused = {keys[numbers.index(int(where.item[1:]))] for where in checked.refused}
        assert sorted({*checked.accepted["dispute_id"], *refused}) == keys

    holds()
