import datetime as dt
from pathlib import Path

import pytest

from govkit.institutions.deadlines import after_workdays, deadline, holidays_entered

NATIONAL = "国家规定"
HOLIDAYS = "day,kind,name,source,mark\n2024-05-01,放假,样例,样例,S\n2024-05-11,上班,样例,样例,S\n"


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (dt.date(2024, 5, 6), 5, dt.date(2024, 5, 13)),  # Monday to Monday
        (dt.date(2024, 5, 10), 1, dt.date(2024, 5, 13)),  # over a weekend
        (dt.date(2024, 5, 11), 1, dt.date(2024, 5, 13)),  # from a Saturday
        (dt.date(2024, 5, 6), 0, dt.date(2024, 5, 6)),
    ],
)
def test_without_announced_holidays_only_weekends_are_free(start: dt.date, count: int, expected: dt.date) -> None:
    assert after_workdays(start, count) == expected
    assert not holidays_entered(start.year)


def test_announced_days_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "holidays.csv").write_text(HOLIDAYS, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    assert after_workdays(dt.date(2024, 4, 30), 1) == dt.date(2024, 5, 2)
    assert after_workdays(dt.date(2024, 5, 10), 1) == dt.date(2024, 5, 11)  # a Saturday worked instead
    assert holidays_entered(2024)
    assert not holidays_entered(2025)


def test_objection_counts_working_days() -> None:
    rule = deadline("信访", NATIONAL, "异议", dt.date(2024, 5, 10))
    assert rule is not None
    assert rule.due(dt.date(2024, 5, 10)) == dt.date(2024, 5, 17)
    assert rule.citation == "《信访工作条例（2022年）》第二十二条、第二十三条"


@pytest.mark.parametrize(
    ("on", "source"),
    [
        (dt.date(2005, 5, 1), "信访条例（2005年）"),
        (dt.date(2022, 4, 30), "信访条例（2005年）"),
        (dt.date(2022, 5, 1), "信访工作条例（2022年）"),
    ],
)
def test_the_regulation_in_force_on_the_day(on: dt.date, source: str) -> None:
    rule = deadline("信访", NATIONAL, "办结", on)
    assert rule is not None
    assert rule.source == source


@pytest.mark.parametrize(("step", "on"), [("办结", dt.date(2005, 4, 30)), ("异议", dt.date(2015, 1, 1))])
def test_a_day_that_no_rule_covers_has_no_deadline(step: str, on: dt.date) -> None:
    assert deadline("信访", NATIONAL, step, on) is None
