"""Questions that analysts ask of ledgers, each a function of a snapshot that returns a table with Chinese headings.

In a notebook::

    import govkit

    snapshot = govkit.open()
    govkit.analysis.settled_within(snapshot, "矛盾纠纷", "化解日期", days=30, by="township")

A ledger, a column or a unit is named by its code, its Chinese name or a synonym. ``until`` is the month at whose end
the question is asked, the latest by default: what happened later counts as not known.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.figures.lookup import find, level_of, listed
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.figures.table import TOWNSHIP_TITLE, Table
from govkit.figures.tidy import CONFIDENCE, not_counted_in, wilson
from govkit.institutions.appraisal import ILLUSTRATIVE, appraisal_table, appraise
from govkit.institutions.rulebook import known_setting
from govkit.ledgers.declare import Column, Ledger, Level
from govkit.ledgers.indicator import LEVELS, UNIT_COLUMNS
from govkit.rendering.catalogue import Report, check_parameters

__all__ = ["ageing", "appraisal_points", "funnel", "opened", "seasonal", "settled_within", "silent_units"]
UNIT, TOTAL = "单位", "合计"
AGES = (30, 60, 90)


def __dir__() -> list[str]:
    return __all__


def opened(store: str = "", version: int = 0, period: str = "", place: str = "") -> tuple[Snapshot, str, str]:
    """Return the snapshot of the analysts' notebook, its month and the name of its village.

    :param store: a folder or a URL; as :func:`govkit.open`.
    :param version: the version of the ledgers; 0 for the latest.
    :param period: the month up to which is asked, the latest by default.
    :param place: a unit by code or name; the first village of the register by default.
    :raises InputError: a value is of the wrong type or form; all problems at once.

    >>> opened(period="2015-09", place="北西尚")[1:]
    ('2015-09', '北西尚村')
    """
    given = {"store": store, "version": version, "period": period, "place": place}
    values = check_parameters(Report(shipped("notebooks/analyst.ipynb")), given)
    snapshot = open_snapshot(values["store"], values["version"] or None)
    unit = snapshot.place(values["place"]) if values["place"] else snapshot.places.at("village")[0]
    return snapshot, snapshot.month(values["period"]).code, unit.name


def settled_within(
    snapshot: Snapshot,
    ledger: str,
    done: str,
    *,
    days: int = 30,
    by: Level = "township",
    until: str = "",
    confidence: float = CONFIDENCE,
) -> Table:
    """Return the share of matters that were done within so many days, with its Wilson interval, a row per unit.

    Only matters that are old enough count: one that began fewer than ``days`` days before the end could not fail yet.

    :param done: the column with the day a matter was done; it began on the ledger's own date.
    :param by: ``district``, ``township`` or ``village``.
    :return: by unit name: 件数, 按期 (done in time), 按期率, 下限, 上限 (in per cent), 未满期 (too young to count).
        NA for a unit that has not reported the ledger.
    :raises InputError: there is no such ledger, column, level or month.

    >>> settled_within(snapshot, "矛盾纠纷", "化解日期").loc["苏家作乡", ["件数", "按期", "按期率"]].round(1).tolist()
    [219.0, 208.0, 95.0]
    """
    declared = snapshot.declared(ledger)
    end = pd.Timestamp(snapshot.month(until).end)
    rows = _units_of(snapshot, declared, by, end)
    begun, ended = rows[declared.dated], rows[_day(declared, done).name]
    limit = pd.Timedelta(days=_positive("days", days))
    old = begun + limit <= end
    judged = pd.DataFrame({UNIT: rows[UNIT], "件数": old, "按期": old & (ended - begun <= limit), "未满期": ~old})
    counts = _every_unit(snapshot, declared, by, judged.groupby(UNIT, sort=False).sum(), end)
    in_time, cases = (counts[name].to_numpy(dtype="float64", na_value=np.nan) for name in ("按期", "件数"))
    low, high = wilson(in_time, cases, confidence)
    rate = in_time / np.where(cases > 0, cases, np.nan)
    counts = counts.assign(按期率=rate * 100, 下限=low * 100, 上限=high * 100)
    heading = f"{declared.title}：从{declared[declared.dated].title}到{_day(declared, done).title}不超过{days}天"
    return _told(snapshot, counts[["件数", "按期", "按期率", "下限", "上限", "未满期"]], [("按期", heading)])


def silent_units(
    snapshot: Snapshot, ledger: str, days: Sequence[str], *, months: int = 3, by: Level = "village", until: str = ""
) -> Table:
    """Return the units that have none of these days in the last months, the longest silent first.

    :param days: one or several columns of days, such as 决议公开日期 and 结果公开日期.
    :param months: how many months, the last one included.
    :param by: ``township`` or ``village``.
    :return: by unit name: 所属乡镇（街道）, 最近一次 (NaT: never), 已隔天数 and 台账, which is 未报送 where the
        township unit has not reported this ledger in the year.
    :raises InputError: there is no such ledger, column, level or month.

    >>> silent_units(snapshot, "重大事项决策", ["决议公开日期", "结果公开日期"], months=3).shape[1]
    4
    """
    declared = snapshot.declared(ledger)
    month = snapshot.month(until)
    end = pd.Timestamp(month.end)
    rows = _units_of(snapshot, declared, by, end)
    wanted = [_day(declared, name) for name in listed(days)]
    columns = [column.name for column in wanted]
    known = rows[columns].where(rows[columns] <= end).max(axis=1)
    last = known.groupby(rows[UNIT]).max()
    level = level_of(by)
    units = pd.DataFrame(
        {"place": unit.code, UNIT: unit.name, "t": unit.township} for unit in snapshot.places.at(level)
    )
    latest = pd.to_datetime(units[UNIT].map(last)).astype("datetime64[us]")
    wrote = set(rows.loc[rows[declared.dated].dt.year == month.end.year, "township"])
    table = pd.DataFrame(
        {
            UNIT: units[UNIT],
            TOWNSHIP_TITLE: units["t"].map(snapshot.places.names),
            "最近一次": latest,
            "已隔天数": (end - latest).dt.days.astype("Int64"),
            "台账": np.where(units["t"].isin(wrote), "已报送", "未报送"),
        }
    )
    first = pd.Timestamp(month.last_months(_positive("months", months))[0].start)
    silent = table[~(latest >= first)].sort_values("最近一次", na_position="first", kind="stable").set_index(UNIT)
    return _told(
        snapshot,
        silent,
        [("范围", f"{first:%Y-%m}至{month.code}没有{'、'.join(column.title for column in wanted)}的单位")],
    )


def seasonal(snapshot: Snapshot, indicator: str, place: str = "", *, until: str = "") -> Table:
    """Return the seasonal pattern of an indicator: the mean of each calendar month and its ratio to the mean month.

    :return: by month, 1 to 12: 均值, 季节指数 (1 is an average month), 年数 (how many years it rests on).
    :raises InputError: there is no such indicator, place or month.

    >>> seasonal(snapshot, "排查矛盾纠纷").loc[9].round(2).tolist()
    [125.0, 1.08, 1.0]
    """
    table = snapshot.indicator([indicator], place, periods="month")
    table = table[table["period"] <= pd.Period(snapshot.month(until).code, "M")]
    months = table.groupby(table["period"].dt.month)["value"]
    means = months.mean()
    pattern = pd.DataFrame({"均值": means, "季节指数": means / means.mean(), "年数": months.count()}).rename_axis("月")
    return _told(snapshot, pattern, [(str(pair[0]), str(pair[1])) for pair in table.attrs["terms"]])


def funnel(snapshot: Snapshot, ledger: str, steps: Sequence[str], place: str = "", *, until: str = "") -> Table:
    """Return how many matters reached each step, and what share of the first step and of the step before that is.

    :param steps: the columns with the days of the steps, in order.
    :param place: a unit by code or name; the district by default.
    :return: by the title of the step: 件数, 占首步, 占上一步 (in per cent).
    :raises InputError: there is no such ledger, column, place or month.

    >>> funnel(snapshot, "decisions", ["提议日期", "决议日期", "决议公开日期"])["件数"].is_monotonic_decreasing
    True
    """
    declared = snapshot.declared(ledger)
    end = pd.Timestamp(snapshot.month(until).end)
    unit = snapshot.place(place)
    rows = _units_of(snapshot, declared, "district", end)
    if unit.level != "district":
        rows = rows[rows[UNIT_COLUMNS[unit.level]] == unit.code]
    columns = [_day(declared, step) for step in steps]
    counts = pd.Series({column.title: int((rows[column.name] <= end).sum()) for column in columns}, dtype="int64")
    before = counts.shift(1).astype("Float64")
    first = counts.iloc[0] if len(counts) and counts.iloc[0] else np.nan
    shares = {"件数": counts, "占首步": counts / first * 100, "占上一步": counts / before.where(before > 0) * 100}
    table = pd.DataFrame(shares).astype({"占首步": "float64", "占上一步": "float64"}).rename_axis("步骤")
    return _told(snapshot, table, [("件数", f"{declared.title}：该步骤日期不晚于期末的件数")])


def ageing(
    snapshot: Snapshot,
    ledger: str,
    done: str,
    *,
    by: Level = "township",
    until: str = "",
    bounds: Sequence[int] = AGES,
) -> Table:
    """Return how long the matters that are open at the month's end have been open, a row per unit.

    :param done: the column with the day a matter was done.
    :param bounds: the last days of the age groups.
    :return: by unit name and 合计: a column per age group and 合计; NA for a unit that has not reported the ledger.
    :raises InputError: there is no such ledger, column, level or month, or the bounds do not rise.

    >>> ageing(snapshot, "矛盾纠纷", "化解日期").loc["合计", "合计"].item()
    21
    """
    declared = snapshot.declared(ledger)
    end = pd.Timestamp(snapshot.month(until).end)
    if list(bounds) != sorted(set(bounds)) or not bounds or bounds[0] < 0:
        what = _("The bounds of the ages do not rise")
        raise InputError(Problem(Where("bounds", item=str(bounds)), what, _("Write days such as 30, 60, 90")))
    rows = _units_of(snapshot, declared, by, end)
    day = rows[_day(declared, done).name]
    rows = rows[day.isna() | (day > end)]
    starts = [0, *(bound + 1 for bound in bounds)]
    labels = [f"{start}—{bound}天" for start, bound in zip(starts, bounds, strict=False)] + [f"{bounds[-1]}天以上"]
    ages = pd.cut((end - rows[declared.dated]).dt.days, [-1, *bounds, np.inf], labels=labels)
    counts = pd.crosstab(rows[UNIT], ages.astype("str")).reindex(columns=labels, fill_value=0)
    table = _every_unit(snapshot, declared, by, counts, end)
    table[TOTAL] = table.sum(axis=1, min_count=1)
    table.loc[TOTAL] = table.sum()
    return _told(snapshot, table, [("期末", f"{end:%Y-%m-%d}")])


def appraisal_points(snapshot: Snapshot, *, until: str = "") -> Table:
    """Return each village's points by item of the appraisal, counted from January to the month's end.

    The table in force is used; where none is supplied, the illustrative one, which the terms then say.

    :return: by village: a column per item, and 总分.

    >>> points = appraisal_points(snapshot)
    >>> points.shape[0], points.columns[-1]
    (104, '总分')
    """
    year = snapshot.month(until).year_to_date()
    table = appraisal_table(known_setting("考评表", year.end) or ILLUSTRATIVE, year.end)
    reported = snapshot.reported
    points = appraise(
        table,
        snapshot.frames,
        snapshot.places,
        year,
        unknown=lambda measure, unit: not reported.of(measure, unit, year).complete,
    ).set_index("place")
    named = {str(item.number): f"{item.number}.{item.title}" for item in table.items}
    points = points[[*named, "total"]].rename(columns={**named, "total": "总分"}).astype("float64")
    points.index = points.index.map(snapshot.places.names).rename(UNIT)
    said = "示意考评表，官方文本待填，不得作为考评结果" if table.illustrative else "生效的考评表"
    return _told(snapshot, points, [("考评表", said)])


def _units_of(snapshot: Snapshot, ledger: Ledger, by: Level, end: pd.Timestamp) -> pd.DataFrame:
    """Return a ledger's rows dated by a day, with the name of each row's unit of a level."""
    level = level_of(by)
    lowest = max(LEVELS.index(one) for one in ledger["place"].levels)
    if LEVELS.index(level) > lowest:
        raise InputError(not_counted_in(ledger.title, level, LEVELS[: lowest + 1]))
    rows = snapshot.frames[ledger.code]
    rows = rows[rows[ledger.dated] <= end]
    if level == "district":
        return rows.assign(**{UNIT: snapshot.places.district.name})
    units = {place.code: place for place in snapshot.places}
    named = {code: unit.name if unit.level == level else f"{unit.name}本级" for code, unit in units.items()}
    return rows.assign(**{UNIT: rows[UNIT_COLUMNS[level]].map(named).astype("str")})


def _every_unit(snapshot: Snapshot, ledger: Ledger, by: Level, counts: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return counts by unit name for every unit of a level: NA where its township unit has not reported the ledger.

    Units above the level that have rows of their own come last.
    """
    rows = snapshot.frames[ledger.code]
    wrote = set(rows.loc[rows[ledger.dated] <= end, "township"])
    level = level_of(by)
    units = {unit.name: level == "district" or unit.township in wrote for unit in snapshot.places.at(level)}
    own = {str(name): True for name in counts.index if name not in units}
    known = pd.Series(units | own, dtype="bool")
    every = counts.reindex(known.index, fill_value=0).astype("Int64")
    return every.where(known, axis=0).rename_axis(index=UNIT, columns=None)


def _day(ledger: Ledger, name: str) -> Column:
    """Return the column of days that bears a code name or a title.

    :raises InputError: there is none; the repair gives the nearest or all of them.
    """
    days = {column.name: column for column in ledger.columns if column.kind == "date"}
    names = {code: (code, column.title, column.title.removesuffix("日期")) for code, column in days.items()}
    what = _("{ledger} has no column of days “{value}”").format(ledger=ledger.title, value=name)
    return find(name, days, names, what, "")


def _positive(name: str, number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        what = _("“{value}” is not a whole number from 1 up").format(value=number)
        raise InputError(Problem(Where(name, item=str(number)), what, _("Write a whole number such as 3")))
    return number


def _told(snapshot: Snapshot, frame: pd.DataFrame, terms: Sequence[tuple[str, str]]) -> Table:
    return Table(frame).about({}, terms=terms, origin=snapshot.provenance(), masks={})
