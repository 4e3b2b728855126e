"""Party branches (党支部) on service windows and industry chains (B1)."""

import narwhals as nw

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger, choice, date, flag, integer, place, text
from govkit.ledgers.indicator import Indicator

BRANCHES = Ledger(
    code="party_branches",
    title="党支部台账",
    about="在服务窗口和产业链上设立的党支部，一个一行。",
    key=("branch_id",),
    dated="founded_on",
    standing=True,
    columns=(
        text("branch_id", "支部编号"),
        place("所属单位", ("district", "township", "village")),
        text("name", "支部所在单位"),
        choice("setting", "设立位置", ("服务窗口", "产业链")),
        flag("named", "公开点名", note="公开材料点名的五个填“是”；总数没有公开"),
        integer("members", "党员人数", unit="人", required=False),
        date("founded_on", "成立日期"),
    ),
)

NAMED = Indicator(
    code="B1",
    label="公开点名的党支部",
    unit="个",
    definition="期末已成立、公开材料点名的党支部数；公开材料没有总数",
    ledger=BRANCHES,
    span="stock",
    rows=lambda period: nw.col("named"),
)
REGISTERED = Indicator(
    code="party_branches",
    label="在册党支部",
    unit="个",
    definition="期末在册的服务窗口和产业链党支部数",
    ledger=BRANCHES,
    span="stock",
)

INSTITUTION = Institution(
    code="branches",
    title="党支部设置",
    ledgers=(BRANCHES,),
    indicators=(NAMED, REGISTERED),
)
