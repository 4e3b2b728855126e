"""The past of a store: years apart, old versions dropped, a person erased from every version and every file."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from govkit.cli import run
from govkit.core import audit
from govkit.core.errors import InputError
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers import history
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.delta_tables import YEAR
from govkit.ledgers.erasure import ERASED, Person
from govkit.ledgers.store import Store
from tests.ledgers.books import DISPUTES, PLACES, check, dispute, disputes_book

WHO, PHONE = "齐样例", "13800009876"
NAMESAKE = "齐样例文"
OLD = {"found_on": dt.date(2014, 3, 2), "settled_on": None, "settled_level": None, "agreement": None}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def load(store: Store, tmp_path: Path, *rows: dict[str, Any], name: str = "a.xlsx", note: str = "") -> None:
    assert store.import_(check(disputes_book(tmp_path / name, *rows)), PLACES, "样例员", note, replace=True)


def actions(store: Store, version: int) -> list[tuple[str, str]]:
    """Return which files a version of the table of disputes adds and removes."""
    log = Path(store.url) / "disputes" / "_delta_log" / f"{version:020}.json"
    found = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [(kind, action[kind]["path"]) for action in found for kind in ("add", "remove") if kind in action]


def test_an_import_replaces_the_files_of_its_years_only(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, dispute(1), dispute(2, **OLD))
    before = {path: path.stat().st_mtime_ns for path in Path(store.url).rglob(f"{YEAR}=2014/*.parquet")}
    load(store, tmp_path, dispute(1, kind="其他"), dispute(3))
    touched = {path.split("/")[0] for _kind, path in actions(store, store.commit_at().tables["disputes"])}
    assert touched == {f"{YEAR}=2015"}
    assert before == {path: path.stat().st_mtime_ns for path in Path(store.url).rglob(f"{YEAR}=2014/*.parquet")}
    assert store.read(DISPUTES)["dispute_id"].tolist() == ["JF-001", "JF-002", "JF-003"]
    assert store.commit_at().changes[0].rows == 3


def test_a_row_whose_year_was_corrected_leaves_its_old_year(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, dispute(1), dispute(2, **OLD))
    load(store, tmp_path, dispute(1), dispute(2))
    assert store.read(DISPUTES)["found_on"].dt.year.tolist() == [2015, 2015]
    assert store.commit_at().changes[0].rows == 2


def test_years_of_an_undone_or_dead_import_do_not_come_back(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, dispute(1))
    load(store, tmp_path, dispute(2, **OLD))
    store.undo("样例员")
    load(store, tmp_path, dispute(1), dispute(3))
    assert store.read(DISPUTES)["dispute_id"].tolist() == ["JF-001", "JF-003"]


def test_vacuum_drops_old_versions_and_keeps_the_rows_of_the_others(store: Store, tmp_path: Path) -> None:
    for number in range(1, 5):
        load(store, tmp_path, *(dispute(n) for n in range(1, number + 1)), dispute(9, **OLD))
    rows, files = store.read(DISPUTES), sum(1 for _ in Path(store.url).rglob("*"))
    outcome = history.vacuum(store, "样例员", 0)
    assert (outcome.commit.version, outcome.dropped) == (5, (1, 2, 3))
    assert_frame_equal(store.read(DISPUTES), rows)
    assert_frame_equal(store.read(DISPUTES, 4), rows)
    with pytest.raises(InputError, match="第1版"):
        store.read(DISPUTES, 1)
    assert sum(1 for _ in Path(store.url).rglob("*")) < files
    with pytest.raises(InputError, match="第3版"):
        store.undo("样例员")
    load(store, tmp_path, dispute(1), dispute(7))
    store.undo("样例员")
    assert_frame_equal(store.read(DISPUTES), rows)
    assert store.log_problems() == []


def test_vacuum_keeps_what_is_young_enough(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, dispute(1))
    load(store, tmp_path, dispute(1), dispute(2))
    assert history.vacuum(store, "样例员", 1).dropped == ()
    assert len(store.read(DISPUTES, 1)) == 1


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Store:
    """Return a store that names a person in rows of two years, a narrative, a file name, a note and its log."""
    load(store, tmp_path, dispute(1, parties=f"{WHO}、李样例", summary=f"{WHO}与{NAMESAKE}的纠纷"), name=f"{WHO}.xlsx")
    load(store, tmp_path, dispute(2, parties=NAMESAKE, **OLD), note=f"据{WHO}反映，电话138-0000-9876")
    load(store, tmp_path, dispute(1, parties=WHO, summary=f"电话{PHONE}"), dispute(3))
    store.undo("样例员")
    log = Path(store.url) / AUDIT_LOG
    audit.record(log, "publication.refused", "样例员", files=f"{WHO}的材料.docx")
    return store


def held(folder: Path) -> Iterator[str]:
    """Yield the files that hold the person: in their bytes, or in a column of a Parquet file."""
    words = [word.encode() for word in (WHO, PHONE, "138-0000-9876")]
    words += [word.decode().encode("ascii", "backslashreplace") for word in words]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += str(pq.read_table(path).to_pylist()).encode()
            content = content.replace(NAMESAKE.encode(), b"")
            if any(word in content for word in words):
                yield path.name


def test_after_erasure_no_byte_of_the_person_is_left(told: Store, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(told.url)
    assert len(list(held(folder))) > 3
    noted = audit.head(folder / AUDIT_LOG)
    assert run(["ledger", "erase", WHO, PHONE, "--yes", "--by", "样例员", "--store", told.url]) == 0
    assert list(held(folder)) == []
    assert "当事人" in capsys.readouterr().out
    assert run(["ledger", "log", "--verify", "--against", noted, "--store", told.url]) == 0


def test_erasure_leaves_every_version_and_every_count(told: Store) -> None:
    before = {version: told.read(DISPUTES, version) for version in range(1, 5)}
    history.erase(told, ledgers(), Person((WHO, PHONE)), "样例员", 365)
    for version, rows in before.items():
        now = told.read(DISPUTES, version)
        assert now["dispute_id"].tolist() == rows["dispute_id"].tolist()
        assert now["kind"].tolist() == rows["kind"].tolist()
    first = told.read(DISPUTES, 1)
    assert first["parties"].tolist() == [f"{ERASED}、李样例"]
    assert first["summary"].tolist() == [f"{ERASED}与{NAMESAKE}的纠纷"]
    assert told.read(DISPUTES, 2)["parties"].tolist() == [f"{ERASED}、李样例", NAMESAKE]
    told.undo("样例员", 2)
    assert len(told.read(DISPUTES)) == 1


def test_an_erasure_is_no_import_to_undo_and_a_forged_redaction_is_found(told: Store) -> None:
    history.erase(told, ledgers(), Person((WHO, PHONE)), "样例员", 365)
    undoable = told.undoable()
    assert undoable is not None
    assert undoable.action == "import"
    log = Path(told.url) / AUDIT_LOG
    lines = log.read_text("utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if ERASED in line)
    log.write_text("".join(lines).replace(lines[at], lines[at].replace("样例员", "某人")), "utf-8")
    assert any(problem.severity == "error" for problem in told.log_problems())


@pytest.mark.parametrize(
    ("words", "said"),
    [(["齐"], "太短"), (["样例员"], "以此姓名"), ([" "], "太短")],
    ids=["one letter", "who acted", "blank"],
)
def test_what_cannot_be_erased_is_refused(
    told: Store, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = told.commits()
    assert run(["ledger", "erase", *words, "--yes", "--by", "某人", "--store", told.url]) == 1
    assert said in capsys.readouterr().err
    assert told.commits() == before


def test_nothing_is_erased_without_consent(told: Store) -> None:
    before = told.commits()
    assert run(["ledger", "erase", WHO, "--by", "某人", "--store", told.url]) != 0
    assert told.commits() == before


def test_vacuum_by_command(told: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "vacuum", "--keep-days", "0", "--by", "样例员", "--store", told.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dropped"] == [1, 2, 3]
    assert run(["ledger", "log", "--store", told.url]) == 0
    assert "清理旧版本" in capsys.readouterr().out


@pytest.mark.parametrize("step", ["commit_table.replace", "audit.redact", "purge"])
def test_an_erasure_that_died_leaves_a_whole_store_and_can_be_done_again(
    told: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The process dies before the versions are replaced, before the log is redacted, before the files are deleted."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    before = {version: len(told.read(DISPUTES, version)) for version in range(1, 5)}
    owner, name = {
        "commit_table.replace": (told.commit_table, "replace"),
        "audit.redact": (audit, "redact"),
        "purge": (history, "purge"),
    }[step]
    with monkeypatch.context() as dying:
        dying.setattr(owner, name, die)
        with pytest.raises(KeyboardInterrupt):
            history.erase(told, ledgers(), Person((WHO, PHONE)), "样例员", 365)
    again = Store(told.url)
    assert {version: len(again.read(DISPUTES, version)) for version in range(1, 5)} == before
    assert not [problem for problem in again.log_problems() if problem.severity == "error"]
    history.erase(again, ledgers(), Person((WHO, PHONE)), "样例员", 365)
    assert list(held(Path(told.url))) == []
    assert not [problem for problem in again.log_problems() if problem.severity == "error"]


def test_who_reads_during_an_import_reads_one_version(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, dispute(1), dispute(2, **OLD))
    reading = open_snapshot(store.url)
    counting = open_snapshot(store.url, engine="duckdb")
    load(store, tmp_path, dispute(1), dispute(3), dispute(4))
    assert len(reading.ledger("disputes")) == 2
    assert counting.indicator("G4", period="2015-03") == reading.indicator("G4", period="2015-03") == 1
    assert open_snapshot(store.url).indicator("G4", period="2015-03") == 3
