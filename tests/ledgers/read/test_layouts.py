"""The layout finder on labelled sheets, and on any sheet: every filled cell is for something."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govkit.ledgers.read.header import Known
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.layout import Role, read_layout
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.tables import find_tables
from tests.ledgers.books import LEDGERS, cells, dispute
from tests.ledgers.read.layouts import Labelled, kinds, layouts

pytestmark = pytest.mark.slow

VOCABULARY = Vocabulary(LEDGERS)
ROLES: tuple[Role, ...] = ("header", "body")


def f1(sheets: Iterable[Labelled], known: Known | None) -> dict[Role, float]:
    """Return the F1 of header and body cells over labelled sheets, all of whose filled cells have a role."""
    hits, wrong = Counter[Role](), Counter[Role]()
    for made in sheets:
        found = read_layout(made.sheet(), known).roles()
        assert set(found) == set(made.cells), made.kind
        for role in ROLES:
            truth = {place for place, one in made.roles.items() if one == role}
            read = {place for place, one in found.items() if one == role}
            hits[role] += len(truth & read)
            wrong[role] += len(truth ^ read)
    return {role: 2 * hits[role] / (2 * hits[role] + wrong[role]) for role in ROLES}


@pytest.mark.parametrize(("count", "apart"), [(200, False), (100, True)], ids=["known kinds", "kinds kept apart"])
@pytest.mark.parametrize("known", [VOCABULARY.knows, None], ids=["known headings", "unknown headings"])
def test_header_and_body_cells_are_found(count: int, apart: bool, known: Known | None) -> None:
    scores = f1(layouts(count, apart), known)
    assert min(scores.values()) >= 0.97, scores


def test_kinds_kept_apart_are_others() -> None:
    assert not set(kinds(apart=True)) & set(kinds(apart=False))


CELL = st.sampled_from(
    [
        None,
        None,
        "编号",
        "所在村",
        "日期",
        "合计",
        "注：略",
        "马村",
        "一、甲",
        "同上",
        1.0,
        2.0,
        "2015-01-01",
        " ",
        "x" * 50,
    ]
)
GRID = st.lists(st.lists(CELL, min_size=1, max_size=7), min_size=1, max_size=12)
AREA = st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3))


def sheet_of(rows: list[list[object]], areas: list[tuple[int, int, int, int]] = []) -> Sheet:  # noqa: B006 - never changed
    width = max(map(len, rows))
    frame = pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows], dtype=object)
    frame.index, frame.columns = pd.RangeIndex(1, len(frame) + 1), pd.RangeIndex(1, width + 1)
    return Sheet("甲", frame, tuple((r, c, r + h, c + w) for r, c, h, w in areas))


@settings(deadline=None, max_examples=300)
@given(GRID, st.lists(AREA, max_size=2))
def test_every_filled_cell_of_any_sheet_has_a_role(
    rows: list[list[object]], areas: list[tuple[int, int, int, int]]
) -> None:
    filled = {
        (r, c) for r, row in enumerate(rows, 1) for c, raw in enumerate(row, 1) if raw is not None and str(raw).strip()
    }
    assert set(read_layout(sheet_of(rows, areas), VOCABULARY.knows).roles()) == filled


HEAD, *ROWS = cells([dispute(number) for number in range(1, 4)])
AROUND = st.lists(
    st.sampled_from(
        [[], ["合计", None, 3.0], ["小计"], ["注：略"], ["一、第一批"], ["填表人：样例"], HEAD, [None, " "]]
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=100)
@given(AROUND, AROUND, AROUND)
def test_no_row_is_lost_or_doubled_whatever_stands_around_it(
    one: list[list[object]], two: list[list[object]], three: list[list[object]]
) -> None:
    rows = [HEAD, ROWS[0], *one, ROWS[1], *two, ROWS[2], *three]
    tables = find_tables("a.xlsx", sheet_of(rows), VOCABULARY)
    keys = [key for table in tables if hasattr(table, "rows") for key in table.rows["dispute_id"]]
    assert keys == ["JF-001", "JF-002", "JF-003"]
