"""Training of cadres (培训) and first secretaries in villages (驻村第一书记) (T1, T2, T6)."""

import narwhals as nw

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger, Level, choice, date, in_order, integer, person, phone, place, text
from govkit.ledgers.indicator import Indicator

CADRES = "乡村干部"
REPRESENTATIVES = "组长、党员和村民代表"
RESERVES = "村后备干部"
SENT_FROM_ABOVE = ("市级", "区级", "驻地单位")
SENT_BY = (*SENT_FROM_ABOVE, "乡镇")

_posted = date("posted_on", "驻村日期")
_trained = date("trained_on", "培训日期", required=False)

SESSIONS = Ledger(
    code="training_sessions",
    title="培训台账",
    about="区、乡镇（街道）办的培训，一期一行；人次按期累计，同一人参加几期计几人次。",
    key=("session_id",),
    dated="held_on",
    columns=(
        text("session_id", "培训编号"),
        place("主办单位", ("district", "township")),
        text("subject", "培训内容"),
        choice("audience", "培训对象", (CADRES, REPRESENTATIVES, "驻村第一书记", RESERVES, "其他")),
        choice("form", "培训方式", ("领导授课", "典型村介绍", "案例研讨", "其他")),
        date("held_on", "培训日期"),
        integer("attendances", "参训人次", unit="人次", minimum=1),
    ),
)

SECRETARIES = Ledger(
    code="first_secretaries",
    title="驻村第一书记台账",
    about="驻村第一书记，一人一行。",
    key=("secretary_id",),
    dated="posted_on",
    standing=True,
    columns=(
        text("secretary_id", "人员编号"),
        place(),
        person("name", "姓名"),
        phone(),
        choice("sent_by", "选派来源", SENT_BY, synonyms={"街道": "乡镇", "市": "市级", "区": "区级"}),
        text("sending_body", "选派单位"),
        _posted,
        _trained,
    ),
    rules=(in_order(_posted, _trained),),
)


def _attended(code: str, label: str, audience: str, level: Level, organiser: str) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="人次",
        definition=f"培训日期在期内、{organiser}主办、培训对象为{audience}的参训人次",
        ledger=SESSIONS,
        level=level,
        value=lambda: nw.col("attendances").sum(),
        rows=lambda period: nw.col("audience") == audience,
    )


def _secretaries_trained(code: str, label: str, senders: tuple[str, ...]) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="人",
        definition=f"培训日期在期内、由{'、'.join(senders)}选派的驻村第一书记人数",
        ledger=SECRETARIES,
        dated="trained_on",
        rows=lambda period: nw.col("sent_by").is_in(list(senders)),
    )


DISTRICT_TRAINING = _attended("T1", "区级培训乡村干部", CADRES, "district", "区")
TOWNSHIP_TRAINING = _attended("T2", "乡镇培训组长、党员和村民代表", REPRESENTATIVES, "township", "乡镇（街道）")
SESSION_COUNT = Indicator(
    code="training_sessions", label="举办培训", unit="期", definition="培训日期在期内的培训期数", ledger=SESSIONS
)
ATTENDANCES = Indicator(
    code="training_attendances",
    label="参训",
    unit="人次",
    definition="培训日期在期内的参训人次，各级各类培训合计",
    ledger=SESSIONS,
    value=lambda: nw.col("attendances").sum(),
)
SECRETARY_COUNT = Indicator(
    code="first_secretaries",
    label="驻村第一书记",
    unit="人",
    definition="期末在册驻村第一书记人数",
    ledger=SECRETARIES,
    span="stock",
)
TRAINED_FROM_ABOVE = _secretaries_trained(
    "secretaries_trained_above", "市区和驻地单位选派第一书记培训", SENT_FROM_ABOVE
)
TRAINED_FROM_TOWNSHIPS = _secretaries_trained("secretaries_trained_township", "乡镇选派第一书记培训", ("乡镇",))

INSTITUTION = Institution(
    code="training",
    title="教育培训",
    ledgers=(SESSIONS, SECRETARIES),
    indicators=(
        DISTRICT_TRAINING,
        TOWNSHIP_TRAINING,
        SESSION_COUNT,
        ATTENDANCES,
        SECRETARY_COUNT,
        TRAINED_FROM_ABOVE,
        TRAINED_FROM_TOWNSHIPS,
    ),
    published={
        ("T6", "市区和驻地单位选派"): TRAINED_FROM_ABOVE,
        ("T6", "乡镇选派"): TRAINED_FROM_TOWNSHIPS,
    },
)
