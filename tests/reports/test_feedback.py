"""Suggestions: received, assigned, answered, closed; open ones by age; later events do not count."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.feedback import STATES, Feedback
from tests.reports.conftest import NAT, Bent


def test_the_year_is_the_published_one(snapshot: Snapshot) -> None:
    report = Feedback(snapshot.figures("", "2015-12"))
    assert "收到意见建议163条，办理127条" in report.sentence()
    assert len(report.open) == 36
    for table, column in ((report.ages(), "未销号（条）"), (report.topics(), "未销号（条）")):
        assert table[column].sum() == 36
    assert report.open_by_unit()["合计"].iloc[-1] == 36
    assert report.channels()["收到（条）"].sum() == 163


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ({}, 3),
        ({"assigned_on": "2015-09-02"}, 2),
        ({"assigned_on": "2015-09-02", "answered_on": "2015-09-30"}, 1),
        ({"assigned_on": "2015-09-02", "answered_on": "2015-10-01"}, 2),
        ({"assigned_on": "2015-09-02", "answered_on": "2015-09-10", "closed_on": "2015-09-30"}, 0),
        ({"assigned_on": "2015-09-02", "answered_on": "2015-09-10", "closed_on": "2015-10-01"}, 1),
    ],
)
def test_how_far_a_suggestion_is_at_the_months_end(
    snapshot: Snapshot, bent: Bent, days: dict[str, str], state: int
) -> None:
    row = snapshot.ledger("suggestions").head(1).assign(received_on=pd.Timestamp("2015-09-01"), assigned_level="村")
    row = row.assign(
        **{name: pd.Timestamp(days.get(name, "NaT")) for name in ("assigned_on", "answered_on", "closed_on")}
    )
    report = Feedback(bent("", "2015-09", suggestions=row))
    assert report.suggestions["state"].tolist() == [STATES[state]]
    assert len(report.open) == (state != 0)


@pytest.mark.parametrize(
    ("received", "age"),
    [("2015-09-23", "7天以内"), ("2015-09-22", "8至30天"), ("2015-08-31", "8至30天"), ("2015-08-30", "31至90天")],
)
def test_open_by_age(snapshot: Snapshot, bent: Bent, received: str, age: str) -> None:
    row = snapshot.ledger("suggestions").head(1).assign(received_on=pd.Timestamp(received), closed_on=NAT)
    ages = Feedback(bent("", "2015-09", suggestions=row)).ages()
    assert ages.loc[ages["未销号（条）"] == 1, "收到后天数"].tolist() == [age]


@pytest.mark.parametrize(("due", "late"), [("2015-09-29", True), ("2015-09-30", False)])
def test_an_unanswered_suggestion_is_late_after_its_day(snapshot: Snapshot, bent: Bent, due: str, late: bool) -> None:
    row = (
        snapshot.ledger("suggestions").head(1).assign(received_on=pd.Timestamp("2015-09-01"), due_on=pd.Timestamp(due))
    )
    row = row.assign(assigned_on=pd.Timestamp("2015-09-02"), answered_on=NAT, closed_on=NAT)
    listing = Feedback(bent("", "2015-09", suggestions=row)).open_listing()
    assert ("逾期" in listing["状态"].iloc[0]) is late


def test_an_earlier_month_knows_less(snapshot: Snapshot) -> None:
    march, december = (Feedback(snapshot.figures("", month)) for month in ("2015-03", "2015-12"))
    assert len(march.received) < len(december.received)
    assert march.suggestions[["assigned_on", "answered_on", "closed_on"]].max().max() <= pd.Timestamp("2015-03-31")


def test_no_table_names_who_wrote(snapshot: Snapshot) -> None:
    report = Feedback(snapshot.figures("", "2015-12"))
    senders = set(snapshot.ledger("suggestions")["sender"].dropna())
    tables = (
        report.open_listing(100),
        report.levels(),
        report.topics(),
        report.channels(),
        report.open_by_unit(),
        report.pace(),
    )
    assert not [cell for table in tables for cell in table.to_numpy().ravel() if cell in senders]
