"""Engines that scan the store's files give the figures that pandas gives, for the district, a unit and a village."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

import govkit
from govkit.core.errors import InputError, UsageError
from govkit.figures import ledger_frames
from govkit.institutions import indicators
from govkit.ledgers.indicator import Indicator
from govkit.ledgers.period import Period

MONTH = "2015-09"
PLACES = ["", "阳庙镇", "北西尚村"]
DASK_MOVES = "ignore:Dask support is moving:FutureWarning"
"""narwhals says that its support of Dask will become a package of its own, which is not there yet."""
CODES = ["G4", "G5", "G6", "C9", "agency_taken", "agency_on_time_rate"]


@pytest.fixture(scope="module")
def duckdb(sample_store: Path) -> govkit.Snapshot:
    """Return the sample as DuckDB counts it."""
    return govkit.open(sample_store, engine="duckdb")


@pytest.fixture(scope="module")
def whole(sample_store: Path) -> govkit.Snapshot:
    return govkit.open(sample_store)


def test_the_months_are_those_of_pandas(duckdb: govkit.Snapshot, whole: govkit.Snapshot) -> None:
    assert duckdb.span == whole.span


@pytest.mark.parametrize("place", PLACES, ids=["district", "township", "village"])
def test_figures_of_a_place_are_equal(duckdb: govkit.Snapshot, whole: govkit.Snapshot, place: str) -> None:
    found, expected = (snapshot.figures(place, MONTH) for snapshot in (duckdb, whole))
    assert_frame_equal(found.headline(CODES), expected.headline(CODES))
    assert_frame_equal(found.by_unit(CODES), expected.by_unit(CODES))
    assert_frame_equal(found.rankings(["G6", "C9"]), expected.rankings(["G6", "C9"]))
    assert_frame_equal(found.trend("G4"), expected.trend("G4"))
    assert_frame_equal(found.overdue(), expected.overdue())
    assert_frame_equal(found.due_soon(60), expected.due_soon(60))
    assert found.overdue_sentence() == expected.overdue_sentence()


@pytest.mark.slow
def test_every_indicator_has_every_value_that_pandas_gives(duckdb: govkit.Snapshot, whole: govkit.Snapshot) -> None:
    periods = [*Period.month(MONTH).compared()]
    for code, measure in indicators().items():
        found, expected = (snapshot.values.of(measure, periods) for snapshot in (duckdb, whole))
        for one, other in zip(found, expected, strict=True):
            assert one == pytest.approx(other), code


def test_a_village_reads_its_own_rows_only(sample_store: Path) -> None:
    snapshot = govkit.open(sample_store, engine="duckdb")
    village = snapshot.place("北西尚村")
    [values] = snapshot.values.of(snapshot.measure("G4"), [Period.month(MONTH)], village)
    assert set(values) == {village.code}


def test_tidy_frames_are_equal(duckdb: govkit.Snapshot, whole: govkit.Snapshot) -> None:
    found, expected = (s.indicator(CODES, by="township", periods="2015Q3") for s in (duckdb, whole))
    assert_frame_equal(found, expected)


def test_a_ledger_that_is_too_large_is_refused_whole_but_counted(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_frames, "MOST_ROWS", 100)
    snapshot = govkit.open(sample_store, engine="duckdb")
    with pytest.raises(InputError, match="不能一次全部读入"):
        snapshot.ledger("disputes")
    assert snapshot.indicator("G4", period="2015-12", to_date=True) == 1393


def test_an_unknown_engine_is_refused(sample_store: Path) -> None:
    with pytest.raises(UsageError, match="不是计算引擎"):
        govkit.open(sample_store, engine="spark")


@pytest.fixture
def cluster() -> Iterator[None]:
    """Run a cluster of two worker processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as local,  # type: ignore[no-untyped-call]
        Client(local),  # type: ignore[no-untyped-call]
    ):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
@pytest.mark.filterwarnings(DASK_MOVES)
def test_a_cluster_of_two_workers_gives_what_pandas_gives(sample_store: Path, whole: govkit.Snapshot) -> None:
    snapshot = govkit.open(sample_store, engine="dask")
    found, expected = (one.figures("", MONTH) for one in (snapshot, whole))
    assert_frame_equal(found.headline(CODES), expected.headline(CODES))
    assert_frame_equal(found.by_unit(CODES), expected.by_unit(CODES))
    visitors = snapshot.measure("visitors")
    assert isinstance(visitors, Indicator)
    periods = [Period.month(MONTH)]
    assert snapshot.values.of(visitors, periods) == whole.values.of(visitors, periods)
