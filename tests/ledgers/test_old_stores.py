"""Stores of other versions: one of 0.1.0 opens unchanged, one of a later version is refused."""

import json
import shutil
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.commit_table import FORMAT
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store

WRITTEN = Path(__file__).parents[1] / "fixtures" / "written_by_0_1_0"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a copy of a store that version 0.1.0 wrote."""
    return Path(shutil.copytree(WRITTEN / "store", tmp_path / "store"))


def import_file(store: Path, file: Path) -> None:
    intake = check_files([file], ledgers().values(), shipped_places())
    Store(store).import_(intake, shipped_places(), "样例员", replace=True)


def test_a_store_of_0_1_0_opens(old: Path) -> None:
    snapshot = open_snapshot(old)
    rows = len((WRITTEN / "disputes.csv").read_text("utf-8-sig").splitlines()) - 1
    assert len(snapshot.ledger("disputes")) == rows
    assert snapshot.commit.version == 1


def test_a_store_of_0_1_0_takes_imports_and_undoes_them(old: Path, tmp_path: Path) -> None:
    lines = (WRITTEN / "disputes.csv").read_text("utf-8-sig").splitlines()
    (tmp_path / "disputes.csv").write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    before = len(Store(old).read(ledgers()["disputes"]))
    import_file(old, tmp_path / "disputes.csv")
    assert len(Store(old).read(ledgers()["disputes"])) == before - 1
    Store(old).undo("样例员")
    assert len(Store(old).read(ledgers()["disputes"])) == before


def test_a_new_store_says_its_format(tmp_path: Path) -> None:
    import_file(tmp_path / "store", WRITTEN / "disputes.csv")
    assert described(tmp_path / "store") == f"govkit store, format {FORMAT}"


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    import_file(tmp_path / "store", WRITTEN / "disputes.csv")
    log = first_entry(tmp_path / "store")
    log.write_text(log.read_text("utf-8").replace(f"format {FORMAT}", f"format {FORMAT + 1}"), "utf-8")
    with pytest.raises(InputError) as refused:
        open_snapshot(tmp_path / "store")
    (problem,) = refused.value.problems
    assert problem.where.source == str(tmp_path / "store")
    assert str(FORMAT + 1) in problem.what


def first_entry(store: Path) -> Path:
    return store / "_commits" / "_delta_log" / "00000000000000000000.json"


def described(store: Path) -> str:
    actions = [json.loads(line) for line in first_entry(store).read_text("utf-8").splitlines()]
    return next(str(action["metaData"]["description"]) for action in actions if "metaData" in action)
