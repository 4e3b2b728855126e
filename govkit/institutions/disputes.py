"""Dispute prevention and mediation (矛盾纠纷预防化解) with the grids that carry it (G)."""

from collections.abc import Iterator

import narwhals as nw
import pandas as pd

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.institutions.institution import Fact, Institution, Overdue, above, against
from govkit.ledgers.declare import (
    Ledger,
    blank_unless,
    choice,
    date,
    in_order,
    integer,
    narrative,
    needed_when,
    person,
    phone,
    place,
    text,
)
from govkit.ledgers.indicator import Frames, Indicator, Ratio, done_by, not_done_by
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

ROLES = ("管理员", "协管员", "警务员", "监督员")
LADDER = ("网格", "村", "乡镇", "区")
KINDS = ("家庭纠纷", "邻里纠纷", "宅基地纠纷", "土地纠纷", "合同纠纷", "劳资纠纷", "征地拆迁", "其他")
MEDIATION_DAYS = 30
"""Days within which mediation generally ends: one month by the working rules on people's mediation (Art. 33)."""

_found = date("found_on", "排查日期")
_settled = date("settled_on", "化解日期", required=False)
_settled_level = choice("settled_level", "化解层级", LADDER, required=False)

GRIDS = Ledger(
    code="grids",
    title="网格台账",
    about="村级网格，一个网格一行。",
    key=("grid_id",),
    dated="established_on",
    standing=True,
    columns=(
        text("grid_id", "网格编号"),
        place(),
        text("name", "网格名称"),
        date("established_on", "划定日期"),
    ),
)

GRID_STAFF = Ledger(
    code="grid_staff",
    title="网格员台账",
    about="“一格四员”，一人一行。",
    key=("staff_id",),
    dated="appointed_on",
    standing=True,
    columns=(
        text("staff_id", "人员编号"),
        place(),
        text("grid_id", "网格编号", refers_to=("grids", "grid_id")),
        choice("role", "职责", ROLES),
        person("name", "姓名"),
        phone(),
        date("appointed_on", "任职日期"),
    ),
)

TEAMS = Ledger(
    code="mediation_teams",
    title="调解队伍台账",
    about="区、乡、村、网格四级调解队伍，一支一行。",
    key=("team_id",),
    dated="formed_on",
    standing=True,
    columns=(
        text("team_id", "队伍编号"),
        place("所属单位", ("district", "township", "village")),
        choice("tier", "层级", LADDER, synonyms={"乡镇(街道)": "乡镇", "示范区": "区"}),
        text("name", "队伍名称"),
        integer("members", "人数", unit="人", minimum=1),
        date("formed_on", "成立日期"),
    ),
)

DISPUTES = Ledger(
    code="disputes",
    title="矛盾纠纷台账",
    synonyms=("纠纷", "纠纷台账", "矛盾调解化解"),
    about="排查出的矛盾纠纷，一件一行。",
    key=("dispute_id",),
    dated="found_on",
    columns=(
        text("dispute_id", "纠纷编号"),
        place(),
        _found,
        choice("found_level", "排查层级", ("村", "乡镇", "区"), synonyms={"街道": "乡镇", "村级": "村", "区级": "区"}),
        choice("kind", "纠纷类型", KINDS),
        person("parties", "当事人", note="只填一名牵头当事人"),
        narrative("summary", "简要情况"),
        _settled,
        _settled_level,
        choice("agreement", "协议形式", ("口头协议", "书面协议"), required=False),
    ),
    rules=(
        in_order(_found, _settled),
        needed_when(_settled_level, lambda f: f["settled_on"].notna(), "化解日期已填"),
        blank_unless(_settled_level, lambda f: f["settled_on"].notna(), "化解日期未填"),
    ),
)

ATTEMPTS = Ledger(
    code="mediation_attempts",
    title="调解记录台账",
    about="每次调解的时间、层级和结果，一次一行。",
    key=("dispute_id", "attempt"),
    dated="held_on",
    columns=(
        text("dispute_id", "纠纷编号", refers_to=("disputes", "dispute_id")),
        place(),
        integer("attempt", "调解次序", minimum=1, maximum=50),
        date("held_on", "调解日期"),
        choice("level", "调解层级", LADDER),
        person("mediator", "调解员"),
        choice(
            "outcome",
            "调解结果",
            ("成功", "未成功"),
            synonyms={"调解成功": "成功", "失败": "未成功", "调解失败": "未成功"},
        ),
        text("case_name", "典型案例", required=False, note="列为典型案例的填案例名称，不写真实姓名"),
    ),
)

FOUND = Indicator(
    code="G4",
    label="排查矛盾纠纷",
    synonyms=("排查数", "纠纷排查数", "排查纠纷"),
    unit="件",
    definition="排查日期在期内的矛盾纠纷件数",
    ledger=DISPUTES,
)
RESOLVED = Indicator(
    code="G5",
    label="化解矛盾纠纷",
    synonyms=("化解数", "化解纠纷"),
    unit="件",
    definition="排查日期在期内、且期末前已化解的矛盾纠纷件数",
    ledger=DISPUTES,
    rows=lambda period: done_by("settled_on", period),
)
RESOLUTION_RATE = Ratio(
    code="G6",
    label="化解率",
    synonyms=("矛盾纠纷化解率", "纠纷化解率"),
    unit="%",
    definition="本年一月一日起到期末排查出的矛盾纠纷中，期末前已化解的百分比",
    numerator=RESOLVED,
    denominator=FOUND,
    from_january=True,
)
SETTLED = Indicator(
    code="disputes_settled",
    label="当期化解",
    unit="件",
    definition="化解日期在期内的矛盾纠纷件数，不论何时排查",
    ledger=DISPUTES,
    dated="settled_on",
)
SETTLED_IN_VILLAGE = Indicator(
    code="disputes_settled_in_village",
    label="村内化解",
    unit="件",
    definition="化解日期在期内、在网格或村一级化解的矛盾纠纷件数",
    ledger=DISPUTES,
    dated="settled_on",
    rows=lambda period: nw.col("settled_level").is_in(["网格", "村"]),
)
IN_VILLAGE_RATE = Ratio(
    code="disputes_in_village_rate",
    label="村内化解占比",
    unit="%",
    definition="当期化解的矛盾纠纷中，在网格或村一级化解的百分比",
    numerator=SETTLED_IN_VILLAGE,
    denominator=SETTLED,
)
OPEN = Indicator(
    code="disputes_open",
    label="期末未化解",
    unit="件",
    definition="期末前排查出、期末尚未化解的矛盾纠纷件数",
    ledger=DISPUTES,
    span="stock",
    rows=lambda period: not_done_by("settled_on", period),
    cumulative=False,
    lower_is_better=True,
)
MEDIATIONS = Indicator(
    code="mediations", label="开展调解", unit="次", definition="调解日期在期内的调解次数", ledger=ATTEMPTS
)
GRID_COUNT = Indicator(
    code="G2", label="村级网格", unit="个", definition="期末已划定的村级网格数", ledger=GRIDS, span="stock"
)
STAFF_COUNT = Indicator(
    code="G3", label="网格员", unit="名", definition="期末在册网格员人数", ledger=GRID_STAFF, span="stock"
)
ROLE_COUNT = Indicator(
    code="G1",
    label="网格员职责",
    unit="类",
    definition="期末在册网格员的职责种类数",
    ledger=GRID_STAFF,
    span="stock",
    value=lambda: nw.col("role").n_unique(),
)
TIER_COUNT = Indicator(
    code="G8",
    label="调解队伍层级",
    unit="级",
    definition="期末有调解队伍的层级数",
    ledger=TEAMS,
    span="stock",
    value=lambda: nw.col("tier").n_unique(),
)
TEAM_COUNT = Indicator(
    code="mediation_team_count",
    label="调解队伍",
    unit="支",
    definition="期末已成立的调解队伍数",
    ledger=TEAMS,
    span="stock",
)

CASE = "兄弟家庭纠纷"


def _case(measure: str) -> Fact:
    """Return a fact of the case G9: the failed mediations before it was settled, or the weeks it took."""

    def fact(frames: Frames, places: Places, period: Period) -> object:
        rows = frames["mediation_attempts"]
        rows = rows[rows["case_name"] == CASE].sort_values("attempt")
        if rows.empty or rows.iloc[-1]["outcome"] != "成功":
            return None
        if measure == "weeks":
            return (rows.iloc[-1]["held_on"] - rows.iloc[0]["held_on"]).days / 7
        return int((rows["outcome"] == "未成功").sum())

    return fact


def _too_few_staff(frames: Frames, places: Places) -> Iterator[Problem]:
    """Warn where there are fewer than four staff per grid, one for each role (G1, G2, G3)."""
    grids, staff = len(frames["grids"]), len(frames["grid_staff"])
    if staff < len(ROLES) * grids:
        yield against(
            GRID_STAFF.title,
            GRIDS.title,
            _("{staff} grid staff are fewer than four for each of the {grids} grids").format(staff=staff, grids=grids),
            _("Enter the missing grid staff, or correct the ledger of grids"),
        )


def _settled_after_failure(frames: Frames, places: Places) -> Iterator[Problem]:
    """Warn where disputes are settled though their last mediation failed."""
    last = frames["mediation_attempts"].sort_values("attempt").groupby("dispute_id")["outcome"].last()
    disputes = frames["disputes"]
    settled = disputes.loc[disputes["settled_on"].notna(), "dispute_id"]
    odd = settled[settled.map(last) == "未成功"]
    if len(odd):
        yield against(
            DISPUTES.title,
            ATTEMPTS.title,
            _("{count} disputes are settled though their last mediation failed, such as {examples}").format(
                count=len(odd), examples="、".join(odd.head(3))
            ),
            _("Enter the mediation that settled them, or correct the day of settlement"),
        )


INSTITUTION = Institution(
    code="disputes",
    title="矛盾纠纷预防化解",
    ledgers=(GRIDS, GRID_STAFF, TEAMS, DISPUTES, ATTEMPTS),
    indicators=(
        FOUND,
        RESOLVED,
        RESOLUTION_RATE,
        SETTLED,
        SETTLED_IN_VILLAGE,
        IN_VILLAGE_RATE,
        OPEN,
        MEDIATIONS,
        GRID_COUNT,
        STAFF_COUNT,
        ROLE_COUNT,
        TIER_COUNT,
        TEAM_COUNT,
    ),
    published={
        ("G9", "未成功次数"): _case("failed"),
        ("G9", "用时"): _case("weeks"),
    },
    overdue=(
        Overdue(
            label="矛盾纠纷",
            ledger=DISPUTES,
            done="settled_on",
            due=lambda f: f["found_on"] + pd.Timedelta(days=MEDIATION_DAYS),
            subject=lambda f: f["kind"],
            rule="人民调解一般在一个月内调结（《人民调解工作若干规定》第三十三条）",
        ),
    ),
    contradictions=(_too_few_staff, _settled_after_failure, above(RESOLVED, FOUND)),
)
