"""Months and other spans of days that figures are counted over."""

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _

_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` to ``end``, both included.

    >>> Period.month("2015-09").year_to_date().label
    '2015年1—9月'
    """

    start: dt.date
    end: dt.date

    @classmethod
    def month(cls, text: str) -> "Period":
        """Return the month written like ``2015-09``.

        :raises InputError: the text is no month from 1949-01 on.
        """
        match = _MONTH.fullmatch(text) if isinstance(text, str) else None
        if not match or not 1 <= int(match[2]) <= 12 or not 1949 <= int(match[1]) <= 9998:
            raise InputError(
                Problem(
                    Where(_("month")),
                    _("“{value}” is not a month").format(value=text),
                    _("Write the year and the month like 2015-09"),
                )
            )
        year, number = int(match[1]), int(match[2])
        return cls(dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1]))

    @classmethod
    def months(cls, first: str, last: str) -> "Period":
        """Return the span from the first day of one month to the last day of another."""
        return cls(cls.month(first).start, cls.month(last).end)

    @classmethod
    def always(cls) -> "Period":
        """Return the span of every day that a ledger can hold."""
        return cls(dt.date(1900, 1, 1), dt.date(9998, 12, 31))

    @property
    def code(self) -> str:
        """The month of the last day, like ``2015-09``."""
        return f"{self.end:%Y-%m}"

    @property
    def label(self) -> str:
        """The period in words: 2015年9月 or 2015年1—9月."""
        if (self.start.year, self.start.month) == (self.end.year, self.end.month):
            return f"{self.end.year}年{self.end.month}月"
        if self.start.year == self.end.year:
            return f"{self.end.year}年{self.start.month}—{self.end.month}月"
        return f"{self.start.year}年{self.start.month}月—{self.end.year}年{self.end.month}月"

    def previous(self) -> "Period":
        """Return the month before this period's first month."""
        return Period.month(f"{self.start - dt.timedelta(days=1):%Y-%m}")

    def year_before(self) -> "Period":
        """Return the same months of the year before."""
        return Period.months(f"{self.start.year - 1}-{self.start:%m}", f"{self.end.year - 1}-{self.end:%m}")

    def year_to_date(self) -> "Period":
        """Return the span from 1 January of the last day's year to the last day."""
        return Period(dt.date(self.end.year, 1, 1), self.end)

    def until_end(self) -> "Period":
        """Return the span of all days up to the last day."""
        return Period(Period.always().start, self.end)

    def last_months(self, count: int) -> "list[Period]":
        """Return the ``count`` months that end with this period's last month, oldest first."""
        months = [Period.month(self.code)]
        while len(months) < count:
            months.insert(0, months[0].previous())
        return months

    def compared(self) -> "list[Period]":
        """Return the periods that a report compares: the month, the month before it, the year to date."""
        return [self, self.previous(), self.year_to_date()]

    def trend(self, first: "Period", count: int = 12) -> "list[Period]":
        """Return the last ``count`` months, oldest first.

        :param first: the first month with data; earlier months are left out.
        """
        return [month for month in self.last_months(count) if month.start >= first.start]


def month_spans(months: Iterable[int]) -> list[tuple[int, int]]:
    """Return first and last of the months that follow each other within a year.

    :param months: months in order, each as its year times 12 plus its number from 0.

    >>> month_spans([2014 * 12 + 11, 2015 * 12, 2015 * 12 + 1])
    [(24179, 24179), (24180, 24181)]
    """
    spans: list[tuple[int, int]] = []
    for month in months:
        if spans and spans[-1][1] == month - 1 and month % 12:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return spans
