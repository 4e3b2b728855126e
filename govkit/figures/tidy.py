"""Indicators as tidy frames: a row per period, unit and indicator, with what each value was made from."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.figures.periods import MONTHS, days_of, months_held
from govkit.figures.table import Table
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES, Place

if TYPE_CHECKING:
    from govkit.figures.measured import Measured

Numbers = NDArray[np.float64]
LABELS = {
    "period": "时期",
    "place": "单位编码",
    "place_name": "单位",
    "code": "指标编码",
    "label": "指标",
    "value": "数值",
    "unit": "计量单位",
    "numerator": "分子",
    "denominator": "分母",
    "low": "下限",
    "high": "上限",
    "reported": "已报单位",
    "expected": "应报单位",
    "months": "含月数",
    "before": "上期",
    "change": "环比增减",
    "change_rate": "环比增减率",
    "year_before": "上年同期",
    "year_change": "同比增减",
    "year_change_rate": "同比增减率",
}
"""Column → Chinese heading of the frames made here."""
CONFIDENCE = 0.95


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = CONFIDENCE) -> tuple[Numbers, Numbers]:
    """Return the lower and the upper limit of Wilson's score interval of proportions, NaN where there is no trial.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.

    :param successes: how many of the trials succeeded; NaN results where it is below 0 or above the trials.
    :param trials: how many there were.
    :param confidence: the confidence, between 0 and 1.

    >>> low, high = wilson([95, 0], [100, 0])
    >>> low.round(3), high.round(3)
    (array([0.888,   nan]), array([0.978,   nan]))
    """
    k, n = (np.asarray(numbers, dtype="float64") for numbers in (successes, trials))
    k, n = np.broadcast_arrays(np.where((k >= 0) & (k <= n) & (n > 0), k, np.nan), np.where(n > 0, n, np.nan))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
    share = k / n
    return np.clip(centre - half, 0, share), np.clip(centre + half, share, 1)


def refuse_uncounted(measures: Sequence[Measure], units: Sequence[Place]) -> None:
    """Refuse indicators that are not counted at the level of a unit.

    :raises InputError: a problem for each such indicator.
    """
    levels = dict.fromkeys(unit.level for unit in units)
    problems = [not_counted(m, level) for m in measures for level in levels if level not in m.levels]
    if problems:
        raise InputError(problems)


def not_counted(measure: Measure, level: Level) -> Problem:
    """Return the problem that an indicator is not counted at a level."""
    return not_counted_in(f"{measure.label}（{measure.code}）", level, measure.levels)


def not_counted_in(what: str, level: Level, levels: Sequence[Level]) -> Problem:
    """Return the problem that something is not counted at a level but at others."""
    return Problem(
        Where(what),
        _("Not counted at this level: {level}").format(level=LEVEL_TITLES[level]),
        _("Choose one of: {choices}").format(choices="、".join(LEVEL_TITLES[one] for one in levels)),
    )


class Cells:
    """Values of indicators for some units and periods, as arrays of periods by units; NaN where there is no data."""

    def __init__(self, snapshot: "Measured", units: Sequence[Place]) -> None:
        self._snapshot, self._units = snapshot, units
        self._reported = snapshot.reported
        self._span = snapshot.span

    def of(self, measure: Measure, periods: Sequence[Period]) -> tuple[Numbers, Numbers, Numbers]:
        """Return the values, numerators and denominators; a count has neither numerator nor denominator."""
        if isinstance(measure, Ratio):
            spans = [measure.counted_over(period) for period in periods]
            above, below = self._counts(measure.numerator, spans), self._counts(measure.denominator, spans)
            whole = np.where(below == 0, np.nan, below)
            return above / whole * (100 if measure.unit == "%" else 1), above, below
        values = self._counts(measure, periods)
        nothing = np.full_like(values, np.nan)
        return values, nothing, nothing

    def reported(self, measure: Measure, periods: Sequence[Period]) -> tuple[Numbers, int]:
        """Return how many township units each value rests on, and how many there are in the district."""
        parts = (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
        expected = self._reported.expected(measure)
        rows = []
        for period in periods:
            held = set.intersection(*(self._reported.units(part, period) for part in parts))
            whole = len(held & set(self._reported.townships)) if expected > 1 else int(bool(held))
            rows.append([whole if unit.level == "district" else int(unit.township in held) for unit in self._units])
        return np.asarray(rows, dtype="float64").reshape(len(periods), len(self._units)), expected

    def _counts(self, measure: Indicator, periods: Sequence[Period]) -> Numbers:
        every = self._snapshot.values.of(measure, periods)
        rows = [self._row(measure, period, values) for period, values in zip(periods, every, strict=True)]
        return np.asarray(rows, dtype="float64").reshape(len(periods), len(self._units))

    def _row(self, measure: Indicator, period: Period, values: Mapping[str, float | None]) -> list[float]:
        if not months_held(period, *self._span):
            return [np.nan] * len(self._units)
        held = self._reported.units(measure, period)
        row = []
        for unit in self._units:
            value = values[unit.code]
            there = bool(held) if unit.level == "district" else unit.township in held
            there = there and not (self._reported.collected and self._reported.of(measure, unit, period).nothing)
            row.append(float(value) if value is not None and (value or there) else np.nan)
        return row


def indicator_table(
    snapshot: "Measured",
    measures: Sequence[Measure],
    units: Sequence[Place],
    periods: pd.PeriodIndex,
    *,
    to_date: bool,
    interval: float,
) -> Table:
    """Return a row per period, unit and indicator; see :meth:`govkit.Snapshot.indicator`.

    :param interval: the confidence of the limits of rates; 0 for none.
    """
    cells, spans = Cells(snapshot, units), [days_of(period) for period in periods]
    counted = [span.year_to_date() for span in spans] if to_date else spans
    held = np.array([months_held(span, *snapshot.span) for span in counted], dtype="float64")
    parts = []
    for measure in measures:
        value, above, below = cells.of(measure, counted)
        columns = {"value": value, "numerator": above, "denominator": below}
        if interval:
            low, high = wilson(above, below, interval) if measure.unit == "%" else (below * np.nan, below * np.nan)
            columns |= {"low": low * 100, "high": high * 100}
        reported, expected = cells.reported(measure, counted)
        whole = np.array([[expected if unit.level == "district" else 1.0 for unit in units]] * len(spans))
        columns |= {"reported": reported, "expected": whole, "months": np.repeat(held[:, None], len(units), axis=1)}
        parts.append(columns)
    return _tidy(snapshot, measures, units, periods, parts, whole=("reported", "expected", "months"))


def comparison_table(
    snapshot: "Measured", measures: Sequence[Measure], units: Sequence[Place], periods: pd.PeriodIndex
) -> Table:
    """Return each value with those of the period and the year before; see :meth:`govkit.Snapshot.compare`."""
    cells = Cells(snapshot, units)
    year = 12 // MONTHS[periods.freqstr[0]]
    now, before, then = ([days_of(period) for period in periods - steps] for steps in (0, 1, year))
    parts = []
    for measure in measures:
        value, previous, year_before = (cells.of(measure, spans)[0] for spans in (now, before, then))
        columns = {"value": value}
        for name, base in (("", previous), ("year_", year_before)):
            columns[f"{name}before"] = base
            columns[f"{name}change"] = value - base
            share = np.where(base == 0, np.nan, base) if measure.unit != "%" else base * np.nan
            columns[f"{name}change_rate"] = (value - base) / share * 100
        parts.append(columns)
    return _tidy(snapshot, measures, units, periods, parts)


def wide(table: Table, measures: Sequence[Measure], units: Sequence[Place]) -> Table:
    """Return a tidy table as a row per period and a column per indicator and unit, or per either where one varies."""
    labels, names = [measure.label for measure in measures], [unit.name for unit in units]
    pivoted = table.pivot(index="period", columns=["label", "place_name"], values="value")
    wanted = pd.MultiIndex.from_product([labels, names], names=["指标", "单位"])
    pivoted = pivoted.loc[pd.PeriodIndex(table["period"].unique()), list(wanted)].set_axis(wanted, axis=1)
    if len(measures) == 1:
        pivoted = pivoted.droplevel("指标", axis=1)
    elif len(units) == 1:
        pivoted = pivoted.droplevel("单位", axis=1)
    told = table.attrs
    origin = [tuple(pair) for pair in told["origin"]]
    terms = [tuple(term) for term in told["terms"]]
    units_of = {measure.label: measure.unit for measure in measures}
    return Table(pivoted.rename_axis(index="时期")).about({}, terms=terms, origin=origin, masks={}, units=units_of)


def measure_terms(measures: Sequence[Measure]) -> list[tuple[str, str]]:
    """Return the definition of each indicator, and of the parts of a rate."""
    terms = []
    for measure in measures:
        words = [f"{measure.definition}（单位：{measure.unit}）"]
        if isinstance(measure, Ratio):
            words += [f"分子：{measure.numerator.definition}", f"分母：{measure.denominator.definition}"]
        words.append("台账：" + "、".join(ledger.title for ledger in measure.ledgers))
        terms.append((f"{measure.label}（{measure.code}）", "；".join(words)))
    return terms


def _tidy(
    snapshot: "Measured",
    measures: Sequence[Measure],
    units: Sequence[Place],
    periods: pd.PeriodIndex,
    parts: Sequence[Mapping[str, Numbers]],
    *,
    whole: Sequence[str] = (),
) -> Table:
    """Return arrays of periods by units, a mapping for each indicator, as rows; ``whole`` columns become integers."""
    each = len(periods) * len(units)
    names = list(parts[0])
    columns: dict[str, object] = {
        "period": periods.repeat(len(units)).append([periods.repeat(len(units))] * (len(measures) - 1)),
        "place": [unit.code for unit in units] * (len(periods) * len(measures)),
        "place_name": [unit.name for unit in units] * (len(periods) * len(measures)),
        "code": np.repeat([measure.code for measure in measures], each),
        "label": np.repeat([measure.label for measure in measures], each),
        "value": np.concatenate([part["value"].ravel() for part in parts]),
        "unit": np.repeat([measure.unit for measure in measures], each),
        **{name: np.concatenate([part[name].ravel() for part in parts]) for name in names[1:]},
    }
    frame = Table(columns)
    frame = frame.astype(dict.fromkeys(whole, "int64"))
    terms = [*measure_terms(measures), *_NOTES]
    return frame.about(LABELS, terms=terms, origin=snapshot.provenance(), masks={})


_NOTES = (
    ("缺数", "空白不是0：该单位所在乡镇（街道）当年没有报过这本台账、该时期没有报过任何台账，或者分母为0"),
    ("已报单位、应报单位", "全区的数值所依据的乡镇（街道）个数；乡镇（街道）和村为1或0"),
)
