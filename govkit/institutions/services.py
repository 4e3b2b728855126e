"""Convenience services (便民服务): centres, items, agency work and visitors (C)."""

import narwhals as nw
import pandas as pd

from govkit.institutions.institution import Fact, Institution, Overdue, listed, month_and_day
from govkit.ledgers.declare import Ledger, choice, date, flag, in_order, integer, number, person, phone, place, text
from govkit.ledgers.indicator import Frames, Indicator, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

_opened = date("opened_on", "启用日期")
_online = date("online_on", "上线日期", required=False, note="接入区、乡网上办事平台的日期")
_applied = date("applied_on", "受理日期")
_finished = date("finished_on", "办结日期", required=False)

CENTRES = Ledger(
    code="service_centres",
    title="便民服务中心台账",
    synonyms=("党群服务中心", "党员群众服务中心", "活动场所", "服务中心"),
    about="区、乡镇（街道）、村的便民服务中心和活动场所，一处一行。",
    key=("centre_id",),
    dated="opened_on",
    standing=True,
    columns=(
        text("centre_id", "中心编号"),
        place("所属单位", ("district", "township", "village")),
        text("name", "中心名称"),
        choice("works", "建设方式", ("新建", "改建", "修缮", "原有")),
        _opened,
        number("area", "建筑面积", unit="㎡", required=False),
        number("cost", "投资", unit="万元", required=False),
        _online,
    ),
    rules=(in_order(_opened, _online),),
)

ITEMS = Ledger(
    code="service_items",
    title="服务事项台账",
    about="进驻服务中心的办理事项，一项一行。",
    key=("item_id",),
    dated="listed_on",
    standing=True,
    columns=(
        text("item_id", "事项编号"),
        place("所属单位", ("district", "township", "village")),
        text("name", "事项名称"),
        text("department", "进驻部门"),
        flag("one_stop", "一站式办理"),
        date("listed_on", "公布日期"),
    ),
)

VISITS = Ledger(
    code="service_visits",
    title="窗口接待台账",
    about="区、乡镇（街道）服务中心每月接待人次，一处一月一行。",
    key=("place", "counted_on"),
    dated="counted_on",
    columns=(
        place("所属单位", ("district", "township")),
        date("counted_on", "统计日期", note="填当月最后一天"),
        integer("open_days", "开放天数", unit="天", minimum=1, maximum=31),
        integer("visitors", "接待人次", unit="人次"),
    ),
)

AGENCY = Ledger(
    code="agency_services",
    title="代办服务台账",
    synonyms=("代办帮办", "代办"),
    about="村级便民服务点全程代办帮办的事项，一件一行。",
    key=("service_id",),
    dated="applied_on",
    columns=(
        text("service_id", "代办编号"),
        place(),
        person("applicant", "申请人"),
        phone(),
        text("matter", "代办事项"),
        person("agent", "代办员"),
        _applied,
        date("due_on", "承诺办结日期"),
        _finished,
    ),
    rules=(in_order(_applied, _finished), in_order(_applied, date("due_on", "承诺办结日期"))),
)

AGENCY_DONE = Indicator(
    code="C9",
    label="代办服务办结",
    unit="件",
    definition="办结日期在期内的代办服务件数",
    ledger=AGENCY,
    dated="finished_on",
)
AGENCY_TAKEN = Indicator(
    code="agency_taken", label="代办服务受理", unit="件", definition="受理日期在期内的代办服务件数", ledger=AGENCY
)
AGENCY_ON_TIME = Indicator(
    code="agency_on_time",
    label="按时办结",
    unit="件",
    definition="办结日期在期内、且不晚于承诺办结日期的代办服务件数",
    ledger=AGENCY,
    dated="finished_on",
    rows=lambda period: nw.col("finished_on") <= nw.col("due_on"),
)
ON_TIME_RATE = Ratio(
    code="agency_on_time_rate",
    label="按时办结率",
    synonyms=("代办按时办结率",),
    unit="%",
    definition="按时办结件数占办结件数的百分比",
    numerator=AGENCY_ON_TIME,
    denominator=AGENCY_DONE,
)
VISITORS = Indicator(
    code="visitors",
    label="窗口接待",
    synonyms=("接待人次", "来访人次"),
    unit="人次",
    definition="期内区、乡镇（街道）服务中心接待人次",
    ledger=VISITS,
    value=lambda: nw.col("visitors").sum(),
)
ONE_STOP_ITEMS = Indicator(
    code="C4",
    label="一站式办理事项",
    unit="项",
    definition="期末公布为一站式办理的服务事项数",
    ledger=ITEMS,
    span="stock",
    rows=lambda period: nw.col("one_stop"),
)
DEPARTMENTS = Indicator(
    code="C5",
    label="进驻部门",
    unit="个",
    definition="期末有一站式办理事项的部门数",
    ledger=ITEMS,
    span="stock",
    rows=lambda period: nw.col("one_stop"),
    value=lambda: nw.col("department").n_unique(),
)


def _visitors_a_day(frames: Frames, places: Places, period: Period) -> object:
    """Return visitors a day over all district and township centres together, in the last month of the period.

    This is the widest reading of the published figure (C8), whose centres are not stated.
    """
    rows = frames["service_visits"]
    month = rows[rows["counted_on"].dt.strftime("%Y-%m") == period.code]
    return float((month["visitors"] / month["open_days"]).sum()) if len(month) else None


def _district_centre(column: str) -> Fact:
    def fact(frames: Frames, places: Places, period: Period) -> object:
        rows = frames["service_centres"]
        rows = rows[rows["place"] == places.district.code]
        if rows.empty or pd.isna(rows.iloc[0][column]):
            return None
        value = rows.iloc[0][column]
        return month_and_day(value) if isinstance(value, pd.Timestamp) else float(value)

    return fact


def _linked_on(frames: Frames, places: Places, period: Period) -> object:
    """Return the day from which the district's and all township centres were on the platform."""
    rows = frames["service_centres"]
    codes = {places.district.code, *(place.code for place in places.at("township"))}
    rows = rows[rows["place"].isin(codes) & rows["online_on"].notna()]
    if set(rows["place"]) != codes:
        return None
    return month_and_day(rows["online_on"].max())


INSTITUTION = Institution(
    code="services",
    title="便民服务",
    ledgers=(CENTRES, ITEMS, VISITS, AGENCY),
    indicators=(
        AGENCY_DONE,
        AGENCY_TAKEN,
        AGENCY_ON_TIME,
        ON_TIME_RATE,
        VISITORS,
        ONE_STOP_ITEMS,
        DEPARTMENTS,
    ),
    published={
        ("C1", "区三个一"): listed("service_rules", "区三个一"),
        ("C1", "乡镇三个统一"): listed("service_rules", "乡镇三个统一"),
        ("C1", "村五个一"): listed("service_rules", "村五个一"),
        ("C2", ""): _district_centre("opened_on"),
        ("C3", "投资"): _district_centre("cost"),
        ("C3", "面积"): _district_centre("area"),
        ("C6", ""): _linked_on,
        ("C8", ""): _visitors_a_day,
    },
    overdue=(
        Overdue(
            label="代办服务",
            ledger=AGENCY,
            done="finished_on",
            due=lambda f: f["due_on"],
            subject=lambda f: f["matter"],
            rule="超过承诺办结日期",
        ),
    ),
)
