"""Deadlines in calendar and working days, by the rule in force on the day (``data/rules/deadlines.csv``).

Only Saturdays and Sundays are certain to be free. Public holidays and the weekends worked in their stead are announced
year by year; they stand in ``holidays.csv`` once the office has entered them, and not before.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.institutions.rulebook import in_force, rule_file, rule_rows

CALENDAR = "日"
WORKING = "工作日"
NO_HOLIDAYS = "节假日安排未提供，工作日只扣除星期六、星期日"


@dataclass(frozen=True, slots=True)
class Deadline:
    """How many days a step may take, and the rule that says so."""

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
        """Return the last day for a step that began on ``start``; the day itself is not counted."""
        if self.counted == WORKING:
            return after_workdays(start, self.days)
        return start + dt.timedelta(days=self.days)


def deadline(matter: str, basis: str, step: str, on: dt.date) -> Deadline:
    """Return the deadline of a step by the rule in force on a day; a day that no rule covers is refused."""
    found = known_deadline(matter, basis, step, on)
    if found is None:
        raise InputError(
            Problem(
                Where(rule_file("deadlines"), f"{matter}·{basis}·{step}"),
                _("No rule covers {day}").format(day=on),
                _("Add the rule that held on that day, with its dates and source, or choose another basis"),
            )
        )
    return found


def known_deadline(matter: str, basis: str, step: str, on: dt.date) -> Deadline | None:
    """Return the deadline of a step by the rule in force on a day, None where no rule covers it."""
    for row in rule_rows("deadlines"):
        if (row["matter"], row["basis"], row["step"]) == (matter, basis, step) and in_force(row, on):
            return Deadline(int(row["days"]), row["counted"], row["source"], row["article"], row["mark"])
    return None


def after_workdays(start: dt.date, count: int) -> dt.date:
    """Return the day that lies ``count`` working days after ``start``."""
    kinds = _announced()
    day = start
    while count > 0:
        day += dt.timedelta(days=1)
        count -= _is_workday(day, kinds)
    return day


def is_workday(day: dt.date) -> bool:
    """Return whether offices work: as announced where it is announced, else Monday to Friday."""
    return _is_workday(day, _announced())


def holiday_remark(year: int) -> str:
    """Return what has to be said beside deadlines in working days of a year; empty where its holidays are entered."""
    return "" if any(day.year == year for day in _announced()) else f"{year}年{NO_HOLIDAYS}。"


def _is_workday(day: dt.date, kinds: Mapping[dt.date, str]) -> bool:
    return kinds[day] == "上班" if day in kinds else day.weekday() < 5


def _announced() -> dict[dt.date, str]:
    return {dt.date.fromisoformat(row["day"]): row["kind"] for row in rule_rows("holidays")}
