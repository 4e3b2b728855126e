"""Households helped by village secretaries and heads (结对帮扶到户), and the measures each received (H6–H11).

Households by measure overlap, since a household may receive several, and are never added up.
"""

from collections.abc import Callable, Iterator

import narwhals as nw
import pandas as pd

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.institutions.institution import Institution, against
from govkit.ledgers.declare import Ledger, blank_unless, choice, date, integer, needed_when, number, person, place, text
from govkit.ledgers.indicator import Frames, Indicator, Ratio, known_by
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

PROJECTS = ("养殖项目", "种植项目", "运输项目")
JOB = "安排就业"
RELIEF = "一般救助"
MEASURES = (*PROJECTS, JOB, RELIEF)

_persons = integer("persons", "就业人数", unit="人", required=False, minimum=1)

HOUSEHOLDS = Ledger(
    code="assisted_households",
    title="帮扶户台账",
    about="村党支部书记、村委会主任结对帮扶的户，一户一行。",
    key=("household_id",),
    dated="paired_on",
    columns=(
        text("household_id", "户编号"),
        place(),
        person("head", "户主", public=False),
        choice(
            "helper", "帮扶人", ("村党支部书记", "村委会主任"), synonyms={"书记": "村党支部书记", "村长": "村委会主任"}
        ),
        choice("cause", "致困原因", ("文化程度低", "无收入来源", "疾病或残疾"), public=False),
        date("paired_on", "结对日期"),
        number("income_rise", "月增收", unit="元", required=False, note="该户月收入比帮扶前增加；未核算的不填"),
        date("assessed_on", "核算日期", required=False, note="月增收核算的日期；落实措施以后才核算"),
    ),
)

GIVEN = Ledger(
    code="assistance_measures",
    title="帮扶措施台账",
    about="帮扶户得到的措施，一户一项措施一行；同一户同一项措施只填一行，分次的填合计。",
    key=("household_id", "measure"),
    dated="given_on",
    columns=(
        text("household_id", "户编号", refers_to=("assisted_households", "household_id")),
        place(),
        choice("measure", "帮扶措施", MEASURES, synonyms={"养殖": "养殖项目", "种植": "种植项目", "运输": "运输项目"}),
        date("given_on", "落实日期"),
        number("money", "帮扶资金", unit="元", required=False),
        _persons,
    ),
    rules=(
        needed_when(_persons, lambda f: f["measure"] == JOB, "帮扶措施为安排就业"),
        blank_unless(_persons, lambda f: f["measure"] == JOB, "帮扶措施不是安排就业"),
    ),
)


def households_by_measure(frame: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the number of households per measure given in the period, and last that of all households with a measure.

    :return: the columns ``measure`` and ``households``; rows overlap, so the last is not the sum of the others.
    """
    given = frame[(frame["given_on"] >= pd.Timestamp(period.start)) & (frame["given_on"] <= pd.Timestamp(period.end))]
    counts = [given.loc[given["measure"] == measure, "household_id"].nunique() for measure in MEASURES]
    return pd.DataFrame(
        {"measure": [*MEASURES, "至少一项（去重）"], "households": [*counts, given["household_id"].nunique()]}
    )


def _given(
    code: str, label: str, unit: str, definition: str, *, measures: tuple[str, ...], value: Callable[[], nw.Expr]
) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit=unit,
        definition=f"落实日期在期内、{definition}",
        ledger=GIVEN,
        value=value,
        rows=lambda period: nw.col("measure").is_in(list(measures)),
    )


HELPED = Indicator(code="H6", label="结对帮扶户", unit="户", definition="结对日期在期内的帮扶户数", ledger=HOUSEHOLDS)
MONEY = Indicator(
    code="H7",
    label="帮扶资金",
    unit="元",
    definition="落实日期在期内的各项帮扶措施资金合计",
    ledger=GIVEN,
    value=lambda: nw.col("money").sum(),
)
PROJECT_COUNT = _given(
    "H8", "帮扶项目", "个", "属养殖、种植、运输的帮扶项目数，一户一项计一个", measures=PROJECTS, value=nw.len
)
JOBS = _given("H9", "安排就业", "人", "安排就业的人数", measures=(JOB,), value=lambda: nw.col("persons").sum())
RELIEVED = _given(
    "H10",
    "一般救助",
    "户",
    "得到一般救助的户数；与帮扶项目有交叉，各类不得相加",
    measures=(RELIEF,),
    value=lambda: nw.col("household_id").n_unique(),
)
WITH_MEASURE = _given(
    "households_with_measures",
    "落实措施户",
    "户",
    "至少落实一项帮扶措施的户数，每户只计一次",
    measures=MEASURES,
    value=lambda: nw.col("household_id").n_unique(),
)


def _assessed(period: Period) -> nw.Expr:
    """Return the condition that a household's rise was assessed by the period's end, or on a day that is not given."""
    return ~nw.col("income_rise").is_null() & known_by("assessed_on", period)


_RISE = Indicator(
    code="income_rise_total",
    label="月增收合计",
    unit="元",
    definition="结对日期在期内、期末已核算月增收的帮扶户月增收合计",
    ledger=HOUSEHOLDS,
    rows=_assessed,
    value=lambda: nw.col("income_rise").sum(),
)
_MEASURED = Indicator(
    code="households_with_rise",
    label="已核算月增收户",
    unit="户",
    definition="结对日期在期内、期末已核算月增收的帮扶户数",
    ledger=HOUSEHOLDS,
    rows=_assessed,
)
RISE = Ratio(
    code="H11",
    label="户均月增收",
    unit="元",
    definition="已核算月增收的帮扶户的平均月增收；公开材料没有说明以哪些户为分母，这里以已核算的户为分母",
    numerator=_RISE,
    denominator=_MEASURED,
    decimals=0,
)


def _assessed_without_measure(frames: Frames, places: Places) -> Iterator[Problem]:
    """Yield a warning for households whose rise was assessed before any measure was given to them."""
    households, given = frames[HOUSEHOLDS.code], frames[GIVEN.code]
    if households.empty:
        return
    first = given.groupby("household_id")["given_on"].min().reindex(households["household_id"])
    first.index = households.index
    early = households["income_rise"].notna() & (first.isna() | (households["assessed_on"] < first))
    if early.any():
        yield against(
            HOUSEHOLDS.title,
            GIVEN.title,
            _("{count} households have a rise in income assessed before any measure was given: {examples}").format(
                count=int(early.sum()), examples="、".join(households.loc[early, "household_id"].head(3))
            ),
            _("Enter the measure, or clear the rise in income and its day"),
        )


INSTITUTION = Institution(
    code="assistance",
    title="结对帮扶到户",
    ledgers=(HOUSEHOLDS, GIVEN),
    indicators=(HELPED, MONEY, PROJECT_COUNT, JOBS, RELIEVED, WITH_MEASURE, _RISE, _MEASURED, RISE),
    contradictions=(_assessed_without_measure,),
)
