import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from govkit.core.errors import InputError, InternalError
from govkit.ledgers import delta_tables as tables_module
from govkit.ledgers.check import Intake, check_record
from govkit.ledgers.commit import Commit, Source
from govkit.ledgers.scope import TOWNSHIP
from govkit.ledgers.store import Store
from tests.ledgers.books import DISPUTES, GRIDS, PLACES, book, cells, check, dispute, disputes_book


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def disputes(tmp_path: Path, *rows: Mapping[str, Any], name: str = "a.xlsx") -> Intake:
    return check(disputes_book(tmp_path / name, *rows))


def both(tmp_path: Path, *numbers: int) -> Intake:
    """Return an intake of two ledgers: disputes and grids of these numbers."""
    grids = [
        {"grid_id": f"WG-{n}", "place": "北西尚村", "name": f"第{n}网格", "established_on": dt.date(2014, 1, 1)}
        for n in numbers
    ]
    sheets = {"矛盾纠纷台账": cells([dispute(n) for n in numbers]), "网格台账": cells(grids, GRIDS)}
    return check(book(tmp_path / "both.xlsx", sheets))


def load(store: Store, intake: Intake) -> Commit | None:
    return store.import_(intake, PLACES, "样例员")


def numbers(store: Store, version: int | None = None) -> list[str]:
    return store.read(DISPUTES, version)["dispute_id"].tolist()


def test_an_empty_store_has_no_rows_but_the_columns(store: Store) -> None:
    rows = store.read(DISPUTES)
    assert (len(rows), list(rows.columns)) == (0, [*DISPUTES.names, TOWNSHIP])
    assert (store.commits(), store.commit_at().version) == ([], 0)
    assert not Path(store.url).exists()


def test_what_is_imported_is_read_back(store: Store, tmp_path: Path) -> None:
    intake = disputes(tmp_path, dispute(2), dispute(1, settled_on=None, settled_level=None, summary="逗号，\n换行"))
    load(store, intake)
    rows = store.read(DISPUTES)
    expected = intake.ledgers[0].accepted.sort_values("dispute_id", ignore_index=True)
    assert_frame_equal(rows.drop(columns=TOWNSHIP), expected)
    assert rows[TOWNSHIP].tolist() == ["yangmiao", "yangmiao"]


def test_a_commit_says_who_when_from_what_and_how_much(store: Store, tmp_path: Path) -> None:
    commit = load(store, both(tmp_path, 1, 2))
    assert commit is not None
    assert store.commits() == [commit]
    assert (commit.version, commit.person, commit.action) == (1, "样例员", "import")
    assert commit.sources == (Source.of(tmp_path / "both.xlsx"),)
    assert {(c.ledger, c.added, c.changed, c.removed, c.rows) for c in commit.changes} == {
        ("disputes", 2, 0, 0, 2),
        ("grids", 2, 0, 0, 2),
    }


def test_the_same_file_twice_changes_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    load(store, both(tmp_path, 1, 2))
    assert load(store, both(tmp_path, 1, 2)) is None
    assert len(store.commits()) == 1


def test_changed_added_and_removed_rows_are_counted(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2), dispute(3)))
    commit = load(store, disputes(tmp_path, dispute(1), dispute(2, kind="其他"), dispute(4)))
    assert commit is not None
    assert [(c.added, c.changed, c.removed, c.rows) for c in commit.changes] == [(1, 1, 1, 3)]


@pytest.mark.parametrize(
    "changed", [{"summary": None}, {"summary": "nan"}, {"settled_on": None, "settled_level": None}]
)
def test_a_cell_that_becomes_blank_is_a_change(store: Store, tmp_path: Path, changed: dict[str, Any]) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    commit = load(store, disputes(tmp_path, dispute(1, **changed)))
    assert commit is not None
    assert commit.changes[0].changed == 1


COVERED = [
    ("a row gone in a month and unit that the file has", {}, ["JF-002"]),
    ("other month", {"found_on": dt.date(2015, 4, 1), "settled_on": None, "settled_level": None}, ["JF-001", "JF-002"]),
    ("other year", {"found_on": dt.date(2014, 3, 2)}, ["JF-001", "JF-002"]),
    ("other village of the township", {"place": "梁庄村"}, ["JF-001", "JF-002"]),
    ("other township", {"place": "马村"}, ["JF-001", "JF-002"]),
]


@pytest.mark.parametrize(("changes", "left"), [r[1:] for r in COVERED], ids=[r[0] for r in COVERED])
def test_an_import_covers_the_units_and_months_of_its_rows(
    store: Store, tmp_path: Path, changes: dict[str, Any], left: list[str]
) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    load(store, disputes(tmp_path, dispute(2, **changes)))
    assert numbers(store) == left


def test_each_file_covers_its_own_units_and_months(store: Store, tmp_path: Path) -> None:
    """A year of one village and a month of another, imported together, leave the other's other months alone."""
    april = {"found_on": dt.date(2015, 4, 1), "settled_on": None, "settled_level": None}
    load(store, disputes(tmp_path, dispute(1), dispute(2, **april), dispute(3, place="梁庄村", **april)))
    year = disputes_book(tmp_path / "year.xlsx", dispute(1), dispute(2, **april))
    month = disputes_book(tmp_path / "month.xlsx", dispute(4, place="梁庄村"))
    load(store, check(year, month))
    assert numbers(store) == ["JF-001", "JF-002", "JF-003", "JF-004"]


def test_a_row_whose_month_was_corrected_replaces_the_one_of_its_number(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2)))
    commit = load(store, disputes(tmp_path, dispute(1, found_on=dt.date(2015, 2, 2))))
    assert commit is not None
    assert [(c.added, c.changed, c.removed) for c in commit.changes] == [(0, 1, 0)]


def test_a_complete_ledger_also_removes_what_stands_in_other_villages_and_months(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1, place="梁庄村"), dispute(2, found_on=dt.date(2014, 3, 2))))
    plan = store.plan(disputes(tmp_path, dispute(3), dispute(4)), PLACES, complete=True)
    store.carry_out(plan, "样例员")
    assert numbers(store) == ["JF-002", "JF-003", "JF-004"]


def grids(tmp_path: Path, *rows: tuple[str, str, int]) -> Intake:
    made = [
        {"grid_id": code, "place": village, "name": "网格", "established_on": dt.date(year, 1, 1)}
        for code, village, year in rows
    ]
    return check(book(tmp_path / "g.xlsx", {"网格台账": cells(made, GRIDS)}))


def test_a_register_is_covered_by_unit_whatever_the_month(store: Store, tmp_path: Path) -> None:
    load(store, grids(tmp_path, ("1", "梁庄村", 2013), ("2", "马村", 2013), ("3", "北西尚村", 2013)))
    load(store, grids(tmp_path, ("4", "北西尚村", 2015)))
    assert store.read(GRIDS)["grid_id"].tolist() == ["1", "2", "4"]


def test_removing_more_than_is_added_is_refused_until_it_is_accepted(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2), dispute(3)))
    fragment = disputes(tmp_path, dispute(1), dispute(4))
    with pytest.raises(InputError) as refused:
        load(store, fragment)
    (problem,) = refused.value.problems
    assert str(problem.where) == "矛盾纠纷台账 · 北西尚村 · 2015年3月"
    assert "JF-002、JF-003" in problem.what
    assert "--replace" in problem.repair
    assert numbers(store) == ["JF-001", "JF-002", "JF-003"]
    assert store.import_(fragment, PLACES, "样例员", replace=True)
    assert numbers(store) == ["JF-001", "JF-004"]


def test_a_plan_that_would_do_something_else_by_now_is_refused(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2)))
    plan = store.plan(disputes(tmp_path, dispute(1), dispute(3)), PLACES)
    put(store, dispute(4))
    with pytest.raises(InputError, match="同时被他人改动"):
        store.carry_out(plan, "样例员")


def test_a_plan_is_carried_out_beside_what_others_imported_meanwhile(store: Store, tmp_path: Path) -> None:
    plan = store.plan(disputes(tmp_path, dispute(1)), PLACES)
    put(store, dispute(2, place="马村"))
    store.carry_out(plan, "样例员")
    assert numbers(store) == ["JF-001", "JF-002"]


def test_a_number_that_another_unit_uses_is_refused(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1, place="马村")))
    with pytest.raises(InputError) as refused:
        load(store, disputes(tmp_path, dispute(1), dispute(2)))
    problem = refused.value.problems[0]
    assert "马村" in problem.what
    assert (problem.where.source, problem.where.part, problem.where.item) == ("矛盾纠纷台账", "宁郭镇", "JF-001")
    assert numbers(store) == ["JF-001"]


def test_reads_as_of_a_version(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    load(store, both(tmp_path, 1, 2))
    assert [numbers(store, version) for version in (0, 1, 2)] == [[], ["JF-001"], ["JF-001", "JF-002"]]
    assert [len(store.read(GRIDS, version)) for version in (0, 1, 2)] == [0, 0, 2]


@pytest.mark.parametrize("version", [2, 99, -1])
def test_an_unknown_version_is_refused(store: Store, tmp_path: Path, version: int) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    with pytest.raises(InputError, match=f"没有第{version}版"):
        store.read(DISPUTES, version)


def test_undo_takes_back_one_import_after_the_other(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2)))
    load(store, disputes(tmp_path, dispute(1, kind="其他"), dispute(3)))
    undone = store.undo("样例员")
    assert (undone.undoes, numbers(store)) == (2, ["JF-001", "JF-002"])
    assert [(c.added, c.changed, c.removed, c.rows) for c in undone.changes] == [(1, 1, 1, 2)]
    assert (store.undo("样例员").undoes, numbers(store)) == (1, [])
    with pytest.raises(InputError, match="没有可以撤销的导入"):
        store.undo("样例员")
    assert [numbers(store, version) for version in range(5)][:3] == [[], ["JF-001", "JF-002"], ["JF-001", "JF-003"]]


def test_after_an_undo_an_import_starts_from_what_is_there(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    store.undo("样例员")
    load(store, disputes(tmp_path, dispute(2)))
    assert numbers(store) == ["JF-002"]
    store.undo("样例员")
    assert numbers(store) == []


def test_undo_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="没有可以撤销的导入"):
        store.undo("样例员")


class Turnless(Store):
    """A store whose writers take no turns, as behind a URL; only the comparison of versions keeps them apart."""

    def __init__(self, url: str | Path) -> None:
        super().__init__(url)
        self.tables = NoTurns(self.url)


class NoTurns(tables_module.Tables):
    """Tables without a lock."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        yield


class Meeting(Turnless):
    """A store whose writers wait for each other before they append their commit row."""

    barrier: threading.Barrier

    def _append(self, before: Commit, **fields: Any) -> Commit:
        self.barrier.wait(30)
        return super()._append(before, **fields)


@pytest.mark.parametrize("filled", [True, False], ids=["third import", "first import"])
def test_of_two_writers_at_the_same_moment_one_is_refused(tmp_path: Path, filled: bool) -> None:
    store = Store(tmp_path / "store")
    if filled:
        load(store, disputes(tmp_path, dispute(9, place="司家寨村"), name="z.xlsx"))
    intakes = [
        disputes(tmp_path, dispute(1, place="马村"), name="a.xlsx"),
        check(book(tmp_path / "b.xlsx", {"网格台账": cells([GRID], GRIDS)})),
    ]
    assert_one_is_kept(tmp_path, store, intakes)


GRID = {"grid_id": "WG-1", "place": "北西尚村", "name": "第一网格", "established_on": dt.date(2014, 1, 1)}


def test_two_writers_of_the_same_ledger(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    load(store, disputes(tmp_path, dispute(9, place="司家寨村"), name="z.xlsx"))
    intakes = [
        disputes(tmp_path, dispute(1, place="马村"), name="a.xlsx"),
        disputes(tmp_path, dispute(2, place="梁庄村"), name="b.xlsx"),
    ]
    assert_one_is_kept(tmp_path, store, intakes)


def test_of_two_first_writes_of_a_ledger_one_is_refused(tmp_path: Path) -> None:
    """Delta's own check lets both stay, since an overwrite of an empty table removes no file."""
    tables, rows = tables_module.Tables(str(tmp_path / "store")), pa.table({"number": [1, 2]})
    first, second = (tables.created("ledger", rows.schema) for _ in range(2))
    assert tables.write(first, "ledger", rows, mode="overwrite") == 1
    with pytest.raises(InputError, match="同时被他人改动"):
        tables.write(second, "ledger", rows, mode="overwrite")
    table = tables.open("ledger")
    assert table is not None
    assert tables.rows("ledger", table).num_rows == 2


def assert_one_is_kept(tmp_path: Path, store: Store, intakes: list[Intake]) -> None:
    """Import both at once: the store then holds exactly the rows of the import reported as kept."""
    before = len(store.commits())
    Meeting.barrier = threading.Barrier(2)
    outcomes: list[object] = [None, None]

    def run(number: int) -> None:
        try:
            outcomes[number] = load(Meeting(store.url), intakes[number])
        except InputError as error:
            outcomes[number] = error
            Meeting.barrier.abort()
        except threading.BrokenBarrierError:  # the other was refused before it came here
            outcomes[number] = load(store, intakes[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    kept = [outcome for outcome in outcomes if isinstance(outcome, Commit)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, InputError)]
    assert (len(kept), len(refused)) == (1, 1), outcomes
    assert "同时被他人改动" in str(refused[0])
    assert len(store.commits()) == before + 1
    winner = intakes[outcomes.index(kept[0])].ledgers[0]
    loser = intakes[outcomes.index(refused[0])].ledgers[0]
    assert set(winner.accepted.iloc[:, 0]) <= set(store.read(winner.ledger).iloc[:, 0])
    assert not set(loser.accepted.iloc[:, 0]) & set(store.read(loser.ledger).iloc[:, 0])


def test_a_commit_names_its_own_version_of_a_table_whoever_writes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another import writes the same ledger right after our write, and dies before its commit row."""
    store = Store(tmp_path / "store")
    load(store, disputes(tmp_path, dispute(9, place="司家寨村"), name="z.xlsx"))
    theirs = disputes(tmp_path, dispute(2, place="梁庄村"), name="b.xlsx")
    write = write_deltalake

    def overtaken(*args: Any, **how: Any) -> None:
        write(*args, **how)
        monkeypatch.setattr(tables_module, "write_deltalake", write)
        Died(store.url).try_import(theirs)

    monkeypatch.setattr(tables_module, "write_deltalake", overtaken)
    load(store, disputes(tmp_path, dispute(1, place="马村")))
    assert numbers(store) == ["JF-001", "JF-009"]


class Died(Turnless):
    """A store whose writer dies between writing the ledgers and appending the commit row."""

    def _append(self, *_: Any, **__: Any) -> Commit:
        raise KeyboardInterrupt

    def try_import(self, intake: Intake) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.import_(intake, PLACES, "乙")


CHILD = """
import os, sys
from pathlib import Path
from govkit.ledgers.store import Store
from tests.ledgers.books import PLACES, check

class Killed(Store):
    def _append(self, before, **fields):
        os.kill(os.getpid(), 9)

Killed(sys.argv[1]).import_(check(Path(sys.argv[2])), PLACES, "样例员")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_an_import_killed_before_its_commit_row_is_never_seen(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    later = disputes_book(tmp_path / "later.xlsx", dispute(1, kind="其他"), dispute(2))
    root = Path(__file__).parents[2]
    child = subprocess.run([sys.executable, "-c", CHILD, store.url, str(later)], cwd=root, check=False)
    assert child.returncode == -9
    assert (numbers(store), len(store.commits())) == (["JF-001"], 1)
    load(store, check(later))
    assert (numbers(store), numbers(store, 1)) == (["JF-001", "JF-002"], ["JF-001"])


def test_a_first_import_that_died_leaves_an_empty_store_that_takes_the_next(store: Store, tmp_path: Path) -> None:
    Died(store.url).try_import(both(tmp_path, 1))
    assert (store.commits(), numbers(store)) == ([], [])
    load(store, both(tmp_path, 1, 2))
    assert numbers(store) == ["JF-001", "JF-002"]


@pytest.mark.parametrize("damage", ["data", "log", "folder"])
def test_a_damaged_store_is_reported_as_such(store: Store, tmp_path: Path, damage: str) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    folder = Path(store.url) / "disputes"
    if damage == "data":
        for file in folder.rglob("*.parquet"):
            file.write_bytes(b"PAR1")
    elif damage == "log":
        (folder / "_delta_log" / "00000000000000000000.json").write_text("{", encoding="utf-8")
    else:
        folder.rename(tmp_path / "moved")
    with pytest.raises(InternalError, match="缺失或已损坏"):
        store.read(DISPUTES)


def test_a_store_that_cannot_be_written_is_an_internal_error_with_a_repair(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("在此")
    with pytest.raises(InternalError, match=r"目录可写|备份"):
        load(Store(tmp_path / "file" / "store"), disputes(tmp_path, dispute(1)))


STEPS = st.lists(
    st.one_of(
        st.just("undo"),
        st.lists(
            st.tuples(st.integers(1, 4), st.sampled_from(["马村", "梁庄村"]), st.sampled_from(["其他", "家庭纠纷"])),
            min_size=1,
            max_size=3,
            unique_by=lambda row: row[0],
        ),
    ),
    min_size=1,
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=6)
@given(STEPS)
def test_history_never_changes_and_undo_restores_exactly(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | list[tuple[int, str, str]]]
) -> None:
    tmp_path = tmp_path_factory.mktemp("store")
    store = Store(tmp_path / "store")
    states: list[pd.DataFrame] = [store.read(DISPUTES)]
    undoable: list[pd.DataFrame] = []
    for step in steps:
        if isinstance(step, str):
            if undoable:
                store.undo("样例员")
                states.append(undoable.pop())
        else:
            intake = disputes(tmp_path, *(dispute(n, place=place, kind=kind) for n, place, kind in step))
            try:
                commit = load(store, intake)
            except InputError:
                commit = None
            else:
                assert load(store, intake) is None
            if commit:
                undoable.append(states[-1])
                states.append(store.read(DISPUTES))
        assert_frame_equal(store.read(DISPUTES), states[-1])
    for version, state in enumerate(states):
        assert_frame_equal(store.read(DISPUTES, version), state)


def put(store: Store, *rows: Mapping[str, Any], person: str = "样例员", based_on: int | None = None) -> Commit | None:
    """Put rows into the store one by one and return the last commit."""
    commit = None
    for row in rows:
        commit = store.put(check_record(DISPUTES, row, PLACES), PLACES, person, based_on=based_on)
    return commit


def test_putting_a_row_leaves_the_units_other_rows_of_the_year(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2)))
    commit = put(store, dispute(3))
    assert commit is not None
    assert numbers(store) == ["JF-001", "JF-002", "JF-003"]
    assert (commit.changes[0].added, commit.changes[0].removed) == (1, 0)
    assert commit.sources[0].name == "手工录入：矛盾纠纷台账"


def test_putting_a_row_of_a_known_number_changes_that_row_alone(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1), dispute(2)))
    commit = put(store, dispute(2, kind="合同纠纷"))
    assert commit is not None
    assert (commit.changes[0].added, commit.changes[0].changed, commit.changes[0].removed) == (0, 1, 0)
    assert store.read(DISPUTES)["kind"].tolist() == ["家庭纠纷", "合同纠纷"]


def test_putting_the_same_row_twice_changes_nothing(store: Store) -> None:
    put(store, dispute(1))
    assert put(store, dispute(1)) is None
    assert len(store.commits()) == 1


def test_a_row_with_an_error_is_not_put(store: Store) -> None:
    with pytest.raises(InputError, match="排查日期"):
        put(store, dispute(1, found_on="没有日期"))
    assert store.commits() == []


def test_undo_takes_back_a_row_that_was_put(store: Store, tmp_path: Path) -> None:
    load(store, disputes(tmp_path, dispute(1)))
    put(store, dispute(2))
    store.undo("样例员")
    assert numbers(store) == ["JF-001"]


def test_a_row_that_somebody_else_changed_since_is_not_overwritten(store: Store) -> None:
    put(store, dispute(1), dispute(2))
    put(store, dispute(1, kind="合同纠纷"))
    with pytest.raises(InputError, match="JF-001"):
        put(store, dispute(1, kind="劳资纠纷"), based_on=2)
    assert put(store, dispute(2, kind="劳资纠纷"), based_on=2) is not None


def test_undo_of_a_version_that_is_not_the_latest_is_refused(store: Store) -> None:
    put(store, dispute(1), dispute(2))
    with pytest.raises(InputError, match="第1版"):
        store.undo("样例员", 1)
    assert store.undo("样例员", 2).undoes == 2
