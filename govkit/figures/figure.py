"""The figures of one place and month, worded for sentences and laid out for tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.deadlines import BELOW, TOTAL, UNIT, Deadlines
from govkit.figures.missing import marked, paragraph
from govkit.figures.reported import UNREPORTED, Rests
from govkit.institutions import indicators
from govkit.ledgers.indicator import Measure, Ratio, Value
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

__all__ = ["BELOW", "TOTAL", "UNIT", "Figure", "Figures", "ranks"]

_ALL = Rests(("",), {}, ())


@dataclass(frozen=True)
class Figure:
    """One indicator for one place: this month, the month before, the year to date.

    Its text is the month's number with its unit; a missing value is ``—``, one that nobody reported 未报送, and one
    that rests on some units only says on how many of how many. The values are in the indicator's unit.

    :ivar rests: the units that the month's value rests on.
    :ivar rests_before: those of the month before.
    :ivar rests_year: those of the year to date.

    >>> figure = figures["G4"]
    >>> f"{figure}，{figure.change}，本年累计{figure.ytd}"
    '125件，比上月增加22件，增长21.4%，本年累计1024件'
    """

    measure: Measure
    value: float | None
    before: float | None
    year_to_date: float | None
    rests: Rests = _ALL
    rests_before: Rests = _ALL
    rests_year: Rests = _ALL

    def __str__(self) -> str:
        return self._worded(self.value, self.rests)

    @property
    def from_january(self) -> bool:
        """Whether it always counts from January, so that it is no figure of the month alone."""
        return isinstance(self.measure, Ratio) and self.measure.from_january

    @property
    def in_month(self) -> str:
        """The month's number with its unit; ``—`` for a rate that counts from January."""
        return wording.NOTHING if self.from_january else str(self)

    @property
    def ytd(self) -> str:
        """The year to date with its unit."""
        return self._worded(self.year_to_date, self.rests_year)

    @property
    def comparable(self) -> bool:
        """Whether this month and the month before rest on the same units."""
        return set(self.rests.lacking) == set(self.rests_before.lacking)

    @property
    def change(self) -> str:
        """The change from the month before, in words; none where the two do not rest on the same units."""
        if self.value is None and self.rests.silent:
            return f"本月{UNREPORTED}"
        if self.before is None and self.rests_before.silent:
            return f"上月{UNREPORTED}"
        if not self.comparable:
            return "报送单位与上月不同，不作比较"
        return wording.change(
            self.value, self.before, self.measure.unit, is_rate=self.is_rate, digits=self.measure.decimals or None
        )

    @property
    def is_rate(self) -> bool:
        """Whether it is a percentage."""
        return self.measure.unit == "%"

    def _worded(self, value: float | None, rests: Rests) -> str:
        if value is None and rests.silent:
            return UNREPORTED
        text = wording.number(value, self.measure.unit, digits=self.measure.decimals)
        return f"{text}（{rests.words}）" if rests.words else text


class Figures(Deadlines):
    """The figures of a place and a month: ``figures["G4"]`` and the tables of a bulletin.

    Made by :meth:`govkit.Snapshot.figures`. Tables are pandas frames with Chinese headings, ready for a document; a
    village has no units below it, and its tables by unit have no rows.

    :ivar snapshot: the snapshot they are computed from.
    :ivar place: the place they are about.
    :ivar period: the month they are about.

    >>> figures
    Figures('示范区', 2015-09, version 1)
    >>> str(figures["G6"])
    '95.0%'
    """

    def __init__(self, snapshot: "Snapshot", place: Place, period: Period) -> None:
        self.snapshot, self.place, self.period = snapshot, place, period
        self._figures: dict[str, Figure] = {}

    def __repr__(self) -> str:
        version = self.snapshot.commit.version
        return f"{type(self).__name__}({self.place.name!r}, {self.period.code}, version {version})"

    def _repr_html_(self) -> str:
        from govkit.core.html import render

        codes = [code for code in indicators() if self.has(code)]
        rows = [(code, *row.values()) for code, row in zip(codes, self._headline(codes), strict=True)]
        title = f"{self.place.name} {self.period.label}"
        return render("figures/figures.html", title=title, version=self.snapshot.commit.version, rows=rows)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]

    def _ipython_key_completions_(self) -> list[str]:
        return [name for code, measure in indicators().items() for name in (code, measure.label)]

    def __getitem__(self, code: str) -> Figure:
        """Return one indicator's figure.

        :param code: an indicator's code, Chinese name or synonym, such as ``G4`` or 排查矛盾纠纷.
        :raises InputError: there is no such indicator; the nearest names are given.
        """
        if code not in self._figures:
            measure = self.snapshot.measure(code)
            month, before, year = (self._value(measure, period) for period in self.period.compared())
            self._figures[code] = Figure(
                measure,
                month[0],
                before[0] if self._has_month_before else None,
                year[0] if measure.cumulative else None,
                month[1],
                before[1] if self._has_month_before else _ALL,
                year[1],
            )
        return self._figures[code]

    def has(self, *codes: str) -> bool:
        """Return whether any of these indicators has a value other than 0 this month.

        >>> figures.has("G4"), figures.has("T3")
        (True, False)
        """
        return any(self[code].value for code in codes)

    def in_words(self, *codes: str) -> str:
        """Return the month's figures that are not zero, in words; an empty text where all are zero.

        >>> figures.in_words("G4", "T3", "G5")
        '排查矛盾纠纷125件和化解矛盾纠纷82件'
        """
        return wording.joined(f"{self[code].measure.label}{self[code]}" for code in codes if self.has(code))

    @property
    def whole(self) -> str:
        """The place as a sentence names it: 全区, 全镇, 全街道, 全村."""
        if self.place.level == "district":
            return "全区"
        if self.place.level == "village":
            return "全村"
        return "全街道" if self.place.name.endswith("街道") else f"全{self.place.name[-1]}"

    @property
    def has_units(self) -> bool:
        """Whether there are units below the place."""
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
        """Return a document's title: the place's name before the subject.

        >>> figures.title("运行情况通报")
        '示范区运行情况通报'
        """
        return f"{self.place.name}{subject}"

    def headline(self, codes: list[str]) -> pd.DataFrame:
        """Return a row per indicator: this month, the month before, the change, the year to date.

        :param codes: the indicators' codes, one for each row.
        :return: the columns 指标 (label and unit), 本月, 上月, 增减 and 本年累计, all text. A rate that counts from
            January has the last one only.

        >>> figures.headline(["G4", "G6"])[["本月", "本年累计"]].to_numpy().tolist()
        [['125', '1024'], ['—', '95.0']]
        """
        return pd.DataFrame(self._headline(codes))

    def _headline(self, codes: list[str]) -> list[dict[str, str]]:
        return [
            {
                "指标": f"{figure.measure.label}（{figure.measure.unit}）",
                "本月": wording.NOTHING if figure.from_january else _cell(figure.value, figure.measure, figure.rests),
                "上月": wording.NOTHING
                if figure.from_january
                else _cell(figure.before, figure.measure, figure.rests_before),
                "增减": wording.NOTHING if figure.from_january else _difference(figure),
                "本年累计": _cell(figure.year_to_date, figure.measure, figure.rests_year),
            }
            for figure in (self[code] for code in codes)
        ]

    def by_unit(self, codes: list[str], *, to_date: bool = False) -> pd.DataFrame:
        """Return a row per unit below the place and a last row for the place itself; no rows for a village.

        :param codes: the indicators' codes, one for each column.
        :param to_date: count from January to the end of the month.
        :return: the column 单位 and one for each indicator, headed by label and unit, all text; 未报送 where a unit has
            not reported. The last row says over how many of how many units it is.

        >>> figures.by_unit(["G4"]).shape
        (7, 2)
        """
        level = self.unit_level
        if level is None:
            return pd.DataFrame()
        period = self.period.year_to_date() if to_date else self.period
        units = self.snapshot.places.at(level, self.place.code)
        measures = [self.snapshot.measure(code) for code in codes]
        sums = [self.snapshot.reported.of(measure, self.place, period).words for measure in measures]
        same = len(set(sums)) == 1
        columns = {UNIT: [*(unit.name for unit in units), f"{TOTAL}（{sums[0]}）" if same and sums[0] else TOTAL]}
        for measure, words in zip(measures, sums, strict=True):
            cells = [self._unit_cell(measure, period, unit) for unit in units]
            value, rests = self._value(measure, period)
            whole = _cell(value, measure, rests if rests.silent or (words and not same) else _ALL)
            columns[_heading(measure)] = [*cells, whole]
        return pd.DataFrame(columns)

    def rankings(self, codes: list[str], *, to_date: bool = True) -> pd.DataFrame:
        """Return each unit below the place with its value and rank by each indicator.

        Only units that reported every month are ranked.

        :param codes: the indicators' codes, two columns each: the value, and 名次 (the best is 1, equals share a rank).
        :param to_date: count from January to the end of the month.

        >>> figures.rankings(["G6"]).columns.tolist()
        ['单位', '化解率（%）', '名次']
        """
        level = self.unit_level
        if level is None:
            return pd.DataFrame()
        period = self.period.year_to_date() if to_date else self.period
        units = self.snapshot.places.at(level, self.place.code)
        columns: dict[str, list[str]] = {UNIT: [unit.name for unit in units]}
        for number, code in enumerate(codes):
            measure = self.snapshot.measure(code)
            found = [self._value(measure, period, unit) for unit in units]
            columns[_heading(measure)] = [_cell(value, measure, rests) for value, rests in found]
            values = [value if rests.ranked else None for value, rests in found]
            columns["名次" + " " * number] = ranks(values, lower_is_better=measure.lower_is_better)
        return pd.DataFrame(columns)

    def values_by_unit(self, code: str, *, to_date: bool = False) -> pd.DataFrame:
        """Return the columns 单位 and the indicator's label, its values as numbers, for a chart.

        A unit that has not reported every month has no value.

        >>> float(figures.values_by_unit("G4")["排查矛盾纠纷"].sum())
        125.0
        """
        level = self.unit_level
        if level is None:
            return pd.DataFrame({UNIT: [], "值": []})
        period = self.period.year_to_date() if to_date else self.period
        measure, units = self.snapshot.measure(code), self.snapshot.places.at(level, self.place.code)
        found = [self._value(measure, period, unit) for unit in units]
        values = [value if rests.ranked else None for value, rests in found]
        return pd.DataFrame({UNIT: [unit.name for unit in units], measure.label: pd.Series(values, dtype="float64")})

    def has_values(self, code: str, *, to_date: bool = False) -> bool:
        """Return whether any unit below the place has a value that a chart can draw.

        >>> figures.has_values("G4")
        True
        """
        return bool(self.values_by_unit(code, to_date=to_date).iloc[:, 1].notna().any())

    def trend(self, code: str, months: int = 12) -> pd.DataFrame:
        """Return the columns 月份 and the indicator's label, a row per month up to this one.

        :param months: how many months at most; those before the first data are left out, and a month that nobody
            reported has no value. There is no row where no month has one.

        >>> figures.trend("G4").shape
        (9, 2)
        """
        measure, periods = self.snapshot.measure(code), self.period.trend(self.snapshot.span[0], months)
        self._values(measure, periods)  # all at once
        rows = [(period.code, self._value(measure, period)[0]) for period in periods]
        rows = rows if any(value is not None for _, value in rows) else []
        return pd.DataFrame(rows, columns=["月份", measure.label]).astype({measure.label: "float64"})

    def provenance(self, report: str, audience: str = "internal", **more: object) -> list[tuple[str, str]]:
        """Return the origin of these figures; see :meth:`govkit.Snapshot.provenance`.

        :param more: the report's own parameters, besides place and month.
        """
        return self.snapshot.provenance(report, audience, period=self.period.label, place=self.place.name, **more)

    @cached_property
    def missing(self) -> str:
        """Who has not reported the month, and what that makes of the figures, in words; empty if all have.

        >>> figures.missing
        ''
        """
        return paragraph(self.snapshot, self.place, self.period)

    def rests_on(self, *ledgers: str) -> Rests:
        """Return which units the rows of these ledgers from January to the month's end come from."""
        return self.snapshot.reported.of_ledgers(ledgers, self.place, self.period.year_to_date())

    def marked(self, table: pd.DataFrame, *ledgers: str) -> pd.DataFrame:
        """Return a table that says what it rests on: 未报送 for units without a report, 合计 over how many units."""
        return marked(table, self.rests_on(*ledgers), self.snapshot.places.names)

    def listing(self, ledger: str, columns: list[str], dated: str = "") -> pd.DataFrame:
        """Return the place's rows of a ledger dated in the month, with Chinese headings.

        Days after the month's end are left blank, since they were not known in the month.

        :param ledger: the ledger's code, Chinese name or synonym.
        :param columns: code names of the columns to return.
        :param dated: the column whose day lies in the month; the ledger's own date by default.
        :raises ValueError: one of the columns holds personal data or is private.

        >>> figures.listing("observation_rounds", ["title", "held_on"])["观摩日期"].tolist()
        ['2015年9月28日']
        """
        declared = self.snapshot.declared(ledger)
        personal = [name for name in columns if declared[name].personal or not declared[name].public]
        if personal:
            raise ValueError(f"personal columns do not go into a listing: {personal}")
        frame, dated = self.snapshot.frames[declared.code], dated or declared.dated
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
        listed = shown.rename(columns={name: declared[name].title for name in columns}).reset_index(drop=True)
        rests = self.snapshot.reported.of_ledgers([declared.code], self.place, self.period)
        return marked(listed, rests, self.snapshot.places.names) if listed.empty else listed

    @cached_property
    def _has_month_before(self) -> bool:
        return self.snapshot.span[0].start <= self.period.previous().start

    def _value(self, measure: Measure, period: Period, unit: Place | None = None) -> tuple[Value, Rests]:
        """Return the value of the place or of a unit below it, None where nobody reported, and what it rests on."""
        place = unit or self.place
        rests = self.snapshot.reported.of(measure, place, period)
        value = self._values(measure, [period])[0][place.code]
        return (None if rests.silent and not value else value), rests

    def value_in(self, code: str, period: Period) -> Value:
        """Return an indicator's value in another period; None where nobody reported.

        >>> figures.value_in("G4", Period.month("2015-08"))
        103.0
        """
        return self._value(self.snapshot.measure(code), period)[0]

    def _unit_cell(self, measure: Measure, period: Period, unit: Place) -> str:
        value, rests = self._value(measure, period, unit)
        return _cell(value, measure, rests)

    def _values(self, measure: Measure, periods: Sequence[Period]) -> list[Mapping[str, Value]]:
        return self.snapshot.values.of(measure, periods, self.place)


def ranks(values: list[float | None], *, lower_is_better: bool = False) -> list[str]:
    """Return each value's rank, the best 1; equal values share the better rank; a missing value has none.

    >>> ranks([98.0, 98.0, None, 97.0])
    ['1', '1', '—', '3']
    """
    series = pd.Series(values, dtype="float64").round(6)
    places = series.rank(method="min", ascending=lower_is_better)
    return [wording.NOTHING if pd.isna(place) else str(int(place)) for place in places]


def _heading(measure: Measure) -> str:
    return f"{measure.label}（{measure.unit}）"


def _cell(value: float | None, measure: Measure, rests: Rests) -> str:
    if value is None and rests.silent:
        return UNREPORTED
    text = wording.number(value, digits=measure.decimals)
    return f"{text}（{rests.words}）" if rests.words else text


def _difference(figure: Figure) -> str:
    if figure.value is None or figure.before is None:
        return wording.NOTHING
    if not figure.comparable:
        return wording.NOTHING
    gap = wording.rounded(figure.value, figure.measure.decimals) - wording.rounded(
        figure.before, figure.measure.decimals
    )
    return f"{gap:+}" if gap else "0"
