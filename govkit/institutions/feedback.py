"""Feedback channels (反馈渠道) and what people suggest: received, assigned by level, answered, closed (销号) (I)."""

import narwhals as nw
import pandas as pd

from govkit.institutions.institution import Institution, Overdue, above, open_at
from govkit.ledgers.declare import Ledger, choice, date, in_order, narrative, needed_when, person, phone, place, text
from govkit.ledgers.indicator import Indicator, Ratio, done_by, not_done_by
from govkit.ledgers.period import Period

LEVELS = ("区", "乡镇", "村")
AGES = (7, 30, 90)
"""Upper limits in days of the ages that open suggestions are grouped by."""

_received = date("received_on", "收到日期")
_assigned = date("assigned_on", "交办日期", required=False)
_level = choice(
    "assigned_level", "交办层级", LEVELS, required=False, synonyms={"街道": "乡镇", "区级": "区", "村级": "村"}
)
_due = date("due_on", "承诺答复日期", required=False)
_answered = date("answered_on", "答复日期", required=False)
_closed = date("closed_on", "销号日期", required=False)

CHANNELS = Ledger(
    code="feedback_channels",
    title="反馈渠道台账",
    about="收集意见建议的渠道，一个一行。",
    key=("channel_id",),
    dated="opened_on",
    standing=True,
    columns=(
        text("channel_id", "渠道编号"),
        place("主办单位", ("district", "township", "village")),
        text("name", "渠道名称"),
        date("opened_on", "开通日期"),
    ),
)

SUGGESTIONS = Ledger(
    code="suggestions",
    title="意见建议台账",
    about="群众意见建议，一条一行：收到、按层级交办、答复、销号。",
    key=("suggestion_id",),
    dated="received_on",
    columns=(
        text("suggestion_id", "建议编号"),
        place("承办单位", ("district", "township", "village")),
        text("channel_id", "渠道编号", refers_to=("feedback_channels", "channel_id")),
        choice("topic", "建议类别", ("民主决策", "便民服务", "矛盾调解", "党风政风", "基础设施", "民生保障", "其他")),
        person("sender", "建议人", required=False, public=False),
        phone(),
        narrative("summary", "建议内容"),
        _received,
        _level,
        _assigned,
        _due,
        _answered,
        _closed,
    ),
    rules=(
        in_order(_received, _assigned),
        in_order(_assigned, _due),
        in_order(_assigned, _answered),
        in_order(_answered, _closed),
        needed_when(_level, lambda f: f["assigned_on"].notna(), "交办日期已填"),
        needed_when(_assigned, lambda f: f["answered_on"].notna(), "答复日期已填"),
        needed_when(_answered, lambda f: f["closed_on"].notna(), "销号日期已填"),
    ),
)


def open_by_age(frame: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the number of suggestions open at the period's end by age: the columns ``age`` and ``count``."""
    end = pd.Timestamp(period.end)
    still_open = frame[(frame["received_on"] <= end) & open_at(frame["closed_on"], period.end)]
    days = (end - still_open["received_on"]).dt.days
    labels = [f"{low + 1}至{high}天" if low else f"{high}天以内" for low, high in zip((0, *AGES), AGES, strict=False)]
    groups = pd.cut(days, [-1, *AGES, float("inf")], labels=[*labels, f"{AGES[-1]}天以上"])
    counts = groups.value_counts(sort=False)
    return pd.DataFrame({"age": list(counts.index), "count": [int(count) for count in counts]})


CHANNEL_COUNT = Indicator(
    code="I1", label="反馈渠道", unit="个", definition="期末已开通的反馈渠道数", ledger=CHANNELS, span="stock"
)
RECEIVED = Indicator(
    code="suggestions_received",
    label="收到意见建议",
    unit="条",
    definition="收到日期在期内的意见建议条数",
    ledger=SUGGESTIONS,
)
HANDLED = Indicator(
    code="suggestions_handled",
    label="办理意见建议",
    unit="条",
    definition="收到日期在期内、且期末前已销号的意见建议条数",
    ledger=SUGGESTIONS,
    rows=lambda period: done_by("closed_on", period),
)
HANDLED_RATE = Ratio(
    code="suggestions_handled_rate",
    label="办理率",
    synonyms=("意见建议办理率",),
    unit="%",
    definition="本年一月一日起到期末收到的意见建议中，期末前已销号的百分比",
    numerator=HANDLED,
    denominator=RECEIVED,
    from_january=True,
)
CLOSED = Indicator(
    code="suggestions_closed",
    label="当期销号",
    unit="条",
    definition="销号日期在期内的意见建议条数，不论何时收到",
    ledger=SUGGESTIONS,
    dated="closed_on",
)
OPEN = Indicator(
    code="suggestions_open",
    label="期末未销号",
    unit="条",
    definition="期末前收到、期末尚未销号的意见建议条数",
    ledger=SUGGESTIONS,
    span="stock",
    rows=lambda period: not_done_by("closed_on", period),
    cumulative=False,
    lower_is_better=True,
)
ASSIGNED = Indicator(
    code="suggestions_assigned",
    label="交办意见建议",
    unit="条",
    definition="交办日期在期内的意见建议条数",
    ledger=SUGGESTIONS,
    dated="assigned_on",
    rows=lambda period: ~nw.col("assigned_level").is_null(),
)

INSTITUTION = Institution(
    code="feedback",
    title="意见建议",
    ledgers=(CHANNELS, SUGGESTIONS),
    indicators=(CHANNEL_COUNT, RECEIVED, ASSIGNED, HANDLED, HANDLED_RATE, CLOSED, OPEN),
    published={("I2", "收到"): RECEIVED, ("I2", "办理"): HANDLED},
    overdue=(
        Overdue(
            label="意见建议",
            ledger=SUGGESTIONS,
            done="answered_on",
            due=lambda f: f["due_on"],
            subject=lambda f: f["topic"],
            rule="超过承诺答复日期",
        ),
    ),
    contradictions=(above(HANDLED, RECEIVED),),
)
