"""Observation rounds (观摩评比) of service centres, and subsidies by reward (以奖代补) (V2–V5)."""

from fractions import Fraction

import narwhals as nw
import pandas as pd

from govkit.institutions.institution import Fact, Institution, month_and_day
from govkit.ledgers.declare import Ledger, Level, date, in_order, integer, number, place, text
from govkit.ledgers.indicator import Frames, Indicator
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

LEAST_TO_TRIM = 3
"""The fewest judges for whom the highest and the lowest score are dropped."""

_held = date("held_on", "观摩日期")
_meeting = date("meeting_on", "观摩推进会日期", required=False, note="召开了观摩推进会的填")

ROUNDS = Ledger(
    code="observation_rounds",
    title="观摩评比台账",
    about="区级观摩评比，一次一行。",
    key=("round_id",),
    dated="held_on",
    columns=(
        text("round_id", "观摩编号"),
        place("组织单位", ("district", "township")),
        text("title", "观摩主题"),
        _held,
        _meeting,
    ),
    rules=(in_order(_held, _meeting),),
)

SCORES = Ledger(
    code="observation_scores",
    title="观摩评分台账",
    about="每位评委给每个服务中心的分数，一个评委一个中心一行。",
    key=("round_id", "place", "judge_no"),
    dated="scored_on",
    columns=(
        text("round_id", "观摩编号", refers_to=("observation_rounds", "round_id")),
        place("被观摩单位", ("township", "village")),
        integer("judge_no", "评委序号", minimum=1, maximum=99),
        date("scored_on", "评分日期"),
        number("score", "评分", unit="分", maximum=100),
    ),
)

SUBSIDIES = Ledger(
    code="observation_subsidies",
    title="以奖代补台账",
    about="观摩评比后以奖代补的资金，一个单位一次一行。",
    key=("round_id", "place"),
    dated="granted_on",
    columns=(
        text("round_id", "观摩编号", refers_to=("observation_rounds", "round_id")),
        place("受奖单位", ("township", "village")),
        number("amount", "奖补金额", unit="元"),
        date("granted_on", "奖补日期"),
    ),
)


def trimmed_mean(scores: list[float]) -> Fraction:
    """Return the exact mean without one highest and one lowest score; of fewer than three scores the plain mean.

    >>> trimmed_mean([90.0, 80.0, 70.5, 10.0])
    Fraction(301, 4)
    """
    exact = sorted(Fraction(str(score)) for score in scores)
    kept = exact[1:-1] if len(exact) >= LEAST_TO_TRIM else exact
    return sum(kept, Fraction()) / len(kept)


def ranking(scores: pd.DataFrame) -> pd.DataFrame:
    """Return a round's ranking, best first: ``place``, ``judges``, ``score`` (trimmed mean), ``rank``, ``tied``.

    Equal scores, compared exactly, share the better rank, and the next ranks are skipped.

    :param scores: rows of the ledger of scores, of one round and one level.
    """
    given = scores.groupby("place")["score"].agg(list)
    means = given.map(trimmed_mean)
    frame = pd.DataFrame(
        {
            "place": means.index,
            "judges": given.map(len).to_numpy(),
            "score": [float(mean) for mean in means],
            "rank": [1 + sum(other > mean for other in means) for mean in means],
            "tied": [sum(other == mean for other in means) > 1 for mean in means],
        }
    )
    return frame.sort_values(["rank", "place"], ignore_index=True)


ROUND_COUNT = Indicator(
    code="V2", label="观摩评比", unit="次", definition="观摩日期在期内的观摩评比次数", ledger=ROUNDS
)


def _observed(code: str, label: str, level: Level) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="个",
        definition=f"评分日期在期内、被观摩的{label.removeprefix('观摩')}个数，观摩几次都计一个；公开数字是每次还是合计，原文不明",
        ledger=SCORES,
        level=level,
        value=lambda: nw.col("place").n_unique(),
    )


TOWNSHIP_CENTRES = _observed("centres_observed_township", "观摩乡镇中心", "township")
VILLAGE_CENTRES = _observed("centres_observed_village", "观摩村级中心", "village")
SUBSIDY = Indicator(
    code="observation_subsidy",
    label="以奖代补",
    unit="元",
    definition="奖补日期在期内的以奖代补金额",
    ledger=SUBSIDIES,
    value=lambda: nw.col("amount").sum(),
)


def _meeting_day(frames: Frames, places: Places, period: Period) -> object:
    days = frames["observation_rounds"]["meeting_on"].dropna()
    days = days[(days >= pd.Timestamp(period.start)) & (days <= pd.Timestamp(period.end))]
    return month_and_day(days.max()) if len(days) else None


def _subsidy_of(name: str) -> Fact:
    def fact(frames: Frames, places: Places, period: Period) -> object:
        return SUBSIDY(frames, places.find(name), period)

    return fact


INSTITUTION = Institution(
    code="observation",
    title="观摩评比",
    ledgers=(ROUNDS, SCORES, SUBSIDIES),
    indicators=(ROUND_COUNT, TOWNSHIP_CENTRES, VILLAGE_CENTRES, SUBSIDY),
    published={
        ("V3", "乡镇中心"): TOWNSHIP_CENTRES,
        ("V3", "村级中心"): VILLAGE_CENTRES,
        ("V4", ""): _meeting_day,
        **{("V5", name): _subsidy_of(name) for name in ("苏家作", "南张", "辛庄", "北西尚", "宁郭", "住郭庄")},
    },
)
