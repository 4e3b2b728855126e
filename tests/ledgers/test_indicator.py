import datetime as dt

import duckdb
import narwhals as nw
import pandas as pd
import pytest

from govkit.institutions import indicators, ledgers
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.scope import TOWNSHIP
from tests.ledgers.books import DISPUTES, PLACES

SEPTEMBER = Period.month("2015-09")
DISTRICT = PLACES.district


def filled(code: str, count: int = 60) -> pd.DataFrame:
    """Return rows of a ledger as the store returns them, with every kind of cell and blanks in optional columns."""
    ledger = ledgers()[code]
    villages = PLACES.at("village")
    frame = ledger.empty().reindex(range(count))
    for number, column in enumerate(ledger.columns):
        values: dict[str, object] = {
            "text": [f"{column.name}{row // 2}" for row in range(count)],
            "date": [dt.datetime(2015, 1, 1) + dt.timedelta(days=6 * row + number) for row in range(count)],
            "integer": [row % 7 for row in range(count)],
            "number": [row / 4 for row in range(count)],
            "flag": [row % 3 == 0 for row in range(count)],
            "choice": [(column.choices or ("",))[row % max(1, len(column.choices))] for row in range(count)],
            "place": [villages[row % len(villages)].code for row in range(count)],
        }
        frame[column.name] = pd.Series(values[column.kind], dtype=column.dtype)
        if not column.required:
            frame.loc[frame.index % 4 == number % 4, column.name] = pd.NA
    frame[TOWNSHIP] = frame["place"].map(lambda code: PLACES[code].township).astype("str")
    return frame


FRAMES = {code: filled(code) for code in ledgers()}
CASES = [
    (DISTRICT, SEPTEMBER.year_to_date()),
    (DISTRICT, Period.month("2011-01")),
    (PLACES["yangmiao"], SEPTEMBER),
    (PLACES["yangmiao-02"], SEPTEMBER.year_to_date()),
]
MEASURES = list(indicators().values())


@pytest.fixture(scope="module")
def in_duckdb() -> dict[str, duckdb.DuckDBPyRelation]:
    connection = duckdb.connect()
    found = {}
    for code, frame in FRAMES.items():
        connection.register(code, frame)
        found[code] = connection.table(code)
    return found


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.code)
def test_pandas_and_duckdb_give_the_same(measure: Measure, in_duckdb: dict[str, duckdb.DuckDBPyRelation]) -> None:
    for scope, period in CASES:
        assert measure(in_duckdb, scope, period) == pytest.approx(measure(FRAMES, scope, period)), (scope, period)
    of_pandas = measure.by_unit(FRAMES, PLACES, DISTRICT, SEPTEMBER, "township")
    assert measure.by_unit(in_duckdb, PLACES, DISTRICT, SEPTEMBER, "township") == pytest.approx(of_pandas)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.code)
def test_over_many_months_every_place_has_the_values_asked_for_one_by_one(
    measure: Measure, in_duckdb: dict[str, duckdb.DuckDBPyRelation]
) -> None:
    periods = [Period.month("2015-08"), SEPTEMBER, SEPTEMBER.year_to_date()]
    found = measure.over(FRAMES, PLACES, periods)
    assert set(found) == {place.code for place in PLACES}
    for at, period in enumerate(periods):
        assert found[DISTRICT.code][at] == pytest.approx(measure(FRAMES, DISTRICT, period))
        for level in ("township", "village"):
            for code, value in measure.by_unit(FRAMES, PLACES, DISTRICT, period, level).items():
                assert found[code][at] == pytest.approx(value), (code, period)
    for code, values in measure.over(in_duckdb, PLACES, periods).items():
        assert values == pytest.approx(found[code]), code


COUNTS = [m for m in MEASURES if isinstance(m, Indicator) and m.value in (nw.len,)]


@pytest.mark.parametrize("measure", COUNTS, ids=lambda measure: measure.code)
def test_counts_by_unit_sum_to_the_total(measure: Indicator) -> None:
    for level in ("township", "village"):
        by_unit = measure.by_unit(FRAMES, PLACES, DISTRICT, SEPTEMBER.year_to_date(), level)
        assert len(by_unit) == {"township": 6, "village": 104}[level]
        assert sum(value or 0 for value in by_unit.values()) == measure(FRAMES, DISTRICT, SEPTEMBER.year_to_date())


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.code)
def test_each_unit_has_the_value_of_its_own_scope(measure: Measure) -> None:
    period = SEPTEMBER.year_to_date()
    by_unit = measure.by_unit(FRAMES, PLACES, DISTRICT, period, "township")
    for code, value in by_unit.items():
        assert value == pytest.approx(measure(FRAMES, PLACES[code], period))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.code)
def test_no_rows_are_nought_and_a_rate_of_nothing_is_none(measure: Measure) -> None:
    empty = {code: frame.iloc[:0] for code, frame in FRAMES.items()}
    assert measure(empty, DISTRICT, SEPTEMBER) == (None if isinstance(measure, Ratio) else 0)


def rows(*found_and_settled: tuple[str, str | None]) -> dict[str, pd.DataFrame]:
    frame = DISPUTES.empty().reindex(range(len(found_and_settled)))
    frame["found_on"] = pd.to_datetime([found for found, _ in found_and_settled]).astype("datetime64[us]")
    frame["settled_on"] = pd.Series([settled for _, settled in found_and_settled], dtype="datetime64[us]")
    return {"disputes": frame.assign(place="yangmiao-02", township="yangmiao")}


EDGES = [
    ("2015-08-31", None, (0, 0, 1)),
    ("2015-09-01", None, (1, 0, 1)),
    ("2015-09-30", "2015-09-30", (1, 1, 0)),
    ("2015-09-30", "2015-10-01", (1, 0, 1)),
    ("2015-10-01", None, (0, 0, 0)),
    ("2014-12-31", "2015-09-01", (0, 0, 0)),
]


@pytest.mark.parametrize(("found", "settled", "values"), EDGES)
def test_what_a_period_counts_at_its_edges(found: str, settled: str | None, values: tuple[int, int, int]) -> None:
    known = indicators()
    measured = tuple(known[code](rows((found, settled)), DISTRICT, SEPTEMBER) for code in ("G4", "G5", "disputes_open"))
    assert measured == values


def test_a_rate_is_in_percent() -> None:
    two_of_three = rows(("2015-09-01", "2015-09-02"), ("2015-09-01", "2015-09-30"), ("2015-09-01", None))
    assert indicators()["G6"](two_of_three, DISTRICT, SEPTEMBER) == pytest.approx(200 / 3)
