"""Services: counts agree with the indicators, the bound of being on time, the ambiguity of C8."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.services import Services
from tests.reports.conftest import Bent


def test_items_of_the_district_are_its_centres(snapshot: Snapshot) -> None:
    report = Services(snapshot.figures("", "2015-12"))
    table = report.items_by_department()
    counts = pd.concat([table["事项（项）"], table["事项（项） "]])
    assert pd.to_numeric(counts, errors="coerce").sum() == len(report.items) == 103


def test_a_village_shows_its_townships_items(snapshot: Snapshot) -> None:
    report = Services(snapshot.figures("北西尚村", "2015-09"))
    assert report.items_at == "阳庙镇"
    assert set(report.items["place"]) == {"yangmiao"}
    assert "一站式" not in report.items_sentence()


@pytest.mark.parametrize(
    ("finished", "done", "on_time"),
    [("2015-09-10", 1, 1), ("2015-09-11", 1, 0), ("2015-10-01", 0, 0), (None, 0, 0)],
)
def test_on_time_at_its_bound(snapshot: Snapshot, bent: Bent, finished: str | None, done: int, on_time: int) -> None:
    rows = snapshot.ledger("agency_services").head(1)
    rows = rows.assign(applied_on=pd.Timestamp("2015-09-01"), due_on=pd.Timestamp("2015-09-10"))
    report = Services(bent("", "2015-09", agency_services=rows.assign(finished_on=pd.Timestamp(finished or "NaT"))))
    assert report.agency_by_matter().iloc[-1].tolist() == ["合计", 1, done, on_time]


def test_done_before_a_term_that_ends_next_month_is_on_time(snapshot: Snapshot, bent: Bent) -> None:
    days = {"applied_on": "2015-09-25", "finished_on": "2015-09-28", "due_on": "2015-10-05"}
    rows = snapshot.ledger("agency_services").head(1)
    rows = rows.assign(**{name: pd.Timestamp(day) for name, day in days.items()})
    assert Services(bent("", "2015-09", agency_services=rows)).agency_by_matter()["按时（件）"].iloc[-1] == 1


def test_the_three_readings_of_visitors_a_day_are_told_apart(snapshot: Snapshot) -> None:
    report = Services(snapshot.figures("", "2015-12"))
    said = report.daily_sentence()
    total = (report.visits["visitors"] / report.visits["open_days"]).sum()
    assert len(report.visits) == 7
    assert f"相加为{total:.0f}人次" in said
    assert "没有说明是各中心相加、区中心一处，还是每处平均" in said


def test_before_the_first_centre_nobody_came(snapshot: Snapshot) -> None:
    assert Services(snapshot.figures("", "2015-01")).daily_sentence() == "本月没有服务中心接待人次记录。"
