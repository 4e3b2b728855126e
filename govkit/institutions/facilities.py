"""Facilities (活动场所、服务中心建设) and the model centre (F1, F2, F4–F6), counted from the ledger of service centres.

F4 is never divided by F5, since its money also pays for repairs, which F5 does not count.
"""

import narwhals as nw

from govkit.institutions.institution import Institution
from govkit.institutions.services import CENTRES
from govkit.ledgers.declare import Level
from govkit.ledgers.indicator import Indicator

MODEL = "示范中心"


def _works(code: str, label: str, level: Level, works: str) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="个",
        definition=f"启用日期在期内、建设方式为{works}的{label.removeprefix(works)}个数",
        ledger=CENTRES,
        level=level,
        rows=lambda period: nw.col("works") == works,
    )


BUILT_TOWNSHIP = _works("F1", "新建乡镇服务中心", "township", "新建")
REBUILT_TOWNSHIP = _works("F2", "改建乡镇服务中心", "township", "改建")
BUILT_VENUES = _works("F5", "新建村级活动场所", "village", "新建")
REPAIRED_VENUES = _works("venues_repaired", "修缮村级活动场所", "village", "修缮")
MONEY = Indicator(
    code="F4",
    label="村级活动场所投入",
    unit="万元",
    definition="启用日期在期内的村级活动场所新建、改建、修缮投资合计；含修缮，不得除以新建个数",
    ledger=CENTRES,
    level="village",
    value=lambda: nw.col("cost").sum(),
    rows=lambda period: nw.col("works") != "原有",
    decimals=1,
)
MODEL_CENTRES = Indicator(
    code="F6",
    label="示范中心",
    unit="个",
    definition="期末名称中标明示范中心的村级中心数；标准清单官方文本待填",
    ledger=CENTRES,
    level="village",
    span="stock",
    rows=lambda period: nw.col("name").str.contains(MODEL, literal=True),
)
VENUES = Indicator(
    code="venues",
    label="村级活动场所",
    unit="个",
    definition="期末在用的村级党群服务中心和活动场所数",
    ledger=CENTRES,
    level="village",
    span="stock",
)

INSTITUTION = Institution(
    code="facilities",
    title="阵地建设",
    ledgers=(),
    indicators=(BUILT_TOWNSHIP, REBUILT_TOWNSHIP, BUILT_VENUES, REPAIRED_VENUES, MONEY, MODEL_CENTRES, VENUES),
)
