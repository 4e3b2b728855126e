"""Comparison with the published figures by kind; the sample matches all of them."""

from pathlib import Path

import openpyxl
import pytest

from govkit.figures.reconcile import holds, published_figures, reconcile
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store


@pytest.mark.parametrize(
    ("kind", "published", "computed", "agrees"),
    [
        ("E", "104", 104, True),
        ("E", "104", 105, False),
        ("E", "6月30日", "6月30日", True),
        ("E", "6月30日", "7月1日", False),
        ("E", "104", None, False),
        ("R", "98.5", 1372 / 1393 * 100, True),
        ("R", "98.5", 98.45, True),
        ("R", "98.5", 98.449, False),
        ("R", "98.5", 98.55, False),
        ("R", "95", 1194 / 1263 * 100, True),
        ("R", "95", 1206 / 1263 * 100, True),
        ("R", "95", 1193 / 1263 * 100, False),
        ("R", "95", 1207 / 1263 * 100, False),
        ("A", "240余", 240, False),
        ("A", "240余", 241, True),
        ("A", "240余", 249, True),
        ("A", "240余", 250, False),
        ("A", "2200余", 2200, False),
        ("A", "2200余", 2201, True),
        ("A", "2200余", 2299, True),
        ("A", "2200余", 2300, False),
        ("A", "2000余", 2001, True),
        ("A", "2000余", 2999, True),
        ("A", "2000余", 3000, False),
        ("A", "450余", 451, True),
        ("A", "450余", 460, False),
        ("A", "30余", 31, True),
        ("A", "30余", 40, False),
        ("A", "1余", 8 / 7, True),
        ("A", "1余", 1.0, False),
        ("A", "1以内", 1.0, True),
        ("A", "1以内", 8 / 7, False),
        ("A", "240余", None, False),
        ("L", "600以上", 600, True),
        ("L", "600以上", 599.9, False),
        ("L", "600以上", 2000, True),
    ],
)
def test_kinds(kind: str, published: str, computed: float | str | None, agrees: bool) -> None:
    assert holds(kind, published, computed) is agrees


def test_sample_matches_every_published_figure(snapshot: Snapshot) -> None:
    lines = reconcile(snapshot)
    assert len(lines) == len(published_figures())
    wrong = [line.as_dict() for line in lines if line.status == "differs"]
    assert not wrong
    for line in lines:
        figure = line.published
        expected = {"N": "stated", "U": "unknown"}.get(figure.kind)
        if expected:
            assert line.status == expected
        else:
            assert line.status == "match", line.as_dict()


def test_statements_and_unknowns_never_pass(snapshot: Snapshot) -> None:
    assert {line.status for line in reconcile(snapshot) if line.published.kind in {"N", "U"}} == {
        "stated",
        "unknown",
    }


@pytest.mark.slow
def test_deleting_ten_disputes_turns_exactly_three_codes_red(sample_workbooks: list[Path], tmp_path: Path) -> None:
    path = next(path for path in sample_workbooks if "苏家作" in path.name)
    workbook = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in workbook if "矛盾纠纷" in sheet.title)
    first = next(row for row in range(1, 20) if any("纠纷编号" in str(cell.value) for cell in sheet[row])) + 1
    sheet.delete_rows(first, 10)
    workbook.save(tmp_path / path.name)
    files = [tmp_path / path.name, *(other for other in sample_workbooks if other != path)]
    store = Store(tmp_path / "store")
    intake = check_files(files, ledgers().values(), shipped_places())
    assert not intake.errors
    store.import_(intake, shipped_places(), "测试")
    differs = {line.published.code for line in reconcile(open_snapshot(tmp_path / "store")) if line.status == "differs"}
    assert differs == {"G4", "G5", "G6"}


@pytest.mark.slow
def test_reimporting_the_shortened_workbook_does_the_same(sample_workbooks: list[Path], tmp_path: Path) -> None:
    """Rows missing from a unit's new workbook leave the store, and undo restores them."""
    store = Store(tmp_path / "store")
    store.import_(check_files(sample_workbooks, ledgers().values(), shipped_places()), shipped_places(), "测试")
    path = next(path for path in sample_workbooks if "阳庙" in path.name)
    workbook = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in workbook if "矛盾纠纷" in sheet.title)
    first = next(row for row in range(1, 20) if any("纠纷编号" in str(cell.value) for cell in sheet[row])) + 1
    sheet.delete_rows(first, 10)
    workbook.save(tmp_path / path.name)
    intake = check_files([tmp_path / path.name], ledgers().values(), shipped_places())
    commit = store.import_(intake, shipped_places(), "测试", replace=True)
    assert commit is not None
    assert [(change.ledger, change.added, change.changed, change.removed) for change in commit.changes] == [
        ("disputes", 0, 0, 10)
    ]
    assert {line.published.code for line in reconcile(open_snapshot(store.url)) if line.status == "differs"} == {
        "G4",
        "G5",
        "G6",
    }
    store.undo("测试")
    assert not [line for line in reconcile(open_snapshot(store.url)) if line.status == "differs"]
