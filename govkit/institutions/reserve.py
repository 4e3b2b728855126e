"""Reserve village cadres (村后备干部) and projects that make villages prosper (致富项目) (H4, H5)."""

import narwhals as nw

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger, choice, date, in_order, number, person, place, text
from govkit.ledgers.indicator import Indicator

_listed = date("listed_on", "列入日期")
_trained = date("trained_on", "培养日期", required=False)
_started = date("started_on", "启动日期")
_ended = date("ended_on", "终止日期", required=False)

CADRES = Ledger(
    code="reserve_cadres",
    title="村后备干部台账",
    about="村后备干部，一人一行。",
    key=("cadre_id",),
    dated="listed_on",
    standing=True,
    columns=(
        text("cadre_id", "人员编号"),
        place(),
        person("name", "姓名"),
        choice("post", "培养岗位", ("村党支部书记", "村委会主任", "村“两委”委员", "村监委成员")),
        _listed,
        _trained,
    ),
    rules=(in_order(_listed, _trained),),
)

PROJECTS = Ledger(
    code="income_projects",
    title="致富项目台账",
    synonyms=("增收项目台账",),
    about="村里开发的致富项目，一个一行；不是结对解决的难题，也不是帮扶到户的项目。",
    key=("project_id",),
    dated="started_on",
    standing=True,
    columns=(
        text("project_id", "项目编号"),
        place(),
        text("name", "项目名称"),
        choice("kind", "项目类型", ("种植", "养殖", "加工", "商贸物流", "旅游", "资产出租", "其他")),
        _started,
        number("income", "预计年增收", unit="万元", required=False),
        _ended,
    ),
    rules=(in_order(_started, _ended),),
)

TRAINED = Indicator(
    code="H4",
    label="培养村后备干部",
    synonyms=("培训村后备干部",),
    unit="人",
    definition="培养日期在期内的村后备干部人数",
    ledger=CADRES,
    dated="trained_on",
)
LISTED = Indicator(
    code="reserve_cadres",
    label="村后备干部",
    unit="人",
    definition="期末在册村后备干部人数",
    ledger=CADRES,
    span="stock",
)
PROJECT_COUNT = Indicator(
    code="H5",
    label="开发致富项目",
    synonyms=("发展增收项目",),
    unit="个",
    definition="启动日期在期内的致富项目数；公开数字是历年累计",
    ledger=PROJECTS,
)
INCOME = Indicator(
    code="income_projects_income",
    label="致富项目预计年增收",
    synonyms=("增收项目预计年增收",),
    unit="万元",
    definition="启动日期在期内的致富项目预计年增收合计",
    ledger=PROJECTS,
    value=lambda: nw.col("income").sum(),
    decimals=1,
)

INSTITUTION = Institution(
    code="reserve",
    title="后备干部与致富项目",
    ledgers=(CADRES, PROJECTS),
    indicators=(TRAINED, LISTED, PROJECT_COUNT, INCOME),
)
