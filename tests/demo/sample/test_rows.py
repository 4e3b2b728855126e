"""The rows of the sample: a plausible year without real persons."""

import datetime as dt
import re
from collections import Counter
from typing import Any

import pandas as pd
import pytest

from govkit.demo.sample.common import PHONE_RANGE, Rows, is_workday
from govkit.institutions import institutions, ledgers
from govkit.institutions.decisions import breaches
from govkit.institutions.disputes import CASE, LADDER, ROLES
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

MONTHS = range(1, 13)
JOURNALS = [ledger for ledger in ledgers().values() if not ledger.standing]
OVERDUE = [matter for institution in institutions() for matter in institution.overdue]


def words(rows: Rows) -> list[str]:
    return [str(value) for many in rows.values() for row in many for value in row.values() if value is not None]


def monthly(frame: pd.DataFrame, dated: str) -> pd.DataFrame:
    return pd.crosstab(frame["township"], frame[dated].dt.month).reindex(columns=MONTHS, fill_value=0)


def test_no_identity_number_and_no_telephone_outside_the_sample_range(rows: Rows) -> None:
    assert not [word for word in words(rows) if re.search(r"\d{15,}|\d{17}[\dXx]", word)]
    phones = [found for word in words(rows) for found in re.findall(r"(?<!\d)1\d{10}(?!\d)", word)]
    assert phones
    assert all(phone.startswith(PHONE_RANGE) for phone in phones)
    assert not [word for word in words(rows) if re.search(r"\d{3,4}-\d{7,8}", word)]


@pytest.mark.parametrize("ledger", JOURNALS, ids=lambda ledger: ledger.code)
def test_journals_keep_to_the_year(ledger: Any, frames: dict[str, pd.DataFrame]) -> None:
    assert set(frames[ledger.code][ledger.dated].dt.year) == {2015}


def test_nothing_that_was_done_lies_after_the_year(frames: dict[str, pd.DataFrame]) -> None:
    for ledger in ledgers().values():
        for column in (column.name for column in ledger.columns if column.kind == "date" and column.name != "due_on"):
            days = frames[ledger.code][column].dropna()
            assert (days <= pd.Timestamp(2015, 12, 31)).all(), (ledger.code, column)


@pytest.mark.parametrize(("code", "least", "most"), [("disputes", 8, 45), ("agency_services", 7, 60)])
def test_every_township_unit_has_rows_in_every_month(
    code: str, least: int, most: int, frames: dict[str, pd.DataFrame]
) -> None:
    counts = monthly(frames[code], ledgers()[code].dated)
    assert len(counts) == 6
    assert counts.to_numpy().min() >= least
    assert counts.to_numpy().max() <= most


def test_most_township_units_decide_something_in_most_months(frames: dict[str, pd.DataFrame]) -> None:
    assert (monthly(frames["decisions"], "resolved_on") > 0).to_numpy().mean() >= 0.85


@pytest.mark.parametrize("code", ["disputes", "agency_services", "decisions", "conduct_inspections"])
def test_every_village_has_rows_in_the_year(code: str, frames: dict[str, pd.DataFrame], places: Places) -> None:
    assert {place.code for place in places.at("village")} <= set(frames[code]["place"])


def test_disputes_follow_the_season(rows: Rows) -> None:
    months = Counter(row["found_on"].month for row in rows["disputes"])
    assert months[6] > months[2]
    assert months[12] > months[2]


@pytest.mark.parametrize("matter", OVERDUE, ids=lambda matter: matter.label)
def test_something_is_overdue_at_every_month_end(matter: Any, frames: dict[str, pd.DataFrame]) -> None:
    late = [int(matter.late(frames[matter.ledger.code], Period.month(f"2015-{month:02}")).sum()) for month in MONTHS]
    first = 1 if matter.label == "矛盾纠纷" else 0  # nothing of the year is older than a month in January
    if matter.label in {"矛盾纠纷", "代办服务", "监督整改"}:
        assert min(late[first:]) >= 1
    elif matter.label != "信访复核":  # nobody in the sample asks for a second review
        assert sum(late) >= 1
    assert max(late) <= 25


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("decisions", ("proposed_on", "conferred_on", "deliberated_on", "resolved_on", "published_on")),
        ("agency_services", ("applied_on", "finished_on")),
        ("conduct_inspections", ("inspected_on",)),
        ("conduct_cases", ("filed_on", "decided_on")),
    ],
)
def test_offices_and_meetings_keep_to_workdays(code: str, columns: tuple[str, ...], rows: Rows) -> None:
    days: list[dt.date] = [row[column] for row in rows[code] for column in columns if row[column]]
    assert [day for day in days if not is_workday(day)] == []


def test_a_few_decisions_break_the_rules_and_most_keep_them(frames: dict[str, pd.DataFrame]) -> None:
    decisions = frames["decisions"][frames["decisions"]["resolved_on"].notna()]
    broken = [found for _, decision in decisions.iterrows() if (found := breaches(decision))]
    assert 5 <= len(broken) <= 12
    text = "".join(sentence for found in broken for sentence in found)
    assert all(kind in text for kind in ("未达到会人数", "缺少“商议”", "缺少“审议”", "早于"))


def test_the_land_case_is_public_and_by_the_rules(frames: dict[str, pd.DataFrame], places: Places) -> None:
    land = frames["decisions"][frames["decisions"]["subject"] == "征地补偿"]
    assert [places[code].name for code in land["place"]] == ["北西尚村"]
    case = land.iloc[0]
    assert breaches(case) == []
    assert (case["published_on"] - case["proposed_on"]).days <= 7
    assert case["compensation"] > 0
    assert "样例" in case["title"]


def test_every_grid_has_every_role(frames: dict[str, pd.DataFrame]) -> None:
    roles = frames["grid_staff"].groupby("grid_id")["role"].agg(set)
    assert set(roles.index) == set(frames["grids"]["grid_id"])
    assert all(roles == set(ROLES))


def test_teams_at_every_tier_cover_the_district(frames: dict[str, pd.DataFrame]) -> None:
    assert frames["mediation_teams"]["tier"].value_counts().to_dict() == {"网格": 104, "村": 104, "乡镇": 6, "区": 1}


def test_a_dispute_is_settled_on_the_day_and_at_the_level_of_its_last_mediation(
    frames: dict[str, pd.DataFrame],
) -> None:
    disputes = frames["disputes"].set_index("dispute_id")
    attempts = frames["mediation_attempts"].sort_values(["dispute_id", "attempt"])
    assert set(attempts["dispute_id"]) == set(disputes.index)
    for number, tried in attempts.groupby("dispute_id"):
        dispute, last = disputes.loc[number], tried.iloc[-1]
        assert list(tried["attempt"]) == list(range(1, len(tried) + 1))
        assert tried["held_on"].is_monotonic_increasing
        assert tried["level"].map(LADDER.index).is_monotonic_increasing
        assert tried.iloc[0]["held_on"] >= dispute["found_on"]
        assert (tried["outcome"].iloc[:-1] == "未成功").all()
        assert (last["outcome"] == "成功") == pd.notna(dispute["settled_on"])
        if last["outcome"] == "成功":
            assert (last["held_on"], last["level"]) == (dispute["settled_on"], dispute["settled_level"])


def test_the_brothers_case_is_as_published(frames: dict[str, pd.DataFrame], places: Places) -> None:
    tried = frames["mediation_attempts"]
    tried = tried[tried["case_name"] == CASE].sort_values("attempt")
    assert list(tried["outcome"]) == ["未成功", "未成功", "成功"]
    assert list(tried["level"]) == ["网格", "网格", "村"]
    assert {places[code].name for code in tried["township"]} == {"阳庙镇"}
    assert 8 <= (tried["held_on"].iloc[-1] - tried["held_on"].iloc[0]).days <= 9


def test_cases_are_laid_only_in_villages_with_invented_names(frames: dict[str, pd.DataFrame], places: Places) -> None:
    assert all("样例" in places[code].name for code in frames["conduct_cases"]["place"])


def test_cases_and_persons_are_not_the_same_count(frames: dict[str, pd.DataFrame]) -> None:
    cases = frames["conduct_cases"]
    assert cases["case_id"].nunique() < len(cases)
    assert cases["sanction"].isna().sum() == 1


def test_centres_have_visitors_only_once_they_are_open(frames: dict[str, pd.DataFrame], places: Places) -> None:
    opened = frames["service_centres"].set_index("place")["opened_on"]
    visits = frames["service_visits"]
    assert (visits["counted_on"] > visits["place"].map(opened)).all()
    assert visits.loc[visits["place"] == places.district.code, "counted_on"].min() == pd.Timestamp(2015, 7, 31)
    december = visits[visits["counted_on"] == pd.Timestamp(2015, 12, 31)]
    assert set(december["place"]) == {places.district.code, *(place.code for place in places.at("township"))}


def test_agency_services_fail_their_date_at_times(frames: dict[str, pd.DataFrame]) -> None:
    done = frames["agency_services"].dropna(subset=["finished_on"])
    late = (done["finished_on"] > done["due_on"]).groupby(done["township"]).mean()
    assert late.between(0.01, 0.25).all()
    assert late.max() > 2 * late.min()
