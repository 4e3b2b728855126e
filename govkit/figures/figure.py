"""The figures of one place and month, worded for sentences and laid out for tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.institutions import ledgers
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Measure, Value
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

BELOW: dict[Level, Level] = {"district": "township", "township": "village"}
UNIT = "单位"
_OVERDUE = ["类别", UNIT, "编号", "事项", "应办日期", "超期天数", "依据"]
TOTAL = "合计"


@dataclass(frozen=True)
class Figure:
    """One indicator for one place: this month, the month before, the year to date. Prints as number and unit."""

    measure: Measure
    value: float | None
    before: float | None
    year_to_date: float | None

    def __str__(self) -> str:
        return self._worded(self.value)

    @property
    def ytd(self) -> str:
        """The year to date with its unit."""
        return self._worded(self.year_to_date)

    @property
    def change(self) -> str:
        """The change from the month before, in words."""
        return wording.change(
            self.value, self.before, self.measure.unit, is_rate=self.is_rate, digits=self.measure.decimals or None
        )

    @property
    def is_rate(self) -> bool:
        """Whether it is a percentage."""
        return self.measure.unit == "%"

    def _worded(self, value: float | None) -> str:
        return wording.number(value, self.measure.unit, digits=self.measure.decimals)


class Figures:
    """The figures of a place and a month: ``figures["G4"]`` and the tables of a bulletin."""

    def __init__(self, snapshot: "Snapshot", place: Place, period: Period) -> None:
        self.snapshot, self.place, self.period = snapshot, place, period
        self._figures: dict[str, Figure] = {}

    def __getitem__(self, code: str) -> Figure:
        if code not in self._figures:
            measure = self.snapshot.measure(code)
            month, before, year = self._values(measure, self.period.compared())
            self._figures[code] = Figure(
                measure,
                month[self.place.code],
                before[self.place.code] if self._has_month_before else None,
                year[self.place.code] if measure.cumulative else None,
            )
        return self._figures[code]

    def has(self, *codes: str) -> bool:
        """Return whether any of these indicators has something to tell of the month."""
        return any(self[code].value for code in codes)

    def told(self, *codes: str) -> str:
        """Return the month's figures that are not zero, in words; an empty text where all are: 新建村级活动场所1个."""
        return wording.joined(f"{self[code].measure.label}{self[code]}" for code in codes if self.has(code))

    @property
    def whole(self) -> str:
        """How a sentence calls the place: 全区, 全镇, 全街道, 全村."""
        if self.place.level == "district":
            return "全区"
        if self.place.level == "village":
            return "全村"
        return "全街道" if self.place.name.endswith("街道") else f"全{self.place.name[-1]}"

    @property
    def unit_level(self) -> Level | None:
        """The level of the units below the place; None for a village."""
        return BELOW.get(self.place.level)

    @property
    def has_units(self) -> bool:
        """Whether there are units below the place to compare."""
        return self.unit_level is not None

    @property
    def has_centre(self) -> bool:
        """Whether the place has service centres that count their visitors: the district and its township units."""
        return self.place.level != "village"

    @property
    def months(self) -> int:
        """How many months a trend has: up to twelve, as far back as the ledgers go."""
        return len(self.period.trend(self.snapshot.span[0]))

    def title(self, subject: str) -> str:
        """Return a document's title: the place's name before the subject."""
        return f"{self.place.name}{subject}"

    def headline(self, codes: list[str]) -> pd.DataFrame:
        """Return a row per indicator: this month, the month before, the change, the year to date."""
        return pd.DataFrame(
            [
                {
                    "指标": f"{figure.measure.label}（{figure.measure.unit}）",
                    "本月": _cell(figure.value, figure.measure),
                    "上月": _cell(figure.before, figure.measure),
                    "增减": _difference(figure),
                    "本年累计": _cell(figure.year_to_date, figure.measure),
                }
                for figure in (self[code] for code in codes)
            ]
        )

    def by_unit(self, codes: list[str], *, to_date: bool = False) -> pd.DataFrame:
        """Return a row per unit below the place and a last row for the place itself; no rows for a village."""
        level = self.unit_level
        if level is None:
            return pd.DataFrame()
        period = self.period.year_to_date() if to_date else self.period
        columns: dict[str, list[str]] = {}
        units = self.snapshot.places.at(level, self.place.code)
        columns[UNIT] = [*(unit.name for unit in units), TOTAL]
        for code in codes:
            measure = self.snapshot.measure(code)
            [values] = self._values(measure, [period])
            columns[_heading(measure)] = [_cell(values[unit.code], measure) for unit in (*units, self.place)]
        return pd.DataFrame(columns)

    def rankings(self, codes: list[str], *, to_date: bool = True) -> pd.DataFrame:
        """Return each unit below the place with its value and rank by each indicator; the best is 1, equals share."""
        level = self.unit_level
        if level is None:
            return pd.DataFrame()
        period = self.period.year_to_date() if to_date else self.period
        units = self.snapshot.places.at(level, self.place.code)
        columns: dict[str, list[str]] = {UNIT: [unit.name for unit in units]}
        for number, code in enumerate(codes):
            measure = self.snapshot.measure(code)
            [every] = self._values(measure, [period])
            values = [every[unit.code] for unit in units]
            columns[_heading(measure)] = [_cell(value, measure) for value in values]
            columns["名次" + " " * number] = ranks(values, lower_is_better=measure.lower_is_better)
        return pd.DataFrame(columns)

    def values_by_unit(self, code: str, *, to_date: bool = False) -> pd.DataFrame:
        """Return unit and value as numbers, for a chart; no rows for a village."""
        level = self.unit_level
        if level is None:
            return pd.DataFrame({UNIT: [], "值": []})
        period = self.period.year_to_date() if to_date else self.period
        measure, units = self.snapshot.measure(code), self.snapshot.places.at(level, self.place.code)
        [values] = self._values(measure, [period])
        return pd.DataFrame({UNIT: [unit.name for unit in units], measure.label: [values[unit.code] for unit in units]})

    def trend(self, code: str, months: int = 12) -> pd.DataFrame:
        """Return month and value, a row per month up to this one; months before the first data are left out."""
        measure, periods = self.snapshot.measure(code), self.period.trend(self.snapshot.span[0], months)
        values = self._values(measure, periods)
        rows = [(period.code, every[self.place.code]) for period, every in zip(periods, values, strict=True)]
        return pd.DataFrame(rows, columns=["月份", measure.label])

    def overdue(self, limit: int | None = None) -> pd.DataFrame:
        """Return the matters overdue at the month's end, longest first, without the rule that makes them so."""
        return self._overdue.drop(columns="依据").head(limit if limit is not None else len(self._overdue))

    @property
    def overdue_count(self) -> int:
        """How many matters are overdue at the month's end."""
        return len(self._overdue)

    def overdue_sentence(self) -> str:
        """Return how many matters of each kind are overdue at the month's end, in words."""
        if not self.overdue_count:
            return f"截至{wording.date(self.period.end)}，没有逾期事项。"
        counts = self._overdue["类别"].value_counts(sort=False)
        parts = wording.joined(f"{kind}{wording.number(count, '件')}" for kind, count in counts.items())
        return (
            f"截至{wording.date(self.period.end)}，逾期事项共{wording.number(self.overdue_count, '件')}，其中{parts}。"
        )

    def overdue_rules(self) -> str:
        """Return what makes each kind of matter overdue, in a line."""
        rules = self._overdue.drop_duplicates("类别")
        return "；".join(f"{kind}：{rule}" for kind, rule in zip(rules["类别"], rules["依据"], strict=True))

    def overdue_by_unit(self) -> pd.DataFrame:
        """Return how many matters of each kind are overdue, per unit below the place; no rows for a village.

        The place's own matters, which belong to no unit below it, stand first.
        """
        late = self._overdue
        if self.unit_level is None or late.empty:
            return pd.DataFrame()
        if self.unit_level == "township":
            township = {p.name: self.snapshot.places.names[p.township] for p in self.snapshot.places}
            late = late.assign(**{UNIT: late[UNIT].map(township)})
        counts = pd.crosstab(late[UNIT], late["类别"])
        units = [self.place, *self.snapshot.places.at(self.unit_level, self.place.code)]
        counts = counts.loc[[unit.name for unit in units if unit.name in counts.index]]
        counts = counts.rename(index={self.place.name: f"{self.place.name}本级"})
        counts[TOTAL] = counts.sum(axis=1)
        counts.loc[TOTAL] = counts.sum()
        return counts.rename_axis(columns=None).reset_index(names=UNIT)

    def provenance(self, report: str, audience: str = "internal", **more: object) -> list[tuple[str, str]]:
        """Return :meth:`~govkit.figures.snapshot.Snapshot.provenance` of this place and month; ``more`` are its own."""
        return self.snapshot.provenance(report, audience, period=self.period.label, place=self.place.name, **more)

    def listing(self, ledger: str, columns: list[str], dated: str = "") -> pd.DataFrame:
        """Return the place's rows of a ledger dated in the month: the named columns, which may not be personal data.

        Days after the month's end are left out: what came later is not this month's.
        """
        declared = ledgers()[ledger]
        personal = [name for name in columns if declared[name].personal or not declared[name].public]
        if personal:
            raise ValueError(f"personal columns do not go into a listing: {personal}")
        frame, dated = self.snapshot.frames[ledger], dated or declared.dated
        day = frame[dated]
        within = (day >= pd.Timestamp(self.period.start)) & (day <= pd.Timestamp(self.period.end))
        rows = frame.loc[within.fillna(value=False) & self._of_place(frame), list({*columns, dated})]
        shown = rows.sort_values(dated)[columns].copy()
        for name in columns:
            if declared[name].kind == "date":
                known = shown[name].where(shown[name] <= pd.Timestamp(self.period.end))
                shown[name] = known.map(wording.date, na_action="ignore")
            if declared[name].kind == "place":
                shown[name] = shown[name].map(self.snapshot.places.names)
        return shown.rename(columns={name: declared[name].title for name in columns}).reset_index(drop=True)

    @cached_property
    def _overdue(self) -> pd.DataFrame:
        late = self.snapshot.overdue(self.period)
        late = late[self._of_place(late)]
        names = late["place"].map(self.snapshot.places.names).astype("str")
        return late.drop(columns=["place", "township"]).assign(**{UNIT: names}).reset_index(drop=True)[_OVERDUE]

    @cached_property
    def _has_month_before(self) -> bool:
        return self.snapshot.span[0].start <= self.period.previous().start

    def _values(self, measure: Measure, periods: Sequence[Period]) -> list[Mapping[str, Value]]:
        return self.snapshot.values.of(measure, periods)

    def _of_place(self, frame: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows are the place's."""
        column = {"township": "township", "village": "place"}.get(self.place.level)
        return pd.Series(data=True, index=frame.index) if column is None else frame[column] == self.place.code


def ranks(values: list[float | None], *, lower_is_better: bool = False) -> list[str]:
    """Return each value's rank, the best 1; equal values share the better rank; a missing value has none."""
    series = pd.Series(values, dtype="float64").round(6)
    places = series.rank(method="min", ascending=lower_is_better)
    return [wording.NOTHING if pd.isna(place) else str(int(place)) for place in places]


def _heading(measure: Measure) -> str:
    return f"{measure.label}（{measure.unit}）"


def _cell(value: float | None, measure: Measure) -> str:
    return wording.number(value, digits=measure.decimals)


def _difference(figure: Figure) -> str:
    if figure.value is None or figure.before is None:
        return wording.NOTHING
    gap = wording.rounded(figure.value, figure.measure.decimals) - wording.rounded(
        figure.before, figure.measure.decimals
    )
    return f"{gap:+}" if gap else "0"
