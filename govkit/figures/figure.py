"""The figures of one place and month, worded for sentences and laid out for tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.overdue import DAYS_AHEAD, RULE
from govkit.institutions import indicators
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Measure, Ratio, Value
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

BELOW: dict[Level, Level] = {"district": "township", "township": "village"}
UNIT = "单位"
TOTAL = "合计"


@dataclass(frozen=True)
class Figure:
    """One indicator for one place: this month, the month before, the year to date.

    Its text is the month's number with its unit; a missing value is ``—``. The values are in the indicator's unit.

    >>> figure = figures["G4"]
    >>> f"{figure}，{figure.change}，本年累计{figure.ytd}"
    '125件，比上月增加22件，增长21.4%，本年累计1024件'
    """

    measure: Measure
    value: float | None
    before: float | None
    year_to_date: float | None

    def __str__(self) -> str:
        return self._worded(self.value)

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
            month, before, year = self._values(measure, self.period.compared())
            self._figures[code] = Figure(
                measure,
                month[self.place.code],
                before[self.place.code] if self._has_month_before else None,
                year[self.place.code] if measure.cumulative else None,
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

    @cached_property  # jedi fails to complete an object with a property of a Literal type
    def unit_level(self) -> Level | None:
        """The level of the units below the place; None for a village."""
        return BELOW.get(self.place.level)

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
                "本月": wording.NOTHING if figure.from_january else _cell(figure.value, figure.measure),
                "上月": wording.NOTHING if figure.from_january else _cell(figure.before, figure.measure),
                "增减": wording.NOTHING if figure.from_january else _difference(figure),
                "本年累计": _cell(figure.year_to_date, figure.measure),
            }
            for figure in (self[code] for code in codes)
        ]

    def by_unit(self, codes: list[str], *, to_date: bool = False) -> pd.DataFrame:
        """Return a row per unit below the place and a last row for the place itself; no rows for a village.

        :param codes: the indicators' codes, one for each column.
        :param to_date: count from January to the end of the month.
        :return: the column 单位 and one for each indicator, headed by label and unit, all text.

        >>> figures.by_unit(["G4"]).shape
        (7, 2)
        """
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
        """Return each unit below the place with its value and rank by each indicator.

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
            [every] = self._values(measure, [period])
            values = [every[unit.code] for unit in units]
            columns[_heading(measure)] = [_cell(value, measure) for value in values]
            columns["名次" + " " * number] = ranks(values, lower_is_better=measure.lower_is_better)
        return pd.DataFrame(columns)

    def values_by_unit(self, code: str, *, to_date: bool = False) -> pd.DataFrame:
        """Return the columns 单位 and the indicator's label, its values as numbers, for a chart.

        >>> float(figures.values_by_unit("G4")["排查矛盾纠纷"].sum())
        125.0
        """
        level = self.unit_level
        if level is None:
            return pd.DataFrame({UNIT: [], "值": []})
        period = self.period.year_to_date() if to_date else self.period
        measure, units = self.snapshot.measure(code), self.snapshot.places.at(level, self.place.code)
        [values] = self._values(measure, [period])
        return pd.DataFrame({UNIT: [unit.name for unit in units], measure.label: [values[unit.code] for unit in units]})

    def trend(self, code: str, months: int = 12) -> pd.DataFrame:
        """Return the columns 月份 and the indicator's label, a row per month up to this one.

        :param months: how many months at most; those before the first data are left out.

        >>> figures.trend("G4").shape
        (9, 2)
        """
        measure, periods = self.snapshot.measure(code), self.period.trend(self.snapshot.span[0], months)
        values = self._values(measure, periods)
        rows = [(period.code, every[self.place.code]) for period, every in zip(periods, values, strict=True)]
        return pd.DataFrame(rows, columns=["月份", measure.label])

    def overdue(self, limit: int | None = None) -> pd.DataFrame:
        """Return the matters overdue at the month's end, the longest overdue first.

        :param limit: how many rows at most; all by default.
        :return: the columns 类别, 单位, 编号, 事项, 应办日期 (text) and 超期天数.

        >>> figures.overdue(5).columns.tolist()
        ['类别', '单位', '编号', '事项', '应办日期', '超期天数']
        """
        return self._overdue.drop(columns=RULE).head(limit if limit is not None else len(self._overdue))

    def due_soon(self, days: int = DAYS_AHEAD) -> pd.DataFrame:
        """Return the matters that are open at the month's end and due within ``days`` days after it, soonest first.

        :return: the columns 类别, 单位, 编号, 事项, 应办日期 (text) and 剩余天数.

        >>> bool(figures.due_soon(7)["剩余天数"].between(1, 7).all())
        True
        """
        return self._of_here(self.snapshot.due_soon(self.period, days)).drop(columns=RULE)

    def due_soon_sentence(self, days: int = DAYS_AHEAD) -> str:
        """Return how many matters of each kind fall due within ``days`` days after the month's end, in words."""
        soon = self.due_soon(days)
        start = f"{wording.date(self.period.end)}以后{days}天内"
        if soon.empty:
            return f"{start}没有到期事项。"
        return f"{start}到期事项共{wording.number(len(soon), '件')}，其中{_by_kind(soon)}。"

    @property
    def overdue_count(self) -> int:
        """The number of matters overdue at the month's end."""
        return len(self._overdue)

    def overdue_sentence(self) -> str:
        """Return how many matters of each kind are overdue at the month's end, in words."""
        end = wording.date(self.period.end)
        if not self.overdue_count:
            return f"截至{end}，没有逾期事项。"
        return f"截至{end}，逾期事项共{wording.number(self.overdue_count, '件')}，其中{_by_kind(self._overdue)}。"

    def overdue_rules(self) -> str:
        """Return the rule by which each kind of matter is overdue, in one line."""
        rules = self._overdue.drop_duplicates("类别")
        return "；".join(f"{kind}：{rule}" for kind, rule in zip(rules["类别"], rules[RULE], strict=True))

    def overdue_by_unit(self) -> pd.DataFrame:
        """Return how many matters of each kind are overdue, a row per unit below the place; no rows for a village.

        The place's own matters, which belong to no unit below it, come first.
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
        """Return the origin of these figures; see :meth:`govkit.Snapshot.provenance`.

        :param more: the report's own parameters, besides place and month.
        """
        return self.snapshot.provenance(report, audience, period=self.period.label, place=self.place.name, **more)

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
        return shown.rename(columns={name: declared[name].title for name in columns}).reset_index(drop=True)

    @cached_property
    def _overdue(self) -> pd.DataFrame:
        return self._of_here(self.snapshot.overdue(self.period))

    def _of_here(self, matters: pd.DataFrame) -> pd.DataFrame:
        """Return the matters of the place, with the names of their units in the place of codes."""
        own = matters[self._of_place(matters)]
        names = own["place"].map(self.snapshot.places.names).astype("str")
        own = own.drop(columns=["place", "township"])
        own.insert(1, UNIT, names)
        return own.reset_index(drop=True)

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
    """Return each value's rank, the best 1; equal values share the better rank; a missing value has none.

    >>> ranks([98.0, 98.0, None, 97.0])
    ['1', '1', '—', '3']
    """
    series = pd.Series(values, dtype="float64").round(6)
    places = series.rank(method="min", ascending=lower_is_better)
    return [wording.NOTHING if pd.isna(place) else str(int(place)) for place in places]


def _by_kind(matters: pd.DataFrame) -> str:
    counts = matters["类别"].value_counts(sort=False)
    return wording.joined(f"{kind}{wording.number(count, '件')}" for kind, count in counts.items())


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
