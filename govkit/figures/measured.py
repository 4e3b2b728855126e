"""The values of a snapshot's indicators, as numbers, series and tidy frames."""

from collections.abc import Sequence
from functools import cached_property
from typing import overload

import numpy as np
import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.figures.declared import Declared
from govkit.figures.periods import PeriodsLike, read_periods
from govkit.figures.reported import Reported
from govkit.figures.table import Table
from govkit.figures.tidy import CONFIDENCE, Cells, comparison_table, indicator_table, refuse_uncounted
from govkit.figures.tidy import wide as widened
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Value, Values


class Measured(Declared):
    """A snapshot's indicators and their values; the base of :class:`govkit.Snapshot`."""

    @overload
    def indicator(
        self, codes: str, place: str = "", period: str = "", *, by: None = None, to_date: bool = False
    ) -> Value: ...

    @overload
    def indicator(
        self, codes: str, place: str = "", period: str = "", *, by: Level, to_date: bool = False
    ) -> "pd.Series[float]": ...

    @overload
    def indicator(
        self,
        codes: list[str] | tuple[str, ...],
        place: str | Sequence[str] = "",
        period: str = "",
        *,
        by: Level | None = None,
        periods: PeriodsLike | None = None,
        to_date: bool = False,
        wide: bool = False,
        interval: bool | float = False,
    ) -> Table: ...

    @overload
    def indicator(
        self,
        codes: str,
        place: str | Sequence[str] = "",
        period: str = "",
        *,
        by: Level | None = None,
        periods: PeriodsLike,
        to_date: bool = False,
        wide: bool = False,
        interval: bool | float = False,
    ) -> Table: ...

    def indicator(
        self,
        codes: str | Sequence[str],
        place: str | Sequence[str] = "",
        period: str = "",
        *,
        by: Level | None = None,
        periods: PeriodsLike | None = None,
        to_date: bool = False,
        wide: bool = False,
        interval: bool | float = False,
    ) -> "Value | pd.Series[float] | Table":
        """Return the values of indicators for places and periods, in each indicator's own unit.

        One code and one month give a number, or with ``by`` a series by unit name. Several codes or ``periods`` give a
        frame with a row per period, unit and indicator: the value, its unit of measure, the numerator and denominator
        of a rate, how many township units reported (``reported`` of ``expected``) and how many months of the period
        the ledgers hold. A value is NaN, never 0, where a unit has not reported that ledger in that year, or nothing
        at all in the period.

        :param codes: codes, Chinese names or synonyms, such as ``G4`` or 化解率; :meth:`indicators` lists them.
        :param place: one or several units by code or name; the district by default.
        :param period: a month like ``2015-09``; the latest by default.
        :param by: ``district``, ``township`` or ``village``: the units of this level within the place.
        :param periods: ``"month"``, ``"quarter"`` or ``"year"`` for all that the ledgers hold; ``"2015-09"``,
            ``"2015Q3"``, ``"2015"``, ``"2015-03:2015-09"``, a pandas period or a list of them.
        :param to_date: count from January of the year to the end of each period.
        :param wide: a row per period, a column per unit and indicator, values only.
        :param interval: add the limits ``low`` and ``high`` of the Wilson interval of rates; True for 95 %, else the
            confidence such as 0.9.
        :return: a number (None: no data, or a rate whose denominator is 0), a series, or a frame with a period dtype.
        :raises InputError: there is no such indicator, place or period, or an indicator is not counted at this level.

        >>> snapshot.indicator("G4", "阳庙镇", "2015-09")
        32.0
        >>> snapshot.indicator("化解率", period="2015-12", by="township").round(1).head(2)
        苏家作乡    99.6
        阳庙镇     98.0
        Name: 化解率, dtype: float64
        >>> snapshot.indicator(["G4", "G6"], by="township", periods="quarter").shape
        (48, 12)
        >>> snapshot.indicator("G4", ["阳庙镇", "宁郭镇"], periods="2015-08:2015-09", wide=True)
        单位       阳庙镇   宁郭镇
        时期
        2015-08  22.0  22.0
        2015-09  32.0  17.0
        >>> snapshot.indicator(["T4"], periods="2015", interval=True)[["value", "low", "high"]].round(1).to_numpy()
        array([[94.8, 93.4, 95.9]])
        """
        units, measures = self.units(place, by), self.measures(codes)
        refuse_uncounted(measures, units)
        single = isinstance(codes, str) and isinstance(place, str) and periods is None and not wide and not interval
        if not single:
            wanted = self._periods(period, periods)
            confidence = _confidence(interval, wide=wide)
            table = indicator_table(self, measures, units, wanted, to_date=to_date, interval=confidence)
            return widened(table, measures, units) if wide else table
        month = self.month(period)
        span = month.year_to_date() if to_date else month
        values = Cells(self, units).of(measures[0], [span])[0][0]
        if by is None:
            return None if np.isnan(values[0]) else float(values[0])
        return pd.Series(values, index=[unit.name for unit in units], name=measures[0].label)

    def compare(
        self,
        codes: str | Sequence[str],
        place: str | Sequence[str] = "",
        *,
        by: Level | None = None,
        periods: PeriodsLike | None = None,
    ) -> Table:
        """Return indicators beside the period before (环比) and the same period of the year before (同比).

        The changes are in the indicator's own unit, percentage points for a rate; ``change_rate`` and
        ``year_change_rate`` are in per cent and NaN for a rate. What the ledgers do not hold is NaN.

        :param codes: codes, Chinese names or synonyms of indicators.
        :param place: one or several units by code or name; the district by default.
        :param by: ``district``, ``township`` or ``village``: the units of this level within the place.
        :param periods: as in :meth:`indicator`; the latest month by default.
        :return: a row per period, unit and indicator: the value, ``before``, ``change``, ``change_rate``,
            ``year_before``, ``year_change``, ``year_change_rate``.
        :raises InputError: as :meth:`indicator`.

        >>> snapshot.compare("G4", periods="2015-09")[["value", "before", "change", "change_rate"]].round(1).to_numpy()
        array([[125. , 103. ,  22. ,  21.4]])
        """
        units, measures = self.units(place, by), self.measures(codes)
        refuse_uncounted(measures, units)
        return comparison_table(self, measures, units, self._periods("", periods))

    def _periods(self, period: str, periods: PeriodsLike | None) -> pd.PeriodIndex:
        if period and periods is not None:
            what = _("A month and periods are both given")
            raise InputError(Problem(Where(_("period"), item=period), what, _("Give one of the two")))
        return read_periods(self.month(period).code if periods is None else periods, *self.span)

    @cached_property
    def reported(self) -> Reported:
        """Which units reported which months and ledgers."""
        return Reported(self.scans, self.places, self.commits)

    @cached_property
    def values(self) -> Values:
        """The values of the indicators, each computed once for all places."""
        return Values(self.scans, self.places, scoped=self.scanned)


def _confidence(interval: bool | float, *, wide: bool) -> float:
    """Return the confidence asked for, 0 for none.

    :raises InputError: it is no number between 0 and 1, or the frame is wide and has no room for limits.
    """
    where = Where("interval", item=str(interval))
    if interval and wide:
        raise InputError(
            Problem(where, _("A wide table holds values only"), _("Ask for the interval without wide=True"))
        )
    if isinstance(interval, bool):
        return CONFIDENCE if interval else 0.0
    if not isinstance(interval, float) or not 0 < interval < 1:
        what = _("“{value}” is no confidence").format(value=interval)
        raise InputError(Problem(where, what, _("Write True, or a number between 0 and 1 such as 0.95")))
    return interval
