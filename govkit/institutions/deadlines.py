"""Deadlines in calendar and working days, by the rule in force on the day (``data/rules/deadlines.csv``).

Public holidays and the weekends worked in their stead are announced year by year; the office enters them in
``holidays.csv``. Without them only Saturdays and Sundays are days off.
"""

import datetime as dt
from dataclasses import dataclass

from govkit.institutions.rulebook import in_force, rule_rows

WORKING = "工作日"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The number of days that a step may take, and the rule that sets it."""

    days: int
    counted: str
    source: str
    article: str
    mark: str

    @property
    def citation(self) -> str:
        """The rule and its article."""
        return f"《{self.source}》{self.article}"

    def due(self, start: dt.date) -> dt.date:
        """Return the last day for a step that began on ``start``, which is not counted."""
        if self.counted == WORKING:
            return after_workdays(start, self.days)
        return start + dt.timedelta(days=self.days)


def deadline(matter: str, basis: str, step: str, on: dt.date) -> Deadline | None:
    """Return the deadline of a step by the rule in force on a day, None where no rule covers it.

    >>> rule = deadline("信访", "国家规定", "办结", dt.date(2015, 3, 2))
    >>> rule.days, str(rule.due(dt.date(2015, 3, 2)))
    (60, '2015-05-01')
    """
    for row in rule_rows("deadlines"):
        if (row["matter"], row["basis"], row["step"]) == (matter, basis, step) and in_force(row, on):
            return Deadline(int(row["days"]), row["counted"], row["source"], row["article"], row["mark"])
    return None


def after_workdays(start: dt.date, count: int) -> dt.date:
    """Return the day that lies ``count`` working days after ``start``.

    Working days are as announced in ``holidays.csv`` where they are announced, else Monday to Friday.
    """
    kinds = _announced()
    day = start
    while count > 0:
        day += dt.timedelta(days=1)
        count -= kinds[day] == "上班" if day in kinds else day.weekday() < 5
    return day


def holidays_entered(year: int) -> bool:
    """Return whether ``holidays.csv`` has a day of this year."""
    return any(day.year == year for day in _announced())


def _announced() -> dict[dt.date, str]:
    return {dt.date.fromisoformat(row["day"]): row["kind"] for row in rule_rows("holidays")}
