"""What an import covers: rows of other units and months stay as they are, byte for byte."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govkit.cli import run
from govkit.core.errors import InputError
from govkit.ledgers.check import Checked
from govkit.ledgers.scope import Part, Plan, keys, updated
from govkit.ledgers.store import Store
from tests.ledgers.books import DISPUTES, GOOD, PLACES, check, dispute, disputes_book

Row = tuple[int, str, int, int, str]
"""Number, village, year, month, kind."""
DTYPES = {column.name: column.dtype for column in DISPUTES.columns} | {"township": "str"}
VILLAGES = [place.code for place in PLACES.at("village")[:2]] + [PLACES.at("village")[-1].code]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.sampled_from(VILLAGES),
        st.sampled_from([2014, 2015]),
        st.integers(1, 12),
        st.sampled_from(["其他", "家庭纠纷"]),
    ),
    max_size=12,
    unique_by=lambda row: row[0],
)


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    made = [
        GOOD
        | {"dispute_id": f"{n}", "place": place, "found_on": dt.date(year, month, 3), "kind": kind}
        | {"settled_on": None, "settled_level": None, "township": PLACES[place].township}
        for n, place, year, month, kind in rows
    ]
    return pd.DataFrame(made, columns=list(DTYPES)).astype(DTYPES)


def table(rows: pd.DataFrame) -> dict[str, str]:
    """Return rows as text by their number."""
    return dict(zip(rows["dispute_id"], rows.to_csv(index=False, header=False).splitlines(), strict=True))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(ROWS, st.lists(ROWS.filter(bool), min_size=1, max_size=2))
def test_rows_of_other_units_and_months_stay_byte_for_byte(stored: list[Row], files: list[list[Row]]) -> None:
    taken: set[int] = set()
    parts = [[row for row in rows if not (row[0] in taken or taken.add(row[0]))] for rows in files]  # type: ignore[func-returns-value]
    new = frame([row for part in parts for row in part]).drop(columns="township")
    old = frame(stored)
    checked = Checked(DISPUTES, new, (), (), tuple(map(len, parts)))
    try:
        update = updated(checked, Part(old), PLACES)
    except InputError:  # a number of a unit that the file does not cover
        assert any(row[0] in taken and not covered(row, parts, months=False) for row in stored)
        return
    assert not keys(update.frame, DISPUTES).has_duplicates
    after, before = table(update.frame), table(old)
    others = {str(row[0]) for row in stored if not covered(row, parts) and row[0] not in taken}
    assert {number: after[number] for number in others} == {number: before[number] for number in others}
    assert set(after) == others | {str(number) for number in taken}
    change = update.change
    assert (change.added - change.removed, change.rows) == (len(after) - len(before), len(after))


def covered(row: Row, parts: list[list[Row]], *, months: bool = True) -> bool:
    """Return whether a file has rows of the row's unit and, in whatever unit, of its month."""
    return any(
        any(row[1] == other[1] for other in part) and (not months or any(row[2:4] == other[2:4] for other in part))
        for part in parts
    )


def stored(tmp_path: Path, *numbers: int) -> str:
    store = str(tmp_path / "store")
    Store(store).import_(check(disputes_book(tmp_path / "all.xlsx", *map(dispute, numbers))), PLACES, "样例员")
    return store


def test_the_command_shows_what_it_covers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = disputes_book(tmp_path / "a.xlsx", dispute(1), dispute(2, found_on=dt.date(2015, 2, 2)))
    assert run(["ledger", "import", str(book), "--store", str(tmp_path / "store"), "--json"]) == 0
    (covers,) = json.loads(capsys.readouterr().out)["covered"]
    assert (covers["code"], covers["units"], covers["months"]) == ("disputes", ["北西尚村"], ["2015-02", "2015-03"])
    assert (covers["added"], covers["removed"], covers["rows"]) == (2, 0, 2)
    assert run(["ledger", "import", str(book), "--store", str(tmp_path / "other")]) == 0
    out = capsys.readouterr().out
    assert "北西尚村" in out
    assert "2015年2—3月" in out


@pytest.mark.parametrize("as_json", [False, True], ids=["pipe", "JSON"])
def test_a_pipe_does_not_remove_more_than_it_adds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    store = stored(tmp_path, 1, 2, 3)
    fragment = disputes_book(tmp_path / "a.xlsx", dispute(1))
    command = ["ledger", "import", str(fragment), "--store", store, *["--json"] * as_json]
    assert run(command) == 1
    said = capsys.readouterr()
    assert "--replace" in (json.loads(said.out)["problems"][0]["repair"] if as_json else said.err)
    assert Store(store).commit_at().version == 1
    assert run([*command, "--replace"]) == 0
    assert Store(store).read(DISPUTES)["dispute_id"].tolist() == ["JF-001"]


def test_a_complete_import_covers_the_township_and_year(tmp_path: Path) -> None:
    store = stored(tmp_path, 1)
    other = disputes_book(tmp_path / "a.xlsx", dispute(2, place="梁庄村", found_on=dt.date(2015, 2, 2)))
    assert run(["ledger", "import", str(other), "--store", store, "--complete"]) == 0
    assert Store(store).read(DISPUTES)["dispute_id"].tolist() == ["JF-002"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal")
@pytest.mark.parametrize(("answer", "left"), [("y", ["JF-001"]), ("n", ["JF-001", "JF-002", "JF-003"])])
def test_a_terminal_is_asked(tmp_path: Path, answer: str, left: list[str]) -> None:
    store = stored(tmp_path, 1, 2, 3)
    fragment = disputes_book(tmp_path / "a.xlsx", dispute(1))
    mine, theirs = os.openpty()
    command = ["from govkit.cli import main; main()", "ledger", "import", str(fragment), "--store", store]
    with subprocess.Popen([sys.executable, "-c", *command], stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(mine, f"{answer}\n".encode())
        said = terminal(mine)
    os.close(mine)
    assert "JF-002" in said
    assert process.returncode == (0 if answer == "y" else 130)
    assert Store(store).read(DISPUTES)["dispute_id"].tolist() == left


def terminal(handle: int) -> str:
    """Return what a process writes to a terminal until it ends."""
    said: list[bytes] = []
    while True:
        try:
            said.append(os.read(handle, 4096))
        except OSError:  # the process closed its end
            return b"".join(said).decode(errors="replace")


def test_a_store_with_a_doubled_number_takes_the_next_import(tmp_path: Path) -> None:
    """0.1.0 could store a number twice when two first imports met."""
    twice = pd.concat([frame([(1, VILLAGES[0], 2015, 3, "其他")])] * 2, ignore_index=True)
    new = frame([(1, VILLAGES[0], 2015, 3, "家庭纠纷")]).drop(columns="township")
    update = updated(Checked(DISPUTES, new, (), ()), Part(twice), PLACES)
    assert len(update.frame) == 1
    assert (update.change.added, update.change.changed, update.change.removed) == (0, 1, 1)
    assert not Plan(Store(str(tmp_path)).commit_at(), check(), PLACES, (update,)).losses


def test_a_village_file_keeps_other_villages_even_when_replacing(tmp_path: Path) -> None:
    store = stored(tmp_path, 1, 2)
    more: dict[str, Any] = {"place": "梁庄村"}
    Store(store).import_(check(disputes_book(tmp_path / "b.xlsx", dispute(3, **more))), PLACES, "样例员")
    fragment = disputes_book(tmp_path / "c.xlsx", dispute(1))
    assert run(["ledger", "import", str(fragment), "--store", store, "--replace"]) == 0
    assert Store(store).read(DISPUTES)["dispute_id"].tolist() == ["JF-001", "JF-003"]
