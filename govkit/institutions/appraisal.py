"""Appraisal of cadres on a 100-point scale (考评), prizes and performance pay (P).

The official table, its weights, the pay formula and the winners are not known (官方文本待填). Tables are data under
``data/rules/``; the illustrative one is marked as such. A table or setting that is not supplied has no default and is
an error to use.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import narwhals as nw
import pandas as pd

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.institutions.institution import Fact, Institution
from govkit.institutions.rulebook import NOT_SUPPLIED, Row, in_force, official_texts, rule_file, rule_rows, setting
from govkit.ledgers.declare import Ledger, Level, date, integer, narrative, number, place
from govkit.ledgers.indicator import Frames, Indicator, Measure
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places

WHOLE = 100
PRIZES = ("一等奖", "二等奖", "三等奖")
UNDECIDED = "并列待定"
ILLUSTRATIVE = "appraisal_illustrative"

SCORES = Ledger(
    code="appraisal_scores",
    title="考评评分台账",
    about="考评表中由人工填报的评分，一个单位一项一次一行；由指标计算的各项不填。",
    key=("place", "item_no", "scored_on"),
    dated="scored_on",
    columns=(
        place("被考评单位", ("township", "village")),
        integer("item_no", "考评项序号", minimum=1, maximum=999, note="考评表中的序号"),
        date("scored_on", "评分日期"),
        number("score", "得分", unit="分", maximum=WHOLE),
        narrative("basis", "评分依据"),
    ),
)

PAY_FORMULAS: dict[str, Callable[[Fraction, Fraction, Fraction], Fraction]] = {
    "按得分比例": lambda base, total, mean: base * total / WHOLE,
    "按平均分比例": lambda base, total, mean: base * total / mean,
}
"""Name in ``settings.csv`` (绩效报酬办法) → pay formula of the base, the total and the mean total."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a table.

    :ivar weight: the most points it gives.
    :ivar evidence: the code of the indicator that gives it; empty where points are entered by hand.
    :ivar deduction: points lost per case.
    :ivar full_without_case: whether no case gives full points.
    """

    area: str
    number: int
    title: str
    weight: Fraction
    evidence: str = ""
    deduction: Fraction | None = None
    full_without_case: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A checked 100-point table."""

    name: str
    items: tuple[Item, ...]
    illustrative: bool

    def reweighted(self, weights: Mapping[int, float]) -> "Table":
        """Return the table with other weights for some items.

        :param weights: item number → weight.
        :raises InputError: the weights do not add up to 100.
        """
        items = tuple(replace(item, weight=Fraction(str(weights.get(item.number, item.weight)))) for item in self.items)
        refuse(list(_weights_not_whole(self.name, items)))
        return replace(self, items=items)


def appraisal_table(name: str, on: dt.date, measures: Mapping[str, Measure] | None = None) -> Table:
    """Return the table in force on a day.

    :param name: the name of its rule file, e.g. ``appraisal_illustrative``.
    :param measures: the indicators that may be evidence; all by default.
    :raises InputError: the table is not supplied, its weights do not add up to 100, its evidence is no indicator, or an
        indicator that is no percentage has no deduction.
    """
    rows = [row for row in rule_rows(name) if in_force(row, on)]
    if not rows or any(row["text"] == NOT_SUPPLIED for row in rows):
        raise InputError(
            Problem(
                Where(rule_file(name)),
                _("The appraisal table for {day} is not supplied ({missing})").format(day=on, missing=NOT_SUPPLIED),
                _("Write the official items and weights into this file, or choose the illustrative table"),
            )
        )
    items = tuple(_item(name, row) for row in rows)
    refuse([*_weights_not_whole(name, items), *_unknown_evidence(name, items, measures or _indicators())])
    return Table(name, items, any(row["mark"] == "示意" for row in rows))


def appraise(
    table: Table,
    frames: Frames,
    places: Places,
    period: Period,
    *,
    scope: Place | None = None,
    level: Level = "village",
    unknown: Callable[[Measure, Place], bool] | None = None,
) -> pd.DataFrame:
    """Return the points of each unit.

    Points are computed as exact fractions; the total is rounded half up to two decimals.

    :param scope: the place whose units are appraised; the district by default.
    :param level: the level of the units.
    :param unknown: takes an indicator and a unit, and returns whether the unit has not reported what it is counted
        from; the item is then missing, whatever the count.
    :return: a row per unit: ``place``, a column per item number, ``total`` (NaN where an item is missing) and
        ``missing`` (the numbers of missing items).
    :raises InputError: a score entered by hand is above its item's weight.
    """
    within = scope or places.district
    units = places.at(level, within.code)
    columns: dict[int, dict[str, Fraction | None]] = {}
    for item in table.items:
        if not item.evidence:
            columns[item.number] = _entered(item, frames, period)
            continue
        measure = _indicators()[item.evidence]
        values = measure.by_unit(frames, places, within, period, level)
        silent = [unit.code for unit in units if unknown is not None and unknown(measure, unit)]
        columns[item.number] = _by_indicator(item, values) | dict.fromkeys(silent)
    frame = pd.DataFrame({"place": [unit.code for unit in units]})
    for number_, points in columns.items():
        frame[str(number_)] = [_plain(points.get(unit.code)) for unit in units]
    frame["total"] = [_total([points.get(unit.code) for points in columns.values()]) for unit in units]
    frame["missing"] = [[n for n, points in columns.items() if points.get(unit.code) is None] for unit in units]
    return frame


def ranking(appraised: pd.DataFrame) -> pd.DataFrame:
    """Return the units with a total, best first: ``place``, ``total``, ``rank``, ``tied``.

    Equal totals share the better rank, and the next ranks are skipped.
    """
    frame = appraised.loc[appraised["total"].notna(), ["place", "total"]].copy()
    frame["rank"] = frame["total"].rank(method="min", ascending=False).astype(int)
    frame["tied"] = frame.duplicated("total", keep=False)
    return frame.sort_values(["rank", "place"], ignore_index=True)


def prize_places(on: dt.date) -> dict[str, int]:
    """Return prize → number of places by the settings in force.

    :raises InputError: a setting is not supplied, or is no whole number.
    """
    return {prize: _whole_number(f"{prize}名额", setting(f"{prize}名额", on)) for prize in PRIZES}


def prize_amounts(on: dt.date) -> dict[str, int]:
    """Return prize → amount in yuan (P3)."""
    return {row["prize"]: int(row["amount"]) for row in rule_rows("prizes") if in_force(row, on)}


def awarded(ranked: pd.DataFrame, cutoffs: Mapping[str, int]) -> pd.DataFrame:
    """Return a ranking with the column ``prize``.

    Equal units whose ranks cross a cut-off are 并列待定, since the office decides between them.

    :param cutoffs: prize → number of places, the best prize first.
    """
    tiers = [prize for prize, count in cutoffs.items() for _ in range(count)]
    prizes = [_prize(rank, int((ranked["rank"] == rank).sum()), tiers) for rank in ranked["rank"]]
    return ranked.assign(prize=prizes)


def performance_pay(base: float, total: float, mean: float, on: dt.date) -> float:
    """Return performance pay in yuan by the formula in the settings, rounded to two decimals.

    :raises InputError: no formula is supplied, or it is unknown.
    """
    formula = setting("绩效报酬办法", on)
    if formula not in PAY_FORMULAS:
        raise InputError(
            Problem(
                Where(rule_file("settings"), "绩效报酬办法"),
                _("“{value}” is not a pay formula of the kit").format(value=formula),
                _("Choose one of: {choices}").format(choices="、".join(PAY_FORMULAS)),
            )
        )
    return round(float(PAY_FORMULAS[formula](*(Fraction(str(value)) for value in (base, total, mean)))), 2)


def _item(name: str, row: Row) -> Item:
    numbers = {column: _fraction(name, row, column) for column in ("weight", "deduction")}
    return Item(
        row["group"],
        int(row["number"]),
        row["text"],
        numbers["weight"] or Fraction(),
        row["evidence"],
        numbers["deduction"],
        row["without_case"] == "满分",
    )


def _fraction(name: str, row: Row, column: str) -> Fraction | None:
    try:
        value = Fraction(row[column]) if row[column] else None
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if value is not None and value < 0:
        raise InputError(
            Problem(
                Where(rule_file(name), item=row["number"]),
                _("“{value}” in {column} is no number from 0 up").format(value=row[column], column=column),
                _("Write a number such as 25"),
            )
        )
    return value


def _weights_not_whole(name: str, items: tuple[Item, ...]) -> Iterator[Problem]:
    total = sum((item.weight for item in items), Fraction())
    if total != WHOLE:
        yield Problem(
            Where(rule_file(name), "weight"),
            _("The weights add up to {total}, not to 100").format(total=float(total)),
            _("Correct the weights so that they add up to 100"),
        )


def _unknown_evidence(name: str, items: tuple[Item, ...], measures: Mapping[str, Measure]) -> Iterator[Problem]:
    for item in items:
        if not item.evidence:
            continue
        measure = measures.get(item.evidence)
        if measure is None:
            yield Problem(
                Where(rule_file(name), "evidence", str(item.number)),
                _("There is no indicator “{value}”").format(value=item.evidence),
                _("Write the code of an indicator, or leave it blank for a score entered by hand"),
            )
        elif measure.unit != "%" and item.deduction is None:
            yield Problem(
                Where(rule_file(name), "deduction", str(item.number)),
                _("“{value}” is no percentage, so points cannot follow from it alone").format(value=measure.label),
                _("Write how many points each case costs"),
            )


def _indicators() -> Mapping[str, Measure]:
    from govkit.institutions import indicators

    return indicators()


def _by_indicator(item: Item, values: Mapping[str, float | None]) -> dict[str, Fraction | None]:
    return {code: _scored(item, value) for code, value in values.items()}


def _scored(item: Item, value: float | None) -> Fraction | None:
    if value is None:
        return item.weight if item.full_without_case else None
    if item.deduction is not None:
        return max(Fraction(), item.weight - item.deduction * Fraction(value))
    return min(item.weight, item.weight * Fraction(value) / WHOLE)


def _entered(item: Item, frames: Frames, period: Period) -> dict[str, Fraction | None]:
    """Return place code → the last score entered for an item in the period.

    :raises InputError: a score is above the item's weight.
    """
    rows = frames[SCORES.code]
    within = (rows["scored_on"] >= pd.Timestamp(period.start)) & (rows["scored_on"] <= pd.Timestamp(period.end))
    rows = rows[within & (rows["item_no"] == item.number)].sort_values("scored_on")
    refuse(
        [
            Problem(
                Where(SCORES.title, code, str(item.number)),
                _("{score} is more than the item's weight of {weight}").format(score=score, weight=float(item.weight)),
                _("Correct the score in the ledger of scores"),
            )
            for code, score in zip(rows["place"], rows["score"], strict=True)
            if Fraction(str(score)) > item.weight
        ]
    )
    return {code: Fraction(str(score)) for code, score in zip(rows["place"], rows["score"], strict=True)}


def _total(points: list[Fraction | None]) -> float | None:
    if any(point is None for point in points):
        return None
    exact = sum((point for point in points if point is not None), Fraction())
    return int(exact * 100 + Fraction(1, 2)) / 100


def _plain(points: Fraction | None) -> float | None:
    return None if points is None else float(points)


def _prize(rank: int, equals: int, tiers: list[str]) -> str:
    reached = {tiers[at] if at < len(tiers) else "" for at in range(rank - 1, rank - 1 + equals)}
    return reached.pop() if len(reached) == 1 else UNDECIDED


def _whole_number(name: str, text_: str) -> int:
    if not text_.isdecimal():
        raise InputError(
            Problem(
                Where(rule_file("settings"), name),
                _("“{value}” is not a whole number").format(value=text_),
                _("Write how many units get the prize"),
            )
        )
    return int(text_)


APPRAISED = Indicator(
    code="units_scored",
    label="人工评分单位",
    unit="个",
    definition="评分日期在期内、有人工填报评分的单位数",
    ledger=SCORES,
    value=lambda: nw.col("place").n_unique(),
)


def _amount(prize: str) -> Fact:
    return lambda frames, places, period: prize_amounts(period.end).get(prize)


INSTITUTION = Institution(
    code="appraisal",
    title="考评奖励",
    ledgers=(SCORES,),
    indicators=(APPRAISED,),
    published={
        ("P1", ""): lambda *_: len(official_texts("appraisal_layers")),
        **{("P3", prize): _amount(prize) for prize in PRIZES},
    },
)
