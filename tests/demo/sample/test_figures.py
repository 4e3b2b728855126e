"""The sample adds up to the published figures, whatever the seed."""

import csv
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import pandas as pd
import pytest

from govkit.core.files import shipped
from govkit.demo.sample import sample_rows
from govkit.demo.sample.common import Rows
from govkit.institutions import institutions
from govkit.institutions.institution import Fact
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

YEAR = Period.months("2015-01", "2015-12")
SYSTEMS = "OTDCFBGSPVIHX"
FIGURES: Mapping[tuple[str, str], Measure | Fact] = {
    key: how
    for institution in institutions()
    for key, how in institution.published.items()
    if re.fullmatch(f"[{SYSTEMS}]\\d+", key[0])
}


def published() -> dict[tuple[str, str], dict[str, str]]:
    with shipped("data/published.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["code"], row["item"]): row for row in csv.DictReader(file)}


def computed(key: tuple[str, str], frames: dict[str, pd.DataFrame], places: Places) -> object:
    how = FIGURES[key]
    span = YEAR.until_end() if published()[key]["period"] == "cumulative" else YEAR
    return how(frames, places.district, span) if isinstance(how, Indicator | Ratio) else how(frames, places, span)


def agrees(value: Any, figure: dict[str, str]) -> bool:
    """Compare by kind, independently of the kit's own reconciliation."""
    text, kind = figure["value"], figure["kind"]
    if kind == "E" and not re.fullmatch(r"\d+", text):
        return bool(value == text)
    found = re.match(r"[\d.]+", text)
    assert found is not None
    number = float(found[0])
    match kind:
        case "E":
            return bool(value == number)
        case "R":
            return bool(round(float(value), len(text.partition(".")[2])) == number)
        case "L":
            return bool(float(value) >= number)
        case "A" if "以内" in text:
            return bool(0 < float(value) <= number)
        case "A":
            digits = str(int(number))
            step = 10 ** (len(digits) - len(digits.rstrip("0")))
            return bool(number < float(value) < number + step)
    raise AssertionError(kind)


@pytest.mark.parametrize("key", FIGURES, ids="".join)
def test_the_imported_workbooks_give_every_published_figure(
    key: tuple[str, str], frames: dict[str, pd.DataFrame], places: Places
) -> None:
    value, figure = computed(key, frames, places), published()[key]
    assert agrees(value, figure), (value, figure)


@pytest.mark.parametrize("seed", [0, 1, 7, 2016])
def test_another_seed_gives_other_rows_and_the_same_figures(
    seed: int, framed: Callable[[Rows], dict[str, pd.DataFrame]], rows: Rows, places: Places
) -> None:
    others = sample_rows(places, seed)
    assert others["disputes"] != rows["disputes"]
    frames, figures = framed(others), published()
    assert {key for key in FIGURES if not agrees(computed(key, frames, places), figures[key])} == set()


def test_every_numeric_figure_of_the_systems_is_covered() -> None:
    named = {key for key, figure in published().items() if key[0][0] in SYSTEMS and figure["kind"] not in "NU"}
    assert named == set(FIGURES)


def test_the_two_figures_of_240_odd_are_different_numbers(frames: dict[str, pd.DataFrame], places: Places) -> None:
    assert computed(("D4", ""), frames, places) != computed(("D5", ""), frames, places)


@pytest.mark.parametrize("month", range(1, 13))
def test_resolved_is_never_above_found_in_the_year_to_date(
    month: int, frames: dict[str, pd.DataFrame], places: Places
) -> None:
    to_date = Period.months("2015-01", f"2015-{month:02}")
    measures = [FIGURES[key] for key in (("G4", ""), ("G5", ""))]
    found, resolved = (cast("Measure", measure)(frames, places.district, to_date) for measure in measures)
    assert 0 < resolved <= found  # type: ignore[operator]


def test_centres_and_venues_of_the_year(frames: dict[str, pd.DataFrame], places: Places) -> None:
    centres = frames["service_centres"].assign(level=lambda f: f["place"].map(lambda code: places[code].level))
    townships = centres[centres["level"] == "township"]
    assert {places[code].name for code in townships.loc[townships["works"] == "新建", "place"]} == {
        "苏家作乡",
        "李万街道",
        "文苑街道",
    }  # F1
    assert (townships["works"] == "改建").sum() == 3  # F2
    villages = centres[centres["level"] == "village"]
    assert (villages["works"] == "新建").sum() == 7  # F5
    assert villages["cost"].sum() == 200  # F4, repairs included
    model = villages[villages["name"].str.contains("示范")]
    assert [places[code].name for code in model["place"]] == ["北李万村"]  # F6
