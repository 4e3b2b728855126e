"""The dated events of a month: what happened in it, at the place that the report is about."""

import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.events import events_of_month
from govkit.reports.monthly_bulletin import Bulletin

SEPTEMBER = ["9月16日区、乡联网办事平台上线", "9月28日开展党群服务中心建设观摩", "9月29日召开观摩推进会"]


@pytest.mark.parametrize(
    ("place", "month", "events"),
    [
        ("", "2015-09", SEPTEMBER),
        ("", "2015-06", ["6月30日示范区行政服务中心启用"]),
        ("", "2015-10", []),
        ("苏家作乡", "2015-04", 1),
        ("苏家作乡", "2015-09", []),
        ("北西尚村", "2015-09", []),
    ],
)
def test_the_events_of_a_month(snapshot: Snapshot, place: str, month: str, events: list[str] | int) -> None:
    found = events_of_month(snapshot.figures(place, month))
    assert (len(found) if isinstance(events, int) else found) == events


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_the_bulletin_of_september_tells_the_meeting_and_the_platform(snapshot: Snapshot, audience: str) -> None:
    bulletin = Bulletin(snapshot.figures("", "2015-09", audience), audience)
    said = "".join(line for _title, lines in bulletin.results() for line in lines)
    assert f"本月大事：{'，'.join(SEPTEMBER)}。" in said
    assert "奖补46,000元" in said
