"""Supervision of conduct: official names that are not supplied, rectification, cases by audience."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.conduct import Conduct
from tests.reports.conftest import Bent


@pytest.mark.parametrize(("method", "count"), [("by_focus", 6), ("by_method", 10)])
def test_every_number_of_the_official_list_has_its_row(snapshot: Snapshot, method: str, count: int) -> None:
    report = Conduct(snapshot.figures("", "2015-09"))
    table = getattr(report, method)()
    assert len(table) == count + 1
    assert set(table.iloc[:-1, 1]) == {"官方文本待填"}
    assert table["检查（次）"].iloc[:-1].sum() == table["检查（次）"].iloc[-1] == report.f["inspections"].year_to_date
    assert table["已整改（次）"].iloc[-1] == report.f["inspections_rectified"].year_to_date


@pytest.mark.parametrize(
    ("due", "rectified", "state"),
    [
        ("2015-09-20", "2015-09-20", "按期整改"),
        ("2015-09-20", "2015-09-21", "超期整改"),
        ("2015-10-10", None, "整改期内"),
        ("2015-10-10", "2015-09-30", "按期整改"),
        ("2015-09-30", None, "逾期未整改"),
        ("2015-09-20", "2015-10-01", "逾期未整改"),
        ("2015-10-10", "2015-10-01", "整改期内"),
    ],
)
def test_rectification(snapshot: Snapshot, bent: Bent, due: str, rectified: str | None, state: str) -> None:
    rows = snapshot.ledger("conduct_inspections").head(1)
    rows = rows.assign(inspected_on=pd.Timestamp("2015-09-01"), findings=1)
    rows = rows.assign(due_on=pd.Timestamp(due), rectified_on=pd.Timestamp(rectified or "NaT"))
    table = Conduct(bent("", "2015-09", conduct_inspections=rows)).rectification()
    assert dict(zip(table["整改情况"], table["检查（次）"], strict=True))[state] == 1
    assert table["检查（次）"].sum() == 1


def test_the_office_sees_cases_and_persons_apart(snapshot: Snapshot) -> None:
    report = Conduct(snapshot.figures("", "2015-12"))
    assert "案件8起，给予党纪处分8人" in report.cases_sentence()
    assert report.sanctions()["人数"].tolist() == ["2", "4", "2", "0", "0", "8"]


@pytest.mark.parametrize("place", ["", "阳庙镇"])
@pytest.mark.parametrize("month", ["2015-03", "2015-12"])
def test_the_public_sees_no_case_and_no_sanction(snapshot: Snapshot, place: str, month: str) -> None:
    report = Conduct(snapshot.figures(place, month, "public"), "public")
    assert not report.shows_cases
    assert not report.has_sanctions
    assert report.sanctions().empty
    assert report.cases_sentence() == "案件查处和处分由纪检部门统一公布，本报告不公布。"
    assert report.warnings() == ""
